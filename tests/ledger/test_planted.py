"""Transfers put into SQLite's file past the service, under the id of an entry that is still to come."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from reparations.ledger import queries, service
from reparations.ledger.errors import EntryIdReused
from reparations.ledger.models import AccountCode
from reparations.ledger.postings import Movement, NewTransfer
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund
from tests.ledger.test_batches import AMOUNTS, Post, post_amounts, post_query

if TYPE_CHECKING:
    from sqlmodel import Session

    from reparations.db import Database


def post_singly(session: Session, fund_id: str, amounts: dict[str, int], entry_id: str = "b") -> service.Posting:
    transfers = [NewTransfer(name, fund_id, "USD", *Movement.RESERVED.value, minor) for name, minor in amounts.items()]
    return service.post(session, entry_id=entry_id, transfers=transfers, occurred_on=TODAY, at=NOON)


@pytest.mark.parametrize("database_urls", ["sqlite"], indirect=True)
@pytest.mark.parametrize("post", [post_singly, post_amounts, post_query])
def test_what_nobody_posted_is_not_counted_with_an_entry_that_is(database: Database, post: Post) -> None:
    with database.transaction() as session:
        fund_id = make_fund(session, available_minor=20_000).id
        accounts = queries.list_account_ids(session, [fund_id])
        assert queries.list_findings(session) == []
    sides = (accounts[fund_id, "USD", AccountCode.RESERVED], accounts[fund_id, "USD", AccountCode.BANK])
    with sqlite3.connect(str(database.engine.url.database)) as stranger:  # foreign keys are off, as SQLite has them
        stranger.execute(
            "INSERT INTO ledger_transfer (id, entry_id, fund_id, currency, debit_account_id, credit_account_id,"
            " amount_minor, occurred_on, recorded_at) VALUES ('planted', 'b', ?, 'USD', ?, ?, 7777, ?, ?)",
            (fund_id, *sides, TODAY.isoformat(), NOON.strftime("%Y-%m-%d %H:%M:%S.%f")),
        )
    stranger.close()

    with database.reading() as session:
        assert queries.list_findings(session) != []
    with pytest.raises(EntryIdReused), database.transaction() as session:
        post(session, fund_id, AMOUNTS)

    with database.transaction() as session:
        assert queries.get_balance(session, fund_id, "USD", AccountCode.RESERVED).amount_minor == 0
        post(session, fund_id, AMOUNTS, entry_id="c")
        assert queries.get_balance(session, fund_id, "USD", AccountCode.RESERVED).amount_minor == sum(AMOUNTS.values())
