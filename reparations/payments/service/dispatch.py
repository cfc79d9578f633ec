"""Sending one payment over an online rail, step by step, each step in a transaction of its own.

1. `start_next_payment` commits the intent: the attempt, its key and the hash of its bytes, and the money in transit.
2. The worker calls the rail, outside any transaction.
3. `record_answer` commits what was answered, and what follows from it.

Whatever stops in between, the next run finds the intent and goes on under the same key with the same bytes, as long as
the provider surely remembers the key; afterwards it only asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from reparations import audit
from reparations.db import Row
from reparations.ids import new_id
from reparations.ledger import postings
from reparations.ledger import service as ledger
from reparations.money import Money
from reparations.payments import queries, rules
from reparations.payments.errors import ContentChanged, WrongState
from reparations.payments.models import AnswerSource, DispatchLease, Payment, PaymentAttempt, PaymentStatus
from reparations.payments.rails.protocol import Answer, Instruction, OnlineRail
from reparations.payments.rules import Step
from reparations.payments.service.answers import add_answer, apply_answer, complete_if_done
from reparations.payments.service.content import open_details
from reparations.principal import SYSTEM, Principal

LEASE = timedelta(minutes=5)
"""How long other workers leave a payment alone; longer than any provider takes to answer."""
RETRY_AFTER = timedelta(minutes=1)
"""How long an unknown payment rests before it is sent again."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to ask a rail, and under which key."""

    payment_id: str
    reference: str
    rail: str
    step: Step
    instruction: Instruction
    request: bytes = field(repr=False)
    idempotency_key: str
    provider_ref: str | None
    started_at: datetime
    good_until: datetime
    """When the lease ends.  A worker that wakes up later (a suspended machine) must not send: others have gone on, and
    the provider may have forgotten the key."""


def start_next_payment(
    session: Session, *, rails: Mapping[str, OnlineRail], worker: str, batch_id: str | None, at: datetime
) -> Job | None:
    """Take the next payment that waits to be sent, and commit to sending it.

    Args:
        session: of this step.
        rails: the online rails that are set up, by name.
        worker: who will call the rail; others leave the payment alone for a while.
        batch_id: only payments of this batch; None means all.
        at: now.

    Returns:
        what to ask the rail, or None where nothing waits.

    Raises:
        ContentChanged: what would be sent is not what was approved, or not what was sent before.
    """
    payment = queries.lock_next_payment(session, rails=list(rails), now=at, batch_id=batch_id)
    if payment is None:
        return None
    lease = queries.find_lease(session, payment.id)
    if lease is not None and lease.until > at:  # another worker took it while we waited to see it
        return start_next_payment(session, rails=rails, worker=worker, batch_id=batch_id, at=at)
    rows: list[Row | audit.RowDigest] = []
    attempt = queries.get_attempt(session, payment.id)
    instruction = _instruction(session, payment)
    request = rails[payment.rail].request(instruction)
    if attempt is None:
        attempt = _intend(session, payment, request, at=at)
        posting = ledger.post(
            session,
            entry_id=f"payment-{payment.reference}-dispatched",
            transfers=postings.payment_dispatched(
                payment.reference, fund_id=payment.fund_id, amount=Money(payment.amount_minor, payment.currency)
            ),
            occurred_on=at.date(),
            at=at,
        )
        rows += [payment, attempt, posting.digest]
    _check_same_bytes(payment, attempt, request)
    _lease(session, payment, worker=worker, until=at + LEASE)
    window = rails[payment.rail].resend_window
    step = rules.compute_step(started_at=attempt.started_at, now=at, resend_window=window)
    job = _job(payment, attempt, instruction, request, step=step, at=at)
    audit.record(
        session,
        at=at,
        actor=SYSTEM,
        action="payment.dispatching",
        subject=payment.id,
        body={
            "reference": payment.reference,
            "rail": payment.rail,
            "step": job.step,
            "request_sha256": attempt.request_sha256.hex(),
            "first": bool(rows),
        },
        rows=rows,
    )
    return job


