"""Routes that follow money: from a gift to payments, and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from reparations.http import PROBLEM_RESPONSES, PageParams, ReportSession, requires
from reparations.principal import Role
from reparations.reports.tracing.payments import trace_payment
from reparations.reports.tracing.queries import trace_contribution, trace_pledge
from reparations.reports.tracing.schemas import GiftTraceView, PaymentTraceView

_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
_reader = Depends(requires(Role.AUDITOR, Role.FUND_ADMINISTRATOR))

router = APIRouter(prefix="/trace", tags=["ledger"], responses=PROBLEM_RESPONSES, dependencies=[_reader])


@router.get("/pledges/{pledge_id}")
def follow_pledge(
    pledge_id: Annotated[str, Path(pattern=f"^plg_{_ULID}$", description="Id of a pledge.")],
    session: ReportSession,
    page: PageParams,
) -> GiftTraceView:
    """What was received against a pledge, and the awards and payments it paid for."""
    trace = trace_pledge(session, pledge_id, after=page.after, limit=page.limit + 1)
    return GiftTraceView.of(trace, limit=page.limit)


@router.get("/contributions/{contribution_id}")
def follow_contribution(
    contribution_id: Annotated[str, Path(pattern=f"^ctb_{_ULID}$", description="Id of a receipt.")],
    session: ReportSession,
    page: PageParams,
) -> GiftTraceView:
    """The awards and payments one receipt paid for."""
    trace = trace_contribution(session, contribution_id, after=page.after, limit=page.limit + 1)
    return GiftTraceView.of(trace, limit=page.limit)


@router.get("/payments/{payment_id}")
def follow_payment(
    payment_id: Annotated[str, Path(pattern=f"^pay_{_ULID}$", description="Id of a payment.")], session: ReportSession
) -> PaymentTraceView:
    """The receipts and pledges a payment came from, and the decision, rules and evidence behind it."""
    return PaymentTraceView.of(trace_payment(session, payment_id))
