"""The routes of adjustments and overpayments, walked as clients walk them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient

from reparations.db import Database
from reparations.principal import Role
from reparations.registry.models import Claim
from tests.conftest import StandingClock
from tests.factories.access import PASSWORD, make_account
from tests.factories.recovery import Scene, correct, instalments_of, make_awarded, make_scene, pay

Headers = Mapping[str, str]
PEOPLE = {
    "first": Role.FUND_ADMINISTRATOR,
    "second": Role.FUND_ADMINISTRATOR,
    "decider": Role.DECIDER,
    "payer": Role.PAYER,
}


@pytest.fixture
def people(database: Database, client: TestClient) -> dict[str, Headers]:
    with database.transaction() as session:
        for name, role in PEOPLE.items():
            make_account(session, role, username=name)
    return {name: sign_in(client, name) for name in PEOPLE}


@pytest.fixture
def overpaid(database: Database) -> tuple[Scene, Claim]:
    """A claim that was paid 250.00 and of which 100.00 stands granted."""
    with database.transaction() as session:
        scene = make_scene(session)
        claim = make_awarded(session, scene)
        pay(session, scene)
        correct(session, scene, claim, 10_000)
    return scene, claim


def sign_in(client: TestClient, username: str) -> Headers:
    answer = client.post("/sessions", json={"username": username, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def adjust(client: TestClient, people: dict[str, Headers], claim: Claim) -> Any:  # noqa: ANN401 an answer's body
    body = {"claim_id": claim.id, "citation": "Correction of May 1"}
    prepared = client.post("/award-adjustments", json=body, headers=people["first"])
    assert prepared.status_code == 201, prepared.text
    path = f"/award-adjustments/{prepared.json()['id']}/approval"
    assert client.post(path, headers=people["first"]).json()["code"] == "recovery.same_person"
    approved = client.post(path, headers=people["second"])
    assert approved.status_code == 200, approved.text
    return approved.json()


def test_from_a_correction_to_a_settled_overpayment(
    client: TestClient,
    *,
    people: dict[str, Headers],
    overpaid: tuple[Scene, Claim],
    database: Database,
    clock: StandingClock,
) -> None:
    scene, claim = overpaid
    code = scene.deciding.programme.code
    listed = client.get(f"/award-differences?programme={code}", headers=people["first"]).json()["items"]
    assert [one["difference"]["amount"] for one in listed] == ["-150.00"]

    adjusted = adjust(client, people, claim)

    assert adjusted["difference"] == {"amount": "-150.00", "currency": "USD"}
    assert [(one["kind"], one["amount"]["amount"]) for one in adjusted["reductions"]] == [("overpaid", "150.00")]
    (found,) = client.get(f"/overpayments?programme={code}", headers=people["decider"]).json()["items"]
    assert (found["state"], found["outstanding"]["amount"], found["reference"]) == (
        "identified",
        "150.00",
        claim.reference,
    )
    path = f"/overpayments/{found['id']}"
    notice = {
        "notified_on": "2031-05-01",
        "letter": "LETTER-7",
        "object_until": "2031-05-31",
        "objection_way": "In writing to the fund",
    }
    assert client.post(f"{path}/notice", json=notice, headers=people["first"]).json()["state"] == "notified"
    receipt = {"amount": "50.00", "bank_reference": "BANK-1", "received_on": "2031-05-01"}
    assert client.post(f"{path}/repayments", json=receipt, headers=people["first"]).status_code == 200
    clock.advance(days=31)
    people = {name: sign_in(client, name) for name in PEOPLE}
    with database.transaction() as session:
        correct(session, scene, claim, 16_000, at=clock())
    adjust(client, people, claim)
    with database.reading() as session:
        later = instalments_of(session, claim)[-1].id
    kept = {"instalment_id": later, "amount": "60.00"}
    assert client.post(f"{path}/set-offs", json=kept, headers=people["first"]).status_code == 200
    body = {"amount": "40.00", "reason": "hardship", "authority": "Resolution 7"}
    waiver = client.post(f"{path}/waivers", json=body, headers=people["first"]).json()
    settled = client.post(f"/overpayment-waivers/{waiver['id']}/approval", headers=people["second"]).json()

    assert (settled["state"], settled["outstanding"]["amount"]) == ("settled", "0.00")
    assert [one["kind"] for one in settled["recoveries"]] == ["repaid", "set_off", "waived"]
    assert client.get(path, headers=people["first"]).json() == settled
    query = f"/overpayments?programme={code}&outstanding_only=true"
    assert client.get(query, headers=people["first"]).json()["items"] == []
    every = client.get(f"/award-adjustments?programme={code}", headers=people["first"]).json()["items"]
    assert [one["difference"]["amount"] for one in every] == ["-150.00", "60.00"]
    one = client.get(f"/award-adjustments/{every[0]['id']}", headers=people["decider"]).json()
    assert one == every[0]


def test_who_may_and_what_is_not_there(
    client: TestClient, people: dict[str, Headers], overpaid: tuple[Scene, Claim]
) -> None:
    _, claim = overpaid
    body = {"claim_id": claim.id, "citation": "C"}
    assert client.post("/award-adjustments", json=body, headers=people["payer"]).status_code == 403
    unknown = "0" * 26
    for path in (f"/overpayments/ovp_{unknown}", f"/award-adjustments/adj_{unknown}"):
        assert client.get(path, headers=people["first"]).status_code == 404
    answer = client.post(f"/overpayment-waivers/wai_{unknown}/approval", headers=people["first"])
    assert answer.json()["code"] == "recovery.waiver_not_found"
