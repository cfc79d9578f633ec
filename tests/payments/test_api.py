"""The payments' routes, as a client meets them; and the commands, as an operator types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from typer.testing import CliRunner

from reparations.access.models import Officer
from reparations.calendar import utc_now
from reparations.cli.payments import payments as command
from reparations.db import Database
from reparations.example.bank_loopback import answer_payment_file
from reparations.example.stripe_loopback import Fault
from reparations.payments import service, worker
from reparations.payments.worker import Rails
from reparations.principal import Principal, Role
from tests.conftest import NOON, StandingClock
from tests.factories.access import PASSWORD, make_officer
from tests.factories.payments import (
    Scene,
    bank_account,
    make_award,
    make_instalment,
    make_released_batch,
    make_scene,
    stripe_account,
)
from tests.payments.conftest import StartProvider
from tests.payments.worker_process import DEBTOR

SignIn = Callable[[Principal], dict[str, str]]
GONE = "DE02120300000000202051"


@pytest.fixture
def sign_in(client: TestClient, database: Database) -> SignIn:
    def sign_in(principal: Principal) -> dict[str, str]:
        with database.reading() as session:
            username = session.exec(select(Officer.username).where(Officer.id == principal.officer_id)).one()
        answer = client.post("/sessions", json={"username": username, "password": PASSWORD})
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    return sign_in


@pytest.fixture
def scene(database: Database) -> Scene:
    """Two instalments due, one of them to an account that is closed."""
    with database.transaction() as session:
        scene = make_scene(session)
        make_instalment(session, scene, destination=bank_account(GONE, holder="Zuleikha Exemple"))
        make_instalment(session, scene, destination=bank_account())
        return scene


def ok(answer: Any, status: int = 200) -> Any:  # noqa: ANN401 JSON, whatever it holds
    assert answer.status_code == status, answer.text
    return answer.json()


def problem(answer: Any) -> tuple[int, str]:  # noqa: ANN401 an answer of whichever client
    return answer.status_code, answer.json()["code"]


def assembled(client: TestClient, scene: Scene, administrator: dict[str, str]) -> dict[str, Any]:
    body = {"programme": scene.programme.code, "due_until": NOON.date().isoformat()}
    made: dict[str, Any] = ok(client.post("/batches", json=body, headers=administrator), 201)
    return made


def test_a_batch_from_the_first_request_to_the_banks_statement(
    client: TestClient, database: Database, scene: Scene, sign_in: SignIn
) -> None:
    administrator, payer = sign_in(scene.administrator), sign_in(scene.payer)
    made = assembled(client, scene, administrator)
    batch = f"/batches/{made['batch']['reference']}"
    assert (made["batch"]["total"]["amount"], made["left_out_count"]) == ("500.00", 0)

    frozen = ok(client.post(f"{batch}/submit", headers=administrator))["content_sha256"]
    for approver in scene.approvers:
        shown = client.post(f"{batch}/approve", json={"content_sha256": frozen}, headers=sign_in(approver))
        assert ok(shown)["content_sha256"] == frozen
    released = ok(client.post(f"{batch}/release", headers=payer))
    assert (released["status"], released["payments"], len(released["approvals"])) == ("released", {"released": 2}, 2)
    worker.dispatch(database, Rails(online={}, debtor=DEBTOR), clock=StandingClock())

    (file,) = ok(client.get(f"{batch}/bank-files", headers=payer))["items"]
    content = client.get(f"/bank-files/{file['id']}/content", headers=payer)
    assert content.headers["content-type"] == "application/xml"
    assert "Zuleikha" in content.text
    statement = answer_payment_file(content.content, statement_id="S-1", at=NOON, returned_accounts=[GONE])
    xml = {**payer, "Content-Type": "application/xml"}
    (result,) = ok(client.post("/bank-statements", content=statement, headers=xml))["statements"]
    assert (result["settled"], result["returned"], result["findings"]) == (2, 1, 0)
    assert ok(client.post("/bank-statements", content=statement, headers=xml))["statements"][0]["already_imported"]

    page = ok(client.get(f"{batch}/payments?limit=1", headers=payer))
    rest = ok(client.get(f"{batch}/payments?limit=1&after={page['next']}", headers=payer))
    assert {one["status"] for one in page["items"] + rest["items"]} == {"paid", "returned"}
    assert rest["next"] is None
    assert ok(client.get(batch, headers=payer))["status"] == "completed"
    assert (
        ok(client.get("/batches?status=completed", headers=payer))["items"][0]["reference"]
        == made["batch"]["reference"]
    )


def test_a_returned_payment_is_paid_again_by_request(
    client: TestClient, database: Database, scene: Scene, sign_in: SignIn
) -> None:
    test_a_batch_from_the_first_request_to_the_banks_statement(client, database, scene, sign_in)
    administrator = sign_in(scene.administrator)
    (batch,) = ok(client.get("/batches", headers=administrator))["items"]
    (old,) = ok(client.get(f"/batches/{batch['id']}/payments?status=returned", headers=administrator))["items"]
    wanted = {"payment_ids": [old["reference"]]}
    refused = client.post("/batches/reissues", json=wanted, headers=administrator)
    assert problem(refused) == (409, "payments.nothing_to_pay")
    account = {"rail": "bank_file", "account_holder": "Z Exemple", "account": "NEW000001"}
    caseworker = sign_in(scene.caseworker)
    ok(client.post(f"/claims/{old['claim_id']}/destination", json=account, headers=caseworker), 201)

    again = ok(client.post("/batches/reissues", json=wanted, headers=administrator), 201)

    (new,) = ok(client.get(f"/batches/{again['id']}/payments", headers=administrator))["items"]
    assert new["reissues_id"] == old["id"]
    shown = ok(client.get(f"/payments/{old['id']}", headers=administrator))
    assert (shown["status"], [one["outcome"] for one in shown["answers"]]) == ("reissued", ["paid", "returned"])
    assert ok(client.post(f"/batches/{again['reference']}/cancel", headers=administrator))["status"] == "cancelled"


def test_each_route_asks_for_its_role(client: TestClient, database: Database, scene: Scene, sign_in: SignIn) -> None:
    administrator, approver, payer = (sign_in(one) for one in (scene.administrator, scene.approvers[0], scene.payer))
    caseworker = sign_in(scene.caseworker)
    with database.transaction() as session:
        auditor = make_officer(session, Role.AUDITOR)
    batch = f"/batches/{assembled(client, scene, administrator)['batch']['id']}"
    approval = {"content_sha256": "0" * 64}

    for answer in (
        client.post("/batches", json={"programme": "X1", "due_until": "2031-05-01"}, headers=payer),
        client.post(f"{batch}/submit", headers=approver),
        client.post(f"{batch}/approve", json=approval, headers=administrator),
        client.post(f"{batch}/release", headers=approver),
        client.post(f"{batch}/cancel", headers=payer),
        client.post("/batches/reissues", json={"payment_ids": ["A" * 16]}, headers=payer),
        client.get("/bank-files/bnk_00000000000000000000000000/content", headers=administrator),
        client.post("/bank-statements", content=b"<a/>", headers=administrator),
        client.get("/batches", headers=caseworker),
        client.get(f"{batch}/payments", headers=caseworker),
    ):
        assert problem(answer) == (403, "not_permitted")
    assert ok(client.get(batch, headers=sign_in(auditor)))["status"] == "draft"
    assert problem(client.get(batch)) == (401, "not_authenticated")


def test_no_answer_of_the_api_names_a_payee_or_an_account(client: TestClient, scene: Scene, sign_in: SignIn) -> None:
    administrator = sign_in(scene.administrator)
    made = assembled(client, scene, administrator)
    batch = f"/batches/{made['batch']['id']}"
    page = client.get(f"{batch}/payments", headers=administrator)
    payment = client.get(f"/payments/{page.json()['items'][0]['id']}", headers=administrator)

    shown = json.dumps(made) + page.text + payment.text
    assert "Zuleikha" not in shown
    assert GONE not in shown


def test_mistakes_are_answered_with_their_codes(client: TestClient, scene: Scene, sign_in: SignIn) -> None:
    administrator, approver, payer = (sign_in(one) for one in (scene.administrator, scene.approvers[0], scene.payer))
    made = assembled(client, scene, administrator)
    batch = f"/batches/{made['batch']['id']}"
    nobody = "/batches/bat_00000000000000000000000000"
    wrong = {"content_sha256": "0" * 64}

    assert problem(client.post(f"{batch}/release", headers=payer)) == (409, "payments.wrong_state")
    ok(client.post(f"{batch}/submit", headers=administrator))
    assert problem(client.post(f"{batch}/approve", json=wrong, headers=approver)) == (409, "payments.content_changed")
    assert problem(client.get(nobody, headers=payer)) == (404, "payments.batch_not_found")
    assert problem(client.get("/payments/" + "A" * 16, headers=payer)) == (404, "payments.payment_not_found")
    missing = client.get("/bank-files/bnk_00000000000000000000000000/content", headers=payer)
    assert problem(missing) == (404, "payments.bank_file_not_found")
    malformed = client.post("/bank-statements", content=b"<a/>", headers={**payer, "Content-Type": "application/xml"})
    assert problem(malformed) == (422, "payments.malformed_document")
    assert problem(client.get("/batches/nothing", headers=payer))[0] == 422
    again = {"programme": scene.programme.code, "due_until": NOON.date().isoformat()}
    assert problem(client.post("/batches", json=again, headers=administrator)) == (409, "payments.nothing_to_pay")
    (item,) = ok(client.get(f"{batch}/payments?limit=1", headers=payer))["items"]
    assert problem(client.post(f"/payments/{item['id']}/look-up", headers=payer)) == (409, "payments.wrong_state")
    assert ok(client.get("/bank-statements/findings", headers=payer)) == {"items": [], "next": None}


def test_what_was_left_out_is_said_with_the_reason(
    client: TestClient, database: Database, scene: Scene, sign_in: SignIn
) -> None:
    with database.transaction() as session:
        award = make_award(session, scene, destination=bank_account(holder="A\u200bB"))
        make_instalment(session, scene, award=award)

    made = assembled(client, scene, sign_in(scene.administrator))

    assert made["left_out_count"] == 1
    assert made["left_out"][0]["reason"] == "destination_unpayable:name_characters"


def run_command(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(command, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    printed: dict[str, Any] = json.loads(result.stdout)
    return printed


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, database_urls: tuple[str, str], keys_dir: Path) -> pytest.MonkeyPatch:
    """The settings, as an operator gives them."""
    for name, value in {
        "MODE": "demo",
        "DATABASE_URL": database_urls[0],
        "KEYS_DIR": str(keys_dir),
        "DEBTOR_IBAN": DEBTOR.iban,
        "STRIPE_API_KEY": "sk_test_12345",
        "STRIPE_FINANCIAL_ACCOUNT": "fa_1",
        "STRIPE_API_BASE": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(f"REPARATIONS_{name}", value)
    return monkeypatch


def test_an_operator_dispatches_looks_up_and_imports(
    database: Database, start_provider: StartProvider, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    provider = start_provider({"acct_0001": [Fault.ANSWER_LOST]})
    environment.setenv("REPARATIONS_STRIPE_API_BASE", provider.base)
    with database.transaction() as session:
        scene = make_scene(session)
        destinations = [stripe_account("acct_0001"), bank_account()]
        batch = make_released_batch(session, scene, destinations)

    sent = run_command("dispatch", "--batch", batch.reference)
    assert (len(sent["files"]), sent["sent"], sent["waiting"]) == (1, 1, {"submitted": 1, "unknown": 1})
    assert run_command("dispatch")["files"] == []
    assert run_command("look-up")["waiting"] == {"submitted": 1}
    with database.reading() as session:
        content = service.open_bank_file(session, sent["files"][0]).content
    path = tmp_path / "statement.xml"
    path.write_bytes(answer_payment_file(content, statement_id="S-1", at=utc_now()))
    (imported,) = run_command("import-statement", str(path))["statements"]

    assert imported["settled"] == 1
    said = CliRunner().invoke(command, ["import-statement", str(path)])
    assert "imported before" in said.output
    assert "waiting" not in CliRunner().invoke(command, ["look-up"]).output


def test_the_commands_say_what_is_wrong_in_a_sentence(
    database: Database, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "statement.xml"
    path.write_text("not a statement")

    result = CliRunner().invoke(command, ["import-statement", str(path)])
    assert (result.exit_code, "[payments.malformed_document]" in result.output) == (1, True)
    result = CliRunner().invoke(command, ["dispatch", "--batch", "nowhere", "--json"])
    assert json.loads(result.stderr)["error"]["code"] == "payments.batch_not_found"
    environment.setenv("REPARATIONS_STRIPE_API_KEY", "sk_live_1")
    result = CliRunner().invoke(command, ["dispatch"])
    assert (result.exit_code, "sk_live" in result.output) == (1, False)
    with database.reading() as session:
        assert session.exec(select(Officer.id)).all() == []
