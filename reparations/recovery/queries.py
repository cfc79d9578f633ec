"""Reading overpayments and what instalments stand at.  `get_` gives one or raises, `lock_` holds rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from reparations.eligibility.language.entitlement import WhenNobody
from reparations.eligibility.models import (
    UNPAID_KINDS,
    Assessment,
    Award,
    AwardAdjustment,
    AwardFunding,
    AwardReduction,
    Decision,
    Instalment,
    Overpayment,
    OverpaymentNotice,
    OverpaymentRecovery,
    OverpaymentWaiver,
    ReductionKind,
)
from reparations.eligibility.queries import (
    find_held_of,
    get_assessor,
    get_rule_set,
    is_held,
    list_reductions,
    sum_outstanding,
)
from reparations.payments.models import SETTLED, Payment, PaymentStatus
from reparations.recovery.errors import OverpaymentNotFound, PartNotFound, WaiverNotFound
from reparations.recovery.rules import PartState, UnpartedState
from reparations.registry.models import Claim
from reparations.registry.queries import lock_counter
from reparations.registry.queries.chunking import chunks


@dataclass(frozen=True, slots=True)
class OverpaymentView:
    """An overpayment with its claim's reference, its instalment, its notice and what was recovered."""

    overpayment: Overpayment
    reference: str
    instalment_id: str
    adjustment_id: str
    notice: OverpaymentNotice | None
    recoveries: tuple[OverpaymentRecovery, ...]
    waivers: tuple[OverpaymentWaiver, ...]

    @property
    def outstanding_minor(self) -> int:
        """What is owed back still, in minor units."""
        return self.overpayment.amount_minor - sum(one.amount_minor for one in self.recoveries)


def get_overpayment(session: Session, overpayment_id: str) -> OverpaymentView:
    """Return an overpayment with all that hangs on it.

    Raises:
        OverpaymentNotFound: there is none.
    """
    found = view_overpayments(session, session.exec(select(Overpayment).where(Overpayment.id == overpayment_id)).all())
    if not found:
        raise OverpaymentNotFound(
            "There is no such overpayment.", remedy="List them with GET /overpayments?programme=…."
        )
    return found[0]


def lock_overpayment(session: Session, overpayment_id: str) -> OverpaymentView:
    """Return an overpayment and hold its programme's counter until the transaction ends; see `get_overpayment`.

    Overpayments are append-only, so their own rows cannot be held by who may not change them.
    """
    lock_counter(session, get_overpayment(session, overpayment_id).overpayment.programme_id)
    return get_overpayment(session, overpayment_id)


def list_overpayments(
    session: Session, programme_id: str, *, outstanding_only: bool, after: str | None, limit: int
) -> list[OverpaymentView]:
    """List overpayments by id, `limit` of them and one more if there is one."""
    wanted = (
        select(Overpayment)
        .where(Overpayment.programme_id == programme_id)
        .order_by(col(Overpayment.id))
        .limit(limit + 1)
    )
    if outstanding_only:
        wanted = wanted.where(sum_outstanding() > 0)
    return view_overpayments(session, session.exec(wanted.where(Overpayment.id > after) if after else wanted).all())


def view_overpayments(session: Session, overpayments: Sequence[Overpayment]) -> list[OverpaymentView]:
    """Put together what is shown of overpayments, in the order given."""
    ids = [one.id for one in overpayments]
    reductions = {
        row.id: (row, reference)
        for row, reference in session.exec(
            select(AwardReduction, Claim.reference)
            .join(Award, col(Award.id) == AwardReduction.award_id)
            .join(Claim, col(Claim.id) == Award.claim_id)
            .where(col(AwardReduction.id).in_([one.reduction_id for one in overpayments]))
        )
    }
    notices = {
        row.overpayment_id: row
        for row in session.exec(select(OverpaymentNotice).where(col(OverpaymentNotice.overpayment_id).in_(ids)))
    }
    recoveries: defaultdict[str, list[OverpaymentRecovery]] = defaultdict(list)
    for row in session.exec(
        select(OverpaymentRecovery)
        .where(col(OverpaymentRecovery.overpayment_id).in_(ids))
        .order_by(col(OverpaymentRecovery.id))
    ):
        recoveries[row.overpayment_id].append(row)
    waivers: defaultdict[str, list[OverpaymentWaiver]] = defaultdict(list)
    for waiver in session.exec(
        select(OverpaymentWaiver)
        .where(col(OverpaymentWaiver.overpayment_id).in_(ids))
        .order_by(col(OverpaymentWaiver.id))
    ):
        waivers[waiver.overpayment_id].append(waiver)
    return [
        OverpaymentView(
            one,
            reductions[one.reduction_id][1],
            reductions[one.reduction_id][0].instalment_id or "",
            reductions[one.reduction_id][0].adjustment_id or "",
            notices.get(one.id),
            tuple(recoveries[one.id]),
            tuple(waivers[one.id]),
        )
        for one in overpayments
    ]


