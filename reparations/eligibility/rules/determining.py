"""What a person decides within a range the rules give: read as it was sent, and held to the range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reparations.eligibility.errors import DecisionRefused
from reparations.eligibility.language import Computed, RuleSet
from reparations.eligibility.language.nodes import Kind
from reparations.money import Money


@dataclass(frozen=True, slots=True)
class NewAmount:
    """What a person decides of one step, as it was sent."""

    step: str
    amount: str
    """A decimal string of the rules' currency, or a whole number where the step is no money."""
    reason: str


@dataclass(frozen=True, slots=True)
class DeterminedAmount:
    """What a person decided of one step, with its range; minor units, or points where the step is no money."""

    step: str
    is_money: bool
    lowest: int
    highest: int
    decided: int
    reason: str | None
    """None where it is sealed and was not opened, or its claimant has been erased."""


@dataclass(frozen=True, slots=True)
class DeterminedAward:
    """What an award comes to with the amounts decided, minor units."""

    amount_minor: int
    steps: tuple[DeterminedAmount, ...]


def read_amounts(rule_set: RuleSet, amounts: Sequence[NewAmount], *, reference: str) -> dict[str, int]:
    """Read the amounts sent, by step; minor units, or points.

    Raises:
        DecisionRefused: a step the rules leave to nobody, one sent twice, or no whole number where points are meant.
        MalformedAmount: not an amount of the rules' currency.
    """
    kinds = {step.name: step.amount.type.kind for step in rule_set.award if step.highest is not None}
    decided: dict[str, int] = {}
    for one in amounts:
        if one.step not in kinds or one.step in decided:
            again = "is sent twice" if one.step in decided else "is not decided by a person"
            raise DecisionRefused(
                f"The step «{one.step}» of {reference}'s award {again}.",
                field="decided",
                record=reference,
                remedy=f"Decide each of these once: {', '.join(kinds) or 'none; the rules compute every step'}.",
            )
        if kinds[one.step] is Kind.MONEY:
            decided[one.step] = Money.parse(one.amount, rule_set.currency).amount_minor
        elif one.amount.isascii() and one.amount.isdigit():
            decided[one.step] = int(one.amount)
        else:
            raise DecisionRefused(
                f"The step «{one.step}» is no money; it is decided by a whole number.",
                field="decided",
                record=reference,
                remedy="Write it like 12.",
            )
    return decided


def determine(
    rule_set: RuleSet, computed: Computed, amounts: Sequence[NewAmount], decided: Mapping[str, int], *, reference: str
) -> DeterminedAward:
    """Say what an award comes to with the amounts decided.

    Args:
        rule_set: the rules of the assessment.
        computed: what they compute with `decided`, which they have held to its ranges.
        amounts: what was sent, with its reasons.
        decided: the same as numbers.
        reference: of the claim.

    Raises:
        DecisionRefused: a step has no range yet for want of a fact, one is left open, or facts are missing.
    """
    waiting = [step.name for step in rule_set.award if step.highest is not None]
    unranged = [name for name in waiting if name in decided and name not in computed.ranges]
    if unranged:
        raise DecisionRefused(
            f"The range of «{unranged[0]}» is not known yet: a fact, or an earlier step, is missing.",
            field="decided",
            record=reference,
            remedy="Decide the earlier steps too, or have the facts recorded; the assessment lists what to ask.",
        )
    if computed.amount_minor is None:
        ends = (_say_range(rule_set, name, computed) for name in waiting if computed.steps.get(name) is None)
        listed = "; ".join(one for one in ends if one)
        raise DecisionRefused(
            f"Nobody can say yet what {reference} would be owed.",
            field="decided",
            record=reference,
            remedy=f"Send in `decided` an amount and a reason for: {listed}."
            if listed
            else "Propose `ask`; the assessment lists the facts the amount needs.",
        )
    kinds = {step.name: step.amount.type.kind for step in rule_set.award}
    return DeterminedAward(
        computed.amount_minor,
        tuple(
            DeterminedAmount(
                one.step, kinds[one.step] is Kind.MONEY, *computed.ranges[one.step], decided[one.step], one.reason
            )
            for one in amounts
        ),
    )


def _say_range(rule_set: RuleSet, name: str, computed: Computed) -> str | None:
    if name not in computed.ranges:
        return None
    is_money = next(step.amount.type.kind is Kind.MONEY for step in rule_set.award if step.name == name)
    lowest, highest = (write_amount(end, rule_set.currency, is_money=is_money) for end in computed.ranges[name])
    return f"{name}, {lowest} to {highest}"


def write_amount(value: int, currency: str, *, is_money: bool) -> str:
    """Write what was decided: ``USD 250.00``, or a plain number of points."""
    return str(Money(value, currency)) if is_money else str(value)
