"""Everything beside criteria and award: elections, offsets, ranges, units, shares, benefits, priority, payment."""

from __future__ import annotations

from datetime import date

import pytest

from reparations.eligibility.language import (
    AmountOutOfRange,
    Assessor,
    Entitlement,
    ExampleFailed,
    Finding,
    Findings,
    Outcome,
    PaymentHolding,
    RuleFileRefused,
    check_examples,
    explain,
    load_examples,
    load_rule_set,
)
from reparations.eligibility.language.entitlement import WhenNobody
from tests.eligibility.files import found
from tests.eligibility.rich import EXPECTED, IN_TRUST, RICH_FACTS, bent_rich, example, load_rich, rich

FACTS = load_examples(example(), rich().rule_set)[0].facts
DECIDED = {"injury": 11_314_192}


def assess(decided: dict[str, int] | None = None, **changed: object) -> Findings:
    """Assess the killed man's claim with some facts changed; None forgets one."""
    recorded = {
        name: value
        for name, value in (dict(FACTS) | {n: v if v is None else found(v) for n, v in changed.items()}).items()
        if value is not None
    }
    return rich().assess(recorded, decided=DECIDED if decided is None else decided)


def entitlement(decided: dict[str, int] | None = None, **changed: object) -> Entitlement:
    """What follows for that claim."""
    follows = assess(decided, **changed).entitlement
    assert follows is not None
    return follows


def test_an_example_that_says_everything_comes_out() -> None:
    seen = check_examples(load_rich(), load_examples(example(), load_rich()))

    assert seen == {"RESIDENCE": frozenset({Finding.MET}), "ALIVE": frozenset({Finding.MET})}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("top_up: USD 91000.00", "top_up: USD 91000.01", "top_up is 9100000, not 9100001"),
        ("top_up: USD 91000.00", "owed_back: USD 1.00", "owed_back is 0, not 100"),
        ('points: "59"', 'points: "58"', "steps is {points: 59"),
        ("USD 106000.00, USD 125000.00", "USD 106000.00, USD 125000.01", "ranges is"),
        ("higher_sum: in_force", "higher_sum: lapsed", "elections is {higher_sum: in_force}"),
        ("earlier: USD 24141.92", "earlier: USD 24141.91", "offsets is"),
        ("unit: family", "unit: person", "unit is family, not person"),
        ("family_ceiling: USD 10000.00", "family_ceiling: USD 10000.01", "caps is"),
        ("USD 15333.34, USD 15333.33", "USD 15333.33, USD 15333.34", "shares is"),
        ("shared_as: heirs", "shared_as: nobody", "shared_as is heirs"),
        ("2030-03-01", "2030-02-28", "in_trust is"),
        ("substitute: not met", "substitute: met", "benefits is"),
        ('priority: "9"', 'priority: "8"', "priority is 9, not 8"),
        ("stream: killings", "stream: torture", "stream is killings"),
        ("instalments: [USD 92000.00]", "instalments: [USD 1.00]", "instalments is"),
        ("fee_at_most: USD 1380.00", "fee_at_most: USD 1380.01", "fee_at_most is 138000"),
        ("held_until: 1971-03-01", "held_until: unknown", "held_until is 1971-03-01, not unknown"),
    ],
)
def test_what_does_not_come_out_is_told(old: str, new: str, told: str) -> None:
    assert EXPECTED.count(old) == 1
    examples = load_examples(example(expected=EXPECTED.replace(old, new)), rich().rule_set)

    with pytest.raises(ExampleFailed, match=told):
        check_examples(rich().rule_set, examples)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("unit: family", "unit: tribe", "unknown_value"),
        ("higher_sum: in_force", "higher_sum: kept", "unknown_value"),
        ("higher_sum: in_force", "lower_sum: in_force", "unknown_name"),
        ("steps: {points", "steps: {marks", "unknown_name"),
        ('points: "59"', "points: many", "bad_number"),
        ("2030-03-01", "2030-02-30", "bad_date"),
        ("held_until: 1971-03-01", "held_until: no", "bad_date"),
        ("top_up: USD 91000.00", "top_up: EUR 91000.00", "currency"),
        ("stream: killings", "stream: floods", "unknown_value"),
        ("shares: [", "shares: [x, ", "currency"),
        ("ranges: {injury", "ranges: {due", "unknown_name"),
    ],
)
def test_an_expectation_that_cannot_be_read_is_refused(old: str, new: str, code: str) -> None:
    assert EXPECTED.count(old) == 1
    with pytest.raises(RuleFileRefused) as refused:
        load_examples(example(expected=EXPECTED.replace(old, new)), rich().rule_set)

    assert refused.value.problems[0].code == f"rules.{code}"


def test_a_decided_amount_outside_its_range_fails_the_example() -> None:
    examples = load_examples(example(decided="USD 125000.01"), rich().rule_set)

    with pytest.raises(ExampleFailed, match=r"outside its range, USD 106000\.00 \.\. USD 125000\.00"):
        check_examples(rich().rule_set, examples)


