"""What officers and their administrators do: `accounts` opens and closes, `logins` lets in and sends away."""

from reparations.access.service.accounts import (
    add_office,
    add_officer,
    create_first_administrator,
    disable_officer,
    grant_role,
    withdraw_role,
)
from reparations.access.service.logins import (
    Caller,
    SignedIn,
    authenticate,
    change_password,
    end_session,
    log_in,
    renew_session,
)

__all__ = [
    "Caller",
    "SignedIn",
    "add_office",
    "add_officer",
    "authenticate",
    "change_password",
    "create_first_administrator",
    "disable_officer",
    "end_session",
    "grant_role",
    "log_in",
    "renew_session",
    "withdraw_role",
]
