"""A small invented programme whose rule file tests bend in one place at a time."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from reparations.eligibility.files import VersionFiles, read_version
from reparations.eligibility.language import Assessor, RuleSet, load_rule_set

KATANGA = Path(__file__).resolve().parents[2] / "rules" / "icc-katanga" / "v0001"

FACTS = """\
schema: invented
categories:
  site: {north: North, south: South, elsewhere: Elsewhere}
  harm: {wound: A wound, loss: A loss}
  standing: {person: A person, heir: An heir}
facts:
  standing: {type: standing, label: Standing, needs_proof: no}
  site: {type: site, label: The place}
  present: {type: yes_no, label: Presence, ask: "Who saw the claimant there?"}
  attacked_on: {type: date, label: The day}
  born: {type: date, label: Day of birth}
  filed: {type: date, label: Day of filing, filing_date: yes}
  days_held: {type: number, label: Days held, range: 0 .. 4000}
  paid_before: {type: money, label: Paid before}
  succession: {type: yes_no, label: Succession}
  all_told: {type: yes_no, label: All harms told, needs_proof: no}
lists:
  harms:
    label: Harm
    complete_when: all_told
    fields:
      kind: {type: harm, label: Kind}
      grade: {type: number, label: Grade, range: 1 .. 2}
      established: {type: yes_no, label: Established}
"""

RULES = """\
rule_set: invented
version: 1
language: 1
title: An invented programme
status: illustrative
authority: An invented order
currency: USD
birthdays_of_29_february: 1 March
proof_standard: {cite: Order 1, title: Balance of probabilities, level: established}
sets:
  listed: {cite: Order 2, values: [north, south]}
periods:
  war: {cite: Order 3, value: 2001-01-01 .. 2003-12-31}
parameters:
  daily:
    cite: Order 4
    as_of: attacked_on
    values: {2001-01-01: USD 1.00, 2002-01-01: USD 2.00}
tables:
  amounts:
    cite: Order 5
    keys: [harm, 1 .. 2]
    rows:
      - [wound, "1", USD 100.00]
      - [wound, "2", USD 300.00]
      - [loss, any, USD 50.00]
presumptions:
  presence: {cite: Order 6, fact: present, when: site = north}
criteria:
  PLACE: {title: The place is listed, cite: Order 7, when: site in listed}
  TIME: {title: The day lies in the war, cite: Order 8, when: attacked_on within war}
  PRESENCE: {title: The claimant was there, cite: Order 9, when: present}
  HARM: {title: A harm is established, cite: Order 10, when: some h in harms with (h.established)}
  SUCCESSION:
    title: The succession is established
    cite: Order 11
    when: succession
routes:
  person:
    title: A person harmed
    cite: Order 12
    open_to: standing = person
    all: [PLACE, TIME, PRESENCE, HARM]
  heir:
    title: An heir
    cite: Order 13
    open_to: standing = heir
    pays: by_succession
    all: [SUCCESSION]
award:
  - step: worst
    title: The worst harm
    cite: Order 14
    is: highest h in harms with (h.established) of (amounts[h.kind, h.grade])
  - step: held
    title: Each day held
    cite: Order 15
    is: daily * days_held
  - step: due
    title: What is due
    cite: Order 16
    is: max(worst + held - round_up(paid_before * 50%), USD 0.00)
appeal: {cite: Order 17, body: Invented court, days: "30", how: Write to it.}
"""


def load(rules: str = RULES, facts: str = FACTS) -> RuleSet:
    return load_rule_set(rules, facts)


def bent(old: str, new: str) -> str:
    """The rules with one place changed."""
    assert RULES.count(old) == 1, old
    return RULES.replace(old, new)


@cache
def katanga_files() -> VersionFiles:
    return read_version(KATANGA)


@cache
def katanga() -> Assessor:
    files = katanga_files()
    return Assessor(load_rule_set(files.rules, files.facts))


@cache
def invented() -> Assessor:
    return Assessor(load())


def found(value: object, proof: str = "established") -> dict[str, object]:
    """A fact as the registry keeps it."""
    return {"value": value, "proof": proof}


def facts(**values: object) -> dict[str, object]:
    """Established facts by name; a list is one of records of values."""
    return {
        name: [{key: found(one) for key, one in record.items()} for record in value]
        if isinstance(value, list)
        else found(value)
        for name, value in values.items()
    }


PERSON = {
    "standing": "person",
    "site": "north",
    "attacked_on": "2002-06-01",
    "days_held": 10,
    "paid_before": 3,
    "all_told": True,
    "harms": [{"kind": "wound", "grade": 1, "established": True}],
}
"""An eligible person: 100.00 for the wound, 10 days at 2.00, half of 0.03 deducted, rounded up."""
