"""`reparations users`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reparations.access import errors, service
from reparations.access.service import Caller
from reparations.calendar import utc_now
from reparations.cli.users import users
from reparations.db import Database
from tests.factories.access import PASSWORD

ROOT = ("--as", "root")


@pytest.fixture(autouse=True)
def _installation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys_dir: Path, database_urls: tuple[str, str]
) -> None:
    monkeypatch.setenv("REPARATIONS_DATABASE_URL", database_urls[0])
    monkeypatch.setenv("REPARATIONS_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("REPARATIONS_DATA_DIR", str(tmp_path))


@pytest.fixture
def password_file(tmp_path: Path) -> str:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    return str(path)


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(users, arguments, input=typed)


def json_of(result: Result) -> Any:  # noqa: ANN401 whatever the command printed
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def add_root(password_file: str) -> dict[str, Any]:
    result = run("add-first-administrator", "root", "--password-file", password_file, "--json")
    (officer,) = json_of(result)["officers"]
    return dict(officer)


def add_berta(password_file: str, *more: str) -> Result:
    return run(
        "add", "berta", "--office", "HQ", *ROOT,
        "--password-file", password_file, "--as-password-file", password_file, "--json", *more,
    )  # fmt: skip


def sign_in(database: Database, username: str) -> str:
    at = utc_now()
    signed_in = service.log_in(
        database, username=username, password=PASSWORD, caller=Caller(), at=at, token_lifetime_s=60
    )
    return service.authenticate(database, signed_in.token, at).officer_id


def test_the_first_administrator_is_made_and_can_sign_in(database: Database, password_file: str) -> None:
    officer = add_root(password_file)

    assert (officer["username"], officer["office"], officer["roles"]) == ("root", "HQ", ["security_administrator"])
    assert sign_in(database, "root") == officer["id"]


def test_the_password_may_be_typed_and_is_not_shown(database: Database) -> None:
    result = run("add-first-administrator", "root", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert sign_in(database, "root") in result.stdout


def test_a_second_first_administrator_is_refused(password_file: str) -> None:
    add_root(password_file)

    result = run("add-first-administrator", "other", "--password-file", password_file, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == "access.officers_exist"


def test_no_option_takes_a_password_itself() -> None:
    for command in ("add-first-administrator", "add", "disable"):
        result = run(command, "root", "--password", PASSWORD)

        assert result.exit_code == 2, "other users of the machine can read a command line"


def test_an_administrator_adds_lists_and_disables(database: Database, password_file: str) -> None:
    add_root(password_file)
    (berta,) = json_of(add_berta(password_file, "--role", "payer", "--role", "caseworker"))["officers"]
    assert berta["roles"] == ["caseworker", "payer"]
    assert sign_in(database, "berta") == berta["id"]

    result = run("disable", "Berta", *ROOT, "--as-password-file", password_file, "--json")

    assert [officer["status"] for officer in json_of(result)["officers"]] == ["disabled"]
    with pytest.raises(errors.CredentialsRefused):
        sign_in(database, "berta")
    listed = json_of(run("list", "--json"))["officers"]
    assert [(officer["username"], officer["status"]) for officer in listed] == [
        ("root", "active"),
        ("berta", "disabled"),
    ]
    assert "berta" in run("list").stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "berta", "--office", "NONE", *ROOT), "access.office_not_found"),
        (("add", "b", "--office", "HQ", *ROOT), "access.username_malformed"),
        (("add", "berta", "--office", "HQ", "--as", "nobody"), "access.credentials_refused"),
        (("disable", "nobody", *ROOT), "access.officer_not_found"),
        (("disable", "root", *ROOT), "access.last_administrator"),
    ],
)
def test_a_refusal_names_its_code(password_file: str, arguments: tuple[str, ...], code: str) -> None:
    add_root(password_file)
    own = ("--password-file", password_file) if arguments[0] == "add" else ()

    result = run(*arguments, "--as-password-file", password_file, *own)

    assert result.exit_code == 1
    assert f"[{code}]" in result.stderr
    assert PASSWORD not in result.output


def test_only_a_security_administrator_adds_from_the_command_line(password_file: str) -> None:
    add_root(password_file)
    add_berta(password_file, "--role", "payer")

    result = run(
        "add", "carl", "--office", "HQ", "--as", "berta",
        "--password-file", password_file, "--as-password-file", password_file, "--json",
    )  # fmt: skip

    assert json.loads(result.stderr)["error"]["code"] == "access.not_security_administrator"


def test_a_command_leaves_no_session_open(database: Database, password_file: str) -> None:
    add_root(password_file)
    add_berta(password_file)
    refused = run("disable", "root", *ROOT, "--as-password-file", password_file)
    assert refused.exit_code == 1

    with database.reading() as session:
        opened, ended = (
            session.connection().exec_driver_sql("SELECT count(*), count(ended_at) FROM login_session").one()
        )
    assert (opened, ended) == (2, 2)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_password_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "unreadable"
    if content is not None:
        path.write_bytes(content)

    result = run("add-first-administrator", "root", "--password-file", str(path))

    assert result.exit_code == 1
    assert "password file cannot be read" in result.stderr
