"""What a route may ask for: a session, the officer, the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session

from reparations.calendar import Clock, iso_instant
from reparations.db import Database
from reparations.errors import NotAuthenticated, NotPermitted
from reparations.principal import Principal, Role

Authenticate = Callable[[Database, str, datetime], Principal]
"""Turns an access token into the officer it stands for; the application's assembly provides it."""

AS_OF = "Books-As-Of"
"""Header of what was read for a report: an instant, UTC."""

_bearer = HTTPBearer(auto_error=False, description="Access token of `POST /sessions`.")


def _now(request: Request) -> datetime:
    return cast("Clock", request.app.state.clock)()


def _database(request: Request) -> Database:
    return cast("Database", request.app.state.database)


def _write_session(request: Request) -> Iterator[Session]:
    with _database(request).transaction() as session:
        session.info["request_id"] = getattr(request.state, "request_id", None)  # events name it
        yield session


def _read_session(request: Request) -> Iterator[Session]:
    with _database(request).reading() as session:
        yield session


def _report_session(request: Request, response: Response, now: Annotated[datetime, Depends(_now)]) -> Iterator[Session]:
    database = cast("Database", request.app.state.read_database)
    with database.reading_as_of() as (session, replayed_until):
        session.info[AS_OF] = iso_instant(replayed_until or now)
        response.headers[AS_OF] = session.info[AS_OF]
        yield session


def _officer(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    now: Annotated[datetime, Depends(_now)],
) -> Principal:
    if credentials is None:
        message = "Sign in first."
        raise NotAuthenticated(message, remedy="Send the access token of POST /sessions as a bearer token.")
    authenticate = cast("Authenticate", request.app.state.authenticate)
    return authenticate(_database(request), credentials.credentials, now)


Now = Annotated[datetime, Depends(_now)]
Officer = Annotated[Principal, Depends(_officer)]
WriteSession = Annotated[Session, Depends(_write_session, scope="function")]
"""A transaction that is committed before the answer is sent (`scope="function"`), or undone."""
ReadSession = Annotated[Session, Depends(_read_session, scope="function")]
ReportSession = Annotated[Session, Depends(_report_session, scope="function")]
"""A view that may be a standby's: the answer's header `AS_OF` says up to when everything recorded is in it.

A route that makes its own response puts `session.info[AS_OF]` there itself.
"""
DatabaseItself = Annotated[Database, Depends(_database)]
"""For deeds that need two transactions: what is opened is logged, and committed, before it is read."""


def requires(*roles: Role) -> Callable[[Principal], Principal]:
    """Return a dependency that gives the officer if he holds one of `roles`.

    Raises:
        NotPermitted: he holds none of them.
    """

    def officer_with_role(officer: Officer) -> Principal:
        if not officer.has(*roles):
            message = "Your role does not allow this."
            raise NotPermitted(message, remedy=f"It takes one of: {', '.join(sorted(roles))}.")
        return officer

    return officer_with_role
