"""Every route that changes something, sent twice: the very same thing again is the same deed, answered as before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import Session, func, select
from starlette.testclient import TestClient

from reparations.audit.models import AuditHead
from reparations.db import Database, Row
from reparations.ledger import queries, service
from reparations.ledger.api import router
from reparations.ledger.models import (
    Donor,
    FundingOrder,
    FundRestriction,
    LedgerPeriod,
    OpenedBook,
    OpeningSheet,
    OverheadCeiling,
    PeriodDraft,
    PeriodLength,
    RestrictionKind,
)
from reparations.ledger.rules import Restriction
from tests.conftest import NOON
from tests.factories.ledger import ADMINISTRATOR, TODAY, make_donor, make_fund
from tests.factories.periods import IN_JUNE, MAY, Pair, make_pair
from tests.factories.registry import make_programme
from tests.ledger.test_funds_api import CITATION, Offices, money
from tests.ledger.test_races import CLIENTS, at_once

DAY = "2031-04-20"


class Sender:
    """Sends every request twice, and keeps which routes it has sent."""

    def __init__(self, offices: Offices, database: Database) -> None:
        """Send in the name of these."""
        self.offices = offices
        self.database = database
        self.sent: set[str] = set()
        self.differing: dict[str, tuple[object, object]] = {}

    def send(
        self, route: str, body: Mapping[str, object] | None = None, *, by: str = "first", **ids: object
    ) -> dict[str, Any]:
        """Send a request to a route twice; return the first answer."""
        (once, events), (again, later) = (self._send(route.format(**ids), body or {}, by) for _ in range(2))
        assert once.status_code == 201, (route, once.text)
        self.sent.add(route)
        if (once.status_code, once.json(), events) != (again.status_code, again.json(), later):
            self.differing[route] = (once.json(), again.json())
        answer: dict[str, Any] = once.json()
        return answer

    def _send(self, path: str, body: Mapping[str, object], by: str) -> tuple[Response, int]:
        """Send a request; return its answer, and how long the log is then."""
        answer = self.offices.post(path, body, by=by)
        with self.database.reading() as session:
            return answer, session.exec(select(AuditHead.size)).one()


def send_gifts(sender: Sender) -> tuple[str, str]:
    """Funds, donors, pledges and what becomes of them; return a fund that holds 1000.00 and the gift."""
    forms = [{"form": form, "citation": CITATION} for form in ("individual", "collective")]
    fund = sender.send("/funds", {"code": "FUND-A", "title": "A fund", "forms": forms, "currencies": ["USD", "EUR"]})
    donor = sender.send("/donors", {"code": "DONOR", "title": "A state", "kind": "state"})
    pledge = {"reference": "P", "donor_id": donor["id"], "fund_id": fund["id"], "pledged_on": DAY, "citation": CITATION}
    asked = {"conditions": [{"text": "An audit is made.", "citation": CITATION}]}
    pledged = sender.send("/pledges", pledge | asked | money("1200.00"))
    (standing,) = sender.offices.get("/pledges")["items"]
    resolution = {"outcome": "met", "authority": "Letter", "resolved_on": DAY}
    condition_id = standing["conditions"][0]["id"]
    sender.send("/conditions/{condition_id}/resolution", resolution, condition_id=condition_id)
    receipt = {"reference": "R", "pledge_id": pledged["id"], "received_on": DAY, "source": "voluntary"}
    received = sender.send("/contributions", receipt | money("900.00"))
    less = {"reference": "L", "kind": "cancelled", "reason": "Less", "citation": CITATION, "decided_on": DAY}
    sender.send("/pledges/{pledge_id}/reductions", less, pledge_id=pledged["id"])
    levy = {"reference": "V", "donor_id": donor["id"], "fund_id": fund["id"], "source": "levy", "citation": CITATION}
    sender.send("/contributions/unpledged", levy | {"received_on": DAY} | money("100.00"))
    return fund["id"], received["id"]


def send_spending(sender: Sender, fund_id: str, gift_id: str, programme_id: str) -> None:
    """Limits of the fund, costs and interest, what is given back or on, what was recorded in error."""
    share = {"kind": "period", "usable_until": "2033-01-01", "citation": CITATION}
    sender.send("/funds/{fund_id}/restrictions", share, fund_id=fund_id)
    ceiling = {"numerator": 1, "denominator": 2, "valid_from": "2031-01-01", "citation": CITATION}
    sender.send("/funds/{fund_id}/overhead-ceilings", ceiling, fund_id=fund_id)
    order = {"reference": "O", "fund_ids": [fund_id], "citation": CITATION}
    sender.send("/programmes/{programme_id}/funding-order", order, programme_id=programme_id)
    sender.send("/interest", {"reference": "I", "fund_id": fund_id, "received_on": DAY} | money("1.00"))
    cost = {"reference": "C", "fund_id": fund_id, "cost_class": "audit", "incurred_on": DAY, "citation": CITATION}
    paid = sender.send("/costs", cost | money("2.00"))
    refund = {"reference": "B", "contribution_id": gift_id, "citation": CITATION}
    prepared = sender.send("/refunds", refund | money("3.00"))
    yes = {"occurred_on": DAY}
    sender.send("/refunds/{refund_id}/approval", yes, by="second", refund_id=prepared["id"])
    other_id = sender.offices.open_fund("OTHER")
    sender.offices.made(f"/funds/{other_id}/restrictions", share)
    move = {"reference": "M", "from_fund_id": fund_id, "to_fund_id": other_id, "citation": CITATION}
    prepared = sender.send("/fund-moves", move | money("4.00"))
    sender.send("/fund-moves/{move_id}/approval", yes, by="second", move_id=prepared["id"])
    wrong = sender.send("/reversals", {"record_id": paid["id"], "reason": "Entered in error"})
    sender.send("/reversals/{reversal_id}/approval", yes, by="second", reversal_id=wrong["id"])


def send_currencies(sender: Sender, fund_id: str) -> None:
    """A rate, an exchange, a revaluation."""
    rate = {"base": "EUR", "quote": "USD", "rate": "1.25", "quoted_on": DAY, "source": "Bulletin 12"}
    recorded = sender.send("/exchange-rates", rate)
    exchange = {"reference": "X", "occurred_on": DAY, "source": "Bank's advice"}
    sold, bought = ({"amount": amount, "currency": code} for amount, code in (("11.00", "USD"), ("10.00", "EUR")))
    sender.send("/funds/{fund_id}/exchanges", exchange | {"sold": sold, "bought": bought}, fund_id=fund_id)
    carried = {"reference": "Y", "currency": "EUR", "measured_in": "USD", "valued_on": DAY, "source": "Instruction"}
    sender.send("/funds/{fund_id}/revaluations", carried | {"rate_id": recorded["id"]}, fund_id=fund_id)


def send_openings(sender: Sender) -> None:
    """Books taken over, and a part of them cleared."""
    opened_id = sender.offices.open_fund("OLD")
    content = "fund,currency,account,amount\nOLD,USD,bank,1\nOLD,USD,returned,2\n"
    sheet = sender.send("/ledger/opening-sheets", {"source_system": "Old", "as_of": DAY, "content": content})
    sender.send("/ledger/opening-sheets/{sheet_id}/confirmation", by="second", sheet_id=sheet["id"])
    clearance = {"reference": "K", "kind": "written_back", "citation": CITATION} | money("2.00")
    prepared = sender.send("/funds/{fund_id}/opening-clearances", clearance, fund_id=opened_id)
    path = "/opening-clearances/{clearance_id}/approval"
    sender.send(path, {"occurred_on": DAY}, by="second", clearance_id=prepared["id"])


def send_periods(sender: Sender, fund_id: str) -> None:
    """A month closed, and a later entry said to belong to it."""
    april = {"length": "month", "starts_on": "2031-04-01"}
    draft = sender.send("/funds/{fund_id}/period-closings", april, fund_id=fund_id)
    sender.send("/period-closings/{draft_id}/countersignature", by="second", draft_id=draft["id"])
    interest = {"reference": "LATE", "fund_id": fund_id, "received_on": "2031-05-01"}
    late = sender.offices.made("/interest", interest | money("1.00"))
    said = {"entry_id": f"interest-{late}", "happened_on": DAY, "reason": "Late", "authority": "Memorandum 7"}
    sender.send("/funds/{fund_id}/periods/{number}/adjustments", said, fund_id=fund_id, number=1)


@pytest.fixture
def offices(client: TestClient, database: Database) -> Offices:
    return Offices(client, database)


@pytest.fixture
def sender(offices: Offices, database: Database) -> Sender:
    """Everything that can be sent was sent, in the order in which a fund administrator would."""
    with database.transaction() as session:
        programme_id = make_programme(session).id
    sender = Sender(offices, database)
    fund_id, gift_id = send_gifts(sender)
    send_spending(sender, fund_id, gift_id, programme_id)
    send_currencies(sender, fund_id)
    send_openings(sender)
    send_periods(sender, fund_id)
    return sender


def test_every_route_that_changes_something_answers_the_same_thing_again_as_before(
    sender: Sender, database: Database
) -> None:
    ledger = FastAPI()
    ledger.include_router(router)
    changing = {path for path, ways in ledger.openapi()["paths"].items() if set(ways) - {"get"}}

    assert sender.differing == {}
    assert sender.sent == changing
    with database.reading() as session:
        assert queries.list_findings(session) == []


def test_the_same_key_with_anything_else_is_refused(offices: Offices, database: Database) -> None:
    with database.transaction() as session:
        programme_id = make_programme(session).id
    forms = [{"form": "individual", "citation": CITATION}]
    fund = {"code": "FUND-A", "title": "A fund", "forms": forms, "currencies": ["USD"]}
    fund_id, other_id = offices.made("/funds", fund), offices.open_fund("OTHER")
    donor = {"code": "DONOR-D", "title": "A state", "kind": "state"}
    period = {"kind": "period", "usable_from": "2031-01-01", "citation": CITATION}
    ceiling = {"numerator": 1, "denominator": 2, "valid_from": "2031-01-01", "citation": CITATION}
    order = {"reference": "O", "fund_ids": [fund_id, other_id], "citation": CITATION}
    limits, declared = f"/funds/{fund_id}/restrictions", f"/programmes/{programme_id}/funding-order"
    ceilings = f"/funds/{fund_id}/overhead-ceilings"
    for path, body in (("/donors", donor), (limits, period), (declared, order), (ceilings, ceiling)):
        offices.made(path, body)
    offices.made(declared, order | {"reference": "O-2", "fund_ids": [other_id]})

    def said(path: str, body: Mapping[str, object]) -> tuple[int, str]:
        answer = offices.post(path, body)
        return answer.status_code, answer.json().get("code", answer.json().get("id"))

    assert [
        said("/funds", fund | {"title": "Another"}),
        said("/funds", fund | {"currencies": ["EUR", "USD"]}),
        said("/funds", fund | {"forms": [forms[0] | {"citation": "Another"}]}),
        said("/funds", fund | {"programme_id": programme_id}),
        said("/donors", donor | {"kind": "court"}),
        said("/donors", donor | {"title": "Another"}),
        said(limits, period | {"citation": "Another"}),
        said(ceilings, ceiling | {"citation": "Another"}),
        said(ceilings, ceiling | {"valid_from": "2030-12-31"}),
        said(declared, order | {"fund_ids": [other_id, fund_id]}),
        said(declared, order | {"citation": "Another"}),
    ] == [
        *[(409, "ledger.fund_code_taken")] * 4,
        *[(409, "ledger.donor_code_taken")] * 2,
        (409, "ledger.restriction_repeated"),
        *[(409, "ledger.ceiling_superseded")] * 2,
        *[(409, "ledger.reference_reused")] * 2,
    ]
    # A late retry of an order that was replaced does not bring it back; other days are another restriction.
    assert said(declared, order) == (201, programme_id)
    offices.made(limits, period | {"usable_until": "2032-01-01"})
    assert len(offices.get(limits)) == 2
    with database.reading() as session:
        found = queries.find_order(session, programme_id)
        assert found is not None
        assert (found.version, found.fund_ids) == (2, (other_id,))


# ── at once ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Scene(NamedTuple):
    """What the deeds below are about."""

    pair: Pair
    fund_id: str
    programme_id: str
    draft_id: str
    sheet_id: str


def make_scene(session: Session) -> Scene:
    pair = make_pair(session)
    closing, fund = make_fund(session), make_fund(session, code="KAT", currencies=("USD", "EUR"))
    draft = prepare_closing(session, closing.id, pair)
    return Scene(pair, fund.id, make_programme(session).id, draft.id, prepare_opening(session, pair, b"USD").id)


def prepare_closing(session: Session, fund_id: str, pair: Pair) -> PeriodDraft:
    return service.prepare_closing(
        session, fund_id=fund_id, length=PeriodLength.MONTH, starts_on=MAY, officer=pair.first, at=IN_JUNE
    )


def prepare_opening(session: Session, pair: Pair, currency: bytes) -> OpeningSheet:
    content = b"fund,currency,account,amount\nKAT," + currency + b",bank,1\n"
    return service.prepare_opening(session, content, source_system="Old", as_of=MAY, officer=pair.first, at=NOON)


def restrict(session: Session, scene: Scene) -> FundRestriction:
    limit = Restriction(RestrictionKind.PERIOD, usable_from=TODAY)
    return service.restrict_fund(
        session, scene.fund_id, restriction=limit, citation=CITATION, officer=ADMINISTRATOR, at=NOON
    )


def limit_overhead(session: Session, scene: Scene) -> OverheadCeiling:
    return service.set_overhead_ceiling(
        session,
        scene.fund_id,
        numerator=1,
        denominator=2,
        valid_from=TODAY,
        citation=CITATION,
        officer=ADMINISTRATOR,
        at=NOON,
    )


def declare(session: Session, scene: Scene) -> FundingOrder:
    rows = service.declare_order(
        session,
        scene.programme_id,
        reference="ORDER-1",
        fund_ids=[scene.fund_id],
        citation=CITATION,
        officer=ADMINISTRATOR,
        at=NOON,
    )
    return rows[0]


DEEDS: dict[str, tuple[Callable[[Session, Scene], Row], type[Row]]] = {
    "a donor is recorded": (lambda session, _: make_donor(session, code="DONOR-A"), Donor),
    "a fund is restricted": (restrict, FundRestriction),
    "overhead is limited": (limit_overhead, OverheadCeiling),
    "an order is declared": (declare, FundingOrder),
    "a closing is prepared": (
        lambda session, scene: prepare_closing(session, scene.fund_id, scene.pair),
        PeriodDraft,
    ),
    "a closing is countersigned": (
        lambda session, scene: service.countersign_closing(
            session, scene.draft_id, officer=scene.pair.second, at=IN_JUNE
        ),
        LedgerPeriod,
    ),
    "an opening is prepared": (lambda session, scene: prepare_opening(session, scene.pair, b"EUR"), OpeningSheet),
    "an opening is confirmed": (
        lambda session, scene: service.confirm_opening(session, scene.sheet_id, officer=scene.pair.second, at=NOON),
        OpenedBook,
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_the_same_thing_sent_by_all_at_once_is_done_once(database: Database, deed: str) -> None:
    do, table = DEEDS[deed]
    with database.transaction() as session:
        scene = make_scene(session)
        before = session.exec(select(func.count()).select_from(table)).one()
    answers: list[dict[str, Any]] = []

    def send(_client: int) -> None:
        with database.transaction() as session:
            answers.append(do(session, scene).model_dump())

    assert at_once(send) == {"done": CLIENTS}
    assert all(answer == answers[0] for answer in answers)
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(table)).one() == before + 1
        assert queries.list_findings(session) == []


def test_a_second_row_of_the_same_draft_or_sheet_is_refused_by_the_database(
    session: Session, refused: Callable[[str], AbstractContextManager[None]]
) -> None:
    sqlite = session.get_bind().dialect.name == "sqlite"
    scene = make_scene(session)
    draft, sheet = session.get_one(PeriodDraft, scene.draft_id), session.get_one(OpeningSheet, scene.sheet_id)

    for row, name in ((draft, "period_draft"), (sheet, "opening_sheet")):
        with refused(f"{name}.exists" if sqlite else f"uq_{name}_said"):
            session.add(type(row)(**row.model_dump() | {"id": "another"}))
            session.flush()
