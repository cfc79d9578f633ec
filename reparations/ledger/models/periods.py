"""Tables of closed periods and of what adjusts them afterwards.  Append-only.

A period is one fund's, in all its currencies: a month, a quarter or a year, from the first day of a month.  Ranges are
half-open: `next_starts_on` is the first day after it, and the first on which the fund's books are still open.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row

_FROZEN = (
    "fund_id",
    "number",
    "length",
    "starts_on",
    "next_starts_on",
    "trial_balance_sha256",
    "prepared_by",
)


class PeriodLength(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class PeriodDraft(Row, table=True):
    """A period that one administrator wants closed, with the hash of the trial balance he saw.  It closes nothing."""

    __tablename__ = "period_draft"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        # So that a closed period says what its draft said.
        UniqueConstraint("id", *_FROZEN, name="uq_period_draft_frozen"),
        # The same asked for again by the same person is the same draft.
        UniqueConstraint(*_FROZEN, name="uq_period_draft_said"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("length IN ('month', 'quarter', 'year')", name="length_known"),
        CheckConstraint("starts_on < next_starts_on", name="not_empty"),
        CheckConstraint("length(trial_balance_sha256) = 32", name="trial_balance_sha256_length"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    fund_id: str = Field(sa_type=Text, index=True)
    number: int = Field(sa_type=BigInteger)
    length: str = Field(sa_type=Text)
    starts_on: date = Field(sa_type=Date)
    next_starts_on: date = Field(sa_type=Date)
    trial_balance_sha256: bytes = Field(sa_type=LargeBinary)
    prepared_by: str = Field(sa_type=Text)
    prepared_at: datetime = Field(sa_type=Instant)


class LedgerPeriod(Row, table=True):
    """A closed period.  From its insertion on no transfer of the fund that occurred before `next_starts_on` goes in."""

    __tablename__ = "ledger_period"
    __table_args__ = (
        ForeignKeyConstraint(["draft_id", *_FROZEN], [f"period_draft.{column}" for column in ("id", *_FROZEN)]),
        ForeignKeyConstraint(["countersigned_by"], ["staff_person.id"]),
        UniqueConstraint("draft_id", name="uq_ledger_period_draft_id"),
        UniqueConstraint("fund_id", "next_starts_on", name="uq_ledger_period_next_starts_on"),
        CheckConstraint("prepared_by <> countersigned_by", name="two_persons"),
        CheckConstraint("closed_at >= next_starts_on", name="over_when_closed"),
        CheckConstraint("length(signature) = 64", name="signature_length"),
        {"sqlite_strict": True},
    )

    fund_id: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    """From 1, without a gap."""
    draft_id: str = Field(sa_type=Text)
    length: str = Field(sa_type=Text)
    starts_on: date = Field(sa_type=Date)
    next_starts_on: date = Field(sa_type=Date, index=True)
    trial_balance_sha256: bytes = Field(sa_type=LargeBinary)
    """Hash of its lines; see `rules.compute_trial_balance_digest`."""
    prepared_by: str = Field(sa_type=Text)
    countersigned_by: str = Field(sa_type=Text)
    closed_at: datetime = Field(sa_type=Instant)
    signature: bytes = Field(sa_type=LargeBinary)
    """By the application's log key, over `rules.compose_closing`."""


class PeriodLine(Row, table=True):
    """One account in the trial balance of a closed period: all that occurred up to its last day."""

    __tablename__ = "period_line"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id", "number"], ["ledger_period.fund_id", "ledger_period.number"]),
        CheckConstraint("debits_minor >= 0 AND credits_minor >= 0", name="sums_not_negative"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        {"sqlite_strict": True},
    )

    fund_id: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    currency: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(primary_key=True, sa_type=Text)
    debits_minor: int = Field(sa_type=BigInteger)
    credits_minor: int = Field(sa_type=BigInteger)


class PeriodAdjustment(Row, table=True):
    """Says that an entry, posted in a later period, belongs to a closed one, and who decided so."""

    __tablename__ = "period_adjustment"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id", "number"], ["ledger_period.fund_id", "ledger_period.number"]),
        CheckConstraint("authority <> ''", name="authority_given"),
        CheckConstraint("reason <> ''", name="reason_given"),
        {"sqlite_strict": True},
    )

    entry_id: str = Field(primary_key=True, sa_type=Text)
    fund_id: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    """The closed period that the entry adjusts."""
    happened_on: date = Field(sa_type=Date)
    """The day it should have been posted on, inside that period."""
    reason: str = Field(sa_type=Text)
    authority: str = Field(sa_type=Text)
    """The instruction, memorandum or audit finding under which it is adjusted."""
    recorded_by: str = Field(sa_type=Text)
    """A person, or the service itself where a bank's statement came late."""
    recorded_at: datetime = Field(sa_type=Instant)
