"""Appeals: recorded even if late, decided by people new to the claim, and respected by what is paid."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from sqlmodel import Session

from reparations.eligibility import queries, service
from reparations.eligibility.errors import (
    AppealNotFound,
    AppealNotOpen,
    AppealRefused,
    AppealsExhausted,
    AppealUndecided,
    ClaimsAlreadyDecided,
    DecisionRefused,
    Recused,
    ReviewerInvolved,
    SamePersonConfirms,
)
from reparations.eligibility.models import (
    AdmissionReason,
    AppealEffect,
    AppealStatus,
    DecidedOutcome,
    Decision,
    RecusalReason,
    ReturnReason,
)
from reparations.eligibility.queries import Instance
from reparations.eligibility.schemas import DecisionOut
from reparations.registry.models import Claim
from reparations.registry.queries import list_duties
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.files import katanga
from tests.factories.appeals import accept_claim, lodge, refuse_claim, reviewer, rule
from tests.factories.eligibility import (
    TODAY,
    Scene,
    award,
    decide,
    make_claims,
    make_heir,
    make_policy,
    make_scene,
)
from tests.factories.ledger import make_fund

REFUSE, ACCEPT, BACK = DecidedOutcome.NOT_ELIGIBLE, DecidedOutcome.ELIGIBLE, DecidedOutcome.SENT_BACK
SECOND = Instance("Court of last instance", 60, "Write to the court.", "Rules of procedure, rule 9")


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


@pytest.fixture
def refusal(session: Session, scene: Scene) -> Claim:
    return refuse_claim(session, scene)


@pytest.fixture
def accepted(session: Session, scene: Scene) -> Claim:
    return accept_claim(session, scene)


def letter(session: Session, decision: Decision) -> DecisionOut:
    (view,) = queries.view_decisions(session, [decision])
    return DecisionOut.of(view, katanga().rule_set)


def test_an_appeal_is_recorded_against_the_decision_that_stands(session: Session, scene: Scene, refusal: Claim) -> None:
    appeal = lodge(session, scene, refusal)

    assert (appeal.status, appeal.instance, appeal.ground) == ("open", 1, "refusal")
    assert appeal.body == "Appeals Chamber of the International Criminal Court"
    assert events(session)[-1]["type"] == "appeal.lodged"
    with pytest.raises(AppealUndecided):
        lodge(session, scene, refusal)


@pytest.mark.parametrize(
    ("outcome", "amount_minor", "result", "words"),
    [
        (None, None, "upheld", "the earlier decision was upheld. The claim is refused."),
        (ACCEPT, 25_000, "higher", "changed in your favour. The claim is accepted. The award is USD 250.00"),
        (BACK, None, "sent_back", "set aside. Your claim is decided anew"),
    ],
)
def test_the_result_is_a_new_decision_that_names_the_appealed_one(
    session: Session,
    scene: Scene,
    refusal: Claim,
    *,
    outcome: DecidedOutcome | None,
    amount_minor: int | None,
    result: str,
    words: str,
) -> None:
    appeal = lodge(session, scene, refusal)

    decision = rule(session, appeal, outcome=outcome, amount_minor=amount_minor)

    assert (appeal.status, appeal.result, appeal.result_decision_id) == ("decided", result, decision.id)
    first = session.get_one(Decision, decision.replaces_id)
    assert (first.status, decision.status, decision.instance) == ("replaced", "confirmed", 1)
    shown = letter(session, decision)
    assert words in shown.text
    assert shown.result == result
    assert {duty.duty for duty in list_duties(session, refusal.id)} == {
        "registrar",
        "decider",
        "confirmer",
        "reviewer",
        "review_confirmer",
    }


@pytest.mark.parametrize(("amount_minor", "result"), [(30_000, "higher"), (20_000, "lower"), (25_000, "upheld")])
def test_an_appeal_against_the_amount_ends_higher_or_lower(
    session: Session, scene: Scene, accepted: Claim, *, amount_minor: int, result: str
) -> None:
    appeal = lodge(session, scene, accepted)

    decision = rule(session, appeal, outcome=ACCEPT, amount_minor=amount_minor)

    assert (appeal.ground, appeal.result, decision.amount_minor) == ("amount", result, amount_minor)


def test_a_claim_sent_back_is_decided_anew_and_can_be_appealed_anew(
    session: Session, scene: Scene, refusal: Claim
) -> None:
    rule(session, lodge(session, scene, refusal), outcome=BACK)

    assert queries.find_standing(session, refusal.id) is None
    assert queries.list_assessed(session, programme_id=scene.programme.id, outcome="not_eligible", limit=5) == [
        refusal.id
    ]
    decide(session, scene, [refusal], outcome=REFUSE)
    assert lodge(session, scene, refusal).instance == 1


def test_without_a_further_instance_the_ladder_ends(session: Session, scene: Scene, refusal: Claim) -> None:
    decision = rule(session, lodge(session, scene, refusal))

    assert "There is no further appeal." in letter(session, decision).text
    with pytest.raises(AppealsExhausted):
        lodge(session, scene, refusal)


def test_the_ladder_goes_up_the_policys_instances_with_new_reviewers(
    session: Session, scene: Scene, refusal: Claim
) -> None:
    make_policy(session, scene, instances=[SECOND])
    first = lodge(session, scene, refusal)
    view = service.decide_appeal(session, first.id, outcome=None, officer=(one := reviewer(session)), at=NOON)
    service.confirm_decisions(session, decision_ids=[view.decision.id], officer=(two := reviewer(session)), at=NOON)
    shown = letter(session, view.decision)
    assert shown.appeal is not None
    assert (shown.appeal.body, shown.appeal.until) == (SECOND.body, TODAY + timedelta(days=60))

    second = lodge(session, scene, refusal)

    assert (second.instance, second.body) == (2, SECOND.body)
    for officer in (one, two, scene.decider, scene.confirmer):
        with pytest.raises(ReviewerInvolved):
            service.decide_appeal(session, second.id, outcome=None, officer=officer, at=NOON)
    assert rule(session, second, outcome=ACCEPT, amount_minor=25_000).appeal_body is None
    with pytest.raises(AppealsExhausted):
        lodge(session, scene, refusal)


def test_who_had_a_part_neither_decides_nor_confirms(session: Session, scene: Scene, refusal: Claim) -> None:
    appeal = lodge(session, scene, refusal)
    for officer in (scene.caseworker, scene.decider, scene.confirmer):
        with pytest.raises(ReviewerInvolved):
            service.decide_appeal(session, appeal.id, outcome=None, officer=officer, at=NOON)
    view = service.decide_appeal(session, appeal.id, outcome=None, officer=(one := reviewer(session)), at=NOON)
    confirm = partial(service.confirm_decisions, session, decision_ids=[view.decision.id], at=NOON)

    with pytest.raises(ReviewerInvolved):
        confirm(officer=scene.confirmer)
    with pytest.raises(SamePersonConfirms):
        confirm(officer=one)
    kin = reviewer(session)
    service.declare_recusal(
        session,
        person_id=kin.person_id,
        claim_id=refusal.id,
        reason=RecusalReason.FAMILY,
        officer=kin,
        at=NOON,
    )
    with pytest.raises(Recused):
        confirm(officer=kin)


def test_a_returned_ruling_leaves_the_appeal_open(session: Session, scene: Scene, refusal: Claim) -> None:
    appeal = lodge(session, scene, refusal)
    view = service.decide_appeal(session, appeal.id, outcome=None, officer=reviewer(session), at=NOON)
    service.return_decisions(
        session,
        decision_ids=[view.decision.id],
        reason=ReturnReason.REASONS_DO_NOT_HOLD,
        officer=reviewer(session),
        at=NOON,
    )

    assert appeal.status == "open"
    assert rule(session, appeal, outcome=ACCEPT, amount_minor=100).status == "confirmed"


def test_a_late_appeal_is_recorded_and_admitted_by_two(session: Session, scene: Scene, refusal: Claim) -> None:
    appeal = lodge(session, scene, refusal, on=date(2031, 6, 1), days_later=31)
    assert (appeal.status, appeal.due_on) == ("late", date(2031, 5, 31))
    with pytest.raises(AppealNotOpen):
        service.decide_appeal(session, appeal.id, outcome=None, officer=reviewer(session), at=NOON)
    one = reviewer(session)
    with pytest.raises(AppealNotOpen, match="Nobody has proposed"):
        service.confirm_admission(session, appeal.id, officer=one, at=NOON)
    with pytest.raises(ReviewerInvolved):
        service.propose_admission(
            session, appeal.id, reason=AdmissionReason.NOT_NOTIFIED, officer=scene.decider, at=NOON
        )
    service.propose_admission(session, appeal.id, reason=AdmissionReason.NOT_NOTIFIED, officer=one, at=NOON)
    with pytest.raises(SamePersonConfirms):
        service.confirm_admission(session, appeal.id, officer=one, at=NOON)

    service.confirm_admission(session, appeal.id, officer=reviewer(session), at=NOON)

    assert appeal.status == "open"
    assert rule(session, appeal).status == "confirmed"


def test_not_to_admit_takes_two_as_well(session: Session, scene: Scene, refusal: Claim) -> None:
    appeal = lodge(session, scene, refusal, on=date(2031, 6, 1), days_later=31)
    service.propose_admission(
        session, appeal.id, reason=AdmissionReason.NO_REASON_FOUND, officer=reviewer(session), at=NOON
    )

    service.confirm_admission(session, appeal.id, officer=reviewer(session), at=NOON)

    assert appeal.status == AppealStatus.NOT_ADMITTED
    with pytest.raises(AppealNotOpen, match="no lateness"):
        service.propose_admission(
            session, appeal.id, reason=AdmissionReason.NOT_NOTIFIED, officer=reviewer(session), at=NOON
        )
    assert lodge(session, scene, refusal, on=date(2031, 6, 2), days_later=40).status == "late"


def test_an_appeal_is_withdrawn_unless_it_is_being_decided(session: Session, scene: Scene, refusal: Claim) -> None:
    appeal = lodge(session, scene, refusal)
    view = service.decide_appeal(session, appeal.id, outcome=None, officer=reviewer(session), at=NOON)
    with pytest.raises(ClaimsAlreadyDecided):
        service.withdraw_appeal(session, appeal.id, officer=scene.caseworker, at=NOON)
    service.return_decisions(
        session,
        decision_ids=[view.decision.id],
        reason=ReturnReason.FACTS_CHANGED,
        officer=reviewer(session),
        at=NOON,
    )

    service.withdraw_appeal(session, appeal.id, officer=scene.caseworker, at=NOON)

    assert appeal.status == "withdrawn"
    with pytest.raises(AppealRefused, match="withdrawn"):
        service.withdraw_appeal(session, appeal.id, officer=scene.caseworker, at=NOON)
    with pytest.raises(AppealNotFound):
        service.withdraw_appeal(session, "apl_none", officer=scene.caseworker, at=NOON)


def test_what_cannot_be_appealed_or_ruled_is_told(session: Session, scene: Scene, accepted: Claim) -> None:
    (undecided,) = make_claims(session, scene)
    with pytest.raises(AppealRefused, match="no decision stands"):
        lodge(session, scene, undecided)
    with pytest.raises(AppealRefused, match="not on a day to come"):
        lodge(session, scene, accepted, on=TODAY + timedelta(days=1))
    appeal = lodge(session, scene, accepted)
    ask = partial(service.decide_appeal, session, appeal.id, officer=reviewer(session), at=NOON)

    with pytest.raises(DecisionRefused, match="by a question"):
        ask(outcome=DecidedOutcome.ASK)
    with pytest.raises(DecisionRefused, match="Nothing was found against"):
        ask(outcome=REFUSE)
    with pytest.raises(DecisionRefused, match="owed an amount"):
        ask(outcome=BACK, amount_minor=1)


def test_an_appeal_that_suspends_holds_the_award_back(session: Session, scene: Scene, accepted: Claim) -> None:
    make_fund(session, available_minor=1_000_000)
    make_policy(session, scene, appeal_effect=AppealEffect.SUSPENDS)
    appeal = lodge(session, scene, accepted)
    assert appeal.payable_minor == 0
    assert award(session, scene) == []

    rule(session, appeal)

    assert [made.amount_minor for made in award(session, scene)] == [25_000]


def test_by_default_the_undisputed_part_is_paid(session: Session, scene: Scene, accepted: Claim) -> None:
    make_fund(session, available_minor=1_000_000)
    appeal = lodge(session, scene, accepted)
    (made,) = award(session, scene)
    (part,) = queries.get_award(session, made.id).instalments
    assert queries.find_suspended(session, [part.id]) == set()

    rule(session, appeal, outcome=ACCEPT, amount_minor=30_000)

    assert queries.find_suspended(session, [part.id]) == set()
    (difference,) = queries.list_award_differences(session, scene.programme.id, after=None, limit=5)
    assert (difference.award.id, difference.difference_minor) == (made.id, 5_000)


def test_what_a_ruling_grants_no_more_is_not_paid(session: Session, scene: Scene, accepted: Claim) -> None:
    make_fund(session, available_minor=1_000_000)
    (made,) = award(session, scene)
    (part,) = queries.get_award(session, made.id).instalments

    rule(session, lodge(session, scene, accepted), outcome=ACCEPT, amount_minor=20_000)

    assert queries.find_suspended(session, [part.id]) == {part.id}
    (difference,) = queries.list_award_differences(session, scene.programme.id, after=None, limit=5)
    assert difference.difference_minor == -5_000


def test_an_heir_who_appeals_is_not_decided_on_yet(session: Session, scene: Scene, accepted: Claim) -> None:
    heir = make_heir(session, scene, accepted)
    decide(session, scene, [heir])
    assert queries.list_heirs(session, [accepted.id])[accepted.id][0].eligible is True

    lodge(session, scene, heir)

    assert queries.list_heirs(session, [accepted.id])[accepted.id][0].eligible is None