def get_waiver(session: Session, waiver_id: str) -> OverpaymentWaiver:
    """Return a waiver.

    Raises:
        WaiverNotFound: none of this id was prepared.
    """
    found = session.get(OverpaymentWaiver, waiver_id)
    if found is None:
        raise WaiverNotFound("No such waiver was prepared.", remedy="GET /overpayments/{id} shows them.")
    return found


def get_instalment(session: Session, instalment_id: str) -> Instalment:
    """Return an instalment.

    Raises:
        PartNotFound: there is none.
    """
    found = session.get(Instalment, instalment_id)
    if found is None:
        raise PartNotFound("There is no such instalment.", remedy="GET /awards/{award_id} shows them.")
    return found


def find_receipt(session: Session, bank_reference: str) -> OverpaymentRecovery | None:
    """Return what was recorded under a bank's reference."""
    return session.exec(
        select(OverpaymentRecovery).where(OverpaymentRecovery.bank_reference == bank_reference)
    ).one_or_none()


def list_cuts(session: Session, adjustment: AwardAdjustment) -> list[AwardReduction]:
    """List the reductions an adjustment made, by id."""
    wanted = select(AwardReduction).where(AwardReduction.adjustment_id == adjustment.id)
    return list(session.exec(wanted.order_by(col(AwardReduction.id))))


def gives_back(session: Session, claim_id: str) -> bool:
    """Say whether the rules a claim was decided by give back to the fund what nobody is there to share."""
    wanted = (
        select(Assessment.rule_set_id)
        .join(Decision, col(Decision.assessment_id) == Assessment.id)
        .join(Award, col(Award.decision_id) == Decision.id)
        .where(Award.claim_id == claim_id)
        .order_by(col(Award.number))
        .limit(1)
    )
    rule_set_id = session.exec(wanted).first()
    if rule_set_id is None:
        return False
    schemes = get_assessor(get_rule_set(session, rule_set_id)).rule_set.shares
    return not schemes or any(scheme.when_nobody is WhenNobody.BACK_TO_FUND for scheme in schemes)


# ── what a claim's awards stand at ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Standing:
    """A claim's awards, in the order in which they are paid."""

    unparted: tuple[UnpartedState, ...]
    parts: tuple[PartState, ...]
    instalments: dict[str, Instalment]
    returned: dict[str, Payment]
    """By instalment, the payment that came back and has not been replaced nor its money freed."""


def read_standing(session: Session, claim_id: str) -> Standing:
    """Read what of a claim's awards is unparted, unpaid, received and on its way."""
    awards = session.exec(select(Award).where(Award.claim_id == claim_id).order_by(col(Award.number))).all()
    numbers = {award.id: award.number for award in awards}
    reductions = list_reductions(session, numbers)
    instalments = sorted(
        session.exec(select(Instalment).where(col(Instalment.award_id).in_(numbers))),
        key=lambda one: (numbers[one.award_id], one.number),
    )
    payments = find_payments(session, [one.id for one in instalments])
    held = find_held_of(session, claim_id)
    return Standing(
        tuple(_list_unparted(session, awards, instalments, reductions)),
        tuple(_part(one, reductions, payments[one.id], in_trust=one.id in held) for one in instalments),
        {one.id: one for one in instalments},
        {
            one.id: back
            for one in instalments
            if (back := find_returned(one, payments[one.id], left_minor=_left(one, reductions))) is not None
        },
    )


