"""Bringing the awards of a claim in line with the decision that stands: by two persons, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.audit import RowDigest
from reparations.db import Row, violated_constraint
from reparations.eligibility.models import (
    AdjustmentApproval,
    AdjustmentCause,
    Award,
    AwardAdjustment,
    AwardReduction,
    Decision,
    Overpayment,
    ReductionKind,
)
from reparations.eligibility.queries import (
    AwardDifference,
    find_difference,
    get_adjustment,
    list_heirs,
    lock_claims_of,
)
from reparations.eligibility.service import award_supplement, check_no_appeal, end_empty_trusts
from reparations.ids import new_id
from reparations.ledger import postings
from reparations.ledger.postings import NewTransfer
from reparations.ledger.service import post
from reparations.money import Money
from reparations.payments.models import Payment
from reparations.principal import Principal
from reparations.recovery import queries, rules
from reparations.recovery.errors import AdjustmentStale, AlreadyApproved, NothingToAdjust
from reparations.recovery.queries import Standing
from reparations.recovery.rules import Cut
from reparations.registry.models import Claim, Programme
from reparations.registry.queries import find_deceased, get_claim, lock_counter


@dataclass(frozen=True, slots=True)
class _Case:
    programme: Programme
    claim: Claim
    adjustment: AwardAdjustment
    approval: AdjustmentApproval


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What an approved adjustment did."""

    approval: AdjustmentApproval
    supplement: Award | None = None
    reductions: tuple[AwardReduction, ...] = ()
    overpayments: tuple[Overpayment, ...] = ()


def prepare_adjustment(
    session: Session, claim_id: str, *, citation: str, officer: Principal, at: datetime
) -> AwardAdjustment:
    """Prepare bringing a claim's awards in line with the decision that stands; another person approves it.

    Args:
        session: of the deed.
        claim_id: whose awards differ (see `eligibility.queries.list_award_differences`).
        citation: the order, rule or letter it rests on.
        officer: who prepares it.
        at: now.

    Raises:
        ClaimNotFound: see `registry.errors`.
        NothingToAdjust: the awards are what the decision grants, or there is none.
        AppealUndecided: an appeal on the claim is open: what stands may not stay.
    """
    claim = get_claim(session, claim_id, office_id=None)
    lock_claims_of(session, [claim.id])
    check_no_appeal(session, claim)
    difference = _get_difference(session, claim)
    row = AwardAdjustment(
        id=new_id("adj"),
        claim_id=claim.id,
        cause=AdjustmentCause.DECISION.value,
        decision_id=difference.decision_id,
        difference_minor=difference.difference_minor,
        currency=difference.award.currency,
        citation=citation,
        prepared_by=officer.person_id,
        prepared_at=at,
    )
    session.add(row)
    session.flush()
    _log_prepared(session, row, claim, officer=officer, at=at)
    return row


def prepare_giving_back(
    session: Session, claim_id: str, *, citation: str, officer: Principal, at: datetime
) -> AwardAdjustment:
    """Prepare giving an award back to its fund because its claimant has died and nobody is there to receive it.

    Another person approves it, like any adjustment (`approve_adjustment`).  Eligible heirs are owed anew what was
    parted to the claimant and not paid: it is a difference then, as with an heir who comes later.

    Args:
        session: of the deed.
        claim_id: whose award it is.
        citation: the rule, or the order, that gives it back.
        officer: who prepares it.
        at: now.

    Raises:
        ClaimNotFound: see `registry.errors`.
        SomebodyThere, AwardInMotion, NothingToAdjust: see `rules.plan_giving_back`.
    """
    claim = get_claim(session, claim_id, office_id=None)
    lock_claims_of(session, [claim.id])
    cuts = _plan_giving_back(session, claim)
    row = AwardAdjustment(
        id=new_id("adj"),
        claim_id=claim.id,
        cause=AdjustmentCause.NOBODY.value,
        difference_minor=-sum(cut.amount_minor for cut in cuts),
        currency=session.get_one(Programme, claim.programme_id).currency,
        citation=citation,
        prepared_by=officer.person_id,
        prepared_at=at,
    )
    session.add(row)
    session.flush()
    _log_prepared(session, row, claim, officer=officer, at=at)
    return row


