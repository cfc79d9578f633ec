"""``kill -9`` of a real worker process at each step that moves money: one payment, books balanced."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from reparations.db import Database
from reparations.payments import service, worker
from reparations.payments.models import BankFile
from reparations.principal import SYSTEM
from tests.conftest import NOON, StandingClock
from tests.factories.payments import bank_account, make_released_batch, make_scene
from tests.house.tree import ROOT
from tests.payments.conftest import Provider, StartProvider
from tests.payments.test_dispatch import assert_books_balance, assert_paid_once, released, statuses
from tests.payments.test_statements import at_the_bank


@dataclass
class Workers:
    """Starts workers on one database and one provider."""

    url: str
    keys_dir: Path
    provider: Provider

    def start(self, *, deed: str = "dispatch", kill: str = "never") -> subprocess.Popen[bytes]:
        arguments = [self.url, str(self.keys_dir), self.provider.base, NOON.isoformat(), deed, kill]
        return subprocess.Popen([sys.executable, "-m", "tests.payments.worker_process", *arguments], cwd=ROOT)

    def run(self, *, deed: str = "dispatch", kill: str = "never") -> int:
        return self.start(deed=deed, kill=kill).wait(120)


@pytest.fixture
def workers(database_urls: tuple[str, str], keys_dir: Path, start_provider: StartProvider) -> Workers:
    return Workers(database_urls[0], keys_dir, start_provider())


@pytest.mark.parametrize("kill", ["before:1", "after:1", "sent", "before:2", "after:2"])
def test_a_worker_killed_at_any_step_pays_once(
    database: Database, workers: Workers, clock: StandingClock, kill: str
) -> None:
    scene, batch_id = released(database, "acct_0001", "acct_0002")

    assert workers.run(kill=kill) == -signal.SIGKILL
    assert_books_balance(database, scene, awards_payable=50_000)
    clock.advance(minutes=10)
    worker.dispatch(database, workers.provider.rails, clock=clock)

    assert statuses(database, batch_id) == ["submitted", "submitted"]
    assert_paid_once(database, workers.provider, batch_id)
    assert_books_balance(database, scene, in_transit=50_000, reserved=0, awards_payable=50_000)


@pytest.mark.parametrize("kill", ["before:1", "after:1"])
def test_a_worker_killed_while_it_makes_a_bank_file_makes_one(
    database: Database, workers: Workers, clock: StandingClock, kill: str
) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        batch_id = make_released_batch(session, scene, [bank_account(), bank_account()]).id

    assert workers.run(kill=kill) == -signal.SIGKILL
    worker.dispatch(database, workers.provider.rails, clock=clock)

    with database.reading() as session:
        (file,) = session.exec(select(BankFile)).all()
        assert file.payment_count == 2
    assert statuses(database, batch_id) == ["submitted", "submitted"]
    assert_books_balance(database, scene, in_transit=50_000, reserved=0)


@pytest.mark.parametrize("kill", ["before:1", "after:1"])
def test_a_process_killed_while_it_reads_a_statement_settles_once(
    database: Database, workers: Workers, tmp_path: Path, kill: str
) -> None:
    with database.transaction() as session:
        bank = at_the_bank(session, "TEST0001", "TEST0002")
    statement = tmp_path / "statement.xml"
    statement.write_bytes(bank.answer(returned=("TEST0002",)))

    assert workers.run(deed=str(statement), kill=kill) == -signal.SIGKILL
    with database.transaction() as session:
        service.import_statements(session, statement.read_bytes(), officer=SYSTEM, at=NOON)

    assert statuses(database, bank.batch.id) == ["paid", "returned"]
    assert_books_balance(database, bank.scene, in_transit=0, returned=25_000, awards_payable=25_000)


def test_two_worker_processes_at_once_pay_each_once(database: Database, workers: Workers) -> None:
    accounts = [f"acct_{number:04d}" for number in range(8)]
    scene, batch_id = released(database, *accounts)

    running = [workers.start(), workers.start()]
    assert [process.wait(120) for process in running] == [0, 0]

    assert statuses(database, batch_id) == ["submitted"] * 8
    assert_paid_once(database, workers.provider, batch_id)
    assert workers.provider.books.requests == 8
    assert_books_balance(database, scene, in_transit=200_000, reserved=0)
