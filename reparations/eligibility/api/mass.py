"""Routes of mass decisions.  They only translate."""

from __future__ import annotations

from fastapi import APIRouter, status

from reparations.eligibility import queries, service
from reparations.eligibility.api.roles import Decider, Reader
from reparations.eligibility.models import AssessedOutcome
from reparations.eligibility.schemas import (
    FindingsIn,
    MassIn,
    MassOut,
    MassPath,
    MassReturnIn,
    ProgrammeQuery,
    SampledOut,
)
from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of
from reparations.registry.queries import get_programme

router = APIRouter(responses=PROBLEM_RESPONSES, prefix="/mass-decisions", tags=["mass decisions"])


@router.post("", status_code=status.HTTP_201_CREATED)
def propose_mass_decision(body: MassIn, officer: Decider, session: WriteSession, now: Now) -> MassOut:
    """Propose what the rules found on up to 10,000 like claims, and draw the sample others review."""
    mass = service.propose_mass_decision(
        session,
        get_programme(session, body.programme),
        outcome=AssessedOutcome(body.outcome),
        reasons=body.reasons,
        limit=body.limit,
        officer=officer,
        at=now,
    )
    return MassOut.of(mass)


@router.get("")
def list_mass_decisions(
    _officer: Reader, session: ReadSession, page: PageParams, programme: ProgrammeQuery
) -> Page[MassOut]:
    """List mass decisions with their error rates."""
    found = get_programme(session, programme)
    rows = queries.list_mass_decisions(session, programme_id=found.id, after=page.after, limit=page.limit)
    return page_of(rows, limit=page.limit, key=lambda row: row.id, show=MassOut.of)


@router.get("/{mass_id}")
def get_mass_decision(mass_id: MassPath, _officer: Reader, session: ReadSession) -> MassOut:
    """Show a mass decision with the error rate of its sample."""
    return MassOut.of(queries.get_mass_decision(session, mass_id))


@router.get("/{mass_id}/sample")
def list_sample(mass_id: MassPath, _officer: Decider, session: ReadSession) -> list[SampledOut]:
    """List the sample with what was found; it is never longer than the policy makes it."""
    mass = queries.get_mass_decision(session, mass_id)
    return [SampledOut.of(row) for row in queries.list_members(session, mass.id, sampled_only=True)]


@router.post("/{mass_id}/findings")
def review_sample(mass_id: MassPath, *, body: FindingsIn, officer: Decider, session: WriteSession, now: Now) -> MassOut:
    """Write down what the review of sampled decisions found, each once."""
    findings = {one.decision_id: one.finding for one in body.findings}
    return MassOut.of(service.review_sample(session, mass_id, findings=findings, officer=officer, at=now))


@router.post("/{mass_id}/confirmation")
def confirm_mass_decision(mass_id: MassPath, officer: Decider, session: WriteSession, now: Now) -> MassOut:
    """Confirm a mass decision whose sample keeps within the tolerance."""
    return MassOut.of(service.confirm_mass_decision(session, mass_id, officer=officer, at=now))


@router.post("/{mass_id}/return")
def return_mass_decision(
    mass_id: MassPath, *, body: MassReturnIn, officer: Decider, session: WriteSession, now: Now
) -> MassOut:
    """Send a mass decision back as a whole."""
    return MassOut.of(service.return_mass_decision(session, mass_id, reason=body.reason, officer=officer, at=now))
