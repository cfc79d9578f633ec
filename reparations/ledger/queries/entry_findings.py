"""Checking entries, their sums and the totals of days against the transfers, after the fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from reparations.audit.verification import Finding
from reparations.db import dialect

_SUMS = (
    "SELECT entry_id, fund_id, currency, debit_account_id, credit_account_id, occurred_on, recorded_at,"
    " CAST(count(*) AS bigint) AS transfers, CAST(count(reverses_id) AS bigint) AS reversals,"
    " CAST(sum(amount_minor) AS bigint) AS amount_minor"
    " FROM ledger_transfer GROUP BY 1, 2, 3, 4, 5, 6, 7"
)
_LEGS = (
    "SELECT entry_id, fund_id, currency, debit_account_id, credit_account_id, occurred_on, recorded_at,"
    " CAST(transfers AS bigint), CAST(reversals AS bigint), amount_minor FROM ledger_leg"
)
_TWICE = "SELECT {key} FROM ledger_transfer WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1 ORDER BY {key}"
_ENTRIES = "SELECT id, occurred_on, recorded_at FROM ledger_entry"
_TIMES = "SELECT DISTINCT entry_id, occurred_on, recorded_at FROM ledger_transfer"
_DAYS = "SELECT account_id, occurred_on, recorded_on, debit_minor, credit_minor FROM ledger_day"
_MOVED = (
    "SELECT account_id, occurred_on, {recorded_on} AS recorded_on, CAST(sum(debit) AS bigint),"
    " CAST(sum(credit) AS bigint) FROM ("
    "SELECT debit_account_id AS account_id, occurred_on, recorded_at, amount_minor AS debit, 0 AS credit"
    " FROM ledger_transfer"
    " UNION ALL SELECT credit_account_id, occurred_on, recorded_at, 0, amount_minor FROM ledger_transfer"
    " UNION ALL SELECT p.cover_account_id, t.occurred_on, t.recorded_at,"
    " CASE WHEN p.cover_sign > 0 THEN t.amount_minor ELSE 0 END,"
    " CASE WHEN p.cover_sign < 0 THEN t.amount_minor ELSE 0 END FROM ledger_transfer AS t JOIN ledger_pair AS p"
    " ON p.debit_account_id = t.debit_account_id AND p.credit_account_id = t.credit_account_id"
    " WHERE p.cover_sign <> 0) AS every GROUP BY 1, 2, 3"
)
# SQLite's own tables: what waits for an entry at rest was put there with foreign keys off.
_WAITING = text("SELECT DISTINCT entry_id FROM ledger_unsealed ORDER BY entry_id")
_OF_NO_LEG = text(
    "SELECT l.id FROM ledger_line AS l LEFT JOIN ledger_leg AS g ON g.number = l.leg WHERE g.number IS NULL ORDER BY 1"
)
_NAMES = text(
    "SELECT a.id, f.code AS fund, a.currency, a.code FROM ledger_account AS a JOIN fund AS f ON f.id = a.fund_id"
)
_RECORDED_ON = {"sqlite": "substr(recorded_at, 1, 10)", "postgresql": "CAST(recorded_at AT TIME ZONE 'UTC' AS date)"}


def list_entry_findings(session: Session) -> Iterator[Finding]:
    """Compare what the database has summed up with the transfers themselves, set against set.

    Args:
        session: a consistent view (`Database.reading`).
    """
    if dialect(session) == "sqlite":
        for (name,) in session.connection().execute(_WAITING):
            yield Finding("ledger.entry_unsealed", f"ledger_entry {name}", "It is not there; transfers wait for it.")
        for (name,) in session.connection().execute(_OF_NO_LEG):
            yield Finding("ledger.leg_differs", f"ledger_transfer {name}", "It is of no entry, and does not count.")
    for (name,) in _differing(session, "entry_id", _TIMES, _ENTRIES):
        yield Finding("ledger.entry_unsealed", f"ledger_entry {name}", "Its transfers are not those it was made of.")
    for (name,) in _differing(session, "id", _ENTRIES, _TIMES):
        yield Finding("ledger.entry_changed", f"ledger_entry {name}", "It has no transfers of its day and moment.")
    for (name,) in _differing(session, "entry_id", _SUMS, _LEGS, both=True):
        yield Finding("ledger.leg_differs", f"ledger_leg {name}", "It is not the sum of the entry's transfers.")
    # On PostgreSQL keys see to these two, on SQLite only triggers.
    for (name,) in session.connection().execute(text(_TWICE.format(key="id"))):
        yield Finding("ledger.id_twice", f"ledger_transfer {name}", "Two transfers have this id.")
    for (name,) in session.connection().execute(text(_TWICE.format(key="reverses_id"))):
        yield Finding("ledger.reversed_twice", f"ledger_transfer {name}", "Two transfers reverse it.")
    moved = _MOVED.format(recorded_on=_RECORDED_ON[dialect(session)])
    accounts = {row.id: f"account {row.fund} {row.currency} {row.code}" for row in session.connection().execute(_NAMES)}
    for account_id, occurred_on in _differing(session, "account_id, occurred_on", moved, _DAYS, both=True):
        record = f"{accounts.get(account_id, f'account {account_id}')} on {occurred_on}"
        yield Finding("ledger.day_differs", record, "It is not the sum of the day's transfers.")


def _differing(session: Session, named: str, these: str, those: str, *, both: bool = False) -> list[tuple[Any, ...]]:
    """Name the rows that one query gives and the other does not."""
    statement = f"SELECT {named} FROM ({these} EXCEPT {those}) AS missing"  # noqa: S608 texts of this file
    if both:
        added = f"SELECT * FROM ({those}) AS a EXCEPT {these}"  # noqa: S608 texts of this file
        statement += f" UNION SELECT {named} FROM ({added}) AS added"  # noqa: S608 texts of this file
    return [tuple(row) for row in session.connection().execute(text(f"{statement} ORDER BY 1"))]
