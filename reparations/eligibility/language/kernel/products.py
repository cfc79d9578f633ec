"""Products with ratios, exactly: whole numerators over one denominator that is known when the rules are compiled.

A numerator fits 64 bits as long as its range says so; beyond that (compounding over years, ratios with many digits) the
arrays hold Python's own whole numbers, which are slower and never wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from reparations.eligibility.language.kernel.arrays import all_known, both_known, choose_values
from reparations.eligibility.language.kernel.columns import Values
from reparations.eligibility.language.kernel.errors import NotInKernel
from reparations.eligibility.language.nodes import Kind, Node, Op

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reparations.eligibility.language.kernel.blocks import Block
    from reparations.eligibility.language.kernel.columns import Column

LIMIT = 2**62
"""No 64-bit number reaches this, so that a sum of two still fits."""

Adder = Callable[[Node, str], int]
"""Makes sure that a node is computed, for each claim or each record of a list, and says where the result will lie."""

UNROUNDED_KINDS = (Kind.UNROUNDED, Kind.UNROUNDED_NUMBER)


@dataclass(frozen=True, slots=True)
class Product:
    """Numerators of many claims, their common denominator, and the largest a numerator can be, of either sign."""

    run: Callable[[Block], Values]
    denominator: int
    largest: int

    def over(self, denominator: int) -> Product:
        """Write the same over a multiple of the denominator."""
        return self._scaled(denominator // self.denominator, denominator)

    def times(self, numerator: int, denominator: int) -> Product:
        """Multiply by a ratio."""
        shared = gcd(numerator, self.denominator)
        return self._scaled(numerator // shared, self.denominator // shared * denominator)

    def _scaled(self, factor: int, denominator: int) -> Product:
        run, largest = self.run, max(self.largest * factor, 1)

        def scaled(block: Block) -> Values:
            product = run(block)
            return Values(_room(product.value, largest) * factor, product.known)

        return Product(run if factor == 1 else scaled, denominator, largest)


def compile_product(add: Adder, node: Node, listed: str) -> Product:
    """Compile an amount or a number that may not be rounded yet.

    Raises:
        NotInKernel: the operation is none that a rounding can stand over.
    """
    if node.type.kind not in UNROUNDED_KINDS:
        slot = add(node, listed)
        largest = max(1, *(abs(bound) for bound in node.bounds or (LIMIT,)))
        return Product(lambda block: block.values[slot], 1, largest)
    if node.op is Op.SCALE and isinstance(node.constant, Fraction):
        inner = compile_product(add, node.items[0], listed)
        return inner.times(node.constant.numerator, node.constant.denominator)
    if node.op is Op.COMPOUND and isinstance(node.constant, Fraction):
        return _compound(add, node, listed)
    if node.op in (Op.ADD, Op.SUBTRACT):
        return _sum(add, node, listed)
    if node.op is Op.MULTIPLY:
        return _multiply(*(compile_product(add, item, listed) for item in node.items))
    if node.op is Op.IF:
        return _choose(add, node, listed)
    message = f"The kernel does not round a result of «{node.op}»."
    raise NotInKernel(message, remedy="Assess the claims one by one.")


def _sum(add: Adder, node: Node, listed: str) -> Product:
    parts = [compile_product(add, item, listed) for item in node.items]
    denominator = lcm(*(part.denominator for part in parts))
    left, right = (part.over(denominator) for part in parts)
    largest = left.largest + right.largest
    function = np.add if node.op is Op.ADD else np.subtract

    def summed(block: Block) -> Values:
        first, second = left.run(block), right.run(block)
        value = function(_room(first.value, largest), second.value)
        return Values(value, both_known(first.known, second.known))

    return Product(summed, denominator, largest)


def _multiply(left: Product, right: Product) -> Product:
    largest = left.largest * right.largest

    def multiplied(block: Block) -> Values:
        first, second = left.run(block), right.run(block)
        return Values(_room(first.value, largest) * second.value, both_known(first.known, second.known))

    return Product(multiplied, left.denominator * right.denominator, largest)


def _choose(add: Adder, node: Node, listed: str) -> Product:
    when = add(node.items[0], listed)
    parts = [compile_product(add, item, listed) for item in node.items[1:]]
    denominator = lcm(*(part.denominator for part in parts))
    then, otherwise = (part.over(denominator) for part in parts)
    return Product(
        lambda block: choose_values(block.truths[when], then.run(block), otherwise.run(block)),
        denominator,
        max(then.largest, otherwise.largest),
    )


def _compound(add: Adder, node: Node, listed: str) -> Product:
    amount, rate = compile_product(add, node.items[0], listed), node.constant
    assert isinstance(rate, Fraction) and node.items[1].bounds  # noqa: S101, PT018 the reader of sentences made sure
    years, longest = add(node.items[1], listed), max(node.items[1].bounds[1], 0)
    step = 1 + rate
    factors = np.array(
        [step.numerator**count * step.denominator ** (longest - count) for count in range(longest + 1)], dtype=object
    )

    def compounded(block: Block) -> Values:
        first, count = amount.run(block), block.values[years]
        return Values(first.value.astype(object) * factors.take(count.value), all_known((first, count)))

    denominator = step.denominator**longest
    return Product(compounded, amount.denominator * denominator, amount.largest * max(factors))


def round_product(product: Product, rounding: str) -> Callable[[Block], Column]:
    """Round to whole numbers; «down» and «up» mean towards minus and plus infinity."""
    denominator, run = product.denominator, product.run
    largest = max(product.largest, 2 * denominator)

    def rounded(block: Block) -> Column:
        exact = run(block)
        value = _room(exact.value, largest)
        whole = value // denominator
        rest = value - whole * denominator
        return Values((whole + _extra(rounding, whole, rest, denominator)).astype(np.int64), exact.known)

    return rounded


def round_scaled(amount: Values, numerator: int, denominator: int, rounding: str) -> Values:
    """Multiply by a ratio and round; it divides first, so that no product outgrows the result or the ratio's parts."""
    whole, rest = np.divmod(amount.value, denominator)
    more, rest = np.divmod(rest * numerator, denominator)
    whole = whole * numerator + more
    return Values(whole + _extra(rounding, whole, rest, denominator), amount.known)


def _extra(rounding: str, whole: NDArray[Any], rest: NDArray[Any], denominator: int) -> NDArray[Any]:
    """Say what a rounding adds to the whole part below."""
    if rounding == "round_up":
        more = rest > 0
    elif rounding == "round_half_up":
        more = 2 * rest >= denominator
    elif rounding == "round_half_even":
        more = (2 * rest > denominator) | ((2 * rest == denominator) & (whole % 2 == 1))
    else:
        more = np.zeros(1, np.bool_)
    return np.asarray(more, dtype=np.bool_).astype(np.int64)


def _room(array: NDArray[Any], largest: int) -> NDArray[Any]:
    """Let numbers grow to `largest`."""
    return array.astype(object) if largest >= LIMIT and array.dtype != object else array
