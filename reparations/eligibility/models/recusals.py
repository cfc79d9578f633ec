"""The table of recusals: from what a person keeps away, by his own word or that of two others."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import known


class RecusalReason(StrEnum):
    """Why somebody keeps away.

    Source:
        After rule 34 of the Rules of Procedure and Evidence of the ICC.
    """

    FAMILY = "family"
    OWN_INTEREST = "own_interest"
    EARLIER_PART = "earlier_part"
    """Took part in the matter in another capacity: as counsel, witness, official."""
    OPINION_VOICED = "opinion_voiced"
    OTHER = "other"


class Recusal(Row, table=True):
    """That a person takes no duty on a claim, on any claim of a party, or on any claim of a case."""

    __tablename__ = "recusal"
    __table_args__ = (
        CheckConstraint(known("reason", RecusalReason), name="reason_known"),
        CheckConstraint(
            "(CASE WHEN claim_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN party_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN case_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_matter",
        ),
        CheckConstraint("(seconded_by IS NULL) = (seconded_at IS NULL)", name="second_whole"),
        CheckConstraint("seconded_by <> declared_by AND seconded_by <> person_id", name="seconded_by_another"),
        CheckConstraint("declared_by <> person_id OR seconded_by IS NULL", name="own_word_suffices"),
        Index(None, "person_id"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"seconded_by", "seconded_at"})

    id: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(foreign_key="staff_person.id", sa_type=Text)
    claim_id: str | None = Field(default=None, foreign_key="claim.id", sa_type=Text)
    party_id: str | None = Field(default=None, foreign_key="party.id", sa_type=Text)
    case_id: str | None = Field(default=None, foreign_key="victim_case.id", sa_type=Text)
    reason: str = Field(sa_type=Text)
    declared_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    declared_at: datetime = Field(sa_type=Instant)
    seconded_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    seconded_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def is_effective(self) -> bool:
        """Whether the person is recused: by his own word at once, by others' once there are two."""
        return self.declared_by == self.person_id or self.seconded_by is not None
