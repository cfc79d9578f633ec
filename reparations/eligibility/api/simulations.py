"""Routes of simulations.  They only translate."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, status

from reparations.eligibility import queries, service
from reparations.eligibility.api.roles import Decider
from reparations.eligibility.schemas import (
    ChangesIn,
    ChangesOut,
    OtherSimulationPath,
    PartIn,
    ProgrammePath,
    ResultOut,
    SimulationOut,
    SimulationPath,
    SimulationsOut,
    VersionsIn,
    WouldChangeOut,
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
    requires,
)
from reparations.principal import Principal, Role
from reparations.registry.queries import get_programme

router = APIRouter(responses=PROBLEM_RESPONSES, tags=["simulations"])

Simulates = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR, Role.DECIDER))]
Sees = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR, Role.DECIDER, Role.AUDITOR))]


@router.post("/programmes/{programme}/simulations", status_code=status.HTTP_201_CREATED)
def start_simulation(
    programme: ProgrammePath, *, body: VersionsIn, officer: Simulates, session: WriteSession, now: Now
) -> SimulationOut:
    """Ask what other rules would do to the claims of a programme; go on with `…/parts` until it is finished."""
    if body.draft is not None:
        rules, facts = body.draft.rules, body.draft.facts
    else:
        other = queries.get_rule_set(session, str(body.other))
        rules, facts = other.source, other.facts_schema
    simulation = service.start_simulation(
        session,
        programme=get_programme(session, programme),
        base_rule_set_id=body.base,
        draft_rules=rules,
        draft_facts=facts,
        officer=officer,
        at=now,
    )
    return SimulationOut.of(simulation, None)


@router.post("/simulations/{simulation_id}/parts", status_code=status.HTTP_201_CREATED)
def compute_part(
    simulation_id: SimulationPath, *, body: PartIn, officer: Simulates, session: WriteSession, now: Now
) -> SimulationOut:
    """Judge the next claims.  What was judged stays, so a run that was broken off goes on where it stopped."""
    part = service.compute_part(session, simulation_id, limit=body.limit, officer=officer, at=now)
    return SimulationOut.of(queries.get_simulation(session, simulation_id), part)


@router.get("/programmes/{programme}/simulations")
def list_simulations(
    programme: ProgrammePath, _officer: Sees, session: ReadSession, page: PageParams
) -> Page[SimulationOut]:
    """List the simulations of a programme, finished or not."""
    found = get_programme(session, programme)
    rows = queries.list_simulations(session, found.id, after=page.after, limit=page.limit)
    return page_of(
        rows,
        limit=page.limit,
        key=lambda row: row.id,
        show=lambda row: SimulationOut.of(row, queries.find_last_part(session, row.id)),
    )


@router.get("/simulations/{simulation_id}")
def get_simulation(simulation_id: SimulationPath, _officer: Sees, session: ReadSession) -> ResultOut:
    """Show the answer: small counts are left out, the others are moved a little."""
    queries.get_simulation(session, simulation_id)
    return ResultOut.of(queries.get_result(session, simulation_id))


@router.get("/simulations/{simulation_id}/beside/{other_id}")
def compare_simulations(
    simulation_id: SimulationPath, other_id: OtherSimulationPath, _officer: Sees, session: ReadSession
) -> SimulationsOut:
    """Show two answers side by side."""
    for one in (simulation_id, other_id):
        queries.get_simulation(session, one)
    return SimulationsOut.of(queries.get_result(session, simulation_id), queries.get_result(session, other_id))


@router.post("/simulations/{simulation_id}/changes")
def open_changes(
    simulation_id: SimulationPath, *, body: ChangesIn, officer: Decider, database: DatabaseItself, now: Now
) -> ChangesOut:
    """Read which claims of a part would come out otherwise.  That you did is on record before you see them."""
    with database.transaction() as session:
        event_seq = service.log_changes_opening(session, simulation_id, officer=officer, at=now)
    with database.reading() as session:
        currency = queries.get_simulation(session, simulation_id).currency
        changed = service.open_changes(session, simulation_id, body.part)
    return ChangesOut(event_seq=event_seq, changed=[WouldChangeOut.of(one, currency) for one in changed])
