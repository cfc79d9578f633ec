"""Balances as of two times: what had occurred by a day, as the books knew it at a moment.

The totals of days (`ledger_day`) are summed, one row for each day on which something occurred or was recorded, however
many transfers that were; of the day on which the moment falls, the sums of the entries recorded until then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, func, literal
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from reparations.ledger.errors import AccountNotFound
from reparations.ledger.models import AccountCode, LedgerAccount, LedgerDay, LedgerLeg, LedgerPair
from reparations.ledger.rules import normal_balance
from reparations.money import Money


@dataclass(frozen=True, slots=True)
class BalanceAsOf:
    """What stood on one account; `balance` is positive on the side where the account normally stands."""

    currency: str
    code: AccountCode
    kind: str
    balance: Money


def get_balance_as_of(
    session: Session,
    fund_id: str,
    currency: str,
    code: AccountCode,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> Money:
    """Return what stood on an account, debits less credits, as `get_balance` does for now.

    Args:
        session: any.
        fund_id: whose.
        currency: of the book.
        code: of the account.
        as_of: only what occurred on or before this day; everything if None.
        known_at: only what was recorded at or before this moment; everything if None.

    Raises:
        AccountNotFound: the fund keeps no books in this currency.
    """
    account_id = session.exec(
        select(LedgerAccount.id).where(
            LedgerAccount.fund_id == fund_id, LedgerAccount.currency == currency, LedgerAccount.code == code
        )
    ).one_or_none()
    if account_id is None:
        raise AccountNotFound(f"The fund keeps no books in {currency}.", record=fund_id)
    return Money(_sum_moves(session, [account_id], as_of=as_of, known_at=known_at)[account_id], currency)


def list_balances_as_of(
    session: Session, fund_id: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> list[BalanceAsOf]:
    """List a fund's accounts with what stood on each, by currency and in the order of the chart.

    Args:
        session: any.
        fund_id: whose.
        as_of: only what occurred on or before this day; everything if None.
        known_at: only what was recorded at or before this moment; everything if None.
    """
    accounts = {
        account.id: account
        for account in session.exec(
            select(LedgerAccount)
            .where(LedgerAccount.fund_id == fund_id)
            .order_by(col(LedgerAccount.currency), col(LedgerAccount.id))
        )
        if account.id is not None
    }
    moved = _sum_moves(session, accounts.keys(), as_of=as_of, known_at=known_at)
    return [
        BalanceAsOf(
            currency=account.currency,
            code=(code := AccountCode(account.code)),
            kind=account.kind,
            balance=Money(normal_balance(code, moved[number]), account.currency),
        )
        for number, account in accounts.items()
    ]


def _sum_moves(
    session: Session, account_ids: Collection[int], *, as_of: date | None, known_at: datetime | None
) -> Counter[int]:
    """Sum debits less credits by account."""
    days = select(
        col(LedgerDay.account_id), func.sum(col(LedgerDay.debit_minor)), func.sum(col(LedgerDay.credit_minor))
    ).where(col(LedgerDay.account_id).in_(account_ids))
    if as_of is not None:
        days = days.where(col(LedgerDay.occurred_on) <= as_of)
    if known_at is not None:
        days = days.where(col(LedgerDay.recorded_on) < known_at.astimezone(UTC).date())
    moved: Counter[int] = Counter()
    for account_id, debits, credits_ in session.exec(days.group_by(col(LedgerDay.account_id))):
        moved[account_id] += int(debits) - int(credits_)
    if known_at is not None:
        for account_id, amount_minor in _list_moves_of_last_day(session, account_ids, as_of=as_of, known_at=known_at):
            moved[account_id] += amount_minor
    return moved


def _list_moves_of_last_day(
    session: Session, account_ids: Collection[int], *, as_of: date | None, known_at: datetime
) -> list[tuple[int, int]]:
    """Sum what was recorded on the day of `known_at` until then, from each side of its entries."""
    begins = datetime.combine(known_at.astimezone(UTC).date(), time(), tzinfo=UTC)
    recorded = [col(LedgerLeg.recorded_at) >= begins, col(LedgerLeg.recorded_at) <= known_at]
    if as_of is not None:
        recorded.append(col(LedgerLeg.occurred_on) <= as_of)
    found: list[tuple[int, int]] = []
    sides: tuple[tuple[Mapped[int], ColumnElement[int]], ...] = (
        (col(LedgerLeg.debit_account_id), literal(1)),
        (col(LedgerLeg.credit_account_id), literal(-1)),
    )
    for account_id, sign in sides:
        of_side = select(account_id, func.sum(col(LedgerLeg.amount_minor) * sign))
        rows = session.exec(of_side.where(*recorded, account_id.in_(account_ids)).group_by(account_id))
        found += [(number, int(amount_minor)) for number, amount_minor in rows]
    covered = (
        select(col(LedgerPair.cover_account_id), func.sum(col(LedgerLeg.amount_minor) * col(LedgerPair.cover_sign)))
        .join(
            LedgerPair,
            (col(LedgerPair.debit_account_id) == col(LedgerLeg.debit_account_id))
            & (col(LedgerPair.credit_account_id) == col(LedgerLeg.credit_account_id)),
        )
        .where(*recorded, col(LedgerPair.cover_sign) != 0, col(LedgerPair.cover_account_id).in_(account_ids))
        .group_by(col(LedgerPair.cover_account_id))
    )
    return found + [(number, int(amount_minor)) for number, amount_minor in session.exec(covered)]
