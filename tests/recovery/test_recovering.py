"""Overpayments: told to the payee, then set off, paid back or waived, never beyond what is outstanding."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from reparations.db import Database
from reparations.eligibility.models import Overpayment, WaiverReason
from reparations.ledger.models import AccountCode
from reparations.ledger.queries import compute_identity, list_attribution, list_findings
from reparations.money import Money
from reparations.payments.errors import NothingToPay
from reparations.recovery import queries, rules, service
from reparations.recovery.errors import (
    AlreadyApproved,
    AlreadyNotified,
    AmountRefused,
    AwardInMotion,
    BankReferenceReused,
    ExceedsOutstanding,
    NotHeardYet,
    NotSetOffable,
    OverpaymentNotFound,
    PartNotFound,
    SamePerson,
    WaiverNotFound,
)
from reparations.recovery.queries import OverpaymentView
from reparations.recovery.rules import OverpaymentState
from reparations.registry.models import Claim
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.races import race
from tests.factories.ledger import make_fund
from tests.factories.recovery import (
    Scene,
    adjust,
    assemble,
    balances,
    correct,
    instalments_of,
    make_awarded,
    make_overpaid,
    make_scene,
    notify,
    pay,
)

BANK, PAYABLE, OVERPAID = AccountCode.BANK, AccountCode.AWARDS_PAYABLE, AccountCode.OVERPAYMENTS
UNCOMMITTED, WAIVERS = AccountCode.UNCOMMITTED, AccountCode.WAIVERS
LATER = NOON + timedelta(days=31)
"""After the last day to object."""


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def state(view: OverpaymentView) -> OverpaymentState:
    return rules.compute_state(outstanding_minor=view.outstanding_minor, notice=view.notice)


def repay(
    session: Session, scene: Scene, overpayment: Overpayment, minor: int, *, reference: str = "BANK-1"
) -> OverpaymentView:
    return service.receive_repayment(
        session,
        overpayment.id,
        amount=usd(minor),
        bank_reference=reference,
        received_on=NOON.date(),
        officer=scene.administrator,
        at=NOON,
    )


def set_off(session: Session, scene: Scene, overpayment: Overpayment, claim: Claim, *, minor: int) -> OverpaymentView:
    """Set off against the claim's last instalment, after the last day to object."""
    return service.set_off(
        session,
        overpayment.id,
        instalment_id=instalments_of(session, claim)[-1].id,
        amount=usd(minor),
        officer=scene.administrator,
        at=LATER,
    )


def waive(session: Session, scene: Scene, overpayment: Overpayment, minor: int) -> OverpaymentView:
    waiver = service.prepare_waiver(
        session,
        overpayment.id,
        amount=usd(minor),
        reason=WaiverReason.HARDSHIP,
        authority="Resolution 7",
        officer=scene.administrator,
        at=NOON,
    )
    return service.approve_waiver(session, waiver.id, officer=scene.second, at=NOON)


def test_from_identified_to_settled_in_parts_and_the_books_at_each_step(session: Session, scene: Scene) -> None:
    claim, overpayment = make_overpaid(session, scene)
    assert state(queries.get_overpayment(session, overpayment.id)) is OverpaymentState.IDENTIFIED
    notify(session, scene, overpayment)
    assert state(queries.get_overpayment(session, overpayment.id)) is OverpaymentState.NOTIFIED
    correct(session, scene, claim, 16_000, at=LATER)
    adjust(session, scene, claim, at=LATER)

    repay(session, scene, overpayment, 5_000)
    assert balances(session, scene, OVERPAID, BANK, UNCOMMITTED) == [10_000, 980_000, 980_000 - 6_000]
    set_off(session, scene, overpayment, claim, minor=4_000)
    assert balances(session, scene, OVERPAID, PAYABLE, UNCOMMITTED) == [6_000, -2_000, 980_000 - 2_000]
    waive(session, scene, overpayment, 5_000)
    assert balances(session, scene, OVERPAID, WAIVERS, UNCOMMITTED) == [1_000, 5_000, 980_000 - 2_000]
    view = repay(session, scene, overpayment, 1_000, reference="BANK-2")

    assert (state(view), view.outstanding_minor) == (OverpaymentState.SETTLED, 0)
    assert [(one.kind, one.amount_minor) for one in view.recoveries] == [
        ("repaid", 5_000),
        ("set_off", 4_000),
        ("waived", 5_000),
        ("repaid", 1_000),
    ]
    assert pay(session, scene, at=LATER).total_minor == 2_000
    assert balances(session, scene, BANK, PAYABLE, OVERPAID) == [979_000, 0, 0]
    assert compute_identity(session, scene.fund.id, "USD").faults == {}


