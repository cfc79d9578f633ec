"""Routes of sessions, the officer's own account, offices and officers."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, status
from sqlmodel import Session

from reparations.access import queries, service
from reparations.access.models import Officer as OfficerRow
from reparations.access.schemas import (
    Credentials,
    NewOffice,
    NewOfficer,
    NewRole,
    OfficerId,
    OfficerView,
    OfficeView,
    PasswordChange,
    SessionView,
)
from reparations.db import Database
from reparations.http import (
    PROBLEM_RESPONSES,
    Now,
    Officer,
    Page,
    PageParams,
    ReadSession,
    WriteSession,
    page_of,
    requires,
)
from reparations.principal import Principal, Role
from reparations.settings import Settings

router = APIRouter(responses=PROBLEM_RESPONSES)

Administrator = Annotated[Principal, Depends(requires(Role.SECURITY_ADMINISTRATOR))]
AdministratorOrAuditor = Annotated[Principal, Depends(requires(Role.SECURITY_ADMINISTRATOR, Role.AUDITOR))]


@router.post("/sessions", status_code=status.HTTP_201_CREATED, tags=["sessions"])
def open_session(body: Credentials, request: Request, now: Now) -> SessionView:
    """Sign in.  The answer is the same whether the user name is unknown or the password wrong."""
    signed_in = service.log_in(
        _database(request),
        username=body.username,
        password=body.password.get_secret_value(),
        caller=_caller(request),
        at=now,
        token_lifetime_s=_settings(request).token_lifetime_s,
    )
    return SessionView.of(signed_in)


@router.post("/sessions/renew", tags=["sessions"])
def renew_session(officer: Officer, session: WriteSession, request: Request, now: Now) -> SessionView:
    """Get another token for the same session, before the present one's time is over."""
    lifetime_s = _settings(request).token_lifetime_s
    return SessionView.of(service.renew_session(session, officer=officer, at=now, token_lifetime_s=lifetime_s))


@router.delete("/sessions/current", status_code=status.HTTP_204_NO_CONTENT, tags=["sessions"])
def end_session(officer: Officer, session: WriteSession, now: Now) -> None:
    """Sign out: every token of the session is worthless from here on."""
    service.end_session(session, officer=officer, at=now)


@router.get("/me", tags=["officers"])
def get_me(officer: Officer, session: ReadSession) -> OfficerView:
    """Who you are and what you may do."""
    return _show(session, queries.get_officer(session, officer.officer_id))


@router.post("/me/password", status_code=status.HTTP_204_NO_CONTENT, tags=["officers"])
def change_password(body: PasswordChange, officer: Officer, request: Request, now: Now) -> None:
    """Change your own password.  All your sessions end; sign in again."""
    service.change_password(
        _database(request),
        officer=officer,
        current=body.current_password.get_secret_value(),
        new=body.new_password.get_secret_value(),
        caller=_caller(request),
        at=now,
    )


@router.post("/offices", status_code=status.HTTP_201_CREATED, tags=["officers"])
def add_office(body: NewOffice, officer: Administrator, session: WriteSession, now: Now) -> OfficeView:
    """Open an office."""
    return OfficeView.of(service.add_office(session, code=body.code, name=body.name, by=officer, at=now))


@router.get("/offices", tags=["officers"])
def list_offices(_officer: Officer, session: ReadSession, page: PageParams) -> Page[OfficeView]:
    """List the offices, oldest first."""
    offices = queries.list_offices(session, after=page.after, limit=page.limit + 1)
    return page_of(offices, limit=page.limit, key=lambda office: office.id, show=OfficeView.of)


@router.post("/officers", status_code=status.HTTP_201_CREATED, tags=["officers"])
def add_officer(body: NewOfficer, officer: Administrator, session: WriteSession, now: Now) -> OfficerView:
    """Open an account.  Its holder should change the password at the first sign-in."""
    account = service.add_officer(
        session,
        username=body.username,
        password=body.password.get_secret_value(),
        office_id=body.office_id,
        person_id=body.person_id,
        roles=body.roles,
        by=officer,
        at=now,
    )
    return _show(session, account)


@router.get("/officers", tags=["officers"])
def list_officers(_officer: AdministratorOrAuditor, session: ReadSession, page: PageParams) -> Page[OfficerView]:
    """List the accounts, open and closed, oldest first."""
    accounts = queries.list_officers(session, after=page.after, limit=page.limit + 1)
    roles = queries.list_roles(session, [account.id for account in accounts])
    return page_of(
        accounts,
        limit=page.limit,
        key=lambda account: account.id,
        show=lambda account: OfficerView.of(account, roles[account.id]),
    )


@router.post("/officers/{officer_id}/disable", tags=["officers"])
def disable_officer(officer_id: OfficerId, officer: Administrator, session: WriteSession, now: Now) -> OfficerView:
    """Close an account for good.  Its next request is refused."""
    return _show(session, service.disable_officer(session, officer_id, by=officer, at=now))


@router.post("/officers/{officer_id}/roles", status_code=status.HTTP_201_CREATED, tags=["officers"])
def grant_role(
    *, officer_id: OfficerId, body: NewRole, officer: Administrator, session: WriteSession, now: Now
) -> OfficerView:
    """Grant a role to another person.  His sessions end; the role counts from the next sign-in."""
    service.grant_role(session, officer_id, role=body.role, by=officer, at=now)
    return _show(session, queries.get_officer(session, officer_id))


@router.delete("/officers/{officer_id}/roles/{role}", tags=["officers"])
def withdraw_role(
    *, officer_id: OfficerId, role: Role, officer: Administrator, session: WriteSession, now: Now
) -> OfficerView:
    """Withdraw a role.  The officer's sessions end."""
    service.withdraw_role(session, officer_id, role=role, by=officer, at=now)
    return _show(session, queries.get_officer(session, officer_id))


def _show(session: Session, account: OfficerRow) -> OfficerView:
    return OfficerView.of(account, queries.list_roles(session, [account.id])[account.id])


def _database(request: Request) -> Database:
    return cast("Database", request.app.state.database)


def _settings(request: Request) -> Settings:
    return cast("Settings", request.app.state.settings)


def _caller(request: Request) -> service.Caller:
    """Name the address the server saw: behind a proxy, the one uvicorn takes from a proxy it was told to trust."""
    host = request.client.host if request.client else None
    return service.Caller(host=host, request_id=getattr(request.state, "request_id", None))
