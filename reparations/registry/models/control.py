"""Who did what on a claim, and which claims may be the same person's."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.registry.models.checks import one_of


class DuplicateStatus(StrEnum):
    """What a human said of a pair."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"


class DutyKind(StrEnum):
    """The parts in the life of a claim that different people must play."""

    REGISTRAR = "registrar"
    DECIDER = "decider"
    CONFIRMER = "confirmer"
    SECOND_CONFIRMER = "second_confirmer"
    """The third person whom a programme's policy asks above an amount, or at random."""
    SAMPLER = "sampler"
    """Who looked at the claim as one of the sample of a mass decision."""
    REVIEWER = "reviewer"
    """Who proposed the decision on an appeal."""
    REVIEW_CONFIRMER = "review_confirmer"
    APPROVER1 = "approver1"
    APPROVER2 = "approver2"
    PAYER = "payer"


class DuplicateCandidate(Row, table=True):
    """Two claims that may be one person's, and why.  While it is open neither is paid.

    A pair can stand here more than once: a reason that was not known when the pair was judged opens it again.
    """

    __tablename__ = "duplicate_candidate"
    __table_args__ = (
        one_of("status", DuplicateStatus),
        UniqueConstraint("claim_a_id", "claim_b_id", "reasons"),
        CheckConstraint("claim_a_id < claim_b_id", name="pair_in_order"),
        CheckConstraint(
            "(status = 'open') = (resolved_by IS NULL) AND (status = 'open') = (resolved_at IS NULL)"
            " AND (status = 'open') = (note_code IS NULL)",
            name="resolution_whole",
        ),
        Index(None, "claim_b_id"),
        Index(None, "status", "id"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"status", "resolved_by", "resolved_at", "note_code"})

    id: str = Field(primary_key=True, sa_type=Text)
    claim_a_id: str = Field(foreign_key="claim.id", sa_type=Text)
    claim_b_id: str = Field(foreign_key="claim.id", sa_type=Text)
    reasons: str = Field(sa_type=Text)
    """Reason codes in alphabetical order, with a space between."""
    status: str = Field(sa_type=Text)
    found_at: datetime = Field(sa_type=Instant)
    resolved_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    resolved_at: datetime | None = Field(default=None, sa_type=Instant)
    note_code: str | None = Field(default=None, sa_type=Text)


PAYING_SQL = "duty IN ('approver1', 'approver2', 'payer')"


class Duty(Row, table=True):
    """That one person did one part on one claim.  The keys say the rest: a person has one part on a claim, for ever.

    Registering is done by one person; approving and paying by one person each for every batch, because a payment that
    comes back is approved anew, perhaps by others.  Deciding and confirming are done by one person each for every
    decision, and each decision names them: what was returned, or is appealed, is decided anew, perhaps by others.
    """

    __tablename__ = "duty"
    __table_args__ = (
        one_of("duty", DutyKind),
        CheckConstraint(f"batch_id IS NOT NULL OR NOT ({PAYING_SQL})", name="batch_named"),
        Index(
            "uq_duty_registrar",
            "claim_id",
            unique=True,
            sqlite_where=text("duty = 'registrar'"),
            postgresql_where=text("duty = 'registrar'"),
        ),
        Index(
            "uq_duty_paying",
            "claim_id",
            "duty",
            "batch_id",
            unique=True,
            sqlite_where=text(PAYING_SQL),
            postgresql_where=text(PAYING_SQL),
        ),
        Index(None, "person_id"),
        {"sqlite_strict": True},
    )

    claim_id: str = Field(primary_key=True, foreign_key="claim.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="staff_person.id", sa_type=Text)
    duty: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    batch_id: str | None = Field(default=None, sa_type=Text)
    """The payment batch in which the duty was done; null before payment."""
