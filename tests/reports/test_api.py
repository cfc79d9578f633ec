"""Reports over HTTP and on the command line."""

from __future__ import annotations

import json
import sys

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from reparations.cli.reports import reports
from reparations.db import Database
from reparations.principal import Role
from reparations.settings import Settings
from tests.conftest import NOON
from tests.factories.access import PASSWORD, make_account

WANTED = {"kind": "donor", "programme": "KAT", "donor": "DONOR-A", "as_of": "2031-05-01", "language": "fr"}


def sign_in(database: Database, client: TestClient, role: Role) -> dict[str, str]:
    """An officer's header."""
    with database.transaction() as session:
        username = make_account(session, role).username
    answer = client.post("/sessions", json={"username": username, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_an_auditor_issues_lists_and_downloads_a_report(database: Database, client: TestClient) -> None:
    auditor = sign_in(database, client, Role.AUDITOR)

    answer = client.post("/reports", json=WANTED, headers=auditor)

    assert answer.status_code == 201, answer.text
    report = answer.json()
    assert (report["kind"], report["language"], report["as_of"]) == ("donor", "fr", "2031-05-01")
    assert client.get("/reports", headers=auditor).json() == {"items": [report], "next": None}
    assert client.get(f"/reports/{report['id']}", headers=auditor).json() == report
    first, second = (client.get(f"/reports/{report['id']}/pdf", headers=auditor) for _ in range(2))
    assert first.content == second.content
    assert first.content.startswith(b"%PDF-")
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["content-disposition"] == f'attachment; filename="{report["id"]}.pdf"'


def test_only_auditors_and_fund_administrators_see_reports(database: Database, client: TestClient) -> None:
    for role in (Role.CASEWORKER, Role.DECIDER, Role.APPROVER, Role.PAYER, Role.SECURITY_ADMINISTRATOR):
        header = sign_in(database, client, role)
        assert client.post("/reports", json=WANTED, headers=header).status_code == 403
        assert client.get("/reports", headers=header).status_code == 403
        assert client.get(f"/reports/rep_{'0' * 26}/pdf", headers=header).status_code == 403
    assert client.get("/reports").status_code == 401
    assert client.get("/reports", headers=sign_in(database, client, Role.FUND_ADMINISTRATOR)).status_code == 200


def test_a_wrong_order_is_answered_with_what_is_wrong(database: Database, client: TestClient) -> None:
    auditor = sign_in(database, client, Role.AUDITOR)
    wrong: list[tuple[dict[str, object], int, str]] = [
        ({"donor": None}, 422, "reports.donor_needed"),
        ({"kind": "auditor"}, 422, "reports.donor_not_needed"),
        ({"as_of": "2031-05-02"}, 422, "reports.day_not_reached"),
        ({"programme": "NOWHERE"}, 404, "reports.programme_not_found"),
        ({"language": "tlh"}, 422, "invalid_input"),
        ({"extra": 1}, 422, "invalid_input"),
    ]

    for change, status, code in wrong:
        answer = client.post("/reports", json=WANTED | change, headers=auditor)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_report_that_was_never_issued_is_not_found(database: Database, client: TestClient) -> None:
    auditor = sign_in(database, client, Role.AUDITOR)

    for path in (f"/reports/rep_{'0' * 26}", f"/reports/rep_{'0' * 26}/pdf"):
        answer = client.get(path, headers=auditor)
        assert (answer.status_code, answer.json()["code"]) == (404, "reports.not_found")


@pytest.mark.usefixtures("database")
def test_the_command_line_issues_and_lists(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("data_dir", "keys_dir", "database_url", "mode"):
        monkeypatch.setenv(f"REPARATIONS_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setattr(sys.modules["reparations.cli.reports"], "utc_now", lambda: NOON)
    runner, out = CliRunner(), settings.data_dir / "out.pdf"
    settings.data_dir.mkdir(parents=True)
    command = ["issue", "auditor", "--programme", "KAT", "--as-of", "2031-05-01", "--out", str(out), "--json"]

    issued = runner.invoke(reports, command)

    assert issued.exit_code == 0, issued.output
    shown = json.loads(issued.stdout)
    assert shown["path"] == str(out)
    assert out.read_bytes().startswith(b"%PDF-")
    listed = json.loads(runner.invoke(reports, ["list", "--json"]).stdout)["reports"]
    assert [row["id"] for row in listed] == [shown["id"]]
    assert shown["file_name"] in runner.invoke(reports, ["list"]).stdout
    refused = runner.invoke(reports, ["issue", "donor", "--programme", "KAT", "--as-of", "2031-05-01"])
    assert refused.exit_code == 1
    assert "reports.donor_needed" in refused.stderr
