"""Tables of deeds that were recorded in error and are taken back."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row


class Reversal(Row, table=True):
    """What was recorded in error and is to be taken back; another person must approve it.

    A cost, interest, a receipt, a clearance that was approved, or an exchange or revaluation.

    The record stays as it is: what is wrong with it, and who says so, is said here.
    """

    __tablename__ = "reversal"
    __table_args__ = (
        ForeignKeyConstraint(["cost_id"], ["programme_cost.id"]),
        ForeignKeyConstraint(["interest_id"], ["interest.id"]),
        ForeignKeyConstraint(["contribution_id"], ["contribution.id"]),
        # Only what was approved is in the books.
        ForeignKeyConstraint(["clearance_id"], ["opening_clearance_approval.clearance_id"]),
        ForeignKeyConstraint(["exchange_id"], ["exchange_step.id"]),
        ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        UniqueConstraint("cost_id", name="uq_reversal_cost_id"),
        UniqueConstraint("interest_id", name="uq_reversal_interest_id"),
        UniqueConstraint("contribution_id", name="uq_reversal_contribution_id"),
        UniqueConstraint("clearance_id", name="uq_reversal_clearance_id"),
        UniqueConstraint("exchange_id", name="uq_reversal_exchange_id"),
        # So that an approval can name who prepared it, and be somebody else.
        UniqueConstraint("id", "prepared_by", name="uq_reversal_id_prepared_by"),
        CheckConstraint(
            "CASE WHEN cost_id IS NULL THEN 0 ELSE 1 END + CASE WHEN interest_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN contribution_id IS NULL THEN 0 ELSE 1 END + CASE WHEN clearance_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN exchange_id IS NULL THEN 0 ELSE 1 END = 1",
            name="one_record",
        ),
        CheckConstraint("reason <> ''", name="reason_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    cost_id: str | None = Field(default=None, sa_type=Text)
    interest_id: str | None = Field(default=None, sa_type=Text)
    contribution_id: str | None = Field(default=None, sa_type=Text)
    clearance_id: str | None = Field(default=None, sa_type=Text)
    exchange_id: str | None = Field(default=None, sa_type=Text)
    """Of a step of a position: an exchange or a revaluation."""
    reason: str = Field(sa_type=Text)
    """What was wrong, and what shows it."""
    prepared_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)

    @property
    def record_id(self) -> str:
        """Return the id of what is taken back."""
        named = (self.cost_id, self.interest_id, self.contribution_id, self.clearance_id, self.exchange_id)
        return next(record_id for record_id in named if record_id is not None)


class ReversalApproval(Row, table=True):
    """The second person's yes to a reversal; with it the books are put right.  Not before the day of what it undoes."""

    __tablename__ = "reversal_approval"
    __table_args__ = (
        ForeignKeyConstraint(["reversal_id", "prepared_by"], ["reversal.id", "reversal.prepared_by"]),
        ForeignKeyConstraint(["approved_by"], ["staff_person.id"]),
        CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        {"sqlite_strict": True},
    )

    reversal_id: str = Field(primary_key=True, sa_type=Text)
    prepared_by: str = Field(sa_type=Text)
    approved_by: str = Field(sa_type=Text)
    reversed_on: date = Field(sa_type=Date)
    recorded_at: datetime = Field(sa_type=Instant)
