"""Tables of rounds: a pool shared over awards, computed, confirmed by a second person, and carried out part by part."""

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
from reparations.eligibility.models.checks import known

OPEN_ROUND_SQL = "status IN ('proposed', 'confirmed')"


class RoundStatus(StrEnum):
    """How far a round has come."""

    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"
    CONFIRMED = "confirmed"
    """Its numbers are fixed and its money is held; its lines become instalments part by part."""
    COMPLETED = "completed"
    """Every line is carried out, or left out with a reason."""


class TermsSource(StrEnum):
    """Where the method of a round comes from."""

    RULES = "rules"
    """The payment block of the rule set."""
    STATED = "stated"
    """Whoever proposed it, with a citation."""


class OmissionReason(StrEnum):
    """Why a line of a confirmed round was not carried out; the claim stays in the rounds to come."""

    CLAIM_CLOSED = "claim_closed"
    DECISION_CHANGED = "decision_changed"
    """The decision it rests on does not stand any more."""
    APPEAL_SUSPENDS = "appeal_suspends"
    POSSIBLE_DUPLICATE = "possible_duplicate"
    FUNDED_OTHERWISE = "funded_otherwise"
    """The award has been funded meanwhile, outside rounds."""
    RESTRICTION_FORBIDS = "restriction_forbids"
    """A restriction recorded meanwhile forbids the funds of the line to pay for it."""


class RoundReason(StrEnum):
    """Why a claim gets what it gets in this round."""

    IN_FULL = "in_full"
    """All that was open of the award."""
    QUOTA = "quota"
    """Its share of the pool at the quota of its stream."""
    QUOTA_CEILING = "quota_ceiling"
    """Its award up to the highest quota the terms allow."""
    AHEAD_OF_QUOTA = "ahead_of_quota"
    """Nothing: earlier payments met more of the award than the quota now does."""
    PHASE = "phase"
    """The equal amounts of the phases."""
    LEVEL = "level"
    """The equal amount at which the pool ended, and what phases gave before."""
    RATE = "rate"
    """Its award up to the rate of this instalment."""
    RATE_IN_PART = "rate_in_part"
    """A part of the instalment, as far as means suffice."""
    PER_HEAD = "per_head"
    """The same amount as everybody."""
    CEILING = "ceiling"
    """The most that one claim gets in this round."""
    LAST_IN_PART = "last_in_part"
    """What was left of the pool when the queue came to it."""
    WAITS = "waits"
    """Nothing: the pool ended before its place was reached."""
    BELOW_PRIORITY = "below_priority"
    """Nothing: its score is below what this round is for."""
    NOT_YET = "not_yet"
    """Nothing: a condition of the round is not met."""
    NOT_IN_ROUND = "not_in_round"
    """Nothing: the round has no money, or no rate, for its stream."""
    NOTHING_OPEN = "nothing_open"
    """Nothing: the award has been paid, or the family's cap is reached."""


class PaymentRound(Row, table=True):
    """A pool shared over the awards of a programme.  Its numbers never change; only how far it has come does."""

    __tablename__ = "payment_round"
    __table_args__ = (
        ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        ForeignKeyConstraint(["rule_set_id"], ["rule_set.id"]),
        ForeignKeyConstraint(["proposed_by"], ["staff_person.id"]),
        ForeignKeyConstraint(["confirmed_by"], ["staff_person.id"]),
        ForeignKeyConstraint(["withdrawn_by"], ["staff_person.id"]),
        UniqueConstraint("programme_id", "number"),
        CheckConstraint(known("status", RoundStatus), name="status_known"),
        CheckConstraint(known("terms_source", TermsSource), name="terms_source_known"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("citation <> ''", name="citation_given"),
        CheckConstraint("pool_minor > 0", name="pool_positive"),
        CheckConstraint("cash_minor BETWEEN 0 AND pool_minor", name="cash_within_pool"),
        CheckConstraint("allotted_minor BETWEEN 0 AND cash_minor", name="allotted_within_cash"),
        CheckConstraint("undecided >= 0 AND lines >= 0", name="counts_not_negative"),
        CheckConstraint("parted_through BETWEEN 0 AND lines", name="parted_through_in_range"),
        CheckConstraint("length(inputs_sha256) = 32 AND length(result_sha256) = 32", name="hashes_length"),
        CheckConstraint("confirmed_by <> proposed_by", name="confirmed_by_another"),
        CheckConstraint(
            "(status IN ('confirmed', 'completed')) = (confirmed_by IS NOT NULL)"
            " AND (confirmed_by IS NULL) = (confirmed_at IS NULL)",
            name="confirmation_whole",
        ),
        CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_by IS NOT NULL) AND (withdrawn_by IS NULL) = (withdrawn_at IS NULL)",
            name="withdrawal_whole",
        ),
        CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="completion_whole"),
        # One at a time: what a round before has promised is known when the next is computed.
        Index(
            "uq_payment_round_open",
            "programme_id",
            unique=True,
            sqlite_where=text(OPEN_ROUND_SQL),
            postgresql_where=text(OPEN_ROUND_SQL),
        ),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset(
        {"status", "confirmed_by", "confirmed_at", "withdrawn_by", "withdrawn_at", "parted_through", "completed_at"}
    )

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    """From 1 in each programme; a withdrawn round keeps its number."""
    currency: str = Field(sa_type=Text)
    rule_set_id: str = Field(sa_type=Text)
    """The rule set in force when it was computed, by which streams, points and days were found."""
    terms: str = Field(sa_type=Text)
    """Canonical JSON of method, reserve, cap and whether a unit is paid together; see `rules.rounds.stored`."""
    terms_source: str = Field(sa_type=Text)
    citation: str = Field(sa_type=Text)
    """Of the rule, or of the decision by which the terms were set."""
    pool_minor: int = Field(sa_type=BigInteger)
    cash_minor: int = Field(sa_type=BigInteger)
    """As much of the pool as the funds had to spare."""
    undecided: int = Field(sa_type=BigInteger)
    """Open claims that were not decided on the cut-off day, or may not be paid now."""
    seed: str = Field(sa_type=Text)
    """Decides ties, with the claim's id."""
    cut_off_on: date = Field(sa_type=Date)
    """Last day on which a decision had to stand to be in the round."""
    lines: int = Field(sa_type=BigInteger)
    allotted_minor: int = Field(sa_type=BigInteger)
    outcome: str = Field(sa_type=Text)
    """Canonical JSON of the quotas, the level and what is not spent, by reason."""
    inputs_sha256: bytes = Field(sa_type=LargeBinary)
    result_sha256: bytes = Field(sa_type=LargeBinary)
    """Hash of every line and share; what is confirmed is this."""
    status: str = Field(sa_type=Text)
    proposed_by: str = Field(sa_type=Text)
    proposed_at: datetime = Field(sa_type=Instant)
    confirmed_by: str | None = Field(default=None, sa_type=Text)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    parted_through: int = Field(default=0, sa_type=BigInteger)
    """The last line that was carried out."""
    completed_at: datetime | None = Field(default=None, sa_type=Instant)