def test_a_set_off_is_no_new_money_for_the_award_it_keeps_from(session: Session, scene: Scene) -> None:
    claim, overpayment = make_overpaid(session, scene)
    notify(session, scene, overpayment)
    correct(session, scene, claim, 16_000, at=LATER)
    adjust(session, scene, claim, at=LATER)

    set_off(session, scene, overpayment, claim, minor=4_000)

    used = [one.amount.amount_minor for one in list_attribution(session, scene.fund.id, "USD").attributions]
    assert used == [25_000, 2_000]


def test_a_whole_instalment_kept_is_not_paid(session: Session, scene: Scene) -> None:
    claim, overpayment = make_overpaid(session, scene)
    notify(session, scene, overpayment)
    correct(session, scene, claim, 16_000, at=LATER)
    adjust(session, scene, claim, at=LATER)
    set_off(session, scene, overpayment, claim, minor=6_000)

    with pytest.raises(NothingToPay):
        assemble(session, scene, at=LATER)


def test_nothing_is_set_off_before_the_payee_was_heard(session: Session, scene: Scene) -> None:
    claim, overpayment = make_overpaid(session, scene)
    correct(session, scene, claim, 16_000)
    adjust(session, scene, claim)
    with pytest.raises(NotHeardYet):
        set_off(session, scene, overpayment, claim, minor=1)
    notify(session, scene, overpayment, days_to_object=31)

    with pytest.raises(NotHeardYet, match="may still object"):
        set_off(session, scene, overpayment, claim, minor=1)


def test_nothing_is_set_off_against_another_person_or_fund_or_what_is_paid(session: Session, scene: Scene) -> None:
    claim, overpayment = make_overpaid(session, scene)
    notify(session, scene, overpayment)
    other = make_awarded(session, scene)
    with pytest.raises(NotSetOffable, match="another person"):
        set_off(session, scene, overpayment, other, minor=1)
    with pytest.raises(AwardInMotion, match="paid already"):
        set_off(session, scene, overpayment, claim, minor=1)
    with pytest.raises(PartNotFound):
        service.set_off(
            session, overpayment.id, instalment_id="ins_none", amount=usd(1), officer=scene.administrator, at=LATER
        )


def test_nothing_is_set_off_across_funds(session: Session) -> None:
    scene = make_scene(session, available_minor=25_000)
    claim, overpayment = make_overpaid(session, scene)
    notify(session, scene, overpayment)
    make_fund(session, available_minor=100_000)
    correct(session, scene, claim, 16_000, at=LATER)
    adjust(session, scene, claim, at=LATER)

    with pytest.raises(NotSetOffable, match="another fund"):
        set_off(session, scene, overpayment, claim, minor=1)


