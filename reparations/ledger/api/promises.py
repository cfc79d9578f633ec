"""Routes of what belongs to pledges: schedules, conditions, refusals, what is due."""

from __future__ import annotations

from fastapi import APIRouter, status

from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of
from reparations.ledger import queries, service
from reparations.ledger.api.roles import Administrator, reader
from reparations.ledger.schemas.promises import (
    ConditionId,
    DueView,
    NewReduction,
    NewResolution,
    OfFund,
    OnDay,
    PledgeId,
    StandingView,
)
from reparations.ledger.schemas.spending import Recorded
from reparations.money import Money

router = APIRouter(responses=PROBLEM_RESPONSES, tags=["funds"])


@router.get("/pledges", dependencies=[reader])
def list_pledges(session: ReadSession, page: PageParams, fund_id: OfFund = None) -> Page[StandingView]:
    """List pledges by reference, with their parts, their conditions, and what has become of them."""
    rows = queries.list_pledges(session, fund_id=fund_id, after=page.after, limit=page.limit + 1)
    return page_of(rows, limit=page.limit, key=lambda row: row.pledge.reference, show=StandingView.of)


@router.get("/receivables", dependencies=[reader])
def list_receivables(session: ReadSession, now: Now, as_of: OnDay = None, fund_id: OfFund = None) -> list[DueView]:
    """What is still expected of pledges, part by part, with how long it has been due."""
    due = queries.list_ageing(session, as_of=as_of or now.date(), fund_id=fund_id)
    return [DueView.of(part) for part in due]


@router.post("/conditions/{condition_id}/resolution", status_code=status.HTTP_201_CREATED)
def resolve_condition(
    condition_id: ConditionId, *, body: NewResolution, officer: Administrator, session: WriteSession, now: Now
) -> Recorded:
    """Record that a condition of a pledge is met, or who waived it."""
    resolution = service.resolve_condition(
        session,
        condition_id,
        outcome=body.outcome,
        authority=body.authority,
        resolved_on=body.resolved_on,
        officer=officer,
        at=now,
    )
    return Recorded(id=resolution.condition_id)


@router.post("/pledges/{pledge_id}/reductions", status_code=status.HTTP_201_CREATED)
def reduce_pledge(
    pledge_id: PledgeId, *, body: NewReduction, officer: Administrator, session: WriteSession, now: Now
) -> Recorded:
    """Reduce or cancel a pledge, or refuse it as a whole or for a condition; what is taken off is not receivable."""
    currency = queries.get_pledge(session, pledge_id).currency
    reduction = service.reduce_pledge(
        session,
        pledge_id,
        reference=body.reference,
        kind=body.kind,
        amount=None if body.amount is None else Money.parse(body.amount, currency),
        condition_id=body.condition_id,
        reason=body.reason,
        citation=body.citation,
        decided_on=body.decided_on,
        officer=officer,
        at=now,
    )
    return Recorded(id=reduction.id)
