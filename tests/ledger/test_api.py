"""Funds and books over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from reparations.db import Database
from reparations.ids import new_id
from reparations.principal import Role
from tests.factories.access import PASSWORD, make_account

Post = Callable[[str, dict[str, Any]], Response]
FUND = {
    "code": "KAT-INDIVIDUAL",
    "title": "Gift for individual awards",
    "forms": [{"form": "individual", "citation": "Invented agreement, art. 2"}],
    "currencies": ["USD"],
}


@pytest.fixture
def headers(database: Database, client: TestClient) -> dict[Role, dict[str, str]]:
    with database.transaction() as session:
        for role in Role:
            make_account(session, role, username=f"the.{role}")

    def token(role: Role) -> str:
        answer = client.post("/sessions", json={"username": f"the.{role}", "password": PASSWORD})
        return str(answer.json()["access_token"])

    wanted = (Role.FUND_ADMINISTRATOR, Role.AUDITOR, Role.APPROVER)
    return {role: {"Authorization": f"Bearer {token(role)}"} for role in wanted}


@pytest.fixture
def administrator(client: TestClient, headers: dict[Role, dict[str, str]]) -> Post:
    return lambda path, body: client.post(path, json=body, headers=headers[Role.FUND_ADMINISTRATOR])


def made(answer: Response) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def refusal(answer: Response) -> tuple[int, str, str | None]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem.get("field")


def gift(administrator: Post, **changes: object) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A fund, and the bodies of a pledge to it and of a receipt against that."""
    fund_id = made(administrator("/funds", FUND))
    donor_id = made(administrator("/donors", {"code": "DONOR-A", "title": "A state", "kind": "state"}))
    pledge = {
        "reference": "LETTER-1",
        "donor_id": donor_id,
        "fund_id": fund_id,
        "amount": "70000.00",
        "currency": "USD",
        "pledged_on": "2017-06-01",
        "citation": "Invented letter of intent",
    }
    receipt = {
        "reference": "MT103-1",
        "amount": "70000",
        "currency": "USD",
        "received_on": "2017-10-26",
        "source": "voluntary",
    }
    return fund_id, pledge | changes, receipt


def test_money_is_pledged_received_and_shown(
    client: TestClient, administrator: Post, headers: dict[Role, dict[str, str]]
) -> None:
    fund_id, pledge, receipt = gift(administrator)
    pledge_id = made(administrator("/pledges", pledge))
    received = administrator("/contributions", receipt | {"pledge_id": pledge_id})

    assert received.json()["received"] == {"amount": "70000.00", "currency": "USD"}
    auditor = headers[Role.AUDITOR]
    (book,) = client.get(f"/funds/{fund_id}/balances", headers=auditor).json()["books"]
    assert {account["code"]: account["balance"] for account in book["accounts"] if account["balance"] != "0.00"} == {
        "uncommitted": "70000.00",
        "contributions": "70000.00",
        "bank": "70000.00",
    }
    assert book["identity"]["holds"] is True
    balance = client.get("/ledger/trial-balance", headers=auditor).json()
    assert balance["totals"] == [{"currency": "USD", "debits": "210000.00", "credits": "210000.00", "balanced": True}]
    before = client.get("/ledger/trial-balance?as_of=2017-06-01", headers=auditor).json()
    assert [line["account"] for line in before["lines"]] == ["pledges", "pledges_receivable"]


def test_the_journal_pages(client: TestClient, administrator: Post, headers: dict[Role, dict[str, str]]) -> None:
    _, pledge, receipt = gift(administrator)
    pledge_id = made(administrator("/pledges", pledge))
    made(administrator("/contributions", receipt | {"pledge_id": pledge_id}))
    auditor = headers[Role.AUDITOR]

    first = client.get("/ledger/entries?limit=1", headers=auditor).json()
    second = client.get("/ledger/entries", params={"limit": 1, "after": first["next"]}, headers=auditor).json()

    entries = first["items"] + second["items"]
    assert sorted(line["account"] for entry in entries for line in entry["lines"]) == [
        "bank",
        "contributions",
        "pledges",
        "pledges",
        "pledges_receivable",
        "pledges_receivable",
    ]
    assert (len(entries), second["next"]) == (2, None)
    lost = client.get("/ledger/entries?after=nothing", headers=auditor)
    assert refusal(lost) == (404, "ledger.entry_not_found", "after")


