"""Worked examples beside the rules: a claim in words, and what must come of it.  They run whenever rules are loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reparations.eligibility.language.assess import Assessor, Finding, Findings, Outcome
from reparations.eligibility.language.document import (
    Document,
    Section,
    check_keys,
    read_document,
    require_listing,
    require_section,
    require_words,
)
from reparations.eligibility.language.errors import AmountOutOfRange, ExampleFailed, Fault, Position, Problems
from reparations.eligibility.language.expectations import (
    EXPECTED,
    Expectations,
    read_expectations,
    read_minor,
    read_step_values,
)
from reparations.eligibility.language.facts import UNREADABLE, read_value
from reparations.eligibility.language.nodes import Kind
from reparations.eligibility.language.rule_set import ProofLevel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reparations.eligibility.language.facts import RecordedFacts
    from reparations.eligibility.language.rule_set import RuleSet
    from reparations.eligibility.language.schema import Fact

_EXPECT = ("outcome", "award", "met", "not_met", "unknown", "asks", "grounds", *EXPECTED)


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example."""

    name: str
    facts: RecordedFacts
    outcome: Outcome
    amount_minor: int | None
    findings: Mapping[str, Finding]
    asks: tuple[str, ...] | None
    grounds: tuple[str, ...] | None
    at: Position
    decided: Mapping[str, int] = field(default_factory=dict)
    """What a person decided, by step: minor units or points."""
    expected: Expectations | None = None


def load_examples(text: str, rule_set: RuleSet, *, file: str = "examples.yaml") -> list[Example]:
    """Read worked examples.

    Raises:
        RuleFileRefused: with every problem found.
    """
    document = read_document(text, file)
    problems = Problems()
    examples: list[Example] = []
    with problems.collecting():
        check_keys(document, "An examples file", required=("rule_set", "examples"), optional=("note",))
        name = require_words(document.entries["rule_set"], "«rule_set»")
        if name.text != rule_set.name:
            message = f"These examples belong to «{name.text}», not to «{rule_set.name}»."
            raise Fault("wrong_rule_set", name.at, message, "Correct the name.")
        for item in require_listing(document.entries["examples"], "«examples»").items:
            with problems.collecting():
                examples.append(_Reader(rule_set, require_section(item, "An example")).read())
    problems.raise_if_any()
    return examples


def check_examples(rule_set: RuleSet, examples: Sequence[Example]) -> dict[str, frozenset[Finding]]:
    """Run every example.

    Returns:
        for each criterion, the findings the examples have shown: the coverage.

    Raises:
        ExampleFailed: one does not come out as it says; the message names it and both results.
    """
    assessor = Assessor(rule_set)
    seen: dict[str, set[Finding]] = {criterion.code: set() for criterion in rule_set.criteria}
    for example in examples:
        try:
            findings = assessor.assess(example.facts, trace=True, decided=example.decided)
        except AmountOutOfRange as error:
            message = f"{example.at}: the example «{example.name}» does not come out: {error.message}"
            raise ExampleFailed(message, field="examples", remedy="Correct «decided:» or the rules.") from None
        for code, finding in findings.criteria.items():
            seen[code].add(finding)
        if differences := _differences(example, findings):
            message = f"{example.at}: the example «{example.name}» does not come out: {'; '.join(differences)}."
            raise ExampleFailed(message, field="examples", remedy="Correct the rules or the example.")
    return {code: frozenset(found) for code, found in seen.items()}


def _differences(example: Example, findings: Findings) -> list[str]:
    differences = []
    if findings.outcome is not example.outcome:
        differences.append(f"the outcome is {findings.outcome}, not {example.outcome}")
    if example.amount_minor is not None and findings.amount_minor != example.amount_minor:
        differences.append(f"the award is {findings.amount_minor} minor units, not {example.amount_minor}")
    for code, expected in example.findings.items():
        if findings.criteria[code] is not expected:
            differences.append(f"{code} is {findings.criteria[code]}, not {expected}")
    if example.asks is not None and set(example.asks) != set(findings.asks):
        differences.append(f"it asks for {', '.join(findings.asks) or 'nothing'}")
    if example.grounds is not None and set(example.grounds) != set(findings.grounds):
        differences.append(f"the grounds are {', '.join(findings.grounds) or 'none'}")
    if example.expected is not None:
        differences += example.expected.differences(findings)
    return differences


