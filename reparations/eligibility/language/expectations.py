"""What an example may expect beside outcome, award and criteria; one reader and one comparison for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from reparations.eligibility.language.document import (
    Document,
    Section,
    read_text,
    read_whole,
    require_listing,
    require_section,
    require_words,
)
from reparations.eligibility.language.entitle import ElectionState, Entitlement
from reparations.eligibility.language.entitlement import UnitKind
from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.nodes import MONEY
from reparations.errors import InvalidInput
from reparations.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reparations.eligibility.language.assess import Findings
    from reparations.eligibility.language.document import Words
    from reparations.eligibility.language.rule_set import RuleSet

Expected = str | int | tuple["Expected", ...] | dict[str, "Expected"]
"""A value in the plainest form both sides can be brought to: words, minor units, lists and names of these."""

_HAS = {True: "met", False: "not met", None: "unknown"}
_LONGEST = 10**15


@dataclass(frozen=True, slots=True)
class Expectations:
    """What an example expects, by key; only what it names is compared."""

    values: Mapping[str, Expected]
    already_paid_minor: int | None

    def differences(self, findings: Findings) -> Iterator[str]:
        """Yield what came out otherwise, in words."""
        for key, expected in self.values.items():
            found = _FOUND[key](findings, self)
            if isinstance(expected, dict) and isinstance(found, dict):
                found = {name: found.get(name, "nothing") for name in expected}
            if found != expected:
                yield f"{key} is {_said(found)}, not {_said(expected)}"


def _said(value: Expected) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_said(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_said(item)}" for name, item in value.items()) + "}"
    return str(value)


def read_minor(words: Words, rule_set: RuleSet) -> int:
    """Read an amount such as ``USD 250.00`` in minor units.

    Raises:
        Fault: it is none in the currency of the rules.
    """
    currency, _, amount = words.text.partition(" ")
    if currency != rule_set.currency:
        remedy = f"Write the amount like {rule_set.currency} 250.00."
        raise Fault("currency", words.at, f"«{words.text}» is no amount in the rules' currency.", remedy)
    try:
        return Money.parse(amount, currency).amount_minor
    except InvalidInput as error:
        raise Fault("amount", words.at, error.message, error.remedy or "") from None


def read_step_values(document: Document, what: str, rule_set: RuleSet) -> dict[str, int]:
    """Read values by step: amounts in minor units, or plain numbers.

    Raises:
        Fault: there is no such step, or the value is none.
    """
    kinds = {step.name: step.amount.type for step in rule_set.award}
    section = require_section(document, what)
    values = {}
    for name in section.entries:
        if name not in kinds:
            raise Fault("unknown_name", section.key_places[name], f"No step is called «{name}».", "Correct it.")
        if kinds[name] == MONEY:
            values[name] = read_minor(require_words(section.entries[name], what), rule_set)
        else:
            values[name] = read_whole(section, name, what, 0, _LONGEST)
    return values


def read_expectations(expect: Section, already_paid_minor: int | None, rule_set: RuleSet) -> Expectations:
    """Read everything `expect:` names that this module knows.

    Raises:
        Fault: a name or a value is wrong.
    """
    reader = _Reader(expect, rule_set)
    values: dict[str, Expected] = {key: read(key) for key, read in reader.readers.items() if key in expect.entries}
    if {"top_up", "owed_back"} & values.keys() and already_paid_minor is None:
        raise Fault("missing_key", expect.at, "The example does not say what was paid.", "Add «already_paid: …».")
    return Expectations(values, already_paid_minor)


class _Reader:
    """Reads each key to the plain form."""

    def __init__(self, expect: Section, rule_set: RuleSet) -> None:
        self.expect = expect
        self.rule_set = rule_set
        self.readers: dict[str, Callable[[str], Expected]] = {
            "top_up": self.minor,
            "owed_back": self.minor,
            "fee_at_most": self.minor,
            "steps": lambda key: dict(read_step_values(expect.entries[key], key, rule_set)),
            "ranges": self.ranges,
            "elections": lambda key: self.named(key, [e.name for e in rule_set.elections], list(ElectionState)),
            "offsets": lambda key: self.amounts(key, [o.name for o in rule_set.offsets]),
            "caps": lambda key: self.amounts(key, [c.name for c in rule_set.caps]),
            "unit": lambda key: self.word(key, list(UnitKind)),
            "shares": self.minors,
            "instalments": self.minors,
            "shared_as": lambda key: self.word(key, [*(s.name for s in rule_set.shares), "nobody"]),
            "in_trust": self.days,
            "held_until": lambda key: _read_day(require_words(expect.entries[key], f"«{key}»"), "unknown"),
            "benefits": lambda key: self.named(key, [b.name for b in rule_set.benefits], [*_HAS.values()]),
            "benefit_values": lambda key: self.amounts(key, [b.name for b in rule_set.benefits]),
            "priority": lambda key: read_whole(expect, key, "«expect»", 0, _LONGEST),
            "stream": lambda key: self.word(
                key, [s.name for s in rule_set.payment.streams] if rule_set.payment else []
            ),
        }

    def minor(self, key: str) -> int:
        return read_minor(require_words(self.expect.entries[key], f"«{key}»"), self.rule_set)

    def minors(self, key: str) -> Expected:
        items = require_listing(self.expect.entries[key], f"«{key}»").items
        return tuple(self._share(require_words(item, f"«{key}»")) for item in items)

    def _share(self, words: Words) -> int:
        return 0 if words.text == "0" else read_minor(words, self.rule_set)

    def days(self, key: str) -> Expected:
        items = require_listing(self.expect.entries[key], f"«{key}»").items
        return tuple(_read_day(require_words(item, f"«{key}»"), "no", "unknown") for item in items)

    def word(self, key: str, known: list[str]) -> str:
        text = read_text(self.expect, key, "«expect»")
        if text not in known:
            remedy = f"One of: {', '.join(known) or 'none'}."
            raise Fault("unknown_value", self.expect.entries[key].at, f"«{text}» is no «{key}».", remedy)
        return str(text)

    def _entries(self, key: str, names: list[str]) -> Section:
        section = require_section(self.expect.entries[key], f"«{key}»")
        for name, place in section.key_places.items():
            if name not in names:
                remedy = f"One of: {', '.join(names) or 'none'}."
                raise Fault("unknown_name", place, f"Nothing under «{key}» is called «{name}».", remedy)
        return section

    def amounts(self, key: str, names: list[str]) -> Expected:
        section = self._entries(key, names)
        return {
            name: read_minor(require_words(value, f"«{key}»"), self.rule_set) for name, value in section.entries.items()
        }

    def named(self, key: str, names: list[str], values: list[str]) -> Expected:
        section = self._entries(key, names)
        found: dict[str, Expected] = {}
        for name, value in section.entries.items():
            words = require_words(value, f"«{key}»")
            if words.text not in values:
                raise Fault("unknown_value", words.at, f"«{words.text}» is none.", f"One of: {', '.join(values)}.")
            found[name] = words.text
        return found

    def ranges(self, key: str) -> Expected:
        kinds = {step.name: step.amount.type for step in self.rule_set.award if step.highest}
        section = self._entries(key, list(kinds))
        found: dict[str, Expected] = {}
        for name, value in section.entries.items():
            ends = [require_words(item, f"«{key}»") for item in require_listing(value, f"«{key}»").items]
            if kinds[name] == MONEY:
                found[name] = tuple(read_minor(words, self.rule_set) for words in ends)
            else:
                found[name] = tuple(int(words.text) if words.text.isdecimal() else words.text for words in ends)
        return found


def _read_day(words: Words, *others: str) -> str:
    if words.text not in others:
        try:
            date.fromisoformat(words.text)
        except ValueError:
            remedy = f"Write {', '.join(others)} or 2030-03-01."
            raise Fault("bad_date", words.at, f"«{words.text}» is no day.", remedy) from None
    return words.text


def _entitlement(findings: Findings) -> Entitlement:
    return findings.entitlement or Entitlement()


def _balance(findings: Findings, expected: Expectations, sign: int) -> int:
    paid = expected.already_paid_minor or 0
    return max(sign * ((findings.amount_minor or 0) - paid), 0)


def _shares(findings: Findings) -> Expected:
    sharing = _entitlement(findings).shares
    return tuple(part.amount_minor for part in sharing.parts or ()) if sharing else "nothing"


def _shared_as(findings: Findings) -> Expected:
    sharing = _entitlement(findings).shares
    if sharing is None or sharing.parts is None:
        return "nothing"
    return "nobody" if sharing.nobody else sharing.scheme


def _in_trust(findings: Findings) -> Expected:
    sharing = _entitlement(findings).shares
    parts = sharing.parts or () if sharing else ()
    return tuple("unknown" if p.age_unknown else p.held_until.isoformat() if p.held_until else "no" for p in parts)


def _held_until(findings: Findings) -> Expected:
    holding = _entitlement(findings).in_trust
    if holding is None:
        return "nothing"
    return holding.until.isoformat() if holding.until else "unknown"


def _known(values: Mapping[str, int | None]) -> Expected:
    return {name: "unknown" if value is None else value for name, value in values.items()}


_FOUND: dict[str, Callable[[Findings, Expectations], Expected]] = {
    "top_up": lambda f, e: _balance(f, e, 1),
    "owed_back": lambda f, e: _balance(f, e, -1),
    "fee_at_most": lambda f, _: _or_nothing(_entitlement(f).fee_at_most_minor),
    "steps": lambda f, _: _known(f.steps),
    "ranges": lambda f, _: dict(f.ranges),
    "elections": lambda f, _: {name: state.value for name, state in _entitlement(f).elections.items()},
    "offsets": lambda f, _: _known(_entitlement(f).offsets),
    "caps": lambda f, _: _known(_entitlement(f).caps),
    "unit": lambda f, _: _or_nothing(_entitlement(f).unit),
    "shares": lambda f, _: _shares(f),
    "shared_as": lambda f, _: _shared_as(f),
    "in_trust": lambda f, _: _in_trust(f),
    "held_until": lambda f, _: _held_until(f),
    "instalments": lambda f, _: _entitlement(f).instalments,
    "benefits": lambda f, _: {name: _HAS[found.has] for name, found in _entitlement(f).benefits.items()},
    "benefit_values": lambda f, _: {
        name: found.value_minor for name, found in _entitlement(f).benefits.items() if found.value_minor is not None
    },
    "priority": lambda f, _: _priority(f),
    "stream": lambda f, _: _or_nothing(_entitlement(f).stream),
}
EXPECTED = tuple(_FOUND)
"""The keys of `expect:` this module knows."""


def _or_nothing(value: Expected | None) -> Expected:
    return "nothing" if value is None else value


def _priority(findings: Findings) -> Expected:
    found = _entitlement(findings).priority
    return "nothing" if found is None else found.points
