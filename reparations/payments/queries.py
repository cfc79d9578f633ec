"""Reading batches, payments and what is due.  `get_` gives one or raises, `find_` may give none, `lock_` holds rows.

Rows are locked in this order: the programme's counter, the batch, its payments by id; the books' balances and the
head of the log come last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from reparations.db import for_update
from reparations.eligibility.models import Award, Instalment
from reparations.eligibility.queries import is_held, is_not_payable, sum_left
from reparations.ledger.models import Fund
from reparations.payments.errors import BankFileNotFound, BatchNotFound, PaymentNotFound
from reparations.payments.models import (
    SETTLED,
    BankFile,
    BankStatement,
    Batch,
    BatchApproval,
    DispatchLease,
    HeldBackReason,
    Payment,
    PaymentAnswer,
    PaymentAttempt,
    PaymentStatus,
    PaymentWithdrawal,
    StatementFinding,
)
from reparations.payments.rules import CLOSED
from reparations.registry.models import Claim, ClaimStatus, Duty, DutyKind, Party, PaymentDestination, Rail
from reparations.registry.queries.chunking import chunks

# ── what is due ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class DueInstalment:
    """An instalment that no live payment stands for, with the claim whose award it is part of."""

    instalment: Instalment
    left_minor: int
    """What is left of it to pay."""
    award_claim_id: str | None
    award_decision_id: str | None
    award_claim_reference: str | None


@dataclass(frozen=True, slots=True)
class History:
    """What was tried before for an instalment."""

    last_ordinal: int
    returned: Payment | None
    """The payment that came back and has not been replaced; its money is kept apart."""


def list_due(
    session: Session, programme_id: str, *, due_until: date, instalment_ids: Collection[str] | None, limit: int
) -> list[DueInstalment]:
    """List a programme's unpaid instalments due by a day and not in trust, by claim and number; `limit` + 1 of them."""
    live = exists().where(
        col(Payment.instalment_id) == col(Instalment.id), col(Payment.status).not_in([str(one) for one in SETTLED])
    )
    wanted = (
        select(Instalment, sum_left(), Award, Claim.reference)
        .join(Award, col(Award.id) == col(Instalment.award_id))
        .outerjoin(Claim, col(Claim.id) == col(Award.claim_id))
        .where(Award.programme_id == programme_id, col(Instalment.due_on) <= due_until, ~live, ~is_held())
        .where(sum_left() > 0)
        .order_by(col(Claim.reference), col(Instalment.number), col(Instalment.id))
        .limit(limit + 1)
    )
    if instalment_ids is not None:
        wanted = wanted.where(col(Instalment.id).in_(sorted(instalment_ids)))
    return [
        DueInstalment(one, int(left), award.claim_id, award.decision_id, reference)
        for one, left, award, reference in session.exec(wanted).all()
    ]


def find_payee_claims(session: Session, programme_id: str, party_ids: Collection[str]) -> dict[tuple[str, str], Claim]:
    """Return the payees' claims by (party, award's claim): an heir's own claim runs through the award's."""
    found: dict[tuple[str, str], Claim] = {}
    for chunk in chunks(party_ids):
        wanted = select(Claim).where(Claim.programme_id == programme_id, col(Claim.party_id).in_(chunk))
        for claim in session.exec(wanted):
            found[claim.party_id, claim.id] = claim
            if claim.through_claim_id is not None:
                found[claim.party_id, claim.through_claim_id] = claim
    return found


def find_claims(session: Session, claim_ids: Collection[str]) -> dict[str, Claim]:
    """Return claims, whatever has become of them, by id."""
    found: dict[str, Claim] = {}
    for chunk in chunks(claim_ids):
        found.update((claim.id, claim) for claim in session.exec(select(Claim).where(col(Claim.id).in_(chunk))))
    return found


def find_histories(session: Session, instalment_ids: Collection[str]) -> dict[str, History]:
    """Return what was tried before for each instalment for which something was, by instalment."""
    found: dict[str, History] = {}
    for chunk in chunks(instalment_ids):
        wanted = select(Payment).where(col(Payment.instalment_id).in_(chunk)).order_by(col(Payment.ordinal))
        for payment in session.exec(wanted):
            before = found.get(payment.instalment_id)
            returned = payment if payment.status == PaymentStatus.RETURNED else before.returned if before else None
            found[payment.instalment_id] = History(payment.ordinal, returned)
    return found


def get_next_batch_number(session: Session, programme_id: str) -> int:
    """Return the number after the programme's last batch; the caller holds the programme's counter."""
    last = session.exec(select(func.max(col(Batch.number))).where(Batch.programme_id == programme_id)).one()
    return (last or 0) + 1


