"""What a human may decide on an assessment, and what has to be said with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reparations.eligibility.errors import AssessmentOutdated, DecisionNotOpen, DecisionRefused, SamePersonConfirms
from reparations.eligibility.models import AssessedOutcome, DecidedOutcome, Decision, DecisionStatus, Departure
from reparations.principal import Principal

_FOLLOWS = {
    AssessedOutcome.ELIGIBLE: DecidedOutcome.ELIGIBLE,
    AssessedOutcome.NOT_ELIGIBLE: DecidedOutcome.NOT_ELIGIBLE,
    AssessedOutcome.MORE_INFORMATION_NEEDED: DecidedOutcome.ASK,
}
_DEPARTURES = ", ".join(Departure)


@dataclass(frozen=True, slots=True)
class Assessed:
    """A claim with its current assessment, as a decision looks at it."""

    claim_id: str
    reference: str
    is_open: bool
    assessment_id: str
    is_current: bool
    """Whether the assessment rests on the latest facts and the rules in force."""
    outcome: AssessedOutcome
    grounds: tuple[str, ...]
    """Criteria on which a refusal can rest: not met, in a route open to the claimant."""
    met: tuple[str, ...]
    asks: tuple[str, ...]
    amount_minor: int | None
    """What the rules compute; for a claim they do not find eligible, what they would pay if it were."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision as it may be proposed."""

    outcome: DecidedOutcome
    departure: Departure | None
    reasons: tuple[str, ...]
    amount_minor: int | None


def propose(
    assessed: Assessed,
    outcome: DecidedOutcome,
    *,
    reasons: Sequence[str] | None = None,
    departure: Departure | None = None,
) -> Proposal:
    """Say what a proposed decision on one claim contains.

    Args:
        assessed: the claim with its current assessment.
        outcome: what is proposed.
        reasons: criterion codes; None takes the assessment's own: the grounds of a refusal, the criteria met.
        departure: why the human decides otherwise than the rules found; only where he does.

    Raises:
        AssessmentOutdated: newer facts or rules exist.
        DecisionRefused: a refusal without a criterion not met, a departure without its reason or a reason without a
            departure, a question with nothing to ask, an amount nobody knows yet, a claim that is closed.
    """
    check_decidable(assessed)
    if outcome is DecidedOutcome.SENT_BACK:
        raise DecisionRefused(
            "Only an appeal sends a claim back.", field="outcome", remedy="Propose to accept, refuse or ask."
        )
    departs = _follows(assessed) is not outcome
    if departs and departure is None:
        raise DecisionRefused(
            f"On {assessed.reference} the rules found «{assessed.outcome}»; to decide otherwise, say why.",
            field="departure",
            record=assessed.reference,
            remedy=f"Send `departure` as one of: {_DEPARTURES}; or record the facts that make the difference first.",
        )
    if not departs and departure is not None:
        raise DecisionRefused(
            f"On {assessed.reference} the decision is what the rules found; there is no departure to explain.",
            field="departure",
            record=assessed.reference,
            remedy="Leave `departure` out.",
        )
    chosen = check_reasons(assessed, outcome, reasons)
    amount = assessed.amount_minor if outcome is DecidedOutcome.ELIGIBLE else None
    if outcome is DecidedOutcome.ELIGIBLE and amount is None:
        raise DecisionRefused(
            f"Nobody can say yet what {assessed.reference} would be owed.",
            field="outcome",
            record=assessed.reference,
            remedy="Decide the amounts that wait for a person, each claim apart, in `decided`."
            if not assessed.asks
            else "Propose `ask`; the assessment lists the facts the amount needs.",
        )
    return Proposal(outcome, departure, chosen, amount)


def _follows(assessed: Assessed) -> DecidedOutcome:
    """Return what is decided if nobody departs; where only a person's amount is missing there is nothing to ask."""
    if assessed.outcome is AssessedOutcome.ELIGIBLE_AMOUNT_PENDING:
        return DecidedOutcome.ASK if assessed.asks else DecidedOutcome.ELIGIBLE
    return _FOLLOWS[assessed.outcome]


def check_amounts_wanted(claims: int, outcome: DecidedOutcome) -> None:
    """Refuse amounts a person decided for several claims at once, or for one that is not accepted.

    Raises:
        DecisionRefused: they are.
    """
    if claims != 1:
        raise DecisionRefused(
            "Amounts that a person decides are decided for each claim apart.",
            field="decided",
            remedy="Send one claim in `claim_ids`.",
        )
    if outcome is not DecidedOutcome.ELIGIBLE:
        raise DecisionRefused("Only who is eligible is owed an amount.", field="decided", remedy="Leave `decided` out.")


