"""How long another client's deeds take while a batch is posted, for several sizes of chunk.

Another process posts single transfers on the same two accounts as the batch, one commit each, one after the other.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from typing import TYPE_CHECKING, Any

from benchmarks.ledger.batch import AMOUNT, prepare, time_batch
from benchmarks.ledger.engines import engines
from reparations.calendar import utc_now
from reparations.db import Database
from reparations.ledger import postings, service
from reparations.ledger.postings import Movement
from reparations.money import Money

if TYPE_CHECKING:
    import argparse
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event

CHUNKS = (100, 1_000, 10_000)
BESIDE_MINOR = 1_000_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many are paid meanwhile."""
    parser.add_argument("--beside-payees", type=int, default=100_000)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of another client's deeds by size of chunk: alone first, then beside a batch."""
    spawned = multiprocessing.get_context("spawn")
    found: dict[str, Any] = {}
    for name, opened in engines().items():
        sizes: dict[str, dict[str, float]] = {}
        for chunk in CHUNKS:
            with opened() as database:
                run = prepare(database, options.beside_payees, chunk, beside_minor=BESIDE_MINOR)
                url = database.engine.url.render_as_string(hide_password=False)
                ours, theirs = spawned.Pipe()
                stop = spawned.Event()
                client = spawned.Process(target=_post_singly, args=(url, run.fund_id, stop, theirs))
                client.start()
                ours.recv()
                elapsed = time_batch(run)
                stop.set()
                taken = sorted(ours.recv())
                client.join()
            sizes[str(chunk)] = {
                "payees_per_s": round(options.beside_payees / elapsed),
                "deeds": len(taken),
                "median_ms": round(statistics.median(taken), 1),
                "p99_ms": round(taken[len(taken) * 99 // 100], 1),
                "slowest_ms": round(taken[-1], 1),
            }
        found[name] = sizes
    return found


def written(found: dict[str, Any]) -> str:
    """One line an engine and size of chunk."""
    return "\n".join(
        f"{name:<12}chunks of {chunk:>6}: {one['deeds']:>6,} deeds beside {one['payees_per_s']:>8,} payees/s;"
        f" median {one['median_ms']} ms, p99 {one['p99_ms']} ms, slowest {one['slowest_ms']} ms"
        for name, sizes in found.items()
        for chunk, one in sizes.items()
    )


def _post_singly(url: str, fund_id: str, stop: Event, said: Connection) -> None:
    """Post transfers of one minor unit until told to stop; say that it begins, then how many milliseconds each took."""
    database = Database(url, lock_timeout_ms=60_000)
    taken = []
    said.send(None)
    while not stop.is_set() or not taken:
        now = utc_now()
        transfer = postings.new_transfer(f"beside-{len(taken)}", fund_id, Money(1, AMOUNT.currency), Movement.FREED)
        started = time.perf_counter()
        with database.transaction() as session:
            service.post(session, entry_id=transfer.id, transfers=[transfer], occurred_on=now.date(), at=now)
        taken.append((time.perf_counter() - started) * 1_000)
    database.dispose()
    said.send(taken)
