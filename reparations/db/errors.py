"""What the database refused, without the row values it likes to quote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reparations.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

_SQLITE_CONSTRAINT = re.compile(r"^(?:CHECK|UNIQUE|NOT NULL|FOREIGN KEY) constraint failed(?:: ([\w., ]+))?$")
_MESSAGE_CODE = re.compile(r"^[a-z_]+\.[a-z_]+$")


class DatabaseBusy(Unavailable):
    """Somebody else held the row or the database for too long; nothing was changed."""

    code = "database.busy"


def violated_constraint(exc: DBAPIError) -> str:
    """Name the constraint or the trigger's message that refused a statement; never a value of the row.

    Returns:
        a constraint's name, on SQLite for a unique key its ``table.column`` list, or a trigger's message code such as
        ``payments.inserted_as_paid``; ``unknown`` if it is none of these.
    """
    original = exc.orig
    diagnostics = getattr(original, "diag", None)
    if diagnostics is not None:
        if diagnostics.constraint_name:
            return str(diagnostics.constraint_name)
        message = (diagnostics.message_primary or "").strip()
    else:
        message = str(original).strip()
        if match := _SQLITE_CONSTRAINT.match(message):
            return match[1] or "foreign_key"
    return message if _MESSAGE_CODE.match(message) else "unknown"
