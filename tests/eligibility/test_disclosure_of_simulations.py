"""What a saved simulation shows gives nobody away: not alone, not against its own sums, not beside another one."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reparations.eligibility.language import Outcome
from reparations.eligibility.rules.simulations import (
    KEY_SPACE,
    MOVED,
    SMALLEST,
    VIEWS,
    Cell,
    Counted,
    Move,
    Tally,
    find_age_band,
    find_move,
    move_count,
    show,
)

SEXES = ("female", "male", "other", "unknown")
PLACES = ("bogoro", "bunia", "kasenyi", "elsewhere")


def counted(seed: int, *, people: int) -> list[Counted]:
    random = Random(seed)  # noqa: S311 invented people
    outcomes = (*[Outcome.ELIGIBLE] * 4, *Outcome)
    return [
        Counted(
            key=random.randrange(KEY_SPACE),
            before=random.choice(outcomes),
            after=random.choice(outcomes),
            before_minor=random.choice((0, 25_000, 40_000)),
            after_minor=random.choice((0, 25_000, 50_000)),
            groups={"sex": random.choice(SEXES[: random.randrange(1, 5)]), "place": random.choice(PLACES)},
        )
        for _ in range(people)
    ]


def tally_of(claims: list[Counted]) -> Tally:
    tally = Tally()
    for claim in claims:
        tally.count(claim)
    return tally


def counts_in(shown: dict[str, Any]) -> list[int]:
    """Every count that is shown anywhere."""
    parts = [shown["whole"], *(row for rows in shown["groups"].values() for row in rows)]
    found = [part["claims"] for part in parts]
    found += [count for part in parts for view in VIEWS for count in part[view].values()]
    return [count for count in found if count is not None]


@given(seed=st.integers(0, 2**20), people=st.integers(0, 400))
def test_no_small_count_is_shown_and_none_can_be_summed_out(seed: int, people: int) -> None:
    shown: Any = show(tally_of(counted(seed, people=people)))

    assert all(count >= SMALLEST for count in counts_in(shown))
    whole, groups = shown["whole"], shown["groups"]
    for part in (row for rows in groups.values() for row in rows):
        for view in VIEWS:
            out = [value for value, count in part[view].items() if count is None]
            assert part["claims"] is None or len(out) != 1  # a single one left out is the sum less the rest
    for rows in groups.values():
        for view, values in VIEWS.items():
            for value in values:
                out_rows = [row["group"] for row in rows if row[view][value] is None]
                assert whole[view][value] is None or len(rows) == 1 or len(out_rows) != 1


@given(seed=st.integers(0, 2**20), people=st.integers(1, 300))
def test_counts_are_near_the_truth_and_always_moved_alike(seed: int, people: int) -> None:
    claims = counted(seed, people=people)

    assert show(tally_of(claims)) == show(tally_of(list(reversed(claims))))
    count: Any = show(tally_of(claims))["whole"]
    assert count["claims"] is None or abs(count["claims"] - people) <= MOVED


def test_one_person_more_or_less_is_not_seen_in_the_difference() -> None:
    """Over many groups of people that differ by one, the difference shown is anything but one."""
    seen: dict[int, int] = {}
    for seed in range(400):
        claims = counted(seed, people=60)
        one, other = (move_count(cell_of(part)) for part in (claims, claims[1:]))
        seen[one - other] = seen.get(one - other, 0) + 1

    assert seen.get(1, 0) < 400 * 0.2
    assert len(seen) > 2 * MOVED
    assert min(seen) < 0 < max(seen)


def cell_of(claims: list[Counted]) -> Cell:
    cell = Cell()
    for claim in claims:
        cell.add(Cell(1, claim.key))
    return cell


def test_a_cost_that_is_mostly_one_persons_is_not_shown() -> None:
    claims = [
        Counted(key, Outcome.ELIGIBLE, Outcome.ELIGIBLE, 100, 1_000_000 if key == 1 else 100, {}) for key in range(40)
    ]

    whole: Any = show(tally_of(claims))["whole"]

    assert whole["cost_before_minor"] is not None
    assert whole["cost_after_minor"] is None


def test_small_groups_are_put_together() -> None:
    claims = [
        Counted(number * 7_919, Outcome.ELIGIBLE, Outcome.ELIGIBLE, 100, 100, {"place": place})
        for number, place in enumerate(["bogoro"] * 40 + ["bunia"] * 30 + [f"hamlet {n}" for n in range(25)])
    ]

    shown: Any = show(tally_of(claims))

    assert [row["group"] for row in shown["groups"]["place"]] == ["bogoro", "bunia", "other"]


def test_a_tally_read_back_is_what_was_written() -> None:
    tally = tally_of(counted(7, people=50))

    assert Tally.from_list(tally.as_list()).as_list() == tally.as_list()


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("2013-05-02", "0-17"),
        ("2013-05-01", "18-34"),
        ("1981", "50-64"),
        ("1951-05-01", "80+"),
        (None, "unknown"),
        ("", "unknown"),
    ],
)
def test_an_age_is_a_band_on_the_day_of_the_simulation(born: str | None, band: str) -> None:
    assert find_age_band(born, on=date(2031, 5, 1)) == band


@pytest.mark.parametrize(
    ("after", "after_minor", "move"),
    [
        (Outcome.ELIGIBLE, 100, Move.SAME),
        (Outcome.ELIGIBLE, 99, Move.WORSE),
        (Outcome.ELIGIBLE, 101, Move.BETTER),
        (Outcome.MORE_INFORMATION_NEEDED, 0, Move.WORSE),
        (Outcome.NOT_ELIGIBLE, 0, Move.WORSE),
    ],
)
def test_a_claim_fares_by_its_outcome_and_then_by_its_amount(after: Outcome, after_minor: int, move: Move) -> None:
    assert find_move(Counted(1, Outcome.ELIGIBLE, after, 100, after_minor, {})) is move
