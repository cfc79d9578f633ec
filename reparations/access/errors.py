"""What can go wrong between a person and his account.

::

    NotAuthenticated   CredentialsRefused, TokenRefused, SessionOver
    NotPermitted       NotSecurityAdministrator, OwnRole, WrongPassword
    NotFound           OfficeNotFound, OfficerNotFound, PersonNotFound, RoleNotHeld
    Conflict           UsernameTaken, OfficeCodeTaken, OfficerDisabled, RoleHeldAlready, RoleNotAlone,
                       LastAdministrator, OfficersExist
    InvalidInput       UsernameMalformed, PasswordTooWeak
    TooManyRequests    TooManyAttempts
    Unavailable        PasswordsBusy

Before somebody has signed in, nothing here says whether an account exists.
"""

from __future__ import annotations

from reparations.errors import (
    Conflict,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    TooManyRequests,
    Unavailable,
)


class CredentialsRefused(NotAuthenticated):
    """User name and password do not belong together, or the account is closed; which of these is not said."""

    code = "access.credentials_refused"


class TokenRefused(NotAuthenticated):
    """The token was not made by this service for this use, or its time is over."""

    code = "access.token_refused"


class SessionOver(NotAuthenticated):
    """The session behind a good token has ended."""

    code = "access.session_over"


class NotSecurityAdministrator(NotPermitted):
    """Accounts and roles are the security administrator's business."""

    code = "access.not_security_administrator"


class OwnRole(NotPermitted):
    """Nobody gives a role to himself, through whichever account."""

    code = "access.own_role"


class WrongPassword(NotPermitted):
    """The current password, asked for again, was wrong."""

    code = "access.wrong_password"


class OfficeNotFound(NotFound):
    """There is no such office."""

    code = "access.office_not_found"


class OfficerNotFound(NotFound):
    """There is no such officer."""

    code = "access.officer_not_found"


class PersonNotFound(NotFound):
    """There is no such person among the staff."""

    code = "access.person_not_found"


class RoleNotHeld(NotFound):
    """The officer does not hold the role to be withdrawn."""

    code = "access.role_not_held"


class UsernameTaken(Conflict):
    """Another account, open or closed, has this user name."""

    code = "access.username_taken"


class OfficeCodeTaken(Conflict):
    """Another office has this code."""

    code = "access.office_code_taken"


class OfficerDisabled(Conflict):
    """The account is closed, for good."""

    code = "access.officer_disabled"


class RoleHeldAlready(Conflict):
    """The officer holds this role already."""

    code = "access.role_held_already"


class RoleNotAlone(Conflict):
    """A security administrator holds no other role, in any of his accounts."""

    code = "access.role_not_alone"


class LastAdministrator(Conflict):
    """Without this one, nobody could administer accounts any more."""

    code = "access.last_administrator"


class OfficersExist(Conflict):
    """The first administrator is made once, when there is no officer yet."""

    code = "access.officers_exist"


class UsernameMalformed(InvalidInput):
    """A user name is 3 to 64 lower-case letters, digits, dots, hyphens and underscores."""

    code = "access.username_malformed"


class PasswordTooWeak(InvalidInput):
    """The password is too short, too long, too common or says the user name."""

    code = "access.password_too_weak"


class TooManyAttempts(TooManyRequests):
    """Too many failed attempts on one account from one network; the wait grows and then stays at 15 minutes."""

    code = "access.too_many_attempts"


class PasswordsBusy(Unavailable):
    """More passwords are waiting to be checked than this machine can check soon."""

    code = "access.passwords_busy"
