"""Offices, staff, accounts, roles, sessions and the throttle of failed attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import append_only, drop_triggers, only_columns_change, refuse_when

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("login_throttle", "login_session", "role_grant", "officer", "staff_person", "office")


def upgrade() -> None:
    _create_people()
    _create_roles()
    _create_sessions()
    _guard()


def downgrade() -> None:
    for table in TABLES:
        drop_triggers(op, table)
        op.drop_table(table)


def _create_people() -> None:
    op.create_table(
        "office",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.UniqueConstraint("code", name="uq_office_code"),
        sa.CheckConstraint("code <> ''", name="code_given"),
        sqlite_strict=True,
    )
    op.create_table(
        "staff_person",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "officer",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"]),
        sa.UniqueConstraint("username", name="uq_officer_username"),
        sa.UniqueConstraint("id", "person_id", name="uq_officer_id_person_id"),
        sa.CheckConstraint("username = lower(username) AND username <> ''", name="username_folded"),
        sa.CheckConstraint("substr(password_hash, 1, 10) = '$argon2id$'", name="password_hashed"),
        sa.CheckConstraint("status IN ('active', 'disabled')", name="status_known"),
        sqlite_strict=True,
    )
    op.create_index("ix_officer_person_id", "officer", ["person_id"])


def _create_roles() -> None:
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["officer_id", "person_id"], ["officer.id", "officer.person_id"]),
        sa.ForeignKeyConstraint(["granted_by"], ["staff_person.id"]),
        sa.CheckConstraint(
            "role IN ('caseworker', 'decider', 'fund_administrator', 'approver', 'payer', 'auditor', "
            "'security_administrator')",
            name="role_known",
        ),
        sa.CheckConstraint("granted_by <> person_id", name="not_to_oneself"),
        sa.CheckConstraint("granted_by IS NOT NULL OR role = 'security_administrator'", name="grantor_known"),
        sa.CheckConstraint("revoked_at IS NULL OR revoked_at >= granted_at", name="revoked_after_granted"),
        sqlite_strict=True,
    )
    for name, columns, condition in (
        ("uq_role_grant_first", ["role"], "granted_by IS NULL"),
        ("uq_role_grant_held", ["officer_id", "role"], "revoked_at IS NULL"),
    ):
        op.create_index(
            name,
            "role_grant",
            columns,
            unique=True,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    op.create_index("ix_role_grant_person_id", "role_grant", ["person_id"])


def _create_sessions() -> None:
    op.create_table(
        "login_session",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"]),
        sa.CheckConstraint("expires_at > created_at", name="expires_later"),
        sa.CheckConstraint("last_seen_at >= created_at", name="seen_after_created"),
        sqlite_strict=True,
    )
    op.create_index("ix_login_session_officer_id", "login_session", ["officer_id"])
    op.create_table(
        "login_throttle",
        sa.Column("account_key", sa.LargeBinary(), primary_key=True),
        sa.Column("network_key", sa.LargeBinary(), primary_key=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(account_key) = 16 AND length(network_key) = 16", name="keys_whole"),
        sa.CheckConstraint("failures >= 0", name="failures_counted"),
        sqlite_strict=True,
    )
    op.create_index("ix_login_throttle_last_failed_at", "login_throttle", ["last_failed_at"])


def _guard() -> None:
    append_only(op, "office")
    append_only(op, "staff_person")
    only_columns_change(op, "officer", {"password_hash", "status"})
    only_columns_change(op, "role_grant", {"revoked_at"})
    only_columns_change(op, "login_session", {"last_seen_at", "ended_at"})
    refuse_when(
        op,
        "officer_stays_disabled",
        "officer",
        "UPDATE",
        when="OLD.status = 'disabled' AND NEW.status <> 'disabled'",
        message="officer.stays_disabled",
    )
    refuse_when(
        op,
        "role_grant_stays_revoked",
        "role_grant",
        "UPDATE",
        when="OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at",
        when_pg="OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at",
        message="role_grant.stays_revoked",
    )
    # Over all accounts of the person: whoever administers accounts does nothing else with them.
    refuse_when(
        op,
        "role_grant_administrator_alone",
        "role_grant",
        "INSERT",
        when=(
            "NEW.revoked_at IS NULL AND EXISTS (SELECT 1 FROM role_grant g "
            "WHERE g.person_id = NEW.person_id AND g.revoked_at IS NULL "
            "AND (g.role = 'security_administrator') <> (NEW.role = 'security_administrator'))"
        ),
        message="role_grant.administrator_alone",
    )
    refuse_when(
        op,
        "login_session_stays_ended",
        "login_session",
        "UPDATE",
        when="OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at",
        when_pg="OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at",
        message="login_session.stays_ended",
    )
