"""What is refused before any claim is looked at, and what is only pointed out."""

from __future__ import annotations

import pytest

from reparations.eligibility.language import RuleFileRefused
from tests.eligibility.files import bent, load

S = "when: succession"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("title: The place is listed, cite: Order 7", "title: The place is listed", "missing_key"),
        ("war: {cite: Order 3, value", "war: {value", "missing_key"),
        ("listed: {cite: Order 2, values", "listed: {values", "missing_key"),
        ("    cite: Order 4\n", "", "missing_key"),
        ("    cite: Order 5\n", "", "missing_key"),
        ("presence: {cite: Order 6, fact", "presence: {fact", "missing_key"),
        ("    cite: Order 12\n", "", "missing_key"),
        ("    cite: Order 14\n", "", "missing_key"),
        ("appeal: {cite: Order 17, body", "appeal: {body", "missing_key"),
        ("proof_standard: {cite: Order 1, title", "proof_standard: {title", "missing_key"),
        (S, "when: sucession", "unknown_name"),
        (S, "when: site in unlisted", "unknown_name"),
        (S, "when: attacked_on within peace", "unknown_name"),
        (S, 'when: "prices[north] > USD 1.00"', "unknown_name"),
        (S, "when: some h in hurts with (h.established)", "unknown_name"),
        (S, "when: some h in harms with (h.severe)", "unknown_name"),
        (S, "when: some h in harms with (x.established)", "unknown_name"),
        (S, "when: site = west", "unknown_value"),
        (S, 'when: "site in {north, west}"', "unknown_value"),
        (S, "when: site < north", "type"),
        (S, "when: site = attacked_on", "type"),
        (S, "when: present = 3", "type"),
        (S, "when: days_held", "not_a_condition"),
        (S, "when: days_held and present", "type"),
        (S, 'when: "present in {north}"', "type"),
        (S, "when: days_held within war", "type"),
        (S, "when: days_held + paid_before > 3", "type"),
        (S, "when: paid_before * paid_before > USD 1.00", "type"),
        (S, "when: paid_before * 50% > USD 1.00", "type"),
        (S, "when: 50% * days_held > 3", "type"),
        (S, "when: round_up(paid_before) > USD 1.00", "type"),
        (S, "when: age(born, days_held) > 3", "type"),
        (S, "when: min(born, days_held) > 3", "type"),
        (S, 'when: "amounts[wound] > USD 1.00"', "type"),
        (S, 'when: "amounts[wound, days_held] > USD 1.00"', "table_range"),
        (S, "when: sqrt(days_held) > 3", "unknown_function"),
        (S, "when: paid_before > EUR 1.00", "currency"),
        (S, "when: paid_before > USD 1.005", "amount"),
        (S, "when: paid_before > 40000.00", "unreadable"),
        (S, "when: round_up(paid_before * 1/0) > USD 1.00", "amount"),
        (S, "when: attacked_on > 2003-02-30", "bad_date"),
        (S, "when: attacked_on within 2003-02-02 .. 2003-02-01", "empty_period"),
        (S, "when: some h in harms with (some g in harms with (g.established))", "nested_list"),
        (S, "when: present and", "unreadable"),
        (S, "when: total h in harms with (h.established) of (paid_before * 1000000) > USD 1.00", "overflow"),
        (S, "any: []", "no_condition"),
        (S, "note: nothing", "no_condition"),
        ("2001-01-01 .. 2003-12-31", "2003-12-31 .. 2001-01-01", "empty_period"),
        ("2001-01-01 .. 2003-12-31", "from 2001", "bad_period"),
        ('      - [wound, "2", USD 300.00]\n', "", "table_gap"),
        ('[wound, "2", USD 300.00]', '[wound, "1 | 2", USD 300.00]', "table_overlap"),
        ('[wound, "2", USD 300.00]', '[wund, "2", USD 300.00]', "unknown_value"),
        ('[wound, "2", USD 300.00]', "[wound, USD 300.00]", "table_row"),
        ('[wound, "2", USD 300.00]', '[wound, "2", "300"]', "type"),
        ("fact: present, when", "fact: site, when", "unknown_name"),
        ("all: [SUCCESSION]", "all: [SUCESSION]", "unknown_name"),
        ("all: [SUCCESSION]", "all: []", "empty_route"),
        ("pays: by_succession", "pays: nothing", "unknown_value"),
        ("birthdays_of_29_february: 1 March", "birthdays_of_29_february: 2 March", "birthday_rule"),
        ("max(worst + held - round_up(paid_before * 50%), USD 0.00)", "worst - held", "negative_award"),
        ("max(worst + held - round_up(paid_before * 50%), USD 0.00)", "days_held", "type"),
        ("  - step: due", "  - step: held", "bad_name"),
        ("language: 1", "language: 2", "language"),
        ("version: 1", "version: one", "bad_number"),
        ("status: illustrative", "status: perfect", "unknown_value"),
        ("level: established", "level: certain", "unknown_value"),
        ('days: "30"', "days: many", "bad_number"),
        ("  SUCCESSION:\n", "  succession:\n", "bad_code"),
    ],
)
def test_a_fault_is_refused_with_its_code(old: str, new: str, code: str) -> None:
    with pytest.raises(RuleFileRefused) as refused:
        load(bent(old, new))

    assert f"rules.{code}" in {problem.code for problem in refused.value.problems}
    assert all(problem.remedy and problem.at.line >= 1 for problem in refused.value.problems)


