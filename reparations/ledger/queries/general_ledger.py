"""The general ledger, account by account, page by page, as it stands or as it was known at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from reparations.ledger.errors import AccountNotFound
from reparations.ledger.models import AccountCode, LedgerAccount, LedgerTransfer
from reparations.ledger.queries.books import list_account_ids
from reparations.money import Money


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A transfer as one of its accounts sees it, with the balance after it (debits less credits)."""

    transfer_id: str
    entry_id: str
    occurred_on: date
    recorded_at: datetime
    against: AccountCode
    debit: Money
    credit: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class AccountScope:
    """Of which account, and as far as which day and which instant."""

    fund_id: str
    currency: str
    code: AccountCode
    since: date | None = None
    """First day; the first ever if None."""
    as_of: date | None = None
    """Last day; the last ever if None."""
    known_at: datetime | None = None
    """Only what had been recorded by then; everything if None."""


def list_account_lines(
    session: Session, scope: AccountScope, *, after: str | None = None, limit: int
) -> Sequence[AccountLine]:
    """List what moved on an account, by day, instant of recording and transfer, from the one after `after` on.

    Reads the fund's transfers once for the balance the page begins with: seconds where there are millions.

    Args:
        session: any; a page shows the books at its moment, and nothing that was there ever goes.
        scope: the account.
        after: id of the last transfer of the page before; one that is not the account's begins at the beginning.
        limit: how many at most.

    Raises:
        AccountNotFound: the fund keeps no books in that currency.
    """
    number = list_account_ids(session, [scope.fund_id]).get((scope.fund_id, scope.currency, scope.code))
    if number is None:
        raise AccountNotFound(f"The fund keeps no books in {scope.currency}.", record=scope.fund_id)
    mark = None if after is None else session.get(LedgerTransfer, after)
    if mark is not None and number not in (mark.debit_account_id, mark.credit_account_id):
        mark = None
    debited = col(LedgerTransfer.debit_account_id) == number
    signed = case((debited, col(LedgerTransfer.amount_minor)), else_=-col(LedgerTransfer.amount_minor))
    ours = _ours(scope, number)
    balance = _opening(session, scope, ours, signed, mark=mark)
    other = case((debited, col(LedgerTransfer.credit_account_id)), else_=col(LedgerTransfer.debit_account_id))
    statement = (
        core_select(
            col(LedgerTransfer.id),
            col(LedgerTransfer.entry_id),
            col(LedgerTransfer.occurred_on),
            col(LedgerTransfer.recorded_at),
            col(LedgerAccount.code),
            signed,
        )
        .join(LedgerAccount, col(LedgerAccount.id) == other)
        .where(*ours)
        .order_by(col(LedgerTransfer.occurred_on), col(LedgerTransfer.recorded_at), col(LedgerTransfer.id))
        .limit(limit)
    )
    if scope.since is not None:
        statement = statement.where(col(LedgerTransfer.occurred_on) >= scope.since)
    if mark is not None:
        statement = statement.where(~_until(mark))
    lines = []
    for transfer_id, entry_id, occurred_on, recorded_at, against, amount_minor in session.connection().execute(
        statement
    ):
        amount = Money(amount_minor, scope.currency)
        balance += amount
        nothing = Money(0, scope.currency)
        lines.append(
            AccountLine(
                transfer_id=transfer_id,
                entry_id=entry_id,
                occurred_on=occurred_on,
                recorded_at=recorded_at,
                against=AccountCode(against),
                debit=amount if amount_minor > 0 else nothing,
                credit=nothing if amount_minor > 0 else nothing - amount,
                balance=balance,
            )
        )
    return lines


def _ours(scope: AccountScope, number: int) -> list[ColumnElement[bool]]:
    """The account's transfers, as far as the scope goes, whatever its first day."""
    found: list[ColumnElement[bool]] = [
        col(LedgerTransfer.fund_id) == scope.fund_id,
        or_(col(LedgerTransfer.debit_account_id) == number, col(LedgerTransfer.credit_account_id) == number),
    ]
    if scope.as_of is not None:
        found.append(col(LedgerTransfer.occurred_on) <= scope.as_of)
    if scope.known_at is not None:
        found.append(col(LedgerTransfer.recorded_at) <= scope.known_at)
    return found


def _opening(
    session: Session,
    scope: AccountScope,
    ours: Sequence[ColumnElement[bool]],
    signed: ColumnElement[int],
    *,
    mark: LedgerTransfer | None,
) -> Money:
    """The balance before the first line of the page."""
    if mark is not None:
        before = _until(mark)
    elif scope.since is not None:
        before = col(LedgerTransfer.occurred_on) < scope.since
    else:
        return Money(0, scope.currency)
    total = session.connection().execute(core_select(func.sum(signed)).where(*ours, before)).scalar_one()
    return Money(int(total or 0), scope.currency)


def _until(mark: LedgerTransfer) -> ColumnElement[bool]:
    """Everything up to a transfer, in the order of the list, itself included."""
    day, instant, name = (
        col(LedgerTransfer.occurred_on),
        col(LedgerTransfer.recorded_at),
        col(LedgerTransfer.id),
    )
    return or_(
        day < mark.occurred_on,
        and_(day == mark.occurred_on, instant < mark.recorded_at),
        and_(day == mark.occurred_on, instant == mark.recorded_at, name <= mark.id),
    )