def find_fund_codes(session: Session, fund_ids: Collection[str]) -> dict[str, str]:
    """Return the codes of funds, by id."""
    wanted = select(Fund.id, Fund.code).where(col(Fund.id).in_(sorted(set(fund_ids))))
    return {fund_id: code for fund_id, code in session.exec(wanted).all()}  # noqa: C416 rows are not pairs to mypy


# ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def get_batch(session: Session, batch_id: str) -> Batch:
    """Return a batch by its id or reference.

    Raises:
        BatchNotFound: there is none.
    """
    return _one_batch(session.exec(_batch_wanted(batch_id)).one_or_none())


def lock_batch(session: Session, batch_id: str) -> Batch:
    """Return a batch by its id or reference and hold it until the transaction ends; see `get_batch`."""
    wanted = for_update(_batch_wanted(batch_id)).execution_options(populate_existing=True)
    return _one_batch(session.exec(wanted).one_or_none())


def _batch_wanted(batch_id: str) -> SelectOfScalar[Batch]:
    return select(Batch).where(or_(col(Batch.id) == batch_id, col(Batch.reference) == batch_id))


def _one_batch(batch: Batch | None) -> Batch:
    if batch is None:
        raise BatchNotFound("There is no such batch.", remedy="List them with GET /batches.")
    return batch


def list_batches(session: Session, *, status: str | None, after: str | None, limit: int) -> Sequence[Batch]:
    """List batches by id, `limit` of them and one more if there is one."""
    wanted = select(Batch).order_by(col(Batch.id)).limit(limit + 1)
    if status is not None:
        wanted = wanted.where(Batch.status == status)
    return session.exec(wanted.where(Batch.id > after) if after else wanted).all()


def list_approvals(session: Session, batch_id: str) -> Sequence[BatchApproval]:
    """List a batch's approvals in the order they were given."""
    wanted = select(BatchApproval).where(BatchApproval.batch_id == batch_id)
    return session.exec(wanted.order_by(col(BatchApproval.position))).all()


def is_open(session: Session, batch_id: str) -> bool:
    """Say whether anything is still awaited of a batch's payments."""
    closed = [str(status) for status in CLOSED]
    wanted = select(Payment.id).where(Payment.batch_id == batch_id, col(Payment.status).not_in(closed)).limit(1)
    return session.exec(wanted).first() is not None


def count_by_status(session: Session, batch_id: str) -> dict[str, int]:
    """Count a batch's payments by where they stand."""
    wanted = select(Payment.status, func.count()).where(Payment.batch_id == batch_id).group_by(Payment.status)
    return dict(sorted((str(status), int(count)) for status, count in session.exec(wanted).all()))


# ── payments ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def get_payment(session: Session, payment_id: str) -> Payment:
    """Return a payment by its id or reference.

    Raises:
        PaymentNotFound: there is none.
    """
    wanted = select(Payment).where(or_(col(Payment.id) == payment_id, col(Payment.reference) == payment_id))
    return _one_payment(session.exec(wanted).one_or_none())


def lock_payment(session: Session, payment_id: str) -> Payment:
    """Return a payment and hold it until the transaction ends; see `get_payment`."""
    wanted = for_update(select(Payment).where(Payment.id == payment_id)).execution_options(populate_existing=True)
    return _one_payment(session.exec(wanted).one_or_none())


def _one_payment(payment: Payment | None) -> Payment:
    if payment is None:
        raise PaymentNotFound(
            "There is no such payment.", remedy="List a batch's payments with GET /batches/{id}/payments."
        )
    return payment


def lock_payments_of_batch(session: Session, batch_id: str) -> list[Payment]:
    """Return and hold all payments of a batch, by id."""
    wanted = select(Payment).where(Payment.batch_id == batch_id).order_by(col(Payment.id))
    return list(session.exec(for_update(wanted).execution_options(populate_existing=True)).all())


def lock_payments(session: Session, payment_ids: Collection[str]) -> list[Payment]:
    """Return and hold payments, by id."""
    found: list[Payment] = []
    for chunk in chunks(payment_ids):
        wanted = select(Payment).where(col(Payment.id).in_(chunk)).order_by(col(Payment.id))
        found.extend(session.exec(for_update(wanted).execution_options(populate_existing=True)).all())
    return found


def find_payments_by_reference(session: Session, references: Iterable[str]) -> dict[str, Payment]:
    """Return the payments that bear these references, by reference."""
    found: dict[str, Payment] = {}
    for chunk in chunks(set(references)):
        for payment in session.exec(select(Payment).where(col(Payment.reference).in_(chunk))):
            found[payment.reference] = payment
    return found


def list_payments(
    session: Session, batch_id: str, *, status: str | None = None, after: str | None, limit: int
) -> Sequence[Payment]:
    """List a batch's payments by reference, `limit` of them and one more if there is one."""
    wanted = select(Payment).where(Payment.batch_id == batch_id).order_by(col(Payment.reference)).limit(limit + 1)
    if status is not None:
        wanted = wanted.where(Payment.status == status)
    return session.exec(wanted.where(Payment.reference > after) if after else wanted).all()


