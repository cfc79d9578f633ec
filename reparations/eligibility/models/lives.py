"""Tables of what becomes of an award after it was made: adjusted, reduced, given back to the fund."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import known


class AdjustmentCause(StrEnum):
    """Why awards of a claim are changed."""

    DECISION = "decision"
    """A correction or an appeal: the decision that stands grants another amount."""
    NOBODY = "nobody"
    """The claimant has died: what nobody is there to receive goes back to the fund; eligible heirs are owed it anew."""


class ReductionKind(StrEnum):
    """What a reduction does to what is granted, and to what is still paid."""

    WRITTEN_BACK = "written_back"
    """Granted no more and not paid yet: the fund is free of it."""
    OVERPAID = "overpaid"
    """Granted no more and paid already: it is owed back."""
    SET_OFF = "set_off"
    """Granted, and kept against an overpayment of the same payee."""
    GIVEN_BACK = "given_back"
    """Granted, with nobody to receive it: the fund is free of it."""


UNPAID_KINDS = (ReductionKind.WRITTEN_BACK, ReductionKind.SET_OFF, ReductionKind.GIVEN_BACK)
"""Reductions that take from what is still to be paid."""
UNGRANTED_KINDS = (ReductionKind.WRITTEN_BACK, ReductionKind.OVERPAID)
"""Reductions that take from what is granted."""


class AwardAdjustment(Row, table=True):
    """A difference between what a claim's awards grant and what they should; another person must approve it."""

    __tablename__ = "award_adjustment"
    __table_args__ = (
        ForeignKeyConstraint(["decision_id", "claim_id"], ["decision.id", "decision.claim_id"]),
        UniqueConstraint("id", "prepared_by"),
        CheckConstraint(known("cause", AdjustmentCause), name="cause_known"),
        CheckConstraint("difference_minor <> 0", name="difference_not_zero"),
        CheckConstraint("cause = 'decision' OR difference_minor < 0", name="nobody_gets_no_more"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(foreign_key="claim.id", index=True, sa_type=Text)
    cause: str = Field(sa_type=Text)
    decision_id: str | None = Field(default=None, sa_type=Text)
    """The decision that stands; None where the claim was sent back and none does."""
    difference_minor: int = Field(sa_type=BigInteger)
    """What is granted beyond the awards; negative where they are too much."""
    currency: str = Field(sa_type=Text)
    citation: str = Field(sa_type=Text)
    """The order, rule or document it rests on."""
    prepared_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    prepared_at: datetime = Field(sa_type=Instant)


class AdjustmentApproval(Row, table=True):
    """The second person's yes to an adjustment; with it the books move."""

    __tablename__ = "adjustment_approval"
    __table_args__ = (
        ForeignKeyConstraint(["adjustment_id", "prepared_by"], ["award_adjustment.id", "award_adjustment.prepared_by"]),
        CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        {"sqlite_strict": True},
    )

    adjustment_id: str = Field(primary_key=True, sa_type=Text)
    prepared_by: str = Field(sa_type=Text)
    approved_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    approved_at: datetime = Field(sa_type=Instant)


class AwardReduction(Row, table=True):
    """So much less of an award: of one instalment, of what is funded and not parted, or of what nobody funds yet."""

    __tablename__ = "award_reduction"
    __table_args__ = (
        ForeignKeyConstraint(
            ["award_id", "fund_id", "round_number"],
            ["award_funding.award_id", "award_funding.fund_id", "award_funding.round_number"],
        ),
        UniqueConstraint("recovery_id"),
        CheckConstraint(known("kind", ReductionKind), name="kind_known"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(
            "(kind = 'set_off') = (recovery_id IS NOT NULL) AND (kind = 'set_off') = (adjustment_id IS NULL)",
            name="deed_named",
        ),
        CheckConstraint("kind NOT IN ('overpaid', 'set_off') OR instalment_id IS NOT NULL", name="instalment_named"),
        CheckConstraint(
            "fund_id IS NOT NULL OR (kind = 'written_back' AND instalment_id IS NULL AND round_number = 0)",
            name="unfunded_plain",
        ),
        CheckConstraint(
            "NOT from_trust OR (kind IN ('written_back', 'given_back') AND instalment_id IS NOT NULL)",
            name="from_trust_unpaid",
        ),
        Index(None, "award_id", "fund_id"),
        Index(None, "instalment_id"),
        Index(None, "adjustment_id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    award_id: str = Field(foreign_key="award.id", sa_type=Text)
    fund_id: str | None = Field(default=None, sa_type=Text)
    """None where rounds have not funded it: it never was an obligation in the books."""
    round_number: int = Field(default=0, sa_type=BigInteger)
    """That of the funding it is taken from."""
    instalment_id: str | None = Field(default=None, foreign_key="instalment.id", sa_type=Text)
    kind: str = Field(sa_type=Text)
    from_trust: bool = False
    """Whether the instalment was held in trust then: what is released later is what such reductions have left."""
    amount_minor: int = Field(sa_type=BigInteger)
    adjustment_id: str | None = Field(default=None, foreign_key="adjustment_approval.adjustment_id", sa_type=Text)
    recovery_id: str | None = Field(default=None, sa_type=Text)
    """The set-off that keeps this part; a trigger holds it, for a foreign key would go round in a circle."""
    recorded_at: datetime = Field(sa_type=Instant)
