"""Random rule files, and random claims to try them on.  The same seed always writes the same file and claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from reparations.eligibility.language import FactSchema, RuleFileRefused, RuleSet, load_rule_set
from reparations.eligibility.language.nodes import Kind
from reparations.eligibility.language.schema import Fact

FACTS = """\
schema: random
categories:
  colour: {red: Red, green: Green, blue: Blue}
  site: {s1: A, s2: B, s3: C, s4: D, s5: E, s6: F, s7: G, s8: H, s9: I}
facts:
  b1: {type: yes_no, label: B1}
  b2: {type: yes_no, label: B2, needs_proof: no}
  b3: {type: yes_no, label: B3}
  told: {type: yes_no, label: Told, needs_proof: no}
  counted: {type: yes_no, label: Counted}
  e1: {type: colour, label: E1}
  e2: {type: site, label: E2}
  i1: {type: number, label: I1, range: 0 .. 9}
  i2: {type: number, label: I2, range: -5 .. 5}
  m1: {type: money, label: M1}
  m2: {type: money, label: M2}
  d1: {type: date, label: D1}
  d2: {type: date, label: D2}
lists:
  harms:
    label: Harms
    complete_when: told
    fields:
      b: {type: yes_no, label: B}
      e: {type: colour, label: E}
      i: {type: number, label: I, range: 0 .. 3}
      m: {type: money, label: M}
      d: {type: date, label: D}
  kin:
    label: Kin
    complete_when: counted
    fields:
      a: {type: yes_no, label: A}
      l: {type: yes_no, label: L}
      r: {type: colour, label: R}