def _list_unparted(
    session: Session,
    awards: Sequence[Award],
    instalments: Sequence[Instalment],
    reductions: Sequence[AwardReduction],
) -> Iterator[UnpartedState]:
    """What is funded and in no instalment, in the order of the awards; then what is not funded."""
    funding = session.exec(select(AwardFunding).where(col(AwardFunding.award_id).in_([one.id for one in awards]))).all()
    for award in awards:
        own = [row for row in funding if row.award_id == award.id]
        for row in sorted(own, key=lambda row: (row.round_number, row.fund_id)):
            book = (row.award_id, row.fund_id, row.round_number)
            parted = sum(
                one.amount_minor for one in instalments if (one.award_id, one.fund_id, one.round_number) == book
            )
            taken = sum(
                one.amount_minor
                for one in reductions
                if (one.award_id, one.fund_id, one.round_number) == book and one.instalment_id is None
            )
            if row.amount_minor > parted + taken:
                yield UnpartedState(*book, row.amount_minor - parted - taken)
    for award in awards:
        funded = sum(row.amount_minor for row in funding if row.award_id == award.id)
        taken = sum(one.amount_minor for one in reductions if one.award_id == award.id and one.fund_id is None)
        if award.amount_minor > funded + taken:
            yield UnpartedState(award.id, None, 0, award.amount_minor - funded - taken)


def find_payments(session: Session, instalment_ids: Collection[str]) -> dict[str, list[Payment]]:
    """Return every payment of instalments, by instalment, in the order they were made."""
    found: dict[str, list[Payment]] = {instalment_id: [] for instalment_id in instalment_ids}
    for chunk in chunks(instalment_ids):
        wanted = select(Payment).where(col(Payment.instalment_id).in_(chunk)).order_by(col(Payment.ordinal))
        for payment in session.exec(wanted):
            found[payment.instalment_id].append(payment)
    return found


def find_returned(instalment: Instalment, payments: Sequence[Payment], *, left_minor: int) -> Payment | None:
    """Return the payment whose returned money is kept apart, if there is one: freed is what something was taken of."""
    assert all(payment.instalment_id == instalment.id for payment in payments)  # noqa: S101 the caller sorted them
    back = [payment for payment in payments if payment.status == PaymentStatus.RETURNED]
    return back[-1] if back and back[-1].amount_minor == left_minor else None


def is_live(payment: Payment) -> bool:
    """Say whether a payment stands for its instalment."""
    return payment.status not in SETTLED


def _left(instalment: Instalment, reductions: Sequence[AwardReduction]) -> int:
    taken = sum(
        one.amount_minor for one in reductions if one.instalment_id == instalment.id and one.kind in UNPAID_KINDS
    )
    return instalment.amount_minor - taken


def _part(
    instalment: Instalment, reductions: Sequence[AwardReduction], payments: Sequence[Payment], *, in_trust: bool
) -> PartState:
    own = [one for one in reductions if one.instalment_id == instalment.id]
    paid = sum(one.amount_minor for one in payments if one.status == PaymentStatus.PAID)
    kept = sum(one.amount_minor for one in own if one.kind == ReductionKind.SET_OFF)
    overpaid = sum(one.amount_minor for one in own if one.kind == ReductionKind.OVERPAID)
    gone = max(overpaid - paid - kept, 0)  # was overpaid, and came back: owed back before anything is paid
    return PartState(
        award_id=instalment.award_id,
        fund_id=instalment.fund_id,
        round_number=instalment.round_number,
        instalment_id=instalment.id,
        payee_party_id=instalment.payee_party_id,
        unpaid_minor=0 if paid else max(_left(instalment, reductions) - gone, 0),
        received_minor=max(paid + kept - overpaid, 0),
        in_motion=any(is_live(one) and one.status != PaymentStatus.PAID for one in payments),
        in_trust=in_trust,
    )


def is_in_trust(session: Session, instalment_id: str) -> bool:
    """Say whether an instalment is held in trust for a minor."""
    return session.exec(select(Instalment.id).where(Instalment.id == instalment_id, is_held())).first() is not None
