"""Two servers for a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import migrations
from tests.postgres import APP_ROLE, OWNER
from tests.standby.batch import opened
from tests.standby.pair import Pair


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give two servers with empty books, every commit on both."""
    with Pair() as pair:
        pair.execute("primary", f"CREATE ROLE {APP_ROLE} LOGIN")
        pair.execute("primary", "CREATE DATABASE books")
        with opened(pair.url("primary", user=OWNER)) as owner, owner.engine.begin() as connection:
            migrations.upgrade(connection, app_role=APP_ROLE)
        pair.add_standby()
        yield pair
