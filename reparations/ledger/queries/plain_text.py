"""Reading the whole books out as text, line by line."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sqlalchemy import and_, func
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from reparations.ledger.models import (
    AccountCode,
    Fund,
    LedgerAccount,
    LedgerBalance,
    LedgerPeriod,
    LedgerTransfer,
    PeriodLine,
)
from reparations.ledger.queries.movements import sum_movements
from reparations.ledger.rules.plain_text import WRITERS, AccountName, Assertion, TextFormat, TextTransfer
from reparations.money import Money

_CHUNK = 2_000


def stream_plain_text(session: Session, text_format: TextFormat, *, until: date | None = None) -> Iterator[str]:
    """Write the books for `beancount` or `hledger`: accounts, transfers by day, asserted balances; line by line.

    Without `until` the last balances are those the database keeps (`ledger_balance`), not sums of what was written: the
    program that adds the transfers up compares two things.  At the end of each closed period the balances of its signed
    trial balance are asserted.

    Args:
        session: a consistent view (`Database.reading`).
        text_format: for which program.
        until: the last day to write; everything if None.
    """
    writer = WRITERS[text_format]
    if until == date.max:  # the programs are told of the day after
        until = None
    first, last = _read_days(session, until)
    if first is None or last is None:
        yield "; no transfer has been posted"
        return
    accounts = _read_accounts(session)
    moved = _list_moved(session, accounts, until=until)
    yield from writer.open(sorted(moved, key=_order), on=first)
    closings = deque(_list_closings(session, until=last))
    for transfer in _stream_transfers(session, accounts, until=until):
        while closings and closings[0].at_end_of < transfer.occurred_on:
            yield from writer.assertion(closings.popleft())
        yield ""
        yield from writer.transfer(transfer)
    yield ""
    for closing in closings:
        yield from writer.assertion(closing)
    for account in sorted(moved, key=_order):
        yield from writer.assertion(Assertion(account, last, moved[account]))


def _order(account: AccountName) -> tuple[str, str, str]:
    return account.fund, account.currency, account.text


def _read_days(session: Session, until: date | None) -> tuple[date | None, date | None]:
    statement = core_select(func.min(col(LedgerTransfer.occurred_on)), func.max(col(LedgerTransfer.occurred_on)))
    if until is not None:
        statement = statement.where(col(LedgerTransfer.occurred_on) <= until)
    first, last = session.connection().execute(statement).one()
    return first, last


def _read_accounts(session: Session) -> dict[int, AccountName]:
    statement = (
        select(LedgerAccount, Fund.code)
        .join(Fund, col(Fund.id) == LedgerAccount.fund_id)
        .where(LedgerAccount.code != AccountCode.UNCOMMITTED)
    )
    return {
        account.id: AccountName(fund, account.currency, AccountCode(account.code))
        for account, fund in session.exec(statement)
        if account.id is not None
    }


def _list_moved(
    session: Session, accounts: Mapping[int, AccountName], *, until: date | None
) -> dict[AccountName, Money]:
    """What stands on each account that has moved."""
    if until is None:
        balances = session.exec(
            select(LedgerBalance.account_id, LedgerBalance.amount_minor).where(LedgerBalance.version > 0)
        )
        return {
            accounts[number]: Money(amount, accounts[number].currency)
            for number, amount in balances
            if number in accounts
        }
    books: defaultdict[AccountName, int] = defaultdict(int)
    for (fund, currency), moved in sum_movements(session, as_of=until).items():
        for code in {code for pair in (*moved.posted, *moved.reversals) for code in pair}:
            books[AccountName(fund, currency, code)] = moved.balance(code)
    return {account: Money(amount, account.currency) for account, amount in books.items()}


def _list_closings(session: Session, *, until: date) -> list[Assertion]:
    """What the signed trial balance of each closed period says, in the order of their last days."""
    statement = (
        select(PeriodLine, LedgerPeriod, Fund.code)
        .join(
            LedgerPeriod,
            and_(
                col(LedgerPeriod.fund_id) == col(PeriodLine.fund_id), col(LedgerPeriod.number) == col(PeriodLine.number)
            ),
        )
        .join(Fund, col(Fund.id) == LedgerPeriod.fund_id)
        .where(col(LedgerPeriod.next_starts_on) <= until + timedelta(days=1))
        .order_by(col(LedgerPeriod.next_starts_on), col(Fund.code), col(PeriodLine.currency), col(PeriodLine.code))
    )
    return [
        Assertion(
            AccountName(fund, line.currency, AccountCode(line.code)),
            period.next_starts_on - timedelta(days=1),
            Money(line.debits_minor - line.credits_minor, line.currency),
        )
        for line, period, fund in session.exec(statement)
        if line.code != AccountCode.UNCOMMITTED and (line.debits_minor or line.credits_minor)
    ]


def _stream_transfers(
    session: Session, accounts: Mapping[int, AccountName], *, until: date | None
) -> Iterator[TextTransfer]:
    statement = core_select(
        col(LedgerTransfer.id),
        col(LedgerTransfer.entry_id),
        col(LedgerTransfer.occurred_on),
        col(LedgerTransfer.debit_account_id),
        col(LedgerTransfer.credit_account_id),
        col(LedgerTransfer.amount_minor),
        col(LedgerTransfer.currency),
        col(LedgerTransfer.reverses_id),
    ).order_by(
        col(LedgerTransfer.occurred_on),
        col(LedgerTransfer.recorded_at),
        col(LedgerTransfer.entry_id),
        col(LedgerTransfer.id),
    )
    if until is not None:
        statement = statement.where(col(LedgerTransfer.occurred_on) <= until)
    with session.connection().execute(statement.execution_options(yield_per=_CHUNK)) as rows:
        for transfer_id, entry_id, occurred_on, debit, credit, amount, currency, reverses_id in rows:
            yield TextTransfer(
                transfer_id=transfer_id,
                entry_id=entry_id,
                occurred_on=occurred_on,
                debit=accounts[debit],
                credit=accounts[credit],
                amount=Money(amount, currency),
                reverses_id=reverses_id,
            )
