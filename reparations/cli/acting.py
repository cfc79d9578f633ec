"""Signing in for one command: two human beings must stand behind a deed that two people do.

A password comes from a file or a prompt, never from the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from reparations.access import service as access
from reparations.access.errors import SessionOver
from reparations.calendar import utc_now
from reparations.cli.context import open_database, plain_errors
from reparations.db import Database, Session
from reparations.errors import InvalidInput, NotPermitted
from reparations.principal import Principal, Role

MAX_PASSWORD_FILE_BYTES = 4096

Username = Annotated[str, typer.Option("--as", help="User name of the fund administrator who does this.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--as-password-file", help="File with that password; asked for if absent.")
]


@contextmanager
def deed(username: str, password_file: Path | None, *, as_json: bool) -> Iterator[tuple[Session, Principal]]:
    """Open the one transaction of a fund administrator's command: errors in sentences, signed in, signed out again."""
    with signed_in(username, password_file, as_json=as_json) as (database, by), database.transaction() as session:
        yield session, by


@contextmanager
def signed_in(username: str, password_file: Path | None, *, as_json: bool) -> Iterator[tuple[Database, Principal]]:
    """Open the database for a fund administrator's command of several transactions, as `deed` does for one."""
    with plain_errors(as_json=as_json), open_database() as database, acting_as(database, username, password_file) as by:
        if not by.has(Role.FUND_ADMINISTRATOR):
            raise NotPermitted("Your role does not allow this.", remedy="It takes a fund administrator.")
        yield database, by


@contextmanager
def acting_as(database: Database, username: str, password_file: Path | None) -> Iterator[Principal]:
    """Sign an officer in for the length of one command, and out again unless that closed his account."""
    password = read_password(password_file, prompt=f"Password of {username}", field="as_password_file")
    at = utc_now()
    login = access.log_in(
        database, username=username, password=password, caller=access.Caller(), at=at, token_lifetime_s=60
    )
    officer = access.authenticate(database, login.token, at)
    try:
        yield officer
    finally:
        with database.transaction() as session:
            _end_if_open(session, officer)


def read_password(file: Path | None, *, prompt: str, field: str = "password_file", confirm: bool = False) -> str:
    """Read a password from a file's first line, or ask for it without showing it.

    Raises:
        InvalidInput: the file cannot be read as text; `field` is the option that named it.
    """
    if file is None:
        return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_PASSWORD_FILE_BYTES)
        return (raw.decode().splitlines() or [""])[0]
    except (OSError, UnicodeDecodeError):
        raise InvalidInput("The password file cannot be read.", field=field) from None


def _end_if_open(session: Session, officer: Principal) -> None:
    try:
        access.end_session(session, officer=officer, at=utc_now())
    except SessionOver:
        return
