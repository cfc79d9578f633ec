"""Rounds of payment: their funds, lines, shares, and what could not be carried out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.round_triggers import guard_rounds, unguard_rounds
from migrations.triggers import drop_triggers

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("round_omission", "round_share", "round_line", "round_fund", "payment_round")
REASONS = (
    "in_full",
    "quota",
    "quota_ceiling",
    "ahead_of_quota",
    "phase",
    "level",
    "rate",
    "rate_in_part",
    "per_head",
    "ceiling",
    "last_in_part",
    "waits",
    "below_priority",
    "not_yet",
    "not_in_round",
    "nothing_open",
)
OMISSIONS = (
    "claim_closed",
    "decision_changed",
    "appeal_suspends",
    "possible_duplicate",
    "funded_otherwise",
    "restriction_forbids",
)


def upgrade() -> None:
    _create_round()
    _create_lines()
    guard_rounds(op)


def downgrade() -> None:
    unguard_rounds(op)
    for table in TABLES:
        drop_triggers(op, table)
        op.drop_table(table)


def _known(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _create_round() -> None:
    op.create_table(
        "payment_round",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rule_set_id", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("terms_source", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("pool_minor", sa.BigInteger(), nullable=False),
        sa.Column("cash_minor", sa.BigInteger(), nullable=False),
        sa.Column("undecided", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("allotted_minor", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("inputs_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("result_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parted_through", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["rule_set_id"], ["rule_set.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["confirmed_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["staff_person.id"]),
        sa.UniqueConstraint("programme_id", "number"),
        sa.CheckConstraint(_known("status", ("proposed", "withdrawn", "confirmed", "completed")), name="status_known"),
        sa.CheckConstraint("terms_source IN ('rules', 'stated')", name="terms_source_known"),
        sa.CheckConstraint("number >= 1", name="number_positive"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sa.CheckConstraint("citation <> ''", name="citation_given"),
        sa.CheckConstraint("pool_minor > 0", name="pool_positive"),
        sa.CheckConstraint("cash_minor BETWEEN 0 AND pool_minor", name="cash_within_pool"),
        sa.CheckConstraint("allotted_minor BETWEEN 0 AND cash_minor", name="allotted_within_cash"),
        sa.CheckConstraint("undecided >= 0 AND lines >= 0", name="counts_not_negative"),
        sa.CheckConstraint("parted_through BETWEEN 0 AND lines", name="parted_through_in_range"),
        sa.CheckConstraint("length(inputs_sha256) = 32 AND length(result_sha256) = 32", name="hashes_length"),
        sa.CheckConstraint("confirmed_by <> proposed_by", name="confirmed_by_another"),
        sa.CheckConstraint(
            "(status IN ('confirmed', 'completed')) = (confirmed_by IS NOT NULL)"
            " AND (confirmed_by IS NULL) = (confirmed_at IS NULL)",
            name="confirmation_whole",
        ),
        sa.CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_by IS NOT NULL) AND (withdrawn_by IS NULL) = (withdrawn_at IS NULL)",
            name="withdrawal_whole",
        ),
        sa.CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="completion_whole"),
        sqlite_strict=True,
    )
    is_open = "status IN ('proposed', 'confirmed')"
    op.create_index(
        "uq_payment_round_open",
        "payment_round",
        ["programme_id"],
        unique=True,
        sqlite_where=sa.text(is_open),
        postgresql_where=sa.text(is_open),
    )
    op.create_table(
        "round_fund",
        sa.Column("round_id", sa.Text(), primary_key=True),
        sa.Column("fund_id", sa.Text(), primary_key=True),
        sa.Column("asked_minor", sa.BigInteger(), nullable=False),
        sa.Column("cash_minor", sa.BigInteger(), nullable=False),
        sa.Column("allotted_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["payment_round.id"]),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.CheckConstraint("asked_minor > 0", name="asked_positive"),
        sa.CheckConstraint("cash_minor BETWEEN 0 AND asked_minor", name="cash_within_asked"),
        sa.CheckConstraint("allotted_minor BETWEEN 0 AND cash_minor", name="allotted_within_cash"),
        sqlite_strict=True,
    )
    op.create_index("ix_round_fund_fund_id", "round_fund", ["fund_id"])


def _create_lines() -> None:
    op.create_table(
        "round_line",
        sa.Column("round_id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), primary_key=True),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("facts_revision_id", sa.Text(), nullable=True),
        sa.Column("entitled_minor", sa.BigInteger(), nullable=False),
        sa.Column("before_minor", sa.BigInteger(), nullable=False),
        sa.Column("allotted_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("capped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["payment_round.id"]),
        sa.ForeignKeyConstraint(["decision_id", "claim_id"], ["decision.id", "decision.claim_id"]),
        sa.ForeignKeyConstraint(["claim_id", "case_id"], ["claim.id", "claim.case_id"]),
        sa.ForeignKeyConstraint(["facts_revision_id"], ["facts_revision.id"]),
        sa.UniqueConstraint("round_id", "position"),
        sa.CheckConstraint(_known("reason", REASONS), name="reason_known"),
        sa.CheckConstraint("position >= 1", name="position_positive"),
        sa.CheckConstraint("before_minor BETWEEN 0 AND entitled_minor", name="before_within_entitled"),
        sa.CheckConstraint("allotted_minor BETWEEN 0 AND entitled_minor - before_minor", name="allotted_within_open"),
        sa.CheckConstraint("place >= 1", name="place_positive"),
        sqlite_strict=True,
    )
    op.create_index("ix_round_line_claim_id", "round_line", ["claim_id"])
    op.create_table(
        "round_share",
        sa.Column("round_id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), primary_key=True),
        sa.Column("fund_id", sa.Text(), primary_key=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["round_id", "claim_id"], ["round_line.round_id", "round_line.claim_id"]),
        sa.ForeignKeyConstraint(["round_id", "fund_id"], ["round_fund.round_id", "round_fund.fund_id"]),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sqlite_strict=True,
    )
    op.create_table(
        "round_omission",
        sa.Column("round_id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id", "claim_id"], ["round_line.round_id", "round_line.claim_id"]),
        sa.CheckConstraint(_known("reason", OMISSIONS), name="reason_known"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sqlite_strict=True,
    )
