"""Amounts a person decides: within the range, with reasons, computed anew, confirmed by another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from reparations.eligibility import queries, service
from reparations.eligibility.errors import AmountOutOfRange, DecisionRefused, MassDecisionRefused, NotReproducible
from reparations.eligibility.models import (
    AssessedOutcome,
    DecidedOutcome,
    Decision,
    Departure,
    Determination,
    DeterminedStep,
)
from reparations.eligibility.queries import DecisionView
from reparations.eligibility.rules import NewAmount
from reparations.eligibility.schemas import DecisionOut
from reparations.eligibility.service.determining import check_reproducible
from reparations.money import MalformedAmount
from reparations.registry.models import Claim
from reparations.registry.rules.values import Purpose
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.discretion import INJURY, MONTHS, make_discretion, make_pending
from tests.eligibility.files import facts
from tests.eligibility.test_refused_by_database import Refused, copy, insert
from tests.factories.eligibility import MISSING_FACTS, Scene, assess, award, make_claims, make_policy, make_scene
from tests.factories.ledger import make_fund
from tests.factories.registry import make_claim

ACCEPT, ASK, REFUSE = DecidedOutcome.ELIGIBLE, DecidedOutcome.ASK, DecidedOutcome.NOT_ELIGIBLE


def determine(session: Session, scene: Scene, claim: Claim, *amounts: NewAmount) -> DecisionView:
    """Assess a claim and propose to accept it with amounts a person decided."""
    assess(session, scene, [claim])
    (view,) = service.propose_decisions(
        session, claim_ids=[claim.id], outcome=ACCEPT, decided=amounts, officer=scene.decider, at=NOON
    )
    return view


def test_what_a_person_decides_is_computed_stored_and_confirmed_by_another(session: Session) -> None:
    scene = make_discretion(session)
    claim = make_pending(session, scene)

    view = determine(session, scene, claim, INJURY, MONTHS)
    service.confirm_decisions(session, decision_ids=[view.decision.id], officer=scene.confirmer, at=NOON)

    decision = session.get_one(Decision, view.decision.id)
    assert (decision.status, decision.amount_minor, decision.departs) == ("confirmed", 280_000, False)
    assert [(one.step, one.lowest, one.highest, one.decided, one.reason) for one in view.determined] == [
        ("injury", 200_000, 300_000, 250_000, None),
        ("months", 0, 12, 3, None),
    ]
    stored = session.exec(select(DeterminedStep)).all()
    assert not any(b"eleven years" in one.reason_sealed for one in stored)
    assert "eleven" not in str(events(session))
    make_fund(session, available_minor=280_000)
    assert [one.amount_minor for one in award(session, scene)] == [280_000]


def test_the_letter_says_what_was_decided_between_what_and_why(session: Session) -> None:
    scene = make_discretion(session)
    view = determine(session, scene, make_pending(session, scene), INJURY, MONTHS)
    rule_set = queries.get_assessor(scene.rule_set).rule_set

    service.log_letter_opening(
        session, view.decision.id, purpose=Purpose.CONTACT_CLAIMANT, officer=scene.confirmer, at=NOON
    )
    opened, _rules = service.open_letter(session, view.decision.id, officer=scene.confirmer)

    shown, told = DecisionOut.of(view, rule_set), DecisionOut.of(opened, rule_set)
    assert "«For the injury» was set at USD 2500.00; the rules allow USD 2000.00 to USD 3000.00 (s. 3)." in shown.text
    assert "«Months of care» was set at 3; the rules allow 0 to 12 (s. 4)." in shown.text
    assert "eleven" not in shown.text
    assert "(s. 3). The reason: The pain lasted for eleven years." in told.text
    assert [one.reason for one in told.determined] == [INJURY.reason, MONTHS.reason]
    assert told.determined[0].guidance == "How long it lasted"
    event = events(session)[-1]
    assert (event["type"], event["subject"], event["body"]) == (
        "decision.reasons_opened",
        view.decision.id,
        {"purpose": "contact_claimant"},
    )


def test_the_explanation_shows_the_award_as_it_was_decided(session: Session) -> None:
    scene = make_discretion(session)
    view = determine(session, scene, make_pending(session, scene), INJURY, MONTHS)

    _rules, explained = service.explain_decision(session, view)
    _rules, before = service.explain_assessment(session, view.assessment)

    assert [step.amount for step in explained.award] == ["USD 2500.00", "3", "USD 2800.00"]
    assert [step.amount for step in before.award] == [None, None, None]
    assert before.award[0].decided_between == ("USD 2000.00", "USD 3000.00")
    assert (explained.outcome, before.outcome) == ("eligible", "eligible_amount_pending")


@pytest.mark.parametrize(
    ("amounts", "error", "said"),
    [
        ((replace(INJURY, amount="1999.99"), MONTHS), AmountOutOfRange, "USD 2000.00 .. USD 3000.00"),
        ((replace(INJURY, amount="3000.01"), MONTHS), AmountOutOfRange, "outside its range"),
        ((INJURY, replace(MONTHS, amount="13")), AmountOutOfRange, "0 .. 12"),
        ((INJURY, replace(MONTHS, amount="3.00")), DecisionRefused, "whole number"),
        ((replace(INJURY, amount="2500.001"), MONTHS), MalformedAmount, "decimals"),
        ((INJURY,), DecisionRefused, "Nobody can say yet"),
        ((INJURY, MONTHS, MONTHS), DecisionRefused, "sent twice"),
        ((INJURY, MONTHS, replace(INJURY, step="due")), DecisionRefused, "not decided by a person"),
        ((INJURY, MONTHS, replace(INJURY, step="nothing")), DecisionRefused, "not decided by a person"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_a_remedy(
    session: Session, amounts: tuple[NewAmount, ...], error: type[DecisionRefused], said: str
) -> None:
    scene = make_discretion(session)
    claim = make_pending(session, scene)

    with pytest.raises(error, match=said) as caught:
        determine(session, scene, claim, *amounts)

    assert caught.value.field in {"decided", "amount"}
    assert caught.value.remedy
    assert session.exec(select(Determination)).all() == []


def test_an_open_step_is_named_with_its_range(session: Session) -> None:
    scene = make_discretion(session)

    with pytest.raises(DecisionRefused) as caught:
        determine(session, scene, make_pending(session, scene), INJURY)

    assert caught.value.remedy == "Send in `decided` an amount and a reason for: months, 0 to 12."


def test_a_range_that_waits_for_a_fact_cannot_be_decided_in(session: Session) -> None:
    scene = make_discretion(session)
    claim = make_claim(session, programme=scene.programme, officer=scene.caseworker, facts=facts(harmed=True))

    with pytest.raises(DecisionRefused, match="range of «injury» is not known yet"):
        determine(session, scene, claim, INJURY, MONTHS)


def test_a_range_of_one_amount_is_that_amount(session: Session) -> None:
    scene = make_discretion(session)
    claim = make_pending(session, scene, grade=0)

    with pytest.raises(AmountOutOfRange, match=r"USD 0\.00 \.\. USD 0\.00"):
        determine(session, scene, claim, INJURY, MONTHS)
    assert determine(session, scene, claim, MONTHS).decision.amount_minor == 30_000


def test_amounts_are_decided_for_one_claim_that_is_accepted(session: Session) -> None:
    scene = make_discretion(session)
    claims = [make_pending(session, scene), make_pending(session, scene)]
    assess(session, scene, claims)

    def propose(ids: list[str], outcome: DecidedOutcome) -> None:
        service.propose_decisions(
            session, claim_ids=ids, outcome=outcome, decided=[INJURY, MONTHS], officer=scene.decider, at=NOON
        )

    with pytest.raises(DecisionRefused, match="each claim apart"):
        propose([claim.id for claim in claims], ACCEPT)
    with pytest.raises(DecisionRefused, match="Only who is eligible"):
        propose([claims[0].id], REFUSE)
    with pytest.raises(DecisionRefused, match="Nobody can say yet") as caught:
        service.propose_decisions(session, claim_ids=[claims[0].id], outcome=ACCEPT, officer=scene.decider, at=NOON)
    assert "in `decided`" in (caught.value.remedy or "")


def test_where_only_an_amount_is_missing_a_question_is_a_departure(session: Session) -> None:
    scene = make_discretion(session)
    claim = make_pending(session, scene)
    (assessment,) = assess(session, scene, [claim])
    assert (assessment.outcome, assessment.asks) == ("eligible_amount_pending", "[]")

    with pytest.raises(DecisionRefused, match="to decide otherwise, say why"):
        service.propose_decisions(session, claim_ids=[claim.id], outcome=ASK, officer=scene.decider, at=NOON)


def test_who_departs_decides_the_amounts_too(session: Session) -> None:
    scene = make_discretion(session)
    claim = make_pending(session, scene, harmed=False)
    assess(session, scene, [claim])

    (view,) = service.propose_decisions(
        session,
        claim_ids=[claim.id],
        outcome=ACCEPT,
        departure=Departure.EVIDENCE_HEARD,
        decided=[INJURY, MONTHS],
        officer=scene.decider,
        at=NOON,
    )
    service.confirm_decisions(session, decision_ids=[view.decision.id], officer=scene.confirmer, at=NOON)

    assert (view.decision.amount_minor, view.decision.departs) == (280_000, True)
    assert service.explain_decision(session, view)[1].outcome == "not_eligible"


def test_a_departure_rests_on_what_the_rules_compute(session: Session) -> None:
    scene = make_scene(session)
    (claim,) = make_claims(session, scene, facts=MISSING_FACTS)
    assess(session, scene, [claim])

    (view,) = service.propose_decisions(
        session,
        claim_ids=[claim.id],
        outcome=ACCEPT,
        departure=Departure.EVIDENCE_HEARD,
        officer=scene.decider,
        at=NOON,
    )

    stored = session.get_one(Determination, view.decision.determination_id)
    assert (stored.amount_minor, stored.determined_by, view.determined) == (25_000, scene.decider.person_id, ())


def test_a_mass_decision_never_has_decided_amounts(session: Session) -> None:
    scene = make_discretion(session)
    make_policy(session, scene)
    assess(session, scene, [make_pending(session, scene)])

    with pytest.raises(MassDecisionRefused, match="No claims you may decide on are alike so"):
        service.propose_mass_decision(
            session, scene.programme, outcome=AssessedOutcome.ELIGIBLE, officer=scene.decider, at=NOON
        )


def test_the_database_takes_no_other_amount_than_the_one_determined(session: Session, refused: Refused) -> None:
    scene = make_discretion(session)
    claim = make_pending(session, scene)
    (assessment,) = assess(session, scene, [claim])
    determination = Determination(
        id="det_x",
        claim_id=claim.id,
        assessment_id=assessment.id,
        amount_minor=280_000,
        determined_by=scene.decider.person_id,
        determined_at=NOON,
    )
    insert(session, determination)
    step = DeterminedStep(
        determination_id="det_x",
        step="injury",
        is_money=True,
        lowest=200_000,
        highest=300_000,
        decided=250_000,
        reason_sealed=b"sealed",
    )
    wanted = Decision(
        id="dec_x",
        claim_id=claim.id,
        assessment_id=assessment.id,
        outcome="eligible",
        departs=False,
        reasons="[]",
        amount_minor=280_000,
        determination_id="det_x",
        proposed_by=scene.decider.person_id,
        proposed_at=NOON,
        status="proposed",
    )

    with refused("decision.departs_unsaid"):  # no step was decided
        insert(session, copy(wanted))
    for decided in (199_999, 300_001):
        with refused("decided_within"):
            insert(session, copy(step, decided=decided))
    insert(session, copy(step))
    foreign = "FOREIGN KEY" if session.get_bind().dialect.name == "sqlite" else "fk_decision_determination"
    with refused(foreign):
        insert(session, copy(wanted, amount_minor=280_001))
    with refused(foreign):
        insert(session, copy(wanted, proposed_by=scene.confirmer.person_id))
    with refused("decision.departs_unsaid"):
        insert(session, copy(wanted, determination_id=None))
    with refused("determination_whole"):
        insert(session, copy(wanted, determination_id=None, departs=True, departure="evidence_heard"))
    insert(session, wanted)
    with refused("determined_step.decided_already"):
        insert(session, copy(step, step="months"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE determination SET amount_minor = 1",
        "DELETE FROM determination",
        "UPDATE determined_step SET decided = 200000",
        "DELETE FROM determined_step",
        "UPDATE decision SET determination_id = NULL",
    ],
)
def test_what_was_determined_is_not_rewritten(session: Session, statement: str) -> None:
    scene = make_discretion(session)
    determine(session, scene, make_pending(session, scene), INJURY, MONTHS)

    with pytest.raises(DBAPIError) as caught, session.begin_nested():
        session.execute(text(statement))

    reason = str(caught.value.orig)
    assert "append_only" in reason or "decision.frozen" in reason or "permission denied" in reason


def test_what_no_longer_computes_is_not_confirmed(session: Session) -> None:
    scene = make_discretion(session)
    view = determine(session, scene, make_pending(session, scene), INJURY, MONTHS)
    forged = queries.with_reasons(view, view.determined[:1])

    with pytest.raises(NotReproducible):
        check_reproducible(session, [forged])
