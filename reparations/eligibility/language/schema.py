"""The fact schema: which facts a programme asks about, of which type, and in which words.

Facts are declared before any rule can use them.  A list of records always names the yes/no fact that closes it
(``complete_when``): an empty list nobody has finished asking about is unknown, never "none".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from reparations.eligibility.language.document import (
    Document,
    Section,
    Words,
    check_keys,
    read_document,
    read_flag,
    read_whole,
    require_section,
    require_words,
)
from reparations.eligibility.language.errors import Fault, Problems
from reparations.eligibility.language.nodes import DATE, MONEY, NUMBER, TRUTH, Bounds, Kind, Type
from reparations.money import MAX_AMOUNT_MINOR

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LIST_LENGTH = 1_000
"""Records of one list that a claim may hold."""

_PLAIN = {"yes_no": TRUTH, "number": NUMBER, "date": DATE, "money": MONEY}
_RANGE = re.compile(r"(-?\d{1,15}) ?\.\. ?(-?\d{1,15})")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
RESERVED = frozenset(
    (
        *("if", "then", "else", "and", "or", "not", "some", "every", "no", "in", "with", "of", "is", "known", "within"),
        *("count", "highest", "total", "age", "min", "max", "any", "all", "yes", "tbc"),
        *("rest", "lot", "nobody", "unknown"),
        *("round_down", "round_up", "round_half_up", "round_half_even"),
    )
)
_DAYS: Bounds = (date(1800, 1, 1).toordinal(), date(2300, 1, 1).toordinal())


@dataclass(frozen=True, slots=True)
class Fact:
    """One declared fact, or one field of a list of records."""

    name: str
    type: Type
    label: str
    question: str
    bounds: Bounds = None
    needs_proof: bool = True
    """False for what the office itself knows (in which capacity somebody claims, whether a list is complete)."""
    filing_date: bool = False
    """True for the day a claim was filed: such a day must never work against the claimant."""


@dataclass(frozen=True, slots=True)
class FactList:
    """A declared list of records, for example the harms of a claim."""

    name: str
    label: str
    complete_when: str
    fields: Mapping[str, Fact]
    at_most: int = MAX_LIST_LENGTH
    """Records it may hold; more cannot be read."""


@dataclass(frozen=True, slots=True)
class FactSchema:
    """Everything a programme may ask."""

    name: str
    text: str
    categories: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Fact]
    lists: Mapping[str, FactList]
    value_labels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(category, value) → words for people."""


def load_schema(text: str, file: str = "facts.yaml") -> FactSchema:
    """Read a fact schema.

    Raises:
        RuleFileRefused: with every problem found.
    """
    document = read_document(text, file)
    return _SchemaReader(document, text).read()


