"""Every database of these tests begins with the walked programme; it is walked once for each engine and then cloned."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reparations.db import Database
from reparations.vault import Keyring
from tests.postgres import Cluster
from tests.reports.world import walk


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Path:
    path = tmp_path_factory.mktemp("walked") / "walked.sqlite3"
    shutil.copy(sqlite_template, path)
    _walk(f"sqlite:///{path}", keyring)
    return path


@pytest.fixture(scope="module")
def postgresql_template(cluster: Cluster, postgresql_template: str, keyring: Keyring) -> Iterator[str]:
    name = f"rep_walked_{os.getpid()}"
    cluster.execute(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    _walk(cluster.app_url(name), keyring)
    yield name
    cluster.execute(f"DROP DATABASE IF EXISTS {name}")


@pytest.fixture
def walked(database: Database) -> Database:
    """Return the database, by the name that says what is in it."""
    return database


def _walk(url: str, keyring: Keyring) -> None:
    database = Database(url, keyring=keyring)
    walk(database)
    database.dispose()
