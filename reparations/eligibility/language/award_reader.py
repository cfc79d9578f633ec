"""Reads elections, offsets and the steps of the award."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from reparations.eligibility.language import checks
from reparations.eligibility.language.arithmetic import add, call_function, compound
from reparations.eligibility.language.document import (
    Document,
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
from reparations.eligibility.language.entitlement import Election, Offset, Recovery
from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.nodes import MONEY, NUMBER, TRUTH, Kind, Node, Op, conjunction, truth
from reparations.eligibility.language.rule_set import AwardStep
from reparations.eligibility.language.schema import RESERVED
from reparations.eligibility.language.tables import read_literal
from reparations.money import MAX_AMOUNT_MINOR

if TYPE_CHECKING:
    from reparations.eligibility.language.expressions import Scope
    from reparations.eligibility.language.schema import FactList

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_AMONG = re.compile(r"([a-z_][a-z0-9_]{0,39}) in ([A-Za-z_][A-Za-z0-9_]{0,59})", re.ASCII)

Record = tuple[str, "FactList"]


def check_name(name: str, document: Document, what: str, scope: Scope) -> None:
    """Refuse a name that sentences could mistake for something else.

    Raises:
        Fault: it is no lower-case word, or names something already.
    """
    taken = (scope.schema.facts, scope.parameters, scope.steps, scope.elections)
    if not _NAME.fullmatch(name) or name in RESERVED or any(name in names for names in taken):
        raise Fault("bad_name", document.at, f"{what} needs another name.", "Use an unused lower-case word.")


def read_record(section: Section, what: str, scope: Scope) -> Record:
    """Read ``among: p in prior_payments``: the variable and the list.

    Raises:
        Fault: it is written otherwise, or there is no such list.
    """
    words = require_words(section.entries["among"], f"{what}, among")
    match = _AMONG.fullmatch(words.text)
    if match is None or match[2] not in scope.schema.lists:
        message = f"{what}: «{words.text}» names no list."
        raise Fault("unknown_name", words.at, message, "Write «among: p in a_list», with a list of facts.yaml.")
    listed = scope.schema.lists[match[2]]
    scope.used.update({listed.name, listed.complete_when})
    return match[1], listed


def read_condition_of(section: Section, key: str, what: str, scope: Scope, *, record: Record | None = None) -> Node:
    """Read a condition that the day of filing must not decide.

    Raises:
        Fault: it is none, or does.
    """
    words = require_words(section.entries[key], f"{what}, {key}")
    node = scope.condition(words, record)
    checks.check_step(node, scope, words.at, what)
    return node


def read_amount(section: Section, key: str, what: str, scope: Scope, *, record: Record | None = None) -> Node:
    """Read a sentence that gives an amount, never less than nothing and never decided by the day of filing.

    Raises:
        Fault: one of these.
    """
    words = require_words(section.entries[key], f"{what}, {key}")
    node = scope.type_check(words, record)
    if node.type != MONEY or node.bounds is None:
        raise Fault("type", words.at, f"{what}: «{key}» is {node.type}.", "Write an amount of money.")
    if node.bounds[0] < 0:
        message = f"{what}: «{key}» could be less than nothing."
        raise Fault("negative_award", words.at, message, "Write «max(…, USD 0.00)» in the currency of the rules.")
    checks.check_step(node, scope, words.at, what)
    return node


def read_election(name: str, section: Section, scope: Scope) -> Election:
    """Read one election; its name becomes a yes/no of the award.

    Raises:
        Fault: a part of it is wrong.
    """
    what = f"The election «{name}»"
    check_keys(section, what, required=("title", "cite", "chosen", "holds_while", "recovery"), optional=("note",))
    check_name(name, section, what, scope)
    chosen = read_text(section, "chosen", what)
    fact = scope.schema.facts.get(chosen)
    if fact is None or fact.type != TRUTH:
        message = f"{what}: «{chosen}» is not a declared yes/no fact."
        raise Fault("unknown_name", section.entries["chosen"].at, message, "Name the fact that says what was chosen.")
    scope.used.add(chosen)
    holds = read_condition_of(section, "holds_while", what, scope)
    scope.elections[name] = conjunction((Node(Op.FACT, TRUTH, name=chosen), holds))
    recovery = read_choice(section, "recovery", what, Recovery)
    return Election(name, read_text(section, "title", what), read_text(section, "cite", what), chosen, holds, recovery)


def read_offset(name: str, section: Section, scope: Scope) -> Offset:
    """Read one offset: a sentence, or payments of a list of which some kinds count.

    Raises:
        Fault: a part of it is wrong, or a kind is neither counted nor left out.
    """
    what = f"The offset «{name}»"
    counts: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    if "is" in section.entries:
        check_keys(section, what, required=("title", "cite", "is"), optional=("of_this_fund", "note"))
        amount = read_amount(section, "is", what, scope)
    else:
        optional = ("when", "kind", "counts", "never", "index", "of_this_fund", "note")
        check_keys(section, what, required=("title", "cite", "among", "amount"), optional=optional)
        amount, counts, never = _read_payments(section, what, scope)
    return Offset(
        name,
        read_text(section, "title", what),
        read_text(section, "cite", what),
        amount,
        read_flag(section, "of_this_fund", what, default=False),
        counts,
        never,
    )


def _read_payments(section: Section, what: str, scope: Scope) -> tuple[Node, tuple[str, ...], tuple[str, ...]]:
    record = read_record(section, what, scope)
    listed = record[1]
    conditions = [read_condition_of(section, "when", what, scope, record=record)] if "when" in section.entries else []
    counts: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    if "kind" in section.entries:
        kind = scope.type_check(require_words(section.entries["kind"], f"{what}, kind"), record)
        counts, never = _read_kinds(section, kind, what, scope)
        conditions.append(Node(Op.IN, TRUTH, (kind,), constant=tuple(sorted(counts))))
    elif "counts" in section.entries or "never" in section.entries:
        raise Fault("missing_key", section.at, f"{what} has no «kind».", "Name the category of the list: kind: p.kind.")
    amount = read_amount(section, "amount", what, scope, record=record)
    if "index" in section.entries:
        amount = _read_index(
            require_section(section.entries["index"], f"{what}, index"), amount, what, scope, record=record
        )
    assert amount.bounds is not None  # noqa: S101 `read_amount` said so
    bounds = (0, amount.bounds[1] * listed.at_most)
    if bounds[1] > MAX_AMOUNT_MINOR:
        message = f"{what} can become larger than this system holds exactly."
        remedy = f"Say «at_most: 50» at the list «{listed.name}», or cap each amount with min(…)."
        raise Fault("overflow", section.at, message, remedy)
    condition = conjunction(tuple(conditions)) if conditions else truth(value=True)
    return Node(Op.TOTAL, MONEY, (condition, amount), name=listed.name, bounds=bounds), counts, never


def _read_kinds(section: Section, kind: Node, what: str, scope: Scope) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if kind.type.kind is not Kind.CATEGORY:
        raise Fault("type", section.entries["kind"].at, f"{what}: «kind» is {kind.type}.", "Name a category.")
    values = scope.schema.categories[kind.type.category]
    groups: list[tuple[str, ...]] = []
    for key in ("counts", "never"):
        items = require_listing(section.entries[key], f"{what}, {key}").items if key in section.entries else ()
        named = tuple(require_words(item, f"{what}, {key}").text for item in items)
        for item, value in zip(items, named, strict=True):
            if value not in values:
                message = f"{what}: «{value}» is not a value of {kind.type}."
                raise Fault("unknown_value", item.at, message, f"Its values: {', '.join(values)}.")
        groups.append(named)
    counts, never = groups
    named_once = sorted((*counts, *never)) == sorted(values)
    if not named_once:
        wrong = [value for value in values if (*counts, *never).count(value) != 1]
        message = f"{what}: each kind stands once, under «counts» or under «never»; look at {', '.join(wrong)}."
        raise Fault("offset_kinds", section.at, message, "Say of every kind whether it is deducted.")
    return counts, never


def _read_index(section: Section, amount: Node, what: str, scope: Scope, *, record: Record) -> Node:
    what = f"{what}, index"
    check_keys(section, what, required=("rate", "from", "until", "at_most_years", "rounding"))
    days = tuple(
        scope.type_check(require_words(section.entries[key], f"{what}, {key}"), record) for key in ("from", "until")
    )
    for key, day in zip(("from", "until"), days, strict=True):
        checks.check_step(day, scope, section.entries[key].at, what)
    rule = scope.birthday_rule
    years = call_function("years_between", days, section.at, birthday_rule=rule)
    most = read_whole(section, "at_most_years", what, 1, 200)
    limit = Node(Op.CONST, NUMBER, constant=most, bounds=(most, most))
    years = call_function("min", (years, limit), section.at, birthday_rule=rule)
    rate = read_literal(section.entries["rate"], f"{what}, rate", scope)
    grown = compound(amount, rate, years, at=section.at)
    return call_function(read_text(section, "rounding", what), (grown,), section.at, birthday_rule=rule)


_STEP_FORMS = {"is": ("is",), "lowest": ("lowest", "highest", "guidance"), "less": ("from", "less")}


def read_step(section: Section, scope: Scope, offsets: dict[str, Offset]) -> AwardStep:
    """Read one step: computed, decided by a person between two ends, or less what was paid before.

    Raises:
        Fault: a part of it is wrong.
    """
    forms = [form for form in _STEP_FORMS if form in section.entries] or ["is"]
    keys = _STEP_FORMS[forms[0]]
    check_keys(section, "A step of the award", required=("step", "title", "cite", *keys), optional=("note",))
    words = require_words(section.entries["step"], "The name of a step")
    what = f"The step «{words.text}»"
    check_name(words.text, words, what, scope)
    highest = guidance = None
    if forms[0] == "is":
        amount = _read_value(section, "is", what, scope)
    elif forms[0] == "less":
        amount = _read_less(section, what, scope, offsets)
    else:
        amount, highest = (_read_value(section, key, what, scope) for key in ("lowest", "highest"))
        guidance = read_text(section, "guidance", what)
        if amount.type != highest.type:
            message = f"{what} lies between {amount.type} and {highest.type}."
            raise Fault("type", section.at, message, "Let both ends be of one type.")
    title, cite = read_text(section, "title", what), read_text(section, "cite", what)
    scope.steps[words.text] = replace(amount, bounds=_hull(amount, highest))
    return AwardStep(words.text, title, cite, amount, highest, guidance)


def _hull(amount: Node, highest: Node | None) -> tuple[int, int] | None:
    if highest is None or amount.bounds is None or highest.bounds is None:
        return amount.bounds
    return amount.bounds[0], max(amount.bounds[1], highest.bounds[1])


def _read_value(section: Section, key: str, what: str, scope: Scope) -> Node:
    words = require_words(section.entries[key], f"{what}, {key}")
    node = scope.type_check(words)
    if node.type not in (MONEY, NUMBER):
        message = f"{what} is {node.type}, neither money nor a number."
        raise Fault("type", words.at, message, "Let a step give an amount or points.")
    checks.check_step(node, scope, words.at, what)
    return node


def _read_less(section: Section, what: str, scope: Scope, offsets: dict[str, Offset]) -> Node:
    result = read_amount(section, "from", what, scope)
    items = require_listing(section.entries["less"], f"{what}, less").items
    for item in items:
        name = require_words(item, f"{what}, less").text
        if name not in offsets:
            raise Fault("unknown_name", item.at, f"{what}: there is no offset «{name}».", "Add it under offsets:.")
        scope.used.add(f"offsets/{name}")
        result = add(result, offsets[name].amount, "-", item.at)
    nothing = Node(Op.CONST, MONEY, constant=0, bounds=(0, 0))
    return call_function("max", (result, nothing), section.at, birthday_rule=None)
