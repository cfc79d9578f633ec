"""Raw SQL as the application's role: what the database itself refuses, on both engines."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations.db import Database
from reparations.ledger.models import KINDS
from reparations.ledger.postings import MOVEMENTS
from reparations.money import Money
from tests.factories.ledger import make_fund, make_pledge, receive
from tests.ledger.books import Books, insert, leg, seal

Refused = Callable[[str], AbstractContextManager[None]]


class Attack(NamedTuple):
    """A statement and what refuses it; None where the engine has no such statement."""

    statement: str
    sqlite: str | None
    postgresql: str | None


FOREIGN, UNKNOWN, MIRROR = (
    f"ledger_transfer.{reason}" for reason in ("account_foreign", "movement_unknown", "reversal_differs")
)
FLOOR, CEILING, EXACT = (f"ck_ledger_balance_{limit}" for limit in ("floor", "ceiling", "exact"))
DENIED, EXISTS, VIEW = "permission denied", "ledger_transfer.exists", "cannot UPSERT a view"
UNDO = insert(debit="{a_awards_payable}", credit="{a_awards}", amount="20000", reverses="'{award}'")

ATTACKS: dict[str, Attack] = {
    # one side of it only, or not an amount
    "no debit": Attack(insert(debit="NULL"), "NOT NULL", "not-null"),
    "no credit": Attack(insert(credit="NULL"), "NOT NULL", "not-null"),
    "zero": Attack(insert(amount="0"), "amount_positive", "amount_positive"),
    "negative": Attack(insert(amount="-5"), "amount_positive", "amount_positive"),
    "text for an amount": Attack(insert(amount="'abc'"), "cannot store TEXT", "invalid input syntax"),
    "more than fits": Attack(insert(amount="1e30"), "cannot store REAL", "out of range"),
    "no amount": Attack(insert(amount="NULL"), "NOT NULL", "not-null"),
    # accounts that do not belong together
    "same account twice": Attack(insert(credit="{a_reserved}"), "accounts_differ", "accounts_differ"),
    "debit in another fund": Attack(insert(debit="{b_reserved}"), FOREIGN, FOREIGN),
    "credit in another fund": Attack(insert(credit="{b_bank}"), FOREIGN, FOREIGN),
    "another fund's name on it": Attack(insert(fund="'{b}'"), FOREIGN, FOREIGN),
    "debit in another currency": Attack(insert(debit="{e_reserved}"), FOREIGN, FOREIGN),
    "credit in another currency": Attack(insert(credit="{e_bank}"), FOREIGN, FOREIGN),
    "another currency's name on it": Attack(insert(currency="'EUR'"), FOREIGN, FOREIGN),
    "an account that is not there": Attack(insert(debit="999999"), FOREIGN, FOREIGN),
    "straight from the bank to the award": Attack(insert(debit="{a_awards_payable}"), UNKNOWN, UNKNOWN),
    "income without money": Attack(insert(debit="{a_awards}", credit="{a_contributions}"), UNKNOWN, UNKNOWN),
    "cover made by hand": Attack(insert(debit="{a_uncommitted}"), UNKNOWN, UNKNOWN),
    # more than there is
    "overdraw the bank": Attack(insert(amount="50001"), FLOOR, FLOOR),
    "dispatch more than is reserved": Attack(
        insert(debit="{a_in_transit}", credit="{a_reserved}", amount="20001"), FLOOR, FLOOR
    ),
    "award more than was received": Attack(
        insert(debit="{a_awards}", credit="{a_awards_payable}", amount="80001"), FLOOR, FLOOR
    ),
    "settle more than is owed": Attack(
        insert(debit="{a_awards_payable}", credit="{a_in_transit}", amount="20001"), CEILING, CEILING
    ),
    "receive more than is pledged": Attack(
        insert(debit="{a_pledges}", credit="{a_pledges_receivable}", amount="1"), CEILING, CEILING
    ),
    "receive more than is held exactly": Attack(
        insert(debit="{a_bank}", credit="{a_contributions}", amount="9007199254740991"), EXACT, EXACT
    ),
    "overdraw, asking to be ignored": Attack(insert(amount="50001", verb="INSERT OR IGNORE"), FLOOR, None),
    "overdraw, asking to keep what was done": Attack(insert(amount="50001", verb="INSERT OR FAIL"), FLOOR, None),
    "award uncovered, asking to be ignored": Attack(
        insert(debit="{a_awards}", credit="{a_awards_payable}", amount="80001", verb="INSERT OR IGNORE"),
        FLOOR,
        None,
    ),
    "overdraw, asking to replace": Attack(insert(amount="50001", verb="INSERT OR REPLACE"), FLOOR, None),
    "overdraw, doing nothing on conflict": Attack(insert(amount="50001", tail="ON CONFLICT DO NOTHING"), VIEW, FLOOR),
    # names and hashes
    "an id used before": Attack(insert(transfer_id="'{award}'"), EXISTS, "pk_ledger_transfer"),
    "no id": Attack(insert(transfer_id="''"), "id_length", "id_length"),
    # reversals
    "reversal of another amount": Attack(UNDO.replace("20000", "19999"), MIRROR, MIRROR),
    "reversal with the same sides": Attack(
        insert(debit="{a_awards}", credit="{a_awards_payable}", amount="20000", reverses="'{award}'"), MIRROR, MIRROR
    ),
    "reversal in another fund": Attack(
        insert(
            fund="'{b}'",
            debit="{b_awards_payable}",
            credit="{b_awards}",
            amount="20000",
            reverses="'{award}'",
        ),
        MIRROR,
        MIRROR,
    ),
    "reversal of nothing": Attack(UNDO.replace("'{award}'", "'nothing'"), MIRROR, MIRROR),
    # rewriting
    "edit an amount": Attack("UPDATE ledger_transfer SET amount_minor = 1", "append_only", DENIED),
    "edit without effect": Attack("UPDATE ledger_transfer SET amount_minor = amount_minor", "append_only", DENIED),
    "edit, asking to be ignored": Attack("UPDATE OR IGNORE ledger_transfer SET amount_minor = 1", "append_only", None),
    "redate": Attack("UPDATE ledger_transfer SET recorded_at = '2001-01-01 00:00:00'", "append_only", DENIED),
    "delete": Attack("DELETE FROM ledger_transfer WHERE id = '{award}'", "append_only", DENIED),
    "truncate": Attack("TRUNCATE ledger_transfer", None, DENIED),
    "replace": Attack(insert(transfer_id="'{award}'", verb="INSERT OR REPLACE"), EXISTS, None),
    "replace, in short": Attack(insert(transfer_id="'{award}'", verb="REPLACE"), EXISTS, None),
    "replace in its entry": Attack(
        insert(transfer_id="'{award}'", entry="'award'", verb="INSERT OR REPLACE"), "ledger_transfer.", None
    ),
    "upsert": Attack(
        insert(transfer_id="'{award}'", tail="ON CONFLICT (id) DO UPDATE SET amount_minor = 1"),
        VIEW,
        DENIED,
    ),
    "upsert in its entry": Attack(
        insert(transfer_id="'{award}'", entry="'award'", tail="ON CONFLICT DO UPDATE SET amount_minor = 1"),
        VIEW,
        "requires inference",
    ),
    "merge": Attack(
        "MERGE INTO ledger_transfer AS t USING (SELECT 1) AS one ON t.id = '{award}'"
        " WHEN MATCHED THEN UPDATE SET amount_minor = 1",
        None,
        DENIED,
    ),
    # balances
    "write a balance": Attack(
        "UPDATE ledger_balance SET amount_minor = 900000 WHERE account_id = {a_bank}", "moves_by_transfer", DENIED
    ),
    "play the last transfer again": Attack(
        "UPDATE ledger_balance SET amount_minor = amount_minor + 20000, version = version + 1, moved_by = '{award}'"
        " WHERE account_id = {a_awards}",
        "moves_by_transfer",
        DENIED,
    ),
    "play it on another account": Attack(
        "UPDATE ledger_balance SET amount_minor = amount_minor + 20000, version = version + 1, moved_by = '{award}'"
        " WHERE account_id = {a_bank}",
        "moves_by_transfer",
        DENIED,
    ),
    "play it on another fund's cover": Attack(
        "UPDATE ledger_balance SET amount_minor = amount_minor - 20000, version = version + 1, moved_by = '{award}'"
        " WHERE account_id = {b_uncommitted}",
        "moves_by_transfer",
        DENIED,
    ),
    "lower a floor": Attack("UPDATE ledger_balance SET floor_minor = NULL", "moves_by_transfer", DENIED),
    "raise a ceiling": Attack("UPDATE ledger_balance SET ceiling_minor = 9 WHERE false OR 1 = 1", "moves_by", DENIED),
    "delete a balance": Attack("DELETE FROM ledger_balance WHERE account_id = {a_bank}", "moves_by_transfer", DENIED),
    "truncate balances": Attack("TRUNCATE ledger_balance", None, DENIED),
    "insert a balance": Attack(
        "INSERT INTO ledger_balance (account_id, amount_minor, version) VALUES ({a_bank}, 900000, 0)",
        "ledger_balance.exists",
        DENIED,
    ),
    "replace a balance": Attack(
        "INSERT OR REPLACE INTO ledger_balance (account_id, amount_minor, version) VALUES ({a_bank}, 900000, 0)",
        "ledger_balance.exists",
        None,
    ),
    # entries, their sums and those of the day
    "one more for an entry": Attack(insert(entry="'reserve'"), "ledger_transfer.entry_sealed", "pk_ledger_"),
    "one of another kind for an entry": Attack(
        insert(entry="'award'", debit="{a_in_transit}", credit="{a_reserved}"),
        "ledger_transfer.entry_sealed",
        "pk_ledger_",
    ),
    "an entry of nothing": Attack(seal("nothing"), "ledger_entry.empty", DENIED),
    "an entry of nothing, asking to be ignored": Attack(
        seal("nothing", verb="INSERT OR IGNORE"), "ledger_entry.empty", None
    ),
    "an entry again": Attack(seal("reserve"), "ledger_entry.exists", DENIED),
    "replace an entry": Attack(seal("reserve", verb="INSERT OR REPLACE"), "ledger_entry.exists", None),
    "an entry out of turn": Attack(
        "INSERT INTO ledger_entry (rowid, id, occurred_on, recorded_at)"
        " VALUES (9223372036854775807, 'x', '2031-05-01', '2031-05-01 12:00:00.000000')",
        "ledger_entry.out_of_order",
        "rowid",
    ),
    "replace an entry by its number": Attack(
        "INSERT OR REPLACE INTO ledger_entry (rowid, id, occurred_on, recorded_at)"
        " VALUES (1, 'x', '2031-05-01', '2031-05-01 12:00:00.000000')",
        "ledger_entry.exists",
        None,
    ),
    "replace a fund by its number": Attack(
        "INSERT OR REPLACE INTO fund (rowid, id, code, title, created_at)"
        " VALUES (1, 'x', 'X', 'x', '2031-05-01 12:00:00.000000')",
        "fund.exists",
        None,
    ),
    "redate an entry": Attack("UPDATE ledger_entry SET occurred_on = '2001-01-01'", "append_only", DENIED),
    "delete an entry": Attack("DELETE FROM ledger_entry WHERE id = 'reserve'", "append_only", DENIED),
    "truncate entries": Attack("TRUNCATE ledger_entry CASCADE", None, DENIED),
    "sum up an entry again": Attack(leg(), "ledger_leg.", DENIED),
    "sum up what is not in an entry": Attack(
        leg(debit="{a_in_transit}", credit="{a_reserved}"), "not_of_entry", DENIED
    ),
    "sum up no entry": Attack(leg(entry="'none'"), "ledger_entry.times_differ", DENIED),
    "raise a sum": Attack("UPDATE ledger_leg SET amount_minor = amount_minor + 1", "append_only", DENIED),
    "delete a sum": Attack("DELETE FROM ledger_leg", "append_only", DENIED),
    "a day of nothing": Attack(
        "INSERT INTO ledger_day (account_id, occurred_on, recorded_on, debit_minor, credit_minor, moved_by)"
        " VALUES ({a_bank}, '2001-01-01', '2001-01-01', 5, 0, 'award')",
        "ledger_day.moves_by_transfer",
        DENIED,
    ),
    "a day twice": Attack(
        "INSERT INTO ledger_day SELECT * FROM ledger_day WHERE account_id = {a_bank}", "ledger_day.", DENIED
    ),
    "replace a day": Attack("INSERT OR REPLACE INTO ledger_day SELECT * FROM ledger_day", "ledger_day.", None),
    "raise a day": Attack("UPDATE ledger_day SET debit_minor = debit_minor + 1", "moves_by_transfer", DENIED),
    "play the last entry on a day again": Attack(
        "UPDATE ledger_day SET debit_minor = debit_minor + 20000, moved_by = 'award' WHERE account_id = {a_awards}",
        "moves_by_transfer",
        DENIED,
    ),
    "delete a day": Attack("DELETE FROM ledger_day", "moves_by_transfer", DENIED),
    "truncate days": Attack("TRUNCATE ledger_day", None, DENIED),
    # accounts, funds, gifts
    "an account off the chart": Attack(
        "INSERT INTO ledger_account (fund_id, currency, kind, code) VALUES ('{a}', 'CHF', 'asset', 'slush')",
        "in_chart",
        "in_chart",
    ),
    "an account on the wrong side": Attack(
        "INSERT INTO ledger_account (fund_id, currency, kind, code) VALUES ('{a}', 'CHF', 'liability', 'bank')",
        "in_chart",
        "in_chart",
    ),
    "a second bank account": Attack(
        "INSERT INTO ledger_account (fund_id, currency, kind, code) VALUES ('{a}', 'USD', 'asset', 'bank')",
        "ledger_account.exists",
        "uq_ledger_account_code",
    ),
    "turn an account": Attack("UPDATE ledger_account SET code = 'bank'", "append_only", DENIED),
    "delete an account": Attack("DELETE FROM ledger_account WHERE id = {a_bank}", "append_only", DENIED),
    "widen a fund": Attack("UPDATE fund_form SET form = 'collective'", "append_only", DENIED),
    "rename a fund": Attack("UPDATE fund SET code = 'OTHER' WHERE id = '{a}'", "append_only", DENIED),
    "a form nobody cites": Attack(
        "INSERT INTO fund_form (fund_id, form, citation) VALUES ('{a}', 'salaries', 'none')", "form_known", "form_known"
    ),
    "raise a pledge": Attack("UPDATE pledge SET amount_minor = amount_minor * 2", "append_only", DENIED),
    "delete a receipt": Attack("DELETE FROM contribution", "append_only", DENIED),
    "replace a receipt": Attack(
        "INSERT OR REPLACE INTO contribution SELECT * FROM contribution", "contribution.", None
    ),
    # walking round the triggers
    "switch triggers off": Attack("ALTER TABLE ledger_transfer DISABLE TRIGGER ALL", None, "must be owner"),
    "drop a trigger": Attack("DROP TRIGGER ledger_transfer_posts ON ledger_transfer", None, "must be owner"),
    "play the replica": Attack("SET session_replication_role = replica", None, DENIED),
    "call the trigger": Attack("SELECT ledger_transfer_posts()", "no such function", "can only be called as triggers"),
}


@pytest.fixture
def books(session: Session) -> Books:
    return Books(session)


def test_every_illegal_write_is_refused_and_moves_nothing(books: Books) -> None:
    before = books.standing()

    refusals = {name: books.attempt(attack.statement) for name, attack in ATTACKS.items()}

    expected = {
        name: (attack.sqlite if books.sqlite else attack.postgresql) or "syntax error"
        for name, attack in ATTACKS.items()
    }
    assert {name: found for name, found in refusals.items() if expected[name] not in found} == {}
    assert len(ATTACKS) > 80
    assert books.standing() == before


def test_a_fraction_of_a_cent_is_refused_or_made_whole(books: Books) -> None:
    refusal = books.attempt(insert(amount="0.5"))

    if books.sqlite:
        assert "cannot store REAL" in refusal
    else:  # PostgreSQL rounds a literal before it is stored
        amount = books.session.connection().exec_driver_sql(
            "SELECT amount_minor FROM ledger_transfer WHERE id = 'attack'"
        )
        assert (refusal, amount.scalar()) == ("accepted", 1)


def test_a_second_reversal_and_a_reversal_of_a_reversal_are_refused(books: Books, refused: Refused) -> None:
    books.run(UNDO)

    with refused(EXISTS if books.sqlite else "uq_ledger_transfer_reverses_id"):
        books.run(UNDO.replace("'attack'", "'again'"))
    with refused(MIRROR):
        books.run(
            insert(
                debit="{a_awards}",
                credit="{a_awards_payable}",
                amount="20000",
                reverses="'attack'",
                transfer_id="'undo the undoing'",
                entry="'undo the undoing'",
            )
        )


def test_an_entry_does_not_undo_itself(books: Books, refused: Refused) -> None:
    columns, values = insert().format(**books.names).split(" VALUES ")
    undone = insert(debit="{a_bank}", credit="{a_reserved}", transfer_id="'undo'", reverses="'attack'")

    with refused(MIRROR):
        books.session.connection().exec_driver_sql(
            f"{columns} VALUES {values}, {undone.format(**books.names).split(' VALUES ')[1]}"
        )


def test_transfers_do_not_count_and_cannot_be_committed_without_their_entry(books: Books) -> None:
    before = books.standing()
    connection = books.session.connection()

    connection.exec_driver_sql(insert().format(**books.names))

    if books.sqlite:
        assert books.standing() == before
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            books.session.commit()
    else:  # the statement made the entry
        assert books.standing() != before
        entries = connection.exec_driver_sql("SELECT count(*) FROM ledger_entry WHERE id = 'attack'")
        assert entries.scalar_one() == 1


def test_transfers_of_one_entry_have_one_day_and_one_moment(books: Books, refused: Refused) -> None:
    columns, values = insert().format(**books.names).split(" VALUES ")
    other = values.replace("'attack'", "'other'", 1).replace("2031-05-01'", "2031-05-02'", 1)

    with refused("ledger_entry.times_differ"):
        books.session.connection().exec_driver_sql(f"{columns} VALUES {values}, {other}")
        if books.sqlite:
            books.session.connection().exec_driver_sql(seal())


@pytest.mark.parametrize("database_urls", ["postgresql"], indirect=True)
def test_a_statement_makes_one_entry_or_none(books: Books, refused: Refused) -> None:
    columns, values = insert().format(**books.names).split(" VALUES ")
    other = values.replace("'attack'", "'other'")
    before = books.standing()

    with refused("ledger_entry.one_a_statement"):
        books.session.connection().exec_driver_sql(f"{columns} VALUES {values}, {other}")
    books.session.connection().exec_driver_sql(f"{columns} SELECT * FROM ledger_transfer WHERE false")

    assert books.standing() == before


def test_the_books_know_these_movements_and_no_other(books: Books) -> None:
    accepted = set()
    for number, (debit, credit) in enumerate(itertools.product(KINDS, KINDS)):
        said = books.attempt(
            insert(
                debit=f"{{b_{debit}}}",
                credit=f"{{b_{credit}}}",
                fund="'{b}'",
                amount="1",
                transfer_id=f"'try {number}'",
                entry=f"'try {number}'",
            )
        )
        if said == "accepted" or "ck_ledger_balance" in said:  # known, only there may be nothing to move
            accepted.add((debit, credit))
        else:
            assert UNKNOWN in said or "accounts_differ" in said

    assert accepted == MOVEMENTS


def test_a_temporary_table_does_not_pass_for_one_of_ours(books: Books, refused: Refused) -> None:
    if books.sqlite:
        # SQLite resolves a trigger's tables in the trigger's own schema.
        books.run("CREATE TEMP TABLE ledger_account AS SELECT * FROM main.ledger_account")
        books.run("UPDATE temp.ledger_account SET fund_id = '{a}'")
        attack = insert(debit="{b_reserved}").replace("INTO ledger_transfer", "INTO main.ledger_transfer")
    else:
        books.run("CREATE TEMP TABLE ledger_account AS SELECT * FROM ledger_account")
        books.run("UPDATE pg_temp.ledger_account SET fund_id = '{a}'")
        attack = insert(debit="{b_reserved}")

    with refused(FOREIGN):
        books.run(attack)


def test_foreign_keys_off_do_not_open_the_books(books: Books) -> None:
    if books.sqlite:  # a connection of PostgreSQL has no such switch
        books.session.commit()
        driver = books.session.connection().connection.driver_connection
        assert driver is not None
        driver.rollback()
        for pragma in ("foreign_keys", "recursive_triggers"):
            driver.execute(f"PRAGMA {pragma} = 0")
            assert driver.execute(f"PRAGMA {pragma}").fetchone() == (0,)
        driver.execute("BEGIN IMMEDIATE")
    before = books.standing()

    refusals = {name: books.attempt(attack.statement) for name, attack in ATTACKS.items()}

    assert "accepted" not in refusals.values()
    assert books.standing() == before


def test_a_pledge_is_never_exceeded_whoever_writes(session: Session, refused: Refused) -> None:
    fund = make_fund(session)
    pledge = make_pledge(session, fund, Money(1_000, "USD"))
    receive(session, pledge, Money(900, "USD"))
    insertion = (
        "INSERT INTO contribution (id, reference, pledge_id, amount_minor, currency, received_on, source, recorded_at)"
        f" VALUES ('c', 'r', '{pledge.id}', %d, '%s', '2031-05-01', 'levy', '2031-05-01 12:00:00.000000')"
    )

    with refused("contribution.pledge_exceeded"):
        session.connection().exec_driver_sql(insertion % (101, "USD"))
    with refused("FOREIGN KEY" if session.get_bind().dialect.name == "sqlite" else "fk_contribution"):
        session.connection().exec_driver_sql(insertion % (100, "EUR"))


def test_the_owner_of_the_tables_is_refused_by_the_triggers(owner: Database) -> None:
    rewriting = [attack.statement for attack in ATTACKS.values() if attack.postgresql == DENIED]
    with owner._session() as session:
        books = Books(session)
        if not books.sqlite:  # a superuser may; what it does must make no difference
            rewriting.remove("SET session_replication_role = replica")
            books.run("SET LOCAL session_replication_role = replica")
        before = books.standing()

        refusals = {statement: books.attempt(statement) for statement in rewriting}

        known = ["append_only", "moves_by_transfer", ".exists", "syntax error", "ledger_entry.", "ledger_leg."]
        known += ["entry_sealed", VIEW]
        assert {at: said for at, said in refusals.items() if not any(reason in said for reason in known)} == {}
        assert FLOOR in books.attempt(insert(amount="50001"))
        assert books.standing() == before
        session.rollback()
