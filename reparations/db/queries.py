"""The two differences between the engines that a query has to know of."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlmodel import Session

RowsT = TypeVar("RowsT")


def dialect(session: Session) -> str:
    """Return ``sqlite`` or ``postgresql``."""
    return session.get_bind().dialect.name


def for_update(statement: Select[RowsT]) -> Select[RowsT]:
    """Lock the rows read until the transaction ends.

    SQLite ignores the clause: a writing transaction holds the whole database from its first statement on.  Read rows
    in ascending order of their id, so that two transactions never wait for one another.
    """
    return statement.with_for_update()
