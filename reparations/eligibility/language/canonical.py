"""The identity of a rule set: what its text means, hashed.

Comments, layout, titles, labels and questions do not belong to it; types, conditions, citations, amounts, the proof
standard and the way to appeal do.  This function is part of language 1: it never changes.
"""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reparations.eligibility.language.nodes import Node
    from reparations.eligibility.language.rule_set import RuleSet
    from reparations.eligibility.language.schema import Fact, FactSchema

Json = str | int | bool | list["Json"] | dict[str, "Json"] | None


def identify(rule_set: RuleSet) -> str:
    """Return the SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical_form(rule_set).encode()).hexdigest()


def canonical_form(rule_set: RuleSet) -> str:
    """Write a rule set's meaning as JSON with sorted keys, ASCII only, whole numbers only."""
    document: Json = {
        "language": 1,
        "name": rule_set.name,
        "currency": rule_set.currency,
        "schema": _schema(rule_set.schema),
        "proof": [rule_set.proof.cite, rule_set.proof.level.value],
        "tables": {
            table.name: [
                table.cite,
                [str(key) for key in table.keys],
                [[list(k), v] for k, v in sorted(table.cells.items())],
            ]
            for table in rule_set.tables.values()
        },
        "presumptions": [[p.fact, p.cite, _node(p.when)] for p in sorted(rule_set.presumptions, key=lambda p: p.fact)],
        "criteria": [[c.code, c.cite, c.deadline_authority, _node(c.condition)] for c in rule_set.criteria],
        "routes": [
            [r.code, r.cite, list(r.criteria), r.pays.value, _node(r.open_to) if r.open_to else None]
            for r in rule_set.routes
        ],
        "award": [[step.name, step.cite, _node(step.amount)] for step in rule_set.award],
        "appeal": [rule_set.appeal.cite, rule_set.appeal.body, rule_set.appeal.days],
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _node(node: Node) -> Json:
    constant: Json
    if isinstance(node.constant, Fraction):
        constant = [str(node.constant.numerator), str(node.constant.denominator)]
    elif isinstance(node.constant, tuple):
        constant = list(node.constant)
    else:
        constant = node.constant
    return [
        node.op.value,
        node.type.kind.value,
        node.type.category,
        node.name,
        constant,
        [_node(i) for i in node.items],
    ]


def _schema(schema: FactSchema) -> Json:
    return {
        "categories": {name: list(values) for name, values in schema.categories.items()},
        "facts": {fact.name: _fact(fact) for fact in schema.facts.values()},
        "lists": {
            listed.name: [listed.complete_when, {fact.name: _fact(fact) for fact in listed.fields.values()}]
            for listed in schema.lists.values()
        },
    }


def _fact(fact: Fact) -> Json:
    bounds: Json = list(fact.bounds) if fact.bounds else None
    return [fact.type.kind.value, fact.type.category, bounds, fact.needs_proof, fact.filing_date]
