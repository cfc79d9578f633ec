"""Routes of awards.  They only translate."""

from __future__ import annotations

from fastapi import APIRouter, status

from reparations.eligibility import queries, service
from reparations.eligibility.api.roles import AwardReader, Decider, FundAdministrator
from reparations.eligibility.models import AwardForm
from reparations.eligibility.rules import CollectiveLine
from reparations.eligibility.schemas import (
    AwardIn,
    AwardingOut,
    AwardOut,
    AwardPath,
    ClaimPath,
    CollectiveIn,
    PersonOut,
    PersonsIn,
    ProgrammePath,
    ProgrammeQuery,
)
from reparations.http import (
    PROBLEM_RESPONSES,
    Now,
    Page,
    PageParams,
    ReadSession,
    WriteSession,
    page_of,
)
from reparations.money import Money
from reparations.registry.queries import get_programme

router = APIRouter(responses=PROBLEM_RESPONSES)


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


@router.post("/claims/{claim_id}/persons", tags=["awards"])
def name_persons(
    claim_id: ClaimPath, *, body: PersonsIn, officer: Decider, session: WriteSession, now: Now
) -> list[PersonOut]:
    """Say which heir's claim is that of which person in the list the award of somebody who died is divided among."""
    persons = [(person.position, person.claim_id) for person in body.persons]
    rows = service.name_persons(session, claim_id, persons=persons, officer=officer, at=now)
    return [PersonOut.of(row) for row in rows]


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
