"""The evidence of a donor's report: what was given, where it is, what it paid for; nobody's row, nobody's name."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from reparations.reports.evidence.parts import (
    FundPart,
    Identity,
    Part,
    ProgrammePart,
    RuleSetPart,
    Sum,
    gift_sums,
    identity_sums,
    list_identity_figures,
)
from reparations.reports.texts import Texts
from reparations.reports.texts.language import Language


class DonorPart(Part):
    """The donor to whom the report is addressed."""

    code: str
    title: str
    kind: str


class Spending(Part):
    """What a fund was used for, by form of award; None stands for a figure that would single people out."""

    forms: tuple[str, ...]
    awarded_minor: int
    recipients: int | None
    paid_minor: int | None
    owed_minor: int | None


class GiftUse(Part):
    """A receipt of the donor's and what it paid for, first in, first out; None would single people out.

    amount = given back + awards + costs + moved + exchanged + unspent.
    """

    pledge: str
    receipt: str
    received_on: date
    amount_minor: int
    given_back_minor: int
    awards_minor: int | None
    """Committed to awards."""
    paid_minor: int | None
    """Of that, arrived."""
    recipients: int | None
    """People whose individual awards it paid for, rounded; None under ten."""
    costs_minor: int
    moved_minor: int
    """Given to other funds."""
    exchanged_minor: int
    unspent_minor: int | None


class DonorFund(FundPart):
    """A fund the donor gave to: his own gifts, the others' in one sum, and what the fund was used for."""

    others_received_minor: int
    recipients_paid: int | None
    """People and organisations paid from the fund, rounded; None under ten."""
    spending: tuple[Spending, ...]
    receipts: tuple[GiftUse, ...]
    """The donor's own, in the order in which they are spent."""


class Total(Part):
    """The donor's funds together, in one currency."""

    currency: str
    given_minor: int
    """Received from this donor."""
    received_minor: int
    """All that came into these funds: from everybody, and interest, exchange and the like with it."""
    paid_minor: int
    costs_minor: int
    """Fees and costs."""
    refunded_minor: int
    """Given back to donors."""
    held_minor: int
    """Everything else: balance, in flight and returned."""


class Outcomes(Part):
    """How claims were decided in the programme, rounded; None under ten."""

    registered: int | None
    eligible: int | None
    not_eligible: int | None
    asked: int | None
    """Claimants asked for a missing fact."""


class Controls(Part):
    """How many different officers it took.  Counts of officers, not of claimants."""

    batches_approved: int
    least_approvers: int | None
    """The smallest number of approvers of any approved batch."""
    least_officers: int | None
    """The smallest number of different officers who acted on any claim that was paid."""


class DonorEvidence(Part):
    """Everything a donor's report prints, and nothing else."""

    schema_name: Literal["reparations/donor-report/3"] = Field(default="reparations/donor-report/3", alias="schema")
    language: Language
    as_of: date
    programme: ProgrammePart
    donor: DonorPart
    rule_sets: tuple[RuleSetPart, ...]
    funds: tuple[DonorFund, ...]
    identity: tuple[Identity, ...]
    totals: tuple[Total, ...]
    recipients_paid: int | None
    """People and organisations paid from these funds together, rounded; None under ten."""
    outcomes: Outcomes
    controls: Controls
    sums: tuple[Sum, ...]
    visible: tuple[str, ...]


def state_donor_sums(
    funds: tuple[DonorFund, ...], identity: tuple[Identity, ...], totals: tuple[Total, ...]
) -> list[Sum]:
    """State every sum of the report; `funds` and `identity` are in the same order."""
    sums = identity_sums(identity) + gift_sums(funds)
    for index, fund in enumerate(funds):
        here, books = f"/funds/{index}", f"/identity/{index}"
        sums.append(
            Sum(
                total=f"{books}/received_minor",
                parts=(f"{here}/gifts/*/received_minor", f"{here}/others_received_minor"),
            )
        )
        sums.append(Sum(total=f"{books}/awarded_minor", parts=(f"{here}/spending/*/awarded_minor",)))
        if fund.spending and all(row.paid_minor is not None for row in fund.spending):
            parts = (f"{here}/spending/*/paid_minor", f"{books}/opening_paid_minor")
            sums.append(Sum(total=f"{books}/paid_minor", parts=parts))
        sums += _receipt_sums(here, fund)
    for index, total in enumerate(totals):
        own = [number for number, row in enumerate(identity) if row.currency == total.currency]
        sums += _total_sums(f"/totals/{index}", own)
    return sums


def _receipt_sums(here: str, fund: DonorFund) -> list[Sum]:
    names = ("given_back", "awards", "costs", "moved", "exchanged", "unspent")
    return [
        Sum(
            total=f"{here}/receipts/{number}/amount_minor",
            parts=tuple(f"{here}/receipts/{number}/{name}_minor" for name in names),
        )
        for number, receipt in enumerate(fund.receipts)
        if receipt.awards_minor is not None
    ]


def _total_sums(total: str, own: list[int]) -> list[Sum]:
    def of_books(*names: str) -> tuple[str, ...]:
        return tuple(f"/identity/{number}/{name}_minor" for number in own for name in names)

    return [
        Sum(total=f"{total}/given_minor", parts=tuple(f"/funds/{n}/gifts/*/received_minor" for n in own)),
        Sum(total=f"{total}/received_minor", parts=of_books("accounted")),
        Sum(total=f"{total}/paid_minor", parts=of_books("paid")),
        Sum(total=f"{total}/costs_minor", parts=of_books("fees", "costs")),
        Sum(total=f"{total}/refunded_minor", parts=of_books("refunds")),
        Sum(total=f"{total}/held_minor", parts=of_books("balance", "in_flight", "returned")),
        Sum(
            total=f"{total}/received_minor",
            parts=tuple(f"{total}/{name}_minor" for name in ("paid", "costs", "refunded", "held")),
        ),
    ]


def total_by_currency(funds: tuple[DonorFund, ...], identity: tuple[Identity, ...]) -> tuple[Total, ...]:
    """Add the donor's funds together, currency by currency; `funds` and `identity` are in the same order."""
    rows = list(zip(funds, identity, strict=True))
    return tuple(
        Total(
            currency=currency,
            given_minor=sum(
                gift.received_minor for fund, books in rows if books.currency == currency for gift in fund.gifts
            ),
            received_minor=sum(books.accounted_minor for books in identity if books.currency == currency),
            paid_minor=sum(books.paid_minor for books in identity if books.currency == currency),
            costs_minor=sum(books.fees_minor + books.costs_minor for books in identity if books.currency == currency),
            refunded_minor=sum(books.refunds_minor for books in identity if books.currency == currency),
            held_minor=sum(
                books.balance_minor + books.in_flight_minor + books.returned_minor
                for books in identity
                if books.currency == currency
            ),
        )
        for currency in sorted({books.currency for books in identity})
    )


def list_donor_figures(identity: tuple[Identity, ...], totals: tuple[Total, ...], texts: Texts) -> list[str]:
    """The amounts a reader must be able to find on the pages, as they are printed."""
    figures = list_identity_figures(identity, texts)
    for total in totals:
        amounts = (total.given_minor, total.paid_minor, total.costs_minor, total.held_minor)
        figures += [texts.amount(amount, total.currency) for amount in amounts]
    return sorted(set(figures))
