"""What follows from an answer: states along the allowed edges, and the money with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from reparations.db import Row
from reparations.ids import new_id
from reparations.ledger import postings
from reparations.ledger.postings import NewTransfer
from reparations.money import Money
from reparations.payments import queries, rules
from reparations.payments.models import AnswerSource, Batch, BatchStatus, Payment, PaymentAnswer, PaymentStatus
from reparations.payments.rails.protocol import Answer

_POSTINGS = {
    PaymentStatus.PAID: postings.payment_settled,
    PaymentStatus.RETURNED: postings.payment_returned,
    PaymentStatus.REJECTED: postings.payment_rejected,
}


@dataclass(frozen=True, slots=True)
class Applied:
    """What an answer did to a payment."""

    path: Sequence[PaymentStatus]
    """The states it went through, in order; empty if none."""
    transfers: Sequence[NewTransfer]
    contradiction: bool

    @property
    def action(self) -> str:
        """What to call the deed in the log."""
        if self.contradiction:
            return "payment.contradicted"
        return f"payment.{self.path[-1]}" if self.path else "payment.asked"


def add_answer(
    session: Session,
    payment: Payment,
    answer: Answer,
    *,
    number: int,
    source: AnswerSource,
    at: datetime,
    statement: tuple[str, int] | None = None,
) -> PaymentAnswer:
    """Write an answer down, numbered after the last one."""
    row = PaymentAnswer(
        id=new_id("ans"),
        payment_id=payment.id,
        number=number,
        source=source,
        outcome=answer.outcome,
        code=answer.code,
        provider_ref=answer.provider_ref,
        statement_id=statement[0] if statement else None,
        statement_line=statement[1] if statement else None,
        at=at,
    )
    session.add(row)
    return row


def apply_answer(
    session: Session, payment: Payment, answer: Answer, *, window_over: bool = False, at: datetime
) -> Applied:
    """Take a payment, which the caller holds, where an answer says it is.  The caller posts the transfers."""
    if rules.is_contradiction(payment, answer.outcome, answer.provider_ref):
        return Applied(path=(), transfers=(), contradiction=True)
    path = rules.compute_path(PaymentStatus(payment.status), answer.outcome, window_over=window_over)
    if answer.provider_ref is not None and payment.provider_ref is None:
        payment.provider_ref = answer.provider_ref
    transfers: list[NewTransfer] = []
    session.add(payment)
    session.flush()
    for status in path:
        payment.status, payment.status_at = status, at
        session.flush()
        if status in _POSTINGS:
            amount = Money(payment.amount_minor, payment.currency)
            transfers += _POSTINGS[status](payment.reference, fund_id=payment.fund_id, amount=amount)
    return Applied(path=path, transfers=transfers, contradiction=False)


def complete_if_done(session: Session, batch: Batch) -> list[Row]:
    """Close a released batch, which the caller holds, once nothing of it is awaited any more; return what changed."""
    session.flush()
    if batch.status != BatchStatus.RELEASED or queries.is_open(session, batch.id):
        return []
    batch.status = BatchStatus.COMPLETED
    session.add(batch)
    return [batch]
