"""Decisions: one proposes, another confirms; a refusal has its ground and its way to appeal."""

from __future__ import annotations

import json
from datetime import date
from functools import partial

import pytest
from sqlmodel import Session

from reparations.eligibility import queries, service
from reparations.eligibility.errors import (
    AssessmentNotFound,
    AssessmentOutdated,
    ClaimsAlreadyDecided,
    DecisionNotFound,
    DecisionNotOpen,
    DecisionRefused,
    SamePersonConfirms,
)
from reparations.eligibility.models import DecidedOutcome, Decision, DecisionStatus, Departure, ReturnReason
from reparations.eligibility.schemas import DecisionOut
from reparations.principal import Principal, Role
from reparations.registry import service as registry
from reparations.registry.errors import ClaimNotFound, DutyConflict
from reparations.registry.queries import list_duties
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.files import katanga
from tests.factories.access import make_officer
from tests.factories.eligibility import (
    MISSING_FACTS,
    OUTSIDE_FACTS,
    assess,
    decide,
    make_claims,
    make_scene,
    propose,
)
from tests.factories.registry import ELIGIBLE_FACTS, make_claim

REFUSE, ASK, ACCEPT = DecidedOutcome.NOT_ELIGIBLE, DecidedOutcome.ASK, DecidedOutcome.ELIGIBLE


def test_like_claims_are_decided_together_each_in_its_own_row(session: Session) -> None:
    scene = make_scene(session)
    claims = make_claims(session, scene, count=3)

    decisions = decide(session, scene, claims)

    assert [decision.claim_id for decision in decisions] == sorted(claim.id for claim in claims)
    assert {(one.status, one.outcome, one.amount_minor, one.departs) for one in decisions} == {
        ("confirmed", "eligible", 25_000, False)
    }
    assert {duty.duty: duty.person_id for duty in list_duties(session, claims[0].id)} == {
        "registrar": scene.caseworker.person_id,
        "decider": scene.decider.person_id,
        "confirmer": scene.confirmer.person_id,
    }
    event = events(session)[-1]
    assert (event["type"], event["duty"], event["body"]) == (
        "decisions.confirmed",
        "confirmer",
        {"count": 3, "outcomes": {"eligible": 3}},
    )


def test_a_refusal_carries_its_grounds_with_sources_and_the_way_to_appeal(session: Session) -> None:
    scene = make_scene(session)
    (decision,) = decide(session, scene, make_claims(session, scene, facts=OUTSIDE_FACTS), outcome=REFUSE)

    (view,) = queries.view_decisions(session, [decision])
    shown = DecisionOut.of(view, katanga().rule_set)

    assert [reason.code for reason in shown.reasons] == ["DATE"]
    assert "ICC-01/04-01/07-3436" in shown.reasons[0].cite
    assert shown.appeal is not None
    assert (shown.appeal.body, shown.appeal.until) == (
        "Appeals Chamber of the International Criminal Court",
        date(2031, 5, 31),
    )
    assert "The claim is refused." in shown.text
    assert "until 2031-05-31" in shown.text
    assert shown.amount is None


def test_while_it_is_only_proposed_the_time_to_appeal_does_not_run(session: Session) -> None:
    scene = make_scene(session)
    (decision,) = propose(session, scene, make_claims(session, scene, facts=OUTSIDE_FACTS), outcome=REFUSE)

    (view,) = queries.view_decisions(session, [decision])
    shown = DecisionOut.of(view, katanga().rule_set)

    assert shown.appeal is not None
    assert shown.appeal.until is None
    assert "within 30 days of its confirmation" in shown.text


def test_to_ask_lists_what_to_ask_and_takes_no_duty(session: Session) -> None:
    scene = make_scene(session)
    (claim,) = make_claims(session, scene, facts=MISSING_FACTS)
    (decision,) = decide(session, scene, [claim], outcome=ASK)

    (view,) = queries.view_decisions(session, [decision])

    assert DecisionOut.of(view, katanga().rule_set).questions == [
        "Was the claimant in the place when it was attacked? Who else can say so?"
    ]
    assert [duty.duty for duty in list_duties(session, claim.id)] == ["registrar"]


def test_after_an_answer_the_claim_is_decided_anew(session: Session) -> None:
    scene = make_scene(session)
    (claim,) = make_claims(session, scene, facts=MISSING_FACTS)
    decide(session, scene, [claim], outcome=ASK)
    undecided = partial(queries.list_assessed, session, programme_id=scene.programme.id, limit=10)
    assert undecided(outcome="more_information_needed") == []

    registry.record_facts(session, claim.id, facts=ELIGIBLE_FACTS, officer=scene.caseworker, at=NOON)
    assess(session, scene, [claim])

    assert undecided(outcome="eligible") == [claim.id]
    assert decide(session, scene, [claim])[0].amount_minor == 25_000
    assert [view.decision.outcome for view in queries.list_decisions_of(session, claim)] == ["ask", "eligible"]


