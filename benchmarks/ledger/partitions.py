"""What partitions by period would cost and bring, on PostgreSQL.

whole    one table with the keys of `ledger_transfer`: the id is taken once for ever
parted   a partition for each month; a key of a partitioned table holds the partition's column, so an id is unique in
         its month only, and the same payment could be posted again in the next
guarded  the same, with a table of all ids beside it, so that an id is taken once for ever again

Rows are inserted in chunks of one month after another, then the transfers of one entry and the sum of one month are
asked for.  No trigger and no check: only the tables and their keys.
"""

from __future__ import annotations

import os
import statistics
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    import argparse

MONTHS = 12
CHUNK = 10_000
ASKED = 50

_COLUMNS = (
    "id text NOT NULL, entry_id text NOT NULL, fund_id text NOT NULL, currency text NOT NULL,"
    " debit_account_id integer NOT NULL, credit_account_id integer NOT NULL, amount_minor bigint NOT NULL,"
    " occurred_on date NOT NULL, recorded_at timestamptz NOT NULL, reverses_id text"
)
_ROWS = (
    "SELECT 'payment-pay_' || n || '-dispatched', 'batch-' || n / {chunk}, 'fnd', 'USD', 1, 2, 25000,"
    " date '2031-01-01' + (n * {months}::bigint / {rows})::integer * 31, now(), NULL"
    " FROM generate_series({first}, {last}) AS n"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many rows."""
    parser.add_argument("--partitioned-rows", type=int, default=1_000_000)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Insert and ask; rows a second and milliseconds by way.  Nothing without a PostgreSQL."""
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        return {}
    server = make_url(address).set(drivername="postgresql")
    name = f"reparations_benchmark_{os.getpid()}"
    found: dict[str, Any] = {}
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as own:
        own.execute(f"CREATE DATABASE {name}".encode())
        try:
            for _ in range(options.runs):
                for way in ("whole", "parted", "guarded"):
                    with psycopg.connect(server.set(database=name).render_as_string(hide_password=False)) as connection:
                        measured = _measure(connection, way, options.partitioned_rows)
                    for key, value in measured.items():
                        found.setdefault(way, {}).setdefault(key, []).append(value)
        finally:
            own.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    return found


def written(found: dict[str, Any]) -> str:
    """One line a way."""
    if not found:
        return "only on PostgreSQL: set DATABASE_URL"
    whole = statistics.median(found["whole"]["rows_per_s"])
    lines = []
    for way, measured in found.items():
        rate, entry, month = (statistics.median(measured[key]) for key in ("rows_per_s", "entry_ms", "month_ms"))
        lines.append(
            f"{way:<9}{rate:>10,.0f} rows/s ({rate / whole:.2f})   transfers of an entry {entry:6.2f} ms   "
            f"sum of a month {month:7.1f} ms"
        )
    return "\n".join(lines)


def _measure(connection: psycopg.Connection, way: str, rows: int) -> dict[str, float]:
    _create(connection, way)
    inserted = f"INSERT INTO moved {_ROWS}"
    if way == "guarded":
        inserted = f"WITH found (id) AS MATERIALIZED ({_ROWS}), named AS (INSERT INTO moved_id SELECT id FROM found)"  # noqa: S608 names of this file
        inserted += " INSERT INTO moved TABLE found"
    started = time.perf_counter()
    for first in range(0, rows, CHUNK):
        last = min(rows, first + CHUNK) - 1
        statement = inserted.format(chunk=CHUNK, months=MONTHS, rows=rows, first=first, last=last)
        connection.execute(statement.encode())
        connection.commit()
    elapsed = time.perf_counter() - started
    connection.execute("ANALYZE moved")
    connection.commit()
    entries = [
        _time(connection, "SELECT id, amount_minor FROM moved WHERE entry_id = %s", (f"batch-{number}",))
        for number in range(0, rows // CHUNK, max(1, rows // CHUNK // ASKED))
    ]
    months = [
        _time(
            connection,
            "SELECT sum(amount_minor) FROM moved WHERE occurred_on >= %s AND occurred_on < %s",
            ("2031-02-01", "2031-03-01"),
        )
        for _ in range(5)
    ]
    connection.execute("DROP TABLE moved")
    connection.execute("DROP TABLE IF EXISTS moved_id")
    connection.commit()
    return {
        "rows_per_s": rows / elapsed,
        "entry_ms": statistics.median(entries),
        "month_ms": statistics.median(months),
    }


def _create(connection: psycopg.Connection, way: str) -> None:
    if way == "whole":
        connection.execute(f"CREATE TABLE moved ({_COLUMNS}, PRIMARY KEY (id))".encode())
    else:
        connection.execute(
            f"CREATE TABLE moved ({_COLUMNS}, PRIMARY KEY (id, occurred_on)) PARTITION BY RANGE (occurred_on)".encode()
        )
        for number in range(MONTHS + 1):
            connection.execute(
                f"CREATE TABLE moved_{number} PARTITION OF moved FOR VALUES"
                f" FROM ('{_month(number)}') TO ('{_month(number + 1)}')".encode()
            )
    connection.execute("CREATE INDEX moved_entry ON moved (entry_id)")
    if way == "guarded":
        connection.execute("CREATE TABLE moved_id (id text PRIMARY KEY)")
    connection.commit()


def _month(number: int) -> date:
    """Return the first day of a month of 31 days."""
    return date(2031, 1, 1) + timedelta(days=31 * number)


def _time(connection: psycopg.Connection, statement: str, parameters: tuple[str, ...]) -> float:
    started = time.perf_counter()
    connection.execute(statement.encode(), parameters).fetchall()
    return (time.perf_counter() - started) * 1_000