@pytest.mark.parametrize(
    "sentence",
    [
        "filed <= 2014-12-31",
        "2014-12-31 >= filed",
        "not (filed > 2014-12-31)",
        "filed within 2012-01-01 .. 2014-12-31",
        "present and (succession or filed < 2015-01-01)",
        "age(attacked_on, filed) < 10",
        "if filed > 2015-01-01 then present else succession",
        "some h in harms with (h.established and filed < 2015-01-01)",
        "max(filed, attacked_on) <= 2015-01-01",
    ],
)
def test_a_time_limit_on_filing_is_refused_however_well_hidden(sentence: str) -> None:
    with pytest.raises(RuleFileRefused) as refused:
        load(bent(S, f'when: "{sentence}"'))

    assert [problem.code for problem in refused.value.problems] == ["rules.time_limit"]
    assert "do not lapse" in refused.value.problems[0].message


def test_a_time_limit_hides_neither_in_a_route_nor_in_an_award_nor_in_a_presumption() -> None:
    for old, new in (
        ("open_to: standing = heir", "open_to: standing = heir and filed < 2015-01-01"),
        ("daily * days_held", "if filed < 2015-01-01 then daily * days_held else USD 0.00"),
        ("when: site = north", "when: site = north and filed < 2015-01-01"),
    ):
        with pytest.raises(RuleFileRefused) as refused:
            load(bent(old, new))
        assert "rules.time_limit" in {problem.code for problem in refused.value.problems}


def test_a_later_filing_may_help_and_an_order_may_set_a_closing_date() -> None:
    assert load(bent(S, "when: filed >= 2012-01-01")).criterion("SUCCESSION").deadline_authority is None
    ordered = "deadline_authority: Decision of 3 May 2024\n    when: filed <= 2026-12-31"

    assert load(bent(S, ordered)).criterion("SUCCESSION").deadline_authority == "Decision of 3 May 2024"


@pytest.mark.parametrize(
    "sentence",
    [
        "not present",
        "not (present is known)",
        "no h in harms with (h.established and present)",
        "present = succession",
        "if present then succession else site = south",
    ],
)
def test_a_presumption_may_only_help(sentence: str) -> None:
    with pytest.raises(RuleFileRefused) as refused:
        load(bent(S, f"when: {sentence}"))

    assert [problem.code for problem in refused.value.problems] == ["rules.presumption_against"]


@pytest.mark.parametrize(
    "sentence",
    [
        "site in {north, south, elsewhere}",
        "days_held >= 0",
        "days_held > 4000",
        "not (days_held <= 4000)",
        "attacked_on >= 2002-01-01 and attacked_on < 2001-01-01",
        "site = north and site = south",
        "succession or days_held < 5000",
    ],
)
def test_a_criterion_always_or_never_met_is_refused(sentence: str) -> None:
    with pytest.raises(RuleFileRefused) as refused:
        load(bent(S, f'when: "{sentence}"'))

    assert [problem.code for problem in refused.value.problems] == ["rules.constant_criterion"]


def test_age_needs_the_rule_for_29_february() -> None:
    rules = bent("birthdays_of_29_february: 1 March\n", "").replace(S, "when: age(born, attacked_on) < 18")

    with pytest.raises(RuleFileRefused) as refused:
        load(rules)

    assert refused.value.problems[0].code == "rules.birthday_rule"


def test_a_second_presumption_of_one_fact_is_refused() -> None:
    rules = bent(
        "presence: {cite: Order 6, fact: present, when: site = north}",
        "one: {cite: a, fact: present, when: site = north}\n  two: {cite: b, fact: present, when: site = south}",
    )

    with pytest.raises(RuleFileRefused) as refused:
        load(rules)

    assert refused.value.problems[0].code == "rules.second_presumption"


def test_what_is_worth_a_look_is_pointed_out() -> None:
    rules = bent(S, "when: every h in harms with (h.established)").replace("when: site in listed", "when: site = north")

    warnings = load(rules).warnings

    assert any("«every … in harms» in SUCCESSION" in warning for warning in warnings)
    assert "«listed» under sets: is never used." in warnings
    assert "The fact «succession» is never used." in warnings


def test_an_award_step_nothing_uses_is_pointed_out() -> None:
    rules = bent("max(worst + held - round_up(paid_before * 50%), USD 0.00)", "max(worst, USD 0.00)")

    assert "The award step «held» is never used." in load(rules).warnings
