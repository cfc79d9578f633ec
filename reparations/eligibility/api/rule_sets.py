"""Routes of rule sets and assessments.  They only translate."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from reparations.eligibility import queries, service
from reparations.eligibility.api.roles import CaseworkerOrDecider, FundAdministrator, Reader
from reparations.eligibility.models import AssessedOutcome
from reparations.eligibility.schemas import (
    AssessIn,
    AssessmentListed,
    AssessOut,
    ClaimPath,
    ExplanationView,
    ProgrammePath,
    ProgrammeQuery,
    RuleSetFiles,
    RuleSetIn,
    RuleSetPath,
    RuleSetView,
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
)
from reparations.registry.queries import get_claim, get_programme
from reparations.registry.rules.registration import office_scope

router = APIRouter(responses=PROBLEM_RESPONSES)


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
