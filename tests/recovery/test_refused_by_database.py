"""What no service has to catch: the database itself refuses, on both engines, whoever writes the SQL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from reparations.eligibility.models import (
    AdjustmentApproval,
    Award,
    AwardAdjustment,
    AwardFunding,
    AwardReduction,
    Overpayment,
    OverpaymentNotice,
    OverpaymentRecovery,
    OverpaymentWaiver,
    WaiverApproval,
    WaiverReason,
)
from reparations.ids import new_id
from reparations.money import Money
from reparations.payments.models import Payment
from reparations.recovery import service
from tests.conftest import NOON
from tests.factories.recovery import (
    Scene,
    adjust,
    assemble,
    correct,
    instalments_of,
    make_awarded,
    make_overpaid,
    make_scene,
    notify,
)

Refused = Callable[[str], AbstractContextManager[None]]
LATER = NOON + timedelta(days=31)


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


def insert(session: Session, *rows: object) -> None:
    for row in rows:
        session.add(row)
        session.flush()


def like(row: Any, **changed: Any) -> Any:  # noqa: ANN401 any model
    """A row like another, with some columns changed and an id of its own."""
    values = row.model_dump()
    return type(row)(**(values | ({"id": new_id("xxx")} if "id" in values else {}) | changed))


def make_adjustment(session: Session, scene: Scene, *, granted_minor: int = 10_000) -> AwardAdjustment:
    claim = make_awarded(session, scene)
    correct(session, scene, claim, granted_minor)
    return service.prepare_adjustment(session, claim.id, citation="C", officer=scene.administrator, at=NOON)


def approved(row: AwardAdjustment, by: str, **changed: Any) -> AdjustmentApproval:  # noqa: ANN401 any column
    values: dict[str, Any] = {
        "adjustment_id": row.id,
        "prepared_by": row.prepared_by,
        "approved_by": by,
        "approved_at": NOON,
    }
    return AdjustmentApproval(**(values | changed))


def reduction(session: Session, row: AwardAdjustment, **changed: Any) -> AwardReduction:  # noqa: ANN401 any column
    """What is taken off the only instalment of the adjustment's claim."""
    award = session.exec(select(Award).where(Award.claim_id == row.claim_id)).one()
    funding = session.exec(select(AwardFunding).where(AwardFunding.award_id == award.id)).one()
    instalment = session.execute(
        text("SELECT id FROM instalment WHERE award_id = :award"), {"award": award.id}
    ).scalar_one_or_none()
    values: dict[str, Any] = {
        "id": new_id("red"),
        "award_id": award.id,
        "fund_id": funding.fund_id,
        "instalment_id": instalment,
        "kind": "written_back",
        "amount_minor": 15_000,
        "adjustment_id": row.id,
        "recorded_at": NOON,
    }
    return AwardReduction(**(values | changed))


def test_history_is_not_rewritten(session: Session, scene: Scene, refused: Refused) -> None:
    claim, overpayment = make_overpaid(session, scene)
    notify(session, scene, overpayment)
    correct(session, scene, claim, 16_000)
    adjust(session, scene, claim)
    waiver = service.prepare_waiver(
        session,
        overpayment.id,
        amount=Money(1, "USD"),
        reason=WaiverReason.HARDSHIP,
        authority="Resolution 7",
        officer=scene.administrator,
        at=NOON,
    )
    service.approve_waiver(session, waiver.id, officer=scene.second, at=NOON)
    tables = {
        "award_adjustment": "difference_minor",
        "adjustment_approval": "approved_at",
        "award_reduction": "amount_minor",
        "overpayment": "amount_minor",
        "overpayment_notice": "object_until",
        "overpayment_waiver": "amount_minor",
        "waiver_approval": "approved_at",
        "overpayment_recovery": "amount_minor",
    }
    reason = "append_only" if session.get_bind().dialect.name == "sqlite" else "permission denied"

    for table, column in tables.items():
        for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with refused(reason):
                session.execute(text(statement))


def test_an_adjustment_takes_two_persons_and_the_difference_there_is(
    session: Session, scene: Scene, refused: Refused
) -> None:
    row = make_adjustment(session, scene)
    second = scene.second.person_id

    with refused("two_persons"):
        insert(session, approved(row, row.prepared_by))
    with refused(""):
        insert(session, approved(row, second, prepared_by=scene.payer.person_id))
    other = like(row, difference_minor=-14_999)
    insert(session, other)
    with refused("adjustment_approval.stale"):
        insert(session, approved(other, second))
    with refused("award_adjustment.awarded"):
        insert(session, like(row, currency="EUR"))
    with refused("difference_not_zero"):
        insert(session, like(row, difference_minor=0))
    insert(session, approved(row, second))


