"""Raw SQL as the application's role against what is taken back of clearances and exchanges; and verify, behind it."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from reparations.db import Database
from reparations.ledger import queries, service
from reparations.ledger.models import ClearanceKind, Fund, Reversal
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.audit import behind_our_back
from tests.factories.ledger import make_fund
from tests.factories.periods import MAY, clear, exchange, make_pair, make_rate, prepare_clearance, take_back

AT = "'2031-05-01 12:00:00.000000'"
SHEET = b"fund,currency,account,amount\nKAT,USD,bank,9\nKAT,USD,returned,2\nKAT,USD,held_in_trust,5\n"
NO_KEY = "FOREIGN KEY"


class Attack(NamedTuple):
    """Statements and what refuses the last of them on either engine."""

    statements: str
    sqlite: str
    postgresql: str | None = None


def insert(table: str, row: dict[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def reversal(column: str, record: str, **changes: str) -> str:
    row = {"id": "'rvs_x'", column: f"'{record}'", "reason": "'r'", "prepared_by": "'{first}'", "recorded_at": AT}
    return insert("reversal", row | changes)


def approval(**changes: str) -> str:
    row = {
        "reversal_id": "'rvs_x'",
        "prepared_by": "'{first}'",
        "approved_by": "'{second}'",
        "reversed_on": "'2031-05-01'",
        "recorded_at": AT,
    }
    return insert("reversal_approval", row | changes)


def clearance(kind: str, minor: int, *, on: str = "2031-05-01") -> str:
    """A clearance of its own, prepared and approved."""
    said = {
        "id": "'clr_x'",
        "reference": "'x'",
        "sheet_id": "'{sheet}'",
        "fund_id": "'{opened}'",
        "currency": "'USD'",
        "kind": f"'{kind}'",
        "amount_minor": str(minor),
        "citation": "'Statement'",
        "prepared_by": "'{first}'",
        "recorded_at": AT,
    }
    yes = {
        "clearance_id": "'clr_x'",
        "fund_id": "'{opened}'",
        "currency": "'USD'",
        "prepared_by": "'{first}'",
        "approved_by": "'{second}'",
        "cleared_on": f"'{on}'",
        "recorded_at": AT,
    }
    return insert("opening_clearance", said) + ";" + insert("opening_clearance_approval", yes)


def step(**changes: str) -> str:
    """The mirror of the last exchange: 50 euro bought for 60 dollars, beside 100 for 110 before."""
    row = {
        "fund_id": "'{fund}'",
        "currency_a": "'EUR'",
        "currency_b": "'USD'",
        "number": "3",
        "id": "'exc_x'",
        "reference": "'rvs_x'",
        "kind": "'reversal'",
        "measured_in": "'USD'",
        "reverses_id": "'{last}'",
        "sold_currency": "'EUR'",
        "sold_minor": "50",
        "bought_currency": "'USD'",
        "bought_minor": "60",
        "occurred_on": "'2031-05-01'",
        "source": "'r'",
        "held_before_minor": "150",
        "cost_before_minor": "170",
        "held_minor": "100",
        "cost_minor": "110",
        "gain_minor": "0",
        "recorded_by": "'{second}'",
        "recorded_at": AT,
    }
    return insert("exchange_step", row | changes)


NEXT = "'2031-05-02'"
PAID_BACK = reversal("clearance_id", "clr_x", id="'rvs_y'") + ";" + approval(reversal_id="'rvs_y'", reversed_on=NEXT)
APPROVED = reversal("exchange_id", "{last}") + ";" + approval() + ";"
FIRST = reversal("exchange_id", "{earlier}") + ";" + approval() + ";"
OF_FIRST = {"reverses_id": "'{earlier}'", "sold_minor": "100", "bought_minor": "110", "held_minor": "50"}
ROUND_TRIP = OF_FIRST | {
    "fund_id": "'{round}'",
    "number": "4",
    "reverses_id": "'{there}'",
    "held_before_minor": "100",
    "cost_before_minor": "110",
    "held_minor": "0",
    "cost_minor": "0",
}
"""What was bought after the first exchange was given back; still, it counted with it."""
RATE = {
    "rate_id": "'{rate}'",
    "rate_base": "'EUR'",
    "rate_quote": "'USD'",
    "rate_numerator": "11",
    "rate_denominator": "10",
    "rate_quoted_on": "'2031-05-01'",
}
ANOTHER = "exchange_step.reverses_another"

ATTACKS: dict[str, Attack] = {
    # clearances
    "what was never approved": Attack(reversal("clearance_id", "{waiting}"), NO_KEY, "fk_reversal_clearance_id"),
    "a clearance out of the air": Attack(reversal("clearance_id", "clr_none"), NO_KEY, "fk_reversal_clearance_id"),
    "a clearance by two papers": Attack(
        reversal("clearance_id", "{undone}"), "reversal.exists", "uq_reversal_clearance_id"
    ),
    "a clearance and an exchange": Attack(reversal("clearance_id", "{released}", exchange_id="'{last}'"), "one_record"),
    "taken back twice": Attack(approval(reversal_id="'{done}'"), "reversal_approval.exists", "pk_reversal_approval"),
    "taken back alone": Attack(
        reversal("clearance_id", "{released}") + ";" + approval(approved_by="'{first}'"), "two_persons"
    ),
    "before it was cleared": Attack(
        reversal("clearance_id", "{written_back}") + ";" + approval(reversed_on="'2031-04-30'"),
        "reversal_approval.too_early",
    ),
    "on a day to come": Attack(
        reversal("clearance_id", "{written_back}") + ";" + approval(reversed_on="'2031-05-03'"),
        "reversal_approval.day_to_come",
    ),
    "released, and cleared on since": Attack(
        clearance("paid", 1) + ";" + reversal("clearance_id", "{released}") + ";" + approval(),
        "reversal_approval.cleared_since",
    ),
    "more than was open before": Attack(clearance("written_back", 151), "opening_clearance_approval.exceeds_open"),
    "more than is open since": Attack(
        reversal("clearance_id", "{written_back}") + ";" + approval() + ";" + clearance("written_back", 201),
        "opening_clearance_approval.exceeds_open",
    ),
    "cleared anew before the error was taken back": Attack(
        reversal("clearance_id", "{written_back}")
        + ";"
        + approval(reversed_on=NEXT)
        + ";"
        + clearance("written_back", 151),
        "opening_clearance_approval.crossed",
    ),
    "taken back while it was paid": Attack(
        clearance("paid", 100) + ";" + PAID_BACK + ";" + reversal("clearance_id", "{released}") + ";" + approval(),
        "reversal_approval.crossed",
    ),
    # exchanges
    "an exchange out of the air": Attack(reversal("exchange_id", "exc_none"), NO_KEY, "fk_reversal_exchange_id"),
    "before it was exchanged": Attack(
        reversal("exchange_id", "{last}") + ";" + approval(reversed_on="'2031-04-30'"), "reversal_approval.too_early"
    ),
    "a reversal of a reversal": Attack(reversal("exchange_id", "{mirror}"), "reversal.of_a_reversal"),
    "a step nobody approved": Attack(reversal("exchange_id", "{last}") + ";" + step(), ANOTHER),
    "a step of another day": Attack(APPROVED + step(occurred_on="'2031-05-02'"), ANOTHER),
    "a step of another fund": Attack(APPROVED + step(fund_id="'{other}'"), "exchange_step."),
    "less given back": Attack(APPROVED + step(sold_minor="49", held_minor="101"), ANOTHER),
    "another gain": Attack(APPROVED + step(gain_minor="1", cost_minor="111"), ANOTHER),
    "the same sides": Attack(
        APPROVED
        + step(
            sold_currency="'USD'",
            bought_currency="'EUR'",
            sold_minor="60",
            bought_minor="50",
            held_minor="200",
            cost_minor="230",
        ),
        ANOTHER,
    ),
    "no sides": Attack(
        APPROVED
        + step(
            sold_currency="NULL",
            bought_currency="NULL",
            sold_minor="NULL",
            bought_minor="NULL",
            held_minor="150",
            cost_minor="170",
        ),
        ANOTHER,
    ),
    "not the last": Attack(FIRST + step(**OF_FIRST, cost_minor="60"), "exchange_step."),
    "not the last, though it came to the same": Attack(
        APPROVED.replace("{last}", "{there}") + step(**ROUND_TRIP), "exchange_step.not_the_last"
    ),
    "a step out of turn": Attack(APPROVED + step(number="4"), "exchange_step.position_moved"),
    "taken back by two steps": Attack(
        APPROVED + step() + ";" + step(id="'exc_y'", reference="'y'", number="4"),
        "exchange_step.exists",
        "exchange_step",
    ),
    "a reversal of nothing": Attack(APPROVED + step(reverses_id="NULL"), "reversal_of_a_step"),
    "an exchange that takes back": Attack(APPROVED + step(kind="'exchange'"), "reversal_of_a_step"),
    "a reversal at a rate": Attack(APPROVED + step(**RATE), "reversal_at_no_rate"),
}

RIGHT = (
    reversal("clearance_id", "{written_back}")
    + ";"
    + approval(reversed_on=NEXT)
    + ";"
    + clearance("written_back", 151, on="2031-05-02"),
    clearance("paid", 100)
    + ";"
    + PAID_BACK
    + ";"
    + reversal("clearance_id", "{released}")
    + ";"
    + approval(reversed_on=NEXT),
    reversal("clearance_id", "{released}") + ";" + approval(),
    clearance("paid", 100),
    reversal("clearance_id", "{written_back}") + ";" + approval() + ";" + clearance("written_back", 200),
    APPROVED + step(),
)


@pytest.fixture
def names(session: Session) -> dict[str, str]:
    return make_rows(session)


def make_rows(session: Session) -> dict[str, str]:
    """Opened books and a position of two exchanges; one clearance and one exchange that were taken back."""
    pair = make_pair(session)
    opened = make_fund(session, code="KAT")
    fund, other, there_and_back = (
        make_fund(session, currencies=("USD", "EUR"), available_minor=100_000) for _ in range(3)
    )
    sheet = service.prepare_opening(session, SHEET, source_system="Old", as_of=MAY, officer=pair.first, at=NOON)
    service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)
    released, written_back, undone = (
        clear(session, pair, opened.id, kind, Money(minor, "USD"))
        for kind, minor in (
            (ClearanceKind.RELEASED, 100),
            (ClearanceKind.WRITTEN_BACK, 50),
            (ClearanceKind.WRITTEN_BACK, 50),
        )
    )

    def buy(by: Fund, sold: int, bought: int) -> str:
        return exchange(session, pair.first, by, Money(sold, "USD"), Money(bought, "EUR")).id

    steps = [buy(fund, 110, 100), buy(fund, 60, 50)]
    there = buy(there_and_back, 110, 100)
    buy(there_and_back, 55, 50)
    exchange(session, pair.first, there_and_back, Money(50, "EUR"), Money(55, "USD"))
    take_back(session, pair, buy(other, 110, 100))
    return {
        "first": pair.first.person_id,
        "second": pair.second.person_id,
        "sheet": sheet.id,
        "opened": opened.id,
        "waiting": prepare_clearance(session, pair, opened.id, ClearanceKind.WRITTEN_BACK, Money(1, "USD")).id,
        "released": released.id,
        "written_back": written_back.id,
        "undone": undone.id,
        "done": take_back(session, pair, undone.id).reversal_id,
        "fund": fund.id,
        "other": other.id,
        "round": there_and_back.id,
        "there": there,
        "earlier": steps[0],
        "last": steps[1],
        "mirror": queries.list_steps(session, other.id)[-1].id,
        "rate": make_rate(session, pair.first).id,
    }


def attempt(session: Session, statements: str, names: dict[str, str]) -> list[str]:
    """Do one after the other, say how each went, and undo them all."""
    said = []
    undone = session.begin_nested()
    for statement in statements.format(**names).split(";"):
        try:
            with session.begin_nested():
                session.connection().exec_driver_sql(statement)
            said.append("accepted")
        except DBAPIError as error:
            said.append(str(error.orig))
    undone.rollback()
    return said


def test_every_illegal_write_is_refused(session: Session, names: dict[str, str]) -> None:
    sqlite = session.get_bind().dialect.name == "sqlite"

    wrong = {}
    for name, attack in ATTACKS.items():
        *before, last = attempt(session, attack.statements, names)
        wanted = attack.sqlite if sqlite else attack.postgresql or attack.sqlite
        if wanted not in last or set(before) - {"accepted"}:
            wrong[name] = [*before, last]

    assert wrong == {}
    assert len(ATTACKS) > 25


def test_what_the_attacks_change_by_one_thing_is_otherwise_right(session: Session, names: dict[str, str]) -> None:
    said = [attempt(session, statements, names) for statements in RIGHT]

    assert {one for every in said for one in every} == {"accepted"}


# ── behind the application's back ────────────────────────────────────────────────────────────────────────────────────

TABLES = ("reversal", "reversal_approval", "exchange_step", "opening_clearance_approval", "ledger_transfer")
CHANGES = {
    "DELETE FROM reversal_approval": "ledger.reversal_unrecorded",
    "UPDATE reversal SET clearance_id = '{written_back}' WHERE clearance_id = '{undone}'": "ledger.reversal_unposted",
    "DELETE FROM opening_clearance_approval WHERE clearance_id = '{undone}'": "ledger.reversal_of_nothing",
    "DELETE FROM exchange_step WHERE kind = 'reversal'": "ledger.exchange_half_reversed",
    "UPDATE exchange_step SET reverses_id = '{last}' WHERE kind = 'reversal'": "ledger.exchange_half_reversed",
    "UPDATE reversal_approval SET reversed_on = '2031-06-01'": "audit.row_changed",
    "UPDATE reversal SET reason = 'another'": "audit.row_changed",
}


def test_verify_names_what_was_changed(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        names = make_rows(session)
        assert queries.list_findings(session) == []
        assert [row for row in queries.list_row_findings(session) if row.record.startswith("reversal")] == []
    for change, code in CHANGES.items():
        with behind_our_back(owner, TABLES) as session:
            undone = session.begin_nested()
            session.connection().exec_driver_sql(change.format(**names))
            found = [*queries.list_period_findings(session), *queries.list_row_findings(session)]
            undone.rollback()
        assert code in {finding.code for finding in found}, (change, found)


def test_a_reversal_names_its_record(session: Session, names: dict[str, str]) -> None:
    assert session.get_one(Reversal, names["done"]).record_id == names["undone"]
