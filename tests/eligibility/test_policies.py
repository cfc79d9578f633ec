"""A third person confirms above an amount or by lot, as a policy that two persons published says."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from reparations.db import Database, violated_constraint
from reparations.eligibility import rules, service
from reparations.eligibility.errors import (
    DecisionNotOpen,
    PolicyNotFound,
    PolicyPublished,
    PolicyRefused,
    SamePersonConfirms,
)
from reparations.eligibility.models import (
    AppealEffect,
    AppealInstance,
    DecidedOutcome,
    DecidingPolicy,
    DecisionStatus,
    ReturnReason,
)
from reparations.eligibility.schemas import PolicyOut
from reparations.principal import Role
from reparations.registry import service as registry
from reparations.registry.models import DutyKind
from reparations.registry.queries import list_duties
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.races import race
from tests.eligibility.test_refused_by_database import Refused, copy, insert
from tests.factories.access import make_officer
from tests.factories.eligibility import MISSING_FACTS, TODAY, Scene, make_claims, make_policy, make_scene, propose


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


def test_above_the_threshold_a_third_person_confirms_too(session: Session, scene: Scene) -> None:
    make_policy(session, scene, threshold_minor=24_999)
    (decision,) = propose(session, scene, make_claims(session, scene))

    service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.confirmer, at=NOON)
    assert decision.status == DecisionStatus.AWAITS_SECOND
    for officer in (scene.decider, scene.confirmer):
        with pytest.raises(SamePersonConfirms):
            service.confirm_decisions(session, decision_ids=[decision.id], officer=officer, at=NOON)
    third = make_officer(session, Role.DECIDER)
    service.confirm_decisions(session, decision_ids=[decision.id], officer=third, at=NOON)

    assert (decision.status, decision.second_confirmed_by) == (DecisionStatus.CONFIRMED, third.person_id)
    assert "second_confirmer" in {duty.duty for duty in list_duties(session, decision.claim_id)}
    assert events(session)[-1]["duty"] == "second_confirmer"


def test_at_the_threshold_two_suffice(session: Session, scene: Scene) -> None:
    make_policy(session, scene, threshold_minor=25_000)
    (decision,) = propose(session, scene, make_claims(session, scene))

    service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.confirmer, at=NOON)

    assert decision.status == DecisionStatus.CONFIRMED


def test_a_third_person_may_return_what_two_agreed_on(session: Session, scene: Scene) -> None:
    make_policy(session, scene, second_rate_bp=10_000)
    (decision,) = propose(session, scene, make_claims(session, scene))
    service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.confirmer, at=NOON)

    service.return_decisions(
        session,
        decision_ids=[decision.id],
        reason=ReturnReason.REASONS_DO_NOT_HOLD,
        officer=make_officer(session, Role.DECIDER),
        at=NOON,
    )

    assert decision.status == DecisionStatus.RETURNED
    with pytest.raises(DecisionNotOpen):
        service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.confirmer, at=NOON)


def test_a_question_needs_no_third_person(session: Session, scene: Scene) -> None:
    make_policy(session, scene, second_rate_bp=10_000)
    claims = make_claims(session, scene, facts=MISSING_FACTS)
    (decision,) = propose(session, scene, claims, outcome=DecidedOutcome.ASK)

    service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.confirmer, at=NOON)

    assert decision.status == DecisionStatus.CONFIRMED


def test_the_database_draws_the_same_lot_and_holds_us_to_it(session: Session, scene: Scene) -> None:
    policy = make_policy(session, scene, second_rate_bp=5_000)
    decisions = propose(session, scene, make_claims(session, scene, count=12))
    registry.assign_duties(
        session,
        claim_ids=[one.claim_id for one in decisions],
        officer=scene.confirmer,
        duty=DutyKind.CONFIRMER,
        at=NOON,
    )
    drawn = {one.id for one in decisions if rules.compute_lot(policy.weights, one.claim_id) < policy.second_rate_bp}
    refused: dict[str, str] = {}
    for decision in decisions:
        try:
            with session.begin_nested():
                session.execute(
                    text(
                        "UPDATE decision SET status = 'confirmed', confirmed_by = :person, confirmed_at = proposed_at,"
                        " appeal_until = '2031-06-01' WHERE id = :id"
                    ),
                    {"person": scene.confirmer.person_id, "id": decision.id},
                )
        except DBAPIError as error:
            refused[decision.id] = violated_constraint(error)

    assert refused == dict.fromkeys(drawn, "decision.second_missing")


def test_lots_are_even_and_can_be_drawn_again() -> None:
    weights = rules.make_weights("5eed")
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    tails = ["".join(alphabet[(number >> shift) % 32] for shift in range(16)) for number in range(4_000)]
    ids = [f"clm_01J9ZD3J6Q{tail}" for tail in tails]

    lots = [rules.compute_lot(weights, claim_id) for claim_id in ids]

    assert lots == [rules.compute_lot(weights, claim_id) for claim_id in ids]
    assert all(0 <= lot < 10_000 for lot in lots)
    assert 0.20 < sum(lot < 2_500 for lot in lots) / len(lots) < 0.30


def test_a_policy_is_published_by_another_and_never_edited(session: Session, scene: Scene) -> None:
    policy = make_policy(session, scene, threshold_minor=100)

    assert events(session)[-1]["type"] == "policy.published"
    with pytest.raises(PolicyPublished):
        service.publish_policy(session, policy.id, officer=scene.administrator, at=NOON)
    with pytest.raises(PolicyNotFound):
        service.publish_policy(session, "pol_none", officer=scene.administrator, at=NOON)
    with pytest.raises(PolicyRefused):
        make_policy(session, scene, threshold_minor=200)
    with pytest.raises(PolicyRefused, match="holds from today"):
        make_policy(session, scene, valid_from=TODAY - timedelta(days=1))


def test_who_proposed_a_policy_does_not_publish_it(session: Session, scene: Scene) -> None:
    make_policy(session, scene)
    new = service.NewPolicy(
        valid_from=TODAY + timedelta(days=1),
        citation="Order",
        threshold_minor=1,
        second_rate_bp=0,
        tolerance_bp=100,
        confidence_bp=9_500,
        sample_floor=1,
        appeal_effect=AppealEffect.SUSPENDS,
    )
    policy = service.propose_policy(session, scene.programme, new, officer=scene.administrator, at=NOON)

    with pytest.raises(SamePersonConfirms):
        service.publish_policy(session, policy.id, officer=scene.administrator, at=NOON)


def test_the_seed_is_shown_once_a_later_policy_has_ended_it(session: Session, scene: Scene) -> None:
    first = make_policy(session, scene)
    second = make_policy(session, scene, valid_from=TODAY + timedelta(days=1))

    def shown(policy: DecidingPolicy, in_force: DecidingPolicy) -> str | None:
        return PolicyOut.of(policy, [], currency="USD", in_force=in_force).seed

    assert shown(first, first) is None
    assert shown(first, second) == first.seed
    assert shown(second, second) is None


def test_the_database_keeps_policies(session: Session, scene: Scene, refused: Refused) -> None:
    policy = make_policy(session, scene)
    draft = copy(policy, valid_from=TODAY + timedelta(days=3), published_by=None, published_at=None)
    insert(session, draft)
    publish = text("UPDATE deciding_policy SET published_by = :person, published_at = :at WHERE id = :id")
    other = make_officer(session, Role.FUND_ADMINISTRATOR).person_id

    with refused("deciding_policy"):
        session.execute(text("UPDATE deciding_policy SET second_rate_bp = 0"))
    with refused("deciding_policy"):
        session.execute(text("DELETE FROM deciding_policy"))
    with refused("deciding_policy.born_unpublished"):
        insert(session, copy(policy, valid_from=TODAY + timedelta(days=2)))
    with refused("published_by_another"):
        session.execute(
            text("UPDATE deciding_policy SET published_by = proposed_by, published_at = proposed_at WHERE id = :id"),
            {"id": draft.id},
        )
    with refused("deciding_policy.published_once"):
        session.execute(text("UPDATE deciding_policy SET published_at = proposed_at WHERE id = :id"), {"id": policy.id})
    early = copy(draft, valid_from=TODAY - timedelta(days=30))
    insert(session, early)
    with refused("deciding_policy."):
        session.execute(publish, {"person": other, "at": _instant(session, policy.id), "id": early.id})
    words: dict[str, Any] = {"body": "A court", "days": 30, "how": "Write.", "citation": "Order"}
    with refused("appeal_instance.policy_published"):
        insert(
            session,
            AppealInstance(policy_id=policy.id, instance=2, body="A court", days=30, how="Write.", citation="X"),
        )
    with refused("instance_after_first"):
        insert(session, AppealInstance(policy_id=draft.id, instance=1, **words))


def _instant(session: Session, policy_id: str) -> object:
    return session.execute(
        text("SELECT published_at FROM deciding_policy WHERE id = :id"), {"id": policy_id}
    ).scalar_one()


def test_two_policies_published_at_once_follow_one_another(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        proposed = []
        for _ in range(2):
            new = service.NewPolicy(
                valid_from=TODAY,
                citation="Order",
                threshold_minor=1,
                second_rate_bp=0,
                tolerance_bp=100,
                confidence_bp=9_500,
                sample_floor=1,
                appeal_effect=AppealEffect.SUSPENDS,
            )
            proposed.append(
                service.propose_policy(session, scene.programme, new, officer=scene.administrator, at=NOON).id
            )
        publisher = make_officer(session, Role.FUND_ADMINISTRATOR)

    deeds = [partial(service.publish_policy, policy_id=one, officer=publisher, at=NOON) for one in proposed]
    results = race(database, deeds)

    assert sorted(results) == ["PolicyRefused", "done"]
