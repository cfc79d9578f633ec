"""Elections, offsets, ranges, shares, benefits, priority, payment: what is refused before any claim is looked at."""

from __future__ import annotations

import pytest

from reparations.eligibility.language import RuleFileRefused, load_examples
from tests.eligibility.files import found
from tests.eligibility.rich import RICH, RICH_FACTS, bent_rich, example, load_rich, rich

FACTS = load_examples(example(), rich().rule_set)[0].facts


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("chosen: chose_higher", "chosen: born", "unknown_name"),
        ("recovery: receivable", "recovery: forget_it", "unknown_value"),
        ("  higher_sum:\n", "  born:\n", "bad_name"),
        ("holds_while: not filed_elsewhere", "holds_while: filed >= 2001-01-01", "time_limit"),
        ("is: advance,", "is: acts_points,", "type"),
        ("is: advance,", 'is: "advance - USD 1.00",', "negative_award"),
        ("among: p in payments", "among: payments", "unknown_name"),
        ("among: p in payments", "among: p in wages", "unknown_name"),
        ("never: [funeral]", "never: []", "offset_kinds"),
        ("never: [funeral]", "never: [funeral, court]", "offset_kinds"),
        ("never: [funeral]", "never: [gift]", "unknown_value"),
        ("    kind: p.kind\n", "", "missing_key"),
        ("kind: p.kind", "kind: p.amount", "type"),
        ("amount: p.amount", "amount: p.paid_on", "type"),
        ("rate: 1.9%", "rate: 190%", "amount"),
        ("at_most_years: 60", "at_most_years: 900", "bad_number"),
        ("rounding: round_half_up}\naward", "rounding: round_somehow}\naward", "unknown_function"),
        ("until: decided_on, at", "until: filed, at", "time_limit"),
        ("less: [advance_payment, earlier]", "less: [debts]", "unknown_name"),
        ("highest: bracket_to[points]", "highest: points", "type"),
        ("    guidance: The severity of the harm\n", "", "missing_key"),
        ("  - step: gross", "  - step: higher_sum", "bad_name"),
        ("is: person\n", "is: tribe\n", "unknown_value"),
        ("when: for_family}", 'when: "filed > 2001-01-01"}', "time_limit"),
        ("over: family", "over: village", "unknown_value"),
        ("amount: USD 10000.00, reduce", "amount: acts_points, reduce", "type"),
        ("{spouse: 50%, children: 1/2}", "{spouse: 50%, children: 40%}", "shares_sum"),
        ("{spouse: 50%, children: 1/2}", "{spouse: 50%, friends: 50%}", "unknown_name"),
        ("{spouse: 50%, children: 1/2}", "{spouse: all}", "unknown_name"),
        ("      - {cite: s. 13, equal: [parents]}\n", "", "shares_gap"),
        ("equal: [parents]", "equal: [spouse, children]", "shares_gap"),
        ("equal: [spouse]", "equal: [spouse, children]", "shares_overlap"),
        ("    remainder: earlier\n", "", "missing_key"),
        ("    remainder: earlier\n", "    remainder: earlier\n    rounding: round_up\n", "unknown_key"),
        ("rounding: round_half_up\ncollective", "rounding: never\ncollective", "unknown_value"),
        ("    may_exceed: yes\n", "    remainder: later\n", "shares_sum"),
        ("    when: act = killing\n    among", "    among", "shares_overlap"),
        ("until_age: 18", "until_age: 90", "bad_number"),
        ("born: h.born,", "born: h.relation,", "type"),
        ("born: h.born,", "born: born,", "type"),
        ("until_age: 18, as_of: decided_on", "until_age: 18, as_of: filed", "unknown_name"),
        ("amount: USD 600.00", "amount: USD 600.01", "lines_sum"),
        ("amount: USD 600.00", "amount: a_lot", "unknown_name"),
        ("form: in_kind", "form: cash", "unknown_value"),
        ("line: rebuilding.housing", "line: rebuilding.roads", "unknown_name"),
        ("    instead_of: housing\n", "    instead_of: school\n", "unknown_name"),
        ("    instead_of: housing\n", "", "missing_key"),
        ("open_to: anyone", "open_to: friends", "unknown_value"),
        ("points: 8", "points: none", "bad_number"),
        ("when: ill}", "when: filed >= 2001-01-01}", "time_limit"),
        ("percent: 35%", "percent: 36%", "instalments_sum"),
        ("percent: 35%", "percent: 135%", "type"),
        ("paid: at_once", "paid: soon", "unknown_value"),
        ("rule: by_priority", "rule: by_chance", "unknown_value"),
        ("rule: by_priority, cite: s. 22,", "rule: pro_rata, cite: s. 22,", "unknown_key"),
        ("ties: [born, lot]", "ties: [born]", "ties"),
        ("ties: [born, lot]", "ties: [filed, lot]", "time_limit"),
        ("ties: [born, lot]", "ties: [ill, lot]", "unknown_name"),
        ("of: violated_on", "of: filed", "time_limit"),
        ("of: violated_on, ", "", "missing_key"),
        ("up_to: USD 2500.00", "up_to: rest", "phase_after_rest"),
        ("fee_at_most: 1.5%", "fee_at_most: USD 1.00", "type"),
        ("proof: asserted", "proof: rumour", "unknown_value"),
        ("at_least: 2", "at_least: 4", "bad_number"),
        ("    at_least: 2\n", "", "no_condition"),
        ("[1 .. 50, USD 5000.00]", "[1 .. 49, USD 5000.00]", "table_gap"),
        ("[1 .. 50, USD 5000.00]", "[1 .. 51, USD 5000.00]", "table_overlap"),
        ("[1 .. 50, USD 5000.00]", "[1 .. 101, USD 5000.00]", "unknown_value"),
        ("is: acts_points + round_up(acts_points * uplift * 1%)", "is: acts_points * uplift * 1%", "type"),
        ("is: acts_points + round_up(acts_points * uplift * 1%)", "is: acts_points * uplift", "table_range"),
        ("      title: Killings\n", "", "missing_key"),
        ("born: born, until_age: 21", "born: ill, until_age: 21", "unknown_name"),
        ("born: born, until_age: 21", "born: filed, until_age: 21", "time_limit"),
        ("born: born, until_age: 21", "until_age: 21", "missing_key"),
        ("until_age: 21", "until_age: 31", "bad_number"),
        ("until_age: 21, when: chose_higher", "until_age: 21, when: acts_points", "not_a_condition"),
        ("until_age: 21, when: chose_higher", 'until_age: 21, when: "filed > 2001-01-01"', "time_limit"),
        ("birthdays_of_29_february: 1 March\n", "", "birthday_rule"),
    ],
)
def test_a_fault_is_refused_with_its_code_and_place(old: str, new: str, code: str) -> None:
    with pytest.raises(RuleFileRefused) as refused:
        load_rich(bent_rich(old, new))

    codes = [problem.code for problem in refused.value.problems]
    assert f"rules.{code}" in codes, [str(problem) for problem in refused.value.problems]
    assert all(problem.remedy and problem.at.line > 1 for problem in refused.value.problems)


