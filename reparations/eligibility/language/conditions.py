"""The condition of a criterion: one sentence, or a list of which all or any must be met, nested as the law nests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reparations.eligibility.language.arithmetic import at_least
from reparations.eligibility.language.document import (
    Document,
    Section,
    check_keys,
    read_whole,
    require_listing,
    require_words,
)
from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.nodes import TRUTH, Node, Op, conjunction, negation

if TYPE_CHECKING:
    from reparations.eligibility.language.expressions import Scope

_FORMS = ("when", "all", "any", "not", "at_least")
CONDITION_PARTS = (*_FORMS, "of")
"""The parts of a section that hold its condition."""


def read_condition(section: Section, what: str, scope: Scope) -> Node:
    """Read the one of «when», «all», «any», «at_least» that a criterion or presumption has.

    Raises:
        Fault: it has none or several, or a sentence in it is wrong.
    """
    forms = [form for form in _FORMS if form in section.entries]
    if len(forms) != 1:
        message = f"{what} needs exactly one of «when», «all», «any»."
        raise Fault("no_condition", section.at, message, "Write «when: …», or «all:» with a list of sentences.")
    (form,) = forms
    if (form == "at_least") != ("of" in section.entries):
        message = f"{what}: «at_least» and «of» belong together."
        raise Fault("no_condition", section.at, message, "Write «at_least: 2» and «of:» with a list of sentences.")
    document = section.entries[form if form != "at_least" else "of"]
    if form == "when":
        return scope.condition(require_words(document, f"{what}, when"))
    if form == "not":
        return negation(_nested(document, what, scope))
    parts = tuple(_nested(item, what, scope) for item in require_listing(document, what).items)
    if not parts:
        raise Fault("no_condition", document.at, f"{what}: the list is empty.", "Write at least one sentence.")
    if form == "at_least":
        return at_least(read_whole(section, "at_least", what, 1, len(parts)), parts, document.at)
    return conjunction(parts) if form == "all" or len(parts) == 1 else Node(Op.OR, TRUTH, parts)


def _nested(document: Document, what: str, scope: Scope) -> Node:
    if isinstance(document, Section):
        check_keys(document, f"A part of {what}", optional=CONDITION_PARTS)
        return read_condition(document, what, scope)
    return scope.condition(require_words(document, what))
