"""Tables of balances brought over from another system.  Append-only."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.ledger.models.chart import AccountCode

OPENABLE = (
    AccountCode.BANK,
    AccountCode.IN_TRANSIT,
    AccountCode.RETURNED,
    AccountCode.OVERPAYMENTS,
    AccountCode.AWARDS_PAYABLE,
    AccountCode.HELD_IN_TRUST,
)
"""The accounts whose balance may be brought over: what was held, then what was owed."""


class OpeningSheet(Row, table=True):
    """A file of balances, read and kept line by line.  It posts nothing until a second person confirms it."""

    __tablename__ = "opening_sheet"
    __table_args__ = (
        ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        UniqueConstraint("id", "prepared_by", name="uq_opening_sheet_id_prepared_by"),
        CheckConstraint("source_system <> ''", name="source_system_given"),
        CheckConstraint("length(file_sha256) = 32", name="file_sha256_length"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    source_system: str = Field(sa_type=Text)
    """The books the balances come from, by name and version."""
    as_of: date = Field(sa_type=Date)
    """The day at whose end the balances stood there; the entry is posted on it."""
    file_sha256: bytes = Field(sa_type=LargeBinary)
    prepared_by: str = Field(sa_type=Text)
    prepared_at: datetime = Field(sa_type=Instant)


class OpeningLine(Row, table=True):
    """One balance of the file, positive on the account's normal side."""

    __tablename__ = "opening_line"
    __table_args__ = (
        ForeignKeyConstraint(["sheet_id"], ["opening_sheet.id"]),
        ForeignKeyConstraint(
            ["fund_id", "currency", "code"],
            ["ledger_account.fund_id", "ledger_account.currency", "ledger_account.code"],
        ),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        CheckConstraint(f"code IN ({', '.join(repr(code.value) for code in OPENABLE)})", name="code_openable"),
        {"sqlite_strict": True},
    )

    sheet_id: str = Field(primary_key=True, sa_type=Text)
    fund_id: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(primary_key=True, sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)


class OpenedBook(Row, table=True):
    """A fund's books in one currency, opened from a sheet: once, by two persons, before anything else is posted."""

    __tablename__ = "opened_book"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        ForeignKeyConstraint(["sheet_id", "prepared_by"], ["opening_sheet.id", "opening_sheet.prepared_by"]),
        ForeignKeyConstraint(["confirmed_by"], ["staff_person.id"]),
        CheckConstraint("prepared_by <> confirmed_by", name="two_persons"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        {"sqlite_strict": True},
    )

    fund_id: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    sheet_id: str = Field(sa_type=Text, index=True)
    prepared_by: str = Field(sa_type=Text)
    confirmed_by: str = Field(sa_type=Text)
    confirmed_at: datetime = Field(sa_type=Instant)
