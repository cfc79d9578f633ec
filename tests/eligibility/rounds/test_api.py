"""The routes and the commands of rounds, walked as people walk them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from reparations.cli import build
from reparations.db import Database
from reparations.principal import Role
from tests.factories.access import PASSWORD, make_account
from tests.factories.ledger import make_fund
from tests.factories.rounds import gambian, make_decided, make_round_scene

Headers = Mapping[str, str]
LONG_AGO = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
"""Before today, whenever that is: the commands know no other clock."""
PEOPLE = {
    "first": Role.FUND_ADMINISTRATOR,
    "second": Role.FUND_ADMINISTRATOR,
    "auditor": Role.AUDITOR,
    "caseworker": Role.CASEWORKER,
}
ASKED = {
    "method": {"kind": "threshold", "threshold": "50000.00", "at_most": "19/100"},
    "citation": "Round of 2021",
    "pool": [{"fund_code": "VICTIMS", "amount": "200000.00"}],
}


@pytest.fixture
def code(database: Database) -> str:
    """The code of a programme with three decided claims and a fund."""
    with database.transaction() as session:
        for name, role in PEOPLE.items():
            make_account(session, role, username=name)
        scene = make_round_scene(session, in_force_from=LONG_AGO.date())
        make_fund(session, code="VICTIMS", currencies=["GMD"], available_minor=20_000_000)
        facts = (gambian("40000.00"), gambian(violation="killing"), gambian("50001.00"))
        make_decided(session, scene, *facts, at=LONG_AGO)
        return scene.programme.code


@pytest.fixture
def people(code: str, client: TestClient) -> dict[str, Headers]:
    assert code
    return {name: _sign_in(client, name) for name in PEOPLE}


def _sign_in(client: TestClient, username: str) -> Headers:
    answer = client.post("/sessions", json={"username": username, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_from_proposal_to_instalments(client: TestClient, code: str, people: dict[str, Headers]) -> None:
    first, second, auditor = people["first"], people["second"], people["auditor"]
    at = f"/programmes/{code}/rounds"

    assert client.post(at, json=ASKED, headers=auditor).status_code == 403
    proposed = client.post(at, json=ASKED, headers=first)
    assert proposed.status_code == 201, proposed.text
    shown = proposed.json()
    assert (shown["number"], shown["status"], shown["allotted"]["amount"]) == (1, "proposed", "163500.19")
    assert shown["quotas"] == [
        {"stream": "above the threshold", "ratio": "19/100", "percent": "19.0000000000", "claims": 2}
    ]
    assert [(part["why"], part["amount"]["amount"]) for part in shown["unspent"]] == [("quota_ceiling", "36499.81")]

    lines = client.get(f"{at}/1/lines?limit=2", headers=auditor).json()
    rest = client.get(f"{at}/1/lines?limit=2&after={lines['next']}", headers=auditor).json()
    assert [line["allotted"]["amount"] for line in lines["items"] + rest["items"]] == [
        "40000.00",
        "114000.00",
        "9500.19",
    ]
    assert lines["items"][1]["text"] == (
        "Award GMD 600000.00; made payable before GMD 0.00; payable now GMD 114000.00; still open GMD 486000.00. "
        "The award is met up to the highest quota the terms allow, 19.0000000000 per cent."
    )
    assert client.get(f"{at}/1/lines", headers=people["caseworker"]).status_code == 403

    assert client.post(f"{at}/1/confirmation", headers=first).json()["code"] == "eligibility.same_person_confirms"
    confirmed = client.post(f"{at}/1/confirmation", headers=second)
    assert confirmed.json()["status"] == "confirmed", confirmed.text
    assert client.post(f"{at}/1/withdrawal", headers=first).json()["code"] == "eligibility.round_not_open"

    part = client.post(f"{at}/1/parts", json={"limit": 2}, headers=first).json()
    assert (part["status"], part["lines"], part["awards"], part["instalments"]) == ("confirmed", 2, 2, 2)
    last = client.post(f"{at}/1/parts", json={}, headers=first).json()
    assert (last["status"], last["lines"], last["funded"]["amount"]) == ("completed", 1, "9500.19")
    assert client.get(f"{at}/1", headers=auditor).json()["progress"]["parted"] == 3
    assert client.get(at, headers=auditor).json()["items"][0]["status"] == "completed"

    owed = client.get(f"/programmes/{code}/obligations", headers=auditor).json()
    assert [owed[name]["amount"] for name in ("decided", "funded", "unfunded")] == [
        "690001.00",
        "163500.19",
        "526500.81",
    ]
    arranged = client.post(f"/programmes/{code}/round-instalments", json={}, headers=first).json()
    assert (arranged["instalments"], arranged["waiting"]) == (0, [])
    awards = client.get(f"/awards?programme={code}", headers=auditor).json()["items"]
    (killed,) = (award for award in awards if award["amount"]["amount"] == "600000.00")
    assert killed["funding"] == [{"fund": "VICTIMS", "amount": {"amount": "114000.00", "currency": "GMD"}}]


@pytest.mark.parametrize(
    "method",
    [
        {"kind": "rules"},
        {"kind": "pro_rata", "at_most": "1/2", "stream_pools": {}},
        {"kind": "equal_or_less", "phases": [{"at_most": "2500.00"}], "then_pro_rata": True},
        {"kind": "by_priority", "at_least_points": 0, "at_most": "5.00", "ties": ["violated_on"]},
        {"kind": "by_date", "of": ["violated_on"], "last_in_part": True},
        {"kind": "instalments", "up_to": "1/2", "if_short": "pro_rata"},
        {"kind": "per_head", "pot": "90000.00", "multiple_of": "1.00"},
    ],
    ids=lambda method: method["kind"],
)
def test_every_method_is_proposed_withdrawn_and_shown(
    client: TestClient, code: str, people: dict[str, Headers], method: dict[str, Any]
) -> None:
    body = ASKED | {"method": method, "reserve": {"per_claim": "1.00"}, "group_cap": "600000.00"}

    proposed = client.post(f"/programmes/{code}/rounds", json=body, headers=people["first"])

    assert proposed.status_code == 201, proposed.text
    assert proposed.json()["citation"] == "Round of 2021"
    withdrawn = client.post(f"/programmes/{code}/rounds/1/withdrawal", headers=people["second"]).json()
    assert withdrawn["status"] == "withdrawn"


def test_what_makes_no_sense_is_refused(client: TestClient, code: str, people: dict[str, Headers]) -> None:
    at, first = f"/programmes/{code}/rounds", people["first"]

    def answer(**changed: object) -> tuple[int, str]:
        got = client.post(at, json=ASKED | changed, headers=first)
        return got.status_code, got.json()["code"]

    assert answer(citation=None) == (422, "eligibility.round_refused")
    assert answer(method={"kind": "by_date", "of": ["violation"]}) == (422, "eligibility.round_refused")
    assert answer(pool=[{"fund_code": "NONE", "amount": "1.00"}]) == (422, "eligibility.round_refused")
    assert answer(method={"kind": "lottery"})[0] == 422
    assert client.get(f"{at}/7", headers=first).json()["code"] == "eligibility.round_not_found"


def test_the_commands_do_the_same_and_carry_on_where_they_stopped(  # noqa: PLR0917 fixtures, by name
    database_urls: tuple[str, str], keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setenv("REPARATIONS_MODE", "demo")
    monkeypatch.setenv("REPARATIONS_DATABASE_URL", database_urls[0])
    monkeypatch.setenv("REPARATIONS_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("REPARATIONS_DATA_DIR", str(tmp_path))
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "round.json").write_text(json.dumps(ASKED))
    (tmp_path / "bad.json").write_text('{"method": {}}')

    def run(*arguments: str, username: str | None = None) -> Result:
        signed = ["--as", username, "--as-password-file", str(tmp_path / "password")] if username else []
        return CliRunner().invoke(build(), ["rounds", *arguments, "--programme", code, *signed])

    bad = run("propose", str(tmp_path / "bad.json"), username="first")
    assert (bad.exit_code, "docs/rounds.md" in bad.output) == (1, True)
    assert run("propose", str(tmp_path / "none.json"), username="first").exit_code == 1
    proposed = run("propose", str(tmp_path / "round.json"), "--json", username="first")
    assert json.loads(proposed.output)["number"] == 1, proposed.output
    assert "same_person_confirms" in run("confirm", "1", username="first").output
    assert run("withdraw", "1", username="second").exit_code == 0
    assert run("propose", str(tmp_path / "round.json"), username="first").exit_code == 0
    assert "round_not_open" in run("carry-out", "2").output
    assert run("confirm", "2", username="second").exit_code == 0

    done = run("carry-out", "2", "--part", "1", "--json")
    again = run("carry-out", "2")

    assert json.loads(done.output)["progress"]["parted"] == 3, done.output
    assert "carried out: 3 of 3 lines" in again.output
    assert "Round 2, completed: 163500.19 GMD of 200000.00 over 3 claims" in run("show", "2").output
