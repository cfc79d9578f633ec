"""Bodies of requests and answers about accounts and sessions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Self

from fastapi import Path
from pydantic import ConfigDict, Field, SecretStr

from reparations.access.models import Office, Officer, OfficerStatus
from reparations.access.rules import PASSWORD_MAX_CHARACTERS
from reparations.access.service import SignedIn
from reparations.http import Body
from reparations.principal import Role

OfficerId = Annotated[str, Path(pattern=r"^usr_[0-9A-Z]{26}$", description="Id of an account.")]

_Password = Annotated[SecretStr, Field(min_length=1, max_length=PASSWORD_MAX_CHARACTERS)]
_Username = Annotated[str, Field(min_length=1, max_length=64, examples=["a.mbeki"])]
_OfficeId = Annotated[str, Field(pattern=r"^off_[0-9A-Z]{26}$")]
_PersonId = Annotated[str, Field(pattern=r"^psn_[0-9A-Z]{26}$")]


class BodyWithPassword(Body):
    """A body in which spaces at either end count: they may belong to a password."""

    model_config = ConfigDict(str_strip_whitespace=False)


class Credentials(BodyWithPassword):
    """Who wants to sign in."""

    username: _Username
    password: _Password


class SessionView(Body):
    """A session, and the token to send with every request as ``Authorization: Bearer``."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 the scheme's name
    expires_in_s: int = Field(description="How long the token is good for, in seconds; renew it before.")
    session_expires_at: datetime = Field(description="When the session ends, however often it is renewed.")

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        """Show a session just opened or renewed."""
        return cls(
            access_token=signed_in.token,
            expires_in_s=signed_in.token_lifetime_s,
            session_expires_at=signed_in.session_expires_at,
        )


class PasswordChange(BodyWithPassword):
    """An officer's own new password."""

    current_password: _Password
    new_password: _Password


class NewOffice(Body):
    """An office to open."""

    code: str = Field(pattern=r"^[A-Z][A-Z0-9-]{1,31}$", examples=["BUNIA"])
    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")


class OfficeView(Body):
    """An office."""

    id: str
    code: str
    name: str

    @classmethod
    def of(cls, office: Office) -> Self:
        """Show an office."""
        return cls(id=office.id, code=office.code, name=office.name)


class NewOfficer(BodyWithPassword):
    """An account to open."""

    username: _Username
    password: _Password
    office_id: _OfficeId
    person_id: _PersonId | None = Field(default=None, description="Whose account, if not a new person's.")
    roles: list[Role] = Field(default=[], max_length=len(Role))


class NewRole(Body):
    """A role to grant."""

    role: Role


class OfficerView(Body):
    """An account and the roles it holds now."""

    id: str
    person_id: str
    username: str
    office_id: str
    status: OfficerStatus
    roles: list[Role]
    created_at: datetime

    @classmethod
    def of(cls, officer: Officer, roles: Collection[Role]) -> Self:
        """Show an account; its password's hash is shown nowhere."""
        return cls(
            id=officer.id,
            person_id=officer.person_id,
            username=officer.username,
            office_id=officer.office_id,
            status=OfficerStatus(officer.status),
            roles=sorted(roles),
            created_at=officer.created_at,
        )
