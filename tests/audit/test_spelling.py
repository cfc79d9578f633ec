"""What is no day, no moment and no yes or no is named in every table there is, and what is one is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, Integer, LargeBinary, Table
from sqlmodel import Session

from reparations.audit.spelling import list_misspelt
from reparations.db import Database, Instant, Row
from reparations.tables import list_models

DAYS = {"well written": "2031-05-01", "sqlite": "20310501", "postgresql": "infinity"}
MOMENTS = {"well written": "2031-05-01 12:00:00.000000", "sqlite": "2031-05-01 12:00:00", "postgresql": "-infinity"}
YES_OR_NO = {"well written": 1, "sqlite": 7, "postgresql": True}


def columns_of(model: type[Row]) -> list[Column[object]]:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return list(table.columns)


MODELS = [
    model
    for model in list_models()
    if any(isinstance(column.type, (Date, Instant, Boolean)) for column in columns_of(model))
    and model.__tablename__ != "ledger_transfer"  # on SQLite it is a view, of tables that are looked at themselves
]


@pytest.fixture
def unguarded(owner: Database) -> Iterator[Session]:
    """The database as its owner has it without triggers, keys to other tables and checks; undone at the end."""
    with owner._session() as session:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
            for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            take_checks_away(connection)
        yield session
        session.rollback()
        if connection.dialect.name == "sqlite":
            session.connection().exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


def take_checks_away(connection: Connection) -> None:
    checks = connection.exec_driver_sql("SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'c'")
    for table, name in [(table, name) for table, name in checks if table != "-"]:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    for model in MODELS:
        connection.exec_driver_sql(f"ALTER TABLE {model.__tablename__} DISABLE TRIGGER ALL")


def write(session: Session, model: type[Row], spelling: str) -> None:
    """Insert a row of anything at all, but for its days, moments and yes or no."""

    def value(column: Column[object]) -> object:
        for kind, values in ((Date, DAYS), (Instant, MOMENTS), (Boolean, YES_OR_NO)):
            if isinstance(column.type, kind):
                return values[spelling]
        if isinstance(column.type, LargeBinary):
            return b"x"
        return 1 if isinstance(column.type, (Integer, BigInteger)) else "x"

    columns = columns_of(model)
    connection = session.connection()
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    values = [value(column) for column in columns]
    if connection.dialect.name == "postgresql":
        values = [
            bool(one) if isinstance(column.type, Boolean) else one for column, one in zip(columns, values, strict=True)
        ]
    names, marks = ", ".join(column.name for column in columns), ", ".join(mark for _ in columns)
    connection.exec_driver_sql(f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks})", tuple(values))


def test_what_is_misspelt_is_named_in_every_table(unguarded: Session) -> None:
    engine = unguarded.get_bind().dialect.name
    kinds = (Date, Instant, Boolean) if engine == "sqlite" else (Date, Instant)
    expected = {}
    for model in MODELS:
        named = {column.name for column in columns_of(model) if isinstance(column.type, kinds)}
        if named:
            write(unguarded, model, engine)
            expected[str(model.__tablename__)] = named

    found = {record.split(" ", 1)[0]: set(columns) for record, columns in list_misspelt(unguarded, MODELS)}

    assert found == expected
    assert len(expected) > 90


def test_what_is_well_written_is_not(unguarded: Session) -> None:
    for model in MODELS:
        write(unguarded, model, "well written")

    assert list(list_misspelt(unguarded, MODELS)) == []
