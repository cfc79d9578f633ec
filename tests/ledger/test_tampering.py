"""A superuser takes the triggers and keys away and writes what he likes: verify names it, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from sqlalchemy import Date, Table, func, select
from sqlmodel import Session

from reparations.audit.verification import Finding, run_checks
from reparations.db import Database, Instant
from reparations.ledger import queries
from tests.factories.transfers import CHANGEABLE
from tests.ledger import fund_books, period_books
from tests.ledger.books import Books

CHANGED, MISSING, UNRECORDED = "audit.row_changed", "audit.row_missing", "audit.row_unrecorded"
AT = "'2031-05-01 12:00:00.000000'"
REDATED = {
    "pledge_part": "due_on",
    "exchange_position": "opened_at",
    "period_draft": "prepared_at",
    "opening_sheet": "prepared_at",
}
"""What says when, where it is not `recorded_at`."""


class Tampering(NamedTuple):
    """A statement, and a finding that must name it."""

    statement: str
    code: str


TAMPERINGS: dict[str, Tampering] = {
    # transfers
    "another amount": Tampering(
        "UPDATE ledger_transfer SET amount_minor = amount_minor - 1 WHERE entry_id = 'award'", "ledger.balance_differs"
    ),
    "another day": Tampering("UPDATE ledger_transfer SET occurred_on = '2031-04-30' WHERE entry_id = 'award'", CHANGED),
    "another instant": Tampering(
        "UPDATE ledger_transfer SET recorded_at = '2030-01-01 00:00:00.000000' WHERE entry_id = 'award'", CHANGED
    ),
    "another entry": Tampering("UPDATE ledger_transfer SET entry_id = 'x' WHERE entry_id = 'award'", UNRECORDED),
    "another name": Tampering("UPDATE ledger_transfer SET id = 'x' WHERE entry_id = 'award'", CHANGED),
    "another side": Tampering(
        "UPDATE ledger_transfer SET credit_account_id = {a_fees} WHERE entry_id = 'award'", "ledger.movement_unknown"
    ),
    "another fund's account": Tampering(
        "UPDATE ledger_transfer SET credit_account_id = {b_awards_payable} WHERE entry_id = 'award'",
        "ledger.account_foreign",
    ),
    "a transfer gone": Tampering("DELETE FROM ledger_transfer WHERE entry_id = 'award'", MISSING),
    "a transfer slipped in": Tampering(
        "INSERT INTO ledger_transfer (id, entry_id, fund_id, currency, debit_account_id, credit_account_id,"
        " amount_minor, occurred_on, recorded_at) VALUES ('x', 'x', '{a}', 'USD', {a_reserved}, {a_bank}, 1,"
        f" '2031-05-01', {AT})",
        UNRECORDED,
    ),
    "all transfers gone": Tampering("DELETE FROM ledger_transfer", MISSING),
    # balances, accounts, pairs
    "another balance": Tampering(
        "UPDATE ledger_balance SET amount_minor = amount_minor + 1 WHERE account_id = {a_bank}",
        "ledger.balance_differs",
    ),
    "two balances, the sum the same": Tampering(
        "UPDATE ledger_balance SET amount_minor = amount_minor + CASE account_id WHEN {a_bank} THEN 1 ELSE -1 END"
        " WHERE account_id IN ({a_bank}, {a_reserved})",
        "ledger.balance_differs",
    ),
    "another version": Tampering(
        "UPDATE ledger_balance SET version = version + 1 WHERE account_id = {a_bank}", "ledger.balance_differs"
    ),
    "a balance gone": Tampering("DELETE FROM ledger_balance WHERE account_id = {a_fees}", "ledger.balance_missing"),
    "a floor lowered": Tampering(
        "UPDATE ledger_balance SET floor_minor = -1 WHERE account_id = {a_bank}", "ledger.limit_changed"
    ),
    "a ceiling lifted": Tampering(
        "UPDATE ledger_balance SET ceiling_minor = NULL WHERE account_id = {a_awards_payable}", "ledger.limit_changed"
    ),
    "a pair taken away": Tampering("DELETE FROM ledger_pair WHERE debit_account_id = {a_bank}", "ledger.pair_changed"),
    "an account of another currency": Tampering(
        "UPDATE ledger_account SET currency = 'CHF' WHERE id = {e_fees}", CHANGED
    ),
    "a form on another authority": Tampering(
        "UPDATE fund_form SET citation = 'another' WHERE fund_id = '{b}'", CHANGED
    ),
    # gifts
    "a pledge raised": Tampering("UPDATE pledge SET amount_minor = amount_minor + 1", "ledger.pledge_unposted"),
    "a pledge of another fund": Tampering("UPDATE pledge SET fund_id = '{b}' WHERE fund_id = '{a}'", CHANGED),
    "a receipt lowered": Tampering(
        "UPDATE contribution SET amount_minor = amount_minor - 1", "ledger.contribution_unposted"
    ),
    "a receipt gone": Tampering("DELETE FROM contribution", "ledger.receipt_unrecorded"),
    "a receipt of another source": Tampering("UPDATE contribution SET source = 'levy'", CHANGED),
    "a donor of another name": Tampering("UPDATE donor SET title = 'Another'", CHANGED),
    # periods, positions, openings
    "a period reopened": Tampering("DELETE FROM ledger_period WHERE fund_id = '{fund}'", MISSING),
    "a period of another length": Tampering(
        "UPDATE ledger_period SET next_starts_on = '2031-05-15' WHERE fund_id = '{fund}'", "ledger.period_unsigned"
    ),
    "another countersigner": Tampering(
        "UPDATE ledger_period SET countersigned_by = '{third}' WHERE fund_id = '{fund}'", "ledger.period_unsigned"
    ),
    "another trial balance": Tampering(
        "UPDATE period_line SET debits_minor = debits_minor + 1 WHERE fund_id = '{fund}'", "ledger.period_changed"
    ),
    "posted into a closed period": Tampering(
        "UPDATE ledger_transfer SET occurred_on = '2031-05-31' WHERE entry_id = 'fee-late'", "ledger.period_reopened"
    ),
    "a rate changed": Tampering("UPDATE exchange_rate SET numerator = numerator + 1", CHANGED),
    "an exchange by another bank": Tampering("UPDATE exchange_step SET source = 'Another'", CHANGED),
    "an exchange gone": Tampering("DELETE FROM exchange_step", "ledger.exchange_unrecorded"),
    "an opening changed": Tampering(
        "UPDATE opening_line SET amount_minor = amount_minor + 1", "ledger.opening_differs"
    ),
    "an opening gone": Tampering("DELETE FROM opened_book", "ledger.opening_unrecorded"),
    "cleared once more": Tampering(
        "UPDATE opening_clearance SET amount_minor = amount_minor + 1", "ledger.clearance_unposted"
    ),
    "cleared otherwise": Tampering("UPDATE opening_clearance SET kind = 'waived'", "ledger.clearance_exceeds"),
    "cleared by another": Tampering("UPDATE opening_clearance_approval SET approved_by = '{third}'", CHANGED),
    "a clearance gone": Tampering("DELETE FROM opening_clearance_approval", "ledger.clearance_unrecorded"),
}

OTHER_TABLES = (
    *fund_books.TABLES,
    "exchange_position",
    "period_draft",
    "period_adjustment",
    "opening_sheet",
    "opening_clearance",
    "opening_clearance_approval",
)


@pytest.fixture
def books(owner: Database) -> Iterator[Books]:
    """Books of every kind, open to whoever owns them, undone at the end."""
    with owner._session() as session:
        books = Books(session)
        books.names |= period_books.make_rows(session)
        fund_books.make_rows(session)
        session.flush()
        take_the_guards_away(session)
        yield books
        session.rollback()


def take_the_guards_away(session: Session) -> None:
    """Do what only the owner of the tables can: no trigger and no foreign key is left."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for trigger in CHANGEABLE.values():
            connection.exec_driver_sql(trigger)
    else:
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        tables = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in tables:
            connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER ALL")


