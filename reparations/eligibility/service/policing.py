"""Publishing a programme's deciding policy: one person proposes it, another publishes it, and nobody edits it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.audit import JsonValue
from reparations.eligibility import queries, rules
from reparations.eligibility.models import AppealEffect, AppealInstance, DecidingPolicy
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.models import Programme
from reparations.registry.queries import lock_counter

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewPolicy:
    """What a policy says."""

    valid_from: date
    citation: str
    threshold_minor: int | None
    second_rate_bp: int
    tolerance_bp: int
    confidence_bp: int
    sample_floor: int
    appeal_effect: AppealEffect
    instances: Sequence[queries.Instance] = ()
    """Instances of appeal from the second on."""


def propose_policy(
    session: Session, programme: Programme, new: NewPolicy, *, officer: Principal, at: datetime
) -> DecidingPolicy:
    """Propose a policy; it holds once somebody else has published it.  The lot's seed is drawn now and kept.

    Raises:
        PolicyRefused: its first day is past, or not after that of the policy published last.
    """
    lock_counter(session, programme.id)
    rules.check_first_day(new.valid_from, latest=queries.find_last_day(session, programme.id), today=at.date())
    seed = secrets.token_hex(SEED_BYTES)
    policy = DecidingPolicy(
        id=new_id("pol"),
        programme_id=programme.id,
        valid_from=new.valid_from,
        citation=new.citation,
        threshold_minor=new.threshold_minor,
        second_rate_bp=new.second_rate_bp,
        seed=seed,
        weights=rules.make_weights(seed),
        tolerance_bp=new.tolerance_bp,
        confidence_bp=new.confidence_bp,
        sample_floor=new.sample_floor,
        appeal_effect=new.appeal_effect.value,
        proposed_by=officer.person_id,
        proposed_at=at,
    )
    session.add(policy)
    session.flush()
    instances = [
        AppealInstance(
            policy_id=policy.id, instance=number, body=one.body, days=one.days, how=one.how, citation=one.cite
        )
        for number, one in enumerate(new.instances, start=2)
    ]
    session.add_all(instances)
    _record(session, "policy.proposed", policy, programme, officer=officer, at=at, instances=instances)
    return policy


def publish_policy(session: Session, policy_id: str, *, officer: Principal, at: datetime) -> DecidingPolicy:
    """Publish what somebody else proposed: from its first day on it holds.

    Raises:
        PolicyNotFound, PolicyPublished, PolicyRefused, SamePersonConfirms: see `rules.policies.check_publishable`.
    """
    policy, programme = queries.lock_policy(session, policy_id)
    lock_counter(session, programme.id)
    rules.check_publishable(
        policy,
        latest=queries.find_last_day(session, programme.id),
        officer=officer,
        today=at.date(),
        reference=programme.code,
    )
    policy.published_by, policy.published_at = officer.person_id, at
    _record(session, "policy.published", policy, programme, officer=officer, at=at)
    return policy


def _record(
    session: Session,
    action: str,
    policy: DecidingPolicy,
    programme: Programme,
    *,
    officer: Principal,
    at: datetime,
    instances: Sequence[AppealInstance] = (),
) -> None:
    body: dict[str, JsonValue] = {
        "programme": programme.code,
        "valid_from": policy.valid_from.isoformat(),
        "threshold_minor": policy.threshold_minor,
        "second_rate_bp": policy.second_rate_bp,
        "tolerance_bp": policy.tolerance_bp,
    }
    audit.record(session, at=at, actor=officer, action=action, subject=policy.id, body=body, rows=[policy, *instances])
