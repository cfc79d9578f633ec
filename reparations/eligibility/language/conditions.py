"""The condition of a criterion: one sentence, or a list of which all or any must be met, nested as the law nests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reparations.eligibility.language.document import Document, Section, check_keys, require_listing, require_words
from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.nodes import TRUTH, Node, Op, conjunction, negation

if TYPE_CHECKING:
    from reparations.eligibility.language.expressions import Scope

_FORMS = ("when", "all", "any", "not")


def read_condition(section: Section, what: str, scope: Scope) -> Node:
    """Read the one of «when», «all», «any» that a criterion or presumption has.

    Raises:
        Fault: it has none or several, or a sentence in it is wrong.
    """
    forms = [form for form in _FORMS if form in section.entries]
    if len(forms) != 1:
        message = f"{what} needs exactly one of «when», «all», «any»."
        raise Fault("no_condition", section.at, message, "Write «when: …», or «all:» with a list of sentences.")
    (form,) = forms
    document = section.entries[form]
    if form == "when":
        return scope.condition(require_words(document, f"{what}, when"))
    if form == "not":
        return negation(_nested(document, what, scope))
    parts = tuple(_nested(item, what, scope) for item in require_listing(document, f"{what}, {form}").items)
    if not parts:
        raise Fault("no_condition", document.at, f"{what}: the list is empty.", "Write at least one sentence.")
    return conjunction(parts) if form == "all" or len(parts) == 1 else Node(Op.OR, TRUTH, parts)


def _nested(document: Document, what: str, scope: Scope) -> Node:
    if isinstance(document, Section):
        check_keys(document, f"A part of {what}", optional=_FORMS)
        return read_condition(document, what, scope)
    return scope.condition(require_words(document, what))
