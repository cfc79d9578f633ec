"""Taking back at once: by two officers, beside a second clearance, beside the next exchange."""

from __future__ import annotations

from functools import partial

import pytest

from reparations.db import Database
from reparations.ledger import queries, service
from reparations.ledger.models import AccountCode, ClearanceKind
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import make_fund
from tests.factories.periods import MAY, Pair, clear, exchange, make_pair, prepare_clearance
from tests.ledger.test_periods_races import together

SHEET = b"fund,currency,account,amount\nKAT,USD,bank,9\nKAT,USD,returned,1\nKAT,USD,held_in_trust,5\n"


def open_books(database: Database) -> tuple[Pair, str]:
    with database.transaction() as session:
        pair = make_pair(session)
        fund_id = make_fund(session, code="KAT").id
        sheet = service.prepare_opening(session, SHEET, source_system="Old", as_of=MAY, officer=pair.first, at=NOON)
        service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)
    return pair, fund_id


def test_a_clearance_is_taken_back_once_whoever_approves(database: Database) -> None:
    pair, fund_id = open_books(database)
    with database.transaction() as session:
        wrong = clear(session, pair, fund_id, ClearanceKind.WRITTEN_BACK, Money(100, "USD")).id
        others = [make_pair(session).first for _ in range(4)]
        reversal_id = service.prepare_reversal(session, wrong, reason="Wrong", officer=pair.first, at=NOON).id

    def approve(number: int) -> None:
        with database.transaction() as session:
            service.approve_reversal(session, reversal_id, reversed_on=MAY, officer=others[number], at=NOON)

    ended = together(*(partial(approve, number) for number in range(4)))

    assert sorted(ended) == ["done", *["ledger.already_approved"] * 3]
    with database.reading() as session:
        assert queries.get_balance(session, fund_id, "USD", AccountCode.RETURNED) == Money(100, "USD")
        assert queries.list_findings(session) == []


@pytest.mark.parametrize("turn", range(4))
def test_beside_a_reversal_no_more_is_cleared_than_is_open(database: Database, turn: int) -> None:
    """Of 1.00 that had come back 0.60 was cleared in error; 1.00 is cleared anew while that is taken back."""
    pair, fund_id = open_books(database)
    with database.transaction() as session:
        waiting = prepare_clearance(session, pair, fund_id, ClearanceKind.WRITTEN_BACK, Money(100, "USD")).id
        wrong = clear(session, pair, fund_id, ClearanceKind.WRITTEN_BACK, Money(60, "USD")).id
        reversal_id = service.prepare_reversal(session, wrong, reason="Wrong", officer=pair.first, at=NOON).id

    def take_back() -> None:
        with database.transaction() as session:
            service.approve_reversal(session, reversal_id, reversed_on=MAY, officer=pair.second, at=NOON)

    def clear_anew() -> None:
        with database.transaction() as session:
            service.approve_clearance(session, waiting, cleared_on=MAY, officer=pair.second, at=NOON)

    deeds = (take_back, clear_anew) if turn % 2 else (clear_anew, take_back)
    ended = dict(zip((deed.__name__ for deed in deeds), together(*deeds), strict=True))

    assert ended["take_back"] == "done"
    assert ended["clear_anew"] in {"done", "ledger.clearance_exceeds"}
    left = 0 if ended["clear_anew"] == "done" else 100
    with database.reading() as session:
        assert queries.get_balance(session, fund_id, "USD", AccountCode.RETURNED) == Money(left, "USD")
        assert queries.list_findings(session) == []


@pytest.mark.parametrize("turn", range(4))
def test_what_was_released_is_paid_or_taken_back_and_never_both(database: Database, turn: int) -> None:
    pair, fund_id = open_books(database)
    with database.transaction() as session:
        released = clear(session, pair, fund_id, ClearanceKind.RELEASED, Money(500, "USD")).id
        paid = prepare_clearance(session, pair, fund_id, ClearanceKind.PAID, Money(500, "USD")).id
        reversal_id = service.prepare_reversal(session, released, reason="Wrong", officer=pair.first, at=NOON).id

    def take_back() -> None:
        with database.transaction() as session:
            service.approve_reversal(session, reversal_id, reversed_on=MAY, officer=pair.second, at=NOON)

    def pay() -> None:
        with database.transaction() as session:
            service.approve_clearance(session, paid, cleared_on=MAY, officer=pair.second, at=NOON)

    ended = together(*((take_back, pay) if turn % 2 else (pay, take_back)))

    assert sorted(ended) == ["done", "ledger.clearance_exceeds"]
    with database.reading() as session:
        assert queries.list_findings(session) == []


@pytest.mark.parametrize("turn", range(4))
def test_an_exchange_is_taken_back_or_the_next_rests_on_it(database: Database, turn: int) -> None:
    with database.transaction() as session:
        pair = make_pair(session)
        fund = make_fund(session, currencies=("USD", "EUR"), available_minor=100_000)
        wrong = exchange(session, pair.first, fund, Money(110, "USD"), Money(100, "EUR")).id
        reversal_id = service.prepare_reversal(session, wrong, reason="Wrong", officer=pair.first, at=NOON).id

    def take_back() -> None:
        with database.transaction() as session:
            service.approve_reversal(session, reversal_id, reversed_on=MAY, officer=pair.second, at=NOON)

    def buy() -> None:
        with database.transaction() as session:
            exchange(session, pair.first, fund, Money(60, "USD"), Money(50, "EUR"))

    deeds = (take_back, take_back, buy) if turn % 2 else (buy, take_back, take_back)
    ended = together(*deeds)

    assert set(ended) <= {"done", "ledger.exchange_overtaken"}
    assert "done" in ended
    with database.reading() as session:
        steps = queries.list_steps(session, fund.id)
        kinds = sorted(step.kind for step in steps)
        assert kinds in (["exchange", "exchange"], ["exchange", "reversal"], ["exchange", "exchange", "reversal"])
        if len(kinds) == 3:
            assert [step.kind for step in sorted(steps, key=lambda one: one.number)] == kinds[:1] + kinds[:0:-1]
        assert queries.list_findings(session) == []
