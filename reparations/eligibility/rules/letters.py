"""What a claimant is told of a decision, in plain words: reasons with their sources, what to bring, how to appeal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reparations.eligibility.language import RuleSet, question_of
from reparations.eligibility.models import AppealResult, DecidedOutcome
from reparations.eligibility.rules.determining import DeterminedAmount, write_amount
from reparations.money import Money


@dataclass(frozen=True, slots=True)
class Reason:
    """A criterion a decision rests on."""

    code: str
    title: str
    cite: str


@dataclass(frozen=True, slots=True)
class WayToAppeal:
    """Where, until when and how a decision can be appealed."""

    cite: str
    body: str
    days: int
    until: date | None
    """None while the decision is not confirmed: the time runs from then."""
    how: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a claimant is told."""

    text: str
    reasons: tuple[Reason, ...]
    questions: tuple[str, ...]
    appeal: WayToAppeal | None


_ON_APPEAL = {
    AppealResult.UPHELD: "On your appeal the earlier decision was upheld. ",
    AppealResult.HIGHER: "On your appeal the earlier decision was changed in your favour. ",
    AppealResult.LOWER: "On your appeal the earlier decision was changed; it grants you less. ",
    AppealResult.SENT_BACK: "On your appeal the earlier decision was set aside. ",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A decision, as far as the claimant is told of it."""

    outcome: DecidedOutcome
    reasons: Sequence[str]
    asks: Sequence[str]
    amount: Money | None
    way: WayToAppeal | None
    """Where it can be appealed next; None above the last instance."""
    is_correction: bool = False
    result: AppealResult | None = None
    """What the decision on an appeal changed."""
    determined: Sequence[DeterminedAmount] = ()
    """Parts of the award that a person decided."""


def tell_decision(rule_set: RuleSet, told: Told) -> Letter:
    """Put a decision into words a claimant can act on."""
    named = tuple(
        Reason(criterion.code, criterion.title, criterion.cite)
        for criterion in rule_set.criteria
        if criterion.code in set(told.reasons)
    )
    if told.outcome is DecidedOutcome.ASK:
        questions = tuple(question_of(rule_set, name) for name in told.asks)
        return Letter("We need to know more before we can decide. Nothing is refused.", named, questions, None)
    before = _ON_APPEAL[told.result] if told.result else ""
    before += "A slip in the earlier decision is put right. " if told.is_correction else ""
    if told.outcome is DecidedOutcome.SENT_BACK:
        return Letter(f"{before}Your claim is decided anew; you need not file it again.", named, (), None)
    if told.outcome is DecidedOutcome.ELIGIBLE:
        owed = f" The award is {told.amount}." if told.amount and told.amount.amount_minor else ""
        succession = "" if owed else " You share the award of the person whose heir you are."
        against = _say_way(told, "against the amount ") if owed else ""
        parts = "".join(_say_determined(rule_set, one) for one in told.determined)
        return Letter(f"{before}The claim is accepted.{owed}{parts}{succession}{against}", named, (), told.way)
    why = " ".join(f"This was found not to be so: {reason.title} ({reason.cite})." for reason in named)
    return Letter(f"{before}The claim is refused. {why}{_say_way(told, '')}", named, (), told.way)


def _say_determined(rule_set: RuleSet, one: DeterminedAmount) -> str:
    """Say what a person decided of one step; why, only where that was opened."""
    step = next(step for step in rule_set.award if step.name == one.step)
    decided, lowest, highest = (
        write_amount(value, rule_set.currency, is_money=one.is_money)
        for value in (one.decided, one.lowest, one.highest)
    )
    why = f" The reason: {one.reason}" if one.reason else ""
    return f" «{step.title}» was set at {decided}; the rules allow {lowest} to {highest} ({step.cite}).{why}"


def _say_way(told: Told, against: str) -> str:
    if told.way is None:
        return " There is no further appeal." if told.result else ""
    when = f"until {told.way.until}" if told.way.until else f"within {told.way.days} days of its confirmation"
    return f" You can appeal {against}to the {told.way.body} {when}. {told.way.how}"
