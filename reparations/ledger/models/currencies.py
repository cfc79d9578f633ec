"""Tables of exchange rates and of money exchanged between the currencies of one fund.  Append-only.

A **position** is what a fund has bought of one currency with another, by exchange, and what that cost.  Each exchange
and each revaluation is one step of it, numbered without a gap, and says where the position stood before and after.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.ledger.models.checks import known


class StepKind(StrEnum):
    """What moved a position."""

    EXCHANGE = "exchange"
    REVALUATION = "revaluation"
    REVERSAL = "reversal"
    """An exchange or a revaluation that was recorded in error is taken back: the position is where it was before it."""


class ExchangeRate(Row, table=True):
    """What one `base` was worth in `quote` on a day, exactly, and who published it.

    One unit of `base` (a dollar, not a cent) is `numerator` / `denominator` units of `quote`.  A wrong rate is
    corrected by a new row; what was done with the old one keeps it.
    """

    __tablename__ = "exchange_rate"
    __table_args__ = (
        ForeignKeyConstraint(["corrects_id"], ["exchange_rate.id"]),
        ForeignKeyConstraint(["recorded_by"], ["staff_person.id"]),
        # So that a deed can freeze the rate it used.
        UniqueConstraint(
            "id", "base", "quote", "numerator", "denominator", "quoted_on", name="uq_exchange_rate_frozen"
        ),
        CheckConstraint("length(base) = 3 AND length(quote) = 3", name="currency_length"),
        CheckConstraint("base <> quote", name="currencies_differ"),
        CheckConstraint("numerator > 0 AND denominator > 0", name="ratio_positive"),
        CheckConstraint("source <> ''", name="source_given"),
        CheckConstraint("corrects_id <> id", name="not_its_own_correction"),
        Index(
            "uq_exchange_rate_published",
            "base",
            "quote",
            "quoted_on",
            "source",
            unique=True,
            sqlite_where=text("corrects_id IS NULL"),
            postgresql_where=text("corrects_id IS NULL"),
        ),
        Index(
            "uq_exchange_rate_corrects_id",
            "corrects_id",
            unique=True,
            sqlite_where=text("corrects_id IS NOT NULL"),
            postgresql_where=text("corrects_id IS NOT NULL"),
        ),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    base: str = Field(sa_type=Text)
    quote: str = Field(sa_type=Text)
    numerator: int = Field(sa_type=BigInteger)
    denominator: int = Field(sa_type=BigInteger)
    quoted_on: date = Field(sa_type=Date)
    source: str = Field(sa_type=Text)
    """Where it can be looked up: the central bank's bulletin, the Treasury's table, with its number."""
    corrects_id: str | None = Field(default=None, sa_type=Text)
    """The rate that this one replaces, at most once."""
    recorded_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class ExchangePosition(Row, table=True):
    """A fund's dealings between two currencies, and in which of the two gains and losses are measured.

    The two are kept in alphabetical order, so that there is one position of them and not two.
    """

    __tablename__ = "exchange_position"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        UniqueConstraint("fund_id", "currency_a", "currency_b", "measured_in", name="uq_exchange_position_measured_in"),
        CheckConstraint("currency_a < currency_b", name="currencies_ordered"),
        CheckConstraint("length(currency_a) = 3 AND length(currency_b) = 3", name="currency_length"),
        CheckConstraint("measured_in IN (currency_a, currency_b)", name="measured_in_one_of_them"),
        {"sqlite_strict": True},
    )

    fund_id: str = Field(primary_key=True, sa_type=Text)
    currency_a: str = Field(primary_key=True, sa_type=Text)
    currency_b: str = Field(primary_key=True, sa_type=Text)
    measured_in: str = Field(sa_type=Text)
    opened_at: datetime = Field(sa_type=Instant)


class ExchangeStep(Row, table=True):
    """An exchange by the bank's own amounts, or a revaluation, with the position before and after it.

    `held` is the other currency, bought (negative: sold) by exchange and not exchanged back; `cost` is what was paid
    for it (negative: got for it), in the currency measured in.
    """

    __tablename__ = "exchange_step"
    __table_args__ = (
        ForeignKeyConstraint(
            ["fund_id", "currency_a", "currency_b", "measured_in"],
            [f"exchange_position.{column}" for column in ("fund_id", "currency_a", "currency_b", "measured_in")],
        ),
        ForeignKeyConstraint(
            ["rate_id", "rate_base", "rate_quote", "rate_numerator", "rate_denominator", "rate_quoted_on"],
            [f"exchange_rate.{column}" for column in ("id", "base", "quote", "numerator", "denominator", "quoted_on")],
        ),
        ForeignKeyConstraint(["recorded_by"], ["staff_person.id"]),
        UniqueConstraint("id", name="uq_exchange_step_id"),
        UniqueConstraint("reference", name="uq_exchange_step_reference"),
        ForeignKeyConstraint(["reverses_id"], ["exchange_step.id"]),
        UniqueConstraint("reverses_id", name="uq_exchange_step_reverses_id"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint(known("kind", StepKind), name="kind_known"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal_of_a_step"),
        CheckConstraint("kind <> 'reversal' OR rate_id IS NULL", name="reversal_at_no_rate"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint("source <> ''", name="source_given"),
        CheckConstraint("sold_minor > 0 AND bought_minor > 0", name="amounts_positive"),
        CheckConstraint(
            "kind = 'reversal' OR (kind = 'exchange') = (sold_minor IS NOT NULL AND bought_minor IS NOT NULL"
            " AND sold_currency IS NOT NULL AND bought_currency IS NOT NULL)",
            name="exchange_whole",
        ),
        CheckConstraint(
            "kind = 'reversal' OR (kind = 'revaluation') = (sold_minor IS NULL AND bought_minor IS NULL"
            " AND sold_currency IS NULL AND bought_currency IS NULL AND rate_id IS NOT NULL)",
            name="revaluation_whole",
        ),
        CheckConstraint(
            "(sold_currency = currency_a AND bought_currency = currency_b)"
            " OR (sold_currency = currency_b AND bought_currency = currency_a)",
            name="of_the_position",
        ),
        CheckConstraint(
            "(rate_base = currency_a AND rate_quote = currency_b)"
            " OR (rate_base = currency_b AND rate_quote = currency_a)",
            name="rate_of_the_position",
        ),
        CheckConstraint("rate_quoted_on <= occurred_on", name="rate_quoted_before"),
        CheckConstraint(
            "(rate_id IS NULL) = (rate_base IS NULL) AND (rate_id IS NULL) = (rate_quote IS NULL)"
            " AND (rate_id IS NULL) = (rate_numerator IS NULL) AND (rate_id IS NULL) = (rate_denominator IS NULL)"
            " AND (rate_id IS NULL) = (rate_quoted_on IS NULL)",
            name="rate_whole",
        ),
        # What goes in and out of the position is what the bank's amounts say, to the last minor unit.
        CheckConstraint(
            "held_minor = held_before_minor + CASE WHEN sold_minor IS NULL THEN 0"
            " WHEN bought_currency <> measured_in THEN bought_minor ELSE -sold_minor END",
            name="held_follows",
        ),
        CheckConstraint(
            "cost_minor = cost_before_minor + gain_minor + CASE WHEN sold_minor IS NULL THEN 0"
            " WHEN bought_currency <> measured_in THEN sold_minor ELSE -bought_minor END",
            name="cost_follows",
        ),
        CheckConstraint("held_minor <> 0 OR cost_minor = 0", name="nothing_costs_nothing"),
        CheckConstraint(
            "(held_minor >= 0 AND cost_minor >= 0) OR (held_minor <= 0 AND cost_minor <= 0)", name="cost_on_one_side"
        ),
        {"sqlite_strict": True},
    )

    fund_id: str = Field(primary_key=True, sa_type=Text)
    currency_a: str = Field(primary_key=True, sa_type=Text)
    currency_b: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    """From 1, without a gap."""
    id: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    """The bank's, or our own; a second request with it is the first one again."""
    kind: str = Field(sa_type=Text)
    measured_in: str = Field(sa_type=Text)
    reverses_id: str | None = Field(default=None, sa_type=Text)
    """Of a reversal: the step it takes back, with its two sides swapped and its gain turned."""
    sold_currency: str | None = Field(default=None, sa_type=Text)
    sold_minor: int | None = Field(default=None, sa_type=BigInteger)
    bought_currency: str | None = Field(default=None, sa_type=Text)
    bought_minor: int | None = Field(default=None, sa_type=BigInteger)
    occurred_on: date = Field(sa_type=Date)
    source: str = Field(sa_type=Text)
    """The bank's advice, or on whose instruction the position was revalued."""
    rate_id: str | None = Field(default=None, sa_type=Text)
    """The published rate a revaluation used, or that an exchange was compared with; copied here with all it said."""
    rate_base: str | None = Field(default=None, sa_type=Text)
    rate_quote: str | None = Field(default=None, sa_type=Text)
    rate_numerator: int | None = Field(default=None, sa_type=BigInteger)
    rate_denominator: int | None = Field(default=None, sa_type=BigInteger)
    rate_quoted_on: date | None = Field(default=None, sa_type=Date)
    held_before_minor: int = Field(sa_type=BigInteger)
    cost_before_minor: int = Field(sa_type=BigInteger)
    held_minor: int = Field(sa_type=BigInteger)
    cost_minor: int = Field(sa_type=BigInteger)
    gain_minor: int = Field(sa_type=BigInteger)
    """In the currency measured in; negative is a loss.  Of an exchange it is realised, of a revaluation not."""
    recorded_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)
