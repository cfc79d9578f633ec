"""Days to come: no rate, no sheet and no statement of one, by the database itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from sqlmodel import Session

from reparations.ledger import postings, service
from reparations.ledger.errors import DayToCome
from reparations.ledger.models import ExchangeRate, OpeningSheet
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund
from tests.factories.periods import MAY, make_pair, make_rate

TOMORROW, TO_COME = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
"""The clock stands at noon, UTC: tomorrow is here in the east already."""

Refused = Callable[[str], AbstractContextManager[None]]


def post_fee(session: Session, fund_id: str, on: date) -> None:
    fee = postings.fee_charged(on.isoformat(), fund_id=fund_id, amount=Money(1, "USD"))
    service.post(session, entry_id=f"statement-{on.isoformat()}-0", transfers=fee, occurred_on=on, at=NOON)


def test_nothing_of_a_bank_s_statement_is_posted_on_a_day_to_come(session: Session) -> None:
    fund_id = make_fund(session, available_minor=100).id

    post_fee(session, fund_id, TOMORROW)
    with pytest.raises(DayToCome) as caught:  # no rule of ours is asked: the database says so
        post_fee(session, fund_id, TO_COME)

    assert (caught.value.record, caught.value.field) == (fund_id, "occurred_on")


def test_no_rate_is_recorded_for_a_day_to_come(session: Session, refused: Refused) -> None:
    officer = make_pair(session).first
    rate = make_rate(session, officer)

    def record(quoted_on: date) -> ExchangeRate:
        return service.record_rate(
            session,
            base="EUR",
            quote="USD",
            rate="1.2",
            quoted_on=quoted_on,
            source="Bulletin of tomorrow",
            officer=officer,
            at=NOON,
        )

    assert record(TOMORROW).quoted_on == TOMORROW
    with pytest.raises(DayToCome):
        record(TO_COME)
    with refused("exchange_rate.day_to_come"):
        session.add(ExchangeRate(**rate.model_dump() | {"id": "rte_x", "quoted_on": TO_COME}))
        session.flush()


def test_no_sheet_is_kept_of_a_day_to_come(session: Session, refused: Refused) -> None:
    make_fund(session, code="KAT")
    content = b"fund,currency,account,amount\nKAT,USD,bank,1\n"
    sheet = service.prepare_opening(
        session, content, source_system="Old", as_of=MAY, officer=make_pair(session).first, at=NOON
    )

    with refused("opening_sheet.day_to_come"):
        session.add(OpeningSheet(**sheet.model_dump() | {"id": "ops_x", "as_of": TO_COME}))
        session.flush()
