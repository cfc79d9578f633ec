"""Tables of overpayments: found, told to the payee, and set off, paid back or waived.  All append-only.

An overpayment's state is not stored: it follows from its notice and from what was recovered.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import known


class RecoveryKind(StrEnum):
    """How an overpayment, or a part of it, ends."""

    SET_OFF = "set_off"
    """Kept from a later instalment of the same payee, out of the same fund."""
    REPAID = "repaid"
    """The money came back to the bank."""
    WAIVED = "waived"
    """Two persons have said, with their authority, that it need not be paid back."""


class WaiverReason(StrEnum):
    """Why an overpayment need not be paid back, in words that say nothing of the payee."""

    HARDSHIP = "hardship"
    OUR_ERROR = "our_error"
    GOOD_FAITH = "good_faith"
    COST_EXCEEDS = "cost_exceeds"
    """Recovering it would cost more than it is."""
    PAYEE_DIED = "payee_died"
    RULES = "rules"
    """The rules of the programme say so."""


class Overpayment(Row, table=True):
    """What one payee was paid on one instalment above what stands granted now: a receivable, not an edit."""

    __tablename__ = "overpayment"
    __table_args__ = (
        UniqueConstraint("reduction_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        Index(None, "payee_party_id"),
        Index(None, "programme_id", "id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    reduction_id: str = Field(foreign_key="award_reduction.id", sa_type=Text)
    """The reduction that found it, with its instalment and the adjustment two persons made."""
    payee_party_id: str = Field(foreign_key="party.id", sa_type=Text)
    fund_id: str = Field(foreign_key="fund.id", sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    identified_on: date = Field(sa_type=Date)
    recorded_at: datetime = Field(sa_type=Instant)


class OverpaymentNotice(Row, table=True):
    """That the payee was told: when, by which letter, until when and how to object."""

    __tablename__ = "overpayment_notice"
    __table_args__ = (
        CheckConstraint("object_until >= notified_on", name="time_to_object"),
        CheckConstraint("letter <> ''", name="letter_named"),
        CheckConstraint("objection_way <> ''", name="objection_way_said"),
        {"sqlite_strict": True},
    )

    overpayment_id: str = Field(primary_key=True, foreign_key="overpayment.id", sa_type=Text)
    notified_on: date = Field(sa_type=Date)
    letter: str = Field(sa_type=Text)
    """Reference of the letter; never its text."""
    object_until: date = Field(sa_type=Date)
    """Last day to object; nothing is set off before it has passed."""
    objection_way: str = Field(sa_type=Text)
    """Where and how to object, as the letter says."""
    recorded_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class OverpaymentWaiver(Row, table=True):
    """That so much need not be paid back; another person must approve it."""

    __tablename__ = "overpayment_waiver"
    __table_args__ = (
        UniqueConstraint("id", "prepared_by"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("authority <> ''", name="authority_given"),
        CheckConstraint(known("reason", WaiverReason), name="reason_known"),
        Index(None, "overpayment_id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    overpayment_id: str = Field(foreign_key="overpayment.id", sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    reason: str = Field(sa_type=Text)
    authority: str = Field(sa_type=Text)
    prepared_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    prepared_at: datetime = Field(sa_type=Instant)


class WaiverApproval(Row, table=True):
    """The second person's yes to a waiver; with it the receivable is gone."""

    __tablename__ = "waiver_approval"
    __table_args__ = (
        ForeignKeyConstraint(["waiver_id", "prepared_by"], ["overpayment_waiver.id", "overpayment_waiver.prepared_by"]),
        CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        {"sqlite_strict": True},
    )

    waiver_id: str = Field(primary_key=True, sa_type=Text)
    prepared_by: str = Field(sa_type=Text)
    approved_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    approved_at: datetime = Field(sa_type=Instant)


class OverpaymentRecovery(Row, table=True):
    """A part of an overpayment that is owed no more, and why."""

    __tablename__ = "overpayment_recovery"
    __table_args__ = (
        UniqueConstraint("bank_reference"),
        UniqueConstraint("waiver_id"),
        CheckConstraint(known("kind", RecoveryKind), name="kind_known"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(kind = 'repaid') = (bank_reference IS NOT NULL)", name="bank_reference_if_repaid"),
        CheckConstraint("(kind = 'waived') = (waiver_id IS NOT NULL)", name="waiver_if_waived"),
        CheckConstraint("(kind = 'set_off') = (instalment_id IS NOT NULL)", name="instalment_if_set_off"),
        CheckConstraint("bank_reference <> ''", name="bank_reference_given"),
        Index(None, "overpayment_id"),
        Index(None, "instalment_id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    overpayment_id: str = Field(foreign_key="overpayment.id", sa_type=Text)
    kind: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    bank_reference: str | None = Field(default=None, sa_type=Text)
    """The bank's own for the receipt; the same one is never recorded twice."""
    instalment_id: str | None = Field(default=None, foreign_key="instalment.id", sa_type=Text)
    waiver_id: str | None = Field(default=None, foreign_key="waiver_approval.waiver_id", sa_type=Text)
    occurred_on: date = Field(sa_type=Date)
    recorded_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)
