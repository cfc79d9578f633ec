"""What the database itself refuses, whoever asks: raw SQL as the application's role, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from reparations.access.models import LoginSession, LoginThrottle, Officer, RoleGrant
from reparations.db import dialect
from reparations.principal import Role
from tests.conftest import NOON
from tests.factories.access import make_account, make_grant, make_office, make_person

Refused = Callable[[str], AbstractContextManager[None]]


def by_grant_or_trigger(session: Session, trigger: str) -> str:
    """Return who refuses first: on PostgreSQL the application's role was never granted the deed."""
    return "permission denied" if dialect(session) == "postgresql" else trigger


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE office SET name = 'x'", "office.append_only"),
        ("DELETE FROM office", "office.append_only"),
        ("UPDATE staff_person SET id = 'x'", "staff_person.append_only"),
        ("DELETE FROM staff_person", "staff_person.append_only"),
        ("UPDATE officer SET username = 'x'", "officer.frozen"),
        ("UPDATE officer SET person_id = 'x'", "officer.frozen"),
        ("DELETE FROM officer", "officer.no_delete"),
        ("UPDATE role_grant SET role = 'payer'", "role_grant.frozen"),
        ("UPDATE role_grant SET granted_by = NULL", "role_grant.frozen"),
        ("DELETE FROM role_grant", "role_grant.no_delete"),
        ("UPDATE login_session SET expires_at = '2099-01-01 00:00:00.000000'", "login_session.frozen"),
        ("DELETE FROM login_session", "login_session.no_delete"),
    ],
)
def test_records_are_not_rewritten(session: Session, refused: Refused, statement: str, message: str) -> None:
    officer = make_account(session, Role.AUDITOR)
    add_login(session, officer)

    with refused(by_grant_or_trigger(session, message)):
        session.execute(text(statement))


def test_a_replace_is_no_way_around(session: Session, refused: Refused) -> None:
    officer = make_account(session)
    copied = (
        "INTO officer (id, person_id, username, office_id, password_hash, status, created_at) "
        "SELECT id, person_id, 'somebody.else', office_id, password_hash, status, created_at "
        "FROM officer WHERE id = :id"
    )
    statement, refusal = {
        "sqlite": (f"INSERT OR REPLACE {copied}", "officer.no_delete"),
        "postgresql": (
            f"INSERT {copied} ON CONFLICT (id) DO UPDATE SET username = 'somebody.else'",
            "permission denied",
        ),
    }[dialect(session)]

    with refused(refusal):
        session.execute(text(statement), {"id": officer.id})


def test_a_closed_account_stays_closed(session: Session, refused: Refused) -> None:
    officer = make_account(session)
    session.execute(text("UPDATE officer SET status = 'disabled' WHERE id = :id"), {"id": officer.id})

    with refused("officer.stays_disabled"):
        session.execute(text("UPDATE officer SET status = 'active' WHERE id = :id"), {"id": officer.id})


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("status = 'retired'", "status_known"),
        ("password_hash = 'plain text'", "password_hashed"),
        ("password_hash = '$2b$12$bcrypt'", "password_hashed"),
    ],
)
def test_an_account_has_a_known_status_and_an_argon2id_hash(
    session: Session, refused: Refused, change: str, constraint: str
) -> None:
    make_account(session)

    with refused(constraint):
        session.execute(text(f"UPDATE officer SET {change}"))


@pytest.mark.parametrize("username", ["Anna", ""])
def test_a_user_name_is_stored_folded(session: Session, refused: Refused, username: str) -> None:
    with refused("username_folded"):
        make_account(session, username=username)


def test_a_user_name_is_taken_once(session: Session, refused: Refused) -> None:
    make_account(session, username="anna")

    with refused("username"):
        make_account(session, username="anna")


def test_an_office_has_a_code_of_its_own(session: Session, refused: Refused) -> None:
    make_office(session, code="BUNIA")

    with refused("code"):
        make_office(session, code="BUNIA")
    with refused("code_given"):
        session.execute(text("INSERT INTO office (id, code, name) VALUES ('off_x', '', 'x')"))


def test_nobody_grants_a_role_to_himself_through_any_account(session: Session, refused: Refused) -> None:
    person = make_person(session)
    make_account(session, Role.SECURITY_ADMINISTRATOR, person=person)
    other_account = make_account(session, person=person)

    with refused("not_to_oneself"):
        add(session, make_grant(other_account, Role.SECURITY_ADMINISTRATOR, granted_by=person.id))


