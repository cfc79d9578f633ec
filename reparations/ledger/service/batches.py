"""Many transfers of one kind, put into the books at the speed of the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Connection, Select, String, Table, column, literal, select, table, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations.calendar import iso_instant
from reparations.db import sqlite_instant, violated_constraint
from reparations.ledger import queries, rules
from reparations.ledger.errors import EntryMalformed
from reparations.ledger.models import LedgerTransfer
from reparations.ledger.postings import Movement, NewTransfer
from reparations.ledger.rules import Sides
from reparations.ledger.service.deeds import Posting, find_accounts, make_posting
from reparations.ledger.service.legs import note_leg, seal
from reparations.ledger.service.refusals import answer_refusal, make_planted

_transfer: Table = LedgerTransfer.__table__  # type: ignore[attr-defined]
_line = table("ledger_line", column("leg"), column("id"), column("amount_minor"))  # SQLite's own: see `legs`
# One text, read by the database itself: a row bound by itself costs several times its insertion.
_SQLITE = "INSERT INTO ledger_line (leg, id, amount_minor) SELECT ?, key, value FROM json_each(?)"
# Two long texts, which the driver passes on as they are: to bind ten thousand values takes longer than to insert them.
# One statement whatever the number of rows: the trigger then moves each balance once.
_POSTGRESQL = text(
    "INSERT INTO ledger_transfer (id, entry_id, fund_id, currency, debit_account_id, credit_account_id, amount_minor,"
    " occurred_on, recorded_at)"
    " SELECT t.id, :entry_id, :fund_id, :currency, CAST(:debit AS integer), CAST(:credit AS integer), t.amount_minor,"
    " CAST(:occurred_on AS date), CAST(:recorded_at AS timestamptz)"
    " FROM unnest(string_to_array(:ids, chr(10)), CAST(string_to_array(:amounts, ',') AS bigint[]))"
    " AS t (id, amount_minor)"
)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What all transfers of an entry have in common."""

    entry_id: str
    kind: NewTransfer
    """Without an id or an amount."""
    sides: Sides
    occurred_on: date
    recorded_at: datetime


def post_batch(
    session: Session,
    *,
    entry_id: str,
    movement: Movement,
    fund_id: str,
    currency: str,
    amounts: Mapping[str, int],
    occurred_on: date,
    at: datetime,
) -> Posting:
    """Put many transfers of one kind into the books, as `post` would, at the speed of the database.

    Args:
        session: of the deed; it is flushed.
        entry_id: names the deed.
        movement: from which account to which.
        fund_id: whose.
        currency: of all of them.
        amounts: minor units by the id of the transfer; at most `rules.MAX_TRANSFERS_PER_ENTRY`.
        occurred_on: the day it happened.
        at: now.

    Raises:
        EntryMalformed: see `rules.check_batch`.
        AccountNotFound, TransferIdReused, EntryIdReused, InsufficientFunds, AwardsNotCovered, PeriodClosed,
            DatabaseRefused: see `post`.
    """
    rules.check_batch(entry_id, amounts)
    session.flush()
    kind = NewTransfer("", fund_id, currency, *movement.value, 0)
    batch = _prepare(session, entry_id, kind, occurred_on=occurred_on, at=at)
    try:
        with session.connection().begin_nested():
            digest = _insert(session.connection(), batch, amounts)
    except IntegrityError as error:
        refusal = violated_constraint(error)
    else:
        return make_posting(entry_id, {batch.sides: digest})
    return _answer(session, refusal, batch, amounts)


def post_batch_from(
    session: Session,
    *,
    entry_id: str,
    movement: Movement,
    fund_id: str,
    currency: str,
    query: Select[str, int],
    occurred_on: date,
    at: datetime,
) -> Posting:
    """Put what a query finds into the books, in one statement: the rows do not leave the database.

    A deed done again has to find the same rows again: let `query` ask for what does not change, the payments of a
    batch between two numbers, and not for what is still to be done.

    Args:
        session: of the deed; it is flushed.
        entry_id: names the deed.
        movement: from which account to which.
        fund_id: whose.
        currency: of all of them.
        query: gives id and minor units of at most `rules.MAX_TRANSFERS_PER_ENTRY` transfers.
        occurred_on: the day it happened.
        at: now.

    Raises:
        EntryMalformed: the query finds nothing, too much, or an id or amount that the books do not take.
        AccountNotFound, TransferIdReused, EntryIdReused, InsufficientFunds, AwardsNotCovered, PeriodClosed,
            DatabaseRefused: see `post`.
    """
    rules.check_batch(entry_id, {entry_id: 1})
    session.flush()
    kind = NewTransfer("", fund_id, currency, *movement.value, 0)
    batch = _prepare(session, entry_id, kind, occurred_on=occurred_on, at=at)
    try:
        with session.connection().begin_nested():
            _insert_found(session.connection(), batch, query)
    except IntegrityError as error:
        refusal = violated_constraint(error)
    else:
        digest = queries.find_entry_digest(session, entry_id)
        assert digest is not None  # noqa: S101 it is in the books now
        return Posting(entry_id, posted=True, digest=digest)
    # What could not be looked at before is looked at now, and gets the better message.
    found = session.connection().execute(query.limit(rules.MAX_TRANSFERS_PER_ENTRY + 1)).all()
    amounts = {str(name): int(amount_minor) for name, amount_minor in found}
    if len(amounts) != len(found):
        raise EntryMalformed("Two transfers of the entry have the same id.", record=entry_id)
    rules.check_batch(entry_id, amounts)
    return _answer(session, refusal, batch, amounts)


