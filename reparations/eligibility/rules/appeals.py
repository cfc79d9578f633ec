"""Appeals: what may be appealed and until when, who may decide, and what the result is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reparations.eligibility.errors import (
    AppealNotOpen,
    AppealRefused,
    AppealsExhausted,
    DecisionRefused,
    SamePersonConfirms,
)
from reparations.eligibility.models import (
    AdmissionReason,
    Appeal,
    AppealEffect,
    AppealResult,
    AppealStatus,
    DecidedOutcome,
    Decision,
)
from reparations.eligibility.rules.decisions import Assessed, check_reasons
from reparations.principal import Principal


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a decision grants, as far as two of them are compared."""

    outcome: str
    amount_minor: int | None
    reasons: tuple[str, ...] = ()


def check_appealable(decision: Decision | None, *, lodged_on: date, today: date, reference: str) -> Decision:
    """Return the decision that stands, if an appeal lies against it.  Lateness refuses nothing here.

    Raises:
        AppealRefused: nothing is decided yet, or the day is to come or before the decision.
        AppealsExhausted: the last instance made it.
    """
    if decision is None or decision.confirmed_at is None:
        raise AppealRefused(
            f"On {reference} no decision stands that could be appealed.",
            record=reference,
            remedy="Wait for the decision; GET /claims/{id}/decisions lists them.",
        )
    if decision.appeal_body is None:
        raise AppealsExhausted(
            f"The last instance has decided on {reference}; there is none above it.",
            record=reference,
            remedy="A slip in the decision can be corrected: POST /decisions/{id}/corrections.",
        )
    if not decision.confirmed_at.date() <= lodged_on <= today:
        raise AppealRefused(
            "An appeal is lodged after the decision and not on a day to come.",
            field="lodged_on",
            record=reference,
            remedy="Give the day on which it reached us.",
        )
    return decision


def compute_payable(effect: AppealEffect, amount_minor: int | None) -> int:
    """Return what may be paid while an appeal is open: nothing, or what the appealed decision granted."""
    return 0 if effect is AppealEffect.SUSPENDS else amount_minor or 0


def check_admittable(appeal: Appeal) -> None:
    """Refuse to speak of the lateness of an appeal that is not late, or is admitted.

    Raises:
        AppealNotOpen: it is one of these.
    """
    if appeal.status != AppealStatus.LATE:
        raise AppealNotOpen(f"The appeal is {appeal.status}; there is no lateness to judge.", record=appeal.id)


def compute_admission(appeal: Appeal, *, officer: Principal) -> AppealStatus:
    """Say what a second person's word makes of a late appeal.

    Raises:
        AppealNotOpen: it is not late, or nobody has said the first word.
        SamePersonConfirms: the officer said it.
    """
    check_admittable(appeal)
    if appeal.admission_by is None:
        raise AppealNotOpen(
            "Nobody has proposed yet whether the appeal is admitted.",
            record=appeal.id,
            remedy="Propose it with POST /appeals/{id}/admission.",
        )
    if appeal.admission_by == officer.person_id:
        raise SamePersonConfirms("Whether a late appeal is admitted is said by two persons.", record=appeal.id)
    refused = appeal.admission_reason == AdmissionReason.NO_REASON_FOUND
    return AppealStatus.NOT_ADMITTED if refused else AppealStatus.OPEN


def check_open(appeal: Appeal) -> None:
    """Refuse to decide an appeal that is not open.

    Raises:
        AppealNotOpen: it is late, withdrawn, not admitted or decided.
    """
    if appeal.status != AppealStatus.OPEN:
        raise AppealNotOpen(
            f"The appeal is {appeal.status}.",
            record=appeal.id,
            remedy="A late appeal is admitted first; a decided one can go to the next instance.",
        )


def uphold(before: Decision) -> Ruling:
    """Return what the appealed decision granted, for the same reasons."""
    return Ruling(before.outcome, before.amount_minor, tuple(json.loads(before.reasons)))


def rule_on_appeal(
    assessed: Assessed, outcome: DecidedOutcome, *, amount_minor: int | None, reasons: Sequence[str] | None
) -> Ruling:
    """Say what a decision on an appeal grants.

    The reviewer judges for himself: he may grant what the rules did not find.  But nobody is refused without a
    criterion that was found not met, on appeal as little as before.

    Raises:
        DecisionRefused: a question, a refusal without ground, an amount nobody knows, or one that is not granted.
    """
    if outcome is DecidedOutcome.ASK:
        raise DecisionRefused(
            "An appeal is not decided by a question.",
            field="outcome",
            record=assessed.reference,
            remedy="Send it back, or have the facts recorded and the claim assessed, then decide.",
        )
    if outcome is not DecidedOutcome.ELIGIBLE:
        if amount_minor is not None:
            raise DecisionRefused("Only who is eligible is owed an amount.", field="amount", record=assessed.reference)
        if outcome is DecidedOutcome.SENT_BACK:
            return Ruling(outcome.value, None)
        return Ruling(outcome.value, None, check_reasons(assessed, outcome, reasons))
    amount = assessed.amount_minor if amount_minor is None else amount_minor
    if amount is None:
        raise DecisionRefused(
            f"Nobody can say yet what {assessed.reference} would be owed.",
            field="amount",
            record=assessed.reference,
            remedy="State the amount, or send the claim back.",
        )
    return Ruling(outcome.value, amount, check_reasons(assessed, outcome, reasons))


def compute_result(before: Ruling, after: Ruling) -> AppealResult:
    """Say what an appeal changed for the claimant; to be eligible for nothing more is more than to be refused."""
    if after.outcome == DecidedOutcome.SENT_BACK:
        return AppealResult.SENT_BACK
    granted_before, granted_after = _granted(before), _granted(after)
    if granted_after == granted_before:
        return AppealResult.UPHELD
    return AppealResult.HIGHER if granted_after > granted_before else AppealResult.LOWER


def _granted(ruling: Ruling) -> int:
    return (ruling.amount_minor or 0) if ruling.outcome == DecidedOutcome.ELIGIBLE else -1
