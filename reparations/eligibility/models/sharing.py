"""Who shares an award by the rules.  Append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row


class NamedPerson(Row, table=True):
    """Which claim is that of a person in the list an award is divided among."""

    __tablename__ = "named_person"
    __table_args__ = (
        UniqueConstraint("facts_revision_id", "claim_id"),
        CheckConstraint("position >= 1", name="position_counts_from_one"),
        {"sqlite_strict": True},
    )

    facts_revision_id: str = Field(primary_key=True, foreign_key="facts_revision.id", sa_type=Text)
    """Of the claim whose award is divided: the list as it was then.  In facts recorded anew they are named anew."""
    position: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    """In the list, from 1."""
    claim_id: str = Field(foreign_key="claim.id", index=True, sa_type=Text)
    """The claim of the heir."""
    named_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    named_at: datetime = Field(sa_type=Instant)