def prepare_look_up(session: Session, payment_id: str, *, rails: Mapping[str, OnlineRail], at: datetime) -> Job:
    """Return what to ask a rail about a payment that was sent; nothing is changed.

    Raises:
        PaymentNotFound: there is none.
        WrongState: it was never sent, or not over a rail that answers.
    """
    payment = queries.get_payment(session, payment_id)
    attempt = queries.get_attempt(session, payment.id)
    if attempt is None or payment.rail not in rails:
        raise WrongState(
            "Nobody can be asked about this payment: it was not sent over a provider that is set up.",
            record=payment.reference,
            remedy="What went out in a bank file is answered by the bank's statement.",
        )
    instruction = _instruction(session, payment)
    request = rails[payment.rail].request(instruction)
    return _job(payment, attempt, instruction, request, step=Step.LOOK_UP, at=at)


def record_answer(
    session: Session,
    job: Job,
    answer: Answer,
    *,
    source: AnswerSource,
    resend_window: timedelta,
    officer: Principal = SYSTEM,
    at: datetime,
) -> Payment:
    """Write down what a rail answered, and move the payment and its money as it says, in one transaction.

    An answer that comes twice or late changes nothing; one that contradicts what we know is recorded as that and
    changes nothing either.
    """
    batch_id = queries.get_payment(session, job.payment_id).batch_id
    batch = queries.lock_batch(session, batch_id)
    payment = queries.lock_payment(session, job.payment_id)
    last = queries.find_last_answers(session, [payment.id]).get(payment.id, 0)
    answer_row = add_answer(session, payment, answer, number=last + 1, source=source, at=at)
    applied = apply_answer(session, payment, answer, window_over=at - job.started_at >= resend_window, at=at)
    rows: list[Row | audit.RowDigest] = [payment, answer_row]
    if applied.transfers:
        posting = ledger.post(
            session,
            entry_id=f"payment-{payment.reference}-{payment.status}",
            transfers=applied.transfers,
            occurred_on=at.date(),
            at=at,
        )
        rows.append(posting.digest)
    rows += complete_if_done(session, batch)
    lease = queries.find_lease(session, payment.id)
    if lease is not None:
        lease.until = at + RETRY_AFTER if payment.status == PaymentStatus.UNKNOWN else at
        session.add(lease)
    audit.record(
        session,
        at=at,
        actor=officer,
        action=applied.action,
        subject=payment.id,
        body={
            "reference": payment.reference,
            "status": payment.status,
            "outcome": answer.outcome,
            "code": answer.code,
            "provider_ref": answer.provider_ref,
            "source": source,
        },
        rows=rows,
    )
    return payment


def _intend(session: Session, payment: Payment, request: bytes, *, at: datetime) -> PaymentAttempt:
    attempt = PaymentAttempt(
        id=new_id("att"),
        payment_id=payment.id,
        idempotency_key=payment.reference,
        request_sha256=hashlib.sha256(request).digest(),
        started_at=at,
    )
    session.add(attempt)
    session.flush()
    payment.status, payment.status_at = PaymentStatus.DISPATCHING, at
    session.add(payment)
    session.flush()
    return attempt


def _instruction(session: Session, payment: Payment) -> Instruction:
    destination = queries.find_destinations_by_id(session, [payment.destination_id])[payment.destination_id]
    return Instruction(
        reference=payment.reference,
        amount=Money(payment.amount_minor, payment.currency),
        details=open_details(session, payment, destination),
    )


def _job(
    payment: Payment,
    attempt: PaymentAttempt,
    instruction: Instruction,
    request: bytes,
    *,
    step: Step,
    at: datetime,
) -> Job:
    return Job(
        payment_id=payment.id,
        reference=payment.reference,
        rail=payment.rail,
        step=step,
        instruction=instruction,
        request=request,
        idempotency_key=attempt.idempotency_key,
        provider_ref=payment.provider_ref,
        started_at=attempt.started_at,
        good_until=at + LEASE,
    )


def _check_same_bytes(payment: Payment, attempt: PaymentAttempt, request: bytes) -> None:
    if hashlib.sha256(request).digest() != attempt.request_sha256:
        raise ContentChanged(
            "The request would differ from the one sent before under the same key; nothing was sent.",
            record=payment.reference,
            remedy="Was the financial account changed in the settings? Put it back, or look the payment up.",
        )


def _lease(session: Session, payment: Payment, *, worker: str, until: datetime) -> None:
    lease = queries.find_lease(session, payment.id)
    if lease is None:
        lease = DispatchLease(payment_id=payment.id, worker=worker, until=until)
    lease.worker, lease.until = worker, until
    session.add(lease)
