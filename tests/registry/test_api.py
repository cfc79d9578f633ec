"""The registry's routes, as a client meets them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from reparations.access.models import Office
from reparations.db import Database
from reparations.ids import new_id
from reparations.principal import Role
from reparations.registry import service
from reparations.registry.api import router
from tests.access.events import events
from tests.factories.access import PASSWORD, make_account, make_office
from tests.factories.registry import ELIGIBLE_FACTS, PNG

PARTY = {
    "kind": "person",
    "family_name": "Exemple-Ngoma",
    "given_names": "Joseph",
    "birth_date": "1971-03-04",
    "phone": "+243 000 1",
}
CLAIM = {
    "programme": "KATANGA",
    "case_key": "C-0001",
    "capacity": "direct",
    "party": PARTY,
    "source_row": "K-0001",
    "harms": [{"kind": "moral", "proof": "established"}],
    "facts": dict(ELIGIBLE_FACTS),
    "destination": {"rail": "bank_file", "account_holder": "Joseph", "account": "0000100001"},
}
PROGRAMME = {"code": "KATANGA", "title": "Katanga", "authority": "An order", "currency": "USD"}
EVIDENCE = {
    "kind": "civil_status",
    "title": "Certificate",
    "content_base64": base64.b64encode(PNG).decode(),
}
Headers = dict[str, str]


class Staff:
    """Officers of two offices, signed in."""

    def __init__(self, client: TestClient, database: Database) -> None:
        self.client = client
        self._signed_in: dict[str, Headers] = {}
        with database.transaction() as session:
            here, there = make_office(session), make_office(session)
            self._add(session, "caseworker", here, Role.CASEWORKER)
            self._add(session, "colleague", here, Role.CASEWORKER)
            self._add(session, "stranger", there, Role.CASEWORKER)
            self._add(session, "decider", there, Role.DECIDER)
            self._add(session, "administrator", there, Role.FUND_ADMINISTRATOR)
            self._add(session, "security", there, Role.SECURITY_ADMINISTRATOR)

    def _add(self, session: Session, username: str, office: Office, role: Role) -> None:
        make_account(session, role, username=username, office=office)

    def __getitem__(self, username: str) -> Headers:
        """Sign somebody in, once."""
        if username not in self._signed_in:
            answer = self.client.post("/sessions", json={"username": username, "password": PASSWORD})
            assert answer.status_code == 201, answer.text
            self._signed_in[username] = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return self._signed_in[username]


@pytest.fixture
def staff(client: TestClient, database: Database) -> Staff:
    staff = Staff(client, database)
    assert client.post("/programmes", json=PROGRAMME, headers=staff["administrator"]).status_code == 201
    return staff


@pytest.fixture
def claim(client: TestClient, staff: Staff) -> dict[str, Any]:
    answer = client.post("/claims", json=CLAIM, headers=staff["caseworker"])
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def problem_of(answer: Any) -> tuple[int, str]:  # noqa: ANN401 an answer of whichever client
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_a_programme_is_opened_once_and_shown_to_everybody(client: TestClient, staff: Staff) -> None:
    again = client.post("/programmes", json=PROGRAMME, headers=staff["administrator"])
    assert problem_of(again) == (409, "registry.programme_code_taken")

    listed = client.get("/programmes", headers=staff["caseworker"]).json()

    assert [item["code"] for item in listed["items"]] == ["KATANGA"]
    shown = client.get("/programmes/KATANGA", headers=staff["decider"]).json()
    assert shown == listed["items"][0]
    assert client.get(f"/programmes/{shown['id']}", headers=staff["decider"]).json() == shown
    assert problem_of(client.get("/programmes/NOWHERE", headers=staff["decider"])) == (
        404,
        "registry.programme_not_found",
    )


def test_a_claim_is_shown_masked(client: TestClient, staff: Staff, claim: dict[str, Any]) -> None:
    shown = client.get(f"/claims/{claim['id']}", headers=staff["colleague"]).json()

    assert shown == claim
    assert (shown["reference"], shown["case_reference"], shown["status"]) == ("KATANGA-0001", "C-0001", "open")
    assert shown["claimant"] == {"id": shown["claimant"]["id"], "kind": "person", "deceased": False, "name": "•••"}
    assert (shown["facts"]["revision"], shown["destination"]["rail"]) == (1, "bank_file")
    assert [duty["duty"] for duty in shown["duties"]] == ["registrar"]
    assert "Ngoma" not in str(shown)


def test_sending_a_row_again_is_safe(client: TestClient, staff: Staff, claim: dict[str, Any]) -> None:
    again = client.post("/claims", json=CLAIM, headers=staff["colleague"])
    assert (again.status_code, again.json()["id"]) == (200, claim["id"])

    changed = client.post("/claims", json={**CLAIM, "capacity": "indirect"}, headers=staff["caseworker"])

    assert problem_of(changed) == (409, "registry.source_row_taken")


def test_lists_are_paged_and_filtered(client: TestClient, staff: Staff) -> None:
    for number in range(1, 4):
        party = {**PARTY, "phone": f"+243 {number}", "birth_date": str(1950 + number)}
        body = {**CLAIM, "source_row": f"K-{number}", "case_key": f"C-{number}", "party": party, "destination": None}
        assert client.post("/claims", json=body, headers=staff["caseworker"]).status_code == 201
    headers = staff["caseworker"]

    first = client.get("/claims", params={"limit": 2}, headers=headers).json()
    rest = client.get("/claims", params={"limit": 2, "after": first["next"]}, headers=headers).json()

    assert sorted(item["reference"] for item in first["items"] + rest["items"]) == [
        "KATANGA-0001",
        "KATANGA-0002",
        "KATANGA-0003",
    ]
    assert rest["next"] is None
    for params, count in (
        ({"reference": "KATANGA-0002"}, 1),
        ({"capacity": "heir"}, 0),
        ({"status": "open", "programme": "KATANGA"}, 3),
    ):
        assert len(client.get("/claims", params=params, headers=headers).json()["items"]) == count
    assert client.get("/claims", headers=staff["stranger"]).json()["items"] == []
    assert len(client.get("/claims", headers=staff["decider"]).json()["items"]) == 3


ID = "{id}"
DEEDS: list[tuple[str, str, Any]] = [
    ("GET", "/claims/{id}", None),
    ("POST", "/claims/{id}/facts", {"facts": {}}),
    ("POST", "/claims/{id}/evidence", EVIDENCE),
    ("POST", "/claims/{id}/death", {"died_on": "2030-01-02", "evidence_id": new_id("evi")}),
    ("POST", "/claims/{id}/destination", {"rail": "stripe", "stripe_account": "acct_example_1"}),
    ("POST", "/claims/{id}/reveal", {"fields": ["name"], "purpose": "assessment"}),
    ("POST", f"/claims/{{id}}/evidence/evi_{'0' * 26}/reveal", {"purpose": "assessment"}),
]


def test_a_foreign_claim_and_a_missing_one_are_answered_alike(
    client: TestClient, staff: Staff, claim: dict[str, Any]
) -> None:
    headers = staff["stranger"]

    for method, path, body in DEEDS:
        foreign, missing = (
            client.request(method, path.replace(ID, claim_id), json=body, headers=headers)
            for claim_id in (claim["id"], new_id("clm"))
        )
        assert problem_of(foreign) == problem_of(missing) == (404, "registry.claim_not_found"), path
        assert {**foreign.json(), "request_id": ""} == {**missing.json(), "request_id": ""}, path


def test_only_caseworkers_touch_a_claim(client: TestClient, staff: Staff) -> None:
    for username in ("security", "administrator"):
        for method, path, body in [("POST", "/claims", CLAIM), *DEEDS[1:]]:
            answer = client.request(method, path.replace(ID, new_id("clm")), json=body, headers=staff[username])
            assert problem_of(answer) == (403, "not_permitted"), (username, path)


def test_every_route_asks_who_is_there(client: TestClient) -> None:
    for route in router.routes:
        path = route.path.replace("{", "").replace("}", "")  # type: ignore[attr-defined]  # all are API routes
        for method in route.methods:  # type: ignore[attr-defined]  # all are API routes
            assert client.request(method, path).status_code == 401, f"{method} {path}"


def test_facts_are_added_as_a_revision(client: TestClient, staff: Staff, claim: dict[str, Any]) -> None:
    answer = client.post(f"/claims/{claim['id']}/facts", json={"facts": {}}, headers=staff["colleague"])

    assert (answer.status_code, answer.json()["revision"]) == (201, 2)


def test_facts_that_are_none_are_refused(client: TestClient, staff: Staff, claim: dict[str, Any]) -> None:
    facts = {"name": {"value": "Joseph Ngoma", "proof": "established"}}

    answer = client.post(f"/claims/{claim['id']}/facts", json={"facts": facts}, headers=staff["caseworker"])

    assert problem_of(answer) == (422, "registry.invalid_facts")
    assert answer.json()["field"] == "facts.0.value"
    assert "Ngoma" not in answer.text


def test_a_claimant_dies_on_evidence(client: TestClient, staff: Staff, claim: dict[str, Any]) -> None:
    headers = staff["caseworker"]
    evidence = client.post(f"/claims/{claim['id']}/evidence", json=EVIDENCE, headers=headers)
    assert evidence.status_code == 201, evidence.text
    assert (evidence.json()["media_type"], evidence.json()["size_bytes"]) == ("image/png", len(PNG))

    body = {"died_on": "2030-01-02", "evidence_id": evidence.json()["id"]}
    answer = client.post(f"/claims/{claim['id']}/death", json=body, headers=headers)

    assert answer.status_code == 201
    assert answer.json()["claimant"]["deceased"] is True
    assert problem_of(client.post(f"/claims/{claim['id']}/death", json=body, headers=headers)) == (
        409,
        "registry.already_deceased",
    )


def test_evidence_is_given_back_as_it_came(
    client: TestClient, staff: Staff, claim: dict[str, Any], database: Database
) -> None:
    evidence_id = client.post(f"/claims/{claim['id']}/evidence", json=EVIDENCE, headers=staff["caseworker"]).json()[
        "id"
    ]
    path = f"/claims/{claim['id']}/evidence/{evidence_id}/reveal"

    opened = client.post(path, json={"purpose": "assessment"}, headers=staff["decider"])

    assert opened.status_code == 200, opened.text
    assert (opened.json()["title"], opened.json()["content_base64"]) == ("Certificate", EVIDENCE["content_base64"])
    with database.reading() as session:
        assert events(session)[opened.json()["event_seq"]]["type"] == "evidence.opened"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"PK\x03\x04 a zip", 422, "registry.evidence_refused"),
        (b"%PDF-".ljust(2 * 2**20 + 1), 413, "registry.evidence_too_large"),
        (b"%PDF-".ljust(4 * 2**20), 413, "too_large"),
    ],
)
def test_files_that_are_not_kept(
    client: TestClient, staff: Staff, claim: dict[str, Any], *, content: bytes, status: int, code: str
) -> None:
    body = {**EVIDENCE, "content_base64": base64.b64encode(content).decode()}

    answer = client.post(f"/claims/{claim['id']}/evidence", json=body, headers=staff["caseworker"])

    assert problem_of(answer) == (status, code)


def test_what_is_opened_is_on_record_first(
    client: TestClient, staff: Staff, *, claim: dict[str, Any], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads the log while the plaintext is being opened finds the event there, committed."""
    seen: list[dict[str, Any]] = []
    open_fields = service.open_fields

    def watched(session: Session, claim_id: str, **options: Any) -> Any:  # noqa: ANN401 as the service's own
        with database.reading() as another:
            seen.append(events(another)[-1])
        return open_fields(session, claim_id, **options)

    monkeypatch.setattr(service, "open_fields", watched)
    body = {"fields": ["name", "profile", "destination"], "purpose": "contact_claimant"}

    answer = client.post(f"/claims/{claim['id']}/reveal", json=body, headers=staff["colleague"])

    assert answer.status_code == 200, answer.text
    assert answer.json()["values"]["name"] == "Joseph Exemple-Ngoma"
    assert answer.json()["values"]["profile"] == {"birth_date": "1971-03-04", "phone": "+243 000 1"}
    assert answer.json()["values"]["destination"]["account"] == "0000100001"
    assert [event["type"] for event in seen] == ["pii.revealed"]
    assert seen[0]["seq"] == answer.json()["event_seq"]


