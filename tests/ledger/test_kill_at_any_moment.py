"""A posting process killed again and again, at any moment: no acknowledged transfer is lost, none is there twice.

REPARATIONS_TEST_KILLS=200 .venv/bin/python -m pytest tests/ledger/test_kill_at_any_moment.py -n 2

`script/test --nightly` does.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from reparations import audit
from reparations.db import Database
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode
from reparations.money import Money
from reparations.principal import SYSTEM
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund
from tests.ledger.deeds import AMOUNT, CHUNK_SIZE
from tests.ledger.doomed import Doomed

KILLS = int(os.environ.get("REPARATIONS_TEST_KILLS", "15"))
CHUNKS_A_LIFE = 50
LONGEST_DELAY_S = 0.03
VERIFIED_EVERY = 10
TOTAL = KILLS * CHUNKS_A_LIFE * CHUNK_SIZE * AMOUNT.amount_minor


@pytest.mark.timeout(180 + 20 * KILLS)
def test_whenever_it_is_killed_nothing_acknowledged_is_lost_or_doubled(
    database: Database,
    database_urls: tuple[str, str],
    keys_dir: Path,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    fund_id = _reserve(database)
    moments = random.Random(KILLS)  # noqa: S311 when to kill is no secret
    acknowledged = unheard = 0
    with Doomed(database_urls[0], keys_dir) as doomed:
        for kill in range(1, KILLS + 1):
            chunks = range(acknowledged, acknowledged + CHUNKS_A_LIFE)
            life = doomed.do(
                [("dispatch_chunk", {"number": number, "fund_id": fund_id}) for number in chunks],
                kill_after=moments.randrange(3),
                delay_s=moments.uniform(0, LONGEST_DELAY_S),
            )
            assert life.killed
            acknowledged += life.acknowledged
            in_books = _count_chunks(database, fund_id, verified=kill % VERIFIED_EVERY == 0)
            assert acknowledged <= in_books <= acknowledged + 1  # the last may be committed and nobody heard of it
            unheard += in_books - acknowledged
        rest = doomed.do([("dispatch_chunk", {"number": acknowledged, "fund_id": fund_id})])
    assert (rest.acknowledged, rest.killed) == (1, False)
    assert _count_chunks(database, fund_id, verified=True) == acknowledged + 1 > KILLS // 2
    record_testsuite_property(
        f"kills on {database.engine.dialect.name}",
        f"{KILLS}, {acknowledged * CHUNK_SIZE} acknowledged transfers, {unheard} commits nobody heard of",
    )


def _reserve(database: Database) -> str:
    with database.transaction() as session:
        fund = make_fund(session, available_minor=TOTAL)
        transfers = postings.batch_reserved("b1", totals={fund.id: Money(TOTAL, "USD")})
        reserved = service.post(session, entry_id="b1", transfers=transfers, occurred_on=TODAY, at=NOON)
        audit.record(session, at=NOON, actor=SYSTEM, action="batch.approved", subject="b1", rows=[reserved.digest])
    return fund.id


def _count_chunks(database: Database, fund_id: str, *, verified: bool) -> int:
    """Count the chunks in transit, whole ones only, after the identity held; with `verified` everything is proved."""
    with database.reading() as session:
        identity = queries.compute_identity(session, fund_id, "USD")
        assert identity.faults == {}
        assert identity.came_in == identity.accounted_for
        if verified:
            assert queries.list_findings(session) == []
        sent = queries.get_balance(session, fund_id, "USD", AccountCode.IN_TRANSIT).amount_minor
    chunks, part = divmod(sent, CHUNK_SIZE * AMOUNT.amount_minor)
    assert part == 0
    return chunks
