"""Say a condition or an amount as a sentence, with the labels of the fact schema and no name a program uses."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from reparations.eligibility.language.explain import label_of
from reparations.eligibility.language.nodes import Kind, Node, Op
from reparations.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable

    from reparations.eligibility.language.rule_set import RuleSet

_SIGNS = {
    "=": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_DAY_SIGNS = {"<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after"}
_ROUNDINGS = {
    "round_down": "rounded down",
    "round_up": "rounded up",
    "round_half_up": "rounded to the nearest, halves up",
    "round_half_even": "rounded to the nearest, halves to the even",
}
_SPANS = {
    Op.AGE: "the age in completed years of who was born on {} as of {}",
    Op.YEARS_BETWEEN: "the completed years from {} to {}",
    Op.MONTHS_BETWEEN: "the completed months from {} to {}",
    Op.DAYS_BETWEEN: "the days from {} to {}",
    Op.YEARS_STARTED: "the years begun from {} to {}",
    Op.MONTHS_STARTED: "the months begun from {} to {}",
}
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905 shorter to read
)
_JOINED = {Op.ADD: " plus ", Op.MULTIPLY: " times ", Op.AND: "; and ", Op.OR: "; or "}


class Speaker:
    """Says the sentences of one rule set."""

    def __init__(self, rule_set: RuleSet) -> None:
        """Know the labels of facts, values, steps and elections."""
        self.rule_set = rule_set
        self.steps = {step.name: step.title for step in rule_set.award}
        self.elections = {election.name: election.title for election in rule_set.elections}
        self.spoken: dict[Op, Callable[[Node], str]] = {
            Op.CONST: self._constant,
            Op.FACT: self._fact,
            Op.FIELD: self._fact,
            Op.PRESUMED: lambda node: f"{self.say(node.items[0])} (presumed where a presumption below says so)",
            Op.STEP: self._step,
            Op.AND: self._joined,
            Op.OR: self._joined,
            Op.NOT: self._not,
            Op.AT_LEAST: lambda node: f"at least {node.constant} of these: " + "; ".join(map(self.say, node.items)),
            Op.KNOWN: lambda node: f"{self.say(node.items[0])} is known",
            Op.COMPARE: self._comparison,
            Op.IN: self._membership,
            Op.IF: lambda node: "if {}, then {}; otherwise {}".format(*map(self.say, node.items)),
            Op.SOME: lambda node: f"there is a {self._list(node)} of which it is true that {self.say(node.items[0])}",
            Op.COUNT: lambda node: f"the number of each {self._list(node)} of which {self.say(node.items[0])}",
            Op.HIGHEST: lambda node: self._aggregate("the highest", node),
            Op.TOTAL: lambda node: self._aggregate("the sum", node),
            Op.LOOKUP: lambda node: (
                f"the entry of the table “{_words(node.name)}” for " + " and ".join(map(self.say, node.items))
            ),
            Op.ADD: self._joined,
            Op.SUBTRACT: lambda node: " less ".join(map(self.say, node.items)),
            Op.MULTIPLY: self._joined,
            Op.SCALE: lambda node: f"{say_ratio(node.constant)} of ({self.say(node.items[0])})",
            Op.ROUND: lambda node: f"{self.say(node.items[0])}, {_ROUNDINGS[node.name]}",
            Op.MIN: lambda node: "the smaller of " + " and ".join(map(self.say, node.items)),
            Op.MAX: lambda node: "the larger of " + " and ".join(map(self.say, node.items)),
            Op.YEARS_TOUCHED: self._years_touched,
            Op.COMPOUND: lambda node: (
                f"{self.say(node.items[0])} with {say_ratio(node.constant)} a year compounded over "
                + self.say(node.items[1])
            ),
        }
        self.spoken |= dict.fromkeys(_SPANS, self._span)

    def say(self, node: Node) -> str:
        """Say one condition or amount."""
        return self.spoken[node.op](node)

    def _constant(self, node: Node) -> str:
        value = node.constant
        if value is None:
            return "not known"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Fraction):
            return say_ratio(value)
        if isinstance(value, int):
            if node.type.kind is Kind.MONEY:
                return str(Money(value, self.rule_set.currency))
            return date.fromordinal(value).isoformat() if node.type.kind is Kind.DATE else str(value)
        return self._value(node.type.category, str(value))

    def _value(self, category: str, value: str) -> str:
        return f"“{self.rule_set.schema.value_labels.get((category, value), value)}”"

    def _fact(self, node: Node) -> str:
        label = f"“{label_of(self.rule_set, node.name)}”"
        return f"{label} is established" if node.type.kind is Kind.TRUTH else label

    def _step(self, node: Node) -> str:
        return f"“{self.steps.get(node.name) or self.elections.get(node.name) or _words(node.name)}”"

    def _joined(self, node: Node) -> str:
        return _JOINED[node.op].join(f"({self.say(item)})" if item.items else self.say(item) for item in node.items)

    def _not(self, node: Node) -> str:
        item = node.items[0]
        if item.op in (Op.FACT, Op.FIELD):
            return f"“{label_of(self.rule_set, item.name)}” is found not to be so"
        if item.op is Op.SOME:
            return f"there is no {self._list(item)} of which it is true that {self.say(item.items[0])}"
        return f"it is not so that {self.say(item)}"

    def _comparison(self, node: Node) -> str:
        left, right = node.items
        if right.op is Op.CONST and isinstance(right.constant, bool):
            return self.say(left) if right.constant == (node.name == "=") else f"it is not so that {self.say(left)}"
        signs = _SIGNS | _DAY_SIGNS if left.type.kind is Kind.DATE else _SIGNS
        return f"{self.say(left)} {signs[node.name]} {self.say(right)}"

    def _membership(self, node: Node) -> str:
        values = node.constant if isinstance(node.constant, tuple) else ()
        category = node.items[0].type.category
        return f"{self.say(node.items[0])} is one of " + ", ".join(self._value(category, value) for value in values)

    def _list(self, node: Node) -> str:
        return f"“{self.rule_set.schema.lists[node.name].label}”"

    def _aggregate(self, what: str, node: Node) -> str:
        condition, amount = node.items
        return f"{what}, over each {self._list(node)} of which {self.say(condition)}, of {self.say(amount)}"

    def _span(self, node: Node) -> str:
        return _SPANS[node.op].format(*map(self.say, node.items))

    def _years_touched(self, node: Node) -> str:
        month = _MONTHS[node.constant - 1] if isinstance(node.constant, int) else ""
        first, last = map(self.say, node.items)
        return f"the number of years beginning on 1 {month} that the time from {first} to {last} falls into"


def say_ratio(value: object) -> str:
    """Say a ratio exactly: as a percentage where that ends, as a fraction where it does not."""
    ratio = Fraction(str(value)) if not isinstance(value, Fraction) else value
    whole, rest = divmod(ratio * 1_000_000, 1)
    if rest:
        return f"{ratio.numerator}/{ratio.denominator}"
    return f"{whole // 10_000}.{whole % 10_000:04d}".rstrip("0").rstrip(".") + " %"


def _words(name: str) -> str:
    return name.replace("_", " ")
