"""Money of minors in trust, as it is shown and released."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from fastapi import Path
from pydantic import Field, StringConstraints

from reparations.eligibility.models import ReleaseGround, TrustRelease, TrustRequest
from reparations.eligibility.queries.trusts import Held
from reparations.eligibility.schemas.fields import PRINTABLE, ULID, MoneyView, ProgrammeCode
from reparations.eligibility.service import MAX_RELEASED, Released
from reparations.http import Body

InstalmentPath = Annotated[str, Path(pattern=rf"^ins_{ULID}$", description="Id of an instalment.")]
TrustRequestPath = Annotated[str, Path(pattern=rf"^trq_{ULID}$", description="Id of a request to release early.")]
AfterInstalment = Annotated[str, StringConstraints(pattern=rf"^ins_{ULID}$")]


class HeldOut(Body):
    """An instalment in trust; until which day tells the birthday, and is not shown."""

    instalment_id: str
    reference: str = Field(description="Of the claim whose award it is.")
    amount: MoneyView
    citation: str

    @classmethod
    def of(cls, held: Held) -> Self:
        """Show what is held."""
        return cls(
            instalment_id=held.instalment.id,
            reference=held.reference,
            amount=MoneyView.of(held.left),
            citation=held.citation,
        )


class ReleaseIn(Body):
    """One chunk of a programme's money in trust to look at."""

    programme: ProgrammeCode
    after: AfterInstalment | None = Field(default=None, description="`next` of the chunk before.")
    limit: int = Field(default=MAX_RELEASED, ge=1, le=MAX_RELEASED)


class ReleasedOut(Body):
    """What one chunk released."""

    instalment_ids: list[str]
    next: str | None

    @classmethod
    def of(cls, done: Released) -> Self:
        """Show what was released."""
        return cls(instalment_ids=[one.id for one in done.instalments], next=done.next)


class EarlyReleaseIn(Body):
    """By what authority money in trust is released early."""

    authority: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)] = Field(
        description="Reference of the order of a court or guardian; no name."
    )


class TrustRequestOut(Body):
    """A prepared early release."""

    id: str
    instalment_id: str
    authority: str
    prepared_by: str
    prepared_at: datetime

    @classmethod
    def of(cls, row: TrustRequest) -> Self:
        """Show a request."""
        return cls(
            id=row.id,
            instalment_id=row.instalment_id,
            authority=row.authority,
            prepared_by=row.prepared_by,
            prepared_at=row.prepared_at,
        )


class TrustReleaseOut(Body):
    """The end of a trust."""

    instalment_id: str
    ground: ReleaseGround
    released_by: str
    released_at: datetime

    @classmethod
    def of(cls, row: TrustRelease) -> Self:
        """Show a release."""
        return cls(
            instalment_id=row.instalment_id,
            ground=ReleaseGround(row.ground),
            released_by=row.released_by,
            released_at=row.released_at,
        )
