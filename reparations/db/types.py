"""Column types that behave alike on both engines.

SQLite's STRICT tables know INTEGER, TEXT and BLOB only, so the compile rules below spell every plain SQLAlchemy type
as one of those there.  Models and migrations then use the plain types.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, Date, DateTime, String, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import TypeCompiler


def sqlite_instant(at: datetime) -> str:
    """Write an aware instant as `Instant` keeps it on SQLite, for statements that go to the driver itself.

    Raises:
        ValueError: it is naive.
    """
    if at.tzinfo is None:
        message = "a naive instant has no place in the record"
        raise ValueError(message)
    return at.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")


class Instant(TypeDecorator[datetime]):
    """An aware instant, in UTC on the way out.  A naive one is refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive instant; SQLite keeps UTC without an offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a naive instant has no place in the record"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 the interface of TypeDecorator
        """Give back an aware instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@compiles(Date, "sqlite")
@compiles(DateTime, "sqlite")
@compiles(String, "sqlite")
@compiles(Text, "sqlite")
def _text(type_: Any, compiler: TypeCompiler, **_: Any) -> str:  # noqa: ARG001, ANN401 the interface of compiles
    return "TEXT"


@compiles(BigInteger, "sqlite")
@compiles(Boolean, "sqlite")
def _integer(type_: Any, compiler: TypeCompiler, **_: Any) -> str:  # noqa: ARG001, ANN401 the interface of compiles
    return "INTEGER"
