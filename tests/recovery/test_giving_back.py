"""An award whose claimant has died and nobody succeeds to waits for the estate; two persons may give it back."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from reparations.eligibility.models import AdjustmentCause, AwardAdjustment, DecidedOutcome, ReductionKind
from reparations.eligibility.queries import find_standing, list_award_differences
from reparations.eligibility.rules import Waiting
from reparations.eligibility.service import arrange_instalments
from reparations.ids import new_id
from reparations.ledger.models import AccountCode
from reparations.ledger.queries import compute_identity
from reparations.payments import service as payments
from reparations.payments.errors import NothingToPay
from reparations.payments.models import HeldBackReason
from reparations.payments.queries import list_payments
from reparations.recovery import rules, service
from reparations.recovery.errors import AwardInMotion, NothingToAdjust, SamePerson, SomebodyThere
from reparations.recovery.findings import list_findings
from reparations.recovery.rules import UnpartedState
from reparations.recovery.service import Adjusted
from reparations.registry import service as registry
from reparations.registry.models import Claim
from reparations.reports.evidence.collect import collect_auditor_evidence
from reparations.reports.texts.language import Language
from reparations_verifier import evidence as verifier
from tests.conftest import NOON
from tests.factories.eligibility import HEIR_FACTS, TODAY, award, decide, let_die, make_claims, make_heir
from tests.factories.recovery import (
    Scene,
    adjust,
    assemble,
    awards_of,
    balances,
    give_account,
    instalments_of,
    make_awarded,
    make_scene,
    pay,
    release,
)
from tests.recovery.test_refused_by_database import Refused, approved, insert, reduction

PAYABLE, AWARDS, UNCOMMITTED = AccountCode.AWARDS_PAYABLE, AccountCode.AWARDS, AccountCode.UNCOMMITTED
REFUSED_HEIR = {**HEIR_FACTS, "heir_of_eligible_victim": {"value": True, "proof": "not_established"}}


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


@pytest.fixture
def alone(session: Session, scene: Scene) -> Claim:
    """A claim with an award, whose claimant has died and nobody claims through."""
    (claim,) = make_claims(session, scene.deciding)
    decide(session, scene.deciding, [claim])
    let_die(session, scene.deciding, claim)
    award(session, scene.deciding)
    return claim


def wait(session: Session, scene: Scene) -> list[Waiting]:
    done = arrange_instalments(session, programme=scene.deciding.programme, officer=scene.administrator, at=NOON)
    return [why for _, why in done.waiting]


def test_what_nobody_succeeds_to_waits_and_is_given_back_by_two(session: Session, scene: Scene, alone: Claim) -> None:
    assert wait(session, scene) == [Waiting.NO_HEIR_REGISTERED]
    row = service.prepare_giving_back(session, alone.id, citation="Rule 9", officer=scene.administrator, at=NOON)
    with pytest.raises(SamePerson):
        service.approve_adjustment(session, row.id, officer=scene.administrator, at=NOON)

    done = service.approve_adjustment(session, row.id, officer=scene.second, at=NOON)

    assert (row.cause, row.difference_minor) == (AdjustmentCause.NOBODY, -25_000)
    assert [(one.kind, one.amount_minor) for one in done.reductions] == [(ReductionKind.GIVEN_BACK, 25_000)]
    assert balances(session, scene, PAYABLE, AWARDS, UNCOMMITTED) == [0, 0, 1_000_000]
    assert compute_identity(session, scene.fund.id, "USD").faults == {}
    assert list_findings(session) == []
    assert list_award_differences(session, alone.programme_id, after=None, limit=5) == []
    assert wait(session, scene) == []


def test_an_heir_who_was_refused_is_no_heir(session: Session, scene: Scene, alone: Claim) -> None:
    heir = make_heir(session, scene.deciding, alone, facts=REFUSED_HEIR)
    with pytest.raises(SomebodyThere, match="not decided"):
        service.prepare_giving_back(session, alone.id, citation="Rule 9", officer=scene.administrator, at=NOON)
    decide(session, scene.deciding, [heir], outcome=DecidedOutcome.NOT_ELIGIBLE)

    row = service.prepare_giving_back(session, alone.id, citation="Rule 9", officer=scene.administrator, at=NOON)

    assert service.approve_adjustment(session, row.id, officer=scene.second, at=NOON).reductions


def test_an_heir_who_comes_before_the_second_person_is_heard(session: Session, scene: Scene, alone: Claim) -> None:
    row = service.prepare_giving_back(session, alone.id, citation="Rule 9", officer=scene.administrator, at=NOON)
    make_heir(session, scene.deciding, alone, facts=HEIR_FACTS)

    with pytest.raises(SomebodyThere):
        service.approve_adjustment(session, row.id, officer=scene.second, at=NOON)

    assert balances(session, scene, PAYABLE) == [-25_000]


@pytest.fixture
def late(session: Session, scene: Scene, alone: Claim) -> Claim:
    """An heir who claims when the award has gone back to its fund."""
    row = service.prepare_giving_back(session, alone.id, citation="Rule 9", officer=scene.administrator, at=NOON)
    service.approve_adjustment(session, row.id, officer=scene.second, at=NOON)
    return make_heir(session, scene.deciding, alone, facts=HEIR_FACTS)


def list_differences(session: Session, claim: Claim) -> list[int]:
    found = list_award_differences(session, claim.programme_id, after=None, limit=5)
    return [one.difference_minor for one in found]


def test_an_heir_who_comes_when_it_was_given_back_is_owed_it_and_paid_by_two(
    session: Session, scene: Scene, alone: Claim, late: Claim
) -> None:
    assert list_differences(session, alone) == []
    decide(session, scene.deciding, [late])
    assert list_differences(session, alone) == [25_000]
    assert wait(session, scene) == []

    done = adjust(session, scene, alone)

    assert done.supplement is not None
    assert (done.supplement.number, done.supplement.amount_minor) == (2, 25_000)
    assert list_differences(session, alone) == []
    assert balances(session, scene, PAYABLE, AWARDS, UNCOMMITTED) == [-25_000, 25_000, 975_000]
    give_account(session, scene, late)
    batch = pay(session, scene)
    assert (batch.payment_count, batch.total_minor) == (1, 25_000)
    assert [(one.payee_party_id, one.amount_minor) for one in instalments_of(session, alone)] == [
        (late.party_id, 25_000)
    ]
    assert compute_identity(session, scene.fund.id, "USD").faults == {}
    assert list_findings(session) == []
    with pytest.raises(NothingToAdjust):
        adjust(session, scene, alone)


def test_an_heir_who_comes_late_and_is_refused_is_owed_nothing(
    session: Session, scene: Scene, alone: Claim, late: Claim
) -> None:
    registry.record_facts(session, late.id, facts=REFUSED_HEIR, officer=scene.deciding.caseworker, at=NOON)
    decide(session, scene.deciding, [late], outcome=DecidedOutcome.NOT_ELIGIBLE)

    assert list_differences(session, alone) == []
    with pytest.raises(NothingToAdjust):
        adjust(session, scene, alone)


def test_the_database_knows_that_a_late_heir_is_owed_what_was_given_back(  # noqa: PLR0917 fixtures, by name
    session: Session, scene: Scene, alone: Claim, late: Claim, refused: Refused
) -> None:
    def adjustment() -> AwardAdjustment:
        standing = find_standing(session, alone.id)
        assert standing is not None
        row = AwardAdjustment(
            id=new_id("adj"),
            claim_id=alone.id,
            cause=AdjustmentCause.DECISION.value,
            decision_id=standing.id,
            difference_minor=25_000,
            currency="USD",
            citation="C",
            prepared_by=scene.administrator.person_id,
            prepared_at=NOON,
        )
        insert(session, row)
        return row

    with refused("adjustment_approval.stale"):
        insert(session, approved(adjustment(), scene.second.person_id))
    decide(session, scene.deciding, [late])
    insert(session, approved(adjustment(), scene.second.person_id))


def test_the_living_keep_their_award(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    with pytest.raises(SomebodyThere, match="lives"):
        service.prepare_giving_back(session, claim.id, citation="Rule 9", officer=scene.administrator, at=NOON)


def test_the_database_gives_nothing_back_while_an_heir_may_come(
    session: Session, scene: Scene, alone: Claim, refused: Refused
) -> None:
    row = service.prepare_giving_back(session, alone.id, citation="Rule 9", officer=scene.administrator, at=NOON)
    insert(session, approved(row, scene.second.person_id))
    (own,) = awards_of(session, alone)
    cut = {"instalment_id": None, "kind": "given_back", "amount_minor": 25_000, "award_id": own.id}
    make_heir(session, scene.deciding, alone, facts=HEIR_FACTS)

    with refused("award_reduction.somebody_is_there"):
        insert(session, reduction(session, row, **cut))


def test_rules_that_leave_it_to_the_estate_give_nothing_back() -> None:
    unparted = [UnpartedState("a1", "f", 0, 5)]

    with pytest.raises(SomebodyThere, match="estate or the state"):
        rules.plan_giving_back([], unparted, [], is_deceased=True, gives_back=False, record="KAT-0001")
    with pytest.raises(NothingToAdjust):
        rules.plan_giving_back([], [], [], is_deceased=True, gives_back=True, record="KAT-0001")


# ── what was parted to the claimant before he died ───────────────────────────────────────────────────────────────────


def give_back(session: Session, scene: Scene, claim: Claim) -> Adjusted:
    row = service.prepare_giving_back(session, claim.id, citation="Rule 9", officer=scene.administrator, at=NOON)
    return service.approve_adjustment(session, row.id, officer=scene.second, at=NOON)


def test_a_payment_that_was_held_back_is_withdrawn_and_the_heirs_are_paid_once(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    batch = release(session, scene)
    let_die(session, scene.deciding, claim)
    heirs = [make_heir(session, scene.deciding, claim, facts=HEIR_FACTS) for _ in range(2)]
    with pytest.raises(SomebodyThere, match="not decided"):
        give_back(session, scene, claim)
    decide(session, scene.deciding, heirs)
    with pytest.raises(AwardInMotion, match="to the claimant"):
        give_back(session, scene, claim)
    (payment,) = list_payments(session, batch.id, after=None, limit=5)
    payments.withdraw_payment(session, payment.id, reason=HeldBackReason.PAYEE_DIED, officer=scene.second, at=NOON)

    done = give_back(session, scene, claim)

    assert [(one.kind, one.amount_minor) for one in done.reductions] == [(ReductionKind.GIVEN_BACK, 25_000)]
    assert list_differences(session, claim) == [25_000]
    assert adjust(session, scene, claim).supplement is not None
    for heir in heirs:
        give_account(session, scene, heir)
    paid = pay(session, scene)
    assert (paid.payment_count, paid.total_minor) == (2, 25_000)
    assert balances(session, scene, PAYABLE, AWARDS, UNCOMMITTED) == [0, 25_000, 975_000]
    assert compute_identity(session, scene.fund.id, "USD").faults == {}
    assert list_findings(session) == []
    with pytest.raises(NothingToPay):
        assemble(session, scene)
    with pytest.raises(NothingToAdjust):
        adjust(session, scene, claim)
    with pytest.raises(SomebodyThere, match="eligible"):
        give_back(session, scene, claim)
    evidence = collect_auditor_evidence(session, scene.deciding.programme, as_of=TODAY, language=Language.ENGLISH)
    report = verifier.read_report(evidence.canonical_bytes())
    assert verifier.check_sums(report) == len(report["sums"])


def test_what_was_parted_goes_back_where_nobody_claims(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    let_die(session, scene.deciding, claim)

    give_back(session, scene, claim)

    assert balances(session, scene, PAYABLE, AWARDS, UNCOMMITTED) == [0, 0, 1_000_000]
    assert list_differences(session, claim) == []
    with pytest.raises(NothingToPay):
        assemble(session, scene)
    assert list_findings(session) == []


def test_what_came_back_from_who_died_is_owed_to_his_heir(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    give_account(session, scene, claim, "GONE00000001")
    pay(session, scene, returned=("GONE00000001",))
    let_die(session, scene.deciding, claim)
    heir = make_heir(session, scene.deciding, claim, facts=HEIR_FACTS)
    decide(session, scene.deciding, [heir])
    give_account(session, scene, heir)

    give_back(session, scene, claim)

    assert balances(session, scene, AccountCode.RETURNED, PAYABLE) == [0, 0]
    adjust(session, scene, claim)
    assert pay(session, scene).total_minor == 25_000
    assert compute_identity(session, scene.fund.id, "USD").faults == {}
    assert list_findings(session) == []


def test_the_database_gives_back_no_instalment_of_an_heir_or_while_one_is_undecided(
    session: Session, scene: Scene, refused: Refused
) -> None:
    claim = make_awarded(session, scene)
    let_die(session, scene.deciding, claim)
    row = service.prepare_giving_back(session, claim.id, citation="Rule 9", officer=scene.administrator, at=NOON)
    insert(session, approved(row, scene.second.person_id))
    heir = make_heir(session, scene.deciding, claim, facts=HEIR_FACTS)
    cut = {"kind": "given_back", "amount_minor": 25_000}

    with refused("award_reduction.somebody_is_there"):
        insert(session, reduction(session, row, **cut))
    decide(session, scene.deciding, [heir])
    with refused("award_reduction."):
        insert(session, reduction(session, row, **cut, instalment_id=None))
    insert(session, reduction(session, row, **cut))
