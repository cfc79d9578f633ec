"""What a claimant is told of a decision, in plain words: reasons with their sources, what to bring, how to appeal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reparations.eligibility.language import RuleSet, question_of
from reparations.eligibility.models import DecidedOutcome
from reparations.money import Money


@dataclass(frozen=True, slots=True)
class Reason:
    """A criterion a decision rests on."""

    code: str
    title: str
    cite: str


@dataclass(frozen=True, slots=True)
class WayToAppeal:
    """Where, until when and how a refusal can be appealed."""

    cite: str
    body: str
    days: int
    until: date | None
    """None while the refusal is not confirmed: the time runs from then."""
    how: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a claimant is told."""

    text: str
    reasons: tuple[Reason, ...]
    questions: tuple[str, ...]
    appeal: WayToAppeal | None


def tell_decision(
    rule_set: RuleSet,
    *,
    outcome: DecidedOutcome,
    reasons: Sequence[str],
    asks: Sequence[str],
    amount: Money | None,
    appeal_until: date | None,
) -> Letter:
    """Put a decision into words a claimant can act on."""
    named = tuple(
        Reason(criterion.code, criterion.title, criterion.cite)
        for criterion in rule_set.criteria
        if criterion.code in set(reasons)
    )
    if outcome is DecidedOutcome.ASK:
        questions = tuple(question_of(rule_set, name) for name in asks)
        return Letter("We need to know more before we can decide. Nothing is refused.", named, questions, None)
    if outcome is DecidedOutcome.ELIGIBLE:
        owed = f" The award is {amount}." if amount and amount.amount_minor else ""
        succession = "" if owed else " You share the award of the person whose heir you are."
        return Letter(f"The claim is accepted.{owed}{succession}", named, (), None)
    appeal = WayToAppeal(
        rule_set.appeal.cite, rule_set.appeal.body, rule_set.appeal.days, appeal_until, rule_set.appeal.how
    )
    why = " ".join(f"This was found not to be so: {reason.title} ({reason.cite})." for reason in named)
    when = f"until {appeal_until}" if appeal_until else f"within {appeal.days} days of its confirmation"
    text = f"The claim is refused. {why} You can appeal to the {appeal.body} {when}. {appeal.how}"
    return Letter(text, named, (), appeal)
