"""Reading saved simulations."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from reparations.eligibility.errors import SimulationNotFound, SimulationNotOpen
from reparations.eligibility.models import Award, Simulation, SimulationPart, SimulationResult
from reparations.registry.queries.chunking import chunks


def get_simulation(session: Session, simulation_id: str) -> Simulation:
    """Return a simulation.

    Raises:
        SimulationNotFound: there is none.
    """
    found = session.get(Simulation, simulation_id)
    if found is None:
        raise SimulationNotFound(
            "There is no such simulation.", remedy="List them with GET /programmes/{code}/simulations."
        )
    return found


def list_simulations(session: Session, programme_id: str, *, after: str | None, limit: int) -> Sequence[Simulation]:
    """List the simulations of a programme by id, `limit` of them and one more if there is one."""
    wanted = select(Simulation).where(Simulation.programme_id == programme_id)
    wanted = wanted.order_by(col(Simulation.id)).limit(limit + 1)
    return session.exec(wanted.where(Simulation.id > after) if after else wanted).all()


def find_last_part(session: Session, simulation_id: str) -> SimulationPart | None:
    """Return the last part that was computed, if one was."""
    wanted = select(SimulationPart).where(SimulationPart.simulation_id == simulation_id)
    return session.exec(wanted.order_by(col(SimulationPart.number).desc()).limit(1)).one_or_none()


def get_part(session: Session, simulation_id: str, number: int) -> SimulationPart:
    """Return a part.

    Raises:
        SimulationNotFound: there is none of that number.
    """
    found = session.get(SimulationPart, (simulation_id, number))
    if found is None:
        raise SimulationNotFound("The simulation has no part of this number.", record=simulation_id)
    return found


def find_result(session: Session, simulation_id: str) -> SimulationResult | None:
    """Return the answer, if the simulation is finished."""
    return session.get(SimulationResult, simulation_id)


def get_result(session: Session, simulation_id: str) -> SimulationResult:
    """Return the answer.

    Raises:
        SimulationNotOpen: the simulation is not finished yet.
    """
    found = find_result(session, simulation_id)
    if found is None:
        raise SimulationNotOpen(
            "The simulation is not finished yet.",
            record=simulation_id,
            remedy="Go on with POST /simulations/{id}/parts, or `reparations eligibility simulate --resume`.",
        )
    return found


def find_awarded(session: Session, claim_ids: Collection[str]) -> set[str]:
    """Return those of the claims that have an award."""
    return {
        str(found)
        for chunk in chunks(claim_ids)
        for found in session.exec(select(Award.claim_id).where(col(Award.claim_id).in_(chunk)))
    }