def findings(session: Session) -> set[Finding]:
    session.expire_all()
    return {*queries.list_findings(session), *queries.list_row_findings(session)}


def test_each_kind_of_tampering_is_named(books: Books) -> None:
    before = findings(books.session)
    unnamed = {}
    for name, tampering in TAMPERINGS.items():
        savepoint = books.session.begin_nested()
        books.run(tampering.statement)
        new = {finding.code for finding in findings(books.session) - before}
        savepoint.rollback()
        if tampering.code not in new:
            unnamed[name] = new

    assert unnamed == {}
    assert len(TAMPERINGS) > 30
    assert findings(books.session) == before


@pytest.mark.parametrize(
    ("statement", "code"),
    [("UPDATE {table} SET {column} = '2030-01-01'", CHANGED), ("DELETE FROM {table}", MISSING)],
    ids=["redated", "deleted"],
)
def test_rows_of_every_other_table_are_missed(books: Books, statement: str, code: str) -> None:
    for table in OTHER_TABLES:
        books.run(statement.format(table=table, column=REDATED.get(table, "recorded_at")))

    named = {finding.record.split(" ", 1)[0] for finding in findings(books.session) if finding.code == code}
    assert named == set(OTHER_TABLES)


NO_DAY = {
    "sqlite": ("never", "20310501", "2031-02-31", "0000-01-01"),
    "postgresql": ("infinity", "-infinity", "10000-01-01"),
}
NO_MOMENT = {
    "sqlite": ("never", "2031-05-01T12:00:00.000000", "2031-05-01 12:00:00", "2031-05-01 25:00:00.000000"),
    "postgresql": ("infinity", "-infinity", "10000-01-01 00:00:00+00"),
}


