"""Routes of exchange rates, exchange and revaluation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of
from reparations.ledger import queries, service
from reparations.ledger.api.roles import Administrator, reader
from reparations.ledger.schemas import FundId
from reparations.ledger.schemas.currencies import NewExchange, NewRate, NewRevaluation, RateView, StepView
from reparations.money import Money

router = APIRouter(responses=PROBLEM_RESPONSES)

CurrencyQuery = Annotated[str | None, Query(pattern="^[A-Z]{3}$")]


@router.post("/exchange-rates", status_code=status.HTTP_201_CREATED, tags=["currencies"])
def record_rate(body: NewRate, officer: Administrator, session: WriteSession, now: Now) -> RateView:
    """Record a published rate.  The same again gives the rate recorded first."""
    return RateView.of(
        service.record_rate(
            session,
            base=body.base,
            quote=body.quote,
            rate=body.rate,
            quoted_on=body.quoted_on,
            source=body.source,
            corrects_id=body.corrects_id,
            officer=officer,
            at=now,
        )
    )


@router.get("/exchange-rates", tags=["currencies"], dependencies=[reader])
def list_rates(  # noqa: PLR0917 FastAPI passes them by name
    session: ReadSession,
    page: PageParams,
    base: CurrencyQuery = None,
    quote: CurrencyQuery = None,
    current: Annotated[bool, Query(description="Leave out those that have been corrected.")] = False,  # noqa: FBT002 a query parameter
) -> Page[RateView]:
    """List rates in the order in which they were recorded."""
    rows = queries.list_rates(session, base=base, quote=quote, current=current, after=page.after, limit=page.limit + 1)
    return page_of(rows, limit=page.limit, key=lambda rate: rate.id, show=RateView.of)


@router.post("/funds/{fund_id}/exchanges", status_code=status.HTTP_201_CREATED, tags=["currencies"])
def exchange_money(  # noqa: PLR0917 FastAPI passes them by name
    fund_id: FundId, body: NewExchange, officer: Administrator, session: WriteSession, now: Now
) -> StepView:
    """Record an exchange by the bank's own amounts.  The same reference again gives the exchange recorded first."""
    return StepView.of(
        service.exchange_money(
            session,
            reference=body.reference,
            fund_id=fund_id,
            sold=Money.parse(body.sold.amount, body.sold.currency),
            bought=Money.parse(body.bought.amount, body.bought.currency),
            occurred_on=body.occurred_on,
            source=body.source,
            rate_id=body.rate_id,
            measured_in=body.measured_in,
            officer=officer,
            at=now,
        )
    )


@router.get("/funds/{fund_id}/exchanges", tags=["currencies"], dependencies=[reader])
def list_exchanges(fund_id: FundId, session: ReadSession, page: PageParams) -> Page[StepView]:
    """List a fund's exchanges and revaluations, with its positions after each."""
    queries.get_fund(session, fund_id)
    rows = queries.list_steps(session, fund_id, after=page.after, limit=page.limit + 1)
    return page_of(rows, limit=page.limit, key=lambda step: step.id, show=StepView.of)


@router.post("/funds/{fund_id}/revaluations", status_code=status.HTTP_201_CREATED, tags=["currencies"])
def revalue_position(  # noqa: PLR0917 FastAPI passes them by name
    fund_id: FundId, body: NewRevaluation, officer: Administrator, session: WriteSession, now: Now
) -> StepView:
    """Carry what a fund bought of a currency at a published rate."""
    return StepView.of(
        service.revalue_position(
            session,
            reference=body.reference,
            fund_id=fund_id,
            currency=body.currency,
            measured_in=body.measured_in,
            rate_id=body.rate_id,
            valued_on=body.valued_on,
            source=body.source,
            officer=officer,
            at=now,
        )
    )
