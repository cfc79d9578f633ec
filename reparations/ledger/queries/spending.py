"""Refunds, costs, money between funds; what is unspent, what expires, and what running a programme cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

from sqlalchemy import func
from sqlmodel import Session, col, select

from reparations.ledger.errors import MoveNotFound, RefundNotFound
from reparations.ledger.models import (
    AccountCode,
    Contribution,
    CostClass,
    Donor,
    Fund,
    FundRestriction,
    Interest,
    InterfundMove,
    OpeningClearance,
    OverheadCeiling,
    Pledge,
    ProgrammeCost,
    Refund,
    RestrictionKind,
)
from reparations.ledger.postings import Movement
from reparations.ledger.queries.attribution import list_attribution
from reparations.ledger.queries.books import get_balance
from reparations.ledger.queries.funds import get_fund, list_books
from reparations.ledger.queries.movements import Moved, sum_movements
from reparations.ledger.queries.promises import get_contribution
from reparations.ledger.queries.restrictions import find_ceiling, sum_received
from reparations.ledger.queries.reversals import select_costs_taken_back
from reparations.ledger.rules import AgeBand, compute_share_minor, find_age_band
from reparations.money import Money, Total

Deed = TypeVar("Deed", Interest, ProgrammeCost, Refund, InterfundMove, OpeningClearance)
"""A row with a reference of the sender's."""


@dataclass(frozen=True, slots=True)
class UnspentGift:
    """What is left of a receipt, and how long it has been lying there."""

    contribution_id: str
    reference: str
    donor_code: str
    received_on: date
    amount: Money
    band: AgeBand