def _prepare(session: Session, entry_id: str, kind: NewTransfer, *, occurred_on: date, at: datetime) -> _Batch:
    accounts = find_accounts(queries.list_account_ids(session, {kind.fund_id}), kind)
    sides = Sides(kind.fund_id, kind.currency, *accounts, occurred_on.isoformat(), iso_instant(at))
    return _Batch(entry_id, kind, sides, occurred_on, at)


def _answer(session: Session, refusal: str, batch: _Batch, amounts: Mapping[str, int]) -> Posting:
    lines = [(name, amount_minor, None) for name, amount_minor in amounts.items()]
    moved = [batch.kind._replace(amount_minor=sum(amounts.values()))]
    return answer_refusal(session, refusal, entry_id=batch.entry_id, groups={batch.sides: lines}, moved=moved)


# ── the statements ───────────────────────────────────────────────────────────────────────────────────────────────────


def _insert(connection: Connection, batch: _Batch, amounts: Mapping[str, int]) -> bytes:
    """Insert them; return their hash, see `rules.compute_group_sha256`."""
    written = rules.write_batch(amounts)
    sides = batch.sides
    if connection.dialect.name == "sqlite":
        leg = note_leg(connection, batch.entry_id, sides[:4], _times(batch))
        connection.exec_driver_sql(_SQLITE, (leg, _write_json(amounts)))
        _seal(connection, batch, transfers=len(amounts))
    else:
        parameters = {
            "entry_id": batch.entry_id,
            "fund_id": sides.fund_id,
            "currency": sides.currency,
            "debit": sides.debit_account_id,
            "credit": sides.credit_account_id,
            "occurred_on": batch.occurred_on,
            "recorded_at": batch.recorded_at,
            "amounts": written[0],
            "ids": written[1],
        }
        connection.execute(_POSTGRESQL, parameters)
    return sha256("\n".join(written).encode()).digest()


def _write_json(amounts: Mapping[str, int]) -> str:
    """Write them as JSON; of plain characters two have to be escaped, and nearly never are there."""
    names = "".join(amounts)
    if '"' in names or "\\" in names:
        return json.dumps(amounts)
    return "{" + ",".join([f'"{name}":{amount_minor}' for name, amount_minor in amounts.items()]) + "}"


def _insert_found(connection: Connection, batch: _Batch, query: Select[str, int]) -> None:
    found = list(query.subquery().c)
    if connection.dialect.name == "sqlite":
        leg = note_leg(connection, batch.entry_id, batch.sides[:4], _times(batch))
        columns = {"leg": literal(leg), "id": found[0], "amount_minor": found[1]}
        connection.execute(_line.insert().from_select(list(columns), select(*columns.values())))
        # Its driver does not count for a statement that begins with WITH.
        count = int(connection.exec_driver_sql("SELECT changes()").scalar_one())
        _check_count(batch, count)
        _seal(connection, batch, transfers=count)
        return
    sides = batch.sides
    columns = {
        "id": found[0],
        "entry_id": literal(batch.entry_id, String),
        "fund_id": literal(sides.fund_id, String),
        "currency": literal(sides.currency, String),
        "debit_account_id": literal(sides.debit_account_id),
        "credit_account_id": literal(sides.credit_account_id),
        "amount_minor": found[1],
        "occurred_on": literal(batch.occurred_on, _transfer.c.occurred_on.type),
        "recorded_at": literal(batch.recorded_at, _transfer.c.recorded_at.type),
    }
    statement = _transfer.insert().from_select(list(columns), select(*columns.values()))
    # SQLAlchemy forgets the count of an INSERT unless it is asked to keep it.
    _check_count(batch, int(connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount))


def _check_count(batch: _Batch, count: int) -> None:
    if not 0 < count <= rules.MAX_TRANSFERS_PER_ENTRY:
        raise EntryMalformed(
            f"An entry has 1 to {rules.MAX_TRANSFERS_PER_ENTRY:,} transfers; this one has {count:,}.",
            record=batch.entry_id,
            remedy="Post a long deed in chunks, each with its own entry id.",
        )


def _times(batch: _Batch) -> tuple[str, str]:
    return batch.sides.occurred_on, sqlite_instant(batch.recorded_at)


def _seal(connection: Connection, batch: _Batch, *, transfers: int) -> None:
    if not seal(connection, batch.entry_id, _times(batch), transfers=transfers):
        raise make_planted(batch.entry_id)
