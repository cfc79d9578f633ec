"""A batch of many payees from one pooled account, against the insert of the same rows without any check.

batch   `post_batch`: ids and amounts come from Python; looked up, inserted, checked, hashed, balances moved
query   `post_batch_from`: the same rows come from a table of payees by one INSERT … SELECT a chunk
keyed   raw INSERT … SELECT of the same rows into a table with the same keys and indexes, and no trigger or check
lines   SQLite keeps of a row only what is its own: the same into a table of such lines, with their keys and indexes
bare    the whole rows into a table with no key or index either

One commit a chunk everywhere, a fresh database for every run of every way.  Peak memory is of this process (and so of
SQLite), after the smaller tenth of the payees and after all of them: flat means that they do not differ.
"""

from __future__ import annotations

import resource
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy

from benchmarks.ledger.engines import engines, open_fund
from reparations.calendar import utc_now
from reparations.db import Database, dialect
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode
from reparations.ledger.postings import Movement
from reparations.money import Money

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

AMOUNT = Money(25_000, "USD")

_RAW = (
    "INSERT INTO {table} (id, entry_id, fund_id, currency, debit_account_id, credit_account_id, amount_minor,"
    " occurred_on, recorded_at) SELECT id, :entry_id, :fund_id, 'USD', :debit, :credit, amount_minor, {on}, {at}"
    " FROM payee WHERE number >= :first AND number < :last"
)
_WHOLE = (
    "id text NOT NULL, entry_id text NOT NULL, fund_id text NOT NULL, currency text NOT NULL, debit_account_id integer"
    " NOT NULL, credit_account_id integer NOT NULL, amount_minor bigint NOT NULL, occurred_on {day} NOT NULL,"
    " recorded_at {moment} NOT NULL, reverses_id text"
)
_PG_WHOLE, _SQLITE_WHOLE = (
    _WHOLE.format(day=day, moment=moment) for day, moment in (("date", "timestamptz"), ("text", "text"))
)
# The keys of the transfers; those of SQLite are not unique, except the one by which its rows are stored (decision 15).
_RAW_TABLES = {
    "postgresql": (
        f"CREATE TABLE bare ({_PG_WHOLE})",
        f"CREATE TABLE keyed ({_PG_WHOLE}, PRIMARY KEY (id))",
        "CREATE INDEX keyed_entry ON keyed (entry_id)",
        "CREATE UNIQUE INDEX keyed_reverses ON keyed (reverses_id) WHERE reverses_id IS NOT NULL",
    ),
    "sqlite": (
        f"CREATE TABLE bare ({_SQLITE_WHOLE})",
        f"CREATE TABLE keyed ({_SQLITE_WHOLE}, PRIMARY KEY (entry_id, id)) WITHOUT ROWID",
        "CREATE INDEX keyed_id ON keyed (id)",
        "CREATE INDEX keyed_reverses ON keyed (reverses_id) WHERE reverses_id IS NOT NULL",
        "CREATE TABLE lines (leg int, id text, amount_minor int, reverses_id, PRIMARY KEY (leg, id)) WITHOUT ROWID",
        "CREATE INDEX lines_id ON lines (id)",
        "CREATE INDEX lines_reverses ON lines (reverses_id) WHERE reverses_id IS NOT NULL",
    ),
}
_DATES = {"sqlite": (":on", ":at"), "postgresql": ("CAST(:on AS date)", "CAST(:at AS timestamptz)")}
_LINES = sqlalchemy.text(
    "INSERT INTO lines (leg, id, amount_minor) SELECT :leg, id, amount_minor FROM payee"
    " WHERE number >= :first AND number < :last"
)
_payee = sqlalchemy.table(
    "payee", sqlalchemy.column("number"), sqlalchemy.column("id"), sqlalchemy.column("amount_minor")
)


