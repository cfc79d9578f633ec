"""The log's routes, as an auditor meets them."""

from __future__ import annotations

from hashlib import sha256

import pytest
from fastapi.testclient import TestClient

from reparations.db import Database
from reparations.principal import Role
from reparations.settings import Settings
from reparations_verifier.notes import VerifierKey
from reparations_verifier.policy import Policy
from reparations_verifier.proof import read_proof
from reparations_verifier.tree import hash_leaf, root_from_path
from tests.factories.access import PASSWORD, make_account
from tests.factories.audit import make_log

SIZE = 5


@pytest.fixture
def auditor(client: TestClient, database: Database) -> TestClient:
    """Give a client signed in as an auditor, over a log that begins with five events of ours."""
    make_log(database, size=SIZE)
    return sign_in(client, database, Role.AUDITOR)


def sign_in(client: TestClient, database: Database, role: Role) -> TestClient:
    with database.transaction() as session:
        make_account(session, role, username="someone")
    answer = client.post("/sessions", json={"username": "someone", "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def test_the_log_is_read_page_by_page_with_the_bytes_that_were_hashed(auditor: TestClient) -> None:
    seen: list[int] = []
    after: dict[str, str] = {}
    while True:
        page = auditor.get("/audit/events", params={"limit": "2", **after}).json()
        for event in page["items"]:
            assert sha256(b"\x00" + event["content"].encode()).hexdigest() == event["leaf_hash"]
            seen.append(event["seq"])
        if page.get("next") is None:
            break
        after = {"after": page["next"]}
    assert seen == list(range(len(seen)))
    assert len(seen) >= SIZE


def test_a_page_that_begins_nowhere_is_refused(auditor: TestClient) -> None:
    for after in ("x", "-1", "99999999999999999999"):
        answer = auditor.get("/audit/events", params={"after": after})
        assert (answer.status_code, answer.json()["code"]) == (422, "audit.page_unknown")


def test_a_checkpoint_is_signed_shown_and_proves_each_event(auditor: TestClient, settings: Settings) -> None:
    missing = auditor.get("/audit/checkpoint")
    assert (missing.status_code, missing.json()["code"]) == (409, "audit.no_checkpoint")

    signed = auditor.post("/audit/checkpoints")
    assert signed.status_code == 201
    shown = auditor.get("/audit/checkpoint").json()
    assert shown == signed.json()

    key = VerifierKey.parse(shown["verifier_key"])
    checkpoint = Policy(logs=[key], quorum="none").open(shown["note"])
    assert (checkpoint.origin, checkpoint.size) == (settings.log_origin, shown["size"])
    for seq in range(SIZE):
        answer = auditor.get(f"/audit/proof/{seq}")
        assert answer.headers["content-type"].startswith("text/plain")
        proof = read_proof(answer.content)
        assert root_from_path(hash_leaf(proof.entry), seq, checkpoint.size, proof.path) == checkpoint.root


def test_an_event_that_is_not_there_has_no_proof(auditor: TestClient) -> None:
    auditor.post("/audit/checkpoints")
    answer = auditor.get("/audit/proof/4711")
    assert (answer.status_code, answer.json()["code"]) == (404, "audit.event_not_found")


def test_only_an_auditor_reads_or_signs_the_log(client: TestClient, database: Database) -> None:
    clerk = sign_in(client, database, Role.CASEWORKER)
    for method, path in (
        ("GET", "/audit/events"),
        ("GET", "/audit/checkpoint"),
        ("GET", "/audit/proof/0"),
        ("POST", "/audit/checkpoints"),
    ):
        assert clerk.request(method, path).status_code == 403
    del client.headers["Authorization"]
    assert client.get("/audit/events").status_code == 401
