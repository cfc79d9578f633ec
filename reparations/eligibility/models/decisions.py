"""The table of decisions: what a human decided of a claim, and who confirmed it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import known


class DecidedOutcome(StrEnum):
    """What a human decides."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    ASK = "ask"


class DecisionStatus(StrEnum):
    """How far a decision has come."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    RETURNED = "returned"


class Departure(StrEnum):
    """Why a human decides otherwise than the rules found."""

    EVIDENCE_HEARD = "evidence_heard"
    """The claimant was heard in person."""
    PROOF_NOT_TO_BE_HAD = "proof_not_to_be_had"
    """The missing proof cannot be had, and the claimant is not to blame."""
    RULE_DOES_NOT_FIT = "rule_does_not_fit"
    """The order covers the case, the rule file does not."""
    FURTHER_INQUIRY = "further_inquiry"
    """Something has to be asked although the rules need no more."""


class ReturnReason(StrEnum):
    """Why a proposed decision goes back."""

    REASONS_DO_NOT_HOLD = "reasons_do_not_hold"
    FACTS_CHANGED = "facts_changed"
    WRONG_CLAIM = "wrong_claim"


class Decision(Row, table=True):
    """What a human decided of a claim, and who confirmed it.  Two persons, always."""

    __tablename__ = "decision"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id", "claim_id"], ["assessment.id", "assessment.claim_id"]),
        # Lets an award prove that its decision is of its own claim.
        UniqueConstraint("id", "claim_id"),
        CheckConstraint(known("outcome", DecidedOutcome), name="outcome_known"),
        CheckConstraint(known("status", DecisionStatus), name="status_known"),
        CheckConstraint("departs = (departure IS NOT NULL)", name="departure_reasoned"),
        CheckConstraint(f"departure IS NULL OR {known('departure', Departure)}", name="departure_known"),
        CheckConstraint("outcome <> 'not_eligible' OR reasons <> '[]'", name="refusal_reasoned"),
        CheckConstraint("(outcome = 'not_eligible') = (appeal_body IS NOT NULL)", name="refusal_appealable"),
        CheckConstraint(
            "(outcome = 'not_eligible' AND status = 'confirmed') = (appeal_until IS NOT NULL)", name="appeal_dated"
        ),
        CheckConstraint("(outcome = 'eligible') = (amount_minor IS NOT NULL)", name="amount_if_eligible"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        CheckConstraint(
            "(status = 'confirmed') = (confirmed_by IS NOT NULL)"
            " AND (status = 'confirmed') = (confirmed_at IS NOT NULL)",
            name="confirmation_whole",
        ),
        CheckConstraint(
            "(status = 'returned') = (returned_by IS NOT NULL) AND (status = 'returned') = (returned_at IS NOT NULL)"
            " AND (status = 'returned') = (return_reason IS NOT NULL)",
            name="return_whole",
        ),
        CheckConstraint("confirmed_by <> proposed_by", name="confirmed_by_another"),
        CheckConstraint("returned_by <> proposed_by", name="returned_by_another"),
        # One decision open at a time, and one that is final.
        Index(
            "uq_decision_open",
            "claim_id",
            unique=True,
            sqlite_where=text("status = 'proposed'"),
            postgresql_where=text("status = 'proposed'"),
        ),
        Index(
            "uq_decision_final",
            "claim_id",
            unique=True,
            sqlite_where=text("status = 'confirmed' AND outcome <> 'ask'"),
            postgresql_where=text("status = 'confirmed' AND outcome <> 'ask'"),
        ),
        Index(None, "status", "id"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset(
        {"status", "confirmed_by", "confirmed_at", "appeal_until", "returned_by", "returned_at", "return_reason"}
    )

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(foreign_key="claim.id", index=True, sa_type=Text)
    assessment_id: str = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    departs: bool = Field(sa_type=Boolean)
    departure: str | None = Field(default=None, sa_type=Text)
    reasons: str = Field(sa_type=Text)
    """JSON list of criterion codes; of a refusal, each found not met."""
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    """What an eligible claimant is owed; nothing for an heir, who shares another's award."""
    appeal_body: str | None = Field(default=None, sa_type=Text)
    appeal_until: date | None = Field(default=None, sa_type=Date)
    """Last day on which a refusal can be appealed."""
    proposed_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    proposed_at: datetime = Field(sa_type=Instant)
    status: str = Field(sa_type=Text)
    confirmed_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    returned_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    returned_at: datetime | None = Field(default=None, sa_type=Instant)
    return_reason: str | None = Field(default=None, sa_type=Text)
