"""Routes of deciding policies and recusals.  They only translate."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from reparations.eligibility import queries, service
from reparations.eligibility.api.roles import Decider, FundAdministrator, Reader
from reparations.eligibility.schemas import PolicyIn, PolicyOut, ProgrammePath, RecusalIn, RecusalOut
from reparations.http import PROBLEM_RESPONSES, Now, Officer, Page, PageParams, ReadSession, WriteSession, page_of
from reparations.principal import Role
from reparations.registry.queries import get_programme

router = APIRouter(responses=PROBLEM_RESPONSES)

_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
PolicyPath = Annotated[str, Path(pattern=rf"^pol_{_ULID}$", description="Id of a deciding policy.")]
RecusalPath = Annotated[str, Path(pattern=rf"^rec_{_ULID}$", description="Id of a recusal.")]


@router.post("/programmes/{programme}/deciding-policies", status_code=status.HTTP_201_CREATED, tags=["policies"])
def propose_policy(
    programme: ProgrammePath, *, body: PolicyIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> PolicyOut:
    """Propose what the programme asks of its decisions beyond two persons; somebody else publishes it."""
    found = get_programme(session, programme)
    policy = service.propose_policy(session, found, body.read(found.currency), officer=officer, at=now)
    instances = queries.list_instances(session, [policy.id])
    return PolicyOut.of(policy, instances, currency=found.currency, in_force=None)


@router.post("/deciding-policies/{policy_id}/publication", tags=["policies"])
def publish_policy(policy_id: PolicyPath, officer: FundAdministrator, session: WriteSession, now: Now) -> PolicyOut:
    """Publish a policy that somebody else proposed; it is never edited, a later one ends it."""
    policy = service.publish_policy(session, policy_id, officer=officer, at=now)
    programme = get_programme(session, policy.programme_id)
    instances = queries.list_instances(session, [policy.id])
    return PolicyOut.of(policy, instances, currency=programme.currency, in_force=None)


@router.get("/programmes/{programme}/deciding-policies", tags=["policies"])
def list_policies(
    programme: ProgrammePath, _officer: Officer, session: ReadSession, page: PageParams, now: Now
) -> Page[PolicyOut]:
    """List a programme's policies, the first proposed first."""
    found = get_programme(session, programme)
    rows = queries.list_policies(session, found.id, after=page.after, limit=page.limit)
    instances = queries.list_instances(session, [row.id for row in rows])
    in_force = queries.find_policy(session, found.id, on=now.date())
    return page_of(
        rows,
        limit=page.limit,
        key=lambda row: row.id,
        show=lambda row: PolicyOut.of(row, instances, currency=found.currency, in_force=in_force),
    )


@router.post("/recusals", status_code=status.HTTP_201_CREATED, tags=["recusals"])
def declare_recusal(body: RecusalIn, officer: Reader, session: WriteSession, now: Now) -> RecusalOut:
    """Declare that you keep away from a matter, or that somebody else has to, which a second person confirms."""
    recusal = service.declare_recusal(
        session,
        person_id=body.person_id or officer.person_id,
        claim_id=body.claim_id,
        party_id=body.party_id,
        case_id=body.case_id,
        reason=body.reason,
        officer=officer,
        at=now,
    )
    return RecusalOut.of(recusal)


@router.post("/recusals/{recusal_id}/second", tags=["recusals"])
def second_recusal(recusal_id: RecusalPath, officer: Decider, session: WriteSession, now: Now) -> RecusalOut:
    """Second what another declared of a third."""
    return RecusalOut.of(service.second_recusal(session, recusal_id, officer=officer, at=now))


@router.get("/recusals", tags=["recusals"])
def list_recusals(
    *,
    officer: Reader,
    session: ReadSession,
    page: PageParams,
    mine: Annotated[bool, Query(description="Only your own.")] = False,
) -> Page[RecusalOut]:
    """List recusals; a caseworker sees his own only."""
    sees_all = officer.has(Role.DECIDER, Role.AUDITOR, Role.FUND_ADMINISTRATOR)
    person_id = officer.person_id if mine or not sees_all else None
    rows = queries.list_recusals(session, person_id=person_id, after=page.after, limit=page.limit)
    return page_of(rows, limit=page.limit, key=lambda row: row.id, show=RecusalOut.of)
