"""Models and migrations say the same, and every step can be taken back and again, on both engines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import migrations
import reparations.tables  # noqa: F401 registers every model
from reparations.db import Database
from reparations.vault import Keyring
from tests.factories.everything import make_everything
from tests.house.tree import ROOT
from tests.postgres import APP_ROLE, Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def make_database(
    request: pytest.FixtureRequest, tmp_path: Path, keyring: Keyring
) -> Iterator[Callable[[str], Database]]:
    """Give a function that makes an empty database, opened as its owner."""
    made: list[tuple[str, Database]] = []

    def make(name: str) -> Database:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / name}.sqlite3"
        else:
            cluster: Cluster = request.getfixturevalue("cluster")
            unique = f"rep_{name}_{os.getpid()}"
            cluster.execute(f"DROP DATABASE IF EXISTS {unique}", f"CREATE DATABASE {unique}")
            url = cluster.owner_url(unique)
        made.append((name, Database(url, keyring=keyring)))
        return made[-1][1]

    yield make
    for name, database in made:
        database.dispose()
        if request.param == "postgresql":
            request.getfixturevalue("cluster").execute(f"DROP DATABASE rep_{name}_{os.getpid()} WITH (FORCE)")


def test_models_and_migrations_describe_the_same_tables(make_database: Callable[[str], Database]) -> None:
    migrated, modelled = make_database("migrated"), make_database("modelled")

    _upgrade(migrated)
    SQLModel.metadata.create_all(modelled.engine)

    by_migrations, by_models = _shape(migrated), _shape(modelled)
    if migrated.engine.dialect.name == "sqlite":
        _leave_out_what_sqlite_alone_has(migrated, by_migrations, by_models)
    assert by_migrations.keys() - {"alembic_version"} == by_models.keys()
    for table, shape in by_models.items():
        assert by_migrations[table] == shape, f"{table}: migration and model differ"


def test_each_step_goes_down_and_up_again(make_database: Callable[[str], Database]) -> None:
    database = make_database("stairs")
    shapes: dict[str, Any] = {}

    for revision in _revisions():
        _upgrade(database, revision)
        shapes[revision] = _everything(database)

    for below, revision in reversed(list(zip(["base", *_revisions()], _revisions(), strict=False))):
        _downgrade(database, below)
        if below != "base":
            assert _everything(database) == shapes[below], f"going down from {revision} leaves something behind"
        _upgrade(database, revision)
        assert _everything(database) == shapes[revision], f"going down from {revision} and up again differs"
        _downgrade(database, below)


def test_going_down_to_the_ground_leaves_nothing(make_database: Callable[[str], Database]) -> None:
    database = make_database("ground")
    _upgrade(database)

    _downgrade(database, "base")

    assert _everything(database)["tables"].keys() == {"alembic_version"}
    assert _everything(database)["triggers"] == []
    assert _everything(database)["functions"] == []


def test_a_database_with_records_goes_down_and_up_again(make_database: Callable[[str], Database]) -> None:
    database = make_database("populated")
    _upgrade(database)
    fresh = _everything(database)
    make_everything(database)

    for below in ["base", *_revisions()][-2::-1]:
        _downgrade(database, below)
    _upgrade(database)

    assert _everything(database) == fresh
    make_everything(database)


def test_migrations_are_numbered_in_one_line() -> None:
    numbers = _revisions()

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert {path.name[:4] for path in (ROOT / "migrations/versions").glob("[0-9]*.py")} == set(numbers)


def _leave_out_what_sqlite_alone_has(
    migrated: Database, by_migrations: dict[str, dict[str, Any]], by_models: dict[str, dict[str, Any]]
) -> None:
    """Take it for what both engines have, after a look: SQLite shows transfers in a view (decision 15)."""
    inspector = sa.inspect(migrated.engine)
    assert inspector.get_view_names() == ["ledger_next_leg", "ledger_transfer"]
    shown = {column["name"]: str(column["type"]) for column in inspector.get_columns("ledger_transfer")}
    assert shown == {name: kind for name, (kind, *_) in by_models["ledger_transfer"]["columns"].items()}
    assert {"ledger_line", "ledger_unsealed"} <= by_migrations.keys()
    del by_migrations["ledger_line"], by_migrations["ledger_unsealed"], by_models["ledger_transfer"]
    leg, modelled = by_migrations["ledger_leg"], by_models["ledger_leg"]
    assert leg["columns"].pop("number") == ("INTEGER", False, None)
    assert leg.pop("primary key")["constrained_columns"] == ["number"]
    key = modelled.pop("primary key")["constrained_columns"]
    assert leg.pop("unique") == [str({"column_names": key, "name": "uq_ledger_leg_sides"})]
    assert modelled.pop("unique") == []


def _revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def _upgrade(database: Database, revision: str = "head") -> None:
    with database.engine.begin() as connection:
        migrations.upgrade(connection, app_role=APP_ROLE, revision=revision)


def _downgrade(database: Database, revision: str) -> None:
    with database.engine.begin() as connection:
        migrations.downgrade(connection, app_role=APP_ROLE, revision=revision)


def _everything(database: Database) -> dict[str, Any]:
    """Describe the tables, triggers and functions of a database."""
    if database.engine.dialect.name == "sqlite":
        triggers = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
        functions = "SELECT 1 WHERE false"
    else:
        triggers = (
            "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) || tgenabled::text "
            "FROM pg_trigger WHERE NOT tgisinternal"
        )
        functions = (
            "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        )
    with database.engine.connect() as connection:
        found = {
            "triggers": sorted(tuple(row) for row in connection.execute(sa.text(triggers))),
            "functions": sorted(tuple(row) for row in connection.execute(sa.text(functions))),
        }
    return {"tables": _shape(database), **found}


def _shape(database: Database) -> dict[str, dict[str, Any]]:
    """Describe every table as the database itself tells it."""
    inspector = sa.inspect(database.engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary key": _plain(inspector.get_pk_constraint(table)),
            "foreign keys": _sorted(inspector.get_foreign_keys(table)),
            "unique": _sorted(inspector.get_unique_constraints(table)),
            "checks": _sorted(inspector.get_check_constraints(table)),
            "indexes": _sorted(inspector.get_indexes(table)),
            "options": _plain(inspector.get_table_options(table)),
        }
        for table in inspector.get_table_names()
    }


def _sorted(described: Any) -> list[str]:  # noqa: ANN401 reflected dictionaries of several kinds
    return sorted(str(_plain(one)) for one in described)


def _plain(value: Any) -> Any:  # noqa: ANN401 reflected values of several kinds
    """Make a reflected value comparable: clauses become text, white space one space."""
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool | int):
        return value
    return " ".join(str(value).split())
