"""Each part of a rule file that `docs/writing-rules.md` shows is put into a whole file, checked, and applied."""

from __future__ import annotations

import re

import pytest

from reparations.eligibility.language import Assessor, Outcome, RuleSet, check_examples, load_examples, load_rule_set
from reparations.eligibility.language.inventing import Inventor
from reparations.eligibility.language.reader import _OPTIONAL, _REQUIRED
from tests.eligibility.files import katanga
from tests.eligibility.test_documentation import BLOCKS

FACTS = """\
schema: guide
categories:
  place: {north: North, south: South}
  harm: {killing: A killing, torture: Torture}
  standing: {direct: A victim, heir: An heir}
  paid_as: {court_award: Court, settlement: Settlement, counselling: Counselling, funeral_costs: Funeral}
  relation: {spouse: Spouse, child: Child, parent: Parent, other: Another}
  labour: {forced_labour: Forced labour, other: Other}
facts:
  identified: {type: yes_no, label: Identified}
  capacity: {type: standing, label: Capacity}
  attack_site: {type: place, label: Place}
  attack_date: {type: date, label: Day of the attack}
  payment_date: {type: date, label: Day of payment}
  decided_on: {type: date, label: Day of the decision}
  born: {type: date, label: Birthday}
  paid_before: {type: money, label: Paid before}
  advance_paid: {type: money, label: Advance}
  recognition: {type: money, label: Recognition}
  impact: {type: money, label: Impact}
  category: {type: labour, label: Category}
"""
YES_NO = (
    *("present_at_attack", "in_school_register", "in_photographs", "named_by_witness", "witness_was_there"),
    *("injured", "elected_higher_sum", "filed_elsewhere", "claims_for_family", "killed", "resettled_abroad"),
    *("urgent_medical_need", "emancipated", "succession", "harms_complete", "payments_complete", "relatives_complete"),
)
LISTS = """\
lists:
  harms:
    label: Harms
    complete_when: harms_complete
    at_most: 10
    fields:
      kind: {type: harm, label: Kind}
      grade: {type: number, range: 1 .. 3, label: Grade}
      established: {type: yes_no, label: Established}
  prior_payments:
    label: Payments
    complete_when: payments_complete
    at_most: 10
    fields:
      kind: {type: paid_as, label: Kind}
      amount: {type: money, label: Amount}
      paid_on: {type: date, label: Day}
      for_same_abuse: {type: yes_no, label: For the same abuse}
  relatives:
    label: Relatives
    complete_when: relatives_complete
    at_most: 10
    fields:
      relation: {type: relation, label: Relation}
      together_years: {type: number, range: 0 .. 90, label: Years together}
      born: {type: date, label: Birthday}
"""
SCHEMA = FACTS + "".join(f"  {name}: {{type: yes_no, label: {name}}}\n" for name in YES_NO) + LISTS
FRAME = """\
rule_set: guide
version: 1
language: 1
title: A frame for the parts that the guide shows
status: illustrative
authority: None
currency: EUR
birthdays_of_29_february: 1 March
proof_standard: {cite: tbc, title: Balance of probabilities, level: established}
criteria:
  HEIR: {title: Identified, cite: tbc, when: identified}
  SUCCESSION: {title: The succession is established, cite: tbc, when: succession}
award:
  - {step: due, title: What is due, cite: tbc, is: EUR 1000.00}
appeal: {cite: tbc, body: Court, days: "30", how: Write.}
"""
PART = re.compile(r"^(?=[a-z_0-9]+:)", re.MULTILINE)
AMOUNT = re.compile(r"\b[A-Z]{3} (?=\d+\.\d\d\b)")
NEEDS = {"award": ["tables", "parameters"], "unit": ["shares"]}
"""Parts that others of the guide's name values of, or ask for."""


def parts_of(text: str) -> dict[str, str]:
    """The parts of a file at the left margin, by name; amounts in one currency."""
    found = {}
    for part in PART.split(AMOUNT.sub("EUR ", text)):
        name = part.partition(":")[0]
        if name in (*_REQUIRED, *_OPTIONAL):
            found[name] = part
    return found


FRAGMENTS = [block for block in BLOCKS if parts_of(block) and "rule_set:" not in block]


def whole(block: str) -> RuleSet:
    """The frame with the parts of a block in the place of its own, and with what these need."""
    own = parts_of(block)
    needed = {name for part in own for name in NEEDS.get(part, ()) if name not in own}
    others = {name: part for other in reversed(FRAGMENTS) for name, part in parts_of(other).items() if name in needed}
    return load_rule_set("".join((parts_of(FRAME) | others | own).values()), SCHEMA)


@pytest.mark.parametrize("block", FRAGMENTS, ids=lambda block: ", ".join(parts_of(block)))
def test_every_part_it_shows_is_checked_and_applied(block: str) -> None:
    assessor = Assessor(whole(block))

    outcomes = {assessor.assess(claim).outcome for claim in Inventor([assessor.rule_set]).invent(400, seed=1)}

    assert outcomes & {Outcome.ELIGIBLE, Outcome.ELIGIBLE_AMOUNT_PENDING}
    assert Outcome.MORE_INFORMATION_NEEDED in outcomes


def test_the_first_example_it_shows_comes_out() -> None:
    (block,) = (block for block in BLOCKS if block.startswith("rule_set: icc-katanga"))
    rules = katanga().rule_set

    assert check_examples(rules, load_examples(block, rules))["PRESENT"]
