"""Signing in and out, the throttle, and who a token stands for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from reparations.access import errors, passwords, service
from reparations.access.models import LoginSession, LoginThrottle, Officer, OfficerStatus
from reparations.access.service import Caller, SignedIn, logins
from reparations.access.tokens import TokenClaims, issue_token
from reparations.db import Database
from reparations.errors import Misconfigured
from reparations.principal import Principal, Role
from reparations.vault import Keyring
from tests.access.events import events
from tests.conftest import NOON
from tests.factories.access import PASSWORD, make_account, make_login, make_officer

HOST = "203.0.113.7"
NEW_PASSWORD = "quite another set of words"


@pytest.fixture
def anna(database: Database) -> Officer:
    with database.transaction() as session:
        return make_account(session, Role.CASEWORKER, Role.PAYER, username="anna")


def sign_in(database: Database, *, at: datetime = NOON, **changes: str) -> SignedIn:
    values = {"username": "anna", "password": PASSWORD, "host": HOST, **changes}
    return service.log_in(
        database,
        username=values["username"],
        password=values["password"],
        caller=Caller(values["host"], "req_1"),
        at=at,
        token_lifetime_s=600,
    )


def fail(database: Database, *, times: int = 1, at: datetime = NOON, **changes: str) -> None:
    for _ in range(times):
        with pytest.raises(errors.CredentialsRefused):
            sign_in(database, at=at, password="not the password", **changes)


def failures(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(col(LoginThrottle.failures))))


def written(database: Database) -> list[dict[str, Any]]:
    with database.reading() as session:
        return events(session)


def administrator_of(database: Database) -> Principal:
    with database.transaction() as session:
        return make_officer(session, Role.SECURITY_ADMINISTRATOR)


def test_whoever_knows_the_password_is_let_in(database: Database, anna: Officer) -> None:
    signed_in = sign_in(database, username=" ANNA ")

    officer = service.authenticate(database, signed_in.token, NOON)

    assert officer == Principal(
        officer_id=anna.id,
        person_id=anna.person_id,
        office_id=anna.office_id,
        roles=frozenset({Role.CASEWORKER, Role.PAYER}),
        session_id=signed_in.session_id,
    )
    assert signed_in.session_expires_at == NOON + timedelta(hours=8)
    (event,) = written(database)
    assert event["req"] == "req_1"
    assert (event["type"], event["actor"], event["person"], event["subject"]) == (
        "session.opened",
        anna.id,
        anna.person_id,
        signed_in.session_id,
    )


def test_neither_token_nor_password_is_shown_by_a_repr(database: Database, anna: Officer) -> None:
    assert anna.username == "anna"
    signed_in = sign_in(database)

    assert signed_in.token not in repr(signed_in)
    attempt = logins._Attempt(b"", b"", anna.id, anna.password_hash)
    assert anna.password_hash not in repr(attempt)


def test_all_refusals_read_alike(database: Database, anna: Officer) -> None:
    with database.transaction() as session:
        make_account(session, username="closed", status=OfficerStatus.DISABLED)
    attempts = [
        {"username": "anna", "password": "not the password"},
        {"username": "nobody", "password": "not the password"},
        {"username": "closed", "password": PASSWORD},
        {"username": "not\x00a name", "password": PASSWORD},
        {"username": "", "password": ""},
    ]

    told = set()
    for attempt in attempts:
        with pytest.raises(errors.CredentialsRefused) as refused:
            sign_in(database, username=attempt["username"], password=attempt["password"])
        told.add(str(sorted(vars(refused.value).items())))

    assert len(told) == 1
    assert anna.id not in told.pop()


def test_a_refusal_is_recorded_without_what_was_typed(database: Database, anna: Officer) -> None:
    fail(database)
    fail(database, username="Zacharias")

    known, unknown = written(database)
    assert (known["type"], known["actor"], known["subject"]) == ("session.refused", "system", anna.id)
    assert (unknown["type"], unknown["actor"], unknown["subject"]) == ("session.refused", "system", "unknown")
    assert "zacharias" not in str([known, unknown]).lower()
    assert HOST not in str([known, unknown])


def test_an_unknown_user_costs_as_much_as_a_known_one(
    database: Database, anna: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str | None] = []

    def watched(password: str, *, password_hash: str | None) -> bool:
        checked.append(password_hash)
        return passwords.is_password(password, password_hash=password_hash)

    monkeypatch.setattr(logins, "is_password", watched)
    fail(database)
    fail(database, username="nobody")

    assert checked == [anna.password_hash, None]  # and None is checked against the hash of nobody


def test_five_failures_are_free_and_then_one_waits(database: Database, anna: Officer) -> None:
    fail(database, times=5)

    with pytest.raises(errors.TooManyAttempts) as refused:
        sign_in(database)  # even with the right password: nothing is checked
    assert refused.value.retry_after_s == 1
    assert failures(database) == [5], "an attempt that was not checked does not count"
    assert (
        service.authenticate(database, sign_in(database, at=NOON + timedelta(seconds=1)).token, NOON).officer_id
        == anna.id
    )


def test_the_wait_doubles_and_is_never_longer_than_15_minutes(database: Database, anna: Officer) -> None:
    at, waits = NOON, []
    fail(database, times=5)
    for _ in range(12):
        with pytest.raises(errors.TooManyAttempts) as refused:
            sign_in(database, at=at)
        waits.append(refused.value.retry_after_s)
        at += timedelta(seconds=waits[-1])
        fail(database, at=at)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert sign_in(database, at=at + timedelta(minutes=15)).session_id, f"{anna.id} is never locked out for good"


def test_success_and_a_day_forget_the_failures(database: Database, anna: Officer) -> None:
    fail(database, times=4)
    sign_in(database)
    assert failures(database) == []
    fail(database, times=5)

    fail(database, times=5, at=NOON + timedelta(hours=24))

    assert failures(database) == [5], anna.id


def test_the_count_is_of_one_account_from_one_network(database: Database, anna: Officer) -> None:
    fail(database, times=5)

    with pytest.raises(errors.TooManyAttempts):
        sign_in(database, host="203.0.113.200")
    fail(database, username="somebody.else")
    assert sign_in(database, host="198.51.100.1").session_id, f"{anna.id} gets in from elsewhere"


def test_an_unknown_account_is_throttled_alike(database: Database) -> None:
    fail(database, times=5, username="nobody")

    with pytest.raises(errors.TooManyAttempts):
        sign_in(database, username="nobody")


def test_neither_name_nor_network_is_stored_with_the_count(database: Database) -> None:
    fail(database, username="zacharias")

    with database.reading() as session:
        row = session.execute(text("SELECT account_key, network_key FROM login_throttle")).one()
    stored = b"".join(bytes(value) for value in row)
    assert len(stored) == 32
    assert b"zachar" not in stored
    assert b"203.0" not in stored


def test_forgotten_counts_are_cleared_away(database: Database) -> None:
    for number in range(3):
        fail(database, username=f"nobody{number}")

    fail(database, username="nobody9", at=NOON + timedelta(hours=24))

    assert failures(database) == [1]


def test_attempts_at_once_are_all_counted(database: Database, anna: Officer) -> None:
    """Ten guesses sent together are no way around the limit of five."""

    def guess(_number: int) -> str:
        try:
            sign_in(database, password="not the password")
        except (errors.CredentialsRefused, errors.TooManyAttempts) as error:
            return error.code
        return "let in"

    with ThreadPoolExecutor(10) as pool:
        told = sorted(pool.map(guess, range(10)))

    assert told == ["access.credentials_refused"] * 5 + ["access.too_many_attempts"] * 5
    assert failures(database) == [5], anna.id


def test_whoever_found_no_room_is_not_counted(
    database: Database, anna: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = passwords.Gate(width=1, queue=0, longest_wait_s=1)
    monkeypatch.setattr(passwords, "_GATE", full)

    with full.passed(), pytest.raises(errors.PasswordsBusy):
        sign_in(database)

    assert failures(database) == [0]
    assert sign_in(database).session_id, anna.id


def test_an_account_closed_while_its_password_was_checked_stays_out(
    database: Database, anna: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator = administrator_of(database)

    def checked_slowly(_password: str, *, password_hash: str | None) -> bool:
        with database.transaction() as session:
            service.disable_officer(session, anna.id, by=administrator, at=NOON)
        return password_hash is not None

    monkeypatch.setattr(logins, "is_password", checked_slowly)

    with pytest.raises(errors.CredentialsRefused):
        sign_in(database)
    with database.reading() as session:
        assert session.scalars(select(LoginSession)).all() == []


@pytest.mark.parametrize("deed", ["disable", "grant", "withdraw", "sign out", "change the password"])
def test_access_ends_at_once(database: Database, anna: Officer, deed: str) -> None:
    administrator = administrator_of(database)
    token = sign_in(database).token
    officer = service.authenticate(database, token, NOON)

    with database.transaction() as session:
        match deed:
            case "disable":
                service.disable_officer(session, anna.id, by=administrator, at=NOON)
            case "grant":
                service.grant_role(session, anna.id, role=Role.APPROVER, by=administrator, at=NOON)
            case "withdraw":
                service.withdraw_role(session, anna.id, role=Role.PAYER, by=administrator, at=NOON)
            case "sign out":
                service.end_session(session, officer=officer, at=NOON)
    if deed == "change the password":
        change_password(database, officer)

    with pytest.raises(errors.SessionOver):
        service.authenticate(database, token, NOON)
    with database.transaction() as session, pytest.raises(errors.SessionOver):
        service.renew_session(session, officer=officer, at=NOON, token_lifetime_s=600)


def test_a_closed_account_is_refused_even_if_its_session_were_left_open(database: Database, anna: Officer) -> None:
    token = sign_in(database).token
    with database.transaction() as session:
        session.execute(text("UPDATE officer SET status = 'disabled' WHERE id = :id"), {"id": anna.id})

    with pytest.raises(errors.SessionOver):
        service.authenticate(database, token, NOON)


def test_a_good_token_for_no_session_or_somebody_elses_is_refused(
    database: Database, anna: Officer, keyring: Keyring
) -> None:
    with database.transaction() as session:
        login = make_login(session, make_account(session))
    for claims in (TokenClaims(anna.id, "ses_none"), TokenClaims(anna.id, login.id)):
        token = issue_token(keyring.token_key, claims, at=NOON)
        with pytest.raises(errors.SessionOver):
            service.authenticate(database, token, NOON)


def test_a_token_of_another_installation_is_refused(database: Database, anna: Officer) -> None:
    claims = TokenClaims(anna.id, sign_in(database).session_id)

    with pytest.raises(errors.TokenRefused):
        service.authenticate(database, issue_token(bytes(range(32)), claims, at=NOON), NOON)


def test_a_database_without_keys_lets_nobody_in(database_urls: tuple[str, str]) -> None:
    keyless = Database(database_urls[0])

    with pytest.raises(Misconfigured):
        service.authenticate(keyless, "e30.e30.e30", NOON)
    keyless.dispose()


def test_a_session_is_renewed_for_eight_hours_and_no_longer(database: Database, anna: Officer) -> None:
    at, token = NOON, sign_in(database).token
    while at < NOON + timedelta(hours=7, minutes=50):
        at += timedelta(minutes=9, seconds=59)
        token = renew(database, token, at)

    late = NOON + timedelta(hours=8) - timedelta(seconds=1)
    assert service.authenticate(database, token, late).officer_id == anna.id
    token = renew(database, token, late)
    with pytest.raises(errors.SessionOver):
        service.authenticate(database, token, late + timedelta(seconds=1))


def test_a_session_left_alone_for_20_minutes_is_over(database: Database, anna: Officer, keyring: Keyring) -> None:
    """Even for a token that was made without the session's knowledge."""
    claims = TokenClaims(anna.id, sign_in(database).session_id)
    at = NOON + timedelta(minutes=20)

    with pytest.raises(errors.SessionOver):
        service.authenticate(database, issue_token(keyring.token_key, claims, at=at), at)


