"""Bodies of requests and answers about funds and gifts.  Amounts are decimal strings, ``"70000.00"``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from reparations.http import Body
from reparations.ledger.models import (
    AwardForm,
    Contribution,
    ContributionSource,
    Donor,
    DonorKind,
    Fund,
    FundForm,
    Pledge,
)
from reparations.ledger.schemas.promises import ConditionBody, PartBody
from reparations.ledger.schemas.values import ULID, Amount, Citation, Code, Currency, MoneyView, Reference, Title
from reparations.money import Money

# ── funds ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class FormBody(Body):
    """A form of award that a fund may pay for, and who said so."""

    form: AwardForm
    citation: Citation


class NewFund(Body):
    """A fund to open."""

    code: Code
    title: Title
    forms: Annotated[list[FormBody], Field(min_length=1, max_length=len(AwardForm))]
    currencies: Annotated[list[Currency], Field(min_length=1, max_length=10, examples=[["USD"]])]
    programme_id: Annotated[str | None, Field(pattern=f"^prg_{ULID}$")] = Field(
        default=None, description="The one programme it may pay for; leave it out for a general fund."
    )


class FundView(Body):
    """A fund."""

    id: str
    code: str
    title: str
    programme_id: str | None
    forms: list[FormBody]
    currencies: list[str]
    created_at: datetime

    @classmethod
    def of(cls, fund: Fund, forms: Sequence[FundForm], currencies: Sequence[str]) -> Self:
        """Show a fund with what it may pay for and the currencies of its books."""
        return cls(
            id=fund.id,
            code=fund.code,
            title=fund.title,
            programme_id=fund.programme_id,
            forms=[FormBody(form=AwardForm(form.form), citation=form.citation) for form in forms],
            currencies=list(currencies),
            created_at=fund.created_at,
        )


# ── gifts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class NewDonor(Body):
    """A donor; the title is the name the gift is published under."""

    code: Code
    title: Title
    kind: DonorKind


class DonorView(Body):
    """A donor."""

    id: str
    code: str
    title: str
    kind: DonorKind
    created_at: datetime

    @classmethod
    def of(cls, donor: Donor) -> Self:
        """Show a donor."""
        return cls(**donor.model_dump())


class NewPledge(Body):
    """A promise of money to a fund."""

    reference: Reference
    donor_id: Annotated[str, Field(pattern=f"^don_{ULID}$")]
    fund_id: Annotated[str, Field(pattern=f"^fnd_{ULID}$")]
    amount: Amount
    currency: Currency
    pledged_on: date
    citation: Citation
    schedule: Annotated[list[PartBody], Field(max_length=100)] = Field(
        default=[], description="Parts that sum to the amount; by default the whole falls due when it is pledged."
    )
    conditions: Annotated[list[ConditionBody], Field(max_length=50)] = Field(
        default=[], description="Until each is met or waived, nothing is received."
    )


class PledgeView(Body):
    """A pledge."""

    id: str
    reference: str
    donor_id: str
    fund_id: str
    pledged: MoneyView
    pledged_on: date
    citation: str
    recorded_at: datetime

    @classmethod
    def of(cls, pledge: Pledge) -> Self:
        """Show a pledge."""
        pledged = MoneyView.of(Money(pledge.amount_minor, pledge.currency))
        return cls(pledged=pledged, **pledge.model_dump(exclude={"amount_minor", "currency"}))


class NewContribution(Body):
    """Money that arrived against a pledge."""

    reference: Reference
    pledge_id: Annotated[str, Field(pattern=f"^plg_{ULID}$")]
    amount: Amount
    currency: Currency
    received_on: date
    source: ContributionSource


class ContributionView(Body):
    """A receipt."""

    id: str
    reference: str
    pledge_id: str
    received: MoneyView
    received_on: date
    source: ContributionSource
    recorded_at: datetime

    @classmethod
    def of(cls, contribution: Contribution) -> Self:
        """Show a receipt."""
        received = MoneyView.of(Money(contribution.amount_minor, contribution.currency))
        return cls(received=received, **contribution.model_dump(exclude={"amount_minor", "currency"}))
