"""The Katanga rules: their worked examples, their coverage, and the example's claimants."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from reparations.eligibility.errors import ExampleFailed, RuleFileRefused, RuleFilesMissing
from reparations.eligibility.files import list_versions, read_version
from reparations.eligibility.language import Finding, Outcome, check_examples, explain, load_examples
from reparations.registry.intake import read_claims
from tests.eligibility.files import KATANGA, PERSON, facts, invented, katanga, katanga_files

CLAIMANTS = Path(__file__).resolve().parents[2] / "examples" / "katanga" / "claimants.csv"


def test_every_worked_example_comes_out_as_it_says_and_each_criterion_is_seen_met_not_met_and_unknown() -> None:
    rule_set = katanga().rule_set

    seen = check_examples(rule_set, load_examples(katanga_files().examples, rule_set))

    assert seen == {criterion.code: frozenset(Finding) for criterion in rule_set.criteria}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("award: USD 250.00", "award: USD 251.00", "the award is 25000 minor units, not 25100"),
        ("outcome: eligible", "outcome: not eligible", "the outcome is eligible"),
        ("met: [IDENTITY, PLACE, DATE, PRESENT, HARM]", "not_met: [PLACE]", "PLACE is met"),
        ("asks: [harms_complete]", "asks: [present_at_attack]", "it asks for harms_complete"),
        ("grounds: [DATE]", "grounds: [PLACE]", "the grounds are DATE"),
    ],
)
def test_an_example_that_does_not_come_out_is_told(old: str, new: str, told: str) -> None:
    text = katanga_files().examples.replace(old, new, 1)

    with pytest.raises(ExampleFailed, match=told):
        check_examples(katanga().rule_set, load_examples(text, katanga().rule_set))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("rule_set: icc-katanga", "rule_set: another", "wrong_rule_set"),
        ("capacity: direct", "capacity: friend", "bad_value"),
        ("identity_established: yes", "identity_established: perhaps", "bad_value"),
        ("identity_established: yes", "identity: yes", "unknown_name"),
        ("outcome: eligible", "outcome: splendid", "unknown_value"),
        ("award: USD 250.00", "award: EUR 250.00", "currency"),
        ("award: USD 250.00", "award: USD much", "amount"),
        ("proof: asserted", "proof: sworn", "unknown_value"),
        ("met: [IDENTITY, PLACE", "met: [PLACES", "unknown_name"),
    ],
)
def test_an_example_that_cannot_be_read_is_refused_with_its_place(old: str, new: str, code: str) -> None:
    text = katanga_files().examples.replace(old, new, 1)

    with pytest.raises(RuleFileRefused) as refused:
        load_examples(text, katanga().rule_set)

    assert refused.value.problems[0].code == f"rules.{code}"
    assert refused.value.problems[0].at.line > 1


def test_the_rules_say_that_nobody_has_compared_them_yet() -> None:
    rule_set = katanga().rule_set

    assert rule_set.status == "illustrative"
    assert "24 March 2017" in rule_set.authority
    assert all(criterion.cite for criterion in rule_set.criteria)


def test_the_examples_claimants_come_out_as_published() -> None:
    """330 rows: 299 eligible for USD 250, of which 4 are entered twice, and 2 who lack a paper join them later: 297."""
    rows = read_claims(CLAIMANTS.read_bytes()).rows

    outcomes = Counter(
        (findings.outcome.value, findings.amount_minor)
        for findings in (katanga().assess(row.request["facts"]) for row in rows)
    )

    assert outcomes == {
        ("eligible", 25_000): 299,
        ("eligible", 0): 2,
        ("not_eligible", 0): 19,
        ("more_information_needed", None): 10,
    }


def test_an_explanation_names_sources_and_labels_and_no_value() -> None:
    recorded = facts(**(PERSON | {"site": "south", "attacked_on": "2004-01-01"}))
    assessor = invented()

    explanation = explain(assessor.rule_set, assessor.assess(recorded, trace=True))

    by_code = {criterion.code: criterion for criterion in explanation.criteria}
    assert explanation.outcome is Outcome.NOT_ELIGIBLE
    assert explanation.grounds == ("TIME",)
    assert by_code["TIME"].text == "This is not met. It rests on: The day – found."
    assert by_code["PRESENCE"].text.endswith("The place – found.")
    assert (by_code["TIME"].cite, by_code["TIME"].applies) == ("Order 8", True)
    assert not by_code["SUCCESSION"].applies
    assert "illustrative" in explanation.notes[0]
    assert not any(value in str(explanation) for value in ("2004-01-01", "south", "wound"))


def test_an_explanation_says_what_to_ask() -> None:
    assessor = invented()

    explanation = explain(assessor.rule_set, assessor.assess(facts(standing="person"), trace=True))

    asked = {question.fact: question.question for question in explanation.questions}
    assert asked["present"] == "Who saw the claimant there?"
    assert asked["all_told"] == "All harms told"
    assert explanation.award == ()


def test_a_folder_of_rules_is_read_or_its_gap_named(tmp_path: Path) -> None:
    assert list_versions(KATANGA.parent) == [KATANGA, KATANGA.parent / "v0002"]
    assert list_versions(KATANGA) == [KATANGA]
    with pytest.raises(RuleFilesMissing, match=r"no rules\.yaml"):
        list_versions(tmp_path)
    (tmp_path / "rules.yaml").write_bytes(b"\xff")
    with pytest.raises(RuleFilesMissing, match="not text in UTF-8"):
        read_version(tmp_path)
    (tmp_path / "rules.yaml").write_text("rule_set: x")
    with pytest.raises(RuleFilesMissing, match=r"no facts\.yaml"):
        read_version(tmp_path)
