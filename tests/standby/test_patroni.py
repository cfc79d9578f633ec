"""The leader of a Patroni cluster is killed while a batch is posted: nobody intervenes, nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import migrations
from reparations.vault import Keyring
from tests.postgres import APP_ROLE, OWNER
from tests.standby.batch import check_nothing_lost_or_doubled, opened, post_while, reserve
from tests.standby.patroni import MEMBERS, PatroniCluster


@pytest.fixture
def patroni() -> Iterator[PatroniCluster]:
    """Give three members, one of whom leads, with empty books."""
    with PatroniCluster() as patroni:
        leader = patroni.wait_for_leader()
        patroni.wait_for_followers(leader, 2)
        patroni.make_books(leader)
        with opened(patroni.url(OWNER)) as owner, owner.engine.begin() as connection:
            migrations.upgrade(connection, app_role=APP_ROLE)
        yield patroni


def test_the_cluster_and_the_worker_carry_on_by_themselves_when_the_leader_is_killed(
    patroni: PatroniCluster, keyring: Keyring, keys_dir: Path
) -> None:
    leader = patroni.wait_for_leader()
    with opened(patroni.url(), keyring) as database:
        fund_id = reserve(database)

        said = post_while(lambda: patroni.kill(leader), url=patroni.url(), fund_id=fund_id, keys_dir=keys_dir)

        promoted = patroni.wait_for_leader(other_than=leader)
        assert promoted in MEMBERS
        check_nothing_lost_or_doubled(database, fund_id, said)

        # The one that was killed comes back as a follower, and must follow before it may ever lead again.
        patroni.start(leader)
        patroni.wait_for_followers(promoted, 2)
        check_nothing_lost_or_doubled(database, fund_id, said)
