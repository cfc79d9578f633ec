"""From recorded facts to what the rules may rely on: the proof standard is applied here, once.

A fact counts if it is proven as the rules require; below that it is *unknown* ("asserted, not yet proven"), never a
no.  Only an explicit finding, ``not_established``, makes a yes/no fact a no.  A value that cannot be read under the
schema is unknown too, and is asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from reparations.eligibility.language.nodes import Kind, Value
from reparations.eligibility.language.rule_set import ProofLevel

if TYPE_CHECKING:
    from reparations.eligibility.language.schema import Fact, FactList, FactSchema

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_LEVELS = frozenset(ProofLevel)

RecordedFacts = Mapping[str, object]
"""``{fact: {"value": …, "proof": …}, list: [{field: {"value": …, "proof": …}}]}``, as the registry keeps it."""


class _Unreadable:
    """What `read_value` returns for a value that is none of its type."""


UNREADABLE = _Unreadable()


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the rules may rely on of one claim."""

    values: Mapping[str, Value]
    lists: Mapping[str, Sequence[Mapping[str, Value]]]
    unreadable: tuple[str, ...] = ()
    """Declared facts whose recorded value is not one of the declared type."""
    undeclared: tuple[str, ...] = ()
    """Recorded facts that the schema does not know; no rule can look at them."""


def read_facts(recorded: RecordedFacts, schema: FactSchema, standard: ProofLevel) -> CaseFacts:
    """Apply the schema and the proof standard to the recorded facts of a claim; never raises."""
    reader = _Reader(schema, standard)
    values = {name: reader.read(name, recorded.get(name), fact) for name, fact in schema.facts.items()}
    lists: dict[str, Sequence[Mapping[str, Value]]] = {}
    for name, listed in schema.lists.items():
        entries = recorded.get(name, ())
        if not isinstance(entries, Sequence) or isinstance(entries, str) or len(entries) > listed.at_most:
            reader.unreadable.append(listed.complete_when)
            values[listed.complete_when] = None
            continue
        lists[name] = [reader.read_record(entry, listed) for entry in entries]
    known = schema.facts.keys() | schema.lists.keys()
    return CaseFacts(values, lists, tuple(dict.fromkeys(reader.unreadable)), tuple(sorted(set(recorded) - known)))


class _Reader:
    """Reads recorded values of one claim and remembers those it could not read."""

    def __init__(self, schema: FactSchema, standard: ProofLevel) -> None:
        self.schema = schema
        self.standard = standard
        self.unreadable: list[str] = []

    def read_record(self, entry: object, listed: FactList) -> dict[str, Value]:
        record = entry if type(entry) is dict or isinstance(entry, Mapping) else {}
        return {
            field: self.read(f"{listed.name}.{field}", record.get(field), fact) for field, fact in listed.fields.items()
        }

    def read(self, name: str, content: object, fact: Fact) -> Value:
        if content is None:
            return None
        # What was stored is a plain dict; to ask whether it is any Mapping costs more than all the rest of this.
        entry = content if type(content) is dict or isinstance(content, Mapping) else {}
        proof = entry.get("proof")
        if not isinstance(proof, str) or proof not in _LEVELS:
            self.unreadable.append(name)
            return None
        if proof == ProofLevel.NOT_ESTABLISHED:
            return False if fact.type.kind is Kind.TRUTH else None
        if proof == ProofLevel.ASSERTED and self.standard is ProofLevel.ESTABLISHED and fact.needs_proof:
            return None
        value = read_value(entry.get("value"), fact, self.schema)
        if isinstance(value, _Unreadable):
            self.unreadable.append(name)
            return None
        return value


def read_value(value: object, fact: Fact, schema: FactSchema) -> Value | _Unreadable:
    """Return a recorded value in the form the evaluator works on, or `UNREADABLE`."""
    kind = fact.type.kind
    if kind is Kind.TRUTH:
        return value if isinstance(value, bool) else UNREADABLE
    if kind is Kind.CATEGORY:
        return value if isinstance(value, str) and value in schema.categories[fact.type.category] else UNREADABLE
    number = _ordinal(value) if kind is Kind.DATE else value
    if not isinstance(number, int) or isinstance(number, bool) or fact.bounds is None:
        return UNREADABLE
    low, high = fact.bounds
    return number if low <= number <= high else UNREADABLE


def _ordinal(value: object) -> int | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value).toordinal()
    except ValueError:
        return None
