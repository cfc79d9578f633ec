"""`reparations ledger open`, `close-period`, and the second person's commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reparations.cli import build
from reparations.db import Database
from reparations.principal import Role
from tests.factories.access import PASSWORD, make_account
from tests.factories.ledger import make_fund


@pytest.fixture(autouse=True)
def _configured(  # noqa: PLR0917 fixtures, by name
    database_urls: tuple[str, str], keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setenv("REPARATIONS_MODE", "demo")
    monkeypatch.setenv("REPARATIONS_DATABASE_URL", database_urls[0])
    monkeypatch.setenv("REPARATIONS_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("REPARATIONS_DATA_DIR", str(tmp_path))
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "sheet.csv").write_text("fund,currency,account,amount\nKAT,USD,bank,12.50\n")
    with database.transaction() as session:
        for name in ("first", "second"):
            make_account(session, Role.FUND_ADMINISTRATOR, username=name)
        make_account(session, Role.AUDITOR, username="auditor")
        make_fund(session, code="KAT")


def run(tmp_path: Path, username: str, *arguments: str) -> Result:
    options = ["--as", username, "--as-password-file", str(tmp_path / "password")]
    return CliRunner().invoke(build(), ["ledger", *arguments, *options])


def test_books_are_opened_by_two(tmp_path: Path) -> None:
    prepared = run(
        tmp_path, "first", "open", str(tmp_path / "sheet.csv"), "--source", "Old", "--as-of", "2024-12-31", "--json"
    )
    sheet = json.loads(prepared.output)
    alone = run(tmp_path, "first", "confirm-opening", sheet["id"])

    confirmed = run(tmp_path, "second", "confirm-opening", sheet["id"])

    assert (alone.exit_code, "ledger.same_person" in alone.output) == (1, True)
    assert confirmed.exit_code == 0, confirmed.output
    line = ["KAT", "USD", "bank", "12.50", "12.50", "0.00", "12.50", "0.00"]
    assert confirmed.output.splitlines()[-1].split() == line


def test_what_was_taken_over_is_cleared_by_two(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("fund,currency,account,amount\nKAT,USD,bank,5\nKAT,USD,returned,7\n")
    opened = run(
        tmp_path, "first", "open", str(tmp_path / "sheet.csv"), "--source", "Old", "--as-of", "2024-12-31", "--json"
    )
    run(tmp_path, "second", "confirm-opening", json.loads(opened.output)["id"])
    words = ["--currency", "USD", "--reference", "OLD-12", "--citation", "Statement 12"]

    shown = run(tmp_path, "first", "clear-opening", "KAT", "written_back", "5.00", *words)
    prepared = run(tmp_path, "first", "clear-opening", "KAT", "written_back", "5.00", *words, "--json")
    alone = run(tmp_path, "first", "approve-clearance", json.loads(prepared.output)["id"], "--on", "2025-01-02")
    approved = run(tmp_path, "second", "approve-clearance", json.loads(prepared.output)["id"], "--on", "2025-01-02")
    nowhere = run(tmp_path, "first", "clear-opening", "NONE", "written_back", "5.00", *words)
    wordless = run(tmp_path, "first", "clear-opening", "KAT", "written_back", "5.00", *words[:-1], "")

    assert "written_back 5.00 USD, Statement 12" in shown.output
    assert (alone.exit_code, "ledger.same_person" in alone.output) == (1, True)
    line = ["KAT", "USD", "returned", "7.00", "7.00", "0.00", "5.00", "2.00"]
    assert line in [one.split() for one in approved.output.splitlines()]
    assert ("ledger.fund_not_found" in nowhere.output, "citation" in wordless.output) == (True, True)


def test_a_period_is_closed_by_two(tmp_path: Path) -> None:
    prepared = run(tmp_path, "first", "close-period", "KAT", "--starts-on", "2024-01-01", "--length", "year", "--json")
    draft = json.loads(prepared.output)

    closed = run(tmp_path, "second", "countersign-period", draft["id"], "--json")
    plain = run(tmp_path, "first", "close-period", "KAT")

    assert json.loads(closed.output)["ends_on"] == "2024-12-31"
    assert "KAT period 2, 2025-01-01 to 2025-01-31" in plain.output


def test_an_auditor_an_unknown_fund_and_a_missing_file_close_and_open_nothing(tmp_path: Path) -> None:
    refused = [
        run(tmp_path, "auditor", "close-period", "KAT", "--starts-on", "2024-01-01"),
        run(tmp_path, "first", "close-period", "NONE", "--starts-on", "2024-01-01"),
        run(tmp_path, "first", "open", str(tmp_path / "none.csv"), "--source", "Old", "--as-of", "2024-12-31"),
    ]

    assert [result.exit_code for result in refused] == [1, 1, 1]
    assert "not_permitted" in refused[0].output
    assert "ledger.fund_not_found" in refused[1].output
