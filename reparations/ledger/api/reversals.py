"""Routes of what was recorded in error and is taken back."""

from __future__ import annotations

from fastapi import APIRouter, status

from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of
from reparations.ledger import queries, service
from reparations.ledger.api.roles import Administrator, reader
from reparations.ledger.schemas.reversals import NewReversal, ReversalId, ReversalView
from reparations.ledger.schemas.spending import NewApproval, Recorded

router = APIRouter(responses=PROBLEM_RESPONSES, tags=["funds"])


@router.post("/reversals", status_code=status.HTTP_201_CREATED)
def prepare_reversal(body: NewReversal, officer: Administrator, session: WriteSession, now: Now) -> Recorded:
    """Prepare taking back what was recorded in error, whole; another person approves it."""
    reversal = service.prepare_reversal(session, body.record_id, reason=body.reason, officer=officer, at=now)
    return Recorded(id=reversal.id)


@router.post("/reversals/{reversal_id}/approval", status_code=status.HTTP_201_CREATED)
def approve_reversal(
    reversal_id: ReversalId, *, body: NewApproval, officer: Administrator, session: WriteSession, now: Now
) -> Recorded:
    """Approve a reversal as the second person; the books are put right."""
    service.approve_reversal(session, reversal_id, reversed_on=body.occurred_on, officer=officer, at=now)
    return Recorded(id=reversal_id)


@router.get("/reversals", dependencies=[reader])
def list_reversals(session: ReadSession, page: PageParams) -> Page[ReversalView]:
    """List what was recorded in error, oldest first, with what has been taken back."""
    rows = queries.list_reversals(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, limit=page.limit, key=lambda row: row.reversal.id, show=ReversalView.of)
