"""What the event log commits to of each journal entry, computed from the transfers themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, select, text
from sqlmodel import Session

from reparations.audit import RowDigest
from reparations.calendar import iso_instant
from reparations.db import dialect
from reparations.ledger.models import LedgerLeg, LedgerTransfer
from reparations.ledger.rules import Line, Sides, compute_entry_digest, compute_group_sha256

_CHUNK = 2_000
_transfer: Table = LedgerTransfer.__table__  # type: ignore[attr-defined]
_leg: Table = LedgerLeg.__table__  # type: ignore[attr-defined]
_SIDES = ("fund_id", "currency", "debit_account_id", "credit_account_id", "occurred_on", "recorded_at")
# `rules.compute_group_sha256` in the words of each engine: amounts, ids, and of reversals what they reverse.
_TEXTS_HERE = (
    "group_concat(amount_minor), group_concat(id, char(10)),"
    " group_concat(id || char(10) || reverses_id, char(10)) FILTER (WHERE reverses_id IS NOT NULL), count(*),"
    " count(reverses_id)"
)
_TEXTS_THERE = (
    "string_agg(CAST(amount_minor AS text), ',') AS amounts, string_agg(id, chr(10)) AS ids,"
    " string_agg(id || chr(10) || reverses_id, chr(10)) FILTER (WHERE reverses_id IS NOT NULL) AS undone,"
    " count(*) AS transfers, count(reverses_id) AS reversals"
)
# All three are the key of a leg: SQLite then reads its lines in the order of their ids, and sorts nothing.
_OF_LEG = "entry_id = :entry_id AND debit_account_id = :debit AND credit_account_id = :credit"
_LEGS_OF_ENTRY = (
    select(*(_leg.c[name] for name in _SIDES))
    .where(_leg.c.entry_id == bindparam("entry_id"))
    .order_by(_leg.c.debit_account_id, _leg.c.credit_account_id)
)


def stream_transfers(session: Session) -> Iterator[Row[tuple[object, ...]]]:
    """Read every transfer, those of one entry together."""
    statement = select(_transfer).order_by(_transfer.c.entry_id, _transfer.c.id)
    yield from session.connection().execute(statement.execution_options(yield_per=_CHUNK))


def list_entry_digests(session: Session) -> Iterator[RowDigest]:
    """Recompute what the event log commits to of every journal entry, streaming."""
    for entry_id, rows in groupby(stream_transfers(session), key=lambda row: str(row.entry_id)):
        yield RowDigest("ledger_transfer", entry_id, _digest(entry_id, rows))


def find_entry_digest(session: Session, entry_id: str) -> RowDigest | None:
    """Return what the event log commits to of one entry, or None where there is none of this name.

    What its groups are is read off the entry's sums: the database made them of the same transfers, in this transaction
    or an earlier one, and looking at all the transfers for it again would take longer than hashing them.
    """
    connection = session.connection()
    legs = connection.execute(_LEGS_OF_ENTRY, {"entry_id": entry_id}).all()
    if not legs:
        return None
    hash_leg = _hash_there if dialect(session) == "postgresql" else _hash_here
    groups = {}
    for leg in legs:
        values = {"entry_id": entry_id, "debit": leg.debit_account_id, "credit": leg.credit_account_id}
        groups[_sides(leg)] = hash_leg(connection, values) or compute_group_sha256(_read_lines(connection, values))
    return RowDigest("ledger_transfer", entry_id, compute_entry_digest(entry_id, groups))


def _digest(entry_id: str, rows: Iterable[Row[tuple[object, ...]]]) -> bytes:
    groups: defaultdict[Sides, list[Line]] = defaultdict(list)
    written: dict[tuple[object, ...], Sides] = {}
    for row in rows:
        key = (*row[2:6], row.occurred_on, row.recorded_at)
        sides = written.get(key)
        if sides is None:
            sides = written[key] = _sides(key)
        groups[sides].append((row.id, row.amount_minor, row.reverses_id))
    return compute_entry_digest(entry_id, {sides: compute_group_sha256(lines) for sides, lines in groups.items()})


def _read_lines(connection: Connection, values: Mapping[str, object]) -> Iterator[Line]:
    statement = text(f"SELECT id, amount_minor, reverses_id FROM ledger_transfer WHERE {_OF_LEG}")  # noqa: S608 texts of this file
    yield from ((row.id, row.amount_minor, row.reverses_id) for row in connection.execute(statement, values))


def _sides(values: Sequence[Any]) -> Sides:
    """Write down what a group has in common, from values in the order of `_SIDES`."""
    fund_id, currency, debit_account_id, credit_account_id, occurred_on, recorded_at = values
    return Sides(
        fund_id, currency, debit_account_id, credit_account_id, occurred_on.isoformat(), iso_instant(recorded_at)
    )


def _hash_there(connection: Connection, values: Mapping[str, object]) -> bytes | None:
    """Have the server hash a leg: its transfers need not travel.  None if an id has a line break in it."""
    # OFFSET keeps the planner from carrying an id twice through the sorting, which takes twice as long.
    columns = 'id COLLATE "C" AS id, amount_minor, reverses_id'
    found = f"SELECT {columns} FROM ledger_transfer WHERE {_OF_LEG} OFFSET 0"  # noqa: S608 texts of this file
    in_order = f"SELECT * FROM ({found}) AS found ORDER BY id"  # noqa: S608 texts of this file
    texts = f"SELECT {_TEXTS_THERE} FROM ({in_order}) AS line"  # noqa: S608 texts of this file
    whole = "amounts || chr(10) || ids || coalesce(chr(10) || chr(10) || undone, '')"
    plain = f"{_breaks('ids')} = transfers - 1 AND coalesce({_breaks('undone')} = 2 * reversals - 1, true)"
    statement = f"SELECT CASE WHEN {plain} THEN sha256(convert_to({whole}, 'UTF8')) END FROM ({texts}) AS text"  # noqa: S608 texts of this file
    found_hash = connection.execute(text(statement), values).scalar_one()
    return None if found_hash is None else bytes(found_hash)


def _breaks(joined: str) -> str:
    return f"octet_length({joined}) - octet_length(replace({joined}, chr(10), ''))"


def _hash_here(connection: Connection, values: Mapping[str, object]) -> bytes | None:
    """Hash what SQLite has joined; it keeps the order of the ids.  None if an id has a line break in it."""
    in_order = f"SELECT id, amount_minor, reverses_id FROM ledger_transfer WHERE {_OF_LEG} ORDER BY id"  # noqa: S608 texts of this file
    statement = text(f"SELECT {_TEXTS_HERE} FROM ({in_order})")  # noqa: S608 texts of this file
    amounts, ids, undone, transfers, reversals = connection.execute(statement, values).one()
    if ids.count("\n") != transfers - 1 or (undone and undone.count("\n") != 2 * reversals - 1):
        return None
    return sha256("\n".join([amounts, ids, *(["", undone] if undone else [])]).encode()).digest()
