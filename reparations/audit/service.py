"""Writing the log: one event for every deed, in the deed's own transaction."""

from __future__ import annotations

import secrets
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING

from reparations.audit import merkle, queries
from reparations.audit.canon import JsonValue, canonical
from reparations.audit.rowhash import RowDigest, digest_rows
from reparations.calendar import iso_instant
from reparations.db import sqlite_instant
from reparations.vault import keyring_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlmodel import Session

    from reparations.db import Row
    from reparations.principal import Principal

FORMAT_VERSION = 1
SALT_BYTES = 16
RECORDED_IN = "audit.recorded_in"
"""Key of `session.info` that remembers the transaction in which this session last wrote an event."""
REQUEST_ID = "request_id"
"""Key of `session.info` under which the HTTP layer leaves the request's id."""

# Texts for the driver itself: every deed writes the log, and to have these compiled takes longer than to run them.
_EVENT = "INSERT INTO audit_event (seq, at, type, subject, body, leaf_hash, subtree, app_sig)"
_ROW = "INSERT INTO audit_row (seq, table_name, row_key, row_sha256)"
_SQLITE_EVENT = f"{_EVENT} VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_SQLITE_ROW = f"{_ROW} VALUES (?, ?, ?, ?)"
# One statement whatever the number of rows; they are counted first, and so written before the event that counts them.
_POSTGRESQL = (
    f"WITH written AS ({_ROW} SELECT %s::bigint, t.*"  # noqa: S608 names of this file
    " FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS t RETURNING 1)"
    f" {_EVENT} SELECT %s, %s::timestamptz, %s, %s, %s::bytea, %s::bytea, %s::bytea, %s::bytea"
    " FROM (SELECT count(*) FROM written) AS first"
)
_NOTHING: Mapping[str, JsonValue] = MappingProxyType({})


def record(
    session: Session,
    *,
    at: datetime,
    actor: Principal,
    action: str,
    subject: str,
    body: Mapping[str, JsonValue] = _NOTHING,
    rows: Sequence[Row | RowDigest] = (),
    duty: str | None = None,
) -> int:
    """Write one deed into the log, in this transaction.  Call it last: the head of the log is locked from here on.

    Args:
        session: of the deed; it is flushed.
        at: when the deed was done.
        actor: who did it.
        action: what was done, ``noun.verb_past``: ``payment.settled``.
        subject: opaque id or reference of what it was done to.
        body: what more there is to say; no personal datum, see `canon` for its limits.
        rows: every row of an audited table that the deed inserted, changed or deleted; its content is committed to.
        duty: the duty in which the actor acted, if the deed needs one.

    Returns:
        the event's number; numbers have no gaps.

    Raises:
        NotRecordable: the event lies outside the canonical subset.
    """
    session.flush()
    digests = digest_rows(session, rows)
    head = queries.lock_head(session)
    event = canonical(
        {
            "v": FORMAT_VERSION,
            "seq": head.size,
            "prev": head.last_leaf.hex(),
            "salt": secrets.token_hex(SALT_BYTES),
            "at": iso_instant(at),
            "type": action,
            "actor": actor.officer_id,
            "person": actor.person_id,
            "office": actor.office_id,
            "duty": duty,
            "subject": subject,
            "req": session.info.get(REQUEST_ID),
            "rows_count": len(digests),
            "rows_sha256": hash_digests(digests).hex(),
            "body": body,
        }
    )
    leaf = merkle.leaf_hash(event)
    siblings = queries.get_subtrees(session, merkle.left_siblings(head.size))
    signature = keyring_of(session).log_key.sign(leaf)
    values = (head.size, at, action, subject, event, leaf, merkle.fold(leaf, siblings), signature)
    _insert(session.connection(), values, digests)
    session.info[RECORDED_IN] = session.get_transaction()
    return head.size


def _insert(
    connection: Connection, event: tuple[int, datetime, *tuple[object, ...]], rows: Sequence[RowDigest]
) -> None:
    seq, at, *rest = event
    if connection.dialect.name == "postgresql":
        columns = ([row.table for row in rows], [row.key for row in rows], [row.sha256 for row in rows])
        connection.exec_driver_sql(_POSTGRESQL, (seq, *columns, *event))
        return
    if rows:
        connection.exec_driver_sql(_SQLITE_ROW, [(seq, row.table, row.key, row.sha256) for row in rows])
    connection.exec_driver_sql(_SQLITE_EVENT, (seq, sqlite_instant(at), *rest))


def hash_digests(digests: Sequence[RowDigest]) -> bytes:
    """Hash the rows of an event: SHA-256 over one line ``table TAB key TAB hex LF`` for each, by table and key."""
    hashed = sha256()
    for digest in digests:
        hashed.update(f"{digest.table}\t{digest.key}\t{digest.sha256.hex()}\n".encode())
    return hashed.digest()
