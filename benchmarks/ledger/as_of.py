"""The balance of the pool as of two times, when the books are large.

The transfers are posted by `post_batch_from` in entries of 10,000 (`--days` days, each recorded on its day), so the
books are those that posting makes.  Asked for are the balance of now, of a day in the middle as known now, and of that
day as known in the middle of a later one.
"""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy

from benchmarks.ledger.batch import AMOUNT, prepare, sent
from benchmarks.ledger.engines import engines
from reparations.calendar import utc_now
from reparations.ledger import queries, service
from reparations.ledger.models import AccountCode
from reparations.ledger.postings import Movement

if TYPE_CHECKING:
    import argparse

    from benchmarks.ledger.batch import Run

CHUNK = 10_000
ASKED = 50


def add_options(parser: argparse.ArgumentParser) -> None:
    """How large the books are."""
    parser.add_argument("--as-of-transfers", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=1_000)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Fill the books once an engine, then ask; milliseconds, median and slowest of each question."""
    found: dict[str, Any] = {}
    for name, opened in engines().items():
        with opened() as database:
            run = prepare(database, options.as_of_transfers, CHUNK)
            started = time.perf_counter()
            _fill(run, options.days)
            filled_s = round(time.perf_counter() - started)
            found[name] = {"transfers": options.as_of_transfers, "filled_s": filled_s} | _ask(run, options.days)
    return found


def written(found: dict[str, Any]) -> str:
    """One line an engine and question."""
    lines = []
    for name, measured in found.items():
        lines.append(f"{name:<12}{measured['transfers']:,} transfers, posted in {measured['filled_s']} s")
        lines += [
            f"{name:<12}{question:<28}{middle:>8.2f} ms median{slowest:>8.2f} ms slowest of {ASKED}"
            for question, (middle, slowest) in measured["ms"].items()
        ]
    return "\n".join(lines)


def _fill(run: Run, days: int) -> None:
    now = utc_now()
    payee = sqlalchemy.table(
        "payee", sqlalchemy.column("number"), sqlalchemy.column("id"), sqlalchemy.column("amount_minor")
    )
    for first, last in run.chunks():
        at = now - timedelta(days=days * (run.payees - first) // run.payees)
        with run.database.transaction() as session:
            service.post_batch_from(
                session,
                entry_id=f"batch-b-dispatched-{first}",
                movement=Movement.DISPATCHED,
                fund_id=run.fund_id,
                currency=AMOUNT.currency,
                query=sqlalchemy.select(payee.c.id, payee.c.amount_minor).where(
                    payee.c.number >= first, payee.c.number < last
                ),
                occurred_on=at.date(),
                at=at,
            )
    if sent(run) != AMOUNT.amount_minor * run.payees:
        message = "the balance is not what was posted"
        raise AssertionError(message)


def _ask(run: Run, days: int) -> dict[str, Any]:
    now = utc_now()
    middle = now - timedelta(days=days // 2)
    questions: dict[str, dict[str, Any]] = {
        "now": {},
        "a day, as known now": {"as_of": middle.date()},
        "a day, as known a week later": {"as_of": middle.date(), "known_at": middle + timedelta(days=7)},
    }
    taken: dict[str, tuple[float, float]] = {}
    with run.database.reading() as session:
        for question, times in questions.items():
            milliseconds = []
            for _ in range(ASKED):
                started = time.perf_counter()
                queries.get_balance_as_of(session, run.fund_id, AMOUNT.currency, AccountCode.RESERVED, **times)
                milliseconds.append((time.perf_counter() - started) * 1_000)
            taken[question] = (statistics.median(milliseconds), max(milliseconds))
    return {"ms": taken}
