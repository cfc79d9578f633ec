"""Simulations as they are asked for and shown."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import Path
from pydantic import Field

from reparations.eligibility.models import Simulation, SimulationPart, SimulationResult
from reparations.eligibility.schemas.comparisons import SaidView
from reparations.eligibility.schemas.fields import ULID
from reparations.eligibility.service import MAX_SIMULATED, WouldChange
from reparations.http import Body

SimulationPath = Annotated[str, Path(pattern=rf"^sim_{ULID}$", description="Id of a simulation.")]
OtherSimulationPath = Annotated[str, Path(pattern=rf"^sim_{ULID}$", description="Id of another simulation.")]


class PartIn(Body):
    """How many claims to go on with."""

    limit: int = Field(default=2_000, ge=1, le=MAX_SIMULATED)


class ChangesIn(Body):
    """Which part to read."""

    part: int = Field(default=1, ge=1, le=1_000_000_000, description="Number of the part; read them one by one.")


class SimulationOut(Body):
    """A simulation and how far it is."""

    id: str
    base_sha256: str = Field(description="Identity of the rules held against the draft.")
    draft_sha256: str
    started_at: datetime
    parts: int = Field(description="Parts computed so far.")
    finished: bool

    @classmethod
    def of(cls, simulation: Simulation, part: SimulationPart | None) -> Self:
        """Show a simulation."""
        return cls(
            id=simulation.id,
            base_sha256=simulation.base_sha256,
            draft_sha256=simulation.draft_sha256,
            started_at=simulation.started_at,
            parts=part.number if part else 0,
            finished=part is not None and part.last_claim_id is None,
        )


class ResultOut(Body):
    """The answer of a finished simulation."""

    id: str
    input_sha256: str = Field(description="The same claims with the same facts give the same.")
    shown_sha256: str
    finished_at: datetime
    shown: dict[str, Any] = Field(description="Schema reparations/simulation/1; docs/simulation.md explains it.")

    @classmethod
    def of(cls, result: SimulationResult) -> Self:
        """Show an answer."""
        return cls(
            id=result.simulation_id,
            input_sha256=result.input_sha256,
            shown_sha256=result.shown_sha256,
            finished_at=result.finished_at,
            shown=json.loads(result.shown),
        )


class SimulationsOut(Body):
    """Two answers side by side."""

    same_input: bool = Field(description="Whether both looked at the same claims with the same facts.")
    first: ResultOut
    second: ResultOut

    @classmethod
    def of(cls, first: SimulationResult, second: SimulationResult) -> Self:
        """Show both."""
        return cls(
            same_input=first.input_sha256 == second.input_sha256,
            first=ResultOut.of(first),
            second=ResultOut.of(second),
        )


class WouldChangeOut(Body):
    """A claim that would come out otherwise."""

    reference: str
    before: SaidView
    after: SaidView

    @classmethod
    def of(cls, one: WouldChange, currency: str) -> Self:
        """Show one."""
        return cls(
            reference=one.reference, before=SaidView.of(one.before, currency), after=SaidView.of(one.after, currency)
        )


class ChangesOut(Body):
    """The claims of a part that would come out otherwise."""

    event_seq: int = Field(description="Number of the event that says you looked.")
    changed: list[WouldChangeOut]
