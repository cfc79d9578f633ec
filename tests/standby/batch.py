"""A batch that a worker posts while its database is lost, and what must be true of the books afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reparations import audit
from reparations.db import Database
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode
from reparations.money import Money
from reparations.principal import SYSTEM
from reparations.vault import Keyring
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund
from tests.standby.poster import AMOUNT, CHUNK_SIZE, CHUNKS

ROOT = Path(__file__).parents[2]
TOTAL = CHUNKS * CHUNK_SIZE * AMOUNT.amount_minor
KILLED_AFTER_CHUNKS = 30


@contextmanager
def opened(url: str, keyring: Keyring | None = None) -> Iterator[Database]:
    """Open the books for a while."""
    database = Database(url, keyring=keyring)
    try:
        yield database
    finally:
        database.dispose()


def reserve(database: Database) -> str:
    """Put aside what the batch will pay; return the fund's id."""
    with database.transaction() as session:
        fund = make_fund(session, available_minor=TOTAL)
        transfers = postings.batch_reserved("b1", totals={fund.id: Money(TOTAL, "USD")})
        reserved = service.post(session, entry_id="b1", transfers=transfers, occurred_on=TODAY, at=NOON)
        audit.record(session, at=NOON, actor=SYSTEM, action="batch.approved", subject="b1", rows=[reserved.digest])
    return fund.id


def post_while(lost: Callable[[], object], *, url: str, fund_id: str, keys_dir: Path) -> list[str]:
    """Let a worker post the batch, call `lost` in the middle of it; return what it said, to the end."""
    environment = {**os.environ, "REPARATIONS_DATABASE_URL": url, "REPARATIONS_KEYS_DIR": str(keys_dir)}
    command = [sys.executable, "-m", "tests.standby.poster", fund_id]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        before = [worker.stdout.readline() for _ in range(KILLED_AFTER_CHUNKS)]
        lost()
        after = worker.stdout.read().splitlines()
    assert worker.returncode == 0
    return [line.strip() for line in (*before, *after)]


def check_nothing_lost_or_doubled(database: Database, fund_id: str, said: list[str]) -> None:
    """Each chunk was acknowledged once, the worker noticed the loss, and the books hold exactly the batch.

    No chunk acknowledged before the loss is posted a second time after it: one that was lost would be missing.
    """
    acknowledged = [int(line.rsplit(" ", 1)[1]) for line in said if not line.startswith("away")]
    assert any(line.startswith("away") and line.endswith("database.unreachable") for line in said)
    assert acknowledged == list(range(CHUNKS))
    with database.reading() as session:
        assert queries.get_balance(session, fund_id, "USD", AccountCode.IN_TRANSIT).amount_minor == TOTAL
        assert queries.list_findings(session) == []
