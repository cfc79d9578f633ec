"""Tables of minors' money held in trust.  All append-only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import known


class ReleaseGround(StrEnum):
    """Why money in trust is released."""

    OF_AGE = "of_age"
    """The age of the rules is reached."""
    AUTHORITY = "authority"
    """A court or guardian has said so, and two persons have seen it."""
    NOTHING_LEFT = "nothing_left"
    """A later decision granted nothing of it any more, and two persons brought the award in line."""


class TrustHolding(Row, table=True):
    """An instalment of a minor: held, and in no batch, until it is released."""

    __tablename__ = "trust_holding"
    __table_args__ = (
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    instalment_id: str = Field(primary_key=True, foreign_key="instalment.id", sa_type=Text)
    held_until_sealed: bytes = Field(sa_type=LargeBinary)
    """The day the age is reached, under the payee's key: it tells the birthday."""
    citation: str = Field(sa_type=Text)
    held_at: datetime = Field(sa_type=Instant)


class TrustRequest(Row, table=True):
    """That money in trust is to be released early, by a court's or guardian's authority; another person must agree."""

    __tablename__ = "trust_request"
    __table_args__ = (
        UniqueConstraint("id", "instalment_id", "prepared_by"),
        CheckConstraint("authority <> ''", name="authority_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    instalment_id: str = Field(foreign_key="trust_holding.instalment_id", index=True, sa_type=Text)
    authority: str = Field(sa_type=Text)
    """Reference of the order or consent; never a name."""
    prepared_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    prepared_at: datetime = Field(sa_type=Instant)


class TrustRelease(Row, table=True):
    """The end of a trust: from now on the instalment may be paid."""

    __tablename__ = "trust_release"
    __table_args__ = (
        ForeignKeyConstraint(
            ["request_id", "instalment_id", "prepared_by"],
            ["trust_request.id", "trust_request.instalment_id", "trust_request.prepared_by"],
        ),
        CheckConstraint(known("ground", ReleaseGround), name="ground_known"),
        CheckConstraint(
            "(ground = 'authority') = (request_id IS NOT NULL) AND (ground = 'authority') = (prepared_by IS NOT NULL)",
            name="authority_named",
        ),
        CheckConstraint("released_by <> prepared_by", name="two_persons"),
        {"sqlite_strict": True},
    )

    instalment_id: str = Field(primary_key=True, foreign_key="trust_holding.instalment_id", sa_type=Text)
    ground: str = Field(sa_type=Text)
    request_id: str | None = Field(default=None, sa_type=Text)
    prepared_by: str | None = Field(default=None, sa_type=Text)
    released_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    released_at: datetime = Field(sa_type=Instant)
