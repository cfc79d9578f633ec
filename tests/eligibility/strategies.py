"""Claims as hypothesis draws them: any facts of the Katanga or the invented schema, at any level of proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from reparations.eligibility.language import FactSchema
from reparations.eligibility.language.nodes import Kind
from reparations.eligibility.language.schema import Fact

DAYS = ("2001-01-01", "2002-06-01", "2003-02-23", "2003-02-24", "2003-02-25", "2003-12-31", "2004-01-01")
PROOFS = st.sampled_from(["established", "established", "asserted", "not_established"])


def _value(fact: Fact, schema: FactSchema) -> st.SearchStrategy[Any]:
    if fact.type.kind is Kind.TRUTH:
        return st.booleans()
    if fact.type.kind is Kind.CATEGORY:
        return st.sampled_from(schema.categories[fact.type.category])
    if fact.type.kind is Kind.DATE:
        return st.sampled_from(DAYS)
    low, high = fact.bounds or (0, 0)
    return st.integers(low, min(high, 10_000))


def _recorded(fact: Fact, schema: FactSchema) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"value": _value(fact, schema), "proof": PROOFS})


def _some_of(facts: Mapping[str, Fact], schema: FactSchema) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: _recorded(fact, schema) for name, fact in facts.items()})


def claims(schema: FactSchema) -> st.SearchStrategy[dict[str, Any]]:
    """Any recorded facts of a schema, with any of them missing."""
    lists = {name: st.lists(_some_of(one.fields, schema), max_size=3) for name, one in schema.lists.items()}
    return st.builds(
        lambda facts, records: {**facts, **records},
        _some_of(schema.facts, schema),
        st.fixed_dictionaries({}, optional=lists),
    )
