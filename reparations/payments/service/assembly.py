"""Assembling a batch: which instalments are due, who may be paid now, and who may not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.eligibility.language import PaymentHolding
from reparations.eligibility.models import Instalment
from reparations.eligibility.queries import Payee, find_minors, find_overpaid, find_suspended
from reparations.eligibility.service import hold_minors
from reparations.ids import new_id
from reparations.money import Money
from reparations.payments import queries, rules
from reparations.payments.errors import (
    BatchTooLarge,
    NothingToPay,
    NotReissuable,
    UnpayableDetails,
    WrongState,
)
from reparations.payments.models import MAX_BATCH, Batch, BatchStatus, Payment, PaymentStatus
from reparations.payments.queries import DueInstalment, History
from reparations.payments.rules import LeftOutReason
from reparations.payments.service.content import commit_to_details
from reparations.principal import Principal
from reparations.registry import queries as registry
from reparations.registry.models import Claim, ClaimStatus, PaymentDestination, Programme
from reparations.vault import keyring_of

_NOTHING_BEFORE = History(last_ordinal=0, returned=None)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An instalment that is due and not in the batch."""

    instalment_id: str
    claim_reference: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Assembled:
    """A new batch, and what is not in it."""

    batch: Batch
    left_out: list[LeftOut]


