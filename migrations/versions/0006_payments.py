"""Batches, approvals, payments, what was asked of a rail and what it said; guarded by `migrations.payment_triggers`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.payment_triggers import guard_payments
from migrations.triggers import drop_triggers

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = (
    "statement_finding",
    "payment_answer",
    "bank_statement",
    "bank_file",
    "dispatch_lease",
    "payment_withdrawal",
    "payment_attempt",
    "payment",
    "batch_approval",
    "batch",
)


def upgrade() -> None:
    _create_batches()
    _create_payments()
    _create_attempts()
    _create_bank_documents()
    _create_answers()
    guard_payments(op)


def downgrade() -> None:
    for table in TABLES:
        drop_triggers(op, table)
    for table in TABLES:
        op.drop_table(table)


def _create_batches() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("payment_count", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["created_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["released_by"], ["staff_person.id"]),
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("programme_id", "number"),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'approved', 'released', 'completed', 'cancelled')", name="status_known"
        ),
        sa.CheckConstraint("number >= 1", name="number_positive"),
        sa.CheckConstraint("payment_count BETWEEN 1 AND 5000", name="payment_count_within"),
        sa.CheckConstraint("total_minor > 0", name="total_positive"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sa.CheckConstraint("content_sha256 IS NULL OR length(content_sha256) = 32", name="content_sha256_length"),
        sa.CheckConstraint(
            "status IN ('draft', 'cancelled') OR content_sha256 IS NOT NULL", name="frozen_when_submitted"
        ),
        sa.CheckConstraint("(content_sha256 IS NULL) = (submitted_at IS NULL)", name="submission_whole"),
        sa.CheckConstraint("(released_by IS NULL) = (released_at IS NULL)", name="release_whole"),
        sa.CheckConstraint("status NOT IN ('released', 'completed') OR released_by IS NOT NULL", name="releaser_known"),
        sqlite_strict=True,
    )
    op.create_table(
        "batch_approval",
        sa.Column("batch_id", sa.Text(), primary_key=True),
        sa.Column("person_id", sa.Text(), primary_key=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["staff_person.id"]),
        sa.UniqueConstraint("batch_id", "position"),
        sa.CheckConstraint("position IN (1, 2)", name="position_known"),
        sa.CheckConstraint("length(content_sha256) = 32", name="content_sha256_length"),
        sqlite_strict=True,
    )


def _create_payments() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("instalment_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("payee_party_id", sa.Text(), nullable=False),
        sa.Column("destination_id", sa.Text(), nullable=False),
        sa.Column("destination_commitment", sa.LargeBinary(), nullable=False),
        sa.Column("rail", sa.Text(), nullable=False),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reissues_id", sa.Text(), nullable=True),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalment.id"]),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["payee_party_id"], ["party.id"]),
        sa.ForeignKeyConstraint(["destination_id"], ["payment_destination.id"]),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.ForeignKeyConstraint(["reissues_id"], ["payment.id"]),
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("instalment_id", "ordinal"),
        sa.CheckConstraint(
            "status IN ('draft', 'approved', 'released', 'dispatching', 'submitted', 'rejected', 'unknown', "
            "'in_transit', 'paid', 'returned', 'parked', 'cancelled', 'reissued')",
            name="status_known",
        ),
        sa.CheckConstraint("rail IN ('bank_file', 'stripe')", name="rail_known"),
        sa.CheckConstraint("ordinal >= 1", name="ordinal_positive"),
        sa.CheckConstraint("length(reference) = 16", name="reference_length"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sa.CheckConstraint("length(destination_commitment) = 32", name="destination_commitment_length"),
        sa.CheckConstraint("reissues_id <> id", name="not_its_own_reissue"),
        sqlite_strict=True,
    )
    for name, columns, condition in (
        (
            "uq_payment_live",
            ["instalment_id"],
            "status NOT IN ('rejected', 'returned', 'cancelled', 'reissued')",
        ),
        ("uq_payment_reissues_id", ["reissues_id"], "reissues_id IS NOT NULL AND status <> 'cancelled'"),
        ("uq_payment_provider_ref", ["rail", "provider_ref"], "provider_ref IS NOT NULL"),
    ):
        op.create_index(
            name,
            "payment",
            columns,
            unique=True,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    op.create_index("ix_payment_batch_id_reference", "payment", ["batch_id", "reference"])
    op.create_index("ix_payment_status_id", "payment", ["status", "id"])
    op.create_index("ix_payment_claim_id", "payment", ["claim_id"])


def _create_attempts() -> None:
    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("request_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"]),
        sa.UniqueConstraint("payment_id"),
        sa.UniqueConstraint("idempotency_key"),
        sa.CheckConstraint("length(request_sha256) = 32", name="request_sha256_length"),
        sqlite_strict=True,
    )
    op.create_table(
        "payment_withdrawal",
        sa.Column("payment_id", sa.Text(), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"]),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["staff_person.id"]),
        sa.CheckConstraint("reason IN ('payee_died', 'claim_not_open', 'appeal_or_correction')", name="reason_known"),
        sqlite_strict=True,
    )
    op.create_table(
        "dispatch_lease",
        sa.Column("payment_id", sa.Text(), primary_key=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"]),
        sqlite_strict=True,
    )


def _create_bank_documents() -> None:
    op.create_table(
        "bank_file",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("payment_count", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.UniqueConstraint("message_id"),
        sa.UniqueConstraint("batch_id", "fund_id"),
        sa.CheckConstraint("length(content_sha256) = 32", name="content_sha256_length"),
        sa.CheckConstraint("payment_count >= 1", name="payment_count_positive"),
        sa.CheckConstraint("total_minor > 0", name="total_positive"),
        sqlite_strict=True,
    )
    op.create_table(
        "bank_statement",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("statement_ref", sa.Text(), nullable=False),
        sa.Column("account_index", sa.LargeBinary(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("entry_count", sa.BigInteger(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("account_index", "statement_ref"),
        sa.CheckConstraint("length(content_sha256) = 32", name="content_sha256_length"),
        sa.CheckConstraint("length(account_index) = 16", name="account_index_length"),
        sqlite_strict=True,
    )


def _create_answers() -> None:
    op.create_table(
        "payment_answer",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("statement_id", sa.Text(), nullable=True),
        sa.Column("statement_line", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payment_attempt.payment_id"]),
        sa.ForeignKeyConstraint(["statement_id"], ["bank_statement.id"]),
        sa.UniqueConstraint("payment_id", "number"),
        sa.UniqueConstraint("statement_id", "statement_line"),
        sa.CheckConstraint("source IN ('send', 'look_up', 'statement')", name="source_known"),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'in_transit', 'paid', 'returned', 'rejected', 'not_found', 'unknown')",
            name="outcome_known",
        ),
        sa.CheckConstraint("number >= 1", name="number_positive"),
        sa.CheckConstraint("(source = 'statement') = (statement_id IS NOT NULL)", name="statement_named"),
        sa.CheckConstraint("(statement_id IS NULL) = (statement_line IS NULL)", name="statement_line_named"),
        sqlite_strict=True,
    )
    op.create_table(
        "statement_finding",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["bank_statement.id"]),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"]),
        sa.UniqueConstraint("statement_id", "line"),
        sa.CheckConstraint(
            "code IN ('unknown_reference', 'amount_differs', 'not_awaited', 'reason_missing', 'day_to_come')",
            name="code_known",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_statement_finding_payment_id", "statement_finding", ["payment_id"])
