"""Adjustments and overpayments as they are sent and shown.  Amounts are decimal strings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from reparations.eligibility.models import (
    AdjustmentApproval,
    AdjustmentCause,
    AwardAdjustment,
    AwardReduction,
    OverpaymentNotice,
    OverpaymentRecovery,
    OverpaymentWaiver,
    RecoveryKind,
    ReductionKind,
    WaiverReason,
)
from reparations.eligibility.schemas.fields import PRINTABLE, ULID, ClaimId, MoneyView
from reparations.http import Body
from reparations.money import Money
from reparations.recovery import rules
from reparations.recovery.queries import OverpaymentView
from reparations.recovery.rules import OverpaymentState

AdjustmentPath = Annotated[str, Path(pattern=rf"^adj_{ULID}$", description="Id of an adjustment.")]
OverpaymentPath = Annotated[str, Path(pattern=rf"^ovp_{ULID}$", description="Id of an overpayment.")]
WaiverPath = Annotated[str, Path(pattern=rf"^wai_{ULID}$", description="Id of a waiver.")]
OutstandingOnly = Annotated[bool, Query(description="Only those of which something is outstanding.")]
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}(\.[0-9]{1,4})?$"), Field(examples=["150.00"])]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=PRINTABLE)]


class AdjustmentIn(Body):
    """A claim whose awards are to be brought in line with the decision that stands."""

    claim_id: ClaimId
    citation: Words = Field(description="The order, rule or letter it rests on.")


class ReductionOut(Body):
    """What was taken from an award, out of one fund."""

    award_id: str
    instalment_id: str | None = Field(description="Absent where it was in no instalment yet.")
    kind: ReductionKind
    from_trust: bool = Field(description="Whether it was taken from what is held in trust for a minor.")
    amount: MoneyView

    @classmethod
    def of(cls, row: AwardReduction, currency: str) -> Self:
        """Show a reduction."""
        return cls(
            award_id=row.award_id,
            instalment_id=row.instalment_id,
            kind=ReductionKind(row.kind),
            from_trust=row.from_trust,
            amount=MoneyView.of(Money(row.amount_minor, currency)),
        )


class AdjustmentOut(Body):
    """An adjustment, and who approved it."""

    id: str
    reference: str
    cause: AdjustmentCause
    decision_id: str | None = Field(description="The decision that stands; absent where none does.")
    difference: MoneyView = Field(description="Granted beyond the awards; negative where they are too much.")
    citation: str
    prepared_by: str
    prepared_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    reductions: list[ReductionOut]

    @classmethod
    def of(
        cls,
        row: AwardAdjustment,
        reference: str,
        approval: AdjustmentApproval | None,
        reductions: list[AwardReduction],
    ) -> Self:
        """Show an adjustment."""
        return cls(
            id=row.id,
            reference=reference,
            cause=AdjustmentCause(row.cause),
            decision_id=row.decision_id,
            difference=MoneyView.of(Money(row.difference_minor, row.currency)),
            citation=row.citation,
            prepared_by=row.prepared_by,
            prepared_at=row.prepared_at,
            approved_by=approval.approved_by if approval else None,
            approved_at=approval.approved_at if approval else None,
            reductions=[ReductionOut.of(one, row.currency) for one in reductions],
        )


class NoticeIn(Body):
    """The letter that told the payee."""

    notified_on: date
    letter: Reference = Field(description="Reference of the letter, never its text.")
    object_until: date = Field(description="Last day to object; nothing is set off before it has passed.")
    objection_way: Words = Field(description="Where and how to object, as the letter says.")


class RepaymentIn(Body):
    """Money the payee has paid back."""

    amount: Amount
    bank_reference: Reference = Field(description="The bank's own; sending it again is the same receipt again.")
    received_on: date


class SetOffIn(Body):
    """A part of a later instalment of the same payee to keep."""

    instalment_id: Annotated[str, StringConstraints(pattern=rf"^ins_{ULID}$")]
    amount: Amount


class WaiverIn(Body):
    """So much that need not be paid back."""

    amount: Amount
    reason: WaiverReason
    authority: Words = Field(description="The rule, order or resolution that allows it.")


class NoticeOut(Body):
    """How the payee was told."""

    notified_on: date
    letter: str
    object_until: date
    objection_way: str

    @classmethod
    def of(cls, row: OverpaymentNotice) -> Self:
        """Show a notice."""
        return cls(
            notified_on=row.notified_on,
            letter=row.letter,
            object_until=row.object_until,
            objection_way=row.objection_way,
        )


class RecoveryOut(Body):
    """A part that is owed no more, and why."""

    kind: RecoveryKind
    amount: MoneyView
    occurred_on: date
    bank_reference: str | None
    instalment_id: str | None
    waiver_id: str | None

    @classmethod
    def of(cls, row: OverpaymentRecovery, currency: str) -> Self:
        """Show a recovery."""
        return cls(
            kind=RecoveryKind(row.kind),
            amount=MoneyView.of(Money(row.amount_minor, currency)),
            occurred_on=row.occurred_on,
            bank_reference=row.bank_reference,
            instalment_id=row.instalment_id,
            waiver_id=row.waiver_id,
        )


class WaiverOut(Body):
    """A waiver that was prepared."""

    id: str
    overpayment_id: str
    amount: MoneyView
    reason: WaiverReason
    authority: str
    prepared_by: str

    @classmethod
    def of(cls, row: OverpaymentWaiver, currency: str) -> Self:
        """Show a waiver."""
        return cls(
            id=row.id,
            overpayment_id=row.overpayment_id,
            amount=MoneyView.of(Money(row.amount_minor, currency)),
            reason=WaiverReason(row.reason),
            authority=row.authority,
            prepared_by=row.prepared_by,
        )


class OverpaymentOut(Body):
    """What was paid above what stands granted, and what has become of it."""

    id: str
    reference: str = Field(description="Reference of the claim whose award it is.")
    state: OverpaymentState
    payee_party_id: str
    instalment_id: str
    adjustment_id: str
    fund_id: str
    amount: MoneyView
    outstanding: MoneyView
    identified_on: date
    notice: NoticeOut | None
    recoveries: list[RecoveryOut]
    waivers: list[WaiverOut] = Field(description="Prepared; approved are those a recovery names.")

    @classmethod
    def of(cls, view: OverpaymentView) -> Self:
        """Show an overpayment."""
        row, currency = view.overpayment, view.overpayment.currency
        return cls(
            id=row.id,
            reference=view.reference,
            state=rules.compute_state(outstanding_minor=view.outstanding_minor, notice=view.notice),
            payee_party_id=row.payee_party_id,
            instalment_id=view.instalment_id,
            adjustment_id=view.adjustment_id,
            fund_id=row.fund_id,
            amount=MoneyView.of(Money(row.amount_minor, currency)),
            outstanding=MoneyView.of(Money(view.outstanding_minor, currency)),
            identified_on=row.identified_on,
            notice=NoticeOut.of(view.notice) if view.notice else None,
            recoveries=[RecoveryOut.of(one, currency) for one in view.recoveries],
            waivers=[WaiverOut.of(one, currency) for one in view.waivers],
        )
