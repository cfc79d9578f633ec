"""The register of issued reports."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.reports.texts.language import Language

SHA256_BYTES = 32


class ReportKind(StrEnum):
    """For whom a report is written."""

    DONOR = "donor"
    AUDITOR = "auditor"


def _one_of(column: str, codes: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{code.value}'" for code in codes)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class IssuedReport(Row, table=True):
    """A report as it was issued.  Append-only: a published figure is never withdrawn, only followed by a later one.

    The evidence is kept whole, because the PDF is a function of it, of the log's position and of this program: a file
    that was lost is made again, byte for byte.
    """

    __tablename__ = "issued_report"
    __table_args__ = (
        _one_of("kind", ReportKind),
        _one_of("language", Language),
        # The same question about the same facts has one answer; asking again finds it.
        UniqueConstraint("evidence_sha256"),
        UniqueConstraint("event_seq"),
        CheckConstraint("(kind = 'donor') = (donor_id IS NOT NULL)", name="donor_named"),
        CheckConstraint(f"length(evidence_sha256) = {SHA256_BYTES}", name="evidence_sha256_length"),
        CheckConstraint(f"length(pdf_sha256) = {SHA256_BYTES}", name="pdf_sha256_length"),
        CheckConstraint(f"length(log_root) = {SHA256_BYTES}", name="log_root_length"),
        CheckConstraint("pdf_len > 0", name="pdf_len_positive"),
        CheckConstraint("log_size >= 0 AND event_seq >= log_size", name="issued_after_log_read"),
        Index(None, "programme_id", "id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    donor_id: str | None = Field(default=None, foreign_key="donor.id", sa_type=Text)
    as_of: date = Field(sa_type=Date)
    language: str = Field(sa_type=Text)
    evidence: bytes = Field(sa_type=LargeBinary)
    """Canonical JSON, the attachment ``evidence.json`` of the PDF."""
    evidence_sha256: bytes = Field(sa_type=LargeBinary)
    log_origin: str = Field(sa_type=Text)
    log_size: int = Field(sa_type=BigInteger)
    """How many events the log held when the evidence was read; printed in the report."""
    log_root: bytes = Field(sa_type=LargeBinary)
    pdf_sha256: bytes = Field(sa_type=LargeBinary)
    """Of the file up to where the proof was appended."""
    pdf_len: int = Field(sa_type=BigInteger)
    """Length of that part in bytes."""
    event_seq: int = Field(sa_type=BigInteger)
    """The event ``report.issued`` whose proof the file carries."""
    file_name: str = Field(sa_type=Text)
    issued_by: str = Field(sa_type=Text)
    """Person, or ``system``."""
    issued_at: datetime = Field(sa_type=Instant)
