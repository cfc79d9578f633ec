"""Reads whose the award is, ceilings over several claims, shares, benefits and collective envelopes."""

from __future__ import annotations

import itertools
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from reparations.eligibility.language.arithmetic import ROUNDINGS
from reparations.eligibility.language.award_reader import Record, read_amount, read_condition_of, read_record
from reparations.eligibility.language.document import (
    Section,
    check_keys,
    read_choice,
    read_flag,
    read_text,
    read_whole,
    require_listing,
    require_section,
    require_words,
)
from reparations.eligibility.language.entitlement import (
    AfterDeath,
    Benefit,
    BenefitForm,
    CapOver,
    Envelope,
    EnvelopeLine,
    GroupCap,
    Reduce,
    Remainder,
    RowKind,
    ShareClass,
    ShareRow,
    ShareScheme,
    Trust,
    Unit,
    UnitCase,
    UnitKind,
    WhenNobody,
)
from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.nodes import DATE, MONEY, RATIO
from reparations.eligibility.language.tables import read_literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reparations.eligibility.language.document import Document
    from reparations.eligibility.language.errors import Position
    from reparations.eligibility.language.expressions import Scope

MAX_CLASSES = 8
MAX_AGE = 30
"""Until which money may be held in trust, in years."""


def read_unit(section: Section, scope: Scope) -> Unit:
    """Read the unit of entitlement.

    Raises:
        Fault: a part of it is wrong.
    """
    what = "«unit»"
    check_keys(section, what, required=("cite", "is"), optional=("cases", "after_death", "note"))
    cases = []
    if "cases" in section.entries:
        for item in require_listing(section.entries["cases"], f"{what}, cases").items:
            case = require_section(item, "A case of the unit")
            check_keys(case, "A case of the unit", required=("is", "cite", "when"), optional=("note",))
            when = read_condition_of(case, "when", "A case of the unit", scope)
            cases.append(UnitCase(read_choice(case, "is", what, UnitKind), read_text(case, "cite", what), when))
    after = read_choice(section, "after_death", what, AfterDeath) if "after_death" in section.entries else None
    return Unit(read_text(section, "cite", what), read_choice(section, "is", what, UnitKind), tuple(cases), after)


def read_cap(name: str, section: Section, scope: Scope) -> GroupCap:
    """Read a ceiling over several claims.

    Raises:
        Fault: a part of it is wrong.
    """
    what = f"The cap «{name}»"
    check_keys(section, what, required=("title", "cite", "over", "amount", "reduce"), optional=("note",))
    return GroupCap(
        name,
        read_text(section, "title", what),
        read_text(section, "cite", what),
        read_choice(section, "over", what, CapOver),
        read_amount(section, "amount", what, scope),
        read_choice(section, "reduce", what, Reduce),
    )


def read_share_scheme(name: str, section: Section, scope: Scope) -> ShareScheme:
    """Read one way of dividing an award, and see that every combination of classes has its row.

    Raises:
        Fault: a part is wrong, a row does not sum, a combination has no row, or a row is never used.
    """
    what = f"The division «{name}»"
    required = ("title", "cite", "among", "classes", "cascade", "when_nobody")
    optional = ("when", "remainder", "may_exceed", "rounding", "in_trust", "note")
    check_keys(section, what, required=required, optional=optional)
    record = read_record(section, what, scope)
    may_exceed = read_flag(section, "may_exceed", what, default=False)
    classes = _read_classes(section, what, scope, record)
    names = [one.name for one in classes]
    rows = [
        _read_row(require_section(item, f"{what}: a row"), what, scope, names)
        for item in require_listing(section.entries["cascade"], f"{what}, cascade").items
    ]
    for row in rows:
        if (row.kind is RowKind.EACH) != may_exceed:
            remedy = "Use «each:» rows together with «may_exceed: yes», and only then."
            raise Fault("shares_sum", section.entries["cascade"].at, f"{what}: a row does not fit.", remedy)
    _check_cascade(rows, names, what, section.entries["cascade"].at)
    if may_exceed:
        rounding = read_text(section, "rounding", what)
        if rounding not in ROUNDINGS or "remainder" in section.entries:
            message = f"{what} says how each share is rounded, and has no remainder."
            raise Fault("unknown_value", section.at, message, f"«rounding:» is one of: {', '.join(ROUNDINGS)}.")
    elif "rounding" in section.entries:
        raise Fault("unknown_key", section.key_places["rounding"], f"{what} sums exactly.", "Write «remainder:».")
    return ShareScheme(
        name,
        read_text(section, "title", what),
        read_text(section, "cite", what),
        read_condition_of(section, "when", what, scope) if "when" in section.entries else None,
        record[1].name,
        tuple(classes),
        tuple(rows),
        read_choice(section, "when_nobody", what, WhenNobody),
        None if may_exceed else read_choice(section, "remainder", what, Remainder),
        read_text(section, "rounding", what) if may_exceed else None,
        _read_trust(section, what, scope, record) if "in_trust" in section.entries else None,
    )


