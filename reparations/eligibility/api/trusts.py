"""Routes of minors' money in trust.  They only translate."""

from __future__ import annotations

from fastapi import APIRouter, status

from reparations.eligibility import queries, service
from reparations.eligibility.api.roles import AwardReader, FundAdministrator
from reparations.eligibility.schemas import ProgrammeQuery
from reparations.eligibility.schemas.trusts import (
    EarlyReleaseIn,
    HeldOut,
    InstalmentPath,
    ReleasedOut,
    ReleaseIn,
    TrustReleaseOut,
    TrustRequestOut,
    TrustRequestPath,
)
from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of
from reparations.registry.queries import get_programme

router = APIRouter(responses=PROBLEM_RESPONSES, tags=["awards"])


@router.get("/trusts")
def list_trusts(
    _officer: AwardReader, session: ReadSession, page: PageParams, programme: ProgrammeQuery
) -> Page[HeldOut]:
    """List what is held in trust for minors."""
    rows = queries.list_held(session, get_programme(session, programme).id, after=page.after, limit=page.limit)
    return page_of(rows, limit=page.limit, key=lambda row: row.instalment.id, show=HeldOut.of)


@router.post("/trusts/releases")
def release_of_age(body: ReleaseIn, officer: FundAdministrator, session: WriteSession, now: Now) -> ReleasedOut:
    """Release what is held of those who are of age by now; asking again releases nothing twice."""
    programme = get_programme(session, body.programme)
    done = service.release_of_age(
        session, programme=programme, officer=officer, at=now, after=body.after, limit=body.limit
    )
    return ReleasedOut.of(done)


@router.post("/trusts/{instalment_id}/requests", status_code=status.HTTP_201_CREATED)
def request_release(
    instalment_id: InstalmentPath, *, body: EarlyReleaseIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> TrustRequestOut:
    """Prepare releasing an instalment early, by the authority of a court or guardian; another person approves it."""
    row = service.request_release(session, instalment_id, authority=body.authority, officer=officer, at=now)
    return TrustRequestOut.of(row)


@router.post("/trust-requests/{request_id}/approval")
def approve_release(
    request_id: TrustRequestPath, officer: FundAdministrator, session: WriteSession, now: Now
) -> TrustReleaseOut:
    """Approve an early release as the second person."""
    return TrustReleaseOut.of(service.approve_release(session, request_id, officer=officer, at=now))
