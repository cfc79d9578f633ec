"""Raw SQL as the application's role that would pay the wrong one, the wrong sum, or twice; on both engines."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from reparations.db import Database
from reparations.payments import queries, service
from reparations.payments.errors import ContentChanged
from reparations.payments.models import Batch
from reparations.principal import Role
from reparations.registry import service as registry
from reparations.registry.models import Claim, ClaimStatus, DuplicateCandidate
from tests.conftest import NOON
from tests.factories.access import make_officer, make_person
from tests.factories.audit import behind_our_back
from tests.factories.payments import approve, assemble, make_award, make_heir, make_instalment, make_scene, release
from tests.factories.registry import make_claim
from tests.payments.test_refusals import Refused, copy_payment, draft, insert_approval, run, take_duty
from tests.payments.test_statements import at_the_bank


def test_a_payment_is_its_instalments_and_goes_to_its_payee(session: Session, refused: Refused) -> None:
    scene, batch, payment = draft(session, payments=2)
    _one, other = queries.list_payments(session, batch.id, after=None, limit=2)
    service.cancel_batch(session, batch.id, officer=scene.administrator, at=NOON)
    fresh = Batch(**{**batch.model_dump(), "id": "bat_next", "number": 99, "reference": "X-B099", "status": "draft"})
    session.add(fresh)
    session.flush()
    born = {"status": "'draft'", "batch_id": f"'{fresh.id}'"}

    for forged in (
        {"amount_minor": "amount_minor * 100"},
        {"fund_id": f"'{make_scene(session).fund.id}'"},
        {"payee_party_id": f"'{other.payee_party_id}'", "destination_id": f"'{other.destination_id}'"},
        {"claim_id": f"'{other.claim_id}'"},
        {"instalment_id": f"'{other.instalment_id}'"},
    ):
        with refused("payment.of_instalment"):
            copy_payment(session, payment, **born, **forged)
    for forged in ({"destination_id": f"'{other.destination_id}'"}, {"rail": "'stripe'"}):
        with refused("payment.to_payees_destination"):
            copy_payment(session, payment, **born, **forged)
    for reissued in (payment, other):
        with refused("payment.reissues_its_own"):
            copy_payment(session, payment, **born, reissues_id=f"'{reissued.id}'")
    copy_payment(session, payment, **born)

    assert len(queries.list_payments(session, fresh.id, after=None, limit=9)) == 1


def test_nobody_approves_without_an_approvers_duty_on_each_claim(session: Session, refused: Refused) -> None:
    scene, batch, payment = draft(session, payments=2)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)

    for officer in (scene.caseworker, scene.decider, scene.confirmer, scene.payer):
        with refused("batch_approval.with_duties"):
            insert_approval(session, batch, officer.person_id)
    take_duty(session, payment, scene.approvers[0], "approver1")
    with refused("batch_approval.with_duties"):
        insert_approval(session, batch, scene.approvers[0].person_id)


def test_nobody_releases_without_being_the_payer_of_each_claim(session: Session, refused: Refused) -> None:
    scene, batch, payment = draft(session, payments=2)
    approve(session, scene, batch)
    take_duty(session, payment, scene.payer, "payer")

    for person_id in (make_person(session).id, scene.decider.person_id, scene.payer.person_id):
        with refused("batch.released_by_payer"):
            run(
                session,
                "UPDATE batch SET status = 'released', released_by = :by, released_at = created_at WHERE id = :id",
                by=person_id,
                id=batch.id,
            )


def test_a_registrar_is_who_registered(session: Session, refused: Refused) -> None:
    _scene, _batch, payment = draft(session)
    claim = session.get_one(Claim, payment.claim_id)
    insert = "INSERT INTO duty (claim_id, person_id, duty, at, batch_id) VALUES (:claim, :person, :duty, :at, :batch)"
    at = {"at": NOON.replace(tzinfo=None) if session.get_bind().dialect.name == "sqlite" else NOON}

    for person_id, duty in ((make_person(session).id, "registrar"), (claim.registered_by, "approver1")):
        with refused("duty."):
            run(session, insert, claim=claim.id, person=person_id, duty=duty, batch=payment.batch_id, **at)


def test_approvers_of_other_batches_do_not_stand_in_for_a_decider(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        scene, batch, payment = draft(session)
        approve(session, scene, batch)
        for duty in ("approver1", "approver2"):
            others = make_officer(session, Role.APPROVER)
            registry.assign_duties(
                session, claim_ids=[payment.claim_id], officer=others, duty=duty, at=NOON, batch_id="bat_other"
            )
    with behind_our_back(owner, ("duty",)) as session:
        run(session, "DELETE FROM duty WHERE duty IN ('decider', 'confirmer')")

    with pytest.raises(DBAPIError, match=r"payment\.five_people"), database.transaction() as session:
        service.release_batch(session, batch.id, officer=scene.payer, at=NOON)


def test_who_is_dead_closed_or_elsewhere_is_not_approved(session: Session, refused: Refused) -> None:
    scene, batch, payment = draft(session)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    service.approve_batch(session, batch.id, officer=scene.approvers[0], at=NOON)
    take_duty(session, payment, scene.approvers[1], "approver2")
    insert_approval(session, batch, scene.approvers[1].person_id, position=2)
    run(session, "UPDATE batch SET status = 'approved' WHERE id = :id", id=batch.id)

    for change, id_ in (
        ("UPDATE claim SET status = 'withdrawn' WHERE id = :id", payment.claim_id),
        ("UPDATE payment_destination SET status = 'superseded' WHERE id = :id", payment.destination_id),
    ):
        with refused("payment.payable"):
            run(session, change, id=id_)
            run(session, "UPDATE payment SET status = 'approved' WHERE id = :id", id=payment.id)


def test_nothing_is_rejected_and_paid_again_without_the_providers_word(session: Session, refused: Refused) -> None:
    bank = at_the_bank(session, "TEST0001")

    with refused("payment.said_by_provider"):
        run(session, "UPDATE payment SET status = 'rejected' WHERE batch_id = :id", id=bank.batch.id)


def test_a_bank_file_is_answered_by_a_statement_only(session: Session, refused: Refused) -> None:
    bank = at_the_bank(session, "TEST0001")

    for outcome in ("paid", "rejected"):
        with refused("payment_answer.of_its_rail"):
            run(
                session,
                "INSERT INTO payment_answer (id, payment_id, number, source, outcome, code, at) "
                "SELECT 'ans_x', id, 1, 'look_up', :outcome, '', status_at FROM payment WHERE batch_id = :id",
                outcome=outcome,
                id=bank.batch.id,
            )


def test_nothing_is_attempted_before_it_is_released(session: Session, refused: Refused) -> None:
    scene, batch, payment = draft(session)
    attempt = (
        "INSERT INTO payment_attempt (id, payment_id, idempotency_key, request_sha256, started_at)"
        " SELECT 'att_x', id, reference, destination_commitment, status_at FROM payment WHERE id = :id"
    )

    with refused("payment_attempt.of_released"):
        run(session, attempt, id=payment.id)
    approve(session, scene, batch)
    with refused("payment_attempt.of_released"):
        run(session, attempt, id=payment.id)


def test_a_batch_is_not_completed_while_a_payment_is_awaited(session: Session, refused: Refused) -> None:
    scene, batch, _payment = draft(session)
    release(session, scene, batch)

    with refused("batch.awaits_nothing"):
        run(session, "UPDATE batch SET status = 'completed' WHERE id = :id", id=batch.id)


def test_no_payment_slips_into_a_batch_while_it_is_submitted(database: Database) -> None:
    with database.transaction() as session:
        scene, batch, _payment = draft(session)
        batch_id = batch.id
        make_instalment(session, scene)
        donor = assemble(session, scene)
        service.cancel_batch(session, donor.id, officer=scene.administrator, at=NOON)
        cancelled = queries.list_payments(session, donor.id, after=None, limit=1)[0]
    refusals: list[str] = []

    def slip_in() -> None:
        try:
            with database.transaction() as session:
                copy_payment(session, cancelled, status="'draft'", batch_id=f"'{batch_id}'")
        except DBAPIError as refusal:
            refusals.append(str(refusal.orig))

    thread = threading.Thread(target=slip_in)
    with database.transaction() as session:
        service.submit_batch(session, batch_id, officer=scene.administrator, at=NOON)
        thread.start()
        thread.join(timeout=1)
    thread.join(timeout=30)

    assert len(refusals) == 1
    assert "payment.born_draft" in refusals[0]


def test_a_claim_closed_after_approval_is_not_paid(session: Session) -> None:
    scene, batch, payment = draft(session)
    approve(session, scene, batch)
    session.get_one(Claim, payment.claim_id).status = ClaimStatus.CLOSED_DUPLICATE
    session.flush()

    with pytest.raises(ContentChanged, match="its claim is closed"):
        service.release_batch(session, batch.id, officer=scene.payer, at=NOON)


def test_an_heir_is_not_paid_while_the_claim_he_inherits_may_be_a_duplicate(session: Session) -> None:
    scene = make_scene(session)
    award = make_award(session, scene)
    make_instalment(session, scene, award=award, payee=make_heir(session, scene, award))
    batch = assemble(session, scene)
    approve(session, scene, batch)
    pair = sorted([award.claim_id or "", make_claim(session, programme=scene.programme).id])
    session.add(
        DuplicateCandidate(
            id="dup_x", claim_a_id=pair[0], claim_b_id=pair[1], reasons="same_phone", status="open", found_at=NOON
        )
    )
    session.flush()

    with pytest.raises(ContentChanged, match="registered twice"):
        service.release_batch(session, batch.id, officer=scene.payer, at=NOON)
