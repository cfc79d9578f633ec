"""Freezing, approving, releasing and cancelling a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.db import Row
from reparations.ledger import postings
from reparations.ledger import service as ledger
from reparations.money import Money
from reparations.payments import queries, rules
from reparations.payments.errors import ContentChanged
from reparations.payments.models import Batch, BatchApproval, BatchStatus, Payment, PaymentStatus
from reparations.payments.service.content import check_content, compute_batch_content
from reparations.principal import Principal
from reparations.registry import service as registry
from reparations.registry.models import Duty, DutyKind

_APPROVER_DUTIES = (DutyKind.APPROVER1, DutyKind.APPROVER2)


def submit_batch(session: Session, batch_id: str, *, officer: Principal, at: datetime) -> Batch:
    """Freeze what a batch pays, by its hash, and put it before the approvers.

    Raises:
        BatchNotFound, WrongState, ContentChanged: see `payments.errors`.
    """
    batch = queries.lock_batch(session, batch_id)
    rules.check_submittable(batch)
    payments = queries.lock_payments_of_batch(session, batch.id)

    batch.content_sha256 = compute_batch_content(session, batch, payments)
    batch.submitted_at = at
    batch.status = BatchStatus.SUBMITTED
    session.add(batch)
    _record(session, batch, "batch.submitted", officer=officer, at=at, rows=[batch])
    return batch


def approve_batch(
    session: Session, batch_id: str, *, content_sha256: bytes | None = None, officer: Principal, at: datetime
) -> Batch:
    """Approve exactly what was frozen; the second approval sets the money aside in each fund.

    The approver takes a duty on every claim that is paid: who registered, decided or confirmed one of them cannot
    approve the batch, under any account.

    Args:
        session: of the deed.
        batch_id: id or reference.
        content_sha256: what the approver has seen, if he says so; another content is not approved by accident.
        officer: who approves.
        at: now.

    Raises:
        BatchNotFound, WrongState, SameOfficer, ContentChanged: see `payments.errors`.
        DutyConflict, DutyBarred: see `registry.errors`.
        InsufficientFunds: a fund does not hold what it is to pay.
    """
    batch = queries.lock_batch(session, batch_id)
    approvals = queries.list_approvals(session, batch.id)
    rules.check_approvable(batch, approvals, officer=officer)
    if content_sha256 is not None and content_sha256 != batch.content_sha256:
        raise ContentChanged("The batch is not the one you have seen.", record=batch.reference, field="content_sha256")
    payments = queries.lock_payments_of_batch(session, batch.id)
    check_content(session, batch, payments)

    position = len(approvals) + 1
    duty = _APPROVER_DUTIES[position - 1]
    duties = _take_duty(session, batch, payments, duty, kinds=_APPROVER_DUTIES, officer=officer, at=at)
    approval = BatchApproval(
        batch_id=batch.id,
        person_id=officer.person_id,
        position=position,
        content_sha256=batch.content_sha256 or b"",
        at=at,
    )
    session.add(approval)
    session.flush()
    rows: list[Row | audit.RowDigest] = [approval, *duties]
    if position == rules.APPROVALS_NEEDED:
        rows += _set_status(session, batch, payments, BatchStatus.APPROVED, at=at)
        posting = ledger.post(
            session,
            entry_id=f"batch-{batch.reference}-reserved",
            transfers=[
                *postings.batch_reserved(batch.reference, totals=_totals(payments)),
                *(
                    transfer
                    for payment in payments
                    if payment.reissues_id is not None
                    for transfer in postings.reissue_reserved(
                        payment.reference, fund_id=payment.fund_id, amount=_amount(payment)
                    )
                ),
            ],
            occurred_on=at.date(),
            at=at,
        )
        rows.append(posting.digest)
    _record(session, batch, "batch.approved", officer=officer, at=at, rows=rows, duty=duty)
    return batch


def release_batch(session: Session, batch_id: str, *, officer: Principal, at: datetime) -> Batch:
    """Let the worker send an approved batch.

    Raises:
        BatchNotFound, WrongState, SameOfficer, ContentChanged: see `payments.errors`.
        DutyConflict, DutyBarred: see `registry.errors`.
    """
    batch = queries.lock_batch(session, batch_id)
    rules.check_releasable(batch, queries.list_approvals(session, batch.id), officer=officer)
    payments = queries.lock_payments_of_batch(session, batch.id)
    check_content(session, batch, payments)

    duties = _take_duty(session, batch, payments, DutyKind.PAYER, kinds=(DutyKind.PAYER,), officer=officer, at=at)
    batch.released_by, batch.released_at = officer.person_id, at
    rows = _set_status(session, batch, payments, BatchStatus.RELEASED, at=at)
    _record(session, batch, "batch.released", officer=officer, at=at, rows=[*duties, *rows], duty=DutyKind.PAYER)
    return batch


def cancel_batch(session: Session, batch_id: str, *, officer: Principal, at: datetime) -> Batch:
    """Give up a batch that is not released: its instalments are open again, and reserved money is free again.

    Raises:
        BatchNotFound, WrongState: see `payments.errors`.
    """
    batch = queries.lock_batch(session, batch_id)
    rules.check_cancellable(batch)
    payments = queries.lock_payments_of_batch(session, batch.id)
    replaced = queries.lock_payments(session, [one.reissues_id for one in payments if one.reissues_id is not None])

    was_reserved = batch.status == BatchStatus.APPROVED
    rows: list[Row | audit.RowDigest] = [*_set_status(session, batch, payments, BatchStatus.CANCELLED, at=at)]
    for payment in replaced:
        payment.status, payment.status_at = PaymentStatus.RETURNED, at
        session.add(payment)
    session.flush()
    rows += replaced
    if was_reserved:
        rows.append(_free_reserved(session, batch, payments, at=at))
    _record(session, batch, "batch.cancelled", officer=officer, at=at, rows=rows)
    return batch


def _free_reserved(session: Session, batch: Batch, payments: Sequence[Payment], *, at: datetime) -> audit.RowDigest:
    posting = ledger.post(
        session,
        entry_id=f"batch-{batch.reference}-cancelled",
        transfers=[
            *postings.batch_cancelled(batch.reference, totals=_totals(payments)),
            *(
                transfer
                for payment in payments
                if payment.reissues_id is not None
                for transfer in postings.reissue_cancelled(
                    payment.reference, fund_id=payment.fund_id, amount=_amount(payment)
                )
            ),
        ],
        occurred_on=at.date(),
        at=at,
    )
    return posting.digest


def _take_duty(
    session: Session,
    batch: Batch,
    payments: Sequence[Payment],
    duty: DutyKind,
    *,
    kinds: Sequence[DutyKind],
    officer: Principal,
    at: datetime,
) -> list[Duty]:
    """Take a duty on every claim that is paid; who did it for an earlier payment of the claim keeps it."""
    claims = {payment.claim_id for payment in payments}
    kept = queries.find_own_duties(session, claims, person_id=officer.person_id, kinds=kinds)
    wanted = sorted(claims - kept)
    if not wanted:
        return []
    return registry.assign_duties(session, claim_ids=wanted, officer=officer, duty=duty, at=at, batch_id=batch.id)


def _set_status(
    session: Session, batch: Batch, payments: Sequence[Payment], status: BatchStatus, *, at: datetime
) -> list[Row]:
    """Move a batch, then its payments with it: the database lets a payment go only where its batch is."""
    batch.status = status
    session.add(batch)
    session.flush()
    for payment in payments:
        payment.status, payment.status_at = PaymentStatus(status.value), at
        session.add(payment)
    session.flush()
    return [batch, *payments]


def _totals(payments: Sequence[Payment]) -> Mapping[str, Money]:
    """What the payments take out of each fund's bank account; a reissue takes nothing there."""
    totals: defaultdict[str, int] = defaultdict(int)
    for payment in payments:
        if payment.reissues_id is None:
            totals[payment.fund_id] += payment.amount_minor
    return {fund_id: Money(minor, payments[0].currency) for fund_id, minor in totals.items()}


def _amount(payment: Payment) -> Money:
    return Money(payment.amount_minor, payment.currency)


def _record(
    session: Session,
    batch: Batch,
    action: str,
    *,
    officer: Principal,
    at: datetime,
    rows: Sequence[Row | audit.RowDigest],
    duty: DutyKind | None = None,
) -> None:
    audit.record(
        session,
        at=at,
        actor=officer,
        action=action,
        subject=batch.id,
        body={
            "reference": batch.reference,
            "status": batch.status,
            "payments": batch.payment_count,
            "total": {"amount_minor": batch.total_minor, "currency": batch.currency},
            "content_sha256": (batch.content_sha256 or b"").hex(),
        },
        rows=rows,
        duty=duty,
    )
