"""From typed trees to a list of array operations, each done once however often the rules say the same thing.

Every operation of the language is in `MAKERS` or `DONE_WITHIN` below; a test walks over all of them.  What could
overflow 64 bits is refused before any claim is looked at: the ranges of all facts are declared, so the range of every
result is known.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from reparations.eligibility.language.kernel import arrays
from reparations.eligibility.language.kernel.columns import Truths, Values, dtype_of
from reparations.eligibility.language.kernel.days import span_counter
from reparations.eligibility.language.kernel.errors import NotInKernel
from reparations.eligibility.language.kernel.products import (
    LIMIT,
    UNROUNDED_KINDS,
    compile_product,
    round_product,
    round_scaled,
)
from reparations.eligibility.language.nodes import LIST_OPS, SPAN_OPS, Kind, Node, Op

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reparations.eligibility.language.expressions import Table
    from reparations.eligibility.language.kernel.blocks import Block
    from reparations.eligibility.language.kernel.columns import Bits, Column
    from reparations.eligibility.language.schema import FactSchema

_ANY_DAY = (1, 3_652_059)
"""Ordinals of the first and the last day there is."""


Slot = int


class Program:
    """Array operations in the order in which they are done.  Holds no state between runs."""

    def __init__(self, schema: FactSchema, tables: Mapping[str, Table]) -> None:
        """Begin with nothing to do."""
        self.schema = schema
        self.tables = tables
        self.runs: list[tuple[Slot, Callable[[Block], Column]]] = []
        self.slots: dict[tuple[Node, str], Slot] = {}
        self.steps: dict[str, Slot] = {}

    def add(self, node: Node, listed: str = "") -> Slot:
        """Make sure that a node is computed, for each claim or for each record of the list `listed`.

        Raises:
            NotInKernel: the kernel does not do this operation, or a number could become too large for it.
        """
        key = (node, listed)
        if key not in self.slots:
            run = self._spread(node, listed) if listed and not _reads_records(node) else self._compile(node, listed)
            self.slots[key] = self._append(run)
        return self.slots[key]

    def add_decided(self, lowest: Slot, highest: Slot) -> Slot:
        """Add a step a person decides between two ends: known where nothing is left to decide."""
        return self._append(lambda block: arrays.undecided(block.values[lowest], block.values[highest]))

    def run(self, block: Block) -> None:
        """Do every operation for some claims; the results lie in the block."""
        for slot, run in self.runs:
            result = run(block)
            if isinstance(result, Truths):
                block.truths[slot] = result
            else:
                block.values[slot] = result

    def _append(self, run: Callable[[Block], Column]) -> Slot:
        slot = len(self.runs)
        self.runs.append((slot, run))
        return slot

    def _spread(self, node: Node, listed: str) -> Callable[[Block], Column]:
        slot = self.add(node)
        if node.type.kind is Kind.TRUTH:

            def spread_truths(block: Block) -> Column:
                spread, of_claim = block.segments_of(listed).spread, block.truths[slot]
                return Truths(spread(of_claim.met), spread(of_claim.not_met))

            return spread_truths

        def spread_values(block: Block) -> Column:
            spread, of_claim = block.segments_of(listed).spread, block.values[slot]
            return Values(spread(of_claim.value), spread(of_claim.known))

        return spread_values

    def _compile(self, node: Node, listed: str) -> Callable[[Block], Column]:
        _check_bounds(node)
        maker = MAKERS.get(node.op)
        if maker is None or node.type.kind in UNROUNDED_KINDS:
            message = f"The kernel does not do «{node.op}»."
            raise NotInKernel(message, remedy="Assess the claims one by one.")
        return maker(self, node, listed)

    def items(self, node: Node, listed: str) -> list[Slot]:
        """Add the operands of a node."""
        return [self.add(item, listed) for item in node.items]


def _check_bounds(node: Node) -> None:
    if node.type.kind not in (Kind.NUMBER, Kind.MONEY, Kind.DATE):
        return
    if node.bounds is None or max(abs(bound) for bound in node.bounds) >= LIMIT:
        message = f"A result of «{node.op}» has no range that the kernel can hold."
        raise NotInKernel(message, remedy="Assess the claims one by one, or narrow the ranges of the facts.")


def _reads_records(node: Node) -> bool:
    """Say whether a node looks at the record in scope; a question about a list brings records of its own."""
    if node.op in LIST_OPS:
        return False
    return node.op is Op.FIELD or any(_reads_records(item) for item in node.items)


def _constant(program: Program, node: Node, _: str) -> Callable[[Block], Column]:
    known = np.array([node.constant is not None])
    if node.type.kind is Kind.TRUTH:
        truths = Truths(known & (node.constant is True), known & (node.constant is False))
        return lambda _block: truths
    if node.type.kind is Kind.CATEGORY:
        number = program.schema.categories[node.type.category].index(str(node.constant))
    elif isinstance(node.constant, int):
        number = node.constant
    elif node.constant is None and node.bounds:
        number = node.bounds[0]
    else:
        raise NotInKernel("A ratio stands alone.", remedy="Assess the claims one by one.")
    values = Values(np.array([number], dtype_of(node.type, program.schema)), known)
    return lambda _block: values


def _fact(_: Program, node: Node, __: str) -> Callable[[Block], Column]:
    name = node.name
    return lambda block: block.columns.facts[name]


def _field(_: Program, node: Node, __: str) -> Callable[[Block], Column]:
    listed, _dot, name = node.name.partition(".")
    return lambda block: block.columns.lists[listed].fields[name]


def _step(program: Program, node: Node, _: str) -> Callable[[Block], Column]:
    slot = program.steps[node.name]
    return lambda block: block.values[slot]


def _presumed(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    found, when = program.items(node, listed)
    return lambda block: arrays.presume(block.truths[found], block.truths[when])


def _and(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    slots = program.items(node, listed)
    return lambda block: arrays.conjoin([block.truths[slot] for slot in slots])


def _or(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    slots = program.items(node, listed)
    return lambda block: arrays.disjoin([block.truths[slot] for slot in slots])


def _at_least(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    slots = program.items(node, listed)
    wanted = int(node.constant) if isinstance(node.constant, int) else len(slots)
    return lambda block: arrays.at_least(wanted, [block.truths[slot] for slot in slots])


def _not(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    (slot,) = program.items(node, listed)
    return lambda block: arrays.negate(block.truths[slot])


def _known(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    (slot,) = program.items(node, listed)
    if node.items[0].type.kind is Kind.TRUTH:
        return lambda block: arrays.is_known(block.truths[slot].known)
    return lambda block: arrays.is_known(block.values[slot].known)


def _compare(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    sign, (left, right) = node.name, program.items(node, listed)
    if node.items[0].type.kind is not Kind.TRUTH:
        return lambda block: arrays.compare(sign, block.values[left], block.values[right])
    if sign == "=":
        return lambda block: arrays.same_truth(block.truths[left], block.truths[right])
    return lambda block: arrays.negate(arrays.same_truth(block.truths[left], block.truths[right]))


def _in(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    (slot,) = program.items(node, listed)
    categories = program.schema.categories[node.items[0].type.category]
    assert isinstance(node.constant, tuple)  # noqa: S101 what the reader of sentences puts there
    places = [categories.index(value) for value in node.constant]
    return lambda block: arrays.membership(block.values[slot], places, len(categories))


def _if(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    when, then, otherwise = program.items(node, listed)
    if node.type.kind is Kind.TRUTH:
        return lambda block: arrays.choose_truths(block.truths[when], block.truths[then], block.truths[otherwise])
    return lambda block: arrays.choose_values(block.truths[when], block.values[then], block.values[otherwise])


def _over_list(program: Program, node: Node, _: str) -> Callable[[Block], Column]:
    name, closing = node.name, program.schema.lists[node.name].complete_when
    slots = [program.add(item, name) for item in node.items]
    condition, amount = slots[0], slots[-1]

    def complete(block: Block) -> Bits:
        column = block.columns.facts[closing]
        assert isinstance(column, Truths)  # noqa: S101 the schema takes nothing but a yes/no fact
        return column.met

    if node.op in (Op.SOME, Op.COUNT):
        ask = arrays.some if node.op is Op.SOME else arrays.count
        return lambda block: ask(block.truths[condition], complete(block), block.segments_of(name))
    gather = arrays.highest if node.op is Op.HIGHEST else arrays.total
    return lambda block: gather(block.truths[condition], block.values[amount], complete(block), block.segments_of(name))


def _arithmetic(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    left, right = program.items(node, listed)
    function = {Op.ADD: np.add, Op.SUBTRACT: np.subtract, Op.MULTIPLY: np.multiply}[node.op]

    def arithmetic(block: Block) -> Column:
        first, second = block.values[left], block.values[right]
        return Values(function(first.value, second.value), arrays.both_known(first.known, second.known))

    return arithmetic


def _extreme(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    slots, highest = program.items(node, listed), node.op is Op.MAX
    return lambda block: arrays.extreme([block.values[slot] for slot in slots], highest_=highest)


def _round(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    (inner,), rounding = node.items, node.name
    product = compile_product(program.add, inner, listed)
    plain = inner.op is Op.SCALE and inner.items[0].type.kind not in UNROUNDED_KINDS
    if plain and product.largest >= LIMIT and isinstance(inner.constant, Fraction):
        slot, ratio = program.add(inner.items[0], listed), inner.constant
        numerator, denominator = ratio.numerator, ratio.denominator
        if 2 * denominator * max(numerator, 1) < LIMIT:
            return lambda block: round_scaled(block.values[slot], numerator, denominator, rounding)
    return round_product(product, rounding)


def _span(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    first, last = program.items(node, listed)
    ranges = [item.bounds or _ANY_DAY for item in node.items]
    days = (min(low for low, _ in ranges), max(high for _, high in ranges))
    count = span_counter(node, days)
    return lambda block: count(block.values[first], block.values[last])


def _look_up(program: Program, node: Node, listed: str) -> Callable[[Block], Column]:
    slots = program.items(node, listed)
    table = program.tables[node.name]
    places = [{value: place for place, value in enumerate(domain)} for domain in table.domains]
    cells = np.zeros([len(domain) for domain in table.domains], np.int64)
    for keys, amount in table.cells.items():
        cells[tuple(place[key] for place, key in zip(places, keys, strict=True))] = amount
    lows = [
        0 if type_.kind is Kind.CATEGORY else int(domain[0])
        for type_, domain in zip(table.keys, table.domains, strict=True)
    ]
    return lambda block: arrays.look_up([block.values[slot] for slot in slots], lows, cells)


MAKERS: dict[Op, Callable[[Program, Node, str], Callable[[Block], Column]]] = {
    Op.CONST: _constant,
    Op.FACT: _fact,
    Op.FIELD: _field,
    Op.PRESUMED: _presumed,
    Op.STEP: _step,
    Op.AND: _and,
    Op.OR: _or,
    Op.AT_LEAST: _at_least,
    Op.NOT: _not,
    Op.KNOWN: _known,
    Op.COMPARE: _compare,
    Op.IN: _in,
    Op.IF: _if,
    Op.SOME: _over_list,
    Op.COUNT: _over_list,
    Op.HIGHEST: _over_list,
    Op.TOTAL: _over_list,
    Op.LOOKUP: _look_up,
    Op.ADD: _arithmetic,
    Op.SUBTRACT: _arithmetic,
    Op.MULTIPLY: _arithmetic,
    Op.ROUND: _round,
    Op.MIN: _extreme,
    Op.MAX: _extreme,
    **dict.fromkeys(SPAN_OPS, _span),
}
"""How each operation is done."""

DONE_WITHIN = frozenset({Op.SCALE, Op.COMPOUND})
"""Done by the rounding above them: nothing stays unrounded, and alone they are refused."""
