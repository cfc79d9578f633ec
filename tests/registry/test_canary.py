"""Nothing that names or describes a person lies in the database, an answer or a log in clear."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import inspect, text

from reparations.db import Database
from tests.factories.registry import PNG
from tests.registry.test_api import CLAIM, Headers, Staff, claim, staff

__all__ = ["claim", "staff"]  # fixtures

PARTY = {
    "kind": "person",
    "family_name": "Canaryfamily",
    "given_names": "Canarygiven",
    "birth_date": "1913-11-17",
    "sex": "female",
    "national_id": "CANARYDOC7",
    "phone": "+999 777 555 333",
    "language": "zun",
    "place_of_residence": "Canaryville",
}
BODY: dict[str, Any] = {
    **CLAIM,
    "case_key": "C-0002",
    "source_row": "K-0002",
    "capacity": "indirect",
    "party": PARTY,
    "ties": [{"kind": "grandparent", "proof": "asserted"}],
    "harms": [{"kind": "loss_of_livelihood", "proof": "established"}],
    "facts": {
        "canary_fact": {"value": "canary_value", "proof": "established"},
        "canary_day": {"value": "1914-12-18", "proof": "established"},
    },
    "destination": {"rail": "bank_file", "account_holder": "Canaryholder", "account": "CANARY12345678"},
}
NEXT_ACCOUNT = {"rail": "stripe", "stripe_account": "acct_canarynext"}
EVIDENCE = {
    "kind": "civil_status",
    "title": "Canarytitle",
    "content_base64": base64.b64encode(PNG + b"Canarycontent").decode(),
}
SECRETS = (
    "Canary",
    "canary",
    "CANARY",
    "1913",
    "999777555333",
    "999 777",
    "zun",
    "female",
    "grandparent",
    "loss_of_livelihood",
    "1914-12-18",
    "2030-02-03",
)


DRAWN_BY_LOT = re.compile(rb"[0-9a-f]{32,}|_[0-9A-HJKMNP-TV-Z]{26}")
"""Hashes, salts and ids: four digits that are a year elsewhere come about in them by chance."""


def found_in(content: str | bytes) -> list[str]:
    raw = DRAWN_BY_LOT.sub(b"", content.encode() if isinstance(content, str) else content)
    return [secret for secret in SECRETS if secret.encode() in raw]


def proofs_in(content: str | bytes) -> list[str]:
    """An answer may list the levels of proof; the database may not tell whose is which."""
    return ["asserted"] if b"asserted" in (content.encode() if isinstance(content, str) else content) else []


def register_everything(client: TestClient, headers: Headers) -> str:
    """Leave a trace in every table the registry has; return the claim's id."""
    answer = client.post("/claims", json=BODY, headers=headers)
    assert answer.status_code == 201, answer.text
    path = f"/claims/{answer.json()['id']}"
    evidence = client.post(f"{path}/evidence", json=EVIDENCE, headers=headers)
    for deed, body in (
        ("facts", {"facts": BODY["facts"]}),
        ("destination", NEXT_ACCOUNT),
        ("reveal", {"fields": ["name", "profile", "ties", "harms", "facts", "destination"], "purpose": "appeal"}),
        ("death", {"died_on": "2030-02-03", "evidence_id": evidence.json()["id"]}),
    ):
        assert client.post(f"{path}/{deed}", json=body, headers=headers).status_code in {200, 201}
    return str(answer.json()["id"])


def test_no_column_of_any_table_holds_a_person_in_clear(client: TestClient, staff: Staff, database: Database) -> None:
    headers = staff["caseworker"]
    register_everything(client, headers)
    repeated = {**BODY, "source_row": "K-0003", "case_key": "C-0003", "destination": None}
    assert client.post("/claims", json=repeated, headers=headers).json()["duplicates"]

    leaks, filled = [], set()
    with database.reading() as session:
        for table in inspect(session.connection()).get_table_names():
            for row in session.execute(text(f'SELECT * FROM "{table}"')).mappings():
                filled.add(table)
                for column, value in row.items():
                    content = bytes(value) if isinstance(value, (bytes, memoryview)) else str(value)
                    leaks += [(table, column, secret) for secret in [*found_in(content), *proofs_in(content)]]

    assert leaks == []
    assert filled >= {
        "party",
        "party_match_key",
        "victim_case",
        "claim",
        "relationship",
        "harm",
        "evidence",
        "facts_revision",
        "duplicate_candidate",
        "payment_destination",
        "duty",
        "audit_event",
    }


def test_no_answer_but_a_reveal_holds_a_person(
    client: TestClient, staff: Staff, capfd: pytest.CaptureFixture[str]
) -> None:
    headers = staff["caseworker"]
    claim_id = register_everything(client, headers)

    answers = [
        client.get(path, headers=headers)
        for path in ("/claims", f"/claims/{claim_id}", "/duplicates", "/programmes", "/claims?reference=Canary")
    ]
    broken: list[dict[str, Any]] = [
        {"capacity": "Canarycapacity"},
        {"case_key": "Canarycase"},
        {"source_row": "Canary-1", "party": PARTY},
        {"party": {**PARTY, "birth_date": "1913-02-30"}},
        {"party": {**PARTY, "sex": "Canarysex"}},
        {"destination": {"rail": "bank_file", "account_holder": "Canaryholder", "account": "DE00CANARY12345678"}},
        {"destination": {"rail": "stripe", "stripe_account": "Canaryaccount"}},
        {"facts": {"Canary name": {"value": True, "proof": "established"}}},
        {"facts": {"canary": {"value": "Canary value", "proof": "established"}}},
        {"facts": {"canary": {"value": "1914-12-18", "proof": "Canaryproof"}}},
        {"ties": [{"kind": "Canarytie", "proof": "asserted"}]},
        {"party_id": "Canaryparty"},
        {"capacity": "organisation"},
        {"Canaryfield": 1},
        {"party": {**PARTY, "Canary field": 1}},
        {"facts": {}},
    ]
    refusals = [client.post("/claims", json={**BODY, **changes}, headers=headers) for changes in broken]
    assert {refusal.status_code for refusal in refusals} == {409, 422}
    answers += refusals
    for path in (f"/claims/{claim_id}/facts", f"/claims/{claim_id}/evidence", f"/claims/{claim_id}/death"):
        answers.append(
            client.post(path, json={"facts": "Canary", "title": "Canary", "died_on": "Canary"}, headers=headers)
        )

    assert [(answer.request.url, found) for answer in answers if (found := found_in(answer.content))] == []
    logged = "".join(capfd.readouterr())
    assert "route=/claims" in logged or '"/claims"' in logged
    assert found_in(logged) == []
