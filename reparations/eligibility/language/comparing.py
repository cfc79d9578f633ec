"""What two versions of a rule set say differently, as a lawyer reads it: part by part, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum, StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from reparations.eligibility.language.document import Listing, Section, Words, read_document
from reparations.eligibility.language.nodes import MONEY, Kind, Node
from reparations.eligibility.language.sentences import Speaker, say_ratio
from reparations.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reparations.eligibility.language.document import Document
    from reparations.eligibility.language.expressions import Table
    from reparations.eligibility.language.rule_set import RuleSet
    from reparations.eligibility.language.schema import Fact, FactSchema

_NAMED_BY = ("code", "name", "fact", "title")
_DECLARED = ("sets", "periods", "parameters")
_OWN_NAME = {"award": "award step", "criteria": "criterion", "benefits": "benefit"}
_LISTED = (
    *("presumptions", "criteria", "routes", "award", "elections", "offsets", "caps", "shares"),
    *("benefits", "collective", "priority"),
)


class ChangeKind(StrEnum):
    """What became of a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a part says; None where it did not, or does not any more."""

    about: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One part of the rules that reads otherwise."""

    part: str
    name: str
    kind: ChangeKind
    lines: tuple[Line, ...]


_Said = Mapping[tuple[str, str], Mapping[str, str]]
"""(part, name) → about what → in words."""


def compare_readings(old: RuleSet, new: RuleSet) -> list[Change]:
    """List what reads otherwise in `new`, in the order of its parts; what was removed stands where it stood."""
    before, after = _read(old), _read(new)
    keys = list(after)
    for place, key in enumerate(before):
        if key not in after:
            keys.insert(min(place, len(keys)), key)
    return [change for key in keys if (change := _change(key, before.get(key), after.get(key))) is not None]


def _change(key: tuple[str, str], before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> Change | None:
    was, is_ = before or {}, after or {}
    lines = tuple(
        Line(about, was.get(about), is_.get(about))
        for about in dict.fromkeys([*was, *is_])
        if was.get(about) != is_.get(about)
    )
    if not lines:
        return None
    kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED if after is None else ChangeKind.CHANGED
    return Change(*key, kind, lines)


def _read(rule_set: RuleSet) -> _Said:
    speaker = Speaker(rule_set)
    said: dict[tuple[str, str], dict[str, str]] = {("rule set", rule_set.name): _head(rule_set)}
    said.update(_facts(rule_set.schema))
    said.update(_declared(rule_set.source))
    for part in _LISTED:
        for item in getattr(rule_set, part):
            said[_OWN_NAME.get(part, part.removesuffix("s")), _name(item)] = dict(_tell(item, speaker))
    for table in rule_set.tables.values():
        said["table", table.name] = _table(table, rule_set)
    for part in ("proof", "appeal", "unit", "payment"):
        if (item := getattr(rule_set, part)) is not None:
            said[part, ""] = dict(_tell(item, speaker))
    return said


def _head(rule_set: RuleSet) -> dict[str, str]:
    return {name: getattr(rule_set, name) for name in ("title", "status", "authority", "currency")}


def _name(item: object) -> str:
    return next(str(getattr(item, name)) for name in _NAMED_BY if hasattr(item, name))


def _facts(schema: FactSchema) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    for name, values in schema.categories.items():
        yield ("category", name), {value: schema.value_labels[name, value] for value in values}
    for fact in schema.facts.values():
        yield ("fact", fact.name), _fact(fact)
    for listed in schema.lists.values():
        told = {"label": listed.label, "complete when": listed.complete_when, "at most": str(listed.at_most)}
        for fact in listed.fields.values():
            told |= {f"{fact.name}: {about}": words for about, words in _fact(fact).items()}
        yield ("list", listed.name), told


def _fact(fact: Fact) -> dict[str, str]:
    told = {"type": str(fact.type), "label": fact.label, "question": fact.question}
    told["needs proof"] = "yes" if fact.needs_proof else "no"
    if fact.bounds and fact.type.kind is Kind.NUMBER:
        told["range"] = f"{fact.bounds[0]} .. {fact.bounds[1]}"
    return told


def _declared(source: str) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    """Read named values from the file: the typed tree has them where they are used, without their names."""
    document = read_document(source, "rules.yaml")
    for part in _DECLARED:
        section = document.entries.get(part)
        for name, value in section.entries.items() if isinstance(section, Section) else ():
            yield (part.removesuffix("s"), name), dict(_written(value))


def _written(document: Document, about: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(document, Words):
        yield about or "value", document.text
    elif isinstance(document, Listing):
        yield about or "values", ", ".join(words for item in document.items for _, words in _written(item))
    else:
        for key, value in document.entries.items():
            if key != "note":
                yield from _written(value, f"{about} {key}".strip())


def _table(table: Table, rule_set: RuleSet) -> dict[str, str]:
    labels = rule_set.schema.value_labels
    told = {"cite": table.cite}
    for keys, cell in table.cells.items():
        words = [labels.get((type_.category, key), key) for type_, key in zip(table.keys, keys, strict=True)]
        told[", ".join(words)] = str(Money(cell, rule_set.currency)) if table.type == MONEY else str(cell)
    return told


def _tell(item: object, speaker: Speaker, about: str = "") -> Iterator[tuple[str, str]]:
    """Say what a part holds, field by field; conditions and amounts as the reading copy says them."""
    if isinstance(item, Node):
        yield about, speaker.say(item)
    elif is_dataclass(item) and not isinstance(item, type):
        for one in fields(item):
            name = one.name.removesuffix("_minor").replace("_", " ")
            value = getattr(item, one.name)
            if one.name.endswith("_minor") and isinstance(value, int):
                value = str(Money(value, speaker.rule_set.currency))
            yield from _tell(value, speaker, f"{about}, {name}" if about else name)
    elif isinstance(item, Mapping):
        for key, value in item.items():
            yield from _tell(value, speaker, f"{about}, {key}" if about else str(key))
    elif isinstance(item, tuple | list | frozenset | set):
        yield from _tell_many(item if isinstance(item, tuple | list) else sorted(item, key=str), speaker, about)
    elif item is not None:
        yield about, _word(item)


def _tell_many(items: Iterable[object], speaker: Speaker, about: str) -> Iterator[tuple[str, str]]:
    listed = list(items)
    if all(isinstance(item, str | int) for item in listed):
        yield about, ", ".join(_word(item) for item in listed)
        return
    for number, item in enumerate(listed, 1):
        yield from _tell(item, speaker, f"{about} {number}")


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Fraction):
        return say_ratio(value)
    return str(value.value if isinstance(value, Enum) else value).replace("_", " ")