def get_attempt(session: Session, payment_id: str) -> PaymentAttempt | None:
    """Return what was committed to be sent for a payment, if anything was."""
    return session.exec(select(PaymentAttempt).where(PaymentAttempt.payment_id == payment_id)).one_or_none()


def list_answers(session: Session, payment_id: str) -> Sequence[PaymentAnswer]:
    """List what was said of a payment, in the order it was said."""
    wanted = select(PaymentAnswer).where(PaymentAnswer.payment_id == payment_id)
    return session.exec(wanted.order_by(col(PaymentAnswer.number))).all()


def find_last_answers(session: Session, payment_ids: Collection[str]) -> dict[str, int]:
    """Return the number of the last answer to each payment that has one."""
    found: dict[str, int] = {}
    for chunk in chunks(payment_ids):
        wanted = select(PaymentAnswer.payment_id, func.max(col(PaymentAnswer.number)))
        wanted = wanted.where(col(PaymentAnswer.payment_id).in_(chunk)).group_by(PaymentAnswer.payment_id)
        found.update((str(payment_id), int(number)) for payment_id, number in session.exec(wanted).all())
    return found


def find_destinations_by_id(session: Session, destination_ids: Collection[str]) -> dict[str, PaymentDestination]:
    """Return destinations, whatever has become of them, by id."""
    found: dict[str, PaymentDestination] = {}
    for chunk in chunks(destination_ids):
        for one in session.exec(select(PaymentDestination).where(col(PaymentDestination.id).in_(chunk))):
            found[one.id] = one
    return found


def find_own_duties(
    session: Session, claim_ids: Collection[str], *, person_id: str, kinds: Collection[DutyKind]
) -> set[str]:
    """Return those of `claim_ids` on which a person holds one of `kinds` already."""
    found: set[str] = set()
    for chunk in chunks(claim_ids):
        wanted = select(Duty.claim_id).where(
            col(Duty.claim_id).in_(chunk),
            Duty.person_id == person_id,
            col(Duty.duty).in_([str(kind) for kind in kinds]),
        )
        found.update(session.exec(wanted))
    return found


