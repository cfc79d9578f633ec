"""The rows of the statements that go below the sums: the general ledger, a donor's gifts, and what is old."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import Select, func, literal, union_all
from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from reparations.ledger.models import (
    AccountCode,
    Contribution,
    Donor,
    Fund,
    FundRestriction,
    LedgerAccount,
    LedgerTransfer,
    Pledge,
    PledgePart,
    PledgeReduction,
    RestrictionKind,
)
from reparations.ledger.postings import opening_in_transit_of
from reparations.ledger.queries.attribution import list_attribution
from reparations.ledger.queries.movements import Book, sum_movements
from reparations.ledger.queries.reversals import is_standing
from reparations.ledger.rules import DuePart, compute_open_parts
from reparations.ledger.rules.statements import HELD, name_age, share_newest_first
from reparations.money import Money, Total

_CHUNK = 2_000
_Side: TypeAlias = Select[*tuple[Any, ...]]
_PAYMENT = "payment-"


def stream_general_ledger(
    session: Session, *, since: date | None, as_of: date, fund_id: str | None, currency: str | None
) -> Iterator[tuple[str | date | Money, ...]]:
    """Read every account's movements with its running balance (debits less credits), by account, day and transfer.

    The database sorts; no more than a chunk is held here.
    """
    opening = {}
    if since is not None and since > date.min:
        before = sum_movements(session, as_of=since - timedelta(days=1), fund_id=fund_id, currency=currency)
        opening = {(book, code): moved.balance(code) for book, moved in before.items() for code in AccountCode}
    own, other = aliased(LedgerAccount), aliased(LedgerAccount)
    sides = union_all(
        _side(since, as_of, fund_id, currency, debited=True), _side(since, as_of, fund_id, currency, debited=False)
    ).subquery()
    statement = (
        core_select(
            col(Fund.code),
            col(own.currency),
            col(own.code),
            sides.c.occurred_on,
            sides.c.id,
            sides.c.entry_id,
            col(other.code),
            sides.c.amount_minor,
        )
        .join(own, col(own.id) == sides.c.own_id)
        .join(other, col(other.id) == sides.c.other_id)
        .join(Fund, col(Fund.id) == own.fund_id)
        .order_by(col(Fund.code), col(own.currency), col(own.id), sides.c.occurred_on, sides.c.recorded_at, sides.c.id)
        .execution_options(yield_per=_CHUNK)
    )
    with session.connection().execute(statement) as rows:
        for (fund, unit, code), lines in groupby(rows, key=lambda row: (row[0], row[1], row[2])):
            balance = opening.get(((fund, unit), AccountCode(code)), 0)
            for _, _, _, occurred_on, transfer_id, entry_id, against, amount in lines:
                balance += amount
                debit, credit = Money(max(amount, 0), unit), Money(max(-amount, 0), unit)
                yield fund, unit, code, occurred_on, transfer_id, entry_id, against, debit, credit, Total(balance, unit)


def _side(since: date | None, as_of: date, fund_id: str | None, currency: str | None, *, debited: bool) -> _Side:
    """The transfers as one of their two accounts sees them; a credit counts below zero."""
    debit, credit = col(LedgerTransfer.debit_account_id), col(LedgerTransfer.credit_account_id)
    own, other = (debit, credit) if debited else (credit, debit)
    amount = col(LedgerTransfer.amount_minor) * literal(1 if debited else -1)
    side: _Side = core_select(
        own.label("own_id"),
        other.label("other_id"),
        amount.label("amount_minor"),
        col(LedgerTransfer.occurred_on).label("occurred_on"),
        col(LedgerTransfer.recorded_at).label("recorded_at"),
        col(LedgerTransfer.id).label("id"),
        col(LedgerTransfer.entry_id).label("entry_id"),
    ).where(col(LedgerTransfer.occurred_on) <= as_of)
    if since is not None:
        side = side.where(col(LedgerTransfer.occurred_on) >= since)
    if fund_id is not None:
        side = side.where(col(LedgerTransfer.fund_id) == fund_id)
    if currency is not None:
        side = side.where(col(LedgerTransfer.currency) == currency)
    return side


# ── donors ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _PledgeOn:
    """A pledge as it stood at the end of a day."""

    pledge: Pledge
    donor: str
    fund: str
    receipts: tuple[Contribution, ...]
    reduced: Money
    open_parts: tuple[DuePart, ...]

    @property
    def received(self) -> Money:
        return Money(sum(receipt.amount_minor for receipt in self.receipts), self.pledge.currency)

    @property
    def still_open(self) -> Money:
        return Money(self.pledge.amount_minor, self.pledge.currency) - self.received - self.reduced


def list_donor_gifts(
    session: Session, *, as_of: date, donor_id: str | None, fund_id: str | None, currency: str | None
) -> Iterator[tuple[str | date | Money | None, ...]]:
    """List each pledge with what is open of it, and beneath it each receipt, by donor, fund, currency and day.

    Of each receipt: what is unspent at the end of the day, first in, first out, how old it is, and the last day on
    which the fund's money may be awarded, where it has one.
    """
    unspent: dict[tuple[str, str], dict[str, Money]] = {}
    until = _list_last_days(session)
    for one in _list_pledges(session, as_of=as_of, donor_id=donor_id, fund_id=fund_id, currency=currency):
        pledge, unit = one.pledge, one.pledge.currency
        head = (one.donor, one.fund, unit, pledge.reference)
        pledged = Money(pledge.amount_minor, unit)
        promised = (pledged, one.reduced, one.received, one.still_open)
        yield (*head, pledge.pledged_on, None, None, *promised, None, None, None)
        book = (pledge.fund_id, unit)
        if book not in unspent:
            unspent[book] = dict(list_attribution(session, *book, as_of=as_of).unspent)
        for receipt in one.receipts:
            amount = Money(receipt.amount_minor, unit)
            left = unspent[book][receipt.id]
            still = (name_age(receipt.received_on, as_of=as_of), until.get(pledge.fund_id)) if left.amount_minor else ()
            received = (receipt.reference, receipt.received_on, None, None, amount, None, left)
            yield (*head, None, *received, *(still or (None, None)))


def _list_last_days(session: Session) -> dict[str, date]:
    """Say of each fund whose money may be awarded for a time only, which is the last day."""
    first_after = func.min(FundRestriction.usable_until)
    rows = session.exec(
        select(FundRestriction.fund_id, first_after)
        .where(FundRestriction.kind == RestrictionKind.PERIOD, col(FundRestriction.usable_until).is_not(None))
        .group_by(col(FundRestriction.fund_id))
    )
    # Money that ends on the first of all days has no last one.
    return {fund_id: until - timedelta(days=1) for fund_id, until in rows if until is not None and until > date.min}


def _list_pledges(
    session: Session, *, as_of: date, donor_id: str | None = None, fund_id: str | None, currency: str | None
) -> list[_PledgeOn]:
    statement = (
        select(Pledge, Donor.code, Fund.code)
        .join(Donor, col(Donor.id) == Pledge.donor_id)
        .join(Fund, col(Fund.id) == Pledge.fund_id)
        .where(col(Pledge.pledged_on) <= as_of)
        .order_by(col(Donor.code), col(Fund.code), col(Pledge.currency), col(Pledge.pledged_on), col(Pledge.reference))
    )
    for column, wanted in (("donor_id", donor_id), ("fund_id", fund_id), ("currency", currency)):
        if wanted is not None:
            statement = statement.where(getattr(Pledge, column) == wanted)
    receipts: defaultdict[str, list[Contribution]] = defaultdict(list)
    arrived = select(Contribution).where(col(Contribution.received_on) <= as_of, is_standing(as_of=as_of))
    for receipt in session.exec(arrived.order_by(col(Contribution.received_on), col(Contribution.reference))):
        receipts[receipt.pledge_id].append(receipt)
    reduced: defaultdict[str, int] = defaultdict(int)
    for reduction in session.exec(select(PledgeReduction).where(col(PledgeReduction.decided_on) <= as_of)):
        reduced[reduction.pledge_id] += reduction.amount_minor
    parts: defaultdict[str, list[PledgePart]] = defaultdict(list)
    for part in session.exec(select(PledgePart).order_by(col(PledgePart.number))):
        parts[part.pledge_id].append(part)
    return [
        _pledge_on(pledge, donor, fund, receipts[pledge.id], reduced_minor=reduced[pledge.id], parts=parts[pledge.id])
        for pledge, donor, fund in session.exec(statement).all()
    ]


def _pledge_on(
    pledge: Pledge, donor: str, fund: str, receipts: list[Contribution], *, reduced_minor: int, parts: list[PledgePart]
) -> _PledgeOn:
    unit = pledge.currency
    received = Money(sum(receipt.amount_minor for receipt in receipts), unit)
    taken_off = Money(reduced_minor, unit)
    # Without a schedule a pledge is due at once.
    due = [DuePart(part.due_on, Money(part.amount_minor, unit)) for part in parts] or [
        DuePart(pledge.pledged_on, Money(pledge.amount_minor, unit))
    ]
    still_open = compute_open_parts(due, received=received, reduced=taken_off)
    return _PledgeOn(pledge, donor, fund, tuple(receipts), taken_off, tuple(still_open))


# ── what is old ──────────────────────────────────────────────────────────────────────────────────────────────────────


def list_ageing(
    session: Session, *, as_of: date, fund_id: str | None, currency: str | None
) -> Iterator[tuple[str | date | int | Money | None, ...]]:
    """List pledges not received, money not spent and payments nobody has confirmed, each with its age in days.

    Of the money held, the newest receipts are taken to be there: the oldest money is spent first.
    """
    for what, found in (
        ("receivable", _list_receivable(session, as_of=as_of, fund_id=fund_id, currency=currency)),
        ("unspent", _list_unspent(session, as_of=as_of, fund_id=fund_id, currency=currency)),
        ("in_transit", _list_in_transit(session, as_of=as_of, fund_id=fund_id, currency=currency)),
    ):
        for (fund, unit), reference, counted_from, minor in found:
            age = None if counted_from is None else name_age(counted_from, as_of=as_of)
            days = None if counted_from is None else (as_of - counted_from).days
            yield what, fund, unit, reference, counted_from, days, age, Money(minor, unit)


_Aged = Iterator[tuple[Book, str, date | None, int]]


def _list_receivable(session: Session, *, as_of: date, fund_id: str | None, currency: str | None) -> _Aged:
    for one in _list_pledges(session, as_of=as_of, fund_id=fund_id, currency=currency):
        for part in one.open_parts:
            if part.amount.amount_minor:
                yield (one.fund, one.pledge.currency), one.pledge.reference, part.due_on, part.amount.amount_minor


def _list_unspent(session: Session, *, as_of: date, fund_id: str | None, currency: str | None) -> _Aged:
    receipts: defaultdict[Book, list[Contribution]] = defaultdict(list)
    statement = (
        select(Contribution, Fund.code)
        .join(Pledge, col(Pledge.id) == Contribution.pledge_id)
        .join(Fund, col(Fund.id) == Pledge.fund_id)
        .where(col(Contribution.received_on) <= as_of, is_standing(as_of=as_of))
        .order_by(col(Contribution.received_on), col(Contribution.reference))
    )
    for contribution, fund in session.exec(statement):
        receipts[fund, contribution.currency].append(contribution)
    for book, moved in sum_movements(session, as_of=as_of, fund_id=fund_id, currency=currency).items():
        own = receipts[book]
        shares, others = share_newest_first(moved.balance(*HELD), [one.amount_minor for one in own])
        for contribution, share in zip(own, shares, strict=True):
            if share:
                yield book, contribution.reference, contribution.received_on, share
        if others:
            yield book, "", None, others


def _list_in_transit(session: Session, *, as_of: date, fund_id: str | None, currency: str | None) -> _Aged:
    """Read what is on its way, payment by payment, off the names of the transfers (`payment-<reference>-<deed>`)."""
    account = select(LedgerAccount.id).where(LedgerAccount.code == AccountCode.IN_TRANSIT)
    debit, credit = col(LedgerTransfer.debit_account_id), col(LedgerTransfer.credit_account_id)
    statement = (
        select(Fund.code, LedgerTransfer)
        .join(Fund, col(Fund.id) == LedgerTransfer.fund_id)
        .where(or_(debit.in_(account), credit.in_(account)), col(LedgerTransfer.occurred_on) <= as_of)
        .order_by(col(LedgerTransfer.occurred_on), col(LedgerTransfer.recorded_at), col(LedgerTransfer.id))
        .execution_options(yield_per=_CHUNK)
    )
    if fund_id is not None:
        statement = statement.where(LedgerTransfer.fund_id == fund_id)
    if currency is not None:
        statement = statement.where(LedgerTransfer.currency == currency)
    accounts = set(session.exec(account))
    on_its_way: dict[tuple[Book, str], tuple[int, date]] = {}
    for fund, transfer in session.exec(statement):
        key = ((fund, transfer.currency), _payment_of(transfer))
        minor, since = on_its_way.pop(key, (0, transfer.occurred_on))
        sent = transfer.debit_account_id in accounts
        minor += transfer.amount_minor if sent else -transfer.amount_minor
        if minor:
            on_its_way[key] = minor, transfer.occurred_on if sent else since
    for (book, reference), (minor, since) in sorted(on_its_way.items()):
        yield book, reference, since, minor


def _payment_of(transfer: LedgerTransfer) -> str:
    """The payment's reference, without the deed at the end of the name; of money brought over, that of its balance."""
    name = transfer.id
    if name.startswith(_PAYMENT):
        return name.removeprefix(_PAYMENT).partition("-")[0]
    return opening_in_transit_of(name, transfer.fund_id, transfer.currency)
