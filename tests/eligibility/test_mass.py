"""Mass decisions: like claims in one deed, a drawn sample reviewed by others, an exact bound on the errors."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import partial
from math import comb

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from reparations.db import Database
from reparations.eligibility import queries, rules, service
from reparations.eligibility.errors import (
    MassDecisionNotFound,
    MassDecisionNotOpen,
    MassDecisionRefused,
    SamePersonConfirms,
    SampleOutOfTolerance,
)
from reparations.eligibility.models import (
    AssessedOutcome,
    Decision,
    MassDecision,
    MassMember,
    ReturnReason,
    SampleFinding,
)
from reparations.principal import Principal, Role
from reparations.registry import service as registry
from reparations.registry.errors import DutyConflict
from reparations.registry.models import Claim, DutyKind
from reparations.registry.queries import list_duties
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.races import race
from tests.eligibility.test_refused_by_database import Refused, copy, insert
from tests.factories.access import make_officer
from tests.factories.eligibility import OUTSIDE_FACTS, Scene, assess, make_claims, make_policy, make_scene

ELIGIBLE, REFUSED = AssessedOutcome.ELIGIBLE, AssessedOutcome.NOT_ELIGIBLE


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


@pytest.fixture
def sampler(session: Session) -> Principal:
    return make_officer(session, Role.DECIDER)


def ready(session: Session, scene: Scene, *, count: int = 6) -> list[Claim]:
    claims = make_claims(session, scene, count=count)
    assess(session, scene, claims)
    return claims


def propose(session: Session, scene: Scene, *, outcome: AssessedOutcome = ELIGIBLE) -> MassDecision:
    return service.propose_mass_decision(session, scene.programme, outcome=outcome, officer=scene.decider, at=NOON)


def sample_of(session: Session, mass: MassDecision) -> list[str]:
    return [member.decision_id for member, _, _ in queries.list_members(session, mass.id, sampled_only=True)]


def review(session: Session, mass: MassDecision, sampler: Principal, *, errors: int = 0) -> None:
    sample = sample_of(session, mass)
    findings = dict.fromkeys(sample, SampleFinding.AGREES) | dict.fromkeys(sample[:errors], SampleFinding.ERROR)
    service.review_sample(session, mass.id, findings=findings, officer=sampler, at=NOON)


def decisions_of(session: Session, mass: MassDecision) -> list[Decision]:
    wanted = select(Decision).join(MassMember, col(MassMember.decision_id) == col(Decision.id))
    return list(session.exec(wanted.where(MassMember.mass_id == mass.id)))


def test_like_claims_are_decided_in_one_deed_after_a_review(session: Session, scene: Scene, sampler: Principal) -> None:
    make_policy(session, scene, sample_floor=3)
    claims = ready(session, scene)
    mass = propose(session, scene)
    assert (mass.claims, mass.sample_size, json.loads(mass.reasons)[0]) == (6, 5, "IDENTITY")

    review(session, mass, sampler)
    service.confirm_mass_decision(session, mass.id, officer=scene.confirmer, at=NOON)

    assert {(one.status, one.amount_minor) for one in decisions_of(session, mass)} == {("confirmed", 25_000)}
    assert {one.claim_id for one in decisions_of(session, mass)} == {claim.id for claim in claims}
    assert (mass.status, mass.errors) == ("confirmed", 0)
    assert mass.upper_bound_ppm is not None
    assert mass.upper_bound_ppm <= mass.tolerance_bp * 100
    last = events(session)[-1]
    assert (last["type"], last["body"]["errors"], last["body"]["claims"]) == ("mass.confirmed", 0, 6)
    sampled = sample_of(session, mass)
    claim_id = session.get_one(Decision, sampled[0]).claim_id
    assert {duty.duty for duty in list_duties(session, claim_id)} == {"registrar", "decider", "sampler", "confirmer"}


def test_a_sample_with_too_many_errors_refuses_the_whole(session: Session, scene: Scene, sampler: Principal) -> None:
    make_policy(session, scene, sample_floor=5)
    ready(session, scene)
    mass = propose(session, scene)
    review(session, mass, sampler, errors=2)

    with pytest.raises(SampleOutOfTolerance, match="2 of 5 reviewed are wrong"):
        service.confirm_mass_decision(session, mass.id, officer=scene.confirmer, at=NOON)
    service.return_mass_decision(
        session, mass.id, reason=ReturnReason.REASONS_DO_NOT_HOLD, officer=scene.confirmer, at=NOON
    )

    assert {one.status for one in decisions_of(session, mass)} == {"returned"}
    assert (mass.status, mass.errors) == ("returned", 2)


def test_what_the_sample_found_in_error_goes_back_alone(session: Session, scene: Scene, sampler: Principal) -> None:
    make_policy(session, scene, sample_floor=6)
    ready(session, scene)
    mass = propose(session, scene)
    review(session, mass, sampler, errors=2)

    service.confirm_mass_decision(session, mass.id, officer=scene.confirmer, at=NOON)

    statuses = sorted(one.status for one in decisions_of(session, mass))
    assert statuses == ["confirmed"] * 4 + ["returned"] * 2
    assert mass.upper_bound_ppm == 333_334


def test_who_proposed_or_reviewed_does_not_confirm(session: Session, scene: Scene, sampler: Principal) -> None:
    make_policy(session, scene)
    ready(session, scene)
    mass = propose(session, scene)
    with pytest.raises(SamePersonConfirms):
        review(session, mass, scene.decider)
    with pytest.raises(MassDecisionNotOpen, match="not reviewed yet"):
        service.confirm_mass_decision(session, mass.id, officer=scene.confirmer, at=NOON)
    review(session, mass, sampler)

    with pytest.raises(SamePersonConfirms):
        service.confirm_mass_decision(session, mass.id, officer=scene.decider, at=NOON)
    with pytest.raises(DutyConflict):
        service.confirm_mass_decision(session, mass.id, officer=sampler, at=NOON)
    with pytest.raises(MassDecisionRefused, match="has been reviewed"):
        review(session, mass, make_officer(session, Role.DECIDER))


def test_one_of_a_mass_is_not_confirmed_alone(session: Session, scene: Scene) -> None:
    make_policy(session, scene)
    ready(session, scene)
    mass = propose(session, scene)

    with pytest.raises(MassDecisionNotOpen):
        service.confirm_decisions(
            session, decision_ids=[decisions_of(session, mass)[0].id], officer=scene.confirmer, at=NOON
        )


def test_only_like_claims_with_a_policy(session: Session, scene: Scene) -> None:
    ready(session, scene)
    with pytest.raises(MassDecisionRefused, match="no deciding policy"):
        propose(session, scene)
    make_policy(session, scene)
    assess(session, scene, make_claims(session, scene, facts=OUTSIDE_FACTS))

    refusal = propose(session, scene, outcome=REFUSED)
    assert (refusal.claims, json.loads(refusal.reasons)) == (1, ["DATE"])
    assert decisions_of(session, refusal)[0].appeal_body is not None
    with pytest.raises(MassDecisionRefused, match="alike"):
        propose(session, scene, outcome=REFUSED)
    with pytest.raises(MassDecisionNotFound):
        queries.get_mass_decision(session, "mas_none")


def test_what_the_policy_asks_a_third_person_for_awaits_him(session: Session, scene: Scene, sampler: Principal) -> None:
    make_policy(session, scene, second_rate_bp=10_000)
    ready(session, scene)
    mass = propose(session, scene)
    review(session, mass, sampler)

    service.confirm_mass_decision(session, mass.id, officer=scene.confirmer, at=NOON)

    assert {one.status for one in decisions_of(session, mass)} == {"awaits_second"}


def test_the_same_seed_draws_the_same_sample() -> None:
    ids = [f"clm_{number:026}" for number in range(1_000)]

    drawn = rules.draw_sample(ids, seed="5eed", size=50)

    assert drawn == rules.draw_sample(list(reversed(ids)), seed="5eed", size=50)
    assert len(drawn) == 50
    assert drawn != rules.draw_sample(ids, seed="another", size=50)


@pytest.mark.parametrize(
    ("claims", "tolerance_bp", "expected"),
    [(10_000, 100, 299), (10_000, 500, 59), (200, 100, 200), (10_000, 1, 10_000)],
)
def test_a_sample_without_error_is_large_enough_to_prove_the_tolerance(
    claims: int, tolerance_bp: int, expected: int
) -> None:
    size = rules.compute_sample_size(claims, tolerance_bp=tolerance_bp, confidence_bp=9_500, floor=1)

    assert size == expected
    bound = rules.compute_upper_bound_ppm(0, sample_size=size, claims=claims, confidence_bp=9_500)
    assert bound <= tolerance_bp * 100


@pytest.mark.parametrize(("errors", "size"), [(0, 59), (1, 100), (3, 299), (40, 500), (99, 100)])
def test_the_bound_is_the_least_rate_at_which_so_few_errors_are_unlikely(errors: int, size: int) -> None:
    """Against the textbook sum in exact fractions, to the part per million."""
    bound = rules.compute_upper_bound_ppm(errors, sample_size=size, claims=1_000_000, confidence_bp=9_500)

    def probability(rate_ppm: int) -> Fraction:
        rate = Fraction(rate_ppm, 1_000_000)
        return sum((comb(size, k) * rate**k * (1 - rate) ** (size - k) for k in range(errors + 1)), Fraction(0))

    assert probability(bound) <= Fraction(5, 100) < probability(bound - 1)


def test_known_bounds() -> None:
    bound = partial(rules.compute_upper_bound_ppm, claims=1_000_000, confidence_bp=9_500)

    # Clopper and Pearson: 0 of 10 gives 0.258866, 1 of 10 0.394163, 5 of 100 0.102253; each rounded up.
    assert [bound(0, sample_size=10), bound(1, sample_size=10), bound(5, sample_size=100)] == [
        258_866,
        394_164,
        102_254,
    ]
    assert bound(7, sample_size=7) == 1_000_000
    assert rules.compute_upper_bound_ppm(1, sample_size=3, claims=3, confidence_bp=9_500) == 333_334


def test_the_database_refuses_a_mass_decision_that_is_not_reviewed_counted_and_within_its_tolerance(
    session: Session, scene: Scene, sampler: Principal, refused: Refused
) -> None:
    make_policy(session, scene, sample_floor=5)
    ready(session, scene)
    mass = propose(session, scene)
    confirm = (
        "UPDATE mass_decision SET status = 'confirmed', settled_by = :by, settled_at = proposed_at, errors = {},"
        " upper_bound_ppm = {}"
    )
    by = {"by": scene.confirmer.person_id}

    with refused("mass_decision.sample_reviewed"):
        session.execute(text(confirm.format(0, 400_000)), by)
    with refused("mass_member.reviewed_by_sampler"):
        session.execute(
            text(
                "UPDATE mass_member SET finding = 'agrees', reviewed_by = :by, reviewed_at = :at"
                " WHERE is_sampled = :yes"
            ),
            by | {"at": "2031-05-01 12:00:00+00", "yes": True},
        )
    review(session, mass, sampler, errors=1)
    with refused("mass_decision.sample_reviewed"):
        session.execute(text(confirm.format(0, 400_000)), by)
    with refused("within_tolerance"):
        session.execute(text(confirm.format(1, 600_000)), by)
    with refused("within_tolerance"):
        session.execute(text(confirm.format(1, 100)), by)
    with refused("mass_decision.confirmed_by_reviewer"):
        session.execute(text(confirm.format(1, 500_000)), {"by": sampler.person_id})
    with refused("settled_by_another"):
        session.execute(text(confirm.format(1, 500_000)), {"by": scene.decider.person_id})
    with refused("mass_member.reviewed_once"):
        session.execute(text("UPDATE mass_member SET finding = 'agrees' WHERE finding = 'error'"))
    with refused("mass_decision"):
        session.execute(text("UPDATE mass_decision SET tolerance_bp = 5000, claims = 1"))
    with refused("mass_decision.born_proposed"):
        insert(session, copy(mass, status="confirmed", settled_by=scene.confirmer.person_id, settled_at=NOON))
    with refused("mass_decision.own_policy"):
        insert(session, copy(mass, tolerance_bp=4_000))
    with refused("mass_decision.own_policy"):
        insert(session, copy(mass, sample_size=1))


def test_the_database_refuses_a_decision_of_a_mass_that_is_not_confirmed(
    session: Session, scene: Scene, refused: Refused
) -> None:
    make_policy(session, scene)
    ready(session, scene, count=2)
    mass = propose(session, scene)
    decision = decisions_of(session, mass)[0]
    registry.assign_duties(
        session, claim_ids=[decision.claim_id], officer=scene.confirmer, duty=DutyKind.CONFIRMER, at=NOON
    )

    with refused("decision.mass_first"):
        session.execute(
            text(
                "UPDATE decision SET status = 'confirmed', confirmed_by = :by, confirmed_at = proposed_at,"
                " appeal_until = '2031-06-01' WHERE id = :id"
            ),
            {"by": scene.confirmer.person_id, "id": decision.id},
        )
    with refused("mass_member"):
        insert(session, MassMember(decision_id=decision.id, mass_id=mass.id, is_sampled=False))


def test_two_mass_decisions_at_once_decide_each_claim_once(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        make_policy(session, scene)
        ready(session, scene, count=4)

    def deed(session: Session, officer: Principal) -> object:
        return service.propose_mass_decision(session, scene.programme, outcome=ELIGIBLE, officer=officer, at=NOON)

    results = race(database, [partial(deed, officer=scene.decider), partial(deed, officer=scene.confirmer)])

    assert sorted(results) in (["ClaimsAlreadyDecided", "done"], ["MassDecisionRefused", "done"])
    with database.reading() as session:
        assert len(session.exec(select(Decision)).all()) == 4


def test_two_confirmations_at_once_and_one_does_it(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        make_policy(session, scene)
        ready(session, scene, count=4)
        mass = propose(session, scene)
        review(session, mass, make_officer(session, Role.DECIDER))
        another = make_officer(session, Role.DECIDER)

    deeds = [
        partial(service.confirm_mass_decision, mass_id=mass.id, officer=officer, at=NOON)
        for officer in (scene.confirmer, another)
    ]

    assert sorted(race(database, deeds)) == ["MassDecisionNotOpen", "done"]
