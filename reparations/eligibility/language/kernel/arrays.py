"""What each operation of the language does to columns.  The same table of truth as `language.evaluate`, array by array.

Every function is pure.  An array of length 1 stands for a constant and goes with arrays of any length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reparations.eligibility.language.kernel.columns import Truths, Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reparations.eligibility.language.kernel.columns import Bits, Numbers, Offsets

LOWEST = np.iinfo(np.int64).min
_FEW = 6
"""Up to so many categories a membership is a few comparisons, which are faster than a look-up."""

COMPARISONS = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


@dataclass(frozen=True, slots=True)
class Segments:
    """Which records of a list belong to which claim."""

    offsets: Offsets
    owners: NDArray[np.int64]
    """For each record the place of its claim."""

    @classmethod
    def of(cls, offsets: Offsets) -> Segments:
        """Cut records up by their claims."""
        return cls(offsets, np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)))

    @property
    def records(self) -> int:
        """How many records there are."""
        return len(self.owners)

    def spread(self, array: NDArray[Any]) -> NDArray[Any]:
        """Give each record the value of its claim."""
        return array if len(array) == 1 else array.take(self.owners)

    def total(self, array: NDArray[Any]) -> NDArray[np.int64]:
        """Add up by claim.

        The running sum over all claims may wrap round; the difference of two of them is right all the same, because
        the sum of one claim is known to fit.
        """
        running = np.zeros(self.records + 1, np.int64)
        np.cumsum(np.broadcast_to(array, self.records), out=running[1:])
        return np.diff(running.take(self.offsets))

    def any(self, bits: Bits) -> Bits:
        """Say for each claim whether a record of its has the bit."""
        running = np.zeros(self.records + 1, np.int32)
        np.cumsum(np.broadcast_to(bits, self.records), out=running[1:])
        at = running.take(self.offsets)
        found: Bits = at[1:] != at[:-1]
        return found

    def count(self, bits: Bits) -> NDArray[np.int64]:
        """Count for each claim the records that have the bit."""
        running = np.zeros(self.records + 1, np.int32)
        np.cumsum(np.broadcast_to(bits, self.records), out=running[1:])
        return np.diff(running.take(self.offsets)).astype(np.int64)

    def highest(self, array: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the highest value by claim, and `LOWEST` where there is no record."""
        found = np.full(len(self.offsets) - 1, LOWEST)
        filled = self.offsets[1:] > self.offsets[:-1]
        starts = self.offsets[:-1][filled]
        if len(starts):
            found[filled] = np.maximum.reduceat(np.broadcast_to(array, self.records), starts)
        return found


def conjoin(items: Sequence[Truths]) -> Truths:
    """Join by «and»: one no decides; otherwise one unknown leaves it open."""
    met, not_met = items[0].met, items[0].not_met
    for item in items[1:]:
        met, not_met = met & item.met, not_met | item.not_met
    return Truths(met, not_met)


def disjoin(items: Sequence[Truths]) -> Truths:
    """Join by «or»: one yes decides; otherwise one unknown leaves it open."""
    met, not_met = items[0].met, items[0].not_met
    for item in items[1:]:
        met, not_met = met | item.met, not_met & item.not_met
    return Truths(met, not_met)


def at_least(wanted: int, items: Sequence[Truths]) -> Truths:
    """Count a yes: enough of them decide, and so does it that there cannot be enough any more."""
    met = sum((item.met.astype(np.int16) for item in items), start=np.zeros(1, np.int16))
    not_met = sum((item.not_met.astype(np.int16) for item in items), start=np.zeros(1, np.int16))
    return Truths(met >= wanted, len(items) - not_met < wanted)


def negate(item: Truths) -> Truths:
    """Turn round; an unknown stays unknown."""
    return Truths(item.not_met, item.met)


def is_known(known: Bits) -> Truths:
    """Say «known», or leave it open; never a no."""
    return Truths(known, np.zeros(1, np.bool_))


def presume(found: Truths, when: Truths) -> Truths:
    """Supply a yes where nothing was found and the condition is met; what was found stands."""
    return Truths(found.met | (when.met & ~found.not_met), found.not_met)


def truths_where(result: Bits, known: Bits) -> Truths:
    """Make a truth of a result and of where it is known."""
    met = result & known
    return Truths(met, known ^ met)


