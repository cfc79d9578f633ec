"""Days, moments and yes or no that are none: what somebody with the database in his hands wrote past the application.

SQLite keeps any text as a day, and ``20310501`` reads as the same day as ``2031-05-01`` while every comparison takes it
for another.  PostgreSQL keeps days that no calendar holds, ``infinity`` among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, Text, and_, cast, func, or_, select, type_coerce
from sqlmodel import Session

from reparations.audit.rowhash import row_key
from reparations.db import Instant, Row, dialect

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

_FIRST_DAY, _LAST_DAY = "0001-01-01", "9999-12-31"
_FIRST_MOMENT, _LAST_MOMENT = "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"
_FRACTION = ".[0-9][0-9][0-9][0-9][0-9][0-9]"
_MOST = 1_000
_TO_THE_SECOND = 19
"""Length of ``2031-05-01 10:11:12``."""


def list_misspelt(session: Session, models: Iterable[type[Row]]) -> Iterator[tuple[str, list[str]]]:
    """Name the rows that hold what is no day, no moment or no yes or no, each with the columns that do.

    Args:
        session: a consistent view (`Database.reading`).
        models: to look through; their tables are read once each.

    Yields:
        the row as ``table key``, and its columns; of each table no more than anybody would read.
    """
    for model in models:
        table: Table = model.__table__  # type: ignore[attr-defined]
        wrong = {
            column.name: test
            for column in table.columns
            if (test := _is_misspelt(column, dialect(session))) is not None
        }
        if not wrong:
            continue
        keys = [cast(column, Text) for column in table.primary_key.columns]
        statement = select(*keys, *wrong.values()).where(or_(*wrong.values())).order_by(*keys).limit(_MOST)
        for row in session.connection().execute(statement):
            key, found = row[: len(keys)], row[len(keys) :]
            yield (
                f"{table.name} {row_key(key)}",
                [name for name, is_wrong in zip(wrong, found, strict=True) if is_wrong],
            )


def _is_misspelt(column: Column[object], engine: str) -> ColumnElement[bool] | None:
    """Return the condition under which a column's value is not one of its type; None if its values always are."""
    is_day, is_moment = isinstance(column.type, Date), isinstance(column.type, Instant)
    if engine == "postgresql":
        limits = (_FIRST_DAY, _LAST_DAY) if is_day else (_FIRST_MOMENT, _LAST_MOMENT) if is_moment else None
        if limits is None:
            return None
        first, last = (cast(type_coerce(limit, Text), column.type) for limit in limits)
        return and_(column.is_not(None), ~column.between(first, last))
    written = type_coerce(column, Text)
    if is_day:
        # "+0 days" has SQLite write it anew: of the 31st of February it makes a day of March.
        wrong = or_(func.date(written, "+0 days").is_distinct_from(written), written < _FIRST_DAY)
    elif is_moment:
        second = func.substr(written, 1, _TO_THE_SECOND)
        wrong = or_(
            func.datetime(second, "+0 days").is_distinct_from(second),
            func.substr(written, _TO_THE_SECOND + 1).op("NOT GLOB")(_FRACTION),
            written < _FIRST_DAY,
        )
    elif isinstance(column.type, Boolean):
        wrong = type_coerce(column, BigInteger).not_in([0, 1])
    else:
        return None
    return and_(column.is_not(None), wrong)
