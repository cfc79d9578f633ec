"""Routes of periods, the year's end and opening balances with what became of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, status
from fastapi.responses import PlainTextResponse
from sqlmodel import Session

from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of
from reparations.ledger import queries, service
from reparations.ledger.api.roles import Administrator, reader
from reparations.ledger.schemas import FundId
from reparations.ledger.schemas.periods import (
    AdjustmentView,
    ClearanceId,
    ClearanceView,
    ClosedPeriodView,
    ClosingView,
    DraftId,
    NewAdjustment,
    NewClearance,
    NewClosing,
    NewOpening,
    OpeningView,
    PeriodNumber,
    PeriodView,
    SheetId,
    YearEndView,
)
from reparations.ledger.schemas.spending import NewApproval
from reparations.money import Money

router = APIRouter(responses=PROBLEM_RESPONSES)


def _log_origin(request: Request) -> str:
    return str(request.app.state.settings.log_origin)


LogOrigin = Annotated[str, Depends(_log_origin)]


@router.post("/funds/{fund_id}/period-closings", status_code=status.HTTP_201_CREATED, tags=["periods"])
def prepare_closing(  # noqa: PLR0917 FastAPI passes them by name
    fund_id: FundId, body: NewClosing, officer: Administrator, session: WriteSession, now: Now
) -> ClosingView:
    """Ask for a fund's next period to be closed; another administrator countersigns."""
    return ClosingView.of(
        service.prepare_closing(
            session, fund_id=fund_id, length=body.length, starts_on=body.starts_on, officer=officer, at=now
        )
    )


@router.post("/period-closings/{draft_id}/countersignature", status_code=status.HTTP_201_CREATED, tags=["periods"])
def countersign_closing(draft_id: DraftId, officer: Administrator, session: WriteSession, now: Now) -> PeriodView:
    """Close a prepared period: nothing more is posted into it, by anybody."""
    return PeriodView.of(service.countersign_closing(session, draft_id, officer=officer, at=now))


@router.get("/funds/{fund_id}/periods", tags=["periods"], dependencies=[reader])
def list_periods(fund_id: FundId, session: ReadSession, page: PageParams) -> Page[PeriodView]:
    """List a fund's closed periods in order."""
    queries.get_fund(session, fund_id)
    after = int(page.after) if page.after and page.after.isdecimal() and len(page.after) < 10 else 0  # noqa: PLR2004 what an integer column holds for certain
    rows = queries.list_periods(session, fund_id, after=after, limit=page.limit + 1)
    return page_of(rows, limit=page.limit, key=lambda period: str(period.number), show=PeriodView.of)


@router.get("/funds/{fund_id}/periods/{number}", tags=["periods"], dependencies=[reader])
def get_period(fund_id: FundId, number: PeriodNumber, session: ReadSession) -> ClosedPeriodView:
    """Return a closed period with its frozen trial balance and what adjusts it."""
    period = queries.get_period(session, fund_id, number)
    lines = queries.list_period_lines(session, fund_id, number)
    return ClosedPeriodView.of(period, lines, queries.list_adjustments(session, fund_id, number))


@router.get(
    "/funds/{fund_id}/periods/{number}/signed",
    tags=["periods"],
    dependencies=[reader],
    response_class=PlainTextResponse,
)
def get_signed_period(fund_id: FundId, number: PeriodNumber, session: ReadSession, origin: LogOrigin) -> str:
    """Return a closed period as text that `reparations-verify period` checks without us."""
    return queries.write_closing(session, queries.get_period(session, fund_id, number), origin=origin)


@router.post("/funds/{fund_id}/periods/{number}/adjustments", status_code=status.HTTP_201_CREATED, tags=["periods"])
def record_adjustment(  # noqa: PLR0917 FastAPI passes them by name
    fund_id: FundId,
    number: PeriodNumber,
    body: NewAdjustment,
    officer: Administrator,
    session: WriteSession,
    now: Now,
) -> AdjustmentView:
    """Say of an entry posted on a day that is open that it belongs to a closed period."""
    return AdjustmentView.of(
        service.record_adjustment(
            session,
            entry_id=body.entry_id,
            fund_id=fund_id,
            number=number,
            happened_on=body.happened_on,
            reason=body.reason,
            authority=body.authority,
            officer=officer,
            at=now,
        )
    )


