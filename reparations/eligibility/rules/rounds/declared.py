"""The terms of a round as the payment block of a rule file declares them."""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from reparations.eligibility.errors import RoundRefused
from reparations.eligibility.language.entitlement import CapOver, Reduce
from reparations.eligibility.language.nodes import Op
from reparations.eligibility.language.rule_set import (
    InstalmentTerm,
    PaidWhen,
    PaymentTerms,
    RuleSet,
    ShortageRule,
    ShortageTerms,
    Stream,
)
from reparations.eligibility.rules.rounds.terms import (
    ByDate,
    ByPriority,
    EqualOrLess,
    IfShort,
    Instalments,
    Method,
    PerHead,
    Phase,
    ProRata,
    Threshold,
)
from reparations.money import MAX_AMOUNT_MINOR


def declared_method(
    payment: PaymentTerms, *, stream: str | None = None, instalment: int = 1, pot_minor: int | None = None
) -> Method:
    """Return the method by which one stream of a programme is paid.

    A stream with a rule of its own is a round of its own.  Where the file declares instalments, the round meets awards
    up to the sum of the ratios of the first `instalment` of them.

    Args:
        payment: the block.
        stream: whose terms; None takes the block's own.
        instalment: how many instalments awards are met up to, from 1.
        pot_minor: the whole pot over all rounds, minor units, where it is divided by the number of claimants.

    Raises:
        RoundRefused: no such stream or instalment, or a combination that no round can be computed by.
    """
    own = _find_stream(payment, stream)
    instalments = (own.instalments if own else ()) or payment.instalments
    short = (own.when_funds_short if own else None) or payment.when_funds_short
    if len(instalments) > 1:
        return _instalments(instalments, instalment, short)
    if short is None:
        return Instalments(up_to={"": Fraction(1)})
    return _when_short(short, pot_minor)


def declared_cap(rules: RuleSet) -> tuple[int, str] | None:
    """Return the ceiling over the claims of one family that a rule file declares, minor units, and its citation.

    Returns:
        None if the rules declare no ceiling over several claims.

    Raises:
        RoundRefused: they declare what no round can apply: several ceilings, one over the claims of a person or victim,
            one that is not the same amount for every family, or one that is reduced otherwise than in proportion.
    """
    if not rules.caps:
        return None
    cap, amount = rules.caps[0], rules.caps[0].amount
    if (
        len(rules.caps) == 1
        and cap.over in {CapOver.FAMILY, CapOver.HOUSEHOLD}
        and cap.reduce is Reduce.PRO_RATA
        and amount.op is Op.CONST
        and type(amount.constant) is int
    ):
        return amount.constant, cap.cite
    raise RoundRefused(
        "The rules declare a ceiling over several claims that a round cannot apply by itself: only one amount, over a"
        " family or household, reduced in proportion.",
        field="group_cap",
        remedy="State as group_cap what a family may get together.",
    )


def _find_stream(payment: PaymentTerms, name: str | None) -> Stream | None:
    if name is None:
        return None
    for stream in payment.streams:
        if stream.name == name:
            return stream
    raise RoundRefused(
        "The rules declare no such stream.", field="stream", remedy="Use a stream of the rule file's payment block."
    )


def _instalments(terms: tuple[InstalmentTerm, ...], count: int, short: ShortageTerms | None) -> Instalments:
    if not 1 <= count <= len(terms):
        raise RoundRefused(
            f"The rules declare {len(terms)} instalments.", field="instalment", remedy="Count them from 1."
        )
    if short is not None and short.rule is not ShortageRule.PRO_RATA:
        raise RoundRefused(
            "A round pays an instalment in full or a part of it pro rata; the rules say otherwise for a short fund.",
            field="instalment",
            remedy="Declare the whole award as one instalment, or the shortage rule pro_rata.",
        )
    last = terms[count - 1]
    is_in_part = last.paid is PaidWhen.IF_MEANS_SUFFICE or short is not None
    return Instalments(
        up_to={"": sum((term.ratio for term in terms[:count]), Fraction(0))},
        if_short=IfShort.PRO_RATA if is_in_part else IfShort.WAIT,
        only_when_all_decided=last.paid is not PaidWhen.AT_ONCE,
    )


def _when_short(short: ShortageTerms, pot_minor: int | None) -> Method:
    match short.rule:
        case ShortageRule.PRO_RATA:
            return ProRata()
        case ShortageRule.THRESHOLD_THEN_PRO_RATA:
            return Threshold(short.threshold_minor or 0)
        case ShortageRule.EQUAL_OR_LESS:
            return EqualOrLess(tuple(Phase(phase.up_to_minor or MAX_AMOUNT_MINOR) for phase in short.phases))
        case ShortageRule.BY_PRIORITY:
            return ByPriority(last_in_part=short.partial)
        case ShortageRule.BY_CHRONOLOGY:
            return ByDate(last_in_part=short.partial)
        case ShortageRule.DIVIDED_BY_NUMBER:
            if pot_minor is None:
                raise RoundRefused(
                    "The rules divide a pot by the number of claimants.", field="pot", remedy="Say how large it is."
                )
            return PerHead(pot_minor, at_most_minor=short.each_at_most_minor)
        case _:
            assert_never(short.rule)