def approve_adjustment(session: Session, adjustment_id: str, *, officer: Principal, at: datetime) -> Adjusted:
    """Approve an adjustment as the second person: awards, instalments and the books change at once.

    Of too much, what is not paid is written back and its fund is free of it, what is held in trust after the rest; what
    was paid becomes an overpayment of its payee.  Of too little, a supplementary award is made, funded and parted like
    any other.

    Raises:
        AdjustmentNotFound: see `eligibility.errors`.
        SamePerson, AlreadyApproved, AdjustmentStale, AwardInMotion, SomebodyThere: see `recovery.errors`.
        AppealUndecided: an appeal on the claim was lodged meanwhile.
        FundsShort, AwardsNotCovered: no fund has the money for a supplement.
    """
    adjustment = get_adjustment(session, adjustment_id)
    claim = get_claim(session, adjustment.claim_id, office_id=None)
    programme = session.get_one(Programme, claim.programme_id)
    lock_counter(session, programme.id)
    lock_claims_of(session, [claim.id])
    rules.check_second(adjustment.prepared_by, officer.person_id, record=adjustment.id)
    check_no_appeal(session, claim)
    approval = _approve(session, adjustment, claim, officer=officer, at=at)
    case = _Case(programme, claim, adjustment, approval)
    if adjustment.difference_minor > 0:
        done, rows = _supplement(session, case, officer=officer, at=at)
    else:
        done, rows = _reduce(session, case, officer=officer, at=at)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="adjustment.approved",
        subject=adjustment.id,
        body={
            "claim": claim.reference,
            "difference_minor": adjustment.difference_minor,
            "currency": adjustment.currency,
            "overpayments": len(done.overpayments),
        },
        rows=[approval, *rows],
    )
    return done


def _log_prepared(session: Session, row: AwardAdjustment, claim: Claim, *, officer: Principal, at: datetime) -> None:
    audit.record(
        session,
        at=at,
        actor=officer,
        action="adjustment.prepared",
        subject=row.id,
        body={
            "claim": claim.reference,
            "cause": row.cause,
            "difference_minor": row.difference_minor,
            "currency": row.currency,
        },
        rows=[row],
    )


def _plan_giving_back(session: Session, claim: Claim) -> list[Cut]:
    standing = queries.read_standing(session, claim.id)
    return rules.plan_giving_back(
        list_heirs(session, [claim.id]).get(claim.id, []),
        standing.unparted,
        [part for part in standing.parts if part.payee_party_id == claim.party_id],
        is_deceased=claim.party_id in find_deceased(session, [claim.party_id]),
        gives_back=queries.gives_back(session, claim.id),
        record=claim.reference,
    )


def _get_difference(session: Session, claim: Claim) -> AwardDifference:
    found = find_difference(session, claim.id)
    if found is None or found.difference_minor == 0:
        raise NothingToAdjust(
            f"The awards of {claim.reference} are what its decision grants, or there is none.",
            record=claim.reference,
            remedy="GET /award-differences lists the awards that differ.",
        )
    return found


def _approve(
    session: Session, adjustment: AwardAdjustment, claim: Claim, *, officer: Principal, at: datetime
) -> AdjustmentApproval:
    if session.get(AdjustmentApproval, adjustment.id) is not None:
        raise AlreadyApproved("Somebody has approved this adjustment already.", record=adjustment.id)
    if _compute_difference(session, adjustment, claim) != adjustment.difference_minor:
        raise AdjustmentStale(
            f"The difference on {claim.reference} is another now than when this was prepared.",
            record=adjustment.id,
            remedy="Prepare the adjustment anew.",
        )
    approval = AdjustmentApproval(
        adjustment_id=adjustment.id,
        prepared_by=adjustment.prepared_by,
        approved_by=officer.person_id,
        approved_at=at,
    )
    try:
        with session.begin_nested():
            session.add(approval)
    except IntegrityError as error:
        if violated_constraint(error) == "adjustment_approval.stale":
            raise AdjustmentStale("The difference is another now.", record=adjustment.id) from None
        raise AlreadyApproved("Somebody has approved this adjustment already.", record=adjustment.id) from None
    return approval


def _compute_difference(session: Session, adjustment: AwardAdjustment, claim: Claim) -> int | None:
    """Compute the difference as it is now; None where another decision stands."""
    if adjustment.cause == AdjustmentCause.NOBODY:
        return -sum(cut.amount_minor for cut in _plan_giving_back(session, claim))
    found = find_difference(session, claim.id)
    return found.difference_minor if found is not None and found.decision_id == adjustment.decision_id else None


