"""The rules about people, accounts and sessions, on plain values."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from reparations.access import errors, rules
from reparations.access.models import LoginSession, LoginThrottle, Officer, OfficerStatus
from reparations.principal import Principal, Role
from tests.conftest import NOON

ADMINISTRATOR = Principal("usr_admin", "psn_admin", "off_1", frozenset({Role.SECURITY_ADMINISTRATOR}))


def an_officer(*, status: OfficerStatus = OfficerStatus.ACTIVE, person_id: str = "psn_1") -> Officer:
    return Officer(
        id="usr_1",
        person_id=person_id,
        username="anna",
        office_id="off_1",
        password_hash="",
        status=status,
        created_at=NOON,
    )


def failed(times: int, *, ago: timedelta = timedelta()) -> LoginThrottle:
    return LoginThrottle(account_key=b"", network_key=b"", failures=times, last_failed_at=NOON - ago)


def a_login(**changes: datetime) -> LoginSession:
    values: dict[str, Any] = {"created_at": NOON, "last_seen_at": NOON, "expires_at": NOON + rules.SESSION_LIFETIME}
    return LoginSession(id="ses_1", officer_id="usr_1", **{**values, **changes})


@pytest.mark.parametrize(
    ("typed", "known_as"),
    [
        ("  Anna.Mbeki ", "anna.mbeki"),
        ("\uff21nna", "anna"),  # full-width letters are the same letters
        ("a1-b_c", "a1-b_c"),
        ("ab", None),
        ("", None),
        (".anna", None),
        ("anna\x00", None),
        ("anna\n", "anna"),
        ("an na", None),
        ("\u0430nna", None),  # a Cyrillic letter that only looks like one of ours
        ("a" * 65, None),
    ],
)
def test_a_user_name_is_folded_or_is_none(typed: str, known_as: str | None) -> None:
    assert rules.normalise_username(typed) == known_as


def test_a_malformed_user_name_is_refused_by_name() -> None:
    with pytest.raises(errors.UsernameMalformed):
        rules.check_username("Anna Mbeki")


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("elevenchars", "shorter"),
        ("x" * 129, "longer"),
        ("i am ANNA.mbeki !", "user name"),
        ("Password1234", "tried first"),
        ("abababababababab", "different characters"),
    ],
)
def test_a_weak_password_is_refused_and_not_repeated(password: str, fault: str) -> None:
    with pytest.raises(errors.PasswordTooWeak) as refused:
        rules.check_password(password, username="anna.mbeki")

    assert fault in refused.value.message
    assert password not in str(vars(refused.value))


@pytest.mark.parametrize("password", ["twelve chars", "correct horse battery", "x1y2z" * 25 + "abc", "пароль из слов"])
def test_length_is_enough(password: str) -> None:
    rules.check_password(password, username="anna.mbeki")


def test_the_commonest_passwords_are_written_as_they_are_compared() -> None:
    assert all(len(word) >= 12 and word == word.casefold() for word in rules.COMMON_PASSWORDS)
    assert len(rules.COMMON_PASSWORDS) > 50


def test_only_a_security_administrator_administers() -> None:
    everything_else = frozenset(Role) - {Role.SECURITY_ADMINISTRATOR}

    with pytest.raises(errors.NotSecurityAdministrator):
        rules.check_security_administrator(Principal("usr_2", "psn_2", "off_1", everything_else))


def test_nobody_grants_a_role_to_himself_through_another_account() -> None:
    officer = an_officer(person_id=ADMINISTRATOR.person_id)

    with pytest.raises(errors.OwnRole):
        rules.check_grant(Role.PAYER, officer=officer, held_by_account=(), held_by_person=(), by=ADMINISTRATOR)


def test_a_closed_account_gets_no_role() -> None:
    officer = an_officer(status=OfficerStatus.DISABLED)

    with pytest.raises(errors.OfficerDisabled):
        rules.check_grant(Role.PAYER, officer=officer, held_by_account=(), held_by_person=(), by=ADMINISTRATOR)


def test_a_role_is_granted_once() -> None:
    held = {Role.PAYER}

    with pytest.raises(errors.RoleHeldAlready):
        rules.check_grant(Role.PAYER, officer=an_officer(), held_by_account=held, held_by_person=held, by=ADMINISTRATOR)


@pytest.mark.parametrize(
    ("role", "held"),
    [(Role.SECURITY_ADMINISTRATOR, {Role.AUDITOR}), (Role.AUDITOR, {Role.SECURITY_ADMINISTRATOR})],
)
def test_the_security_administrators_role_stands_alone_over_all_accounts(role: Role, held: set[Role]) -> None:
    with pytest.raises(errors.RoleNotAlone):
        rules.check_grant(role, officer=an_officer(), held_by_account=(), held_by_person=held, by=ADMINISTRATOR)


def test_other_roles_may_be_held_together() -> None:
    rules.check_grant(
        Role.APPROVER,
        officer=an_officer(),
        held_by_account={Role.CASEWORKER},
        held_by_person={Role.CASEWORKER, Role.PAYER},
        by=ADMINISTRATOR,
    )


def test_the_last_administrator_stays() -> None:
    with pytest.raises(errors.LastAdministrator):
        rules.check_administrator_remains(an_officer(), administrators=["usr_1"])
    rules.check_administrator_remains(an_officer(), administrators=["usr_1", "usr_2"])
    rules.check_administrator_remains(an_officer(), administrators=["usr_2"])


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"ended_at": NOON}, NOON),
        ({}, NOON + timedelta(minutes=20)),
        ({"last_seen_at": NOON + timedelta(hours=7, minutes=59)}, NOON + timedelta(hours=8)),
    ],
    ids=["signed out", "idle for 20 minutes", "8 hours old"],
)
def test_a_session_comes_to_its_end(changes: dict[str, datetime], at: datetime) -> None:
    with pytest.raises(errors.SessionOver):
        rules.check_session(a_login(**changes), at=at)


def test_a_session_lasts_as_long_as_promised() -> None:
    rules.check_session(a_login(), at=NOON + timedelta(minutes=19, seconds=59))
    seen = a_login(last_seen_at=NOON + timedelta(hours=7, minutes=50))
    rules.check_session(seen, at=NOON + timedelta(hours=7, minutes=59))


@pytest.mark.parametrize(
    ("failures", "wait_s"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (16, 900), (10**6, 900)]
)
def test_the_wait_doubles_after_five_failures_and_stays_at_15_minutes(failures: int, wait_s: int) -> None:
    assert rules.compute_wait(failed(failures), at=NOON) == timedelta(seconds=wait_s)


def test_the_wait_runs_from_the_last_failure() -> None:
    assert rules.compute_wait(failed(7, ago=timedelta(seconds=3)), at=NOON) == timedelta(seconds=1)
    assert rules.compute_wait(failed(7, ago=timedelta(seconds=4)), at=NOON) == timedelta()


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("testclient", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_addresses_count_by_network(host: str | None, network: str) -> None:
    assert rules.compute_network(host) == network