"""
DAYS = (
    *("1999-12-31", "2000-01-01", "2000-02-28", "2000-02-29", "2000-03-01", "2001-02-28", "2001-03-01", "2001-01-31"),
    *("2017-12-31", "2018-02-28", "2018-03-01", "2020-02-29", "1900-02-28", "1900-03-01", "2018-09-01", "2018-08-31"),
)
RATIOS = ("50%", "33.3%", "1/3", "2/7", "12.5%", "0.01%", "150%", "33.333333%", "999999998/999999999")
RATES = ("1.9%", "5%", "1/3", "0%")
SPANS = (
    *("age", "age", "years_between", "months_between", "days_between"),
    *("years_started", "months_started", "years_touched"),
)
ROUNDINGS = ("round_down", "round_up", "round_half_up", "round_half_even")
PERIODS = ("era", "2000-02-29 .. 2001-02-28", "1900-01-01 .. 2018-02-28")
SIGNS = ("=", "!=", "<", "<=", ">", ">=")
MISSING = (0.05, 0.2, 0.5)
Choice = Callable[[], str]
_RECORD = {"h": "harms", "k": "kin"}


class Author:
    """Writes random sentences.  `record` is the list variable in scope, if any; `depth` what may still be nested."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def pick(self, plain: Sequence[Choice], nested: Sequence[Choice], depth: int) -> str:
        """Take one of the plain choices, or where there is room for it one of the nested too."""
        return self.random.choice([*plain, *nested] if depth > 0 else [*plain])()

    def truth(self, depth: int, record: str = "") -> str:
        inner = depth - 1
        plain: list[Choice] = [
            lambda: self._plain_truth(record),
            lambda: f"{self.number(inner, record)} {self.one(*SIGNS)} {self.number(inner, record)}",
            lambda: f"{self.amount(inner, record)} {self.one(*SIGNS)} {self.amount(inner, record)}",
            lambda: f"{self.day(record)} {self.one(*SIGNS)} {self.day(record)}",
            lambda: f"{self._date_fact(record)} within {self.one(*PERIODS)}",
            lambda: self._category(record),
            lambda: self._category(record),
            lambda: f"{self.one('b1', 'i1', 'm1', 'd1', 'e1')} is known",
            lambda: f"{self._plain_truth(record)} {self.one('=', '!=')} {self._plain_truth(record)}",
        ]
        nested: list[Choice] = [
            *[lambda: f"({self._joined(inner, record)})"] * 6,
            lambda: self._at_least(inner, record),
            lambda: f"(not ({self.truth(inner, record)}))",
            lambda: self._chosen(inner, record, lambda: f"({self.truth(inner, record)})"),
            *([] if record else [lambda: self._question(inner)] * 4),
        ]
        return self.pick(plain, nested, depth)

    def _at_least(self, depth: int, record: str) -> str:
        parts = [self.truth(depth, record) for _ in range(self.random.randrange(2, 5))]
        return f"at_least({self.random.randrange(1, len(parts) + 1)}, {', '.join(parts)})"

    def _joined(self, depth: int, record: str) -> str:
        parts = [self.truth(depth, record) for _ in range(self.random.randrange(2, 4))]
        return f" {self.one('and', 'or')} ".join(parts)

    def _question(self, depth: int) -> str:
        variable = self.one("h", "k")
        return f"({self.one('some', 'every', 'no')} {self._over(variable)} ({self.truth(depth, variable)}))"

    def _over(self, variable: str) -> str:
        return f"{variable} in {_RECORD[variable]} with"

    def _chosen(self, depth: int, record: str, write: Choice) -> str:
        return f"(if {self.truth(depth, record)} then {write()} else {write()})"

    def _plain_truth(self, record: str) -> str:
        if record and self.random.random() < 0.7:
            return "h.b" if record == "h" else self.one("k.a", "k.l")
        return self.one("b1", "b2", "b3")

    def _category(self, record: str) -> str:
        if self.random.random() < 0.3:
            return f"e2 {self.one('= s1', 'in sites', 'not in sites', 'in {s1, s2, s3, s4, s5, s6, s7}', '!= s9')}"
        fact = {"h": "h.e", "k": "k.r", "": "e1"}[record] if self.random.random() < 0.7 else "e1"
        return f"{fact} {self.one('in {red, blue}', 'in {green}', '= red', '!= blue', 'not in {red}')}"

    def number(self, depth: int, record: str = "") -> str:
        inner = depth - 1
        plain: list[Choice] = [
            lambda: "h.i" if record == "h" and self.random.random() < 0.5 else self.one("i1", "i2"),
            lambda: self.one("i1", "i2"),
            lambda: str(self.random.randrange(6)),
            *[lambda: self._span(record)] * 2,
        ]
        nested: list[Choice] = [
            lambda: f"({self.number(inner, record)} {self.one('+', '-')} {self.number(inner, record)})",
            lambda: f"{self.one('min', 'max')}({self.number(inner, record)}, {self.number(inner, record)})",
            lambda: f"points[{self._colour(record)}]",
            lambda: f"({self.number(0, record)} * {self.number(0, record)})",
            lambda: (
                f"{self.one(*ROUNDINGS)}({self.number(0, record)} * {self.number(0, record)} * {self.one(*RATIOS)})"
            ),
        ]
        if not record:
            nested.append(lambda: f"(count {self._over('h')} ({self.truth(inner, 'h')}))")
            nested.append(lambda: f"(count {self._over('k')} ({self.truth(inner, 'k')}))")
        return self.pick(plain, nested, depth)

    def _span(self, record: str) -> str:
        month = f", {self.random.randrange(1, 13)}" if (name := self.one(*SPANS)) == "years_touched" else ""
        return f"{name}({self.day(record)}, {self.day(record)}{month})"

    def _colour(self, record: str) -> str:
        return "h.e" if record == "h" else "e1"

    def _date_fact(self, record: str) -> str:
        return "h.d" if record == "h" and self.random.random() < 0.5 else self.one("d1", "d2")

    def day(self, record: str = "") -> str:
        if self.random.random() < 0.1:
            return f"{self.one('min', 'max')}({self._date_fact(record)}, {self.one(*DAYS)})"
        return self._date_fact(record) if self.random.random() < 0.7 else self.one(*DAYS)

    def amount(self, depth: int, record: str = "") -> str:
        inner = depth - 1
        plain: list[Choice] = [
            *[lambda: "h.m" if record == "h" and self.random.random() < 0.5 else self.one("m1", "m2")] * 2,
            lambda: f"EUR {self.random.randrange(300)}.{self.random.randrange(100):02d}",
            lambda: self.one("rate", "wage"),
        ]
        nested: list[Choice] = [
            *[lambda: f"({self.amount(inner, record)} {self.one('+', '-')} {self.amount(inner, record)})"] * 2,
            lambda: f"{self.one('min', 'max')}({self.amount(inner, record)}, {self.amount(inner, record)})",
            *[lambda: f"{self.one(*ROUNDINGS)}({self.product(inner, record)})"] * 2,
            lambda: f"tariff[{self._colour(record)}, {'h.i' if record == 'h' else 'min(3, max(0, i2))'}]",
            lambda: f"({self.amount(0, record)} * {self.one('2', 'i1', 'i2')})",
            lambda: self._chosen(inner, record, lambda: self.amount(inner, record)),
            *([] if record else [lambda: self._gathered(inner)] * 2),
        ]
        return self.pick(plain, nested, depth)

    def _gathered(self, depth: int) -> str:
        condition, amount = self.truth(depth, "h"), self.amount(depth, "h")
        return f"({self.one('highest', 'total')} {self._over('h')} ({condition}) of ({amount}))"

    def product(self, depth: int, record: str) -> str:
        """An amount times a ratio or compounded, or a sum of such, not rounded yet."""
        plain: list[Choice] = [
            *[lambda: f"{self.amount(depth, record)} * {self.one(*RATIOS)}"] * 4,
            lambda: f"{self.amount(0, record)} * {self.number(0, record)} * {self.one(*RATIOS)}",
            lambda: f"{self.amount(0, record)} * {self.one(*RATIOS)} * {self.one(*RATIOS)}",
            lambda: (
                f"compound({self.amount(0, record)}, {self.one(*RATES)}, min(max({self.number(0, record)}, 0), 25))"
            ),
        ]
        nested: list[Choice] = [
            lambda: f"{self.product(0, record)} {self.one('+', '-')} {self.product(0, record)}",
            lambda: f"{self.product(0, record)} {self.one('+', '-')} {self.amount(0, record)}",
            lambda: self._chosen(depth - 1, record, lambda: self.product(0, record)),
        ]
        return self.pick(plain, nested, depth)

    def rules(self) -> str:
        """Write a whole rule file."""
        parts = [_HEAD.format(level=self.one("established", "asserted"), leap=self.one("1 March", "28 February"))]
        if self.random.random() < 0.4:
            parts.append(f'presumptions:\n  p: {{cite: x, fact: b2, when: "{self.truth(1).replace("b2", "b1")}"}}\n')
        codes = [f"C{number}" for number in range(self.random.randrange(1, 6))]
        parts.append("criteria:\n")
        parts += [f'  {code}: {{title: x, cite: x, when: "{self.truth(3)}"}}\n' for code in codes]
        if len(codes) > 1 and self.random.random() < 0.6:
            parts.append(self._routes(codes))
        parts.append(
            "award:\n"
            f'  - {{step: first, title: x, cite: x, is: "{self.amount(3)}"}}\n'
            f'  - {{step: second, title: x, cite: x, is: "if {self.truth(2)} then first else {self.amount(2)}"}}\n'
            f'  - {{step: points_found, title: x, cite: x, is: "{self.number(2)}"}}\n'
            '  - {step: third, title: x, cite: x, is: "min(max(first + second, EUR 0.00), EUR 900000.00)"}\n'
        )
        parts.append('appeal: {cite: x, body: x, days: "30", how: x}\n')
        return "".join(parts)

    def _routes(self, codes: list[str]) -> str:
        lines = ["routes:\n"]
        for number in range(self.random.randrange(1, 4)):
            chosen = ", ".join(self.random.sample(codes, self.random.randrange(1, len(codes) + 1)))
            open_to = f', open_to: "{self.truth(1)}"' if self.random.random() < 0.5 else ""
            pays = ", pays: by_succession" if self.random.random() < 0.3 else ""
            lines.append(f"  r{number}: {{title: x, cite: x, all: [{chosen}]{open_to}{pays}}}\n")
        return "".join(lines)