class _Reader:
    """Reads one example.  A fact is written «name: value» if established, else as a part with value and proof."""

    def __init__(self, rule_set: RuleSet, section: Section) -> None:
        self.rule_set = rule_set
        self.section = section

    def read(self) -> Example:
        check_keys(
            self.section,
            "An example",
            required=("name", "facts", "expect"),
            optional=("decided", "already_paid", "note"),
        )
        expect = require_section(self.section.entries["expect"], "«expect»")
        check_keys(expect, "«expect»", required=("outcome",), optional=_EXPECT[1:])
        outcome = require_words(expect.entries["outcome"], "«outcome»")
        spelled = outcome.text.replace(" ", "_").replace(",", "")
        if spelled not in set(Outcome):
            allowed = ", ".join(value.replace("_", " ") for value in Outcome)
            raise Fault("unknown_value", outcome.at, f"«{outcome.text}» is no outcome.", f"One of: {allowed}.")
        findings = {
            code: finding
            for key, finding in (("met", Finding.MET), ("not_met", Finding.NOT_MET), ("unknown", Finding.UNKNOWN))
            for code in self._names(expect, key, {c.code for c in self.rule_set.criteria}) or ()
        }
        schema = self.rule_set.schema
        askable = {*schema.facts, *(f"{one.name}.{field}" for one in schema.lists.values() for field in one.fields)}
        return Example(
            require_words(self.section.entries["name"], "The name").text,
            self._facts(require_section(self.section.entries["facts"], "«facts»")),
            Outcome(spelled),
            self._award(expect),
            findings,
            self._names(expect, "asks", askable),
            self._names(expect, "grounds", {c.code for c in self.rule_set.criteria}),
            self.section.at,
            self._decided(),
            read_expectations(expect, self._already_paid(), self.rule_set),
        )

    def _decided(self) -> dict[str, int]:
        if "decided" not in self.section.entries:
            return {}
        return read_step_values(self.section.entries["decided"], "«decided»", self.rule_set)

    def _already_paid(self) -> int | None:
        if "already_paid" not in self.section.entries:
            return None
        return read_minor(require_words(self.section.entries["already_paid"], "«already_paid»"), self.rule_set)

    def _names(self, expect: Section, key: str, known: set[str]) -> tuple[str, ...] | None:
        if key not in expect.entries:
            return None
        names = [require_words(item, f"«{key}»") for item in require_listing(expect.entries[key], f"«{key}»").items]
        for words in names:
            if words.text not in known:
                raise Fault("unknown_name", words.at, f"Nothing is called «{words.text}».", "Correct the spelling.")
        return tuple(words.text for words in names)

    def _award(self, expect: Section) -> int | None:
        if "award" not in expect.entries:
            return None
        return read_minor(require_words(expect.entries["award"], "«award»"), self.rule_set)

    def _facts(self, section: Section) -> RecordedFacts:
        facts: dict[str, object] = {}
        schema = self.rule_set.schema
        for name, document in section.entries.items():
            if name in schema.lists:
                listing = require_listing(document, f"The list «{name}»")
                facts[name] = [self._record(name, require_section(item, "A record")) for item in listing.items]
            elif name in schema.facts:
                facts[name] = self._fact(document, schema.facts[name])
            else:
                place = section.key_places[name]
                raise Fault("unknown_name", place, f"No fact is called «{name}».", "Correct the spelling.")
        return facts

    def _record(self, name: str, section: Section) -> dict[str, object]:
        fields = self.rule_set.schema.lists[name].fields
        check_keys(section, f"A record of «{name}»", optional=tuple(fields))
        return {key: self._fact(value, fields[key]) for key, value in section.entries.items()}

    def _fact(self, document: Document, fact: Fact) -> dict[str, object]:
        proof = ProofLevel.ESTABLISHED
        if isinstance(document, Section):
            check_keys(document, f"The fact «{fact.name}»", required=("value", "proof"))
            words = require_words(document.entries["proof"], "«proof»")
            if words.text not in set(ProofLevel):
                allowed = ", ".join(ProofLevel)
                raise Fault("unknown_value", words.at, f"«{words.text}» is no proof level.", f"One of: {allowed}.")
            proof = ProofLevel(words.text)
            document = document.entries["value"]
        words = require_words(document, f"The fact «{fact.name}»")
        value: object = words.text
        if fact.type.kind is Kind.TRUTH:
            value = {"yes": True, "no": False}.get(words.text)
        elif fact.type.kind is Kind.MONEY:
            value = read_minor(words, self.rule_set)
        elif fact.type.kind is Kind.NUMBER and words.text.isdecimal() and words.text.isascii():
            value = int(words.text)
        if value is None or read_value(value, fact, self.rule_set.schema) is UNREADABLE:
            message = f"«{words.text}» is no value of «{fact.name}», which is {fact.type}."
            raise Fault(
                "bad_value", words.at, message, "Write yes or no, a number, a day or one of the category's values."
            )
        return {"value": value, "proof": proof.value}
