"""Programmes: what is repaired, by whose order, in which currency."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row


class Programme(Row, table=True):
    """One order or law under which reparations are made.  Never edited: an amended order is another programme."""

    __tablename__ = "programme"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("length(code) BETWEEN 2 AND 20", name="code_length"),
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title_length"),
        CheckConstraint("length(authority) BETWEEN 1 AND 500", name="authority_length"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(sa_type=Text)
    """Short name that begins every reference: ``KATANGA`` gives ``KATANGA-0001``."""
    title: str = Field(sa_type=Text)
    authority: str = Field(sa_type=Text)
    """Citation of the order or law."""
    currency: str = Field(sa_type=Text)
    """ISO 4217 code in which awards of this programme are made."""
    created_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)


class ProgrammeCounter(Row, table=True):
    """The next claim's number.  Its row is the lock that keeps references without gaps."""

    __tablename__ = "programme_counter"
    __table_args__ = (
        CheckConstraint("next_claim_number >= 1", name="next_claim_number_positive"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"next_claim_number"})
    audited: ClassVar[bool] = False

    programme_id: str = Field(primary_key=True, foreign_key="programme.id", sa_type=Text)
    next_claim_number: int = Field(sa_type=BigInteger)
