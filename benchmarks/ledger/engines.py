"""The databases that are measured, each fresh and migrated, and a fund in them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

import migrations
from reparations.calendar import utc_now
from reparations.db import Database
from reparations.ids import new_id
from reparations.ledger import postings, service
from reparations.ledger.models import KINDS, Fund, LedgerAccount
from reparations.money import Money

ROLE = "reparations_benchmark"

Opened = Callable[[], AbstractContextManager[Database]]


def engines() -> dict[str, Opened]:
    """Name the engines there are to measure, with what opens a fresh, migrated database on each."""
    found: dict[str, Opened] = {"sqlite": _sqlite}
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        found["postgresql"] = _postgresql
    return found


@contextmanager
def _sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
        _migrate(database)
        yield database
        database.dispose()


@contextmanager
def _postgresql() -> Iterator[Database]:
    url = make_url(os.environ["DATABASE_URL"])
    name = f"{ROLE}_{os.getpid()}"
    server = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        database = Database(
            url.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)
        )
        try:
            _migrate(database)
            yield database
        finally:
            database.dispose()
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _migrate(database: Database) -> None:
    with database.engine.begin() as connection:
        migrations.upgrade(connection, app_role=ROLE)


def open_fund(database: Database, *, reserved: Money) -> str:
    """Open the books of a fund that was given `reserved` and has reserved all of it; return its id."""
    fund_id = new_id("fnd")
    now = utc_now()
    transfers = [
        *postings.pledge_recorded("p", fund_id=fund_id, amount=reserved),
        *postings.contribution_received("c", fund_id=fund_id, amount=reserved),
        *postings.batch_reserved("b", totals={fund_id: reserved}),
    ]
    with database.transaction() as session:
        session.add(Fund(id=fund_id, code="BENCHMARK", title="Benchmark", created_at=now))
        session.flush()
        for code, kind in KINDS.items():
            session.add(LedgerAccount(fund_id=fund_id, currency=reserved.currency, kind=kind, code=code))
        service.post(session, entry_id="opening", transfers=transfers, occurred_on=now.date(), at=now)
    return fund_id