# ── dispatch ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def lock_next_payment(
    session: Session, *, rails: Collection[str], now: datetime, batch_id: str | None
) -> Payment | None:
    """Return and lock the next payment to send that no other worker is busy with and nothing holds, or None."""
    busy = exists().where(col(DispatchLease.payment_id) == col(Payment.id), col(DispatchLease.until) > now)
    to_send = (PaymentStatus.RELEASED, PaymentStatus.DISPATCHING, PaymentStatus.UNKNOWN)
    wanted = (
        select(Payment)
        .where(col(Payment.rail).in_(sorted(rails)), col(Payment.status).in_([str(one) for one in to_send]))
        .where(~busy, ~_is_held())
        .order_by(col(Payment.id))
        .limit(1)
        .with_for_update(of=Payment, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if batch_id is not None:
        wanted = wanted.where(Payment.batch_id == batch_id)
    return session.exec(wanted).one_or_none()


def find_lease(session: Session, payment_id: str) -> DispatchLease | None:
    """Return who is busy with a payment, as the database now says."""
    wanted = select(DispatchLease).where(DispatchLease.payment_id == payment_id)
    return session.exec(wanted.execution_options(populate_existing=True)).one_or_none()


def list_to_look_up(session: Session, *, rail: str, batch_id: str | None, after: str, limit: int) -> Sequence[str]:
    """List the ids of payments whose provider may know more than we do, by id."""
    asked = (PaymentStatus.UNKNOWN, PaymentStatus.PARKED, PaymentStatus.SUBMITTED, PaymentStatus.IN_TRANSIT)
    wanted = select(Payment.id).where(
        Payment.rail == rail, col(Payment.status).in_([str(one) for one in asked]), Payment.id > after
    )
    if batch_id is not None:
        wanted = wanted.where(Payment.batch_id == batch_id)
    return session.exec(wanted.order_by(col(Payment.id)).limit(limit)).all()


def count_waiting(session: Session, *, batch_id: str | None) -> dict[str, int]:
    """Count the payments that are not closed, by where they stand: what a run has left to do, and what waits."""
    closed = [str(status) for status in CLOSED]
    wanted = select(Payment.status, func.count()).where(col(Payment.status).not_in(closed)).group_by(Payment.status)
    if batch_id is not None:
        wanted = wanted.where(Payment.batch_id == batch_id)
    return dict(sorted((str(status), int(count)) for status, count in session.exec(wanted).all()))


def count_stranded(session: Session, *, rails: Collection[str], batch_id: str | None) -> int:
    """Count the released payments that nothing holds and whose rail is none of `rails`."""
    wanted = (
        select(func.count())
        .select_from(Payment)
        .where(Payment.status == PaymentStatus.RELEASED, col(Payment.rail).not_in(sorted(rails)), ~_is_held())
    )
    if batch_id is not None:
        wanted = wanted.where(Payment.batch_id == batch_id)
    return session.exec(wanted).one()


def list_held(session: Session, *, batch_id: str | None) -> Sequence[str]:
    """List the references of released payments that are held back; see `HeldBackReason`."""
    wanted = select(Payment.reference).where(_is_held()).order_by(col(Payment.reference))
    if batch_id is not None:
        wanted = wanted.where(Payment.batch_id == batch_id)
    return session.exec(wanted).all()


def find_held_back(session: Session, payment_id: str) -> list[HeldBackReason]:
    """Return what holds a released payment back now; nothing of one in another state."""
    own = select(Payment.id).where(Payment.id == payment_id, Payment.status == PaymentStatus.RELEASED)
    return [reason for reason, holds in _held_back().items() if session.exec(own.where(holds)).first() is not None]


def find_withdrawal(session: Session, payment_id: str) -> PaymentWithdrawal | None:
    """Return that a payment was withdrawn, if it was."""
    return session.get(PaymentWithdrawal, payment_id)


def _is_held() -> ColumnElement[bool]:
    """A released payment that is not sent after all; one on its way already is followed up as any other."""
    return and_(col(Payment.status) == PaymentStatus.RELEASED, or_(*_held_back().values()))


def _held_back() -> dict[HeldBackReason, ColumnElement[bool]]:
    """The conditions, over `Payment`, each of which holds a released one back."""
    return {
        HeldBackReason.PAYEE_DIED: exists().where(col(Party.id) == col(Payment.payee_party_id), col(Party.deceased)),
        HeldBackReason.CLAIM_CLOSED: exists().where(
            col(Claim.id) == col(Payment.claim_id), col(Claim.status) != ClaimStatus.OPEN
        ),
        HeldBackReason.SUSPENDED: exists().where(col(Instalment.id) == col(Payment.instalment_id), is_not_payable()),
    }


# ── bank documents ───────────────────────────────────────────────────────────────────────────────────────────────────


def list_files_to_make(session: Session, *, batch_id: str | None) -> list[tuple[str, str]]:
    """List (batch, fund) for which released payments wait for a bank file."""
    wanted = select(Payment.batch_id, Payment.fund_id).where(
        Payment.rail == Rail.BANK_FILE, Payment.status == PaymentStatus.RELEASED, ~_is_held()
    )
    if batch_id is not None:
        wanted = wanted.where(Payment.batch_id == batch_id)
    return sorted((str(batch), str(fund)) for batch, fund in session.exec(wanted.distinct()).all())


def list_bank_files(session: Session, batch_id: str) -> Sequence[BankFile]:
    """List the files made of a batch, by id."""
    return session.exec(select(BankFile).where(BankFile.batch_id == batch_id).order_by(col(BankFile.id))).all()


def get_bank_file(session: Session, bank_file_id: str) -> BankFile:
    """Return a bank file, sealed.

    Raises:
        BankFileNotFound: there is none.
    """
    found = session.get(BankFile, bank_file_id)
    if found is None:
        raise BankFileNotFound("There is no such bank file.", remedy="List them with GET /batches/{id}/bank-files.")
    return found


def find_statement(session: Session, *, account_index: bytes, statement_ref: str) -> BankStatement | None:
    """Return a statement that was imported before."""
    wanted = select(BankStatement).where(
        BankStatement.account_index == account_index, BankStatement.statement_ref == statement_ref
    )
    return session.exec(wanted).one_or_none()


def count_statement(session: Session, statement_id: str) -> tuple[int, int, int]:
    """Count what a statement did: payments settled, payments returned, entries put aside."""
    answers = select(PaymentAnswer.outcome, func.count()).where(PaymentAnswer.statement_id == statement_id)
    counts = {str(outcome): int(n) for outcome, n in session.exec(answers.group_by(PaymentAnswer.outcome)).all()}
    findings = select(func.count()).select_from(StatementFinding).where(StatementFinding.statement_id == statement_id)
    return counts.get("paid", 0), counts.get("returned", 0), session.exec(findings).one()


def list_findings(session: Session, *, after: str | None, limit: int) -> Sequence[StatementFinding]:
    """List the entries that were put aside, by id, `limit` of them and one more if there is one."""
    wanted = select(StatementFinding).order_by(col(StatementFinding.id)).limit(limit + 1)
    return session.exec(wanted.where(StatementFinding.id > after) if after else wanted).all()
