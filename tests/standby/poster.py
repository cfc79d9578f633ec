"""A worker that lives through the loss of its database: posts a batch in chunks and repeats a chunk until it is sure.

It is set up as the service is, by REPARATIONS_DATABASE_URL.  It says ``posted`` or ``there already`` after each commit
it was told of, ``away`` once for each chunk that met no database.

Usage: python -m tests.standby.poster FUND_ID
"""

from __future__ import annotations

import sys
import time

from reparations import audit
from reparations.app import open_database
from reparations.db import Database
from reparations.errors import Unavailable
from reparations.ledger import postings, service
from reparations.money import Money
from reparations.principal import SYSTEM
from reparations.settings import Settings
from tests.conftest import NOON

CHUNKS = 120
CHUNK_SIZE = 20
AMOUNT = Money(25_000, "USD")
_PATIENCE_S = 60


def main(fund_id: str) -> None:
    database = open_database(Settings())
    for chunk in range(CHUNKS):
        away_since = None
        while True:
            try:
                said = _post(database, chunk, fund_id)
            except Unavailable as error:
                now = time.monotonic()
                away_since = away_since or now
                if now == away_since:
                    print(f"away {chunk} {error.code}", flush=True)  # noqa: T201 its one way to speak
                if now - away_since > _PATIENCE_S:
                    raise
                time.sleep(0.02)
            else:
                print(f"{said} {chunk}", flush=True)  # noqa: T201 as above
                break


def _post(database: Database, chunk: int, fund_id: str) -> str:
    transfers = [
        transfer
        for number in range(CHUNK_SIZE)
        for transfer in postings.payment_dispatched(f"{chunk}-{number}", fund_id=fund_id, amount=AMOUNT)
    ]
    entry_id = f"batch-b1-dispatched-{chunk}"
    with database.transaction() as session:
        posting = service.post(session, entry_id=entry_id, transfers=transfers, occurred_on=NOON.date(), at=NOON)
        if posting.posted:
            audit.record(session, at=NOON, actor=SYSTEM, action="batch.dispatched", subject="b1", rows=[posting.digest])
    return "posted" if posting.posted else "there already"


if __name__ == "__main__":
    main(*sys.argv[1:])
