"""Posting and closing at once, exchanging at once, opening at once; and what verify finds of hostile changes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from reparations.db import Database
from reparations.errors import ReparationsError
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode, ClearanceKind, PeriodLength
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.audit import behind_our_back
from tests.factories.ledger import make_fund
from tests.factories.periods import IN_JUNE, MAY, exchange, make_pair, prepare_clearance
from tests.ledger.period_books import TABLES, make_rows


def together(*deeds: Callable[[], None]) -> list[str]:
    """Run deeds in threads that start together; say how each ended."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], None]) -> str:
        start.wait()
        try:
            deed()
        except ReparationsError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


@pytest.mark.parametrize("turn", range(6))
def test_of_a_posting_and_a_closing_at_once_one_wins_cleanly(database: Database, turn: int) -> None:
    with database.transaction() as session:
        pair = make_pair(session)
        fund_id = make_fund(session, available_minor=100_000).id
        drafted = service.prepare_closing(
            session, fund_id=fund_id, length=PeriodLength.MONTH, starts_on=MAY, officer=pair.first, at=IN_JUNE
        ).id

    def close() -> None:
        with database.transaction() as session:
            service.countersign_closing(session, drafted, officer=pair.second, at=IN_JUNE)

    def charge(number: int) -> None:
        with database.transaction() as session:
            transfers = postings.fee_charged(f"{turn}-{number}", fund_id=fund_id, amount=Money(1, "USD"))
            service.post(session, entry_id=f"fee-{number}", transfers=transfers, occurred_on=MAY, at=IN_JUNE)

    closed, *charged = together(close, *(partial(charge, number) for number in range(4)))

    if closed == "done":
        assert charged == ["ledger.period_closed"] * 4
    else:
        assert closed == "ledger.period_changed"
        assert "done" in charged
        assert set(charged) == {"done"}
    with database.reading() as session:
        assert queries.list_period_findings(session) == []
        assert (queries.find_last_period(session, fund_id) is not None) == (closed == "done")


def test_a_period_is_closed_once_whoever_countersigns(database: Database) -> None:
    with database.transaction() as session:
        pair = make_pair(session)
        others = [make_pair(session).first for _ in range(4)]
        fund_id = make_fund(session, available_minor=100_000).id
        drafted = service.prepare_closing(
            session, fund_id=fund_id, length=PeriodLength.MONTH, starts_on=MAY, officer=pair.first, at=IN_JUNE
        ).id

    def close(number: int) -> None:
        with database.transaction() as session:
            service.countersign_closing(session, drafted, officer=others[number], at=IN_JUNE)

    ended = together(*(partial(close, number) for number in range(4)))

    assert sorted(ended) == ["done", *["ledger.period_out_of_order"] * 3]


def test_a_position_moved_by_several_at_once_stays_a_chain(database: Database) -> None:
    with database.transaction() as session:
        pair = make_pair(session)
        fund = make_fund(session, currencies=("USD", "EUR"), available_minor=100_000)

    def deal(number: int) -> None:
        with database.transaction() as session:
            exchange(session, pair.first, fund, Money(110, "USD"), Money(100, "EUR"), reference=f"ADVICE-{number}")

    ended = together(*(partial(deal, number) for number in range(6)))

    done = ended.count("done")
    assert done >= 1
    assert set(ended) <= {"done", "ledger.exchange_overtaken"}
    with database.reading() as session:
        assert [step.held_minor for step in queries.list_steps(session, fund.id)][-1] == done * 100
        assert queries.list_findings(session) == []


def test_books_are_opened_once_whoever_confirms_and_posts(database: Database) -> None:
    with database.transaction() as session:
        pair = make_pair(session)
        fund_id = make_fund(session, code="KAT").id
        sheets = [
            service.prepare_opening(
                session,
                b"fund,currency,account,amount\nKAT,USD,bank,1\n",
                source_system=f"Old {number}",
                as_of=MAY,
                officer=pair.first,
                at=NOON,
            ).id
            for number in range(3)
        ]

    def confirm(sheet_id: str) -> None:
        with database.transaction() as session:
            service.confirm_opening(session, sheet_id, officer=pair.second, at=NOON)

    ended = together(*(partial(confirm, sheet_id) for sheet_id in sheets))

    assert sorted(ended) == ["done", "ledger.already_opened", "ledger.already_opened"]
    with database.reading() as session:
        assert queries.get_balance(session, fund_id, "USD", AccountCode.BANK) == Money(100, "USD")


def test_no_more_is_cleared_than_is_open_whoever_approves(database: Database) -> None:
    with database.transaction() as session:
        pair = make_pair(session)
        fund_id = make_fund(session, code="KAT").id
        content = b"fund,currency,account,amount\nKAT,USD,bank,1\nKAT,USD,returned,1\n"
        sheet = service.prepare_opening(session, content, source_system="Old", as_of=MAY, officer=pair.first, at=NOON)
        service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)
        waiting = [
            prepare_clearance(session, pair, fund_id, ClearanceKind.WRITTEN_BACK, Money(40, "USD")).id for _ in range(4)
        ]

    def approve(clearance_id: str) -> None:
        with database.transaction() as session:
            service.approve_clearance(session, clearance_id, cleared_on=MAY, officer=pair.second, at=NOON)

    ended = together(*(partial(approve, clearance_id) for clearance_id in waiting))

    assert sorted(ended) == ["done", "done", "ledger.clearance_exceeds", "ledger.clearance_exceeds"]
    with database.reading() as session:
        assert queries.get_balance(session, fund_id, "USD", AccountCode.RETURNED) == Money(20, "USD")
        assert queries.list_period_findings(session) == []


# ── behind the application's back ────────────────────────────────────────────────────────────────────────────────────

CHANGES = {
    "UPDATE period_line SET debits_minor = debits_minor + 1": "ledger.period_changed",
    "DELETE FROM period_line": "ledger.period_changed",
    "UPDATE ledger_period SET countersigned_by = '{third}'": "ledger.period_unsigned",
    "UPDATE ledger_transfer SET occurred_on = '2031-05-02' WHERE entry_id = 'fee-late'": "ledger.period_reopened",
    "UPDATE exchange_step SET gain_minor = 1, cost_minor = cost_minor + 1": "ledger.position_differs",
    "UPDATE exchange_step SET held_before_minor = 1, held_minor = held_minor + 1": "ledger.position_broken",
    "UPDATE exchange_step SET id = 'exc_other'": "ledger.exchange_unposted",
    "DELETE FROM exchange_step": "ledger.exchange_unrecorded",
    "UPDATE opening_line SET amount_minor = amount_minor + 1": "ledger.opening_differs",
    "DELETE FROM opened_book": "ledger.opening_unrecorded",
    "UPDATE opening_clearance SET amount_minor = amount_minor + 1": "ledger.clearance_unposted",
    "UPDATE opening_clearance SET kind = 'released'": "ledger.clearance_exceeds",
    "DELETE FROM opening_clearance_approval": "ledger.clearance_unrecorded",
}


def test_verify_names_what_was_changed(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        names = make_rows(session)
        assert queries.list_period_findings(session) == []
    for change, code in CHANGES.items():
        with behind_our_back(owner, (*TABLES, "ledger_transfer")) as session:
            undone = session.begin_nested()
            session.connection().exec_driver_sql(change.format(**names))
            found = {finding.code for finding in queries.list_period_findings(session)}
            undone.rollback()
        assert code in found, (change, found)
