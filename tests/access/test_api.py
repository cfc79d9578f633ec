"""The routes of sessions, offices and officers, as a client meets them."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from reparations.access import passwords
from reparations.access.models import Officer, OfficerStatus
from reparations.db import Database
from reparations.ids import new_id
from reparations.principal import Role
from tests.conftest import StandingClock
from tests.factories.access import PASSWORD, make_account

NEW_PASSWORD = "quite another set of words"
NOBODY = f"usr_{'0' * 26}"
"""An account there is not; the same in every worker of a parallel run."""
NEW_OFFICER = {"username": "berta", "password": PASSWORD}


@pytest.fixture
def root(database: Database) -> Officer:
    """A security administrator."""
    with database.transaction() as session:
        return make_account(session, Role.SECURITY_ADMINISTRATOR, username="root")


@pytest.fixture
def anna(database: Database) -> Officer:
    """A caseworker."""
    with database.transaction() as session:
        return make_account(session, Role.CASEWORKER, username="anna")


def sign_in(client: TestClient, username: str, password: str = PASSWORD) -> dict[str, str]:
    """Return the header of whoever signed in."""
    answer = client.post("/sessions", json={"username": username, "password": password})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def problem_of(answer: Any) -> tuple[int, str]:  # noqa: ANN401 an answer of whichever client
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_a_session_from_sign_in_to_sign_out(client: TestClient, clock: StandingClock, anna: Officer) -> None:
    opened = client.post("/sessions", json={"username": "anna", "password": PASSWORD})
    assert opened.json() == {
        "access_token": opened.json()["access_token"],
        "token_type": "bearer",
        "expires_in_s": 600,
        "session_expires_at": "2031-05-01T20:00:00Z",
    }
    assert opened.headers["cache-control"] == "no-store"
    signed_in = {"Authorization": f"Bearer {opened.json()['access_token']}"}

    me = client.get("/me", headers=signed_in)
    assert me.json() == {
        "id": anna.id,
        "person_id": anna.person_id,
        "username": "anna",
        "office_id": anna.office_id,
        "status": "active",
        "roles": ["caseworker"],
        "created_at": "2031-05-01T12:00:00Z",
    }

    clock.advance(minutes=9)
    renewed = client.post("/sessions/renew", headers=signed_in)
    assert renewed.status_code == 200
    assert renewed.json()["session_expires_at"] == "2031-05-01T20:00:00Z"
    clock.advance(minutes=9)
    assert problem_of(client.get("/me", headers=signed_in)) == (401, "access.token_refused")
    signed_in = {"Authorization": f"Bearer {renewed.json()['access_token']}"}

    assert client.delete("/sessions/current", headers=signed_in).status_code == 204
    refused = client.get("/me", headers=signed_in)
    assert problem_of(refused) == (401, "access.session_over")
    assert refused.headers["www-authenticate"] == "Bearer"


def test_an_unknown_user_and_a_wrong_password_are_told_the_same(
    client: TestClient, database: Database, anna: Officer
) -> None:
    with database.transaction() as session:
        make_account(session, username="closed", status=OfficerStatus.DISABLED)
    bodies = []
    for username, password in (("anna", "not the password"), ("nobody", "not the password"), ("closed", PASSWORD)):
        answer = client.post(
            "/sessions",
            json={"username": username, "password": password},
            headers={"X-Request-Id": "0b5ecb1e-6d1c-4f0e-9c6a-2f6a4b1c7d10"},
        )
        assert problem_of(answer) == (401, "access.credentials_refused")
        bodies.append((answer.content, sorted(answer.headers.items())))

    assert bodies[0] == bodies[1] == bodies[2]
    assert anna.username.encode() not in bodies[0][0]


def test_failures_are_counted_although_each_request_failed(
    client: TestClient, clock: StandingClock, anna: Officer
) -> None:
    wrong = {"username": "anna", "password": "not the password"}
    answers = [client.post("/sessions", json=wrong) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert problem_of(answers[5]) == (429, "access.too_many_attempts")
    assert answers[5].headers["retry-after"] == "1"
    clock.advance(seconds=1)
    assert sign_in(client, "anna"), anna.id


def test_more_passwords_than_the_machine_can_check_are_sent_away(
    client: TestClient, anna: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = passwords.Gate(width=1, queue=0, longest_wait_s=1)
    monkeypatch.setattr(passwords, "_GATE", full)

    with full.passed():
        answer = client.post("/sessions", json={"username": "anna", "password": PASSWORD})

    assert problem_of(answer) == (503, "access.passwords_busy"), anna.id


def test_closing_an_account_ends_its_access_within_one_request(
    client: TestClient, root: Officer, anna: Officer
) -> None:
    by_anna, by_root = sign_in(client, "anna"), sign_in(client, root.username)
    assert client.get("/me", headers=by_anna).status_code == 200

    closed = client.post(f"/officers/{anna.id}/disable", headers=by_root)

    assert (closed.status_code, closed.json()["status"]) == (200, "disabled")
    assert problem_of(client.get("/me", headers=by_anna)) == (401, "access.session_over")
    again = client.post("/sessions", json={"username": "anna", "password": PASSWORD})
    assert problem_of(again) == (401, "access.credentials_refused")


def test_an_officer_changes_the_password_and_signs_in_anew(client: TestClient, anna: Officer) -> None:
    by_anna = sign_in(client, anna.username)
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}

    assert client.post("/me/password", json=change, headers=by_anna).status_code == 204

    assert problem_of(client.get("/me", headers=by_anna)) == (401, "access.session_over")
    assert sign_in(client, "anna", NEW_PASSWORD)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"current_password": "not the password", "new_password": NEW_PASSWORD}, (403, "access.wrong_password")),
        ({"current_password": PASSWORD, "new_password": "password1234"}, (422, "access.password_too_weak")),
        ({"current_password": PASSWORD, "new_password": "x" * 129}, (422, "invalid_input")),
        ({"current_password": PASSWORD}, (422, "invalid_input")),
    ],
)
def test_a_password_is_not_changed_against_the_rules(
    client: TestClient, anna: Officer, change: dict[str, str], problem: tuple[int, str]
) -> None:
    by_anna = sign_in(client, anna.username)

    answer = client.post("/me/password", json=change, headers=by_anna)

    assert problem_of(answer) == problem
    assert client.get("/me", headers=by_anna).status_code == 200
    assert not any(sent in answer.text for sent in change.values())


def test_spaces_belong_to_a_password(client: TestClient, root: Officer) -> None:
    by_root, password = sign_in(client, root.username), f"  {PASSWORD}  "
    opened = client.post(
        "/officers",
        json={"username": "berta", "password": password, "office_id": root.office_id},
        headers=by_root,
    )
    assert opened.status_code == 201

    stripped = client.post("/sessions", json={"username": "berta", "password": PASSWORD})

    assert stripped.status_code == 401
    assert sign_in(client, "berta", password)


def test_an_administrator_opens_offices_and_accounts(client: TestClient, root: Officer) -> None:
    by_root = sign_in(client, root.username)

    office = client.post("/offices", json={"code": "BUNIA", "name": "Bunia"}, headers=by_root)
    assert office.status_code == 201
    officer = client.post(
        "/officers",
        json={**NEW_OFFICER, "office_id": office.json()["id"], "roles": ["payer", "caseworker"]},
        headers=by_root,
    )
    assert officer.status_code == 201
    assert officer.json()["roles"] == ["caseworker", "payer"]

    by_berta = sign_in(client, "berta")
    offices = client.get("/offices", headers=by_berta)
    assert office.json() in offices.json()["items"]
    granted = client.post(f"/officers/{officer.json()['id']}/roles", json={"role": "auditor"}, headers=by_root)
    assert (granted.status_code, granted.json()["roles"]) == (201, ["auditor", "caseworker", "payer"])
    assert problem_of(client.get("/me", headers=by_berta)) == (401, "access.session_over")
    withdrawn = client.delete(f"/officers/{officer.json()['id']}/roles/payer", headers=by_root)
    assert (withdrawn.status_code, withdrawn.json()["roles"]) == (200, ["auditor", "caseworker"])


def test_the_list_of_officers_is_paged_and_shows_no_hash(client: TestClient, root: Officer, anna: Officer) -> None:
    by_root = sign_in(client, root.username)

    first = client.get("/officers", params={"limit": 1}, headers=by_root).json()
    second = client.get("/officers", params={"limit": 1, "after": first["next"]}, headers=by_root).json()

    assert {item["id"] for page in (first, second) for item in page["items"]} == {root.id, anna.id}
    assert second["next"] is None
    assert "argon2" not in str([first, second])


def test_an_auditor_may_see_the_officers_and_others_may_not(
    client: TestClient, database: Database, anna: Officer
) -> None:
    with database.transaction() as session:
        auditor = make_account(session, Role.AUDITOR)

    assert client.get("/officers", headers=sign_in(client, auditor.username)).status_code == 200
    refused = client.get("/officers", headers=sign_in(client, anna.username))
    assert problem_of(refused) == (403, "not_permitted")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/offices", {"code": "BUNIA", "name": "Bunia"}),
        ("POST", "/officers", {**NEW_OFFICER, "office_id": new_id("off")}),
        ("POST", f"/officers/{NOBODY}/disable", None),
        ("POST", f"/officers/{NOBODY}/roles", {"role": "payer"}),
        ("DELETE", f"/officers/{NOBODY}/roles/payer", None),
    ],
)
def test_accounts_are_the_security_administrators_business(
    *, client: TestClient, anna: Officer, method: str, path: str, body: dict[str, str] | None
) -> None:
    nobody = client.request(method, path, json=body)
    by_anna = client.request(method, path, json=body, headers=sign_in(client, anna.username))

    assert problem_of(nobody) == (401, "not_authenticated")
    assert problem_of(by_anna) == (403, "not_permitted")


def test_the_unhappy_table(client: TestClient, root: Officer, anna: Officer) -> None:
    """Each error an administrator can meet, once."""
    by_root = sign_in(client, root.username)
    unknown = new_id("usr")
    account = {**NEW_OFFICER, "office_id": root.office_id}
    client.post("/offices", json={"code": "BUNIA", "name": "Bunia"}, headers=by_root)
    table: list[tuple[str, str, dict[str, Any] | None, int, str]] = [
        ("POST", "/offices", {"code": "BUNIA", "name": "x"}, 409, "access.office_code_taken"),
        ("POST", "/offices", {"code": "Bunia", "name": "x"}, 422, "invalid_input"),
        ("POST", "/offices", {"code": "GOMA", "name": "x\u0000"}, 422, "invalid_input"),
        ("POST", "/officers", {**account, "username": "anna"}, 409, "access.username_taken"),
        ("POST", "/officers", {**account, "username": "an na"}, 422, "access.username_malformed"),
        ("POST", "/officers", {**account, "password": "short"}, 422, "access.password_too_weak"),
        ("POST", "/officers", {**account, "office_id": new_id("off")}, 404, "access.office_not_found"),
        ("POST", "/officers", {**account, "person_id": new_id("psn")}, 404, "access.person_not_found"),
        ("POST", "/officers", {**account, "roles": ["emperor"]}, 422, "invalid_input"),
        ("POST", "/officers", {**account, "surprise": 1}, 422, "invalid_input"),
        ("POST", "/officers", {**account, "person_id": root.person_id, "roles": ["payer"]}, 403, "access.own_role"),
        ("POST", f"/officers/{unknown}/disable", None, 404, "access.officer_not_found"),
        ("POST", "/officers/usr_%00/disable", None, 422, "invalid_input"),
        ("POST", f"/officers/{root.id}/disable", None, 409, "access.last_administrator"),
        ("POST", f"/officers/{unknown}/roles", {"role": "payer"}, 404, "access.officer_not_found"),
        ("POST", f"/officers/{root.id}/roles", {"role": "payer"}, 403, "access.own_role"),
        ("POST", f"/officers/{anna.id}/roles", {"role": "caseworker"}, 409, "access.role_held_already"),
        ("POST", f"/officers/{anna.id}/roles", {"role": "security_administrator"}, 409, "access.role_not_alone"),
        ("DELETE", f"/officers/{anna.id}/roles/payer", None, 404, "access.role_not_held"),
        ("DELETE", f"/officers/{anna.id}/roles/emperor", None, 422, "invalid_input"),
        ("DELETE", f"/officers/{root.id}/roles/security_administrator", None, 409, "access.last_administrator"),
        ("GET", "/officers?limit=0", None, 422, "invalid_input"),
    ]

    told = [
        (method, path, body, *problem_of(client.request(method, path, json=body, headers=by_root)))
        for method, path, body, _status, _code in table
    ]

    assert told == table
    assert client.post(f"/officers/{anna.id}/disable", headers=by_root).status_code == 200
    closed = client.post(f"/officers/{anna.id}/disable", headers=by_root)
    assert problem_of(closed) == (409, "access.officer_disabled")


def test_a_refused_deed_leaves_nothing_behind(client: TestClient, database: Database, root: Officer) -> None:
    by_root = sign_in(client, root.username)
    before = count(database)

    refused = client.post(
        "/officers",
        json={**NEW_OFFICER, "office_id": root.office_id, "roles": ["payer", "security_administrator"]},
        headers=by_root,
    )

    assert problem_of(refused) == (409, "access.role_not_alone")
    assert count(database) == before


def test_no_route_takes_a_token_that_is_none(client: TestClient) -> None:
    for header in ("Bearer ", "Bearer x", "Basic eDp5", "Bearer " + "x" * 5000, "bearer e30.e30."):
        answer = client.get("/me", headers={"Authorization": header})
        assert answer.status_code == 401, header


def count(database: Database) -> tuple[int, ...]:
    with database.reading() as session:
        return tuple(
            session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in ("officer", "staff_person", "role_grant", "audit_event")
        )
