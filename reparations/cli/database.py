"""`reparations database`: bring the tables up to date, or say where they stand."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import inspect, text

import migrations
from reparations.cli.context import plain_errors, print_json, settings
from reparations.db import Database

database = typer.Typer(help="The database's tables: migrate them, or see where they stand.", no_args_is_help=True)


@database.command()
def migrate(
    revision: Annotated[str, typer.Option(help="Where to stop; the newest by default.")] = "head",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring the tables up to date, as their owner; on PostgreSQL also grant the service's role what it needs."""
    with plain_errors(as_json=as_json):
        found = _run(revision, down=False)
    _tell(found, as_json=as_json)


@database.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="Where to go back to; `base` is an empty database.")],
    *,
    data_will_be_lost: Annotated[bool, typer.Option(help="Say that you know it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take tables away again.  What they hold is lost."""
    if not data_will_be_lost:
        typer.echo("Going back drops tables with what they hold. Add --data-will-be-lost if that is meant.", err=True)
        raise typer.Exit(2)
    with plain_errors(as_json=as_json):
        found = _run(revision, down=True)
    _tell(found, as_json=as_json)


@database.command()
def status(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say which revision the tables are at."""
    with plain_errors(as_json=as_json):
        opened = Database(settings().sqlalchemy_migration_url)
        try:
            found = _revision(opened)
        finally:
            opened.dispose()
    _tell(found, as_json=as_json)


def _run(revision: str, *, down: bool) -> str | None:
    configured = settings()
    opened = Database(configured.sqlalchemy_migration_url)
    try:
        with opened.engine.begin() as connection:
            step = migrations.downgrade if down else migrations.upgrade
            step(connection, app_role=configured.app_role, revision=revision)
        return _revision(opened)
    finally:
        opened.dispose()


def _revision(opened: Database) -> str | None:
    with opened.engine.connect() as connection:
        if "alembic_version" not in inspect(connection).get_table_names():
            return None
        revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return revision


def _tell(revision: str | None, *, as_json: bool) -> None:
    if as_json:
        print_json({"revision": revision})
    else:
        typer.echo(f"The tables are at revision {revision or 'none: the database is empty'}.")
