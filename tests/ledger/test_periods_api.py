"""Currencies, periods and openings over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from reparations.db import Database
from reparations.principal import Role
from tests.conftest import StandingClock
from tests.factories.access import PASSWORD, make_account
from tests.factories.ledger import make_fund

Call = Callable[..., Response]


@pytest.fixture
def fund_id(database: Database) -> str:
    with database.transaction() as session:
        for name in ("first", "second"):
            make_account(session, Role.FUND_ADMINISTRATOR, username=name)
        make_account(session, Role.APPROVER, username="approver")
        return make_fund(session, code="KAT", currencies=("USD", "EUR"), available_minor=100_000).id


@pytest.fixture
def post(client: TestClient, fund_id: str) -> Call:
    assert fund_id

    def send(username: str, path: str, body: dict[str, Any] | None = None) -> Response:
        return client.post(path, json=body, headers=_sign_in(client, username))

    return send


def _sign_in(client: TestClient, username: str) -> dict[str, str]:
    answer = client.post("/sessions", json={"username": username, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_money_is_exchanged_and_revalued(client: TestClient, post: Call, fund_id: str) -> None:
    rate = {"base": "EUR", "quote": "USD", "rate": "1.25", "quoted_on": "2031-05-01", "source": "Bulletin 12"}
    exchange = {
        "reference": "ADVICE-1",
        "sold": {"amount": "11.00", "currency": "USD"},
        "bought": {"amount": "10.00", "currency": "EUR"},
        "occurred_on": "2031-05-01",
        "source": "Bank's advice",
    }

    recorded = post("first", "/exchange-rates", rate)
    exchanged = post("first", f"/funds/{fund_id}/exchanges", exchange)
    revalued = post(
        "first",
        f"/funds/{fund_id}/revaluations",
        {
            "reference": "REVAL-1",
            "currency": "EUR",
            "measured_in": "USD",
            "rate_id": recorded.json()["id"],
            "valued_on": "2031-05-01",
            "source": "Instruction",
        },
    )

    assert (recorded.status_code, recorded.json()["rate"]) == (201, "5/4")
    assert (exchanged.status_code, exchanged.json()["cost"]) == (201, {"amount": "11.00", "currency": "USD"})
    assert (revalued.status_code, revalued.json()["gain"]) == (201, {"amount": "1.50", "currency": "USD"})
    headers = _sign_in(client, "second")
    listed = client.get(f"/funds/{fund_id}/exchanges", headers=headers).json()["items"]
    assert [step["kind"] for step in listed] == ["exchange", "revaluation"]
    assert len(client.get("/exchange-rates?current=true&base=EUR", headers=headers).json()["items"]) == 1
    too_fine = post("first", f"/funds/{fund_id}/exchanges", exchange | {"sold": {"amount": "1.001", "currency": "USD"}})
    assert (too_fine.status_code, too_fine.json()["code"]) == (422, "money.malformed_amount")


def test_a_period_is_closed_by_two_and_then_refuses(
    client: TestClient, post: Call, fund_id: str, clock: StandingClock
) -> None:
    body = {"length": "month", "starts_on": "2031-05-01"}
    early = post("first", f"/funds/{fund_id}/period-closings", body)
    clock.advance(days=40)
    draft = post("first", f"/funds/{fund_id}/period-closings", body).json()
    alone = post("first", f"/period-closings/{draft['id']}/countersignature")

    closed = post("second", f"/period-closings/{draft['id']}/countersignature")

    assert (early.status_code, early.json()["code"]) == (409, "ledger.period_not_over")
    assert (alone.status_code, alone.json()["code"]) == (409, "ledger.same_person")
    assert (closed.status_code, closed.json()["ends_on"]) == (201, "2031-05-31")
    headers = _sign_in(client, "second")
    shown = client.get(f"/funds/{fund_id}/periods/1", headers=headers).json()
    assert {"currency": "USD", "account": "bank", "debits": "1000.00", "credits": "0.00"} in shown["trial_balance"]
    assert len(client.get(f"/funds/{fund_id}/periods", headers=headers).json()["items"]) == 1
    late = post(
        "first",
        f"/funds/{fund_id}/exchanges",
        {
            "reference": "ADVICE-1",
            "sold": {"amount": "11.00", "currency": "USD"},
            "bought": {"amount": "10.00", "currency": "EUR"},
            "occurred_on": "2031-05-31",
            "source": "Bank's advice",
        },
    )
    assert (late.status_code, late.json()["code"]) == (409, "ledger.period_closed")
    adjusted = post(
        "first",
        f"/funds/{fund_id}/periods/1/adjustments",
        {"entry_id": "none", "happened_on": "2031-05-31", "reason": "Late", "authority": "Memo"},
    )
    assert (adjusted.status_code, adjusted.json()["code"]) == (409, "ledger.adjustment_refused")
    year_end = client.get(f"/funds/{fund_id}/year-end?ends_on=2031-05-31", headers=headers)
    assert year_end.json()[0] == {
        "currency": "USD",
        "opening": "0.00",
        "income": "1000.00",
        "expenses": "0.00",
        "through_positions": "0.00",
        "closing": "1000.00",
    }


def test_books_are_opened_from_a_sheet(client: TestClient, post: Call, fund_id: str) -> None:
    content = "fund,currency,account,amount\nKAT,EUR,bank,12.50\n"
    sheet = post(
        "first",
        "/ledger/opening-sheets",
        {"source_system": "Old books 3", "as_of": "2031-04-30", "content": content},
    ).json()

    confirmed = post("second", f"/ledger/opening-sheets/{sheet['id']}/confirmation")

    assert (sheet["reconciled"], sheet["lines"][0]["posted"]) == (False, "0.00")
    assert (confirmed.status_code, confirmed.json()["reconciled"]) == (201, True)
    shown = client.get(f"/ledger/opening-sheets/{sheet['id']}", headers=_sign_in(client, "second")).json()
    assert shown["lines"] == [
        {
            "fund": "KAT",
            "account": "bank",
            "currency": "EUR",
            "imported": "12.50",
            "posted": "12.50",
            "difference": "0.00",
            "cleared": "12.50",
            "still_open": "0.00",
        }
    ]
    assert fund_id


def test_what_was_taken_over_is_cleared_by_two(client: TestClient, post: Call, fund_id: str) -> None:
    content = "fund,currency,account,amount\nKAT,EUR,bank,12.50\nKAT,EUR,returned,7.00\n"
    sheet = post(
        "first",
        "/ledger/opening-sheets",
        {"source_system": "Old books 3", "as_of": "2031-04-30", "content": content},
    ).json()
    post("second", f"/ledger/opening-sheets/{sheet['id']}/confirmation")
    wanted = {
        "reference": "OLD-12",
        "kind": "written_back",
        "amount": "5.00",
        "currency": "EUR",
        "citation": "Statement 12",
    }

    prepared = post("first", f"/funds/{fund_id}/opening-clearances", wanted)
    path = f"/opening-clearances/{prepared.json()['id']}/approval"
    alone = post("first", path, {"occurred_on": "2031-05-01"})
    approved = post("second", path, {"occurred_on": "2031-05-01"})
    above = post("first", f"/funds/{fund_id}/opening-clearances", wanted | {"reference": "OLD-13"})

    assert [answer.status_code for answer in (prepared, alone, approved, above)] == [201, 409, 201, 409]
    assert (prepared.json()["cleared_on"], approved.json()["cleared_on"]) == (None, "2031-05-01")
    assert above.json()["code"] == "ledger.clearance_exceeds"
    reader = _sign_in(client, "second")
    listed = client.get(f"/ledger/opening-sheets/{sheet['id']}/clearances", headers=reader).json()
    assert listed["items"] == [approved.json()]
    shown = client.get(f"/ledger/opening-sheets/{sheet['id']}", headers=reader).json()
    (line,) = (one for one in shown["lines"] if one["account"] == "returned")
    assert (line["posted"], line["cleared"], line["still_open"]) == ("7.00", "5.00", "2.00")


def test_what_was_cleared_or_exchanged_in_error_is_taken_back_by_two(
    client: TestClient, post: Call, fund_id: str
) -> None:
    content = "fund,currency,account,amount\nOLD,USD,bank,12.50\nOLD,USD,returned,7.00\n"
    opened = _open_fund(post)
    sheet = post(
        "first",
        "/ledger/opening-sheets",
        {"source_system": "Old books 3", "as_of": "2031-04-30", "content": content},
    ).json()
    post("second", f"/ledger/opening-sheets/{sheet['id']}/confirmation")
    wanted = {"reference": "OLD-1", "kind": "written_back", "amount": "5.00", "currency": "USD", "citation": "No. 1"}
    clearance_id = post("first", f"/funds/{opened}/opening-clearances", wanted).json()["id"]
    waiting = post("first", "/reversals", {"record_id": clearance_id, "reason": "It is still there"})
    post("second", f"/opening-clearances/{clearance_id}/approval", {"occurred_on": "2031-05-01"})
    first, second = (_buy_euro(post, fund_id, reference=f"ADVICE-{number}") for number in (1, 2))

    reversals = [
        post("first", "/reversals", {"record_id": record_id, "reason": "Entered in error"}).json()["id"]
        for record_id in (clearance_id, second, first)
    ]
    paths = [f"/reversals/{reversal_id}/approval" for reversal_id in reversals]
    day = {"occurred_on": "2031-05-01"}
    alone, too_early = post("first", paths[0], day), post("second", paths[2], day)
    approved = [post("second", path, day) for path in (*paths, paths[1])]

    assert (waiting.status_code, waiting.json()["code"]) == (404, "ledger.record_not_found")
    assert (alone.json()["code"], too_early.json()["code"]) == ("ledger.same_person", "ledger.exchange_overtaken")
    assert too_early.json()["record"] == second
    assert [answer.status_code for answer in approved] == [201] * 4
    reader = _sign_in(client, "second")
    (cleared,) = client.get(f"/ledger/opening-sheets/{sheet['id']}/clearances", headers=reader).json()["items"]
    assert (cleared["cleared_on"], cleared["reversed_on"]) == ("2031-05-01", "2031-05-01")
    lines = client.get(f"/ledger/opening-sheets/{sheet['id']}", headers=reader).json()["lines"]
    assert [line["still_open"] for line in lines if line["account"] == "returned"] == ["7.00"]
    steps = client.get(f"/funds/{fund_id}/exchanges", headers=reader).json()["items"]
    assert [(step["kind"], step["reverses_id"]) for step in steps] == [
        ("exchange", None),
        ("exchange", None),
        ("reversal", second),
        ("reversal", first),
    ]
    assert (steps[-1]["held"]["amount"], steps[-1]["cost"]["amount"]) == ("0.00", "0.00")
    listed = client.get("/reversals", headers=reader).json()["items"]
    assert [(one["record_id"], one["amount"]["amount"]) for one in listed] == [
        (clearance_id, "5.00"),
        (second, "11.00"),
        (first, "11.00"),
    ]


def _buy_euro(post: Call, fund_id: str, *, reference: str) -> str:
    body = {
        "reference": reference,
        "sold": {"amount": "11.00", "currency": "USD"},
        "bought": {"amount": "10.00", "currency": "EUR"},
        "occurred_on": "2031-05-01",
        "source": "Bank's advice",
    }
    return str(post("first", f"/funds/{fund_id}/exchanges", body).json()["id"])


def _open_fund(post: Call) -> str:
    forms = [{"form": "individual", "citation": "Invented agreement"}]
    body = {"code": "OLD", "title": "Taken over", "forms": forms, "currencies": ["USD"]}
    return str(post("first", "/funds", body).json()["id"])


def test_only_fund_administrators_close_open_and_exchange(post: Call, fund_id: str) -> None:
    nobody = f"pcl_{'0' * 26}"

    answers = [
        post("approver", f"/funds/{fund_id}/period-closings", {"length": "month", "starts_on": "2031-05-01"}),
        post("approver", f"/period-closings/{nobody}/countersignature"),
        post("approver", f"/ledger/opening-sheets/ops_{'0' * 26}/confirmation"),
        post("approver", f"/funds/{fund_id}/opening-clearances", {}),
        post("approver", f"/opening-clearances/clr_{'0' * 26}/approval", {"occurred_on": "2031-05-01"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
