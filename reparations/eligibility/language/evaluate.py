"""The one evaluator: three-valued (Kleene) logic over a claim's facts, exact whole numbers, no clock, no randomness.

``None`` is *unknown*: missing, or not proven as the rules require.  ``and`` of something and an unknown is unknown
unless the something is a no; ``or`` is unknown unless it is a yes; a number is unknown if any part of it is.  A
question about a list is unknown while nobody has said that it is complete.  Nothing here turns an unknown into a no.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from reparations.eligibility.language.arithmetic import span_function
from reparations.eligibility.language.nodes import SPAN_OPS, Node, Op, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reparations.eligibility.language.expressions import Table
    from reparations.eligibility.language.schema import FactSchema


@dataclass(slots=True)
class Frame:
    """What a sentence is evaluated over."""

    facts: Mapping[str, Value]
    lists: Mapping[str, Sequence[Mapping[str, Value]]]
    record: Mapping[str, Value] = field(default_factory=dict)
    steps: dict[str, int | None] = field(default_factory=dict)
    trace: list[tuple[str, str]] | None = None
    """(fact, ``known`` | ``unknown`` | ``presumed``) in the order read, if anybody wants to know."""

    def note(self, name: str, state: str) -> None:
        """Remember that a fact was read."""
        if self.trace is not None and (name, state) not in self.trace:
            self.trace.append((name, state))


_COMPARISONS: dict[str, Callable[..., bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A node ready to be evaluated, with its parts, so that unknown parts can be found afterwards."""

    node: Node
    items: tuple[Compiled, ...]
    run: Callable[[Frame], Value]


class Compiler:
    """Turns typed trees into closures.  Text of the author's never becomes code."""

    def __init__(self, schema: FactSchema, tables: Mapping[str, Table]) -> None:
        """Keep what look-ups need."""
        self.schema = schema
        self.tables = tables

    def compile(self, node: Node) -> Compiled:
        """Make a node ready."""
        items = tuple(self.compile(item) for item in node.items)
        return Compiled(node, items, self._closure(node, items))

    def _closure(self, node: Node, items: tuple[Compiled, ...]) -> Callable[[Frame], Value]:
        runs = tuple(item.run for item in items)
        if node.op in (Op.SOME, Op.COUNT, Op.HIGHEST, Op.TOTAL):
            return self._over_list(node, runs)
        if node.op is Op.LOOKUP:
            cells = self.tables[node.name].cells
            return _strict(runs, lambda *keys: cells[tuple(str(key) for key in keys)])
        maker = _LOGIC.get(node.op)
        return maker(node, runs) if maker else _strict(runs, _function(node))

    def _over_list(self, node: Node, runs: tuple[Callable[[Frame], Value], ...]) -> Callable[[Frame], Value]:
        name, closing = node.name, self.schema.lists[node.name].complete_when
        gather = {Op.SOME: _some, Op.COUNT: _count, Op.HIGHEST: _highest, Op.TOTAL: _total}[node.op]

        def over_list(frame: Frame) -> Value:
            outer = frame.record
            complete = frame.facts.get(closing) is True
            try:
                result = gather(frame, frame.lists.get(name, ()), runs, complete)
            finally:
                frame.record = outer
            frame.note(closing, "known" if complete else "unknown")
            return result

        return over_list


Runs = tuple["Callable[[Frame], Value]", ...]


def _some(frame: Frame, records: Sequence[Mapping[str, Value]], runs: Runs, complete: bool) -> Value:  # noqa: FBT001 a state of the list, not a mode
    unknown = not complete
    for frame.record in records:
        found = runs[0](frame)
        if found is True:
            return True
        unknown = unknown or found is None
    return None if unknown else False


def _count(frame: Frame, records: Sequence[Mapping[str, Value]], runs: Runs, complete: bool) -> Value:  # noqa: FBT001 as above
    count = 0
    for frame.record in records:
        found = runs[0](frame)
        if found is None:
            return None
        count += found is True
    return count if complete else None


def _amounts(frame: Frame, records: Sequence[Mapping[str, Value]], runs: Runs) -> list[int] | None:
    amounts: list[int] = []
    for frame.record in records:
        counts = runs[0](frame)
        if counts is False:
            continue
        amount = runs[1](frame) if counts is True else None
        if amount is None:
            return None
        amounts.append(int(amount))
    return amounts


def _highest(frame: Frame, records: Sequence[Mapping[str, Value]], runs: Runs, complete: bool) -> Value:  # noqa: FBT001 as above
    amounts = _amounts(frame, records, runs)
    return max(amounts, default=0) if complete and amounts is not None else None


def _total(frame: Frame, records: Sequence[Mapping[str, Value]], runs: Runs, complete: bool) -> Value:  # noqa: FBT001 as above
    amounts = _amounts(frame, records, runs)
    return sum(amounts) if complete and amounts is not None else None


def _constant(node: Node, _: Runs) -> Callable[[Frame], Value]:
    value = node.constant
    assert not isinstance(value, (Fraction, tuple))  # noqa: S101 ratios and categories are no operands of their own
    return lambda _frame: value


def _fact(node: Node, _: Runs) -> Callable[[Frame], Value]:
    name = node.name

    def fact(frame: Frame) -> Value:
        value = frame.facts.get(name)
        if frame.trace is not None:
            frame.note(name, "unknown" if value is None else "known")
        return value

    return fact


