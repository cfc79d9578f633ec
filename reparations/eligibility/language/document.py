"""YAML as text with places: every scalar stays the text its author wrote.

YAML's own guesses are the classic way to hurt somebody with a rule file: ``NO`` becomes false, ``010`` becomes 8,
``0.10`` a float, ``12:30`` 750.  Nothing is guessed here.  Anchors, aliases, tags, merge keys, several documents,
duplicate keys and keys that are not plain words are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from reparations.eligibility.language.errors import Fault, Position, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILE_CHARACTERS = 512 * 1024
MAX_DEPTH = 24
MAX_NODES = 50_000
MAX_TEXT = 4_000

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_KEY = re.compile(r"[A-Za-z_0-9][A-Za-z0-9_.\-]{0,79}")


@dataclass(frozen=True, slots=True)
class Words:
    """A scalar: the author's text.  `exact` says that a column inside the text can be computed from `at`."""

    text: str
    at: Position
    exact: bool

    def place(self, offset: int) -> Position:
        """Return the place of the character at `offset` of the text, as far as it can be known."""
        return self.at.shifted(offset) if self.exact else self.at


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    items: tuple[Document, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping; every key remembers its place."""

    entries: dict[str, Document]
    key_places: dict[str, Position]
    at: Position


Document = Words | Listing | Section
Choice = TypeVar("Choice", bound=StrEnum)


def read_document(text: str, file: str) -> Section:
    """Read a file into sections, listings and words.

    Raises:
        RuleFileRefused: the text is not YAML, or uses a part of YAML that this language leaves out.
    """
    problems = Problems()
    start = Position(file, 1, 1)
    document: Document | None = None
    with problems.collecting():
        if len(text) > MAX_FILE_CHARACTERS:
            limit = f"{MAX_FILE_CHARACTERS // 1024} thousand characters"
            raise Fault("too_large", start, f"The file is longer than {limit}.", "Split the programme in two.")
        try:
            document = _Builder(yaml.parse(text, Loader=yaml.SafeLoader), file, problems).build()
        except yaml.YAMLError as error:
            raise _not_yaml(error, file) from None
        except (ValueError, OverflowError):  # PyYAML on an escape such as "\\UFFFFFFFF", which no character has
            raise Fault("not_yaml", start, "An escape names no character.", "Write the character itself.") from None
    problems.raise_if_any()
    if not isinstance(document, Section):
        problems.add(
            Fault(
                "not_a_mapping", start, "The file is not a list of named parts.", "Begin with: rule_set: a-name"
            ).problem
        )
        problems.raise_if_any()
    assert isinstance(document, Section)  # noqa: S101 tells the type checker what the line above made sure of
    return document


def _not_yaml(error: yaml.YAMLError, file: str) -> Fault:
    mark = getattr(error, "problem_mark", None)
    at = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file, 1, 1)
    why = getattr(error, "problem", None) or "a character that YAML does not allow"
    return Fault("not_yaml", at, f"This cannot be read as YAML: {why}.", "Check indentation, quotes and colons.")


class _Builder:
    """Builds the tree from YAML events; holds the limits."""

    def __init__(self, events: Iterator[yaml.Event], file: str, problems: Problems) -> None:
        self.events = events
        self.file = file
        self.problems = problems
        self.nodes = 0

    def build(self) -> Document | None:
        document: Document | None = None
        for event in self.events:
            if isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)):
                continue
            if isinstance(event, yaml.DocumentStartEvent):
                if document is not None:
                    raise Fault("several_documents", self._at(event), "A second document begins.", "Keep one per file.")
                continue
            document = self._node(event, 0)
        return document

    def _at(self, event: yaml.Event) -> Position:
        mark = event.start_mark
        return Position(self.file, mark.line + 1, mark.column + 1) if mark else Position(self.file, 1, 1)

    def _node(self, event: Any, depth: int) -> Document:  # noqa: ANN401 the events share no typed base with these fields
        at = self._at(event)
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise Fault("too_deep", at, "The file is nested too deeply or has too many parts.", "Make it flatter.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise Fault("anchor", at, "Anchors and aliases (& and *) are not allowed.", "Write the text out again.")
        if getattr(event, "tag", None) is not None:
            raise Fault("tag", at, "Tags (!) are not allowed.", "Remove the tag; every value is text.")
        if isinstance(event, yaml.ScalarEvent):
            return self._words(event, at)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._listing(at, depth)
        return self._section(at, depth)

    def _words(self, event: yaml.ScalarEvent, at: Position) -> Words:
        quotes = 1 if event.style in ("'", '"') else 0
        start, end = event.start_mark, event.end_mark
        one_line = start is not None and end is not None and start.line == end.line
        width = end.column - start.column - 2 * quotes if start and end else -1
        if len(event.value) > MAX_TEXT:
            raise Fault("text_too_long", at, f"The text is longer than {MAX_TEXT} characters.", "Shorten it.")
        if not event.value.isprintable() and _UNPRINTABLE.search(event.value):
            raise Fault("bad_character", at, "The text holds a character that cannot be printed.", "Remove it.")
        return Words(event.value, at.shifted(quotes), exact=one_line and width == len(event.value))

    def _listing(self, at: Position, depth: int) -> Listing:
        items: list[Document] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, depth + 1))
        return Listing(tuple(items), at)

    def _section(self, at: Position, depth: int) -> Section:
        entries: dict[str, Document] = {}
        places: dict[str, Position] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self.events), depth + 1)
            with self.problems.collecting():
                name = _key(key)
                if name in entries:
                    message = f"«{name}» is written twice here; the first is on line {places[name].line}."
                    raise Fault("duplicate_key", key.at, message, "Keep one of the two.")
                entries[name], places[name] = value, key.at
        return Section(entries, places, at)


def _key(key: Document) -> str:
    if not isinstance(key, Words) or not _KEY.fullmatch(key.text):
        remedy = "Use letters, digits, dots, hyphens and underscores only."
        raise Fault("bad_key", key.at, "This is not a name.", remedy)
    return key.text


def require_section(document: Document, what: str) -> Section:
    """Return `document` if it has named parts.

    Raises:
        Fault: it is a text or a list.
    """
    if not isinstance(document, Section):
        raise Fault("not_a_mapping", document.at, f"{what} must have named parts.", "Write «name: value» lines.")
    return document


def require_listing(document: Document, what: str) -> Listing:
    """Return `document` if it is a list.

    Raises:
        Fault: it is a text or has named parts.
    """
    if not isinstance(document, Listing):
        raise Fault("not_a_list", document.at, f"{what} must be a list.", "Write one «- item» line for each.")
    return document


def require_words(document: Document, what: str) -> Words:
    """Return `document` if it is a text that is not empty.

    Raises:
        Fault: it is a list, has named parts, or is empty.
    """
    if not isinstance(document, Words) or not document.text.strip():
        raise Fault("not_a_text", document.at, f"{what} must be a text and not be empty.", "Write it on one line.")
    return document


def check_keys(section: Section, what: str, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> None:
    """Refuse parts that are unknown or missing: a misspelt key must never be ignored silently.

    Raises:
        Fault: a part is missing or unknown.
    """
    allowed = (*required, *optional)
    for key, place in section.key_places.items():
        if key not in allowed:
            raise Fault("unknown_key", place, f"{what} has no part «{key}».", f"Known parts: {', '.join(allowed)}.")
    for key in required:
        if key not in section.entries:
            remedy = f"Add «{key}: …»."
            if key == "cite":
                remedy = "Add «cite: …», the legal source. If you do not know the paragraph yet, write tbc."
            raise Fault("missing_key", section.at, f"{what} has no «{key}».", remedy)


def read_text(section: Section, key: str, what: str) -> str:
    """Return the text of a part.

    Raises:
        Fault: it is missing, empty or no text.
    """
    if key not in section.entries:
        check_keys(Section({}, {}, section.at), what, required=(key,))
    return require_words(section.entries[key], f"{what}, {key}").text.strip()


def read_choice(section: Section, key: str, what: str, choices: type[Choice]) -> Choice:
    """Return the part as one of a closed list of words.

    Raises:
        Fault: it is missing or none of them.
    """
    text = read_text(section, key, what)
    if text not in set(choices):
        message = f"{what}: «{text}» is no value of «{key}»."
        raise Fault("unknown_value", section.entries[key].at, message, f"One of: {', '.join(choices)}.")
    return choices(text)


def read_whole(section: Section, key: str, what: str, low: int, high: int) -> int:  # noqa: PLR0917 a range is two numbers
    """Return the part as a whole number in a range.

    Raises:
        Fault: it is missing, no number, or outside the range.
    """
    text = read_text(section, key, what)
    if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
        message = f"{what}: «{text}» is no number for «{key}»."
        raise Fault("bad_number", section.entries[key].at, message, f"Write a number, {low} .. {high}.")
    return int(text)


def read_flag(section: Section, key: str, what: str, *, default: bool) -> bool:
    """Return the part as yes or no.

    Raises:
        Fault: it is something else.
    """
    if key not in section.entries:
        return default
    text = read_text(section, key, what)
    if text not in ("yes", "no"):
        raise Fault("not_yes_no", section.entries[key].at, f"{what}: «{key}» is yes or no.", "Write yes or no.")
    return text == "yes"
