"""Saved simulations: a question, its parts, its answer; all append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import append_only, drop_triggers, refuse_when

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("simulation_result", "simulation_part", "simulation")


def upgrade() -> None:
    _create_simulation()
    _create_simulation_part()
    _create_simulation_result()
    for table in TABLES:
        append_only(op, table)
    refuse_when(
        op,
        "simulation_part_in_order",
        "simulation_part",
        "INSERT",
        when="NEW.number <> 1 + (SELECT count(*) FROM simulation_part p WHERE p.simulation_id = NEW.simulation_id)",
        message="simulation_part.out_of_order",
    )
    refuse_when(
        op,
        "simulation_part_open",
        "simulation_part",
        "INSERT",
        when="EXISTS (SELECT 1 FROM simulation_result r WHERE r.simulation_id = NEW.simulation_id)",
        message="simulation_part.finished",
    )
    refuse_when(
        op,
        "simulation_result_whole",
        "simulation_result",
        "INSERT",
        # The last part found no claim left, and the answer is over the claims of all parts.
        when="NOT EXISTS (SELECT 1 FROM simulation_part p WHERE p.simulation_id = NEW.simulation_id"
        " AND p.number = NEW.parts AND p.last_claim_id IS NULL AND p.input_sha256 = NEW.input_sha256)",
        message="simulation_result.unfinished",
    )


def downgrade() -> None:
    for table in TABLES:
        drop_triggers(op, table)
        op.drop_table(table)


def _create_simulation() -> None:
    op.create_table(
        "simulation",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("base_rule_set_id", sa.Text(), nullable=False),
        sa.Column("base_sha256", sa.Text(), nullable=False),
        sa.Column("draft_sha256", sa.Text(), nullable=False),
        sa.Column("draft_rules", sa.Text(), nullable=False),
        sa.Column("draft_facts", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["base_rule_set_id"], ["rule_set.id"]),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.CheckConstraint("length(base_sha256) = 64", name="base_sha256_length"),
        sa.CheckConstraint("length(draft_sha256) = 64", name="draft_sha256_length"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sa.CheckConstraint("draft_rules <> '' AND draft_facts <> ''", name="draft_given"),
        sqlite_strict=True,
    )
    op.create_index("ix_simulation_programme_id_id", "simulation", ["programme_id", "id"])


def _create_simulation_part() -> None:
    op.create_table(
        "simulation_part",
        sa.Column("simulation_id", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True),
        sa.Column("last_claim_id", sa.Text(), nullable=True),
        sa.Column("claims", sa.BigInteger(), nullable=False),
        sa.Column("input_sha256", sa.Text(), nullable=False),
        sa.Column("tally_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changes_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["last_claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["simulation_id"], ["simulation.id"]),
        sa.CheckConstraint("claims >= 0", name="claims_not_negative"),
        sa.CheckConstraint("length(input_sha256) = 64", name="input_sha256_length"),
        sa.CheckConstraint("number >= 1", name="number_positive"),
        sqlite_strict=True,
    )


def _create_simulation_result() -> None:
    op.create_table(
        "simulation_result",
        sa.Column("simulation_id", sa.Text(), primary_key=True),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("input_sha256", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("shown_sha256", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["simulation_id"], ["simulation.id"]),
        sa.CheckConstraint("length(input_sha256) = 64", name="input_sha256_length"),
        sa.CheckConstraint("length(shown_sha256) = 64", name="shown_sha256_length"),
        sa.CheckConstraint("parts >= 1", name="parts_positive"),
        sqlite_strict=True,
    )
