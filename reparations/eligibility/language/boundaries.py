"""Days on which the rules change their mind: the same rules a day earlier or later, and claims that tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from reparations.eligibility.language.inventing import walk_rule_set, years_before
from reparations.eligibility.language.nodes import DATE, Kind, Node, Op
from reparations.eligibility.language.rule_set import ProofLevel

if TYPE_CHECKING:
    from reparations.eligibility.language.facts import RecordedFacts
    from reparations.eligibility.language.rule_set import RuleSet

_ANNIVERSARIES = (1, 2, 3, 4, 5, 10, 20, -1, -2, -5, -10, -20)
"""Years from the day, for rules that count a span from it."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """A day that the rules name, and the smallest part of them that says what it is for."""

    day: int
    """As a proleptic ordinal."""
    holder: Node


def list_boundaries(rule_set: RuleSet) -> list[Boundary]:
    """List the days of a rule set, each once for each thing it decides; two histories may begin on one day."""
    nodes = list(walk_rule_set(rule_set))
    heads = {id(node.items[0]) for node in nodes if node.op is Op.IF}
    found = {
        Boundary(part.constant, node): None
        for node in nodes
        if id(node) not in heads
        for part in _parts(node)
        if part.op is Op.CONST and part.type == DATE and type(part.constant) is int
    }
    return list(found)


def move_boundary(rule_set: RuleSet, boundary: Boundary, *, days: int) -> RuleSet:
    """Return the same rules with one boundary so many days later; their identity is the old one's."""
    moved: RuleSet = _swap(rule_set, boundary.holder, _moved(boundary.holder, boundary.day, days))
    return moved


def bend_to_boundary(
    rule_set: RuleSet, boundary: Boundary, claims: Sequence[RecordedFacts]
) -> Iterator[dict[str, Any]]:
    """Yield claims with a date of theirs on the boundary's day, the day before and the day after.

    Args:
        rule_set: whose boundary it is.
        boundary: any.
        claims: recorded facts to bend, the likeliest first.
    """
    names = {part.name for part in _parts(boundary.holder) if part.op in (Op.FACT, Op.FIELD) and part.type == DATE}
    schema = rule_set.schema
    dates = [name for name, fact in schema.facts.items() if fact.type.kind is Kind.DATE]
    listed = [
        (one.name, name) for one in schema.lists.values() for name, fact in one.fields.items() if fact.type == DATE
    ]
    for day in _days(boundary.day):
        for claim in claims:
            content = {"value": date.fromordinal(day).isoformat(), "proof": ProofLevel.ESTABLISHED.value}
            for name in dates:
                if not names or name in names:
                    yield {**claim, name: content}
            for name, field in listed:
                if not names or f"{name}.{field}" in names:
                    records: Any = claim.get(name, ())
                    yield {**claim, name: [{**record, field: content} for record in records]}


def _parts(node: Node) -> tuple[Node, ...]:
    """Return what stands directly in a node, in a choice also in its condition, which alone does not say what for."""
    return (*node.items, *node.items[0].items) if node.op is Op.IF else node.items


def _days(day: int) -> Iterator[int]:
    near = [day, *(other for years in _ANNIVERSARIES if (other := years_before(day, -years)) is not None)]
    for one in near:
        yield from (one, one - 1, one + 1)


def _moved(node: Node, day: int, days: int) -> Node:
    items = tuple(
        replace(item, constant=day + days, bounds=(day + days, day + days))
        if item.op is Op.CONST and item.type == DATE and item.constant == day
        else item
        for item in node.items
    )
    if node.op is Op.IF:
        items = (_moved(items[0], day, days), *items[1:])
    return replace(node, items=items)


def _swap(value: Any, old: Node, new: Node) -> Any:  # noqa: ANN401 any part of a rule set, and the same part again
    """Return a part of a rule set with one node put in the place of another wherever it stands."""
    if isinstance(value, Node) and value == old:
        return new
    if isinstance(value, Node) and value.op is Op.IF and value.items[0] == old:
        return replace(value, items=(old, *_swap(value.items[1:], old, new)))  # a boundary of its own, with its choice
    if is_dataclass(value) and not isinstance(value, type):
        parts = {one.name: getattr(value, one.name) for one in fields(value)}
        changed = {name: other for name, part in parts.items() if (other := _swap(part, old, new)) is not part}
        return replace(value, **changed) if changed else value
    if isinstance(value, tuple):
        swapped = tuple(_swap(one, old, new) for one in value)
        return swapped if any(a is not b for a, b in zip(swapped, value, strict=True)) else value
    if isinstance(value, Mapping):
        exchanged = {key: _swap(one, old, new) for key, one in value.items()}
        return exchanged if any(exchanged[key] is not one for key, one in value.items()) else value
    return value