def _supplement(
    session: Session, case: _Case, *, officer: Principal, at: datetime
) -> tuple[Adjusted, Sequence[Row | RowDigest]]:
    award, rows = award_supplement(
        session,
        programme=case.programme,
        claim=case.claim,
        decision=session.get_one(Decision, case.adjustment.decision_id),
        amount_minor=case.adjustment.difference_minor,
        officer=officer,
        at=at,
    )
    return Adjusted(case.approval, supplement=award), rows


def _reduce(
    session: Session, case: _Case, *, officer: Principal, at: datetime
) -> tuple[Adjusted, Sequence[Row | RowDigest]]:
    adjustment = case.adjustment
    standing = queries.read_standing(session, case.claim.id)
    total = Money(-adjustment.difference_minor, adjustment.currency)
    cuts = (
        _plan_giving_back(session, case.claim)
        if adjustment.cause == AdjustmentCause.NOBODY
        else rules.plan_reduction(total, standing.unparted, standing.parts, record=case.claim.reference)
    )
    reductions = [_reduction(cut, adjustment, at=at) for cut in cuts]
    for row in reductions:  # one by one: each is held against what those before it left
        session.add(row)
        session.flush()
    overpayments = [
        _overpayment(row, case, standing, at=at) for row in reductions if row.kind == ReductionKind.OVERPAID
    ]
    session.add_all(overpayments)
    session.flush()
    held = [row.instalment_id for row in reductions if row.from_trust and row.instalment_id]
    emptied = end_empty_trusts(session, held, officer=officer, at=at)
    rows: list[Row | RowDigest] = [*reductions, *overpayments, *emptied]
    transfers = _transfers(reductions, overpayments, standing, currency=adjustment.currency)
    if transfers:  # what nobody had funded never was in the books
        entry_id = f"adjustment-{adjustment.id}"
        rows.append(post(session, entry_id=entry_id, transfers=transfers, occurred_on=at.date(), at=at).digest)
    return Adjusted(case.approval, reductions=tuple(reductions), overpayments=tuple(overpayments)), rows


def _reduction(cut: Cut, adjustment: AwardAdjustment, *, at: datetime) -> AwardReduction:
    return AwardReduction(
        id=new_id("red"),
        award_id=cut.award_id,
        fund_id=cut.fund_id,
        round_number=cut.round_number,
        instalment_id=cut.instalment_id,
        kind=cut.kind.value,
        from_trust=cut.from_trust,
        amount_minor=cut.amount_minor,
        adjustment_id=adjustment.id,
        recorded_at=at,
    )


def _overpayment(reduction: AwardReduction, case: _Case, standing: Standing, *, at: datetime) -> Overpayment:
    return Overpayment(
        id=new_id("ovp"),
        programme_id=case.programme.id,
        reduction_id=reduction.id,
        payee_party_id=standing.instalments[reduction.instalment_id or ""].payee_party_id,
        fund_id=reduction.fund_id or "",
        amount_minor=reduction.amount_minor,
        currency=case.adjustment.currency,
        identified_on=at.date(),
        recorded_at=at,
    )


def _transfers(
    reductions: Sequence[AwardReduction], overpayments: Sequence[Overpayment], standing: Standing, *, currency: str
) -> list[NewTransfer]:
    transfers: list[NewTransfer] = []
    freed: dict[str, Payment] = {}
    for row in reductions:
        if row.kind != ReductionKind.OVERPAID and row.fund_id is not None:
            amount = Money(row.amount_minor, currency)
            if row.from_trust and row.instalment_id is not None:
                transfers += postings.trust_reduced(row.instalment_id, row.id, fund_id=row.fund_id, amount=amount)
            transfers += postings.award_written_back(
                row.award_id, row.id, number=row.round_number, fund_id=row.fund_id, amount=amount
            )
            if row.instalment_id in standing.returned:
                freed[row.instalment_id] = standing.returned[row.instalment_id]
    for payment in freed.values():
        transfers += postings.payment_written_back(
            payment.reference, fund_id=payment.fund_id, amount=Money(payment.amount_minor, currency)
        )
    for one in overpayments:
        amount = Money(one.amount_minor, currency)
        transfers += postings.overpayment_identified(one.id, fund_id=one.fund_id, amount=amount)
    return transfers
