"""What every test may ask for.  Everything runs on the real, migrated database: both of them.

``database``   a fresh, migrated database on each engine in turn, opened as the application's role; commit at will
``owner``      the same database opened as the owner of its tables (PostgreSQL's superuser): the hostile administrator
``session``    one open writing transaction on ``database``, undone at the end
``refused``    ``with refused("fragment"): …`` asserts that the database itself refuses a statement on ``session``
``keyring``    a set of keys; ``NOON`` a fixed instant; ``clock`` a clock that stands at it until told otherwise
``app``, ``client``   the whole application over ``database``
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import DBAPIError

import migrations
from reparations.app import create_app
from reparations.db import Database
from reparations.settings import Mode, Settings
from reparations.vault import Keyring
from tests.postgres import APP_ROLE, Cluster, scratch_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from fastapi import FastAPI
    from sqlmodel import Session
    from starlette.testclient import TestClient

os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(scratch_folder()))

NOON = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)


class StandingClock:
    """A clock that moves only when a test says so."""

    def __init__(self) -> None:
        """Start at noon."""
        self.now = NOON

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def advance(self, **by: float) -> None:
        """Move on by a `timedelta` in keyword arguments."""
        self.now += timedelta(**by)


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """A program started here can be interrupted, though the tests may have been started in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            host = address[0] if isinstance(address, tuple) else ""
            assert host in {"127.0.0.1", "::1", "localhost"}, "a test tried to leave this machine"
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a set of keys."""
    folder = tmp_path_factory.mktemp("keys")
    Keyring.create(folder)
    return folder


@pytest.fixture(scope="session")
def keyring(keys_dir: Path) -> Keyring:
    """Return the keys themselves."""
    return Keyring.load(keys_dir)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Give a running PostgreSQL, the same for the whole run."""
    with Cluster.start() as cluster:
        cluster.execute(f"DO $$ BEGIN CREATE ROLE {APP_ROLE} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        yield cluster


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster) -> Iterator[str]:
    """Return the name of a migrated database to clone."""
    name = f"rep_template_{os.getpid()}"
    cluster.execute(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    _migrate(cluster.owner_url(name))
    yield name
    cluster.execute(f"DROP DATABASE IF EXISTS {name}")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a migrated database to copy."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Give the URLs of a fresh, migrated database: the application's and the owner's."""
    if request.param == "sqlite":
        path = tmp_path / "test.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}", f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    template = request.getfixturevalue("postgresql_template")
    name = f"rep_test_{os.getpid()}"
    cluster.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {template}")
    yield cluster.app_url(name), cluster.owner_url(name)
    cluster.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def database(database_urls: tuple[str, str], keyring: Keyring) -> Iterator[Database]:
    """Give a fresh, migrated database, opened as the application's role."""
    database = Database(database_urls[0], keyring=keyring)
    yield database
    database.dispose()


@pytest.fixture
def owner(database_urls: tuple[str, str], keyring: Keyring) -> Iterator[Database]:
    """Give the same database as its owner: who can drop a trigger."""
    database = Database(database_urls[1], keyring=keyring)
    yield database
    database.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Give one open writing transaction, undone at the end."""
    with database._session() as session:
        yield session
        session.rollback()


@pytest.fixture
def refused(session: Session) -> Callable[[str], AbstractContextManager[None]]:
    """Return a context manager that asserts the database itself refuses what happens in it."""

    @contextmanager
    def expect(fragment: str) -> Iterator[None]:
        with pytest.raises(DBAPIError) as caught, session.begin_nested():
            yield
        assert fragment in str(caught.value.orig), f"refused, but by: {caught.value.orig}"

    return expect


@pytest.fixture
def clock() -> StandingClock:
    """Return a clock that stands at noon."""
    return StandingClock()


@pytest.fixture
def settings(tmp_path: Path, keys_dir: Path, database_urls: tuple[str, str]) -> Settings:
    """Return the settings of a demonstration over the test's database."""
    # Each test's log is a new one, and beside the key lies what the key signed last: a folder of its own.
    own_keys = shutil.copytree(keys_dir, tmp_path / "keys")
    return Settings(
        mode=Mode.DEMO,
        data_dir=tmp_path / "data",
        keys_dir=own_keys,
        database_url=database_urls[0],
        debtor_iban="DE89370400440532013000",
        debtor_bic="COBADEFFXXX",
    )


@pytest.fixture
def app(settings: Settings, database: Database, clock: StandingClock) -> FastAPI:
    """Return the whole application."""
    return create_app(settings, database=database, clock=clock)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Give a client of the whole application; errors of ours surface as tracebacks."""
    from fastapi.testclient import TestClient  # noqa: PLC0415 slow to import, and few tests need it

    with TestClient(app) as client:
        yield client


def _migrate(url: str) -> None:
    database = Database(url)
    with database.engine.begin() as connection:
        migrations.upgrade(connection, app_role=APP_ROLE)
    database.dispose()