def test_nothing_is_reduced_without_its_approved_adjustment(session: Session, scene: Scene, refused: Refused) -> None:
    row = make_adjustment(session, scene)
    other = make_adjustment(session, scene)
    with refused(""):
        insert(session, reduction(session, row))
    insert(session, approved(row, scene.second.person_id), approved(other, scene.second.person_id))

    with refused("award_reduction.adjustment_of_another"):
        insert(session, reduction(session, row, adjustment_id=other.id))
    with refused("award_reduction."):
        insert(session, reduction(session, row, kind="given_back"))
    with refused("award_reduction."):  # beyond the adjustment is below what is granted, too
        insert(session, reduction(session, row, amount_minor=15_001))
    with refused("award_reduction.instalment_of_another"):
        insert(session, reduction(session, row, instalment_id=reduction(session, other).instalment_id))
    with refused("award_reduction.exceeds_funding"):
        insert(session, reduction(session, row, instalment_id=None))
    with refused("award_reduction.exceeds_award"):
        insert(session, reduction(session, row, instalment_id=None, fund_id=None))
    with refused("award_reduction.not_received"):
        insert(session, reduction(session, row, kind="overpaid"))
    with refused("deed_named"):
        insert(session, reduction(session, row, adjustment_id=None))
    with refused("award_reduction.set_off_unrecorded"):
        insert(session, reduction(session, row, kind="set_off", adjustment_id=None, recovery_id="rcv_none"))
    insert(session, reduction(session, row))
    with refused("award_reduction."):  # beyond the adjustment is below what is granted, too
        insert(session, reduction(session, row, amount_minor=1))


def test_nothing_is_reduced_below_what_stands_granted(session: Session, scene: Scene, refused: Refused) -> None:
    more = make_adjustment(session, scene, granted_minor=24_000)
    insert(session, approved(more, scene.second.person_id))

    with refused("award_reduction."):
        insert(session, reduction(session, more, amount_minor=1_001))
    insert(session, reduction(session, more, amount_minor=1_000))


def test_what_is_paid_or_in_a_batch_is_not_written_back(session: Session, scene: Scene, refused: Refused) -> None:
    claim = make_awarded(session, scene)
    assemble(session, scene)
    correct(session, scene, claim, 10_000)
    other = service.prepare_adjustment(session, claim.id, citation="C", officer=scene.administrator, at=NOON)
    insert(session, approved(other, scene.second.person_id))

    with refused("award_reduction.in_motion"):
        insert(session, reduction(session, other))


def test_a_payment_is_what_is_left_and_not_of_what_was_overpaid(
    session: Session, scene: Scene, refused: Refused
) -> None:
    claim = make_awarded(session, scene)
    correct(session, scene, claim, 10_000)
    adjust(session, scene, claim)
    batch = assemble(session, scene)
    payment = session.exec(select(Payment).where(Payment.batch_id == batch.id)).one()
    fresh = like(batch, id="bat_x", number=99, reference="X-B099")
    insert(session, fresh)

    for amount in (25_000, 10_001, 9_999):
        with refused("payment.of_instalment"):
            insert(
                session,
                like(payment, batch_id=fresh.id, reference="X" * 16, ordinal=2, amount_minor=amount),
            )


def test_a_supplement_takes_two_persons_and_no_more_than_is_granted(
    session: Session, scene: Scene, refused: Refused
) -> None:
    row = make_adjustment(session, scene, granted_minor=40_000)
    (first,) = session.exec(select(Award).where(Award.claim_id == row.claim_id)).all()
    supplement = {"number": 2, "decision_id": row.decision_id, "amount_minor": 15_000}

    with refused("award.unapproved"):
        insert(session, like(first, **supplement))
    insert(session, approved(row, scene.second.person_id))
    with refused("award."):
        insert(session, like(first, **supplement, made_by=scene.administrator.person_id))
    with refused("award."):
        insert(session, like(first, **supplement | {"amount_minor": 15_001}, made_by=scene.second.person_id))
    with refused("award."):
        insert(session, like(first, **supplement | {"number": 3}, made_by=scene.second.person_id))
    insert(session, like(first, **supplement, made_by=scene.second.person_id))
    assert len(session.exec(select(Award).where(Award.claim_id == row.claim_id)).all()) == 2


def make_recovery(overpayment: Overpayment, **changed: Any) -> OverpaymentRecovery:  # noqa: ANN401 any column
    values: dict[str, Any] = {
        "id": new_id("rcv"),
        "overpayment_id": overpayment.id,
        "kind": "repaid",
        "amount_minor": 100,
        "bank_reference": "BANK-1",
        "occurred_on": LATER.date(),
        "recorded_by": changed.pop("by", None),
        "recorded_at": LATER,
    }
    return OverpaymentRecovery(**(values | changed))


