"""Routes of adjustments and overpayments.  They only translate."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, status
from sqlmodel import Session

from reparations.eligibility.models import AdjustmentApproval, AwardAdjustment
from reparations.eligibility.queries import get_adjustment, list_adjustments
from reparations.eligibility.schemas.fields import ProgrammeQuery
from reparations.http import (
    PROBLEM_RESPONSES,
    Now,
    Page,
    PageParams,
    ReadSession,
    WriteSession,
    page_of,
    requires,
)
from reparations.money import Money
from reparations.principal import Principal, Role
from reparations.recovery import queries, service
from reparations.recovery.schemas import (
    AdjustmentIn,
    AdjustmentOut,
    AdjustmentPath,
    NoticeIn,
    OutstandingOnly,
    OverpaymentOut,
    OverpaymentPath,
    RepaymentIn,
    SetOffIn,
    WaiverIn,
    WaiverOut,
    WaiverPath,
)
from reparations.registry.queries import get_claim, get_programme

router = APIRouter(responses=PROBLEM_RESPONSES, tags=["recovery"])

FundAdministrator = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR))]
Reader = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR, Role.DECIDER, Role.AUDITOR))]


@router.post("/award-adjustments", status_code=status.HTTP_201_CREATED)
def prepare_adjustment(
    body: AdjustmentIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> AdjustmentOut:
    """Prepare bringing a claim's awards in line with the decision that stands; another person approves it."""
    row = service.prepare_adjustment(session, body.claim_id, citation=body.citation, officer=officer, at=now)
    return _show(session, row)


@router.post("/award-adjustments/without-heirs", status_code=status.HTTP_201_CREATED)
def prepare_giving_back(
    body: AdjustmentIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> AdjustmentOut:
    """Prepare giving back what nobody is there to receive, as the claimant has died; another person approves it."""
    row = service.prepare_giving_back(session, body.claim_id, citation=body.citation, officer=officer, at=now)
    return _show(session, row)


@router.get("/award-adjustments")
def list_award_adjustments(
    _officer: Reader, session: ReadSession, page: PageParams, programme: ProgrammeQuery
) -> Page[AdjustmentOut]:
    """List adjustments, prepared and approved."""
    found = get_programme(session, programme)
    rows = list_adjustments(session, found.id, after=page.after, limit=page.limit)
    return page_of(
        rows,
        limit=page.limit,
        key=lambda row: row[0].id,
        show=lambda row: AdjustmentOut.of(*row, queries.list_cuts(session, row[0])),
    )


@router.get("/award-adjustments/{adjustment}")
def get_award_adjustment(adjustment: AdjustmentPath, _officer: Reader, session: ReadSession) -> AdjustmentOut:
    """Show an adjustment and what it took from which award."""
    return _show(session, get_adjustment(session, adjustment))


@router.post("/award-adjustments/{adjustment}/approval")
def approve_adjustment(
    adjustment: AdjustmentPath, officer: FundAdministrator, session: WriteSession, now: Now
) -> AdjustmentOut:
    """Approve an adjustment as the second person: a supplement, a write-back, or overpayments follow at once."""
    service.approve_adjustment(session, adjustment, officer=officer, at=now)
    return _show(session, get_adjustment(session, adjustment))


@router.get("/overpayments")
def list_overpayments(
    _officer: Reader,
    session: ReadSession,
    page: PageParams,
    programme: ProgrammeQuery,
    *,
    outstanding_only: OutstandingOnly = False,
) -> Page[OverpaymentOut]:
    """List what was paid above what stands granted, and what has become of it."""
    found = get_programme(session, programme)
    rows = queries.list_overpayments(
        session, found.id, outstanding_only=outstanding_only, after=page.after, limit=page.limit
    )
    return page_of(rows, limit=page.limit, key=lambda row: row.overpayment.id, show=OverpaymentOut.of)


@router.get("/overpayments/{overpayment}")
def get_overpayment(overpayment: OverpaymentPath, _officer: Reader, session: ReadSession) -> OverpaymentOut:
    """Show an overpayment."""
    return OverpaymentOut.of(queries.get_overpayment(session, overpayment))


@router.post("/overpayments/{overpayment}/notice")
def notify_payee(
    overpayment: OverpaymentPath, *, body: NoticeIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> OverpaymentOut:
    """Record the letter that told the payee, and until when and how to object."""
    view = service.notify_payee(
        session,
        overpayment,
        notified_on=body.notified_on,
        letter=body.letter,
        object_until=body.object_until,
        objection_way=body.objection_way,
        officer=officer,
        at=now,
    )
    return OverpaymentOut.of(view)


@router.post("/overpayments/{overpayment}/repayments")
def receive_repayment(
    overpayment: OverpaymentPath, *, body: RepaymentIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> OverpaymentOut:
    """Record money the payee has paid back, by the bank's reference."""
    view = service.receive_repayment(
        session,
        overpayment,
        amount=_amount(session, overpayment, body.amount),
        bank_reference=body.bank_reference,
        received_on=body.received_on,
        officer=officer,
        at=now,
    )
    return OverpaymentOut.of(view)


@router.post("/overpayments/{overpayment}/set-offs")
def set_off(
    overpayment: OverpaymentPath, *, body: SetOffIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> OverpaymentOut:
    """Keep a part of a later instalment of the same payee, once he was told and could object."""
    view = service.set_off(
        session,
        overpayment,
        instalment_id=body.instalment_id,
        amount=_amount(session, overpayment, body.amount),
        officer=officer,
        at=now,
    )
    return OverpaymentOut.of(view)


@router.post("/overpayments/{overpayment}/waivers", status_code=status.HTTP_201_CREATED)
def prepare_waiver(
    overpayment: OverpaymentPath, *, body: WaiverIn, officer: FundAdministrator, session: WriteSession, now: Now
) -> WaiverOut:
    """Prepare waiving so much; another person approves it."""
    amount = _amount(session, overpayment, body.amount)
    row = service.prepare_waiver(
        session, overpayment, amount=amount, reason=body.reason, authority=body.authority, officer=officer, at=now
    )
    return WaiverOut.of(row, amount.currency)


@router.post("/overpayment-waivers/{waiver}/approval")
def approve_waiver(waiver: WaiverPath, officer: FundAdministrator, session: WriteSession, now: Now) -> OverpaymentOut:
    """Approve a waiver as the second person: so much need not be paid back."""
    return OverpaymentOut.of(service.approve_waiver(session, waiver, officer=officer, at=now))


def _amount(session: Session, overpayment_id: str, amount: str) -> Money:
    return Money.parse(amount, queries.get_overpayment(session, overpayment_id).overpayment.currency)


def _show(session: Session, row: AwardAdjustment) -> AdjustmentOut:
    reference = get_claim(session, row.claim_id, office_id=None).reference
    approval = session.get(AdjustmentApproval, row.id)
    return AdjustmentOut.of(row, reference, approval, queries.list_cuts(session, row))
