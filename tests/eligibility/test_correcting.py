"""A slip in a decision is mended by a new one that names it; what was awarded otherwise is reported."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import text
from sqlmodel import Session

from reparations.db import Database
from reparations.eligibility import queries, service
from reparations.eligibility.errors import (
    AppealUndecided,
    ClaimsAlreadyDecided,
    DecisionNotOpen,
    DecisionRefused,
    SamePersonConfirms,
)
from reparations.eligibility.models import CorrectionReason, DecidedOutcome, Decision, LodgedBy
from reparations.eligibility.queries import DecisionView
from reparations.eligibility.schemas import DecisionOut
from reparations.registry.errors import DutyConflict
from reparations.registry.models import Claim
from reparations.reports.evidence.casework import list_counted_decisions
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.files import katanga
from tests.eligibility.races import race
from tests.eligibility.test_refused_by_database import Refused, copy, insert
from tests.factories.eligibility import OUTSIDE_FACTS, TODAY, Scene, award, decide, make_claims, make_scene
from tests.factories.ledger import make_fund


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


@pytest.fixture
def claim(session: Session, scene: Scene) -> Claim:
    return make_claims(session, scene)[0]


@pytest.fixture
def decision(session: Session, scene: Scene, claim: Claim) -> Decision:
    return decide(session, scene, [claim])[0]


def correct(session: Session, scene: Scene, decision: Decision, *, amount_minor: int | None = 30_000) -> DecisionView:
    return service.correct_decision(
        session,
        decision.id,
        reason=CorrectionReason.COMPUTATIONAL,
        amount_minor=amount_minor,
        officer=scene.decider,
        at=NOON,
    )


def confirm(session: Session, scene: Scene, view: DecisionView) -> Decision:
    service.confirm_decisions(session, decision_ids=[view.decision.id], officer=scene.confirmer, at=NOON)
    return view.decision


@pytest.mark.parametrize(("amount_minor", "difference_minor"), [(30_000, 5_000), (10_000, -15_000)])
def test_a_correction_takes_the_place_of_the_decision_and_leaves_a_difference(
    session: Session, scene: Scene, decision: Decision, *, amount_minor: int, difference_minor: int
) -> None:
    make_fund(session, available_minor=1_000_000)
    (made,) = award(session, scene)

    corrected = confirm(session, scene, correct(session, scene, decision, amount_minor=amount_minor))

    assert (decision.status, corrected.status, corrected.replaces_id) == ("replaced", "confirmed", decision.id)
    standing = queries.find_standing(session, decision.claim_id)
    assert standing is not None
    assert standing.id == corrected.id
    (found,) = queries.list_award_differences(session, scene.programme.id, after=None, limit=5)
    assert (found.award.id, found.decision_id, found.difference_minor) == (made.id, corrected.id, difference_minor)
    assert [event["type"] for event in events(session)][-2:] == ["decisions.corrected", "decisions.confirmed"]


def test_before_the_award_the_correction_is_what_is_awarded(session: Session, scene: Scene, decision: Decision) -> None:
    make_fund(session, available_minor=1_000_000)
    confirm(session, scene, correct(session, scene, decision))

    assert [made.amount_minor for made in award(session, scene)] == [30_000]
    assert queries.list_award_differences(session, scene.programme.id, after=None, limit=5) == []


def test_the_letter_says_that_a_slip_was_put_right(session: Session, scene: Scene, decision: Decision) -> None:
    confirm(session, scene, correct(session, scene, decision))
    standing = queries.find_standing(session, decision.claim_id)
    assert standing is not None
    (view,) = queries.view_decisions(session, [standing])

    shown = DecisionOut.of(view, katanga().rule_set)

    assert shown.text.startswith("A slip in the earlier decision is put right. The claim is accepted.")
    assert (shown.kind, shown.correction_reason) == ("correction", "computational")


def test_a_report_counts_the_decision_that_stood_that_day(session: Session, scene: Scene, decision: Decision) -> None:
    corrected = confirm(session, scene, correct(session, scene, decision))

    counted = list_counted_decisions(session, scene.programme.id, as_of=TODAY)

    assert [one.decision.id for one in counted] == [corrected.id]


def test_two_persons_on_the_sides_they_were_on(session: Session, scene: Scene, decision: Decision) -> None:
    with pytest.raises(DutyConflict):
        service.correct_decision(
            session,
            decision.id,
            reason=CorrectionReason.CLERICAL,
            amount_minor=1,
            officer=scene.confirmer,
            at=NOON,
        )
    view = correct(session, scene, decision)

    with pytest.raises(SamePersonConfirms):
        service.confirm_decisions(session, decision_ids=[view.decision.id], officer=scene.decider, at=NOON)


def test_what_is_no_slip_is_refused(session: Session, scene: Scene, decision: Decision) -> None:
    fix = partial(
        service.correct_decision, session, reason=CorrectionReason.TYPOGRAPHICAL, officer=scene.decider, at=NOON
    )
    (refusal,) = decide(
        session, scene, make_claims(session, scene, facts=OUTSIDE_FACTS), outcome=DecidedOutcome.NOT_ELIGIBLE
    )

    with pytest.raises(DecisionRefused, match="change nothing"):
        fix(decision.id)
    with pytest.raises(DecisionRefused, match="no amount"):
        fix(refusal.id, amount_minor=1)
    with pytest.raises(DecisionRefused, match="reasons are criteria"):
        fix(refusal.id, reasons=["NONSENSE"])
    correct(session, scene, decision)
    with pytest.raises(ClaimsAlreadyDecided):
        correct(session, scene, decision)


def test_only_what_stands_is_corrected_and_not_under_appeal(
    session: Session, scene: Scene, claim: Claim, decision: Decision
) -> None:
    confirm(session, scene, correct(session, scene, decision))
    with pytest.raises(DecisionNotOpen):
        correct(session, scene, decision)
    standing = queries.find_standing(session, claim.id)
    assert standing is not None
    service.lodge_appeal(
        session, claim, lodged_by=LodgedBy.CLAIMANT, lodged_on=TODAY, officer=scene.caseworker, at=NOON
    )

    with pytest.raises(AppealUndecided):
        correct(session, scene, standing, amount_minor=1)


def test_the_database_itself_keeps_corrections(
    session: Session, scene: Scene, decision: Decision, refused: Refused
) -> None:
    proposal = {
        "status": "proposed",
        "confirmed_by": None,
        "confirmed_at": None,
        "appeal_until": None,
        "kind": "correction",
        "correction_reason": "clerical",
        "replaces_id": decision.id,
    }
    (other,) = decide(session, scene, make_claims(session, scene))

    with refused("replaces_another"):
        insert(session, copy(decision, **(proposal | {"kind": "original", "correction_reason": None})))
    with refused("correction_reasoned"):
        insert(session, copy(decision, **(proposal | {"correction_reason": None})))
    with refused("correction_reason_known"):
        insert(session, copy(decision, **(proposal | {"correction_reason": "better"})))
    with refused("decision.replaces_nothing"):
        insert(session, copy(decision, **(proposal | {"replaces_id": other.id})))
    with refused("decision.replaces_nothing"):
        insert(session, copy(decision, **(proposal | {"instance": 1})))
    with refused("decision.no_successor"):
        session.execute(text("UPDATE decision SET status = 'replaced' WHERE id = :id"), {"id": decision.id})
    row = copy(decision, **proposal)
    insert(session, row)
    with refused("decision.replaced_still_stands"):
        session.execute(
            text(
                "UPDATE decision SET status = 'confirmed', confirmed_by = :by, confirmed_at = proposed_at,"
                " appeal_until = '2031-06-01' WHERE id = :id"
            ),
            {"by": scene.confirmer.person_id, "id": row.id},
        )
    with refused("sent_back_on_appeal"):
        insert(session, copy(other, status="proposed", outcome="sent_back", amount_minor=None, **_UNSETTLED))


_UNSETTLED = {
    "departs": True,
    "departure": "evidence_heard",
    "confirmed_by": None,
    "confirmed_at": None,
    "appeal_until": None,
    "appeal_body": None,
}


def test_two_corrections_at_once_and_one_is_proposed(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        (decision,) = decide(session, scene, make_claims(session, scene))

    def deed(session: Session) -> object:
        return correct(session, scene, decision)

    assert sorted(race(database, [deed, deed])) == ["ClaimsAlreadyDecided", "done"]