def _field(node: Node, _: Runs) -> Callable[[Frame], Value]:
    qualified, name = node.name, node.name.partition(".")[2]

    def field_(frame: Frame) -> Value:
        value = frame.record.get(name)
        if frame.trace is not None:
            frame.note(qualified, "unknown" if value is None else "known")
        return value

    return field_


def _presumed(node: Node, runs: Runs) -> Callable[[Frame], Value]:
    name, (found, when) = node.name, runs

    def presumed(frame: Frame) -> Value:
        value = found(frame)
        if value is not None or when(frame) is not True:
            return value
        if frame.trace is not None:
            frame.trace.remove((name, "unknown"))
            frame.note(name, "presumed")
        return True

    return presumed


def _step(node: Node, _: Runs) -> Callable[[Frame], Value]:
    name = node.name
    return lambda frame: frame.steps.get(name)


def _and(_: Node, runs: Runs) -> Callable[[Frame], Value]:
    return lambda frame: kleene_and([run(frame) for run in runs])


def _or(_: Node, runs: Runs) -> Callable[[Frame], Value]:
    return lambda frame: kleene_or([run(frame) for run in runs])


def _at_least(node: Node, runs: Runs) -> Callable[[Frame], Value]:
    wanted = int(node.constant) if isinstance(node.constant, int) else len(runs)
    return lambda frame: kleene_at_least(wanted, [run(frame) for run in runs])


def _known(_: Node, runs: Runs) -> Callable[[Frame], Value]:
    # Never a no: otherwise «identity is known» would refuse somebody because nobody asked.
    return lambda frame: None if runs[0](frame) is None else True


def _if(_: Node, runs: Runs) -> Callable[[Frame], Value]:
    when, then, otherwise = runs

    def choose(frame: Frame) -> Value:
        met = when(frame)
        return None if met is None else (then if met else otherwise)(frame)

    return choose


def kleene_and(values: Sequence[Value]) -> bool | None:
    """Join by «and»: one no decides; otherwise one unknown leaves it open."""
    if False in values:
        return False
    return None if None in values else True


def kleene_or(values: Sequence[Value]) -> bool | None:
    """Join by «or»: one yes decides; otherwise one unknown leaves it open."""
    if True in values:
        return True
    return None if None in values else False


def kleene_at_least(wanted: int, values: Sequence[Value]) -> bool | None:
    """Count a yes: enough of them decide, and so does it that there cannot be enough any more."""
    met = values.count(True)
    if met >= wanted:
        return True
    return None if met + values.count(None) >= wanted else False


_LOGIC: dict[Op, Callable[[Node, Runs], Callable[[Frame], Value]]] = {
    Op.CONST: _constant,
    Op.FACT: _fact,
    Op.FIELD: _field,
    Op.PRESUMED: _presumed,
    Op.STEP: _step,
    Op.AND: _and,
    Op.OR: _or,
    Op.AT_LEAST: _at_least,
    Op.KNOWN: _known,
    Op.IF: _if,
}


def _strict(runs: Runs, function: Callable[..., Value]) -> Callable[[Frame], Value]:
    """Apply a function whose result is unknown as soon as one operand is."""

    def strict(frame: Frame) -> Value:
        values = [run(frame) for run in runs]
        return None if None in values else function(*values)

    def strict_of_one(frame: Frame) -> Value:
        value = first(frame)
        return None if value is None else function(value)

    def strict_of_two(frame: Frame) -> Value:
        left, right = first(frame), last(frame)
        return None if left is None or right is None else function(left, right)

    # Nearly all have one operand or two; no list is made for those.
    first, last = runs[0], runs[-1]
    return {1: strict_of_one, 2: strict_of_two}.get(len(runs), strict)


def _function(node: Node) -> Callable[..., Value]:
    if node.op is Op.IN and isinstance(node.constant, tuple):
        values = frozenset(node.constant)
        return lambda value: value in values
    if node.op is Op.ROUND:
        rounding = node.name
        return lambda amount: round_ratio(rounding, amount)
    if node.op is Op.SCALE and isinstance(node.constant, Fraction):
        ratio = node.constant
        return lambda amount: amount * ratio
    if node.op is Op.COMPOUND and isinstance(node.constant, Fraction):
        factor = 1 + node.constant
        return lambda amount, years: amount * factor**years
    if node.op is Op.COMPARE:
        return _COMPARISONS[node.name]
    return span_function(node) if node.op in SPAN_OPS else _PLAIN[node.op]


_PLAIN: dict[Op, Callable[..., Value]] = {
    Op.NOT: operator.not_,
    Op.ADD: operator.add,
    Op.SUBTRACT: operator.sub,
    Op.MULTIPLY: operator.mul,
    Op.MIN: min,
    Op.MAX: max,
}


def round_ratio(rounding: str, amount: Fraction) -> int:
    """Round an exact fraction to a whole number (of minor units, of points), as the rule says.

    «down» and «up» mean towards minus and plus infinity.
    """
    whole, rest = divmod(amount.numerator, amount.denominator)
    twice = 2 * rest
    if rest == 0 or rounding == "round_down":
        return whole
    if rounding == "round_up" or twice > amount.denominator:
        return whole + 1
    at_half = twice == amount.denominator and (rounding == "round_half_up" or whole % 2 == 1)
    return whole + 1 if at_half else whole
