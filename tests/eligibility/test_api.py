"""The routes of rules, assessments, decisions and awards, walked as clients walk them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient

from reparations.db import Database
from reparations.principal import Role
from tests.eligibility.files import katanga_files
from tests.factories.access import PASSWORD, make_account, make_office, principal_of
from tests.factories.eligibility import MISSING_FACTS, OUTSIDE_FACTS
from tests.factories.ledger import make_fund
from tests.factories.registry import ELIGIBLE_FACTS, make_claim, make_programme

Headers = Mapping[str, str]
PEOPLE = {
    "caseworker": Role.CASEWORKER,
    "decider": Role.DECIDER,
    "confirmer": Role.DECIDER,
    "administrator": Role.FUND_ADMINISTRATOR,
    "auditor": Role.AUDITOR,
    "elsewhere": Role.CASEWORKER,
}


@pytest.fixture
def people(database: Database, client: TestClient) -> dict[str, Headers]:
    """Headers of officers by user name; the registered claims are of the caseworker's office."""
    with database.transaction() as session:
        office = make_office(session)
        accounts = {
            name: make_account(session, role, username=name, office=None if name == "elsewhere" else office)
            for name, role in PEOPLE.items()
        }
        programme = make_programme(session, code="KATANGA")
        for facts in (ELIGIBLE_FACTS, ELIGIBLE_FACTS, OUTSIDE_FACTS, MISSING_FACTS):
            make_claim(session, programme=programme, officer=principal_of(session, accounts["caseworker"]), facts=facts)
        make_fund(session, code="GENERAL", available_minor=100_000)
    return {name: _sign_in(client, name) for name in PEOPLE}


