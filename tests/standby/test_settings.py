"""Several hosts in one URL, and a pooler in between: what the settings make of it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.engine import make_url

from reparations.db import Database
from reparations.settings import Settings
from tests.postgres import APP_ROLE, Cluster


@pytest.mark.parametrize(
    ("url", "hosts", "ports"),
    [
        ("postgresql://app@a:5432,b:5433/books", "a,b", "5432,5433"),
        ("postgres://app@a,b,c/books?sslmode=verify-full", "a,b,c", ",,"),
        ("postgresql+psycopg://app:secret@10.0.0.1:5432,10.0.0.2:5432/books", "10.0.0.1,10.0.0.2", "5432,5432"),
        ("postgresql://app@/books?host=a:5432&host=b:5433", "a,b", "5432,5433"),
    ],
)
def test_several_hosts_are_written_as_postgresql_writes_them(url: str, hosts: str, ports: str) -> None:
    database = Database(Settings(database_url=url).sqlalchemy_url)

    _, arguments = database.engine.dialect.create_connect_args(database.engine.url)

    assert (arguments["host"], arguments["port"]) == (hosts, ports)
    assert arguments["dbname"] == "books"
    assert make_url(Settings(database_url=url).sqlalchemy_url).username == "app"


@pytest.mark.parametrize("url", ["postgresql://app@a:5432/books", "postgresql://app@a/books?sslmode=require"])
def test_one_host_stays_as_it_is(url: str) -> None:
    assert Settings(database_url=url).sqlalchemy_url == url.replace("postgresql://", "postgresql+psycopg://")


@pytest.mark.parametrize("prepared_statements", [True, False])
def test_every_transaction_has_its_settings_whatever_the_pooler_forgets(
    cluster: Cluster, *, prepared_statements: bool
) -> None:
    database = Database(
        cluster.app_url("postgres"), lock_timeout_ms=1_234, prepared_statements=prepared_statements, pool_size=1
    )
    question = text("SELECT current_setting('lock_timeout'), current_setting('timezone'), current_user")

    with database.transaction() as session:
        assert tuple(session.execute(question).one()) == ("1234ms", "UTC", APP_ROLE)
    with database.reading() as session:
        assert tuple(session.execute(question).one()) == ("1234ms", "UTC", APP_ROLE)
        assert session.execute(text("SHOW transaction_isolation")).scalar_one() == "repeatable read"
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        assert (driver.prepare_threshold is None) is not prepared_statements
    database.dispose()


def test_behind_a_pooler_nothing_is_set_for_longer_than_a_transaction(cluster: Cluster) -> None:
    database = Database(cluster.app_url("postgres"), lock_timeout_ms=1_234, prepared_statements=False)

    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "0"
    database.dispose()


def test_reports_are_read_from_a_standby_before_the_primary() -> None:
    several = Settings(read_database_url="postgresql://app@a:5432,b:5433/books").sqlalchemy_read_url
    one = Settings(read_database_url="postgresql://app@a/books?target_session_attrs=standby").sqlalchemy_read_url

    _, arguments = Database(several).engine.dialect.create_connect_args(make_url(several))
    assert (arguments["host"], arguments["target_session_attrs"]) == ("a,b", "prefer-standby")
    assert make_url(one).query == {"target_session_attrs": "standby"}
    assert Settings(database_url="postgresql://app@a/books").sqlalchemy_read_url.endswith("//app@a/books")


def test_only_postgresql_has_standbys() -> None:
    with pytest.raises(ValidationError):
        Settings(read_database_url="sqlite:///books.sqlite3")
