"""The database: one small room that knows there are two engines, so that no other has to.

SQLite is the embedded default, PostgreSQL is production; both keep the same promises.  `Database.transaction` is the
only place that commits.
"""

from sqlmodel import Session

from reparations.db.engine import Database
from reparations.db.errors import (
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseRefused,
    DatabaseUnreachable,
    make_refused,
    violated_constraint,
)
from reparations.db.inserting import add_unless_there
from reparations.db.queries import dialect, for_update, legible_text
from reparations.db.rows import Row
from reparations.db.types import Instant, sqlite_instant

__all__ = [
    "Database",
    "DatabaseBusy",
    "DatabaseReadOnly",
    "DatabaseRefused",
    "DatabaseUnreachable",
    "Instant",
    "Row",
    "Session",
    "add_unless_there",
    "dialect",
    "for_update",
    "legible_text",
    "make_refused",
    "sqlite_instant",
    "violated_constraint",
]
