"""Tables of mass decisions: like claims decided in one deed, of which a drawn sample is reviewed claim by claim."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Index, Text
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import known


class MassStatus(StrEnum):
    """How far a mass decision has come."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    RETURNED = "returned"


class SampleFinding(StrEnum):
    """What the reviewer of a sample found of one claim."""

    AGREES = "agrees"
    ERROR = "error"


class MassDecision(Row, table=True):
    """One outcome for like claims: of one rule set, with the same reasons.  Each has its own row in `decision`."""

    __tablename__ = "mass_decision"
    __table_args__ = (
        CheckConstraint("outcome IN ('eligible', 'not_eligible')", name="outcome_known"),
        CheckConstraint(known("status", MassStatus), name="status_known"),
        CheckConstraint("claims BETWEEN 1 AND 10000", name="claims_in_range"),
        CheckConstraint("sample_size BETWEEN 1 AND claims", name="sample_size_in_range"),
        CheckConstraint("errors BETWEEN 0 AND sample_size", name="errors_in_range"),
        CheckConstraint("upper_bound_ppm BETWEEN 0 AND 1000000", name="upper_bound_in_range"),
        CheckConstraint("(errors IS NULL) = (upper_bound_ppm IS NULL)", name="rate_whole"),
        CheckConstraint(
            "(status = 'proposed') = (settled_by IS NULL) AND (status = 'proposed') = (settled_at IS NULL)",
            name="settlement_whole",
        ),
        CheckConstraint("settled_by <> proposed_by", name="settled_by_another"),
        # No bound above the tolerance is ever confirmed; of a bound nobody computed there is nothing to compare.
        CheckConstraint(
            "status <> 'confirmed' OR (upper_bound_ppm IS NOT NULL AND upper_bound_ppm <= tolerance_bp * 100"
            " AND upper_bound_ppm * sample_size >= errors * 1000000)",
            name="within_tolerance",
        ),
        Index(None, "programme_id", "id"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset(
        {"status", "errors", "upper_bound_ppm", "settled_by", "settled_at"}
    )

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    rule_set_id: str = Field(foreign_key="rule_set.id", sa_type=Text)
    policy_id: str = Field(foreign_key="deciding_policy.id", sa_type=Text)
    outcome: str = Field(sa_type=Text)
    reasons: str = Field(sa_type=Text)
    """JSON list of criterion codes, the same on every claim."""
    claims: int = Field(sa_type=BigInteger)
    sample_size: int = Field(sa_type=BigInteger)
    sample_seed: str = Field(sa_type=Text)
    """What the sample was drawn with, in hexadecimal; see `rules.mass.draw_sample`."""
    tolerance_bp: int = Field(sa_type=BigInteger)
    """Of the policy on the day it was proposed."""
    confidence_bp: int = Field(sa_type=BigInteger)
    proposed_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    proposed_at: datetime = Field(sa_type=Instant)
    status: str = Field(sa_type=Text)
    errors: int | None = Field(default=None, sa_type=BigInteger)
    """Found in the sample; the error rate is `errors` of `sample_size`, an exact ratio."""
    upper_bound_ppm: int | None = Field(default=None, sa_type=BigInteger)
    """Upper bound of the error rate among all the claims, parts per million, rounded up."""
    settled_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)


class MassMember(Row, table=True):
    """A decision that is one of a mass decision's, and what the sample's reviewer found of it."""

    __tablename__ = "mass_member"
    __table_args__ = (
        CheckConstraint(f"finding IS NULL OR {known('finding', SampleFinding)}", name="finding_known"),
        CheckConstraint(
            "(finding IS NULL) = (reviewed_by IS NULL) AND (finding IS NULL) = (reviewed_at IS NULL)"
            " AND (finding IS NULL OR is_sampled)",
            name="review_whole",
        ),
        Index(None, "mass_id", "is_sampled"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"finding", "reviewed_by", "reviewed_at"})

    decision_id: str = Field(primary_key=True, foreign_key="decision.id", sa_type=Text)
    mass_id: str = Field(foreign_key="mass_decision.id", sa_type=Text)
    is_sampled: bool = Field(sa_type=Boolean)
    finding: str | None = Field(default=None, sa_type=Text)
    reviewed_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    reviewed_at: datetime | None = Field(default=None, sa_type=Instant)