_HEAD = """\
rule_set: random
version: 1
language: 1
title: x
status: illustrative
authority: x
currency: EUR
birthdays_of_29_february: {leap}
proof_standard: {{cite: x, title: x, level: {level}}}
sets:
  sites: {{cite: x, values: [s2, s4, s9]}}
periods:
  era: {{cite: x, value: 2000-01-01 .. 2018-02-28}}
parameters:
  rate: {{cite: x, value: EUR 12.34}}
  wage:
    cite: x
    as_of: d1
    values: {{2000-02-29: EUR 100.01, 2018-03-01: EUR 200.02}}
tables:
  tariff:
    cite: x
    keys: [colour, 0 .. 3]
    rows:
      - [red, any, EUR 1.01]
      - [green, 0 | 1, EUR 2.00]
      - [green, 2 | 3, EUR 7.77]
      - [blue, any, EUR 3.33]
  points:
    cite: x
    keys: [colour]
    rows:
      - [red | blue, "7"]
      - [green, "3"]
"""


def write_rules(seed: int) -> tuple[str, RuleSet] | None:
    """Write the rule file of a seed and load it; None if its random sentences break a rule of the language."""
    text = Author(Random(seed)).rules()  # noqa: S311 the seed makes the file repeatable
    try:
        return text, load_rule_set(text, FACTS)
    except RuleFileRefused:
        return None


