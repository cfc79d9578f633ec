"""Issuing reports.

The order is fixed: evidence read in one snapshot → base PDF rendered outside any transaction → one transaction with
the register's row and the event ``report.issued`` → the log signed → the event's proof appended → the file stored.
A crash anywhere after the event loses nothing: the file is a function of the row and is made again when asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from reparations import audit
from reparations.audit import queries as log
from reparations.audit.checkpoints import make_checkpoint
from reparations.audit.errors import NoCheckpoint
from reparations.audit.proofs import append_proof, issue_proof
from reparations.db import Database, Session
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.reports import archive, queries
from reparations.reports.errors import (
    DayNotReached,
    DonorNeeded,
    DonorNotNeeded,
    NotReproducible,
    RendererBusy,
    ReportDonorNotFound,
    ReportProgrammeNotFound,
)
from reparations.reports.evidence import collect
from reparations.reports.models import IssuedReport, ReportKind
from reparations.reports.pdf.document import Evidence, read_evidence, render
from reparations.reports.pdf.sections import LogPosition
from reparations.reports.texts.language import Language
from reparations.settings import Settings

RENDER_WAIT_S = 120
"""How long a report waits for its turn; one is rendered at a time, because a large one takes hundreds of megabytes."""

_rendering = threading.Lock()


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """Which report is wanted."""

    kind: ReportKind
    programme_code: str
    as_of: date
    donor_code: str | None = None
    language: Language = Language.ENGLISH


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Everything read from the database for one report."""

    programme_id: str
    donor_id: str | None
    evidence: Evidence
    position: LogPosition


def issue_report(
    database: Database,
    order: ReportOrder,
    *,
    settings: Settings,
    officer: Principal,
    at: datetime,
    request_id: str | None = None,
) -> IssuedReport:
    """Issue a report, or find the one already issued on the same evidence.

    It takes a database and not a session, because it reads, renders and writes in turn and holds no lock meanwhile.

    Raises:
        ReportProgrammeNotFound, ReportDonorNotFound, DonorNeeded, DonorNotNeeded, DayNotReached, NothingGiven,
        RendererBusy: see `reports.errors`.
    """
    _check_order(order, today=at.date())
    with database.reading() as session:
        prepared = _prepare(session, order, settings=settings)
        issued = queries.find_report_of_evidence(session, _evidence_hash(prepared.evidence))
    if issued is not None:
        get_report_bytes(database, issued.id, settings=settings, at=at)
        return issued
    with _one_at_a_time():
        base = render(prepared.evidence, prepared.position)
    with database.transaction() as session:
        session.info.setdefault("request_id", request_id)
        report = _record_report(session, order, prepared, base, officer=officer, at=at)
    if report.pdf_sha256 == sha256(base).digest():
        _publish(database, report, base, settings=settings, at=at)
    else:  # somebody issued it while ours was being rendered: theirs counts
        get_report_bytes(database, report.id, settings=settings, at=at)
    return report


def get_report_bytes(database: Database, report_id: str, *, settings: Settings, at: datetime) -> bytes:
    """Return an issued report's file, always the same bytes; make it again if it is missing or was altered.

    Raises:
        ReportNotFound: there is none of this id.
        NotReproducible: the file is gone, and this version of the program renders the evidence differently.
    """
    with database.reading() as session:
        report = queries.get_report(session, report_id)
        stored = archive.find_file(settings, report.file_name)
        if stored is not None and _is_issued(session, report, stored):
            return stored
    with _one_at_a_time():
        base = render(read_evidence(report.evidence), position_of(report))
    if sha256(base).digest() != report.pdf_sha256:
        raise NotReproducible(
            "The stored file is missing or altered, and this version of the program renders the report differently.",
            record=report.id,
            remedy="Restore the file from a backup of the data folder, or run the version that issued the report.",
        )
    return _publish(database, report, base, settings=settings, at=at)


def position_of(report: IssuedReport) -> LogPosition:
    """How far the log had come when the report's evidence was read."""
    return LogPosition(origin=report.log_origin, size=report.log_size, root=report.log_root.hex())


