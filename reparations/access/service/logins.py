"""Signing in and out, and recognising on every request who it is.

An attempt to sign in takes three steps, which is why `log_in` and `change_password` are given the database and not a
session: one transaction counts the attempt as failed before anything is checked, so that neither an error nor a crash
nor a hundred attempts at once go uncounted; the password is hashed with no lock held; a second transaction opens the
session and forgets the count, or records the refusal.  Only then is an error raised.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from reparations import audit
from reparations.access import queries, rules, tokens
from reparations.access.errors import CredentialsRefused, PasswordsBusy, SessionOver, TooManyAttempts, WrongPassword
from reparations.access.models import LoginSession, Officer, OfficerStatus
from reparations.access.passwords import hash_password, is_password
from reparations.audit.service import REQUEST_ID
from reparations.db import Database
from reparations.errors import Misconfigured
from reparations.ids import new_id
from reparations.principal import SYSTEM, Principal
from reparations.vault import Keyring, blind_index, keyring_of

UNKNOWN = "unknown"
"""Subject of a refusal where no account has the name that was typed."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Where an attempt comes from: the address, whose /24 or /48 counts, and the request that events name."""

    host: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An access token and how long it and its session are good for."""

    token: str = field(repr=False)
    token_lifetime_s: int
    session_id: str
    session_expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt that has been counted."""

    account_key: bytes
    network_key: bytes
    officer_id: str | None
    password_hash: str | None = field(repr=False)


def log_in(
    database: Database, *, username: str, password: str, caller: Caller, at: datetime, token_lifetime_s: int
) -> SignedIn:
    """Open a session for whoever knows the password.

    Args:
        database: to open the two transactions on; see the module.
        username: as typed.
        password: as typed.
        caller: where the attempt comes from.
        at: now.
        token_lifetime_s: how long the token shall be good for, in seconds.

    Raises:
        CredentialsRefused: the same whether the account is unknown, closed or has another password.
        TooManyAttempts: nothing was checked.
        PasswordsBusy: nothing was checked, and nothing counted.
    """
    known_as = rules.normalise_username(username)
    attempt = _count_attempt(database, username=known_as, typed=username, caller=caller, at=at)
    right = _is_right(database, attempt, password)
    signed_in: SignedIn | None = None
    with database.transaction() as session:
        session.info[REQUEST_ID] = caller.request_id
        officer = _still_same(session, attempt) if right else None
        if officer is None:
            _record_refusal(session, attempt, action="session.refused", at=at)
        else:
            signed_in = _open_session(session, officer, attempt, at=at, token_lifetime_s=token_lifetime_s)
    if signed_in is None:
        raise CredentialsRefused("User name or password is wrong.", remedy="Check both and try again.")
    return signed_in


def change_password(
    database: Database, *, officer: Principal, current: str, new: str, caller: Caller, at: datetime
) -> None:
    """Replace an officer's own password and end all his sessions, this one too.

    Raises:
        WrongPassword: `current` is not his password; the attempt counts like one to sign in.
        PasswordTooWeak: about `new`.
        TooManyAttempts, PasswordsBusy, SessionOver: see `access.errors`.
    """
    with database.reading() as session:
        username = queries.get_officer(session, officer.officer_id).username
    rules.check_password(new, username=username, field="new_password")
    attempt = _count_attempt(database, username=username, typed=username, caller=caller, at=at)
    right = _is_right(database, attempt, current)
    new_hash = hash_password(new) if right else ""
    with database.transaction() as session:
        session.info[REQUEST_ID] = caller.request_id
        account = _still_same(session, attempt) if right else None
        if account is None:
            _record_refusal(session, attempt, action="officer.password_refused", at=at)
        else:
            account.password_hash = new_hash
            queries.end_logins(session, account.id, at=at)
            _forget_attempts(session, attempt)
            audit.record(
                session,
                at=at,
                actor=officer,
                action="officer.password_changed",
                subject=account.id,
                rows=[account],
            )
    if account is None:
        raise WrongPassword("The current password is wrong.", field="current_password")


def authenticate(database: Database, token: str, at: datetime) -> Principal:
    """Say who sends a request, as of now: the session's row decides, and the roles are read afresh.

    Raises:
        TokenRefused: the token is not one of ours, or its time is over.
        SessionOver: the session has ended, or the account was closed.
    """
    claims = tokens.read_token(_keyring(database).token_key, token, at=at)
    with database.reading() as session:
        found = queries.find_login(session, claims.session_id)
        if found is None:
            raise _session_over()
        login, officer = found
        if login.officer_id != claims.officer_id or officer.status != OfficerStatus.ACTIVE:
            raise _session_over()
        rules.check_session(login, at=at)
        return Principal(
            officer_id=officer.id,
            person_id=officer.person_id,
            office_id=officer.office_id,
            roles=queries.list_roles(session, [officer.id])[officer.id],
            session_id=login.id,
        )


