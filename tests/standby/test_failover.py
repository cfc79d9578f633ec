"""The primary is killed while a batch is posted; its synchronous standby takes over, and nothing is lost or doubled."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import migrations
from reparations import audit
from reparations.app import create_app
from reparations.db import Database, DatabaseReadOnly, DatabaseUnreachable
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode
from reparations.money import Money
from reparations.principal import SYSTEM
from reparations.settings import Settings
from reparations.vault import Keyring
from tests.conftest import NOON, StandingClock
from tests.factories.ledger import TODAY, make_fund
from tests.postgres import APP_ROLE, OWNER
from tests.standby.pair import STANDBY, Pair
from tests.standby.poster import AMOUNT, CHUNK_SIZE, CHUNKS

ROOT = Path(__file__).parents[2]
TOTAL = CHUNKS * CHUNK_SIZE * AMOUNT.amount_minor
KILLED_AFTER_CHUNKS = 30


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give two servers with empty books, every commit on both."""
    with Pair() as pair:
        pair.execute("primary", f"CREATE ROLE {APP_ROLE} LOGIN")
        pair.execute("primary", "CREATE DATABASE books")
        with _opened(pair.url("primary", user=OWNER)) as owner, owner.engine.begin() as connection:
            migrations.upgrade(connection, app_role=APP_ROLE)
        pair.add_standby()
        yield pair


@contextmanager
def _opened(url: str, keyring: Keyring | None = None) -> Iterator[Database]:
    database = Database(url, keyring=keyring)
    try:
        yield database
    finally:
        database.dispose()


def _reserve(database: Database) -> str:
    with database.transaction() as session:
        fund = make_fund(session, available_minor=TOTAL)
        transfers = postings.batch_reserved("b1", totals={fund.id: Money(TOTAL, "USD")})
        reserved = service.post(session, entry_id="b1", transfers=transfers, occurred_on=TODAY, at=NOON)
        audit.record(session, at=NOON, actor=SYSTEM, action="batch.approved", subject="b1", rows=[reserved.digest])
    return fund.id


def test_nothing_acknowledged_is_lost_or_doubled_when_the_primary_is_killed(
    pair: Pair, keyring: Keyring, keys_dir: Path
) -> None:
    with _opened(pair.url("primary", STANDBY), keyring) as database:
        fund_id = _reserve(database)
        environment = {
            **os.environ,
            "REPARATIONS_DATABASE_URL": pair.url("primary", STANDBY),
            "REPARATIONS_KEYS_DIR": str(keys_dir),
        }
        command = [sys.executable, "-m", "tests.standby.poster", fund_id]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            before = [worker.stdout.readline() for _ in range(KILLED_AFTER_CHUNKS)]
            pair.kill_primary()
            pair.promote()
            after = worker.stdout.read().splitlines()
        assert worker.returncode == 0

        said = [line.strip() for line in (*before, *after)]
        acknowledged = [int(line.rsplit(" ", 1)[1]) for line in said if not line.startswith("away")]
        assert any(line.startswith("away") and line.endswith("database.unreachable") for line in said)
        assert acknowledged == list(range(CHUNKS))
        # No chunk acknowledged before the kill is posted a second time after it: one that was lost would be missing.
        with database.reading() as session:
            assert queries.get_balance(session, fund_id, "USD", AccountCode.IN_TRANSIT).amount_minor == TOTAL
            assert queries.list_findings(session) == []


def test_a_standby_answers_readers_and_refuses_writers(
    pair: Pair, keyring: Keyring, keys_dir: Path, tmp_path: Path
) -> None:
    with _opened(pair.url("primary"), keyring) as primary:
        fund_id = _reserve(primary)
    pair.wait_for_replay()

    with _opened(pair.url(STANDBY), keyring) as standby:
        with standby.reading() as session:
            assert queries.get_balance(session, fund_id, "USD", AccountCode.RESERVED).amount_minor == TOTAL
            assert queries.list_findings(session) == []
        with pytest.raises(DatabaseReadOnly) as caught, standby.transaction() as session:
            make_fund(session)
        assert caught.value.code == "database.read_only"

        settings = Settings(data_dir=tmp_path, keys_dir=keys_dir, database_url=pair.url(STANDBY))
        with TestClient(create_app(settings, database=standby, clock=StandingClock())) as client:
            answer = client.post("/sessions", json={"username": "nobody", "password": "invented-password"})
        assert (answer.status_code, answer.json()["code"]) == (503, "database.read_only")

        # The pool holds no connection that was good for reading only: once promoted, the same service writes.
        pair.kill_primary()
        pair.promote()
        with standby.transaction() as session:
            make_fund(session, code="AFTER-PROMOTION")


def test_with_several_hosts_only_one_that_accepts_writing_will_do(pair: Pair, keyring: Keyring) -> None:
    with _opened(pair.url(STANDBY, "primary"), keyring) as database:
        _reserve(database)  # the standby is named first, and passed over

        pair.kill_primary()
        with pytest.raises(DatabaseUnreachable), database.reading():
            pass
        with pytest.raises(DatabaseUnreachable), database.transaction() as session:
            make_fund(session)
    anyone = pair.url(STANDBY, "primary") + "&target_session_attrs=any"
    with _opened(anyone, keyring) as reader, reader.reading() as session:
        assert queries.list_findings(session) == []