def _read_classes(section: Section, what: str, scope: Scope, record: Record) -> list[ShareClass]:
    entries = require_section(section.entries["classes"], f"{what}, classes").entries
    if not 1 <= len(entries) <= MAX_CLASSES:
        raise Fault("too_large", section.at, f"{what} has 1 to {MAX_CLASSES} classes.", "Join some of them.")
    classes = []
    for name, document in entries.items():
        part = require_section(document, f"The class «{name}»")
        check_keys(part, f"The class «{name}»", required=("title", "when"), optional=("note",))
        when = read_condition_of(part, "when", f"The class «{name}»", scope, record=record)
        classes.append(ShareClass(name, read_text(part, "title", what), when))
    return classes


def _read_row(section: Section, what: str, scope: Scope, names: Sequence[str]) -> ShareRow:
    what = f"{what}: a row"
    kinds = [kind for kind in RowKind if kind in section.entries]
    if len(kinds) != 1:
        message = f"{what} needs exactly one of «percent», «equal», «each»."
        raise Fault("missing_key", section.at, message, "Write «equal: [children]» or «percent: {…}».")
    (kind,) = kinds
    check_keys(section, what, required=("cite", kind), optional=("note",))
    parts: dict[str, Fraction] = {}
    if kind is RowKind.EQUAL:
        items: list[tuple[str, Document]] = [
            (require_words(item, what).text, item) for item in require_listing(section.entries[kind], what).items
        ]
        parts = {name: Fraction(1) for name, _ in items}
    else:
        items = list(require_section(section.entries[kind], what).entries.items())
        for name, document in items:
            literal = read_literal(document, what, scope)
            if literal.type != RATIO or not isinstance(literal.constant, Fraction) or literal.constant <= 0:
                raise Fault("type", document.at, f"{what}: this is no part.", "Write 50% or 2/5.")
            parts[name] = literal.constant
    for name, document in items:
        if name not in names:
            raise Fault("unknown_name", document.at, f"{what}: no class «{name}».", f"Classes: {', '.join(names)}.")
    if not parts or (kind is RowKind.PERCENT and sum(parts.values()) != 1):
        raise Fault("shares_sum", section.at, f"{what} does not sum to 100 %.", "Correct the parts.")
    return ShareRow(kind, read_text(section, "cite", what), MappingProxyType(parts))


def row_fits(row: ShareRow, present: frozenset[str]) -> bool:
    """Say whether a row applies when these classes have somebody."""
    return row.parts.keys() <= present if row.kind is RowKind.PERCENT else not present.isdisjoint(row.parts)


def _check_cascade(rows: Sequence[ShareRow], names: Sequence[str], what: str, at: Position) -> None:
    used: set[int] = set()
    for size in range(1, len(names) + 1):
        for combination in itertools.combinations(names, size):
            present = frozenset(combination)
            index = next((index for index, row in enumerate(rows) if row_fits(row, present)), None)
            if index is None:
                message = f"{what} has no row for: {', '.join(combination)}."
                raise Fault("shares_gap", at, message, "Add a row for them.")
            used.add(index)
    if unused := [index + 1 for index in range(len(rows)) if index not in used]:
        message = f"{what}: row {unused[0]} is never used; rows before it take all its cases."
        raise Fault("shares_overlap", at, message, "Remove it, or let it stand earlier.")


def _read_trust(section: Section, what: str, scope: Scope, record: Record) -> Trust:
    what = f"{what}, in_trust"
    trust = require_section(section.entries["in_trust"], what)
    check_keys(trust, what, required=("cite", "born", "until_age", "as_of"), optional=("note",))
    born = scope.type_check(require_words(trust.entries["born"], f"{what}, born"), record)
    as_of = read_text(trust, "as_of", what)
    fact = scope.schema.facts.get(as_of)
    variable, _, field = read_text(trust, "born", what).partition(".")
    if born.type != DATE or variable != record[0] or field not in record[1].fields:
        raise Fault("type", trust.entries["born"].at, f"{what}: «born» is no day of the list.", "Write h.born.")
    if fact is None or fact.type != DATE or fact.filing_date:
        raise Fault("unknown_name", trust.entries["as_of"].at, f"{what}: «{as_of}» is no such day.", "Name a date.")
    scope.used.add(as_of)
    rule = require_birthday_rule(trust, what, scope)
    age = read_whole(trust, "until_age", what, 1, MAX_AGE)
    return Trust(read_text(trust, "cite", what), field, age, as_of, rule)


