"""Exact division: both ways of dividing agree, and the lot decides what is left."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reparations.eligibility.rules.rounds.shares import (
    Lots,
    _share_in_64_bits,
    _share_in_integers,
    fill_to_level,
    share_by_largest_remainder,
)

WEIGHTS = st.lists(st.one_of(st.integers(0, 5), st.integers(0, 10**6)), min_size=1, max_size=40)
LARGE = st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=20)


def lots(count: int, seed: str = "a seed") -> Lots:
    return Lots(seed, [f"clm_{number}" for number in range(count)])


@given(WEIGHTS, st.fractions(0, 1))
def test_numpy_and_python_divide_alike(weights: list[int], part: Fraction) -> None:
    total = sum(weights)
    pool = int(total * part)
    if pool:
        in_64_bits = _share_in_64_bits(pool, weights, total, lots(len(weights)))
        assert in_64_bits == _share_in_integers(pool, weights, total, lots(len(weights)))


@given(WEIGHTS | LARGE, st.fractions(0, 1))
def test_shares_are_within_a_unit_of_their_quota_and_sum_to_the_pool(weights: list[int], part: Fraction) -> None:
    total = sum(weights)
    pool = int(total * part)

    shares = share_by_largest_remainder(pool, weights, lots(len(weights)))

    assert sum(shares) == pool
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))
    if total:
        distances = [abs(share * total - pool * weight) for share, weight in zip(shares, weights, strict=True)]
        assert max(distances) < total


def test_the_lot_is_the_hash_of_seed_and_claim() -> None:
    drawn = lots(1)(0)

    assert drawn == sha256(b"a seed\nclm_0").digest()


def test_units_left_over_go_to_the_lowest_lots() -> None:
    draw = lots(5)

    shares = share_by_largest_remainder(7, [3] * 5, draw)

    lowest = sorted(range(5), key=draw)[:2]
    assert [index for index, share in enumerate(shares) if share == 2] == sorted(lowest)


def test_another_seed_draws_others() -> None:
    winners = {
        share_by_largest_remainder(1, [1] * 20, lots(20, seed)).index(1)
        for seed in ("one", "two", "three", "four", "five")
    }

    assert len(winners) > 1


@pytest.mark.parametrize("pool", [-1, 11])
def test_a_pool_outside_the_weights_is_a_fault_of_the_caller(pool: int) -> None:
    with pytest.raises(ValueError, match="between nothing and the sum"):
        share_by_largest_remainder(pool, [10], lots(1))


@given(st.lists(st.integers(0, 1_000), max_size=20), st.integers(0, 12_000))
def test_everybody_below_the_cap_is_at_the_level_or_a_unit_above(caps: list[int], pool: int) -> None:
    shares, level = fill_to_level(pool, caps, lots(len(caps)))

    assert sum(shares) == min(pool, sum(caps))
    if level is None:
        assert shares == caps
    else:
        assert all(share - min(cap, level) in {0, 1} for share, cap in zip(shares, caps, strict=True))
        assert all(share <= cap for share, cap in zip(shares, caps, strict=True))
