"""Checking the books after the fact: nothing is believed, nothing is repaired, each finding names its record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from sqlalchemy import Table, and_, literal, select
from sqlmodel import Session, col

from reparations.audit.verification import Finding, run_checks, verify_rows
from reparations.db import Row, legible_text
from reparations.errors import ReparationsError
from reparations.ledger import models
from reparations.ledger.models import (
    CEILED,
    COVERED,
    FLOORED,
    KINDS,
    AccountCode,
    Contribution,
    Fund,
    LedgerAccount,
    LedgerBalance,
    LedgerPair,
    LedgerTransfer,
    Pledge,
)
from reparations.ledger.postings import MOVEMENTS
from reparations.ledger.queries.books import compute_identity
from reparations.ledger.queries.digests import list_entry_digests, stream_transfers
from reparations.ledger.queries.entry_findings import list_entry_findings
from reparations.ledger.queries.period_findings import list_period_findings

_transfer: Table = LedgerTransfer.__table__  # type: ignore[attr-defined]


class _Account(NamedTuple):
    book: tuple[str, str]
    """Fund and currency."""
    fund_code: str
    code: AccountCode
    kind: str

    @property
    def currency(self) -> str:
        return self.book[1]

    def __str__(self) -> str:
        return f"account {self.fund_code} {self.currency} {self.code}"


_Accounts = Mapping[int, _Account]


def list_findings(session: Session) -> list[Finding]:
    """Recompute the books from the transfers and compare: balances, limits, hashes, identity, gifts, event log.

    Args:
        session: a consistent view (`Database.reading`).
    """
    with legible_text(session):
        accounts = _read_accounts(session)
    return run_checks(
        session,
        list_models(),
        [
            partial(_check_transfers, accounts=accounts),
            partial(_check_pairs, accounts=accounts),
            partial(_check_balances, accounts=accounts),
            list_entry_findings,
            partial(_check_identities, accounts=accounts),
            _check_gifts,
            list_period_findings,
            partial(verify_rows, models=[LedgerTransfer], digests={"ledger_transfer": list_entry_digests}),
        ],
    )


def list_row_findings(session: Session) -> list[Finding]:
    """Compare every row of the ledger's other tables with the event that recorded it: gifts, terms, costs, periods.

    Args:
        session: a consistent view (`Database.reading`).
    """
    others = [model for model in list_models() if model is not LedgerTransfer]
    return run_checks(session, others, [partial(verify_rows, models=[model]) for model in others])


def list_models() -> list[type[Row]]:
    """Return the ledger's models, by their table's name."""
    rooms = {model for model in vars(models).values() if isinstance(model, type) and issubclass(model, Row)}
    return sorted(rooms, key=lambda model: str(model.__tablename__))


def _read_accounts(session: Session) -> dict[int, _Account]:
    rows = session.connection().execute(
        select(
            col(LedgerAccount.id),
            col(LedgerAccount.fund_id),
            col(Fund.code),
            col(LedgerAccount.currency),
            col(LedgerAccount.code),
            col(LedgerAccount.kind),
        )
        .join(Fund, col(Fund.id) == LedgerAccount.fund_id)
        .order_by(col(LedgerAccount.id))
    )
    return {
        number: _Account((fund_id, currency), fund_code, AccountCode(code), kind)
        for number, fund_id, fund_code, currency, code, kind in rows
        if number is not None and code in KINDS
    }


# ── transfers and balances ───────────────────────────────────────────────────────────────────────────────────────────


def _check_transfers(session: Session, accounts: _Accounts) -> Iterator[Finding]:
    for row in stream_transfers(session):
        record = f"ledger_transfer {row.id}"
        debit, credit = accounts.get(row.debit_account_id), accounts.get(row.credit_account_id)
        book = (row.fund_id, row.currency)
        if debit is None or credit is None or not book == debit.book == credit.book:
            yield Finding("ledger.account_foreign", record, "It moves an account of another fund or currency.")
            continue
        movement = (debit.code, credit.code) if row.reverses_id is None else (credit.code, debit.code)
        if movement not in MOVEMENTS:
            yield Finding("ledger.movement_unknown", record, "No deed moves money between these two accounts.")


def _check_pairs(session: Session, accounts: _Accounts) -> Iterator[Finding]:
    """The pairs that the trigger looks up are those of the chart."""
    books: defaultdict[tuple[str, str], dict[AccountCode, int]] = defaultdict(dict)
    for number, account in accounts.items():
        books[account.book][account.code] = number
    wanted = {
        (numbers[debit], numbers[credit]): (
            *book,
            int((debit, credit) in MOVEMENTS),
            numbers.get(AccountCode.UNCOMMITTED),
            (credit in COVERED) - (debit in COVERED),
        )
        for book, numbers in books.items()
        for debit, credit in MOVEMENTS | {movement[::-1] for movement in MOVEMENTS}
        if debit in numbers and credit in numbers
    }
    found = {
        (pair.debit_account_id, pair.credit_account_id): (
            pair.fund_id,
            pair.currency,
            pair.posts,
            pair.cover_account_id,
            pair.cover_sign,
        )
        for pair in session.execute(select(LedgerPair)).scalars()
    }
    for debit_id, credit_id in sorted(wanted.keys() | found.keys()):
        if wanted.get((debit_id, credit_id)) != found.get((debit_id, credit_id)):
            record = f"ledger_pair {debit_id}|{credit_id}"
            yield Finding(
                "ledger.pair_changed", record, "What may move between two accounts is not what the chart says."
            )


def _check_balances(session: Session, accounts: _Accounts) -> Iterator[Finding]:
    moved: defaultdict[int, int] = defaultdict(int)
    times: defaultdict[int, int] = defaultdict(int)
    uncommitted = {
        account.book: number for number, account in accounts.items() if account.code == AccountCode.UNCOMMITTED
    }
    for row in stream_transfers(session):
        sides = {row.debit_account_id: row.amount_minor, row.credit_account_id: -row.amount_minor}
        covered = [number for number in sides if number in accounts and accounts[number].code in COVERED]
        if len(covered) == 1:
            sides[uncommitted[accounts[covered[0]].book]] = -sides[covered[0]]
        for number, amount_minor in sides.items():
            moved[number] += amount_minor
            times[number] += 1
    balances = {balance.account_id: balance for balance in session.execute(select(LedgerBalance)).scalars()}
    for number, account in accounts.items():
        balance = balances.get(number)
        if balance is None:
            yield Finding("ledger.balance_missing", str(account), "The account has no balance.")
            continue
        if (balance.amount_minor, balance.version) != (moved[number], times[number]):
            message = (
                f"It stands at {balance.amount_minor} minor units after {balance.version} transfers;"
                f" {times[number]} transfers of {moved[number]} were posted."
            )
            yield Finding("ledger.balance_differs", str(account), message)
        limits = (0 if account.kind in FLOORED else None, 0 if account.kind in CEILED else None)
        if (balance.floor_minor, balance.ceiling_minor) != limits:
            yield Finding("ledger.limit_changed", str(account), "Its limit is not the one of the chart.")
        if (account.kind in FLOORED and moved[number] < 0) or (account.kind in CEILED and moved[number] > 0):
            yield Finding("ledger.limit_broken", str(account), "What was posted takes it beyond zero.")


def _check_identities(session: Session, accounts: _Accounts) -> Iterator[Finding]:
    books = {(account.fund_code, account.book) for account in accounts.values()}
    for fund_code, (fund_id, currency) in sorted(books):
        record = f"fund {fund_code} {currency}"
        try:
            faults = compute_identity(session, fund_id, currency).faults
        except ReparationsError:
            yield Finding("ledger.identity_broken", record, "It cannot be computed from what is there.")
            continue
        for statement, difference in faults.items():
            yield Finding("ledger.identity_broken", record, f"{statement} fails by {difference}.")


# ── pledges and receipts against the books ───────────────────────────────────────────────────────────────────────────


def _check_gifts(session: Session) -> Iterator[Finding]:
    """Each pledge and each receipt is in the books with its amount, and no receipt is there without its record."""
    connection = session.connection()
    recorded = and_(
        _transfer.c.id == literal("pledge-") + col(Pledge.id) + literal("-recorded"),
        _transfer.c.amount_minor == col(Pledge.amount_minor),
        _transfer.c.fund_id == col(Pledge.fund_id),
        _transfer.c.currency == col(Pledge.currency),
    )
    unposted = select(col(Pledge.id)).where(~select(_transfer.c.id).where(recorded).exists())
    for pledge_id in connection.execute(unposted).scalars():
        yield Finding("ledger.pledge_unposted", f"pledge {pledge_id}", "The books do not show it with its amount.")
    received = and_(
        _transfer.c.id == literal("contribution-") + col(Contribution.id) + literal("-received"),
        _transfer.c.amount_minor == col(Contribution.amount_minor),
        _transfer.c.currency == col(Contribution.currency),
    )
    unposted = select(col(Contribution.id)).where(~select(_transfer.c.id).where(received).exists())
    for contribution_id in connection.execute(unposted).scalars():
        record = f"contribution {contribution_id}"
        yield Finding("ledger.contribution_unposted", record, "The books do not show it with its amount.")
    unrecorded = (
        select(_transfer.c.id)
        .join(LedgerAccount, col(LedgerAccount.id) == _transfer.c.credit_account_id)
        .outerjoin(
            Contribution, _transfer.c.id == literal("contribution-") + col(Contribution.id) + literal("-received")
        )
        .where(
            col(LedgerAccount.code) == AccountCode.CONTRIBUTIONS,
            _transfer.c.reverses_id.is_(None),
            col(Contribution.id).is_(None),
        )
    )
    for transfer_id in connection.execute(unrecorded).scalars():
        yield Finding(
            "ledger.receipt_unrecorded", f"ledger_transfer {transfer_id}", "No contribution is recorded for it."
        )
