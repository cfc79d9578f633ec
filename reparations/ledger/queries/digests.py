"""What the event log commits to of each journal entry, computed from the transfers themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import LargeBinary, Row, String, Table, and_, func, literal_column, select
from sqlmodel import Session

from reparations.audit import RowDigest
from reparations.calendar import iso_instant
from reparations.db import dialect
from reparations.ledger.models import LedgerTransfer
from reparations.ledger.rules import Line, Sides, compute_entry_digest, compute_group_sha256

_CHUNK = 2_000
_transfer: Table = LedgerTransfer.__table__  # type: ignore[attr-defined]
_SIDES = (
    _transfer.c.fund_id,
    _transfer.c.currency,
    _transfer.c.debit_account_id,
    _transfer.c.credit_account_id,
    _transfer.c.occurred_on,
    _transfer.c.recorded_at,
)
# `rules.compute_group_sha256` in the words of both engines: what is joined to NULL is NULL, and then not there.
_LINE_SQL = (
    "amount_minor || ' ' || length(id) || ' ' || id || coalesce(' ' || length(reverses_id) || ' ' || reverses_id, '')"
)
_LINE = literal_column(f"{_LINE_SQL} || char(10)", String)
_GROUP_SHA256 = literal_column(
    f"sha256(convert_to(string_agg({_LINE_SQL} || chr(10), '' ORDER BY id COLLATE \"C\"), 'UTF8'))",
    LargeBinary,
).label("group_sha256")


def stream_transfers(session: Session) -> Iterator[Row[tuple[object, ...]]]:
    """Read every transfer, those of one entry together."""
    statement = select(_transfer).order_by(_transfer.c.entry_id, _transfer.c.id)
    yield from session.connection().execute(statement.execution_options(yield_per=_CHUNK))


def list_entry_digests(session: Session) -> Iterator[RowDigest]:
    """Recompute what the event log commits to of every journal entry, streaming."""
    for entry_id, rows in groupby(stream_transfers(session), key=lambda row: str(row.entry_id)):
        yield RowDigest("ledger_transfer", entry_id, _digest(entry_id, rows))


def find_entry_digest(session: Session, entry_id: str) -> RowDigest | None:
    """Return what the event log commits to of one entry, or None where there is none of this name."""
    hash_groups = _hash_groups_there if dialect(session) == "postgresql" else _hash_groups_here
    groups = hash_groups(session, entry_id)
    return RowDigest("ledger_transfer", entry_id, compute_entry_digest(entry_id, groups)) if groups else None


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


def _hash_groups_there(session: Session, entry_id: str) -> dict[Sides, bytes]:
    """Hash an entry's groups on the server: its transfers need not travel."""
    statement = select(*_SIDES, _GROUP_SHA256).where(_transfer.c.entry_id == entry_id).group_by(*_SIDES)
    return {_sides(row[:-1]): bytes(row.group_sha256) for row in session.connection().execute(statement)}


def _hash_groups_here(session: Session, entry_id: str) -> dict[Sides, bytes]:
    """Hash an entry's groups; dates are read once a group, because reading them takes longer than all the rest."""
    connection = session.connection()
    of_entry = _transfer.c.entry_id == entry_id
    hashes = {}
    for row in connection.execute(select(*_SIDES).where(of_entry).distinct()).all():
        of_group = and_(of_entry, *(column == value for column, value in zip(_SIDES, row, strict=True)))
        lines = select(_LINE.label("line")).where(of_group).order_by(_transfer.c.id).subquery()
        # SQLite keeps the order of what it joins, unless the aggregate does not depend on it.
        text = connection.execute(select(func.group_concat(lines.c.line, ""))).scalar_one()
        hashes[_sides(row)] = sha256(text.encode()).digest()
    return hashes
