"""Which receipt paid for which award and which payment, as of the end of a day, under pseudonyms.

The ledger says what each receipt was used for, first in, first out (`ledger.queries.list_attribution`); an award hands
its money down to its instalments, first to first (`reports.evidence.slices`).  Nobody is named, no database id printed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from reparations.eligibility.models import Instalment
from reparations.eligibility.queries import sum_left
from reparations.ledger.models import Contribution, Donor, Pledge
from reparations.ledger.queries import is_standing, list_attribution
from reparations.ledger.rules import AttributedFund, UseKind
from reparations.reports.evidence.auditor import ReceiptRow, SourceRow, UseRow
from reparations.reports.evidence.payouts import FundAward, FundPayment
from reparations.reports.evidence.period import end_of
from reparations.reports.evidence.slices import Slice, split_slices

_Name = tuple[str, str, str]
"""A receipt as people know it: its donor's code, its pledge's reference, its own; empty for the fund's other income."""
_OTHER: _Name = ("", "", "")
_Part = tuple[str, int]
"""An award's id and the number of an instalment of it."""


@dataclass(frozen=True, slots=True)
class FundUses:
    """What became of the receipts of one fund in one currency."""

    receipts: tuple[ReceiptRow, ...]
    uses: tuple[UseRow, ...]
    sources: Mapping[_Part, tuple[SourceRow, ...]]
    """Of each instalment; together they are what is left of it."""

    def list_sources(self, payment: FundPayment) -> tuple[SourceRow, ...]:
        """List what a payment came from; together they are its amount.

        Of a payment that was not made in the end, and whose instalment was reduced since, the rest names no receipt.
        """
        rows: list[SourceRow] = []
        missing = payment.row.amount_minor
        for source in self.sources.get((payment.award_id, payment.row.instalment), ()):
            if taken := min(missing, source.amount_minor):
                rows.append(source.model_copy(update={"amount_minor": taken}))
            missing -= taken
        if missing:
            donor, pledge, receipt = _OTHER
            rows.append(SourceRow(donor=donor, pledge=pledge, receipt=receipt, amount_minor=missing))
        return tuple(rows)


def trace_uses(
    session: Session,
    fund_id: str,
    currency: str,
    *,
    as_of: date,
    awards: Sequence[FundAward],
    payments: Sequence[FundPayment],
) -> FundUses:
    """Follow every receipt of a fund to the awards and payments it paid for.

    Args:
        session: a consistent view.
        fund_id: the fund.
        currency: of which of its books.
        as_of: the report's day.
        awards: what the fund owes by then, see `payouts.list_awards`.
        payments: where its payments are by then, see `payouts.list_payments`.
    """
    found = list_attribution(session, fund_id, currency, as_of=as_of)
    receipts = _read_receipts(session, fund_id, currency, as_of=as_of)
    subjects = {key: award for award in awards for key in (award.award_id, award.row.subject)}
    slices: defaultdict[str, list[Slice]] = defaultdict(list)
    used: defaultdict[tuple[str, str, _Name], int] = defaultdict(int)
    for one in found.attributions:
        award = subjects.get(one.key) if one.kind == UseKind.AWARD else None
        name = receipts[one.contribution_id].name if one.contribution_id else _OTHER
        used[one.kind, award.row.subject if award else "", name] += one.amount.amount_minor
        if award is not None:
            slices[award.award_id].append(Slice(one.contribution_id, one.amount.amount_minor))
    sources = {
        part: tuple(_source(receipts, own) for own in shared)
        for part, shared in _share_instalments(session, fund_id, slices, as_of=as_of).items()
    }
    paid: defaultdict[tuple[str, _Name], int] = defaultdict(int)
    for payment in payments:
        if payment.row.paid_minor:
            for source in sources.get((payment.award_id, payment.row.instalment), ()):
                name = (source.donor, source.pledge, source.receipt)
                paid[payment.row.subject, name] += source.amount_minor
    return FundUses(
        receipts=tuple(_receipt_rows(receipts, found, used)),
        uses=tuple(_use_rows(used, paid)),
        sources=sources,
    )


