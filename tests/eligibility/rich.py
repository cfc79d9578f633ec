"""An invented programme that uses every part of the language, and examples of what comes of it."""

from __future__ import annotations

from functools import cache

from reparations.eligibility.language import Assessor, RuleSet, load_rule_set

RICH_FACTS = """\
schema: rich
categories:
  act: {killing: A killing, torture: Torture, displacement: Displacement}
  relation: {spouse: Spouse, child: Child, parent: Parent, sibling: Sibling}
  payment_kind: {court: Court, settlement: Settlement, funeral: Funeral costs}
facts:
  act: {type: act, label: The act}
  in_register: {type: yes_no, label: In the register}
  in_photographs: {type: yes_no, label: In photographs}
  named_by_witness: {type: yes_no, label: Named by a witness}
  deceased: {type: yes_no, label: Deceased}
  died_on: {type: date, label: Day of death}
  violated_on: {type: date, label: Day of the violation}
  decided_on: {type: date, label: Day of the decision, needs_proof: no}
  born: {type: date, label: Birthday}
  filed: {type: date, label: Day of filing, filing_date: yes}
  chose_higher: {type: yes_no, label: Chose the higher sum, needs_proof: no}
  filed_elsewhere: {type: yes_no, label: Filed elsewhere, needs_proof: no}
  for_family: {type: yes_no, label: Claims for a family, needs_proof: no}
  abroad: {type: yes_no, label: Lives abroad}
  ill: {type: yes_no, label: Urgently ill}
  advance: {type: money, label: Advance}
  acts_points: {type: number, label: Points for acts, range: 0 .. 60}
  uplift: {type: number, label: Uplift in percent, range: 0 .. 15}
  persons_known: {type: yes_no, label: All persons named, needs_proof: no}
  payments_known: {type: yes_no, label: All payments named, needs_proof: no}
lists:
  persons:
    label: Persons
    complete_when: persons_known
    at_most: 100
    fields:
      relation: {type: relation, label: Relation}
      born: {type: date, label: Birthday}
      married_years: {type: number, label: Years of marriage, range: 0 .. 100}
  payments:
    label: Payments
    complete_when: payments_known
    at_most: 50
    fields:
      kind: {type: payment_kind, label: Kind}
      amount: {type: money, label: Amount}
      paid_on: {type: date, label: Day}
      same_harm: {type: yes_no, label: For the same harm}
"""

RICH = """\
rule_set: rich
version: 1
language: 1
title: Every part of the language
status: illustrative
authority: An invented act
currency: USD
birthdays_of_29_february: 1 March
proof_standard: {cite: s. 1, title: Balance of probabilities, level: established}
tables:
  bracket_from:
    cite: Schedule
    keys: [0 .. 100]
    rows:
      - ["0", USD 0.00]
      - [1 .. 50, USD 5000.00]
      - [51 .. 100, USD 106000.00]
  bracket_to:
    cite: Schedule
    keys: [0 .. 100]
    rows:
      - ["0", USD 0.00]
      - [1 .. 50, USD 10000.00]
      - [51 .. 100, USD 125000.00]
criteria:
  RESIDENCE:
    title: Two of three kinds of proof
    cite: s. 2
    proof: asserted
    at_least: 2
    of: [in_register, in_photographs, all: [named_by_witness]]
  ALIVE: {title: Alive on the day, cite: s. 3, when: not deceased or died_on >= 2005-05-30}
elections:
  higher_sum:
    title: The higher sum
    cite: s. 4
    chosen: chose_higher
    holds_while: not filed_elsewhere
    recovery: receivable
offsets:
  advance_payment: {title: The advance, cite: s. 5, is: advance, of_this_fund: yes}
  earlier:
    title: Earlier payments
    cite: s. 6
    among: p in payments
    when: p.same_harm
    kind: p.kind
    counts: [court, settlement]
    never: [funeral]
    amount: p.amount
    index: {rate: 1.9%, from: p.paid_on, until: decided_on, at_most_years: 60, rounding: round_half_up}
award:
  - step: points
    title: Points with their uplift
    cite: s. 7
    is: acts_points + round_up(acts_points * uplift * 1%)
  - step: injury
    title: Within the bracket
    cite: s. 8
    lowest: bracket_from[points]
    highest: bracket_to[points]
    guidance: The severity of the harm
  - step: gross
    title: The sum
    cite: s. 9
    is: injury + (if higher_sum then USD 4000.00 else USD 2500.00)
  - step: due
    title: Less what was paid
    cite: s. 10
    from: gross
    less: [advance_payment, earlier]
unit:
  cite: s. 11
  is: person
  cases:
    - {is: family, cite: s. 11, when: for_family}
  after_death: shares
caps:
  family_ceiling: {title: A ceiling, cite: s. 12, over: family, amount: USD 10000.00, reduce: equally}
shares:
  heirs:
    title: The heirs
    cite: s. 13
    when: act = killing
    among: h in persons
    classes:
      spouse: {title: Spouse, when: h.relation = spouse and h.married_years >= 1}
      children: {title: Children, when: h.relation = child}
      parents: {title: Parents, when: h.relation = parent}
    cascade:
      - {cite: s. 13, percent: {spouse: 50%, children: 1/2}}
      - {cite: s. 13, equal: [spouse]}
      - {cite: s. 13, equal: [children]}
      - {cite: s. 13, equal: [parents]}
    when_nobody: back_to_fund
    remainder: earlier
    in_trust: {cite: s. 14, born: h.born, until_age: 18, as_of: decided_on}
  household:
    title: The household
    cite: s. 15
    when: act = displacement
    among: h in persons
    classes:
      member: {title: Members, when: "h.relation in {spouse, child, parent, sibling}"}
    cascade:
      - {cite: s. 15, each: {member: 2/3}}
    when_nobody: estate
    may_exceed: yes
    rounding: round_half_up
collective:
  rebuilding:
    title: Rebuilding
    cite: s. 16
    for: The village
    amount: USD 1000.00
    lines:
      housing: {title: Housing, amount: USD 600.00}
      care: {title: Care, amount: USD 400.00}
benefits:
  housing:
    title: Housing
    cite: s. 17
    form: in_kind
    when: not abroad
    value: USD 2750.00
    line: rebuilding.housing
  substitute:
    title: A sum instead
    cite: s. 17
    form: cash_substitute
    instead_of: housing
    when: abroad
    value: USD 3710.00
  apology: {title: An apology, cite: s. 18, form: symbolic, open_to: anyone}
priority:
  - {points: 8, title: Urgently ill, cite: s. 19, when: ill}
  - {points: 1, title: Seventy or older, cite: s. 19, when: "age(born, decided_on) >= 70"}
payment:
  cite: s. 20
  instalments:
    - {title: First, cite: s. 21, percent: 35%, paid: at_once}
    - {title: Second, cite: s. 21, percent: 65%, paid: if_means_suffice}
  when_funds_short: {rule: by_priority, cite: s. 22, partial: yes, ties: [born, lot]}
  streams:
    killings:
      title: Killings
      cite: s. 23
      when: act = killing
      instalments:
        - {title: Whole, cite: s. 23, percent: 100%, paid: when_all_decided}
      when_funds_short:
        rule: equal_or_less
        cite: s. 24
        phases:
          - {title: One, cite: s. 24, up_to: USD 2500.00}
          - {title: Two, cite: s. 24, up_to: rest}
    torture:
      title: Torture
      cite: s. 25
      when: act = torture
      when_funds_short: {rule: by_chronology, cite: s. 25, of: violated_on, ties: [lot]}
  intermediary: {cite: s. 26, fee_at_most: 1.5%, distribute_within_days: "180", report_within_days: "90"}
  unit_paid_together: yes
  in_trust: {cite: s. 28, born: born, until_age: 21, when: chose_higher}
appeal: {cite: s. 27, body: Court, days: "30", how: Write.}
"""

