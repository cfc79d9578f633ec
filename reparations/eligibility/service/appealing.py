"""Appeals: lodged for the claimant, admitted by two if late, decided by people new to the claim, or withdrawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.audit import JsonValue
from reparations.eligibility import queries, rules
from reparations.eligibility.errors import AppealRefused, ClaimsAlreadyDecided
from reparations.eligibility.models import (
    AdmissionReason,
    Appeal,
    AppealEffect,
    AppealGround,
    AppealStatus,
    DecidedOutcome,
    Decision,
    DecisionKind,
    DecisionStatus,
    LodgedBy,
)
from reparations.eligibility.queries import DecisionView
from reparations.eligibility.service.correcting import check_no_appeal, insert_proposal
from reparations.eligibility.service.deciding import log_decisions, rules_in_force
from reparations.eligibility.service.duties import check_not_recused, lock_claims, take_duty
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.models import Claim, DutyKind


def lodge_appeal(
    session: Session,
    claim: Claim,
    *,
    lodged_by: LodgedBy,
    lodged_on: date,
    officer: Principal,
    at: datetime,
) -> Appeal:
    """Record an appeal against the decision on a claim that stands, its refusal or its amount.

    One that came after its day is recorded all the same; two persons say whether it is admitted.

    Raises:
        AppealRefused, AppealsExhausted: see `rules.appeals.check_appealable`.
        AppealUndecided: another one waits.
    """
    (claim,) = lock_claims(session, [claim.id])
    check_no_appeal(session, claim)
    decision = rules.check_appealable(
        queries.find_standing(session, claim.id), lodged_on=lodged_on, today=at.date(), reference=claim.reference
    )
    assert decision.appeal_until is not None  # noqa: S101 a decision that names a body has its day once it stands
    assert decision.appeal_body is not None  # noqa: S101 checked above
    policy = queries.find_policy(session, claim.programme_id, on=at.date())
    effect = AppealEffect(policy.appeal_effect) if policy else AppealEffect.UNDISPUTED_PART
    is_refusal = decision.outcome == DecidedOutcome.NOT_ELIGIBLE
    appeal = Appeal(
        id=new_id("apl"),
        claim_id=claim.id,
        decision_id=decision.id,
        instance=decision.instance + 1,
        body=decision.appeal_body,
        ground=(AppealGround.REFUSAL if is_refusal else AppealGround.AMOUNT).value,
        lodged_by=lodged_by.value,
        lodged_on=lodged_on,
        due_on=decision.appeal_until,
        effect=effect.value,
        payable_minor=rules.compute_payable(effect, decision.amount_minor),
        status=(AppealStatus.LATE if lodged_on > decision.appeal_until else AppealStatus.OPEN).value,
        recorded_by=officer.person_id,
        recorded_at=at,
    )
    session.add(appeal)
    _record(session, "appeal.lodged", appeal, officer=officer, at=at)
    return appeal


def propose_admission(
    session: Session, appeal_id: str, *, reason: AdmissionReason, officer: Principal, at: datetime
) -> Appeal:
    """Say why a late appeal is admitted, or that no reason was found; somebody else has the second word.

    While there is no second word, another person may say it anew: nobody is bound to confirm what he does not share.

    Raises:
        AppealNotFound: there is none.
        AppealNotOpen: it is not late.
        Recused, ReviewerInvolved: the person has a part, or an interest, in the claim.
    """
    appeal, claim = queries.lock_appeal(session, appeal_id)
    rules.check_admittable(appeal)
    _check_new_eyes(session, appeal, claim, officer=officer)
    appeal.admission_reason, appeal.admission_by = reason.value, officer.person_id
    _record(session, "appeal.admission_proposed", appeal, officer=officer, at=at)
    return appeal


def confirm_admission(session: Session, appeal_id: str, *, officer: Principal, at: datetime) -> Appeal:
    """Have the second word on a late appeal: it is open from now on, or not admitted.

    Raises:
        AppealNotFound, AppealNotOpen, SamePersonConfirms: see `rules.appeals.compute_admission`.
        Recused, ReviewerInvolved: the person has a part, or an interest, in the claim.
    """
    appeal, claim = queries.lock_appeal(session, appeal_id)
    status = rules.compute_admission(appeal, officer=officer)
    _check_new_eyes(session, appeal, claim, officer=officer)
    appeal.status = status.value
    appeal.admission_seconded_by, appeal.admission_seconded_at = officer.person_id, at
    if status is AppealStatus.NOT_ADMITTED:
        appeal.closed_at = at
    _record(session, "appeal.admission_confirmed", appeal, officer=officer, at=at)
    return appeal


def withdraw_appeal(session: Session, appeal_id: str, *, officer: Principal, at: datetime) -> Appeal:
    """Record that the claimant takes an appeal back; the decision stands as it was.

    Raises:
        AppealNotFound: there is none.
        AppealRefused: it is closed.
        ClaimsAlreadyDecided: a decision on it waits for confirmation.
    """
    appeal, claim = queries.lock_appeal(session, appeal_id)
    if appeal.status not in {AppealStatus.LATE, AppealStatus.OPEN}:
        raise AppealRefused(f"The appeal is {appeal.status}.", record=appeal.id)
    result = session.get(Decision, appeal.result_decision_id) if appeal.result_decision_id else None
    if result is not None and result.status != DecisionStatus.RETURNED:
        raise ClaimsAlreadyDecided(
            f"A decision on the appeal of {claim.reference} waits for confirmation.",
            record=claim.reference,
            remedy="Have it returned first.",
        )
    appeal.status, appeal.closed_at = AppealStatus.WITHDRAWN.value, at
    _record(session, "appeal.withdrawn", appeal, officer=officer, at=at)
    return appeal


def decide_appeal(
    session: Session,
    appeal_id: str,
    *,
    outcome: DecidedOutcome | None,
    amount_minor: int | None = None,
    reasons: Sequence[str] | None = None,
    officer: Principal,
    at: datetime,
) -> DecisionView:
    """Propose the decision on an appeal; once another confirms it stands in the place of the one appealed.

    Args:
        session: of the deed.
        appeal_id: an open one.
        outcome: eligible, not eligible or sent back; None upholds the decision as it is.
        amount_minor: what is owed; None takes what the rules compute on the facts known now.
        reasons: criterion codes; None takes the assessment's own.
        officer: the reviewer, who had no earlier part in the claim.
        at: now.

    Raises:
        AppealNotFound, AppealNotOpen: there is none, or it is not open.
        Recused, ReviewerInvolved, DutyConflict, DutyBarred: the person has no business in it.
        DecisionRefused: a question, a refusal without ground, an amount nobody knows or for no eligible claim.
        ClaimsAlreadyDecided: another proposal waits.
    """
    appeal, claim = queries.lock_appeal(session, appeal_id)
    rules.check_open(appeal)
    _check_new_eyes(session, appeal, claim, officer=officer)
    before = queries.get_decision(session, appeal.decision_id)
    current = queries.get_current_assessment(session, claim)
    assessed = queries.read_assessed(session, [claim], on=at.date(), with_departure=True)[claim.id]
    if outcome is None:
        ruling = rules.uphold(before)
    else:
        ruling = rules.rule_on_appeal(assessed, outcome, amount_minor=amount_minor, reasons=reasons)
    duties = take_duty(session, [claim.id], DutyKind.REVIEWER, officer=officer, at=at)
    above = queries.find_instance(
        session,
        rules_in_force(session, claim.programme_id, at=at),
        programme_id=claim.programme_id,
        instance=appeal.instance + 1,
        on=at.date(),
    )
    row = Decision(
        id=new_id("dec"),
        claim_id=claim.id,
        assessment_id=current.id,
        kind=DecisionKind.APPEAL.value,
        replaces_id=before.id,
        instance=appeal.instance,
        outcome=ruling.outcome,
        departs=False,
        reasons=json.dumps(ruling.reasons),
        amount_minor=ruling.amount_minor,
        appeal_body=above.body if above and ruling.outcome != DecidedOutcome.SENT_BACK else None,
        proposed_by=officer.person_id,
        proposed_at=at,
        status=DecisionStatus.PROPOSED.value,
    )
    insert_proposal(session, row, claim)
    appeal.result_decision_id = row.id
    session.flush()
    (view,) = queries.view_decisions(session, [row])
    log_decisions(
        session,
        "decisions.appeal_proposed",
        [view],
        officer=officer,
        at=at,
        duties=duties,
        duty=DutyKind.REVIEWER,
        rows=[appeal],
    )
    return view


def _check_new_eyes(session: Session, appeal: Appeal, claim: Claim, *, officer: Principal) -> None:
    check_not_recused(session, [claim.id], [officer.person_id])
    queries.check_new_to_reviewer(
        session,
        claim_id=claim.id,
        appealed_id=appeal.decision_id,
        reference=claim.reference,
        person_id=officer.person_id,
    )


def _record(session: Session, action: str, appeal: Appeal, *, officer: Principal, at: datetime) -> None:
    body: dict[str, JsonValue] = {"status": appeal.status, "instance": appeal.instance, "ground": appeal.ground}
    audit.record(session, at=at, actor=officer, action=action, subject=appeal.id, body=body, rows=[appeal])
