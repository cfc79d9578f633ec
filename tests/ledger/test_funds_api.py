"""Fund accounting over HTTP: terms of pledges, restrictions, costs, refunds by two persons, what is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from httpx2 import URL, Response
from starlette.testclient import TestClient

from reparations.db import Database
from reparations.ids import new_id
from reparations.principal import Role
from tests.factories.access import PASSWORD, make_account

CITATION = "Invented agreement, art. 7"


class Offices:
    """Two fund administrators and an auditor, signed in."""

    def __init__(self, client: TestClient, database: Database) -> None:
        self.client = client
        with database.transaction() as session:
            for name, role in (
                ("first", Role.FUND_ADMINISTRATOR),
                ("second", Role.FUND_ADMINISTRATOR),
                ("auditor", Role.AUDITOR),
            ):
                make_account(session, role, username=name)
        self.headers = {name: self._sign_in(name) for name in ("first", "second", "auditor")}

    def _sign_in(self, name: str) -> dict[str, str]:
        answer = self.client.post("/sessions", json={"username": name, "password": PASSWORD})
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def post(self, path: str, body: Mapping[str, object], *, by: str = "first") -> Response:
        return self.client.post(path, json=body, headers=self.headers[by])

    def made(self, path: str, body: Mapping[str, object], *, by: str = "first") -> str:
        answer = self.post(path, body, by=by)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def get(self, path: str) -> Any:  # noqa: ANN401 whatever JSON the route answers
        answer = self.client.get(path, headers=self.headers["auditor"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    def open_fund(self, code: str) -> str:
        forms = [{"form": form, "citation": CITATION} for form in ("individual", "collective")]
        return self.made("/funds", {"code": code, "title": "A fund", "forms": forms, "currencies": ["USD"]})


@pytest.fixture
def offices(client: TestClient, database: Database) -> Offices:
    return Offices(client, database)


@pytest.fixture
def donor_id(offices: Offices) -> str:
    return offices.made("/donors", {"code": "DONOR-A", "title": "A state", "kind": "state"})


def money(amount: str) -> dict[str, object]:
    return {"amount": amount, "currency": "USD"}


def test_a_conditional_pledge_in_parts_is_met_part_by_part(offices: Offices, donor_id: str) -> None:
    fund_id = offices.open_fund("FUND-A")
    pledge = {
        "reference": "LETTER-1",
        "donor_id": donor_id,
        "fund_id": fund_id,
        "pledged_on": "2031-01-01",
        "citation": CITATION,
        "schedule": [{"due_on": "2031-02-01", "amount": "60.00"}, {"due_on": "2031-09-01", "amount": "40"}],
        "conditions": [{"text": "An audit is made.", "citation": CITATION}],
    }
    pledge_id = offices.made("/pledges", pledge | money("100.00"))
    receipt = {"reference": "R-1", "pledge_id": pledge_id, "received_on": "2031-05-01", "source": "voluntary"}
    refused = offices.post("/contributions", receipt | money("50.00"))
    (shown,) = offices.get("/pledges")["items"]
    condition = shown["conditions"][0]
    resolution = {"outcome": "waived", "authority": "Board, 3 March", "resolved_on": "2031-03-03"}
    offices.made(f"/conditions/{condition['id']}/resolution", resolution)
    offices.made("/contributions", receipt | money("50.00"))
    less = {"reference": "L-2", "reason": "Less", "citation": CITATION, "decided_on": "2031-05-01"}
    offices.made(f"/pledges/{pledge_id}/reductions", less | {"kind": "reduced", "amount": "40.00"})

    assert (refused.status_code, refused.json()["code"], condition["state"]) == (409, "ledger.condition_open", "open")
    (due,) = offices.get("/receivables?as_of=2031-05-01")
    assert (due["part"], due["amount"]["amount"], due["age"], due["conditional"]) == (1, "10.00", "31-90", False)
    (after,) = offices.get(f"/pledges?fund_id={fund_id}")["items"]
    assert [after[name]["amount"] for name in ("pledged", "received", "reduced", "open")] == [
        "100.00",
        "50.00",
        "40.00",
        "10.00",
    ]
    assert offices.post("/pledges", pledge | money("100.01") | {"reference": "X"}).status_code == 422


def test_money_is_restricted_spent_refunded_and_moved(offices: Offices, donor_id: str) -> None:
    fund_id, other_id = offices.open_fund("FUND-A"), offices.open_fund("FUND-B")
    levy = {"donor_id": donor_id, "fund_id": fund_id, "received_on": "2031-04-01", "source": "levy"}
    contribution_id = offices.made(
        "/contributions/unpledged", levy | money("1000.00") | {"reference": "LEVY", "citation": "Levy order 12"}
    )
    offices.made("/interest", {"reference": "I", "fund_id": fund_id, "received_on": "2031-04-02"} | money("5.00"))
    ceiling = {"numerator": 3, "denominator": 100, "valid_from": "2031-01-01", "citation": "Decision 18"}
    offices.made(f"/funds/{fund_id}/overhead-ceilings", ceiling)
    cost = {"fund_id": fund_id, "cost_class": "audit", "incurred_on": "2031-04-03", "citation": "Invoice"}
    offices.made("/costs", cost | money("30.00") | {"reference": "C-1"})
    above = offices.post("/costs", cost | money("0.01") | {"reference": "C-2"})
    refund = {"reference": "R", "contribution_id": contribution_id, "citation": "Return order"} | money("70.00")
    refund_id = offices.made("/refunds", refund)
    alone = offices.post(f"/refunds/{refund_id}/approval", {"occurred_on": "2031-04-04"})
    offices.made(f"/refunds/{refund_id}/approval", {"occurred_on": "2031-04-04"}, by="second")
    move = {"reference": "M", "from_fund_id": fund_id, "to_fund_id": other_id, "citation": CITATION} | money("100.00")
    move_id = offices.made("/fund-moves", move)
    offices.made(f"/fund-moves/{move_id}/approval", {"occurred_on": "2031-04-05"}, by="second")
    until = {"kind": "period", "usable_until": "2031-06-01", "citation": CITATION}
    offices.made(f"/funds/{fund_id}/restrictions", until)

    assert above.json()["code"] == "ledger.overhead_above_ceiling"
    assert alone.json()["code"] == "ledger.same_person"
    overhead = offices.get(f"/funds/{fund_id}/overhead?currency=USD")
    assert (overhead["total"]["amount"], overhead["allowed"]["amount"], overhead["ratio"]) == ("30.00", "30.00", None)
    (unspent,) = offices.get(f"/funds/{fund_id}/unspent?currency=USD&as_of=2031-05-01")
    assert (unspent["amount"]["amount"], unspent["age"]) == ("800.00", "0-30")
    uses = offices.get(f"/funds/{fund_id}/attribution?currency=USD")
    assert {(use["kind"], use["amount"]["amount"], use["contribution_id"]) for use in uses} == {
        ("cost", "30.00", contribution_id),
        ("moved", "100.00", contribution_id),
    }
    (book,) = offices.get(f"/funds/{fund_id}/obligations")
    assert (book["held"]["amount"], book["owed"]["amount"], book["uncommitted"]["amount"]) == (
        "805.00",
        "0.00",
        "805.00",
    )
    (expiring,) = offices.get("/expiring-money?as_of=2031-05-01&within_days=31")
    assert (expiring["fund"], expiring["amount"]["amount"]) == ("FUND-A", "805.00")
    assert [row["kind"] for row in offices.get(f"/funds/{fund_id}/restrictions")] == ["period"]


def test_a_cost_recorded_in_error_is_taken_back_by_two(offices: Offices, donor_id: str) -> None:
    fund_id = offices.open_fund("FUND-A")
    levy = {"donor_id": donor_id, "fund_id": fund_id, "received_on": "2031-04-01", "source": "levy"}
    offices.made("/contributions/unpledged", levy | money("90.00") | {"reference": "LEVY", "citation": "Levy order 12"})
    cost = {"fund_id": fund_id, "cost_class": "audit", "incurred_on": "2031-04-03", "citation": "Invoice"}
    cost_id = offices.made("/costs", cost | money("70.00") | {"reference": "C-1"})

    reversal_id = offices.made("/reversals", {"record_id": cost_id, "reason": "The invoice says 7.00"})
    alone = offices.post(f"/reversals/{reversal_id}/approval", {"occurred_on": "2031-04-04"})
    offices.made(f"/reversals/{reversal_id}/approval", {"occurred_on": "2031-04-04"}, by="second")

    assert alone.json()["code"] == "ledger.same_person"
    (found,) = offices.get("/reversals")["items"]
    assert (found["record_id"], found["reference"], found["amount"]["amount"], found["reversed_on"]) == (
        cost_id,
        "C-1",
        "70.00",
        "2031-04-04",
    )
    assert offices.get(f"/funds/{fund_id}/overhead?currency=USD")["total"]["amount"] == "0.00"
    unknown = offices.post("/reversals", {"record_id": f"int_{'0' * 26}", "reason": "?"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "ledger.record_not_found")


def test_what_is_malformed_or_unknown_is_refused(offices: Offices) -> None:
    fund_id = offices.open_fund("FUND-A")
    share = {"kind": "share", "value": "collective", "share": [4, 3], "citation": CITATION}
    order = {"reference": "O-1", "fund_ids": [fund_id], "citation": "Plan, para. 9"}

    assert offices.post(f"/funds/{fund_id}/restrictions", share).json()["code"] == "ledger.restriction_malformed"
    assert offices.post(f"/programmes/{new_id('prg')}/funding-order", order).status_code == 422
    assert offices.post(f"/funds/{fund_id}/restrictions", share, by="auditor").status_code == 403


# ── days ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

LATE = "2031-05-03"
"""The clock of the tests stands at noon of 1 May, UTC; it is 2 May already in the east."""


def test_what_has_not_happened_yet_is_not_recorded(offices: Offices, donor_id: str) -> None:
    fund_id = offices.open_fund("FUND-A")
    pledge = {"reference": "P", "donor_id": donor_id, "fund_id": fund_id, "citation": CITATION} | money("100.00")
    pledge_id = offices.made("/pledges", pledge | {"pledged_on": "2031-03-01"})
    receipt = {"reference": "R", "pledge_id": pledge_id, "source": "voluntary"} | money("60.00")
    contribution_id = offices.made("/contributions", receipt | {"received_on": "2031-05-02"})
    refund = {"reference": "F", "contribution_id": contribution_id, "citation": CITATION} | money("1.00")
    refund_id = offices.made("/refunds", refund)
    less = {"reference": "L", "kind": "reduced", "amount": "1.00", "reason": "Less", "citation": CITATION}
    levy = {"reference": "V", "donor_id": donor_id, "fund_id": fund_id, "source": "levy", "citation": CITATION}
    book = {"reference": "X", "fund_id": fund_id} | money("1.00")
    cost = book | {"cost_class": "audit", "citation": CITATION}

    def refused(path: str, body: Mapping[str, object], by: str = "first") -> tuple[int, str, str]:
        answer = offices.post(path, body, by=by)
        problem = answer.json()
        assert problem["remedy"]
        return answer.status_code, problem["code"], problem["field"]

    to_come, too_early = "ledger.day_to_come", "ledger.day_too_early"
    assert [
        refused("/pledges", pledge | {"reference": "P2", "pledged_on": LATE}),
        refused("/contributions", receipt | {"reference": "R2", "received_on": LATE}),
        refused("/contributions/unpledged", levy | money("1.00") | {"received_on": LATE}),
        refused(f"/pledges/{pledge_id}/reductions", less | {"decided_on": LATE}),
        refused("/interest", book | {"received_on": LATE}),
        refused("/costs", cost | {"incurred_on": LATE}),
        refused(f"/refunds/{refund_id}/approval", {"occurred_on": LATE}, by="second"),
    ] == [
        (422, to_come, field)
        for field in (
            *("pledged_on", "received_on", "received_on", "decided_on", "received_on", "incurred_on", "occurred_on"),
        )
    ]
    assert [
        refused("/contributions", receipt | {"reference": "R2", "received_on": "2031-02-28"}),
        refused(f"/pledges/{pledge_id}/reductions", less | {"decided_on": "2031-02-28"}),
        refused(f"/refunds/{refund_id}/approval", {"occurred_on": "2031-05-01"}, by="second"),
    ] == [(422, too_early, field) for field in ("received_on", "decided_on", "occurred_on")]


def test_a_second_person_s_yes_is_repeatable_and_another_s_is_refused(offices: Offices, donor_id: str) -> None:
    fund_id, other_id = offices.open_fund("FUND-A"), offices.open_fund("FUND-B")
    levy = {"donor_id": donor_id, "fund_id": fund_id, "received_on": "2031-04-01", "source": "levy"}
    contribution_id = offices.made(
        "/contributions/unpledged", levy | money("10.00") | {"reference": "LEVY", "citation": CITATION}
    )
    refund = {"reference": "R", "contribution_id": contribution_id, "citation": CITATION} | money("1.00")
    move = {"reference": "M", "from_fund_id": fund_id, "to_fund_id": other_id, "citation": CITATION} | money("1.00")
    paths = [
        f"/refunds/{offices.made('/refunds', refund)}/approval",
        f"/fund-moves/{offices.made('/fund-moves', move)}/approval",
    ]

    said = [
        (offices.post(path, {"occurred_on": day}, by="second").status_code, day)
        for path in paths
        for day in ("2031-04-04", "2031-04-04", "2031-04-05")
    ]

    assert [status for status, _ in said] == [201, 201, 409, 201, 201, 409]
    (book,) = offices.get(f"/funds/{fund_id}/obligations")
    assert book["held"]["amount"] == "8.00"


# ── as of a day, page by page ────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_due_and_spent_is_shown_as_it_was_on_the_day(offices: Offices, donor_id: str) -> None:
    fund_id = offices.open_fund("FUND-A")
    pledge = {
        "reference": "P",
        "donor_id": donor_id,
        "fund_id": fund_id,
        "pledged_on": "2031-01-01",
        "citation": CITATION,
    }
    pledge_id = offices.made("/pledges", pledge | money("100.00"))
    receipt = {"reference": "R", "pledge_id": pledge_id, "received_on": "2031-03-01", "source": "voluntary"}
    offices.made("/contributions", receipt | money("60.00"))
    cost = {"fund_id": fund_id, "cost_class": "audit", "incurred_on": "2031-03-02", "citation": "Invoice"}
    offices.made("/costs", cost | money("3.00") | {"reference": "C"})

    def shown(day: str) -> tuple[str, list[str], list[str]]:
        (due,) = offices.get(f"/receivables?as_of={day}")
        rows = offices.get(f"/ledger/statements/ageing?as_of={day}&fund_id={fund_id}")["rows"]
        overhead = offices.get(f"/funds/{fund_id}/overhead?currency=USD&as_of={day}")
        return (
            due["amount"]["amount"],
            [row["amount"] for row in rows if row["what"] == "receivable"],
            [overhead["received"]["amount"], overhead["total"]["amount"], overhead["by_class"]["audit"]["amount"]],
        )

    assert shown("2031-02-28") == ("100.00", ["100.00"], ["0.00", "0.00", "0.00"])
    assert shown("2031-03-01") == ("40.00", ["40.00"], ["60.00", "0.00", "0.00"])
    assert shown("2031-03-02") == ("40.00", ["40.00"], ["60.00", "3.00", "3.00"])


def test_the_first_and_the_last_of_days_are_days_too(offices: Offices, donor_id: str) -> None:
    fund_id = offices.open_fund("FUND-A")
    levy = {"reference": "L", "donor_id": donor_id, "fund_id": fund_id, "source": "levy", "citation": CITATION}
    offices.made("/contributions/unpledged", levy | money("1.00") | {"received_on": "2031-05-01"})
    period = {"kind": "period", "usable_until": "0001-01-01", "citation": CITATION}
    offices.made(f"/funds/{fund_id}/restrictions", period)

    (expiring,) = offices.get("/expiring-money?as_of=9999-12-31&within_days=3660")
    rows = offices.get("/ledger/statements/donor?as_of=9999-12-31")["rows"]

    assert (expiring["usable_until"], expiring["amount"]["amount"]) == ("0001-01-01", "1.00")
    assert [(row["unspent"], row["usable_until"]) for row in rows] == [(None, None), ("1.00", None)]


def test_pages_go_on_after_a_reference_in_any_script(offices: Offices, donor_id: str) -> None:
    fund_id = offices.open_fund("FUND-A")
    references = {'Brücke "1", É', "=SUM(A1)", "Закон 12", "支援-3", "plain"}
    for reference in references:
        pledge = {"reference": reference, "donor_id": donor_id, "fund_id": fund_id, "pledged_on": "2031-01-01"}
        offices.made("/pledges", pledge | money("1.00") | {"citation": CITATION})

    seen: list[str] = []
    after: str | None = None
    for _ in references:
        page = offices.get(str(URL("/pledges", params={"limit": 1} | ({"after": after} if after else {}))))
        seen += [item["reference"] for item in page["items"]]
        after = page["next"]

    assert (set(seen), len(seen), after) == (references, len(references), None)
