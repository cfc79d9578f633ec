"""Offices, people, accounts and principals for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from sqlalchemy import select
from sqlmodel import Session, col

from reparations.access.models import LoginSession, Office, Officer, OfficerStatus, RoleGrant, StaffPerson
from reparations.access.passwords import hash_password
from reparations.db import Row
from reparations.ids import new_id
from reparations.principal import Principal, Role
from tests.conftest import NOON

PASSWORD = "four unrelated words here"
"""Of every account made here."""

RowT = TypeVar("RowT", bound=Row)

_numbers = count(1)
_hashes: list[str] = []


def make_office(session: Session, *, code: str | None = None, name: str = "An office") -> Office:
    return _added(session, Office(id=new_id("off"), code=code or f"OFFICE-{next(_numbers)}", name=name))


def make_person(session: Session) -> StaffPerson:
    return _added(session, StaffPerson(id=new_id("psn"), created_at=NOON))


def make_account(
    session: Session,
    *roles: Role,
    username: str | None = None,
    office: Office | None = None,
    person: StaffPerson | None = None,
    status: OfficerStatus = OfficerStatus.ACTIVE,
    at: datetime = NOON,
) -> Officer:
    """An account with `roles`, in an office and of a person of its own unless these are given.

    Its roles were granted by a third person.
    """
    office = office or make_office(session)
    person = person or make_person(session)
    officer = _added(
        session,
        Officer(
            id=new_id("usr"),
            person_id=person.id,
            username=f"officer.{next(_numbers)}" if username is None else username,
            office_id=office.id,
            password_hash=_password_hash(),
            status=status.value,
            created_at=at,
        ),
    )
    if roles:
        grantor = make_person(session)
        for role in roles:
            _added(session, make_grant(officer, role, granted_by=grantor.id, at=at))
    return officer


def make_grant(officer: Officer, role: Role, *, granted_by: str | None, at: datetime = NOON) -> RoleGrant:
    """A grant, not yet added to a session."""
    return RoleGrant(
        id=new_id("rgr"),
        officer_id=officer.id,
        person_id=officer.person_id,
        role=role.value,
        granted_by=granted_by,
        granted_at=at,
    )


def make_login(session: Session, officer: Officer, *, at: datetime = NOON) -> LoginSession:
    """A session of the account, just opened."""
    return _added(
        session,
        LoginSession(
            id=new_id("ses"),
            officer_id=officer.id,
            created_at=at,
            last_seen_at=at,
            expires_at=at + timedelta(hours=8),
        ),
    )


def make_officer(session: Session, *roles: Role, office: Office | None = None) -> Principal:
    """An officer as services receive him, with an account behind him."""
    return principal_of(session, make_account(session, *roles, office=office))


def principal_of(session: Session, officer: Officer) -> Principal:
    """The principal of an account, with the roles it holds."""
    roles = session.scalars(
        select(col(RoleGrant.role)).where(col(RoleGrant.officer_id) == officer.id, col(RoleGrant.revoked_at).is_(None))
    )
    return Principal(
        officer_id=officer.id,
        person_id=officer.person_id,
        office_id=officer.office_id,
        roles=frozenset(Role(role) for role in roles),
    )


def _password_hash() -> str:
    """Hash the password once a run: it is slow on purpose."""
    if not _hashes:
        _hashes.append(hash_password(PASSWORD))
    return _hashes[0]


def _added(session: Session, row: RowT) -> RowT:
    session.add(row)
    session.flush()
    return row
