"""What is allowed between people, accounts, roles and sessions.  Values in, a value or an error out."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta

from reparations.access.errors import (
    LastAdministrator,
    NotSecurityAdministrator,
    OfficerDisabled,
    OwnRole,
    PasswordTooWeak,
    RoleHeldAlready,
    RoleNotAlone,
    SessionOver,
    UsernameMalformed,
)
from reparations.access.models import LoginSession, LoginThrottle, Officer, OfficerStatus
from reparations.principal import Principal, Role

USERNAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{2,63}$"
PASSWORD_MIN_CHARACTERS = 12
PASSWORD_MAX_CHARACTERS = 128
PASSWORD_MIN_DISTINCT = 5

SESSION_LIFETIME = timedelta(hours=8)
SESSION_IDLE = timedelta(minutes=20)

FREE_FAILURES = 5
"""Failed attempts before the first wait."""
LONGEST_WAIT = timedelta(minutes=15)
FAILURES_FORGOTTEN = timedelta(hours=24)

COMMON_PASSWORDS = frozenset(
    r"""
    000000000000 0123456789ab 111111111111 1111111111111 112233445566 121212121212 123123123123 1234567890-=
    1234567890ab 1234567890abc 1234567890qwerty 123456789101 123456789123 123456789abc 123456789qwe
    123456qwerty 123qweasdzxc 1a2b3c4d5e6f 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc 1qaz2wsx3edc4rfv
    1qazxsw23edc 987654321012 abcd12345678 abcdef123456 abcdefghijkl abcdefghijklm administrator
    administrator1 asdfghjkl123 asdfghjkl;'\ assassin1234 changeme1234 changeme12345 changemeplease
    correcthorsebatterystaple dragon123456 football1234 iloveyou1234 iloveyou12345 iloveyouforever
    internationalcriminalcourt justice12345 letmein12345 letmeinplease michael12345 monkey123456 mynameis1234
    p@ssw0rd1234 p@ssword1234 pa$$word1234 passw0rd1234 password0123 password123! password1234 password1234!
    password12345 password123456 password2024 password2025 password2026 passwordpassword princess1234
    q1w2e3r4t5y6 qazwsx123456 qazwsxedcrfv qwer1234tyui qwerty12345! qwerty123456 qwerty1234567 qwertyqwerty
    qwertyuiop12 qwertyuiop123 qwertyuiop[] qwertyuiop[]\ reparations1 reparations12 reparations123
    secret123456 starwars1234 sunshine1234 superman1234 test12345678 testtesttest thisismypassword
    trustno1trustno1 unbelievable user12345678 verysecret123 victims12345 welcome1234! welcome12345
    welcome123456 whatever1234 zaq12wsxcde3 zaq1zaq1zaq1 zxcvbnm,./12 zxcvbnm12345
    """.split()  # noqa: SIM905 words, not a column of quoted strings
)
"""The commonest that are long enough to pass otherwise, folded."""


def normalise_username(text: str) -> str | None:
    """Fold what somebody typed into a user name, or None if no account can have that name."""
    folded = unicodedata.normalize("NFKC", text).strip().casefold()
    return folded if re.fullmatch(USERNAME_PATTERN, folded) else None


def check_username(text: str) -> str:
    """Return the user name folded.

    Raises:
        UsernameMalformed: it is not 3 to 64 lower-case letters, digits, dots, hyphens and underscores.
    """
    username = normalise_username(text)
    if username is None:
        raise UsernameMalformed(
            "A user name is 3 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit.",
            field="username",
        )
    return username


def check_password(password: str, *, username: str, field: str = "password") -> None:
    """Refuse a password that is easily guessed.  Length counts; mixing kinds of characters is not asked for.

    Raises:
        PasswordTooWeak: says which rule it broke, and nothing of the password.
    """
    folded = unicodedata.normalize("NFKC", password).casefold()
    if len(password) < PASSWORD_MIN_CHARACTERS:
        fault = f"It is shorter than {PASSWORD_MIN_CHARACTERS} characters."
    elif len(password) > PASSWORD_MAX_CHARACTERS:
        fault = f"It is longer than {PASSWORD_MAX_CHARACTERS} characters."
    elif username in folded:
        fault = "It contains the user name."
    elif folded in COMMON_PASSWORDS:
        fault = "It is one of the passwords that are tried first."
    elif len(set(folded)) < PASSWORD_MIN_DISTINCT:
        fault = f"It has fewer than {PASSWORD_MIN_DISTINCT} different characters."
    else:
        return
    raise PasswordTooWeak(
        f"This password is not accepted. {fault}", field=field, remedy="Choose four or more unrelated words."
    )


def check_security_administrator(officer: Principal) -> None:
    """Refuse anybody else in the business of accounts.

    Raises:
        NotSecurityAdministrator: the officer has not that role.
    """
    if not officer.has(Role.SECURITY_ADMINISTRATOR):
        raise NotSecurityAdministrator(
            "Only a security administrator opens, closes or changes accounts and offices.",
            remedy="Ask a security administrator.",
        )


def check_active(officer: Officer) -> None:
    """Refuse a change to a closed account.

    Raises:
        OfficerDisabled: it is closed.
    """
    if officer.status != OfficerStatus.ACTIVE:
        raise OfficerDisabled(
            "This account has been disabled, for good.",
            record=officer.id,
            remedy="Open a new account for the same person.",
        )


def check_grant(
    role: Role, *, officer: Officer, held_by_account: Collection[str], held_by_person: Collection[str], by: Principal
) -> None:
    """Refuse a role that the account may not be given.

    Args:
        role: to be granted.
        officer: the account.
        held_by_account: roles the account holds now.
        held_by_person: roles its person holds now, over all accounts.
        by: who grants.

    Raises:
        OfficerDisabled, OwnRole, RoleHeldAlready, RoleNotAlone: see `access.errors`.
    """
    check_active(officer)
    if officer.person_id == by.person_id:
        raise OwnRole(
            "Nobody gives a role to himself.", record=officer.id, remedy="Ask another security administrator."
        )
    if role in held_by_account:
        raise RoleHeldAlready(f"This officer holds the role {role} already.", record=officer.id)
    administrator = Role.SECURITY_ADMINISTRATOR
    if (role == administrator and set(held_by_person) - {administrator}) or (
        role != administrator and administrator in held_by_person
    ):
        raise RoleNotAlone(
            "A security administrator holds no other role, in any of his accounts.",
            record=officer.id,
            remedy="Withdraw the other role first.",
        )


def check_administrator_remains(leaving: Officer, *, administrators: Collection[str]) -> None:
    """Refuse to lose the last account that can administer accounts.

    Args:
        leaving: the account about to be closed or to lose the role.
        administrators: ids of the active accounts that hold the role now.

    Raises:
        LastAdministrator: it is the only one.
    """
    if set(administrators) == {leaving.id}:
        raise LastAdministrator(
            "This is the last security administrator; nobody could administer accounts any more.",
            record=leaving.id,
            remedy="Make another officer security administrator first.",
        )


def check_session(session: LoginSession, *, at: datetime) -> None:
    """Refuse a session that was ended, is too old, or has not been renewed for too long.

    Raises:
        SessionOver: its time is over.
    """
    over = session.ended_at is not None or at >= session.expires_at or at >= session.last_seen_at + SESSION_IDLE
    if over:
        raise SessionOver("You are no longer signed in.", remedy="Sign in again.")


def compute_wait(throttle: LoginThrottle | None, *, at: datetime) -> timedelta:
    """Return how long the next attempt must still wait; zero if it need not.

    After five failures one second, doubled by every further failure, never more than 15 minutes: a lock without an end
    would be a weapon against the officer.  A day without a failure wipes the count.
    """
    if throttle is None or throttle.failures < FREE_FAILURES or is_forgotten(throttle, at=at):
        return timedelta()
    doublings = min(throttle.failures - FREE_FAILURES, 10)
    wait = min(timedelta(seconds=2**doublings), LONGEST_WAIT)
    return max(throttle.last_failed_at + wait - at, timedelta())


def is_forgotten(throttle: LoginThrottle, *, at: datetime) -> bool:
    """Say whether the failures are too long ago to count."""
    return at - throttle.last_failed_at >= FAILURES_FORGOTTEN


def compute_network(host: str | None) -> str:
    """Return the network an address counts under: its /24 or /48, or ``unknown``."""
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    length = 24 if address.version == 4 else 48  # noqa: PLR2004 the two versions of IP
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))
