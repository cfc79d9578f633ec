"""Engines, connections and the one transaction."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlmodel import Session

from reparations.db.errors import DatabaseReadOnly, DatabaseUnreachable, explain_failure, make_busy
from reparations.db.turns import Turns
from reparations.errors import Misconfigured

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlalchemy.pool import ConnectionPoolEntry

    class _DriverConnection(Protocol):
        """What is asked of PostgreSQL's driver: whether a transaction says for itself if it writes."""

        read_only: bool | None


_READ_ONLY = "reparations_read_only"
_USED_AT = "reparations_used_at"
_CONNECT_TIMEOUT_S = 10
_IDLE_S = 0.1
"""A connection used within this time is taken to be there still; to ask it costs a way to the server and back."""
_WRITERS = {"sqlite": 1, "postgresql": 8}
"""How many threads of this process may write at once: one after the other, and others beside one that takes long.

Every deed takes the head of the log, so deeds end one after the other whatever their number.  Threads wait better here,
in their order, than asleep before the file or in the server's queue of locks, where each that is woken has first to get
hold of the interpreter.
"""

SQLITE_PRAGMAS: dict[str, int | str] = {
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "secure_delete": 1,
    "synchronous": 2,
    "trusted_schema": 0,
}
"""Set and then read back on every SQLite connection; ``synchronous`` 2 is FULL."""