def test_never_more_than_is_outstanding_or_left(session: Session, scene: Scene) -> None:
    claim, overpayment = make_overpaid(session, scene)
    notify(session, scene, overpayment)
    correct(session, scene, claim, 11_000, at=LATER)
    adjust(session, scene, claim, at=LATER)

    with pytest.raises(ExceedsOutstanding, match=r"USD 10\.00 is left"):
        set_off(session, scene, overpayment, claim, minor=1_001)
    with pytest.raises(ExceedsOutstanding, match="outstanding"):
        repay(session, scene, overpayment, 15_001)
    with pytest.raises(ExceedsOutstanding):
        waive(session, scene, overpayment, 15_001)
    with pytest.raises(AmountRefused):
        repay(session, scene, overpayment, 0)
    with pytest.raises(AmountRefused):
        service.receive_repayment(
            session,
            overpayment.id,
            amount=Money(1, "EUR"),
            bank_reference="B",
            received_on=NOON.date(),
            officer=scene.administrator,
            at=NOON,
        )


def test_a_receipt_counts_once(session: Session, scene: Scene) -> None:
    _, overpayment = make_overpaid(session, scene)
    repay(session, scene, overpayment, 5_000)
    before = len(events(session))

    assert repay(session, scene, overpayment, 5_000).outstanding_minor == 10_000

    assert len(events(session)) == before
    with pytest.raises(BankReferenceReused):
        repay(session, scene, overpayment, 4_000)


def test_the_payee_is_told_by_one_letter(session: Session, scene: Scene) -> None:
    _, overpayment = make_overpaid(session, scene)
    notify(session, scene, overpayment)
    before = len(events(session))

    notify(session, scene, overpayment)

    assert len(events(session)) == before
    with pytest.raises(AlreadyNotified):
        notify(session, scene, overpayment, days_to_object=60)
    with pytest.raises(AmountRefused):
        notify(session, scene, overpayment, days_to_object=-1)


def test_a_waiver_takes_two_persons_and_counts_once(session: Session, scene: Scene) -> None:
    _, overpayment = make_overpaid(session, scene)
    waivers = [
        service.prepare_waiver(
            session,
            overpayment.id,
            amount=usd(9_000),
            reason=WaiverReason.OUR_ERROR,
            authority="Resolution 7",
            officer=scene.administrator,
            at=NOON,
        )
        for _ in range(2)
    ]
    with pytest.raises(SamePerson):
        service.approve_waiver(session, waivers[0].id, officer=scene.administrator, at=NOON)

    service.approve_waiver(session, waivers[0].id, officer=scene.second, at=NOON)

    with pytest.raises(AlreadyApproved):
        service.approve_waiver(session, waivers[0].id, officer=scene.second, at=NOON)
    with pytest.raises(ExceedsOutstanding):
        service.approve_waiver(session, waivers[1].id, officer=scene.second, at=NOON)
    with pytest.raises(WaiverNotFound):
        service.approve_waiver(session, "wai_none", officer=scene.second, at=NOON)
    with pytest.raises(OverpaymentNotFound):
        queries.get_overpayment(session, "ovp_none")
    assert [event["type"] for event in events(session)][-3:] == [
        "waiver.prepared",
        "waiver.prepared",
        "waiver.approved",
    ]


def test_of_two_recoveries_at_once_the_outstanding_is_kept(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        _, overpayment = make_overpaid(session, scene)

    results = race(
        database,
        [
            lambda session: repay(session, scene, overpayment, 10_000, reference="BANK-1"),
            lambda session: repay(session, scene, overpayment, 10_000, reference="BANK-2"),
        ],
    )

    assert sorted(results) == ["ExceedsOutstanding", "done"]
    with database.reading() as session:
        assert list_findings(session) == []
        assert queries.get_overpayment(session, overpayment.id).outstanding_minor == 5_000


def test_outstanding_ones_are_listed(session: Session, scene: Scene) -> None:
    _, first = make_overpaid(session, scene)
    _, second = make_overpaid(session, scene)
    repay(session, scene, first, 15_000)
    programme_id = scene.deciding.programme.id

    listed = queries.list_overpayments(session, programme_id, outstanding_only=True, after=None, limit=5)
    every = queries.list_overpayments(session, programme_id, outstanding_only=False, after=None, limit=5)

    assert [view.overpayment.id for view in listed] == [second.id]
    assert [view.overpayment.id for view in every] == [first.id, second.id]
