"""Balances, the identity, the journal and the trial balance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy
from sqlalchemy import Table, and_, bindparam, func, or_
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col, select

from reparations.ledger.errors import AccountNotFound, EntryNotFound
from reparations.ledger.models import (
    KINDS,
    AccountCode,
    Fund,
    LedgerAccount,
    LedgerBalance,
    LedgerEntry,
    LedgerLeg,
    LedgerTransfer,
)
from reparations.ledger.postings import Movement
from reparations.ledger.rules import Flows, Identity, normal_balance
from reparations.money import Money, Total

_account: Table = LedgerAccount.__table__  # type: ignore[attr-defined]  # given by SQLAlchemy
_ACCOUNT_IDS = sqlalchemy.select(_account.c.fund_id, _account.c.currency, _account.c.code, _account.c.id).where(
    _account.c.fund_id.in_(bindparam("fund_ids", expanding=True))
)
"""Made once: every posting asks it."""


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What stands on one account; `balance` is positive on the side where the account normally stands."""

    currency: str
    code: AccountCode
    kind: str
    balance: Money
    version: int


@dataclass(frozen=True, slots=True)
class TrialBalanceLine:
    """One account's debits and credits."""

    fund_code: str
    currency: str
    code: AccountCode
    kind: str
    debits: Money
    credits: Money


@dataclass(frozen=True, slots=True)
class JournalLine:
    """What one entry does to one account, all its transfers together."""

    fund_code: str
    code: AccountCode
    debit: Money
    credit: Money
    transfers: int


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """All transfers of one deed."""

    entry_id: str
    occurred_on: date
    recorded_at: datetime
    reverses: bool
    lines: tuple[JournalLine, ...]


def list_account_ids(session: Session, fund_ids: Collection[str]) -> dict[tuple[str, str, str], int]:
    """Return the ids of the funds' accounts, by (fund, currency, code)."""
    rows = session.connection().execute(_ACCOUNT_IDS, {"fund_ids": sorted(fund_ids)})
    return {(fund_id, currency, code): number for fund_id, currency, code, number in rows}


def get_balance(session: Session, fund_id: str, currency: str, code: AccountCode) -> Money:
    """Return what stands on an account, debits less credits: negative for what the fund owes or was given.

    Of `uncommitted` it is what the fund may still award.

    Raises:
        AccountNotFound: the fund keeps no books in this currency.
    """
    amount_minor = session.exec(
        select(LedgerBalance.amount_minor)
        .join(LedgerAccount, col(LedgerAccount.id) == LedgerBalance.account_id)
        .where(LedgerAccount.fund_id == fund_id, LedgerAccount.currency == currency, LedgerAccount.code == code)
    ).one_or_none()
    if amount_minor is None:
        raise AccountNotFound(f"The fund keeps no books in {currency}.", record=fund_id)
    return Money(amount_minor, currency)


def list_balances(session: Session, fund_id: str) -> list[AccountBalance]:
    """List a fund's accounts with what stands on each, by currency and in the order of the chart."""
    rows = session.exec(
        select(LedgerAccount, LedgerBalance)
        .join(LedgerBalance, col(LedgerBalance.account_id) == LedgerAccount.id)
        .where(LedgerAccount.fund_id == fund_id)
        .order_by(col(LedgerAccount.currency), col(LedgerAccount.id))
    )
    return [
        AccountBalance(
            currency=account.currency,
            code=(code := AccountCode(account.code)),
            kind=account.kind,
            balance=Money(normal_balance(code, balance.amount_minor), account.currency),
            version=balance.version,
        )
        for account, balance in rows
    ]


def compute_identity(session: Session, fund_id: str, currency: str) -> Identity:
    """Read off where a fund's money is; `rules.check_identity` says whether it adds up.

    Raises:
        AccountNotFound: the fund keeps no books in this currency.
    """
    standing = {
        balance.code: balance.balance for balance in list_balances(session, fund_id) if balance.currency == currency
    }
    if standing.keys() != KINDS.keys():
        raise AccountNotFound(f"The fund keeps no books in {currency}.", record=fund_id)
    return Identity(
        fund_id=fund_id, currency=currency, flows=_count_flows(session, fund_id, currency), balances=standing
    )