def test_a_grant_cannot_misname_the_person_of_the_account(session: Session, refused: Refused) -> None:
    """Else the check against granting to oneself would be avoided by naming somebody else."""
    officer, stranger = make_account(session), make_person(session)
    grant = make_grant(officer, Role.PAYER, granted_by=officer.person_id)
    grant.person_id = stranger.id

    with refused("FOREIGN KEY" if dialect(session) == "sqlite" else "foreign key"):
        add(session, grant)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [(Role.SECURITY_ADMINISTRATOR, Role.PAYER), (Role.APPROVER, Role.SECURITY_ADMINISTRATOR)],
)
def test_the_security_administrators_role_stands_alone_over_all_accounts(
    session: Session, refused: Refused, held: Role, wanted: Role
) -> None:
    person, grantor = make_person(session), make_person(session)
    first = make_account(session, held, person=person)
    second = make_account(session, person=person)

    for account in (first, second):
        with refused("role_grant.administrator_alone"):
            add(session, make_grant(account, wanted, granted_by=grantor.id))


def test_only_the_first_administrator_was_granted_his_role_by_nobody(session: Session, refused: Refused) -> None:
    with refused("grantor_known"):
        add(session, make_grant(make_account(session), Role.PAYER, granted_by=None))
    add(session, make_grant(make_account(session), Role.SECURITY_ADMINISTRATOR, granted_by=None))

    with refused("role_grant.role" if dialect(session) == "sqlite" else "uq_role_grant_first"):
        add(session, make_grant(make_account(session), Role.SECURITY_ADMINISTRATOR, granted_by=None))


def test_a_role_is_one_of_those_known_and_held_once(session: Session, refused: Refused) -> None:
    officer, grantor = make_account(session, Role.PAYER), make_person(session)
    with refused("uq_role_grant_held" if dialect(session) == "postgresql" else "role_grant.officer_id"):
        add(session, make_grant(officer, Role.PAYER, granted_by=grantor.id))

    unknown = make_grant(officer, Role.AUDITOR, granted_by=grantor.id)
    unknown.role = "emperor"
    with refused("role_known"):
        add(session, unknown)


def test_a_withdrawn_role_stays_withdrawn(session: Session, refused: Refused) -> None:
    make_account(session, Role.PAYER)
    with refused("revoked_after_granted"):
        withdraw(session, at=NOON - timedelta(seconds=1))
    withdraw(session, at=NOON)

    with refused("role_grant.stays_revoked"):
        session.execute(text("UPDATE role_grant SET revoked_at = NULL"))
    with refused("role_grant.stays_revoked"):
        withdraw(session, at=NOON + timedelta(days=1))


def test_a_session_that_ended_stays_ended(session: Session, refused: Refused) -> None:
    login = add_login(session, make_account(session))
    login.ended_at = NOON
    session.flush()

    with refused("login_session.stays_ended"):
        session.execute(text("UPDATE login_session SET ended_at = NULL"))


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"expires_at": NOON}, "expires_later"),
        ({"last_seen_at": NOON - timedelta(seconds=1)}, "seen_after_created"),
        ({"officer_id": "usr_nobody"}, "foreign key"),
    ],
)
def test_a_session_is_somebodys_and_runs_forwards(
    session: Session, refused: Refused, changes: dict[str, object], constraint: str
) -> None:
    officer = make_account(session)
    if constraint == "foreign key" and dialect(session) == "sqlite":
        constraint = "FOREIGN KEY"

    with refused(constraint):
        add_login(session, officer, **changes)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [({"account_key": b"short"}, "keys_whole"), ({"network_key": b""}, "keys_whole"), ({"failures": -1}, "failures")],
)
def test_a_throttle_has_whole_keys_and_counts_upwards(
    session: Session, refused: Refused, changes: dict[str, object], constraint: str
) -> None:
    values: dict[str, Any] = {"account_key": bytes(16), "network_key": bytes(16), "failures": 1, "last_failed_at": NOON}

    with refused(constraint):
        add(session, LoginThrottle(**{**values, **changes}))


def add(session: Session, row: RoleGrant | LoginSession | LoginThrottle) -> None:
    session.add(row)
    session.flush()


def add_login(session: Session, officer: Officer, **changes: object) -> LoginSession:
    values: dict[str, Any] = {
        "officer_id": officer.id,
        "created_at": NOON,
        "last_seen_at": NOON,
        "expires_at": NOON + timedelta(hours=8),
    }
    login = LoginSession(id="ses_1", **{**values, **changes})
    add(session, login)
    return login


def withdraw(session: Session, *, at: datetime) -> None:
    written = at.strftime("%Y-%m-%d %H:%M:%S.%f")
    session.execute(text("UPDATE role_grant SET revoked_at = :at"), {"at": written})
