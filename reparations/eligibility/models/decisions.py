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
    SENT_BACK = "sent_back"
    """On appeal only: the decision is set aside and the claim is decided anew."""


class DecisionStatus(StrEnum):
    """How far a decision has come."""

    PROPOSED = "proposed"
    AWAITS_SECOND = "awaits_second"
    """Confirmed by one; the programme's policy asks a third person too."""
    CONFIRMED = "confirmed"
    """It stands."""
    REPLACED = "replaced"
    """It stood until a correction, or the decision on an appeal, took its place."""
    RETURNED = "returned"


class DecisionKind(StrEnum):
    """Where a decision comes from."""

    ORIGINAL = "original"
    """Made on the assessment."""
    CORRECTION = "correction"
    """Mends a slip in the decision it names."""
    APPEAL = "appeal"
    """Decides an appeal against the decision it names."""


class CorrectionReason(StrEnum):
    """What kind of slip a correction mends.  Nothing that was weighed is weighed again: that is what appeals are for.

    Source:
        UNCC Provisional Rules for Claims Procedure, article 41: computational, clerical, typographical or other errors.
    """

    COMPUTATIONAL = "computational"
    CLERICAL = "clerical"
    TYPOGRAPHICAL = "typographical"
    OMISSION = "omission"
    """A part of the award that the decision meant and left out, or counted twice."""


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


OPEN_SQL = "status IN ('proposed', 'awaits_second')"
FINAL_SQL = "status = 'confirmed' AND outcome NOT IN ('ask', 'sent_back')"


