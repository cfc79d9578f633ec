"""Bodies of answers about the books.  Amounts are decimal strings, ``"70000.00"``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

from pydantic import Field

from reparations.http import Body
from reparations.ledger.models import AccountCode, Fund
from reparations.ledger.queries import (
    AccountBalance,
    AccountLine,
    BalanceAsOf,
    JournalEntry,
    JournalLine,
    TrialBalanceLine,
)
from reparations.ledger.rules import Identity
from reparations.money import Total

_SHOWN = (AccountCode.FEES, AccountCode.COSTS, AccountCode.REFUNDS, AccountCode.UNCOMMITTED)


class AccountView(Body):
    """What stands on one account, positive on the side where the account normally stands."""

    code: str
    kind: str
    balance: str = Field(description="Decimal string in the currency of the book.")

    @classmethod
    def of(cls, account: AccountBalance) -> Self:
        """Show an account."""
        return cls(code=account.code, kind=account.kind, balance=account.balance.decimal_string)


class IdentityView(Body):
    """``came_in = paid + fees + costs + refunds + held``, and ``held`` less ``owed`` may still be awarded.

    ``came_in`` is contributions, interest, money held when the books were opened, money exchanged in or taken in from
    other funds, and overpayments paid back; ``held = bank + reserved + in_transit + returned``.
    """

    came_in: str
    paid: str = Field(description="Settled and not returned.")
    fees: str
    costs: str
    refunds: str = Field(description="Given back to donors.")
    held: str
    owed: str = Field(description="Awarded and not yet paid, money held in trust included.")
    uncommitted: str = Field(description="May still be awarded.")
    holds: bool

    @classmethod
    def of(cls, identity: Identity) -> Self:
        """Show where the money is and whether that is all of it."""
        balances = {code: identity[code].decimal_string for code in _SHOWN}
        return cls(
            came_in=identity.came_in.decimal_string,
            paid=identity.flows.paid.decimal_string,
            held=identity.held.decimal_string,
            owed=identity.owed.decimal_string,
            holds=not identity.faults,
            **balances,
        )


class BookView(Body):
    """A fund's books in one currency."""

    currency: str
    accounts: list[AccountView]
    identity: IdentityView


class BalancesView(Body):
    """A fund's books."""

    fund_id: str
    code: str
    books: list[BookView]


class AccountAsOfView(Body):
    """What stood on one account, positive on the side where the account normally stands."""

    currency: str
    account: str
    kind: str
    balance: str

    @classmethod
    def of(cls, account: BalanceAsOf) -> Self:
        """Show an account."""
        return cls(
            currency=account.currency,
            account=account.code,
            kind=account.kind,
            balance=account.balance.decimal_string,
        )


class BalancesAsOfView(Body):
    """A fund's accounts as of a day, as the books knew them at a moment."""

    fund_id: str
    code: str
    as_of: date | None
    known_at: datetime | None
    accounts: list[AccountAsOfView]

    @classmethod
    def of(cls, fund: Fund, accounts: Sequence[BalanceAsOf], *, as_of: date | None, known_at: datetime | None) -> Self:
        """Show the accounts of a fund."""
        return cls(
            fund_id=fund.id,
            code=fund.code,
            as_of=as_of,
            known_at=known_at,
            accounts=[AccountAsOfView.of(account) for account in accounts],
        )


class LineView(Body):
    """What a journal entry does to one account."""

    fund: str = Field(description="Code of the fund.")
    account: str
    currency: str
    debit: str
    credit: str
    transfers: int = Field(description="How many transfers the line sums up.")

    @classmethod
    def of(cls, line: JournalLine) -> Self:
        """Show a line."""
        return cls(
            fund=line.fund_code,
            account=line.code,
            currency=line.debit.currency,
            debit=line.debit.decimal_string,
            credit=line.credit.decimal_string,
            transfers=line.transfers,
        )


class EntryView(Body):
    """A journal entry: all transfers of one deed."""

    entry_id: str
    occurred_on: date
    recorded_at: datetime
    reverses: bool = Field(description="Whether it undoes earlier transfers.")
    lines: list[LineView]

    @classmethod
    def of(cls, entry: JournalEntry) -> Self:
        """Show an entry."""
        return cls(
            entry_id=entry.entry_id,
            occurred_on=entry.occurred_on,
            recorded_at=entry.recorded_at,
            reverses=entry.reverses,
            lines=[LineView.of(line) for line in entry.lines],
        )


class TrialLineView(Body):
    """One account's debits and credits."""

    fund: str = Field(description="Code of the fund.")
    currency: str
    account: str
    kind: str
    debits: str
    credits: str

    @classmethod
    def of(cls, line: TrialBalanceLine) -> Self:
        """Show a line."""
        return cls(
            fund=line.fund_code,
            currency=line.currency,
            account=line.code,
            kind=line.kind,
            debits=line.debits.decimal_string,
            credits=line.credits.decimal_string,
        )


class TrialTotalView(Body):
    """All debits and credits of one currency."""

    currency: str
    debits: str
    credits: str
    balanced: bool


class TrialBalanceView(Body):
    """The trial balance of all funds."""

    as_of: date | None
    lines: list[TrialLineView]
    totals: list[TrialTotalView]

    @classmethod
    def of(cls, lines: Sequence[TrialBalanceLine], *, as_of: date | None) -> Self:
        """Show the lines and add them up, currency by currency."""
        totals = []
        for currency in sorted({line.currency for line in lines}):
            of_currency = [line for line in lines if line.currency == currency]
            zero = Total(0, currency)
            debits = sum((line.debits for line in of_currency), zero)
            credits_ = sum((line.credits for line in of_currency), zero)
            totals.append(
                TrialTotalView(
                    currency=currency,
                    debits=debits.decimal_string,
                    credits=credits_.decimal_string,
                    balanced=debits == credits_,
                )
            )
        return cls(as_of=as_of, lines=[TrialLineView.of(line) for line in lines], totals=totals)


class AccountLineView(Body):
    """A transfer as one of its accounts sees it."""

    transfer_id: str
    entry_id: str
    occurred_on: date
    recorded_at: datetime
    against: AccountCode = Field(description="The other account.")
    debit: str
    credit: str
    balance: str = Field(description="Debits less credits, up to and with this line.")

    @classmethod
    def of(cls, line: AccountLine) -> Self:
        """Show a line."""
        return cls(
            transfer_id=line.transfer_id,
            entry_id=line.entry_id,
            occurred_on=line.occurred_on,
            recorded_at=line.recorded_at,
            against=line.against,
            debit=line.debit.decimal_string,
            credit=line.credit.decimal_string,
            balance=line.balance.decimal_string,
        )
