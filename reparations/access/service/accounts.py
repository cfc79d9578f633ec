"""Opening and closing accounts, granting and withdrawing roles."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.access import queries, rules
from reparations.access.errors import OfficeCodeTaken, OfficersExist, RoleNotHeld, UsernameTaken
from reparations.access.models import Office, Officer, OfficerStatus, RoleGrant, StaffPerson
from reparations.access.passwords import hash_password
from reparations.db import Row, violated_constraint
from reparations.errors import Conflict
from reparations.ids import new_id
from reparations.principal import SYSTEM, Principal, Role


def create_first_administrator(
    session: Session, *, username: str, password: str, office_code: str, office_name: str, at: datetime
) -> Officer:
    """Make the first office and in it the first officer, a security administrator.

    Nobody can have granted him his role.  The database allows one such grant, ever.

    Raises:
        OfficersExist: there is an officer already, open or closed.
        UsernameMalformed, PasswordTooWeak, PasswordsBusy: see `access.errors`.
    """
    username = rules.check_username(username)
    rules.check_password(password, username=username)
    password_hash = hash_password(password)
    none_yet = OfficersExist(
        "There are officers already; the first administrator is made once.",
        remedy="Ask a security administrator to open an account.",
    )
    if queries.exists_officer(session):
        raise none_yet

    office = Office(id=new_id("off"), code=office_code, name=office_name)
    person = StaffPerson(id=new_id("psn"), created_at=at)
    officer = _new_officer(person, office, username=username, password_hash=password_hash, at=at)
    grant = _new_grant(officer, Role.SECURITY_ADMINISTRATOR, by=None, at=at)
    for row in (office, person, officer, grant):
        # Two at once: one finds the office, the name or the one grant without a grantor taken.
        _insert(session, row, taken=none_yet)
    audit.record(
        session,
        at=at,
        actor=SYSTEM,
        action="officer.first_created",
        subject=officer.id,
        body={"person": person.id, "office": office.id, "roles": [Role.SECURITY_ADMINISTRATOR.value]},
        rows=[office, person, officer, grant],
    )
    return officer


def add_office(session: Session, *, code: str, name: str, by: Principal, at: datetime) -> Office:
    """Open an office.

    Raises:
        NotSecurityAdministrator, OfficeCodeTaken: see `access.errors`.
    """
    rules.check_security_administrator(by)
    office = Office(id=new_id("off"), code=code, name=name)
    _insert(session, office, taken=OfficeCodeTaken("Another office has this code.", field="code"))
    audit.record(
        session,
        at=at,
        actor=by,
        action="office.created",
        subject=office.id,
        body={"code": office.code},
        rows=[office],
    )
    return office


def add_officer(
    session: Session,
    *,
    username: str,
    password: str,
    office_id: str,
    by: Principal,
    at: datetime,
    roles: Collection[Role] = (),
    person_id: str | None = None,
) -> Officer:
    """Open an account, for a new person or, given `person_id`, for one who has or had another account.

    Raises:
        NotSecurityAdministrator, UsernameMalformed, PasswordTooWeak, PasswordsBusy, OfficeNotFound, PersonNotFound,
        UsernameTaken, and what `grant_role` raises: see `access.errors`.
    """
    rules.check_security_administrator(by)
    username = rules.check_username(username)
    rules.check_password(password, username=username)
    # Hashing takes its time; the first lock is taken after it.
    password_hash = hash_password(password)

    office = queries.get_office(session, office_id)
    made: list[Row] = []
    if person_id is None:
        person = StaffPerson(id=new_id("psn"), created_at=at)
        session.add(person)
        session.flush()  # the account's row names it
        made.append(person)
    else:
        person = queries.get_person(session, person_id)
    officer = _new_officer(person, office, username=username, password_hash=password_hash, at=at)
    made.append(officer)
    _insert(session, officer, taken=UsernameTaken("Another account has this user name.", field="username"))
    audit.record(
        session,
        at=at,
        actor=by,
        action="officer.created",
        subject=officer.id,
        body={"person": person.id, "office": office.id},
        rows=made,
    )
    for role in sorted(set(roles)):
        grant_role(session, officer.id, role=role, by=by, at=at)
    return officer


def disable_officer(session: Session, officer_id: str, *, by: Principal, at: datetime) -> Officer:
    """Close an account for good and end its sessions: its next request is refused.

    Raises:
        NotSecurityAdministrator, OfficerNotFound, OfficerDisabled, LastAdministrator: see `access.errors`.
    """
    rules.check_security_administrator(by)
    officer = queries.lock_officer_and_administrators(session, officer_id)
    rules.check_active(officer)
    rules.check_administrator_remains(officer, administrators=queries.list_administrators(session))

    officer.status = OfficerStatus.DISABLED
    queries.end_logins(session, officer.id, at=at)
    audit.record(session, at=at, actor=by, action="officer.disabled", subject=officer.id, rows=[officer])
    return officer


def grant_role(session: Session, officer_id: str, *, role: Role, by: Principal, at: datetime) -> RoleGrant:
    """Give an account a role and end its sessions, so that the role counts from the next sign-in.

    Raises:
        NotSecurityAdministrator, OfficerNotFound, OfficerDisabled, OwnRole, RoleHeldAlready, RoleNotAlone: see
        `access.errors`.
    """
    rules.check_security_administrator(by)
    officer = queries.lock_officer_and_person(session, officer_id)
    rules.check_grant(
        role,
        officer=officer,
        held_by_account=queries.list_roles(session, [officer.id])[officer.id],
        held_by_person=queries.list_person_roles(session, officer.person_id),
        by=by,
    )

    grant = _new_grant(officer, role, by=by.person_id, at=at)
    session.add(grant)
    queries.end_logins(session, officer.id, at=at)
    audit.record(
        session,
        at=at,
        actor=by,
        action="role.granted",
        subject=officer.id,
        body={"role": role.value, "grant": grant.id},
        rows=[grant],
    )
    return grant


def withdraw_role(session: Session, officer_id: str, *, role: Role, by: Principal, at: datetime) -> RoleGrant:
    """Take a role from an account and end its sessions.

    Raises:
        NotSecurityAdministrator, OfficerNotFound, RoleNotHeld, LastAdministrator: see `access.errors`.
    """
    rules.check_security_administrator(by)
    officer = queries.lock_officer_and_administrators(session, officer_id)
    grant = queries.find_grant(session, officer_id=officer.id, role=role)
    if grant is None:
        raise RoleNotHeld(f"This officer does not hold the role {role}.", record=officer.id)
    if role is Role.SECURITY_ADMINISTRATOR:
        rules.check_administrator_remains(officer, administrators=queries.list_administrators(session))

    grant.revoked_at = at
    queries.end_logins(session, officer.id, at=at)
    audit.record(
        session,
        at=at,
        actor=by,
        action="role.withdrawn",
        subject=officer.id,
        body={"role": role.value, "grant": grant.id},
        rows=[grant],
    )
    return grant


def _new_officer(person: StaffPerson, office: Office, *, username: str, password_hash: str, at: datetime) -> Officer:
    return Officer(
        id=new_id("usr"),
        person_id=person.id,
        username=username,
        office_id=office.id,
        password_hash=password_hash,
        status=OfficerStatus.ACTIVE,
        created_at=at,
    )


def _new_grant(officer: Officer, role: Role, *, by: str | None, at: datetime) -> RoleGrant:
    return RoleGrant(
        id=new_id("rgr"),
        officer_id=officer.id,
        person_id=officer.person_id,
        role=role.value,
        granted_by=by,
        granted_at=at,
    )


def _insert(session: Session, row: Row, *, taken: Conflict) -> None:
    """Insert a row, and say `taken` if a unique key was: the key decides, so that no race can come between."""
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        if violated_constraint(error) in _UNIQUE_KEYS:
            raise taken from None
        raise


_UNIQUE_KEYS = frozenset(
    {
        "uq_office_code",
        "office.code",
        "uq_officer_username",
        "officer.username",
        "uq_role_grant_first",
        "role_grant.role",
    }
)
"""By their names on PostgreSQL and, after each, on SQLite."""
