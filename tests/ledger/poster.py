"""A worker to be killed: posts a batch in chunks, one transaction each, and says after each that it is committed.

Usage: python -m tests.ledger.poster DATABASE_URL KEYS_DIR FUND_ID
"""

from __future__ import annotations

import sys
from pathlib import Path

from reparations import audit
from reparations.db import Database
from reparations.ledger import postings, service
from reparations.money import Money
from reparations.principal import SYSTEM
from reparations.vault import Keyring
from tests.conftest import NOON

CHUNKS = 40
CHUNK_SIZE = 100
AMOUNT = Money(25_000, "USD")


def main(url: str, keys_dir: str, fund_id: str) -> None:
    database = Database(url, keyring=Keyring.load(Path(keys_dir)))
    for chunk in range(CHUNKS):
        entry_id = f"batch-b1-dispatched-{chunk}"
        transfers = [
            transfer
            for number in range(CHUNK_SIZE)
            for transfer in postings.payment_dispatched(f"{chunk}-{number}", fund_id=fund_id, amount=AMOUNT)
        ]
        with database.transaction() as session:
            posting = service.post(session, entry_id=entry_id, transfers=transfers, occurred_on=NOON.date(), at=NOON)
            if posting.posted:
                audit.record(
                    session, at=NOON, actor=SYSTEM, action="batch.dispatched", subject="b1", rows=[posting.digest]
                )
        print("posted" if posting.posted else "there already", flush=True)  # noqa: T201 its one way to speak


if __name__ == "__main__":
    main(*sys.argv[1:])
