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
# `rules.compute_group_sha256` in the words of each engine.  What is joined to NULL is NULL, and then not there.
_LINE_HERE = (
    "amount_minor || ' ' || length(id) || ' ' || id || coalesce(' ' || length(reverses_id) || ' ' || reverses_id, '')"
)
_LINE_THERE = "concat_ws(' ', amount_minor, length(id), id, length(reverses_id), reverses_id)"
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
    hash_text = _hash_text_there if dialect(session) == "postgresql" else _hash_text_here
    groups = {}
    for leg in legs:
        chosen = "entry_id = :entry_id"
        values = {"entry_id": entry_id}
        if len(legs) > 1:
            chosen += " AND debit_account_id = :debit AND credit_account_id = :credit"
            values |= {"debit": leg.debit_account_id, "credit": leg.credit_account_id}
        groups[_sides(leg)] = hash_text(connection, chosen, values)
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


def _sides(values: Sequence[Any]) -> Sides:
    """Write down what a group has in common, from values in the order of `_SIDES`."""
    fund_id, currency, debit_account_id, credit_account_id, occurred_on, recorded_at = values
    return Sides(
        fund_id, currency, debit_account_id, credit_account_id, occurred_on.isoformat(), iso_instant(recorded_at)
    )


def _hash_text_there(connection: Connection, chosen: str, values: Mapping[str, object]) -> bytes:
    """Hash lines on the server, in the order of ids: the transfers need not travel."""
    # OFFSET keeps the planner from carrying an id twice through the sorting, which takes twice as long.
    columns = 'id COLLATE "C" AS id, amount_minor, reverses_id'
    found = f"SELECT {columns} FROM ledger_transfer WHERE {chosen} OFFSET 0"  # noqa: S608 texts of this file
    in_order = f"SELECT * FROM ({found}) AS found ORDER BY id"  # noqa: S608 texts of this file
    lines = f"string_agg({_LINE_THERE}, chr(10)) || chr(10)"
    statement = text(f"SELECT sha256(convert_to({lines}, 'UTF8')) FROM ({in_order}) AS line")  # noqa: S608 texts of this file
    return bytes(connection.execute(statement, values).scalar_one())


def _hash_text_here(connection: Connection, chosen: str, values: Mapping[str, object]) -> bytes:
    """Hash lines that SQLite has joined; it keeps their order, unless the aggregate does not depend on it."""
    found = f"SELECT id, amount_minor, reverses_id FROM ledger_transfer WHERE {chosen} ORDER BY id"  # noqa: S608 texts of this file
    statement = text(f"SELECT group_concat({_LINE_HERE}, char(10)) || char(10) FROM ({found})")  # noqa: S608 texts of this file
    return sha256(connection.execute(statement, values).scalar_one().encode()).digest()
