"""What the database refused, without the row values it likes to quote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from reparations.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

# https://www.postgresql.org/docs/15/errcodes-appendix.html
_BUSY_SQLSTATES = frozenset({"55P03", "40P01", "40001", "57014"})
_READ_ONLY_SQLSTATE = "25006"
_GONE_SQLSTATES = frozenset({"57P01", "57P02", "57P03"})
_CONNECTION_SQLSTATE_CLASS = "08"
_SQLITE_CONSTRAINT = re.compile(r"^(?:CHECK|UNIQUE|NOT NULL|FOREIGN KEY) constraint failed(?:: ([\w., ]+))?$")
_MESSAGE_CODE = re.compile(r"^[a-z_]+\.[a-z_]+$")


class DatabaseBusy(Unavailable):
    """Somebody else held the row or the database for too long; nothing was changed."""

    code = "database.busy"


class DatabaseReadOnly(Unavailable):
    """This server is a standby and takes no changes; nothing was changed."""

    code = "database.read_only"


class DatabaseUnreachable(Unavailable):
    """No database server answered, or it went away; a change under way may have been made or not."""

    code = "database.unreachable"


class DatabaseRefused(Conflict):
    """The database itself refused the change; `record` names the rule.  Nothing was changed."""

    code = "database.refused"


def make_refused(refusal: str) -> DatabaseRefused:
    """Say by which rule the database refused what no rule of ours foresaw.

    Args:
        refusal: see `violated_constraint`.
    """
    return DatabaseRefused(
        "The database refused the change because it breaks one of its rules; nothing was changed.", record=refusal
    )


def make_busy() -> DatabaseBusy:
    """Say that others were first for too long."""
    return DatabaseBusy(
        "Somebody else is changing the same records; nothing was changed.", remedy="Try again in a moment."
    )


def explain_failure(error: DBAPIError) -> Unavailable | None:
    """Say what a failure of the database means, if it is one that passes; None for a refusal or a fault of ours."""
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate in _BUSY_SQLSTATES or "database is locked" in str(error.orig):
        return make_busy()
    if sqlstate == _READ_ONLY_SQLSTATE:
        return DatabaseReadOnly(
            "The database reached is a standby; nothing was changed.", remedy="Try again once the primary answers."
        )
    if _is_gone(error, sqlstate):
        return DatabaseUnreachable(
            "The database cannot be reached, or went away before it answered.",
            remedy="Try again in a moment; see first whether the change has been made.",
        )
    return None


def _is_gone(error: DBAPIError, sqlstate: str | None) -> bool:
    if error.connection_invalidated or sqlstate in _GONE_SQLSTATES:
        return True
    if sqlstate is not None:
        return sqlstate.startswith(_CONNECTION_SQLSTATE_CLASS)
    # psycopg has a field for the state and leaves it empty when there was no server to name one; SQLite has none.
    return isinstance(error, OperationalError) and hasattr(error.orig, "sqlstate")


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
