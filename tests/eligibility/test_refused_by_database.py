"""What no rule of ours has to catch: the database itself refuses, on both engines, whoever writes the SQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from reparations.db import Database, violated_constraint
from reparations.eligibility import service
from reparations.eligibility.models import Assessment, Award, AwardFunding, DecidedOutcome, Decision, Instalment
from reparations.ids import new_id
from reparations.ledger.models import AwardForm, Fund
from reparations.registry import service as registry
from reparations.registry.models import Claim
from tests.conftest import NOON
from tests.factories.eligibility import (
    MISSING_FACTS,
    OUTSIDE_FACTS,
    Scene,
    assess,
    award,
    decide,
    let_die,
    make_claims,
    make_heir,
    make_scene,
    propose,
)
from tests.factories.ledger import make_fund
from tests.factories.registry import ELIGIBLE_FACTS, make_claim, make_programme

Refused = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


@pytest.fixture
def fund(session: Session) -> Fund:
    return make_fund(session, available_minor=1_000_000)


@pytest.fixture
def claim(session: Session, scene: Scene) -> Claim:
    return make_claims(session, scene)[0]


def copy(row: Any, **changed: Any) -> Any:  # noqa: ANN401 any model
    """A row like another, with some columns changed and an id of its own."""
    values = row.model_dump() | {"id": new_id("xxx")} | changed
    return type(row)(**values)


def insert(session: Session, row: object) -> None:
    session.add(row)
    session.flush()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assessment SET outcome = 'eligible'",
        "DELETE FROM assessment",
        "UPDATE award SET amount_minor = 99999",
        "DELETE FROM award",
        "UPDATE award_funding SET amount_minor = 1",
        "DELETE FROM award_funding",
        "UPDATE instalment SET payee_party_id = 'pty_x'",
        "DELETE FROM instalment",
        "UPDATE decision SET outcome = 'eligible'",
        "UPDATE decision SET amount_minor = 99999",
        "UPDATE decision SET proposed_by = 'psn_x'",
        "DELETE FROM decision",
    ],
)
def test_history_is_not_rewritten(session: Session, scene: Scene, fund: Fund, claim: Claim, *, statement: str) -> None:
    decide(session, scene, [claim])
    assert award(session, scene), fund
    table = statement.split()[2] if statement.startswith("DELETE") else statement.split()[1]

    with pytest.raises(DBAPIError) as caught, session.begin_nested():
        session.execute(text(statement))

    reason = str(caught.value.orig)
    assert f"{table}." in reason or "permission denied" in reason


def test_an_assessment_rests_on_its_own_claims_facts_and_programmes_rules(
    session: Session, scene: Scene, claim: Claim, refused: Refused
) -> None:
    (assessment,) = assess(session, scene, [claim])
    other = make_claim(session, programme=scene.programme, officer=scene.caseworker)
    stranger = make_claim(session)

    with refused("assessment.facts_of_another"):
        insert(session, copy(assessment, claim_id=other.id))
    with refused("assessment."):
        insert(session, copy(assessment, claim_id=stranger.id))
    with refused("assessment"):
        insert(session, copy(assessment))
    with refused("outcome_known"):
        insert(session, copy(assessment, number=2, facts_revision_id=_new_facts(session, scene, claim), outcome="x"))


def _new_facts(session: Session, scene: Scene, claim: Claim) -> str:
    return registry.record_facts(session, claim.id, facts=ELIGIBLE_FACTS, officer=scene.caseworker, at=NOON).id


def test_a_decision_is_born_proposed_and_says_where_it_departs(
    session: Session, scene: Scene, claim: Claim, refused: Refused
) -> None:
    (assessment,) = assess(session, scene, [claim])
    wanted = Decision(
        id="dec_x",
        claim_id=claim.id,
        assessment_id=assessment.id,
        outcome="eligible",
        departs=False,
        reasons="[]",
        amount_minor=25_000,
        proposed_by=scene.decider.person_id,
        proposed_at=NOON,
        status="proposed",
    )

    confirmed = {"status": "confirmed", "confirmed_by": scene.confirmer.person_id, "confirmed_at": NOON}
    with refused("decision.born_proposed"):
        insert(session, copy(wanted, **confirmed))
    with refused("decision.departs_unsaid"):
        insert(session, copy(wanted, amount_minor=99_000))
    refusal = {"outcome": "not_eligible", "amount_minor": None, "appeal_body": "A court"}
    with refused("decision.departs_unsaid"):
        insert(session, copy(wanted, reasons='["DATE"]', **refusal))
    with refused("refusal_reasoned"):
        insert(session, copy(wanted, departs=True, departure="evidence_heard", **refusal))
    with refused("refusal_appealable"):
        departs = {"departs": True, "departure": "evidence_heard"}
        insert(session, copy(wanted, reasons='["DATE"]', **(departs | refusal | {"appeal_body": None})))
    with refused("departure_reasoned"):
        insert(session, copy(wanted, departs=True))
    with refused("departure_known"):
        insert(session, copy(wanted, departs=True, departure="because"))
    with refused("amount_if_eligible"):
        insert(session, copy(wanted, departs=True, departure="evidence_heard", amount_minor=None))


def test_two_decisions_are_never_open_on_one_claim(
    session: Session, scene: Scene, claim: Claim, refused: Refused
) -> None:
    (decision,) = propose(session, scene, [claim])

    with refused("decision"):
        insert(session, copy(decision))


def test_nobody_confirms_his_own_proposal_even_in_sql(
    session: Session, scene: Scene, claim: Claim, refused: Refused
) -> None:
    (decision,) = propose(session, scene, [claim])
    confirm = text("UPDATE decision SET status = 'confirmed', confirmed_by = :person, confirmed_at = proposed_at")

    with refused("decision."):
        session.execute(confirm, {"person": decision.proposed_by})
    with refused("decision.duties_missing"):
        session.execute(confirm, {"person": scene.confirmer.person_id})
    with refused("return_whole"):
        session.execute(text("UPDATE decision SET status = 'returned'"))


def test_not_even_a_question_is_confirmed_by_who_asks(session: Session, scene: Scene, refused: Refused) -> None:
    propose(session, scene, make_claims(session, scene, facts=MISSING_FACTS), outcome=DecidedOutcome.ASK)

    with refused("confirmed_by_another"):
        session.execute(
            text("UPDATE decision SET status = 'confirmed', confirmed_by = proposed_by, confirmed_at = proposed_at")
        )
    with refused("returned_by_another"):
        session.execute(
            text(
                "UPDATE decision SET status = 'returned', returned_by = proposed_by, returned_at = proposed_at,"
                " return_reason = 'wrong_claim'"
            )
        )
    with refused("confirmation_whole"):
        session.execute(text("UPDATE decision SET status = 'confirmed'"))


def test_a_settled_decision_stays_as_it_is(session: Session, scene: Scene, claim: Claim, refused: Refused) -> None:
    decide(session, scene, [claim])

    with refused("decision.settled"):
        session.execute(text("UPDATE decision SET confirmed_at = proposed_at"))
    with refused("decision.settled"):
        session.execute(text("UPDATE decision SET status = 'proposed', confirmed_by = NULL, confirmed_at = NULL"))


def test_a_confirmed_refusal_has_its_last_day_to_appeal(session: Session, scene: Scene, refused: Refused) -> None:
    claims = make_claims(session, scene, facts=OUTSIDE_FACTS)
    propose(session, scene, claims, outcome=DecidedOutcome.NOT_ELIGIBLE)
    registry.assign_duties(session, claim_ids=[claims[0].id], officer=scene.confirmer, duty="confirmer", at=NOON)

    with refused("appeal_dated"):
        session.execute(
            text("UPDATE decision SET status = 'confirmed', confirmed_by = :person, confirmed_at = proposed_at"),
            {"person": scene.confirmer.person_id},
        )


def make_award_row(scene: Scene, decision: Decision, **changed: Any) -> Award:  # noqa: ANN401 any column
    values: dict[str, Any] = {
        "id": new_id("awd"),
        "programme_id": scene.programme.id,
        "claim_id": decision.claim_id,
        "form": "individual",
        "title": "An award",
        "amount_minor": 25_000,
        "currency": "USD",
        "decision_id": decision.id,
        "authority": "An order",
        "made_by": scene.administrator.person_id,
        "made_at": NOON,
    }
    return Award(**(values | changed))


def test_an_award_needs_a_confirmed_decision_of_its_amount(
    session: Session, scene: Scene, claim: Claim, refused: Refused
) -> None:
    (decision,) = propose(session, scene, [claim])

    with refused("award.undecided"):
        insert(session, make_award_row(scene, decision))
    service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.confirmer, at=NOON)
    with refused("award.undecided"):
        insert(session, make_award_row(scene, decision, amount_minor=25_001))
    with refused("award.undecided"):
        insert(session, make_award_row(scene, decision, programme_id=make_programme(session).id))
    with refused("form_whole"):
        insert(session, make_award_row(scene, decision, form="collective"))
    with refused("form_whole"):
        insert(session, make_award_row(scene, decision, form="collective", claim_id=None, decision_id=None))
    with refused("amount_positive"):
        collective = {"form": "collective", "claim_id": None, "decision_id": None, "line_code": "X"}
        insert(session, make_award_row(scene, decision, amount_minor=0, **collective))
    insert(session, make_award_row(scene, decision))
    with refused("award"):
        insert(session, make_award_row(scene, decision))


def test_a_refused_or_closed_claim_is_not_awarded(session: Session, scene: Scene, refused: Refused) -> None:
    claims = make_claims(session, scene, facts=OUTSIDE_FACTS)
    (decision,) = decide(session, scene, claims, outcome=DecidedOutcome.NOT_ELIGIBLE)
    with refused("award.undecided"):
        insert(session, make_award_row(scene, decision))

    (withdrawn,) = make_claims(session, scene)
    (accepted,) = decide(session, scene, [withdrawn])
    withdrawn.status = "withdrawn"
    session.flush()
    with refused("award.undecided"):
        insert(session, make_award_row(scene, accepted))


def test_a_fund_pays_only_for_what_it_was_given_for(session: Session, scene: Scene, refused: Refused) -> None:
    """E-ICC-3 in raw SQL: housing from money given for individual awards."""
    individual = make_fund(session, forms=[AwardForm.INDIVIDUAL], available_minor=1_000_000)
    other_programme = make_fund(session, programme_id=make_programme(session).id, available_minor=1_000_000)
    housing = Award(
        id="awd_housing",
        programme_id=scene.programme.id,
        line_code="HOUSING",
        form="collective",
        title="Housing",
        amount_minor=1_000,
        currency="USD",
        authority="An order",
        made_by=scene.administrator.person_id,
        made_at=NOON,
    )
    insert(session, housing)

    def funding(fund: Fund, form: str = "collective", amount_minor: int = 1_000) -> AwardFunding:
        return AwardFunding(award_id=housing.id, fund_id=fund.id, form=form, amount_minor=amount_minor)

    for row in (funding(individual), funding(individual, form="individual")):
        with pytest.raises(DBAPIError) as caught, session.begin_nested():
            insert(session, row)
        assert "foreign key" in str(caught.value.orig).lower()
    with refused("award_funding.fund_of_another"):
        insert(session, funding(other_programme))
    wide = make_fund(session, available_minor=1_000_000)
    with refused("award_funding.exceeds_award"):
        insert(session, funding(wide, amount_minor=1_001))
    insert(session, funding(wide, amount_minor=600))
    with refused("award_funding.exceeds_award"):
        insert(session, funding(make_fund(session, available_minor=1_000), amount_minor=401))


def test_instalments_stay_within_what_a_fund_pays_and_go_to_who_is_entitled(
    session: Session, scene: Scene, fund: Fund, claim: Claim, *, refused: Refused
) -> None:
    let_die(session, scene, claim)
    (decision,) = decide(session, scene, [claim])
    (made,) = award(session, scene)
    stranger = make_claim(session, programme=scene.programme, officer=scene.caseworker)
    (other,) = make_claims(session, scene)
    decide(session, scene, [other])
    (paid,) = award(session, scene)
    assert decision.amount_minor == 25_000

    def part(award_: Award, payee: Claim, *, amount_minor: int = 1, number: int = 9) -> Instalment:
        return Instalment(
            id=new_id("ins"),
            award_id=award_.id,
            fund_id=fund.id,
            number=number,
            payee_party_id=payee.party_id,
            amount_minor=amount_minor,
            currency="USD",
            due_on=NOON.date(),
            made_at=NOON,
        )

    with refused("instalment.payee_deceased"):
        insert(session, part(made, claim))
    with refused("instalment.payee_unentitled"):
        insert(session, part(made, stranger))
    with refused("instalment.exceeds_funding"):
        insert(session, part(paid, other))
    with refused("instalment"):
        insert(session, part(paid, other, number=1))
    with pytest.raises(DBAPIError), session.begin_nested():
        insert(session, copy(part(paid, other), fund_id=make_fund(session).id))


def test_two_writers_at_once_do_not_part_an_award_twice(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        make_fund(session, available_minor=100_000)
        (claim,) = make_claims(session, scene)
        decide(session, scene, [claim])
        let_die(session, scene, claim)
        (made,) = award(session, scene)
        heirs = [_decided_heir(session, scene, claim) for _ in range(2)]
        fund_id = session.get_one(AwardFunding, (made.id, _fund_of(session, made), 0)).fund_id
        payees = [heir.party_id for heir in heirs]
        award_id = made.id
    results: list[str] = []
    start = threading.Barrier(2)

    def pay_all(number: int) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                row = Instalment(
                    id=new_id("ins"),
                    award_id=award_id,
                    fund_id=fund_id,
                    number=number,
                    payee_party_id=payees[number - 1],
                    amount_minor=25_000,
                    currency="USD",
                    due_on=NOON.date(),
                    made_at=NOON,
                )
                insert(session, row)
            results.append("done")
        except DBAPIError as error:
            results.append(violated_constraint(error))

    threads = [threading.Thread(target=pay_all, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["done", "instalment.exceeds_funding"]


def _decided_heir(session: Session, scene: Scene, claim: Claim) -> Claim:
    heir = make_heir(session, scene, claim)
    decide(session, scene, [heir])
    return heir


def _fund_of(session: Session, made: Award) -> str:
    return str(
        session.execute(text("SELECT fund_id FROM award_funding WHERE award_id = :id"), {"id": made.id}).scalar_one()
    )


def test_two_officers_at_once_decide_a_claim_once(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        (claim,) = make_claims(session, scene)
        assess(session, scene, [claim])
        claim_id = claim.id
    results: list[str] = []
    start = threading.Barrier(2)

    def decide_it(officer: Any) -> None:  # noqa: ANN401 a principal
        start.wait()
        try:
            with database.transaction() as session:
                service.propose_decisions(
                    session, claim_ids=[claim_id], outcome=DecidedOutcome.ELIGIBLE, officer=officer, at=NOON
                )
            results.append("done")
        except Exception as error:  # noqa: BLE001 whatever it is is compared below
            results.append(type(error).__name__)

    threads = [threading.Thread(target=decide_it, args=(officer,)) for officer in (scene.decider, scene.confirmer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["ClaimsAlreadyDecided", "done"]


def test_an_assessment_is_numbered_once(session: Session, scene: Scene, claim: Claim, refused: Refused) -> None:
    (assessment,) = assess(session, scene, [claim])
    registry.record_facts(session, claim.id, facts=OUTSIDE_FACTS, officer=scene.caseworker, at=NOON)
    (second,) = assess(session, scene, [claim])

    assert isinstance(assessment, Assessment)
    with refused("assessment"):
        insert(session, copy(second, facts_revision_id=assessment.facts_revision_id))
