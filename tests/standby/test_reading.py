"""Statements are read from a standby and say as of when; money and approvals stay on the primary."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from reparations.app import create_app, open_database_to_read
from reparations.calendar import utc_now
from reparations.cli import build
from reparations.db import Database, DatabaseReadOnly
from reparations.http import AS_OF
from reparations.principal import Role
from reparations.settings import Settings
from reparations.vault import Keyring
from tests.conftest import NOON, StandingClock
from tests.factories.access import PASSWORD, make_account
from tests.factories.ledger import make_fund
from tests.standby.batch import opened
from tests.standby.pair import STANDBY, Pair


@pytest.fixture
def primary(pair: Pair, keyring: Keyring) -> Iterator[Database]:
    with opened(pair.url("primary", STANDBY), keyring) as database:
        with database.transaction() as session:
            make_account(session, Role.FUND_ADMINISTRATOR, username="the.administrator")
            make_fund(session, code="OLD", available_minor=1_000)
        pair.wait_for_replay()
        yield database


@pytest.fixture
def settings(pair: Pair, keys_dir: Path, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path,
        keys_dir=keys_dir,
        database_url=pair.url("primary", STANDBY),
        read_database_url=pair.url("primary", STANDBY),
    )


@pytest.fixture
def client(settings: Settings, primary: Database) -> Iterator[TestClient]:
    app = create_app(settings, database=primary, clock=StandingClock())
    with TestClient(app) as client:
        answer = client.post("/sessions", json={"username": "the.administrator", "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client
    app.state.read_database.dispose()


def read_statement(client: TestClient) -> tuple[set[str], datetime]:
    """The funds of a trial balance, and as of when it was read."""
    answer = client.get("/ledger/statements/trial_balance")
    assert answer.status_code == 200
    return {row["fund"] for row in answer.json()["rows"]} - {"*"}, datetime.fromisoformat(answer.headers[AS_OF])


def test_a_statement_is_a_standby_s_and_says_as_of_when(pair: Pair, primary: Database, client: TestClient) -> None:
    pair.execute(STANDBY, "SELECT pg_wal_replay_pause()")
    before = utc_now()
    with primary.transaction() as session:
        make_fund(session, code="NEW", available_minor=1)
    fund = {"code": "POSTED", "title": "t", "forms": [{"form": "individual", "citation": "c"}], "currencies": ["USD"]}
    assert client.post("/funds", json=fund).status_code == 201  # money goes to the primary
    assert {row["code"] for row in client.get("/funds").json()["items"]} == {"OLD", "NEW", "POSTED"}

    paused, as_of = read_statement(client)
    pair.execute(STANDBY, "SELECT pg_wal_replay_resume()")
    pair.wait_for_replay()
    resumed, later = read_statement(client)

    assert (paused, resumed) == ({"OLD"}, {"OLD", "NEW"})
    assert as_of < before < later < utc_now()
    assert as_of.tzinfo == UTC


def test_where_there_is_no_standby_left_the_primary_answers(pair: Pair, client: TestClient) -> None:
    pair.kill_primary()
    pair.promote()

    assert read_statement(client) == ({"OLD"}, NOON)  # all of it, now


@pytest.mark.usefixtures("primary")
def test_nothing_is_written_where_reports_are_read(settings: Settings) -> None:
    database = open_database_to_read(settings)

    with pytest.raises(DatabaseReadOnly), database.transaction() as session:
        make_fund(session)
    database.dispose()


@pytest.mark.usefixtures("primary")
def test_a_command_says_that_it_read_from_a_standby(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("data_dir", "keys_dir", "database_url", "read_database_url"):
        monkeypatch.setenv(f"REPARATIONS_{name.upper()}", str(getattr(settings, name)))

    for command in (["verify"], ["trial-balance"], ["statement", "identity"], ["export", "--format", "hledger"]):
        done = CliRunner().invoke(build(), ["ledger", *command])

        assert done.exit_code == 0, done.output
        assert done.stderr.startswith(f"Read from a standby, as of {utc_now().year}-")
        assert "standby" not in done.stdout
