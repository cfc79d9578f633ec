"""Overpayments: telling the payee, setting off, receiving what is paid back, waiving."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.db import Row, violated_constraint
from reparations.eligibility.models import (
    AwardReduction,
    OverpaymentNotice,
    OverpaymentRecovery,
    OverpaymentWaiver,
    RecoveryKind,
    ReductionKind,
    WaiverApproval,
    WaiverReason,
)
from reparations.eligibility.queries import find_left, get_adjustment
from reparations.eligibility.service import check_no_appeal
from reparations.ids import new_id
from reparations.ledger import postings
from reparations.ledger.postings import NewTransfer
from reparations.ledger.service import post
from reparations.money import Money
from reparations.payments.models import PaymentStatus
from reparations.principal import Principal
from reparations.recovery import queries, rules
from reparations.recovery.errors import (
    AlreadyApproved,
    AlreadyNotified,
    AmountRefused,
    AwardInMotion,
    BankReferenceReused,
    ExceedsOutstanding,
    HeldInTrust,
)
from reparations.recovery.queries import OverpaymentView
from reparations.registry.queries import get_claim


def notify_payee(
    session: Session,
    overpayment_id: str,
    *,
    notified_on: date,
    letter: str,
    object_until: date,
    objection_way: str,
    officer: Principal,
    at: datetime,
) -> OverpaymentView:
    """Record that the payee was told: by which letter, and until when and how to object.

    The same again changes nothing.

    Raises:
        OverpaymentNotFound: there is none.
        AlreadyNotified: another letter is on record.
        AmountRefused: a day lies before the one it follows, or in the future.
    """
    view = queries.lock_overpayment(session, overpayment_id)
    overpayment = view.overpayment
    if not overpayment.identified_on <= notified_on <= min(object_until, at.date()):
        raise AmountRefused(
            "A letter is written once the overpayment is known, and its last day to object is not before it.",
            field="object_until",
            record=overpayment.id,
        )
    if view.notice is not None:
        same = (view.notice.notified_on, view.notice.letter, view.notice.object_until, view.notice.objection_way)
        if same != (notified_on, letter, object_until, objection_way):
            raise AlreadyNotified("Another letter is on record.", record=overpayment.id)
        return view
    row = OverpaymentNotice(
        overpayment_id=overpayment.id,
        notified_on=notified_on,
        letter=letter,
        object_until=object_until,
        objection_way=objection_way,
        recorded_by=officer.person_id,
        recorded_at=at,
    )
    session.add(row)
    session.flush()
    _log(session, view, "overpayment.notified", rows=[row], officer=officer, at=at)
    return queries.get_overpayment(session, overpayment_id)


def receive_repayment(
    session: Session,
    overpayment_id: str,
    *,
    amount: Money,
    bank_reference: str,
    received_on: date,
    officer: Principal,
    at: datetime,
) -> OverpaymentView:
    """Record money that the payee has paid back; the same bank's reference again changes nothing.

    Raises:
        OverpaymentNotFound, AmountRefused, ExceedsOutstanding: see `recovery.errors`.
        BankReferenceReused: the reference is on record for something else.
    """
    view = queries.lock_overpayment(session, overpayment_id)
    earlier = queries.find_receipt(session, bank_reference)
    if earlier is not None:
        same = (earlier.overpayment_id, earlier.amount_minor, earlier.occurred_on, view.overpayment.currency)
        if same != (overpayment_id, amount.amount_minor, received_on, amount.currency):
            raise BankReferenceReused(
                "This bank's reference is on record for something else.", field="bank_reference", record=overpayment_id
            )
        return view
    rules.check_amount(amount, view.overpayment, outstanding_minor=view.outstanding_minor)
    row = _recovery(view, RecoveryKind.REPAID, amount, on=received_on, officer=officer, at=at)
    row.bank_reference = bank_reference
    transfers = postings.overpayment_repaid(overpayment_id, row.id, fund_id=view.overpayment.fund_id, amount=amount)
    _recover(session, view, row, transfers, action="overpayment.repaid", rows=[], officer=officer, at=at)
    return queries.get_overpayment(session, overpayment_id)


def set_off(
    session: Session,
    overpayment_id: str,
    *,
    instalment_id: str,
    amount: Money,
    officer: Principal,
    at: datetime,
) -> OverpaymentView:
    """Keep a part of a later instalment of the same payee, out of the same fund.

    Raises:
        OverpaymentNotFound, PartNotFound, AmountRefused, ExceedsOutstanding, NotSetOffable, NotHeardYet: see
            `recovery.errors`.
        AwardInMotion: the instalment is paid, in a batch or on its way.
        HeldInTrust: it is held for a minor.
        AppealUndecided: an appeal on the claim that was overpaid is open.
    """
    view = queries.lock_overpayment(session, overpayment_id)
    claim_id = get_adjustment(session, view.adjustment_id).claim_id
    check_no_appeal(session, get_claim(session, claim_id, office_id=None))
    rules.check_amount(amount, view.overpayment, outstanding_minor=view.outstanding_minor)
    instalment = queries.get_instalment(session, instalment_id)
    payments = queries.find_payments(session, [instalment.id])[instalment.id]
    left = find_left(session, [instalment.id]).get(instalment.id, instalment.amount_minor)
    rules.check_set_off(
        amount,
        view.overpayment,
        instalment,
        left_minor=left,
        is_own=view.instalment_id == instalment.id,
        notice=view.notice,
        on=at.date(),
    )
    if any(queries.is_live(payment) for payment in payments):
        paid = any(payment.status == PaymentStatus.PAID for payment in payments)
        raise AwardInMotion(
            "The instalment is paid already." if paid else "The instalment is in a batch or on its way.",
            record=instalment.id,
            remedy="Choose an instalment that is not paid, or cancel the batch.",
        )
    if queries.is_in_trust(session, instalment.id):
        raise HeldInTrust(
            "The instalment is held in trust for a minor.", record=instalment.id, remedy="Choose another instalment."
        )
    row = _recovery(view, RecoveryKind.SET_OFF, amount, on=at.date(), officer=officer, at=at)
    row.instalment_id = instalment.id
    kept = AwardReduction(
        id=new_id("red"),
        award_id=instalment.award_id,
        fund_id=instalment.fund_id,
        round_number=instalment.round_number,
        instalment_id=instalment.id,
        kind=ReductionKind.SET_OFF.value,
        amount_minor=amount.amount_minor,
        recovery_id=row.id,
        recorded_at=at,
    )
    transfers = postings.overpayment_set_off(instalment.award_id, row.id, fund_id=instalment.fund_id, amount=amount)
    returned = queries.find_returned(instalment, payments, left_minor=left)
    if returned is not None:
        transfers += postings.payment_written_back(
            returned.reference, fund_id=returned.fund_id, amount=Money(returned.amount_minor, returned.currency)
        )
    _recover(session, view, row, transfers, action="overpayment.set_off", rows=[kept], officer=officer, at=at)
    return queries.get_overpayment(session, overpayment_id)


def prepare_waiver(
    session: Session,
    overpayment_id: str,
    *,
    amount: Money,
    reason: WaiverReason,
    authority: str,
    officer: Principal,
    at: datetime,
) -> OverpaymentWaiver:
    """Prepare waiving so much of an overpayment; another person approves it.

    Raises:
        OverpaymentNotFound, AmountRefused, ExceedsOutstanding: see `recovery.errors`.
    """
    view = queries.lock_overpayment(session, overpayment_id)
    rules.check_amount(amount, view.overpayment, outstanding_minor=view.outstanding_minor)
    row = OverpaymentWaiver(
        id=new_id("wai"),
        overpayment_id=overpayment_id,
        amount_minor=amount.amount_minor,
        reason=reason.value,
        authority=authority,
        prepared_by=officer.person_id,
        prepared_at=at,
    )
    session.add(row)
    session.flush()
    _log(session, view, "waiver.prepared", rows=[row], officer=officer, at=at, amount=amount)
    return row


def approve_waiver(session: Session, waiver_id: str, *, officer: Principal, at: datetime) -> OverpaymentView:
    """Approve a waiver as the second person: so much is no longer owed back.

    Raises:
        WaiverNotFound, SamePerson, AlreadyApproved: see `recovery.errors`.
        ExceedsOutstanding: some of it was recovered meanwhile.
    """
    waiver = queries.get_waiver(session, waiver_id)
    view = queries.lock_overpayment(session, waiver.overpayment_id)
    rules.check_second(waiver.prepared_by, officer.person_id, record=waiver.id)
    if session.get(WaiverApproval, waiver.id) is not None:
        raise AlreadyApproved("Somebody has approved this waiver already.", record=waiver.id)
    amount = Money(waiver.amount_minor, view.overpayment.currency)
    rules.check_amount(amount, view.overpayment, outstanding_minor=view.outstanding_minor)
    approval = WaiverApproval(
        waiver_id=waiver.id, prepared_by=waiver.prepared_by, approved_by=officer.person_id, approved_at=at
    )
    session.add(approval)
    session.flush()
    row = _recovery(view, RecoveryKind.WAIVED, amount, on=at.date(), officer=officer, at=at)
    row.waiver_id = waiver.id
    transfers = postings.overpayment_waived(
        waiver.overpayment_id, row.id, fund_id=view.overpayment.fund_id, amount=amount
    )
    _recover(session, view, row, transfers, action="waiver.approved", rows=[approval], officer=officer, at=at)
    return queries.get_overpayment(session, waiver.overpayment_id)


def _recovery(
    view: OverpaymentView, kind: RecoveryKind, amount: Money, *, on: date, officer: Principal, at: datetime
) -> OverpaymentRecovery:
    return OverpaymentRecovery(
        id=new_id("rcv"),
        overpayment_id=view.overpayment.id,
        kind=kind.value,
        amount_minor=amount.amount_minor,
        occurred_on=on,
        recorded_by=officer.person_id,
        recorded_at=at,
    )


def _recover(
    session: Session,
    view: OverpaymentView,
    recovery: OverpaymentRecovery,
    transfers: Sequence[NewTransfer],
    *,
    action: str,
    rows: Sequence[Row],
    officer: Principal,
    at: datetime,
) -> None:
    """Insert a recovery and what goes with it, post it and log it."""
    try:
        with session.begin_nested():
            session.add(recovery)
            session.flush()
            session.add_all(rows)
            session.flush()
    except IntegrityError as error:
        if violated_constraint(error) == "overpayment_recovery.exceeds_outstanding":
            raise ExceedsOutstanding("Some of it was recovered meanwhile.", record=view.overpayment.id) from None
        raise
    posting = post(
        session,
        entry_id=f"recovery-{recovery.id}",
        transfers=transfers,
        occurred_on=recovery.occurred_on,
        at=at,
    )
    amount = Money(recovery.amount_minor, view.overpayment.currency)
    _log(session, view, action, rows=[recovery, *rows], officer=officer, at=at, amount=amount, posted=posting.digest)


def _log(
    session: Session,
    view: OverpaymentView,
    action: str,
    *,
    rows: Sequence[Row],
    officer: Principal,
    at: datetime,
    amount: Money | None = None,
    posted: audit.RowDigest | None = None,
) -> None:
    audit.record(
        session,
        at=at,
        actor=officer,
        action=action,
        subject=view.overpayment.id,
        body={
            "claim": view.reference,
            "currency": view.overpayment.currency,
            "amount_minor": view.overpayment.amount_minor if amount is None else amount.amount_minor,
        },
        rows=[*rows, *([posted] if posted is not None else [])],
    )