def check_decidable(assessed: Assessed) -> None:
    """Refuse to decide on a claim that is closed, or on an assessment that newer facts or rules have overtaken.

    Raises:
        DecisionRefused: the claim is closed.
        AssessmentOutdated: newer facts or rules exist.
    """
    if not assessed.is_open:
        raise DecisionRefused(
            f"{assessed.reference} is closed: withdrawn, or the same as another claim.", record=assessed.reference
        )
    if not assessed.is_current:
        raise AssessmentOutdated(
            f"{assessed.reference} has newer facts, or newer rules are in force, than its assessment rests on.",
            record=assessed.reference,
            remedy="Assess it again with POST /assessments, then decide.",
        )


def check_reasons(assessed: Assessed, outcome: DecidedOutcome, reasons: Sequence[str] | None) -> tuple[str, ...]:
    """Return the criteria a decision rests on: those given, or the assessment's own.

    Raises:
        DecisionRefused: a question with reasons, a refusal without, or a criterion that was not so found.
    """
    if outcome is DecidedOutcome.ASK:
        if reasons:
            raise DecisionRefused(
                "A question needs no reasons: the assessment says what to ask.",
                field="reasons",
                record=assessed.reference,
                remedy="Leave `reasons` out.",
            )
        return ()
    allowed = assessed.grounds if outcome is DecidedOutcome.NOT_ELIGIBLE else assessed.met
    chosen = tuple(dict.fromkeys(reasons)) if reasons is not None else allowed
    if outcome is DecidedOutcome.NOT_ELIGIBLE and not chosen:
        raise DecisionRefused(
            f"Nothing was found against {assessed.reference}: a refusal needs at least one criterion that is not met.",
            field="reasons",
            record=assessed.reference,
            remedy="Propose `ask`, or have the facts recorded that decide a criterion.",
        )
    if wrong := [code for code in chosen if code not in allowed]:
        found = "not met" if outcome is DecidedOutcome.NOT_ELIGIBLE else "met"
        raise DecisionRefused(
            f"On {assessed.reference} the criterion {wrong[0]} was not found {found}.",
            field="reasons",
            record=assessed.reference,
            remedy=f"Choose among: {', '.join(allowed) or 'none'}.",
        )
    return chosen


def check_confirmable(decision: Decision, *, officer: Principal, reference: str) -> None:
    """Refuse to settle a decision that is settled, one's own, or one that one has confirmed and a third is to.

    Raises:
        DecisionNotOpen: it is confirmed or returned already.
        SamePersonConfirms: the person behind the officer proposed it, or has confirmed it.
    """
    if decision.status not in {DecisionStatus.PROPOSED, DecisionStatus.AWAITS_SECOND}:
        raise DecisionNotOpen(
            f"The decision on {reference} is {decision.status} already.", record=reference, remedy="Read it again."
        )
    if decision.proposed_by == officer.person_id:
        raise SamePersonConfirms(
            f"You proposed the decision on {reference}; somebody else must confirm or return it.",
            record=reference,
            remedy="Ask another decider.",
        )
    if decision.confirmed_by == officer.person_id:
        raise SamePersonConfirms(
            f"You have confirmed the decision on {reference}; the programme's policy asks a third person too.",
            record=reference,
            remedy="Ask another decider.",
        )


def check_not_own_opinion(returned: Sequence[str]) -> None:
    """Refuse to confirm where one returned an earlier decision because its reasons do not hold.

    What is proposed then follows what he said: he would confirm himself.  Who returned a decision because facts had
    changed, or because it was about the wrong claim, said nothing of the matter and may confirm the next.

    Args:
        returned: references of the claims of which the officer returned a decision so.

    Raises:
        SamePersonConfirms: there is one.
    """
    if returned:
        raise SamePersonConfirms(
            f"You returned an earlier decision on {returned[0]} because its reasons did not hold: another confirms.",
            record=returned[0],
            remedy="Ask another decider, or leave the claim out.",
        )


def compute_appeal_until(confirmed_on: date, days: int) -> date:
    """Return the last day on which what was confirmed on a day can be appealed: that many days after it."""
    return confirmed_on + timedelta(days=days)
