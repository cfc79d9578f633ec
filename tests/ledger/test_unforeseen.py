"""A refusal that no rule of ours foresees, on both engines: it is seen, and says no more than the rule's name."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from reparations.db import Database, DatabaseRefused
from reparations.ledger import queries
from reparations.ledger.models import AccountCode
from tests.factories.ledger import make_fund
from tests.ledger.test_batches import AMOUNTS, Post, post_amounts, post_query
from tests.ledger.test_planted import post_singly

NAMED = {"ledger_transfer.strange": "ledger_transfer.strange", "Amal has 5 too much": "unknown"}
"""What a trigger says, and what is passed on of it."""
every_way = pytest.mark.parametrize("post", [post_singly, post_amounts, post_query])


def refuse(owner: Database, message: str, *, state: str = "23514") -> None:
    """Add a rule nobody has heard of."""
    when = "WHEN (NEW.id = 'payment-0-reserved')"
    with owner.engine.begin() as connection:
        if owner.engine.dialect.name == "sqlite":
            body = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            connection.exec_driver_sql(f"CREATE TRIGGER strange BEFORE INSERT ON ledger_line {when} {body}")
            return
        body = f"BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{state}'; END"
        connection.exec_driver_sql(f"CREATE FUNCTION strange() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        fires = f"BEFORE INSERT ON ledger_transfer FOR EACH ROW {when}"
        connection.exec_driver_sql(f"CREATE TRIGGER strange {fires} EXECUTE FUNCTION strange()")


@every_way
@pytest.mark.parametrize("message", NAMED)
def test_it_is_an_error_that_names_the_rule_and_nothing_else(
    database: Database, owner: Database, post: Post, message: str
) -> None:
    with database.transaction() as session:
        fund_id = make_fund(session, available_minor=20_000).id
    refuse(owner, message)

    with database.transaction() as session:
        with pytest.raises(DatabaseRefused) as caught:
            post(session, fund_id, AMOUNTS)
        assert post(session, fund_id, {"another": 7}, entry_id="c").posted
        assert queries.get_balance(session, fund_id, "USD", AccountCode.RESERVED).amount_minor == 7

    assert caught.value.record == NAMED[message]
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert "Amal" not in str(caught.value)


@pytest.mark.parametrize("database_urls", ["postgresql"], indirect=True)
@every_way
def test_a_constraint_is_named(database: Database, owner: Database, post: Post) -> None:
    with database.transaction() as session:
        fund_id = make_fund(session, available_minor=20_000).id
    with owner.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE ledger_leg ADD CONSTRAINT few CHECK (transfers < 5) NOT VALID")

    with pytest.raises(DatabaseRefused) as caught, database.transaction() as session:
        post(session, fund_id, AMOUNTS)

    assert caught.value.record == "few"


@pytest.mark.parametrize("database_urls", ["postgresql"], indirect=True)
@every_way
def test_what_is_no_refusal_is_not_taken_for_one(database: Database, owner: Database, post: Post) -> None:
    with database.transaction() as session:
        fund_id = make_fund(session, available_minor=20_000).id
    refuse(owner, "a fault", state="XX000")

    with pytest.raises(DBAPIError, match="a fault"), database.transaction() as session:
        post(session, fund_id, AMOUNTS)
