"""The typed tree every expression becomes: one node class, a closed list of operations.

A value that is missing or not yet proven is ``None`` everywhere; what each operation makes of it is written in
`reparations.eligibility.language.evaluate` and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = bool | int | str | Fraction | None
"""A fact or a result: yes/no, whole number (also minor units, and days as proleptic ordinals), category, unknown.

A fraction is a product with a ratio on its way to its rounding; no fact and no result of a sentence is one.
"""

Constant = bool | int | str | Fraction | tuple[str, ...] | None

Bounds = tuple[int, int] | None
"""Lowest and highest value a number can take, known from the declarations alone."""


class Kind(StrEnum):
    """The kinds of value there are.  No float, no free text."""

    TRUTH = "yes_no"
    NUMBER = "number"
    DATE = "date"
    MONEY = "money"
    CATEGORY = "category"
    RATIO = "ratio"
    UNROUNDED = "unrounded money"
    UNROUNDED_NUMBER = "unrounded number"


@dataclass(frozen=True, slots=True)
class Type:
    """A kind, and for a category which one."""

    kind: Kind
    category: str = ""

    def __str__(self) -> str:
        """Name the type in an error message."""
        return f"category «{self.category}»" if self.category else _NAMES[self.kind]


_NAMES = {
    Kind.TRUTH: "a yes/no",
    Kind.NUMBER: "a number",
    Kind.DATE: "a date",
    Kind.MONEY: "money",
    Kind.RATIO: "a ratio",
    Kind.UNROUNDED: "money that is not rounded yet",
    Kind.UNROUNDED_NUMBER: "a number that is not rounded yet",
}

TRUTH = Type(Kind.TRUTH)
NUMBER = Type(Kind.NUMBER)
DATE = Type(Kind.DATE)
MONEY = Type(Kind.MONEY)
RATIO = Type(Kind.RATIO)
UNROUNDED = Type(Kind.UNROUNDED)
UNROUNDED_NUMBER = Type(Kind.UNROUNDED_NUMBER)


class Op(StrEnum):
    """Every operation of the language.  The names are part of a rule set's identity: never rename one."""

    CONST = "const"
    FACT = "fact"
    FIELD = "field"
    PRESUMED = "presumed"
    STEP = "step"
    AND = "and"
    OR = "or"
    NOT = "not"
    AT_LEAST = "at_least"
    """`constant` of the items are met."""
    KNOWN = "known"
    COMPARE = "compare"
    IN = "in"
    IF = "if"
    SOME = "some"
    COUNT = "count"
    HIGHEST = "highest"
    TOTAL = "total"
    LOOKUP = "lookup"
    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    SCALE = "scale"
    ROUND = "round"
    MIN = "min"
    MAX = "max"
    AGE = "age"
    YEARS_BETWEEN = "years_between"
    MONTHS_BETWEEN = "months_between"
    DAYS_BETWEEN = "days_between"
    YEARS_STARTED = "years_started"
    MONTHS_STARTED = "months_started"
    YEARS_TOUCHED = "years_touched"
    """Years that begin on the first of month `constant`."""
    COMPOUND = "compound"
    """The first item times (1 + `constant`) to the power of the second."""


SPAN_OPS = frozenset(
    {
        Op.AGE,
        Op.YEARS_BETWEEN,
        Op.MONTHS_BETWEEN,
        Op.DAYS_BETWEEN,
        Op.YEARS_STARTED,
        Op.MONTHS_STARTED,
        Op.YEARS_TOUCHED,
    }
)
"""Counts over two days."""
LIST_OPS = frozenset({Op.SOME, Op.COUNT, Op.HIGHEST, Op.TOTAL})


@dataclass(frozen=True, slots=True)
class Node:
    """One operation with its operands.

    `name` is what the operation is about: a fact, a field, a list, a table, a step, a comparison sign, a rounding, the
    rule for days a month does not have.
    `constant` is the value of a constant, the ratio of a scaling or compounding, the categories of a membership, how
    many must be met, the month in which years begin.
    `bounds` is the range a number can take, for the overflow and always-met checks; it is no part of the identity.
    """

    op: Op
    type: Type
    items: tuple[Node, ...] = ()
    name: str = ""
    constant: Constant = None
    bounds: Bounds = None

    def walk(self) -> Iterator[Node]:
        """Yield this node and everything under it."""
        yield self
        for item in self.items:
            yield from item.walk()


def truth(value: bool) -> Node:  # noqa: FBT001 a yes or a no is exactly what this is about
    """Make a constant yes or no."""
    return Node(Op.CONST, TRUTH, constant=value)


def conjunction(items: tuple[Node, ...]) -> Node:
    """Join conditions that must all be met."""
    return items[0] if len(items) == 1 else Node(Op.AND, TRUTH, items)


def negation(item: Node) -> Node:
    """Turn a condition round."""
    return Node(Op.NOT, TRUTH, (item,))
