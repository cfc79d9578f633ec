"""What every table's model has in common."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import inspect
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """Base of the models.  The class variables say what the application may do with the table.

    A table is append-only unless its model names the columns that may change; on PostgreSQL the application's role is
    granted exactly that.
    """

    mutable_columns: ClassVar[frozenset[str]] = frozenset()
    """Columns the application may update; empty means append-only."""
    deletable: ClassVar[bool] = False
    """Whether the application may delete rows (expired throttles and the like, never a record)."""
    insertable: ClassVar[bool] = True
    """Whether the application may insert rows itself; balances are made by a trigger."""
    audited: ClassVar[bool] = True
    """Whether each row's content is committed to the event log, so that a later change behind our back is found."""

    def __repr__(self) -> str:
        """Show the table and the key only: a model's fields may be somebody's name."""
        state = inspect(self)
        return f"<{type(self).__name__} {state.identity if state else None}>"

    __str__ = __repr__