def make_claims(seed: int, count: int, schema: FactSchema) -> list[dict[str, Any]]:
    """Make recorded facts of claims; how many are missing differs from one set of claims to the next."""
    random = Random(seed)  # noqa: S311 as above
    missing = random.choice(MISSING)
    return [_claim(random, missing, schema) for _ in range(count)]


def _claim(random: Random, missing: float, schema: FactSchema) -> dict[str, Any]:
    claim: dict[str, Any] = _some(random, missing, dict(schema.facts), schema)
    for name, listed in schema.lists.items():
        records = [_some(random, missing, dict(listed.fields), schema) for _ in range(random.randrange(4))]
        if records or random.random() < 0.5:
            claim[name] = records
        if random.random() < 0.6:
            claim[listed.complete_when] = {"value": True, "proof": "established"}
    return claim


def _some(random: Random, missing: float, facts: dict[str, Fact], schema: FactSchema) -> dict[str, Any]:
    return {
        name: {"value": _value(random, fact, schema), "proof": _proof(random)}
        for name, fact in facts.items()
        if random.random() >= missing
    }


def _proof(random: Random) -> str:
    return random.choices(("established", "asserted", "not_established"), (90, 6, 4))[0]


def _value(random: Random, fact: Fact, schema: FactSchema) -> object:
    if fact.type.kind is Kind.TRUTH:
        return random.random() < 0.5
    if fact.type.kind is Kind.CATEGORY:
        return random.choice(schema.categories[fact.type.category])
    if fact.type.kind is Kind.DATE:
        return random.choice(DAYS) if random.random() < 0.8 else _any_day(random)
    low, high = fact.bounds or (0, 0)
    return random.choice((low, high)) if random.random() < 0.1 else random.randint(low, min(high, 100_000))


def _any_day(random: Random) -> str:
    return dt.date.fromordinal(random.randint(657_073, 839_691)).isoformat()
