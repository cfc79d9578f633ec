"""Tables of what belongs to a pledge: when its parts fall due, on what conditions, and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.ledger.models.checks import known


class ConditionOutcome(StrEnum):
    """What became of a condition; without one it is open, and nothing is received against the pledge."""

    MET = "met"
    WAIVED = "waived"


class ReductionKind(StrEnum):
    """Why a pledge is worth less than it says."""

    REDUCED = "reduced"
    """The donor gives less: by so much."""
    CANCELLED = "cancelled"
    """The donor gives no more: all that is still open falls away."""
    REFUSED = "refused"
    """The fund does not take it, as a whole or for one of its conditions; nothing has been received."""


class PledgePart(Row, table=True):
    """A part of a pledge and the day it falls due.  The parts sum to the pledge, or nothing can be received."""

    __tablename__ = "pledge_part"
    __table_args__ = (
        ForeignKeyConstraint(["pledge_id"], ["pledge.id"]),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        {"sqlite_strict": True},
    )

    pledge_id: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    """From 1, in the order in which they fall due."""
    due_on: date = Field(sa_type=Date)
    amount_minor: int = Field(sa_type=BigInteger)


class PledgeCondition(Row, table=True):
    """Something that must be so before the donor's money can be taken."""

    __tablename__ = "pledge_condition"
    __table_args__ = (
        ForeignKeyConstraint(["pledge_id"], ["pledge.id"]),
        # So that a refusal can name a condition of its own pledge.
        UniqueConstraint("id", "pledge_id", name="uq_pledge_condition_id_pledge_id"),
        CheckConstraint("length(text) BETWEEN 1 AND 1000", name="text_length"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    pledge_id: str = Field(sa_type=Text, index=True)
    text: str = Field(sa_type=Text)
    """The donor's words."""
    citation: str = Field(sa_type=Text)
    """Where the donor says so."""
    recorded_at: datetime = Field(sa_type=Instant)


class ConditionResolution(Row, table=True):
    """How a condition ended, once."""

    __tablename__ = "condition_resolution"
    __table_args__ = (
        ForeignKeyConstraint(["condition_id"], ["pledge_condition.id"]),
        CheckConstraint(known("outcome", ConditionOutcome), name="outcome_known"),
        CheckConstraint("authority <> ''", name="authority_given"),
        {"sqlite_strict": True},
    )

    condition_id: str = Field(primary_key=True, sa_type=Text)
    outcome: str = Field(sa_type=Text)
    authority: str = Field(sa_type=Text)
    """What shows that it is met, or who waived it."""
    resolved_on: date = Field(sa_type=Date)
    resolved_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class PledgeReduction(Row, table=True):
    """A pledge is worth less by so much.  With what was received, reductions never exceed the pledge, by trigger."""

    __tablename__ = "pledge_reduction"
    __table_args__ = (
        ForeignKeyConstraint(["pledge_id"], ["pledge.id"]),
        ForeignKeyConstraint(["condition_id", "pledge_id"], ["pledge_condition.id", "pledge_condition.pledge_id"]),
        UniqueConstraint("reference", name="uq_pledge_reduction_reference"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(known("kind", ReductionKind), name="kind_known"),
        CheckConstraint("condition_id IS NULL OR kind = 'refused'", name="condition_of_refusal"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint("length(reason) BETWEEN 1 AND 1000", name="reason_length"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    pledge_id: str = Field(sa_type=Text, index=True)
    kind: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    """In the pledge's currency; of a cancellation or refusal all that was still open."""
    condition_id: str | None = Field(default=None, sa_type=Text)
    """The condition the fund does not accept; null where the pledge itself is refused."""
    reason: str = Field(sa_type=Text)
    citation: str = Field(sa_type=Text)
    """The rule or letter it rests on."""
    decided_on: date = Field(sa_type=Date)
    decided_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)