class Decision(Row, table=True):
    """What a human decided of a claim, and who confirmed it.  Two persons, always; three where the policy asks.

    A correction and the decision on an appeal are rows of their own that name the one they replace.
    """

    __tablename__ = "decision"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id", "claim_id"], ["assessment.id", "assessment.claim_id"]),
        # The amount a person determined is the amount decided, on the same assessment, by the same person.
        ForeignKeyConstraint(
            ["determination_id", "assessment_id", "amount_minor", "proposed_by"],
            [
                "determination.id",
                "determination.assessment_id",
                "determination.amount_minor",
                "determination.determined_by",
            ],
            name="fk_decision_determination",
        ),
        UniqueConstraint("determination_id"),
        # Lets an award prove that its decision is of its own claim.
        UniqueConstraint("id", "claim_id"),
        CheckConstraint(known("outcome", DecidedOutcome), name="outcome_known"),
        CheckConstraint(known("status", DecisionStatus), name="status_known"),
        CheckConstraint("departs = (departure IS NOT NULL)", name="departure_reasoned"),
        CheckConstraint(f"departure IS NULL OR {known('departure', Departure)}", name="departure_known"),
        CheckConstraint("outcome <> 'not_eligible' OR reasons <> '[]'", name="refusal_reasoned"),
        CheckConstraint(known("kind", DecisionKind), name="kind_known"),
        CheckConstraint("(kind = 'original') = (replaces_id IS NULL) AND replaces_id <> id", name="replaces_another"),
        CheckConstraint("(kind = 'correction') = (correction_reason IS NOT NULL)", name="correction_reasoned"),
        CheckConstraint(
            f"correction_reason IS NULL OR {known('correction_reason', CorrectionReason)}",
            name="correction_reason_known",
        ),
        CheckConstraint("outcome <> 'sent_back' OR kind = 'appeal'", name="sent_back_on_appeal"),
        CheckConstraint("instance >= 0 AND (kind <> 'appeal' OR instance > 0)", name="instance_counted"),
        # A refusal can be appealed, but the last instance's.
        CheckConstraint(
            "(outcome <> 'not_eligible' OR instance > 0 OR appeal_body IS NOT NULL)"
            " AND (outcome NOT IN ('ask', 'sent_back') OR appeal_body IS NULL)",
            name="refusal_appealable",
        ),
        CheckConstraint(
            "(appeal_body IS NOT NULL AND status IN ('confirmed', 'replaced')) = (appeal_until IS NOT NULL)",
            name="appeal_dated",
        ),
        CheckConstraint("(outcome = 'eligible') = (amount_minor IS NOT NULL)", name="amount_if_eligible"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        # Who departs from the rules to accept a claim says what they compute then.
        CheckConstraint(
            "(determination_id IS NULL OR (kind = 'original' AND outcome = 'eligible'))"
            " AND (determination_id IS NOT NULL OR kind <> 'original' OR outcome <> 'eligible' OR NOT departs)",
            name="determination_whole",
        ),
        CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL) AND (status <> 'proposed' OR confirmed_by IS NULL)"
            " AND (status NOT IN ('awaits_second', 'confirmed', 'replaced') OR confirmed_by IS NOT NULL)",
            name="confirmation_whole",
        ),
        CheckConstraint(
            "(second_confirmed_by IS NULL) = (second_confirmed_at IS NULL)"
            " AND (second_confirmed_by IS NULL OR status IN ('confirmed', 'replaced'))",
            name="second_whole",
        ),
        CheckConstraint(
            "(status = 'returned') = (returned_by IS NOT NULL) AND (status = 'returned') = (returned_at IS NOT NULL)"
            " AND (status = 'returned') = (return_reason IS NOT NULL)",
            name="return_whole",
        ),
        CheckConstraint("confirmed_by <> proposed_by", name="confirmed_by_another"),
        CheckConstraint(
            "second_confirmed_by <> proposed_by AND second_confirmed_by <> confirmed_by", name="second_by_another"
        ),
        CheckConstraint("returned_by <> proposed_by", name="returned_by_another"),
        # One decision open at a time, and one that is final.
        Index(
            "uq_decision_open",
            "claim_id",
            unique=True,
            sqlite_where=text(OPEN_SQL),
            postgresql_where=text(OPEN_SQL),
        ),
        Index(
            "uq_decision_final",
            "claim_id",
            unique=True,
            sqlite_where=text(FINAL_SQL),
            postgresql_where=text(FINAL_SQL),
        ),
        Index(None, "status", "id"),
        Index(None, "replaces_id"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset(
        {
            "status",
            "confirmed_by",
            "confirmed_at",
            "second_confirmed_by",
            "second_confirmed_at",
            "appeal_until",
            "returned_by",
            "returned_at",
            "return_reason",
        }
    )

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(foreign_key="claim.id", index=True, sa_type=Text)
    assessment_id: str = Field(sa_type=Text)
    kind: str = Field(default=DecisionKind.ORIGINAL.value, sa_type=Text)
    replaces_id: str | None = Field(default=None, foreign_key="decision.id", sa_type=Text)
    """The decision this one takes the place of, once it is confirmed."""
    instance: int = Field(default=0, sa_type=BigInteger)
    """0 for the first decision, 1 for the first appeal's, and so on; a correction keeps the number."""
    correction_reason: str | None = Field(default=None, sa_type=Text)
    outcome: str = Field(sa_type=Text)
    departs: bool = Field(sa_type=Boolean)
    departure: str | None = Field(default=None, sa_type=Text)
    reasons: str = Field(sa_type=Text)
    """JSON list of criterion codes; of a refusal, each found not met."""
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    """What an eligible claimant is owed; nothing for an heir, who shares another's award."""
    determination_id: str | None = Field(default=None, sa_type=Text)
    """Where the amount comes from if the assessment has none: what a person decided, or the rules if he is right."""
    appeal_body: str | None = Field(default=None, sa_type=Text)
    appeal_until: date | None = Field(default=None, sa_type=Date)
    """Last day on which the decision can be appealed in time."""
    proposed_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    proposed_at: datetime = Field(sa_type=Instant)
    status: str = Field(sa_type=Text)
    confirmed_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    second_confirmed_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    second_confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    returned_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    returned_at: datetime | None = Field(default=None, sa_type=Instant)
    return_reason: str | None = Field(default=None, sa_type=Text)
