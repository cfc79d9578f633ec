"""Tables of funds, donors and the double-entry books.

Money is a whole number of minor units of one currency.  A balance is debits less credits: what a fund has or has spent
is positive, what it owes or was given is negative.  Everything here is append-only; balances move by trigger, when a
transfer is inserted, and in no other way.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from reparations.db import Instant, Row


class AwardForm(StrEnum):
    """What an award is: money to one person, or a measure for many."""

    INDIVIDUAL = "individual"
    COLLECTIVE = "collective"


class DonorKind(StrEnum):
    """Who gives."""

    STATE = "state"
    INSTITUTION = "institution"
    PRIVATE = "private"
    LEVY = "levy"
    COURT = "court"


class ContributionSource(StrEnum):
    """On what ground the money came."""

    VOLUNTARY = "voluntary"
    ASSESSED = "assessed"
    LEVY = "levy"
    COURT_ORDER = "court_order"
    FORFEITURE = "forfeiture"


class AccountKind(StrEnum):
    """The side of the books an account stands on."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"
    CLEARING = "clearing"


class AccountCode(StrEnum):
    """The accounts that every fund keeps in every currency it uses; `docs/ledger.md` explains each."""

    UNCOMMITTED = "uncommitted"
    PLEDGES = "pledges"
    PLEDGES_RECEIVABLE = "pledges_receivable"
    CONTRIBUTIONS = "contributions"
    AWARDS = "awards"
    FEES = "fees"
    RETURNED = "returned"
    IN_TRANSIT = "in_transit"
    AWARDS_PAYABLE = "awards_payable"
    RESERVED = "reserved"
    BANK = "bank"


KINDS: dict[AccountCode, AccountKind] = {
    AccountCode.UNCOMMITTED: AccountKind.CLEARING,
    AccountCode.PLEDGES: AccountKind.LIABILITY,
    AccountCode.PLEDGES_RECEIVABLE: AccountKind.ASSET,
    AccountCode.CONTRIBUTIONS: AccountKind.INCOME,
    AccountCode.AWARDS: AccountKind.EXPENSE,
    AccountCode.FEES: AccountKind.EXPENSE,
    AccountCode.RETURNED: AccountKind.ASSET,
    AccountCode.IN_TRANSIT: AccountKind.ASSET,
    AccountCode.AWARDS_PAYABLE: AccountKind.LIABILITY,
    AccountCode.RESERVED: AccountKind.ASSET,
    AccountCode.BANK: AccountKind.ASSET,
}
"""The chart, in the order in which accounts are opened.  Balances are locked in that order, so the account that most
clients want at once, the bank's, is locked last and held for the shortest time."""

_CHART_SQL = " OR ".join(f"(code = '{code}' AND kind = '{kind}')" for code, kind in KINDS.items())


