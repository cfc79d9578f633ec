"""A programme with Katanga's rules in force, the people who decide, and claims on their way to an award."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from reparations.eligibility import service
from reparations.eligibility.models import (
    AppealEffect,
    Assessment,
    Award,
    DecidedOutcome,
    DecidingPolicy,
    Decision,
    Departure,
    PublishedRuleSet,
)
from reparations.eligibility.queries import Instance
from reparations.principal import Principal, Role
from reparations.registry import service as registry
from reparations.registry.models import Capacity, Claim, Programme, VictimCase
from tests.conftest import NOON
from tests.eligibility.files import katanga_files
from tests.factories.access import make_office, make_officer
from tests.factories.registry import ELIGIBLE_FACTS, make_claim, make_evidence, make_programme

Facts = Mapping[str, object]
TODAY = NOON.date()

OUTSIDE_FACTS: Facts = {**ELIGIBLE_FACTS, "attack_date": {"value": "2003-03-06", "proof": "established"}}
"""Another day: the rules refuse on DATE."""
MISSING_FACTS: Facts = {name: fact for name, fact in ELIGIBLE_FACTS.items() if name != "present_at_attack"}
"""Nobody asked whether the claimant was there."""
HEIR_FACTS: Facts = {
    "capacity": {"value": "heir", "proof": "established"},
    "identity_established": {"value": True, "proof": "established"},
    "heir_of_eligible_victim": {"value": True, "proof": "established"},
    "succession_established": {"value": True, "proof": "established"},
}


@dataclass(frozen=True)
class Scene:
    """One programme under Katanga's rules, with a different person for each part."""

    programme: Programme
    rule_set: PublishedRuleSet
    caseworker: Principal
    decider: Principal
    confirmer: Principal
    administrator: Principal


def make_scene(session: Session, *, in_force_from: date = TODAY) -> Scene:
    programme = make_programme(session)
    administrator = make_officer(session, Role.FUND_ADMINISTRATOR)
    files = katanga_files()
    rule_set = service.publish_rule_set(
        session,
        programme=programme,
        rules=files.rules,
        facts=files.facts,
        examples=files.examples,
        in_force_from=in_force_from,
        officer=administrator,
        at=NOON,
    )
    return Scene(
        programme=programme,
        rule_set=rule_set,
        caseworker=make_officer(session, Role.CASEWORKER, office=make_office(session)),
        decider=make_officer(session, Role.DECIDER),
        confirmer=make_officer(session, Role.DECIDER),
        administrator=administrator,
    )


def make_claims(session: Session, scene: Scene, *, count: int = 1, facts: Facts = ELIGIBLE_FACTS) -> list[Claim]:
    return [make_claim(session, programme=scene.programme, officer=scene.caseworker, facts=facts) for _ in range(count)]


def make_heir(session: Session, scene: Scene, claim: Claim, *, facts: Facts = HEIR_FACTS) -> Claim:
    """A claim of an heir through another's claim."""
    return make_claim(
        session,
        programme=scene.programme,
        officer=scene.caseworker,
        capacity=Capacity.HEIR,
        through_claim_id=claim.id,
        case_key=session.get_one(VictimCase, claim.case_id).reference,
        facts=facts,
    )


def let_die(session: Session, scene: Scene, claim: Claim, *, at: datetime = NOON) -> None:
    """Record that a claimant has died."""
    evidence = make_evidence(session, claim, officer=scene.caseworker)
    registry.record_death(
        session,
        claim.id,
        died_on=date(2031, 1, 2),
        evidence_id=evidence.id,
        officer=scene.caseworker,
        at=at,
    )


def assess(session: Session, scene: Scene, claims: Sequence[Claim], *, at: datetime = NOON) -> list[Assessment]:
    done = service.assess_claims(
        session, programme=scene.programme, claim_ids=[claim.id for claim in claims], officer=scene.caseworker, at=at
    )
    stored = session.exec(select(Assessment).where(col(Assessment.id).in_(done.assessed)))
    return sorted(stored, key=lambda one: done.assessed.index(one.id))


def propose(
    session: Session,
    scene: Scene,
    claims: Sequence[Claim],
    *,
    outcome: DecidedOutcome = DecidedOutcome.ELIGIBLE,
    departure: Departure | None = None,
    at: datetime = NOON,
) -> list[Decision]:
    """Assess claims and propose one outcome on them."""
    assess(session, scene, claims, at=at)
    views = service.propose_decisions(
        session,
        claim_ids=[claim.id for claim in claims],
        outcome=outcome,
        departure=departure,
        officer=scene.decider,
        at=at,
    )
    return [view.decision for view in views]


def decide(
    session: Session,
    scene: Scene,
    claims: Sequence[Claim],
    *,
    outcome: DecidedOutcome = DecidedOutcome.ELIGIBLE,
    at: datetime = NOON,
) -> list[Decision]:
    """Assess claims, propose one outcome on them and have it confirmed."""
    decisions = propose(session, scene, claims, outcome=outcome, at=at)
    service.confirm_decisions(
        session, decision_ids=[decision.id for decision in decisions], officer=scene.confirmer, at=at
    )
    return decisions


def award(session: Session, scene: Scene, *, at: datetime = NOON) -> list[Award]:
    """Make every award that is owed."""
    done = service.award_individuals(session, programme=scene.programme, officer=scene.administrator, at=at)
    return list(done.awards)


def make_policy(
    session: Session,
    scene: Scene,
    *,
    threshold_minor: int | None = None,
    second_rate_bp: int = 0,
    tolerance_bp: int = 5_000,
    sample_floor: int = 2,
    appeal_effect: AppealEffect = AppealEffect.UNDISPUTED_PART,
    instances: Sequence[Instance] = (),
    valid_from: date = TODAY,
) -> DecidingPolicy:
    """A published policy of the scene's programme; by default nobody is asked but the two."""
    new = service.NewPolicy(
        valid_from=valid_from,
        citation="Rules of procedure, rule 7",
        threshold_minor=threshold_minor,
        second_rate_bp=second_rate_bp,
        tolerance_bp=tolerance_bp,
        confidence_bp=9_500,
        sample_floor=sample_floor,
        appeal_effect=appeal_effect,
        instances=instances,
    )
    policy = service.propose_policy(session, scene.programme, new, officer=scene.administrator, at=NOON)
    publisher = make_officer(session, Role.FUND_ADMINISTRATOR)
    return service.publish_policy(session, policy.id, officer=publisher, at=NOON)
