"""The content hash of a row: the same on both engines, because it is taken from what the database gives back.

A row is hashed as SHA-256 of the canonical JSON of all its columns: integers and booleans as JSON has them, days as
``2031-05-01``, instants as ``2031-05-01T10:11:12.123456Z``, bytes in hexadecimal, and null.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from sqlalchemy import Table, inspect, select, tuple_

from reparations.calendar import iso_instant
from reparations.db import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import RowMapping
    from sqlmodel import Session

DELETED = bytes(32)
"""In place of a hash: the event deleted the row."""

_CHUNK = 500


@dataclass(frozen=True, slots=True, order=True)
class RowDigest:
    """What an event commits to about one row, or about one record that lies in several rows."""

    table: str
    key: str
    sha256: bytes

    @classmethod
    def deleted(cls, table: str, key: str) -> Self:
        """Say that the deed deleted the row."""
        return cls(table, key, DELETED)


def hash_row(values: Mapping[str, object]) -> bytes:
    """Return the content hash of a row, given as column name to value."""
    written = {name: _written(value) for name, value in values.items()}
    return sha256(json.dumps(written, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).digest()


def row_key(parts: Sequence[object]) -> str:
    """Write a primary key as one text; the parts of a composite key are joined by ``|``."""
    return "|".join(str(_written(part)).replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def digest_rows(session: Session, rows: Sequence[Row | RowDigest]) -> list[RowDigest]:
    """Hash the rows a deed inserted, changed or deleted, as the database now holds them; sorted by table and key.

    The session has been flushed.  A row named twice counts once.
    """
    digests = {(row.table, row.key): row for row in rows if isinstance(row, RowDigest)}
    wanted: defaultdict[Table, list[tuple[object, ...]]] = defaultdict(list)
    for row in rows:
        if isinstance(row, RowDigest):
            continue
        state = inspect(row)
        if state.identity is None:
            message = f"a {type(row).__name__} that was never added to the session cannot be committed to"
            raise ValueError(message)
        table = state.mapper.local_table
        if state.deleted or state.was_deleted:
            digest = RowDigest.deleted(table.name, row_key(state.identity))
            digests[digest.table, digest.key] = digest
        else:
            wanted[table].append(tuple(state.identity))
    for table, identities in wanted.items():
        for start in range(0, len(identities), _CHUNK):
            for digest in _read_digests(session, table, identities[start : start + _CHUNK]):
                digests[digest.table, digest.key] = digest
    return sorted(digests.values())


def table_digests(session: Session, table: Table) -> Iterator[RowDigest]:
    """Hash every row of a table, streaming."""
    statement = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_CHUNK)
    for row in session.connection().execute(statement).mappings():
        yield _digest(table, row)


def _read_digests(session: Session, table: Table, identities: Sequence[tuple[object, ...]]) -> Iterator[RowDigest]:
    columns = list(table.primary_key.columns)
    if len(columns) == 1:
        found = columns[0].in_([identity[0] for identity in identities])
    else:
        found = tuple_(*columns).in_(identities)
    for row in session.connection().execute(select(table).where(found)).mappings():
        yield _digest(table, row)


def _digest(table: Table, row: RowMapping) -> RowDigest:
    key = row_key([row[column.name] for column in table.primary_key.columns])
    return RowDigest(table.name, key, hash_row({column.name: row[column.name] for column in table.columns}))


def _written(value: object) -> str | int | None:
    """Write one column's value; text, integers, booleans and null stand for themselves."""
    if isinstance(value, datetime):
        return iso_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str):
        return str(value)
    message = f"a column of {type(value).__name__} has no canonical form"
    raise TypeError(message)
