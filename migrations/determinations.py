"""Amounts a person determined: the tables, and what the database itself refuses about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import Operations, append_only, refuse_when

_DECIDED_ALREADY = "EXISTS (SELECT 1 FROM decision d WHERE d.determination_id = NEW.determination_id)"


def create_determinations() -> None:
    """Create both tables; decisions come after them, and name them."""
    op.create_table(
        "determination",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("assessment_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("determined_by", sa.Text(), nullable=False),
        sa.Column("determined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id", "claim_id"], ["assessment.id", "assessment.claim_id"]),
        sa.ForeignKeyConstraint(["determined_by"], ["staff_person.id"]),
        sa.UniqueConstraint("id", "assessment_id", "amount_minor", "determined_by"),
        sa.CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        sqlite_strict=True,
    )
    op.create_index("ix_determination_assessment_id", "determination", ["assessment_id"])
    op.create_table(
        "determined_step",
        sa.Column("determination_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("is_money", sa.Boolean(), nullable=False),
        sa.Column("lowest", sa.BigInteger(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["determination_id"], ["determination.id"]),
        sa.CheckConstraint("step <> ''", name="step_given"),
        sa.CheckConstraint("lowest <= decided AND decided <= highest", name="decided_within"),
        sa.PrimaryKeyConstraint("determination_id", "step"),
        sqlite_strict=True,
    )


def guard_determinations(operations: Operations) -> None:
    """Refuse any change, and a step that comes after its decision: what was confirmed would not be what is told."""
    for table in ("determination", "determined_step"):
        append_only(operations, table)
    refuse_when(
        operations,
        "determined_step_first",
        "determined_step",
        "INSERT",
        when=_DECIDED_ALREADY,
        message="determined_step.decided_already",
    )
