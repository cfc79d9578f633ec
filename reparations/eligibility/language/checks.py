"""Static checks: what can be known to be wrong with a rule before any claim is looked at.

Two of them protect the claimant from the author.  A **time limit** on filing is refused, however well hidden, unless
the order that sets it is cited: claims for grave violations do not lapse.  A **presumption** may only ever help.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.evaluate import kleene_at_least
from reparations.eligibility.language.nodes import Kind, Node, Op

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reparations.eligibility.language.errors import Position
    from reparations.eligibility.language.expressions import Scope
    from reparations.eligibility.language.rule_set import AwardStep, Criterion

_LOWERS = {"<": -1, "<=": -1, ">": 1, ">=": 1}


def check_criterion(criterion: Criterion, scope: Scope, at: Position) -> None:
    """Refuse a criterion that hides a time limit, turns a presumption against somebody, or decides nothing.

    Raises:
        Fault: one of the three.
    """
    what = f"The criterion «{criterion.code}»"
    if criterion.deadline_authority is None:
        check_no_deadline(criterion.condition, scope, at, what)
    if any(_against(criterion.condition, 1, lambda node: node.op is Op.PRESUMED)):
        message = f"{what} uses a presumed fact where a yes can work against the claimant."
        raise Fault("presumption_against", at, message, "A presumption may only help: ask for the fact without «not».")
    fixed = fold(criterion.condition, scope)
    if fixed is not None:
        always = "always met" if fixed else "never met"
        raise Fault("constant_criterion", at, f"{what} is {always}, whatever the facts.", "Check the bounds in it.")


def check_no_deadline(condition: Node, scope: Scope, at: Position, what: str) -> None:
    """Refuse a condition that can change from met to not met because a claim was filed later.

    Raises:
        Fault: it can.
    """
    if any(_against(condition, 1, lambda node: _is_filing_date(node, scope))):
        message = f"{what} works as a time limit on filing; claims for these violations do not lapse."
        remedy = "Remove it. If a court has ordered a closing date, cite the order as «deadline_authority: …»."
        raise Fault("time_limit", at, message, remedy)


def check_step(amount: Node, scope: Scope, at: Position, what: str) -> None:
    """Refuse an award step that depends on the filing date.

    Raises:
        Fault: it does.
    """
    if any(_is_filing_date(node, scope) for node in amount.walk()):
        message = f"{what} depends on the day the claim was filed."
        raise Fault("time_limit", at, message, "Pay the same for the same harm, whenever it was told.")


def check_award(award: Sequence[AwardStep], at: Position) -> None:
    """Refuse an award without a step, or one that could be less than nothing.

    Raises:
        Fault: one of the two.
    """
    if not award:
        raise Fault("no_award", at, "The award has no step.", "Write one step with «step», «title», «cite» and «is».")
    bounds = award[-1].amount.bounds
    if bounds is None or bounds[0] < 0:
        message = "The award could be less than nothing."
        raise Fault("negative_award", at, message, "End with «max(…, USD 0.00)» in the currency of the rules.")


def _is_filing_date(node: Node, scope: Scope) -> bool:
    if node.op is Op.FACT:
        return scope.schema.facts[node.name].filing_date
    if node.op is Op.FIELD:
        listed, _, name = node.name.partition(".")
        return scope.schema.lists[listed].fields[name].filing_date
    return False


def _against(node: Node, sign: int, is_it: Callable[[Node], bool]) -> Iterator[Node]:
    """Yield where a condition could fall because something `is_it` grew (a later day, a presumed yes).

    `sign` is 1 where a yes helps the claimant and -1 under a «not».  Only comparisons that name the thing itself have
    a known direction; anything else that touches it counts against.
    """
    if node.op is Op.NOT:
        yield from _against(node.items[0], -sign, is_it)
    elif node.op in (Op.AND, Op.OR, Op.AT_LEAST, Op.SOME):
        for item in node.items:
            yield from _against(item, sign, is_it)
    elif node.op in (Op.FACT, Op.FIELD, Op.PRESUMED):
        if is_it(node) and sign < 0:
            yield node
        for condition in node.items[1:]:
            yield from _against(condition, sign, is_it)
    elif node.op is Op.COMPARE and node.name in _LOWERS:
        yield from _comparison_against(node, _LOWERS[node.name] * sign, is_it)
    elif (node.op is not Op.KNOWN or sign < 0) and any(is_it(part) for part in node.walk()):
        yield node


def _comparison_against(node: Node, direction: int, is_it: Callable[[Node], bool]) -> Iterator[Node]:
    left, right = node.items
    for side, grows in ((left, direction), (right, -direction)):
        helps = is_it(side) and grows > 0
        if not helps and any(is_it(part) for part in side.walk()):
            yield node


def fold(node: Node, scope: Scope) -> bool | None:
    """Say whether a condition is always or never met, as far as the declared ranges show it."""
    result: bool | None = None
    if node.op is Op.CONST and isinstance(node.constant, bool):
        result = node.constant
    elif node.op is Op.COMPARE:
        result = _fold_comparison(node)
    elif node.op is Op.IN and isinstance(node.constant, tuple):
        values = scope.schema.categories[node.items[0].type.category]
        result = True if set(values) <= set(node.constant) else None
    elif node.op is Op.NOT:
        inner = fold(node.items[0], scope)
        result = None if inner is None else not inner
    elif node.op in (Op.AND, Op.OR):
        result = _fold_connective(node, scope)
    elif node.op is Op.AT_LEAST and isinstance(node.constant, int):
        result = kleene_at_least(node.constant, [fold(item, scope) for item in node.items])
    return result


def _fold_connective(node: Node, scope: Scope) -> bool | None:
    decisive = node.op is Op.OR
    parts = [fold(item, scope) for item in node.items]
    if decisive in parts:
        return decisive
    if all(part is (not decisive) for part in parts):
        return not decisive
    return False if node.op is Op.AND and _contradictory(node.items) else None


def _fold_comparison(node: Node) -> bool | None:
    left, right = node.items
    if not (left.bounds and right.bounds) or node.name not in _LOWERS:
        return None
    (low, high), (other_low, other_high) = left.bounds, right.bounds
    if node.name in (">", ">="):
        low, high, other_low, other_high = other_low, other_high, low, high
    strict = node.name in ("<", ">")
    if high < other_low or (not strict and high <= other_low):
        return True
    if low > other_high or (strict and low >= other_high):
        return False
    return None


def _contradictory(items: Sequence[Node]) -> bool:
    """Say whether conditions joined by «and» leave no value for some fact."""
    lowest: dict[str, int] = {}
    highest: dict[str, int] = {}
    values: dict[str, set[str]] = {}
    for item in _flatten(items):
        if item.op is Op.IN and isinstance(item.constant, tuple) and item.items[0].op in (Op.FACT, Op.FIELD):
            name = item.items[0].name
            values[name] = values.get(name, set(item.constant)) & set(item.constant)
        if item.op is not Op.COMPARE or item.items[0].op not in (Op.FACT, Op.FIELD) or item.items[1].op is not Op.CONST:
            continue
        name, constant = item.items[0].name, item.items[1].constant
        if item.items[0].type.kind is Kind.CATEGORY and item.name == "=":
            values[name] = values.get(name, {str(constant)}) & {str(constant)}
        elif isinstance(constant, int) and not isinstance(constant, bool):
            low, high = _limits(item.name, constant)
            if low is not None:
                lowest[name] = max(lowest.get(name, low), low)
            if high is not None:
                highest[name] = min(highest.get(name, high), high)
    crossed = any(name in highest and low > highest[name] for name, low in lowest.items())
    return crossed or any(not left for left in values.values())


def _limits(sign: str, constant: int) -> tuple[int | None, int | None]:
    limits: dict[str, tuple[int | None, int | None]] = {
        "=": (constant, constant),
        ">=": (constant, None),
        ">": (constant + 1, None),
        "<=": (None, constant),
        "<": (None, constant - 1),
    }
    return limits.get(sign, (None, None))


def _flatten(items: Sequence[Node]) -> Iterator[Node]:
    for item in items:
        if item.op is Op.AND:
            yield from _flatten(item.items)
        else:
            yield item


def find_warnings(
    scope: Scope, criteria: Sequence[Criterion], award: Sequence[AwardStep], offsets: Sequence[str]
) -> Iterator[str]:
    """Yield what is not wrong but worth a look: declarations nothing uses, questions true of an empty list."""
    schema = scope.schema
    names = [*schema.facts, *(f"{listed.name}.{field}" for listed in schema.lists.values() for field in listed.fields)]
    yield from (f"The fact «{name}» is never used." for name in names if name not in scope.used)
    for part in ("sets", "periods", "parameters", "tables", "elections"):
        unused = (name for name in getattr(scope, part) if f"{part}/{name}" not in scope.used)
        yield from (f"«{name}» under {part}: is never used." for name in unused)
    yield from (f"The offset «{name}» is never deducted." for name in offsets if f"offsets/{name}" not in scope.used)
    for step, _ in pairwise(award):
        if f"award/{step.name}" not in scope.used:
            yield f"The award step «{step.name}» is never used."
    for criterion in criteria:
        for node in filter(_is_every, criterion.condition.walk()):
            listed = node.items[0].name
            yield (
                f"«every … in {listed}» in {criterion.code} is also true of an empty list; "
                f"add a criterion with «some … in {listed}»."
            )


def _is_every(node: Node) -> bool:
    return node.op is Op.NOT and node.items[0].op is Op.SOME and node.items[0].items[0].op is Op.NOT
