"""How lines get into SQLite: what they have in common is noted, they are inserted, their entry is sealed.

PostgreSQL does all of it in the statement that inserts the transfers.  See decision 15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Texts for the driver itself: to have a statement compiled and its result described takes longer than to run it.
_NOTE = (
    "INSERT INTO ledger_unsealed (number, entry_id, fund_id, currency, debit_account_id, credit_account_id,"
    " occurred_on, recorded_at) SELECT number, ?, ?, ?, ?, ?, ?, ? FROM ledger_next_leg RETURNING number"
)
_SEAL = (
    "INSERT INTO ledger_entry (id, occurred_on, recorded_at) SELECT ?1, ?2, ?3 WHERE ?4 = (SELECT count(*)"
    " FROM ledger_unsealed AS u CROSS JOIN ledger_line AS l ON l.leg = u.number WHERE u.entry_id = ?1)"
)


def note_leg(
    connection: Connection, entry_id: str, sides: tuple[str, str, int, int], times: tuple[object, object]
) -> int:
    """Note what lines will have in common; return the number under which they are inserted.

    Args:
        connection: of the deed's transaction.
        entry_id: names the deed.
        sides: fund, currency, account debited, account credited.
        times: the day and the moment, as the columns keep them.
    """
    return int(connection.exec_driver_sql(_NOTE, (entry_id, *sides, *times)).scalar_one())


def seal(connection: Connection, entry_id: str, times: tuple[object, object], *, transfers: int) -> bool:
    """Make an entry's lines count: SQLite moves the balances when their entry is inserted, once for all of them.

    Args:
        connection: of the deed's transaction.
        entry_id: names the deed.
        times: as noted.
        transfers: how many were inserted.

    Returns:
        False, and nothing counts, if more are there under this entry's id: somebody with the file in his hands put
        them there, with foreign keys off, and nobody has posted them.
    """
    return connection.exec_driver_sql(_SEAL, (entry_id, *times, transfers)).rowcount == 1
