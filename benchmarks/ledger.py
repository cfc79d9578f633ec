"""How fast a batch is posted: 100,000 payees in chunks of 10,000, against the bare insert of the same rows.

    python -m benchmarks.ledger

SQLite always, in a temporary folder with the service's own settings (WAL, synchronous FULL).  PostgreSQL too if
`DATABASE_URL` names a server where a database may be made and dropped again.  For the books the whole deed is timed:
naming the transfers, hashing, checking, moving balances, one commit a chunk.  For the bare table only the insert of
rows already made is timed, with the same commits: it has the same columns and no key, index, check or trigger.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url

import migrations
from reparations.calendar import utc_now
from reparations.db import Database, Session, dialect
from reparations.ids import new_id
from reparations.ledger import postings, queries, service
from reparations.ledger.models import KINDS, AccountCode, Fund, LedgerAccount
from reparations.money import Money

AMOUNT = Money(25_000, "USD")
ROLE = "reparations_benchmark"

_ARRAYS = {
    "id": "text",
    "fund_id": "text",
    "debit_account_id": "integer",
    "credit_account_id": "integer",
    "amount_minor": "bigint",
    "content_sha256": "bytea",
}
_BARE_COLUMNS = ", ".join((*_ARRAYS, "entry_id", "currency", "occurred_on", "recorded_at"))
_BARE_POSTGRESQL = text(
    f"INSERT INTO bare ({_BARE_COLUMNS}) SELECT *, :entry_id, :currency, CAST(:occurred_on AS date),"  # noqa: S608 names of this file
    f" CAST(:recorded_at AS timestamptz) FROM unnest({', '.join(f'CAST(:{k} AS {v}[])' for k, v in _ARRAYS.items())})"
)
_BARE_SQLITE = text(
    f"INSERT INTO bare ({_BARE_COLUMNS}) VALUES ("  # noqa: S608 names of this file
    f"{', '.join(f':{name}' for name in _BARE_COLUMNS.split(', '))})"
)


def main() -> int:
    """Print one line an engine: transfers a second, bare rows a second, and how much of that is left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payees", type=int, default=100_000)
    parser.add_argument("--chunk", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    _say(f"{'engine':<12}{'posted/s':>12}{'bare rows/s':>13}{'ratio':>7}   median of {options.runs}")
    engines = {"sqlite": _sqlite}
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        engines["postgresql"] = _postgresql
    for name, opened in engines.items():
        posted, bare = [], []
        for _ in range(options.runs):
            with opened() as database:
                fund_id = _prepare(database, payees=options.payees)
                bare.append(options.payees / _time_bare(database, fund_id, options.payees, options.chunk))
                posted.append(options.payees / _time_posting(database, fund_id, options.payees, options.chunk))
        ours, raw = statistics.median(posted), statistics.median(bare)
        _say(f"{name:<12}{ours:>12,.0f}{raw:>13,.0f}{ours / raw:>7.2f}")
    if "postgresql" not in engines:
        _say("postgresql: set DATABASE_URL to measure it too")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def _sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
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
            yield database
        finally:
            database.dispose()
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _prepare(database: Database, *, payees: int) -> str:
    """Migrate; open a fund that has reserved enough; make the bare table."""
    with database.engine.begin() as connection:
        migrations.upgrade(connection, app_role=ROLE)
        connection.exec_driver_sql("CREATE TABLE bare AS SELECT * FROM ledger_transfer WHERE 1 = 0")
    fund_id = new_id("fnd")
    total = Money(AMOUNT.amount_minor * payees, AMOUNT.currency)
    transfers = [
        *postings.pledge_recorded("p", fund_id=fund_id, amount=total),
        *postings.contribution_received("c", fund_id=fund_id, amount=total),
        *postings.batch_reserved("b", totals={fund_id: total}),
    ]
    with database.transaction() as session:
        session.add(Fund(id=fund_id, code="BENCHMARK", title="Benchmark", created_at=utc_now()))
        session.flush()
        for code, kind in KINDS.items():
            session.add(LedgerAccount(fund_id=fund_id, currency=AMOUNT.currency, kind=kind, code=code))
        _post(session, "opening", transfers)
    return fund_id


def _time_posting(database: Database, fund_id: str, payees: int, chunk: int) -> float:
    started = time.perf_counter()
    for first in range(0, payees, chunk):
        with database.transaction() as session:
            _post(session, f"batch-b-dispatched-{first}", _transfers(fund_id, first, min(payees, first + chunk)))
    elapsed = time.perf_counter() - started
    with database.reading() as session:
        sent = queries.get_balance(session, fund_id, AMOUNT.currency, AccountCode.IN_TRANSIT)
    if sent.amount_minor != AMOUNT.amount_minor * payees:
        message = "the balance is not what was posted"
        raise AssertionError(message)
    return elapsed


def _time_bare(database: Database, fund_id: str, payees: int, chunk: int) -> float:
    """Insert the same rows, made beforehand, by the same means."""
    elapsed = 0.0
    at = utc_now()
    common = {"currency": AMOUNT.currency, "occurred_on": at.date(), "recorded_at": at}
    for first in range(0, payees, chunk):
        rows = [
            (transfer.id, fund_id, 8, 10, transfer.amount_minor, bytes(32))
            for transfer in _transfers(fund_id, first, min(payees, first + chunk))
        ]
        started = time.perf_counter()
        with database.transaction() as session:
            named: dict[str, Any] = common | {"entry_id": f"bare-{first}"}
            if dialect(session) == "postgresql":
                arrays = dict(zip(_ARRAYS, (list(column) for column in zip(*rows, strict=True)), strict=True))
                session.connection().execute(_BARE_POSTGRESQL, named | arrays)
            else:
                named |= {"occurred_on": at.date().isoformat(), "recorded_at": at.isoformat()}
                session.connection().execute(
                    _BARE_SQLITE, [named | dict(zip(_ARRAYS, row, strict=True)) for row in rows]
                )
        elapsed += time.perf_counter() - started
    return elapsed


def _transfers(fund_id: str, first: int, last: int) -> list[postings.NewTransfer]:
    return [
        transfer
        for number in range(first, last)
        for transfer in postings.payment_dispatched(f"pay_{number:026}", fund_id=fund_id, amount=AMOUNT)
    ]


def _post(session: Session, entry_id: str, transfers: list[postings.NewTransfer]) -> None:
    now = utc_now()
    service.post(session, entry_id=entry_id, transfers=transfers, occurred_on=now.date(), at=now)


if __name__ == "__main__":
    sys.exit(main())
