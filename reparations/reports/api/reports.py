"""Routes of reports."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response, status

from reparations.db import Database
from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, page_of, requires
from reparations.principal import Principal, Role
from reparations.reports import queries, service
from reparations.reports.schemas import NewReport, ReportId, ReportView
from reparations.settings import Settings

router = APIRouter(prefix="/reports", tags=["reports"], responses=PROBLEM_RESPONSES)

Reporter = Annotated[Principal, Depends(requires(Role.AUDITOR, Role.FUND_ADMINISTRATOR))]


@router.post("", status_code=status.HTTP_201_CREATED)
def issue_report(body: NewReport, officer: Reporter, request: Request, now: Now) -> ReportView:
    """Issue a donor's or an auditor's report.  The same question about the same facts gives the same report."""
    report = service.issue_report(
        _database(request),
        body.order(),
        settings=_settings(request),
        officer=officer,
        at=now,
        request_id=getattr(request.state, "request_id", None),
    )
    return ReportView.of(report)


@router.get("")
def list_reports(_officer: Reporter, session: ReadSession, page: PageParams) -> Page[ReportView]:
    """List the issued reports, oldest first."""
    reports = queries.list_reports(session, after=page.after, limit=page.limit + 1)
    return page_of(reports, limit=page.limit, key=lambda report: report.id, show=ReportView.of)


@router.get("/{report_id}")
def get_report(report_id: ReportId, _officer: Reporter, session: ReadSession) -> ReportView:
    """One issued report."""
    return ReportView.of(queries.get_report(session, report_id))


@router.get(
    "/{report_id}/pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The file, always the same bytes."}},
)
def download_report(report_id: ReportId, _officer: Reporter, request: Request, now: Now) -> Response:
    """Download an issued report.  Whoever has the file can check it without us; see its last pages."""
    content = service.get_report_bytes(_database(request), report_id, settings=_settings(request), at=now)
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{report_id}.pdf"'},
    )


def _database(request: Request) -> Database:
    return cast("Database", request.app.state.database)


def _settings(request: Request) -> Settings:
    return cast("Settings", request.app.state.settings)