def test_without_its_event_nothing_is_opened(
    client: TestClient, staff: Staff, claim: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def broken(*_: object, **__: object) -> int:
        raise RuntimeError

    monkeypatch.setattr(service, "log_reveal", broken)
    monkeypatch.setattr(service, "open_fields", lambda *_, **__: opened.append("opened"))

    with pytest.raises(RuntimeError):
        client.post(
            f"/claims/{claim['id']}/reveal",
            json={"fields": ["name"], "purpose": "appeal"},
            headers=staff["caseworker"],
        )

    assert opened == []


def test_a_new_account_supersedes(client: TestClient, staff: Staff, claim: dict[str, Any]) -> None:
    body = {"rail": "stripe", "stripe_account": "acct_example_1"}
    path = f"/claims/{claim['id']}/destination"

    answer = client.post(path, json=body, headers=staff["caseworker"])

    assert (answer.status_code, answer.json()["rail"]) == (201, "stripe")
    assert problem_of(client.post(path, json=body, headers=staff["caseworker"])) == (
        409,
        "registry.destination_unchanged",
    )
    shown = client.get(f"/claims/{claim['id']}", headers=staff["caseworker"]).json()
    assert shown["destination"]["id"] == answer.json()["id"]


def test_a_pair_from_discovery_to_judgement(client: TestClient, staff: Staff, claim: dict[str, Any]) -> None:
    body = {**CLAIM, "source_row": "K-0002", "case_key": "C-0002", "destination": None}
    second = client.post("/claims", json=body, headers=staff["caseworker"]).json()

    (pair,) = client.get("/duplicates", params={"status": "open"}, headers=staff["decider"]).json()["items"]
    assert second["duplicates"] == [pair]
    assert set(pair["references"]) == {"KATANGA-0001", "KATANGA-0002"}
    assert "same_phone" in pair["reasons"]
    assert client.get("/duplicates", headers=staff["stranger"]).json()["items"] == []

    judgement = {"judgement": "same", "reason_code": "documents_compared"}
    path = f"/duplicates/{pair['id']}/resolve"
    assert problem_of(client.post(path, json=judgement, headers=staff["caseworker"])) == (
        403,
        "registry.registrar_may_not_resolve",
    )
    assert problem_of(client.post(path, json=judgement, headers=staff["stranger"])) == (
        404,
        "registry.duplicate_not_found",
    )
    resolved = client.post(path, json=judgement, headers=staff["colleague"])
    assert (resolved.status_code, resolved.json()["status"]) == (200, "same")
    closed = client.get(f"/claims/{second['id']}", headers=staff["caseworker"]).json()
    assert closed["status"] == "closed_duplicate"
    assert client.get(f"/claims/{claim['id']}", headers=staff["caseworker"]).json()["status"] == "open"


MALFORMED: list[dict[str, Any]] = [
    {"case_key": "the case of Jean"},
    {"source_row": "Jean"},
    {"programme": "katanga"},
    {"capacity": "king"},
    {"party": {**PARTY, "family_name": "two\nlines"}},
    {"party": {**PARTY, "family_name": "\ud800"}},
    {"party": {**PARTY, "nickname": "Jo"}},
    {"facts": {f"fact{number}": [] for number in range(81)}},
    {"facts": {"fact": "\x00"}},
    {"facts": {"\ud800": {"value": "\ud800", "proof": "established"}}},
    {"harms": [{"kind": "fear", "proof": "established"}]},
    {"party_id": "pty_1"},
]


def test_a_malformed_claim_is_refused_whole(client: TestClient, staff: Staff) -> None:
    headers = {**staff["caseworker"], "Content-Type": "application/json"}

    for changes in MALFORMED:
        answer = client.post("/claims", content=json.dumps({**CLAIM, **changes}), headers=headers)
        assert answer.status_code == 422, f"{changes}: {answer.text}"
    assert client.get("/claims", headers=headers).json()["items"] == []
