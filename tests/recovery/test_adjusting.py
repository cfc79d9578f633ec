"""A later decision grants more or less: two persons bring awards, instalments and books in line, at once."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from reparations.db import Database
from reparations.eligibility import queries as eligibility
from reparations.eligibility import service as eligibility_service
from reparations.eligibility.errors import AdjustmentNotFound, AppealUndecided, FundsShort
from reparations.eligibility.models import LodgedBy, ReductionKind
from reparations.ledger.models import AccountCode
from reparations.ledger.queries import compute_identity, list_attribution, list_findings
from reparations.money import Money
from reparations.payments import service as payments
from reparations.payments.errors import ContentChanged, NothingToPay
from reparations.recovery import rules, service
from reparations.recovery.errors import (
    AdjustmentStale,
    AlreadyApproved,
    AwardInMotion,
    NothingToAdjust,
    SamePerson,
)
from reparations.recovery.rules import Cut, PartState, UnpartedState
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.races import race
from tests.factories.eligibility import HEIR_FACTS, award, decide, let_die, make_claims, make_heir, make_policy
from tests.factories.recovery import (
    GRANTED,
    Scene,
    adjust,
    assemble,
    awards_of,
    balances,
    correct,
    give_account,
    instalments_of,
    make_awarded,
    make_scene,
    pay,
    send_back,
)

BANK, PAYABLE, OVERPAID = AccountCode.BANK, AccountCode.AWARDS_PAYABLE, AccountCode.OVERPAYMENTS
UNCOMMITTED, AWARDS, RETURNED = AccountCode.UNCOMMITTED, AccountCode.AWARDS, AccountCode.RETURNED


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


def books_are_right(session: Session, scene: Scene) -> bool:
    return compute_identity(session, scene.fund.id, "USD").faults == {}


def test_what_is_granted_no_more_and_not_paid_is_written_back(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    correct(session, scene, claim, 10_000)

    done = adjust(session, scene, claim)

    assert [(row.kind, row.amount_minor) for row in done.reductions] == [(ReductionKind.WRITTEN_BACK, 15_000)]
    assert done.overpayments == ()
    assert balances(session, scene, AWARDS, PAYABLE, UNCOMMITTED) == [10_000, -10_000, 1_000_000 - 10_000]
    assert books_are_right(session, scene)
    assert eligibility.list_award_differences(session, claim.programme_id, after=None, limit=5) == []
    assert [event["type"] for event in events(session)][-2:] == ["adjustment.prepared", "adjustment.approved"]
    (used,) = list_attribution(session, scene.fund.id, "USD").attributions
    assert used.amount == Money(10_000, "USD")


def test_the_rest_of_the_instalment_is_paid_and_no_more(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    correct(session, scene, claim, 10_000)
    with pytest.raises(NothingToPay, match="appeal_or_correction"):
        assemble(session, scene)
    adjust(session, scene, claim)

    batch = pay(session, scene)

    assert (batch.total_minor, batch.status) == (10_000, "completed")
    assert balances(session, scene, BANK, PAYABLE, AWARDS) == [990_000, 0, 10_000]
    assert books_are_right(session, scene)
    with pytest.raises(NothingToPay):
        assemble(session, scene)


def test_what_was_paid_above_the_grant_is_owed_back(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    pay(session, scene)
    correct(session, scene, claim, 10_000)

    done = adjust(session, scene, claim)

    assert [(row.kind, row.amount_minor) for row in done.reductions] == [(ReductionKind.OVERPAID, 15_000)]
    (overpayment,) = done.overpayments
    assert (overpayment.amount_minor, overpayment.payee_party_id) == (15_000, claim.party_id)
    assert balances(session, scene, OVERPAID, AWARDS, PAYABLE, BANK) == [15_000, 10_000, 0, 975_000]
    assert books_are_right(session, scene)


def test_more_is_granted_by_a_supplementary_award(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    pay(session, scene)
    correct(session, scene, claim, 40_000)

    done = adjust(session, scene, claim)

    assert done.supplement is not None
    assert [(one.number, one.amount_minor) for one in awards_of(session, claim)] == [(1, GRANTED), (2, 15_000)]
    assert done.supplement.title == f"Supplementary award of {claim.reference}"
    assert pay(session, scene).total_minor == 15_000
    assert balances(session, scene, BANK, PAYABLE, AWARDS) == [960_000, 0, 40_000]
    assert [view.award.number for view in eligibility.list_awards_of(session, claim.id)] == [1, 2]
    assert books_are_right(session, scene)


def test_less_after_more_takes_the_supplement_first(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    correct(session, scene, claim, 40_000)
    adjust(session, scene, claim)
    correct(session, scene, claim, 20_000)

    done = adjust(session, scene, claim)

    first, second = awards_of(session, claim)
    assert [(row.award_id, row.amount_minor) for row in done.reductions] == [(second.id, 15_000), (first.id, 5_000)]
    assert pay(session, scene).total_minor == 20_000
    assert books_are_right(session, scene)


def test_a_supplement_without_money_waits(session: Session) -> None:
    scene = make_scene(session, available_minor=GRANTED)
    claim = make_awarded(session, scene)
    correct(session, scene, claim, 40_000)

    with pytest.raises(FundsShort, match=r"150\.00"):
        adjust(session, scene, claim)

    assert len(awards_of(session, claim)) == 1


def test_money_that_came_back_is_free_and_the_rest_is_paid_anew(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    give_account(session, scene, claim, "GONE0001")
    pay(session, scene, returned=("GONE0001",))
    correct(session, scene, claim, 10_000)

    adjust(session, scene, claim)

    assert balances(session, scene, RETURNED, BANK, PAYABLE) == [0, 1_000_000, -10_000]
    with pytest.raises(NothingToPay, match="destination_unchanged"):
        assemble(session, scene)
    give_account(session, scene, claim)
    assert pay(session, scene).total_minor == 10_000
    assert balances(session, scene, BANK, PAYABLE) == [990_000, 0]
    assert books_are_right(session, scene)


def test_what_comes_back_of_an_overpaid_instalment_is_set_off_first(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    give_account(session, scene, claim, "GONE0001")
    batch = pay(session, scene)
    correct(session, scene, claim, 10_000)
    (overpayment,) = adjust(session, scene, claim).overpayments
    send_back(session, scene, batch, "GONE0001")
    give_account(session, scene, claim)
    (instalment,) = instalments_of(session, claim)
    with pytest.raises(NothingToPay, match="overpaid_before"):
        assemble(session, scene)

    view = service.set_off(
        session,
        overpayment.id,
        instalment_id=instalment.id,
        amount=Money(15_000, "USD"),
        officer=scene.administrator,
        at=NOON,
    )

    assert view.outstanding_minor == 0
    assert pay(session, scene).total_minor == 10_000
    assert balances(session, scene, BANK, PAYABLE, OVERPAID, RETURNED) == [990_000, 0, 0, 0]
    assert books_are_right(session, scene)


def test_nobody_adjusts_while_a_payment_may_arrive(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    batch = assemble(session, scene)
    correct(session, scene, claim, 10_000)

    with pytest.raises(AwardInMotion, match="on its way"):
        adjust(session, scene, claim)

    with pytest.raises(ContentChanged, match="grants it no more"):
        payments.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    payments.cancel_batch(session, batch.id, officer=scene.administrator, at=NOON)
    adjust(session, scene, claim)
    assert balances(session, scene, PAYABLE) == [-10_000]


def test_two_persons_once_and_only_what_differs(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    with pytest.raises(NothingToAdjust):
        service.prepare_adjustment(session, claim.id, citation="None", officer=scene.administrator, at=NOON)
    correct(session, scene, claim, 10_000)
    row = service.prepare_adjustment(session, claim.id, citation="C", officer=scene.administrator, at=NOON)
    other = service.prepare_adjustment(session, claim.id, citation="C", officer=scene.administrator, at=NOON)

    with pytest.raises(SamePerson):
        service.approve_adjustment(session, row.id, officer=scene.administrator, at=NOON)
    service.approve_adjustment(session, row.id, officer=scene.second, at=NOON)
    with pytest.raises(AlreadyApproved):
        service.approve_adjustment(session, row.id, officer=scene.second, at=NOON)
    with pytest.raises(AdjustmentStale):
        service.approve_adjustment(session, other.id, officer=scene.second, at=NOON)
    with pytest.raises(AdjustmentNotFound):
        service.approve_adjustment(session, "adj_none", officer=scene.second, at=NOON)


def test_an_open_appeal_keeps_everything_where_it_is(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    correct(session, scene, claim, 10_000)
    row = service.prepare_adjustment(session, claim.id, citation="C", officer=scene.administrator, at=NOON)
    make_policy(session, scene.deciding)
    appeal = eligibility_service.lodge_appeal(
        session,
        claim,
        lodged_by=LodgedBy.CLAIMANT,
        lodged_on=NOON.date(),
        officer=scene.deciding.caseworker,
        at=NOON,
    )

    with pytest.raises(AppealUndecided):
        service.approve_adjustment(session, row.id, officer=scene.second, at=NOON)

    eligibility_service.withdraw_appeal(session, appeal.id, officer=scene.deciding.caseworker, at=NOON)
    assert service.approve_adjustment(session, row.id, officer=scene.second, at=NOON).reductions


def test_heirs_bear_a_reduction_in_proportion(session: Session, scene: Scene) -> None:
    (claim,) = make_claims(session, scene.deciding)
    decide(session, scene.deciding, [claim])
    heirs = [make_heir(session, scene.deciding, claim, facts=HEIR_FACTS) for _ in range(3)]
    decide(session, scene.deciding, heirs)
    let_die(session, scene.deciding, claim)
    award(session, scene.deciding)
    correct(session, scene, claim, 10_000)

    done = adjust(session, scene, claim)

    taken = {row.instalment_id: row.amount_minor for row in done.reductions}
    left = [one.amount_minor - taken[one.id] for one in instalments_of(session, claim)]
    assert (sum(left), sorted(left)) == (10_000, [3_333, 3_333, 3_334])


def test_an_award_that_waits_for_heirs_is_reduced_before_it_is_parted(session: Session, scene: Scene) -> None:
    (claim,) = make_claims(session, scene.deciding)
    decide(session, scene.deciding, [claim])
    heir = make_heir(session, scene.deciding, claim, facts=HEIR_FACTS)
    let_die(session, scene.deciding, claim)
    award(session, scene.deciding)
    correct(session, scene, claim, 10_000)
    (cut,) = adjust(session, scene, claim).reductions
    decide(session, scene.deciding, [heir])

    done = eligibility_service.arrange_instalments(
        session, programme=scene.deciding.programme, officer=scene.administrator, at=NOON
    )

    assert cut.instalment_id is None
    assert [(one.payee_party_id, one.amount_minor) for one in done.instalments] == [(heir.party_id, 10_000)]
    assert books_are_right(session, scene)


def test_the_books_agree_with_the_log_afterwards(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        claim = make_awarded(session, scene)
        pay(session, scene)
        correct(session, scene, claim, 10_000)
        adjust(session, scene, claim)

    with database.reading() as session:
        assert list_findings(session) == []


def test_of_two_approvals_at_once_one_counts(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        claim = make_awarded(session, scene)
        correct(session, scene, claim, 10_000)
        row = service.prepare_adjustment(session, claim.id, citation="C", officer=scene.administrator, at=NOON)
        adjustment_id = row.id

    def approve(session: Session) -> object:
        return service.approve_adjustment(session, adjustment_id, officer=scene.second, at=NOON)

    assert sorted(race(database, [approve, approve])) == ["AlreadyApproved", "done"]


def test_a_reduction_is_spread_unparted_first_then_by_payee_unpaid_before_paid() -> None:
    parts = [
        PartState("a1", "f", 0, "i1", "p", unpaid_minor=0, received_minor=600, in_motion=False),
        PartState("a1", "f", 0, "i2", "p", unpaid_minor=300, received_minor=0, in_motion=False),
        PartState("a1", "f", 0, "i3", "q", unpaid_minor=100, received_minor=0, in_motion=False),
    ]
    unparted = [UnpartedState("a1", "f", 2, 50), UnpartedState("a2", None, 0, 40)]

    cuts = rules.plan_reduction(Money(590, "USD"), unparted, parts, record="KAT-0001")

    assert cuts == [
        Cut("a2", None, 0, None, ReductionKind.WRITTEN_BACK, 40),
        Cut("a1", "f", 2, None, ReductionKind.WRITTEN_BACK, 50),
        Cut("a1", "f", 0, "i2", ReductionKind.WRITTEN_BACK, 300),
        Cut("a1", "f", 0, "i1", ReductionKind.OVERPAID, 150),
        Cut("a1", "f", 0, "i3", ReductionKind.WRITTEN_BACK, 50),
    ]
