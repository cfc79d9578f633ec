"""`reparations audit`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from reparations.cli.audit import audit
from reparations.db import Database
from reparations.settings import Settings
from reparations_verifier.log import verify_log
from tests.factories.access import make_office
from tests.factories.audit import behind_our_back, make_event, make_log


@pytest.fixture(autouse=True)
def _installation(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("REPARATIONS_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REPARATIONS_KEYS_DIR", str(settings.keys_dir))
    monkeypatch.setenv("REPARATIONS_DATA_DIR", str(settings.data_dir))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(audit, arguments)


def json_of(result: Result) -> Any:  # noqa: ANN401 whatever the command printed
    return json.loads(result.stdout)


def test_a_log_in_order_is_verified_signed_exported_and_verified_by_a_stranger(
    database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        make_event(session, rows=[make_office(session)])
    make_log(database, size=3)

    assert json_of(run("verify", "--json")) == {"events": 4, "findings": [], "ok": True}
    assert "All is well: 4 events" in run("verify").stdout

    assert json_of(run("checkpoint", "--json"))["size"] == 4
    note = run("checkpoint").stdout
    assert note.startswith("reparations.example/audit\n4\n")

    policy = tmp_path / "policy.txt"
    policy.write_text(run("policy").stdout, encoding="utf-8")
    assert json_of(run("export-log", str(tmp_path / "log"), "--json"))["events"] == 4
    assert verify_log(tmp_path / "log", policy, []).status == 0
    again = run("export-log", str(tmp_path / "log"), "--json")
    assert again.exit_code == 1
    assert "audit.export_folder_in_use" in again.stderr


def test_what_was_changed_is_named_and_the_command_fails(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        office = make_office(session, code="NORTH")
        make_event(session, rows=[office])
        office_id = office.id
    with behind_our_back(owner, ["office"]) as session:
        session.connection().execute(text("UPDATE office SET name = 'Elsewhere'"))

    result = run("verify", "--json")
    assert result.exit_code == 1
    (finding,) = json_of(result)["findings"]
    assert (finding["code"], finding["record"]) == ("audit.row_changed", f"office {office_id}")
    plain = run("verify")
    assert plain.exit_code == 1
    assert f"office {office_id}" in plain.stderr
    assert "Elsewhere" not in plain.output


def test_what_was_signed_last_and_what_was_kept_elsewhere_are_held_against_the_log(
    database: Database, owner: Database, settings: Settings, tmp_path: Path
) -> None:
    make_log(database, size=3)
    kept = tmp_path / "kept.txt"
    kept.write_text(run("checkpoint").stdout, encoding="utf-8")
    with behind_our_back(owner) as session:
        for statement in ("DELETE FROM audit_checkpoint", "DELETE FROM audit_event WHERE seq = 2"):
            session.connection().execute(text(statement))
        session.connection().execute(
            text("UPDATE audit_head SET size = 2, last_leaf = (SELECT leaf_hash FROM audit_event WHERE seq = 1)")
        )

    by_state = run("verify", "--json")
    assert [finding["code"] for finding in json_of(by_state)["findings"]] == ["audit.truncated"]
    (settings.keys_dir / "log.checkpoint").unlink()
    assert run("verify").exit_code == 0
    by_outside = run("verify", "--json", "--checkpoint", str(kept))
    assert [finding["code"] for finding in json_of(by_outside)["findings"]] == ["audit.truncated"]
    assert run("verify", "--checkpoint", str(tmp_path / "missing.txt")).exit_code == 2


def test_a_moment_that_is_none_is_named_and_the_tables_are_checked_all_the_same(
    database: Database, owner: Database
) -> None:
    with database.transaction() as session:
        make_event(session, rows=[make_office(session)])
    never = "never" if owner.engine.dialect.name == "sqlite" else "infinity"
    with behind_our_back(owner, ("audit_event", "office")) as session:
        session.connection().execute(text("UPDATE audit_event SET at = :at"), {"at": never})
        session.connection().execute(text("UPDATE office SET name = 'another'"))

    done = run("verify", "--json")

    found = {(finding["code"], finding["record"].split(" ", 1)[0]) for finding in json_of(done)["findings"]}
    assert done.exit_code == 1
    assert found >= {
        ("audit.row_misspelt", "audit_event"),
        ("audit.unchecked", "database"),
        ("audit.row_changed", "office"),
    }
