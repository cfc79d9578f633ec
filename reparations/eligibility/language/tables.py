"""Tables: amounts or numbers by category and number, with no gap and no overlap over their whole domain."""

from __future__ import annotations

import itertools
import re
from types import MappingProxyType

from reparations.eligibility.language.document import (
    Document,
    Listing,
    Section,
    Words,
    check_keys,
    require_listing,
    require_words,
)
from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.expressions import Scope, Table
from reparations.eligibility.language.nodes import MONEY, NUMBER, Kind, Node, Op, Type

MAX_CELLS = 10_000
_DOMAIN = re.compile(r"(\d{1,4}) ?\.\. ?(\d{1,4})", re.ASCII)
_SHOWN = 12


def read_table(name: str, section: Section, scope: Scope) -> None:
    """Read a table into `scope`.

    Raises:
        Fault: a row is malformed, two rows cover the same case, or a case has no row.
    """
    _TableReader(name, section, scope).read()


def read_literal(document: Document, what: str, scope: Scope) -> Node:
    """Read a plain value: an amount, a number, a ratio or a day.

    Raises:
        Fault: it is a computation, or no value at all.
    """
    words = require_words(document, what)
    node = scope.type_check(words)
    if node.op is not Op.CONST:
        raise Fault("not_a_value", words.at, f"{what} must be a plain value.", "Write a number or an amount.")
    return node


class _TableReader:
    """Fills the cells row by row.  A key of a row is a value, several joined by «|», or «any»."""

    def __init__(self, name: str, section: Section, scope: Scope) -> None:
        self.name = name
        self.what = f"The table «{name}»"
        self.section = section
        self.scope = scope
        self.domains: tuple[tuple[str, ...], ...] = ()
        self.cells: dict[tuple[str, ...], int] = {}
        self.types: set[Type] = set()

    def read(self) -> None:
        check_keys(self.section, self.what, required=("cite", "keys", "rows"), optional=("note",))
        cite = require_words(self.section.entries["cite"], "«cite»").text
        keys = [
            self._domain(require_words(item, f"{self.what}, keys"))
            for item in require_listing(self.section.entries["keys"], self.what).items
        ]
        self.domains = tuple(domain for _, domain in keys)
        size = 1
        for domain in self.domains:
            size *= len(domain)
        if not keys or size > MAX_CELLS:
            message = f"{self.what} has no key or more than {MAX_CELLS} cells."
            raise Fault("table_size", self.section.at, message, "Use fewer keys.")
        for row in require_listing(self.section.entries["rows"], f"{self.what}, rows").items:
            self._row(require_listing(row, f"{self.what}: a row"))
        self._check_complete()
        types = tuple(type_ for type_, _ in keys)
        self.scope.tables[self.name] = Table(
            self.name, cite, types, self.domains, MappingProxyType(self.cells), self.types.pop()
        )

    def _domain(self, words: Words) -> tuple[Type, tuple[str, ...]]:
        categories = self.scope.schema.categories
        if words.text in categories:
            return Type(Kind.CATEGORY, words.text), categories[words.text]
        match = _DOMAIN.fullmatch(words.text)
        if match is None or int(match[1]) > int(match[2]):
            message = f"«{words.text}» is no category and no range."
            raise Fault("unknown_name", words.at, message, "Name a category of facts.yaml or write «0 .. 3».")
        return NUMBER, tuple(str(number) for number in range(int(match[1]), int(match[2]) + 1))

    def _row(self, row: Listing) -> None:
        if len(row.items) != len(self.domains) + 1:
            message = f"{self.what}: a row has {len(self.domains)} keys and a value."
            raise Fault("table_row", row.at, message, "Complete the row.")
        choices = [self._key(item, domain) for item, domain in zip(row.items[:-1], self.domains, strict=True)]
        node = read_literal(row.items[-1], f"{self.what}: a value", self.scope)
        self.types.add(node.type)
        if node.type not in (MONEY, NUMBER) or not isinstance(node.constant, int):
            message = f"{self.what}: a value is an amount or a number."
            raise Fault("type", row.at, message, "Write USD 250.00 or 3.")
        for cell in itertools.product(*choices):
            if cell in self.cells:
                message = f"{self.what}: two rows cover {', '.join(cell)}."
                raise Fault("table_overlap", row.at, message, "Let each case stand in one row.")
            self.cells[cell] = node.constant

    def _key(self, item: Document, domain: tuple[str, ...]) -> tuple[str, ...]:
        words = require_words(item, f"{self.what}: a key")
        parts = [part.strip() for part in words.text.split("|")]
        chosen = domain if words.text == "any" else tuple(value for part in parts for value in _values(part))
        for value in chosen:
            if value not in domain:
                remedy = f"One of: {', '.join(domain[:_SHOWN])}."
                raise Fault("unknown_value", words.at, f"{self.what}: «{value}» is no key.", remedy)
        return tuple(dict.fromkeys(chosen))

    def _check_complete(self) -> None:
        for cell in itertools.product(*self.domains):
            if cell not in self.cells:
                message = f"{self.what} has no row for {', '.join(cell)}."
                raise Fault("table_gap", self.section.at, message, "Add a row, or use «any».")
        if len(self.types) != 1:
            message = f"{self.what}: its values are not all of one type."
            raise Fault("type", self.section.at, message, "Write one type throughout.")


def _values(part: str) -> tuple[str, ...]:
    match = _DOMAIN.fullmatch(part)
    if match is None or not 0 <= int(match[2]) - int(match[1]) < MAX_CELLS:
        return (part,)
    return tuple(str(number) for number in range(int(match[1]), int(match[2]) + 1))
