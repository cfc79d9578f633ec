"""What the database itself refuses to anybody who comes with raw SQL, as the application's role, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from reparations.audit.models import AuditCheckpoint
from reparations.db import Database, Session
from tests.conftest import NOON
from tests.factories.audit import make_event, make_row

Refused = Callable[[str], AbstractContextManager[None]]

EDITS = [
    "UPDATE audit_event SET type = 'nothing.happened'",
    "UPDATE audit_event SET body = body",
    "DELETE FROM audit_event",
    "DELETE FROM audit_event WHERE seq = 1",
    "UPDATE audit_row SET row_sha256 = row_sha256",
    "DELETE FROM audit_row",
    "UPDATE audit_checkpoint SET note = ''",
    "DELETE FROM audit_checkpoint",
    "DELETE FROM audit_head",
    "UPDATE audit_head SET size = size + 1",
    "UPDATE audit_head SET size = 0",
    "UPDATE audit_head SET size = size - 1",
    "UPDATE audit_head SET last_leaf = last_leaf",
    "INSERT INTO audit_head (id, size, last_leaf) VALUES (2, 0, '')",
]
REPLACES = [
    "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event WHERE seq = 1",
    "REPLACE INTO audit_row SELECT * FROM audit_row",
    "INSERT OR REPLACE INTO audit_head (id, size, last_leaf) VALUES (1, 0, x'')",
    "INSERT OR REPLACE INTO audit_checkpoint SELECT * FROM audit_checkpoint",
    "INSERT OR IGNORE INTO audit_event SELECT 9, at, type, subject, body, leaf_hash, subtree, app_sig FROM audit_event",
]
UPSERTS = [
    "INSERT INTO audit_event SELECT * FROM audit_event WHERE seq = 1 ON CONFLICT (seq) DO UPDATE SET type = 'x'",
    "INSERT INTO audit_event SELECT * FROM audit_event WHERE seq = 1 ON CONFLICT DO NOTHING",
]
TRUNCATES = ["TRUNCATE audit_event CASCADE", "TRUNCATE audit_row", "TRUNCATE audit_head", "TRUNCATE audit_checkpoint"]


@pytest.fixture
def log(session: Session) -> Session:
    """Give a session with three events, rows and a checkpoint in it."""
    for number in range(3):
        make_event(session, rows=[make_row(session, f"pty_{number}")])
    session.add(AuditCheckpoint(size=2, note="a note", at=NOON))
    session.flush()
    return session


def test_nothing_in_the_log_is_changed_or_deleted(log: Session) -> None:
    for statement in EDITS + UPSERTS:
        assert_refused(log, statement)


def test_nothing_is_replaced_or_truncated(log: Session) -> None:
    for statement in REPLACES if log.get_bind().dialect.name == "sqlite" else TRUNCATES:
        assert_refused(log, statement)


def test_a_checkpoint_is_neither_smaller_nor_beyond_the_log(log: Session, refused: Refused) -> None:
    for size in (2, 1, 4):
        with refused("audit_checkpoint.grows"):
            values = {"size": size}
            log.connection().execute(
                text("INSERT INTO audit_checkpoint (size, note, at) VALUES (:size, 'x', '2031-05-01 12:00:00.000000')"),
                values,
            )


def assert_refused(session: Session, statement: str) -> None:
    """Assert that the database itself refuses a statement, by a trigger or for want of a privilege."""
    try:
        with session.begin_nested():
            session.connection().execute(text(statement))
    except DBAPIError as error:
        found = str(error.orig)
        assert any(sign in found for sign in ("audit_", "permission denied", "UNIQUE")), found
    else:
        pytest.fail(f"not refused: {statement}")


def test_the_owner_of_the_tables_is_refused_too_as_long_as_the_triggers_stand(owner: Database) -> None:
    with owner.transaction() as session:
        make_event(session)
    for statement in ("UPDATE audit_event SET type = 'x'", "DELETE FROM audit_event", "UPDATE audit_head SET size = 0"):
        with pytest.raises(DBAPIError), owner.transaction() as session:
            session.connection().execute(text(statement))


def test_the_application_on_postgresql_may_not_switch_the_triggers_off(database: Database) -> None:
    if database.engine.dialect.name == "sqlite":
        return  # whoever can write the file can do anything to it; the signatures and checkpoints find it
    for statement in (
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP TABLE audit_event CASCADE",
    ):
        with pytest.raises(DBAPIError), database.transaction() as session:
            session.connection().execute(text(statement))
