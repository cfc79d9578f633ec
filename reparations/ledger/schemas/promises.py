"""Bodies of requests and answers about what belongs to pledges."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from reparations.http import Body
from reparations.ledger.models import ConditionOutcome, ConditionResolution, PledgeCondition, ReductionKind
from reparations.ledger.queries import DuePledge, PledgeStanding
from reparations.ledger.rules import AgeBand
from reparations.ledger.schemas.values import PRINTABLE, ULID, Amount, Citation, MoneyView, Reference

PledgeId = Annotated[str, Path(pattern=f"^plg_{ULID}$", description="Id of a pledge.")]
ConditionId = Annotated[str, Path(pattern=f"^pcd_{ULID}$", description="Id of a condition.")]
OfFund = Annotated[str | None, Query(pattern=f"^fnd_{ULID}$", description="Only of this fund; by default of all.")]
OnDay = Annotated[date | None, Query(description="The day it is looked at; by default today.")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=PRINTABLE)]


class PartBody(Body):
    """A part of a pledge, in the pledge's currency."""

    due_on: date
    amount: Amount


class ConditionBody(Body):
    """Something a donor makes his pledge depend on."""

    text: Words
    citation: Citation


class ConditionView(Body):
    """A condition, and how it ended; `state` is ``open``, ``met`` or ``waived``."""

    id: str
    text: str
    citation: str
    state: str
    authority: str | None
    resolved_on: date | None

    @classmethod
    def of(cls, condition: PledgeCondition, resolution: ConditionResolution | None) -> Self:
        """Show a condition."""
        return cls(
            id=condition.id,
            text=condition.text,
            citation=condition.citation,
            state=resolution.outcome if resolution else "open",
            authority=resolution.authority if resolution else None,
            resolved_on=resolution.resolved_on if resolution else None,
        )


class NewResolution(Body):
    """That a condition is met, or who waived it."""

    outcome: ConditionOutcome
    authority: Citation
    resolved_on: date


class NewReduction(Body):
    """What a pledge is worth less: by an amount, or by all that is open if it is cancelled or refused."""

    reference: Reference
    kind: ReductionKind
    amount: Amount | None = Field(default=None, description="Of a reduction only.")
    condition_id: Annotated[str | None, Field(pattern=f"^pcd_{ULID}$")] = Field(
        default=None, description="The condition for which the fund refuses the pledge."
    )
    reason: Words
    citation: Citation
    decided_on: date


class StandingView(Body):
    """A pledge with its parts, its conditions, and what has become of it."""

    id: str
    reference: str
    donor_id: str
    fund_id: str
    pledged: MoneyView
    received: MoneyView
    reduced: MoneyView
    open: MoneyView
    schedule: list[PartBody]
    conditions: list[ConditionView]
    refused: bool

    @classmethod
    def of(cls, standing: PledgeStanding) -> Self:
        """Show a pledge."""
        return cls(
            id=standing.pledge.id,
            reference=standing.pledge.reference,
            donor_id=standing.pledge.donor_id,
            fund_id=standing.pledge.fund_id,
            pledged=MoneyView.of(standing.received + standing.reduced + standing.still_open),
            received=MoneyView.of(standing.received),
            reduced=MoneyView.of(standing.reduced),
            open=MoneyView.of(standing.still_open),
            schedule=[PartBody(due_on=part.due_on, amount=part.amount.decimal_string) for part in standing.parts],
            conditions=[ConditionView.of(*pair) for pair in standing.conditions],
            refused=any(row.kind == ReductionKind.REFUSED for row in standing.reductions),
        )


class DueView(Body):
    """What is still expected of a part of a pledge, and how long it has been due."""

    pledge: str
    donor: str
    fund: str
    part: int
    due_on: date
    amount: MoneyView
    age: AgeBand
    conditional: bool

    @classmethod
    def of(cls, due: DuePledge) -> Self:
        """Show it."""
        return cls(
            pledge=due.reference,
            donor=due.donor_code,
            fund=due.fund_code,
            part=due.number,
            due_on=due.due_on,
            amount=MoneyView.of(due.amount),
            age=due.band,
            conditional=due.conditional,
        )
