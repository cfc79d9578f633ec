"""Terms that make no sense are refused, and the payment block of a rule file gives the terms of a round."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from reparations.eligibility.errors import RoundRefused
from reparations.eligibility.language.rule_set import (
    InstalmentTerm,
    PaidWhen,
    PaymentTerms,
    ShortageRule,
    ShortageTerms,
)
from reparations.eligibility.language.rule_set import Phase as DeclaredPhase
from reparations.eligibility.rules.rounds import (
    ByDate,
    ByPriority,
    EqualOrLess,
    IfShort,
    Instalments,
    Method,
    PerHead,
    Phase,
    Pool,
    ProRata,
    Reserve,
    ReserveAt,
    Terms,
    Threshold,
    compute_round,
    declared_method,
)
from reparations.money import MAX_AMOUNT_MINOR
from tests.eligibility.rounds.entries import make_entries, pay

WHOLE = PaymentTerms(
    cite="Order, paragraph 9",
    instalments=(),
    when_funds_short=None,
    intermediary=None,
    streams=(),
    unit_paid_together=False,
)


def short(rule: ShortageRule, **given: object) -> PaymentTerms:
    return replace(WHOLE, when_funds_short=ShortageTerms(rule=rule, cite="paragraph 10", **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "terms",
    [
        Terms(ProRata(at_most=Fraction(0))),
        Terms(ProRata(at_most=Fraction(3, 2))),
        Terms(ProRata(stream_pools_minor={"A": 0})),
        Terms(Threshold(0)),
        Terms(EqualOrLess(())),
        Terms(EqualOrLess((Phase(0),))),
        Terms(ByPriority(at_most_minor=0)),
        Terms(ByDate(at_most_minor=-1)),
        Terms(Instalments({})),
        Terms(Instalments({"A": Fraction(2)})),
        Terms(PerHead(0)),
        Terms(PerHead(1, multiple_of_minor=0)),
        Terms(ProRata(), group_cap_minor=0),
        Terms(ProRata(), reserve=Reserve(0)),
        Terms(ByDate(), reserve=Reserve(1, ReserveAt.QUOTA)),
        Terms(ProRata(stream_pools_minor={"A": 1}), reserve=Reserve(1, ReserveAt.QUOTA)),
    ],
    ids=repr,
)
def test_terms_without_sense_are_refused(terms: Terms) -> None:
    with pytest.raises(RoundRefused):
        compute_round(make_entries([1]), terms, Pool(1, 1, 0, "a seed"))


def test_streams_are_not_promised_more_than_there_is() -> None:
    with pytest.raises(RoundRefused, match="more than the cash"):
        pay(make_entries([10], streams=["A"]), ProRata(stream_pools_minor={"A": 11}), 10)


def test_a_claim_stands_in_a_round_once() -> None:
    twice = replace(make_entries([1, 1]), claim_ids=["clm_0", "clm_0"])

    with pytest.raises(RoundRefused, match="twice"):
        pay(twice, ProRata(), 1)


def test_more_paid_than_awarded_is_not_a_round_but_an_overpayment() -> None:
    with pytest.raises(RoundRefused, match="between nothing and the award"):
        pay(make_entries([1], befores=[2]), ProRata(), 1)


def test_a_pool_below_nothing_is_refused() -> None:
    with pytest.raises(RoundRefused, match="not negative"):
        pay(make_entries([1]), ProRata(), -1)


@pytest.mark.parametrize(
    ("payment", "method"),
    [
        (WHOLE, Instalments({"": Fraction(1)})),
        (short(ShortageRule.PRO_RATA), ProRata()),
        (short(ShortageRule.THRESHOLD_THEN_PRO_RATA, threshold_minor=5_000_000), Threshold(5_000_000)),
        (
            short(
                ShortageRule.EQUAL_OR_LESS,
                phases=(DeclaredPhase("first", "1", 250_000), DeclaredPhase("the rest", "2", None)),
            ),
            EqualOrLess((Phase(250_000), Phase(MAX_AMOUNT_MINOR))),
        ),
        (short(ShortageRule.BY_PRIORITY, partial=True), ByPriority(last_in_part=True)),
        (short(ShortageRule.BY_CHRONOLOGY, chronology="violated_on"), ByDate()),
        (short(ShortageRule.DIVIDED_BY_NUMBER, each_at_most_minor=5), PerHead(750, at_most_minor=5)),
    ],
    ids=["whole", *ShortageRule],
)
def test_every_declared_rule_has_its_method(payment: PaymentTerms, method: Method) -> None:
    assert declared_method(payment, pot_minor=750) == method


def test_declared_instalments_become_the_rate_reached() -> None:
    payment = replace(
        WHOLE,
        instalments=(
            InstalmentTerm("first", "section 9", Fraction(35, 100), PaidWhen.AT_ONCE),
            InstalmentTerm("second", "section 9", Fraction(65, 100), PaidWhen.IF_MEANS_SUFFICE),
        ),
    )

    assert declared_method(payment) == Instalments({"": Fraction(35, 100)})
    assert declared_method(payment, instalment=2) == Instalments(
        {"": Fraction(1)}, if_short=IfShort.PRO_RATA, only_when_all_decided=True
    )
    with pytest.raises(RoundRefused, match="2 instalments"):
        declared_method(payment, instalment=3)
    with pytest.raises(RoundRefused, match="otherwise for a short fund"):
        declared_method(replace(payment, when_funds_short=ShortageTerms(ShortageRule.BY_PRIORITY, "10")))


def test_a_stream_nobody_declared_and_a_pot_nobody_named_are_refused() -> None:
    with pytest.raises(RoundRefused, match="no such stream"):
        declared_method(WHOLE, stream="slave_labour")
    with pytest.raises(RoundRefused, match="divide a pot"):
        declared_method(short(ShortageRule.DIVIDED_BY_NUMBER))