class _SchemaReader:
    """Reads the parts in order: categories first, then what is typed with them."""

    def __init__(self, document: Section, text: str) -> None:
        self.document = document
        self.text = text
        self.problems = Problems()
        self.categories: dict[str, tuple[str, ...]] = {}
        self.value_labels: dict[tuple[str, str], str] = {}
        self.facts: dict[str, Fact] = {}
        self.lists: dict[str, FactList] = {}

    def read(self) -> FactSchema:
        name = "unnamed"
        with self.problems.collecting():
            check_keys(
                self.document, "A fact schema", required=("schema", "facts"), optional=("categories", "lists", "note")
            )
            name = require_words(self.document.entries["schema"], "«schema»").text
            for key, value in self._part("categories"):
                self._category(key, value)
            for key, value in self._part("facts"):
                with self.problems.collecting():
                    self._check_name(key, value)
                    self.facts[key] = self._fact(key, value)
            for key, value in self._part("lists"):
                with self.problems.collecting():
                    self._check_name(key, value)
                    self.lists[key] = self._list(key, value)
        self.problems.raise_if_any()
        return FactSchema(
            name,
            self.text,
            MappingProxyType(self.categories),
            MappingProxyType(self.facts),
            MappingProxyType(self.lists),
            MappingProxyType(self.value_labels),
        )

    def _part(self, name: str) -> list[tuple[str, Document]]:
        if name not in self.document.entries:
            return []
        return list(require_section(self.document.entries[name], f"«{name}»").entries.items())

    def _check_name(self, name: str, document: Document) -> None:
        if not _NAME.fullmatch(name) or name in RESERVED:
            message = f"«{name}» cannot be a name in a sentence."
            raise Fault("bad_name", document.at, message, "Use lower-case words joined by underscores.")
        if name in self.facts or any(name in values for values in self.categories.values()):
            message = f"«{name}» already names something else."
            raise Fault("name_taken", document.at, message, "Choose another name: one word, one meaning.")

    def _category(self, name: str, document: Document) -> None:
        with self.problems.collecting():
            if name in _PLAIN:
                raise Fault("bad_name", document.at, f"«{name}» is a built-in type.", "Choose another name.")
            values = require_section(document, f"The category «{name}»")
            if not values.entries:
                raise Fault(
                    "empty_category", document.at, f"The category «{name}» has no value.", "Add «value: label»."
                )
            for value, label in values.entries.items():
                if not _NAME.fullmatch(value) or value in RESERVED:
                    raise Fault("bad_name", label.at, f"«{value}» cannot be a value.", "Use words and underscores.")
                self.value_labels[name, value] = require_words(label, f"The label of «{value}»").text
            self.categories[name] = tuple(values.entries)

    def _fact(self, name: str, document: Document) -> Fact:
        what = f"The fact «{name}»"
        section = require_section(document, what)
        optional = ("ask", "range", "needs_proof", "filing_date", "note")
        check_keys(section, what, required=("type", "label"), optional=optional)
        type_ = self._type(require_words(section.entries["type"], f"{what}, type"))
        label = require_words(section.entries["label"], f"{what}, label").text
        question = label
        if "ask" in section.entries:
            question = require_words(section.entries["ask"], f"{what}, ask").text
        filing_date = read_flag(section, "filing_date", what, default=False)
        if filing_date and type_ != DATE:
            raise Fault("bad_type", section.at, f"{what} is no date.", "Only a date can be a filing date.")
        return Fact(
            name,
            type_,
            label,
            question,
            bounds=self._bounds(section, type_, what),
            needs_proof=read_flag(section, "needs_proof", what, default=True),
            filing_date=filing_date,
        )

    def _type(self, words: Words) -> Type:
        if words.text in _PLAIN:
            return _PLAIN[words.text]
        if words.text in self.categories:
            return Type(Kind.CATEGORY, words.text)
        known = ", ".join((*_PLAIN, *self.categories))
        raise Fault("unknown_type", words.at, f"There is no type «{words.text}».", f"Known types: {known}.")

    def _bounds(self, section: Section, type_: Type, what: str) -> Bounds:
        if "range" in section.entries:
            words = require_words(section.entries["range"], f"{what}, range")
            match = _RANGE.fullmatch(words.text)
            if type_ != NUMBER or match is None or int(match[1]) > int(match[2]):
                raise Fault("bad_range", words.at, f"{what}: this is no range.", "Only numbers have one: «0 .. 100».")
            return int(match[1]), int(match[2])
        if type_ == NUMBER:
            raise Fault("missing_range", section.at, f"{what} has no range.", "Add «range: 0 .. 100».")
        if type_ == MONEY:
            return 0, MAX_AMOUNT_MINOR // MAX_LIST_LENGTH
        return _DAYS if type_ == DATE else None

    def _list(self, name: str, document: Document) -> FactList:
        what = f"The list «{name}»"
        section = require_section(document, what)
        check_keys(section, what, required=("label", "complete_when", "fields"), optional=("at_most", "note"))
        closing = require_words(section.entries["complete_when"], f"{what}, complete_when")
        if closing.text not in self.facts or self.facts[closing.text].type != TRUTH:
            message = f"{what}: «{closing.text}» is not a declared yes/no fact."
            raise Fault("unknown_name", closing.at, message, "Declare it under facts: as type yes_no.")
        fields: dict[str, Fact] = {}
        for key, value in require_section(section.entries["fields"], f"{what}, fields").entries.items():
            if not _NAME.fullmatch(key) or key in RESERVED:
                raise Fault("bad_name", value.at, f"«{key}» cannot be a field.", "Use words and underscores.")
            fields[key] = self._fact(key, value)
        label = require_words(section.entries["label"], f"{what}, label").text
        at_most = MAX_LIST_LENGTH
        if "at_most" in section.entries:
            at_most = read_whole(section, "at_most", what, 1, MAX_LIST_LENGTH)
        return FactList(name, label, closing.text, MappingProxyType(fields), at_most)
