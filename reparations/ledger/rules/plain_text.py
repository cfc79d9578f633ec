"""The books as text that the programs `beancount` and `hledger` read: an auditor's independent check.  Pure.

One transaction a transfer, with its two postings; the ids of transfer and entry travel with it.  `uncommitted` is a
memorandum outside the double entry and is not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from reparations.ledger.models import KINDS, AccountCode, AccountKind
from reparations.money import Money, exponent

_ROOTS = {
    AccountKind.ASSET: "Assets",
    AccountKind.LIABILITY: "Liabilities",
    AccountKind.INCOME: "Income",
    AccountKind.EXPENSE: "Expenses",
    AccountKind.POSITION: "Equity",
}
_HLEDGER_TYPES = {"Assets": "A", "Liabilities": "L", "Income": "R", "Expenses": "X", "Equity": "E"}
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9-]")
_NOT_IN_TAG = re.compile(r"[^A-Za-z0-9_./:-]")


class TextFormat(StrEnum):
    """The program the text is for."""

    BEANCOUNT = "beancount"
    HLEDGER = "hledger"


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account of the books, by the fund's code."""

    fund: str
    currency: str
    code: AccountCode

    @property
    def text(self) -> str:
        """The name in both programs, ``Assets:KAT-INDIVIDUAL:In-Transit``; one name for all currencies."""
        # A code made by the service has none of these; any other is spelled out, so that two never become one.
        fund = _NOT_PLAIN.sub(lambda found: f"x{ord(found[0]):x}x", self.fund)
        leaf = "-".join(word.capitalize() for word in self.code.split("_"))
        return f"{_ROOTS[KINDS[self.code]]}:{fund}:{leaf}"


@dataclass(frozen=True, slots=True)
class TextTransfer:
    """A transfer to write."""

    transfer_id: str
    entry_id: str
    occurred_on: date
    debit: AccountName
    credit: AccountName
    amount: Money
    reverses_id: str | None = None


@dataclass(frozen=True, slots=True)
class Assertion:
    """What stands on an account at the end of a day, debits less credits."""

    account: AccountName
    at_end_of: date
    balance: Money


class Writer(Protocol):
    """How one program wants it written.  Each method gives whole lines without their ends."""

    def open(self, accounts: Iterable[AccountName], *, on: date) -> Iterator[str]: ...
    def transfer(self, transfer: TextTransfer) -> Iterator[str]: ...
    def assertion(self, assertion: Assertion) -> Iterator[str]: ...


class BeancountWriter:
    """Beancount's language, version 3.

    Source: beancount.github.io/docs/beancount_language_syntax.html.  A balance is asserted at the beginning of a day,
    so the end of a day is asserted on the next.  It would forgive half of the last decimal, and in assertions a whole
    one; both are turned off, for our amounts are exact.
    """

    def open(self, accounts: Iterable[AccountName], *, on: date) -> Iterator[str]:
        """Write the options and open every account."""
        yield 'option "title" "Reparations: the books of every fund"'
        yield 'option "tolerance_multiplier" "0"'
        currencies: dict[str, set[str]] = {}
        for account in accounts:
            currencies.setdefault(account.text, set()).add(account.currency)
        for currency in sorted({currency for own in currencies.values() for currency in own}):
            yield f'option "operating_currency" "{currency}"'
        for name, own in sorted(currencies.items()):
            yield f"{on.isoformat()} open {name} {','.join(sorted(own))}"

    def transfer(self, transfer: TextTransfer) -> Iterator[str]:
        """Write a transaction; its entry is a link, so that the program shows all of a deed together."""
        link = _NOT_IN_TAG.sub("_", transfer.entry_id).replace(":", "_")
        tag = " #reversal" if transfer.reverses_id else ""
        yield f"{transfer.occurred_on.isoformat()} * {_quoted(transfer.transfer_id)}{tag} ^{link}"
        yield f"  entry: {_quoted(transfer.entry_id)}"
        if transfer.reverses_id:
            yield f"  reverses: {_quoted(transfer.reverses_id)}"
        amount = transfer.amount.decimal_string
        yield f"  {transfer.debit.text}  {amount} {transfer.amount.currency}"
        yield f"  {transfer.credit.text}  -{amount} {transfer.amount.currency}"

    def assertion(self, assertion: Assertion) -> Iterator[str]:
        """Assert a balance."""
        day = assertion.at_end_of + timedelta(days=1)
        balance = assertion.balance
        yield f"{day.isoformat()} balance {assertion.account.text}  {balance.decimal_string} ~ 0 {balance.currency}"


class HledgerWriter:
    """hledger's journal, as version 1.25 and later read it, strict checks included.

    Source: hledger.org/hledger.html#journal.  An assertion is a posting of nothing; it is checked in the order of days
    and then of lines, so that one written after a day's last transfer holds for its end.
    """

    def open(self, accounts: Iterable[AccountName], *, on: date) -> Iterator[str]:
        """Declare commodities and accounts; hledger opens accounts on no day."""
        known = sorted({(account.text, account.code) for account in accounts})
        for currency in sorted({account.currency for account in accounts}):
            yield f"commodity 1000.{'0' * exponent(currency)} {currency}"
        yield f"; the first day of these books is {on.isoformat()}"
        for name, _ in known:
            yield f"account {name}  ; type:{_HLEDGER_TYPES[name.partition(':')[0]]}"

    def transfer(self, transfer: TextTransfer) -> Iterator[str]:
        """Write a transaction; its ids are tags."""
        tags = f"transfer:{_tag(transfer.transfer_id)}, entry:{_tag(transfer.entry_id)}"
        if transfer.reverses_id:
            tags += f", reverses:{_tag(transfer.reverses_id)}"
        amount = transfer.amount.decimal_string
        yield f"{transfer.occurred_on.isoformat()} * {_tag(transfer.transfer_id)}  ; {tags}"
        yield f"    {transfer.debit.text}  {amount} {transfer.amount.currency}"
        yield f"    {transfer.credit.text}  -{amount} {transfer.amount.currency}"

    def assertion(self, assertion: Assertion) -> Iterator[str]:
        """Assert a balance."""
        balance = assertion.balance
        yield f"{assertion.at_end_of.isoformat()} * balance"
        yield f"    {assertion.account.text}  0 {balance.currency} = {balance.decimal_string} {balance.currency}"


WRITERS: dict[TextFormat, Writer] = {
    TextFormat.BEANCOUNT: BeancountWriter(),
    TextFormat.HLEDGER: HledgerWriter(),
}


def _quoted(text: str) -> str:
    """A string in quotes; ids are plain printable text, so only quotes and backslashes need care."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _tag(text: str) -> str:
    """An id where commas, semicolons and the like mean something: what does is spelled ``%2C``, as in an address."""
    return _NOT_IN_TAG.sub(lambda found: f"%{ord(found[0]):02X}", text)
