"""`reparations trusts`: minors' money listed, released at age, and earlier by two persons."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reparations.cli import build
from reparations.db import Database
from reparations.principal import Role
from tests.access.events import events
from tests.conftest import NOON
from tests.factories.access import PASSWORD, make_account
from tests.recovery.test_trusts import OF_AGE, make_held


@pytest.fixture
def held(  # noqa: PLR0917 fixtures, by name
    database_urls: tuple[str, str], keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Database
) -> tuple[str, str]:
    """A programme's code, and the instalment of 125.00 it holds for a child of seventeen."""
    monkeypatch.setenv("REPARATIONS_MODE", "demo")
    monkeypatch.setenv("REPARATIONS_DATABASE_URL", database_urls[0])
    monkeypatch.setenv("REPARATIONS_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("REPARATIONS_DATA_DIR", str(tmp_path))
    (tmp_path / "password").write_text(PASSWORD + "\n")
    with database.transaction() as session:
        for username in ("first", "second"):
            make_account(session, Role.FUND_ADMINISTRATOR, username=username)
        make_account(session, Role.AUDITOR, username="auditor")
        scene, _, instalment = make_held(session)
        return scene.deciding.programme.code, instalment.id


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), ["trusts", *arguments])


def run_as(tmp_path: Path, username: str, *arguments: str) -> Result:
    return run(*arguments, "--as", username, "--as-password-file", str(tmp_path / "password"))


def listed(code: str, *options: str) -> list[str]:
    result = run("list", "--programme", code, "--json", *options)
    assert result.exit_code == 0, result.output
    return [item["instalment_id"] for item in json.loads(result.output)["items"]]


def set_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(sys.modules["reparations.cli.trusts"], "utc_now", lambda: now)


def test_what_is_held_is_listed_without_a_birthday(held: tuple[str, str], database: Database) -> None:
    code, instalment = held

    plain = run("list", "--programme", code)

    assert plain.output.splitlines()[0].split()[0] == instalment
    assert plain.output.splitlines()[-1] == "1 held, USD 125.00"
    assert "2032" not in plain.output
    assert listed(code) == [instalment]
    with database.reading() as session:
        before = len(events(session))
    assert (listed(code, "--due", "2032-04-30"), listed(code, "--due", "2032-05-01")) == ([], [instalment])
    with database.reading() as session:
        new = events(session)[before:]
    assert [(one["type"], one["body"]["count"]) for one in new] == [
        ("trusts.due_listed", 0),
        ("trusts.due_listed", 1),
    ]


def test_who_is_of_age_is_released_once(held: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, instalment = held
    answers = []
    for now in (NOON, OF_AGE, OF_AGE):
        set_clock(monkeypatch, now)
        answers.append(run_as(tmp_path, "first", "release", "--programme", code, "--json"))

    assert [json.loads(answer.output)["instalment_ids"] for answer in answers] == [[], [instalment], []]
    assert run_as(tmp_path, "first", "release", "--programme", code).output == "0 released\n"
    assert listed(code) == []


def test_two_persons_release_early(held: tuple[str, str], tmp_path: Path) -> None:
    code, instalment = held
    order = ("--authority", "Family Court 12/2031")
    prepared = run_as(tmp_path, "first", "prepare-release", instalment, *order, "--json")
    request = json.loads(prepared.output)["id"]

    alone = run_as(tmp_path, "first", "approve-release", request)
    approved = run_as(tmp_path, "second", "approve-release", request)

    assert (alone.exit_code, "eligibility.same_person_releases" in alone.output) == (1, True)
    assert approved.output == f"{instalment} released\n"
    assert listed(code) == []
    again = run_as(tmp_path, "first", "prepare-release", instalment, *order)
    assert (again.exit_code, "eligibility.not_in_trust" in again.output) == (1, True)


def test_an_auditor_and_an_empty_authority_release_nothing(held: tuple[str, str], tmp_path: Path) -> None:
    code, instalment = held

    refused = [
        run_as(tmp_path, "auditor", "release", "--programme", code),
        run_as(tmp_path, "first", "prepare-release", instalment, "--authority", ""),
    ]

    assert [result.exit_code for result in refused] == [1, 1]
    assert "not_permitted" in refused[0].output
    assert "authority" in refused[1].output
    assert listed(code) == [instalment]
