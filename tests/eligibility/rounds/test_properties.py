"""What holds of every round, whatever the claims, the terms and the pool."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from reparations.eligibility.rules.rounds import (
    ByDate,
    ByPriority,
    Entries,
    EqualOrLess,
    IfShort,
    Instalments,
    Method,
    PerHead,
    Phase,
    Pool,
    ProRata,
    Reason,
    Reserve,
    ReserveAt,
    Round,
    Terms,
    Threshold,
    Unspent,
    compute_round,
    explain_claim,
    explain_unspent,
)

AMOUNTS = st.one_of(st.integers(0, 12), st.integers(0, 10_000), st.integers(0, 2**53 - 1))
POSITIVE = AMOUNTS.map(lambda amount: amount + 1)
RATES = st.fractions(Fraction(1, 1000), Fraction(1), max_denominator=1000)
STREAMS = st.sampled_from(["", "A", "B"])


@st.composite
def claims(draw: st.DrawFn) -> Entries:
    """Up to a dozen claims, many of them alike."""
    rows = draw(
        st.lists(
            st.tuples(
                AMOUNTS,
                st.fractions(0, 1, max_denominator=8),
                STREAMS,
                st.sampled_from(["", "", "f", "g"]),
                st.integers(0, 3),
                st.none() | st.integers(1, 3),
            ),
            max_size=12,
        )
    )
    return Entries(
        claim_ids=[f"clm_{number}" for number in range(len(rows))],
        entitlements=[row[0] for row in rows],
        befores=[int(row[0] * row[1]) for row in rows],
        streams=[row[2] for row in rows],
        groups=[row[3] for row in rows],
        points=[row[4] for row in rows],
        days=[(row[5],) for row in rows],
    )


PHASES = st.lists(st.builds(Phase, POSITIVE, st.sampled_from([(), ("A",), ("", "B")])), min_size=1, max_size=3).map(
    tuple
)
MONOTONE: st.SearchStrategy[Method] = st.one_of(
    st.builds(EqualOrLess, PHASES),
    st.builds(ByPriority, st.none() | st.integers(0, 3), st.none() | POSITIVE, st.booleans()),
    st.builds(ByDate, st.none() | POSITIVE, st.booleans()),
    st.builds(PerHead, POSITIVE, st.none() | POSITIVE, st.integers(1, 100)),
)
"""Methods under which a larger pool never gives anybody less; a quota may move one unit by its rounding."""
METHODS: st.SearchStrategy[Method] = st.one_of(
    MONOTONE,
    st.builds(ProRata, RATES),
    st.builds(Threshold, POSITIVE, RATES),
    st.builds(EqualOrLess, PHASES, st.booleans()),
    st.builds(
        Instalments,
        st.dictionaries(STREAMS, RATES, min_size=1),
        st.sampled_from(IfShort),
        st.booleans(),
    ),
)
RESERVES = st.none() | st.builds(Reserve, POSITIVE)
CAPS = st.none() | POSITIVE


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    method = draw(METHODS)
    if isinstance(method, ProRata) and draw(st.booleans()):
        return Terms(method, Reserve(draw(POSITIVE), ReserveAt.QUOTA), draw(CAPS))
    return Terms(method, draw(RESERVES), draw(CAPS), draw(st.booleans()))


POOLS = st.builds(Pool, AMOUNTS, AMOUNTS, st.integers(0, 3), st.sampled_from(["a seed", "another"]))


def reordered(entries: Entries, order: list[int]) -> Entries:
    return Entries(
        **{
            name: [getattr(entries, name)[index] for index in order]
            for name in ("claim_ids", "entitlements", "befores", "streams", "groups", "points", "days")
        }
    )


def by_claim(entries: Entries, done: Round) -> dict[str, tuple[int, Reason, int | None]]:
    return {
        claim_id: (done.payable[index], done.reasons[index], done.ranks[index])
        for index, claim_id in enumerate(entries.claim_ids)
    }


@given(claims(), all_terms(), POOLS)
def test_the_pool_is_spent_to_the_last_unit_or_the_rest_is_explained(
    entries: Entries, terms: Terms, pool: Pool
) -> None:
    done = compute_round(entries, terms, pool)

    assert done.total_minor + sum(done.unspent.values()) == pool.pool_minor
    assert all(amount > 0 for amount in done.unspent.values())
    assert len(explain_unspent(done, currency="USD")) == len(done.unspent)


@given(claims(), all_terms(), POOLS)
def test_nobody_gets_more_than_is_open_and_all_together_not_more_than_the_cash(
    entries: Entries, terms: Terms, pool: Pool
) -> None:
    done = compute_round(entries, terms, pool)

    opens = [award - before for award, before in zip(entries.entitlements, entries.befores, strict=True)]
    assert all(0 <= now <= opened for now, opened in zip(done.payable, opens, strict=True))
    kept = done.unspent.get(Unspent.RESERVED, 0)
    assert done.total_minor + kept <= min(pool.pool_minor, pool.cash_minor)


@given(claims(), all_terms(), POOLS, st.randoms(use_true_random=False))
def test_the_order_of_filing_changes_nothing(entries: Entries, terms: Terms, pool: Pool, chance: Random) -> None:
    order = list(range(entries.count))
    chance.shuffle(order)
    other = reordered(entries, order)

    assert by_claim(other, compute_round(other, terms, pool)) == by_claim(entries, compute_round(entries, terms, pool))


@given(
    claims(),
    st.builds(Terms, MONOTONE, unit_paid_together=st.booleans()),
    st.tuples(AMOUNTS, st.integers(0, 50)),
    st.integers(0, 3),
)
def test_more_money_never_gives_anybody_less(
    entries: Entries, terms: Terms, pools: tuple[int, int], undecided: int
) -> None:
    money, more = pools
    less = compute_round(entries, terms, Pool(money, money, undecided, "a seed"))
    greater = compute_round(entries, terms, Pool(money + more, money + more, undecided, "a seed"))

    if not isinstance(terms.method, ByPriority | ByDate):
        assert all(a <= b for a, b in zip(less.payable, greater.payable, strict=True))
    else:
        assert less.total_minor <= greater.total_minor
        assert less.ranks == greater.ranks


@given(claims(), POOLS)
def test_a_larger_award_never_gets_less_pro_rata(entries: Entries, pool: Pool) -> None:
    fresh = replace(entries, befores=[0] * entries.count)

    done = compute_round(fresh, Terms(ProRata()), pool)

    ordered = sorted(zip(fresh.entitlements, done.payable, strict=True))
    assert all(small[1] <= large[1] for small, large in pairwise(ordered) if small[0] < large[0])


@given(claims(), POOLS, POSITIVE)
def test_a_family_never_gets_more_than_its_cap(entries: Entries, pool: Pool, cap: int) -> None:
    done = compute_round(entries, Terms(ProRata(), group_cap_minor=cap), pool)

    for family in ("f", "g"):
        members = [index for index, group in enumerate(entries.groups) if group == family]
        before = sum(entries.befores[index] for index in members)
        assert sum(done.payable[index] for index in members) <= max(0, cap - before)


@given(claims(), st.lists(AMOUNTS, min_size=1, max_size=4), st.integers(1, 4))
def test_rounds_one_after_another_never_pay_an_award_twice(entries: Entries, pools: list[int], undecided: int) -> None:
    terms = Terms(PerHead(10_000))
    befores = [0] * entries.count
    for money in pools:
        current = replace(entries, befores=befores)
        done = compute_round(current, terms, Pool(money, money, undecided, "a seed"))
        befores = [before + now for before, now in zip(befores, done.payable, strict=True)]

    assert all(before <= award for before, award in zip(befores, entries.entitlements, strict=True))
    assert sum(befores) <= min(sum(pools), 10_000)


@given(claims(), all_terms(), POOLS)
def test_every_claim_is_told_what_it_gets_and_why(entries: Entries, terms: Terms, pool: Pool) -> None:
    done = compute_round(entries, terms, pool)

    for index, now in enumerate(done.payable):
        told = explain_claim(entries, done, index, currency="JPY")
        assert f"payable now JPY {now};" in told
        assert "{" not in told
        paid_nothing = {
            Reason.AHEAD_OF_QUOTA,
            Reason.WAITS,
            Reason.BELOW_PRIORITY,
            Reason.NOT_YET,
            Reason.NOT_IN_ROUND,
            Reason.NOTHING_OPEN,
        }
        assert now == 0 or done.reasons[index] not in paid_nothing


QUEUES = st.one_of(
    st.builds(ByPriority, st.none() | st.integers(0, 3), st.none() | POSITIVE, st.booleans()),
    st.builds(ByDate, st.none() | POSITIVE, st.booleans()),
)


@given(claims(), st.builds(Terms, QUEUES, RESERVES, CAPS, st.just(value=True)), POOLS)
def test_a_family_paid_together_has_one_place_and_nobody_of_it_waits_for_another(
    entries: Entries, terms: Terms, pool: Pool
) -> None:
    done = compute_round(entries, terms, pool)

    for family in ("f", "g"):
        members = [index for index, group in enumerate(entries.groups) if group == family]
        served = [index for index in members if done.reasons[index] is not Reason.NOTHING_OPEN]
        assert len({done.ranks[index] for index in served}) <= 1
        assert len({done.reasons[index] in {Reason.WAITS, Reason.BELOW_PRIORITY} for index in served}) <= 1


@given(claims(), st.builds(Terms, METHODS.filter(lambda method: not isinstance(method, ByPriority | ByDate))), POOLS)
def test_outside_the_queues_paying_a_family_together_changes_nothing(
    entries: Entries, terms: Terms, pool: Pool
) -> None:
    together = compute_round(entries, replace(terms, unit_paid_together=True), pool)

    assert replace(together, terms=terms) == compute_round(entries, terms, pool)


@given(claims(), st.sampled_from(["a seed", "another"]))
def test_the_queue_is_the_plain_sort_by_score_day_and_lot(entries: Entries, seed: str) -> None:
    done = compute_round(entries, Terms(ByPriority()), Pool(0, 0, 0, seed))

    def place(index: int) -> tuple[int, bool, int, str]:
        (day,) = entries.days[index]
        lot = sha256(f"{seed}\n{entries.claim_ids[index]}".encode()).hexdigest()
        return -entries.points[index], day is None, day or 0, lot

    waiting = [index for index in range(entries.count) if entries.entitlements[index] > entries.befores[index]]
    queued = sorted(waiting, key=lambda index: done.ranks[index] or 0)
    assert queued == sorted(waiting, key=place)