@pytest.mark.parametrize("kind", [0, 1, 2, -1])
def test_what_is_no_day_and_no_moment_is_named(books: Books, kind: int) -> None:
    engine, written = books.session.get_bind().dialect.name, set()
    for model in queries.list_models():
        table: Table = model.__table__  # type: ignore[attr-defined]
        for column in table.columns:
            values = NO_DAY if isinstance(column.type, Date) else NO_MOMENT if isinstance(column.type, Instant) else {}
            filled = select(func.count()).select_from(table).where(column.is_not(None))
            if values and books.session.connection().execute(filled).scalar_one():
                change = f"UPDATE {table.name} SET {column.name} = '{values[engine][kind]}'"
                if books.attempt(f"{change} WHERE {column.name} IS NOT NULL") == "accepted":  # a CHECK may refuse it
                    written.add((table.name, column.name))

    misspelt = [finding for finding in findings(books.session) if finding.code == "audit.row_misspelt"]

    columns = {finding.record.split(" ", 1)[0]: finding.message.rstrip(".").split(": ")[1] for finding in misspelt}
    assert {(table, column) for table, named in columns.items() for column in named.split(", ")} == written
    assert len(written) > 40


def test_what_is_no_day_does_not_hide_what_else_was_changed(books: Books) -> None:
    never = NO_DAY[books.session.get_bind().dialect.name][0]
    books.run(f"UPDATE pledge SET pledged_on = '{never}'")
    books.run("UPDATE ledger_transfer SET amount_minor = amount_minor - 1 WHERE entry_id = 'award'")

    found = {(finding.code, finding.record.split(" ", 1)[0]) for finding in findings(books.session)}

    assert found >= {("audit.row_misspelt", "pledge"), ("audit.unchecked", "database")}
    assert found >= {("ledger.balance_differs", "account"), (CHANGED, "ledger_transfer")}


def test_what_is_no_day_is_named_though_its_key_is_no_text(books: Books) -> None:
    engine = books.session.get_bind().dialect.name
    key = "CAST(x'ff41' AS TEXT)" if engine == "sqlite" else "'odd'"  # PostgreSQL keeps no text that is none
    books.run(
        f"UPDATE pledge SET id = {key}, pledged_on = '{NO_DAY[engine][0]}' WHERE id = (SELECT min(id) FROM pledge)"
    )

    found = {finding.record for finding in findings(books.session) if finding.code == "audit.row_misspelt"}

    assert found == {"pledge \\\\xffA" if engine == "sqlite" else "pledge odd"}


def test_a_fund_whose_code_is_no_text_is_named(books: Books) -> None:
    sqlite = books.session.get_bind().dialect.name == "sqlite"
    before = findings(books.session)
    books.run("UPDATE fund SET code = " + ("CAST(x'ff' || code AS TEXT)" if sqlite else "'odd' || code"))

    new = {(finding.code, finding.record.split(" ", 1)[0]) for finding in findings(books.session) - before}

    assert (CHANGED, "fund") in new


def test_what_fails_where_nothing_is_misspelt_is_not_hushed_up(session: Session) -> None:
    def fail(_: Session) -> list[Finding]:
        message = "not of the data"
        raise ValueError(message)

    with pytest.raises(ValueError, match="not of the data"):
        run_checks(session, queries.list_models(), [fail])
