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
from reparations.db import Database, Session
from reparations.errors import InvalidInput, NotPermitted
from reparations.principal import Principal, Role

MAX_PASSWORD_FILE_BYTES = 4096

Username = Annotated[str, typer.Option("--as", help="User name of the fund administrator who does this.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--as-password-file", help="File with that password; asked for if absent.")
]


@contextmanager
def acting_as(database: Database, username: str, password_file: Path | None) -> Iterator[Principal]:
    """Sign a fund administrator in for the length of one command."""
    at = utc_now()
    signed_in = access.log_in(
        database,
        username=username,
        password=_read_password(password_file, username),
        caller=access.Caller(),
        at=at,
        token_lifetime_s=60,
    )
    officer = access.authenticate(database, signed_in.token, at)
    try:
        if not officer.has(Role.FUND_ADMINISTRATOR):
            raise NotPermitted("Your role does not allow this.", remedy="It takes a fund administrator.")
        yield officer
    finally:
        with database.transaction() as session:
            _end(session, officer)


def _end(session: Session, officer: Principal) -> None:
    try:
        access.end_session(session, officer=officer, at=utc_now())
    except SessionOver:
        return


def _read_password(file: Path | None, username: str) -> str:
    if file is None:
        return str(typer.prompt(f"Password of {username}", hide_input=True, err=True))
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_PASSWORD_FILE_BYTES)
        return (raw.decode().splitlines() or [""])[0]
    except (OSError, UnicodeDecodeError):
        raise InvalidInput("The password file cannot be read.", field="as_password_file") from None
