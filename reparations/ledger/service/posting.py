"""The one way money moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from json.encoder import encode_basestring_ascii
from typing import Any

from sqlalchemy import Column, Connection, Select, String, Table, bindparam, literal, select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations.audit import RowDigest
from reparations.calendar import iso_instant
from reparations.db import dialect, violated_constraint
from reparations.ledger import queries, rules
from reparations.ledger.errors import AccountNotFound, EntryIdReused, EntryMalformed
from reparations.ledger.models import LedgerTransfer
from reparations.ledger.postings import Movement, NewTransfer
from reparations.ledger.rules import Line, Sides
from reparations.ledger.service.placing import place, seal
from reparations.ledger.service.refusals import explain_refusal, make_reused

_transfer: Table = LedgerTransfer.__table__  # type: ignore[attr-defined]
_OF_ENTRY = select(_transfer).where(_transfer.c.entry_id == bindparam("entry_id"))
_COLUMNS = (
    "id, entry_id, fund_id, currency, debit_account_id, credit_account_id, amount_minor, occurred_on, recorded_at,"
    " reverses_id"
)
_SQLITE_INSERT = f"INSERT INTO ledger_transfer ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 names of this file
# One statement whatever the number of rows: the trigger then moves each balance once.
_POSTGRESQL_INSERT = text(
    f"INSERT INTO ledger_transfer ({_COLUMNS})"  # noqa: S608 names of this file
    " SELECT t.id, :entry_id, t.fund_id, t.currency, t.debit, t.credit, t.amount_minor,"
    " CAST(:occurred_on AS date), CAST(:recorded_at AS timestamptz), t.reverses_id"
    " FROM unnest(CAST(:ids AS text[]), CAST(:fund_ids AS text[]), CAST(:currencies AS text[]),"
    " CAST(:debits AS integer[]), CAST(:credits AS integer[]), CAST(:amounts AS bigint[]),"
    " CAST(:reverses_ids AS text[]))"
    " AS t (id, fund_id, currency, debit, credit, amount_minor, reverses_id)"
)
# One text, read by the database itself: a row bound by itself costs several times its insertion.
_SQLITE_BATCH = (
    f"INSERT INTO ledger_transfer ({_COLUMNS})"  # noqa: S608 names of this file
    " SELECT key, ?, ?, ?, ?, ?, value, ?, ?, NULL FROM json_each(?)"
)
# Two long texts, which the driver passes on as they are: to bind ten thousand values takes longer than to insert them.
_POSTGRESQL_BATCH = text(
    f"INSERT INTO ledger_transfer ({_COLUMNS})"  # noqa: S608 names of this file
    " SELECT t.id, :entry_id, :fund_id, :currency, CAST(:debit AS integer), CAST(:credit AS integer), t.amount_minor,"
    " CAST(:occurred_on AS date), CAST(:recorded_at AS timestamptz), NULL"
    " FROM unnest(string_to_array(:ids, chr(10)), CAST(string_to_array(:amounts, ',') AS bigint[]))"
    " AS t (id, amount_minor)"
)


@dataclass(frozen=True, slots=True)
class Posting:
    """What became of an entry."""

    entry_id: str
    posted: bool
    """False if exactly this entry was in the books already."""
    digest: RowDigest
    """For `audit.record(rows=…)`: commits to every transfer of the entry, in one row."""


@dataclass(frozen=True, slots=True)
class _Deed:
    """An entry as its caller wants it, the transfers by what they have in common."""

    entry_id: str
    occurred_on: date
    recorded_at: datetime
    totals: Mapping[NewTransfer, int]
    """For each fund, currency and pair of accounts, minor units in all: the amounts and ids in the keys are blank."""
    lines: Mapping[Sides, Sequence[Line]]
    """Empty for a batch, of which `amounts` says all."""
    sides: Sides | None = None
    amounts: Mapping[str, int] = field(default_factory=dict)
    """Of a batch: minor units by id.  No tuple is made of each: Python's garbage collector would look at them
    all, again and again, which takes half as long as their insertion."""

    def list_groups(self) -> Mapping[Sides, Sequence[Line]]:
        """Return the transfers by what they have in common."""
        if self.sides is None:
            return self.lines
        return {self.sides: [(name, amount_minor, None) for name, amount_minor in self.amounts.items()]}

    def find_alike(self) -> tuple[Sides, Mapping[str, int]] | None:
        """Return what all transfers have in common, and minor units by id, where only these differ."""
        if self.sides is not None:
            return self.sides, self.amounts
        if len(self.lines) > 1 or any(reverses_id for group in self.lines.values() for *_, reverses_id in group):
            return None
        ((sides, group),) = self.lines.items()
        return sides, {name: amount_minor for name, amount_minor, _ in group}

    def posting(self) -> Posting:
        """Say that it is in the books now."""
        if self.sides is not None:
            hashes = {self.sides: rules.compute_batch_sha256(self.amounts)}
        else:
            hashes = {sides: rules.compute_group_sha256(group) for sides, group in self.lines.items()}
        digest = rules.compute_entry_digest(self.entry_id, hashes)
        return Posting(self.entry_id, posted=True, digest=RowDigest("ledger_transfer", self.entry_id, digest))


def post(
    session: Session, *, entry_id: str, transfers: Sequence[NewTransfer], occurred_on: date, at: datetime
) -> Posting:
    """Put one deed into the books, whole or not at all; doing it again does nothing.

    A deed posts once in its transaction: balances are locked in the order of account ids, and two statements of one
    transaction could lock them out of order.  The caller records the event, with `Posting.digest` among its rows.

    Args:
        session: of the deed; it is flushed.
        entry_id: names the deed, ``batch-bat_01J…-dispatched-3``.
        transfers: at most `rules.MAX_TRANSFERS_PER_ENTRY`, from `postings`.
        occurred_on: the day it happened.
        at: now.

    Raises:
        EntryMalformed, UnknownMovement: see `rules.check_entry`.
        AccountNotFound: a fund keeps no books in that currency.
        TransferIdReused, EntryIdReused: the id is in the books with other content.
        InsufficientFunds, AwardsNotCovered: an account would go beyond its limit.
        AlreadyReversed: a transfer to be reversed has been, or is a reversal itself.
        PeriodClosed: the day lies in a closed period of one of the funds.
    """
    rules.check_entry(entry_id, transfers)
    session.flush()
    placed = place(session.connection(), entry_id, transfers, occurred_on=occurred_on, at=at)
    accounts = placed or queries.list_account_ids(session, {transfer.fund_id for transfer in transfers})
    groups: defaultdict[Sides, list[Line]] = defaultdict(list)
    totals: defaultdict[NewTransfer, int] = defaultdict(int)
    recorded_at = iso_instant(at)
    for transfer in transfers:
        sides = _find_sides(accounts, transfer, occurred_on=occurred_on.isoformat(), recorded_at=recorded_at)
        groups[sides].append((transfer.id, transfer.amount_minor, transfer.reverses_id))
        totals[transfer._replace(id="", amount_minor=0, reverses_id=None)] += transfer.amount_minor
    deed = _Deed(entry_id, occurred_on, at, totals, groups)
    # There already, or refused: the longer way finds out which, and says why.
    return deed.posting() if placed else _post(session, deed)


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

    `post` takes the same way into the database where its transfers are of one kind; what this saves is making them.

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
        AccountNotFound, TransferIdReused, EntryIdReused, InsufficientFunds, AwardsNotCovered, PeriodClosed: see `post`.
    """
    rules.check_batch(entry_id, amounts)
    session.flush()
    kind = NewTransfer("", fund_id, currency, *movement.value, 0)
    return _post(session, _batch(session, entry_id, kind, amounts, occurred_on=occurred_on, at=at))


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
        AccountNotFound, TransferIdReused, EntryIdReused, InsufficientFunds, AwardsNotCovered: see `post`.
    """
    rules.check_batch(entry_id, {entry_id: 1})
    session.flush()
    kind = NewTransfer("", fund_id, currency, *movement.value, 0)
    deed = _batch(session, entry_id, kind, {}, occurred_on=occurred_on, at=at)
    if queries.find_entry_digest(session, entry_id) is None:
        try:
            with session.connection().begin_nested():
                count = _insert_found(session, deed, query)
                if not 0 < count <= rules.MAX_TRANSFERS_PER_ENTRY:
                    raise EntryMalformed(
                        f"An entry has 1 to {rules.MAX_TRANSFERS_PER_ENTRY:,} transfers; this one has {count:,}.",
                        record=entry_id,
                        remedy="Post a long deed in chunks, each with its own entry id.",
                    )
            digest = queries.find_entry_digest(session, entry_id)
        except IntegrityError:
            digest = None
        if digest is not None:
            return Posting(entry_id, posted=True, digest=digest)
    # There already, or refused: the slow way finds out which, and says why.
    found = session.connection().execute(query.limit(rules.MAX_TRANSFERS_PER_ENTRY + 1)).all()
    amounts = {str(name): int(amount_minor) for name, amount_minor in found}
    if len(amounts) != len(found):
        raise EntryMalformed("Two transfers of the entry have the same id.", record=entry_id)
    rules.check_batch(entry_id, amounts)
    return _post(session, _batch(session, entry_id, kind, amounts, occurred_on=occurred_on, at=at))


def _post(session: Session, deed: _Deed) -> Posting:
    """Insert a deed, unless it is there."""
    earlier = _find_posting(session, deed)
    if earlier is not None:
        return earlier
    try:
        with session.connection().begin_nested():
            _insert(session, deed)
    except IntegrityError as error:
        refusal = violated_constraint(error)
        # Somebody may have posted the same entry while we waited for its row.
        earlier = _find_posting(session, deed)
        if earlier is not None:
            return earlier
        explained = explain_refusal(session, refusal, deed.list_groups(), deed.totals)
        if explained is None:
            raise
        raise explained from None
    return deed.posting()


def _find_sides(
    accounts: Mapping[tuple[str, str, str], int], transfer: NewTransfer, *, occurred_on: str, recorded_at: str
) -> Sides:
    debit = accounts.get((transfer.fund_id, transfer.currency, transfer.debit))
    credit = accounts.get((transfer.fund_id, transfer.currency, transfer.credit))
    if debit is None or credit is None:
        raise AccountNotFound(f"The fund keeps no books in {transfer.currency}.", record=transfer.fund_id)
    return Sides(transfer.fund_id, transfer.currency, debit, credit, occurred_on, recorded_at)


def _batch(
    session: Session,
    entry_id: str,
    kind: NewTransfer,
    amounts: Mapping[str, int],
    *,
    occurred_on: date,
    at: datetime,
) -> _Deed:
    accounts = queries.list_account_ids(session, {kind.fund_id})
    sides = _find_sides(accounts, kind, occurred_on=occurred_on.isoformat(), recorded_at=iso_instant(at))
    return _Deed(entry_id, occurred_on, at, {kind: sum(amounts.values())}, {}, sides, amounts)


def _find_posting(session: Session, deed: _Deed) -> Posting | None:
    """Return the entry as it was posted before, if it was.

    Raises:
        TransferIdReused, EntryIdReused: it is there, and is another.
    """
    rows = session.connection().execute(_OF_ENTRY, {"entry_id": deed.entry_id}).all()
    if not rows:
        return None
    stored = {row.id: (*row[2:6], row.occurred_on.isoformat(), row.amount_minor, row.reverses_id) for row in rows}
    wanted = {
        name: (*sides[:5], amount_minor, reverses_id)
        for sides, lines in deed.list_groups().items()
        for name, amount_minor, reverses_id in lines
    }
    digest = queries.find_entry_digest(session, deed.entry_id)
    if stored == wanted and digest is not None:
        return Posting(deed.entry_id, posted=False, digest=digest)
    for name in sorted(stored.keys() & wanted.keys()):
        if stored[name] != wanted[name]:
            raise make_reused(name)
    raise EntryIdReused(
        f"The entry was posted with {len(stored)} transfers; these {len(wanted)} are others.",
        record=deed.entry_id,
        remedy="A further deed has an entry id of its own.",
    )


# ── the statements ───────────────────────────────────────────────────────────────────────────────────────────────────


def _insert(session: Session, deed: _Deed) -> None:
    connection = session.connection()
    alike = deed.find_alike()
    if alike is not None:
        _insert_alike(connection, deed, *alike)
        return
    rows = [(sides, *line) for sides, lines in deed.lines.items() for line in lines]
    if dialect(session) == "postgresql":
        parameters = {
            "entry_id": deed.entry_id,
            "occurred_on": deed.occurred_on,
            "recorded_at": deed.recorded_at,
            "ids": [name for _, name, _, _ in rows],
            "fund_ids": [sides.fund_id for sides, _, _, _ in rows],
            "currencies": [sides.currency for sides, _, _, _ in rows],
            "debits": [sides.debit_account_id for sides, _, _, _ in rows],
            "credits": [sides.credit_account_id for sides, _, _, _ in rows],
            "amounts": [amount_minor for _, _, amount_minor, _ in rows],
            "reverses_ids": [reverses_id for _, _, _, reverses_id in rows],
        }
        connection.execute(_POSTGRESQL_INSERT, parameters)
        return
    # Tuples for the driver itself, the day and the instant written once: binding took half the time of a batch.
    times = _times(connection, deed)
    connection.exec_driver_sql(
        _SQLITE_INSERT,
        [
            (name, deed.entry_id, *sides[:4], amount_minor, *times, reverses_id)
            for sides, name, amount_minor, reverses_id in rows
        ],
    )
    _seal(connection, deed, transfers=len(rows))


def _insert_alike(connection: Connection, deed: _Deed, sides: Sides, amounts: Mapping[str, int]) -> None:
    if connection.dialect.name == "sqlite":
        members = [f"{encode_basestring_ascii(name)}:{amount_minor}" for name, amount_minor in amounts.items()]
        text_of_amounts = "{" + ",".join(members) + "}"
        connection.exec_driver_sql(
            _SQLITE_BATCH, (deed.entry_id, *sides[:4], *_times(connection, deed), text_of_amounts)
        )
        _seal(connection, deed, transfers=len(amounts))
        return
    parameters = {
        "entry_id": deed.entry_id,
        "fund_id": sides.fund_id,
        "currency": sides.currency,
        "debit": sides.debit_account_id,
        "credit": sides.credit_account_id,
        "occurred_on": deed.occurred_on,
        "recorded_at": deed.recorded_at,
        "ids": "\n".join(amounts),
        "amounts": ",".join(map(str, amounts.values())),
    }
    connection.execute(_POSTGRESQL_BATCH, parameters)


def _insert_found(session: Session, deed: _Deed, query: Select[str, int]) -> int:
    """Insert what a query finds; return how many."""
    sides = deed.sides
    assert sides is not None  # noqa: S101 it is a batch
    found = list(query.subquery().c)
    columns = {
        "id": found[0],
        "entry_id": literal(deed.entry_id, String),
        "fund_id": literal(sides.fund_id, String),
        "currency": literal(sides.currency, String),
        "debit_account_id": literal(sides.debit_account_id),
        "credit_account_id": literal(sides.credit_account_id),
        "amount_minor": found[1],
        "occurred_on": literal(deed.occurred_on, _transfer.c.occurred_on.type),
        "recorded_at": literal(deed.recorded_at, _transfer.c.recorded_at.type),
    }
    statement = _transfer.insert().from_select(list(columns), select(*columns.values()))
    connection = session.connection()
    # SQLAlchemy forgets the count of an INSERT unless it is asked to keep it.
    count = int(connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount)
    if connection.dialect.name == "sqlite":
        # Its driver does not count for a statement that begins with WITH.
        count = int(connection.exec_driver_sql("SELECT changes()").scalar_one())
        if count:
            _seal(connection, deed, transfers=count)
    return count


def _seal(connection: Connection, deed: _Deed, *, transfers: int) -> None:
    if not seal(connection, deed.entry_id, _times(connection, deed), transfers=transfers):
        raise EntryIdReused(
            "Transfers are in the books under this entry's id that nobody has posted.",
            record=deed.entry_id,
            remedy="Look at `reparations ledger verify`; somebody has written to the database past the service.",
        )


def _times(connection: Connection, deed: _Deed) -> tuple[object, object]:
    """Write the day and the moment as the columns keep them."""
    return (
        _bound(connection, _transfer.c.occurred_on, deed.occurred_on),
        _bound(connection, _transfer.c.recorded_at, deed.recorded_at),
    )


def _bound(connection: Connection, column: Column[Any], value: object) -> object:
    """Write a value as `column` keeps it."""
    processor = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return processor(value) if processor else value
