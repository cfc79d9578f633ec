"""Tables of balances brought over from another system, and of what became of them.  Append-only."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.ledger.models.chart import AccountCode
from reparations.ledger.models.checks import known

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
        # The same file of the same books and day again is the same sheet.
        UniqueConstraint("file_sha256", "as_of", "source_system", name="uq_opening_sheet_said"),
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
        # So that a clearance can name the sheet its balance came with.
        UniqueConstraint("fund_id", "currency", "sheet_id", name="uq_opened_book_sheet"),
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


class ClearanceKind(StrEnum):
    """What became of money that was on its way, had come back, was owed or overpaid when the books were opened."""

    SETTLED = "settled"
    """It was on its way, and the old bank's statement says that it has arrived."""
    REJECTED = "rejected"
    """It was on its way, and the old bank has put it back on the account; it stays owed."""
    WRITTEN_BACK = "written_back"
    """It had come back and is on the account again; it stays owed."""
    PAID = "paid"
    """It was owed, and has been paid from the bank by the old system's last payment run."""
    NOT_OWED = "not_owed"
    """It was owed, and by an authority's word is owed no more."""
    REPAID = "repaid"
    """It was overpaid, and the payee has paid it back."""
    WAIVED = "waived"
    """It was overpaid, and nobody will have to pay it back."""
    RELEASED = "released"
    """It was held in trust, and is owed to somebody who may have it."""


class OpeningClearance(Row, table=True):
    """So much of a balance brought over is to be cleared; another person must approve it."""

    __tablename__ = "opening_clearance"
    __table_args__ = (
        ForeignKeyConstraint(
            ["fund_id", "currency", "sheet_id"],
            ["opened_book.fund_id", "opened_book.currency", "opened_book.sheet_id"],
        ),
        ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        UniqueConstraint("reference", name="uq_opening_clearance_reference"),
        # So that an approval can name its book and who prepared it.
        UniqueConstraint("id", "fund_id", "currency", "prepared_by", name="uq_opening_clearance_frozen"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint(known("kind", ClearanceKind), name="kind_known"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    sheet_id: str = Field(sa_type=Text, index=True)
    """The sheet the book was opened from."""
    fund_id: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    citation: str = Field(sa_type=Text)
    """The bank's statement, or the authority with its reason."""
    prepared_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class OpeningClearanceApproval(Row, table=True):
    """The second person's yes to a clearance, never above what is still open; with it the books move."""

    __tablename__ = "opening_clearance_approval"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clearance_id", "fund_id", "currency", "prepared_by"],
            [
                "opening_clearance.id",
                "opening_clearance.fund_id",
                "opening_clearance.currency",
                "opening_clearance.prepared_by",
            ],
        ),
        ForeignKeyConstraint(["approved_by"], ["staff_person.id"]),
        CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        {"sqlite_strict": True},
    )

    clearance_id: str = Field(primary_key=True, sa_type=Text)
    fund_id: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    prepared_by: str = Field(sa_type=Text)
    approved_by: str = Field(sa_type=Text)
    cleared_on: date = Field(sa_type=Date)
    """The day by the bank or by the authority; the entry is posted on it."""
    recorded_at: datetime = Field(sa_type=Instant)
