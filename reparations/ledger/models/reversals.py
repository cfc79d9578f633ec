"""Tables of deeds that were recorded in error and are taken back."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row


class Reversal(Row, table=True):
    """A cost, interest or receipt that was recorded in error and is to be taken back; another person must approve it.

    The record stays as it is: what is wrong with it, and who says so, is said here.
    """

    __tablename__ = "reversal"
    __table_args__ = (
        ForeignKeyConstraint(["cost_id"], ["programme_cost.id"]),
        ForeignKeyConstraint(["interest_id"], ["interest.id"]),
        ForeignKeyConstraint(["contribution_id"], ["contribution.id"]),
        ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        UniqueConstraint("cost_id", name="uq_reversal_cost_id"),
        UniqueConstraint("interest_id", name="uq_reversal_interest_id"),
        UniqueConstraint("contribution_id", name="uq_reversal_contribution_id"),
        # So that an approval can name who prepared it, and be somebody else.
        UniqueConstraint("id", "prepared_by", name="uq_reversal_id_prepared_by"),
        CheckConstraint(
            "CASE WHEN cost_id IS NULL THEN 0 ELSE 1 END + CASE WHEN interest_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN contribution_id IS NULL THEN 0 ELSE 1 END = 1",
            name="one_record",
        ),
        CheckConstraint("reason <> ''", name="reason_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    cost_id: str | None = Field(default=None, sa_type=Text)
    interest_id: str | None = Field(default=None, sa_type=Text)
    contribution_id: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(sa_type=Text)
    """What was wrong, and what shows it."""
    prepared_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)

    @property
    def record_id(self) -> str:
        """Return the id of what is taken back."""
        return self.cost_id or self.interest_id or self.contribution_id or ""


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
