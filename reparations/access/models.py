"""Tables of offices, people, accounts, roles, sessions and failed attempts.

A `StaffPerson` is the human being and an `Officer` one of his accounts: whatever must be kept apart by person (duties,
the security administrator's role, granting to oneself) is kept apart over all accounts.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.principal import Role

ROLE_VALUES = ", ".join(f"'{role.value}'" for role in Role)


class OfficerStatus(StrEnum):
    """Whether an account may be used.  A closed account is never opened again."""

    ACTIVE = "active"
    DISABLED = "disabled"


class Office(Row, table=True):
    """A place of work; claims and officers belong to one."""

    __tablename__ = "office"
    __table_args__ = (
        UniqueConstraint("code", name="uq_office_code"),
        CheckConstraint("code <> ''", name="code_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(sa_type=Text)
    """Short name in capitals, ``BUNIA``."""
    name: str = Field(sa_type=Text)


class StaffPerson(Row, table=True):
    """A human being on the staff.  Names are kept by the personnel office, not here."""

    __tablename__ = "staff_person"
    __table_args__ = ({"sqlite_strict": True},)

    id: str = Field(primary_key=True, sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)


class Officer(Row, table=True):
    """An account somebody signs in with."""

    __tablename__ = "officer"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["staff_person.id"]),
        ForeignKeyConstraint(["office_id"], ["office.id"]),
        UniqueConstraint("username", name="uq_officer_username"),
        # So that a role grant can name the account and its person together.
        UniqueConstraint("id", "person_id", name="uq_officer_id_person_id"),
        CheckConstraint("username = lower(username) AND username <> ''", name="username_folded"),
        CheckConstraint("substr(password_hash, 1, 10) = '$argon2id$'", name="password_hashed"),
        CheckConstraint("status IN ('active', 'disabled')", name="status_known"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"password_hash", "status"})

    id: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(sa_type=Text, index=True)
    username: str = Field(sa_type=Text)
    office_id: str = Field(sa_type=Text)
    password_hash: str = Field(sa_type=Text)
    """Argon2id, in its own text format."""
    status: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)


class RoleGrant(Row, table=True):
    """One role of one account, from when it was granted until it was withdrawn."""

    __tablename__ = "role_grant"
    __table_args__ = (
        ForeignKeyConstraint(["officer_id", "person_id"], ["officer.id", "officer.person_id"]),
        ForeignKeyConstraint(["granted_by"], ["staff_person.id"]),
        CheckConstraint(f"role IN ({ROLE_VALUES})", name="role_known"),
        CheckConstraint("granted_by <> person_id", name="not_to_oneself"),
        # Nobody granted the first administrator his role, and by the index below there is one such grant, ever.
        CheckConstraint("granted_by IS NOT NULL OR role = 'security_administrator'", name="grantor_known"),
        CheckConstraint("revoked_at IS NULL OR revoked_at >= granted_at", name="revoked_after_granted"),
        Index(
            "uq_role_grant_first",
            "role",
            unique=True,
            sqlite_where=text("granted_by IS NULL"),
            postgresql_where=text("granted_by IS NULL"),
        ),
        Index(
            "uq_role_grant_held",
            "officer_id",
            "role",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("ix_role_grant_person_id", "person_id"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"revoked_at"})

    id: str = Field(primary_key=True, sa_type=Text)
    officer_id: str = Field(sa_type=Text)
    person_id: str = Field(sa_type=Text)
    """The person of `officer_id`, here so that the database can compare it with `granted_by`."""
    role: str = Field(sa_type=Text)
    granted_by: str | None = Field(default=None, sa_type=Text)
    """The person who granted it; null for the first administrator only."""
    granted_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class LoginSession(Row, table=True):
    """Somebody is signed in.  Every request looks this row up, so that access ends when the row says so."""

    __tablename__ = "login_session"
    __table_args__ = (
        ForeignKeyConstraint(["officer_id"], ["officer.id"]),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("last_seen_at >= created_at", name="seen_after_created"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"last_seen_at", "ended_at"})
    audited: ClassVar[bool] = False

    id: str = Field(primary_key=True, sa_type=Text)
    officer_id: str = Field(sa_type=Text, index=True)
    created_at: datetime = Field(sa_type=Instant)
    last_seen_at: datetime = Field(sa_type=Instant)
    """When a token was last made for it: at sign-in and at each renewal."""
    expires_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class LoginThrottle(Row, table=True):
    """Failed attempts on one account from one network, both as keyed hashes: neither can be read here."""

    __tablename__ = "login_throttle"
    __table_args__ = (
        CheckConstraint("length(account_key) = 16 AND length(network_key) = 16", name="keys_whole"),
        CheckConstraint("failures >= 0", name="failures_counted"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"failures", "last_failed_at"})
    deletable: ClassVar[bool] = True
    audited: ClassVar[bool] = False

    account_key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    network_key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    failures: int = Field(sa_type=BigInteger)
    """Attempts since the last success; an attempt counts as failed until it has succeeded."""
    last_failed_at: datetime = Field(sa_type=Instant, index=True)
