"""Routes of batches, payments, bank files and statements."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Body, Depends, Request, Response, status

from reparations.calendar import Clock
from reparations.db import Database
from reparations.http import (
    PROBLEM_RESPONSES,
    Now,
    Page,
    PageParams,
    ReadSession,
    WriteSession,
    page_of,
    requires,
)
from reparations.payments import queries, service, worker
from reparations.payments.models import BatchStatus, PaymentStatus
from reparations.payments.rails.xml import MAX_DOCUMENT_BYTES
from reparations.payments.schemas import (
    ApproveIn,
    AssembledOut,
    BankFileOut,
    BankFilePath,
    BankFilesOut,
    BatchIn,
    BatchListed,
    BatchOut,
    BatchPath,
    FindingOut,
    PaymentListed,
    PaymentOut,
    PaymentPath,
    ReissueIn,
    StatementOut,
    StatementsOut,
    WithdrawIn,
)
from reparations.principal import Principal, Role
from reparations.settings import Settings

router = APIRouter(responses=PROBLEM_RESPONSES, tags=["payments"])

FundAdministrator = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR))]
Approver = Annotated[Principal, Depends(requires(Role.APPROVER))]
Payer = Annotated[Principal, Depends(requires(Role.PAYER))]
PayerOrAdministrator = Annotated[Principal, Depends(requires(Role.PAYER, Role.FUND_ADMINISTRATOR))]
Reader = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR, Role.APPROVER, Role.PAYER, Role.AUDITOR))]
Xml = Annotated[bytes, Body(media_type="application/xml", max_length=MAX_DOCUMENT_BYTES)]


def _database(request: Request) -> Database:
    return cast("Database", request.app.state.database)


def _clock(request: Request) -> Clock:
    return cast("Clock", request.app.state.clock)


def _rails(request: Request) -> worker.Rails:
    return worker.open_rails(cast("Settings", request.app.state.settings))


DatabaseItself = Annotated[Database, Depends(_database)]
"""For the two deeds that need more than one transaction: a file is opened, and a provider asked, between two."""


@router.post("/batches", status_code=status.HTTP_201_CREATED)
def assemble_batch(body: BatchIn, officer: FundAdministrator, session: WriteSession, now: Now) -> AssembledOut:
    """Put the instalments that are due and may be paid into a draft; say which were left out, and why."""
    assembled = service.assemble_batch(
        session,
        programme=body.programme,
        due_until=body.due_until,
        instalment_ids=body.instalment_ids,
        officer=officer,
        at=now,
    )
    return AssembledOut.read(session, assembled)


@router.post("/batches/reissues", status_code=status.HTTP_201_CREATED)
def reissue_payments(body: ReissueIn, officer: FundAdministrator, session: WriteSession, now: Now) -> BatchOut:
    """Put new payments in place of returned ones into a draft, each to its payee's new destination."""
    batch = service.reissue_payments(session, body.payment_ids, officer=officer, at=now)
    return BatchOut.read(session, batch)


@router.get("/batches")
def list_batches(
    _officer: Reader, session: ReadSession, page: PageParams, status: BatchStatus | None = None
) -> Page[BatchListed]:
    """List batches."""
    rows = queries.list_batches(session, status=status, after=page.after, limit=page.limit)
    return page_of(rows, limit=page.limit, key=lambda row: row.id, show=BatchListed.of)


@router.get("/batches/{batch}")
def get_batch(batch: BatchPath, _officer: Reader, session: ReadSession) -> BatchOut:
    """Show a batch, its approvals, and where its payments stand."""
    return BatchOut.read(session, queries.get_batch(session, batch))


@router.get("/batches/{batch}/payments")
def list_payments(
    batch: BatchPath,
    *,
    _officer: Reader,
    session: ReadSession,
    page: PageParams,
    status: PaymentStatus | None = None,
) -> Page[PaymentListed]:
    """List a batch's payments by their references."""
    batch_id = queries.get_batch(session, batch).id
    rows = queries.list_payments(session, batch_id, status=status, after=page.after, limit=page.limit)
    return page_of(rows, limit=page.limit, key=lambda row: row.reference, show=PaymentListed.of)