class Database:
    """One database, and the only way to a transaction on it.

    Args:
        url: a SQLAlchemy URL, ``sqlite:///…`` or ``postgresql+psycopg://…``.  Of several PostgreSQL hosts the one that
            accepts writing is taken, unless the URL's ``target_session_attrs`` says otherwise.
        keyring: the keys that travel with every session (`session.info["keyring"]`) for the vault and the log.
        lock_timeout_ms: how long a statement waits for a lock before `DatabaseBusy`.
        pool_size: connections kept.
        prepared_statements: false behind a transaction-pooling PgBouncer; nothing then outlives a transaction in the
            server's session, neither prepared statements nor settings.
    """

    def __init__(
        self,
        url: str,
        *,
        keyring: object | None = None,
        lock_timeout_ms: int = 10_000,
        pool_size: int = 10,
        prepared_statements: bool = True,
    ) -> None:
        """Make the engine; no connection is opened yet."""
        self.keyring = keyring
        self._lock_timeout_s = lock_timeout_ms / 1000
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            self.engine = _sqlite_engine(url, lock_timeout_ms, pool_size)
        elif parsed.drivername == "postgresql+psycopg":
            self.engine = _postgresql_engine(url, lock_timeout_ms, pool_size, prepared_statements)
        else:
            message = "The database URL must begin with sqlite:/// or postgresql://."
            raise Misconfigured(message, field="REPARATIONS_DATABASE_URL")
        self._writers = Turns(_WRITERS[self.engine.dialect.name])

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a writing transaction; commit it when the block ends well, undo it when it does not.

        Raises:
            DatabaseBusy: a lock was not to be had in time; nothing was changed.
            DatabaseReadOnly: this server is a standby; nothing was changed.
            DatabaseUnreachable: no server answered, or it went away; a commit under way may or may not have happened.
        """
        with self._turn(), self._session() as session:
            try:
                yield session
                session.commit()
            except DBAPIError as error:
                explained = explain_failure(error)
                if isinstance(explained, DatabaseReadOnly):
                    session.invalidate()  # the next transaction looks for the primary anew
                else:
                    session.rollback()
                if explained is None:
                    raise
                raise explained from (error if isinstance(explained, DatabaseUnreachable) else None)
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a consistent, read-only view of the database as of one moment; a standby will do.

        Raises:
            DatabaseUnreachable: no server answered, or it went away.
        """
        try:
            with self._view() as session:
                yield session
        except DBAPIError as error:
            explained = explain_failure(error)
            if isinstance(explained, DatabaseUnreachable):
                raise explained from error
            raise

    @contextmanager
    def reading_as_of(self) -> Iterator[tuple[Session, datetime | None]]:
        """Open a view as `reading` does, and say up to when everything committed is in it.

        Yields:
            the session, and the instant up to which a standby has replayed what its primary committed; None on a
            primary or SQLite, where all of it is there.

        Raises:
            DatabaseUnreachable: no server answered, or it went away; or a standby has replayed nothing yet.
        """
        try:
            with self._view(stated=True) as session:
                yield session, session.info["replayed_until"]
        except DBAPIError as error:
            explained = explain_failure(error)
            if isinstance(explained, DatabaseUnreachable):
                raise explained from error
            raise

    @contextmanager
    def _view(self, *, stated: bool = False) -> Iterator[Session]:
        with self.engine.connect().execution_options(**{_READ_ONLY: True}) as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(  # noqa: PLW2901 the same connection, told more
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            replayed_until = _replayed_until(connection) if stated else None
            info = {"keyring": self.keyring, "replayed_until": replayed_until}
            with Session(connection, autoflush=False, info=info) as session:
                yield session

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until this thread may write."""
        try:
            began_at = self._writers.take(self._lock_timeout_s)
        except TimeoutError:
            raise make_busy() from None
        try:
            yield
        finally:
            self._writers.give(began_at)

    def _session(self) -> Session:
        return Session(self.engine, expire_on_commit=False, info={"keyring": self.keyring})


def _replayed_until(connection: Connection) -> datetime | None:
    """Ask a standby how far it has come, in a transaction before the one that reads: what it reads is never older."""
    if connection.dialect.name != "postgresql":
        return None
    question = "SELECT pg_is_in_recovery(), pg_last_xact_replay_timestamp()"
    with connection.begin():
        is_standby, replayed_until = connection.exec_driver_sql(question).one()
    if is_standby and replayed_until is None:
        message = "The standby cannot say yet as of when it could answer."
        raise DatabaseUnreachable(message, remedy="Try again once something has been recorded.")
    return replayed_until if is_standby else None


def _sqlite_engine(url: str, lock_timeout_ms: int, pool_size: int) -> Engine:
    database = make_url(url).database
    if not database or database == ":memory:":
        message = "The embedded database needs a file: an in-memory one would lose the books."
        raise Misconfigured(message, field="REPARATIONS_DATABASE_URL")
    Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"timeout": lock_timeout_ms / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; `_begin` does
        prepare_sqlite_connection(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(_READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def prepare_sqlite_connection(connection: sqlite3.Connection) -> None:
    """Set the pragmas our triggers and keys rely on, and read them back.

    Raises:
        Misconfigured: this SQLite does not honour one of them.
    """
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    for pragma, wanted in SQLITE_PRAGMAS.items():
        cursor.execute(f"PRAGMA {pragma} = {wanted}")
        (found,) = cursor.execute(f"PRAGMA {pragma}").fetchone()
        if found != wanted:
            message = f"SQLite does not honour PRAGMA {pragma}; its rules could be bypassed."
            raise Misconfigured(message, remedy="Use the Python of Debian 12 or newer.")
    cursor.close()


def _postgresql_engine(url: str, lock_timeout_ms: int, pool_size: int, prepared_statements: bool) -> Engine:  # noqa: FBT001 private, one caller
    session_settings = {"lock_timeout": str(lock_timeout_ms), "timezone": "UTC"}
    connect_args: dict[str, Any] = {"connect_timeout": _CONNECT_TIMEOUT_S}
    if "target_session_attrs" not in make_url(url).query and _names_several_hosts(url):
        connect_args["target_session_attrs"] = "read-write"
    if prepared_statements:
        connect_args["options"] = " ".join(f"-c {name}={value}" for name, value in session_settings.items())
    else:
        connect_args["prepare_threshold"] = None
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args=connect_args,
    )

    @event.listens_for(engine, "checkin")
    def _note_last_use(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _look_if_it_is_there(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 of the driver
        if time.monotonic() - record.info.get(_USED_AT, math.inf) > _IDLE_S:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error  # the pool forgets its connections and opens new ones

    @event.listens_for(engine, "checkout")
    def _forget_last_use(connection: _DriverConnection, *_: object) -> None:
        # After `reading`, SQLAlchemy would say READ WRITE expressly, which a standby refuses outright.
        connection.read_only = None

    if not prepared_statements:
        local = "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in session_settings.items())

        # A pooler refuses or forgets what was said on connecting: each transaction says it again.
        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(local)

    return engine


def _names_several_hosts(url: str) -> bool:
    parsed = make_url(url)
    hosts = parsed.query.get("host", parsed.host or "")
    return not isinstance(hosts, str) or "," in hosts