def _count_flows(session: Session, fund_id: str, currency: str) -> Flows:
    """Add up the transfers of one book by their two accounts; a reversal takes back what it reverses."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    rows = session.exec(
        select(debit.code, credit.code, func.sum(LedgerTransfer.amount_minor))
        .join(debit, col(debit.id) == col(LedgerTransfer.debit_account_id))
        .join(credit, col(credit.id) == col(LedgerTransfer.credit_account_id))
        .where(LedgerTransfer.fund_id == fund_id, LedgerTransfer.currency == currency)
        .group_by(col(debit.code), col(credit.code))
    )
    moved: Counter[tuple[str, str]] = Counter()
    for debited, credited, amount_minor in rows:
        moved[debited, credited] += int(amount_minor)
        moved[credited, debited] -= int(amount_minor)

    def net(*movements: Movement) -> Money:
        return Total(sum(moved[movement.value] for movement in movements), currency)

    return Flows(
        paid=net(Movement.SETTLED) - net(Movement.RETURNED),
        paid_back=net(Movement.PAID_BACK),
        opening_cash=net(Movement.OPENED_BANK, Movement.OPENED_IN_TRANSIT, Movement.OPENED_RETURNED),
        opening_owed=net(Movement.OPENED_AWARDS_PAYABLE, Movement.OPENED_HELD_IN_TRUST)
        - net(Movement.OPENED_OVERPAYMENTS),
    )


def list_trial_balance(session: Session, *, as_of: date | None = None) -> list[TrialBalanceLine]:
    """List debits and credits of every account that has moved, by fund, currency and chart.

    `uncommitted` is no account of the double entry and does not appear: debits and credits are equal without it.

    Args:
        session: any.
        as_of: only what occurred on or before this day; everything if None.
    """
    debits, credits_ = (
        _sum_by(session, account_id, as_of=as_of)
        for account_id in (col(LedgerTransfer.debit_account_id), col(LedgerTransfer.credit_account_id))
    )
    accounts = session.exec(
        select(Fund.code, LedgerAccount)
        .join(Fund, col(Fund.id) == LedgerAccount.fund_id)
        .where(col(LedgerAccount.id).in_(debits.keys() | credits_.keys()))
        .order_by(col(Fund.code), col(LedgerAccount.currency), col(LedgerAccount.id))
    )
    return [
        TrialBalanceLine(
            fund_code=fund_code,
            currency=account.currency,
            code=AccountCode(account.code),
            kind=account.kind,
            debits=Total(debits.get(account.id, 0), account.currency),
            credits=Total(credits_.get(account.id, 0), account.currency),
        )
        for fund_code, account in accounts
    ]


def _sum_by(session: Session, account_id: Mapped[int], *, as_of: date | None) -> dict[int | None, int]:
    statement = select(account_id, func.sum(col(LedgerTransfer.amount_minor))).group_by(account_id)
    if as_of is not None:
        statement = statement.where(col(LedgerTransfer.occurred_on) <= as_of)
    return {number: int(total) for number, total in session.exec(statement)}


def list_entries(
    session: Session, *, after: str | None = None, limit: int = 50, fund_id: str | None = None
) -> list[JournalEntry]:
    """List journal entries in the order in which they were recorded, from the one after the entry `after` on.

    An entry of thousands of transfers is shown as an accountant writes it: one line for each account it moves.

    Raises:
        EntryNotFound: `after` names no entry.
    """
    key = (col(LedgerEntry.recorded_at), col(LedgerEntry.id))
    statement = select(*key).order_by(*key).limit(limit)
    if fund_id is not None:
        of_fund = select(LedgerLeg.entry_id).where(LedgerLeg.entry_id == LedgerEntry.id, LedgerLeg.fund_id == fund_id)
        statement = statement.where(of_fund.exists())
    if after is not None:
        recorded_at = session.exec(select(LedgerEntry.recorded_at).where(LedgerEntry.id == after)).one_or_none()
        if recorded_at is None:
            raise EntryNotFound("The journal has no entry of this name.", field="after")
        # Spelled out, because a row value compares an instant without the column's type.
        statement = statement.where(
            or_(key[0] > recorded_at, and_(key[0] == recorded_at, key[1] > after)),
        )
    found = session.exec(statement).all()
    details = _read_entries(session, [entry_id for _, entry_id in found])
    return [details[entry_id] for _, entry_id in found]


def _read_entries(session: Session, entry_ids: Sequence[str]) -> dict[str, JournalEntry]:
    lines: defaultdict[str, defaultdict[int, _Line]] = defaultdict(lambda: defaultdict(_Line))
    heads: dict[str, tuple[date, datetime, bool]] = {}
    for leg in session.exec(select(LedgerLeg).where(col(LedgerLeg.entry_id).in_(entry_ids))):
        _, _, reverses = heads.get(leg.entry_id, (None, None, False))
        heads[leg.entry_id] = (leg.occurred_on, leg.recorded_at, reverses or leg.reversals > 0)
        lines[leg.entry_id][leg.debit_account_id].add(debit_minor=leg.amount_minor, transfers=leg.transfers)
        lines[leg.entry_id][leg.credit_account_id].add(credit_minor=leg.amount_minor, transfers=leg.transfers)
    accounts = {
        account.id: (fund_code, account)
        for fund_code, account in session.exec(
            select(Fund.code, LedgerAccount)
            .join(Fund, col(Fund.id) == LedgerAccount.fund_id)
            .where(col(LedgerAccount.id).in_({number for entry in lines.values() for number in entry}))
        )
    }
    return {
        entry_id: JournalEntry(
            entry_id, *heads[entry_id], lines=tuple(moved[number].shown(*accounts[number]) for number in sorted(moved))
        )
        for entry_id, moved in lines.items()
    }


@dataclass(slots=True)
class _Line:
    """A journal line being summed up."""

    debit_minor: int = 0
    credit_minor: int = 0
    transfers: int = 0

    def add(self, *, transfers: int, debit_minor: int = 0, credit_minor: int = 0) -> None:
        self.debit_minor += debit_minor
        self.credit_minor += credit_minor
        self.transfers += transfers

    def shown(self, fund_code: str, account: LedgerAccount) -> JournalLine:
        return JournalLine(
            fund_code=fund_code,
            code=AccountCode(account.code),
            debit=Total(self.debit_minor, account.currency),
            credit=Total(self.credit_minor, account.currency),
            transfers=self.transfers,
        )
