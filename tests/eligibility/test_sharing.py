"""Dividing an award: to the cent, by the first row that fits, and never by accident."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reparations.eligibility.language import (
    Finding,
    Outcome,
    SharePart,
    compute_highest_fee,
    divide,
    hold_in_trust,
    load_rule_set,
    part_in_instalments,
)
from reparations.eligibility.language.entitlement import ShareScheme, Trust, WhenNobody
from reparations.eligibility.language.rule_set import InstalmentTerm, PaidWhen
from reparations.eligibility.language.spans import BIRTHDAY_RULES
from tests.eligibility.rich import RICH, RICH_FACTS, rich
from tests.eligibility.strategies import claims

CLASSES = ("spouse", "children", "parents")
AMOUNTS = st.integers(0, 10**12)
PERSONS = st.lists(st.sampled_from([*CLASSES, None]), max_size=12)


def scheme(*rows: str, remainder: str = "earlier") -> ShareScheme:
    """A division with these rows, read from a rule file."""
    start, end = RICH.index("    cascade:\n"), RICH.index("    when_nobody: back_to_fund")
    cascade = "    cascade:\n" + "".join(f"      - {{cite: s. 1, {row}}}\n" for row in rows)
    rules = (RICH[:start] + cascade + RICH[end:]).replace("remainder: earlier", f"remainder: {remainder}")
    return load_rule_set(rules, RICH_FACTS).shares[0]


SPOUSE_AND_CHILDREN = scheme("equal: [spouse, children]", "equal: [parents]")
SPOUSE_THEN_CHILDREN = scheme("equal: [spouse]", "equal: [children]", "equal: [parents]")
COLOMBIA = scheme(
    "percent: {spouse: 50%, children: 50%}",
    "percent: {spouse: 50%, parents: 50%}",
    "percent: {children: 50%, parents: 50%}",
    "equal: [spouse]",
    "equal: [children]",
    "equal: [parents]",
)
PERU = scheme(
    "percent: {spouse: 2/5, children: 2/5, parents: 1/5}",
    "equal: [spouse, children]",
    "equal: [parents]",
)


def minors(one: ShareScheme, amount: int, *classes: str | None) -> list[int]:
    sharing = divide(one, amount, classes)
    assert sharing.parts is not None
    return [part.amount_minor for part in sharing.parts]


@pytest.mark.parametrize(
    ("one", "amount", "classes", "shares"),
    [
        # E-CO-1, E-CO-2: forty minimum wages of 2025
        (COLOMBIA, 5_694_000_000, ("spouse", *["children"] * 3), [2_847_000_000, *[949_000_000] * 3]),
        (COLOMBIA, 5_694_000_000, ("parents", "parents"), [2_847_000_000] * 2),
        (COLOMBIA, 100, ("spouse", "children", "parents"), [50, 50, 0]),
        (COLOMBIA, 101, ("children", "parents", "parents"), [51, 25, 25]),
        # E-EVZ-3
        (SPOUSE_AND_CHILDREN, 1_500_000, ("spouse", *["children"] * 3), [375_000] * 4),
        # E-JA-1, E-JA-2
        (SPOUSE_THEN_CHILDREN, 2_000_000, ("spouse", "children"), [2_000_000, 0]),
        (SPOUSE_THEN_CHILDREN, 2_000_000, ("children",) * 3, [666_667, 666_667, 666_666]),
        (SPOUSE_THEN_CHILDREN, 2_000_000, (None, "parents"), [0, 2_000_000]),
        # E-UNCC-4
        (SPOUSE_AND_CHILDREN, 1_000_000, ("spouse", *["children"] * 4), [200_000] * 5),
        (PERU, 1_000_000, ("parents", "spouse", "children", "parents"), [100_000, 400_000, 400_000, 100_000]),
        (PERU, 1_000_001, ("parents", "spouse", "children"), [200_000, 400_001, 400_000]),
    ],
)
def test_an_award_is_divided_as_the_rules_say(
    one: ShareScheme, amount: int, classes: tuple[str | None, ...], shares: list[int]
) -> None:
    assert minors(one, amount, *classes) == shares


@pytest.mark.parametrize(
    ("remainder", "shares", "left_over"),
    [("earlier", [34, 33, 33], 0), ("later", [33, 33, 34], 0), ("fund", [33, 33, 33], 1)],
)
def test_the_cent_left_over_goes_where_the_rules_say(remainder: str, shares: list[int], left_over: int) -> None:
    one = scheme("equal: [spouse, children, parents]", remainder=remainder)

    assert minors(one, 100, *["children"] * 3) == shares
    assert divide(one, 100, ["children"] * 3).left_over_minor == left_over


@given(AMOUNTS, PERSONS, st.sampled_from([COLOMBIA, PERU, SPOUSE_AND_CHILDREN, SPOUSE_THEN_CHILDREN]))
def test_shares_sum_to_the_award_and_equals_get_the_same_to_a_cent(
    amount: int, classes: list[str | None], one: ShareScheme
) -> None:
    sharing = divide(one, amount, classes)

    assert sharing.parts is not None
    shares = [part.amount_minor for part in sharing.parts]
    if sharing.nobody:
        assert not any(classes)
        assert (sum(shares), sharing.nobody) == (0, WhenNobody.BACK_TO_FUND)
        return
    assert sum(shares) == amount
    for name in CLASSES:
        own = [share for share, class_ in zip(shares, classes, strict=True) if class_ == name]
        assert not own or max(own) - min(own) <= 1


@given(AMOUNTS, PERSONS)
def test_what_the_fund_keeps_is_told_and_less_than_a_cent_a_person(amount: int, classes: list[str | None]) -> None:
    one = scheme("equal: [spouse, children, parents]", remainder="fund")

    sharing = divide(one, amount, classes)

    heads = sum(name is not None for name in classes)
    assert sharing.parts is not None
    if heads:
        assert sum(part.amount_minor for part in sharing.parts) + sharing.left_over_minor == amount
        assert 0 <= sharing.left_over_minor < heads


@pytest.mark.parametrize(
    ("born", "as_of", "held"),
    [
        ("2012-02-29", "2020-01-01", "2030-03-01"),
        ("2002-01-02", "2020-01-01", "2020-01-02"),
        ("2002-01-01", "2020-01-01", None),
    ],
)
def test_a_minor_s_share_is_held_until_the_birthday(born: str, as_of: str, held: str | None) -> None:
    trust = Trust("s. 1", "born", 18, "decided_on", BIRTHDAY_RULES[1])
    day, on = (date.fromisoformat(text).toordinal() for text in (born, as_of))

    part = hold_in_trust(SharePart(100, "children"), trust, born=day, as_of=on)

    assert (part.held_until.isoformat() if part.held_until else None, part.amount_minor) == (held, 100)


def test_a_share_of_somebody_whose_age_is_not_known_says_so() -> None:
    trust = Trust("s. 1", "born", 18, "decided_on", BIRTHDAY_RULES[0])

    assert hold_in_trust(SharePart(100, "children"), trust, born=None, as_of=737_425).age_unknown
    assert hold_in_trust(SharePart(100, "children"), trust, born=737_000, as_of=None).age_unknown
    assert not hold_in_trust(SharePart(0, None), trust, born=None, as_of=None).age_unknown


def terms(*ratios: Fraction) -> list[InstalmentTerm]:
    return [InstalmentTerm("A rate", "s. 1", ratio, PaidWhen.AT_ONCE) for ratio in ratios]


def test_instalments_follow_the_percentages() -> None:
    halves, forced_labour = terms(Fraction(1, 2), Fraction(1, 2)), terms(Fraction(35, 100), Fraction(65, 100))

    assert part_in_instalments(1_500_000, halves) == (750_000, 750_000)  # E-EVZ-1
    assert part_in_instalments(500_000, forced_labour) == (175_000, 325_000)  # E-EVZ-2
    assert part_in_instalments(101, halves) == (50, 51)
    assert part_in_instalments(101, []) == (101,)


@given(AMOUNTS, st.lists(st.integers(1, 50), min_size=1, max_size=24))
def test_instalments_sum_to_the_award(amount: int, weights: list[int]) -> None:
    ratios = [Fraction(weight, sum(weights)) for weight in weights]

    parts = part_in_instalments(amount, terms(*ratios))

    assert sum(parts) == amount
    assert min(parts) >= 0


def test_an_intermediary_keeps_no_more_than_its_part() -> None:
    assert compute_highest_fee(1_000_000, Fraction(15, 1000)) == 15_000  # E-UNCC-8: 150 of 10,000
    assert compute_highest_fee(10_000_000, Fraction(3, 100)) == 300_000  # and 3,000 of 100,000
    assert compute_highest_fee(199, Fraction(15, 1000)) == 2


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_follows_can_be_said_of_any_claim_and_a_missing_fact_never_refuses(data: st.DataObject) -> None:
    schema = rich().rule_set.schema
    recorded: dict[str, Any] = data.draw(claims(schema))
    dropped = data.draw(st.sets(st.sampled_from([*schema.facts, *schema.lists])))
    closing = {schema.lists[name].complete_when for name in dropped if name in schema.lists}

    full = rich().assess(recorded)
    less = rich().assess({name: value for name, value in recorded.items() if name not in dropped | closing})

    for findings in (full, less):
        follows = findings.entitlement
        assert follows is not None
        if follows.shares and follows.shares.parts and follows.shares.scheme == "heirs" and not follows.shares.nobody:
            assert sum(part.amount_minor for part in follows.shares.parts) == findings.amount_minor
        if follows.instalments:
            assert sum(follows.instalments) == findings.amount_minor
        assert findings.outcome is not Outcome.ELIGIBLE_AMOUNT_PENDING or findings.asks or findings.awaits_decision
    if less.outcome is Outcome.NOT_ELIGIBLE:
        assert full.outcome is Outcome.NOT_ELIGIBLE
        assert all(full.criteria[code] is Finding.NOT_MET for code in less.grounds)