@dataclass(frozen=True, slots=True)
class ExpiringFund:
    """Money of a fund that nobody has committed, and the first day on which it may no longer be awarded."""

    fund_id: str
    code: str
    usable_until: date
    citation: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Overhead:
    """What running a programme cost a fund, beside what reached victims."""

    received: Money
    by_class: tuple[tuple[CostClass, Money], ...]
    unclassified: Money
    """Costs and fees in the books without a record of their class."""
    total: Money
    paid: Money
    """Settled and not returned."""
    ceiling: OverheadCeiling | None
    allowed: Money | None
    """The most that may be spent on costs and fees; None without a ceiling."""

    @property
    def ratio(self) -> Fraction | None:
        """Overhead over what reached victims, exactly; None while nothing has reached anybody."""
        return Fraction(self.total.amount_minor, self.paid.amount_minor) if self.paid.amount_minor else None

    @property
    def per_mille(self) -> int | None:
        """`ratio` in whole per mille, a half rounded up."""
        return None if self.ratio is None else (2000 * self.ratio.numerator // self.ratio.denominator + 1) // 2


def find_deed(session: Session, row: Deed) -> Deed | None:
    """Return the row of the same table recorded under the same reference, or None."""
    model = type(row)
    return session.exec(select(model).where(model.reference == row.reference)).one_or_none()


def get_refund(session: Session, refund_id: str) -> Refund:
    """Return one refund.

    Raises:
        RefundNotFound: none of this id was prepared.
    """
    refund = session.get(Refund, refund_id)
    if refund is None:
        raise RefundNotFound("No such refund was prepared.", record=refund_id)
    return refund


def get_move(session: Session, move_id: str) -> InterfundMove:
    """Return one movement between funds.

    Raises:
        MoveNotFound: none of this id was prepared.
    """
    move = session.get(InterfundMove, move_id)
    if move is None:
        raise MoveNotFound("No such movement was prepared.", record=move_id)
    return move


def find_book_of(session: Session, contribution_id: str) -> tuple[str, str]:
    """Return the fund and the currency that a receipt went into.

    Raises:
        ContributionNotFound: there is none of this id.
    """
    contribution = get_contribution(session, contribution_id)
    return session.get_one(Pledge, contribution.pledge_id).fund_id, contribution.currency


def get_unspent(session: Session, contribution_id: str) -> Money:
    """Return what is left of a receipt, first in, first out.

    Raises:
        ContributionNotFound: there is none of this id.
    """
    fund_id, currency = find_book_of(session, contribution_id)
    return dict(list_attribution(session, fund_id, currency).unspent)[contribution_id]


def list_unspent(session: Session, fund_id: str, currency: str, *, as_of: date) -> list[UnspentGift]:
    """List the receipts of a fund of which something was left at the end of a day, the oldest first, with their age."""
    left = dict(list_attribution(session, fund_id, currency, as_of=as_of).unspent)
    rows = session.exec(
        select(Contribution, Donor.code)
        .join(Pledge, col(Pledge.id) == Contribution.pledge_id)
        .join(Donor, col(Donor.id) == Pledge.donor_id)
        .where(Pledge.fund_id == fund_id, Contribution.currency == currency, col(Contribution.received_on) <= as_of)
        .order_by(col(Contribution.received_on), col(Contribution.id))
    )
    return [
        UnspentGift(
            contribution_id=row.id,
            reference=row.reference,
            donor_code=donor_code,
            received_on=row.received_on,
            amount=left[row.id],
            band=find_age_band(row.received_on, as_of=as_of),
        )
        for row, donor_code in rows
        if left[row.id].amount_minor > 0
    ]


def list_expiring(session: Session, *, as_of: date, within_days: int) -> list[ExpiringFund]:
    """List uncommitted money that may not be awarded any more in so many days, or may not already; soonest first."""
    until = as_of + timedelta(days=min(within_days, (date.max - as_of).days))
    rows = session.exec(
        select(Fund, FundRestriction)
        .join(FundRestriction, col(FundRestriction.fund_id) == Fund.id)
        .where(
            FundRestriction.kind == RestrictionKind.PERIOD,
            col(FundRestriction.usable_until) <= until,
        )
        .order_by(col(FundRestriction.usable_until), col(Fund.code))
    ).all()
    books = list_books(session, [fund.id for fund, _ in rows])
    found: list[ExpiringFund] = []
    for fund, restriction in rows:
        for currency in books.get(fund.id, ()):
            amount = get_balance(session, fund.id, currency, AccountCode.UNCOMMITTED)
            if restriction.usable_until is not None and amount.amount_minor > 0:
                found.append(ExpiringFund(fund.id, fund.code, restriction.usable_until, restriction.citation, amount))
    return found


def get_overhead(session: Session, fund_id: str, currency: str, *, as_of: date) -> Overhead:
    """Return what running a programme had cost a fund by the end of a day, with the ceiling in force on it.

    Raises:
        FundNotFound, AccountNotFound: no such fund, or no books in this currency.
    """
    fund = get_fund(session, fund_id)
    get_balance(session, fund_id, currency, AccountCode.COSTS)
    by_class: defaultdict[CostClass, int] = defaultdict(int)
    rows = session.exec(
        select(ProgrammeCost.cost_class, func.sum(ProgrammeCost.amount_minor))
        .where(
            ProgrammeCost.fund_id == fund_id,
            ProgrammeCost.currency == currency,
            col(ProgrammeCost.id).not_in(select_costs_taken_back(as_of=as_of)),
            col(ProgrammeCost.incurred_on) <= as_of,
        )
        .group_by(col(ProgrammeCost.cost_class))
    )
    for cost_class, amount_minor in rows:
        by_class[CostClass(cost_class)] = int(amount_minor)
    moved = sum_movements(session, as_of=as_of, fund_id=fund_id, currency=currency).get((fund.code, currency), Moved())
    total = Total(moved.balance(AccountCode.FEES, AccountCode.COSTS), currency)
    received = sum_received(session, [fund_id], currency=currency, as_of=as_of)[fund_id]
    ceiling = find_ceiling(session, fund_id, on=as_of)
    return Overhead(
        received=received,
        by_class=tuple((name, Total(by_class[name], currency)) for name in CostClass),
        unclassified=total - Total(sum(by_class.values()), currency),
        total=total,
        paid=Total(moved.net(Movement.SETTLED) - moved.net(Movement.RETURNED), currency),
        ceiling=ceiling,
        allowed=None
        if ceiling is None
        else Money(
            compute_share_minor(received.amount_minor, numerator=ceiling.numerator, denominator=ceiling.denominator),
            currency,
        ),
    )
