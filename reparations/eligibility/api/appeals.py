"""Routes of corrections, appeals, and what they leave of awards.  They only translate."""

from __future__ import annotations

from fastapi import APIRouter, status
from sqlmodel import Session

from reparations.eligibility import queries, service
from reparations.eligibility.api.roles import AwardReader, CaseworkerOrDecider, Decider, Reader
from reparations.eligibility.models import Appeal, AppealStatus, DecidedOutcome
from reparations.eligibility.queries import DecisionView
from reparations.eligibility.schemas import (
    AdmissionIn,
    AppealDecisionIn,
    AppealIn,
    AppealOut,
    AppealPath,
    AwardDifferenceOut,
    ClaimPath,
    CorrectionIn,
    DecisionOut,
    DecisionPath,
    ProgrammeQuery,
)
from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of
from reparations.money import Money
from reparations.registry.queries import get_claim, get_programme
from reparations.registry.rules.registration import office_scope

router = APIRouter(responses=PROBLEM_RESPONSES, tags=["appeals"])


@router.post("/decisions/{decision_id}/corrections", status_code=status.HTTP_201_CREATED)
def correct_decision(
    decision_id: DecisionPath, *, body: CorrectionIn, officer: Decider, session: WriteSession, now: Now
) -> DecisionOut:
    """Propose to mend a slip in a decision that stands; once another confirms, the correction takes its place."""
    decision = queries.get_decision(session, decision_id)
    view = service.correct_decision(
        session,
        decision_id,
        reason=body.reason,
        amount_minor=_read_amount(session, decision.claim_id, body.amount),
        reasons=body.reasons,
        officer=officer,
        at=now,
    )
    return _show_decision(session, view)


@router.post("/claims/{claim_id}/appeals", status_code=status.HTTP_201_CREATED)
def lodge_appeal(
    claim_id: ClaimPath, *, body: AppealIn, officer: CaseworkerOrDecider, session: WriteSession, now: Now
) -> AppealOut:
    """Record an appeal against the decision on a claim; one that came late is recorded too."""
    claim = get_claim(session, claim_id, office_id=office_scope(officer))
    appeal = service.lodge_appeal(
        session, claim, lodged_by=body.lodged_by, lodged_on=body.lodged_on, officer=officer, at=now
    )
    return AppealOut.of((appeal, claim.reference))


@router.get("/claims/{claim_id}/appeals")
def list_appeals_of_claim(claim_id: ClaimPath, officer: Reader, session: ReadSession) -> list[AppealOut]:
    """List the appeals on a claim, the first first."""
    claim = get_claim(session, claim_id, office_id=office_scope(officer))
    return [AppealOut.of((one, ref)) for one, ref in queries.list_appeals(session, claim_id=claim.id, limit=100)]


@router.get("/appeals")
def list_appeals(
    *,
    officer: Reader,
    session: ReadSession,
    page: PageParams,
    programme: ProgrammeQuery,
    status: AppealStatus | None = None,
) -> Page[AppealOut]:
    """List appeals."""
    rows = queries.list_appeals(
        session,
        programme_id=get_programme(session, programme).id,
        office_id=office_scope(officer),
        status=status,
        after=page.after,
        limit=page.limit,
    )
    return page_of(rows, limit=page.limit, key=lambda row: row[0].id, show=lambda row: AppealOut.of((row[0], row[1])))


@router.post("/appeals/{appeal_id}/admission")
def propose_admission(
    appeal_id: AppealPath, *, body: AdmissionIn, officer: Decider, session: WriteSession, now: Now
) -> AppealOut:
    """Say whether a late appeal is admitted, and why; a second person has to say so too."""
    return _show(session, service.propose_admission(session, appeal_id, reason=body.reason, officer=officer, at=now))


@router.post("/appeals/{appeal_id}/admission/confirmation")
def confirm_admission(appeal_id: AppealPath, officer: Decider, session: WriteSession, now: Now) -> AppealOut:
    """Confirm what another said of a late appeal."""
    return _show(session, service.confirm_admission(session, appeal_id, officer=officer, at=now))


@router.post("/appeals/{appeal_id}/withdrawal")
def withdraw_appeal(appeal_id: AppealPath, officer: CaseworkerOrDecider, session: WriteSession, now: Now) -> AppealOut:
    """Record that the claimant takes an appeal back."""
    appeal, claim = queries.lock_appeal(session, appeal_id)
    get_claim(session, claim.id, office_id=office_scope(officer))
    return _show(session, service.withdraw_appeal(session, appeal.id, officer=officer, at=now))


@router.post("/appeals/{appeal_id}/decision", status_code=status.HTTP_201_CREATED)
def decide_appeal(
    appeal_id: AppealPath, *, body: AppealDecisionIn, officer: Decider, session: WriteSession, now: Now
) -> DecisionOut:
    """Propose the decision on an appeal; another reviewer confirms it like any decision."""
    appeal, _claim = queries.lock_appeal(session, appeal_id)
    view = service.decide_appeal(
        session,
        appeal_id,
        outcome=DecidedOutcome(body.outcome) if body.outcome else None,
        amount_minor=_read_amount(session, appeal.claim_id, body.amount),
        reasons=body.reasons,
        officer=officer,
        at=now,
    )
    return _show_decision(session, view)


@router.get("/award-differences", tags=["awards"])
def list_award_differences(
    _officer: AwardReader, session: ReadSession, page: PageParams, programme: ProgrammeQuery
) -> Page[AwardDifferenceOut]:
    """List the awards that are not what the decision that stands now grants, and by how much."""
    found = get_programme(session, programme)
    rows = queries.list_award_differences(session, found.id, after=page.after, limit=page.limit)
    return page_of(rows, limit=page.limit, key=lambda row: row.award.id, show=AwardDifferenceOut.of)


def _read_amount(session: Session, claim_id: str, amount: str | None) -> int | None:
    if amount is None:
        return None
    programme_id = get_claim(session, claim_id, office_id=None).programme_id
    return Money.parse(amount, get_programme(session, programme_id).currency).amount_minor


def _show(session: Session, appeal: Appeal) -> AppealOut:
    return AppealOut.of((appeal, get_claim(session, appeal.claim_id, office_id=None).reference))


def _show_decision(session: Session, view: DecisionView) -> DecisionOut:
    published = queries.get_rule_set(session, view.assessment.rule_set_id)
    return DecisionOut.of(view, queries.get_assessor(published).rule_set)
