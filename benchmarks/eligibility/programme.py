"""The invented programme that is measured: 12 criteria, 3 routes, a presumption, a table, harms and kin, an award."""

from __future__ import annotations

FACTS = """\
schema: measured
categories:
  site: {north: North, south: South, river: River, hill: Hill, camp: Camp, elsewhere: Elsewhere}
  capacity: {direct: Direct, indirect: Indirect, child: Child, other: Other}
  region: {r1: R1, r2: R2, r3: R3, r4: R4, r5: R5, r6: R6, r7: R7, r8: R8}
  register: {own: Own, church: Church, camp_list: List, none_found: None}
  harm: {death: Death, torture: Torture, wound: Wound, loss: Loss, other_harm: Other}
  relation: {spouse: Spouse, child_of: Child, parent: Parent, cousin: Cousin, friend: Friend}
facts:
  identity: {type: yes_no, label: Identity}
  site: {type: site, label: Site}
  attacked_on: {type: date, label: Day}
  present: {type: yes_no, label: Presence}
  capacity: {type: capacity, label: Capacity}
  region: {type: region, label: Region}
  register: {type: register, label: Register}
  displaced: {type: yes_no, label: Displaced}
  born: {type: date, label: Born}
  held_from: {type: date, label: Held from}
  compensated: {type: yes_no, label: Compensated}
  years_held: {type: number, label: Years held, range: 0 .. 30}
  paid_before: {type: money, label: Paid before}
  harms_told: {type: yes_no, label: Harms told}
  kin_told: {type: yes_no, label: Kin told}
lists:
  harms:
    label: Harms
    complete_when: harms_told
    fields:
      kind: {type: harm, label: Kind}
      grade: {type: number, label: Grade, range: 1 .. 3}
      established: {type: yes_no, label: Established}
  kin:
    label: Kin
    complete_when: kin_told
    fields:
      relation: {type: relation, label: Relation}
      alive: {type: yes_no, label: Alive}
"""

RULES = """\
rule_set: measured
version: 1
language: 1
title: A programme to measure
status: illustrative
authority: An invented order
currency: EUR
birthdays_of_29_february: 1 March
proof_standard: {cite: x, title: x, level: established}
sets:
  listed: {cite: x, values: [north, south, river, camp]}
periods:
  war: {cite: x, value: 2001-01-01 .. 2005-12-31}
  camps: {cite: x, value: 2000-06-01 .. 2004-06-30}
tables:
  amounts:
    cite: x
    keys: [harm, 1 .. 3]
    rows:
      - [death, any, EUR 9000.00]
      - [torture, "1", EUR 3000.00]
      - [torture, "2", EUR 5000.00]
      - [torture, "3", EUR 7000.00]
      - [wound, "1", EUR 1000.00]
      - [wound, "2", EUR 1500.50]
      - [wound, "3", EUR 2500.75]
      - [loss, any, EUR 800.25]
      - [other_harm, any, EUR 100.00]
presumptions:
  presence: {cite: x, fact: present, when: "site in {north, camp}"}
criteria:
  IDENTITY: {title: x, cite: x, when: identity}
  CAPACITY: {title: x, cite: x, when: "capacity in {direct, indirect, child}"}
  REGISTER:
    title: x
    cite: x
    when: register in {own, church} or (displaced and (region in {r1, r2, r3} or not compensated))
  SITE: {title: x, cite: x, when: site in listed}
  TIME: {title: x, cite: x, when: attacked_on within war}
  PRESENCE: {title: x, cite: x, when: present}
  HARM: {title: x, cite: x, when: "some h in harms with (h.established and h.kind in {death, torture, wound, loss})"}
  GRAVE: {title: x, cite: x, when: "some h in harms with (h.established and h.grade >= 2)"}
  REGION: {title: x, cite: x, when: "region in {r1, r2, r5, r7}"}
  KIN: {title: x, cite: x, when: "some k in kin with (k.relation in {spouse, child_of, parent} and k.alive)"}
  MINOR: {title: x, cite: x, when: "age(born, attacked_on) < 18"}
  CAMP: {title: x, cite: x, when: held_from within camps or displaced}
routes:
  direct: {title: x, cite: x, open_to: capacity = direct, all: [SITE, TIME, PRESENCE, HARM]}
  indirect: {title: x, cite: x, open_to: capacity = indirect, all: [TIME, REGION, KIN, HARM]}
  child: {title: x, cite: x, open_to: capacity = child, all: [MINOR, TIME, GRAVE, CAMP]}
award:
  - {step: worst, title: x, cite: x, is: "highest h in harms with (h.established) of (amounts[h.kind, h.grade])"}
  - step: held
    title: x
    cite: x
    is: if years_held >= 1 then EUR 300.00 + EUR 120.10 * (years_held - 1) else EUR 0.00
  - {step: gross, title: x, cite: x, is: "min(worst + held, EUR 12000.00)"}
  - {step: due, title: x, cite: x, is: "max(gross - round_up(paid_before * 50%), EUR 0.00)"}
appeal: {cite: x, body: x, days: "30", how: x}
"""

CATEGORIES = {
    "site": ("north", "south", "river", "hill", "camp", "elsewhere"),
    "capacity": ("direct", "indirect", "child", "other"),
    "region": ("r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"),
    "register": ("own", "church", "camp_list", "none_found"),
    "harms.kind": ("death", "torture", "wound", "loss", "other_harm"),
    "kin.relation": ("spouse", "child_of", "parent", "cousin", "friend"),
}
"""The categories in the order of the schema: what the numbers in the columns stand for."""

CRITERIA = (
    *("IDENTITY", "CAPACITY", "REGISTER", "SITE", "TIME", "PRESENCE"),
    *("HARM", "GRAVE", "REGION", "KIN", "MINOR", "CAMP"),
)
AMOUNTS_MINOR = (
    (900_000, 900_000, 900_000),
    (300_000, 500_000, 700_000),
    (100_000, 150_050, 250_075),
    (80_025, 80_025, 80_025),
    (10_000, 10_000, 10_000),
)
"""The table, minor units: kind of harm by grade 1 to 3."""
