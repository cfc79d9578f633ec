"""Tables of amounts a person determined: where the rules leave a range, or where he departs from what they found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row


class Determination(Row, table=True):
    """What an award comes to with the amounts a person decided; a decision rests on it and can name no other amount.

    A departure has one without a step, where the rules compute the whole award of who is accepted against them.
    """

    __tablename__ = "determination"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id", "claim_id"], ["assessment.id", "assessment.claim_id"]),
        # Lets a decision prove that amount, assessment and decider are those of its determination.
        UniqueConstraint("id", "assessment_id", "amount_minor", "determined_by"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(sa_type=Text)
    assessment_id: str = Field(index=True, sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    """What the rules compute from the facts and the amounts decided."""
    determined_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    determined_at: datetime = Field(sa_type=Instant)


class DeterminedStep(Row, table=True):
    """One step of an award, the range the rules give, and what a person decided within it.  Written with its decision.

    Minor units of the assessment's currency, or points where the step is no money.
    """

    __tablename__ = "determined_step"
    __table_args__ = (
        CheckConstraint("step <> ''", name="step_given"),
        CheckConstraint("lowest <= decided AND decided <= highest", name="decided_within"),
        {"sqlite_strict": True},
    )

    determination_id: str = Field(primary_key=True, foreign_key="determination.id", sa_type=Text)
    step: str = Field(primary_key=True, sa_type=Text)
    is_money: bool = Field(sa_type=Boolean)
    lowest: int = Field(sa_type=BigInteger)
    highest: int = Field(sa_type=BigInteger)
    decided: int = Field(sa_type=BigInteger)
    reason_sealed: bytes = Field(sa_type=LargeBinary)
    """Why, in words; it tells of harm, so it is sealed with the claimant's key."""
