"""A worker killed while it posts: what is committed is whole, and the next run finishes the work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from reparations import audit
from reparations.db import Database
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode
from reparations.money import Money
from reparations.principal import SYSTEM
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund
from tests.ledger.poster import AMOUNT, CHUNK_SIZE, CHUNKS

ROOT = Path(__file__).parents[2]
TOTAL = CHUNKS * CHUNK_SIZE * AMOUNT.amount_minor
KILLED_AFTER_CHUNKS = (1, 7, 20)


def test_a_killed_worker_leaves_whole_chunks_and_is_taken_up_again(
    database: Database, database_urls: tuple[str, str], keys_dir: Path
) -> None:
    with database.transaction() as session:
        fund = make_fund(session, available_minor=TOTAL)
        transfers = postings.batch_reserved("b1", totals={fund.id: Money(TOTAL, "USD")})
        reserved = service.post(session, entry_id="b1", transfers=transfers, occurred_on=TODAY, at=NOON)
        audit.record(session, at=NOON, actor=SYSTEM, action="batch.approved", subject="b1", rows=[reserved.digest])
    command = [sys.executable, "-m", "tests.ledger.poster", database_urls[0], str(keys_dir), fund.id]

    for lines in KILLED_AFTER_CHUNKS:
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            for _ in range(lines):
                assert worker.stdout.readline()
            worker.kill()
        assert worker.returncode == -9
        sent = _check_books(database, fund.id)
        assert lines * CHUNK_SIZE * AMOUNT.amount_minor <= sent < TOTAL
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)

    assert done.stdout.count("there already") >= KILLED_AFTER_CHUNKS[-1]
    assert done.stdout.count("posted") >= 1
    assert _check_books(database, fund.id) == TOTAL


def _check_books(database: Database, fund_id: str) -> int:
    """Everything verifies, and only whole chunks are in transit; return how much."""
    with database.reading() as session:
        assert queries.list_findings(session) == []
        sent = queries.get_balance(session, fund_id, "USD", AccountCode.IN_TRANSIT).amount_minor
    assert sent % (CHUNK_SIZE * AMOUNT.amount_minor) == 0
    return sent
