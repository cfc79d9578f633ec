"""Offices, accounts and roles: what administrators do, and what they cannot."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlmodel import Session, col

from reparations.access import errors, queries, service
from reparations.access.models import LoginSession, Officer, OfficerStatus
from reparations.access.passwords import is_password
from reparations.principal import Principal, Role
from tests.access.events import events
from tests.conftest import NOON
from tests.factories.access import (
    PASSWORD,
    make_account,
    make_login,
    make_office,
    make_officer,
    make_person,
    principal_of,
)

ADMINISTRATOR = Role.SECURITY_ADMINISTRATOR


@pytest.fixture
def administrator(session: Session) -> Principal:
    return make_officer(session, ADMINISTRATOR)


def first_administrator(session: Session, **changes: str) -> Officer:
    values = {"username": "Root", "password": PASSWORD, "office_code": "HQ", "office_name": "Head office"}
    return service.create_first_administrator(session, **{**values, **changes}, at=NOON)


def test_the_first_administrator_opens_the_house(session: Session) -> None:
    officer = first_administrator(session)

    assert principal_of(session, officer).roles == {ADMINISTRATOR}
    assert officer.username == "root"
    assert is_password(PASSWORD, password_hash=officer.password_hash)
    (event,) = events(session)
    assert (event["type"], event["actor"], event["subject"]) == ("officer.first_created", "system", officer.id)
    assert event["rows_count"] == 4


@pytest.mark.parametrize("status", list(OfficerStatus))
def test_there_is_one_first_administrator(session: Session, status: OfficerStatus) -> None:
    make_account(session, status=status)

    with pytest.raises(errors.OfficersExist):
        first_administrator(session)


def test_the_first_administrator_is_made_once_though_nobody_looked(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when two commands run at once: both find no officer, and the database lets one through."""
    first_administrator(session)
    monkeypatch.setattr(queries, "exists_officer", lambda _session: False)

    with pytest.raises(errors.OfficersExist):
        first_administrator(session, username="second", office_code="SECOND")


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"password": "short"}, errors.PasswordTooWeak), ({"username": "no name"}, errors.UsernameMalformed)],
)
def test_the_first_administrator_keeps_the_rules_too(
    session: Session, changes: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        first_administrator(session, **changes)


def test_an_office_is_opened(session: Session, administrator: Principal) -> None:
    office = service.add_office(session, code="BUNIA", name="Bunia", by=administrator, at=NOON)

    assert queries.get_office(session, office.id).code == "BUNIA"
    assert events(session)[-1]["type"] == "office.created"


def test_an_office_code_is_taken_once(session: Session, administrator: Principal) -> None:
    make_office(session, code="BUNIA")

    with pytest.raises(errors.OfficeCodeTaken):
        service.add_office(session, code="BUNIA", name="Another", by=administrator, at=NOON)


def test_an_account_is_opened_with_its_roles(session: Session, administrator: Principal) -> None:
    office = make_office(session)

    officer = service.add_officer(
        session,
        username="Anna",
        password=PASSWORD,
        office_id=office.id,
        roles=[Role.PAYER, Role.CASEWORKER, Role.PAYER],
        by=administrator,
        at=NOON,
    )

    assert principal_of(session, officer).roles == {Role.PAYER, Role.CASEWORKER}
    written = events(session)
    assert [event["type"] for event in written] == ["officer.created", "role.granted", "role.granted"]
    assert {(event["actor"], event["person"]) for event in written} == {
        (administrator.officer_id, administrator.person_id)
    }
    assert "anna" not in str(written).lower()


def test_a_person_may_have_another_account(session: Session, administrator: Principal) -> None:
    first = make_account(session)

    second = add_officer(session, administrator, person_id=first.person_id)

    assert second.person_id == first.person_id
    assert second.id != first.id


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"username": "TAKEN"}, errors.UsernameTaken),
        ({"username": "a"}, errors.UsernameMalformed),
        ({"password": "short"}, errors.PasswordTooWeak),
        ({"password": "my name is anna!", "username": "anna"}, errors.PasswordTooWeak),
        ({"office_id": "off_none"}, errors.OfficeNotFound),
        ({"person_id": "psn_none"}, errors.PersonNotFound),
        ({"roles": [ADMINISTRATOR, Role.PAYER]}, errors.RoleNotAlone),
    ],
)
def test_an_account_is_not_opened_against_the_rules(
    session: Session, administrator: Principal, changes: dict[str, object], error: type[Exception]
) -> None:
    make_account(session, username="taken")

    with pytest.raises(error):
        add_officer(session, administrator, **changes)


def test_an_administrator_gives_himself_no_role_through_a_new_account(
    session: Session, administrator: Principal
) -> None:
    with pytest.raises(errors.OwnRole):
        add_officer(session, administrator, person_id=administrator.person_id, roles=[Role.PAYER])


@pytest.mark.parametrize("role", sorted(set(Role) - {ADMINISTRATOR}))
def test_nobody_else_administers(session: Session, role: Role) -> None:
    officer = make_officer(session, role)
    other = make_account(session, Role.AUDITOR)
    deeds: list[Callable[[], object]] = [
        lambda: service.add_office(session, code="X1", name="x", by=officer, at=NOON),
        lambda: add_officer(session, officer),
        lambda: service.disable_officer(session, other.id, by=officer, at=NOON),
        lambda: service.grant_role(session, other.id, role=Role.PAYER, by=officer, at=NOON),
        lambda: service.withdraw_role(session, other.id, role=Role.AUDITOR, by=officer, at=NOON),
    ]

    for deed in deeds:
        with pytest.raises(errors.NotSecurityAdministrator):
            deed()


