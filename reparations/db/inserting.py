"""Inserting what somebody may have inserted first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations.db.rows import Row

RowT = TypeVar("RowT", bound=Row)


def add_unless_there(session: Session, row: RowT, find: Callable[[], RowT | None]) -> RowT | None:
    """Insert a row, or return the one that is there in its place; whether that says the same is the caller's question.

    Args:
        session: of the deed; it is flushed.
        row: to be inserted.
        find: looks for what is there under the same reference: before, and again if the database refuses the row,
            because somebody may have been first in the meantime.

    Raises:
        IntegrityError: refused, and nothing is there: a constraint or trigger the caller may explain.
    """
    earlier = find()
    if earlier is not None:
        return earlier
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        earlier = find()
        if earlier is None:
            raise
        return earlier
    return None
