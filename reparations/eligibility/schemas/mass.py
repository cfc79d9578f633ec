"""Mass decisions and their samples, as they are sent and shown."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import Field

from reparations.eligibility.models import (
    AssessedOutcome,
    DecidedOutcome,
    Decision,
    MassDecision,
    MassMember,
    MassStatus,
    ReturnReason,
    SampleFinding,
)
from reparations.eligibility.rules import MAX_MASS
from reparations.eligibility.schemas.fields import ULID, CriterionCode, DecisionId, ProgrammeCode
from reparations.http import Body

MassPath = Annotated[str, Path(pattern=rf"^mas_{ULID}$", description="Id of a mass decision.")]


class MassIn(Body):
    """Like claims of a programme to decide together, as the rules found."""

    programme: ProgrammeCode
    outcome: Literal[AssessedOutcome.ELIGIBLE, AssessedOutcome.NOT_ELIGIBLE]
    reasons: Annotated[list[CriterionCode], Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="The criteria all of them share; by default the largest group."
    )
    limit: int = Field(default=MAX_MASS, ge=1, le=MAX_MASS)


class FindingIn(Body):
    """What the review of one decision of the sample found."""

    decision_id: DecisionId
    finding: SampleFinding


class FindingsIn(Body):
    """Findings of a review, each decision once."""

    findings: Annotated[list[FindingIn], Field(min_length=1, max_length=500)]


class MassReturnIn(Body):
    """Why a mass decision goes back."""

    reason: ReturnReason


class ErrorRate(Body):
    """What a reviewed sample says of all the claims."""

    errors: int
    reviewed: int
    upper_bound_ppm: int = Field(description="Parts per million, rounded up; one-sided Clopper-Pearson.")


class MassOut(Body):
    """A mass decision, with the error rate its sample showed."""

    id: str
    rule_set_id: str
    policy_id: str
    outcome: DecidedOutcome
    reasons: list[str]
    claims: int
    sample_size: int
    sample_seed: str
    tolerance_bp: int
    confidence_bp: int
    status: MassStatus
    error_rate: ErrorRate | None
    proposed_at: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, mass: MassDecision) -> Self:
        """Show a mass decision."""
        rate = None
        if mass.errors is not None and mass.upper_bound_ppm is not None:
            rate = ErrorRate(errors=mass.errors, reviewed=mass.sample_size, upper_bound_ppm=mass.upper_bound_ppm)
        return cls(
            id=mass.id,
            rule_set_id=mass.rule_set_id,
            policy_id=mass.policy_id,
            outcome=DecidedOutcome(mass.outcome),
            reasons=json.loads(mass.reasons),
            claims=mass.claims,
            sample_size=mass.sample_size,
            sample_seed=mass.sample_seed,
            tolerance_bp=mass.tolerance_bp,
            confidence_bp=mass.confidence_bp,
            status=MassStatus(mass.status),
            error_rate=rate,
            proposed_at=mass.proposed_at,
            settled_at=mass.settled_at,
        )


class SampledOut(Body):
    """A decision of the sample."""

    decision_id: str
    claim_id: str
    reference: str
    finding: SampleFinding | None

    @classmethod
    def of(cls, row: tuple[MassMember, Decision, str]) -> Self:
        """Show one."""
        member, decision, reference = row
        return cls(
            decision_id=decision.id,
            claim_id=decision.claim_id,
            reference=reference,
            finding=SampleFinding(member.finding) if member.finding else None,
        )
