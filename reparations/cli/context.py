"""What the commands share: settings, the database, and one way to print."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from pydantic import ValidationError

from reparations.app import open_database as open_configured
from reparations.app import open_database_to_read as open_configured_to_read
from reparations.calendar import iso_instant
from reparations.errors import Misconfigured, ReparationsError
from reparations.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlmodel import Session

    from reparations.db import Database


def settings(**given: Any) -> Settings:  # noqa: ANN401 each setting has a type of its own
    """Read the settings from the environment; what is `given` goes before it.

    Raises:
        Misconfigured: names every setting at fault, and shows none of their values.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        fields = ", ".join(
            f"REPARATIONS_{'_'.join(str(part) for part in one['loc']).upper()}".rstrip("_") + f": {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        )
        message = f"The settings are not usable: {fields}."
        raise Misconfigured(message, remedy="See the table of settings in README.md.") from None


@contextmanager
def open_database() -> Iterator[Database]:
    """Open the configured database, and close it at the end."""
    database = open_configured(settings())
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def reading_books() -> Iterator[Session]:
    """Open a view of the books where reports are read from; of a standby, say on standard error as of when."""
    database = open_configured_to_read(settings())
    try:
        with database.reading_as_of() as (session, replayed_until):
            if replayed_until is not None:
                typer.echo(f"Read from a standby, as of {iso_instant(replayed_until)}.", err=True)
            yield session
    finally:
        database.dispose()


@contextmanager
def plain_errors(*, as_json: bool = False) -> Iterator[None]:
    """Print an error of ours as a sentence (or as JSON) on standard error, and exit with 1."""
    try:
        yield
    except ReparationsError as error:
        parts = {"code": error.code, "message": error.message, "field": error.field}
        parts |= {"record": error.record, "remedy": error.remedy}
        known = {name: value for name, value in parts.items() if value}
        if as_json:
            print_json({"error": known}, to_stderr=True)
        else:
            typer.echo(f"{error.message} [{error.code}]", err=True)
            for name in ("field", "record", "remedy"):
                if name in known:
                    typer.echo(f"  {name}: {known[name]}", err=True)
        raise typer.Exit(1) from None


def print_json(data: Any, *, to_stderr: bool = False) -> None:  # noqa: ANN401 anything JSON holds
    """Print one JSON document on a line of its own."""
    print(json.dumps(data, ensure_ascii=False, sort_keys=True), file=sys.stderr if to_stderr else sys.stdout)