def require_birthday_rule(section: Section, what: str, scope: Scope) -> str:
    """Return when somebody born on 29 February has a birthday.

    Raises:
        Fault: the rules do not say.
    """
    if scope.birthday_rule is None:
        remedy = "Add at the top: «birthdays_of_29_february: 1 March» or «28 February»."
        raise Fault("birthday_rule", section.at, f"{what} needs the rule for birthdays.", remedy)
    return scope.birthday_rule


def read_envelope(name: str, section: Section, scope: Scope) -> Envelope:
    """Read a collective envelope.

    Raises:
        Fault: a part is wrong, or the lines do not sum to it.
    """
    what = f"The envelope «{name}»"
    check_keys(section, what, required=("title", "cite", "for", "amount", "lines"), optional=("note",))
    lines = []
    for key, document in require_section(section.entries["lines"], f"{what}, lines").entries.items():
        line = require_section(document, f"{what}, «{key}»")
        check_keys(line, f"{what}, «{key}»", required=("title", "amount"), optional=("note",))
        amount = read_minor(line.entries["amount"], f"{what}, «{key}»", scope)
        lines.append(EnvelopeLine(key, read_text(line, "title", what), amount))
    amount = read_minor(section.entries["amount"], what, scope)
    total = sum(line.amount_minor for line in lines)
    if total != amount:
        message = f"{what}: its lines sum to {total} minor units, not to {amount}."
        raise Fault("lines_sum", section.entries["lines"].at, message, "Correct a line or the amount.")
    title, cite, whom = (read_text(section, key, what) for key in ("title", "cite", "for"))
    return Envelope(name, title, cite, whom, amount, tuple(lines))


def read_minor(document: Document, what: str, scope: Scope) -> int:
    """Read an amount written out, in minor units; more than nothing.

    Raises:
        Fault: it is no amount, or nothing.
    """
    node = read_literal(document, what, scope)
    if node.type != MONEY or not isinstance(node.constant, int) or node.constant <= 0:
        raise Fault("type", document.at, f"{what}: this is no amount.", f"Write {scope.currency} and an amount.")
    return node.constant


def read_benefit(name: str, section: Section, scope: Scope, envelopes: Sequence[Envelope]) -> Benefit:
    """Read a benefit.

    Raises:
        Fault: a part is wrong, or its line does not exist.
    """
    what = f"The benefit «{name}»"
    optional = ("when", "open_to", "value", "instead_of", "line", "note")
    check_keys(section, what, required=("title", "cite", "form"), optional=optional)
    form = read_choice(section, "form", what, BenefitForm)
    if form is BenefitForm.CASH_SUBSTITUTE and not {"value", "instead_of"} <= section.entries.keys():
        message = f"{what} is a cash substitute without its sum or without what it replaces."
        raise Fault("missing_key", section.at, message, "Add «value: …» and «instead_of: …».")
    line = read_text(section, "line", what) if "line" in section.entries else None
    lines = [f"{envelope.name}.{one.name}" for envelope in envelopes for one in envelope.lines]
    if line is not None and line not in lines:
        remedy = f"Lines: {', '.join(lines) or 'none'}."
        raise Fault("unknown_name", section.entries["line"].at, f"{what}: there is no line «{line}».", remedy)
    to_anyone = False
    if "open_to" in section.entries:
        whom = read_text(section, "open_to", what)
        if whom not in ("eligible", "anyone"):
            message = f"{what} is open to «{whom}»."
            raise Fault("unknown_value", section.entries["open_to"].at, message, "One of: eligible, anyone.")
        to_anyone = whom == "anyone"
    return Benefit(
        name,
        read_text(section, "title", what),
        read_text(section, "cite", what),
        form,
        read_condition_of(section, "when", what, scope) if "when" in section.entries else None,
        to_anyone,
        read_amount(section, "value", what, scope) if "value" in section.entries else None,
        read_text(section, "instead_of", what) if "instead_of" in section.entries else None,
        line,
    )


def check_replaced(benefits: Sequence[Benefit], places: Mapping[str, Position]) -> None:
    """Refuse a cash substitute for a benefit that is not declared.

    Raises:
        Fault: it is not.
    """
    names = {benefit.name for benefit in benefits}
    for benefit in benefits:
        if benefit.instead_of is not None and benefit.instead_of not in names - {benefit.name}:
            message = f"The benefit «{benefit.name}» replaces «{benefit.instead_of}», which is none."
            raise Fault("unknown_name", places[benefit.name], message, f"Benefits: {', '.join(sorted(names))}.")
