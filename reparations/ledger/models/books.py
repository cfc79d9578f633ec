"""Tables of the double-entry books.

Money is a whole number of minor units of one currency.  A balance is debits less credits: what a fund has or has spent
is positive, what it owes or was given is negative.  Everything here is append-only; balances move by trigger, when an
entry is put together from its transfers, and in no other way.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.ledger.models.chart import KINDS
from reparations.money import MAX_AMOUNT_MINOR

_REVERSAL = text("reverses_id IS NOT NULL")
_CHART_SQL = " OR ".join(f"(code = '{code}' AND kind = '{kind}')" for code, kind in KINDS.items())


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


class LedgerEntry(Row, table=True):
    """A deed in the journal: its transfers count because it is there, and it takes no more of them.

    On SQLite the application inserts it after its transfers, and inserting it moves the balances, once for all of them:
    a transfer without it cannot be committed.  On PostgreSQL the statement that inserts the transfers makes it.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
        Index("ix_ledger_entry_journal", "recorded_at", "id"),
        {"sqlite_strict": True},
    )
    insertable: ClassVar[bool] = False
    audited: ClassVar[bool] = False

    id: str = Field(primary_key=True, sa_type=Text)
    """Names the deed, ``batch-bat_01J…-dispatched-3``."""
    occurred_on: date = Field(sa_type=Date)
    recorded_at: datetime = Field(sa_type=Instant)


class LedgerTransfer(Row, table=True):
    """Money moving once, for one reason, from the credited account to the debited one.

    One row debits and credits the same amount, so the books balance by construction.  That both accounts belong to the
    transfer's fund and currency, and that the pair is one the chart knows, is checked when its entry is put together,
    once for all transfers that are alike: a foreign key checked row by row would cost more than all the rest; accounts
    are never changed or deleted, so once is enough.
    """

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        CheckConstraint("octet_length(id) BETWEEN 1 AND 200", name="id_length").ddl_if(dialect="postgresql"),
        CheckConstraint(f"amount_minor BETWEEN 1 AND {MAX_AMOUNT_MINOR}", name="amount_positive"),
        CheckConstraint("debit_account_id <> credit_account_id", name="accounts_differ"),
        Index("uq_ledger_transfer_reverses_id", "reverses_id", unique=True, postgresql_where=_REVERSAL),
        Index("ix_ledger_transfer_entry_id", "entry_id"),
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


class LedgerPair(Row, table=True):
    """Two accounts of one book between which money moves.  Made by opening accounts, and by nothing else.

    The trigger on transfers looks here.  One look says whether the accounts belong together, whether the chart knows
    the movement and what it does to `uncommitted`; reading the chart anew would cost more than the transfer.
    """

    __tablename__ = "ledger_pair"
    __table_args__ = (
        *(
            ForeignKeyConstraint(
                [f"{side}_account_id", "fund_id", "currency"],
                ["ledger_account.id", "ledger_account.fund_id", "ledger_account.currency"],
            )
            for side in ("debit", "credit", "cover")
        ),
        CheckConstraint("posts IN (0, 1)", name="posts_known"),
        CheckConstraint("cover_sign IN (-1, 0, 1)", name="cover_sign_known"),
        {"sqlite_strict": True},
    )
    insertable: ClassVar[bool] = False
    audited: ClassVar[bool] = False

    debit_account_id: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    credit_account_id: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    fund_id: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    posts: int = Field(sa_type=Integer)
    """1 where a deed moves money so; 0 where only the reversal of one does."""
    cover_account_id: int = Field(sa_type=Integer)
    """`uncommitted` of the book."""
    cover_sign: int = Field(sa_type=Integer)
    """What a transfer does to `uncommitted`: 1 adds its amount, -1 takes it away, 0 leaves it."""


class LedgerLeg(Row, table=True):
    """What one entry moves between two accounts, all its transfers together.  Made with the entry, and by nothing else.

    The trigger that makes it looks up its pair of accounts, and says more of what is wrong than a foreign key.
    """

    __tablename__ = "ledger_leg"
    __table_args__ = (
        ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"]),
        CheckConstraint(f"amount_minor BETWEEN 1 AND {MAX_AMOUNT_MINOR}", name="amount_exact"),
        CheckConstraint("reversals BETWEEN 0 AND transfers", name="reversals_within"),
        Index("ix_ledger_leg_recorded_at", "recorded_at"),
        {"sqlite_strict": True},
    )
    insertable: ClassVar[bool] = False
    audited: ClassVar[bool] = False

    entry_id: str = Field(primary_key=True, sa_type=Text)
    debit_account_id: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    credit_account_id: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    fund_id: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    occurred_on: date = Field(sa_type=Date)
    recorded_at: datetime = Field(sa_type=Instant)
    transfers: int = Field(sa_type=Integer)
    reversals: int = Field(sa_type=Integer)
    """How many of the transfers reverse another."""
    amount_minor: int = Field(sa_type=BigInteger)


class LedgerDay(Row, table=True):
    """What moved on an account on one day, as recorded on one day (UTC): balances as of any two days are sums of these.

    Made and moved with the balances, in the order of account ids, and by nothing else.
    """

    __tablename__ = "ledger_day"
    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["ledger_account.id"]),
        {"sqlite_strict": True},
    )
    insertable: ClassVar[bool] = False
    audited: ClassVar[bool] = False

    account_id: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    occurred_on: date = Field(primary_key=True, sa_type=Date)
    recorded_on: date = Field(primary_key=True, sa_type=Date)
    debit_minor: int = Field(sa_type=BigInteger)
    credit_minor: int = Field(sa_type=BigInteger)
    moved_by: str = Field(sa_type=Text)
    """The entry that moved it last."""


class LedgerBalance(Row, table=True):
    """What stands on an account now.  Made by opening an account and moved by an entry, only."""

    __tablename__ = "ledger_balance"
    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["ledger_account.id"]),
        CheckConstraint("floor_minor IS NULL OR amount_minor >= floor_minor", name="floor"),
        CheckConstraint("ceiling_minor IS NULL OR amount_minor <= ceiling_minor", name="ceiling"),
        # As far as `money` goes: books beyond could be written, and never read again.
        CheckConstraint(f"amount_minor BETWEEN -{MAX_AMOUNT_MINOR} AND {MAX_AMOUNT_MINOR}", name="exact"),
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
    """The entry that moved it last."""