def _sign_in(client: TestClient, username: str) -> Headers:
    answer = client.post("/sessions", json={"username": username, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _publish(client: TestClient, headers: Headers, **changed: str) -> Any:  # noqa: ANN401 an answer
    files = katanga_files()
    body = {"rules": files.rules, "facts": files.facts, "examples": files.examples, "in_force_from": "2031-05-01"}
    return client.post("/programmes/KATANGA/rule-sets", json=body | changed, headers=headers)


def test_from_rules_to_awards(client: TestClient, people: dict[str, Headers]) -> None:
    published = _publish(client, people["administrator"])
    assert published.status_code == 201, published.text
    assert published.json()["status"] == "illustrative"
    files = client.get(f"/rule-sets/{published.json()['id']}/files", headers=people["auditor"]).json()
    assert files["rules"] == katanga_files().rules

    assessed = client.post("/assessments", json={"programme": "KATANGA"}, headers=people["caseworker"]).json()
    assert assessed["outcomes"] == {"eligible": 2, "not_eligible": 1, "more_information_needed": 1}
    assert client.post("/assessments", json={"programme": "KATANGA"}, headers=people["decider"]).json() == {
        "assessed": 0,
        "unchanged": 4,
        "outcomes": {},
        "without_facts": [],
        "next": None,
    }

    pairs = (("eligible", "eligible"), ("not_eligible", "not_eligible"), ("more_information_needed", "ask"))
    for assessed_as, outcome in pairs:
        body = {"programme": "KATANGA", "assessed_as": assessed_as, "outcome": outcome}
        proposed = client.post("/decisions", json=body, headers=people["decider"])
        assert proposed.status_code == 201, proposed.text
        assert client.post("/decisions", json=body, headers=people["decider"]).json() == {"count": 0, "items": []}
    confirm = {"programme": "KATANGA"}
    assert client.post("/decisions/confirmations", json=confirm, headers=people["decider"]).json()["count"] == 0
    confirmed = client.post("/decisions/confirmations", json=confirm, headers=people["confirmer"]).json()
    assert confirmed["count"] == 4
    refusal = next(item for item in confirmed["items"] if item["outcome"] == "not_eligible")
    assert refusal["appeal"]["until"] == "2031-05-31"
    assert refusal["reasons"][0]["code"] == "DATE"

    awarded = client.post("/awards/individual", json={"programme": "KATANGA"}, headers=people["administrator"]).json()
    assert (awarded["awards"], awarded["instalments"], awarded["total"]) == (
        2,
        2,
        {"amount": "500.00", "currency": "USD"},
    )
    lines = {"lines": [{"code": "HOUSING", "title": "Housing", "amount": "300.00", "citation": "Order ¶ tbc"}]}
    collective = client.post("/programmes/KATANGA/collective-awards", json=lines, headers=people["administrator"])
    assert collective.json()[0]["funding"] == [{"fund": "GENERAL", "amount": {"amount": "300.00", "currency": "USD"}}]
    listed = client.get("/awards?programme=KATANGA&form=individual&limit=1", headers=people["auditor"]).json()
    assert listed["items"][0]["instalments"][0]["amount"]["amount"] == "250.00"
    assert listed["next"] == listed["items"][0]["id"]
    one = client.get(f"/awards/{listed['next']}", headers=people["auditor"]).json()
    assert one == listed["items"][0]
    assert (
        client.post("/awards/instalments", json={"programme": "KATANGA"}, headers=people["administrator"]).json()[
            "instalments"
        ]
        == 0
    )


def test_an_explanation_and_a_decision_are_told_in_words(client: TestClient, people: dict[str, Headers]) -> None:
    _publish(client, people["administrator"])
    client.post("/assessments", json={"programme": "KATANGA"}, headers=people["caseworker"])
    listed = client.get(
        "/assessments?programme=KATANGA&outcome=more_information_needed&undecided=true", headers=people["caseworker"]
    ).json()["items"]
    claim_id = listed[0]["claim_id"]

    told = client.get(f"/claims/{claim_id}/assessment", headers=people["caseworker"]).json()

    assert told["questions"][0]["fact"] == "present_at_attack"
    present = next(one for one in told["criteria"] if one["code"] == "PRESENT")
    assert (present["finding"], present["applies"]) == ("unknown", True)
    assert "2003-02-24" not in str(told["criteria"]).replace("24 February 2003", "")
    client.post("/decisions", json={"claim_ids": [claim_id], "outcome": "ask"}, headers=people["decider"])
    decisions = client.get(f"/claims/{claim_id}/decisions", headers=people["caseworker"]).json()["items"]
    assert decisions[0]["questions"] == ["Was the claimant in the place when it was attacked? Who else can say so?"]
    one = client.get(f"/decisions/{decisions[0]['id']}", headers=people["caseworker"]).json()
    assert one == decisions[0]
    page = client.get("/decisions?programme=KATANGA&status=proposed", headers=people["auditor"]).json()
    assert [item["id"] for item in page["items"]] == [one["id"]]
    returned = client.post(
        "/decisions/returns",
        json={"decision_ids": [one["id"]], "reason": "facts_changed"},
        headers=people["confirmer"],
    ).json()
    assert returned["items"][0]["return_reason"] == "facts_changed"


def test_another_offices_caseworker_sees_none_of_it(client: TestClient, people: dict[str, Headers]) -> None:
    _publish(client, people["administrator"])
    client.post("/assessments", json={"programme": "KATANGA"}, headers=people["caseworker"])
    listed = client.get("/assessments?programme=KATANGA", headers=people["caseworker"]).json()["items"]
    claim_ids = [one["claim_id"] for one in listed if one["outcome"] == "eligible"]
    client.post("/decisions", json={"claim_ids": claim_ids, "outcome": "eligible"}, headers=people["decider"])
    decision = client.get("/decisions?programme=KATANGA", headers=people["auditor"]).json()["items"][0]

    stranger = people["elsewhere"]
    for path in ("/assessments?programme=KATANGA", "/decisions?programme=KATANGA"):
        assert client.get(path, headers=stranger).json()["items"] == []
    for path in (
        f"/claims/{listed[0]['claim_id']}/assessment",
        f"/claims/{listed[0]['claim_id']}/decisions",
        f"/decisions/{decision['id']}",
    ):
        assert client.get(path, headers=stranger).status_code == 404
    body = {"programme": "KATANGA", "claim_ids": [listed[0]["claim_id"]]}
    assert client.post("/assessments", json=body, headers=stranger).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "who"),
    [
        ("POST", "/programmes/KATANGA/rule-sets", "caseworker"),
        ("POST", "/assessments", "administrator"),
        ("POST", "/decisions", "caseworker"),
        ("POST", "/decisions/confirmations", "administrator"),
        ("POST", "/decisions/returns", "auditor"),
        ("POST", "/awards/individual", "decider"),
        ("POST", "/awards/instalments", "decider"),
        ("POST", f"/claims/clm_{'0' * 26}/persons", "caseworker"),
        ("POST", "/programmes/KATANGA/collective-awards", "decider"),
        ("GET", "/awards?programme=KATANGA", "caseworker"),
    ],
)
def test_each_deed_needs_its_role(
    client: TestClient, people: dict[str, Headers], *, method: str, path: str, who: str
) -> None:
    body = {
        "rules": "x",
        "facts": "x",
        "examples": "x",
        "in_force_from": "2031-05-01",
    }
    bodies = {
        "/assessments": {"programme": "KATANGA"},
        "/decisions": {"programme": "KATANGA", "assessed_as": "eligible", "outcome": "eligible"},
        "/decisions/confirmations": {"programme": "KATANGA"},
        "/decisions/returns": {"decision_ids": [f"dec_{'0' * 26}"], "reason": "wrong_claim"},
        "/awards/individual": {"programme": "KATANGA"},
        "/awards/instalments": {"programme": "KATANGA"},
        f"/claims/clm_{'0' * 26}/persons": {"persons": [{"position": 1, "claim_id": f"clm_{'0' * 26}"}]},
        "/programmes/KATANGA/collective-awards": {
            "lines": [{"code": "AB", "title": "x", "amount": "1.00", "citation": "x"}]
        },
    }
    answer = client.request(
        method, path, json=bodies.get(path, body) if method == "POST" else None, headers=people[who]
    )

    assert answer.status_code == 403, answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "eligible"},
        {"programme": "KATANGA", "outcome": "eligible"},
        {"assessed_as": "eligible", "outcome": "eligible"},
        {"claim_ids": [f"clm_{'0' * 26}"], "programme": "KATANGA", "outcome": "eligible"},
        {"claim_ids": [f"clm_{'0' * 26}"], "programme": "KATANGA", "assessed_as": "eligible", "outcome": "eligible"},
        {"claim_ids": [], "outcome": "eligible"},
        {"claim_ids": [f"clm_{'0' * 26}"], "outcome": "eligible", "reasons": ["a name"]},
    ],
)
def test_a_malformed_proposal_is_refused(client: TestClient, people: dict[str, Headers], body: dict[str, Any]) -> None:
    assert client.post("/decisions", json=body, headers=people["decider"]).status_code == 422