@router.post("/batches/{batch}/submit")
def submit_batch(batch: BatchPath, officer: FundAdministrator, session: WriteSession, now: Now) -> BatchOut:
    """Freeze what the batch pays, and put it before the approvers."""
    return BatchOut.read(session, service.submit_batch(session, batch, officer=officer, at=now))


@router.post("/batches/{batch}/approve")
def approve_batch(batch: BatchPath, *, body: ApproveIn, officer: Approver, session: WriteSession, now: Now) -> BatchOut:
    """Approve exactly the content you have seen; the second approval sets the money aside."""
    seen = bytes.fromhex(body.content_sha256)
    approved = service.approve_batch(session, batch, content_sha256=seen, officer=officer, at=now)
    return BatchOut.read(session, approved)


@router.post("/batches/{batch}/release")
def release_batch(batch: BatchPath, officer: Payer, session: WriteSession, now: Now) -> BatchOut:
    """Let the worker send the batch."""
    return BatchOut.read(session, service.release_batch(session, batch, officer=officer, at=now))


@router.post("/batches/{batch}/cancel")
def cancel_batch(batch: BatchPath, officer: FundAdministrator, session: WriteSession, now: Now) -> BatchOut:
    """Give up a batch that is not released; its instalments are open again."""
    return BatchOut.read(session, service.cancel_batch(session, batch, officer=officer, at=now))


@router.get("/batches/{batch}/bank-files")
def list_bank_files(batch: BatchPath, _officer: Reader, session: ReadSession) -> BankFilesOut:
    """List the bank files made of a batch."""
    files = queries.list_bank_files(session, queries.get_batch(session, batch).id)
    return BankFilesOut(items=[BankFileOut.of(file) for file in files])


@router.get(
    "/bank-files/{bank_file}/content",
    response_class=Response,
    responses={200: {"content": {"application/xml": {}}, "description": "A pain.001.001.09 document."}},
)
def download_bank_file(bank_file: BankFilePath, officer: Payer, database: DatabaseItself, now: Now) -> Response:
    """Hand the file to the payer; that he took it is in the log before he has it."""
    with database.transaction() as session:
        service.log_file_opening(session, bank_file, officer=officer, at=now)
    with database.reading() as session:
        opened = service.open_bank_file(session, bank_file)
    headers = {"Content-Disposition": f'attachment; filename="{opened.file.message_id}.xml"'}
    return Response(opened.content, media_type="application/xml", headers=headers)


@router.post("/bank-statements")
def import_statement(content: Xml, officer: Payer, session: WriteSession, now: Now) -> StatementsOut:
    """Read a camt.053 statement: settle and return the payments it names.  The same one again changes nothing."""
    results = service.import_statements(session, content, officer=officer, at=now)
    return StatementsOut(statements=[StatementOut.of(result) for result in results])


@router.get("/bank-statements/findings")
def list_findings(_officer: Reader, session: ReadSession, page: PageParams) -> Page[FindingOut]:
    """List the entries of statements that were put aside for a human."""
    rows = queries.list_findings(session, after=page.after, limit=page.limit)
    return page_of(rows, limit=page.limit, key=lambda row: row.id, show=FindingOut.of)


@router.get("/payments/{payment}")
def get_payment(payment: PaymentPath, _officer: Reader, session: ReadSession) -> PaymentOut:
    """Show a payment, and everything a provider or a bank said of it."""
    return PaymentOut.read(session, queries.get_payment(session, payment))


@router.post("/payments/{payment}/withdraw")
def withdraw_payment(
    payment: PaymentPath, *, body: WithdrawIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> PaymentOut:
    """Give up a released payment that is held back and was never sent; its money and its instalment are free."""
    withdrawn = service.withdraw_payment(session, payment, reason=body.reason, officer=officer, at=now)
    return PaymentOut.read(session, withdrawn)


@router.post("/payments/{payment}/look-up")
def look_up_payment(
    payment: PaymentPath,
    *,
    officer: PayerOrAdministrator,
    database: DatabaseItself,
    clock: Annotated[Clock, Depends(_clock)],
    rails: Annotated[worker.Rails, Depends(_rails)],
) -> PaymentOut:
    """Ask the provider what became of a payment, and write down what it says; nothing is sent."""
    found = worker.look_up_payment(database, rails, payment, clock=clock, officer=officer)
    with database.reading() as session:
        return PaymentOut.read(session, queries.get_payment(session, found.id))