@pytest.mark.parametrize(
    ("facts", "outcome", "message"),
    [
        (ELIGIBLE_FACTS, REFUSE, "to decide otherwise, say why"),
        (OUTSIDE_FACTS, ACCEPT, "to decide otherwise, say why"),
        (MISSING_FACTS, ACCEPT, "to decide otherwise, say why"),
        (ELIGIBLE_FACTS, ASK, "to decide otherwise, say why"),
    ],
)
def test_a_departure_from_the_rules_needs_its_reason(
    session: Session, facts: dict[str, object], outcome: DecidedOutcome, message: str
) -> None:
    scene = make_scene(session)

    with pytest.raises(DecisionRefused, match=message):
        propose(session, scene, make_claims(session, scene, facts=facts), outcome=outcome)


@pytest.mark.parametrize("facts", [ELIGIBLE_FACTS, MISSING_FACTS])
def test_nobody_is_refused_without_a_criterion_not_met_whatever_the_reason(
    session: Session, facts: dict[str, object]
) -> None:
    scene = make_scene(session)
    claims = make_claims(session, scene, facts=facts)

    with pytest.raises(DecisionRefused, match="Nothing was found against"):
        propose(session, scene, claims, outcome=REFUSE, departure=Departure.RULE_DOES_NOT_FIT)


def test_who_departs_in_favour_awards_what_the_rules_would_pay(session: Session) -> None:
    scene = make_scene(session)
    claims = make_claims(session, scene, facts=MISSING_FACTS)

    (decision,) = propose(session, scene, claims, departure=Departure.PROOF_NOT_TO_BE_HAD)

    assert (decision.departs, decision.departure, decision.amount_minor) == (True, "proof_not_to_be_had", 25_000)


def test_an_explained_departure_that_is_none_is_refused(session: Session) -> None:
    scene = make_scene(session)

    with pytest.raises(DecisionRefused, match="no departure to explain"):
        propose(session, scene, make_claims(session, scene), departure=Departure.EVIDENCE_HEARD)


@pytest.mark.parametrize(
    ("facts", "outcome", "reasons", "message"),
    [
        (OUTSIDE_FACTS, REFUSE, ["PLACE"], "PLACE was not found not met"),
        (OUTSIDE_FACTS, REFUSE, ["TIE"], "TIE was not found not met"),
        (ELIGIBLE_FACTS, ACCEPT, ["TIE"], "TIE was not found met"),
        (MISSING_FACTS, ASK, ["PRESENT"], "A question needs no reasons"),
        (OUTSIDE_FACTS, REFUSE, [], "Nothing was found against"),
    ],
)
def test_reasons_are_criteria_that_hold(
    session: Session, *, facts: dict[str, object], outcome: DecidedOutcome, reasons: list[str], message: str
) -> None:
    scene = make_scene(session)
    claims = make_claims(session, scene, facts=facts)
    assess(session, scene, claims)

    with pytest.raises(DecisionRefused, match=message):
        service.propose_decisions(
            session,
            claim_ids=[claims[0].id],
            outcome=outcome,
            reasons=reasons,
            officer=scene.decider,
            at=NOON,
        )


def test_one_claim_that_differs_refuses_the_whole_list(session: Session) -> None:
    scene = make_scene(session)
    claims = [*make_claims(session, scene, count=2), *make_claims(session, scene, facts=OUTSIDE_FACTS)]

    with pytest.raises(DecisionRefused, match=claims[-1].reference):
        propose(session, scene, claims)

    assert queries.list_decisions_of(session, claims[0]) == []


def test_who_proposed_does_not_confirm(session: Session) -> None:
    scene = make_scene(session)
    (decision,) = propose(session, scene, make_claims(session, scene))

    with pytest.raises(SamePersonConfirms):
        service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.decider, at=NOON)
    with pytest.raises(SamePersonConfirms):
        service.return_decisions(
            session, decision_ids=[decision.id], reason=ReturnReason.WRONG_CLAIM, officer=scene.decider, at=NOON
        )


def test_who_registered_neither_decides_nor_confirms(session: Session) -> None:
    scene = make_scene(session)
    claims = make_claims(session, scene)
    assess(session, scene, claims)

    with pytest.raises(DutyConflict, match="you hold another duty"):
        service.propose_decisions(session, claim_ids=[claims[0].id], outcome=ACCEPT, officer=scene.caseworker, at=NOON)
    (decision,) = propose(session, scene, claims)
    with pytest.raises(DutyConflict):
        service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.caseworker, at=NOON)