def test_whoever_has_no_session_can_neither_renew_nor_end_it(database: Database, anna: Officer) -> None:
    officer = Principal(anna.id, anna.person_id, anna.office_id)

    with database.transaction() as session:
        with pytest.raises(errors.SessionOver):
            service.renew_session(session, officer=officer, at=NOON, token_lifetime_s=600)
        with pytest.raises(errors.SessionOver):
            service.end_session(session, officer=officer, at=NOON)


def test_a_new_password_replaces_the_old(database: Database, anna: Officer) -> None:
    officer = service.authenticate(database, sign_in(database).token, NOON)

    change_password(database, officer)

    with pytest.raises(errors.CredentialsRefused):
        sign_in(database)
    assert sign_in(database, password=NEW_PASSWORD).session_id
    changed = [event for event in written(database) if event["type"] == "officer.password_changed"]
    assert [(event["actor"], event["subject"], event["rows_count"]) for event in changed] == [(anna.id, anna.id, 1)]


def test_a_wrong_current_password_counts_and_changes_nothing(database: Database, anna: Officer) -> None:
    signed_in = sign_in(database)
    officer = service.authenticate(database, signed_in.token, NOON)

    for _ in range(5):
        with pytest.raises(errors.WrongPassword):
            change_password(database, officer, current="not the password")
    with pytest.raises(errors.TooManyAttempts):
        change_password(database, officer)

    assert service.authenticate(database, signed_in.token, NOON) == officer
    refusals = [event for event in written(database) if event["type"] == "officer.password_refused"]
    assert [event["subject"] for event in refusals] == [anna.id] * 5


