"""The differences between the engines that a query has to know of."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextmanager
def legible_text(session: Session) -> Iterator[None]:
    """Read what is no text with its bytes written out: what looks for damage is not to be stopped by it."""
    driver: Any = session.connection().connection.driver_connection
    if dialect(session) != "sqlite":
        yield
        return
    kept = driver.text_factory
    driver.text_factory = lambda raw: raw.decode(errors="backslashreplace")
    try:
        yield
    finally:
        driver.text_factory = kept
