"""The one way money moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Table, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from reparations.audit import RowDigest
from reparations.calendar import iso_instant
from reparations.db import dialect, violated_constraint
from reparations.errors import ReparationsError
from reparations.ledger import queries, rules
from reparations.ledger.errors import (
    AccountNotFound,
    AlreadyReversed,
    AwardsNotCovered,
    EntryIdReused,
    EntryMalformed,
    InsufficientFunds,
    PeriodClosed,
    TransferIdReused,
)
from reparations.ledger.models import COVERED, KINDS, AccountCode, AccountKind, LedgerTransfer
from reparations.ledger.postings import NewTransfer
from reparations.money import Money

_transfer: Table = LedgerTransfer.__table__  # type: ignore[attr-defined]

_SQLITE_INSERT = (
    "INSERT INTO ledger_transfer (id, entry_id, fund_id, currency, debit_account_id, credit_account_id, amount_minor,"
    " occurred_on, recorded_at, reverses_id, content_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# One statement whatever the number of rows: the trigger then moves each balance once.
_POSTGRESQL_INSERT = text(
    "INSERT INTO ledger_transfer (id, entry_id, fund_id, currency, debit_account_id, credit_account_id, amount_minor,"
    " occurred_on, recorded_at, reverses_id, content_sha256)"
    " SELECT t.id, :entry_id, t.fund_id, t.currency, t.debit, t.credit, t.amount_minor,"
    " CAST(:occurred_on AS date), CAST(:recorded_at AS timestamptz), t.reverses_id, t.content_sha256"
    " FROM unnest(CAST(:ids AS text[]), CAST(:fund_ids AS text[]), CAST(:currencies AS text[]),"
    " CAST(:debits AS integer[]), CAST(:credits AS integer[]), CAST(:amounts AS bigint[]),"
    " CAST(:reverses_ids AS text[]), CAST(:contents AS bytea[]))"
    " AS t (id, fund_id, currency, debit, credit, amount_minor, reverses_id, content_sha256)"
)


@dataclass(frozen=True, slots=True)
class Posting:
    """What became of an entry."""

    entry_id: str
    posted: bool
    """False if exactly this entry was in the books already."""
    digest: RowDigest
    """For `audit.record(rows=…)`: commits to every transfer of the entry, in one row."""


class _Leg(NamedTuple):
    """A transfer with what the database wants to know of it."""

    transfer: NewTransfer
    debit_account_id: int
    credit_account_id: int
    content_sha256: bytes


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
    legs = _find_accounts(session, entry_id, transfers, occurred_on)
    earlier = _find_posting(session, entry_id, legs)
    if earlier is not None:
        return earlier
    try:
        with session.connection().begin_nested():
            _insert(session, entry_id, legs, occurred_on=occurred_on, at=at)
    except IntegrityError as error:
        refusal = violated_constraint(error)
        # Somebody may have posted the same entry while we waited for its row.
        earlier = _find_posting(session, entry_id, legs)
        if earlier is not None:
            return earlier
        explained = _explain(session, refusal, legs)
        if explained is None:
            raise
        raise explained from None
    recorded_at = iso_instant(at)
    return _posting(entry_id, {leg.transfer.id: (leg.content_sha256, recorded_at) for leg in legs}, posted=True)


def _posting(entry_id: str, transfers: Mapping[str, tuple[bytes, str]], *, posted: bool) -> Posting:
    digest = rules.compute_entry_digest((name, content, at) for name, (content, at) in transfers.items())
    return Posting(entry_id, posted, RowDigest("ledger_transfer", entry_id, digest))


def _find_accounts(session: Session, entry_id: str, transfers: Sequence[NewTransfer], occurred_on: date) -> list[_Leg]:
    accounts = queries.list_account_ids(session, {transfer.fund_id for transfer in transfers})
    legs = []
    for transfer in transfers:
        debit = accounts.get((transfer.fund_id, transfer.currency, transfer.debit))
        credit = accounts.get((transfer.fund_id, transfer.currency, transfer.credit))
        if debit is None or credit is None:
            raise AccountNotFound(f"The fund keeps no books in {transfer.currency}.", record=transfer.fund_id)
        content = rules.compute_content_sha256(transfer, entry_id=entry_id, occurred_on=occurred_on)
        legs.append(_Leg(transfer, debit, credit, content))
    return legs


def _find_posting(session: Session, entry_id: str, legs: Sequence[_Leg]) -> Posting | None:
    """Return the entry as it was posted before, if it was.

    Raises:
        TransferIdReused, EntryIdReused: it is there, and is another.
    """
    rows = session.exec(
        select(LedgerTransfer.id, LedgerTransfer.content_sha256, LedgerTransfer.recorded_at).where(
            LedgerTransfer.entry_id == entry_id
        )
    ).all()
    if not rows:
        return None
    stored = {name: (content, iso_instant(recorded_at)) for name, content, recorded_at in rows}
    wanted = {leg.transfer.id: leg.content_sha256 for leg in legs}
    if {name: content for name, (content, _) in stored.items()} == wanted:
        return _posting(entry_id, stored, posted=False)
    for name in sorted(stored.keys() & wanted.keys()):
        if stored[name][0] != wanted[name]:
            raise _reused(name)
    raise EntryIdReused(
        f"The entry was posted with {len(stored)} transfers; these {len(wanted)} are others.",
        record=entry_id,
        remedy="A further deed has an entry id of its own.",
    )


def _insert(session: Session, entry_id: str, legs: Sequence[_Leg], *, occurred_on: date, at: datetime) -> None:
    connection = session.connection()
    if dialect(session) == "postgresql":
        parameters = {
            "entry_id": entry_id,
            "occurred_on": occurred_on,
            "recorded_at": at,
            "ids": [leg.transfer.id for leg in legs],
            "fund_ids": [leg.transfer.fund_id for leg in legs],
            "currencies": [leg.transfer.currency for leg in legs],
            "debits": [leg.debit_account_id for leg in legs],
            "credits": [leg.credit_account_id for leg in legs],
            "amounts": [leg.transfer.amount_minor for leg in legs],
            "reverses_ids": [leg.transfer.reverses_id for leg in legs],
            "contents": [leg.content_sha256 for leg in legs],
        }
        connection.execute(_POSTGRESQL_INSERT, parameters)
        return
    # Tuples for the driver itself, the day and the instant written once: binding took half the time of a batch.
    on = _bound(connection, _transfer.c.occurred_on, occurred_on)
    recorded_at = _bound(connection, _transfer.c.recorded_at, at)
    rows = [
        (
            leg.transfer.id,
            entry_id,
            leg.transfer.fund_id,
            leg.transfer.currency,
            leg.debit_account_id,
            leg.credit_account_id,
            leg.transfer.amount_minor,
            on,
            recorded_at,
            leg.transfer.reverses_id,
            leg.content_sha256,
        )
        for leg in legs
    ]
    connection.exec_driver_sql(_SQLITE_INSERT, rows)


def _bound(connection: Connection, column: Column[Any], value: object) -> object:
    """Write a value as `column` keeps it."""
    processor = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return processor(value) if processor else value


# ── saying why ───────────────────────────────────────────────────────────────────────────────────────────────────────

_LIMITS = frozenset({"ck_ledger_balance_floor", "ck_ledger_balance_ceiling", "ledger_transfer.balance_limit"})


def _explain(session: Session, refusal: str, legs: Sequence[_Leg]) -> ReparationsError | None:
    """Turn the database's refusal into a sentence; None if it is not one of those foreseen."""
    if refusal in _LIMITS:
        return _explain_limit(session, legs)
    if refusal == "ledger_transfer.period_closed":
        return PeriodClosed(
            "The day lies in a closed period: nothing more is posted into it.",
            field="occurred_on",
            record=legs[0].transfer.fund_id,
            remedy="Post it on the first day that is open, and record it as an adjustment of the closed period.",
        )
    if refusal == "ledger_transfer.reversal_differs":
        return EntryMalformed(
            "A reversal names a transfer that is no reversal itself, with the same fund, currency and amount.",
            record=legs[0].transfer.reverses_id,
        )
    taken = session.exec(
        select(LedgerTransfer.id).where(col(LedgerTransfer.id).in_([leg.transfer.id for leg in legs])).limit(1)
    ).one_or_none()
    if taken is not None:
        return _reused(taken)
    reversed_ids = [leg.transfer.reverses_id for leg in legs if leg.transfer.reverses_id is not None]
    undone = session.exec(
        select(LedgerTransfer.reverses_id).where(col(LedgerTransfer.reverses_id).in_(reversed_ids)).limit(1)
    ).one_or_none()
    if undone is not None:
        return AlreadyReversed("The transfer has been reversed already.", record=undone)
    return None


