"""Bodies of requests and answers about restrictions, costs, refunds, money between funds, and what is left."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from reparations.http import Body
from reparations.ledger.models import AccountCode, ContributionSource, CostClass, FundRestriction, RestrictionKind
from reparations.ledger.queries import ExpiringFund, Overhead, UnspentGift
from reparations.ledger.rules import AgeBand, AttributedFund, Identity, UseKind
from reparations.ledger.schemas.values import PRINTABLE, ULID, Amount, Citation, Currency, MoneyView, Reference

RefundId = Annotated[str, Path(pattern=f"^rfd_{ULID}$", description="Id of a refund.")]
MoveId = Annotated[str, Path(pattern=f"^mov_{ULID}$", description="Id of a movement between funds.")]
ProgrammeId = Annotated[str, Path(pattern=f"^prg_{ULID}$", description="Id of a programme.")]
InCurrency = Annotated[str, Query(pattern="^[A-Z]{3}$", description="Currency of the books.")]
WithinDays = Annotated[int, Query(ge=0, le=3660, description="How many days ahead to look.")]
Fund = Annotated[str, Field(pattern=f"^fnd_{ULID}$")]
Part = Annotated[int, Field(ge=0, le=1_000_000)]


class Recorded(Body):
    """The id of what was recorded."""

    id: str


class NewUnpledged(Body):
    """Money that nobody pledged, with the instrument it came by."""

    reference: Reference
    donor_id: Annotated[str, Field(pattern=f"^don_{ULID}$")]
    fund_id: Fund
    amount: Amount
    currency: Currency
    received_on: date
    source: ContributionSource
    citation: Citation


class NewRestriction(Body):
    """A limit on what a fund may pay for; see the guide for what each kind needs."""

    kind: RestrictionKind
    value: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=PRINTABLE)] | None = None
    usable_from: date | None = None
    usable_until: date | None = Field(default=None, description="The first day on which it may no longer be awarded.")
    share: Annotated[list[Part], Field(min_length=2, max_length=2, examples=[[1, 3]])] | None = None
    citation: Citation


class RestrictionView(Body):
    """A restriction, with its source."""

    id: str
    kind: RestrictionKind
    value: str | None
    usable_from: date | None
    usable_until: date | None
    share: list[int] | None
    citation: str

    @classmethod
    def of(cls, row: FundRestriction) -> Self:
        """Show a restriction."""
        share = (
            None
            if row.share_numerator is None or row.share_denominator is None
            else [row.share_numerator, row.share_denominator]
        )
        return cls(share=share, **row.model_dump(include=set(cls.model_fields) - {"share"}))


class NewCeiling(Body):
    """The share of all it received that a fund may spend on costs and fees."""

    numerator: Part
    denominator: Part
    valid_from: date
    citation: Citation


class NewOrder(Body):
    """The funds of a programme in the order in which they are spent."""

    reference: Reference
    fund_ids: Annotated[list[Fund], Field(min_length=1, max_length=100)]
    citation: Citation


class NewInterest(Body):
    """What the bank paid for keeping a fund's money."""

    reference: Reference
    fund_id: Fund
    amount: Amount
    currency: Currency
    received_on: date


class NewCost(Body):
    """What running the programme cost a fund."""

    reference: Reference
    fund_id: Fund
    cost_class: CostClass
    amount: Amount
    currency: Currency
    incurred_on: date
    citation: Citation


class NewRefund(Body):
    """Unspent money of a receipt that is to go back, in its currency."""

    reference: Reference
    contribution_id: Annotated[str, Field(pattern=f"^ctb_{ULID}$")]
    amount: Amount
    currency: Currency
    citation: Citation


class NewMove(Body):
    """Money that is to pass to a fund at least as restricted."""

    reference: Reference
    from_fund_id: Fund
    to_fund_id: Fund
    amount: Amount
    currency: Currency
    citation: Citation


class NewApproval(Body):
    """The second person's yes."""

    occurred_on: date


class OverheadView(Body):
    """What running a programme cost a fund; the ratio is to what reached victims, a half per mille rounded up."""

    received: MoneyView
    by_class: dict[CostClass, MoneyView]
    unclassified: MoneyView
    total: MoneyView
    paid_to_victims: MoneyView
    allowed: MoneyView | None
    ceiling_citation: str | None
    ratio: str | None = Field(examples=["3/200"])
    ratio_per_mille: int | None

    @classmethod
    def of(cls, found: Overhead) -> Self:
        """Show it."""
        ratio = found.ratio
        return cls(
            received=MoneyView.of(found.received),
            by_class={name: MoneyView.of(amount) for name, amount in found.by_class},
            unclassified=MoneyView.of(found.unclassified),
            total=MoneyView.of(found.total),
            paid_to_victims=MoneyView.of(found.paid),
            allowed=MoneyView.of(found.allowed) if found.allowed else None,
            ceiling_citation=found.ceiling.citation if found.ceiling else None,
            ratio=None if ratio is None else f"{ratio.numerator}/{ratio.denominator}",
            ratio_per_mille=found.per_mille,
        )


class UnspentView(Body):
    """What is left of a receipt, and how long it has been lying there."""

    contribution_id: str
    reference: str
    donor: str
    received_on: date
    amount: MoneyView
    age: AgeBand

    @classmethod
    def of(cls, gift: UnspentGift) -> Self:
        """Show it."""
        return cls(
            contribution_id=gift.contribution_id,
            reference=gift.reference,
            donor=gift.donor_code,
            received_on=gift.received_on,
            amount=MoneyView.of(gift.amount),
            age=gift.band,
        )


class ExpiringView(Body):
    """Uncommitted money, and the first day on which it may no longer be awarded."""

    fund_id: str
    fund: str
    usable_until: date
    citation: str
    amount: MoneyView

    @classmethod
    def of(cls, row: ExpiringFund) -> Self:
        """Show it."""
        return cls(
            fund_id=row.fund_id,
            fund=row.code,
            usable_until=row.usable_until,
            citation=row.citation,
            amount=MoneyView.of(row.amount),
        )


class AttributionView(Body):
    """So much of a use was paid for by one receipt; none where the fund's other income paid."""

    kind: UseKind
    key: str
    contribution_id: str | None
    amount: MoneyView

    @classmethod
    def all_of(cls, fund: AttributedFund) -> list[Self]:
        """Show what paid for each use of a fund."""
        return [
            cls(kind=row.kind, key=row.key, contribution_id=row.contribution_id, amount=MoneyView.of(row.amount))
            for row in fund.attributions
        ]


class ObligationsView(Body):
    """Recognised, funded and paid, kept apart.  An award is recognised with its funding, never without."""

    currency: str
    recognised: MoneyView = Field(description="Awarded out of the fund, all in all.")
    paid: MoneyView = Field(description="Settled and not returned.")
    owed: MoneyView = Field(description="Awarded and not yet paid.")
    held: MoneyView
    uncommitted: MoneyView = Field(description="Held and owed to nobody.")
    receivable: MoneyView = Field(description="Pledged and not received; pays for nothing.")

    @classmethod
    def of(cls, identity: Identity) -> Self:
        """Show the obligations of one book."""
        return cls(
            currency=identity.currency,
            recognised=MoneyView.of(identity[AccountCode.AWARDS]),
            paid=MoneyView.of(identity.flows.paid),
            owed=MoneyView.of(identity.owed),
            held=MoneyView.of(identity.held),
            uncommitted=MoneyView.of(identity[AccountCode.UNCOMMITTED]),
            receivable=MoneyView.of(identity[AccountCode.PLEDGES_RECEIVABLE]),
        )
