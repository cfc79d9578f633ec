"""Two people or two workers at the same moment, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlmodel import Session

from reparations.db import Database
from reparations.errors import ReparationsError
from reparations.ledger.errors import InsufficientFunds
from reparations.payments import queries, service, worker
from reparations.payments.errors import NothingToPay, SameOfficer, StatementReused, WrongState
from reparations.payments.models import Batch, BatchStatus
from reparations.principal import SYSTEM, Principal
from tests.conftest import NOON, StandingClock
from tests.factories.payments import Scene, approve, assemble, make_instalment, make_scene
from tests.payments.conftest import StartProvider
from tests.payments.test_dispatch import assert_books_balance, assert_paid_once, released, statuses
from tests.payments.test_statements import at_the_bank

Deed = Callable[[Session], object]


def at_once(database: Database, *deeds: Deed) -> list[object]:
    """Run deeds at the same moment, each in a transaction of its own; return what came of each."""
    barrier = Barrier(len(deeds))

    def run(deed: Deed) -> object:
        barrier.wait(30)
        try:
            with database.transaction() as session:
                return deed(session)
        except ReparationsError as error:
            return type(error)

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


def submitted(database: Database, *, available_minor: int = 100_000) -> tuple[Scene, Batch]:
    with database.transaction() as session:
        scene = make_scene(session, available_minor=available_minor)
        make_instalment(session, scene)
        batch = assemble(session, scene)
        return scene, service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)


def approving(batch: Batch, officer: Principal) -> Deed:
    return lambda session: service.approve_batch(session, batch.id, officer=officer, at=NOON).status


def test_two_officers_approving_at_once_reserve_the_money_once(database: Database) -> None:
    scene, batch = submitted(database)

    at_once(database, *(approving(batch, officer) for officer in scene.approvers))

    with database.reading() as session:
        assert [one.position for one in queries.list_approvals(session, batch.id)] == [1, 2]
        assert session.get_one(Batch, batch.id).status == BatchStatus.APPROVED
    assert_books_balance(database, scene, reserved=25_000, bank=75_000)


def test_one_officer_approving_twice_at_once_approves_once(database: Database) -> None:
    scene, batch = submitted(database)
    officer = scene.approvers[0]

    outcomes = at_once(database, approving(batch, officer), approving(batch, officer))

    assert SameOfficer in outcomes
    with database.reading() as session:
        assert len(queries.list_approvals(session, batch.id)) == 1
        assert session.get_one(Batch, batch.id).status == BatchStatus.SUBMITTED


def test_approval_and_cancellation_at_once_leave_one_of_the_two(database: Database) -> None:
    scene, batch = submitted(database)
    with database.transaction() as session:
        service.approve_batch(session, batch.id, officer=scene.approvers[0], at=NOON)

    outcomes = at_once(
        database,
        approving(batch, scene.approvers[1]),
        lambda session: service.cancel_batch(session, batch.id, officer=scene.administrator, at=NOON).status,
    )

    assert outcomes[1] == BatchStatus.CANCELLED
    assert outcomes[0] in {BatchStatus.APPROVED, WrongState}
    assert_books_balance(database, scene, reserved=0, bank=100_000)


def test_two_batches_assembled_at_once_share_no_instalment(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        for _ in range(3):
            make_instalment(session, scene)

    outcomes = at_once(database, *[lambda session: assemble(session, scene).payment_count for _ in range(2)])

    assert sorted(outcomes, key=str) == sorted([3, NothingToPay], key=str)


def test_two_funds_worth_of_batches_cannot_spend_one_fund(database: Database) -> None:
    scene, first = submitted(database, available_minor=60_000)
    with database.transaction() as session:
        make_instalment(session, scene)
        second = assemble(session, scene)
        service.submit_batch(session, second.id, officer=scene.administrator, at=NOON)
        for batch in (first, second):
            service.approve_batch(session, batch.id, officer=scene.approvers[0], at=NOON)

    outcomes = at_once(database, *(approving(batch, scene.approvers[1]) for batch in (first, second)))

    assert outcomes == [BatchStatus.APPROVED, BatchStatus.APPROVED]
    assert InsufficientFunds not in outcomes
    assert_books_balance(database, scene, reserved=50_000, bank=10_000)


def test_two_workers_dispatching_at_once_pay_each_once(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider()
    scene, batch_id = released(database, *[f"acct_{number:04d}" for number in range(6)])
    barrier = Barrier(2)

    def run() -> int:
        barrier.wait(30)
        return worker.dispatch(database, provider.rails, clock=clock).sent

    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(run) for _ in range(2)]
        assert sum(one.result() for one in runs) == 6

    assert statuses(database, batch_id) == ["submitted"] * 6
    assert_paid_once(database, provider, batch_id)
    assert_books_balance(database, scene, in_transit=150_000, reserved=0)


def test_two_look_ups_at_once_settle_once(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider()
    scene, batch_id = released(database, "acct_0001")
    worker.dispatch(database, provider.rails, clock=clock)
    barrier = Barrier(2)

    def run() -> None:
        barrier.wait(30)
        worker.look_up(database, provider.rails, clock=clock)

    with ThreadPoolExecutor(2) as threads:
        for one in [threads.submit(run) for _ in range(2)]:
            one.result()

    assert statuses(database, batch_id) == ["paid"]
    assert_books_balance(database, scene, in_transit=0, awards_payable=0)


def test_one_statement_imported_twice_at_once_settles_once(database: Database) -> None:
    with database.transaction() as session:
        bank = at_the_bank(session, "TEST0001", "TEST0002")
    answer = bank.answer()

    outcomes = at_once(
        database,
        *[lambda session: service.import_statements(session, answer, officer=SYSTEM, at=NOON) for _ in range(2)],
    )

    assert len(outcomes) == 2
    assert sum(isinstance(outcome, list) for outcome in outcomes) >= 1
    assert all(outcome is StatementReused or isinstance(outcome, list) for outcome in outcomes)
    assert statuses(database, bank.batch.id) == ["paid", "paid"]
    assert_books_balance(database, bank.scene, in_transit=0, awards_payable=0)


def test_the_last_two_payments_of_a_batch_answered_at_once_complete_it(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider()
    with database.transaction() as session:
        scene = make_scene(session)
        make_instalment(session, scene)
        batch = approve(session, scene, assemble(session, scene))
        assert batch.status == BatchStatus.APPROVED
    _scene, batch_id = released(database, "acct_0001", "acct_0002")
    worker.dispatch(database, provider.rails, clock=clock)
    with database.reading() as session:
        ids = [payment.id for payment in queries.list_payments(session, batch_id, after=None, limit=2)]
    barrier = Barrier(2)

    def run(payment_id: str) -> str:
        barrier.wait(30)
        return worker.look_up_payment(database, provider.rails, payment_id, clock=clock).status

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(run, ids)) == ["paid", "paid"]

    with database.reading() as session:
        assert session.get_one(Batch, batch_id).status == BatchStatus.COMPLETED