@dataclass(frozen=True, slots=True)
class _Receipt:
    name: _Name
    received_on: date
    amount_minor: int


def _read_receipts(session: Session, fund_id: str, currency: str, *, as_of: date) -> dict[str, _Receipt]:
    rows = session.exec(
        select(Contribution, Pledge.reference, Donor.code)
        .join(Pledge, col(Pledge.id) == Contribution.pledge_id)
        .join(Donor, col(Donor.id) == Pledge.donor_id)
        .where(Pledge.fund_id == fund_id, Contribution.currency == currency, col(Contribution.received_on) <= as_of)
        .where(is_standing(as_of=as_of))
    )
    return {
        row.id: _Receipt((donor, pledge, row.reference), row.received_on, row.amount_minor)
        for row, pledge, donor in rows
    }


def _share_instalments(
    session: Session, fund_id: str, slices: Mapping[str, Sequence[Slice]], *, as_of: date
) -> dict[_Part, list[Slice]]:
    """Hand each award's slices down to its instalments out of the fund, in the order of their numbers."""
    instalments: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    statement = select(Instalment.award_id, Instalment.number, sum_left(before=end_of(as_of)))
    for award_id, number, left in session.exec(
        statement.where(Instalment.fund_id == fund_id).order_by(col(Instalment.award_id), col(Instalment.number))
    ):
        instalments[award_id].append((number, int(left)))
    shared: dict[_Part, list[Slice]] = {}
    for award_id, own in instalments.items():
        parts, _ = split_slices(slices.get(award_id, ()), [left for _, left in own])
        shared |= {(award_id, number): part for (number, _), part in zip(own, parts, strict=True)}
    return shared


def _source(receipts: Mapping[str, _Receipt], one: Slice) -> SourceRow:
    donor, pledge, receipt = receipts[one.contribution_id].name if one.contribution_id else _OTHER
    return SourceRow(donor=donor, pledge=pledge, receipt=receipt, amount_minor=one.amount_minor)


def _receipt_rows(
    receipts: Mapping[str, _Receipt], found: AttributedFund, used: Mapping[tuple[str, str, _Name], int]
) -> list[ReceiptRow]:
    sums: defaultdict[_Name, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (kind, _, name), amount_minor in used.items():
        sums[name][kind] += amount_minor
    rows = []
    for contribution_id, left in found.unspent:
        if contribution_id not in receipts:
            continue  # taken back: it never was
        receipt = receipts[contribution_id]
        own = sums[receipt.name]
        rows.append(
            ReceiptRow(
                donor=receipt.name[0],
                pledge=receipt.name[1],
                receipt=receipt.name[2],
                received_on=receipt.received_on,
                amount_minor=receipt.amount_minor,
                given_back_minor=receipt.amount_minor - left.amount_minor - sum(own.values()),
                awards_minor=own[UseKind.AWARD],
                costs_minor=own[UseKind.COST] + own[UseKind.FEE],
                moved_minor=own[UseKind.MOVED],
                exchanged_minor=own[UseKind.EXCHANGED],
                unspent_minor=left.amount_minor,
            )
        )
    return sorted(rows, key=lambda row: (row.received_on, row.donor, row.pledge, row.receipt))


def _use_rows(used: Mapping[tuple[str, str, _Name], int], paid: Mapping[tuple[str, _Name], int]) -> list[UseRow]:
    """The awards each receipt paid for; costs and the like are in the receipt's own row."""
    awarded = {(subject, name): minor for (kind, subject, name), minor in used.items() if kind == UseKind.AWARD}
    keys: Collection[tuple[str, _Name]] = awarded.keys() | paid.keys()
    return [
        UseRow(
            donor=name[0],
            pledge=name[1],
            receipt=name[2],
            subject=subject,
            awarded_minor=awarded.get((subject, name), 0),
            paid_minor=paid.get((subject, name), 0),
        )
        for subject, name in sorted(keys, key=lambda key: (key[1], key[0]))
    ]
