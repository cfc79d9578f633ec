"""Invented claims: facts at the values where rules change their mind, and right beside them.

Golden vectors are drawn from them, and counter-examples of two versions are searched among them.  The same rules,
examples and seed always give the same claims.
"""

from __future__ import annotations

from datetime import date
from random import Random
from typing import TYPE_CHECKING, Any

from reparations.eligibility.language.nodes import Kind, Op
from reparations.eligibility.language.rule_set import ProofLevel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reparations.eligibility.language.facts import RecordedFacts
    from reparations.eligibility.language.nodes import Node
    from reparations.eligibility.language.rule_set import RuleSet
    from reparations.eligibility.language.schema import Fact, FactSchema

_MISSING_PERCENT = (0, 5, 15, 40)
"""How many facts of a claim are left out; one of these is drawn for each claim."""
_MOST_RECORDS = 3
_MOST_CHANGES = 4
_LONGEST_LIFE = 120
_MOST_DAYS = 400
_MONEY = (0, 1, 100, 12_345, 1_000_000)
_PROOFS = (*[ProofLevel.ESTABLISHED] * 8, ProofLevel.ASSERTED, ProofLevel.NOT_ESTABLISHED)


def walk_rule_set(rule_set: RuleSet) -> Iterator[Node]:
    """Yield every node of a rule set: of criteria, routes, presumptions, award, and what follows from them."""
    for root in _roots(rule_set):
        yield from root.walk()


def _roots(rule_set: RuleSet) -> Iterator[Node]:
    yield from (criterion.condition for criterion in rule_set.criteria)
    yield from (presumption.when for presumption in rule_set.presumptions)
    yield from (offset.amount for offset in rule_set.offsets)
    yield from (cap.amount for cap in rule_set.caps)
    yield from (election.holds_while for election in rule_set.elections)
    yield from (line.when for line in rule_set.priority)
    yield from (one.when for scheme in rule_set.shares for one in scheme.classes)
    optional = [node for step in rule_set.award for node in (step.amount, step.highest)]
    optional += [route.open_to for route in rule_set.routes]
    optional += [scheme.when for scheme in rule_set.shares]
    optional += [node for benefit in rule_set.benefits for node in (benefit.when, benefit.value)]
    optional += [case.when for case in rule_set.unit.cases] if rule_set.unit else []
    if rule_set.payment:
        optional += [stream.when for stream in rule_set.payment.streams]
        optional += [rule_set.payment.in_trust.when] if rule_set.payment.in_trust else []
    yield from (node for node in optional if node is not None)


