"""What the databases themselves refuse of appeals, and what happens to two at once."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from sqlalchemy import text
from sqlmodel import Session

from reparations.db import Database
from reparations.eligibility import service
from reparations.eligibility.models import (
    AdmissionReason,
    AppealEffect,
    Decision,
)
from reparations.registry.models import Claim
from tests.conftest import NOON
from tests.eligibility.races import race
from tests.eligibility.test_refused_by_database import Refused, copy, insert, make_award_row
from tests.factories.appeals import accept_claim, lodge, refuse_claim, reviewer
from tests.factories.eligibility import (
    Scene,
    make_policy,
    make_scene,
)


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


@pytest.fixture
def refusal(session: Session, scene: Scene) -> Claim:
    return refuse_claim(session, scene)


@pytest.fixture
def accepted(session: Session, scene: Scene) -> Claim:
    return accept_claim(session, scene)


def test_the_database_itself_keeps_appeals(session: Session, scene: Scene, refusal: Claim, refused: Refused) -> None:
    appeal = lodge(session, scene, refusal)
    first = session.get_one(Decision, appeal.decision_id)
    ruling = copy(
        first,
        kind="appeal",
        replaces_id=first.id,
        instance=1,
        status="proposed",
        confirmed_by=None,
        confirmed_at=None,
        appeal_until=None,
    )

    with refused("decision.reviewer_involved"):
        insert(session, ruling)
    with refused("appeal"):
        insert(session, copy(appeal))
    withdrawn = {"status": "withdrawn"}
    with refused("appeal.born_as_it_came"):
        insert(session, copy(appeal, **withdrawn))
    with refused("appeal.of_standing"):
        insert(session, copy(appeal, payable_minor=1))
    with refused("appeal.of_standing"):
        insert(session, copy(appeal, instance=2))
    with refused("appeal.decided_by_decision"):
        session.execute(
            text("UPDATE appeal SET status = 'decided', result = 'upheld', result_decision_id = decision_id")
        )
    with refused("appeal"):
        session.execute(text("UPDATE appeal SET due_on = '2040-01-01'"))
    with refused("appeal"):
        session.execute(text("DELETE FROM appeal"))
    service.withdraw_appeal(session, appeal.id, officer=scene.caseworker, at=NOON)
    with refused("appeal.edges"):
        session.execute(text("UPDATE appeal SET status = 'open'"))
    with refused("decision.appeal_open"):
        insert(session, copy(ruling, proposed_by=reviewer(session).person_id))


def test_the_database_itself_admits_nobody_late_by_one(
    session: Session, scene: Scene, refusal: Claim, refused: Refused
) -> None:
    appeal = lodge(session, scene, refusal, on=date(2031, 6, 1), days_later=31)

    with refused("late_admitted_by_two"):
        session.execute(text("UPDATE appeal SET status = 'open'"))
    with refused("appeal.admitted_by_new_eyes"):
        session.execute(
            text("UPDATE appeal SET admission_by = :by, admission_reason = 'not_notified'"),
            {"by": scene.decider.person_id},
        )
    service.propose_admission(
        session, appeal.id, reason=AdmissionReason.NOT_NOTIFIED, officer=reviewer(session), at=NOON
    )
    session.flush()
    with refused("admission_by_two"):
        session.execute(
            text(
                "UPDATE appeal SET status = 'open', admission_seconded_by = admission_by,"
                " admission_seconded_at = recorded_at"
            )
        )
    with refused("not_admitted_for_no_reason"):
        session.execute(
            text(
                "UPDATE appeal SET status = 'not_admitted', admission_seconded_by = :by,"
                " admission_seconded_at = recorded_at"
            ),
            {"by": reviewer(session).person_id},
        )


def test_the_database_itself_awards_nothing_that_is_suspended(
    session: Session, scene: Scene, accepted: Claim, refused: Refused
) -> None:
    make_policy(session, scene, appeal_effect=AppealEffect.SUSPENDS)
    appeal = lodge(session, scene, accepted)

    with refused("award.appealed"):
        insert(session, make_award_row(scene, session.get_one(Decision, appeal.decision_id)))


def test_two_rulings_at_once_and_one_is_proposed(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        claim = refuse_claim(session, scene)
        appeal_id = lodge(session, scene, claim).id
        people = [reviewer(session) for _ in range(2)]

    deeds = [
        partial(service.decide_appeal, appeal_id=appeal_id, outcome=None, officer=officer, at=NOON)
        for officer in people
    ]

    assert sorted(race(database, deeds)) == ["ClaimsAlreadyDecided", "done"]


def test_two_appeals_at_once_and_one_is_lodged(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        claim = refuse_claim(session, scene)

    def deed(session: Session) -> object:
        return lodge(session, scene, claim)

    assert sorted(race(database, [deed, deed])) == ["AppealUndecided", "done"]
