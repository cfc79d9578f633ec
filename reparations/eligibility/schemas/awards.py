"""Awards as they are made and shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from reparations.eligibility.models import AwardForm, Instalment, NamedPerson
from reparations.eligibility.queries import AwardView
from reparations.eligibility.rules import Waiting
from reparations.eligibility.schemas.fields import PRINTABLE, After, ClaimId, MoneyView, ProgrammeCode
from reparations.eligibility.service import MAX_AWARDS, Awarding
from reparations.http import Body
from reparations.money import Money


class AwardIn(Body):
    """One chunk of a programme's awards to make, or to part."""

    programme: ProgrammeCode
    after: After | None = Field(default=None, description="`next` of the chunk before.")
    limit: int = Field(default=MAX_AWARDS, ge=1, le=MAX_AWARDS)


class WaitingView(Body):
    """A claim whose award or instalments wait, and why."""

    reference: str
    why: Waiting


class AwardingOut(Body):
    """What one chunk did."""

    awards: int
    instalments: int
    total: MoneyView
    waiting: list[WaitingView]
    next: str | None

    @classmethod
    def of(cls, done: Awarding, currency: str) -> Self:
        """Show what was done."""
        return cls(
            awards=len(done.awards),
            instalments=len(done.instalments),
            total=MoneyView.of(Money(sum(award.amount_minor for award in done.awards), currency)),
            waiting=[WaitingView(reference=reference, why=why) for reference, why in done.waiting],
            next=done.next,
        )


class CollectiveLineIn(Body):
    """A line of a collective award."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$"), Field(examples=["HOUSING"])]
    title: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]
    amount: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}(\.[0-9]{1,4})?$"), Field(examples=["775500.00"])]
    citation: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)]
    fund_code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$")] | None = Field(
        default=None, description="Pay it from this fund; by default the most restricted fund that may pay."
    )


class CollectiveIn(Body):
    """The lines of a collective award; sending the same lines again changes nothing."""

    lines: Annotated[list[CollectiveLineIn], Field(min_length=1, max_length=100)]


class PersonIn(Body):
    """Which claim is that of a person in the list an award is divided among."""

    position: int = Field(ge=1, le=10_000, description="In the list of the facts, from 1.")
    claim_id: ClaimId = Field(description="Claim of the heir.")


class PersonsIn(Body):
    """Persons to name; saying the same again changes nothing."""

    persons: Annotated[list[PersonIn], Field(min_length=1, max_length=500)]


class PersonOut(Body):
    """A person of the list, and the claim that is said to be his."""

    position: int
    claim_id: str
    named_by: str
    named_at: datetime

    @classmethod
    def of(cls, row: NamedPerson) -> Self:
        """Show a person named."""
        return cls(position=row.position, claim_id=row.claim_id, named_by=row.named_by, named_at=row.named_at)


class FundingView(Body):
    """What one fund pays of an award."""

    fund: str
    amount: MoneyView


class InstalmentView(Body):
    """A part of an award that falls due."""

    id: str
    number: int
    payee_party_id: str
    amount: MoneyView
    due_on: date

    @classmethod
    def of(cls, row: Instalment) -> Self:
        """Show an instalment."""
        money = MoneyView.of(Money(row.amount_minor, row.currency))
        return cls(id=row.id, number=row.number, payee_party_id=row.payee_party_id, amount=money, due_on=row.due_on)


class AwardOut(Body):
    """An award, what pays for it and when."""

    id: str
    form: AwardForm
    reference: str | None = Field(description="Reference of the claim; absent for a collective line.")
    line_code: str | None
    title: str
    amount: MoneyView
    authority: str
    funding: list[FundingView]
    instalments: list[InstalmentView]
    made_at: datetime

    @classmethod
    def of(cls, view: AwardView) -> Self:
        """Show an award."""
        award = view.award
        return cls(
            id=award.id,
            form=AwardForm(award.form),
            reference=view.reference,
            line_code=award.line_code,
            title=award.title,
            amount=MoneyView.of(Money(award.amount_minor, award.currency)),
            authority=award.authority,
            funding=[
                FundingView(fund=code, amount=MoneyView.of(Money(amount, award.currency)))
                for code, amount in view.funding
            ],
            instalments=[InstalmentView.of(row) for row in view.instalments],
            made_at=award.made_at,
        )
