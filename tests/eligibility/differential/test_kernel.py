"""The kernel by itself: what it refuses, what it checks, and that cutting claims into blocks changes nothing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from reparations.eligibility.language import Assessor, RuleSet, load_rule_set
from reparations.eligibility.language.facts import CaseFacts, read_facts
from reparations.eligibility.language.kernel import (
    ClaimColumns,
    Kernel,
    ListColumns,
    NotInKernel,
    Truths,
    Values,
    columns_of,
    make_columns,
)
from reparations.eligibility.language.kernel.products import LIMIT
from reparations.eligibility.language.kernel.program import DONE_WITHIN, MAKERS
from reparations.eligibility.language.nodes import MONEY, UNROUNDED, Node, Op
from tests.eligibility.differential.authors import make_claims
from tests.eligibility.differential.comparing import compare, list_screened, said_by_assessor, said_by_kernel
from tests.eligibility.files import FACTS, bent, invented, katanga

SCHEMES = {"katanga": katanga(), "invented": invented()}


def _columns(rule_set: RuleSet, count: int = 200, seed: int = 1) -> ClaimColumns:
    claims = make_claims(seed, count, rule_set.schema)
    return columns_of([read_facts(one, rule_set.schema, rule_set.proof.level) for one in claims], rule_set.schema)


def test_every_operation_is_done_or_refused() -> None:
    assert MAKERS.keys() | DONE_WITHIN == set(Op)
    assert not MAKERS.keys() & DONE_WITHIN


@pytest.mark.parametrize("assessor", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize("seed", range(3))
def test_written_rules_screen_as_they_assess(assessor: Assessor, seed: int) -> None:
    assert compare(assessor.rule_set, make_claims(seed, 300, assessor.rule_set.schema)) is None


@pytest.mark.parametrize("block", [1, 7, 64, 1_000])
def test_the_size_of_a_block_changes_nothing(block: int) -> None:
    claims = make_claims(5, 130, invented().rule_set.schema)

    assert said_by_kernel(Kernel(invented().rule_set), claims, block=block) == said_by_assessor(invented(), claims)


def test_no_claims_are_no_answers() -> None:
    rule_set = invented().rule_set

    assert list_screened(Kernel(rule_set).run(columns_of([], rule_set.schema))) == []


def test_rules_without_routes_and_categories_in_plenty_are_screened() -> None:
    start = bent("routes:\n", "routes_begin:\n")
    rules = start[: start.index("routes_begin:")] + start[start.index("award:\n") :]
    values = ", ".join(f"v{number}: V{number}" for number in range(200))
    facts = FACTS.replace("site: {north: North,", f"site: {{{values}, north: North,")
    rule_set = load_rule_set(rules, facts)

    assert compare(rule_set, make_claims(3, 300, rule_set.schema)) is None


def test_what_could_overflow_is_refused_before_any_claim_is_looked_at() -> None:
    rule_set = invented().rule_set
    amount = Node(Op.CONST, MONEY, constant=LIMIT, bounds=(LIMIT, LIMIT))
    worst, *others = rule_set.award

    with pytest.raises(NotInKernel, match="no range that the kernel can hold"):
        Kernel(replace(rule_set, award=(replace(worst, amount=amount), *others)))


@pytest.mark.parametrize(
    "ratio", [Fraction(999_999_937, 1_000_000_007), Fraction(10**10, 10**10 + 1), Fraction(1, 10**20), Fraction(0)]
)
def test_a_ratio_of_many_digits_is_exact(ratio: Fraction) -> None:
    rule_set = invented().rule_set
    fact = Node(Op.FACT, MONEY, name="paid_before", bounds=rule_set.schema.facts["paid_before"].bounds)
    scaled = Node(Op.SCALE, UNROUNDED, (fact,), constant=ratio, bounds=fact.bounds)
    step = replace(rule_set.award[0], amount=Node(Op.ROUND, MONEY, (scaled,), name="round_up", bounds=fact.bounds))

    assert compare(replace(rule_set, award=(step,)), make_claims(1, 200, rule_set.schema)) is None


def test_columns_are_checked_against_the_schema() -> None:
    rule_set = invented().rule_set
    good = _columns(rule_set)
    days_held = good.facts["days_held"]
    harms = good.lists["harms"]
    assert isinstance(days_held, Values)
    too_many = Values(days_held.value + 4_000, days_held.known)
    too_wide = Values(days_held.value.astype(np.int32), days_held.known)
    both = Truths(np.ones(good.count, np.bool_), np.ones(good.count, np.bool_))
    falling = ListColumns(harms.offsets[::-1].copy(), harms.fields)

    for name, column in (("days_held", too_many), ("days_held", too_wide), ("present", both), ("present", days_held)):
        with pytest.raises(ValueError, match=f"the column of {name}"):
            make_columns(rule_set.schema, count=good.count, facts={**good.facts, name: column}, lists=good.lists)
    with pytest.raises(ValueError, match="the offsets of the list harms"):
        make_columns(rule_set.schema, count=good.count, facts=good.facts, lists={"harms": falling})
    with pytest.raises(ValueError, match="the list harms has no offsets"):
        make_columns(rule_set.schema, count=good.count, facts=good.facts, lists={})


def test_what_stands_where_a_fact_is_unknown_never_matters() -> None:
    rule_set = invented().rule_set
    good = _columns(rule_set)
    other = {
        name: Values(np.where(column.known, column.value, column.value.max()).astype(column.value.dtype), column.known)
        if isinstance(column, Values)
        else column
        for name, column in good.facts.items()
    }

    kernel = Kernel(rule_set)
    changed = kernel.run(make_columns(rule_set.schema, count=good.count, facts=other, lists=good.lists))
    assert list_screened(changed) == list_screened(kernel.run(good))


def test_nothing_known_asks_and_refuses_nobody() -> None:
    rule_set = katanga().rule_set
    nothing = columns_of([CaseFacts({}, {})] * 3, rule_set.schema)

    screened = Kernel(rule_set).run(nothing)

    assert {said.outcome for said in list_screened(screened)} == {"more_information_needed"}
    assert all((found == 2).all() for found in screened.criteria.values())
