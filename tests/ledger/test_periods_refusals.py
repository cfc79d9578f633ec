"""Raw SQL as the application's role against rates, positions, periods and openings, on both engines."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from tests.ledger.books import seal
from tests.ledger.period_books import TABLES, make_rows

AT = "'2031-06-15 12:00:00.000000'"


class Attack(NamedTuple):
    """A statement and what refuses it on either engine."""

    statement: str
    sqlite: str
    postgresql: str | None = None


def rate(**changes: str) -> str:
    row = {
        "id": "'rte_x'",
        "base": "'EUR'",
        "quote": "'USD'",
        "numerator": "12",
        "denominator": "10",
        "quoted_on": "'2031-05-01'",
        "source": "'Another'",
        "corrects_id": "NULL",
        "recorded_by": "'{first}'",
        "recorded_at": AT,
    }
    return _insert("exchange_rate", row | changes)


def step(**changes: str) -> str:
    row = {
        "fund_id": "'{fund}'",
        "currency_a": "'EUR'",
        "currency_b": "'USD'",
        "number": "2",
        "id": "'exc_x'",
        "reference": "'x'",
        "kind": "'exchange'",
        "measured_in": "'USD'",
        "sold_currency": "'USD'",
        "sold_minor": "110",
        "bought_currency": "'EUR'",
        "bought_minor": "100",
        "occurred_on": "'2031-06-01'",
        "source": "'Advice'",
        "rate_id": "NULL",
        "rate_base": "NULL",
        "rate_quote": "NULL",
        "rate_numerator": "NULL",
        "rate_denominator": "NULL",
        "rate_quoted_on": "NULL",
        "held_before_minor": "100",
        "cost_before_minor": "110",
        "held_minor": "200",
        "cost_minor": "220",
        "gain_minor": "0",
        "recorded_by": "'{first}'",
        "recorded_at": AT,
    }
    return _insert("exchange_step", row | changes)


FROZEN = {
    "rate_id": "'{rate}'",
    "rate_base": "'EUR'",
    "rate_quote": "'USD'",
    "rate_numerator": "11",
    "rate_denominator": "10",
    "rate_quoted_on": "'2031-05-01'",
}


def draft(**changes: str) -> str:
    row = {
        "id": "'pcl_x'",
        "fund_id": "'{fund}'",
        "number": "2",
        "length": "'month'",
        "starts_on": "'2031-06-01'",
        "next_starts_on": "'2031-07-01'",
        "trial_balance_sha256": "{sha}",
        "prepared_by": "'{first}'",
        "prepared_at": AT,
    }
    return _insert("period_draft", row | changes)


def period(**changes: str) -> str:
    row = {
        "fund_id": "'{fund}'",
        "number": "2",
        "draft_id": "'{draft}'",
        "length": "'month'",
        "starts_on": "'2031-06-01'",
        "next_starts_on": "'2031-07-01'",
        "trial_balance_sha256": "{draft_sha}",
        "prepared_by": "'{first}'",
        "countersigned_by": "'{second}'",
        "closed_at": "'2031-07-15 12:00:00.000000'",
        "signature": "{signature}",
    }
    return _insert("ledger_period", row | changes)


def book(**changes: str) -> str:
    row = {
        "fund_id": "'{empty}'",
        "currency": "'USD'",
        "sheet_id": "'{sheet}'",
        "prepared_by": "'{first}'",
        "confirmed_by": "'{second}'",
        "confirmed_at": AT,
    }
    return _insert("opened_book", row | changes)


def clearance(**changes: str) -> str:
    row = {
        "id": "'clr_x'",
        "reference": "'x'",
        "sheet_id": "'{old_sheet}'",
        "fund_id": "'{opened}'",
        "currency": "'USD'",
        "kind": "'paid'",
        "amount_minor": "100",
        "citation": "'Statement'",
        "prepared_by": "'{first}'",
        "recorded_at": AT,
    }
    return _insert("opening_clearance", row | changes)


def cleared(**changes: str) -> str:
    row = {
        "clearance_id": "'{waiting}'",
        "fund_id": "'{opened}'",
        "currency": "'USD'",
        "prepared_by": "'{first}'",
        "approved_by": "'{second}'",
        "cleared_on": "'2031-05-02'",
        "recorded_at": AT,
    }
    return _insert("opening_clearance_approval", row | changes)


def too_much(kind: str, minor: int) -> str:
    """The same row twice over: what is prepared may be anything, what is approved may not."""
    return clearance(kind=f"'{kind}'", amount_minor=str(minor)) + ";" + cleared(clearance_id="'clr_x'")


def _insert(table: str, row: dict[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def transfer(day: str, verb: str = "INSERT") -> str:
    return (
        f"{verb} INTO ledger_transfer (id, entry_id, fund_id, currency, debit_account_id, credit_account_id,"
        f" amount_minor, occurred_on, recorded_at, reverses_id) VALUES ('t', 't', '{{fund}}', 'USD',"
        f" {{fees}}, {{bank}}, 1, '{day}', {AT}, NULL)"
    )


CLOSED, NO_KEY = "ledger_transfer.period_closed", "FOREIGN KEY"
ATTACKS: dict[str, Attack] = {
    # rates
    "a rate of nothing": Attack(rate(numerator="0"), "ratio_positive"),
    "a rate of one currency": Attack(rate(quote="'EUR'"), "currencies_differ"),
    "a rate out of the air": Attack(rate(source="''"), "source_given"),
    "a rate by nobody": Attack(rate(recorded_by="'psn_none'"), NO_KEY, "fk_exchange_rate_recorded_by"),
    "the same source twice": Attack(
        rate(source="'Invented bulletin 12'"), "UNIQUE constraint failed", "uq_exchange_rate_published"
    ),
    "a correction of another day": Attack(
        rate(corrects_id="'{rate}'", quoted_on="'2031-05-02'"), "exchange_rate.corrects_another"
    ),
    "a correction of nothing": Attack(rate(corrects_id="'none'"), "exchange_rate.corrects_another"),
    "a second correction": Attack(
        rate(corrects_id="'{corrected}'"), "exchange_rate.exists", "uq_exchange_rate_corrects_id"
    ),
    # positions
    "the two in the wrong order": Attack(
        "INSERT INTO exchange_position VALUES ('{fund}', 'USD', 'EUR', 'USD', " + AT + ")", "currencies_ordered"
    ),
    "a step out of turn": Attack(step(number="3"), "exchange_step.position_moved"),
    "a step again": Attack(step(number="1"), "exchange_step.exists", "exchange_step.position_moved"),
    "a position out of the air": Attack(
        step(held_before_minor="1000", held_minor="1100"), "exchange_step.position_moved"
    ),
    "a step of a day to come": Attack(step(occurred_on="'2031-06-17'"), "exchange_step.day_to_come"),
    "a step back in time": Attack(step(occurred_on="'2031-04-30'"), "exchange_step.position_moved"),
    "more held than bought": Attack(step(held_minor="201"), "held_follows"),
    "a cost that is not the bank's": Attack(step(cost_minor="221"), "cost_follows"),
    "a gain out of the air": Attack(step(gain_minor="5"), "cost_follows"),
    "a cost of nothing held": Attack(
        step(
            sold_currency="'EUR'",
            sold_minor="100",
            bought_currency="'USD'",
            bought_minor="50",
            held_minor="0",
            cost_minor="60",
        ),
        "nothing_costs_nothing",
    ),
    "half an exchange": Attack(step(bought_minor="NULL"), "exchange_whole"),
    "a third currency": Attack(step(bought_currency="'XOF'"), "of_the_position"),
    "measured otherwise": Attack(step(measured_in="'EUR'", held_minor="-10", cost_minor="10"), "exchange_step"),
    "a revaluation without a rate": Attack(step(kind="'revaluation'"), "exchange_whole", "exchange_step"),
    "a rate that says otherwise": Attack(step(**FROZEN | {"rate_numerator": "13"}), NO_KEY, "fk_exchange_step_rate_id"),
    "half a rate": Attack(step(**FROZEN | {"rate_base": "NULL"}), "rate_whole"),
    "tomorrow's rate": Attack(
        step(**FROZEN | {"rate_id": "'{later}'", "rate_quoted_on": "'2031-06-02'"}), "rate_quoted_before"
    ),
    "a rate that was corrected": Attack(step(**FROZEN | {"rate_id": "'{corrected}'"}), "exchange_step.rate_corrected"),
    # periods
    "into a closed period": Attack(transfer("2031-05-31"), CLOSED),
    "long before it": Attack(transfer("1999-01-01"), CLOSED),
    "into it, asking to be ignored": Attack(transfer("2031-05-31", "INSERT OR IGNORE"), CLOSED, "syntax error"),
    "into it, asking to replace": Attack(transfer("2031-05-31", "INSERT OR REPLACE"), CLOSED, "syntax error"),
    "a period and a half": Attack(draft(next_starts_on="'2031-07-15'"), "period_draft.not_whole"),
    "from the middle of a month": Attack(
        draft(starts_on="'2031-06-02'", next_starts_on="'2031-07-02'"), "period_draft.not_whole"
    ),
    "a period of no length": Attack(draft(length="'week'", next_starts_on="'2032-06-01'"), "length_known"),
    "closed alone": Attack(period(countersigned_by="'{first}'"), "two_persons"),
    "closed early": Attack(period(closed_at="'2031-06-30 12:00:00.000000'"), "over_when_closed"),
    "closed without a draft": Attack(period(draft_id="'none'"), NO_KEY, "fk_ledger_period_draft_id"),
    "another trial balance": Attack(period(trial_balance_sha256="{sha}"), NO_KEY, "fk_ledger_period_draft_id"),
    "another preparer": Attack(period(prepared_by="'{third}'"), NO_KEY, "fk_ledger_period_draft_id"),
    "a gap": Attack(period(number="3"), "ledger_period.not_next"),
    "an overlap": Attack(
        period(starts_on="'2031-05-01'", next_starts_on="'2031-06-01'"),
        "ledger_period.exists",
        "ledger_period.not_next",
    ),
    "half a signature": Attack(period(signature="{sha}"), "signature_length"),
    "a negative sum": Attack(
        "INSERT INTO period_line VALUES ('{fund}', 1, 'USD', 'costs', -1, 0)", "sums_not_negative"
    ),
    "a line of no period": Attack(
        "INSERT INTO period_line VALUES ('{fund}', 9, 'USD', 'costs', 1, 0)", NO_KEY, "fk_period_line_fund_id"
    ),
    "an adjustment of nothing": Attack(
        "INSERT INTO period_adjustment VALUES ('none', '{fund}', 1, '2031-05-31', 'r', 'a', '{first}', " + AT + ")",
        "period_adjustment.adjusts_nothing",
    ),
    # openings
    "opened alone": Attack(book(confirmed_by="'{first}'"), "two_persons"),
    "opened in use": Attack(book(fund_id="'{fund}'"), "opened_book."),
    "opened without its sheet": Attack(book(currency="'EUR'"), "opened_book.not_on_sheet"),
    "another preparer of the sheet": Attack(book(prepared_by="'{third}'"), NO_KEY, "fk_opened_book_sheet_id"),
    "a balance of income": Attack(
        "INSERT INTO opening_line VALUES ('{sheet}', '{empty}', 'USD', 'contributions', 1)", "code_openable"
    ),
    "a negative balance": Attack(
        "INSERT INTO opening_line VALUES ('{sheet}', '{empty}', 'USD', 'returned', -1)", "amount_not_negative"
    ),
    "a balance of no books": Attack(
        "INSERT INTO opening_line VALUES ('{sheet}', '{empty}', 'EUR', 'bank', 1)", NO_KEY, "fk_opening_line_fund_id"
    ),
    # what became of them
    "nothing is cleared": Attack(clearance(amount_minor="0"), "amount_positive"),
    "cleared for no reason": Attack(clearance(citation="''"), "citation_given"),
    "cleared in an unknown way": Attack(clearance(kind="'forgotten'"), "kind_known"),
    "cleared in books of our own": Attack(clearance(fund_id="'{fund}'"), NO_KEY, "fk_opening_clearance_fund_id"),
    "cleared of another sheet": Attack(clearance(sheet_id="'{sheet}'"), NO_KEY, "fk_opening_clearance_fund_id"),
    "cleared alone": Attack(cleared(approved_by="'{first}'"), "two_persons"),
    "cleared in another's name": Attack(
        cleared(prepared_by="'{second}'", approved_by="'{first}'"), NO_KEY, "fk_opening_clearance_approval_clearance_id"
    ),
    "cleared in another book": Attack(
        cleared(fund_id="'{fund}'"), NO_KEY, "fk_opening_clearance_approval_clearance_id"
    ),
    "cleared on a day to come": Attack(cleared(cleared_on="'2031-12-31'"), "opening_clearance_approval.day_to_come"),
    "cleared before the books were opened": Attack(
        cleared(cleared_on="'2031-04-30'"), "opening_clearance_approval.too_early"
    ),
    "cleared twice": Attack(
        cleared(clearance_id="'{cleared}'"), "opening_clearance_approval.exists", "opening_clearance_approval"
    ),
    **{
        f"more {kind} than is open": Attack(too_much(kind, minor), "opening_clearance_approval.exceeds_open")
        for kind, minor in (
            ("settled", 1),
            ("rejected", 1),
            ("written_back", 201),
            ("paid", 151),
            ("not_owed", 151),
            ("repaid", 1),
            ("waived", 1),
            ("released", 1),
        )
    },
}


RIGHT = (rate(), step(), draft(), period(), book(), cleared(), too_much("paid", 150))


@pytest.fixture
def names(session: Session) -> dict[str, str]:
    return make_rows(session)


def attempt(session: Session, statement: str, names: dict[str, str]) -> str:
    try:
        with session.begin_nested():
            for one in statement.format(**names).split(";"):
                session.connection().exec_driver_sql(one)
            if " INTO ledger_transfer " in statement and session.get_bind().dialect.name == "sqlite":
                day = statement.split("'")[-4]
                session.connection().exec_driver_sql(seal("t", on=day, recorded_at=AT))
    except DBAPIError as error:
        return str(error.orig)
    return "accepted"


def test_every_illegal_write_is_refused(session: Session, names: dict[str, str]) -> None:
    sqlite = session.get_bind().dialect.name == "sqlite"

    said = {name: attempt(session, attack.statement, names) for name, attack in ATTACKS.items()}

    wanted = {name: attack.sqlite if sqlite else attack.postgresql or attack.sqlite for name, attack in ATTACKS.items()}
    assert {name: found for name, found in said.items() if wanted[name] not in found} == {}
    assert len(ATTACKS) > 45


def test_what_the_attacks_change_by_one_thing_is_otherwise_right(session: Session, names: dict[str, str]) -> None:
    refusals = [attempt(session, statement, names) for statement in RIGHT]

    assert refusals == ["accepted"] * 7
    assert attempt(session, transfer("2031-08-01"), names) == "accepted"


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_edited_deleted_or_replaced(session: Session, names: dict[str, str], table: str) -> None:
    sqlite = session.get_bind().dialect.name == "sqlite"
    column = columns_of(session, table)[0]
    statements = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
    statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if sqlite else f"TRUNCATE {table}")

    said = [attempt(session, statement, names) for statement in statements]

    expected = (f"{table}.append_only", f"{table}.exists") if sqlite else ("permission denied",)
    assert all(any(reason in one for reason in expected) for one in said), said


def columns_of(session: Session, table: str) -> list[str]:
    return list(session.connection().exec_driver_sql(f"SELECT * FROM {table} LIMIT 1").keys())
