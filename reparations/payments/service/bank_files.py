"""Making a bank file of the released payments of one batch and fund, and handing it to the payer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.ids import new_id
from reparations.ledger import postings
from reparations.ledger import service as ledger
from reparations.ledger.postings import Movement
from reparations.money import Money
from reparations.payments import queries, rules
from reparations.payments.models import BankFile, Batch, Payment, PaymentAttempt, PaymentStatus
from reparations.payments.rails.bank_file import Debtor, PaymentFile, write_payment_file
from reparations.payments.rails.protocol import Instruction
from reparations.payments.service.content import open_details
from reparations.principal import SYSTEM, Principal
from reparations.registry.models import Rail
from reparations.vault import create_subject, keyring_of, open_subject


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A bank file as it goes to the bank."""

    file: BankFile
    content: bytes


def make_bank_file(session: Session, *, batch_id: str, fund_id: str, debtor: Debtor, at: datetime) -> BankFile | None:
    """Put the released payments of one batch and fund into a file, all in one transaction with their being dispatched.

    Nothing is sent: the file is sealed, and its hash is in the log before anybody can have it.  So there is no moment
    in which a payment is in a file and we do not know it; doing it again finds nothing left to do.

    Returns:
        the file, or None where no payment waits for one.

    Raises:
        FileBroken, UnpayableDetails, ContentChanged: nothing was stored.
    """
    batch = queries.lock_batch(session, batch_id)
    held = set(queries.list_held(session, batch_id=batch.id))
    payments = sorted(
        (
            payment
            for payment in queries.lock_payments_of_batch(session, batch.id)
            if payment.fund_id == fund_id
            and payment.rail == Rail.BANK_FILE
            and payment.status == PaymentStatus.RELEASED
            and payment.reference not in held
        ),
        key=lambda payment: payment.reference,
    )
    if not payments:
        return None
    fund_code = queries.find_fund_codes(session, [fund_id])[fund_id]
    instructions = _instructions(session, payments)
    message_id = rules.compute_message_id(
        keyring_of(session).reference_key, batch_reference=batch.reference, fund_code=fund_code
    )
    content = write_payment_file(
        PaymentFile(message_id=message_id, created_at=at, debtor=debtor, instructions=instructions)
    )
    file = _store(session, batch, payments, message_id=message_id, content=content, at=at)
    attempts = _dispatch(session, payments, content_sha256=file.content_sha256, at=at)
    posting = ledger.post_batch(
        session,
        entry_id=f"batch-{batch.reference}-{fund_code}-dispatched",
        movement=Movement.DISPATCHED,
        fund_id=fund_id,
        currency=batch.currency,
        amounts=postings.payments_dispatched({payment.reference: payment.amount_minor for payment in payments}),
        occurred_on=at.date(),
        at=at,
    )
    audit.record(
        session,
        at=at,
        actor=SYSTEM,
        action="bank_file.made",
        subject=file.id,
        body={
            "batch": batch.reference,
            "fund": fund_code,
            "message_id": message_id,
            "sha256": file.content_sha256.hex(),
            "payments": file.payment_count,
            "total": {"amount_minor": file.total_minor, "currency": file.currency},
        },
        rows=[file, *payments, *attempts, posting.digest],
    )
    return file


def log_file_opening(session: Session, bank_file_id: str, *, officer: Principal, at: datetime) -> int:
    """Record that an officer takes a bank file; the file is opened after this has been committed.

    Raises:
        BankFileNotFound: there is none.
    """
    file = queries.get_bank_file(session, bank_file_id)
    return audit.record(
        session,
        at=at,
        actor=officer,
        action="bank_file.opened",
        subject=file.id,
        body={"message_id": file.message_id, "sha256": file.content_sha256.hex()},
    )


def open_bank_file(session: Session, bank_file_id: str) -> OpenedFile:
    """Open a bank file, after `log_file_opening` has been committed.

    Raises:
        BankFileNotFound: there is none.
        SealBroken: it is not what was stored.
    """
    file = queries.get_bank_file(session, bank_file_id)
    content = open_subject(session, file.id).open_bytes(place=_place(file.id), sealed=file.content_sealed)
    return OpenedFile(file, content)


def _instructions(session: Session, payments: Sequence[Payment]) -> list[Instruction]:
    destinations = queries.find_destinations_by_id(session, [payment.destination_id for payment in payments])
    return [
        Instruction(
            reference=payment.reference,
            amount=Money(payment.amount_minor, payment.currency),
            details=open_details(session, payment, destinations[payment.destination_id]),
        )
        for payment in payments
    ]


def _store(
    session: Session, batch: Batch, payments: Sequence[Payment], *, message_id: str, content: bytes, at: datetime
) -> BankFile:
    file_id = new_id("bnk")
    file = BankFile(
        id=file_id,
        batch_id=batch.id,
        fund_id=payments[0].fund_id,
        message_id=message_id,
        content_sha256=hashlib.sha256(content).digest(),
        payment_count=len(payments),
        total_minor=sum(payment.amount_minor for payment in payments),
        currency=payments[0].currency,
        content_sealed=create_subject(session, file_id, at=at).seal(place=_place(file_id), plaintext=content),
        created_at=at,
    )
    session.add(file)
    return file


def _dispatch(
    session: Session, payments: Sequence[Payment], *, content_sha256: bytes, at: datetime
) -> list[PaymentAttempt]:
    """Take the payments through their states one by one: the database knows no shorter way."""
    attempts = [
        PaymentAttempt(
            id=new_id("att"),
            payment_id=payment.id,
            idempotency_key=payment.reference,
            request_sha256=content_sha256,
            started_at=at,
        )
        for payment in payments
    ]
    session.add_all(attempts)
    session.flush()
    for status in (PaymentStatus.DISPATCHING, PaymentStatus.SUBMITTED):
        for payment in payments:
            payment.status, payment.status_at = status, at
            session.add(payment)
        session.flush()
    return attempts


def _place(file_id: str) -> str:
    return f"bank_file|content|{file_id}"