def test_a_confirmed_decision_stands(session: Session) -> None:
    scene = make_scene(session)
    claims = make_claims(session, scene)
    (decision,) = decide(session, scene, claims)

    with pytest.raises(DecisionNotOpen, match="confirmed already"):
        service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.confirmer, at=NOON)
    with pytest.raises(ClaimsAlreadyDecided, match=claims[0].reference):
        propose(session, scene, claims)


def give_back(session: Session, officer: Principal, decision: Decision, reason: ReturnReason) -> None:
    service.return_decisions(session, decision_ids=[decision.id], reason=reason, officer=officer, at=NOON)


def test_a_returned_decision_is_proposed_anew_by_the_same_or_by_another(session: Session) -> None:
    scene = make_scene(session)
    claims = make_claims(session, scene)
    (decision,) = propose(session, scene, claims)
    give_back(session, scene.confirmer, decision, ReturnReason.FACTS_CHANGED)

    other = make_officer(session, Role.DECIDER)
    (view,) = service.propose_decisions(session, claim_ids=[claims[0].id], outcome=ACCEPT, officer=other, at=NOON)
    give_back(session, scene.confirmer, view.decision, ReturnReason.FACTS_CHANGED)

    assert (decision.status, decision.return_reason) == (DecisionStatus.RETURNED, "facts_changed")
    assert decide(session, scene, claims)[0].status == "confirmed"
    assert {(duty.duty, duty.person_id) for duty in list_duties(session, claims[0].id)} == {
        ("registrar", scene.caseworker.person_id),
        ("decider", scene.decider.person_id),
        ("decider", other.person_id),
        ("confirmer", scene.confirmer.person_id),
    }


def test_who_returned_a_decision_never_proposes_on_the_claim(session: Session) -> None:
    scene = make_scene(session)
    (claim,) = make_claims(session, scene)
    (decision,) = propose(session, scene, [claim])
    give_back(session, scene.confirmer, decision, ReturnReason.WRONG_CLAIM)

    with pytest.raises(DutyConflict, match="you hold another duty"):
        service.propose_decisions(session, claim_ids=[claim.id], outcome=ACCEPT, officer=scene.confirmer, at=NOON)


def test_who_said_that_the_reasons_do_not_hold_does_not_confirm_the_next(session: Session) -> None:
    scene = make_scene(session)
    claims = make_claims(session, scene)
    (decision,) = propose(session, scene, claims)
    give_back(session, scene.confirmer, decision, ReturnReason.REASONS_DO_NOT_HOLD)
    (again,) = propose(session, scene, claims)

    with pytest.raises(SamePersonConfirms, match="another confirms"):
        service.confirm_decisions(session, decision_ids=[again.id], officer=scene.confirmer, at=NOON)
    third = make_officer(session, Role.DECIDER)
    service.confirm_decisions(session, decision_ids=[again.id], officer=third, at=NOON)

    assert again.confirmed_by == third.person_id


def test_newer_facts_stop_both_proposal_and_confirmation(session: Session) -> None:
    scene = make_scene(session)
    first, second = make_claims(session, scene, count=2)
    (decision,) = propose(session, scene, [first])
    assess(session, scene, [second])
    for claim in (first, second):
        registry.record_facts(session, claim.id, facts=OUTSIDE_FACTS, officer=scene.caseworker, at=NOON)

    with pytest.raises(AssessmentOutdated):
        service.confirm_decisions(session, decision_ids=[decision.id], officer=scene.confirmer, at=NOON)
    with pytest.raises(AssessmentOutdated):
        service.propose_decisions(session, claim_ids=[second.id], outcome=ACCEPT, officer=scene.decider, at=NOON)


def test_what_cannot_be_decided_is_told(session: Session) -> None:
    scene = make_scene(session)
    (claim,) = make_claims(session, scene)
    accept = partial(service.propose_decisions, session, outcome=ACCEPT, officer=scene.decider, at=NOON)

    with pytest.raises(AssessmentNotFound):
        accept(claim_ids=[claim.id])
    with pytest.raises(ClaimNotFound):
        accept(claim_ids=["clm_none"])
    with pytest.raises(DecisionRefused, match="Between 1 and 500"):
        accept(claim_ids=[])
    with pytest.raises(DecisionRefused, match="several programmes"):
        accept(claim_ids=[claim.id, make_claim(session).id])
    with pytest.raises(DecisionNotFound):
        service.confirm_decisions(session, decision_ids=["dec_none"], officer=scene.confirmer, at=NOON)
    with pytest.raises(DecisionNotFound):
        queries.get_decision(session, "dec_none")


def test_reasons_hold_codes_only(session: Session) -> None:
    scene = make_scene(session)
    (decision,) = propose(session, scene, make_claims(session, scene))

    assert json.loads(decision.reasons) == ["IDENTITY", "PLACE", "DATE", "PRESENT", "HARM"]