@router.get("/funds/{fund_id}/year-end", tags=["periods"], dependencies=[reader])
def get_year_end(
    fund_id: FundId,
    session: ReadSession,
    ends_on: Annotated[date, Query(ge=date(1900, 12, 31), le=date(9998, 12, 31), description="Last day of the year.")],
) -> list[YearEndView]:
    """Carry a fund's net assets forward over a closed year, currency by currency."""
    _, years = queries.list_year_end(session, fund_id, ends_on=ends_on)
    return [YearEndView.of(year) for year in years]


@router.post("/ledger/opening-sheets", status_code=status.HTTP_201_CREATED, tags=["periods"])
def prepare_opening(body: NewOpening, officer: Administrator, session: WriteSession, now: Now) -> OpeningView:
    """Keep balances of another system, until another administrator confirms them."""
    sheet = service.prepare_opening(
        session,
        body.content.encode(),
        source_system=body.source_system,
        as_of=body.as_of,
        officer=officer,
        at=now,
    )
    return _show_sheet(session, sheet.id)


@router.post("/ledger/opening-sheets/{sheet_id}/confirmation", status_code=status.HTTP_201_CREATED, tags=["periods"])
def confirm_opening(sheet_id: SheetId, officer: Administrator, session: WriteSession, now: Now) -> OpeningView:
    """Take the balances over into the books; answers with the reconciliation."""
    return _show_sheet(session, service.confirm_opening(session, sheet_id, officer=officer, at=now).id)


@router.get("/ledger/opening-sheets/{sheet_id}", tags=["periods"], dependencies=[reader])
def get_opening(sheet_id: SheetId, session: ReadSession) -> OpeningView:
    """Return a sheet with its reconciliation: imported, posted, difference, cleared, still open."""
    return _show_sheet(session, sheet_id)


@router.get("/ledger/opening-sheets/{sheet_id}/clearances", tags=["periods"], dependencies=[reader])
def list_clearances(sheet_id: SheetId, session: ReadSession, page: PageParams) -> Page[ClearanceView]:
    """List what became of a sheet's balances, and what waits for another administrator."""
    queries.get_sheet(session, sheet_id)
    rows = queries.list_clearances(session, sheet_id, after=page.after or "", limit=page.limit + 1)
    return page_of(rows, limit=page.limit, key=lambda row: row[0].id, show=ClearanceView.of)


@router.post("/funds/{fund_id}/opening-clearances", status_code=status.HTTP_201_CREATED, tags=["periods"])
def prepare_clearance(
    fund_id: FundId, *, body: NewClearance, officer: Administrator, session: WriteSession, now: Now
) -> ClearanceView:
    """Prepare clearing so much of what a fund's books were opened with."""
    clearance = service.prepare_clearance(
        session,
        reference=body.reference,
        fund_id=fund_id,
        kind=body.kind,
        amount=Money.parse(body.amount, body.currency),
        citation=body.citation,
        officer=officer,
        at=now,
    )
    return _show_clearance(session, clearance.id)


@router.post("/opening-clearances/{clearance_id}/approval", status_code=status.HTTP_201_CREATED, tags=["periods"])
def approve_clearance(
    clearance_id: ClearanceId, *, body: NewApproval, officer: Administrator, session: WriteSession, now: Now
) -> ClearanceView:
    """Approve a clearance as the second person; the books say so from then on."""
    service.approve_clearance(session, clearance_id, cleared_on=body.occurred_on, officer=officer, at=now)
    return _show_clearance(session, clearance_id)


def _show_clearance(session: Session, clearance_id: str) -> ClearanceView:
    return ClearanceView.of(queries.get_cleared(session, clearance_id))


def _show_sheet(session: Session, sheet_id: str) -> OpeningView:
    return OpeningView.of(
        queries.get_sheet(session, sheet_id),
        queries.list_opened_books(session, sheet_id),
        queries.list_reconciled(session, sheet_id),
    )
