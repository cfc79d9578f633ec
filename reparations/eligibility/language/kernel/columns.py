"""Claims as columns: what the kernel works on instead of one claim after the other.

A truth is two arrays of bits, *met* and *not met*; where neither is set it is unknown.  Anything else is an array of
whole numbers with an array of bits that says where it is known.  A list of records is one column a field for all
claims together, with offsets: the records of claim ``i`` lie at ``offsets[i] … offsets[i + 1] - 1``.

Where a number is unknown, *some* value of its declared range stands: no result may depend on it, and none can overflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reparations.eligibility.language.nodes import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reparations.eligibility.language.facts import CaseFacts
    from reparations.eligibility.language.nodes import Type, Value
    from reparations.eligibility.language.schema import Fact, FactSchema

Bits = NDArray[np.bool_]
Numbers = NDArray[Any]
"""Whole numbers: 8 to 64 bits wide, or Python's own where a product needs more."""
Offsets = NDArray[np.int64]

_BYTE_CATEGORIES = 127


@dataclass(frozen=True, slots=True)
class Truths:
    """A yes/no of many claims or records."""

    met: Bits
    not_met: Bits

    @property
    def known(self) -> Bits:
        """Where it is either."""
        return self.met | self.not_met


@dataclass(frozen=True, slots=True)
class Values:
    """A number, amount in minor units, day (proleptic ordinal) or category (its place in the schema) of many."""

    value: Numbers
    known: Bits


Column = Truths | Values


@dataclass(frozen=True, slots=True)
class ListColumns:
    """The records of one list, of all claims together."""

    offsets: Offsets
    """One more than there are claims; begins with 0, never falls, ends with the number of records."""
    fields: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class ClaimColumns:
    """Facts to which the proof standard has been applied, of many claims.  Make it with `make_columns`."""

    count: int
    facts: Mapping[str, Column]
    lists: Mapping[str, ListColumns]


def dtype_of(type_: Type, schema: FactSchema) -> type[np.signedinteger[Any]]:
    """Return the narrowest array type for a fact: categories are few, days fit 32 bits, amounts need 64."""
    if type_.kind is Kind.CATEGORY:
        return np.int8 if len(schema.categories[type_.category]) <= _BYTE_CATEGORIES else np.int16
    return np.int32 if type_.kind is Kind.DATE else np.int64


def columns_of(cases: Sequence[CaseFacts], schema: FactSchema) -> ClaimColumns:
    """Lay claims out as columns."""
    facts = {name: _column([case.values.get(name) for case in cases], fact, schema) for name, fact in _facts(schema)}
    lists: dict[str, ListColumns] = {}
    for name, listed in schema.lists.items():
        records = [case.lists.get(name, ()) for case in cases]
        offsets = np.zeros(len(cases) + 1, np.int64)
        np.cumsum([len(of_claim) for of_claim in records], out=offsets[1:])
        flat = [record for of_claim in records for record in of_claim]
        fields = {key: _column([record.get(key) for record in flat], one, schema) for key, one in listed.fields.items()}
        lists[name] = ListColumns(offsets, fields)
    return make_columns(schema, count=len(cases), facts=facts, lists=lists)


def make_columns(
    schema: FactSchema, *, count: int, facts: Mapping[str, Column], lists: Mapping[str, ListColumns]
) -> ClaimColumns:
    """Check columns against a schema and put them together.

    Raises:
        ValueError: a column is missing, has another length than its claims or records, or holds a value outside its
            declared range, known or not: the kernel's freedom from overflow rests on the ranges.
    """
    for name, fact in _facts(schema):
        _check(name, facts.get(name), fact, length=count, schema=schema)
    for name, listed in schema.lists.items():
        if name not in lists or len(lists[name].offsets) != count + 1:
            message = f"the list {name} has no offsets for {count} claims"
            raise ValueError(message)
        offsets = lists[name].offsets
        if offsets[0] != 0 or bool(np.any(offsets[1:] < offsets[:-1])):
            message = f"the offsets of the list {name} do not rise from 0"
            raise ValueError(message)
        for key, fact in listed.fields.items():
            _check(f"{name}.{key}", lists[name].fields.get(key), fact, length=int(offsets[-1]), schema=schema)
    return ClaimColumns(count, facts, lists)


def _facts(schema: FactSchema) -> list[tuple[str, Fact]]:
    return list(schema.facts.items())


def _column(values: Sequence[Value], fact: Fact, schema: FactSchema) -> Column:
    count = len(values)
    if fact.type.kind is Kind.TRUTH:
        met = np.fromiter((value is True for value in values), np.bool_, count)
        return Truths(met, np.fromiter((value is False for value in values), np.bool_, count))
    known = np.fromiter((value is not None for value in values), np.bool_, count)
    dtype = dtype_of(fact.type, schema)
    if fact.type.kind is Kind.CATEGORY:
        places = {value: place for place, value in enumerate(schema.categories[fact.type.category])}
        return Values(np.fromiter((places.get(str(value), 0) for value in values), dtype, count), known)
    low = fact.bounds[0] if fact.bounds else 0
    return Values(np.fromiter((low if value is None else int(value) for value in values), dtype, count), known)


def _check(name: str, column: Column | None, fact: Fact, *, length: int, schema: FactSchema) -> None:
    if isinstance(column, Truths) and fact.type.kind is Kind.TRUTH:
        fits = len(column.met) == len(column.not_met) == length and not bool(np.any(column.met & column.not_met))
    elif isinstance(column, Values) and fact.type.kind is not Kind.TRUTH:
        low, high = fact.bounds or (0, len(schema.categories.get(fact.type.category, ())) - 1)
        fits = len(column.value) == len(column.known) == length and column.value.dtype == dtype_of(fact.type, schema)
        fits = fits and (length == 0 or (int(column.value.min()) >= low and int(column.value.max()) <= high))
    else:
        fits = False
    if not fits:
        message = f"the column of {name} does not hold {length} values of its declared type and range"
        raise ValueError(message)
