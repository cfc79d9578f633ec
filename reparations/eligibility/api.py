"""Routes of rule sets, assessments, decisions and awards.  They only translate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, status
from sqlmodel import Session

from reparations.eligibility import queries, service
from reparations.eligibility.language import RuleSet
from reparations.eligibility.models import AssessedOutcome, AwardForm, DecidedOutcome, DecisionStatus
from reparations.eligibility.queries import DecisionView
from reparations.eligibility.rules import CollectiveLine
from reparations.eligibility.schemas import (
    AssessIn,
    AssessmentListed,
    AssessOut,
    AwardIn,
    AwardingOut,
    AwardOut,
    AwardPath,
    ClaimPath,
    CollectiveIn,
    ConfirmIn,
    DecisionOut,
    DecisionPath,
    DecisionsOut,
    ExplanationView,
    ProgrammePath,
    ProgrammeQuery,
    ProposeIn,
    ReturnIn,
    RuleSetFiles,
    RuleSetIn,
    RuleSetPath,
    RuleSetView,
    show_decisions,
)
from reparations.http import (
    PROBLEM_RESPONSES,
    Now,
    Officer,
    Page,
    PageParams,
    ReadSession,
    WriteSession,
    page_of,
    requires,
)
from reparations.money import Money
from reparations.principal import Principal, Role
from reparations.registry.queries import get_claim, get_programme
from reparations.registry.rules.registration import office_scope

router = APIRouter(responses=PROBLEM_RESPONSES)

FundAdministrator = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR))]
Decider = Annotated[Principal, Depends(requires(Role.DECIDER))]
CaseworkerOrDecider = Annotated[Principal, Depends(requires(Role.CASEWORKER, Role.DECIDER))]
Reader = Annotated[
    Principal,
    Depends(requires(Role.CASEWORKER, Role.DECIDER, Role.FUND_ADMINISTRATOR, Role.APPROVER, Role.PAYER, Role.AUDITOR)),
]
AwardReader = Annotated[
    Principal,
    Depends(requires(Role.DECIDER, Role.FUND_ADMINISTRATOR, Role.APPROVER, Role.PAYER, Role.AUDITOR)),
]
"""Awards are listed across offices, so not to caseworkers, who see their own office's claims."""


