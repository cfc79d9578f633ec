"""Reads priority and the payment block."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from reparations.eligibility.language.award_reader import read_condition_of
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
from reparations.eligibility.language.entitlement import PaymentTrust
from reparations.eligibility.language.entitlement_reader import MAX_AGE, read_minor, require_birthday_rule
from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.nodes import DATE, RATIO
from reparations.eligibility.language.rule_set import (
    InstalmentTerm,
    Intermediary,
    PaidWhen,
    PaymentTerms,
    Phase,
    PriorityPoints,
    ShortageRule,
    ShortageTerms,
    Stream,
)
from reparations.eligibility.language.tables import read_literal

if TYPE_CHECKING:
    from reparations.eligibility.language.expressions import Scope

MAX_POINTS = 1_000_000
MAX_INSTALMENTS = 24
_MAX_DAYS = 3_650
_TAKES: dict[ShortageRule, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ShortageRule.PRO_RATA: ((), ()),
    ShortageRule.THRESHOLD_THEN_PRO_RATA: (("threshold",), ()),
    ShortageRule.EQUAL_OR_LESS: (("phases",), ()),
    ShortageRule.BY_PRIORITY: ((), ("partial", "ties")),
    ShortageRule.BY_CHRONOLOGY: (("of",), ("partial", "ties")),
    ShortageRule.DIVIDED_BY_NUMBER: (("each_at_most",), ()),
}
"""What each rule takes beside ``rule`` and ``cite``: (needed, allowed)."""
_OWN = ("instalments", "when_funds_short", "intermediary")


def read_priority(document: Document, scope: Scope) -> PriorityPoints:
    """Read one line of points.

    Raises:
        Fault: a part of it is wrong.
    """
    what = "A line of the priority"
    section = require_section(document, what)
    check_keys(section, what, required=("points", "title", "cite", "when"), optional=("note",))
    points = read_whole(section, "points", what, 1, MAX_POINTS)
    title, cite = read_text(section, "title", what), read_text(section, "cite", what)
    return PriorityPoints(points, title, cite, read_condition_of(section, "when", what, scope))


def read_payment(section: Section, scope: Scope) -> PaymentTerms:
    """Read the payment block.

    Raises:
        Fault: a part of it is wrong, or instalments do not sum to 100 %.
    """
    what = "«payment»"
    optional = (*_OWN, "streams", "unit_paid_together", "in_trust", "note")
    check_keys(section, what, required=("cite",), optional=optional)
    instalments, shortage, intermediary = _read_own(section, what, scope)
    streams = []
    if "streams" in section.entries:
        for name, document in require_section(section.entries["streams"], f"{what}, streams").entries.items():
            streams.append(_read_stream(name, require_section(document, f"The stream «{name}»"), scope))
    return PaymentTerms(
        read_text(section, "cite", what),
        instalments,
        shortage,
        intermediary,
        tuple(streams),
        read_flag(section, "unit_paid_together", what, default=False),
        _read_trust(require_section(section.entries["in_trust"], what), what, scope)
        if "in_trust" in section.entries
        else None,
    )


def _read_trust(section: Section, what: str, scope: Scope) -> PaymentTrust:
    what = f"{what}, in_trust"
    check_keys(section, what, required=("cite", "born", "until_age"), optional=("when", "note"))
    born = _read_day(section.entries["born"], f"{what}, born", scope)
    rule = require_birthday_rule(section, what, scope)
    age = read_whole(section, "until_age", what, 1, MAX_AGE)
    when = read_condition_of(section, "when", what, scope) if "when" in section.entries else None
    return PaymentTrust(read_text(section, "cite", what), born, age, rule, when)


def _read_stream(name: str, section: Section, scope: Scope) -> Stream:
    what = f"The stream «{name}»"
    check_keys(section, what, required=("title", "cite", "when"), optional=(*_OWN, "note"))
    instalments, shortage, intermediary = _read_own(section, what, scope)
    title, cite = read_text(section, "title", what), read_text(section, "cite", what)
    when = read_condition_of(section, "when", what, scope)
    return Stream(name, title, cite, when, instalments, shortage, intermediary)


def _read_own(
    section: Section, what: str, scope: Scope
) -> tuple[tuple[InstalmentTerm, ...], ShortageTerms | None, Intermediary | None]:
    instalments: tuple[InstalmentTerm, ...] = ()
    shortage = intermediary = None
    if "instalments" in section.entries:
        instalments = _read_instalments(section.entries["instalments"], what, scope)
    if "when_funds_short" in section.entries:
        shortage = _read_shortage(require_section(section.entries["when_funds_short"], what), what, scope)
    if "intermediary" in section.entries:
        intermediary = _read_intermediary(require_section(section.entries["intermediary"], what), what, scope)
    return instalments, shortage, intermediary


def _read_ratio(section: Section, key: str, what: str, scope: Scope) -> Fraction:
    node = read_literal(section.entries[key], f"{what}, {key}", scope)
    if node.type != RATIO or not isinstance(node.constant, Fraction) or not 0 < node.constant <= 1:
        raise Fault("type", section.entries[key].at, f"{what}: «{key}» is no part.", "Write 50% or 1/3.")
    return node.constant


def _read_instalments(document: Document, what: str, scope: Scope) -> tuple[InstalmentTerm, ...]:
    what = f"{what}: an instalment"
    terms = []
    for item in require_listing(document, what).items:
        section = require_section(item, what)
        check_keys(section, what, required=("title", "cite", "percent", "paid"), optional=("note",))
        title, cite = read_text(section, "title", what), read_text(section, "cite", what)
        ratio = _read_ratio(section, "percent", what, scope)
        terms.append(InstalmentTerm(title, cite, ratio, read_choice(section, "paid", what, PaidWhen)))
    if not 1 <= len(terms) <= MAX_INSTALMENTS or sum(term.ratio for term in terms) != 1:
        raise Fault("instalments_sum", document.at, f"{what}: they do not sum to 100 %.", "Correct the percentages.")
    return tuple(terms)


def _read_shortage(section: Section, what: str, scope: Scope) -> ShortageTerms:
    what = f"{what}, when_funds_short"
    rule = read_choice(section, "rule", what, ShortageRule)
    needed, allowed = _TAKES[rule]
    check_keys(section, f"{what} by «{rule}»", required=("rule", "cite", *needed), optional=(*allowed, "note"))
    amounts = {
        key: read_minor(section.entries[key], f"{what}, {key}", scope) if key in section.entries else None
        for key in ("threshold", "each_at_most")
    }
    phases: tuple[Phase, ...] = ()
    if "phases" in section.entries:
        phases = _read_phases(section.entries["phases"], what, scope)
    return ShortageTerms(
        rule,
        read_text(section, "cite", what),
        amounts["threshold"],
        phases,
        _read_day(section.entries["of"], what, scope) if "of" in section.entries else None,
        amounts["each_at_most"],
        read_flag(section, "partial", what, default=False),
        _read_ties(section.entries["ties"], what, scope) if "ties" in section.entries else (),
    )


def _read_phases(document: Document, what: str, scope: Scope) -> tuple[Phase, ...]:
    what = f"{what}: a phase"
    items = require_listing(document, what).items
    phases = []
    for number, item in enumerate(items, start=1):
        section = require_section(item, what)
        check_keys(section, what, required=("title", "cite", "up_to"), optional=("note",))
        is_rest = require_words(section.entries["up_to"], f"{what}, up_to").text == "rest"
        if is_rest and number != len(items):
            raise Fault("phase_after_rest", section.at, f"{what} pays the rest, and others follow.", "Let it be last.")
        up_to = None if is_rest else read_minor(section.entries["up_to"], what, scope)
        phases.append(Phase(read_text(section, "title", what), read_text(section, "cite", what), up_to))
    if not phases:
        raise Fault("missing_key", document.at, f"{what} is missing.", "Write at least one phase.")
    return tuple(phases)


def _read_day(document: Document, what: str, scope: Scope) -> str:
    words = require_words(document, what)
    fact = scope.schema.facts.get(words.text)
    if fact is None or fact.type != DATE:
        raise Fault("unknown_name", words.at, f"{what}: «{words.text}» is not a date fact.", "Name a declared date.")
    if fact.filing_date:
        message = f"{what}: «{words.text}» is the day of filing, on which no payment may hang."
        raise Fault("time_limit", words.at, message, "Name the day of the violation or of birth.")
    scope.used.add(fact.name)
    return fact.name


def _read_ties(document: Document, what: str, scope: Scope) -> tuple[str, ...]:
    *days, last = require_listing(document, f"{what}, ties").items or (document,)
    if last is document or require_words(last, f"{what}, ties").text != "lot":
        raise Fault("ties", document.at, f"{what}: ties do not end with the lot.", "Write «ties: [born, lot]».")
    return tuple(_read_day(day, f"{what}, ties", scope) for day in days)


def _read_intermediary(section: Section, what: str, scope: Scope) -> Intermediary:
    what = f"{what}, intermediary"
    days = ("distribute_within_days", "report_within_days")
    check_keys(section, what, required=("cite", "fee_at_most"), optional=(*days, "note"))
    within = [read_whole(section, key, what, 1, _MAX_DAYS) if key in section.entries else None for key in days]
    return Intermediary(read_text(section, "cite", what), _read_ratio(section, "fee_at_most", what, scope), *within)
