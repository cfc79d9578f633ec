"""Bodies of requests and answers about reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from fastapi import Path
from pydantic import Field

from reparations.http import Body
from reparations.reports.models import IssuedReport, ReportKind
from reparations.reports.service import ReportOrder
from reparations.reports.texts.language import Language

ReportId = Annotated[str, Path(pattern=r"^rep_[0-9A-Z]{26}$", description="Id of an issued report.")]


class NewReport(Body):
    """A report to issue."""

    kind: ReportKind
    programme: str = Field(min_length=2, max_length=20, description="Code of the programme.", examples=["KATANGA"])
    donor: str | None = Field(
        default=None, min_length=1, max_length=40, description="Code of the donor, for a donor's report."
    )
    as_of: date = Field(description="The report shows the position at the end of this day.")
    language: Language = Language.ENGLISH

    def order(self) -> ReportOrder:
        """Say it to the service."""
        return ReportOrder(
            kind=self.kind,
            programme_code=self.programme,
            as_of=self.as_of,
            donor_code=self.donor,
            language=self.language,
        )


class ReportView(Body):
    """An issued report: what identifies its file, and where it stands in the log."""

    id: str
    kind: ReportKind
    as_of: date
    language: Language
    evidence_sha256: str
    pdf_sha256: str = Field(description="Of the first `pdf_len` bytes; the proof is appended after them.")
    pdf_len: int
    event_seq: int = Field(description="Number of the event `report.issued` in the log.")
    file_name: str
    issued_at: datetime

    @classmethod
    def of(cls, report: IssuedReport) -> Self:
        """Show a row of the register."""
        return cls(
            id=report.id,
            kind=ReportKind(report.kind),
            as_of=report.as_of,
            language=Language(report.language),
            evidence_sha256=report.evidence_sha256.hex(),
            pdf_sha256=report.pdf_sha256.hex(),
            pdf_len=report.pdf_len,
            event_seq=report.event_seq,
            file_name=report.file_name,
            issued_at=report.issued_at,
        )