def test_a_bad_rule_file_is_answered_with_place_and_remedy(client: TestClient, people: dict[str, Headers]) -> None:
    bad = katanga_files().rules.replace("when: present_at_attack", "when: present_at_atack")

    answer = _publish(client, people["administrator"], rules=bad)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "eligibility.rule_file_refused")
    assert problem["detail"].startswith("rules.yaml:")
    assert "«present_at_atack»" in problem["detail"]
    assert problem["remedy"] == "Declare it in facts.yaml, or correct the spelling."


def test_rule_sets_are_listed_with_their_criteria(client: TestClient, people: dict[str, Headers]) -> None:
    published = _publish(client, people["administrator"]).json()
    assert _publish(client, people["administrator"]).json()["id"] == published["id"]

    page = client.get("/programmes/KATANGA/rule-sets", headers=people["auditor"]).json()

    assert page["items"] == [published]
    assert client.get(f"/rule-sets/{published['id']}", headers=people["auditor"]).json() == published
    assert {"code", "title", "cite"} == set(published["criteria"][0])


def test_confirming_needs_decisions_or_a_programme(client: TestClient, people: dict[str, Headers]) -> None:
    both = {"programme": "KATANGA", "decision_ids": [f"dec_{'0' * 26}"]}

    for body in ({}, both):
        assert client.post("/decisions/confirmations", json=body, headers=people["confirmer"]).status_code == 422
