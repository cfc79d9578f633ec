"""What adding, multiplying and calling a function mean for types and for the range of the result."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from reparations.eligibility.language.errors import Fault
from reparations.eligibility.language.nodes import DATE, MONEY, NUMBER, RATIO, UNROUNDED, Bounds, Node, Op

if TYPE_CHECKING:
    from reparations.eligibility.language.errors import Position

ROUNDINGS = ("round_down", "round_up", "round_half_up", "round_half_even")
FUNCTIONS = ("age", "min", "max", *ROUNDINGS)
BIRTHDAY_RULES = ("28 February", "1 March")
_LONGEST_LIFE = 500


def add(left: Node, right: Node, sign: str, at: Position) -> Node:
    """Type a sum or a difference.

    Raises:
        Fault: the two sides are not both money or both numbers.
    """
    if left.type != right.type or left.type not in (NUMBER, MONEY):
        remedy = "Only money and money, or a number and a number; round products with a ratio first."
        raise Fault("type", at, f"{left.type} and {right.type} cannot be combined with «{sign}».", remedy)
    bounds: Bounds = None
    if left.bounds and right.bounds:
        (low, high), (other_low, other_high) = left.bounds, right.bounds
        bounds = (low + other_low, high + other_high) if sign == "+" else (low - other_high, high - other_low)
    return Node(Op.ADD if sign == "+" else Op.SUBTRACT, left.type, (left, right), bounds=bounds)


def multiply(left: Node, right: Node, at: Position) -> Node:
    """Type a product: money or a number by a number, or money by a ratio, which must then be rounded.

    Raises:
        Fault: any other pair.
    """
    if right.type == RATIO and left.type == MONEY and left.bounds and isinstance(right.constant, Fraction):
        ratio = right.constant
        low, high = (int(bound * ratio) for bound in left.bounds)
        return Node(Op.SCALE, UNROUNDED, (left,), constant=ratio, bounds=(min(low, high) - 1, max(low, high) + 1))
    if left.type == RATIO:
        raise Fault("type", at, "The ratio comes second.", "Write «amount * 50%».")
    kinds = {left.type, right.type}
    if kinds not in ({MONEY, NUMBER}, {NUMBER}) or not (left.bounds and right.bounds):
        message = f"{left.type} and {right.type} cannot be multiplied."
        raise Fault("type", at, message, "Multiply money by a number or by a ratio.")
    corners = [low * high for low in left.bounds for high in right.bounds]
    return Node(Op.MULTIPLY, MONEY if MONEY in kinds else NUMBER, (left, right), bounds=(min(corners), max(corners)))


def call_function(name: str, arguments: tuple[Node, ...], at: Position, *, birthday_rule: str | None) -> Node:
    """Type a call of one of the functions there are.

    Raises:
        Fault: no such function, or arguments it does not take.
    """
    if name in ROUNDINGS:
        if len(arguments) != 1 or arguments[0].type != UNROUNDED:
            raise Fault("type", at, f"«{name}» rounds one product of money and a ratio.", "Write «amount * 50%» in it.")
        return Node(Op.ROUND, MONEY, arguments, name=name, bounds=arguments[0].bounds)
    if name == "age":
        return _age(arguments, at, birthday_rule)
    if name in ("min", "max"):
        return _extreme(name, arguments, at)
    raise Fault("unknown_function", at, f"There is no function «{name}».", f"Functions: {', '.join(FUNCTIONS)}.")


def _age(arguments: tuple[Node, ...], at: Position, birthday_rule: str | None) -> Node:
    if [argument.type for argument in arguments] != [DATE, DATE]:
        raise Fault("type", at, "«age» takes a day of birth and a day.", "Write age(born, attack_date).")
    if birthday_rule is None:
        message = "The file does not say when somebody born on 29 February has a birthday in other years."
        remedy = "Add at the top: «birthdays_of_29_february: 1 March» or «28 February»."
        raise Fault("birthday_rule", at, message, remedy)
    return Node(Op.AGE, NUMBER, arguments, name=birthday_rule, bounds=(-_LONGEST_LIFE, _LONGEST_LIFE))


def _extreme(name: str, arguments: tuple[Node, ...], at: Position) -> Node:
    types = {argument.type for argument in arguments}
    ranges = [argument.bounds for argument in arguments if argument.bounds]
    if len(types) != 1 or types.isdisjoint({NUMBER, MONEY, DATE}) or len(ranges) != len(arguments):
        raise Fault("type", at, f"«{name}» compares amounts, numbers or days of one type.", "Use like with like.")
    choose = min if name == "min" else max
    bounds = (choose(low for low, _ in ranges), choose(high for _, high in ranges))
    return Node(Op.MIN if name == "min" else Op.MAX, types.pop(), arguments, bounds=bounds)
