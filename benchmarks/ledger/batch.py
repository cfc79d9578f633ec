"""A batch of many payees from one pooled account, against the bare insert of the same rows.

For the books the whole deed is timed: naming the transfers, hashing, checking, moving balances, one commit a chunk.
For the bare table only the insert of rows already made is timed, with the same commits: it has the same columns and
no key, index, check or trigger.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from benchmarks.ledger.engines import engines, open_fund
from reparations.calendar import utc_now
from reparations.db import Database, dialect
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode
from reparations.money import Money

if TYPE_CHECKING:
    import argparse

AMOUNT = Money(25_000, "USD")

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


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many are paid, and how many at a time."""
    parser.add_argument("--payees", type=int, default=100_000)
    parser.add_argument("--chunk", type=int, default=10_000)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Post and insert on each engine; transfers and rows a second of every run."""
    found: dict[str, dict[str, list[int]]] = {}
    for name, opened in engines().items():
        ways: dict[str, list[int]] = {"posted": [], "bare": []}
        for _ in range(options.runs):
            with opened() as database:
                reserved = Money(AMOUNT.amount_minor * options.payees, AMOUNT.currency)
                fund_id = open_fund(database, reserved=reserved)
                bare = _time_bare(database, fund_id, options.payees, options.chunk)
                ways["bare"].append(round(options.payees / bare))
                posted = _time_posting(database, fund_id, options.payees, options.chunk)
                ways["posted"].append(round(options.payees / posted))
        found[name] = ways
    return found


def written(found: dict[str, Any]) -> str:
    """One line an engine and way."""
    lines = []
    for name, ways in found.items():
        for way, rates in ways.items():
            middle = statistics.median(rates)
            share = middle / statistics.median(ways["bare"])
            lines.append(
                f"{name:<12}{way:<8}{middle:>10,.0f} rows/s ({min(rates):,}-{max(rates):,}){share:>6.2f} of bare"
            )
    return "\n".join(lines)


def _time_posting(database: Database, fund_id: str, payees: int, chunk: int) -> float:
    started = time.perf_counter()
    for first in range(0, payees, chunk):
        transfers = _transfers(fund_id, first, min(payees, first + chunk))
        now = utc_now()
        with database.transaction() as session:
            service.post(
                session,
                entry_id=f"batch-b-dispatched-{first}",
                transfers=transfers,
                occurred_on=now.date(),
                at=now,
            )
    elapsed = time.perf_counter() - started
    with database.reading() as session:
        sent = queries.get_balance(session, fund_id, AMOUNT.currency, AccountCode.IN_TRANSIT)
    if sent.amount_minor != AMOUNT.amount_minor * payees:
        message = "the balance is not what was posted"
        raise AssertionError(message)
    return elapsed


def _time_bare(database: Database, fund_id: str, payees: int, chunk: int) -> float:
    """Insert the same rows, made beforehand, by the same means."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE bare AS SELECT * FROM ledger_transfer WHERE 1 = 0")
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
