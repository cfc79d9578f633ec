"""Counting years, months and days; compounding; «at least»; products of several factors."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reparations.eligibility.language import Assessor, Finding, RuleFileRefused, load_rule_set, spans
from reparations.eligibility.language.evaluate import kleene_at_least
from tests.eligibility.files import FACTS, bent, facts, load

DAYS = st.dates(date(1800, 1, 1), date(2300, 1, 1)).map(date.toordinal)
RULES_FOR_DAYS = st.sampled_from(spans.BIRTHDAY_RULES)
S = "when: succession"


def ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


@pytest.mark.parametrize(
    ("first", "last", "between", "started"),
    [
        ("1958-09-01", "1958-12-20", (0, 3), (1, 4)),
        ("1958-09-01", "1959-08-31", (0, 11), (1, 12)),
        ("1958-09-01", "1959-09-01", (1, 12), (2, 13)),
        ("1958-09-01", "1958-09-01", (0, 0), (1, 1)),
        ("1958-09-01", "1958-08-31", (0, 0), (0, 0)),
        ("2000-01-31", "2000-03-01", (0, 1), (1, 2)),
        ("2000-02-29", "2001-03-01", (1, 12), (2, 13)),
    ],
)
def test_a_part_counts_as_whole_only_where_it_says_started(
    first: str, last: str, between: tuple[int, int], started: tuple[int, int]
) -> None:
    days = (ordinal(first), ordinal(last), "1 March")

    assert (spans.years_between(*days), spans.months_between(*days)) == between
    assert (spans.years_started(*days), spans.months_started(*days)) == started


@pytest.mark.parametrize(
    ("first", "last", "rule", "months"),
    [
        ("2001-01-31", "2001-02-28", "28 February", 1),
        ("2001-01-31", "2001-02-28", "1 March", 0),
        ("2001-01-31", "2001-03-01", "1 March", 1),
        ("2001-01-31", "2001-04-29", "28 February", 2),
        ("2001-01-31", "2001-04-30", "28 February", 3),
        ("2001-01-31", "2001-05-01", "1 March", 3),
    ],
)
def test_a_day_a_month_does_not_have_follows_the_file(first: str, last: str, rule: str, months: int) -> None:
    assert spans.months_between(ordinal(first), ordinal(last), rule) == months


@pytest.mark.parametrize(
    ("first", "last", "month", "years"),
    [
        ("1958-09-01", "1958-12-20", 9, 1),
        ("1958-08-31", "1958-09-01", 9, 2),
        ("1958-09-01", "1965-06-30", 9, 7),
        ("1958-09-01", "1965-06-30", 1, 8),
        ("1958-09-01", "1958-08-31", 9, 0),
    ],
)
def test_school_years_are_counted_by_where_the_time_falls(first: str, last: str, month: int, years: int) -> None:
    assert spans.years_touched(ordinal(first), ordinal(last), month) == years


@given(DAYS, DAYS, RULES_FOR_DAYS)
def test_completed_years_are_those_of_age(first: int, last: int, rule: str) -> None:
    assert spans.years_between(first, last, rule) == max(spans.age(first, last, rule), 0)


@given(DAYS, DAYS, DAYS, RULES_FOR_DAYS)
def test_no_count_falls_when_the_time_grows(first: int, last: int, later: int, rule: str) -> None:
    """The ranges of the static check are the counts at the ends of the days' ranges: this is why that is sound."""
    last, later = sorted((last, later))

    for count in (spans.age, spans.years_between, spans.months_between, spans.years_started, spans.months_started):
        assert count(first, last, rule) <= count(first, later, rule)
        assert count(later, first, rule) <= count(last, first, rule)


@given(DAYS, st.integers(0, 99), RULES_FOR_DAYS)
def test_a_birthday_is_the_first_day_of_that_age(born: int, years: int, rule: str) -> None:
    day = spans.birthday(born, years, rule).toordinal()

    assert spans.age(born, day, rule) == years
    assert spans.age(born, day - 1, rule) == years - 1


@given(st.lists(st.sampled_from([True, False, None]), max_size=8), st.integers(1, 8))
def test_at_least_is_decided_as_soon_as_no_unknown_can_matter(values: list[bool | None], wanted: int) -> None:
    if_no, if_yes = (sum(value is True or (value is None and guess) for value in values) for guess in (False, True))

    expected = True if if_no >= wanted else None if if_yes >= wanted else False
    assert kleene_at_least(wanted, values) is expected


