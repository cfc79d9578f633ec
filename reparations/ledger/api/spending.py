"""Routes of restrictions, costs, refunds, money between funds, and what is left."""

from __future__ import annotations

from fastapi import APIRouter, status

from reparations.http import PROBLEM_RESPONSES, Now, ReadSession, WriteSession
from reparations.ledger import queries, service
from reparations.ledger.api.roles import Administrator, reader
from reparations.ledger.rules import Restriction
from reparations.ledger.schemas import FundId
from reparations.ledger.schemas.promises import OnDay
from reparations.ledger.schemas.spending import (
    AttributionView,
    ExpiringView,
    InCurrency,
    MoveId,
    NewApproval,
    NewCeiling,
    NewCost,
    NewInterest,
    NewMove,
    NewOrder,
    NewRefund,
    NewRestriction,
    ObligationsView,
    OverheadView,
    ProgrammeId,
    Recorded,
    RefundId,
    RestrictionView,
    UnspentView,
    WithinDays,
)
from reparations.money import Money

router = APIRouter(responses=PROBLEM_RESPONSES, tags=["funds"])


@router.post("/funds/{fund_id}/restrictions", status_code=status.HTTP_201_CREATED)
def restrict_fund(
    fund_id: FundId, *, body: NewRestriction, officer: Administrator, session: WriteSession, now: Now
) -> RestrictionView:
    """Record a restriction of a fund's money.  The same again gives the restriction recorded first."""
    restriction = Restriction(
        kind=body.kind,
        value=body.value,
        usable_from=body.usable_from,
        usable_until=body.usable_until,
        share=None if body.share is None else (body.share[0], body.share[1]),
    )
    row = service.restrict_fund(
        session, fund_id, restriction=restriction, citation=body.citation, officer=officer, at=now
    )
    return RestrictionView.of(row)


@router.get("/funds/{fund_id}/restrictions", dependencies=[reader])
def list_restrictions(fund_id: FundId, session: ReadSession) -> list[RestrictionView]:
    """List the restrictions of a fund, each with its source."""
    fund = queries.get_fund(session, fund_id)
    return [RestrictionView.of(row) for row in queries.list_restrictions(session, [fund.id]).get(fund.id, [])]


@router.post("/funds/{fund_id}/overhead-ceilings", status_code=status.HTTP_201_CREATED)
def set_overhead_ceiling(
    fund_id: FundId, *, body: NewCeiling, officer: Administrator, session: WriteSession, now: Now
) -> Recorded:
    """Limit costs and fees of a fund to a share of all it received, from a day on.  The same again changes nothing."""
    row = service.set_overhead_ceiling(session, fund_id, **body.model_dump(), officer=officer, at=now)
    return Recorded(id=row.fund_id)


@router.post("/programmes/{programme_id}/funding-order", status_code=status.HTTP_201_CREATED)
def declare_order(
    programme_id: ProgrammeId, *, body: NewOrder, officer: Administrator, session: WriteSession, now: Now
) -> Recorded:
    """Declare the order in which a programme spends its funds; the same reference again changes nothing."""
    service.declare_order(
        session,
        programme_id,
        reference=body.reference,
        fund_ids=body.fund_ids,
        citation=body.citation,
        officer=officer,
        at=now,
    )
    return Recorded(id=programme_id)


@router.post("/interest", status_code=status.HTTP_201_CREATED)
def receive_interest(body: NewInterest, officer: Administrator, session: WriteSession, now: Now) -> Recorded:
    """Record what the bank paid for keeping a fund's money."""
    row = service.receive_interest(
        session,
        reference=body.reference,
        fund_id=body.fund_id,
        amount=Money.parse(body.amount, body.currency),
        received_on=body.received_on,
        officer=officer,
        at=now,
    )
    return Recorded(id=row.id)


@router.post("/costs", status_code=status.HTTP_201_CREATED)
def pay_cost(body: NewCost, officer: Administrator, session: WriteSession, now: Now) -> Recorded:
    """Record what running the programme cost a fund; refused above the fund's ceiling."""
    row = service.pay_cost(
        session,
        reference=body.reference,
        fund_id=body.fund_id,
        cost_class=body.cost_class,
        amount=Money.parse(body.amount, body.currency),
        incurred_on=body.incurred_on,
        citation=body.citation,
        officer=officer,
        at=now,
    )
    return Recorded(id=row.id)