def test_funds_and_donors_are_listed_by_code(
    client: TestClient, administrator: Post, headers: dict[Role, dict[str, str]]
) -> None:
    for code in ("B-FUND", "A-FUND", "C-FUND"):
        made(administrator("/funds", FUND | {"code": code, "currencies": ["USD", "EUR"]}))
    for code in ("DONOR-B", "DONOR-A"):
        made(administrator("/donors", {"code": code, "title": "A state", "kind": "court"}))
    auditor = headers[Role.AUDITOR]

    first = client.get("/funds?limit=2", headers=auditor).json()
    rest = client.get("/funds", params={"after": first["next"]}, headers=auditor).json()
    donors = client.get("/donors", headers=auditor).json()

    assert [fund["code"] for fund in first["items"] + rest["items"]] == ["A-FUND", "B-FUND", "C-FUND"]
    assert first["items"][0]["currencies"] == ["EUR", "USD"]
    assert first["items"][0]["forms"] == FUND["forms"]
    assert [(donor["code"], donor["kind"]) for donor in donors["items"]] == [
        ("DONOR-A", "court"),
        ("DONOR-B", "court"),
    ]


def test_sending_a_gift_again_is_safe(administrator: Post) -> None:
    _, pledge, receipt = gift(administrator)
    pledge_id = made(administrator("/pledges", pledge))
    receipt["pledge_id"] = pledge_id
    contribution_id = made(administrator("/contributions", receipt))

    assert made(administrator("/pledges", pledge)) == pledge_id
    assert made(administrator("/contributions", receipt)) == contribution_id
    again = administrator("/contributions", receipt | {"source": "levy"})
    assert refusal(again) == (409, "ledger.reference_reused", "reference")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"amount": "0.00"}, (422, "ledger.entry_malformed", "amount")),
        ({"amount": "1.001"}, (422, "money.malformed_amount", "amount")),
        ({"amount": "-5"}, (422, "invalid_input", "body.amount")),
        ({"amount": 5}, (422, "invalid_input", "body.amount")),
        ({"currency": "XXX"}, (422, "money.unknown_currency", "currency")),
        ({"currency": "EUR"}, (404, "ledger.account_not_found", None)),
        ({"donor_id": new_id("don")}, (404, "ledger.donor_not_found", None)),
        ({"fund_id": new_id("fnd")}, (404, "ledger.fund_not_found", None)),
        ({"citation": "with a \x00 in it"}, (422, "invalid_input", "body.citation")),
        ({"note": "unforeseen"}, (422, "invalid_input", "body")),
    ],
)
def test_a_wrong_pledge_is_refused(
    administrator: Post, changes: dict[str, object], expected: tuple[int, str, str | None]
) -> None:
    _, pledge, _ = gift(administrator, **changes)

    assert refusal(administrator("/pledges", pledge)) == expected


def test_a_wrong_receipt_is_refused(administrator: Post) -> None:
    _, pledge, receipt = gift(administrator)
    pledge_id = made(administrator("/pledges", pledge))

    too_much = administrator("/contributions", receipt | {"pledge_id": pledge_id, "amount": "70000.01"})
    other_currency = administrator("/contributions", receipt | {"pledge_id": pledge_id, "currency": "EUR"})
    nowhere = administrator("/contributions", receipt | {"pledge_id": new_id("plg")})

    assert refusal(too_much) == (409, "ledger.pledge_exceeded", "amount")
    assert refusal(other_currency) == (422, "money.currency_mismatch", "currency")
    assert refusal(nowhere) == (404, "ledger.pledge_not_found", None)


def test_a_wrong_fund_is_refused(administrator: Post) -> None:
    made(administrator("/funds", FUND))

    assert refusal(administrator("/funds", FUND | {"title": "Another"})) == (409, "ledger.fund_code_taken", "code")
    nowhere = administrator("/funds", FUND | {"code": "X1", "programme_id": new_id("prg")})
    assert refusal(nowhere) == (422, "ledger.programme_unknown", "programme_id")
    twice = administrator("/funds", FUND | {"code": "X2", "currencies": ["USD", "USD"]})
    assert refusal(twice) == (422, "ledger.entry_malformed", "currencies")


def test_who_may_do_what(client: TestClient, headers: dict[Role, dict[str, str]]) -> None:
    auditor, approver = headers[Role.AUDITOR], headers[Role.APPROVER]
    reads = ("/funds", "/donors", "/ledger/entries", "/ledger/trial-balance", f"/funds/{new_id('fnd')}/balances")

    assert [client.get(path, headers=approver).status_code for path in reads] == [403] * len(reads)
    assert [client.get(path).status_code for path in reads] == [401] * len(reads)
    assert [client.get(path, headers=auditor).status_code for path in reads] == [200, 200, 200, 200, 404]
    for path in ("/funds", "/donors", "/pledges", "/contributions"):
        assert client.post(path, json=FUND, headers=auditor).status_code in {403, 422}
    assert client.post("/funds", json=FUND, headers=auditor).status_code == 403
