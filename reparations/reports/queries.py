"""Reading the register of reports."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from reparations.reports.errors import ReportNotFound
from reparations.reports.models import IssuedReport


def get_report(session: Session, report_id: str) -> IssuedReport:
    """Return one issued report.

    Raises:
        ReportNotFound: there is none of this id.
    """
    report = session.get(IssuedReport, report_id)
    if report is None:
        raise ReportNotFound("There is no such report.", record=report_id, remedy="GET /reports lists them.")
    return report


def find_report_of_evidence(session: Session, evidence_sha256: bytes) -> IssuedReport | None:
    """Return the report issued on exactly this evidence, or None."""
    return session.exec(select(IssuedReport).where(IssuedReport.evidence_sha256 == evidence_sha256)).one_or_none()


def list_reports(session: Session, *, after: str | None = None, limit: int = 50) -> Sequence[IssuedReport]:
    """List issued reports, oldest first, from the one after the id `after` on."""
    statement = select(IssuedReport).order_by(col(IssuedReport.id)).limit(limit)
    if after is not None:
        statement = statement.where(col(IssuedReport.id) > after)
    return session.exec(statement).all()