@router.post("/refunds", status_code=status.HTTP_201_CREATED)
def prepare_refund(body: NewRefund, officer: Administrator, session: WriteSession, now: Now) -> Recorded:
    """Prepare giving unspent money back to its donor; another person approves it."""
    row = service.prepare_refund(
        session,
        reference=body.reference,
        contribution_id=body.contribution_id,
        amount=Money.parse(body.amount, body.currency),
        citation=body.citation,
        officer=officer,
        at=now,
    )
    return Recorded(id=row.id)


@router.post("/refunds/{refund_id}/approval", status_code=status.HTTP_201_CREATED)
def approve_refund(
    refund_id: RefundId, *, body: NewApproval, officer: Administrator, session: WriteSession, now: Now
) -> Recorded:
    """Approve a refund as the second person; the money leaves the fund."""
    service.approve_refund(session, refund_id, refunded_on=body.occurred_on, officer=officer, at=now)
    return Recorded(id=refund_id)


@router.post("/fund-moves", status_code=status.HTTP_201_CREATED)
def prepare_move(body: NewMove, officer: Administrator, session: WriteSession, now: Now) -> Recorded:
    """Prepare passing money to a fund at least as restricted; another person approves it."""
    row = service.prepare_move(
        session,
        reference=body.reference,
        from_fund_id=body.from_fund_id,
        to_fund_id=body.to_fund_id,
        amount=Money.parse(body.amount, body.currency),
        citation=body.citation,
        officer=officer,
        at=now,
    )
    return Recorded(id=row.id)


@router.post("/fund-moves/{move_id}/approval", status_code=status.HTTP_201_CREATED)
def approve_move(
    move_id: MoveId, *, body: NewApproval, officer: Administrator, session: WriteSession, now: Now
) -> Recorded:
    """Approve money between funds as the second person; both books move in one deed."""
    service.approve_move(session, move_id, moved_on=body.occurred_on, officer=officer, at=now)
    return Recorded(id=move_id)


@router.get("/funds/{fund_id}/overhead", dependencies=[reader])
def get_overhead(
    fund_id: FundId, session: ReadSession, now: Now, *, currency: InCurrency, as_of: OnDay = None
) -> OverheadView:
    """What running the programme cost a fund, by class, beside what reached victims."""
    return OverheadView.of(queries.get_overhead(session, fund_id, currency, as_of=as_of or now.date()))


@router.get("/funds/{fund_id}/unspent", dependencies=[reader])
def list_unspent(
    fund_id: FundId, session: ReadSession, now: Now, *, currency: InCurrency, as_of: OnDay = None
) -> list[UnspentView]:
    """What is left of each receipt of a fund, first in, first out, with its age."""
    fund = queries.get_fund(session, fund_id)
    return [
        UnspentView.of(gift) for gift in queries.list_unspent(session, fund.id, currency, as_of=as_of or now.date())
    ]


@router.get("/funds/{fund_id}/attribution", dependencies=[reader])
def list_attribution(
    fund_id: FundId, session: ReadSession, *, currency: InCurrency, as_of: OnDay = None
) -> list[AttributionView]:
    """Which receipts of a fund paid for which award, cost and fee, up to the end of a day or all in all."""
    fund = queries.get_fund(session, fund_id)
    return AttributionView.all_of(queries.list_attribution(session, fund.id, currency, as_of=as_of))


@router.get("/funds/{fund_id}/obligations", dependencies=[reader])
def list_obligations(fund_id: FundId, session: ReadSession) -> list[ObligationsView]:
    """What a fund has recognised, paid and still owes, in each of its currencies."""
    fund = queries.get_fund(session, fund_id)
    return [
        ObligationsView.of(queries.compute_identity(session, fund.id, currency))
        for currency in queries.list_books(session, [fund.id])[fund.id]
    ]


@router.get("/expiring-money", dependencies=[reader])
def list_expiring(
    session: ReadSession, now: Now, as_of: OnDay = None, within_days: WithinDays = 90
) -> list[ExpiringView]:
    """Uncommitted money that may not be awarded any more in so many days, or already; soonest first."""
    found = queries.list_expiring(session, as_of=as_of or now.date(), within_days=within_days)
    return [ExpiringView.of(row) for row in found]
