"""Proposing to correct a slip in a decision that stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations.eligibility import queries
from reparations.eligibility.errors import (
    AppealUndecided,
    ClaimsAlreadyDecided,
    DecisionNotOpen,
    DecisionRefused,
)
from reparations.eligibility.models import (
    AppealStatus,
    CorrectionReason,
    DecidedOutcome,
    Decision,
    DecisionKind,
    DecisionStatus,
)
from reparations.eligibility.queries import DecisionView
from reparations.eligibility.service.deciding import log_decisions
from reparations.eligibility.service.duties import check_not_recused, lock_claims, take_duty
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.models import Claim, DutyKind

MAX_APPEALS = 100
"""Appeals of one claim that are looked through; a ladder has a few instances."""


def correct_decision(
    session: Session,
    decision_id: str,
    *,
    reason: CorrectionReason,
    amount_minor: int | None = None,
    reasons: Sequence[str] | None = None,
    officer: Principal,
    at: datetime,
) -> DecisionView:
    """Propose to mend a slip in the decision that stands; once another confirms, the correction stands in its place.

    The outcome stays: what was weighed is for an appeal.  An award made already with another amount leaves a
    difference, which `queries.list_award_differences` reports.

    Args:
        session: of the deed.
        decision_id: the decision with the slip.
        reason: what kind of slip.
        amount_minor: the right amount; None keeps it.
        reasons: the right criterion codes; None keeps them.
        officer: who found it; he holds the decider's duty on the claim, or takes it.
        at: now.

    Raises:
        DecisionNotFound: there is none.
        DecisionNotOpen: it does not stand: proposed only, returned, replaced, or a question.
        AppealUndecided: an appeal against it is open.
        DecisionRefused: nothing would change, or an amount for a refusal.
        Recused, DutyConflict, DutyBarred: the person has no business, or another part, in the claim.
    """
    decision = queries.get_decision(session, decision_id)
    (claim,) = lock_claims(session, [decision.claim_id])
    (view,) = queries.lock_decisions(session, [decision_id])
    old = view.decision
    if old.status != DecisionStatus.CONFIRMED or old.outcome in {DecidedOutcome.ASK, DecidedOutcome.SENT_BACK}:
        raise DecisionNotOpen(
            f"The decision on {claim.reference} does not stand; only one that does is corrected.",
            record=claim.reference,
        )
    check_no_appeal(session, claim)
    check_not_recused(session, [claim.id], [officer.person_id])
    codes = list(reasons) if reasons is not None else json.loads(old.reasons)
    amount = old.amount_minor if amount_minor is None else amount_minor
    rule_set = queries.get_assessor(queries.get_rule_set(session, view.assessment.rule_set_id)).rule_set
    known = {criterion.code for criterion in rule_set.criteria}
    _check_correction(old, claim, amount_minor=amount, codes=codes, known=known)
    duties = take_duty(session, [claim.id], DutyKind.DECIDER, officer=officer, at=at)
    current = queries.get_current_assessment(session, claim)
    row = Decision(
        id=new_id("dec"),
        claim_id=claim.id,
        assessment_id=current.id,
        kind=DecisionKind.CORRECTION.value,
        replaces_id=old.id,
        instance=old.instance,
        correction_reason=reason.value,
        outcome=old.outcome,
        departs=old.departs,
        departure=old.departure,
        reasons=json.dumps(codes),
        amount_minor=amount,
        appeal_body=old.appeal_body,
        proposed_by=officer.person_id,
        proposed_at=at,
        status=DecisionStatus.PROPOSED.value,
    )
    insert_proposal(session, row, claim)
    (made,) = queries.view_decisions(session, [row])
    log_decisions(
        session,
        "decisions.corrected",
        [made],
        officer=officer,
        at=at,
        duties=duties,
        duty=DutyKind.DECIDER,
        reason=reason.value,
    )
    return made


def _check_correction(
    old: Decision, claim: Claim, *, amount_minor: int | None, codes: Sequence[str], known: set[str]
) -> None:
    if amount_minor is not None and old.outcome != DecidedOutcome.ELIGIBLE:
        raise DecisionRefused(
            "A refusal has no amount to correct.", field="amount", record=claim.reference, remedy="Leave `amount` out."
        )
    if (old.outcome == DecidedOutcome.NOT_ELIGIBLE and not codes) or not set(codes) <= known:
        raise DecisionRefused(
            "A refusal has reasons, and reasons are criteria of the rules.",
            field="reasons",
            record=claim.reference,
            remedy=f"Choose among: {', '.join(sorted(known))}.",
        )
    if amount_minor == old.amount_minor and list(codes) == json.loads(old.reasons):
        raise DecisionRefused(
            "The correction would change nothing.", record=claim.reference, remedy="Send what is to be different."
        )


def check_no_appeal(session: Session, claim: Claim) -> None:
    """Refuse a deed while an appeal on the claim waits.

    Raises:
        AppealUndecided: one does.
    """
    for appeal, reference in queries.list_appeals(session, claim_id=claim.id, limit=MAX_APPEALS):
        if appeal.status in {AppealStatus.LATE, AppealStatus.OPEN}:
            raise AppealUndecided(
                f"An appeal on {reference} is not decided.", record=appeal.id, remedy="Decide or withdraw it first."
            )


def insert_proposal(session: Session, row: Decision, claim: Claim) -> None:
    """Insert a proposed decision; there is one open on a claim at a time.

    Raises:
        ClaimsAlreadyDecided: another is open.
    """
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise ClaimsAlreadyDecided(
            f"Another decision on {claim.reference} waits for confirmation.",
            record=claim.reference,
            remedy="Confirm or return that one first.",
        ) from None