def test_an_overpayment_is_recovered_once_and_never_beyond(session: Session, scene: Scene, refused: Refused) -> None:
    _, overpayment = make_overpaid(session, scene)
    by = scene.administrator.person_id

    with refused("overpayment_recovery.exceeds_outstanding"):
        insert(session, make_recovery(overpayment, by=by, amount_minor=15_001))
    with refused("amount_positive"):
        insert(session, make_recovery(overpayment, by=by, amount_minor=0))
    with refused("bank_reference_if_repaid"):
        insert(session, make_recovery(overpayment, by=by, bank_reference=None))
    insert(session, make_recovery(overpayment, by=by))
    with refused("bank_reference"):
        insert(session, make_recovery(overpayment, by=by))
    with refused("overpayment.unfounded"):
        insert(session, like(overpayment, amount_minor=15_001))
    with refused("overpayment.unfounded"):
        insert(session, like(overpayment, payee_party_id=make_awarded(session, scene).party_id))


def test_a_set_off_is_the_payees_the_funds_and_after_he_was_heard(
    session: Session, scene: Scene, refused: Refused
) -> None:
    claim, overpayment = make_overpaid(session, scene)
    correct(session, scene, claim, 16_000)
    adjust(session, scene, claim)
    mine, others = instalments_of(session, claim)[-1], instalments_of(session, make_awarded(session, scene))[0]
    kept: dict[str, Any] = {"kind": "set_off", "bank_reference": None, "by": scene.administrator.person_id}

    with refused("overpayment_recovery.unheard"):
        insert(session, make_recovery(overpayment, instalment_id=mine.id, **kept))
    notify(session, scene, overpayment)
    with refused("overpayment_recovery.of_another"):
        insert(session, make_recovery(overpayment, instalment_id=others.id, **kept))
    with refused("overpayment_recovery.unheard"):
        insert(session, make_recovery(overpayment, instalment_id=mine.id, occurred_on=NOON.date(), **kept))
    insert(session, make_recovery(overpayment, instalment_id=mine.id, **kept))


def test_a_waiver_takes_two_persons_and_what_they_agreed_on(session: Session, scene: Scene, refused: Refused) -> None:
    _, overpayment = make_overpaid(session, scene)
    by, second = scene.administrator.person_id, scene.second.person_id
    waiver = OverpaymentWaiver(
        id=new_id("wai"),
        overpayment_id=overpayment.id,
        amount_minor=500,
        reason="hardship",
        authority="Resolution 7",
        prepared_by=by,
        prepared_at=NOON,
    )
    insert(session, waiver)
    waived: dict[str, Any] = {"kind": "waived", "bank_reference": None, "by": second, "waiver_id": waiver.id}

    with refused(""):
        insert(session, make_recovery(overpayment, amount_minor=500, **waived))
    with refused("two_persons"):
        insert(session, WaiverApproval(waiver_id=waiver.id, prepared_by=by, approved_by=by, approved_at=NOON))
    insert(session, WaiverApproval(waiver_id=waiver.id, prepared_by=by, approved_by=second, approved_at=NOON))
    with refused("overpayment_recovery.unwaived"):
        insert(session, make_recovery(overpayment, amount_minor=501, **waived))
    insert(session, make_recovery(overpayment, amount_minor=500, **waived))
    with refused("overpayment_waiver.exceeds"):
        insert(session, like(waiver, amount_minor=15_001))
    with refused("reason_known"):
        insert(session, like(waiver, reason="because"))


def test_a_notice_leaves_time_to_object(session: Session, scene: Scene, refused: Refused) -> None:
    _, overpayment = make_overpaid(session, scene)
    today = NOON.date()
    values: dict[str, Any] = {
        "overpayment_id": overpayment.id,
        "notified_on": today,
        "letter": "LETTER-1",
        "object_until": today,
        "objection_way": "In writing",
        "recorded_by": scene.administrator.person_id,
        "recorded_at": NOON,
    }

    with refused("time_to_object"):
        insert(session, OverpaymentNotice(**(values | {"object_until": today - timedelta(days=1)})))
    with refused("overpayment_notice.too_early"):
        insert(session, OverpaymentNotice(**(values | {"notified_on": today - timedelta(days=1)})))
    with refused("objection_way_said"):
        insert(session, OverpaymentNotice(**(values | {"objection_way": ""})))
    insert(session, OverpaymentNotice(**values))
