"""`reparations claims import`, as an operator types it, against a service that listens on this machine."""

from __future__ import annotations

import csv
import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from reparations.cli.claims import claims
from reparations.client import Importer
from reparations.db import Database
from reparations.example.server import LocalServer
from reparations.principal import Role
from reparations.registry import queries, service
from reparations.registry.models import Claim, Rail
from reparations.registry.rules.values import NewDestination
from tests.conftest import NOON, StandingClock
from tests.factories.access import PASSWORD, make_account, principal_of
from tests.factories.registry import make_claim, make_programme
from tests.registry.test_intake import DIRECT, HEIR, write

SECOND = {**DIRECT, "row_id": "K-0003", "case_key": "C-0003", "family_name": "Exemple-Zulu", "given_names": "Anne"}
SECOND |= {"birth_date": "1985-07-08", "iban_or_account": "0000100003"}


@pytest.fixture
def url(app: FastAPI, database: Database) -> Iterator[str]:
    with database.transaction() as session:
        make_programme(session, code="KATANGA")
        make_account(session, Role.CASEWORKER, username="anna")
        make_account(session, Role.AUDITOR, username="otto")
    with LocalServer(app) as server:
        yield server.url


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "claimants.csv"
    path.write_bytes(write(DIRECT, HEIR, SECOND))
    return path


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[Importer.__module__], "_wait_s", lambda *_: 0.0)


def run(file: Path, url: str, password_file: Path, *more: str, username: str = "anna") -> Result:
    options = ("--programme", "KATANGA", "--url", url, "--username", username, "--password-file", str(password_file))
    return CliRunner().invoke(claims, ["import", str(file), *options, *more])


def summary_of(result: Result) -> dict[str, Any]:
    """Read the last line: the service, in the same process, writes its log before it."""
    return dict(json.loads(result.stdout.splitlines()[-1]))


def all_claims(database: Database) -> list[Claim]:
    with database.reading() as session:
        return list(queries.list_claims(session, office_id=None, after=None, limit=99))


def test_a_file_is_registered_and_again_changes_nothing(
    url: str, file: Path, password_file: Path, database: Database
) -> None:
    first = run(file, url, password_file, "--json")
    assert first.exit_code == 0, first.output
    assert summary_of(first) == {
        "rows": 3,
        "registered": 3,
        "registered_before": 0,
        "with_open_duplicates": 0,
        "rejected": 0,
    }

    again = run(file, url, password_file, "--json")

    assert again.exit_code == 0
    assert (summary_of(again)["registered"], summary_of(again)["registered_before"]) == (0, 3)
    claims = {claim.source_row: claim for claim in all_claims(database)}
    assert claims.keys() == {"K-0001", "K-0002", "K-0003"}
    assert claims["K-0002"].through_claim_id == claims["K-0001"].id


def test_an_interrupted_import_goes_on(url: str, file: Path, password_file: Path, database: Database) -> None:
    file.write_bytes(write(DIRECT))
    run(file, url, password_file)
    file.write_bytes(write(DIRECT, HEIR, SECOND))

    result = run(file, url, password_file)

    assert result.exit_code == 0, result.output
    assert "3 rows: 2 registered, 1 registered before, 0 rejected" in result.stdout
    assert len(all_claims(database)) == 3


def test_a_faulty_file_registers_nothing_and_says_no_value(
    url: str, file: Path, password_file: Path, database: Database
) -> None:
    file.write_bytes(write(DIRECT, SECOND | {"birth_date": "Zanzibar"}))

    result = run(file, url, password_file)

    assert result.exit_code == 1
    assert "K-0003, column birth_date: intake.not_a_date" in result.stderr
    assert "registry.invalid_claims_file" in result.stderr
    assert "Zanzibar" not in result.output
    assert all_claims(database) == []


def test_rejected_rows_are_listed_without_what_they_say(
    url: str, file: Path, password_file: Path, tmp_path: Path
) -> None:
    run(file, url, password_file)
    heir = HEIR | {"row_id": "K-0004", "through_row_id": "K-0003", "case_key": "C-0003"}
    file.write_bytes(write(DIRECT, SECOND | {"given_names": "Marie"}, heir))
    rejected = tmp_path / "not-taken.csv"

    result = run(file, url, password_file, "--rejected-file", str(rejected), "--json")

    assert result.exit_code == 1
    assert summary_of(result)["rejected"] == 2
    with rejected.open(encoding="utf-8") as stream:
        listed = [(row["row_id"], row["code"], row["field"]) for row in csv.DictReader(stream)]
    assert listed == [
        ("K-0003", "registry.source_row_taken", "source_row"),
        ("K-0004", "intake.through_rejected", "through_row_id"),
    ]
    assert "Marie" not in rejected.read_text(encoding="utf-8")
    assert stat.S_IMODE(rejected.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


def test_possible_duplicates_are_counted(url: str, file: Path, password_file: Path, database: Database) -> None:
    with database.transaction() as session:
        officer = principal_of(session, make_account(session, Role.CASEWORKER))
        known = make_claim(session, programme=queries.get_programme(session, "KATANGA"), officer=officer)
        account = NewDestination(Rail.BANK_FILE, "A Holder", "0000100003")
        service.record_destination(session, known.id, new=account, officer=officer, at=NOON)

    result = run(file, url, password_file, "--json")

    assert summary_of(result)["with_open_duplicates"] == 1


def test_a_token_that_runs_out_is_renewed(
    url: str, file: Path, password_file: Path, *, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Importer._send

    def slowly(self: Importer, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 an answer
        clock.advance(minutes=11)
        return send(self, path, body)

    monkeypatch.setattr(Importer, "_send", slowly)

    result = run(file, url, password_file, "--json")

    assert result.exit_code == 0, result.output
    assert summary_of(result)["registered"] == 3


@pytest.mark.parametrize(
    ("username", "code"),
    [("otto", "not_permitted"), ("nobody", "not_authenticated")],
)
def test_an_officer_who_may_not_is_told_once(
    url: str, file: Path, password_file: Path, *, username: str, code: str
) -> None:
    result = run(file, url, password_file, username=username)

    assert result.exit_code == 1
    assert f"[{code}]" in result.stderr


def test_a_programme_that_does_not_exist_stops_the_import(url: str, file: Path, password_file: Path) -> None:
    result = run(file, url, password_file, "--programme", "NOWHERE")

    assert result.exit_code == 1
    assert "--programme" in result.stderr


def test_names_travel_over_https_only(file: Path, password_file: Path) -> None:
    result = run(file, "http://fund.example", password_file)

    assert result.exit_code == 1
    assert "https" in result.stderr


def test_a_service_out_of_reach_is_named(file: Path, password_file: Path) -> None:
    result = run(file, "http://127.0.0.1:1", password_file)

    assert result.exit_code == 1
    assert "[unavailable]" in result.stderr


def test_files_that_cannot_be_read_are_named(file: Path, password_file: Path, tmp_path: Path) -> None:
    password_file.write_text("", encoding="utf-8")

    assert "--password-file" in run(file, "http://127.0.0.1:1", password_file).stderr
    assert "field: FILE" in run(tmp_path / "missing.csv", "http://127.0.0.1:1", password_file).stderr
    assert "--password-file" in run(file, "http://127.0.0.1:1", tmp_path / "missing").stderr
