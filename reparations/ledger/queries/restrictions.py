"""What funds may pay for, and when: restrictions, ceilings, the order a programme declares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from reparations.ledger.models import (
    AccountCode,
    Contribution,
    Fund,
    FundForm,
    FundingOrder,
    FundRestriction,
    LedgerAccount,
    LedgerBalance,
    OverheadCeiling,
    Pledge,
    RestrictionKind,
)
from reparations.ledger.queries.reversals import is_standing
from reparations.ledger.rules import FundAvailability, Period, compute_share_minor
from reparations.money import Money, Total

FundedByForm = Mapping[tuple[str, str], int]
"""What a fund has awarded in a form, in minor units of one currency, by (fund, form)."""


@dataclass(frozen=True, slots=True)
class DeclaredOrder:
    """The order of funds in force for a programme."""

    version: int
    fund_ids: tuple[str, ...]
    citation: str


def list_restrictions(session: Session, fund_ids: Sequence[str]) -> dict[str, list[FundRestriction]]:
    """List the restrictions of funds, by the fund's id, in the order in which they were recorded."""
    found: defaultdict[str, list[FundRestriction]] = defaultdict(list)
    wanted = select(FundRestriction).where(col(FundRestriction.fund_id).in_(fund_ids))
    for row in session.exec(wanted.order_by(col(FundRestriction.id))):
        found[row.fund_id].append(row)
    return found


def find_restriction(session: Session, row: FundRestriction) -> FundRestriction | None:
    """Return the restriction that says the same of the same fund, by whatever citation, or None."""
    statement = select(FundRestriction).where(FundRestriction.fund_id == row.fund_id, FundRestriction.kind == row.kind)
    for name in ("value", "usable_from", "usable_until", "share_numerator", "share_denominator"):
        column = col(getattr(FundRestriction, name))
        statement = statement.where(column.is_not_distinct_from(getattr(row, name)))
    return session.exec(statement).one_or_none()


def list_shared_funds(session: Session) -> list[str]:
    """List the funds that give only a share of their money for a form of award."""
    wanted = select(FundRestriction.fund_id).where(FundRestriction.kind == RestrictionKind.SHARE).distinct()
    return sorted(session.exec(wanted))


def find_order(session: Session, programme_id: str) -> DeclaredOrder | None:
    """Return the order of funds that a programme declared last, or None."""
    rows = session.exec(
        select(FundingOrder)
        .where(FundingOrder.programme_id == programme_id)
        .order_by(col(FundingOrder.version).desc(), col(FundingOrder.position))
    ).all()
    if not rows:
        return None
    latest = [row for row in rows if row.version == rows[0].version]
    return DeclaredOrder(rows[0].version, tuple(row.fund_id for row in latest), rows[0].citation)


def list_declared(session: Session, reference: str) -> Sequence[FundingOrder]:
    """List the places of the order that was declared under a reference; none if it was given to no order."""
    wanted = select(FundingOrder).where(FundingOrder.reference == reference)
    return session.exec(wanted.order_by(col(FundingOrder.position))).all()


def find_ceiling(session: Session, fund_id: str, *, on: date) -> OverheadCeiling | None:
    """Return the ceiling on costs and fees in force on a day, or None."""
    return session.exec(
        select(OverheadCeiling)
        .where(OverheadCeiling.fund_id == fund_id, OverheadCeiling.valid_from <= on)
        .order_by(col(OverheadCeiling.valid_from).desc())
        .limit(1)
    ).one_or_none()


def sum_received(
    session: Session, fund_ids: Sequence[str], *, currency: str, as_of: date = date.max
) -> dict[str, Money]:
    """Return what each fund has received in contributions by the end of a day, refunded or not."""
    rows = session.exec(
        select(Pledge.fund_id, func.sum(Contribution.amount_minor))
        .join(Contribution, col(Contribution.pledge_id) == Pledge.id)
        .where(
            col(Pledge.fund_id).in_(fund_ids),
            Contribution.currency == currency,
            col(Contribution.received_on) <= as_of,
            is_standing(as_of=as_of),
        )
        .group_by(col(Pledge.fund_id))
    )
    received = {fund_id: Total(int(total), currency) for fund_id, total in rows}
    return {fund_id: received.get(fund_id, Money(0, currency)) for fund_id in fund_ids}


def list_availability(
    session: Session, *, currency: str, programme_id: str | None = None, funded: FundedByForm | None = None
) -> list[FundAvailability]:
    """List what each fund may still award in `currency`, and on what, for `rules.allocate_most_restricted_first`.

    Args:
        session: any.
        currency: of the awards.
        programme_id: whose awards; funds tied to another programme are left out.
        funded: what the funds of `list_shared_funds` have awarded by form; without it a share is taken for untouched.
    """
    statement = (
        select(Fund, LedgerBalance.amount_minor)
        .join(LedgerAccount, col(LedgerAccount.fund_id) == Fund.id)
        .join(LedgerBalance, col(LedgerBalance.account_id) == LedgerAccount.id)
        .where(LedgerAccount.currency == currency, LedgerAccount.code == AccountCode.UNCOMMITTED)
        .where(or_(col(Fund.programme_id).is_(None), col(Fund.programme_id) == programme_id))
        .order_by(col(Fund.code))
    )
    rows = session.exec(statement).all()
    ids = [fund.id for fund, _ in rows]
    forms: defaultdict[str, set[str]] = defaultdict(set)
    for form in session.exec(select(FundForm).where(col(FundForm.fund_id).in_(ids))):
        forms[form.fund_id].add(form.form)
    restrictions = list_restrictions(session, ids)
    received = sum_received(session, sorted(restrictions), currency=currency)
    return [
        FundAvailability(
            fund_id=fund.id,
            code=fund.code,
            forms=frozenset(forms[fund.id]),
            programme_only=fund.programme_id is not None,
            available=Money(amount_minor, currency),
            purposes=_values(restrictions, fund.id, RestrictionKind.PURPOSE),
            cases=_values(restrictions, fund.id, RestrictionKind.CASE),
            places=_values(restrictions, fund.id, RestrictionKind.PLACE),
            periods=tuple(
                Period(row.usable_from, row.usable_until)
                for row in restrictions.get(fund.id, ())
                if row.kind == RestrictionKind.PERIOD
            ),
            form_limits=_form_limits(restrictions.get(fund.id, ()), received.get(fund.id), funded or {}),
        )
        for fund, amount_minor in rows
    ]


def _values(
    restrictions: Mapping[str, Sequence[FundRestriction]], fund_id: str, kind: RestrictionKind
) -> frozenset[str]:
    return frozenset(row.value for row in restrictions.get(fund_id, ()) if row.kind == kind and row.value is not None)


def _form_limits(
    restrictions: Sequence[FundRestriction], received: Money | None, funded: FundedByForm
) -> dict[str, Money]:
    limits: dict[str, Money] = {}
    for row in restrictions:
        numerator, denominator, form = row.share_numerator, row.share_denominator, row.value
        if numerator is None or denominator is None or form is None or received is None:
            continue
        whole = compute_share_minor(received.amount_minor, numerator=numerator, denominator=denominator)
        still = Money(max(0, whole - funded.get((row.fund_id, form), 0)), received.currency)
        limits[form] = min(still, limits.get(form, still))
    return limits
