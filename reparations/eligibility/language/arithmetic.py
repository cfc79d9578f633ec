"""What adding, multiplying and calling a function mean for types and for the range of the result."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from reparations.eligibility.language import spans
from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.nodes import (
    DATE,
    MONEY,
    NUMBER,
    RATIO,
    TRUTH,
    UNROUNDED,
    UNROUNDED_NUMBER,
    Bounds,
    Node,
    Op,
    Type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reparations.eligibility.language.errors import Position

ROUNDINGS = ("round_down", "round_up", "round_half_up", "round_half_even")
SPANS = (
    "years_between",
    "months_between",
    "days_between",
    "years_started",
    "months_started",
    "years_touched",
)
FUNCTIONS = ("age", "min", "max", "at_least", "compound", *SPANS, *ROUNDINGS)
MAX_YEARS = 200
"""Years over which an amount may be compounded."""
_MONTHS = 12

_UNROUNDED = {MONEY: UNROUNDED, NUMBER: UNROUNDED_NUMBER, UNROUNDED: UNROUNDED, UNROUNDED_NUMBER: UNROUNDED_NUMBER}
_ROUNDED = {UNROUNDED: MONEY, UNROUNDED_NUMBER: NUMBER}


def add(left: Node, right: Node, sign: str, at: Position) -> Node:
    """Type a sum or a difference; with a part that is not rounded yet, neither is the sum.

    Raises:
        Fault: the two sides are not both money or both numbers.
    """
    type_ = left.type if left.type == right.type else _UNROUNDED.get(left.type, left.type)
    if type_ not in _UNROUNDED or (left.type != right.type and type_ != _UNROUNDED.get(right.type)):
        remedy = "Only money and money, or a number and a number."
        raise Fault("type", at, f"{left.type} and {right.type} cannot be combined with «{sign}».", remedy)
    bounds: Bounds = None
    if left.bounds and right.bounds:
        (low, high), (other_low, other_high) = left.bounds, right.bounds
        bounds = (low + other_low, high + other_high) if sign == "+" else (low - other_high, high - other_low)
    return Node(Op.ADD if sign == "+" else Op.SUBTRACT, type_, (left, right), bounds=bounds)


def multiply(left: Node, right: Node, at: Position) -> Node:
    """Type a product: an amount or a number by a number, or by a ratio, after which it must be rounded.

    Raises:
        Fault: any other pair.
    """
    if right.type == RATIO and left.type in _UNROUNDED and left.bounds and isinstance(right.constant, Fraction):
        ratio = right.constant
        bounds = (floor(left.bounds[0] * ratio), ceil(left.bounds[1] * ratio))
        return Node(Op.SCALE, _UNROUNDED[left.type], (left,), constant=ratio, bounds=bounds)
    if left.type == RATIO:
        raise Fault("type", at, "The ratio comes second.", "Write «amount * 50%».")
    bases = [_ROUNDED.get(side.type, side.type) for side in (left, right)]
    if bases not in ([MONEY, NUMBER], [NUMBER, MONEY], [NUMBER, NUMBER]) or not (left.bounds and right.bounds):
        message = f"{left.type} and {right.type} cannot be multiplied."
        raise Fault("type", at, message, "Multiply money by a number or by a ratio.")
    base = MONEY if MONEY in bases else NUMBER
    type_ = _UNROUNDED[base] if {left.type, right.type} & _ROUNDED.keys() else base
    corners = [low * high for low in left.bounds for high in right.bounds]
    return Node(Op.MULTIPLY, type_, (left, right), bounds=(min(corners), max(corners)))


def call_function(name: str, arguments: tuple[Node, ...], at: Position, *, birthday_rule: str | None) -> Node:
    """Type a call of one of the functions there are.

    Raises:
        Fault: no such function, or arguments it does not take.
    """
    if name in ROUNDINGS:
        if len(arguments) != 1 or arguments[0].type not in _ROUNDED:
            message = f"«{name}» rounds one product with a ratio."
            raise Fault("type", at, message, "Write «amount * 50%» in it.")
        return Node(Op.ROUND, _ROUNDED[arguments[0].type], arguments, name=name, bounds=arguments[0].bounds)
    if name == "age" or name in SPANS:
        return _span(name, arguments, at, birthday_rule)
    makers: dict[str, Callable[[str, tuple[Node, ...], Position], Node]] = {
        "min": _extreme,
        "max": _extreme,
        "at_least": _at_least,
        "compound": _compound,
    }
    if name not in makers:
        raise Fault("unknown_function", at, f"There is no function «{name}».", f"Functions: {', '.join(FUNCTIONS)}.")
    return makers[name](name, arguments, at)


def _span(name: str, arguments: tuple[Node, ...], at: Position, birthday_rule: str | None) -> Node:
    month = 0
    if name == "years_touched":
        month = _literal(arguments[-1])
        if not 1 <= month <= _MONTHS:
            remedy = "Write years_touched(from_day, to_day, 9) for years that begin on 1 September."
            raise Fault("type", at, "The third part of «years_touched» is a month, 1 to 12.", remedy)
        arguments = arguments[:-1]
    if [argument.type for argument in arguments] != [DATE, DATE]:
        raise Fault("type", at, f"«{name}» takes two days.", f"Write {name}(born, attack_date) or the like.")
    needs_rule = name not in ("days_between", "years_touched")
    if needs_rule and birthday_rule is None:
        message = "The file does not say what completes a year or month that has no such day, 29 February for example."
        remedy = "Add at the top: «birthdays_of_29_february: 1 March» or «28 February»."
        raise Fault("birthday_rule", at, message, remedy)
    rule = (birthday_rule or "") if needs_rule else ""
    node = Node(Op(name), NUMBER, arguments, name=rule, constant=month or None)
    (first_low, first_high), (last_low, last_high) = (argument.bounds or (1, 1) for argument in arguments)
    count = span_function(node)
    bounds = (count(first_high, last_low), count(first_low, last_high))
    return Node(node.op, NUMBER, arguments, name=rule, constant=node.constant, bounds=bounds)


def span_function(node: Node) -> Callable[[int, int], int]:
    """Return the count of a span node; the later its second day and the earlier its first, the larger."""
    if node.op is Op.DAYS_BETWEEN:
        return spans.days_between
    if node.op is Op.YEARS_TOUCHED:
        month = int(node.constant) if isinstance(node.constant, int) else 1
        return lambda first, last: spans.years_touched(first, last, month)
    counts = {
        Op.AGE: spans.age,
        Op.YEARS_BETWEEN: spans.years_between,
        Op.MONTHS_BETWEEN: spans.months_between,
        Op.YEARS_STARTED: spans.years_started,
        Op.MONTHS_STARTED: spans.months_started,
    }
    count, rule = counts[node.op], node.name
    return lambda first, last: count(first, last, rule)


def _literal(node: Node) -> int:
    """Return a whole number written out; 0 for anything else."""
    is_number = node.op is Op.CONST and node.type == NUMBER and isinstance(node.constant, int)
    return int(node.constant) if is_number and isinstance(node.constant, int) else 0


def _extreme(name: str, arguments: tuple[Node, ...], at: Position) -> Node:
    types = {argument.type for argument in arguments}
    ranges = [argument.bounds for argument in arguments if argument.bounds]
    if len(types) != 1 or types.isdisjoint({NUMBER, MONEY, DATE}) or len(ranges) != len(arguments):
        raise Fault("type", at, f"«{name}» compares amounts, numbers or days of one type.", "Use like with like.")
    choose = min if name == "min" else max
    bounds = (choose(low for low, _ in ranges), choose(high for _, high in ranges))
    return Node(Op.MIN if name == "min" else Op.MAX, types.pop(), arguments, bounds=bounds)


def _at_least(_: str, arguments: tuple[Node, ...], at: Position) -> Node:
    return at_least(_literal(arguments[0]), arguments[1:], at)


def at_least(number: int, conditions: tuple[Node, ...], at: Position) -> Node:
    """Type «so many of these are met».

    Raises:
        Fault: there are not that many, or one is no yes/no.
    """
    if not 1 <= number <= len(conditions) or any(condition.type != TRUTH for condition in conditions):
        remedy = "Write at_least(2, one, another, a_third), with yes/no facts or conditions."
        raise Fault("type", at, "«at_least» takes a number and at least as many yes/no conditions.", remedy)
    return Node(Op.AT_LEAST, TRUTH, conditions, constant=number)


def _compound(_: str, arguments: tuple[Node, ...], at: Position) -> Node:
    if [argument.type for argument in arguments] not in ([MONEY, RATIO, NUMBER], [NUMBER, RATIO, NUMBER]):
        message = "«compound» takes an amount, a yearly rate and a number of years."
        raise Fault("type", at, message, "Write compound(paid, 1.9%, min(years_between(paid_on, decided_on), 60)).")
    return compound(*arguments, at=at)


def compound(amount: Node, rate: Node, years: Node, *, at: Position) -> Node:
    """Type an amount after some years at a yearly rate; it must then be rounded.

    Raises:
        Fault: the rate is above 100 %, or the years can be negative or too many.
    """
    ratio = rate.constant
    if not isinstance(ratio, Fraction) or ratio > 1:
        raise Fault("amount", at, "A yearly rate lies between 0 % and 100 %.", "Write it like 1.9%.")
    if years.bounds is None or years.bounds[0] < 0 or years.bounds[1] > MAX_YEARS or amount.bounds is None:
        message = f"The years can lie outside 0 .. {MAX_YEARS}."
        raise Fault("range", at, message, "Narrow them with min(…, 60) and max(…, 0).")
    factors = [(1 + ratio) ** count for count in years.bounds]
    corners = [bound * factor for bound in amount.bounds for factor in factors]
    bounds = (floor(min(corners)), ceil(max(corners)))
    return Node(Op.COMPOUND, _type_unrounded(amount.type), (amount, years), constant=ratio, bounds=bounds)


def _type_unrounded(type_: Type) -> Type:
    return _UNROUNDED[type_]
