"""Raw SQL as the application's role: the database itself refuses what the rules refuse, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from migrations.payment_triggers import BATCH_EDGES, PAYMENT_EDGES
from reparations.db import Database
from reparations.payments import queries, service
from reparations.payments.errors import ContentChanged
from reparations.payments.models import Batch, Payment, PaymentStatus
from reparations.payments.rules import EDGES
from reparations.principal import SYSTEM, Principal
from reparations.registry import service as registry
from reparations.vault import open_subject
from tests.conftest import NOON
from tests.factories.access import make_person
from tests.factories.audit import behind_our_back
from tests.factories.payments import Scene, approve, assemble, make_instalment, make_scene, release, stripe_account
from tests.payments.test_statements import at_the_bank

Refused = Callable[[str], AbstractContextManager[None]]


def draft(session: Session, *, payments: int = 1) -> tuple[Scene, Batch, Payment]:
    scene = make_scene(session)
    for _ in range(payments):
        make_instalment(session, scene)
    batch = assemble(session, scene)
    return scene, batch, queries.list_payments(session, batch.id, after=None, limit=1)[0]


def run(session: Session, statement: str, **values: object) -> None:
    session.execute(text(statement), values)


def copy_payment(session: Session, payment: Payment, **changes: object) -> None:
    """Insert a row like `payment`, but for `changes` (SQL expressions)."""
    columns = [column.name for column in Payment.__table__.columns]  # type: ignore[attr-defined]
    values = {"id": "'pay_x'", "reference": "'XXXXXXXXXXXXXXXX'", "ordinal": "ordinal + 1", **changes}
    chosen = ", ".join(str(values.get(name, name)) for name in columns)
    run(
        session,
        f"INSERT INTO payment ({', '.join(columns)}) SELECT {chosen} FROM payment WHERE id = :id",
        id=payment.id,
    )


def test_a_payment_is_born_a_draft(session: Session, refused: Refused) -> None:
    _scene, _batch, payment = draft(session)

    for status in PaymentStatus:
        if status is not PaymentStatus.DRAFT:
            with refused("payment.born_draft"):
                copy_payment(session, payment, status=f"'{status}'")


def test_a_payment_joins_a_draft_batch_only(session: Session, refused: Refused) -> None:
    scene, batch, payment = draft(session)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)

    with refused("payment.born_draft"):
        copy_payment(session, payment)


def test_an_instalment_has_one_live_payment(session: Session, refused: Refused) -> None:
    _scene, _batch, payment = draft(session)

    with refused("instalment_id" if session.get_bind().dialect.name == "sqlite" else "uq_payment_live"):
        copy_payment(session, payment)


FROZEN = (
    "amount_minor = amount_minor + 1",
    "currency = 'EUR'",
    "fund_id = 'fnd_other'",
    "destination_id = 'dst_other'",
    "destination_commitment = CAST('x' AS {bytes})",
    "payee_party_id = 'pty_other'",
    "claim_id = 'clm_other'",
    "rail = 'stripe'",
    "batch_id = 'bat_other'",
    "instalment_id = 'ins_other'",
    "reference = 'YYYYYYYYYYYYYYYY'",
    "reissues_id = 'pay_other'",
)


def test_nothing_of_a_payment_is_edited_but_its_state(session: Session, refused: Refused) -> None:
    _scene, _batch, payment = draft(session)
    kind = "BLOB" if session.get_bind().dialect.name == "sqlite" else "bytea"

    for change in FROZEN:
        with refused("permission denied" if kind == "bytea" else "payment.frozen"):
            run(session, f"UPDATE payment SET {change.format(bytes=kind)} WHERE id = :id", id=payment.id)


def test_the_owner_of_the_tables_edits_no_payment_either(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        _scene, _batch, payment = draft(session)

    with owner._session() as session, pytest.raises(DBAPIError, match=r"payment\.frozen"):
        run(session, "UPDATE payment SET amount_minor = 1 WHERE id = :id", id=payment.id)


def test_nothing_is_deleted(session: Session, refused: Refused) -> None:
    draft(session)

    for table in ("payment", "batch"):
        with refused("permission denied" if session.get_bind().dialect.name == "postgresql" else f"{table}.no_delete"):
            run(session, f"DELETE FROM {table}")


def test_the_list_of_edges_is_one_list() -> None:
    ruled = {f"{one}>{other}" for one, others in EDGES.items() for other in others}

    assert ruled == set(PAYMENT_EDGES)
    assert len(set(BATCH_EDGES)) == len(BATCH_EDGES)


def test_a_payment_goes_along_the_edges_only(session: Session, refused: Refused) -> None:
    _scene, _batch, payment = draft(session)

    for status in PaymentStatus:
        if status is not PaymentStatus.DRAFT and status not in EDGES[PaymentStatus.DRAFT]:
            with refused("payment."):
                run(session, "UPDATE payment SET status = :to WHERE id = :id", to=status.value, id=payment.id)


def test_a_submitted_payment_is_not_paid_without_the_banks_word(session: Session, refused: Refused) -> None:
    bank = at_the_bank(session, "TEST0001")

    with refused("payment.said_by_provider"):
        run(session, "UPDATE payment SET status = 'paid' WHERE batch_id = :id", id=bank.batch.id)
    service.import_statements(session, bank.answer(), officer=SYSTEM, at=NOON)
    with refused("payment.said_by_provider"):
        run(session, "UPDATE payment SET status = 'returned' WHERE batch_id = :id", id=bank.batch.id)


def test_a_payment_is_not_approved_or_released_before_its_batch(session: Session, refused: Refused) -> None:
    scene, batch, payment = draft(session)
    with refused("payment.with_its_batch"):
        run(session, "UPDATE payment SET status = 'approved' WHERE id = :id", id=payment.id)
    approve(session, scene, batch)
    with refused("payment.with_its_batch"):
        run(session, "UPDATE payment SET status = 'released' WHERE id = :id", id=payment.id)


def test_a_payment_is_not_dispatched_without_an_attempt(session: Session, refused: Refused) -> None:
    scene, batch, payment = draft(session)
    release(session, scene, batch)

    with refused("payment.intended_first"):
        run(session, "UPDATE payment SET status = 'dispatching' WHERE id = :id", id=payment.id)


def test_a_batch_is_born_a_draft(session: Session, refused: Refused) -> None:
    _scene, batch, _payment = draft(session)
    columns = [column.name for column in Batch.__table__.columns]  # type: ignore[attr-defined]
    for status in ("submitted", "approved", "released", "completed"):
        values = {"id": "'bat_x'", "number": "99", "reference": "'X-B099'", "status": f"'{status}'"}
        chosen = ", ".join(values.get(name, name) for name in columns)
        with refused("batch"):
            run(session, f"INSERT INTO batch ({', '.join(columns)}) SELECT {chosen} FROM batch")
    assert batch.status == "draft"


def test_a_draft_batch_skips_nothing(session: Session, refused: Refused) -> None:
    _scene, batch, _payment = draft(session)

    for status in ("approved", "released", "completed"):
        with refused("batch"):
            run(
                session,
                "UPDATE batch SET status = :to, content_sha256 = :hash, submitted_at = created_at WHERE id = :id",
                to=status,
                hash=bytes(32),
                id=batch.id,
            )


def test_a_batch_is_not_approved_with_fewer_than_two_approvals(session: Session, refused: Refused) -> None:
    scene, batch, _payment = draft(session)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    with refused("batch.two_approvals"):
        run(session, "UPDATE batch SET status = 'approved' WHERE id = :id", id=batch.id)
    service.approve_batch(session, batch.id, officer=scene.approvers[0], at=NOON)
    with refused("batch.two_approvals"):
        run(session, "UPDATE batch SET status = 'approved' WHERE id = :id", id=batch.id)


def insert_approval(
    session: Session, batch: Batch, person_id: str, *, position: int = 1, content: bytes | None = None
) -> None:
    run(
        session,
        "INSERT INTO batch_approval (batch_id, person_id, position, content_sha256, at) "
        "SELECT id, :person, :position, :content, created_at FROM batch WHERE id = :id",
        person=person_id,
        position=position,
        content=content or batch.content_sha256 or bytes(32),
        id=batch.id,
    )


def take_duty(session: Session, payment: Payment, officer: Principal, duty: str) -> None:
    registry.assign_duties(
        session, claim_ids=[payment.claim_id], officer=officer, duty=duty, at=NOON, batch_id=payment.batch_id
    )


def test_who_made_a_batch_approves_it_not(session: Session, refused: Refused) -> None:
    scene, batch, _payment = draft(session)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)

    with refused("batch_approval.by_another"):
        insert_approval(session, batch, scene.administrator.person_id)


def test_an_approval_is_of_exactly_the_frozen_content(session: Session, refused: Refused) -> None:
    scene, batch, _payment = draft(session)
    person = scene.approvers[0].person_id
    with refused("batch_approval.of_content"):
        insert_approval(session, batch, person)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    with refused("batch_approval.of_content"):
        insert_approval(session, batch, person, content=bytes(32))


def test_one_person_approves_once_and_two_positions_are_all(session: Session, refused: Refused) -> None:
    scene, batch, payment = draft(session)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    person, other = (approver.person_id for approver in scene.approvers)
    for approver, duty in zip(scene.approvers, ("approver1", "approver2"), strict=True):
        take_duty(session, payment, approver, duty)
    insert_approval(session, batch, person)

    with refused("batch_approval"):
        insert_approval(session, batch, person, position=2)
    with refused("batch_approval"):
        insert_approval(session, batch, other, position=1)
    with refused("batch_approval"):
        insert_approval(session, batch, other, position=3)


def test_the_frozen_hash_and_the_releaser_stay(session: Session, refused: Refused) -> None:
    scene, batch, _payment = draft(session)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    with refused("batch.hash_frozen"):
        run(session, "UPDATE batch SET content_sha256 = :hash WHERE id = :id", hash=bytes(32), id=batch.id)
    for approver in scene.approvers:
        service.approve_batch(session, batch.id, officer=approver, at=NOON)
    service.release_batch(session, batch.id, officer=scene.payer, at=NOON)
    with refused("batch.releaser_fixed"):
        run(
            session,
            "UPDATE batch SET released_by = :person WHERE id = :id",
            person=make_person(session).id,
            id=batch.id,
        )


def test_a_batch_is_released_by_somebody_else_and_after_approval(session: Session, refused: Refused) -> None:
    scene, batch, _payment = draft(session)
    release_it = "UPDATE batch SET status = 'released', released_by = :by, released_at = created_at WHERE id = :id"
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    with refused("batch."):
        run(session, release_it, by=scene.payer.person_id, id=batch.id)
    for approver in scene.approvers:
        service.approve_batch(session, batch.id, officer=approver, at=NOON)
    for officer in (scene.administrator, *scene.approvers):
        with refused("batch.released_by_another"):
            run(session, release_it, by=officer.person_id, id=batch.id)


def test_a_batch_is_submitted_only_with_the_payments_it_counts(session: Session, refused: Refused) -> None:
    _scene, batch, payment = draft(session)
    run(session, "UPDATE payment SET status = 'draft' WHERE id = :id", id=payment.id)
    columns = [column.name for column in Batch.__table__.columns]  # type: ignore[attr-defined]
    values = {"id": "'bat_x'", "number": "99", "reference": "'X-B099'"}
    chosen = ", ".join(values.get(name, name) for name in columns)
    run(session, f"INSERT INTO batch ({', '.join(columns)}) SELECT {chosen} FROM batch")

    with refused("batch.counted"):
        run(
            session,
            "UPDATE batch SET status = 'submitted', content_sha256 = :hash, submitted_at = created_at"
            " WHERE id = 'bat_x'",
            hash=bytes(32),
        )
    assert batch.payment_count == 1


def test_a_payment_is_not_released_unless_five_people_did_their_parts(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        scene, batch, _payment = draft(session)
        approve(session, scene, batch)
    with behind_our_back(owner, ("duty",)) as session:
        run(session, "DELETE FROM duty WHERE duty = 'confirmer'")

    with pytest.raises(DBAPIError, match=r"payment\.five_people"), database.transaction() as session:
        service.release_batch(session, batch.id, officer=scene.payer, at=NOON)


def test_details_changed_behind_our_back_void_the_approvals(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        scene, batch, payment = draft(session)
        approve(session, scene, batch)
        sealed = open_subject(session, payment.payee_party_id).seal(
            place=f"payment_destination|details|{payment.destination_id}",
            plaintext='{"account":"EVIL0001","account_holder":"A Holder","account_kind":"other"}',
        )
    with behind_our_back(owner, ("payment_destination",)) as session:
        run(session, "UPDATE payment_destination SET details_sealed = :sealed", sealed=sealed)

    with pytest.raises(ContentChanged, match="not the one that was frozen"), database.transaction() as session:
        service.release_batch(session, batch.id, officer=scene.payer, at=NOON)


def test_what_happened_is_neither_edited_nor_deleted(session: Session, refused: Refused) -> None:
    bank = at_the_bank(session, "TEST0001")
    service.import_statements(session, bank.answer(), officer=SYSTEM, at=NOON)

    for table in ("payment_attempt", "payment_answer", "bank_file", "bank_statement", "batch_approval"):
        column = "position" if table == "batch_approval" else "id"
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
            with refused("permission denied" if session.get_bind().dialect.name == "postgresql" else "append_only"):
                run(session, statement)


def test_the_owner_edits_nothing_that_happened_either(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        bank = at_the_bank(session, "TEST0001")
        service.import_statements(session, bank.answer(), officer=SYSTEM, at=NOON)
        service.import_statements(session, bank.answer(statement_id="S-2"), officer=SYSTEM, at=NOON)

    for table in ("payment_attempt", "payment_answer", "statement_finding", "bank_file", "bank_statement"):
        with owner._session() as session, pytest.raises(DBAPIError, match=rf"{table}\.append_only"):
            run(session, f"UPDATE {table} SET id = id")


def test_a_payment_has_one_attempt_and_keys_are_never_shared(session: Session, refused: Refused) -> None:
    bank = at_the_bank(session, "TEST0001", "TEST0002")
    one, other = queries.list_payments(session, bank.batch.id, after=None, limit=2)
    attempt = queries.get_attempt(session, one.id)
    assert attempt is not None

    for payment_id, key in ((one.id, "another key"), (other.id, attempt.idempotency_key)):
        with refused("payment_attempt"):
            run(
                session,
                "INSERT INTO payment_attempt (id, payment_id, idempotency_key, request_sha256, started_at) "
                "SELECT 'att_x', :payment, :key, request_sha256, started_at FROM payment_attempt WHERE id = :id",
                payment=payment_id,
                key=key,
                id=attempt.id,
            )


def test_nobody_answers_what_was_never_asked(session: Session, refused: Refused) -> None:
    scene = make_scene(session)
    make_instalment(session, scene, destination=stripe_account())
    payment = queries.list_payments(session, assemble(session, scene).id, after=None, limit=1)[0]

    with refused("foreign key" if session.get_bind().dialect.name == "postgresql" else "FOREIGN KEY"):
        run(
            session,
            "INSERT INTO payment_answer (id, payment_id, number, source, outcome, code, at) "
            "SELECT 'ans_x', id, 1, 'send', 'paid', '', status_at FROM payment WHERE id = :id",
            id=payment.id,
        )