def _check_order(order: ReportOrder, *, today: date) -> None:
    if order.kind is ReportKind.DONOR and order.donor_code is None:
        raise DonorNeeded("A donor's report needs the donor's code.", field="donor")
    if order.kind is ReportKind.AUDITOR and order.donor_code is not None:
        raise DonorNotNeeded("An auditor's report covers all donors; leave the donor out.", field="donor")
    if order.as_of > today:
        raise DayNotReached("A report cannot be made as of a day that has not begun.", field="as_of")


def _prepare(session: Session, order: ReportOrder, *, settings: Settings) -> _Prepared:
    programme = collect.find_programme(session, order.programme_code)
    if programme is None:
        raise ReportProgrammeNotFound("There is no programme of this code.", field="programme")
    donor = None
    if order.donor_code is not None:
        donor = collect.find_donor(session, order.donor_code)
        if donor is None:
            raise ReportDonorNotFound("There is no donor of this code.", field="donor")
    size = log.get_head(session).size
    return _Prepared(
        programme_id=programme.id,
        donor_id=None if donor is None else donor.id,
        evidence=(
            collect.collect_auditor_evidence(session, programme, as_of=order.as_of, language=order.language)
            if donor is None
            else collect.collect_donor_evidence(session, programme, donor, as_of=order.as_of, language=order.language)
        ),
        position=LogPosition(origin=settings.log_origin, size=size, root=log.get_root(session, size).hex()),
    )


def _record_report(
    session: Session, order: ReportOrder, prepared: _Prepared, base: bytes, *, officer: Principal, at: datetime
) -> IssuedReport:
    head = log.lock_head(session)
    content = prepared.evidence.canonical_bytes()
    issued = queries.find_report_of_evidence(session, sha256(content).digest())
    if issued is not None:
        return issued
    report_id = new_id("rep")
    subject = "-".join(part.lower() for part in (order.kind, order.programme_code, order.donor_code or "") if part)
    report = IssuedReport(
        id=report_id,
        kind=order.kind,
        programme_id=prepared.programme_id,
        donor_id=prepared.donor_id,
        as_of=order.as_of,
        language=order.language,
        evidence=content,
        evidence_sha256=sha256(content).digest(),
        log_origin=prepared.position.origin,
        log_size=prepared.position.size,
        log_root=bytes.fromhex(prepared.position.root),
        pdf_sha256=sha256(base).digest(),
        pdf_len=len(base),
        event_seq=head.size,
        file_name=f"{subject}-{order.as_of.isoformat()}-{report_id}.pdf",
        issued_by=officer.person_id,
        issued_at=at,
    )
    session.add(report)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="report.issued",
        subject=report.id,
        body={
            "pdf_sha256": report.pdf_sha256.hex(),
            "pdf_len": report.pdf_len,
            "evidence_sha256": report.evidence_sha256.hex(),
        },
        rows=[report],
    )
    return report


def _publish(database: Database, report: IssuedReport, base: bytes, *, settings: Settings, at: datetime) -> bytes:
    """Sign the log if nobody has since the event, append the proof, and store the file."""
    with database.reading() as session:
        proof = _find_proof(session, report)
    if proof is None:
        with database.transaction() as session:
            make_checkpoint(session, settings=settings, at=at)
        with database.reading() as session:
            proof = issue_proof(session, report.event_seq)
    issued = append_proof(base, proof)
    archive.store_file(settings, report.file_name, issued)
    return issued


def _find_proof(session: Session, report: IssuedReport) -> str | None:
    try:
        return issue_proof(session, report.event_seq)
    except NoCheckpoint:
        return None


def _is_issued(session: Session, report: IssuedReport, stored: bytes) -> bool:
    """Say whether a stored file is, byte for byte, what was issued."""
    base = stored[: report.pdf_len]
    if sha256(base).digest() != report.pdf_sha256:
        return False
    proof = _find_proof(session, report)
    return proof is not None and append_proof(base, proof) == stored


def _evidence_hash(evidence: Evidence) -> bytes:
    return sha256(evidence.canonical_bytes()).digest()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _rendering.acquire(timeout=RENDER_WAIT_S):
        raise RendererBusy("Other reports are being rendered.", remedy="Try again in a few minutes.")
    try:
        yield
    finally:
        _rendering.release()