class RoundFund(Row, table=True):
    """What one fund puts into a round."""

    __tablename__ = "round_fund"
    __table_args__ = (
        ForeignKeyConstraint(["round_id"], ["payment_round.id"]),
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        CheckConstraint("asked_minor > 0", name="asked_positive"),
        CheckConstraint("cash_minor BETWEEN 0 AND asked_minor", name="cash_within_asked"),
        CheckConstraint("allotted_minor BETWEEN 0 AND cash_minor", name="allotted_within_cash"),
        Index(None, "fund_id"),
        {"sqlite_strict": True},
    )

    round_id: str = Field(primary_key=True, sa_type=Text)
    fund_id: str = Field(primary_key=True, sa_type=Text)
    asked_minor: int = Field(sa_type=BigInteger)
    cash_minor: int = Field(sa_type=BigInteger)
    allotted_minor: int = Field(sa_type=BigInteger)


class RoundLine(Row, table=True):
    """What a round gives one claim, with all it was computed from."""

    __tablename__ = "round_line"
    __table_args__ = (
        ForeignKeyConstraint(["round_id"], ["payment_round.id"]),
        ForeignKeyConstraint(["decision_id", "claim_id"], ["decision.id", "decision.claim_id"]),
        ForeignKeyConstraint(["claim_id", "case_id"], ["claim.id", "claim.case_id"]),
        ForeignKeyConstraint(["facts_revision_id"], ["facts_revision.id"]),
        UniqueConstraint("round_id", "position"),
        CheckConstraint(known("reason", RoundReason), name="reason_known"),
        CheckConstraint("position >= 1", name="position_positive"),
        CheckConstraint("before_minor BETWEEN 0 AND entitled_minor", name="before_within_entitled"),
        CheckConstraint("allotted_minor BETWEEN 0 AND entitled_minor - before_minor", name="allotted_within_open"),
        CheckConstraint("place >= 1", name="place_positive"),
        Index(None, "claim_id"),
        {"sqlite_strict": True},
    )

    round_id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(sa_type=Text)
    """The family or household: claims of one case count together under a cap, and where a unit is paid together."""
    position: int = Field(sa_type=BigInteger)
    """The order in which lines are carried out, from 1; it decides nothing about who gets what."""
    decision_id: str = Field(sa_type=Text)
    facts_revision_id: str | None = Field(default=None, sa_type=Text)
    """The facts that stream, points and days were read from; None where the method needs none."""
    entitled_minor: int = Field(sa_type=BigInteger)
    """What the decision grants, in full."""
    before_minor: int = Field(sa_type=BigInteger)
    """What had been funded of it."""
    allotted_minor: int = Field(sa_type=BigInteger)
    reason: str = Field(sa_type=Text)
    place: int | None = Field(default=None, sa_type=BigInteger)
    """In the queue, where there is one; claims that are served together have the same."""
    stream: str = Field(sa_type=Text)
    points: int = Field(sa_type=BigInteger)
    days: str = Field(sa_type=Text)
    """JSON list of the days that order the queue, as proleptic ordinals."""
    capped: bool = Field(sa_type=Boolean)
    """Whether the family's cap took something off."""


class RoundShare(Row, table=True):
    """What one fund pays of one line."""

    __tablename__ = "round_share"
    __table_args__ = (
        ForeignKeyConstraint(["round_id", "claim_id"], ["round_line.round_id", "round_line.claim_id"]),
        ForeignKeyConstraint(["round_id", "fund_id"], ["round_fund.round_id", "round_fund.fund_id"]),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        {"sqlite_strict": True},
    )

    round_id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(primary_key=True, sa_type=Text)
    fund_id: str = Field(primary_key=True, sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)


class RoundOmission(Row, table=True):
    """A line of a confirmed round that could not be carried out; its money went back to the funds."""

    __tablename__ = "round_omission"
    __table_args__ = (
        ForeignKeyConstraint(["round_id", "claim_id"], ["round_line.round_id", "round_line.claim_id"]),
        CheckConstraint(known("reason", OmissionReason), name="reason_known"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        {"sqlite_strict": True},
    )

    round_id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(primary_key=True, sa_type=Text)
    reason: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=Instant)
