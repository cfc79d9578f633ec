"""A rule file is text: nothing in it is guessed, nothing in it runs, and what is wrong is told with its place."""

from __future__ import annotations

import pytest

from reparations.eligibility.language import Problem, RuleFileRefused, load_rule_set, load_schema
from reparations.eligibility.language.document import Section, Words, read_document
from tests.eligibility.files import FACTS, RULES, bent, load


def problems_of(rules: str, facts: str = FACTS) -> list[Problem]:
    with pytest.raises(RuleFileRefused) as refused:
        load_rule_set(rules, facts)
    return list(refused.value.problems)


def test_every_scalar_stays_the_text_its_author_wrote() -> None:
    text = "country: NO\noctal: 010\nfraction: 0.10\ntime: 12:30\nday: 2003-02-24\nnothing: ~\n"

    document = read_document(text, "x.yaml")

    assert {key: value.text for key, value in document.entries.items() if isinstance(value, Words)} == {
        "country": "NO",
        "octal": "010",
        "fraction": "0.10",
        "time": "12:30",
        "day": "2003-02-24",
        "nothing": "~",
    }


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: 1\na: 2\n", "rules.duplicate_key", "2:1"),
        ("a: &x 1\nb: *x\n", "rules.anchor", "1:4"),
        ("a: !!python/object/apply:os.system [id]\n", "rules.tag", "1:4"),
        ("a: 1\n<<: {b: 2}\n", "rules.bad_key", "2:1"),
        ("? [a, b]\n: 1\n", "rules.bad_key", "1:3"),
        ("a: 1\n---\nb: 2\n", "rules.several_documents", "2:1"),
        ("- a\n", "rules.not_a_mapping", "1:1"),
        ("", "rules.not_a_mapping", "1:1"),
        ("a: [1\n", "rules.not_yaml", "2:1"),
        ('a: "\\UFFFFFFFF"\n', "rules.not_yaml", "1:1"),
        ('a: "\\ud800"\n', "rules.bad_character", "1:4"),
        ('a: "x\\u202ey"\n', "rules.bad_character", "1:4"),
        ("a: " + "[" * 30 + "]" * 30, "rules.too_deep", "1:28"),
        ("a: " + "x" * 5_000, "rules.text_too_long", "1:4"),
        ("a: " + "x" * (512 * 1024), "rules.too_large", "1:1"),
    ],
)
def test_what_the_language_leaves_out_of_yaml_is_refused_with_its_place(text: str, code: str, place: str) -> None:
    with pytest.raises(RuleFileRefused) as refused:
        read_document(text, "x.yaml")

    (problem,) = refused.value.problems
    assert (problem.code, str(problem.at)) == (code, f"x.yaml:{place}")
    assert problem.remedy


def test_a_misspelt_part_is_never_ignored() -> None:
    (problem,) = problems_of(bent("title: The place is listed, cite: Order 7", "titel: x, cite: Order 7"))

    assert problem.code == "rules.unknown_key"
    assert "«titel»" in problem.message
    assert "title" in problem.remedy


def test_all_problems_of_a_file_are_told_at_once_in_its_order() -> None:
    rules = bent("when: site in listed", "when: sight in listed").replace("when: succession", "when: sucession")

    problems = problems_of(rules)

    assert [(problem.code, problem.at.line) for problem in problems[:2]] == [
        ("rules.unknown_name", RULES[: RULES.index("PLACE:")].count("\n") + 1),
        ("rules.unknown_name", RULES[: RULES.index("when: succession")].count("\n") + 1),
    ]


def test_an_error_inside_a_sentence_names_its_column() -> None:
    problem = problems_of(bent("when: site in listed", "when: site in listd"))[0]

    line = bent("when: site in listed", "when: site in listd").splitlines()[problem.at.line - 1]
    assert line[problem.at.column - 1 :].startswith("listd")


def test_the_refusal_says_what_and_where_and_is_an_error_of_input() -> None:
    with pytest.raises(RuleFileRefused, match=r"rules\.yaml:\d+:\d+: ") as refused:
        load(bent("currency: USD", "currency: XXQ"))

    assert refused.value.status == 422
    assert refused.value.code == "eligibility.rule_file_refused"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("type: site", "type: sight", "rules.unknown_type"),
        ("range: 0 .. 4000", "range: 9 .. 1", "rules.bad_range"),
        ("{type: number, label: Days held, range: 0 .. 4000}", "{type: number, label: Days}", "rules.missing_range"),
        ("filing_date: yes", "filing_date: true", "rules.not_yes_no"),
        ("{type: yes_no, label: Succession}", "{type: yes_no, label: S, filing_date: yes}", "rules.bad_type"),
        ("complete_when: all_told", "complete_when: site", "rules.unknown_name"),
        ("north: North", "present: North", "rules.name_taken"),
        ("present: {type", "some: {type", "rules.bad_name"),
        ("label: Presence, ", "", "rules.missing_key"),
        ("harm: {wound: A wound, loss: A loss}", "harm: {}", "rules.empty_category"),
    ],
)
def test_a_fact_schema_is_checked(old: str, new: str, code: str) -> None:
    assert FACTS.count(old) == 1
    with pytest.raises(RuleFileRefused) as refused:
        load_schema(FACTS.replace(old, new))

    assert code in {problem.code for problem in refused.value.problems}


def test_sections_know_their_places() -> None:
    document = read_document("a:\n  b: c\n", "x.yaml")

    inner = document.entries["a"]
    assert isinstance(inner, Section)
    assert str(inner.key_places["b"]) == "x.yaml:2:3"