def test_parts_that_need_another_part_say_so() -> None:
    start, end = RICH.index("priority:\n"), RICH.index("payment:\n")
    without = {
        "priority": RICH[:start] + RICH[end:],
        "shares": RICH[: RICH.index("shares:\n  heirs")] + RICH[RICH.index("collective:\n") :],
    }

    for part, rules in without.items():
        with pytest.raises(RuleFileRefused) as refused:
            load_rich(rules)
        assert any(f"«{part}»" in problem.message for problem in refused.value.problems)


def test_each_part_belongs_to_the_identity() -> None:
    changes = [
        ("recovery: receivable", "recovery: waived"),
        ("holds_while: not filed_elsewhere", "holds_while: filed_elsewhere"),
        ("of_this_fund: yes", "of_this_fund: no"),
        ("rate: 1.9%", "rate: 1.8%"),
        ("highest: bracket_to[points]", "highest: bracket_from[points]"),
        ("proof: asserted", "proof: established"),
        ("is: family, cite", "is: household, cite"),
        ("after_death: shares", "after_death: nothing"),
        ("reduce: equally", "reduce: pro_rata"),
        ("children: 1/2", "parents: 1/2"),
        ("when_nobody: back_to_fund", "when_nobody: state"),
        ("remainder: earlier", "remainder: later"),
        ("until_age: 18", "until_age: 21"),
        ("amount: USD 400.00", "amount: USD 400.01"),
        ("open_to: anyone", "open_to: eligible"),
        ("points: 8", "points: 7"),
        ("partial: yes", "partial: no"),
        ("ties: [born, lot]", "ties: [lot]"),
        ("up_to: USD 2500.00", "up_to: USD 2500.01"),
        ("fee_at_most: 1.5%", "fee_at_most: 3%"),
        ("unit_paid_together: yes", "unit_paid_together: no"),
        ("until_age: 21", "until_age: 20"),
        (", when: chose_higher", ""),
        ("  in_trust: {cite: s. 28, born: born, until_age: 21, when: chose_higher}\n", ""),
    ]
    identities = set()
    for old, new in changes:
        rules = bent_rich(old, new).replace("amount: USD 1000.00", "amount: USD 1000.01") if "400.01" in new else None
        if "parents: 1/2" in new:
            rules = bent_rich(
                "- {cite: s. 13, percent: {spouse: 50%, children: 1/2}}", "- {cite: s. 14, equal: [spouse]}"
            )
            rules = rules.replace("      - {cite: s. 13, equal: [spouse]}\n", "")
        identities.add(load_rich(rules or bent_rich(old, new)).identity)

    assert len(identities) == len(changes)
    assert load_rich().identity not in identities


def test_a_list_s_length_belongs_to_the_identity_and_bounds_it() -> None:
    facts = RICH_FACTS.replace("at_most: 50", "at_most: 40")
    many = [{"kind": found("funeral")}] * 51

    assert load_rich(facts=facts).identity != load_rich().identity
    assert rich().assess(dict(FACTS) | {"payments": many}).unreadable == ("payments_known",)
