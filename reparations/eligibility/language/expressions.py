"""From a sentence's syntax to a typed tree: names are looked up, types are checked, roundings must be stated."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from lark import Token, Tree

from reparations.eligibility.language.arithmetic import add, call_function, multiply
from reparations.eligibility.language.errors import Fault, Position
from reparations.eligibility.language.grammar import Syntax, offset_of, parse_expression
from reparations.eligibility.language.nodes import (
    DATE,
    MONEY,
    NUMBER,
    RATIO,
    TRUTH,
    Kind,
    Node,
    Op,
    Type,
    conjunction,
    negation,
)
from reparations.errors import InvalidInput
from reparations.money import MAX_AMOUNT_MINOR, Money

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reparations.eligibility.language.document import Words
    from reparations.eligibility.language.schema import FactList, FactSchema


@dataclass(frozen=True, slots=True)
class Table:
    """Amounts or numbers by category and number, complete over its whole domain."""

    name: str
    cite: str
    keys: tuple[Type, ...]
    domains: tuple[tuple[str, ...], ...]
    cells: Mapping[tuple[str, ...], int]
    type: Type


@dataclass(slots=True)
class Scope:
    """The names a sentence may use, and a record of those it did."""

    schema: FactSchema
    currency: str
    birthday_rule: str | None = None
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    periods: dict[str, tuple[int, int]] = field(default_factory=dict)
    parameters: dict[str, Node] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    presumptions: dict[str, Node] = field(default_factory=dict)
    elections: dict[str, Node] = field(default_factory=dict)
    steps: dict[str, Node] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """Names used so far: ``fact``, ``list.field``, ``sets/name``, ``periods/name``, …"""
    presume: bool = False
    """Whether presumed facts count as presumed here: in criteria only, where a presumption can only help."""

    def type_check(self, words: Words, record: tuple[str, FactList] | None = None) -> Node:
        """Read one sentence into a typed tree; `record` is the list variable it may name, with its list.

        Raises:
            Fault: a name is unknown or two types do not go together.
        """
        return _Reader(self, words, record).read(parse_expression(words))

    def condition(self, words: Words, record: tuple[str, FactList] | None = None) -> Node:
        """Read a sentence that must be a yes/no condition.

        Raises:
            Fault: it is something else.
        """
        node = self.type_check(words, record)
        if node.type != TRUTH:
            raise Fault("not_a_condition", words.at, f"This is {node.type}, not a yes/no condition.", "Compare it.")
        return node


class _Reader:
    """Reads one sentence.  `record` is the list variable in scope inside «some h in harms with (…)»."""

    def __init__(self, scope: Scope, words: Words, record: tuple[str, FactList] | None) -> None:
        self.scope = scope
        self.words = words
        self.record = record
        self.readers: dict[str, Callable[[Syntax], Node]] = {
            "if_": self.choice,
            "or_": self.connective,
            "and_": self.connective,
            "not_": lambda tree: negation(self.truth(tree.children[0])),
            "quantified": self.quantified,
            "compare": self.compare,
            "in_": self.membership,
            "not_in": lambda tree: negation(self.membership(tree)),
            "within": self.within,
            "known": lambda tree: Node(Op.KNOWN, TRUTH, (self.read(tree.children[0]),)),
            "sum": self.sum,
            "product": self.product,
            "integer": self.number,
            "money": self.money,
            "date": lambda tree: self.day(_token(tree, 0)),
            "percent": lambda tree: Node(Op.CONST, RATIO, constant=Fraction(_token(tree, 0)[:-1]) / 100),
            "fraction": self.fraction,
            "name": self.name,
            "field": self.field,
            "call": self.call,
            "lookup": self.lookup,
            "count": self.count,
            "aggregate": self.aggregate,
        }

    def at(self, tree: Syntax) -> Position:
        return self.words.place(offset_of(tree))

    def fault(self, code: str, tree: Syntax, message: str, remedy: str) -> Fault:
        return Fault(code, self.at(tree), message, remedy)

    def read(self, tree: Syntax | Token) -> Node:
        assert isinstance(tree, Tree)  # noqa: S101 the grammar leaves tokens to the readers of their own rule
        return self.readers[tree.data](tree)

    def truth(self, tree: Syntax | Token) -> Node:
        node = self.read(tree)
        if node.type != TRUTH:
            assert isinstance(tree, Tree)  # noqa: S101 as in `read`
            raise self.fault(
                "type", tree, f"A yes/no is needed here, this is {node.type}.", "Compare it with something."
            )
        return node

    def choice(self, tree: Syntax) -> Node:
        when, then, otherwise = tree.children
        condition, first, second = self.truth(when), self.read(then), self.read(otherwise)
        if first.type != second.type:
            message = f"«then» gives {first.type} and «else» gives {second.type}."
            raise self.fault("type", tree, message, "Let both give the same type.")
        bounds = None
        if first.bounds and second.bounds:
            bounds = (min(first.bounds[0], second.bounds[0]), max(first.bounds[1], second.bounds[1]))
        return Node(Op.IF, first.type, (condition, first, second), bounds=bounds)

    def connective(self, tree: Syntax) -> Node:
        op = Op.AND if tree.data == "and_" else Op.OR
        return Node(op, TRUTH, tuple(self.truth(child) for child in tree.children))

    def compare(self, tree: Syntax) -> Node:
        left, sign, right = tree.children
        first, second = self._pair(left, right)
        if first.type != second.type:
            raise self.fault(
                "type", tree, f"{first.type} cannot be compared with {second.type}.", "Compare like with like."
            )
        if first.type.kind in (Kind.TRUTH, Kind.CATEGORY) and sign not in ("=", "!="):
            raise self.fault("type", tree, f"«{sign}» has no meaning for {first.type}.", "Use = or !=.")
        if first.type.kind in (Kind.RATIO, Kind.UNROUNDED, Kind.UNROUNDED_NUMBER):
            raise self.fault("type", tree, f"{first.type} cannot be compared.", "Round the amount first.")
        return Node(Op.COMPARE, TRUTH, (first, second), name=str(sign))

    def _pair(self, left: Syntax | Token, right: Syntax | Token) -> tuple[Node, Node]:
        """Read two sides; a bare word that names no fact is a value of the other side's category."""
        if self._is_value(left):
            second = self.read(right)
            return self._value(left, second.type), second
        first = self.read(left)
        return first, self._value(right, first.type) if self._is_value(right) else self.read(right)

    def _is_value(self, tree: Syntax | Token) -> bool:
        return isinstance(tree, Tree) and tree.data == "name" and not self._knows(_token(tree, 0))

    def _knows(self, name: str) -> bool:
        scope = self.scope
        return name in scope.schema.facts or any(
            name in names for names in (scope.parameters, scope.steps, scope.elections)
        )

    def _value(self, tree: Syntax | Token, type_: Type) -> Node:
        assert isinstance(tree, Tree)  # noqa: S101 `_is_value` said so
        name = _token(tree, 0)
        if type_.kind is not Kind.CATEGORY:
            raise self.unknown(tree, name)
        self._check_value(tree, name, type_)
        return Node(Op.CONST, type_, constant=name)

    def _check_value(self, tree: Syntax, name: str, type_: Type) -> None:
        values = self.scope.schema.categories[type_.category]
        if name not in values:
            message = f"«{name}» is not a value of {type_}."
            raise self.fault("unknown_value", tree, message, f"Its values: {', '.join(values)}.")

    def unknown(self, tree: Syntax, name: str) -> Fault:
        remedy = "Declare it in facts.yaml, or correct the spelling."
        return self.fault("unknown_name", tree, f"Nothing is called «{name}».", remedy)

    def membership(self, tree: Syntax) -> Node:
        item, group = tree.children
        node = self.read(item)
        assert isinstance(group, Tree)  # noqa: S101 the grammar says so
        if node.type.kind is not Kind.CATEGORY:
            raise self.fault("type", tree, f"«in» needs a category, this is {node.type}.", "Compare with = or within.")
        if group.data == "named":
            name = _token(group, 0)
            if name not in self.scope.sets:
                raise self.unknown(group, name)
            self.scope.used.add(f"sets/{name}")
            values = self.scope.sets[name]
        else:
            values = tuple(str(value) for value in group.children)
        for value in values:
            self._check_value(group, value, node.type)
        return Node(Op.IN, TRUTH, (node,), constant=tuple(sorted(set(values))))

    def within(self, tree: Syntax) -> Node:
        item, period = tree.children
        node = self.read(item)
        assert isinstance(period, Tree)  # noqa: S101 the grammar says so
        if node.type != DATE:
            raise self.fault("type", tree, f"«within» needs a date, this is {node.type}.", "Name a date fact.")
        if period.data == "named":
            name = _token(period, 0)
            if name not in self.scope.periods:
                raise self.unknown(period, name)
            self.scope.used.add(f"periods/{name}")
            first, last = self.scope.periods[name]
        else:
            first, last = (self._ordinal(_token(period, index)) for index in (0, 1))
        if first > last:
            raise self.fault("empty_period", period, "The period ends before it begins.", "Exchange the two days.")
        from_, until = (Node(Op.CONST, DATE, constant=day, bounds=(day, day)) for day in (first, last))
        lower = Node(Op.COMPARE, TRUTH, (node, from_), name=">=")
        return conjunction((lower, Node(Op.COMPARE, TRUTH, (node, until), name="<=")))

    def quantified(self, tree: Syntax) -> Node:
        quantifier, variable, listed, body = tree.children
        name, condition = self._over(tree, str(variable), str(listed), body)
        if quantifier == "every":
            return negation(Node(Op.SOME, TRUTH, (negation(condition),), name=name))
        some = Node(Op.SOME, TRUTH, (condition,), name=name)
        return negation(some) if quantifier == "no" else some

    def count(self, tree: Syntax) -> Node:
        variable, listed, body = tree.children
        name, condition = self._over(tree, str(variable), str(listed), body)
        return Node(Op.COUNT, NUMBER, (condition,), name=name, bounds=(0, self.scope.schema.lists[name].at_most))

    def aggregate(self, tree: Syntax) -> Node:
        which, variable, listed, body, amount = tree.children
        name, condition = self._over(tree, str(variable), str(listed), body)
        self.record = (str(variable), self.scope.schema.lists[name])
        what = self.read(amount)
        self.record = None
        if what.type not in (NUMBER, MONEY) or what.bounds is None:
            raise self.fault(
                "type", tree, f"«{which}» needs money or a number, this is {what.type}.", "Name an amount."
            )
        low, high = what.bounds
        times = self.scope.schema.lists[name].at_most if which == "total" else 1
        bounds = (min(0, low * times), max(0, high * times))
        self._check_bounds(tree, bounds)
        op = Op.HIGHEST if which == "highest" else Op.TOTAL
        return Node(op, what.type, (condition, what), name=name, bounds=bounds)

    def _over(self, tree: Syntax, variable: str, name: str, body: Syntax | Token) -> tuple[str, Node]:
        if self.record is not None:
            message = "A question about a list inside a question about a list is not allowed."
            raise self.fault("nested_list", tree, message, "Write two criteria.")
        if name not in self.scope.schema.lists:
            raise self.unknown(tree, name)
        listed = self.scope.schema.lists[name]
        self.scope.used.update({name, listed.complete_when})
        self.record = (variable, listed)
        condition = self.truth(body)
        self.record = None
        return name, condition

    def name(self, tree: Syntax) -> Node:
        name = _token(tree, 0)
        scope = self.scope
        if name in scope.schema.facts:
            scope.used.add(name)
            fact = scope.schema.facts[name]
            node = Node(Op.FACT, fact.type, name=name, bounds=fact.bounds)
            if scope.presume and name in scope.presumptions:
                return Node(Op.PRESUMED, TRUTH, (node, scope.presumptions[name]), name=name)
            return node
        if name in scope.parameters:
            scope.used.add(f"parameters/{name}")
            return scope.parameters[name]
        if name in scope.steps:
            scope.used.add(f"award/{name}")
            step = scope.steps[name]
            return Node(Op.STEP, step.type, name=name, bounds=step.bounds)
        if name in scope.elections:
            scope.used.add(f"elections/{name}")
            return scope.elections[name]
        raise self.unknown(tree, name)

    def field(self, tree: Syntax) -> Node:
        variable, name = _token(tree, 0), _token(tree, 1)
        if self.record is None or variable != self.record[0] or name not in self.record[1].fields:
            raise self.unknown(tree, f"{variable}.{name}")
        listed = self.record[1]
        fact = listed.fields[name]
        self.scope.used.add(f"{listed.name}.{name}")
        return Node(Op.FIELD, fact.type, name=f"{listed.name}.{name}", bounds=fact.bounds)

    def number(self, tree: Syntax) -> Node:
        value = int(_token(tree, 0))
        return Node(Op.CONST, NUMBER, constant=value, bounds=(value, value))

    def money(self, tree: Syntax) -> Node:
        currency, amount = _token(tree, 0).split(" ")
        if currency != self.scope.currency:
            message = f"{currency} is not the currency of these rules, {self.scope.currency}."
            raise self.fault("currency", tree, message, f"Write the amount in {self.scope.currency}.")
        try:
            minor = Money.parse(amount, currency).amount_minor
        except InvalidInput as error:
            raise self.fault("amount", tree, error.message, error.remedy or "Write it like 1250.50.") from None
        return Node(Op.CONST, MONEY, constant=minor, bounds=(minor, minor))

    def fraction(self, tree: Syntax) -> Node:
        top, bottom = _token(tree, 0).split("/")
        if int(bottom) == 0:
            raise self.fault("amount", tree, "Nothing can be divided by zero.", "Write a fraction such as 1/3.")
        return Node(Op.CONST, RATIO, constant=Fraction(int(top), int(bottom)))

    def _ordinal(self, text: str) -> int:
        try:
            return date.fromisoformat(text).toordinal()
        except ValueError:
            message = f"«{text}» is not a day of the calendar."
            raise Fault("bad_date", self.words.at, message, "Write days like 2003-02-24.") from None

    def day(self, text: str) -> Node:
        ordinal = self._ordinal(text)
        return Node(Op.CONST, DATE, constant=ordinal, bounds=(ordinal, ordinal))

    def sum(self, tree: Syntax) -> Node:
        result = self.read(tree.children[0])
        for sign, term in zip(tree.children[1::2], tree.children[2::2], strict=True):
            result = add(result, self.read(term), str(sign), self.at(tree))
            self._check_bounds(tree, result.bounds)
        return result

    def product(self, tree: Syntax) -> Node:
        result = self.read(tree.children[0])
        for child in tree.children[1:]:
            result = multiply(result, self.read(child), self.at(tree))
            self._check_bounds(tree, result.bounds)
        return result

    def call(self, tree: Syntax) -> Node:
        arguments = tuple(self.read(child) for child in tree.children[1:])
        result = call_function(_token(tree, 0), arguments, self.at(tree), birthday_rule=self.scope.birthday_rule)
        self._check_bounds(tree, result.bounds)
        return result

    def lookup(self, tree: Syntax) -> Node:
        name = _token(tree, 0)
        if name not in self.scope.tables:
            raise self.fault("unknown_name", tree, f"There is no table «{name}».", "Add it under tables:.")
        table = self.scope.tables[name]
        self.scope.used.add(f"tables/{name}")
        if len(tree.children) - 1 != len(table.keys):
            raise self.fault("type", tree, f"The table «{name}» has {len(table.keys)} keys.", "Name one fact for each.")
        keys = []
        for child, type_, domain in zip(tree.children[1:], table.keys, table.domains, strict=True):
            key = self._value(child, type_) if self._is_value(child) else self.read(child)
            if key.type != type_:
                raise self.fault(
                    "type", tree, f"The table needs {type_} here, this is {key.type}.", "Name another fact."
                )
            if type_ == NUMBER and not (
                key.bounds and int(domain[0]) <= key.bounds[0] and key.bounds[1] <= int(domain[-1])
            ):
                message = f"The number can lie outside the table's rows {domain[0]} .. {domain[-1]}."
                raise self.fault("table_range", tree, message, "Narrow it with min(…) and max(…), or add rows.")
            keys.append(key)
        cells = table.cells.values()
        return Node(Op.LOOKUP, table.type, tuple(keys), name=name, bounds=(min(cells), max(cells)))

    def _check_bounds(self, tree: Syntax, bounds: tuple[int, int] | None) -> None:
        if bounds and max(abs(bounds[0]), abs(bounds[1])) > MAX_AMOUNT_MINOR:
            message = "The result can become larger than this system holds exactly."
            raise self.fault("overflow", tree, message, "Give the facts in it a narrower range, or cap it with min(…).")


def _token(tree: Syntax, index: int) -> str:
    return str(tree.children[index])
