"""Single transfers on the hot account, by 1, 8 and 32 clients: the whole deed, beside others.

deed    `post` of one payment's transfer out of the pooled, reserved money, with its event in the log, committed
raw     the same row inserted by the same driver into a table with the same keys and no check, committed
hordak  django-hordak's `transfer_to` in a transaction of its own (PostgreSQL only), in an environment of its own
        (``.venv-benchmark``, filled at the first run from ``requirements/benchmark-ledger.lock``)

Clients are threads of one process, each with a connection of its own.  The hot account's row and the head of the event
log are taken by every deed: clients queue, and what is to be seen is that their number costs nothing.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import tempfile
import venv
from contextlib import closing
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.ledger import clients
from benchmarks.ledger.engines import engines, open_fund
from reparations import audit
from reparations.calendar import utc_now
from reparations.db import Database
from reparations.db.engine import prepare_sqlite_connection
from reparations.errors import Unavailable
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode
from reparations.money import Money
from reparations.principal import SYSTEM
from reparations.vault import Keyring

if TYPE_CHECKING:
    import argparse

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv-benchmark"
LOCK = ROOT / "requirements" / "benchmark-ledger.lock"
AMOUNT = Money(25_000, "USD")
CLIENTS = (1, 8, 32)

_RAW = (
    "INSERT INTO raw (id, entry_id, fund_id, currency, debit_account_id, credit_account_id, amount_minor, occurred_on,"
    " recorded_at) VALUES ({0}, {0}, {0}, 'USD', 1, 2, {0}, {0}, {0})"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many transfers."""
    parser.add_argument("--transfers", type=int, default=2_000, help="single transfers for each number of clients")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Post and insert on each engine; rates and percentiles of every run by engine, way and number of clients."""
    found: dict[str, Any] = {}
    for name, opened in engines().items():
        ways = {"deed": _deeds, "raw": _raw} | ({"hordak": _hordak} if name == "postgresql" else {})
        found[name] = {way: {number: [] for number in CLIENTS} for way in ways}
        for number in CLIENTS:
            for _ in range(options.runs):
                for way, timed in ways.items():
                    with opened() as database:
                        times = timed(database, number, options.transfers)
                    found[name][way][number].append(_summed(times))
    return found


def written(found: dict[str, Any]) -> str:
    """One line an engine, way and number of clients: medians of the runs, and the spread of the rate."""
    lines = [f"{'engine':<12}{'way':<8}{'clients':>7}{'per s':>8}  {'lowest-highest':<16}{'p50 ms':>8}{'p99 ms':>8}"]
    for name, ways in found.items():
        for way, measured in ways.items():
            for number, runs in measured.items():
                rates = [one["per_s"] for one in runs]
                p50, p99 = (statistics.median(one[key] for one in runs) for key in ("p50_ms", "p99_ms"))
                spread = f"{min(rates):,.0f}-{max(rates):,.0f}"
                rate = f"{statistics.median(rates):>8,.0f}  {spread:<16}"
                lines.append(f"{name:<12}{way:<8}{number:>7}{rate}{p50:>8.1f}{p99:>8.1f}")
    return "\n".join(lines)


def _summed(times: clients.Times) -> dict[str, float]:
    hundredths = statistics.quantiles(times["seconds"], n=100, method="inclusive")
    rate = len(times["seconds"]) / times["elapsed"][0]
    return {"per_s": rate, "p50_ms": hundredths[49] * 1_000, "p99_ms": hundredths[98] * 1_000}


def _deeds(database: Database, number: int, transfers: int) -> clients.Times:
    """Post single payments, with their events; a client that waited too long for the database tries again."""
    count = transfers + number
    with tempfile.TemporaryDirectory() as folder:
        Keyring.create(Path(folder))
        database.keyring = Keyring.load(Path(folder))
    fund_id = open_fund(database, reserved=Money(AMOUNT.amount_minor * count, AMOUNT.currency))
    wide = Database(
        database.engine.url.render_as_string(hide_password=False), keyring=database.keyring, pool_size=number
    )

    def deed(payment: int) -> None:
        transfer = postings.payment_dispatched(f"pay_{payment}", fund_id=fund_id, amount=AMOUNT)
        while True:
            now = utc_now()
            try:
                with wide.transaction() as session:
                    posted = service.post(
                        session,
                        entry_id=f"payment-{payment}",
                        transfers=transfer,
                        occurred_on=now.date(),
                        at=now,
                    )
                    audit.record(
                        session,
                        at=now,
                        actor=SYSTEM,
                        action="payment.dispatched",
                        subject=f"pay_{payment}",
                        rows=[posted.digest],
                    )
            except Unavailable:
                continue
            return

    times = clients.run(deed, clients=number, deeds=transfers)
    with wide.reading() as session:
        sent = queries.get_balance(session, fund_id, AMOUNT.currency, AccountCode.IN_TRANSIT)
    wide.dispose()
    if sent.amount_minor != AMOUNT.amount_minor * count:
        message = "the balance is not what was posted"
        raise AssertionError(message)
    return times


def _raw(database: Database, number: int, transfers: int) -> clients.Times:
    """Insert rows into a table with the transfers' keys, by the driver alone."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE raw AS SELECT * FROM ledger_transfer WHERE 1 = 0")
        connection.exec_driver_sql("CREATE UNIQUE INDEX raw_id ON raw (id)")
        connection.exec_driver_sql("CREATE INDEX raw_entry ON raw (entry_id)")
    postgresql = database.engine.dialect.name == "postgresql"
    url = database.engine.url
    own = local()

    def connect() -> Any:  # noqa: ANN401 a connection of either driver
        if postgresql:
            server = url.set(drivername="postgresql").render_as_string(hide_password=False)
            return psycopg.connect(server, autocommit=True)
        connection = sqlite3.connect(str(url.database), timeout=60, isolation_level=None)
        prepare_sqlite_connection(connection)
        return connection

    statement = _RAW.format("%s" if postgresql else "?")

    def insert(payment: int) -> None:
        if not hasattr(own, "connection"):
            own.connection = connect()
        now = utc_now()
        name = f"payment-pay_{payment}-dispatched"
        own.connection.execute(statement, (name, name, "fnd", AMOUNT.amount_minor, str(now.date()), str(now)))

    times = clients.run(insert, clients=number, deeds=transfers)
    with closing(connect()) as connection:
        (inserted,) = connection.execute("SELECT count(*) FROM raw").fetchone()
    if inserted != transfers + number:
        message = "not every row was inserted"
        raise AssertionError(message)
    return times


def _hordak(database: Database, number: int, transfers: int) -> clients.Times:
    """Have django-hordak do it, in a database of its own beside ours."""
    server = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql")
    name = f"{database.engine.url.database}_hordak"
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            url = server.set(database=name).render_as_string(hide_password=False)
            command = [str(_environment()), "-m", "benchmarks.ledger.hordak", url, str(number), str(transfers)]
            done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 a program of this package
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    times: clients.Times = json.loads(done.stdout)
    return times


def _environment() -> Path:
    """Return the Python beside which django-hordak lives, made from the lock if it is not yet as the lock says."""
    python, stamp = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "lock-ledger"
    lock = LOCK.read_bytes()
    if not stamp.is_file() or stamp.read_bytes() != lock:
        if not python.exists():
            venv.create(ENVIRONMENT, with_pip=True)
        # django-hordak is published as source only; its hash is in the lock like the others'.
        install = ["-m", "pip", "install", "--quiet", "--quiet", "--no-deps", "--require-hashes"]
        binary = ["--only-binary", ":all:", "--no-binary", "django-hordak"]
        subprocess.run([str(python), *install, *binary, "--requirement", str(LOCK)], check=True)  # noqa: S603 the locked packages, nothing else
        stamp.write_bytes(lock)
    return python