@pytest.mark.parametrize(
    ("sentence", "known", "expected"),
    [
        ("years_started(born, attacked_on) = 3", {"born": "2000-01-01", "attacked_on": "2002-06-01"}, Finding.MET),
        ("years_between(born, attacked_on) = 2", {"born": "2000-01-01", "attacked_on": "2002-06-01"}, Finding.MET),
        ("months_started(born, attacked_on) = 2", {"born": "2002-05-01", "attacked_on": "2002-06-01"}, Finding.MET),
        ("months_between(born, attacked_on) = 1", {"born": "2002-05-01", "attacked_on": "2002-06-01"}, Finding.MET),
        ("days_between(born, attacked_on) + 1 = 32", {"born": "2002-05-01", "attacked_on": "2002-06-01"}, Finding.MET),
        ("years_touched(born, attacked_on, 9) = 1", {"born": "2001-09-01", "attacked_on": "2002-06-01"}, Finding.MET),
        ("years_started(born, attacked_on) = 3", {"born": "2000-01-01"}, Finding.UNKNOWN),
        ("at_least(2, present, succession, site = north)", {"present": True, "site": "north"}, Finding.MET),
        ("at_least(2, present, succession, site = north)", {"present": False, "site": "south"}, Finding.NOT_MET),
        ("at_least(2, present, succession, site = north)", {"present": False}, Finding.UNKNOWN),
        ("round_up(days_held * 3 * 1%) = 6", {"days_held": 177}, Finding.MET),
        ("round_half_up(days_held * 50% + days_held * 1/3) = 8", {"days_held": 10}, Finding.MET),
        ("round_down(paid_before * 1/3 * 2) = USD 6.66", {"paid_before": 1_000}, Finding.MET),
        ("round_half_up(USD 1.00 * 15000 * 100000/195583) = USD 7669.38 and present", {"present": True}, Finding.MET),
        (
            "round_half_up(compound(paid_before, 1.9%, min(years_between(born, attacked_on), 60))) = USD 24141.92",
            {"paid_before": 2_000_000, "born": "1992-01-01", "attacked_on": "2002-01-01"},
            Finding.MET,
        ),
    ],
)
def test_a_sentence_counts_as_it_says(sentence: str, known: dict[str, object], expected: Finding) -> None:
    rules = bent(S, f'when: "{sentence}"')

    assert Assessor(load_rule_set(rules, FACTS)).assess(facts(**known)).criteria["SUCCESSION"] is expected


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("years_started(born, days_held) > 1", "type"),
        ("years_started(born) > 1", "type"),
        ("years_touched(born, attacked_on) > 1", "type"),
        ("years_touched(born, attacked_on, 13) > 1", "type"),
        ("years_touched(born, attacked_on, days_held) > 1", "type"),
        ("at_least(0, present, succession)", "type"),
        ("at_least(3, present, succession)", "type"),
        ("at_least(present, succession)", "type"),
        ("at_least(1, days_held)", "type"),
        ("at_least(days_held, present)", "type"),
        ("compound(paid_before, 1.9%, 3) > USD 1.00", "type"),
        ("round_up(compound(paid_before, 3, 3)) > USD 1.00", "type"),
        ("round_up(compound(paid_before, 101%, 3)) > USD 1.00", "amount"),
        ("round_up(compound(paid_before, 1.9%, years_between(born, attacked_on))) > USD 1.00", "range"),
        ("round_up(compound(paid_before, 1.9%, age(born, attacked_on))) > USD 1.00", "range"),
        ("round_up(compound(paid_before, 100%, min(years_between(born, attacked_on), 60))) > USD 1.00", "overflow"),
        ("round_up(days_held * 50%) > USD 1.00", "type"),
        ("days_held * 50% > 3", "type"),
        ("days_held * 50% + paid_before > 3", "type"),
        ("round_up(paid_before * 50% * paid_before) > USD 1.00", "type"),
        ("paid_before * days_held * 1000000 > USD 1.00", "overflow"),
        ("years_started(filed, attacked_on) > 3", "time_limit"),
        ("days_between(attacked_on, filed) < 3650", "time_limit"),
        ("at_least(1, present, filed < 2015-01-01)", "time_limit"),
        ("not at_least(1, succession, present)", "presumption_against"),
        ("at_least(1, present, days_held >= 0)", "constant_criterion"),
        ("at_least(2, present, days_held > 4000)", "constant_criterion"),
        ("days_between(born, attacked_on) >= 0", "constant_criterion"),
    ],
)
def test_what_cannot_be_counted_is_refused(sentence: str, code: str) -> None:
    with pytest.raises(RuleFileRefused) as refused:
        load(bent(S, f'when: "{sentence}"'))

    assert f"rules.{code}" in {problem.code for problem in refused.value.problems}


def test_counting_years_needs_the_rule_for_29_february_and_counting_days_does_not() -> None:
    without = bent("birthdays_of_29_february: 1 March\n", "")

    assert load(without.replace(S, "when: days_between(born, attacked_on) > 3")).identity
    assert load(without.replace(S, "when: years_touched(born, attacked_on, 9) > 3")).identity
    with pytest.raises(RuleFileRefused) as refused:
        load(without.replace(S, "when: years_started(born, attacked_on) > 3"))
    assert refused.value.problems[0].code == "rules.birthday_rule"
