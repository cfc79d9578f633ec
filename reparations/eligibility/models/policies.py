"""Tables of a programme's deciding policies: dated data with a citation, published by two persons."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, Text, text
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import known

BASIS_POINTS = 10_000


class AppealEffect(StrEnum):
    """What may be paid of an award while an appeal against its decision is open."""

    SUSPENDS = "suspends"
    """Nothing."""
    UNDISPUTED_PART = "undisputed_part"
    """What the decision granted: the claimant asks for more."""


class DecidingPolicy(Row, table=True):
    """What a programme asks of its decisions beyond two persons, from a day on.  Published by a second person, once."""

    __tablename__ = "deciding_policy"
    __table_args__ = (
        CheckConstraint("citation <> ''", name="citation_given"),
        CheckConstraint("threshold_minor >= 0", name="threshold_not_negative"),
        CheckConstraint(f"second_rate_bp BETWEEN 0 AND {BASIS_POINTS}", name="second_rate_in_range"),
        CheckConstraint("tolerance_bp BETWEEN 1 AND 5000", name="tolerance_in_range"),
        CheckConstraint("confidence_bp BETWEEN 5000 AND 9999", name="confidence_in_range"),
        CheckConstraint("sample_floor >= 1", name="sample_floor_positive"),
        CheckConstraint(known("appeal_effect", AppealEffect), name="appeal_effect_known"),
        CheckConstraint("(published_by IS NULL) = (published_at IS NULL)", name="publication_whole"),
        CheckConstraint("published_by <> proposed_by", name="published_by_another"),
        Index(
            "uq_deciding_policy_published",
            "programme_id",
            "valid_from",
            unique=True,
            sqlite_where=text("published_by IS NOT NULL"),
            postgresql_where=text("published_by IS NOT NULL"),
        ),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"published_by", "published_at"})

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    valid_from: date = Field(sa_type=Date)
    """First day on which it holds; a later policy ends it."""
    citation: str = Field(sa_type=Text)
    threshold_minor: int | None = Field(default=None, sa_type=BigInteger)
    """Above this amount a third person confirms; None: no amount asks for one."""
    second_rate_bp: int = Field(sa_type=BigInteger)
    """How many of 10,000 decisions a third person confirms by lot."""
    seed: str = Field(sa_type=Text)
    """What the lot is drawn with, in hexadecimal; shown once the policy has ended, so that anybody can draw again."""
    weights: str = Field(sa_type=Text)
    """The numbers that the seed makes, ten digits each; see `rules.policies.compute_lot`."""
    tolerance_bp: int = Field(sa_type=BigInteger)
    """Errors of 10,000 that a mass decision may at most hold, by the upper bound of its sample."""
    confidence_bp: int = Field(sa_type=BigInteger)
    """How sure that bound is, of 10,000."""
    sample_floor: int = Field(sa_type=BigInteger)
    """Fewest claims in a sample, or all of them."""
    appeal_effect: str = Field(sa_type=Text)
    proposed_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    proposed_at: datetime = Field(sa_type=Instant)
    published_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    published_at: datetime | None = Field(default=None, sa_type=Instant)


class AppealInstance(Row, table=True):
    """A further instance of appeal under a policy.  The first is in the rule set itself."""

    __tablename__ = "appeal_instance"
    __table_args__ = (
        CheckConstraint("instance >= 2", name="instance_after_first"),
        CheckConstraint("days >= 1", name="days_positive"),
        CheckConstraint("body <> '' AND citation <> '' AND how <> ''", name="words_given"),
        {"sqlite_strict": True},
    )

    policy_id: str = Field(primary_key=True, foreign_key="deciding_policy.id", sa_type=Text)
    instance: int = Field(primary_key=True, sa_type=BigInteger)
    body: str = Field(sa_type=Text)
    days: int = Field(sa_type=BigInteger)
    """Days from the confirmation of the decision before."""
    how: str = Field(sa_type=Text)
    citation: str = Field(sa_type=Text)
