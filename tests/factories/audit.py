"""Events for tests: recorded through the service, never written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reparations.audit import record
from reparations.principal import Principal
from reparations.vault import create_subject
from reparations.vault.models import SubjectKey
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reparations.audit import JsonValue, RowDigest
    from reparations.db import Database, Row, Session

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