class Inventor:
    """Invents claims for one rule set, or for several to be compared: a fact of any of their schemas may occur."""

    def __init__(self, rule_sets: Sequence[RuleSet], examples: Sequence[RecordedFacts] = ()) -> None:
        """Collect what the rules compare with.

        Args:
            rule_sets: one or more.
            examples: recorded facts of worked examples; half of the claims are bent from one of them.
        """
        self.facts: dict[str, list[tuple[Fact, FactSchema]]] = {}
        self.lists: dict[str, dict[str, list[tuple[Fact, FactSchema]]]] = {}
        self.most: dict[str, int] = {}
        for rule_set in rule_sets:
            self._add_schema(rule_set.schema)
        self.examples = list(examples)
        self.numbers, self.amounts, self.days = _collect(rule_sets)

    def _add_schema(self, schema: FactSchema) -> None:
        for name, fact in schema.facts.items():
            self.facts.setdefault(name, []).append((fact, schema))
        for name, listed in schema.lists.items():
            fields = self.lists.setdefault(name, {})
            self.most[name] = min(listed.at_most, self.most.get(name, _MOST_RECORDS))
            for key, fact in listed.fields.items():
                fields.setdefault(key, []).append((fact, schema))

    def invent(self, count: int, *, seed: int) -> list[dict[str, Any]]:
        """Invent this many claims, as the registry would keep their facts."""
        random = Random(seed)  # noqa: S311 invented claims are no secret
        return [self._bend(random) if self.examples and number % 2 else self._fresh(random) for number in range(count)]

    def _fresh(self, random: Random) -> dict[str, Any]:
        missing = random.choice(_MISSING_PERCENT)
        claim: dict[str, Any] = {
            name: self._recorded(random, facts)
            for name, facts in self.facts.items()
            if random.randrange(100) >= missing
        }
        for name in self.lists:
            if random.randrange(100) >= missing:
                claim[name] = [
                    self._record(random, name, missing) for _ in range(random.randrange(self.most[name] + 1))
                ]
        return claim

    def _bend(self, random: Random) -> dict[str, Any]:
        """Change a few facts of a worked example."""
        claim: dict[str, Any] = dict(random.choice(self.examples))
        names = [*self.facts, *self.lists]
        for _ in range(random.randrange(_MOST_CHANGES + 1)):
            name = random.choice(names)
            if name in self.lists:
                claim[name] = self._bend_list(random, name, list(claim.get(name, ())))
            elif random.randrange(4) == 0:
                claim.pop(name, None)
            else:
                claim[name] = self._recorded(random, self.facts[name])
        return claim

    def _bend_list(self, random: Random, name: str, records: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        change = random.randrange(3)
        if records and change == 0:
            records.pop(random.randrange(len(records)))
        elif records and change == 1:
            place = random.randrange(len(records))
            key = random.choice(list(self.lists[name]))
            records[place] = {**records[place], key: self._recorded(random, self.lists[name][key])}
        elif len(records) < self.most[name]:
            records.append(self._record(random, name, 0))
        return records

    def _record(self, random: Random, name: str, missing: int) -> dict[str, Any]:
        fields = self.lists[name]
        return {key: self._recorded(random, facts) for key, facts in fields.items() if random.randrange(100) >= missing}

    def _recorded(self, random: Random, facts: Sequence[tuple[Fact, FactSchema]]) -> dict[str, Any]:
        fact, schema = random.choice(facts)
        proof = random.choice(_PROOFS)
        if fact.type.kind is Kind.TRUTH and proof is ProofLevel.NOT_ESTABLISHED:
            return {"value": False, "proof": proof.value}
        return {"value": self._value(random, fact, schema), "proof": proof.value}

    def _value(self, random: Random, fact: Fact, schema: FactSchema) -> bool | int | str:
        kind = fact.type.kind
        if kind is Kind.TRUTH:
            return random.randrange(3) > 0  # most conditions want a yes
        if kind is Kind.CATEGORY:
            return random.choice(schema.categories[fact.type.category])
        low, high = fact.bounds or (0, 0)
        pool = {Kind.DATE: self.days, Kind.MONEY: self.amounts}.get(kind, self.numbers)
        inside = [value for value in pool if low <= value <= high]
        if kind is Kind.DATE:
            return date.fromordinal(random.choice(inside) if inside else low).isoformat()
        if kind is Kind.NUMBER and random.randrange(3) == 0:
            return random.randint(low, high)
        return random.choice([low, high if kind is Kind.NUMBER else low, *inside])


def _collect(rule_sets: Sequence[RuleSet]) -> tuple[list[int], list[int], list[int]]:
    """Return numbers, amounts and days the rules name, each with its neighbours; days also a stated age earlier."""
    found: dict[Kind, set[int]] = {Kind.NUMBER: {0, 1}, Kind.MONEY: set(), Kind.DATE: set()}
    for rule_set in rule_sets:
        for node in walk_rule_set(rule_set):
            if node.op is Op.CONST and type(node.constant) is int and node.type.kind in found:
                found[node.type.kind].add(node.constant)
        for table in rule_set.tables.values():
            for keys in table.cells:
                found[Kind.NUMBER].update(int(key) for key in keys if key.lstrip("-").isdecimal())
    numbers = {near for number in found[Kind.NUMBER] for near in (number - 1, number, number + 1)}
    amounts = {near for amount in found[Kind.MONEY] for near in (amount - 1, amount, amount + 1) if near >= 0}
    ages = sorted(number for number in found[Kind.NUMBER] if 1 < number <= _LONGEST_LIFE)
    named = sorted(found[Kind.DATE] or {date(2000, 2, 29).toordinal()})
    days = {near for day in named for near in (day - 1, day, day + 1)}
    for day in named:
        for age in (*ages, 30, 75):
            earlier = years_before(day, age)
            if earlier is not None and len(days) < _MOST_DAYS:
                days.update((earlier - 1, earlier, earlier + 1))
    return sorted(numbers), sorted({*amounts, *_MONEY}), sorted(days)


def years_before(day: int, years: int) -> int | None:
    """Return the same day so many years earlier, as an ordinal; None where that year has none."""
    whole = date.fromordinal(day)
    try:
        return whole.replace(year=whole.year - years).toordinal()
    except ValueError:  # 29 February of a year that has none, or before the calendar begins
        return None
