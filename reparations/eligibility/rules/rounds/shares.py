"""Exact division: largest remainder, one level for all, and the lot that decides ties.

Ties are decided by the hash of the round's seed and the claim's id, which anybody can compute again and nobody can
choose; never by the order of filing.  Where every product provably fits in 64 bits numpy divides, else Python does; the
results are the same (`tests/eligibility/rounds/test_shares.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

_INT64_MAX = 2**63 - 1


class Lots:
    """The lot of each claim of a round."""

    def __init__(self, seed: str, claim_ids: Sequence[str]) -> None:
        """Draw nothing yet: most lots are never needed."""
        self._prefix = f"{seed}\n"
        self._claim_ids = claim_ids

    def __call__(self, index: int) -> bytes:
        """Return ``sha256(seed, line feed, claim id)``."""
        return sha256(f"{self._prefix}{self._claim_ids[index]}".encode()).digest()

    def among(self, indices: Sequence[int], *others: str) -> Lots:
        """Return the lots of some of the claims, by their place in `indices`; `others` draw by their own names."""
        lots = Lots("", [*(self._claim_ids[index] for index in indices), *others])
        lots._prefix = self._prefix
        return lots

    def lowest(self, count: int, indices: Sequence[int]) -> list[int]:
        """Return the `count` indices with the lowest lots."""
        return list(indices) if count >= len(indices) else sorted(indices, key=self)[:count]


def share_by_largest_remainder(pool: int, weights: Sequence[int], lots: Lots) -> list[int]:
    """Split `pool` in proportion to `weights`, to the last unit: each share rounded down, the units left over one each
    to the largest remainders, ties by lot.  No share is a whole unit off its quota, none is above its weight.

    Args:
        pool: not negative, not above the sum of `weights`.
        weights: not negative.
        lots: by the index of the weight.

    Source:
        Largest remainder (Hamilton): Balinski and Young, *Fair Representation*, 2nd ed. (2001), ch. 2.
    """
    total = sum(weights)
    if not 0 <= pool <= total:
        message = "the pool must lie between nothing and the sum of the weights"
        raise ValueError(message)
    if pool == 0:
        return [0] * len(weights)
    if pool * max(weights) <= _INT64_MAX and total <= _INT64_MAX:
        return _share_in_64_bits(pool, weights, total, lots)
    return _share_in_integers(pool, weights, total, lots)


def _share_in_64_bits(pool: int, weights: Sequence[int], total: int, lots: Lots) -> list[int]:
    shares, remainders = np.divmod(np.asarray(weights, dtype=np.int64) * np.int64(pool), np.int64(total))
    left = pool - int(shares.sum())
    if left:
        cut = len(remainders) - left
        smallest = np.partition(remainders, cut)[cut]
        above = np.flatnonzero(remainders > smallest)
        tied = np.flatnonzero(remainders == smallest).tolist()
        shares[above] += 1
        shares[lots.lowest(left - len(above), tied)] += 1
    whole: list[int] = shares.tolist()
    return whole


def _share_in_integers(pool: int, weights: Sequence[int], total: int, lots: Lots) -> list[int]:
    shares: list[int] = []
    remainders: list[int] = []
    for weight in weights:
        share, remainder = divmod(weight * pool, total)
        shares.append(share)
        remainders.append(remainder)
    left = pool - sum(shares)
    if left:
        smallest = sorted(remainders)[-left]
        above = [index for index, remainder in enumerate(remainders) if remainder > smallest]
        tied = [index for index, remainder in enumerate(remainders) if remainder == smallest]
        for index in above + lots.lowest(left - len(above), tied):
            shares[index] += 1
    return shares


def fill_to_level(pool: int, caps: Sequence[int], lots: Lots) -> tuple[list[int], int | None]:
    """Give everybody the same, or his cap if that is less, until the pool ends; the last units go by lot.

    Args:
        pool: not negative.
        caps: what each may get, not negative.
        lots: by the index of the cap.

    Returns:
        the shares, and the level that was reached; None if the pool sufficed for every cap.
    """
    if sum(caps) <= pool:
        return list(caps), None
    level, left, waiting = 0, pool, len(caps)
    for cap in sorted(caps):
        needed = (cap - level) * waiting
        if needed > left:
            step, left = divmod(left, waiting)
            level += step
            break
        level, left, waiting = cap, left - needed, waiting - 1
    shares = [min(cap, level) for cap in caps]
    above = [index for index, cap in enumerate(caps) if cap > level]
    for index in lots.lowest(left, above) if left else ():
        shares[index] += 1
    return shares, level
