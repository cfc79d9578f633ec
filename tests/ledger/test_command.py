"""`reparations ledger`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reparations.cli.ledger import ledger
from reparations.db import Database
from tests.factories.ledger import make_fund


@pytest.fixture(autouse=True)
def _configured(
    database_urls: tuple[str, str], keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPARATIONS_MODE", "demo")
    monkeypatch.setenv("REPARATIONS_DATABASE_URL", database_urls[0])
    monkeypatch.setenv("REPARATIONS_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("REPARATIONS_DATA_DIR", str(tmp_path))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ledger, arguments)


def test_verify_says_that_the_books_are_right(database: Database) -> None:
    with database.transaction() as session:
        make_fund(session, available_minor=100_000)

    assert run("verify").output.startswith("The books agree")
    assert json.loads(run("verify", "--json").output) == {"findings": [], "ok": True}


def test_verify_names_what_was_changed_and_fails(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        make_fund(session, code="KAT", available_minor=100_000)
    with owner.transaction() as session:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER ledger_balance_follows")
        else:
            connection.exec_driver_sql("ALTER TABLE ledger_balance DISABLE TRIGGER ALL")
        connection.exec_driver_sql("UPDATE ledger_balance SET amount_minor = 99999 WHERE amount_minor = 100000")

    plain, as_json = run("verify"), run("verify", "--json")

    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert "account KAT USD bank" in plain.output
    assert "[ledger.balance_differs]" in plain.output
    found = {(finding["code"], finding["record"]) for finding in json.loads(as_json.output)["findings"]}
    assert ("ledger.balance_differs", "account KAT USD bank") in found


def test_the_trial_balance_is_printed(database: Database) -> None:
    with database.transaction() as session:
        make_fund(session, code="KAT", available_minor=100_000)

    plain, as_json, early = (
        run("trial-balance", *options) for options in ((), ("--json",), ("--as-of", "2001-01-01", "--json"))
    )

    assert "KAT                  USD bank                            1000.00               0.00" in plain.output
    assert plain.output.splitlines()[-1].split() == ["total", "USD", "3000.00", "3000.00"]
    assert json.loads(as_json.output)["totals"][0]["balanced"] is True
    assert json.loads(early.output) == {"as_of": "2001-01-01", "lines": [], "totals": []}


def test_balances_are_printed_as_of_two_times(database: Database) -> None:
    with database.transaction() as session:
        make_fund(session, code="KAT", available_minor=100_000)

    plain, as_json = run("balance", "KAT"), run("balance", "KAT", "--known-at", "2001-01-01", "--json")
    unknown = run("balance", "NONE")

    assert "USD bank                            1000.00" in plain.output
    assert json.loads(as_json.output)["known_at"] == "2001-01-01T00:00:00Z"
    assert {line["balance"] for line in json.loads(as_json.output)["accounts"]} == {"0.00"}
    assert unknown.exit_code != 0
