"""Routes of rounds.  They only translate."""

from __future__ import annotations

from fastapi import APIRouter, status
from sqlmodel import Session

from reparations.eligibility import service
from reparations.eligibility.api.roles import AwardReader, FundAdministrator
from reparations.eligibility.models import PaymentRound
from reparations.eligibility.queries.rounds import (
    get_progress,
    get_round,
    list_round_funds,
    list_round_lines,
    list_rounds,
    sum_obligations,
)
from reparations.eligibility.schemas import AwardingOut, ProgrammePath
from reparations.eligibility.schemas.rounds import (
    ArrangeIn,
    CarriedOutOut,
    ObligationsOut,
    PartIn,
    RoundIn,
    RoundLineOut,
    RoundNumber,
    RoundOut,
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
from reparations.registry.queries import get_programme

router = APIRouter(responses=PROBLEM_RESPONSES)

MAX_DIGITS = 9
"""Of the position of a line."""


def _show(session: Session, row: PaymentRound) -> RoundOut:
    return RoundOut.of(row, list_round_funds(session, [row.id])[row.id], get_progress(session, row))


@router.post("/programmes/{programme}/rounds", status_code=status.HTTP_201_CREATED, tags=["rounds"])
def propose_round(
    programme: ProgrammePath, *, body: RoundIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> RoundOut:
    """Compute a round over every claim that something is owed on, and propose it; somebody else confirms it."""
    found = get_programme(session, programme)
    new = service.resolve_round(session, found, body.read(found.currency, today=now.date()), on=now.date())
    return _show(session, service.propose_round(session, found, new, officer=officer, at=now))


@router.get("/programmes/{programme}/rounds", tags=["rounds"])
def list_programme_rounds(
    programme: ProgrammePath, _officer: AwardReader, session: ReadSession, page: PageParams
) -> Page[RoundOut]:
    """List the rounds of a programme, the first proposed first."""
    found = get_programme(session, programme)
    rows = list_rounds(session, found.id, after=page.after, limit=page.limit)
    funds = list_round_funds(session, [row.id for row in rows])
    return page_of(rows, limit=page.limit, key=lambda row: row.id, show=lambda row: RoundOut.of(row, funds[row.id]))


@router.get("/programmes/{programme}/rounds/{number}", tags=["rounds"])
def show_round(programme: ProgrammePath, number: RoundNumber, _officer: AwardReader, session: ReadSession) -> RoundOut:
    """Show a round and how far it has come."""
    return _show(session, get_round(session, get_programme(session, programme).id, number))


@router.get("/programmes/{programme}/rounds/{number}/lines", tags=["rounds"])
def list_lines(
    programme: ProgrammePath, number: RoundNumber, _officer: AwardReader, session: ReadSession, page: PageParams
) -> Page[RoundLineOut]:
    """List what a round gives each claim, and why; `after` is the position of the last line of the page before."""
    row = get_round(session, get_programme(session, programme).id, number)
    after = int(page.after) if page.after and page.after.isdecimal() and len(page.after) <= MAX_DIGITS else 0
    views = list_round_lines(session, row.id, after=after, limit=page.limit)
    return page_of(
        views,
        limit=page.limit,
        key=lambda view: str(view.line.position),
        show=lambda view: RoundLineOut.of(view, row),
    )


@router.post("/programmes/{programme}/rounds/{number}/confirmation", tags=["rounds"])
def confirm_round(
    programme: ProgrammePath, *, number: RoundNumber, officer: FundAdministrator, session: WriteSession, now: Now
) -> RoundOut:
    """Confirm a round that somebody else proposed, if nothing it was computed from has changed; its money is held."""
    found = get_programme(session, programme)
    return _show(session, service.confirm_round(session, found, number, officer=officer, at=now))


@router.post("/programmes/{programme}/rounds/{number}/withdrawal", tags=["rounds"])
def withdraw_round(
    programme: ProgrammePath, *, number: RoundNumber, officer: FundAdministrator, session: WriteSession, now: Now
) -> RoundOut:
    """Withdraw a round that nobody has confirmed."""
    found = get_programme(session, programme)
    return _show(session, service.withdraw_round(session, found, number, officer=officer, at=now))


@router.post("/programmes/{programme}/rounds/{number}/parts", tags=["rounds"])
def carry_out_round(
    programme: ProgrammePath,
    *,
    number: RoundNumber,
    body: PartIn,
    officer: FundAdministrator,
    session: WriteSession,
    now: Now,
) -> CarriedOutOut:
    """Carry out the next lines of a confirmed round: awards, funding, books, instalments; until it is completed."""
    found = get_programme(session, programme)
    done = service.carry_out_round(session, found, number, officer=officer, at=now, limit=body.limit)
    return CarriedOutOut.of(done)


@router.post("/programmes/{programme}/round-instalments", tags=["rounds"])
def arrange_round_parts(
    programme: ProgrammePath, *, body: ArrangeIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> AwardingOut:
    """Part what rounds have funded and nobody was to get yet, because heirs were undecided."""
    found = get_programme(session, programme)
    done = service.arrange_round_parts(
        session, programme=found, officer=officer, at=now, after=body.after, limit=body.limit
    )
    return AwardingOut.of(done, found.currency)


@router.get("/programmes/{programme}/obligations", tags=["rounds"])
def show_obligations(programme: ProgrammePath, _officer: AwardReader, session: ReadSession) -> ObligationsOut:
    """Show what a programme owes on individual awards, and how much of it no fund covers yet."""
    found = get_programme(session, programme)
    return ObligationsOut.of(sum_obligations(session, found.id), found.currency)
