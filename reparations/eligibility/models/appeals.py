"""The table of appeals: a status of its own, never inferred from the decision's or the payment's."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, Index, Text, text
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import known
from reparations.eligibility.models.policies import AppealEffect


class AppealStatus(StrEnum):
    """How far an appeal has come."""

    LATE = "late"
    """Lodged after its day; two persons say whether it is admitted."""
    OPEN = "open"
    NOT_ADMITTED = "not_admitted"
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"


class AppealGround(StrEnum):
    """What is appealed."""

    REFUSAL = "refusal"
    AMOUNT = "amount"


class LodgedBy(StrEnum):
    """Who lodged it, for the claimant."""

    CLAIMANT = "claimant"
    REPRESENTATIVE = "representative"
    GUARDIAN = "guardian"
    HEIR = "heir"


class AdmissionReason(StrEnum):
    """Why an appeal that came late is admitted, or is not."""

    NOT_NOTIFIED = "not_notified"
    ILLNESS_OR_DISABILITY = "illness_or_disability"
    DISPLACEMENT_OR_DETENTION = "displacement_or_detention"
    SERVICE_UNREACHABLE = "service_unreachable"
    INTERESTS_OF_JUSTICE = "interests_of_justice"
    NO_REASON_FOUND = "no_reason_found"
    """The only ground not to admit it; asked for first."""


class AppealResult(StrEnum):
    """What became of the decision."""

    UPHELD = "upheld"
    HIGHER = "higher"
    LOWER = "lower"
    SENT_BACK = "sent_back"


UNDECIDED_SQL = "status IN ('late', 'open')"


class Appeal(Row, table=True):
    """One appeal against one decision, before one instance."""

    __tablename__ = "appeal"
    __table_args__ = (
        ForeignKeyConstraint(["decision_id", "claim_id"], ["decision.id", "decision.claim_id"]),
        CheckConstraint(known("status", AppealStatus), name="status_known"),
        CheckConstraint(known("ground", AppealGround), name="ground_known"),
        CheckConstraint(known("lodged_by", LodgedBy), name="lodged_by_known"),
        CheckConstraint(known("effect", AppealEffect), name="effect_known"),
        CheckConstraint("instance >= 1", name="instance_positive"),
        CheckConstraint("payable_minor >= 0", name="payable_not_negative"),
        CheckConstraint(f"result IS NULL OR {known('result', AppealResult)}", name="result_known"),
        CheckConstraint(
            "(status = 'decided') = (result IS NOT NULL) AND (result IS NULL OR result_decision_id IS NOT NULL)",
            name="result_whole",
        ),
        CheckConstraint(
            f"admission_reason IS NULL OR {known('admission_reason', AdmissionReason)}", name="admission_reason_known"
        ),
        CheckConstraint(
            "(admission_reason IS NULL) = (admission_by IS NULL)"
            " AND (admission_seconded_by IS NULL) = (admission_seconded_at IS NULL)"
            " AND (admission_seconded_by IS NULL OR admission_by IS NOT NULL)",
            name="admission_whole",
        ),
        CheckConstraint("admission_seconded_by <> admission_by", name="admission_by_two"),
        CheckConstraint(
            "(lodged_on <= due_on OR status IN ('late', 'withdrawn') OR admission_seconded_by IS NOT NULL)"
            " AND (lodged_on > due_on OR (admission_by IS NULL AND status NOT IN ('late', 'not_admitted')))",
            name="late_admitted_by_two",
        ),
        CheckConstraint(
            "status <> 'not_admitted' OR admission_reason = 'no_reason_found'", name="not_admitted_for_no_reason"
        ),
        Index(
            "uq_appeal_undecided",
            "claim_id",
            unique=True,
            sqlite_where=text(UNDECIDED_SQL),
            postgresql_where=text(UNDECIDED_SQL),
        ),
        Index(None, "decision_id"),
        Index(None, "status", "id"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset(
        {
            "status",
            "admission_reason",
            "admission_by",
            "admission_seconded_by",
            "admission_seconded_at",
            "result",
            "result_decision_id",
            "closed_at",
        }
    )

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(foreign_key="claim.id", index=True, sa_type=Text)
    decision_id: str = Field(sa_type=Text)
    """The decision appealed, which stands until another takes its place."""
    instance: int = Field(sa_type=BigInteger)
    body: str = Field(sa_type=Text)
    ground: str = Field(sa_type=Text)
    lodged_by: str = Field(sa_type=Text)
    lodged_on: date = Field(sa_type=Date)
    """The day it reached us."""
    due_on: date = Field(sa_type=Date)
    """The last day in time, as the decision's letter said."""
    effect: str = Field(sa_type=Text)
    """What the policy on the day of lodging says of payment: see `AppealEffect`."""
    payable_minor: int = Field(sa_type=BigInteger)
    """What may be paid of the award while it is open."""
    status: str = Field(sa_type=Text)
    recorded_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)
    admission_reason: str | None = Field(default=None, sa_type=Text)
    admission_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    admission_seconded_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    admission_seconded_at: datetime | None = Field(default=None, sa_type=Instant)
    result: str | None = Field(default=None, sa_type=Text)
    result_decision_id: str | None = Field(default=None, foreign_key="decision.id", sa_type=Text)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
