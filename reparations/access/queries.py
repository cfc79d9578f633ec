"""Reading and locking offices, accounts, roles, sessions and throttles.

Accounts are locked in ascending order of their id, several at a time by one statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, bindparam, or_, select, text, update
from sqlmodel import Session, col

from reparations.access.errors import OfficeNotFound, OfficerNotFound, PersonNotFound
from reparations.access.models import (
    LoginSession,
    LoginThrottle,
    Office,
    Officer,
    OfficerStatus,
    RoleGrant,
    StaffPerson,
)
from reparations.access.rules import FAILURES_FORGOTTEN
from reparations.db import Instant, for_update
from reparations.principal import Role

FORGOTTEN_AT_ONCE = 100
"""How many forgotten throttles one sign-in clears away."""


def get_office(session: Session, office_id: str) -> Office:
    """Return an office.

    Raises:
        OfficeNotFound: there is none of this id.
    """
    office = session.get(Office, office_id)
    if office is None:
        raise OfficeNotFound("There is no such office.", record=office_id)
    return office


def find_office(session: Session, *, code: str) -> Office | None:
    """Return the office of a code, or None."""
    return session.scalars(select(Office).where(col(Office.code) == code)).one_or_none()


def list_offices(session: Session, *, after: str | None, limit: int) -> Sequence[Office]:
    """Return up to `limit` offices in the order of their ids, from the one after `after`."""
    statement = select(Office).order_by(col(Office.id)).limit(limit)
    if after is not None:
        statement = statement.where(col(Office.id) > after)
    return session.scalars(statement).all()


def get_person(session: Session, person_id: str) -> StaffPerson:
    """Return a person of the staff.

    Raises:
        PersonNotFound: there is none of this id.
    """
    person = session.get(StaffPerson, person_id)
    if person is None:
        raise PersonNotFound("There is no such person among the staff.", record=person_id)
    return person


def get_officer(session: Session, officer_id: str) -> Officer:
    """Return an account.

    Raises:
        OfficerNotFound: there is none of this id.
    """
    officer = session.get(Officer, officer_id)
    if officer is None:
        raise OfficerNotFound("There is no such officer.", record=officer_id)
    return officer


def find_officer(session: Session, *, username: str | None) -> Officer | None:
    """Return the account of a folded user name, or None."""
    if username is None:
        return None
    return session.scalars(select(Officer).where(col(Officer.username) == username)).one_or_none()


def exists_officer(session: Session) -> bool:
    """Say whether any account was ever made."""
    return session.scalars(select(col(Officer.id)).limit(1)).first() is not None


def list_officers(session: Session, *, after: str | None, limit: int) -> Sequence[Officer]:
    """Return up to `limit` accounts in the order of their ids, from the one after `after`."""
    statement = select(Officer).order_by(col(Officer.id)).limit(limit)
    if after is not None:
        statement = statement.where(col(Officer.id) > after)
    return session.scalars(statement).all()


def lock_officer(session: Session, officer_id: str) -> Officer:
    """Lock an account and return it as it is now.

    Raises:
        OfficerNotFound: there is none of this id.
    """
    return _lock(session, officer_id, select(col(Officer.id)).where(col(Officer.id) == officer_id))


def lock_officer_and_person(session: Session, officer_id: str) -> Officer:
    """Lock an account and every other account of its person.

    Raises:
        OfficerNotFound: there is none of this id.
    """
    person = select(col(Officer.person_id)).where(col(Officer.id) == officer_id).scalar_subquery()
    return _lock(session, officer_id, select(col(Officer.id)).where(col(Officer.person_id) == person))


def lock_officer_and_administrators(session: Session, officer_id: str) -> Officer:
    """Lock an account and every security administrator's, so that no two leave at once.

    Raises:
        OfficerNotFound: there is none of this id.
    """
    administrators = select(col(RoleGrant.officer_id)).where(
        col(RoleGrant.role) == Role.SECURITY_ADMINISTRATOR, col(RoleGrant.revoked_at).is_(None)
    )
    wanted = or_(col(Officer.id) == officer_id, col(Officer.id).in_(administrators))
    return _lock(session, officer_id, select(col(Officer.id)).where(wanted))


def list_roles(session: Session, officer_ids: Iterable[str]) -> dict[str, frozenset[Role]]:
    """Return the roles each account holds now; an account that holds none has an empty set."""
    held: defaultdict[str, set[Role]] = defaultdict(set)
    wanted = list(officer_ids)
    rows = session.execute(
        select(col(RoleGrant.officer_id), col(RoleGrant.role)).where(
            col(RoleGrant.officer_id).in_(wanted), col(RoleGrant.revoked_at).is_(None)
        )
    )
    for officer_id, role in rows:
        held[officer_id].add(Role(role))
    return {officer_id: frozenset(held[officer_id]) for officer_id in wanted}


def list_person_roles(session: Session, person_id: str) -> frozenset[Role]:
    """Return the roles a person holds now, over all accounts."""
    held = select(col(RoleGrant.role)).where(col(RoleGrant.person_id) == person_id, col(RoleGrant.revoked_at).is_(None))
    return frozenset(Role(role) for role in session.scalars(held))


def find_grant(session: Session, *, officer_id: str, role: Role) -> RoleGrant | None:
    """Return the grant by which an account holds a role now, or None."""
    return session.scalars(
        select(RoleGrant).where(
            col(RoleGrant.officer_id) == officer_id, col(RoleGrant.role) == role, col(RoleGrant.revoked_at).is_(None)
        )
    ).one_or_none()


def list_administrators(session: Session) -> Sequence[str]:
    """Return the ids of the active accounts that administer accounts now."""
    return session.scalars(
        select(col(RoleGrant.officer_id))
        .join(Officer, col(Officer.id) == col(RoleGrant.officer_id))
        .where(
            col(RoleGrant.role) == Role.SECURITY_ADMINISTRATOR,
            col(RoleGrant.revoked_at).is_(None),
            col(Officer.status) == OfficerStatus.ACTIVE,
        )
    ).all()


def find_login(session: Session, session_id: str) -> tuple[LoginSession, Officer] | None:
    """Return a session and its account, or None."""
    row = session.execute(
        select(LoginSession, Officer)
        .join(Officer, col(Officer.id) == col(LoginSession.officer_id))
        .where(col(LoginSession.id) == session_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def lock_login(session: Session, session_id: str) -> LoginSession | None:
    """Lock a session and return it as it is now, or None."""
    return session.scalars(for_update(select(LoginSession).where(col(LoginSession.id) == session_id))).one_or_none()


def end_logins(session: Session, officer_id: str, *, at: datetime) -> None:
    """End every session of an account."""
    session.execute(
        update(LoginSession)
        .where(col(LoginSession.officer_id) == officer_id, col(LoginSession.ended_at).is_(None))
        .values(ended_at=at)
    )


def begin_throttle(session: Session, *, account_key: bytes, network_key: bytes, at: datetime) -> LoginThrottle:
    """Lock the count of failures of one account from one network, begun at zero if there is none.

    Two first attempts at once cannot both begin it: one waits for the other and finds its row.
    """
    session.execute(
        text(
            "INSERT INTO login_throttle (account_key, network_key, failures, last_failed_at) "
            "VALUES (:account_key, :network_key, 0, :at) ON CONFLICT (account_key, network_key) DO NOTHING"
        ).bindparams(bindparam("at", type_=Instant)),
        {"account_key": account_key, "network_key": network_key, "at": at},
    )
    return session.scalars(for_update(_throttle(account_key, network_key))).one()


def lock_throttle(session: Session, *, account_key: bytes, network_key: bytes) -> LoginThrottle | None:
    """Lock the count of failures of one account from one network, if there is one."""
    return session.scalars(for_update(_throttle(account_key, network_key))).one_or_none()


def forget_failures(session: Session, *, at: datetime) -> None:
    """Clear away some throttles whose failures no longer count, passing over those in use."""
    stale = (
        select(LoginThrottle)
        .where(col(LoginThrottle.last_failed_at) <= at - FAILURES_FORGOTTEN)
        .order_by(col(LoginThrottle.last_failed_at))
        .limit(FORGOTTEN_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for throttle in session.scalars(stale).all():
        session.delete(throttle)
    session.flush()


def _throttle(account_key: bytes, network_key: bytes) -> Select[LoginThrottle]:
    return select(LoginThrottle).where(
        col(LoginThrottle.account_key) == account_key, col(LoginThrottle.network_key) == network_key
    )


def _lock(session: Session, officer_id: str, ids: Select[str]) -> Officer:
    """Lock the accounts of `ids` in order of id, and return the one of `officer_id` as it is now."""
    statement = select(Officer).where(col(Officer.id).in_(ids)).order_by(col(Officer.id))
    locked = session.scalars(for_update(statement).execution_options(populate_existing=True)).all()
    for officer in locked:
        if officer.id == officer_id:
            return officer
    raise OfficerNotFound("There is no such officer.", record=officer_id)
