"""Routes of funds: what they may pay for, and where their money is."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, status
from sqlmodel import Session

from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of
from reparations.ledger import queries, service
from reparations.ledger.api.roles import Administrator, reader
from reparations.ledger.models import Fund
from reparations.ledger.schemas import (
    AccountView,
    AsOf,
    BalancesAsOfView,
    BalancesView,
    BookView,
    FundId,
    FundView,
    IdentityView,
    KnownAt,
    NewFund,
)

router = APIRouter(responses=PROBLEM_RESPONSES)


@router.post("/funds", status_code=status.HTTP_201_CREATED, tags=["funds"])
def open_fund(body: NewFund, officer: Administrator, session: WriteSession, now: Now) -> FundView:
    """Open a fund, with empty books in each of its currencies.  The same again gives the fund opened first."""
    fund = service.open_fund(
        session,
        code=body.code,
        title=body.title,
        forms=[service.FormGrant(form.form, form.citation) for form in body.forms],
        currencies=body.currencies,
        programme_id=body.programme_id,
        officer=officer,
        at=now,
    )
    return _show_funds(session, [fund])[0]


@router.get("/funds", tags=["funds"], dependencies=[reader])
def list_funds(session: ReadSession, page: PageParams) -> Page[FundView]:
    """List the funds by code."""
    rows = queries.list_funds(session, after=page.after, limit=page.limit + 1)
    shown = {view.id: view for view in _show_funds(session, rows)}
    return page_of(rows, limit=page.limit, key=lambda fund: fund.code, show=lambda fund: shown[fund.id])


@router.get("/funds/{fund_id}/balances", tags=["funds"], dependencies=[reader])
def get_balances(fund_id: FundId, session: ReadSession) -> BalancesView:
    """Where a fund's money is, account by account, and whether that is all of it."""
    fund = queries.get_fund(session, fund_id)
    accounts = queries.list_balances(session, fund_id)
    return BalancesView(
        fund_id=fund.id,
        code=fund.code,
        books=[
            BookView(
                currency=currency,
                accounts=[AccountView.of(account) for account in accounts if account.currency == currency],
                identity=IdentityView.of(queries.compute_identity(session, fund_id, currency)),
            )
            for currency in sorted({account.currency for account in accounts})
        ],
    )


@router.get("/funds/{fund_id}/balances/as-of", tags=["funds"], dependencies=[reader])
def get_balances_as_of(
    fund_id: FundId, session: ReadSession, as_of: AsOf = None, known_at: KnownAt = None
) -> BalancesAsOfView:
    """A fund's accounts as of a day, as the books knew them at a moment; both at once, either, or now."""
    fund = queries.get_fund(session, fund_id)
    accounts = queries.list_balances_as_of(session, fund_id, as_of=as_of, known_at=known_at)
    return BalancesAsOfView.of(fund, accounts, as_of=as_of, known_at=known_at)


def _show_funds(session: Session, funds: Sequence[Fund]) -> list[FundView]:
    ids = [fund.id for fund in funds]
    forms, books = queries.list_forms(session, ids), queries.list_books(session, ids)
    return [FundView.of(fund, forms.get(fund.id, ()), books.get(fund.id, ())) for fund in funds]