def _explain_limit(session: Session, legs: Sequence[_Leg]) -> ReparationsError:
    """Name the account that would go beyond its limit, what is on it and what was wanted."""
    moves: dict[tuple[str, str, AccountCode], int] = {}
    for leg in legs:
        transfer = leg.transfer
        for code, amount_minor in ((transfer.debit, transfer.amount_minor), (transfer.credit, -transfer.amount_minor)):
            book = (transfer.fund_id, transfer.currency)
            moves[*book, code] = moves.get((*book, code), 0) + amount_minor
            if code in COVERED:
                follower = (*book, AccountCode.UNCOMMITTED)
                moves[follower] = moves.get(follower, 0) - amount_minor
    for (fund_id, currency, code), moved in sorted(moves.items()):
        if KINDS[code] is AccountKind.POSITION:
            continue  # it has no limit
        stands = queries.get_balance(session, fund_id, currency, code)
        there = Money(rules.normal_balance(code, stands.amount_minor), currency)
        wanted = Money(-rules.normal_balance(code, moved), currency)
        if there < wanted:
            if code is AccountCode.UNCOMMITTED:
                return AwardsNotCovered(
                    f"{there} of what the fund has received is not awarded yet; {wanted} more was to be.",
                    record=fund_id,
                    remedy="Receive the money first, or fund the award from another fund.",
                )
            return InsufficientFunds(
                f"The fund has {there} in {code}; {wanted} was to be taken from it.",
                record=fund_id,
                remedy="Look at GET /funds/{id}/balances.",
            )
    return InsufficientFunds(
        "The fund held too little a moment ago; somebody else was spending at the same time.",
        record=legs[0].transfer.fund_id,
        remedy="Try again.",
    )


def _reused(transfer_id: str) -> TransferIdReused:
    return TransferIdReused(
        "A transfer of this id is in the books, and it says something else.",
        record=transfer_id,
        remedy="A correction reverses the transfer; it does not post it again.",
    )