def _known(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class Fund(Row, table=True):
    """Money given for one purpose; its restrictions are its forms and its programme."""

    __tablename__ = "fund"
    __table_args__ = (
        ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        UniqueConstraint("code", name="uq_fund_code"),
        CheckConstraint("code <> ''", name="code_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(sa_type=Text)
    """Short name in capitals, ``KAT-INDIVIDUAL``."""
    title: str = Field(sa_type=Text)
    programme_id: str | None = Field(default=None, sa_type=Text, index=True)
    """The one programme it may pay for; null where any may be paid from it."""
    created_at: datetime = Field(sa_type=Instant)


class FundForm(Row, table=True):
    """A form of award that the fund's money may pay for, and who said so."""

    __tablename__ = "fund_form"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        CheckConstraint(_known("form", AwardForm), name="form_known"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    fund_id: str = Field(primary_key=True, sa_type=Text)
    form: str = Field(primary_key=True, sa_type=Text)
    citation: str = Field(sa_type=Text)
    """The agreement, resolution or order that says so."""


class Donor(Row, table=True):
    """Who gives.  The title is the name under which the gift is published; an anonymous giver is given one."""

    __tablename__ = "donor"
    __table_args__ = (
        UniqueConstraint("code", name="uq_donor_code"),
        CheckConstraint("code <> ''", name="code_given"),
        CheckConstraint(_known("kind", DonorKind), name="kind_known"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(sa_type=Text)
    """Short name in capitals, ``DONOR-A``; reports print it."""
    title: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)


class Pledge(Row, table=True):
    """A promise of money to a fund.  It pays for nothing until it is received."""

    __tablename__ = "pledge"
    __table_args__ = (
        ForeignKeyConstraint(["donor_id"], ["donor.id"]),
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        UniqueConstraint("reference", name="uq_pledge_reference"),
        # So that a contribution can name the pledge and its currency together.
        UniqueConstraint("id", "currency", name="uq_pledge_id_currency"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    """The giver's or our own reference; a second request with it is the first one again."""
    donor_id: str = Field(sa_type=Text, index=True)
    fund_id: str = Field(sa_type=Text, index=True)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    pledged_on: date = Field(sa_type=Date)
    citation: str = Field(sa_type=Text)
    """The instrument that binds the donor."""
    recorded_at: datetime = Field(sa_type=Instant)


class Contribution(Row, table=True):
    """Money that arrived against a pledge.  All contributions to a pledge together never exceed it, by trigger."""

    __tablename__ = "contribution"
    __table_args__ = (
        ForeignKeyConstraint(["pledge_id", "currency"], ["pledge.id", "pledge.currency"]),
        UniqueConstraint("reference", name="uq_contribution_reference"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint(_known("source", ContributionSource), name="source_known"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    """The bank's reference of the receipt; a second request with it is the first one again."""
    pledge_id: str = Field(sa_type=Text, index=True)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    received_on: date = Field(sa_type=Date)
    source: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class LedgerAccount(Row, table=True):
    """One account of one fund in one currency.  Inserting it makes its balance, at zero, with its limits."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        UniqueConstraint("fund_id", "currency", "code", name="uq_ledger_account_code"),
        UniqueConstraint("id", "fund_id", "currency", name="uq_ledger_account_book"),
        CheckConstraint(_CHART_SQL, name="in_chart"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        {"sqlite_strict": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Integer, sa_column_args=[Identity()])
    """Given by the database; ascending, in the order of the chart."""
    fund_id: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)


class LedgerTransfer(Row, table=True):
    """Money moving once, for one reason, from the credited account to the debited one.

    One row debits and credits the same amount, so the books balance by construction.  That both accounts belong to the
    transfer's fund and currency, that the pair is one the chart knows, and that a reversal mirrors what it reverses, is
    checked by the trigger that moves the balances: once for each statement on PostgreSQL, where a foreign key checked
    row by row would cost more than all the rest; accounts are never changed or deleted, so once is enough.
    """

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
        CheckConstraint("length(entry_id) BETWEEN 1 AND 200", name="entry_id_length"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("debit_account_id <> credit_account_id", name="accounts_differ"),
        CheckConstraint("length(content_sha256) = 32", name="content_sha256_length"),
        Index(
            "uq_ledger_transfer_reverses_id",
            "reverses_id",
            unique=True,
            sqlite_where=text("reverses_id IS NOT NULL"),
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
        Index("ix_ledger_transfer_entry_id", "entry_id"),
        Index("ix_ledger_transfer_journal", "recorded_at", "entry_id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    """Chosen from the deed itself, ``payment-pay_01J…-settled``; posting it twice is a no-op."""
    entry_id: str = Field(sa_type=Text)
    """The journal entry: all transfers of one deed."""
    fund_id: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    debit_account_id: int = Field(sa_type=Integer)
    credit_account_id: int = Field(sa_type=Integer)
    amount_minor: int = Field(sa_type=BigInteger)
    occurred_on: date = Field(sa_type=Date)
    """The day it happened, by the bank's or the decision's date."""
    recorded_at: datetime = Field(sa_type=Instant)
    """The moment it was entered into the books."""
    reverses_id: str | None = Field(default=None, sa_type=Text)
    """The transfer that this one undoes: same fund, currency and amount, sides swapped."""
    content_sha256: bytes = Field(sa_type=LargeBinary)
    """Hash of what the deed says; see `rules.compute_content_sha256`."""


class LedgerBalance(Row, table=True):
    """What stands on an account now.  Made by inserting an account and moved by inserting a transfer, only."""

    __tablename__ = "ledger_balance"
    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["ledger_account.id"]),
        CheckConstraint("floor_minor IS NULL OR amount_minor >= floor_minor", name="floor"),
        CheckConstraint("ceiling_minor IS NULL OR amount_minor <= ceiling_minor", name="ceiling"),
        # Hot rows, rewritten at every transfer: room for the new version beside the old.
        {"sqlite_strict": True, "postgresql_with": {"fillfactor": "20"}},
    )
    insertable: ClassVar[bool] = False
    audited: ClassVar[bool] = False

    account_id: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    amount_minor: int = Field(sa_type=BigInteger)
    """Debits less credits; of `uncommitted`, contributions less awards and fees."""
    floor_minor: int | None = Field(default=None, sa_type=BigInteger)
    ceiling_minor: int | None = Field(default=None, sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
    """How many transfers have moved it."""
    moved_by: str | None = Field(default=None, sa_type=Text)
    """The transfer that moved it last (of several inserted at once, the greatest id)."""