# Amounts a person decides


def test_until_a_person_decides_the_amount_is_pending_with_both_ends_and_nothing_is_asked() -> None:
    findings = assess(decided={})

    assert (findings.outcome, findings.asks) == (Outcome.ELIGIBLE_AMOUNT_PENDING, ())
    assert findings.ranges == {"injury": (10_600_000, 12_500_000)}
    assert findings.awaits_decision


@pytest.mark.parametrize("decided", [{"injury": 10_599_999}, {"injury": 12_500_001}, {"gross": 1}, {"nothing": 1}])
def test_what_cannot_be_decided_is_refused(decided: dict[str, int]) -> None:
    with pytest.raises(AmountOutOfRange):
        assess(decided)
    with pytest.raises(AmountOutOfRange):
        rich().compute_award(FACTS, decided=decided)


def test_both_ends_can_be_decided_and_an_award_computed_from_them() -> None:
    lowest, highest = (rich().compute_award(FACTS, decided={"injury": end}) for end in (10_600_000, 12_500_000))

    assert (lowest, highest) == (10_600_000 + 400_000 - 100_000 - 2_414_192, 12_500_000 + 400_000 - 2_514_192)


def test_where_both_ends_are_one_nothing_is_left_to_decide() -> None:
    findings = assess(decided={}, acts_points=0)

    assert findings.ranges == {"injury": (0, 0)}
    assert findings.outcome is Outcome.ELIGIBLE


def test_a_fact_a_range_lacks_is_asked_for() -> None:
    findings = assess(decided={}, uplift=None)

    assert findings.asks == ("uplift",)
    assert not findings.awaits_decision


# Elections, offsets, units, caps


@pytest.mark.parametrize(
    ("changed", "state", "difference"),
    [
        ({}, "in_force", 0),
        ({"filed_elsewhere": True}, "lapsed", -150_000),
        ({"chose_higher": False}, "not_chosen", -150_000),
    ],
)
def test_an_election_holds_while_its_condition_does(changed: dict[str, object], state: str, difference: int) -> None:
    findings = assess(None, **changed)

    assert findings.entitlement is not None
    assert findings.entitlement.elections == {"higher_sum": state}
    assert findings.amount_minor == 9_200_000 + difference


@pytest.mark.parametrize("missing", ["filed_elsewhere", "chose_higher"])
def test_an_election_nobody_knows_of_leaves_the_amount_open(missing: str) -> None:
    findings = assess(None, **{missing: None})

    assert findings.asks == (missing,)
    assert findings.entitlement is not None
    assert findings.entitlement.elections == {"higher_sum": "unknown"}


def test_offsets_never_take_more_than_there_is() -> None:
    findings = assess(advance=900_000_000)

    assert (findings.outcome, findings.amount_minor) == (Outcome.ELIGIBLE, 0)
    assert findings.entitlement is not None
    assert findings.entitlement.shares is None


def test_an_offset_nobody_has_finished_asking_about_leaves_the_amount_open() -> None:
    findings = assess(payments_known=None)

    assert (findings.asks, findings.amount_minor) == (("payments_known",), None)
    assert findings.entitlement is not None
    assert findings.entitlement.offsets == {"advance_payment": 100_000, "earlier": None}


def test_a_unit_is_that_of_the_first_case_met_or_the_plain_one_or_open() -> None:
    units = [entitlement(for_family=value).unit for value in (True, False, None)]

    assert units == ["family", "person", None]
    assert entitlement(for_family=None).asks == ("for_family",)


# Shares


def test_nothing_is_divided_before_all_persons_are_named() -> None:
    follows = entitlement(persons_known=None)

    assert follows.shares is not None
    assert follows.shares.parts is None
    assert follows.asks == ("persons_known",)


def test_who_stands_in_which_class_must_be_known() -> None:
    follows = rich().assess(dict(FACTS) | {"persons": [{"relation": found("spouse")}]}, decided=DECIDED).entitlement

    assert follows is not None
    assert follows.shares is not None
    assert follows.shares.parts is None
    assert follows.asks == ("persons.married_years",)


def test_a_claim_without_heirs_says_whose_it_is() -> None:
    follows = rich().assess(dict(FACTS) | {"persons": [{"relation": found("sibling")}]}, decided=DECIDED).entitlement

    assert follows is not None
    assert follows.shares is not None
    assert (follows.shares.nobody, follows.shares.parts and follows.shares.parts[0].amount_minor) == (
        WhenNobody.BACK_TO_FUND,
        0,
    )


def test_a_birthday_nobody_knows_is_said_and_asked_for() -> None:
    follows = rich().assess(dict(FACTS) | {"persons": [{"relation": found("child")}]}, decided=DECIDED).entitlement

    assert follows is not None
    assert follows.shares is not None
    assert follows.shares.parts is not None
    assert follows.shares.parts[0].age_unknown
    assert follows.asks == ("persons.born",)