def both_known(left: Bits, right: Bits) -> Bits:
    """Say where both operands are known; a constant's bit is not worth an array."""
    if len(left) == 1 and left[0]:
        return right
    if len(right) == 1 and right[0]:
        return left
    return left & right


def all_known(items: Sequence[Values]) -> Bits:
    """Say where every operand is known."""
    known = items[0].known
    for item in items[1:]:
        known = both_known(known, item.known)
    return known


def compare(sign: str, left: Values, right: Values) -> Truths:
    """Compare; unknown as soon as one side is."""
    return truths_where(COMPARISONS[sign](left.value, right.value), both_known(left.known, right.known))


def same_truth(left: Truths, right: Truths) -> Truths:
    """Say whether two truths are the same."""
    same = (left.met & right.met) | (left.not_met & right.not_met)
    return Truths(same, (left.met & right.not_met) | (left.not_met & right.met))


def membership(item: Values, places: Sequence[int], size: int) -> Truths:
    """Say whether a category is one of those at `places`, of `size` there are."""
    if len(places) <= _FEW:
        result = item.value == places[0]
        for place in places[1:]:
            result |= item.value == place
    else:
        listed = np.zeros(size, np.bool_)
        listed[list(places)] = True
        result = listed.take(item.value)
    return truths_where(result, item.known)


def choose_truths(when: Truths, then: Truths, otherwise: Truths) -> Truths:
    """Take one of two truths; unknown where the condition is."""
    met = (when.met & then.met) | (when.not_met & otherwise.met)
    return Truths(met, (when.met & then.not_met) | (when.not_met & otherwise.not_met))


def choose_values(when: Truths, then: Values, otherwise: Values) -> Values:
    """Take one of two values; unknown where the condition is."""
    known = (when.met & then.known) | (when.not_met & otherwise.known)
    return Values(np.where(when.met, then.value, otherwise.value), known)


def some(found: Truths, complete: Bits, segments: Segments) -> Truths:
    """Ask whether a record meets a condition; a no needs a complete list without an unknown."""
    records = segments.records
    met = segments.any(found.met)
    return Truths(met, complete & ~segments.any(~np.broadcast_to(found.not_met, records)))


def count(found: Truths, complete: Bits, segments: Segments) -> Values:
    """Count the records that meet a condition."""
    unknown = ~np.broadcast_to(found.met | found.not_met, segments.records)
    return Values(segments.count(found.met), complete & ~segments.any(unknown))


def highest(counts: Truths, amount: Values, complete: Bits, segments: Segments) -> Values:
    """Take the highest amount of the records that count; 0 if none does."""
    counted = counts.met & amount.known
    found = segments.highest(np.where(counted, amount.value, LOWEST))
    found[found == LOWEST] = 0
    return Values(found, complete & ~segments.any(_undecided(counts, counted, segments)))


def total(counts: Truths, amount: Values, complete: Bits, segments: Segments) -> Values:
    """Add up the amounts of the records that count."""
    counted = counts.met & amount.known
    found = segments.total(np.where(counted, amount.value, 0))
    return Values(found, complete & ~segments.any(_undecided(counts, counted, segments)))


def _undecided(counts: Truths, counted: Bits, segments: Segments) -> Bits:
    return ~np.broadcast_to(counts.not_met | counted, segments.records)


def undecided(lowest: Values, highest: Values) -> Values:
    """Take what a person decides between two ends: the lowest where no other end is higher, elsewhere unknown."""
    return Values(lowest.value, both_known(lowest.known, highest.known) & (highest.value <= lowest.value))


def extreme(items: Sequence[Values], *, highest_: bool) -> Values:
    """Take the lowest or the highest; unknown as soon as one is."""
    value: Numbers = items[0].value
    for item in items[1:]:
        value = (np.maximum if highest_ else np.minimum)(value, item.value)
    return Values(value, all_known(items))


def look_up(keys: Sequence[Values], lows: Sequence[int], cells: NDArray[np.int64]) -> Values:
    """Read a table at its keys; `lows` is what the first row of each key stands for."""
    index: Any = 0
    for key, low, size in zip(keys, lows, cells.shape, strict=True):
        index = index * size + (key.value.astype(np.int64) - low)
    return Values(cells.ravel().take(index), all_known(keys))