# ── rule sets ────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/programmes/{programme}/rule-sets", status_code=status.HTTP_201_CREATED, tags=["rules"])
def publish_rule_set(
    programme: ProgrammePath, *, body: RuleSetIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> RuleSetView:
    """Publish a version of a programme's rules, for ever; the same version with the same content again is safe."""
    published = service.publish_rule_set(
        session,
        programme=get_programme(session, programme),
        rules=body.rules,
        facts=body.facts,
        examples=body.examples,
        in_force_from=body.in_force_from,
        officer=officer,
        at=now,
    )
    return RuleSetView.of(published, queries.get_assessor(published).rule_set)


@router.get("/programmes/{programme}/rule-sets", tags=["rules"])
def list_rule_sets(
    programme: ProgrammePath, _officer: Officer, session: ReadSession, page: PageParams
) -> Page[RuleSetView]:
    """List the published rules of a programme, the oldest first."""
    found = get_programme(session, programme)
    rows = queries.list_rule_sets(session, found.id, after=page.after, limit=page.limit)
    return page_of(
        rows,
        limit=page.limit,
        key=lambda row: row.id,
        show=lambda row: RuleSetView.of(row, queries.get_assessor(row).rule_set),
    )


@router.get("/rule-sets/{rule_set_id}", tags=["rules"])
def get_rule_set(rule_set_id: RuleSetPath, _officer: Officer, session: ReadSession) -> RuleSetView:
    """Show a published rule set."""
    published = queries.get_rule_set(session, rule_set_id)
    return RuleSetView.of(published, queries.get_assessor(published).rule_set)


@router.get("/rule-sets/{rule_set_id}/files", tags=["rules"])
def get_rule_set_files(rule_set_id: RuleSetPath, _officer: Officer, session: ReadSession) -> RuleSetFiles:
    """Show the files a rule set was published from, byte for byte."""
    return RuleSetFiles.of(queries.get_rule_set(session, rule_set_id))


# ── assessments ──────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/assessments", tags=["assessments"])
def assess(body: AssessIn, officer: CaseworkerOrDecider, session: WriteSession, now: Now) -> AssessOut:
    """Assess claims by the rules in force on what is known now; send `next` as `after` until it is absent."""
    programme = get_programme(session, body.programme)
    if body.claim_ids is not None:
        for claim_id in body.claim_ids:
            get_claim(session, claim_id, office_id=office_scope(officer))
        done = service.assess_claims(session, programme=programme, claim_ids=body.claim_ids, officer=officer, at=now)
    else:
        done = service.assess_programme(
            session, programme=programme, after=body.after, limit=body.limit, officer=officer, at=now
        )
    return AssessOut.of(done)


@router.get("/assessments", tags=["assessments"])
def list_assessments(
    *,
    officer: Reader,
    session: ReadSession,
    page: PageParams,
    programme: ProgrammeQuery,
    outcome: AssessedOutcome | None = None,
    undecided: Annotated[bool, Query(description="Only claims that wait for a decision.")] = False,
) -> Page[AssessmentListed]:
    """List the current assessments of open claims: the work list."""
    rows = queries.list_worklist(
        session,
        programme_id=get_programme(session, programme).id,
        office_id=office_scope(officer),
        outcome=outcome,
        undecided_only=undecided,
        after=page.after,
        limit=page.limit,
    )
    return page_of(rows, limit=page.limit, key=lambda row: row[0].id, show=AssessmentListed.of)


@router.get("/claims/{claim_id}/assessment", tags=["assessments"])
def explain_assessment(claim_id: ClaimPath, officer: Reader, session: ReadSession) -> ExplanationView:
    """Explain the current assessment of a claim, criterion by criterion, with sources and what to ask.

    It is rebuilt from the rules and the facts it rests on, and compared with what was stored.
    """
    claim = get_claim(session, claim_id, office_id=office_scope(officer))
    assessment = queries.get_current_assessment(session, claim)
    rule_set, explanation = service.explain_assessment(session, assessment)
    return ExplanationView.of(assessment, rule_set, explanation)


# ── decisions ────────────────────────────────────────────────────────────────────────────────────────────────────────


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


@router.get("/claims/{claim_id}/decisions", tags=["decisions"])
def list_decisions_of_claim(claim_id: ClaimPath, officer: Reader, session: ReadSession) -> DecisionsOut:
    """List every decision on a claim, the first proposed first."""
    claim = get_claim(session, claim_id, office_id=office_scope(officer))
    views = queries.list_decisions_of(session, claim)
    return show_decisions(views, _rule_sets(session, views))


def _rule_sets(session: Session, views: Sequence[DecisionView]) -> dict[str, RuleSet]:
    ids = {view.assessment.rule_set_id for view in views}
    return {one: queries.get_assessor(queries.get_rule_set(session, one)).rule_set for one in sorted(ids)}


# ── awards ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/awards/individual", tags=["awards"])
def award_individuals(body: AwardIn, officer: FundAdministrator, session: WriteSession, now: Now) -> AwardingOut:
    """Make the awards that confirmed decisions owe, with their funding, obligations and instalments; each once."""
    programme = get_programme(session, body.programme)
    done = service.award_individuals(
        session, programme=programme, officer=officer, at=now, after=body.after, limit=body.limit
    )
    return AwardingOut.of(done, programme.currency)


@router.post("/awards/instalments", tags=["awards"])
def arrange_instalments(body: AwardIn, officer: FundAdministrator, session: WriteSession, now: Now) -> AwardingOut:
    """Part the awards that have no instalment yet: of somebody who died, once every heir is decided on."""
    programme = get_programme(session, body.programme)
    done = service.arrange_instalments(
        session, programme=programme, officer=officer, at=now, after=body.after, limit=body.limit
    )
    return AwardingOut.of(done, programme.currency)


@router.post("/programmes/{programme}/collective-awards", status_code=status.HTTP_201_CREATED, tags=["awards"])
def award_collectively(
    programme: ProgrammePath, *, body: CollectiveIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> list[AwardOut]:
    """Record the lines of a collective award, funded by the most restricted money that may pay for them."""
    found = get_programme(session, programme)
    lines = [
        CollectiveLine(
            code=line.code,
            title=line.title,
            amount=Money.parse(line.amount, found.currency),
            authority=line.citation,
            fund_code=line.fund_code,
        )
        for line in body.lines
    ]
    awards = service.award_collectively(session, programme=found, lines=lines, officer=officer, at=now)
    return [AwardOut.of(queries.get_award(session, award.id)) for award in awards]


@router.get("/awards", tags=["awards"])
def list_awards(
    _officer: AwardReader,
    session: ReadSession,
    page: PageParams,
    programme: ProgrammeQuery,
    form: AwardForm | None = None,
) -> Page[AwardOut]:
    """List awards."""
    rows = queries.list_awards(
        session,
        programme_id=get_programme(session, programme).id,
        form=form,
        after=page.after,
        limit=page.limit,
    )
    return page_of(rows, limit=page.limit, key=lambda row: row.award.id, show=AwardOut.of)


@router.get("/awards/{award_id}", tags=["awards"])
def get_award(award_id: AwardPath, _officer: AwardReader, session: ReadSession) -> AwardOut:
    """Show an award."""
    return AwardOut.of(queries.get_award(session, award_id))