class Run(NamedTuple):
    """What is posted, and where."""

    database: Database
    fund_id: str
    payees: int
    chunk: int

    def chunks(self) -> Iterator[tuple[int, int]]:
        """Give the numbers of the payees of each chunk: first, and one after the last."""
        for first in range(0, self.payees, self.chunk):
            yield first, min(self.payees, first + self.chunk)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many are paid, and how many at a time."""
    parser.add_argument("--payees", type=int, default=1_000_000)
    parser.add_argument("--chunk", type=int, default=10_000)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Post and insert on each engine; rows a second of every run and way, peak memory in MiB."""
    found: dict[str, Any] = {}
    for name, opened in engines().items():
        ways = WAYS[name]
        rates: dict[str, list[int]] = {way: [] for way in ways}
        memory = []
        for payees in (options.payees // 10, *(options.payees for _ in range(options.runs))):
            for way, timed in ways.items():
                with opened() as database:
                    elapsed = timed(prepare(database, payees, options.chunk))
                if payees == options.payees:
                    rates[way].append(round(payees / elapsed))
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        found[name] = {"rows_per_s": rates, "peak_mib": [memory[0], memory[-1]]}
    return found


def written(found: dict[str, Any]) -> str:
    """One line an engine and way."""
    lines = [f"{'engine':<12}{'way':<7}{'rows/s':>10}  {'lowest-highest':<20}{'of keyed':>9}{'of bare':>9}"]
    for name, measured in found.items():
        middle = {way: statistics.median(rates) for way, rates in measured["rows_per_s"].items()}
        for way, rates in measured["rows_per_s"].items():
            shares = f"{middle[way] / middle['keyed']:>9.2f}{middle[way] / middle['bare']:>9.2f}"
            lines.append(f"{name:<12}{way:<7}{middle[way]:>10,.0f}  {f'{min(rates):,}-{max(rates):,}':<20}{shares}")
        smaller, whole = measured["peak_mib"]
        lines.append(f"{name:<12}peak memory {smaller} MiB after a tenth, {whole} MiB after all")
    return "\n".join(lines)


def prepare(database: Database, payees: int, chunk: int, *, beside_minor: int = 0) -> Run:
    """Open a fund that has reserved enough, and `beside_minor` more; list the payees; make the raw tables."""
    with database.engine.begin() as connection:
        _make_raw(connection)
        connection.exec_driver_sql("CREATE TABLE payee (number integer PRIMARY KEY, id text, amount_minor bigint)")
        connection.exec_driver_sql(
            "INSERT INTO payee WITH RECURSIVE"  # noqa: S608 numbers of this file
            f" n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {payees})"
            f" SELECT i, 'payment-pay_' || (100000000 + i) || '-dispatched', {AMOUNT.amount_minor} FROM n"
        )
    reserved = Money(AMOUNT.amount_minor * payees + beside_minor, AMOUNT.currency)
    fund_id = open_fund(database, reserved=reserved)
    return Run(database, fund_id, payees, chunk)


def _make_raw(connection: Connection) -> None:
    """Make the tables without checks: with the keys and indexes of the transfers, whole and in lines, and without."""
    for statement in _RAW_TABLES[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def time_batch(run: Run) -> float:
    """Post it with payments and amounts from here; return the seconds, without those it takes to think of payments."""
    elapsed = 0.0
    for first, last in run.chunks():
        payments = {f"pay_{100_000_000 + number}": AMOUNT.amount_minor for number in range(first, last)}
        started = time.perf_counter()
        now = utc_now()
        with run.database.transaction() as session:
            service.post_batch(
                session,
                entry_id=f"batch-b-dispatched-{first}",
                movement=Movement.DISPATCHED,
                fund_id=run.fund_id,
                currency=AMOUNT.currency,
                amounts=postings.payments_dispatched(payments),
                occurred_on=now.date(),
                at=now,
            )
        elapsed += time.perf_counter() - started
    return _checked(run, elapsed)


def _time_query(run: Run) -> float:
    started = time.perf_counter()
    for first, last in run.chunks():
        now = utc_now()
        chunk = sqlalchemy.and_(_payee.c.number >= first, _payee.c.number < last)
        with run.database.transaction() as session:
            service.post_batch_from(
                session,
                entry_id=f"batch-b-dispatched-{first}",
                movement=Movement.DISPATCHED,
                fund_id=run.fund_id,
                currency=AMOUNT.currency,
                query=sqlalchemy.select(_payee.c.id, _payee.c.amount_minor).where(chunk),
                occurred_on=now.date(),
                at=now,
            )
    return _checked(run, time.perf_counter() - started)


def _checked(run: Run, elapsed: float) -> float:
    if sent(run) != AMOUNT.amount_minor * run.payees:
        message = "the balance is not what was posted"
        raise AssertionError(message)
    return elapsed


def sent(run: Run) -> int:
    """Read what is in transit, in minor units."""
    with run.database.reading() as session:
        return queries.get_balance(session, run.fund_id, AMOUNT.currency, AccountCode.IN_TRANSIT).amount_minor


def _time_raw(run: Run, table: str) -> float:
    with run.database.reading() as session:
        accounts = queries.list_account_ids(session, [run.fund_id])
    sides = {
        "debit": accounts[run.fund_id, AMOUNT.currency, AccountCode.IN_TRANSIT],
        "credit": accounts[run.fund_id, AMOUNT.currency, AccountCode.RESERVED],
    }
    started = time.perf_counter()
    for first, last in run.chunks():
        now = utc_now()
        with run.database.transaction() as session:
            on, at = _DATES[dialect(session)]
            statement = sqlalchemy.text(_RAW.format(table=table, on=on, at=at))
            values = {"entry_id": f"batch-b-dispatched-{first}", "fund_id": run.fund_id, "first": first, "last": last}
            moment = {"on": now.date().isoformat(), "at": now.isoformat()}
            session.connection().execute(statement, values | moment | sides)
    return time.perf_counter() - started


def _time_lines(run: Run) -> float:
    started = time.perf_counter()
    for first, last in run.chunks():
        with run.database.transaction() as session:
            session.connection().execute(_LINES, {"leg": first, "first": first, "last": last})
    return time.perf_counter() - started


_BOTH: dict[str, Callable[[Run], float]] = {
    "batch": time_batch,
    "query": _time_query,
    "keyed": partial(_time_raw, table="keyed"),
    "bare": partial(_time_raw, table="bare"),
}
WAYS = {"postgresql": _BOTH, "sqlite": {**_BOTH, "lines": _time_lines}}
