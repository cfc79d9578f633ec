"""Who has an interest keeps away: by his own word or that of two others, and then the database refuses him."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import text
from sqlmodel import Session

from reparations.db import Database
from reparations.eligibility import service
from reparations.eligibility.errors import RecusalNotFound, RecusalRefused, Recused, SamePersonConfirms
from reparations.eligibility.models import DecidedOutcome, Recusal, RecusalReason, ReturnReason
from reparations.principal import Principal, Role
from reparations.registry import service as registry
from reparations.registry.errors import DutyConflict
from reparations.registry.models import Claim, DutyKind
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.races import race
from tests.eligibility.test_refused_by_database import Refused, copy, insert
from tests.factories.access import make_officer
from tests.factories.eligibility import Scene, assess, make_claims, make_scene, propose

ACCEPT = DecidedOutcome.ELIGIBLE


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


@pytest.fixture
def claim(session: Session, scene: Scene) -> Claim:
    (claim,) = make_claims(session, scene)
    assess(session, scene, [claim])
    return claim


def recuse(session: Session, claim: Claim, officer: Principal, *, person: Principal | None = None) -> Recusal:
    return service.declare_recusal(
        session,
        person_id=(person or officer).person_id,
        claim_id=claim.id,
        reason=RecusalReason.FAMILY,
        officer=officer,
        at=NOON,
    )


def accept(session: Session, claim: Claim, officer: Principal) -> object:
    return service.propose_decisions(session, claim_ids=[claim.id], outcome=ACCEPT, officer=officer, at=NOON)


def test_by_his_own_word_at_once(session: Session, scene: Scene, claim: Claim) -> None:
    recuse(session, claim, scene.decider)

    with pytest.raises(Recused, match=claim.reference):
        accept(session, claim, scene.decider)
    assert events(session)[-1]["body"] == {"reason": "family", "holds": True, "claims": 1}


def test_by_anothers_word_once_a_second_person_says_so(session: Session, scene: Scene, claim: Claim) -> None:
    recusal = recuse(session, claim, scene.confirmer, person=scene.decider)
    for officer in (scene.confirmer, scene.decider):
        with pytest.raises(SamePersonConfirms):
            service.second_recusal(session, recusal.id, officer=officer, at=NOON)
    assert not recusal.is_effective

    service.second_recusal(session, recusal.id, officer=make_officer(session, Role.DECIDER), at=NOON)

    with pytest.raises(Recused):
        accept(session, claim, scene.decider)
    with pytest.raises(RecusalRefused, match="holds already"):
        service.second_recusal(session, recusal.id, officer=make_officer(session, Role.DECIDER), at=NOON)
    with pytest.raises(RecusalNotFound):
        service.second_recusal(session, "rec_none", officer=scene.confirmer, at=NOON)


def test_from_every_claim_of_a_party_or_a_case(session: Session, scene: Scene, claim: Claim) -> None:
    declare = partial(service.declare_recusal, session, reason=RecusalReason.OWN_INTEREST, at=NOON)
    declare(person_id=scene.decider.person_id, party_id=claim.party_id, officer=scene.decider)
    declare(person_id=scene.confirmer.person_id, case_id=claim.case_id, officer=scene.confirmer)

    for officer in (scene.decider, scene.confirmer):
        with pytest.raises(Recused):
            accept(session, claim, officer)


def test_what_somebody_proposed_before_he_was_recused_can_only_go_back(
    session: Session, scene: Scene, claim: Claim
) -> None:
    (decision,) = propose(session, scene, [claim])
    recuse(session, claim, scene.decider)

    with pytest.raises(Recused, match="who proposed"):
        service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.confirmer, at=NOON)
    service.return_decisions(
        session, decision_ids=[decision.id], reason=ReturnReason.WRONG_CLAIM, officer=scene.confirmer, at=NOON
    )

    assert decision.status == "returned"


def test_no_duty_of_paying_either(session: Session, scene: Scene, claim: Claim) -> None:
    recuse(session, claim, scene.decider)

    with pytest.raises(DutyConflict, match="recused"):
        registry.assign_duties(
            session, claim_ids=[claim.id], officer=scene.decider, duty=DutyKind.PAYER, at=NOON, batch_id="bat_1"
        )


def test_a_recusal_is_about_one_matter_that_exists(session: Session, scene: Scene, claim: Claim) -> None:
    declare = partial(
        service.declare_recusal,
        session,
        person_id=scene.decider.person_id,
        reason=RecusalReason.OTHER,
        officer=scene.decider,
        at=NOON,
    )

    with pytest.raises(RecusalRefused, match="one claim, one party or one case"):
        declare()
    with pytest.raises(RecusalRefused, match="one claim, one party or one case"):
        declare(claim_id=claim.id, party_id=claim.party_id)
    with pytest.raises(RecusalRefused, match="There is no claim"):
        declare(claim_id="clm_none")


def test_the_database_itself_keeps_who_is_recused_away(
    session: Session, scene: Scene, claim: Claim, refused: Refused
) -> None:
    (decision,) = propose(session, scene, [claim])
    recusal = recuse(session, claim, scene.decider)
    other = recuse(session, claim, scene.confirmer, person=scene.administrator)

    with refused("decision.proposer_recused"):
        insert(session, copy(decision))
    registry.assign_duties(session, claim_ids=[claim.id], officer=scene.confirmer, duty=DutyKind.CONFIRMER, at=NOON)
    with refused("decision.confirmer_recused"):
        session.execute(
            text(
                "UPDATE decision SET status = 'confirmed', confirmed_by = :person, confirmed_at = proposed_at,"
                " appeal_until = '2031-06-01'"
            ),
            {"person": scene.confirmer.person_id},
        )
    with refused("recusal"):
        session.execute(text("DELETE FROM recusal"))
    with refused("recusal"):
        session.execute(text("UPDATE recusal SET person_id = declared_by"))
    with refused("recusal.born_unseconded"):
        insert(session, copy(other, seconded_by=scene.decider.person_id, seconded_at=NOON))
    with refused("own_word_suffices"):
        session.execute(
            text("UPDATE recusal SET seconded_by = :person, seconded_at = declared_at WHERE id = :id"),
            {"person": scene.confirmer.person_id, "id": recusal.id},
        )
    with refused("seconded_by_another"):
        session.execute(
            text("UPDATE recusal SET seconded_by = declared_by, seconded_at = declared_at WHERE id = :id"),
            {"id": other.id},
        )
    with refused("one_matter"):
        insert(session, copy(other, claim_id=None))
    with refused("reason_known"):
        insert(session, copy(other, reason="because"))
    service.second_recusal(session, other.id, officer=scene.decider, at=NOON)
    with refused("recusal.seconded_once"):
        session.execute(text("UPDATE recusal SET seconded_at = declared_at WHERE id = :id"), {"id": other.id})


def test_a_recusal_and_a_proposal_at_once_do_not_cross(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        (claim,) = make_claims(session, scene)
        assess(session, scene, [claim])

    results = race(
        database,
        [
            partial(recuse, claim=claim, officer=scene.decider),
            partial(accept, claim=claim, officer=scene.decider),
        ],
    )

    # Whoever came first: proposed before the recusal, or refused after it; never proposed after it.
    assert sorted(results) in (["Recused", "done"], ["done", "done"])
    with database.transaction() as session, pytest.raises(Recused):
        service.propose_decisions(session, claim_ids=[claim.id], outcome=ACCEPT, officer=scene.decider, at=NOON)
