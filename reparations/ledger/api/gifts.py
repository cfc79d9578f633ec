"""Routes of donors, pledges and receipts."""

from __future__ import annotations

from fastapi import APIRouter, status

from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of
from reparations.ledger import queries, service
from reparations.ledger.api.roles import Administrator, reader
from reparations.ledger.rules import DuePart
from reparations.ledger.schemas import ContributionView, DonorView, NewContribution, NewDonor, NewPledge, PledgeView
from reparations.ledger.schemas.spending import NewUnpledged
from reparations.money import Money

router = APIRouter(responses=PROBLEM_RESPONSES)


@router.post("/donors", status_code=status.HTTP_201_CREATED, tags=["funds"])
def record_donor(body: NewDonor, officer: Administrator, session: WriteSession, now: Now) -> DonorView:
    """Record who gives.  The same again gives the donor recorded first."""
    donor = service.record_donor(session, code=body.code, title=body.title, kind=body.kind, officer=officer, at=now)
    return DonorView.of(donor)


@router.get("/donors", tags=["funds"], dependencies=[reader])
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
        schedule=[DuePart(part.due_on, Money.parse(part.amount, body.currency)) for part in body.schedule],
        conditions=[service.Condition(condition.text, condition.citation) for condition in body.conditions],
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


@router.post("/contributions/unpledged", status_code=status.HTTP_201_CREATED, tags=["funds"])
def receive_unpledged(body: NewUnpledged, officer: Administrator, session: WriteSession, now: Now) -> ContributionView:
    """Record a levy, a court's order or a forfeiture that arrived, with its instrument, in one deed."""
    contribution = service.receive_unpledged(
        session,
        reference=body.reference,
        donor_id=body.donor_id,
        fund_id=body.fund_id,
        amount=Money.parse(body.amount, body.currency),
        received_on=body.received_on,
        source=body.source,
        citation=body.citation,
        officer=officer,
        at=now,
    )
    return ContributionView.of(contribution)
