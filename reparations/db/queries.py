"""The two differences between the engines that a query has to know of."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sqlalchemy.sql.selectable import GenerativeSelect
    from sqlmodel import Session

SelectT = TypeVar("SelectT", bound="GenerativeSelect")


def dialect(session: Session) -> str:
    """Return ``sqlite`` or ``postgresql``."""
    return session.get_bind().dialect.name


def for_update(statement: SelectT) -> SelectT:
    """Lock the rows read until the transaction ends.

    SQLite ignores the clause: a writing transaction holds the whole database from its first statement on.  Read rows
    in ascending order of their id, so that two transactions never wait for one another.
    """
    return statement.with_for_update()