IN_TRUST = "  in_trust: {cite: s. 28, born: born, until_age: 21, when: chose_higher}\n"
KILLED = """\
      act: killing
      in_register: yes
      in_photographs: {value: yes, proof: asserted}
      deceased: no
      decided_on: 2020-03-01
      chose_higher: yes
      filed_elsewhere: no
      for_family: yes
      abroad: no
      ill: yes
      born: 1950-03-01
      advance: USD 1000.00
      acts_points: 53
      uplift: 10
      payments_known: yes
      payments:
        - {kind: court, amount: USD 20000.00, paid_on: 2010-03-01, same_harm: yes}
        - {kind: funeral, amount: USD 9.99, paid_on: 2010-03-01, same_harm: yes}
      persons_known: yes
      persons:
        - {relation: sibling, born: 1960-01-01}
        - {relation: spouse, married_years: 20, born: 1955-01-01}
        - {relation: child, born: 2012-02-29}
        - {relation: child, born: 2002-03-01}
        - {relation: child, born: 2002-03-02}
"""
"""Facts of an example.  Points 53 + 10 % rounded up = 59: bracket 106,000 to 125,000."""

EXPECTED = """\
      outcome: eligible
      award: USD 92000.00
      top_up: USD 91000.00
      steps: {points: "59", injury: USD 113141.92, gross: USD 117141.92, due: USD 92000.00}
      ranges: {injury: [USD 106000.00, USD 125000.00]}
      elections: {higher_sum: in_force}
      offsets: {advance_payment: USD 1000.00, earlier: USD 24141.92}
      unit: family
      caps: {family_ceiling: USD 10000.00}
      shares: ["0", USD 46000.00, USD 15333.34, USD 15333.33, USD 15333.33]
      shared_as: heirs
      in_trust: [no, no, 2030-03-01, no, 2020-03-02]
      benefits: {housing: met, substitute: not met, apology: met}
      priority: "9"
      stream: killings
      instalments: [USD 92000.00]
      fee_at_most: USD 1380.00
      held_until: 1971-03-01
"""


def example(facts: str = KILLED, expected: str = EXPECTED, decided: str = "USD 113141.92") -> str:
    """An examples file with one example."""
    return (
        "rule_set: rich\nexamples:\n  - name: One\n    already_paid: USD 1000.00\n"
        f"    decided: {{injury: {decided}}}\n    facts:\n{facts}    expect:\n{expected}"
    )


def bent_rich(old: str, new: str) -> str:
    """The rules with one place changed."""
    assert RICH.count(old) == 1, old
    return RICH.replace(old, new)


def load_rich(rules: str = RICH, facts: str = RICH_FACTS) -> RuleSet:
    return load_rule_set(rules, facts)


@cache
def rich() -> Assessor:
    return Assessor(load_rich())
