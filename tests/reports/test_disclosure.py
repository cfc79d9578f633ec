"""What a donor's report may say about people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reparations.reports.evidence.disclosure import (
    FormFigures,
    GiftFigures,
    disclose_count,
    disclose_forms,
    disclose_gifts,
)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, None), (1, None), (9, None), (10, 10), (12, 10), (13, 15), (297, 295)]
)
def test_a_count_under_ten_is_not_shown_and_others_are_rounded_to_five(count: int, shown: int | None) -> None:
    assert disclose_count(count) == shown


@given(st.integers(min_value=10, max_value=10**6))
def test_rounding_never_moves_a_count_by_more_than_two(count: int) -> None:
    shown = disclose_count(count)

    assert shown is not None
    assert abs(shown - count) <= 2


def individual(people: int, paid: int) -> FormFigures:
    return FormFigures(("individual",), people * 25_000, paid * 25_000, people=people, people_paid=paid)


COLLECTIVE = FormFigures(("collective",), 9_000_000, 1_000_000)


def test_a_fund_of_one_form_is_shown_exactly() -> None:
    (row,) = disclose_forms([individual(280, 279)])

    assert (row.awarded_minor, row.people, row.paid_minor, row.owed_minor) == (7_000_000, 280, 6_975_000, 25_000)


def test_a_form_that_reached_few_people_is_shown_with_the_others() -> None:
    (row,) = disclose_forms([individual(9, 9), COLLECTIVE])

    assert row.forms == ("collective", "individual")
    assert (row.awarded_minor, row.people, row.paid_minor) == (9_225_000, None, 1_225_000)


@pytest.mark.parametrize("paid", [16, 1, 9])
def test_a_split_that_would_count_few_people_is_left_out_for_every_form(paid: int) -> None:
    rows = disclose_forms([individual(17, paid), COLLECTIVE])

    assert [row.awarded_minor for row in rows] == [425_000, 9_000_000]
    assert [row.people for row in rows] == [15, None]
    assert all(row.paid_minor is None and row.owed_minor is None for row in rows)


@pytest.mark.parametrize("paid", [0, 17])
def test_a_split_that_counts_nobody_or_everybody_is_shown(paid: int) -> None:
    rows = disclose_forms([individual(17, paid), COLLECTIVE])

    assert [row.paid_minor for row in rows] == [paid * 25_000, 1_000_000]


@given(people=st.integers(0, 60), paid=st.integers(0, 60))
def test_what_is_shown_never_lets_a_small_number_of_people_be_computed(people: int, paid: int) -> None:
    paid = min(paid, people)

    rows = disclose_forms([individual(people, paid), COLLECTIVE])

    assert sum(row.awarded_minor for row in rows) == people * 25_000 + COLLECTIVE.awarded_minor
    alone = [row for row in rows if row.forms == ("individual",)]
    for row in alone:
        computable = [row.awarded_minor, row.paid_minor, row.owed_minor]
        assert not any(amount is not None and 0 < amount // 25_000 < 10 for amount in computable)


def gift(people: int, paid: int) -> GiftFigures:
    return GiftFigures(people * 250, paid * 250, 1_000, people, paid)


def test_a_gift_that_paid_for_few_does_not_say_how_much() -> None:
    few, half, many = disclose_gifts([gift(3, 0), gift(40, 35), gift(60, 60)], sole_giver=False)

    assert (few.awards_minor, few.paid_minor, few.unspent_minor, few.people) == (None, None, None, None)
    assert (half.awards_minor, half.paid_minor, half.unspent_minor, half.people) == (10_000, None, 1_000, 40)
    assert (many.awards_minor, many.paid_minor, many.people) == (15_000, 15_000, 60)


def test_who_alone_gave_to_a_fund_learns_of_no_gift_by_subtracting() -> None:
    shown = disclose_gifts([gift(3, 3), gift(60, 60)], sole_giver=True)

    assert {(row.awards_minor, row.paid_minor, row.unspent_minor) for row in shown} == {(None, None, None)}


def test_a_gift_that_is_the_whole_fund_is_exact_as_the_fund_is() -> None:
    (shown,) = disclose_gifts([gift(3, 1)], sole_giver=True)

    assert (shown.awards_minor, shown.paid_minor, shown.people) == (750, 250, None)