@dataclass(frozen=True, slots=True)
class _Payable:
    """An instalment that can be paid, with all that its payment freezes."""

    due: DueInstalment
    claim: Claim
    destination: PaymentDestination
    commitment: bytes
    ordinal: int
    reissues: Payment | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What was looked up for all instalments at once."""

    programme: Programme
    claims: Mapping[tuple[str, str], Claim]
    histories: Mapping[str, History]
    deceased: Collection[str]
    suspended: Collection[str]
    """Instalments that an appeal suspends, or a decision grants no more."""
    overpaid: Collection[str]
    """Instalments of which an overpayment is outstanding."""
    duplicates: Collection[str]
    destinations: Mapping[str, PaymentDestination]
    minors: Mapping[str, tuple[Instalment, PaymentHolding]]
    """Instalments due to a claimant who is a minor by the facts as they are now, or not known to be none."""
    reissuing: frozenset[str] = field(default_factory=frozenset)
    """Instalments whose returned payment is to be replaced."""


def assemble_batch(
    session: Session,
    *,
    programme: str,
    due_until: date,
    instalment_ids: Sequence[str] | None = None,
    officer: Principal,
    at: datetime,
) -> Assembled:
    """Make a draft of payments for every unpaid instalment of a programme that is due, or for those named.

    An instalment is left out, with the reason, while its payee has died, an appeal suspends it or a decision grants it
    no more, its payee stands in an open pair of possible duplicates, is a minor by facts that changed since it was made
    (it is put in trust then), has no destination that its rail can carry, or had its last payment returned (see
    `reissue_payments`).

    Args:
        session: of the deed.
        programme: code or id.
        due_until: last day on which an instalment falls due to be taken.
        instalment_ids: only these; None means all.
        officer: who assembles; he approves, releases and pays nothing of it.
        at: now.

    Raises:
        ProgrammeNotFound: see `registry.errors`.
        NothingToPay: nothing can be paid now; the message counts the reasons.
        BatchTooLarge: more than `MAX_BATCH` instalments.
    """
    found = registry.get_programme(session, programme)
    registry.lock_counter(session, found.id)
    due = queries.list_due(session, found.id, due_until=due_until, instalment_ids=instalment_ids, limit=MAX_BATCH)
    return _assemble(session, found, due, reissuing=frozenset(), officer=officer, at=at)


def reissue_payment(session: Session, payment_id: str, *, officer: Principal, at: datetime) -> Batch:
    """Replace one returned payment; see `reissue_payments`."""
    return reissue_payments(session, [payment_id], officer=officer, at=at)


def reissue_payments(session: Session, payment_ids: Sequence[str], *, officer: Principal, at: datetime) -> Batch:
    """Make a draft of new payments in place of returned ones, to the payees' new destinations.

    The new batch needs approvals and a release of its own; the money is reserved out of what was returned.

    Raises:
        PaymentNotFound: one does not exist.
        WrongState: one was not returned, or they are of different programmes.
        NotReissuable: a payee has given no new destination, or may not be paid now; the message says which.
    """
    old = [queries.get_payment(session, payment_id) for payment_id in payment_ids]
    batches = {payment.batch_id: queries.get_batch(session, payment.batch_id) for payment in old}
    programmes = {batch.programme_id for batch in batches.values()}
    if len(programmes) != 1:
        raise WrongState("Payments of one programme are reissued together.")
    programme = registry.get_programme(session, programmes.pop())
    registry.lock_counter(session, programme.id)
    for payment in queries.lock_payments(session, [payment.id for payment in old]):
        if payment.status != PaymentStatus.RETURNED:
            raise WrongState(
                f"The payment is {payment.status}; only a returned one is paid again.", record=payment.reference
            )
    instalments = {payment.instalment_id for payment in old}
    due = queries.list_due(session, programme.id, due_until=date.max, instalment_ids=instalments, limit=MAX_BATCH)
    assembled = _assemble(session, programme, due, reissuing=frozenset(instalments), officer=officer, at=at)
    if assembled.left_out:
        first = assembled.left_out[0]
        raise NotReissuable(
            f"{len(assembled.left_out)} of the payments cannot be reissued: {first.reason}.",
            record=first.claim_reference,
            remedy="Record the payee's new destination first, or leave the payment out.",
        )
    return assembled.batch


def _assemble(
    session: Session,
    programme: Programme,
    due: Sequence[DueInstalment],
    *,
    reissuing: frozenset[str],
    officer: Principal,
    at: datetime,
) -> Assembled:
    if len(due) > MAX_BATCH:
        raise BatchTooLarge(
            f"A batch holds {MAX_BATCH:,} payments at most.", remedy="Name the instalments, or an earlier day."
        )
    known = _look_up(session, programme, due, reissuing, on=at.date())
    payable: list[_Payable] = []
    left_out: list[LeftOut] = []
    for one in due:
        judged = _judge(session, one, known)
        if isinstance(judged, _Payable):
            payable.append(judged)
        else:
            left_out.append(LeftOut(one.instalment.id, one.award_claim_reference, judged))
    if not payable:
        reasons = ", ".join(
            f"{count} {reason}" for reason, count in sorted(Counter(o.reason for o in left_out).items())
        )
        raise NothingToPay(
            f"No instalment can be paid now ({reasons or 'none is due'}).",
            record=programme.code,
            remedy="See to the reasons, or name a later day.",
        )
    batch, payments = _store(session, programme, payable, officer=officer, at=at)
    hold_minors(session, _list_untouched_minors(due, left_out, known), officer=officer, at=at)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="batch.assembled",
        subject=batch.id,
        body={
            "reference": batch.reference,
            "programme": programme.code,
            "payments": batch.payment_count,
            "total": {"amount_minor": batch.total_minor, "currency": batch.currency},
            "left_out": len(left_out),
            "reissues": len(reissuing),
        },
        rows=[batch, *payments, *[one.reissues for one in payable if one.reissues is not None]],
    )
    return Assembled(batch, left_out)


def _list_untouched_minors(
    due: Sequence[DueInstalment], left_out: Sequence[LeftOut], known: _Known
) -> list[tuple[Instalment, PaymentHolding]]:
    """List what is due to minors and is put in trust: nothing was taken of it, and no money of it came back."""
    under_age = {one.instalment_id for one in left_out if one.reason == LeftOutReason.UNDER_AGE}
    return [
        known.minors[one.instalment.id]
        for one in due
        if one.instalment.id in under_age
        and one.left_minor == one.instalment.amount_minor
        and known.histories.get(one.instalment.id, _NOTHING_BEFORE).returned is None
    ]


def _look_up(
    session: Session, programme: Programme, due: Sequence[DueInstalment], reissuing: frozenset[str], *, on: date
) -> _Known:
    payees = {one.instalment.payee_party_id for one in due}
    claims = queries.find_payee_claims(session, programme.id, payees)
    concerned = {claim.id for claim in claims.values()} | {one.award_claim_id for one in due if one.award_claim_id}
    histories = queries.find_histories(session, [one.instalment.id for one in due])
    # An heir's share was held or not by the list of his division, which is not looked at again.
    own = [
        (one.instalment, Payee(claim.id, one.award_decision_id or "", claim.party_id))
        for one in due
        if (claim := claims.get((one.instalment.payee_party_id, one.award_claim_id or ""))) is not None
        and claim.id == one.award_claim_id
    ]
    return _Known(
        programme=programme,
        claims=claims,
        histories=histories,
        deceased=registry.find_deceased(session, payees),
        suspended=find_suspended(session, [one.instalment.id for one in due]),
        overpaid=find_overpaid(session, [one.instalment.id for one in due]),
        duplicates=registry.find_open_duplicates(session, concerned),
        destinations=registry.find_destinations(session, payees),
        minors=find_minors(session, own, on=on),
        reissuing=reissuing,
    )


def _judge(session: Session, due: DueInstalment, known: _Known) -> _Payable | str:
    """Say why an instalment cannot be paid, or give all that its payment needs."""
    instalment = due.instalment
    history = known.histories.get(instalment.id, _NOTHING_BEFORE)
    claim = known.claims.get((instalment.payee_party_id, due.award_claim_id or ""))
    destination = known.destinations.get(instalment.payee_party_id)
    minor = known.minors.get(instalment.id)
    returned = history.returned
    # Of an instalment something was taken from, what came back is free again: the rest is paid anew, not reissued.
    is_freed = returned is not None and due.left_minor < returned.amount_minor
    reissues = returned if instalment.id in known.reissuing and not is_freed else None
    for reason, holds in (
        (LeftOutReason.COLLECTIVE, due.award_claim_id is None),
        (LeftOutReason.OTHER_CURRENCY, instalment.currency != known.programme.currency),
        (LeftOutReason.NO_CLAIM, claim is None),
        (LeftOutReason.CLAIM_CLOSED, claim is not None and claim.status != ClaimStatus.OPEN),
        (LeftOutReason.PAYEE_DIED, instalment.payee_party_id in known.deceased),
        (LeftOutReason.SUSPENDED, instalment.id in known.suspended),
        (LeftOutReason.OVERPAID, instalment.id in known.overpaid),
        (
            LeftOutReason.DUPLICATE,
            bool({due.award_claim_id, claim.id if claim else None} & set(known.duplicates)),
        ),
        (LeftOutReason.UNDER_AGE, minor is not None and minor[1].until is not None),
        (LeftOutReason.AGE_UNKNOWN, minor is not None),
        (LeftOutReason.RETURNED, reissues is None and returned is not None and not is_freed),
        (LeftOutReason.NO_DESTINATION, destination is None),
        (
            LeftOutReason.DESTINATION_UNCHANGED,
            returned is not None and destination is not None and destination.id == returned.destination_id,
        ),
    ):
        if holds:
            return reason
    assert claim is not None  # noqa: S101 said above
    assert destination is not None  # noqa: S101 said above
    amount = Money(due.left_minor, instalment.currency)
    details = registry.open_destination(session, destination)
    try:
        rules.check_carriable(destination.rail, details, amount)
    except UnpayableDetails as unpayable:
        return f"{LeftOutReason.UNPAYABLE}:{unpayable.reason}"
    return _Payable(
        due=due,
        claim=claim,
        destination=destination,
        commitment=commit_to_details(session, destination, details),
        ordinal=history.last_ordinal + 1,
        reissues=reissues,
    )


def _store(
    session: Session, programme: Programme, payable: Sequence[_Payable], *, officer: Principal, at: datetime
) -> tuple[Batch, list[Payment]]:
    number = queries.get_next_batch_number(session, programme.id)
    batch = Batch(
        id=new_id("bat"),
        programme_id=programme.id,
        number=number,
        reference=f"{programme.code}-B{number:03d}",
        status=BatchStatus.DRAFT,
        payment_count=len(payable),
        total_minor=sum(one.due.left_minor for one in payable),
        currency=programme.currency,
        created_by=officer.person_id,
        created_at=at,
    )
    for one in payable:
        if one.reissues is not None:
            one.reissues.status, one.reissues.status_at = PaymentStatus.REISSUED, at
            session.add(one.reissues)
    session.add(batch)
    session.flush()
    payments = [_payment(session, batch, one, at=at) for one in payable]
    session.add_all(payments)
    session.flush()
    return batch, payments


def _payment(session: Session, batch: Batch, payable: _Payable, *, at: datetime) -> Payment:
    instalment = payable.due.instalment
    return Payment(
        id=new_id("pay"),
        reference=rules.compute_reference(
            keyring_of(session).reference_key,
            claim_reference=payable.due.award_claim_reference or "",
            instalment_number=instalment.number,
            ordinal=payable.ordinal,
        ),
        batch_id=batch.id,
        instalment_id=instalment.id,
        ordinal=payable.ordinal,
        claim_id=payable.claim.id,
        payee_party_id=instalment.payee_party_id,
        destination_id=payable.destination.id,
        destination_commitment=payable.commitment,
        rail=payable.destination.rail,
        fund_id=instalment.fund_id,
        amount_minor=payable.due.left_minor,
        currency=instalment.currency,
        status=PaymentStatus.DRAFT,
        status_at=at,
        reissues_id=payable.reissues.id if payable.reissues else None,
    )