def renew_session(session: Session, *, officer: Principal, at: datetime, token_lifetime_s: int) -> SignedIn:
    """Make another token for the officer's session, and note that he is still there.

    Raises:
        SessionOver: it has ended in the meantime.
    """
    login = _lock_own_login(session, officer)
    rules.check_session(login, at=at)
    login.last_seen_at = max(login.last_seen_at, at)
    return _signed_in(session, login, at=at, token_lifetime_s=token_lifetime_s)


def end_session(session: Session, *, officer: Principal, at: datetime) -> None:
    """Sign the officer out of the session he acts in.

    Raises:
        SessionOver: it has ended in the meantime.
    """
    login = _lock_own_login(session, officer)
    rules.check_session(login, at=at)
    login.ended_at = at
    audit.record(session, at=at, actor=officer, action="session.ended", subject=login.id)


def _count_attempt(database: Database, *, username: str | None, typed: str, caller: Caller, at: datetime) -> _Attempt:
    """Count an attempt as failed, and find what it is to be checked against.

    Raises:
        TooManyAttempts: it comes too soon after too many others, and does not count.
    """
    with database.transaction() as session:
        account_key = blind_index(session, field="login_account", value=username or typed)
        network_key = blind_index(session, field="login_network", value=rules.compute_network(caller.host))
        throttle = queries.begin_throttle(session, account_key=account_key, network_key=network_key, at=at)
        wait = rules.compute_wait(throttle, at=at)
        if wait > timedelta():
            raise TooManyAttempts(
                "Too many failed attempts.",
                retry_after_s=math.ceil(wait.total_seconds()),
                remedy="Wait as long as Retry-After says.",
            )
        throttle.failures = 1 if rules.is_forgotten(throttle, at=at) else throttle.failures + 1
        throttle.last_failed_at = at
        # Only now: whoever already holds his own row waits for no other's.
        queries.forget_failures(session, at=at)
        officer = queries.find_officer(session, username=username)
        return _Attempt(
            account_key=account_key,
            network_key=network_key,
            officer_id=officer.id if officer else None,
            password_hash=officer.password_hash if officer else None,
        )


def _is_right(database: Database, attempt: _Attempt, password: str) -> bool:
    """Check the password; an attempt that found no room to be checked is not held against anybody.

    Raises:
        PasswordsBusy: too many are waiting.
    """
    try:
        return is_password(password, password_hash=attempt.password_hash)
    except PasswordsBusy:
        with database.transaction() as session:
            throttle = queries.lock_throttle(session, account_key=attempt.account_key, network_key=attempt.network_key)
            if throttle is not None and throttle.failures > 0:
                throttle.failures -= 1
        raise


def _still_same(session: Session, attempt: _Attempt) -> Officer | None:
    """Lock the account whose password was right, unless it was closed or given another password meanwhile."""
    if attempt.officer_id is None:
        return None
    officer = queries.lock_officer(session, attempt.officer_id)
    same = officer.status == OfficerStatus.ACTIVE and officer.password_hash == attempt.password_hash
    return officer if same else None


def _open_session(
    session: Session, officer: Officer, attempt: _Attempt, *, at: datetime, token_lifetime_s: int
) -> SignedIn:
    login = LoginSession(
        id=new_id("ses"),
        officer_id=officer.id,
        created_at=at,
        last_seen_at=at,
        expires_at=at + rules.SESSION_LIFETIME,
    )
    session.add(login)
    _forget_attempts(session, attempt)
    actor = Principal(
        officer_id=officer.id, person_id=officer.person_id, office_id=officer.office_id, session_id=login.id
    )
    audit.record(session, at=at, actor=actor, action="session.opened", subject=login.id)
    return _signed_in(session, login, at=at, token_lifetime_s=token_lifetime_s)


def _forget_attempts(session: Session, attempt: _Attempt) -> None:
    throttle = queries.lock_throttle(session, account_key=attempt.account_key, network_key=attempt.network_key)
    if throttle is not None:
        session.delete(throttle)


def _record_refusal(session: Session, attempt: _Attempt, *, action: str, at: datetime) -> None:
    """Nobody has signed in, so the service itself is the actor; what was typed is recorded nowhere."""
    audit.record(session, at=at, actor=SYSTEM, action=action, subject=attempt.officer_id or UNKNOWN)


def _lock_own_login(session: Session, officer: Principal) -> LoginSession:
    login = queries.lock_login(session, officer.session_id) if officer.session_id else None
    if login is None or login.officer_id != officer.officer_id:
        raise _session_over()
    return login


def _signed_in(session: Session, login: LoginSession, *, at: datetime, token_lifetime_s: int) -> SignedIn:
    claims = tokens.TokenClaims(officer_id=login.officer_id, session_id=login.id)
    return SignedIn(
        token=tokens.issue_token(keyring_of(session).token_key, claims, at=at, lifetime_s=token_lifetime_s),
        token_lifetime_s=token_lifetime_s,
        session_id=login.id,
        session_expires_at=login.expires_at,
    )


def _keyring(database: Database) -> Keyring:
    if not isinstance(database.keyring, Keyring):
        raise Misconfigured("This database was opened without a keyring.")
    return database.keyring


def _session_over() -> SessionOver:
    return SessionOver("You are no longer signed in.", remedy="Sign in again.")
