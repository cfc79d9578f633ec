"""Tables of rule sets, assessments, decisions and awards.

What an assessment, a decision or an award rests on is frozen with it: the rule set by its hash, the facts by their
revision, the findings as two bits a criterion.  Nothing here is overwritten; a decision alone moves, once, from
proposed to confirmed or returned.
"""

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
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from reparations.db import Instant, Row

SHA256_HEX = 64


class AssessedOutcome(StrEnum):
    """What the rules say of a claim."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    MORE_INFORMATION_NEEDED = "more_information_needed"
    ELIGIBLE_AMOUNT_PENDING = "eligible_amount_pending"


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


class AwardForm(StrEnum):
    """What an award is: money to one claimant, or a measure for many."""

    INDIVIDUAL = "individual"
    COLLECTIVE = "collective"


def _known(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class PublishedRuleSet(Row, table=True):
    """One published version of a programme's rules, with its sources.  Never edited: an amendment is a new version."""

    __tablename__ = "rule_set"
    __table_args__ = (
        UniqueConstraint("programme_id", "version"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint(f"length(ast_sha256) = {SHA256_HEX}", name="ast_sha256_length"),
        CheckConstraint(f"length(file_sha256) = {SHA256_HEX}", name="file_sha256_length"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    scheme: str = Field(sa_type=Text)
    """Name of the rule set in its file, ``icc-katanga``."""
    version: int = Field(sa_type=BigInteger)
    ast_sha256: str = Field(sa_type=Text)
    """Its identity: the hash of what the text means, in hexadecimal."""
    file_sha256: str = Field(sa_type=Text)
    """The hash of the file, in hexadecimal: what the lawyer signed."""
    source: str = Field(sa_type=Text)
    facts_schema: str = Field(sa_type=Text)
    examples: str = Field(sa_type=Text)
    in_force_from: date = Field(sa_type=Date)
    published_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    published_at: datetime = Field(sa_type=Instant)


class Assessment(Row, table=True):
    """What one rule set says of one revision of a claim's facts; anybody can compute it again."""

    __tablename__ = "assessment"
    __table_args__ = (
        CheckConstraint(_known("outcome", AssessedOutcome), name="outcome_known"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("computed_amount_minor >= 0", name="computed_amount_not_negative"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        UniqueConstraint("claim_id", "number"),
        # The same rules over the same facts say the same: computing it again stores nothing.
        UniqueConstraint("claim_id", "rule_set_id", "facts_revision_id"),
        # Lets a decision prove that its assessment is of its own claim.
        UniqueConstraint("id", "claim_id"),
        Index(None, "outcome", "id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(foreign_key="claim.id", sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    """1 for the first assessment of the claim; the highest is the current one."""
    rule_set_id: str = Field(foreign_key="rule_set.id", sa_type=Text)
    facts_revision_id: str = Field(foreign_key="facts_revision.id", sa_type=Text)
    outcome: str = Field(sa_type=Text)
    codes: bytes = Field(sa_type=LargeBinary)
    """Findings, two bits a criterion in the order of the rule set, lowest bits first: 0 not met, 1 met, 2 unknown."""
    grounds: str = Field(sa_type=Text)
    """JSON list of the criteria not met on which a refusal can rest: those of routes open to the claimant."""
    asks: str = Field(sa_type=Text)
    """JSON list of the facts to ask for."""
    by_succession: bool = Field(sa_type=Boolean)
    """Eligible as an heir: a share of another's award, none of his own."""
    computed_amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    assessed_at: datetime = Field(sa_type=Instant)


class Decision(Row, table=True):
    """What a human decided of a claim, and who confirmed it.  Two persons, always."""

    __tablename__ = "decision"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id", "claim_id"], ["assessment.id", "assessment.claim_id"]),
        # Lets an award prove that its decision is of its own claim.
        UniqueConstraint("id", "claim_id"),
        CheckConstraint(_known("outcome", DecidedOutcome), name="outcome_known"),
        CheckConstraint(_known("status", DecisionStatus), name="status_known"),
        CheckConstraint("departs = (departure IS NOT NULL)", name="departure_reasoned"),
        CheckConstraint(f"departure IS NULL OR {_known('departure', Departure)}", name="departure_known"),
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


class Award(Row, table=True):
    """What is owed: to one claimant by a confirmed decision, or a collective line of an order."""

    __tablename__ = "award"
    __table_args__ = (
        ForeignKeyConstraint(["decision_id", "claim_id"], ["decision.id", "decision.claim_id"]),
        UniqueConstraint("claim_id"),
        UniqueConstraint("programme_id", "line_code"),
        # Lets funding prove the form it pays for.
        UniqueConstraint("id", "form"),
        CheckConstraint(_known("form", AwardForm), name="form_known"),
        CheckConstraint(
            "(form = 'individual') = (claim_id IS NOT NULL) AND (form = 'individual') = (decision_id IS NOT NULL)"
            " AND (form = 'collective') = (line_code IS NOT NULL)",
            name="form_whole",
        ),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("authority <> ''", name="authority_given"),
        Index(None, "programme_id", "id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    claim_id: str | None = Field(default=None, foreign_key="claim.id", sa_type=Text)
    line_code: str | None = Field(default=None, sa_type=Text)
    form: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    decision_id: str | None = Field(default=None, sa_type=Text)
    authority: str = Field(sa_type=Text)
    """The citation it is owed by."""
    made_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    made_at: datetime = Field(sa_type=Instant)


class AwardFunding(Row, table=True):
    """What one fund pays of one award.  The keys refuse a fund whose money is not given for the award's form."""

    __tablename__ = "award_funding"
    __table_args__ = (
        ForeignKeyConstraint(["award_id", "form"], ["award.id", "award.form"]),
        ForeignKeyConstraint(["fund_id", "form"], ["fund_form.fund_id", "fund_form.form"]),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index(None, "fund_id"),
        {"sqlite_strict": True},
    )

    award_id: str = Field(primary_key=True, sa_type=Text)
    fund_id: str = Field(primary_key=True, sa_type=Text)
    form: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)


class Instalment(Row, table=True):
    """A part of an individual award that falls due to one payee, out of one fund."""

    __tablename__ = "instalment"
    __table_args__ = (
        ForeignKeyConstraint(["award_id", "fund_id"], ["award_funding.award_id", "award_funding.fund_id"]),
        UniqueConstraint("award_id", "number"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        Index(None, "payee_party_id"),
        Index(None, "due_on", "id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    award_id: str = Field(sa_type=Text)
    fund_id: str = Field(sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    payee_party_id: str = Field(foreign_key="party.id", sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    due_on: date = Field(sa_type=Date)
    made_at: datetime = Field(sa_type=Instant)
