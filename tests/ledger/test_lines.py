"""How SQLite keeps transfers: lines and legs behind a view, which nobody writes to but by an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from reparations.ledger import postings, queries, service
from reparations.ledger.errors import TransferIdReused
from reparations.ledger.queries.digests import stream_transfers
from tests.conftest import NOON
from tests.factories.ledger import TODAY
from tests.ledger.books import Books, insert, seal, usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reparations.db import Database

pytestmark = pytest.mark.parametrize("database_urls", ["sqlite"], indirect=True)

SEALED, OUT_OF_ORDER = "ledger_transfer.entry_sealed", "ledger_unsealed.out_of_order"
OF_AWARD = "(SELECT leg FROM ledger_line WHERE id = '{award}')"


def note(entry_id: str, number: str) -> str:
    """Say by hand what lines to come have in common."""
    return (
        f"INSERT INTO ledger_unsealed SELECT {number}, '{entry_id}', {{a_reserved}}, {{a_bank}}, '{{a}}', 'USD',"
        " '2031-05-01', '2031-05-01 12:00:00.000000' FROM ledger_next_leg"
    )


ATTACKS = {
    f"INSERT INTO ledger_line VALUES ({OF_AWARD}, 'attack', 100, NULL)": SEALED,
    "INSERT INTO ledger_line SELECT number, 'attack', 100, NULL FROM ledger_next_leg": SEALED,
    "INSERT INTO ledger_line VALUES (4611686018427387904, 'attack', 100, NULL)": SEALED,
    "INSERT INTO ledger_line VALUES (9223372036854775807, 'attack', 100, NULL)": "ck_ledger_line_leg",
    f"REPLACE INTO ledger_line VALUES ({OF_AWARD}, '{{award}}', 1, NULL)": "ledger_",  # by one of two triggers
    f"INSERT OR IGNORE INTO ledger_line VALUES ({OF_AWARD}, 'attack', 1, NULL)": SEALED,
    f"INSERT INTO ledger_line VALUES ({OF_AWARD}, '{{award}}', 1, NULL) ON CONFLICT DO UPDATE SET amount_minor = 1": (
        "ledger_line.append_only"
    ),
    "UPDATE ledger_line SET amount_minor = amount_minor": "ledger_line.append_only",
    "UPDATE OR REPLACE ledger_line SET leg = 1": "ledger_line.append_only",
    "DELETE FROM ledger_line": "ledger_line.append_only",
    "UPDATE ledger_leg SET number = number + 1": "ledger_leg.append_only",
    note("award", "number"): SEALED,
    note("attack", "number + 1"): OUT_OF_ORDER,
    note("attack", OF_AWARD): OUT_OF_ORDER,
    note("attack", "NULL"): OUT_OF_ORDER,
    "INSERT INTO ledger_next_leg VALUES (1)": "cannot modify ledger_next_leg",
}


@pytest.fixture
def books(database: Database) -> Iterator[Books]:
    with database._session() as session:
        yield Books(session)
        session.rollback()


@pytest.mark.parametrize("keys", ["ON", "OFF"])
def test_nothing_is_written_past_the_view(database: Database, keys: str) -> None:
    with database._session() as session:
        books = Books(session)
        session.commit()
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.rollback()
        for pragma in ("foreign_keys", "recursive_triggers"):
            driver.execute(f"PRAGMA {pragma} = {keys}")
        driver.execute("BEGIN IMMEDIATE")
        before = books.standing()

        refusals = {statement: books.attempt(statement) for statement in ATTACKS}

        assert {at: said for at, said in refusals.items() if ATTACKS[at] not in said} == {}
        assert books.standing() == before
        session.connection().detach()  # its pragmas are not what the next one expects


def test_what_waits_for_its_entry_is_not_seen_and_cannot_be_changed(books: Books) -> None:
    connection = books.session.connection()
    connection.exec_driver_sql(insert().format(**books.names))

    waiting = connection.exec_driver_sql("SELECT count(*) FROM ledger_transfer WHERE entry_id = 'attack'")
    assert waiting.scalar_one() == 0
    for statement in ("UPDATE ledger_unsealed SET number = number + 1", "DELETE FROM ledger_unsealed"):
        assert "ledger_unsealed.append_only" in books.attempt(statement)
    for verb in ("INSERT", "REPLACE"):
        assert "ledger_unsealed.exists" in books.attempt(note("attack", "number").replace("INSERT", verb))

    connection.exec_driver_sql(seal())
    seen = connection.exec_driver_sql("SELECT count(*) FROM ledger_transfer WHERE entry_id = 'attack'")
    assert seen.scalar_one() == 1
    assert connection.exec_driver_sql("SELECT count(*) FROM ledger_unsealed").scalar_one() == 0


def test_one_id_in_two_legs_of_an_entry_is_refused(books: Books) -> None:
    for statement in (insert(), insert(debit="{a_in_transit}", credit="{a_reserved}")):
        books.session.connection().exec_driver_sql(statement.format(**books.names))

    with pytest.raises(IntegrityError, match=r"ledger_transfer\.exists"):
        books.session.connection().exec_driver_sql(seal())


@pytest.mark.parametrize("verb", ["INSERT OR FAIL", "INSERT OR IGNORE", "INSERT OR REPLACE"])
def test_a_seal_that_fails_leaves_nothing_whatever_was_said_of_conflicts(books: Books, verb: str) -> None:
    before = books.standing()
    connection = books.session.connection()
    connection.exec_driver_sql(insert(amount="9000000000").format(**books.names))

    with pytest.raises(IntegrityError, match="ck_ledger_balance_floor"):
        connection.exec_driver_sql(seal(verb=verb))

    assert books.standing() == before
    assert connection.exec_driver_sql("SELECT 1 FROM ledger_entry WHERE id = 'attack'").all() == []
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        books.session.commit()


@pytest.mark.parametrize("day", ["garbage", "2031-05-01 ", "20310501", "2031-W16-2", "2031-02-30"])
def test_a_day_is_written_in_one_way(books: Books, day: str) -> None:
    books.session.connection().exec_driver_sql(insert().replace("2031-05-01'", f"{day}'").format(**books.names))

    with pytest.raises(IntegrityError, match=r"ledger_entry\.times_malformed"):
        books.session.connection().exec_driver_sql(seal(on=day))


@pytest.mark.parametrize(
    "moment", ["zz", "2031-05-01T12:00:00.000000", "2031-05-01 12:00:00", "2031-05-01 12:00:00.00000x"]
)
def test_a_moment_is_written_in_one_way(books: Books, moment: str) -> None:
    statement = insert().replace("2031-05-01 12:00:00.000000", moment)
    books.session.connection().exec_driver_sql(statement.format(**books.names))

    with pytest.raises(IntegrityError, match=r"ledger_entry\.times_malformed"):
        books.session.connection().exec_driver_sql(seal(recorded_at=f"'{moment}'"))


def test_a_leg_adds_up_to_no_more_than_is_kept_exactly(books: Books) -> None:
    for number in range(2):
        row = insert(
            fund="'{b}'", debit="{b_reserved}", credit="{b_bank}", amount="9007199254740991", transfer_id=f"'{number}'"
        )
        books.session.connection().exec_driver_sql(row.format(**books.names))

    with pytest.raises(IntegrityError, match="ck_ledger_leg_amount_exact"):
        books.session.connection().exec_driver_sql(seal())


def test_constraints_that_are_switched_off_are_triggers_too(books: Books) -> None:
    books.session.connection().exec_driver_sql("PRAGMA ignore_check_constraints = ON")
    try:
        said = [books.attempt(insert(amount=amount)) for amount in ("-100", "0", "9007199254740992", "50001")]
    finally:
        books.session.connection().exec_driver_sql("PRAGMA ignore_check_constraints = OFF")

    assert [name.rpartition("_")[2] for name in said] == ["positive", "positive", "positive", "floor"]


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("fund", "rowid, id, code, title, created_at", "-1, 'x', 'X', 'x', '2031-05-01 12:00:00.000000'"),
        ("ledger_account", "id, fund_id, currency, kind, code", "-1, '{a}', 'CHF', 'clearing', 'uncommitted'"),
    ],
)
def test_nobody_takes_the_row_number_that_stands_for_none(books: Books, table: str, columns: str, values: str) -> None:
    assert ".rowid" in books.attempt(f"INSERT INTO {table} ({columns}) VALUES ({values})")


def test_an_id_that_is_no_text_does_not_keep_verify_from_naming_it(books: Books) -> None:
    statement = insert(transfer_id="CAST(x'ff41' AS TEXT)")
    books.run(statement.replace("'attack'", "'odd'"))

    found = {(finding.code, finding.record) for finding in queries.list_findings(books.session)}

    assert ("audit.row_unrecorded", "ledger_transfer odd") in found


def test_an_entry_of_several_legs_is_one_entry_and_its_ids_are_taken_once(books: Books) -> None:
    def post(entry_id: str) -> service.Posting:
        transfers = [
            *postings.batch_reserved("n", totals={books.a.id: usd(100), books.b.id: usd(200)}),
            *postings.award_recognised("n", funding={books.a.id: usd(300)}),
        ]
        return service.post(books.session, entry_id=entry_id, transfers=transfers, occurred_on=TODAY, at=NOON)

    posted = post("several")

    assert posted.posted
    assert not post("several").posted
    assert queries.find_entry_digest(books.session, "several") == posted.digest
    assert posted.digest in list(queries.list_entry_digests(books.session))
    with pytest.raises(TransferIdReused):
        post("others")


def test_a_file_made_compact_keeps_each_line_with_its_leg(database: Database) -> None:
    with database.transaction() as session:
        Books(session)
    with database.reading() as session:
        before = [tuple(row) for row in stream_transfers(session)]

    driver = database.engine.raw_connection()
    driver.cursor().execute("VACUUM")
    driver.close()

    with database.reading() as session:
        assert [tuple(row) for row in stream_transfers(session)] == before
        assert queries.list_findings(session) == []
