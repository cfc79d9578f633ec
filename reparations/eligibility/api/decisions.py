"""Routes of decisions.  They only translate."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, status
from sqlmodel import Session

from reparations.eligibility import queries, service
from reparations.eligibility.api.roles import CaseworkerOrDecider, Decider, Reader
from reparations.eligibility.language import RuleSet
from reparations.eligibility.models import DecidedOutcome, DecisionStatus
from reparations.eligibility.queries import DecisionView
from reparations.eligibility.schemas import (
    ClaimPath,
    ConfirmIn,
    DecisionOut,
    DecisionPath,
    DecisionsOut,
    ExplanationView,
    LetterIn,
    LetterOut,
    ProgrammeQuery,
    ProposeIn,
    ReturnIn,
    show_decisions,
)
from reparations.http import (
    PROBLEM_RESPONSES,
    DatabaseItself,
    Now,
    Page,
    PageParams,
    ReadSession,
    WriteSession,
    page_of,
)
from reparations.registry.queries import get_claim, get_programme
from reparations.registry.rules.registration import office_scope

router = APIRouter(responses=PROBLEM_RESPONSES)


@router.post("/decisions", status_code=status.HTTP_201_CREATED, tags=["decisions"])
def propose_decisions(body: ProposeIn, officer: Decider, session: WriteSession, now: Now) -> DecisionsOut:
    """Propose one outcome on claims that are alike, on all of them or on none.  Somebody else confirms."""
    claim_ids: Sequence[str] = body.claim_ids or ()
    if body.programme is not None and body.assessed_as is not None:
        claim_ids = queries.list_assessed(
            session,
            programme_id=get_programme(session, body.programme).id,
            outcome=body.assessed_as,
            limit=service.MAX_DECISIONS,
        )
        if not claim_ids:
            return DecisionsOut(count=0, items=[])
    views = service.propose_decisions(
        session,
        claim_ids=claim_ids,
        outcome=body.outcome,
        reasons=body.reasons,
        departure=body.departure,
        decided=[one.to_value() for one in body.decided],
        officer=officer,
        at=now,
    )
    return show_decisions(views, _rule_sets(session, views))


@router.post("/decisions/confirmations", tags=["decisions"])
def confirm_decisions(body: ConfirmIn, officer: Decider, session: WriteSession, now: Now) -> DecisionsOut:
    """Confirm decisions that somebody else proposed.  A refusal's time to appeal runs from here."""
    decision_ids: Sequence[str] = body.decision_ids or ()
    if body.programme is not None:
        decision_ids = queries.list_proposed(
            session,
            programme_id=get_programme(session, body.programme).id,
            outcome=body.outcome,
            not_by=officer.person_id,
            limit=service.MAX_DECISIONS,
        )
        if not decision_ids:
            return DecisionsOut(count=0, items=[])
    views = service.confirm_decisions(session, decision_ids=decision_ids, officer=officer, at=now)
    return show_decisions(views, _rule_sets(session, views))


@router.post("/decisions/returns", tags=["decisions"])
def return_decisions(body: ReturnIn, officer: Decider, session: WriteSession, now: Now) -> DecisionsOut:
    """Send decisions back to who proposed them."""
    views = service.return_decisions(
        session, decision_ids=body.decision_ids, reason=body.reason, officer=officer, at=now
    )
    return show_decisions(views, _rule_sets(session, views))


@router.get("/decisions", tags=["decisions"])
def list_decisions(
    *,
    officer: Reader,
    session: ReadSession,
    page: PageParams,
    programme: ProgrammeQuery,
    status: DecisionStatus | None = None,
    outcome: DecidedOutcome | None = None,
) -> Page[DecisionOut]:
    """List decisions."""
    rows = queries.list_decisions(
        session,
        programme_id=get_programme(session, programme).id,
        office_id=office_scope(officer),
        status=status,
        outcome=outcome,
        after=page.after,
        limit=page.limit,
    )
    rule_sets = _rule_sets(session, rows)
    return page_of(
        rows,
        limit=page.limit,
        key=lambda row: row.decision.id,
        show=lambda row: DecisionOut.of(row, rule_sets[row.assessment.rule_set_id]),
    )


@router.get("/decisions/{decision_id}", tags=["decisions"])
def get_decision(decision_id: DecisionPath, officer: Reader, session: ReadSession) -> DecisionOut:
    """Show a decision with what the claimant is told: reasons, sources, the way to appeal."""
    decision = queries.get_decision(session, decision_id)
    get_claim(session, decision.claim_id, office_id=office_scope(officer))
    (view,) = queries.view_decisions(session, [decision])
    return DecisionOut.of(view, _rule_sets(session, [view])[view.assessment.rule_set_id])


@router.get("/decisions/{decision_id}/explanation", tags=["decisions"])
def explain_decision(decision_id: DecisionPath, officer: Reader, session: ReadSession) -> ExplanationView:
    """Explain a decision's assessment with the amounts a person decided; computed anew, and compared."""
    decision = queries.get_decision(session, decision_id)
    get_claim(session, decision.claim_id, office_id=office_scope(officer))
    (view,) = queries.view_decisions(session, [decision])
    rule_set, explanation = service.explain_decision(session, view)
    return ExplanationView.of(view.assessment, rule_set, explanation, decided=decision.amount_minor)


@router.post("/decisions/{decision_id}/letter", tags=["decisions"])
def open_letter(
    decision_id: DecisionPath, *, body: LetterIn, officer: CaseworkerOrDecider, database: DatabaseItself, now: Now
) -> LetterOut:
    """Read all that the claimant is told, with why each amount was decided.  That you did is on record first."""
    with database.transaction() as session:
        seq = service.log_letter_opening(session, decision_id, purpose=body.purpose, officer=officer, at=now)
    with database.reading() as session:
        view, rule_set = service.open_letter(session, decision_id, officer=officer)
        return LetterOut(event_seq=seq, decision=DecisionOut.of(view, rule_set))


@router.get("/claims/{claim_id}/decisions", tags=["decisions"])
def list_decisions_of_claim(claim_id: ClaimPath, officer: Reader, session: ReadSession) -> DecisionsOut:
    """List every decision on a claim, the first proposed first."""
    claim = get_claim(session, claim_id, office_id=office_scope(officer))
    views = queries.list_decisions_of(session, claim)
    return show_decisions(views, _rule_sets(session, views))


def _rule_sets(session: Session, views: Sequence[DecisionView]) -> dict[str, RuleSet]:
    ids = {view.assessment.rule_set_id for view in views}
    return {one: queries.get_assessor(queries.get_rule_set(session, one)).rule_set for one in sorted(ids)}
