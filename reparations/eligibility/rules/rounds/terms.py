"""What a round is asked to do: its method with its figures, what it keeps back, and the cap of a family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

ONE = Fraction(1)


class IfShort(StrEnum):
    """What becomes of an instalment that the pool does not cover."""

    WAIT = "wait"
    """Nobody is paid until it does."""
    PRO_RATA = "pro_rata"
    """It is paid as far as means suffice, the same share of it to everybody."""


class ReserveAt(StrEnum):
    """How much is kept back for a claim that is not decided yet."""

    FULL = "full"
    """The whole of what it could be awarded."""
    QUOTA = "quota"
    """Its share at the quota of this round, as if it were awarded the most."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """Money kept back, so that those decided later find as much as those decided now."""

    per_claim_minor: int
    """The most that one undecided claim could be awarded, minor units."""
    at: ReserveAt = ReserveAt.FULL


@dataclass(frozen=True, slots=True)
class ProRata:
    """One quota of every award; earlier payments count, so that who got nothing yet catches up first."""

    at_most: Fraction = ONE
    """No award is met above this quota."""
    stream_pools_minor: Mapping[str, int] = field(default_factory=dict)
    """What each stream has for itself; then each has a quota of its own.  Empty: one pool, one quota."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Awards up to an amount (and of exactly that amount) in full, one quota of those above it with what is left."""

    threshold_minor: int
    at_most: Fraction = ONE
    """No award above the threshold is met above this quota."""


@dataclass(frozen=True, slots=True)
class Phase:
    """An equal amount to each, or what is open of the award if that is less."""

    at_most_minor: int
    """What one claim gets in this phase at most."""
    streams: tuple[str, ...] = ()
    """Whom it is for; empty means all."""


@dataclass(frozen=True, slots=True)
class EqualOrLess:
    """Phases one after another, as far as the pool reaches; the phase in which it ends is filled to one level."""

    phases: tuple[Phase, ...]
    then_pro_rata: bool = False
    """Whether what is left after the last phase is shared in proportion to what is still open."""


@dataclass(frozen=True, slots=True)
class ByPriority:
    """The highest score first; on equal scores the earlier day, if there is one, then the lot.  Nobody overtakes."""

    at_least_points: int | None = None
    """Who has fewer waits for another round."""
    at_most_minor: int | None = None
    """What one claim gets in this round at most."""
    last_in_part: bool = False
    """Whether the first for whom the pool does not suffice gets what is left of it."""


@dataclass(frozen=True, slots=True)
class ByDate:
    """The earliest day first (of the violation, or of birth); of one day by the lot.  Nobody overtakes."""

    at_most_minor: int | None = None
    last_in_part: bool = False


@dataclass(frozen=True, slots=True)
class Instalments:
    """Each award up to a rate of it, by stream; what was paid before counts, so the parts sum to the award exactly."""

    up_to: Mapping[str, Fraction]
    """The rate to which an award is met after this round, by stream; ``""`` is every other stream."""
    if_short: IfShort = IfShort.WAIT
    only_when_all_decided: bool = False
    """Whether nothing is paid while a claim is undecided."""


@dataclass(frozen=True, slots=True)
class PerHead:
    """The same to everybody: a pot divided by the number of eligible claimants, up to an amount.

    While claims are undecided the number is the largest it can still become, so nobody is ever paid too much.
    """

    pot_minor: int
    """The whole pot over all rounds, minor units."""
    at_most_minor: int | None = None
    multiple_of_minor: int = 1
    """The amount is rounded down to a multiple of this."""


Method: TypeAlias = ProRata | Threshold | EqualOrLess | ByPriority | ByDate | Instalments | PerHead


@dataclass(frozen=True, slots=True)
class Terms:
    """All that a round is computed by, beside the entitlements and the pool."""

    method: Method
    reserve: Reserve | None = None
    group_cap_minor: int | None = None
    """What the claims of one family get together at most, over all rounds; applied before everything else."""
    unit_paid_together: bool = False
    """Whether the claims of one family or household are served together, at the place of the first of them.

    It concerns the queues only; all other methods pay everybody at once.
    """
