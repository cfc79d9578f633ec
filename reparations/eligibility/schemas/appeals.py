"""Corrections, appeals and what they leave of awards, as they are sent and shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import Field, StringConstraints

from reparations.eligibility.models import (
    AdmissionReason,
    Appeal,
    AppealEffect,
    AppealGround,
    AppealResult,
    AppealStatus,
    CorrectionReason,
    DecidedOutcome,
    LodgedBy,
)
from reparations.eligibility.queries import AwardDifference
from reparations.eligibility.schemas.fields import ULID, CriterionCode, MoneyView
from reparations.http import Body
from reparations.money import Money

AppealPath = Annotated[str, Path(pattern=rf"^apl_{ULID}$", description="Id of an appeal.")]
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}(\.[0-9]{1,4})?$")]
Codes = Annotated[list[CriterionCode], Field(max_length=64)]


class CorrectionIn(Body):
    """A slip to mend in a decision that stands: send what is to be different."""

    reason: CorrectionReason
    amount: Amount | None = None
    reasons: Codes | None = None


class AppealIn(Body):
    """An appeal against the decision on a claim that stands."""

    lodged_by: LodgedBy
    lodged_on: date = Field(description="The day it reached us.")


class AdmissionIn(Body):
    """Why a late appeal is admitted; `no_reason_found` is the only ground not to."""

    reason: AdmissionReason


class AppealDecisionIn(Body):
    """The decision on an appeal; without an outcome the earlier decision is upheld."""

    outcome: Literal[DecidedOutcome.ELIGIBLE, DecidedOutcome.NOT_ELIGIBLE, DecidedOutcome.SENT_BACK] | None = None
    amount: Amount | None = Field(default=None, description="By default what the rules compute.")
    reasons: Codes | None = None


class AppealOut(Body):
    """An appeal, and where it stands."""

    id: str
    claim_id: str
    reference: str
    decision_id: str
    instance: int
    body: str
    ground: AppealGround
    lodged_by: LodgedBy
    lodged_on: date
    due_on: date
    effect: AppealEffect
    status: AppealStatus
    admission_reason: AdmissionReason | None
    result: AppealResult | None
    result_decision_id: str | None
    recorded_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, row: tuple[Appeal, str]) -> Self:
        """Show an appeal."""
        appeal, reference = row
        return cls(
            id=appeal.id,
            claim_id=appeal.claim_id,
            reference=reference,
            decision_id=appeal.decision_id,
            instance=appeal.instance,
            body=appeal.body,
            ground=AppealGround(appeal.ground),
            lodged_by=LodgedBy(appeal.lodged_by),
            lodged_on=appeal.lodged_on,
            due_on=appeal.due_on,
            effect=AppealEffect(appeal.effect),
            status=AppealStatus(appeal.status),
            admission_reason=AdmissionReason(appeal.admission_reason) if appeal.admission_reason else None,
            result=AppealResult(appeal.result) if appeal.result else None,
            result_decision_id=appeal.result_decision_id,
            recorded_at=appeal.recorded_at,
            closed_at=appeal.closed_at,
        )


class AwardDifferenceOut(Body):
    """Awards of a claim that are not what the decision that stands now grants."""

    award_id: str = Field(description="The claim's first award.")
    reference: str
    decision_id: str | None = Field(description="The decision that stands; absent where none does.")
    awarded: MoneyView
    difference: MoneyView = Field(description="Owed beyond the award; negative where too much was awarded.")

    @classmethod
    def of(cls, row: AwardDifference) -> Self:
        """Show a difference."""
        currency = row.award.currency
        return cls(
            award_id=row.award.id,
            reference=row.reference,
            decision_id=row.decision_id,
            awarded=MoneyView.of(Money(row.awarded_minor, currency)),
            difference=MoneyView.of(Money(row.difference_minor, currency)),
        )
