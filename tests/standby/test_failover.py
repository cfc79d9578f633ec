"""The primary is killed while a batch is posted; its synchronous standby takes over, and nothing is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from reparations.app import create_app
from reparations.db import DatabaseReadOnly, DatabaseUnreachable
from reparations.ledger import queries
from reparations.ledger.models import AccountCode
from reparations.settings import Settings
from reparations.vault import Keyring
from tests.conftest import StandingClock
from tests.factories.ledger import make_fund
from tests.standby.batch import TOTAL, check_nothing_lost_or_doubled, opened, post_while, reserve
from tests.standby.pair import STANDBY, Pair


def test_nothing_acknowledged_is_lost_or_doubled_when_the_primary_is_killed(
    pair: Pair, keyring: Keyring, keys_dir: Path
) -> None:
    with opened(pair.url("primary", STANDBY), keyring) as database:
        fund_id = reserve(database)

        def lose_the_primary() -> None:
            pair.kill_primary()
            pair.promote()

        said = post_while(lose_the_primary, url=pair.url("primary", STANDBY), fund_id=fund_id, keys_dir=keys_dir)

        check_nothing_lost_or_doubled(database, fund_id, said)


def test_a_standby_answers_readers_and_refuses_writers(
    pair: Pair, keyring: Keyring, keys_dir: Path, tmp_path: Path
) -> None:
    with opened(pair.url("primary"), keyring) as primary:
        fund_id = reserve(primary)
    pair.wait_for_replay()

    with opened(pair.url(STANDBY), keyring) as standby:
        with standby.reading() as session:
            assert queries.get_balance(session, fund_id, "USD", AccountCode.RESERVED).amount_minor == TOTAL
            assert queries.list_findings(session) == []
        with pytest.raises(DatabaseReadOnly) as caught, standby.transaction() as session:
            make_fund(session)
        assert caught.value.code == "database.read_only"

        settings = Settings(data_dir=tmp_path, keys_dir=keys_dir, database_url=pair.url(STANDBY))
        with TestClient(create_app(settings, database=standby, clock=StandingClock())) as client:
            answer = client.post("/sessions", json={"username": "nobody", "password": "invented-password"})
        assert (answer.status_code, answer.json()["code"]) == (503, "database.read_only")

        # The pool holds no connection that was good for reading only: once promoted, the same service writes.
        pair.kill_primary()
        pair.promote()
        with standby.transaction() as session:
            make_fund(session, code="AFTER-PROMOTION")


def test_with_several_hosts_only_one_that_accepts_writing_will_do(pair: Pair, keyring: Keyring) -> None:
    with opened(pair.url(STANDBY, "primary"), keyring) as database:
        reserve(database)  # the standby is named first, and passed over

        pair.kill_primary()
        with pytest.raises(DatabaseUnreachable), database.reading() as session:
            queries.list_findings(session)
        with pytest.raises(DatabaseUnreachable), database.transaction() as session:
            make_fund(session)
    anyone = pair.url(STANDBY, "primary") + "&target_session_attrs=any"
    with opened(anyone, keyring) as reader, reader.reading() as session:
        assert queries.list_findings(session) == []