def test_closing_an_account_ends_its_sessions(session: Session, administrator: Principal) -> None:
    officer, stranger = make_account(session), make_account(session)
    login, other_login = make_login(session, officer), make_login(session, stranger)

    service.disable_officer(session, officer.id, by=administrator, at=NOON)

    assert officer.status == OfficerStatus.DISABLED
    assert (ended_at(session, login), ended_at(session, other_login)) == (NOON, None)
    (event,) = events(session)
    assert (event["type"], event["subject"], event["rows_count"]) == ("officer.disabled", officer.id, 1)


def test_a_closed_account_is_not_closed_again(session: Session, administrator: Principal) -> None:
    officer = make_account(session, status=OfficerStatus.DISABLED)

    with pytest.raises(errors.OfficerDisabled):
        service.disable_officer(session, officer.id, by=administrator, at=NOON)


def test_an_unknown_account_is_not_found(session: Session, administrator: Principal) -> None:
    deeds: list[Callable[[], object]] = [
        lambda: service.disable_officer(session, "usr_none", by=administrator, at=NOON),
        lambda: service.grant_role(session, "usr_none", role=Role.PAYER, by=administrator, at=NOON),
        lambda: service.withdraw_role(session, "usr_none", role=Role.PAYER, by=administrator, at=NOON),
    ]

    for deed in deeds:
        with pytest.raises(errors.OfficerNotFound):
            deed()


def test_the_last_administrator_cannot_leave(session: Session, administrator: Principal) -> None:
    make_account(session, ADMINISTRATOR, status=OfficerStatus.DISABLED)  # one who left before does not count

    with pytest.raises(errors.LastAdministrator):
        service.disable_officer(session, administrator.officer_id, by=administrator, at=NOON)
    with pytest.raises(errors.LastAdministrator):
        service.withdraw_role(session, administrator.officer_id, role=ADMINISTRATOR, by=administrator, at=NOON)


def test_one_of_two_administrators_may_leave(session: Session, administrator: Principal) -> None:
    other = make_account(session, ADMINISTRATOR)

    service.disable_officer(session, other.id, by=administrator, at=NOON)

    assert queries.list_administrators(session) == [administrator.officer_id]


def test_a_role_granted_or_withdrawn_ends_the_sessions(session: Session, administrator: Principal) -> None:
    officer = make_account(session)
    first = make_login(session, officer)
    service.grant_role(session, officer.id, role=Role.PAYER, by=administrator, at=NOON)
    second = make_login(session, officer)
    service.withdraw_role(session, officer.id, role=Role.PAYER, by=administrator, at=NOON)

    assert [ended_at(session, login) for login in (first, second)] == [NOON, NOON]
    assert principal_of(session, officer).roles == frozenset()
    assert [(event["type"], event["body"]["role"]) for event in events(session)] == [
        ("role.granted", "payer"),
        ("role.withdrawn", "payer"),
    ]


def test_a_withdrawn_role_may_be_granted_again(session: Session, administrator: Principal) -> None:
    officer = make_account(session, Role.PAYER)

    service.withdraw_role(session, officer.id, role=Role.PAYER, by=administrator, at=NOON)
    service.grant_role(session, officer.id, role=Role.PAYER, by=administrator, at=NOON)

    assert principal_of(session, officer).roles == {Role.PAYER}


def test_a_role_not_held_is_not_withdrawn(session: Session, administrator: Principal) -> None:
    with pytest.raises(errors.RoleNotHeld):
        service.withdraw_role(session, make_account(session).id, role=Role.PAYER, by=administrator, at=NOON)


def test_the_administrators_role_stands_alone_over_all_accounts(session: Session, administrator: Principal) -> None:
    person = make_person(session)
    make_account(session, Role.AUDITOR, person=person)
    second = make_account(session, person=person)

    with pytest.raises(errors.RoleNotAlone):
        service.grant_role(session, second.id, role=ADMINISTRATOR, by=administrator, at=NOON)


def test_lists_are_paged_in_the_order_of_their_ids(session: Session) -> None:
    officers = sorted(make_account(session, Role.PAYER).id for _ in range(3))

    first = [officer.id for officer in queries.list_officers(session, after=None, limit=2)]
    rest = [officer.id for officer in queries.list_officers(session, after=first[-1], limit=2)]

    assert first + rest == officers
    offices = [office.id for office in queries.list_offices(session, after=None, limit=10)]
    assert offices == sorted(offices)
    assert queries.list_offices(session, after=offices[-1], limit=10) == []


def add_officer(session: Session, by: Principal, **changes: object) -> Officer:
    values = {"username": "somebody", "password": PASSWORD, "office_id": by.office_id}
    return service.add_officer(session, **{**values, **changes}, by=by, at=NOON)  # type: ignore[arg-type]


def ended_at(session: Session, login: LoginSession) -> object:
    return session.scalars(
        select(col(LoginSession.ended_at))
        .where(col(LoginSession.id) == login.id)
        .execution_options(populate_existing=True)
    ).one()


def test_no_hash_of_a_password_is_written_into_an_event(session: Session, administrator: Principal) -> None:
    officer = add_officer(session, administrator)
    stored = session.execute(text("SELECT body FROM audit_event")).scalars().all()

    assert officer.password_hash.encode() not in b"".join(stored)
