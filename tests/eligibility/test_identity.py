"""A rule set is what its text means: a comment does not make another, one cent does."""

from __future__ import annotations

import pytest

from tests.eligibility.files import FACTS, RULES, bent, katanga, load


@pytest.mark.parametrize(
    ("rules", "facts"),
    [
        ("# a remark\n" + RULES.replace("\ncriteria:", "\n\n\ncriteria:"), FACTS),
        (bent("title: The place is listed", "title: A listed place"), FACTS),
        (bent("title: An invented programme", "title: Another name"), FACTS),
        (bent("values: [north, south]", "values: [south, north]"), FACTS),
        (bent("status: illustrative", "status: in_force"), FACTS),
        (RULES, FACTS.replace("label: The day", "label: The day it happened")),
    ],
)
def test_words_for_people_and_layout_are_no_part_of_it(rules: str, facts: str) -> None:
    assert load(rules, facts).identity == load().identity


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("USD 300.00", "USD 300.01"),
        ("cite: Order 7", "cite: Order 70"),
        ("value: 2001-01-01 .. 2003-12-31", "value: 2001-01-01 .. 2003-12-30"),
        ("values: [north, south]", "values: [north]"),
        ("2002-01-01: USD 2.00", "2002-01-01: USD 2.01"),
        ("when: site = north", "when: site = south"),
        ("round_up(", "round_half_up("),
        ("level: established", "level: asserted"),
        ('days: "30"', 'days: "31"'),
        ("pays: by_succession", "pays: award"),
        ("all: [PLACE, TIME, PRESENCE, HARM]", "all: [PLACE, TIME, PRESENCE]"),
    ],
)
def test_a_change_of_meaning_is_another_rule_set(old: str, new: str) -> None:
    assert load(bent(old, new)).identity != load().identity


def test_a_change_of_the_schema_is_another_rule_set() -> None:
    facts = FACTS.replace("type: standing, label: Standing, needs_proof: no", "type: standing, label: Standing")

    assert load(facts=facts).identity != load().identity


def test_the_file_has_a_hash_of_its_own() -> None:
    assert load("# a remark\n" + RULES).file_sha256 != load().file_sha256


def test_the_published_katanga_rules_mean_what_they_meant() -> None:
    """Golden: if this fails, either the rules or the language changed; published versions never do."""
    assert katanga().rule_set.identity == "b7d2b1d6586f40868add83b5ab6e9f57f65c1915da01087896627add2fbdff43"
