"""What goes into a round, claim by claim, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

from reparations.eligibility.models import RoundReason
from reparations.eligibility.rules.rounds.terms import Terms

Reason: TypeAlias = RoundReason
"""Why a claim gets what it gets in this round; stored with its line."""


class Unspent(StrEnum):
    """Why a part of the pool is not paid out."""

    ABOVE_CASH = "above_cash"
    """The pool is larger than the cash on hand."""
    RESERVED = "reserved"
    """Kept back for claims that are not decided."""
    ALL_PAID = "all_paid"
    """Everybody gets all that is open."""
    QUOTA_CEILING = "quota_ceiling"
    """The terms allow no higher quota."""
    STREAM_SURPLUS = "stream_surplus"
    """A stream has more than its claims may get."""
    NOT_ASSIGNED = "not_assigned"
    """The streams' pools do not add up to the pool."""
    PHASES_DONE = "phases_done"
    """Everybody has the equal amounts of all phases."""
    NEXT_IN_QUEUE = "next_in_queue"
    """Too little for the next in the queue, and nobody overtakes."""
    QUEUE_SERVED = "queue_served"
    """Everybody in the queue of this round has been served."""
    RATE_MET = "rate_met"
    """Everybody has the instalment; the rest belongs to later ones."""
    RATE_NOT_COVERED = "rate_not_covered"
    """The pool does not cover the instalment, and the terms let nobody be paid until it does."""
    UNDECIDED_CLAIMS = "undecided_claims"
    """The terms pay only when every claim is decided."""
    EQUAL_AMOUNT_MET = "equal_amount_met"
    """Everybody has the equal amount; what is left waits for claims not decided yet, or is the rounding."""


@dataclass(frozen=True, slots=True)
class Entries:
    """The claims of a round in columns; every column has a value for every claim.

    Amounts are minor units of one currency.
    """

    claim_ids: Sequence[str]
    entitlements: Sequence[int]
    """What each was awarded, in full."""
    befores: Sequence[int]
    """What was made payable to each before this round; not negative, and not above the entitlement."""
    streams: Sequence[str]
    groups: Sequence[str]
    """The family or household of each, for the cap and for being paid together; ``""`` means none."""
    points: Sequence[int]
    days: Sequence[tuple[int | None, ...]]
    """The days by which a queue goes, the first deciding, as proleptic ordinals; None is unknown and comes last."""

    @property
    def count(self) -> int:
        """How many claims."""
        return len(self.claim_ids)


@dataclass(frozen=True, slots=True)
class Pool:
    """The money of a round, and what is not known yet of those who share it."""

    pool_minor: int
    cash_minor: int
    """What may be spent at all; a round never goes above it."""
    undecided: int
    """Open claims without a final decision."""
    seed: str
    """Decides ties, with the claim's id; published with the round."""


@dataclass(frozen=True, slots=True)
class Quota:
    """The exact ratio at which a stream's awards are met after this round."""

    ratio: Fraction
    claims: int

    @property
    def percent(self) -> str:
        """The ratio in per cent, ten decimals, rounded down: ``17.9765432101``."""
        whole, part = divmod(self.ratio.numerator * 10**12 // self.ratio.denominator, 10**10)
        return f"{whole}.{part:010d}"


@dataclass(frozen=True, slots=True)
class Round:
    """What a round pays to whom, and what it does not spend; `payable` and `unspent` sum to the pool."""

    terms: Terms
    pool: Pool
    payable: Sequence[int]
    reasons: Sequence[Reason]
    ranks: Sequence[int | None]
    """Place in the queue, from 1; None outside queues.  Claims that are served together have the same."""
    capped: Sequence[bool]
    """Whether the family's cap took something off the claim."""
    quotas: Mapping[str, Quota]
    """By stream; ``""`` where all share one."""
    unspent: Mapping[Unspent, int]
    """Minor units, by why they are not spent; only what is above nothing."""
    level_minor: int | None = None
    """The equal amount that everybody gets, or the level at which the pool ended."""

    @property
    def total_minor(self) -> int:
        """What the round pays altogether."""
        return sum(self.payable)
