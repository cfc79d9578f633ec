"""The identity of a rule set: what its text means, hashed.

Comments, layout, titles, labels and questions do not belong to it; types, conditions, citations, amounts, the proof
standard and the way to appeal do.  This function is part of language 1: it never changes.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from reparations.eligibility.language.canonical_terms import Json, canonical_terms, node_form
from reparations.eligibility.language.schema import MAX_LIST_LENGTH

if TYPE_CHECKING:
    from reparations.eligibility.language.rule_set import AwardStep, Criterion, RuleSet
    from reparations.eligibility.language.schema import Fact, FactSchema


def identify(rule_set: RuleSet) -> str:
    """Return the SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical_form(rule_set).encode()).hexdigest()


def canonical_form(rule_set: RuleSet) -> str:
    """Write a rule set's meaning as JSON with sorted keys, ASCII only, whole numbers only."""
    document: dict[str, Json] = {
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
        "presumptions": [
            [p.fact, p.cite, node_form(p.when)] for p in sorted(rule_set.presumptions, key=lambda p: p.fact)
        ],
        "criteria": [_criterion(criterion) for criterion in rule_set.criteria],
        "routes": [
            [r.code, r.cite, list(r.criteria), r.pays.value, node_form(r.open_to) if r.open_to else None]
            for r in rule_set.routes
        ],
        "award": [_step(step) for step in rule_set.award],
        "appeal": [rule_set.appeal.cite, rule_set.appeal.body, rule_set.appeal.days],
    }
    document.update(canonical_terms(rule_set))  # nothing for a rule set that has none of these parts
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _criterion(criterion: Criterion) -> Json:
    form: list[Json] = [criterion.code, criterion.cite, criterion.deadline_authority, node_form(criterion.condition)]
    return [*form, criterion.proof.value] if criterion.proof else form


def _step(step: AwardStep) -> Json:
    form: list[Json] = [step.name, step.cite, node_form(step.amount)]
    return [*form, node_form(step.highest)] if step.highest else form


def _schema(schema: FactSchema) -> Json:
    return {
        "categories": {name: list(values) for name, values in schema.categories.items()},
        "facts": {fact.name: _fact(fact) for fact in schema.facts.values()},
        "lists": {
            listed.name: [
                listed.complete_when,
                {fact.name: _fact(fact) for fact in listed.fields.values()},
                *([listed.at_most] if listed.at_most != MAX_LIST_LENGTH else []),
            ]
            for listed in schema.lists.values()
        },
    }


def _fact(fact: Fact) -> Json:
    bounds: Json = list(fact.bounds) if fact.bounds else None
    return [fact.type.kind.value, fact.type.category, bounds, fact.needs_proof, fact.filing_date]
