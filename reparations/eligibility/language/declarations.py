"""The declared values of a rule file: sets, periods, parameters with their history, tables.  Each has a citation."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from reparations.eligibility.language.document import (
    Section,
    Words,
    check_keys,
    require_listing,
    require_section,
    require_words,
)
from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.expressions import Scope
from reparations.eligibility.language.nodes import DATE, TRUTH, Node, Op
from reparations.eligibility.language.schema import RESERVED
from reparations.eligibility.language.spans import BIRTHDAY_RULES
from reparations.eligibility.language.tables import read_literal, read_table
from reparations.errors import InvalidInput
from reparations.money import exponent

if TYPE_CHECKING:
    from collections.abc import Callable

    from reparations.eligibility.language.errors import Problems

_PERIOD = re.compile(r"(\d{4}-\d\d-\d\d) ?\.\. ?(\d{4}-\d\d-\d\d)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")


def read_declarations(document: Section, scope: Scope, problems: Problems) -> None:
    """Read currency, sets, periods, parameters and tables into `scope`; problems are collected."""
    with problems.collecting():
        _read_currency(document, scope)
    with problems.collecting():
        _read_birthday_rule(document, scope)
    problems.raise_if_any()
    readers: tuple[tuple[str, Callable[[str, Section, Scope], None]], ...] = (
        ("sets", _read_set),
        ("periods", _read_period),
        ("parameters", _read_parameter),
        ("tables", read_table),
    )
    for part, read in readers:
        if part not in document.entries:
            continue
        with problems.collecting():
            for name, value in require_section(document.entries[part], f"«{part}»").entries.items():
                with problems.collecting():
                    if not _NAME.fullmatch(name) or name in RESERVED or name in scope.schema.facts:
                        remedy = "Use a word that names nothing else."
                        raise Fault("bad_name", value.at, f"«{name}» cannot be a name here.", remedy)
                    read(name, require_section(value, f"«{name}»"), scope)


def _read_currency(document: Section, scope: Scope) -> None:
    words = require_words(document.entries["currency"], "«currency»")
    try:
        exponent(words.text)
    except InvalidInput as error:
        raise Fault("currency", words.at, error.message, error.remedy or "") from None
    scope.currency = words.text


def _read_birthday_rule(document: Section, scope: Scope) -> None:
    if "birthdays_of_29_february" not in document.entries:
        return
    words = require_words(document.entries["birthdays_of_29_february"], "«birthdays_of_29_february»")
    if words.text not in BIRTHDAY_RULES:
        raise Fault(
            "birthday_rule", words.at, f"«{words.text}» is no such rule.", f"One of: {', '.join(BIRTHDAY_RULES)}."
        )
    scope.birthday_rule = words.text


def _read_set(name: str, section: Section, scope: Scope) -> None:
    check_keys(section, f"The set «{name}»", required=("cite", "values"), optional=("note",))
    require_words(section.entries["cite"], "«cite»")
    items = require_listing(section.entries["values"], f"The set «{name}»").items
    scope.sets[name] = tuple(require_words(item, f"The set «{name}»").text for item in items)


def _day(words: Words, text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        message = f"«{text}» is not a day of the calendar."
        raise Fault("bad_date", words.at, message, "Write days like 2003-02-24.") from None


def _read_period(name: str, section: Section, scope: Scope) -> None:
    what = f"The period «{name}»"
    check_keys(section, what, required=("cite", "value"), optional=("note",))
    require_words(section.entries["cite"], "«cite»")
    words = require_words(section.entries["value"], f"{what}, value")
    match = _PERIOD.fullmatch(words.text)
    if match is None:
        raise Fault("bad_period", words.at, f"{what} cannot be read.", "Write «2002-07-01 .. 2005-12-31».")
    first, last = _day(words, match[1]), _day(words, match[2])
    if first > last:
        raise Fault("empty_period", words.at, f"{what} ends before it begins.", "Exchange the two days.")
    scope.periods[name] = (first, last)


def _read_parameter(name: str, section: Section, scope: Scope) -> None:
    """A value, or its history: before the first day it is unknown, never zero."""
    what = f"The parameter «{name}»"
    check_keys(section, what, required=("cite",), optional=("value", "as_of", "values", "note"))
    require_words(section.entries["cite"], "«cite»")
    if "value" in section.entries and not {"as_of", "values"} & section.entries.keys():
        scope.parameters[name] = read_literal(section.entries["value"], what, scope)
        return
    check_keys(section, what, required=("cite", "as_of", "values"), optional=("note",))
    as_of = require_words(section.entries["as_of"], f"{what}, as_of")
    fact = scope.schema.facts.get(as_of.text)
    if fact is None or fact.type != DATE:
        raise Fault("unknown_name", as_of.at, f"{what}: «{as_of.text}» is not a date fact.", "Name a declared date.")
    scope.used.add(fact.name)
    history = require_section(section.entries["values"], f"{what}, values")
    dated = _sorted_history(history, what, scope)
    if not dated or len({node.type for _, node in dated}) != 1:
        raise Fault("type", history.at, f"{what}: its values are not all of one type.", "Write one type throughout.")
    scope.parameters[name] = _history(Node(Op.FACT, DATE, name=fact.name, bounds=fact.bounds), dated)


def _sorted_history(history: Section, what: str, scope: Scope) -> list[tuple[int, Node]]:
    dated = []
    for day, value in history.entries.items():
        words = require_words(value, what)
        dated.append((_day(words, day), read_literal(value, what, scope)))
    return sorted(dated, key=lambda pair: pair[0])


def _history(as_of: Node, dated: list[tuple[int, Node]]) -> Node:
    type_ = dated[0][1].type
    bounds = [node.bounds for _, node in dated if node.bounds]
    hull = (min(low for low, _ in bounds), max(high for _, high in bounds)) if bounds else None
    result = Node(Op.CONST, type_, constant=None, bounds=hull)
    for day, value in dated:
        from_ = Node(Op.CONST, DATE, constant=day, bounds=(day, day))
        reached = Node(Op.COMPARE, TRUTH, (as_of, from_), name=">=")
        result = Node(Op.IF, type_, (reached, value, result), bounds=hull)
    return result
