"""Routes of funds, donors, gifts and the books."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, status
from sqlmodel import Session

from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of, requires
from reparations.ledger import queries, service
from reparations.ledger.models import Fund
from reparations.ledger.schemas import (
    AccountView,
    AsOf,
    BalancesView,
    BookView,
    ContributionView,
    DonorView,
    EntryView,
    FundId,
    FundView,
    IdentityView,
    NewContribution,
    NewDonor,
    NewFund,
    NewPledge,
    PledgeView,
    TrialBalanceView,
)
from reparations.money import Money
from reparations.principal import Principal, Role

Administrator = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR))]
_reader = Depends(requires(Role.FUND_ADMINISTRATOR, Role.AUDITOR))

router = APIRouter(responses=PROBLEM_RESPONSES)


@router.post("/funds", status_code=status.HTTP_201_CREATED, tags=["funds"])
def open_fund(body: NewFund, officer: Administrator, session: WriteSession, now: Now) -> FundView:
    """Open a fund with what it may pay for, and empty books in each of its currencies."""
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


@router.get("/funds", tags=["funds"], dependencies=[_reader])
def list_funds(session: ReadSession, page: PageParams) -> Page[FundView]:
    """List the funds by code."""
    rows = queries.list_funds(session, after=page.after, limit=page.limit + 1)
    shown = {view.id: view for view in _show_funds(session, rows)}
    return page_of(rows, limit=page.limit, key=lambda fund: fund.code, show=lambda fund: shown[fund.id])


@router.get("/funds/{fund_id}/balances", tags=["funds"], dependencies=[_reader])
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


@router.post("/donors", status_code=status.HTTP_201_CREATED, tags=["funds"])
def record_donor(body: NewDonor, officer: Administrator, session: WriteSession, now: Now) -> DonorView:
    """Record who gives."""
    donor = service.record_donor(session, code=body.code, title=body.title, kind=body.kind, officer=officer, at=now)
    return DonorView.of(donor)


@router.get("/donors", tags=["funds"], dependencies=[_reader])
def list_donors(session: ReadSession, page: PageParams) -> Page[DonorView]:
    """List the donors by code."""
    rows = queries.list_donors(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, limit=page.limit, key=lambda donor: donor.code, show=DonorView.of)


@router.post("/pledges", status_code=status.HTTP_201_CREATED, tags=["funds"])
def record_pledge(body: NewPledge, officer: Administrator, session: WriteSession, now: Now) -> PledgeView:
    """Record a donor's promise to a fund.  The same reference again gives the pledge recorded first."""
    pledge = service.record_pledge(
        session,
        reference=body.reference,
        donor_id=body.donor_id,
        fund_id=body.fund_id,
        amount=Money.parse(body.amount, body.currency),
        pledged_on=body.pledged_on,
        citation=body.citation,
        officer=officer,
        at=now,
    )
    return PledgeView.of(pledge)


@router.post("/contributions", status_code=status.HTTP_201_CREATED, tags=["funds"])
def receive_contribution(
    body: NewContribution, officer: Administrator, session: WriteSession, now: Now
) -> ContributionView:
    """Record money that arrived against a pledge.  The same reference again gives the receipt recorded first."""
    contribution = service.receive_contribution(
        session,
        reference=body.reference,
        pledge_id=body.pledge_id,
        amount=Money.parse(body.amount, body.currency),
        received_on=body.received_on,
        source=body.source,
        officer=officer,
        at=now,
    )
    return ContributionView.of(contribution)


@router.get("/ledger/entries", tags=["ledger"], dependencies=[_reader])
def list_entries(session: ReadSession, page: PageParams) -> Page[EntryView]:
    """The journal, in the order in which it was written."""
    rows = queries.list_entries(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, limit=page.limit, key=lambda entry: entry.entry_id, show=EntryView.of)


@router.get("/ledger/trial-balance", tags=["ledger"], dependencies=[_reader])
def get_trial_balance(session: ReadSession, as_of: AsOf = None) -> TrialBalanceView:
    """Debits and credits of every account, now or as of a day."""
    return TrialBalanceView.of(queries.list_trial_balance(session, as_of=as_of), as_of=as_of)


def _show_funds(session: Session, funds: Sequence[Fund]) -> list[FundView]:
    ids = [fund.id for fund in funds]
    forms, books = queries.list_forms(session, ids), queries.list_books(session, ids)
    return [FundView.of(fund, forms.get(fund.id, ()), books.get(fund.id, ())) for fund in funds]