def test_shares_that_may_exceed_the_award_are_each_rounded() -> None:
    follows = entitlement(act="displacement")

    assert follows.shares is not None
    assert follows.shares.parts is not None
    assert [part.amount_minor for part in follows.shares.parts] == [6_133_333] * 5


def test_an_award_that_is_not_divided_has_no_shares() -> None:
    assert entitlement(act="torture").shares is None


# Benefits, priority, payment


def test_a_benefit_depends_on_its_condition_and_on_being_eligible() -> None:
    refused = entitlement(deceased=True, died_on="2005-05-29")
    open_ = entitlement(deceased=None)

    assert {name: one.has for name, one in refused.benefits.items()} == {
        "housing": False,
        "substitute": False,
        "apology": True,
    }
    assert {name: one.has for name, one in open_.benefits.items()} == {
        "housing": None,
        "substitute": False,
        "apology": True,
    }
    assert entitlement(abroad=True).benefits["substitute"].value_minor == 371_000


def test_points_not_known_yet_are_none_and_shown() -> None:
    found_ = entitlement(ill=None).priority

    assert found_ is not None
    assert (found_.points, found_.possible) == (1, 9)


def test_a_stream_has_its_own_instalments_or_those_of_the_block() -> None:
    assert entitlement(act="torture").instalments == (3_220_000, 5_980_000)
    assert entitlement(act="displacement").stream is None
    assert entitlement(act=None).instalments == ()


def test_until_when_money_of_minors_is_held_is_said_or_asked_for() -> None:
    assert entitlement().in_trust == PaymentHolding("s. 28", date(1971, 3, 1))
    assert rich().hold_payment(FACTS) == PaymentHolding("s. 28", date(1971, 3, 1))
    for born in (None, "9990-01-01"):
        follows = entitlement(born=born)
        assert follows.in_trust == PaymentHolding("s. 28", None, ("born",))
        assert "born" in follows.asks
    assert entitlement(chose_higher=None).in_trust == PaymentHolding("s. 28", None, ("chose_higher",))


def test_no_money_is_held_of_whom_the_rules_exclude_and_of_who_has_none() -> None:
    assert entitlement(chose_higher=False).in_trust is None
    assert entitlement(deceased=True, died_on="2005-05-29").in_trust is None
    assert Assessor(load_rule_set(bent_rich(IN_TRUST, ""), RICH_FACTS)).hold_payment(FACTS) is None


@pytest.mark.parametrize(
    ("born", "text"),
    [
        ("1950-03-01", "What falls due before completing 21 years of life is held in trust until then."),
        (None, "Nothing is paid while it is not known whether it is held in trust. To be asked: Birthday"),
    ],
)
def test_an_explanation_says_that_minors_money_is_held_and_no_birthday(born: str | None, text: str) -> None:
    terms = explain(rich().rule_set, assess(born=born)).terms

    assert [(term.text, term.cite) for term in terms if term.part == "trust"] == [(text, "s. 28")]
    assert "1971" not in str(terms)


def test_the_days_of_the_queue_a_claim_stands_in_are_told_and_asked_for() -> None:
    assert entitlement().queue_days == {}
    assert entitlement(act="torture", violated_on="2003-02-24").queue_days == {"violated_on": 731_270}
    assert entitlement(act="torture").asks == ("violated_on",)
    assert entitlement(act="displacement").queue_days == {"born": 711_917}


def test_nothing_is_asked_for_these_before_the_claim_is_decided() -> None:
    findings = assess(deceased=None, ill=None, abroad=None)

    assert findings.asks == ("deceased", "died_on")
    assert findings.entitlement is not None
    assert findings.entitlement.asks == ()


def test_a_criterion_may_have_a_proof_standard_of_its_own() -> None:
    strict = Assessor(load_rule_set(bent_rich("    proof: asserted\n", ""), RICH_FACTS)).assess(FACTS)

    assert assess().criteria["RESIDENCE"] is Finding.MET
    assert strict.criteria["RESIDENCE"] is Finding.UNKNOWN
    assert strict.asks == ("in_photographs", "named_by_witness")


def test_an_explanation_says_what_follows_and_quotes_no_fact() -> None:
    findings = rich().assess(FACTS, trace=True, decided=DECIDED)

    explanation = explain(rich().rule_set, findings)

    texts = {term.name: term.text for term in explanation.terms}
    assert texts["earlier"] == "USD 24141.92 was paid before."
    assert "held in trust until 2030-03-01" in texts["heirs"]
    assert texts["substitute"] == "This is not given."
    assert explanation.award[1].decided_between == ("USD 106000.00", "USD 125000.00")
    assert all(term.cite and term.title for term in explanation.terms)
    assert not any(word in str(explanation.terms) for word in ("1955-01-01", "2012-02-29", "court"))


def test_a_lapsed_election_says_what_becomes_of_the_money() -> None:
    findings = assess(filed_elsewhere=True)

    text = {term.name: term.text for term in explain(rich().rule_set, findings).terms}["higher_sum"]

    assert text.endswith("Money paid above what is due then: it is owed back.")
