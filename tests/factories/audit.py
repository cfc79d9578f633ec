"""Events for tests: recorded through the service, never written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from reparations.audit import JsonValue, RowDigest, record
from reparations.db import Database, Row, Session
from reparations.principal import Principal
from reparations.vault import create_subject
from reparations.vault.models import SubjectKey
from tests.conftest import NOON
from tests.factories import transfers

CLERK = Principal(officer_id="usr_clerk", person_id="psn_clerk", office_id="off_north")


def make_event(
    session: Session,
    *,
    action: str = "claim.registered",
    subject: str = "clm_1",
    body: Mapping[str, JsonValue] | None = None,
    rows: Sequence[Row | RowDigest] = (),
) -> int:
    """Record one event; return its number."""
    return record(session, at=NOON, actor=CLERK, action=action, subject=subject, body=body or {}, rows=rows)


def make_log(database: Database, *, size: int) -> None:
    """Commit `size` events, one transaction each."""
    for number in range(size):
        with database.transaction() as session:
            make_event(session, subject=f"clm_{number}", body={"number": number})


def make_row(session: Session, key: str) -> SubjectKey:
    """Insert a row whose content an event can commit to (a subject's key: any model would do)."""
    create_subject(session, key, at=NOON)
    row = session.get(SubjectKey, key)
    assert row is not None
    return row


LOG_TABLES = ("audit_head", "audit_event", "audit_row", "audit_checkpoint")


@contextmanager
def behind_our_back(owner: Database, tables: Sequence[str] = LOG_TABLES) -> Iterator[Session]:
    """Give the hostile administrator a session: the triggers of `tables` and the foreign keys are off meanwhile."""
    with owner.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            off = [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in tables]
            on = [f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in tables]
        else:
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")  # before the transaction begins
            found = connection.exec_driver_sql("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'")
            changeable = transfers.CHANGEABLE if "ledger_transfer" in tables else {}
            guarded = {*tables, *(transfers.TABLES if changeable else ())}
            triggers = [(name, sql) for table, name, sql in found if table in guarded]
            off = [*(f'DROP TRIGGER "{name}"' for name, _sql in triggers), *changeable.values()]
            on = [*(f"DROP TRIGGER {name}" for name in changeable), *(sql for _name, sql in triggers)]
        with Session(connection, info={"keyring": owner.keyring}) as session:
            for statement in off:
                connection.exec_driver_sql(statement)
            yield session
            for statement in on:
                connection.exec_driver_sql(statement)
            session.flush()
            connection.commit()
        connection.detach()  # its pragmas are not what the next one expects
