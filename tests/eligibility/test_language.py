"""What sentences mean: three truth values, exact amounts, stated roundings, calendar years."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reparations.eligibility.language import Assessor, Finding, RuleFileRefused, load_rule_set
from reparations.eligibility.language.evaluate import kleene_and, kleene_or, round_ratio
from reparations.eligibility.language.spans import age
from tests.eligibility.files import FACTS, PERSON, bent, facts, found, load

TRUTHS = (True, False, None)


@pytest.mark.parametrize("left", TRUTHS)
@pytest.mark.parametrize("right", TRUTHS)
def test_and_and_or_are_kleenes(left: bool | None, right: bool | None) -> None:  # noqa: FBT001 truth values
    rank = {False: 0, None: 1, True: 2}

    assert kleene_and([left, right]) is min((left, right), key=lambda value: rank[value])
    assert kleene_or([left, right]) is max((left, right), key=lambda value: rank[value])


@pytest.mark.parametrize(
    ("sentence", "known", "expected"),
    [
        ("present", {}, Finding.UNKNOWN),
        ("not present", {"present": True}, Finding.NOT_MET),
        ("present or site = north", {"site": "north"}, Finding.MET),
        ("present and site = north", {"site": "south"}, Finding.NOT_MET),
        ("present and site = north", {"present": True}, Finding.UNKNOWN),
        ("site != north", {"site": "south"}, Finding.MET),
        ("site not in {north, south}", {"site": "north"}, Finding.NOT_MET),
        ("site in {north, south}", {}, Finding.UNKNOWN),
        ("attacked_on within 2001-01-01 .. 2001-12-31", {"attacked_on": "2001-12-31"}, Finding.MET),
        ("attacked_on within war", {"attacked_on": "2004-01-01"}, Finding.NOT_MET),
        ("days_held + 2 >= 5", {"days_held": 3}, Finding.MET),
        ("days_held - 2 > 5", {"days_held": 3}, Finding.NOT_MET),
        ("paid_before <= USD 1.00", {"paid_before": 101}, Finding.NOT_MET),
        ("min(days_held, 3) = 3", {"days_held": 9}, Finding.MET),
        ("max(days_held, 3) = 3", {}, Finding.UNKNOWN),
        ("age(born, attacked_on) < 18", {"born": "1985-06-02", "attacked_on": "2003-06-01"}, Finding.MET),
        ("age(born, attacked_on) < 18", {"born": "1985-06-02", "attacked_on": "2003-06-02"}, Finding.NOT_MET),
        ("if present then days_held > 1 else days_held > 9", {"present": False, "days_held": 5}, Finding.NOT_MET),
        ("if present then days_held > 1 else days_held > 9", {"days_held": 5}, Finding.UNKNOWN),
        ("site is known", {}, Finding.UNKNOWN),
        ("site is known", {"site": "south"}, Finding.MET),
        ("amounts[wound, 2] > USD 299.99 and present", {"present": True}, Finding.MET),
    ],
)
def test_a_sentence_says_what_it_says(sentence: str, known: dict[str, object], expected: Finding) -> None:
    rules = bent("when: succession", f'when: "{sentence}"').replace(
        "fact: present, when: site", "fact: succession, when: site"
    )

    findings = Assessor(load_rule_set(rules, FACTS)).assess(facts(**known))

    assert findings.criteria["SUCCESSION"] is expected


WOUND = {"kind": "wound", "grade": 1, "established": True}
UNPROVEN = {"kind": "loss", "grade": 1, "established": False}


@pytest.mark.parametrize(
    ("sentence", "harms", "complete", "expected"),
    [
        ("some h in harms with (h.established)", [], None, Finding.UNKNOWN),
        ("some h in harms with (h.established)", [], False, Finding.UNKNOWN),
        ("some h in harms with (h.established)", [], True, Finding.NOT_MET),
        ("some h in harms with (h.established)", [WOUND], None, Finding.MET),
        ("some h in harms with (h.established)", [UNPROVEN, {"kind": "loss"}], True, Finding.UNKNOWN),
        ("no h in harms with (h.established)", [WOUND], None, Finding.NOT_MET),
        ("no h in harms with (h.established)", [UNPROVEN], True, Finding.MET),
        ("every h in harms with (h.established)", [], True, Finding.MET),
        ("every h in harms with (h.established)", [WOUND], None, Finding.UNKNOWN),
        ("every h in harms with (h.established)", [WOUND, UNPROVEN], None, Finding.NOT_MET),
        ("count h in harms with (h.established) >= 1", [WOUND], None, Finding.UNKNOWN),
        ("count h in harms with (h.established) >= 1", [WOUND], True, Finding.MET),
        ("highest h in harms with (h.established) of (h.grade) = 1", [WOUND, UNPROVEN], True, Finding.MET),
        (
            "total h in harms with (h.established) of (amounts[h.kind, h.grade]) = USD 200.00",
            [WOUND] * 2,
            True,
            Finding.MET,
        ),
        ("total h in harms with (h.established) of (h.grade) = 0", [], None, Finding.UNKNOWN),
    ],
)
def test_a_list_nobody_has_finished_asking_about_is_open(
    sentence: str,
    harms: list[dict[str, object]],
    complete: bool | None,  # noqa: FBT001 a fact
    expected: Finding,
) -> None:
    rules = bent("when: succession", f'when: "{sentence}"')
    known = facts(harms=harms) | ({} if complete is None else {"all_told": found(complete)})

    findings = Assessor(load_rule_set(rules, FACTS)).assess(known)

    assert findings.criteria["SUCCESSION"] is expected


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        ("round_down", [0, 0, 0, 1, 1, 2]),
        ("round_up", [1, 1, 1, 2, 2, 3]),
        ("round_half_up", [0, 1, 1, 1, 2, 3]),
        ("round_half_even", [0, 0, 1, 1, 2, 2]),
    ],
)
def test_a_rounding_does_what_it_is_called(rounding: str, expected: list[int]) -> None:
    halves = [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(5, 4), Fraction(3, 2), Fraction(5, 2)]

    assert [round_ratio(rounding, amount) for amount in halves] == expected


@given(st.fractions(min_value=-(10**6), max_value=10**6), st.sampled_from(["round_half_up", "round_half_even"]))
def test_a_rounded_amount_is_never_more_than_half_a_unit_off(amount: Fraction, rounding: str) -> None:
    assert abs(round_ratio(rounding, amount) - amount) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("on", "rule", "years"),
    [
        ("2018-02-28", "1 March", 17),
        ("2018-03-01", "1 March", 18),
        ("2018-02-27", "28 February", 17),
        ("2018-02-28", "28 February", 18),
        ("2020-02-28", "28 February", 19),
        ("2020-02-29", "28 February", 20),
    ],
)
def test_a_child_of_29_february_has_birthdays_as_the_file_says(on: str, rule: str, years: int) -> None:
    born = date(2000, 2, 29).toordinal()

    assert age(born, date.fromisoformat(on).toordinal(), rule) == years


def test_an_award_is_computed_step_by_step_to_the_cent() -> None:
    findings = Assessor(load()).assess(facts(**PERSON))

    assert findings.steps == {"worst": 10_000, "held": 2_000, "due": 11_998}
    assert findings.amount_minor == 11_998


def test_a_parameter_is_unknown_before_its_history_begins() -> None:
    rules = bent("2001-01-01: USD 1.00, 2002-01-01", "2002-07-01: USD 1.00, 2002-08-01")

    findings = Assessor(load_rule_set(rules, FACTS)).assess(facts(**PERSON))

    assert findings.outcome == "eligible_amount_pending"
    assert findings.steps["held"] is None


@pytest.mark.parametrize(
    "attack",
    [
        "__import__('os').system('id')",
        "present.__class__",
        "site = north; present",
        "eval(present)",
        "present if present else present",
        "lambda: 1",
        "f'{present}'",
        "harms[0]",
        "(" * 900,
        "not " * 240 + "present",
    ],
)
def test_nothing_in_a_sentence_runs(attack: str) -> None:
    quoted = attack.replace("'", "''")

    with pytest.raises(RuleFileRefused):
        load(bent("when: succession", f"when: '{quoted}'"))
