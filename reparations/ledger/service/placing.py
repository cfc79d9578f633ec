"""A deed of a few transfers, put into the books in as few steps as each engine allows.

Nothing is asked beforehand.  What the database refuses is undone, and the refusal's name is the answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy.exc import IntegrityError

from reparations.db import sqlite_instant, violated_constraint
from reparations.ledger.postings import NewTransfer
from reparations.ledger.service.legs import note_leg, seal

if TYPE_CHECKING:
    from sqlalchemy import Connection

Accounts: TypeAlias = Mapping[str, tuple[int, int]]
"""Of each transfer, by its id: the account debited and the one credited."""

# Texts for the driver itself: to have a statement compiled and its result described takes longer than to run it.
_POSTGRESQL = "SELECT ledger_post(%s, %s, %s, %s)"  # made by migration 0004
_SQLITE_ACCOUNTS = "SELECT fund_id, currency, code, id FROM ledger_account WHERE fund_id = ?"
_SQLITE_LINES = "INSERT INTO ledger_line (leg, id, amount_minor, reverses_id) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Refusal:
    """That the database refused, and left nothing."""

    name: str
    """Of the constraint, or a trigger's message code: see `violated_constraint`."""


def place(
    connection: Connection, entry_id: str, transfers: Sequence[NewTransfer], *, occurred_on: date, at: datetime
) -> Accounts | Refusal:
    """Insert an entry and have it counted; return the accounts of its transfers, or what refused it.

    Args:
        connection: of the deed's transaction.
        entry_id: names the deed.
        transfers: checked by `rules.check_entry`.
        occurred_on: the day it happened.
        at: now, in UTC.
    """
    if connection.dialect.name == "postgresql":
        return _place_there(connection, entry_id, transfers, occurred_on=occurred_on, at=at)
    return _place_here(connection, entry_id, transfers, occurred_on=occurred_on, at=at)


def _place_there(
    connection: Connection, entry_id: str, transfers: Sequence[NewTransfer], *, occurred_on: date, at: datetime
) -> Accounts | Refusal:
    """Have the server do it: one question, and one answer."""
    wanted = json.dumps([transfer._asdict() for transfer in transfers])
    found = connection.exec_driver_sql(_POSTGRESQL, (entry_id, occurred_on, at, wanted)).scalar_one()
    if isinstance(found, str):
        return Refusal(found)
    return {name: (debit, credit) for name, (debit, credit) in found.items()}


def _place_here(
    connection: Connection, entry_id: str, transfers: Sequence[NewTransfer], *, occurred_on: date, at: datetime
) -> Accounts | Refusal:
    numbers: dict[tuple[str, str, str], int] = {}
    for fund_id in {transfer.fund_id for transfer in transfers}:
        for fund, currency, code, number in connection.exec_driver_sql(_SQLITE_ACCOUNTS, (fund_id,)):
            numbers[fund, currency, code] = number
    try:
        accounts = {
            name: (numbers[fund, currency, debit], numbers[fund, currency, credit])
            for name, fund, currency, debit, credit, *_ in transfers
        }
    except KeyError:
        return Refusal("ledger_account.missing")
    times = (occurred_on.isoformat(), sqlite_instant(at))
    connection.exec_driver_sql("SAVEPOINT ledger_post")
    refusal = None
    try:
        legs: dict[tuple[str, str, int, int], int] = {}
        rows = []
        for name, fund, currency, _, _, amount_minor, reverses_id in transfers:
            sides = (fund, currency, *accounts[name])
            if sides not in legs:
                legs[sides] = note_leg(connection, entry_id, sides, times)
            rows.append((legs[sides], name, amount_minor, reverses_id))
        connection.exec_driver_sql(_SQLITE_LINES, rows)
        if not seal(connection, entry_id, times, transfers=len(rows)):
            refusal = Refusal("ledger_entry.planted")
    except IntegrityError as error:
        refusal = Refusal(violated_constraint(error))
    # Not after any other error: it may have ended the transaction, and is what the caller should see.
    if refusal is not None:
        connection.exec_driver_sql("ROLLBACK TO ledger_post")
    connection.exec_driver_sql("RELEASE ledger_post")
    return refusal or accounts