def test_a_weak_new_password_is_refused_before_anything_is_counted(database: Database, anna: Officer) -> None:
    officer = service.authenticate(database, sign_in(database).token, NOON)

    with pytest.raises(errors.PasswordTooWeak) as refused:
        change_password(database, officer, new=f"{anna.username} and more")

    assert refused.value.field == "new_password"
    assert failures(database) == []


def test_two_administrators_cannot_close_one_another(database: Database) -> None:
    """Two deeds at once, each of which leaves one administrator: together they would leave none."""
    first, second = administrator_of(database), administrator_of(database)

    def close(deed: tuple[Principal, Principal]) -> str:
        by, other = deed
        try:
            with database.transaction() as session:
                service.disable_officer(session, other.officer_id, by=by, at=NOON)
        except errors.LastAdministrator as error:
            return error.code
        return "closed"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(close, [(first, second), (second, first)]))

    assert told == ["access.last_administrator", "closed"]


def renew(database: Database, token: str, at: datetime) -> str:
    officer = service.authenticate(database, token, at)
    with database.transaction() as session:
        return service.renew_session(session, officer=officer, at=at, token_lifetime_s=600).token


def change_password(
    database: Database, officer: Principal, *, current: str = PASSWORD, new: str = NEW_PASSWORD
) -> None:
    service.change_password(database, officer=officer, current=current, new=new, caller=Caller(HOST), at=NOON)
