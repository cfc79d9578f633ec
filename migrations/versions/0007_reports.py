"""The register of issued reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import append_only, drop_triggers

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issued_report",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("donor_id", sa.Text(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("evidence_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("log_origin", sa.Text(), nullable=False),
        sa.Column("log_size", sa.BigInteger(), nullable=False),
        sa.Column("log_root", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_len", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["donor_id"], ["donor.id"]),
        sa.UniqueConstraint("evidence_sha256"),
        sa.UniqueConstraint("event_seq"),
        sa.CheckConstraint("kind IN ('donor', 'auditor')", name="kind_known"),
        sa.CheckConstraint("language IN ('en', 'fr')", name="language_known"),
        sa.CheckConstraint("(kind = 'donor') = (donor_id IS NOT NULL)", name="donor_named"),
        sa.CheckConstraint("length(evidence_sha256) = 32", name="evidence_sha256_length"),
        sa.CheckConstraint("length(pdf_sha256) = 32", name="pdf_sha256_length"),
        sa.CheckConstraint("length(log_root) = 32", name="log_root_length"),
        sa.CheckConstraint("pdf_len > 0", name="pdf_len_positive"),
        sa.CheckConstraint("log_size >= 0 AND event_seq >= log_size", name="issued_after_log_read"),
        sqlite_strict=True,
    )
    op.create_index("ix_issued_report_programme_id_id", "issued_report", ["programme_id", "id"])
    append_only(op, "issued_report")


def downgrade() -> None:
    drop_triggers(op, "issued_report")
    op.drop_table("issued_report")
