"""Reads all that stands beside criteria and award: unit, caps, shares, envelopes, benefits, priority, payment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reparations.eligibility.language.document import Document, Section, require_listing, require_section
from reparations.eligibility.language.entitlement import AfterDeath, Benefit, Envelope, GroupCap, ShareScheme, Unit
from reparations.eligibility.language.entitlement_reader import (
    check_replaced,
    read_benefit,
    read_cap,
    read_envelope,
    read_share_scheme,
    read_unit,
)
from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.payment_reader import read_payment, read_priority
from reparations.eligibility.language.rule_set import PaymentTerms, PriorityPoints, ShortageRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reparations.eligibility.language.errors import Problems
    from reparations.eligibility.language.expressions import Scope

MAX_ITEMS = 64
"""Entries of one part."""


@dataclass(slots=True)
class Terms:
    """What was read."""

    unit: Unit | None = None
    caps: list[GroupCap] = field(default_factory=list)
    shares: list[ShareScheme] = field(default_factory=list)
    collective: list[Envelope] = field(default_factory=list)
    benefits: list[Benefit] = field(default_factory=list)
    priority: list[PriorityPoints] = field(default_factory=list)
    payment: PaymentTerms | None = None


def read_terms(document: Section, scope: Scope, problems: Problems) -> Terms:
    """Read the parts that are there; problems are collected."""
    terms = Terms()
    if "unit" in document.entries:
        with problems.collecting():
            terms.unit = read_unit(require_section(document.entries["unit"], "«unit»"), scope)
    for name, section in _named(document, "caps", problems):
        with problems.collecting():
            terms.caps.append(read_cap(name, require_section(section, f"«{name}»"), scope))
    for name, section in _named(document, "shares", problems):
        with problems.collecting():
            terms.shares.append(read_share_scheme(name, require_section(section, f"«{name}»"), scope))
    for name, section in _named(document, "collective", problems):
        with problems.collecting():
            terms.collective.append(read_envelope(name, require_section(section, f"«{name}»"), scope))
    for name, section in _named(document, "benefits", problems):
        with problems.collecting():
            part = require_section(section, f"«{name}»")
            terms.benefits.append(read_benefit(name, part, scope, terms.collective))
    _read_paying(document, scope, problems, terms)
    with problems.collecting():
        _check_together(document, terms)
    return terms


def _read_paying(document: Section, scope: Scope, problems: Problems, terms: Terms) -> None:
    if "priority" in document.entries:
        with problems.collecting():
            for item in require_listing(document.entries["priority"], "«priority»").items:
                with problems.collecting():
                    terms.priority.append(read_priority(item, scope))
    if "payment" in document.entries:
        with problems.collecting():
            terms.payment = read_payment(require_section(document.entries["payment"], "«payment»"), scope)


def _named(document: Section, part: str, problems: Problems) -> Iterator[tuple[str, Document]]:
    if part in document.entries:
        with problems.collecting():
            entries = require_section(document.entries[part], f"«{part}»").entries
            if len(entries) > MAX_ITEMS:
                at = document.entries[part].at
                raise Fault("too_large", at, f"«{part}» has more than {MAX_ITEMS} entries.", "Join some of them.")
            yield from entries.items()


def _check_together(document: Section, terms: Terms) -> None:
    """Refuse parts that need one another and are not all there."""
    if terms.benefits:
        places = require_section(document.entries["benefits"], "«benefits»").key_places
        check_replaced(terms.benefits, places)
    if terms.unit and terms.unit.after_death is AfterDeath.SHARES and "shares" not in document.entries:
        message = "«after_death: shares» needs a part «shares»."
        raise Fault("missing_key", document.entries["unit"].at, message, "Add it, or write estate or nothing.")
    for scheme in terms.shares[:-1]:
        if scheme.when is None:
            message = f"The division «{scheme.name}» always applies, so those after it never do."
            raise Fault("shares_overlap", document.entries["shares"].at, message, "Add «when:» to it.")
    if terms.payment:
        own = [stream.when_funds_short for stream in terms.payment.streams]
        rules = {shortage.rule for shortage in (*own, terms.payment.when_funds_short) if shortage}
        if ShortageRule.BY_PRIORITY in rules and not terms.priority:
            message = "«by_priority» needs a part «priority»."
            raise Fault("missing_key", document.entries["payment"].at, message, "Add the points and their sources.")
