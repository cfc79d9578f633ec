"""Tables of what a fund's money may be spent on and when, and of why an award is paid from it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.ledger.models.checks import known


class RestrictionKind(StrEnum):
    """What a restriction is about.  Several of one of the first three kinds are alternatives; all others hold together.

    The form of award and the one programme are restrictions too: `FundForm` and `Fund.programme_id`.
    """

    PURPOSE = "purpose"
    """The code of a line of a collective award, ``HOUSING``."""
    CASE = "case"
    """The id of a case, for individual awards in it."""
    PLACE = "place"
    """The id of the office whose claims it is for."""
    PERIOD = "period"
    """The days on which the money may be awarded."""
    SHARE = "share"
    """At most so much of what was received may go to one form of award."""


class AllocationRule(StrEnum):
    """By what order a fund was chosen."""

    MOST_RESTRICTED_FIRST = "most_restricted_first"
    DECLARED_ORDER = "declared_order"
    NAMED = "named"
    """The line of the order names the fund."""


class FundRestriction(Row, table=True):
    """One limit on what a fund may pay for, with the text that sets it.  The database refuses an award beyond it.

    A fund is restricted in the same way once: `fund_restriction_once` refuses a second row.
    """

    __tablename__ = "fund_restriction"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        CheckConstraint(known("kind", RestrictionKind), name="kind_known"),
        CheckConstraint(
            "(kind IN ('purpose', 'case', 'place', 'share')) = (value IS NOT NULL)"
            " AND (kind = 'period') = (usable_from IS NOT NULL OR usable_until IS NOT NULL)"
            " AND (kind = 'share') = (share_numerator IS NOT NULL)"
            " AND (kind = 'share') = (share_denominator IS NOT NULL)"
            " AND (kind <> 'share' OR value IN ('individual', 'collective'))",
            name="kind_whole",
        ),
        CheckConstraint("value <> ''", name="value_given"),
        CheckConstraint("usable_from < usable_until", name="period_positive"),
        CheckConstraint(
            "share_numerator >= 0 AND share_numerator <= share_denominator AND share_denominator BETWEEN 1 AND 1000000",
            name="share_within_one",
        ),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    fund_id: str = Field(sa_type=Text, index=True)
    kind: str = Field(sa_type=Text)
    value: str | None = Field(default=None, sa_type=Text)
    usable_from: date | None = Field(default=None, sa_type=Date)
    usable_until: date | None = Field(default=None, sa_type=Date)
    """The first day on which it may no longer be awarded."""
    share_numerator: int | None = Field(default=None, sa_type=BigInteger)
    share_denominator: int | None = Field(default=None, sa_type=BigInteger)
    citation: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class OverheadCeiling(Row, table=True):
    """What running a programme may cost a fund, as a share of all it received.  The latest in force counts."""

    __tablename__ = "overhead_ceiling"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        CheckConstraint(
            "numerator >= 0 AND numerator <= denominator AND denominator BETWEEN 1 AND 1000000", name="share_within_one"
        ),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    fund_id: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True, sa_type=Date)
    numerator: int = Field(sa_type=BigInteger)
    denominator: int = Field(sa_type=BigInteger)
    citation: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class FundingOrder(Row, table=True):
    """The place of a fund in the order a programme declares; a higher version replaces the whole order."""

    __tablename__ = "funding_order"
    __table_args__ = (
        ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        UniqueConstraint("programme_id", "version", "fund_id", name="uq_funding_order_fund"),
        UniqueConstraint("reference", "position", name="uq_funding_order_reference"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("position >= 1", name="position_positive"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    programme_id: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    position: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    fund_id: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    """The sender's, of the whole order; a second request with it is the first one again."""
    citation: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class AllocationRecord(Row, table=True):
    """Why a fund pays for an award: by which rule, on which inputs."""

    __tablename__ = "allocation_record"
    __table_args__ = (
        ForeignKeyConstraint(
            ["award_id", "fund_id", "round_number"],
            ["award_funding.award_id", "award_funding.fund_id", "award_funding.round_number"],
        ),
        CheckConstraint(known("rule", AllocationRule), name="rule_known"),
        CheckConstraint("(rule = 'most_restricted_first') = (citation IS NULL)", name="citation_of_order"),
        CheckConstraint("citation <> ''", name="citation_given"),
        CheckConstraint("length(inputs_sha256) = 32", name="inputs_sha256_length"),
        CheckConstraint("reason <> ''", name="reason_given"),
        {"sqlite_strict": True},
    )

    award_id: str = Field(primary_key=True, sa_type=Text)
    fund_id: str = Field(primary_key=True, sa_type=Text)
    round_number: int = Field(
        default=0, primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    """That of the funding it explains; 0 outside rounds."""
    rule: str = Field(sa_type=Text)
    citation: str | None = Field(default=None, sa_type=Text)
    """Of the declared order, or of the line that names the fund."""
    inputs_sha256: bytes = Field(sa_type=LargeBinary)
    """Hash of the awards and funds the rule was given; see `rules.compute_inputs_sha256`."""
    reason: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)
