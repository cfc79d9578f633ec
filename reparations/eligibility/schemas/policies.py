"""Deciding policies and recusals as they are sent and shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from reparations.eligibility.models import AppealEffect, AppealInstance, DecidingPolicy, Recusal, RecusalReason
from reparations.eligibility.queries import Instance
from reparations.eligibility.schemas.fields import PRINTABLE, ULID, ClaimId, MoneyView
from reparations.eligibility.service import NewPolicy
from reparations.http import Body
from reparations.money import Money

Words = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)]
PersonId = Annotated[str, StringConstraints(pattern=rf"^psn_{ULID}$")]
MAX_INSTANCES = 5


class InstanceIn(Body):
    """A further instance of appeal, in the order of the list: the second, the third, and so on."""

    body: Words
    days: int = Field(ge=1, le=3650)
    how: Words
    citation: Words


class PolicyIn(Body):
    """What a programme asks of its decisions beyond two persons, from a day on."""

    valid_from: date
    citation: Words
    threshold: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}(\.[0-9]{1,4})?$")] | None = Field(
        default=None, description="Above this amount a third person confirms; absent: no amount asks for one."
    )
    second_rate_bp: int = Field(
        default=0, ge=0, le=10_000, description="Of 10,000, confirmed by a third person by lot."
    )
    tolerance_bp: int = Field(default=100, ge=1, le=5_000, description="Errors of 10,000 a mass decision may hold.")
    confidence_bp: int = Field(default=9_500, ge=5_000, le=9_999)
    sample_floor: int = Field(default=60, ge=1, le=10_000)
    appeal_effect: AppealEffect = AppealEffect.UNDISPUTED_PART
    instances: list[InstanceIn] = Field(default_factory=list, max_length=MAX_INSTANCES)

    def read(self, currency: str) -> NewPolicy:
        """Return what the policy says, with its threshold in minor units of `currency`."""
        return NewPolicy(
            valid_from=self.valid_from,
            citation=self.citation,
            threshold_minor=None if self.threshold is None else Money.parse(self.threshold, currency).amount_minor,
            second_rate_bp=self.second_rate_bp,
            tolerance_bp=self.tolerance_bp,
            confidence_bp=self.confidence_bp,
            sample_floor=self.sample_floor,
            appeal_effect=self.appeal_effect,
            instances=[Instance(one.body, one.days, one.how, one.citation) for one in self.instances],
        )


class InstanceOut(InstanceIn):
    """A further instance of appeal."""

    instance: int


class PolicyOut(Body):
    """A deciding policy.  The seed of its lot is shown once a later policy has ended it; its hash always."""

    id: str
    valid_from: date
    citation: str
    threshold: MoneyView | None
    second_rate_bp: int
    seed_sha256: str
    seed: str | None
    tolerance_bp: int
    confidence_bp: int
    sample_floor: int
    appeal_effect: AppealEffect
    instances: list[InstanceOut]
    proposed_at: datetime
    published_at: datetime | None

    @classmethod
    def of(
        cls,
        policy: DecidingPolicy,
        instances: Sequence[AppealInstance],
        *,
        currency: str,
        in_force: DecidingPolicy | None,
    ) -> Self:
        """Show a policy; `in_force` is the one that holds now."""
        has_ended = policy.published_at is not None and in_force is not None and in_force.valid_from > policy.valid_from
        return cls(
            id=policy.id,
            valid_from=policy.valid_from,
            citation=policy.citation,
            threshold=MoneyView.maybe(policy.threshold_minor, currency),
            second_rate_bp=policy.second_rate_bp,
            seed_sha256=sha256(policy.seed.encode()).hexdigest(),
            seed=policy.seed if has_ended else None,
            tolerance_bp=policy.tolerance_bp,
            confidence_bp=policy.confidence_bp,
            sample_floor=policy.sample_floor,
            appeal_effect=AppealEffect(policy.appeal_effect),
            instances=[
                InstanceOut(instance=one.instance, body=one.body, days=one.days, how=one.how, citation=one.citation)
                for one in instances
                if one.policy_id == policy.id
            ],
            proposed_at=policy.proposed_at,
            published_at=policy.published_at,
        )


class RecusalIn(Body):
    """Who keeps away from one claim, from every claim of a party, or from every claim of a case."""

    person_id: PersonId | None = Field(default=None, description="Absent: you yourself.")
    claim_id: ClaimId | None = None
    party_id: Annotated[str, StringConstraints(pattern=rf"^pty_{ULID}$")] | None = None
    case_id: Annotated[str, StringConstraints(pattern=r"^[a-z]{3}_[0-9A-Z]{26}$")] | None = None
    reason: RecusalReason


class RecusalOut(Body):
    """A recusal."""

    id: str
    person_id: str
    claim_id: str | None
    party_id: str | None
    case_id: str | None
    reason: RecusalReason
    holds: bool
    declared_at: datetime
    seconded_at: datetime | None

    @classmethod
    def of(cls, row: Recusal) -> Self:
        """Show a recusal."""
        return cls(
            id=row.id,
            person_id=row.person_id,
            claim_id=row.claim_id,
            party_id=row.party_id,
            case_id=row.case_id,
            reason=RecusalReason(row.reason),
            holds=row.is_effective,
            declared_at=row.declared_at,
            seconded_at=row.seconded_at,
        )
