"""One transaction, one commit, on both engines; and the same answers from both."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from reparations.db import Database, DatabaseBusy, violated_constraint
from reparations.db.engine import SQLITE_PRAGMAS
from reparations.errors import Misconfigured
from reparations.vault import create_subject
from reparations.vault.models import SubjectKey
from tests.conftest import NOON

if TYPE_CHECKING:
    from sqlmodel import Session

    from reparations.vault import Keyring


def _subject(subject_id: str, at: datetime = NOON) -> SubjectKey:
    return SubjectKey(subject_id=subject_id, wrapped_key=b"k", blind=b"b", kek_id="x", created_at=at)


def test_what_a_transaction_did_is_there_for_the_next(database: Database) -> None:
    with database.transaction() as session:
        create_subject(session, "pty_1", at=NOON)

    with database.reading() as session:
        assert session.get(SubjectKey, "pty_1") is not None


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    def fail_half_way() -> None:
        with database.transaction() as session:
            create_subject(session, "pty_1", at=NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    with database.reading() as session:
        assert session.get(SubjectKey, "pty_1") is None


def test_a_reading_session_cannot_write(database: Database) -> None:
    with database.reading() as session:
        session.add(_subject("pty_1"))
        if session.get_bind().dialect.name == "postgresql":
            with pytest.raises(DBAPIError):
                session.flush()
        else:
            session.flush()

    with database.reading() as session:
        assert session.get(SubjectKey, "pty_1") is None


def test_a_reading_session_sees_one_moment(database: Database) -> None:
    count = text("SELECT count(*) FROM subject_key")
    with database.reading() as reader:
        before = reader.execute(count).scalar_one()
        with database.transaction() as writer:
            create_subject(writer, "pty_1", at=NOON)

        assert reader.execute(count).scalar_one() == before


def test_two_writers_wait_for_one_another_and_say_so_in_time(database_urls: tuple[str, str], keyring: Keyring) -> None:
    impatient = Database(database_urls[0], keyring=keyring, lock_timeout_ms=100)
    with impatient.transaction() as first:
        first.add(_subject("pty_1"))
        first.flush()

        with pytest.raises(DatabaseBusy), impatient.transaction() as second:
            second.execute(sa.insert(SubjectKey).values(_subject("pty_1").model_dump()))
    impatient.dispose()


def test_check_then_write_is_no_race(database: Database) -> None:
    """Eight threads count, then insert: with a row lock or the whole database held, nobody counts the same."""
    with database.transaction() as session:
        session.add(_subject("counter"))
    seen: list[int] = []

    def step(number: int) -> None:
        with database.transaction() as session:
            lock = "" if session.get_bind().dialect.name == "sqlite" else " FOR UPDATE"
            session.execute(text(f"SELECT 1 FROM subject_key WHERE subject_id = 'counter'{lock}"))
            seen.append(session.execute(text("SELECT count(*) FROM subject_key")).scalar_one())
            session.add(_subject(f"pty_{number}"))

    threads = [threading.Thread(target=step, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == list(range(1, 9))


def test_an_instant_comes_back_aware_and_in_utc(database: Database) -> None:
    nairobi = datetime(2031, 5, 1, 15, 0, 0, 123456, tzinfo=timezone(timedelta(hours=3)))
    with database.transaction() as session:
        session.add(_subject("pty_1", at=nairobi))

    with database.reading() as session:
        found = session.get(SubjectKey, "pty_1")
        assert found is not None
        assert found.created_at == nairobi
        assert found.created_at.tzinfo is UTC


def test_a_naive_instant_is_refused(session: Session) -> None:
    session.add(_subject("pty_1", at=datetime(2031, 5, 1)))  # noqa: DTZ001 that is the point

    with pytest.raises(StatementError, match="naive"):
        session.flush()


def test_a_day_is_a_day_on_both_engines(session: Session) -> None:
    found = session.execute(text("SELECT CAST(:day AS TEXT)"), {"day": date(2031, 5, 1).isoformat()}).scalar_one()

    assert found == "2031-05-01"


def test_a_refusal_is_named_without_the_rows_values(session: Session) -> None:
    session.add(_subject("canary-4711"))
    session.flush()
    session.expunge_all()
    session.add(_subject("canary-4711"))

    with pytest.raises(IntegrityError) as caught:
        session.flush()

    assert violated_constraint(caught.value) in {"pk_subject_key", "subject_key.subject_id"}
    assert "canary" not in violated_constraint(caught.value)


def test_every_sqlite_connection_has_the_pragmas_our_rules_rely_on(
    database: Database, request: pytest.FixtureRequest
) -> None:
    if "postgresql" in request.node.name:
        with database.reading() as session:
            assert session.execute(text("SHOW timezone")).scalar_one() == "UTC"
        return
    with database.engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in SQLITE_PRAGMAS}
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"

    assert found == SQLITE_PRAGMAS


def test_the_application_may_not_change_the_tables(database_urls: tuple[str, str]) -> None:
    if database_urls[0].startswith("sqlite"):
        return  # the embedded database has one user; the event log finds what he does
    engine = create_engine(database_urls[0])
    for statement in (
        "DROP TABLE subject_key",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "TRUNCATE audit_event",
        "DELETE FROM subject_key",
        "SET session_replication_role = replica",
        "UPDATE subject_key SET subject_id = 'x'",
        "CREATE TABLE mine (id int)",
    ):
        with engine.connect() as connection, pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured):
        Database(url)


def test_the_connection_used_last_is_used_next(database: Database) -> None:
    def driver(session: Session) -> int:
        return id(session.connection().connection.driver_connection)

    with database.reading() as first, database.reading() as second, database.reading() as third:
        every = {driver(first), driver(second), driver(third)}
    used = []
    for _ in range(6):
        with database.transaction() as session:
            used.append(driver(session))

    assert len(every) == 3
    assert used[0] in every
    assert len(set(used)) == 1
