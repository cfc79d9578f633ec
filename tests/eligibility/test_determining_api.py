"""Deciding an amount over the API, as a client walks it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from fastapi.testclient import TestClient

from reparations.db import Database
from reparations.principal import Role
from tests.eligibility.discretion import EXAMPLES, FACTS, HARMED, RULES
from tests.factories.access import PASSWORD, make_account, make_office, principal_of
from tests.factories.registry import make_claim, make_programme

Headers = Mapping[str, str]
DECIDED = [
    {"step": "injury", "amount": "2500.00", "reason": "The pain lasted for eleven years."},
    {"step": "months", "amount": "3", "reason": "Three months of care were needed."},
]
PEOPLE = {
    "caseworker": Role.CASEWORKER,
    "decider": Role.DECIDER,
    "confirmer": Role.DECIDER,
    "administrator": Role.FUND_ADMINISTRATOR,
    "auditor": Role.AUDITOR,
}


@pytest.fixture
def people(database: Database, client: TestClient) -> dict[str, Headers]:
    """Headers of officers by user name; one claim is assessed, and waits for what a person decides."""
    with database.transaction() as session:
        office = make_office(session)
        accounts = {name: make_account(session, role, username=name, office=office) for name, role in PEOPLE.items()}
        programme = make_programme(session, code="DISCRETION")
        registrar = principal_of(session, accounts["caseworker"])
        make_claim(session, programme=programme, officer=registrar, facts=HARMED)
    headers: dict[str, Headers] = {}
    for name in PEOPLE:
        answer = client.post("/sessions", json={"username": name, "password": PASSWORD})
        headers[name] = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    body = {"rules": RULES, "facts": FACTS, "examples": EXAMPLES, "in_force_from": "2031-05-01"}
    client.post("/programmes/DISCRETION/rule-sets", json=body, headers=headers["administrator"])
    client.post("/assessments", json={"programme": "DISCRETION"}, headers=headers["caseworker"])
    return headers


def test_an_amount_is_decided_told_and_confirmed(client: TestClient, people: dict[str, Headers]) -> None:
    listed = client.get("/assessments?programme=DISCRETION", headers=people["decider"]).json()["items"]
    claim_id = listed[0]["claim_id"]
    asked = client.get(f"/claims/{claim_id}/assessment", headers=people["decider"]).json()
    assert [(step["lowest"], step["highest"]) for step in asked["award"]] == [
        ("USD 2000.00", "USD 3000.00"),
        ("0", "12"),
        (None, None),
    ]
    assert (asked["outcome"], asked["decided_amount"]) == ("eligible_amount_pending", None)

    body = {"claim_ids": [claim_id], "outcome": "eligible", "decided": DECIDED}
    proposed = client.post("/decisions", json=body, headers=people["decider"])

    assert proposed.status_code == 201, proposed.text
    decision = proposed.json()["items"][0]
    assert decision["amount"] == {"amount": "2800.00", "currency": "USD"}
    assert [(one["step"], one["amount"], one["reason"]) for one in decision["determined"]] == [
        ("injury", "USD 2500.00", None),
        ("months", "3", None),
    ]
    path = f"/decisions/{decision['id']}"
    explained = client.get(f"{path}/explanation", headers=people["confirmer"]).json()
    assert [step["amount"] for step in explained["award"]] == ["USD 2500.00", "3", "USD 2800.00"]
    assert explained["decided_amount"] == {"amount": "2800.00", "currency": "USD"}
    letter = client.post(f"{path}/letter", json={"purpose": "assessment"}, headers=people["confirmer"]).json()
    assert "The reason: The pain lasted for eleven years." in letter["decision"]["text"]
    assert letter["event_seq"] > 0
    assert "eleven" not in client.get(path, headers=people["auditor"]).text
    assert client.post(f"{path}/letter", json={"purpose": "appeal"}, headers=people["auditor"]).status_code == 403
    confirm = {"decision_ids": [decision["id"]]}
    confirmed = client.post("/decisions/confirmations", json=confirm, headers=people["confirmer"])
    assert confirmed.json()["items"][0]["status"] == "confirmed"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": "3000.01"}, "eligibility.amount_out_of_range"),
        ({"step": "nothing"}, "eligibility.decision_refused"),
    ],
)
def test_a_refused_amount_names_field_code_and_remedy(
    client: TestClient, people: dict[str, Headers], changed: dict[str, str], code: str
) -> None:
    listed = client.get("/assessments?programme=DISCRETION", headers=people["decider"]).json()["items"]
    decided = [DECIDED[0] | changed, DECIDED[1]]
    body = {"claim_ids": [listed[0]["claim_id"]], "outcome": "eligible", "decided": decided}

    answer = client.post("/decisions", json=body, headers=people["decider"])

    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["field"]) == (code, "decided")
    assert answer.json()["remedy"]


def test_a_reason_is_words_and_an_amount_a_number(client: TestClient, people: dict[str, Headers]) -> None:
    for changed in ({"reason": "why"}, {"reason": "a\x00 bell in the text"}, {"amount": "-1"}, {"amount": "1e9"}):
        body = {
            "claim_ids": ["clm_01J9ZD3J6Q0V8T5C4W7X2Y1RBN"],
            "outcome": "eligible",
            "decided": [DECIDED[0] | changed],
        }
        assert client.post("/decisions", json=body, headers=people["decider"]).status_code == 422, changed
