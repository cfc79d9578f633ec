"""Withdrawing a payment that was released, is held back and was never sent: its money and its instalment are free."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.ledger import postings
from reparations.ledger import service as ledger
from reparations.money import Money
from reparations.payments import queries, rules
from reparations.payments.models import HeldBackReason, Payment, PaymentStatus, PaymentWithdrawal
from reparations.payments.service.answers import complete_if_done
from reparations.principal import Principal


def withdraw_payment(
    session: Session, payment_id: str, *, reason: HeldBackReason, officer: Principal, at: datetime
) -> Payment:
    """Give up a released payment that will not be sent, because its payee has died, say.

    What was set aside for it is free again, and its instalment open; of a reissue, the money is returned money again,
    and the payment that came back is owed as before.  A worker that takes the payment at the same moment either has
    it, and this is refused, or finds it gone.

    Args:
        session: of the deed.
        payment_id: id or reference.
        reason: what holds it back.
        officer: who withdraws it; he neither made, approved nor released its batch.
        at: now.

    Raises:
        PaymentNotFound, WrongState, NotHeldBack, SameOfficer: see `payments.errors`.
    """
    found = queries.get_payment(session, payment_id)
    batch = queries.lock_batch(session, found.batch_id)
    locked = queries.lock_payments(session, {found.id} | ({found.reissues_id} if found.reissues_id else set()))
    payment = next(one for one in locked if one.id == found.id)
    replaced = [one for one in locked if one.id == payment.reissues_id]
    rules.check_withdrawable(payment, queries.find_held_back(session, payment.id), reason=reason)
    rules.check_withdrawer(batch, queries.list_approvals(session, batch.id), officer=officer)

    withdrawal = PaymentWithdrawal(
        payment_id=payment.id, reason=reason, withdrawn_by=officer.person_id, withdrawn_at=at
    )
    session.add(withdrawal)
    session.flush()
    for one, status in ((payment, PaymentStatus.CANCELLED), *((old, PaymentStatus.RETURNED) for old in replaced)):
        one.status, one.status_at = status, at
        session.add(one)
        session.flush()
    freed = postings.reissue_cancelled if replaced else postings.payment_dropped
    posting = ledger.post(
        session,
        entry_id=f"payment-{payment.reference}-withdrawn",
        transfers=freed(
            payment.reference, fund_id=payment.fund_id, amount=Money(payment.amount_minor, payment.currency)
        ),
        occurred_on=at.date(),
        at=at,
    )
    audit.record(
        session,
        at=at,
        actor=officer,
        action="payment.withdrawn",
        subject=payment.id,
        body={
            "reference": payment.reference,
            "reason": reason,
            "amount": {"amount_minor": payment.amount_minor, "currency": payment.currency},
            "reissue": bool(replaced),
        },
        rows=[withdrawal, payment, *replaced, *complete_if_done(session, batch), posting.digest],
    )
    return payment
