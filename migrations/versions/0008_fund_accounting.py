"""Schedules, conditions and reductions of pledges; restrictions, ceilings and the order of funds; costs, refunds, money
between funds.  `migrations.fund_triggers` guards them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fund_triggers import guard_funds, unguard_funds
from migrations.triggers import append_only, drop_triggers

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = (
    "interfund_approval",
    "interfund_move",
    "refund_approval",
    "refund",
    "programme_cost",
    "interest",
    "allocation_record",
    "funding_order",
    "overhead_ceiling",
    "fund_restriction",
    "pledge_reduction",
    "condition_resolution",
    "pledge_condition",
    "pledge_part",
)

_SHARE = "numerator >= 0 AND numerator <= denominator AND denominator BETWEEN 1 AND 1000000"
_RESTRICTION_WHOLE = (
    "(kind IN ('purpose', 'case', 'place', 'share')) = (value IS NOT NULL)"
    " AND (kind = 'period') = (usable_from IS NOT NULL OR usable_until IS NOT NULL)"
    " AND (kind = 'share') = (share_numerator IS NOT NULL)"
    " AND (kind = 'share') = (share_denominator IS NOT NULL)"
    " AND (kind <> 'share' OR value IN ('individual', 'collective'))"
)


def upgrade() -> None:
    _create_promises()
    _create_restrictions()
    _create_allocations()
    _create_spending()
    _create_moves()
    for table in TABLES:
        append_only(op, table)
    guard_funds(op)


def downgrade() -> None:
    unguard_funds(op)
    for table in TABLES:
        drop_triggers(op, table)
        op.drop_table(table)


def _text(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, primary_key=primary_key)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), primary_key=True, autoincrement=False)


def _day(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable, primary_key=primary_key)


def _recorded_at() -> sa.Column[object]:
    return sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False)


def _given(name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{name} <> ''", name=f"{name}_given")


def _amount() -> sa.CheckConstraint:
    return sa.CheckConstraint("amount_minor > 0", name="amount_positive")


def _currency() -> sa.CheckConstraint:
    return sa.CheckConstraint("length(currency) = 3", name="currency_length")


def _create_promises() -> None:
    op.create_table(
        "pledge_part",
        _text("pledge_id", primary_key=True),
        _number("number"),
        _day("due_on"),
        _whole("amount_minor"),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"]),
        sa.CheckConstraint("number >= 1", name="number_positive"),
        _amount(),
        sqlite_strict=True,
    )
    op.create_table(
        "pledge_condition",
        _text("id", primary_key=True),
        _text("pledge_id"),
        _text("text"),
        _text("citation"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"]),
        sa.UniqueConstraint("id", "pledge_id", name="uq_pledge_condition_id_pledge_id"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 1000", name="text_length"),
        _given("citation"),
        sqlite_strict=True,
    )
    op.create_index("ix_pledge_condition_pledge_id", "pledge_condition", ["pledge_id"])
    op.create_table(
        "condition_resolution",
        _text("condition_id", primary_key=True),
        _text("outcome"),
        _text("authority"),
        _day("resolved_on"),
        _text("resolved_by"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["condition_id"], ["pledge_condition.id"]),
        sa.CheckConstraint("outcome IN ('met', 'waived')", name="outcome_known"),
        _given("authority"),
        sqlite_strict=True,
    )
    op.create_table(
        "pledge_reduction",
        _text("id", primary_key=True),
        _text("reference"),
        _text("pledge_id"),
        _text("kind"),
        _whole("amount_minor"),
        _text("condition_id", nullable=True),
        _text("reason"),
        _text("citation"),
        _day("decided_on"),
        _text("decided_by"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"]),
        sa.ForeignKeyConstraint(["condition_id", "pledge_id"], ["pledge_condition.id", "pledge_condition.pledge_id"]),
        sa.UniqueConstraint("reference", name="uq_pledge_reduction_reference"),
        _amount(),
        sa.CheckConstraint("kind IN ('reduced', 'cancelled', 'refused')", name="kind_known"),
        sa.CheckConstraint("condition_id IS NULL OR kind = 'refused'", name="condition_of_refusal"),
        _given("reference"),
        sa.CheckConstraint("length(reason) BETWEEN 1 AND 1000", name="reason_length"),
        _given("citation"),
        sqlite_strict=True,
    )
    op.create_index("ix_pledge_reduction_pledge_id", "pledge_reduction", ["pledge_id"])


def _create_restrictions() -> None:
    op.create_table(
        "fund_restriction",
        _text("id", primary_key=True),
        _text("fund_id"),
        _text("kind"),
        _text("value", nullable=True),
        _day("usable_from", nullable=True),
        _day("usable_until", nullable=True),
        _whole("share_numerator", nullable=True),
        _whole("share_denominator", nullable=True),
        _text("citation"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.CheckConstraint("kind IN ('purpose', 'case', 'place', 'period', 'share')", name="kind_known"),
        sa.CheckConstraint(_RESTRICTION_WHOLE, name="kind_whole"),
        _given("value"),
        sa.CheckConstraint("usable_from < usable_until", name="period_positive"),
        sa.CheckConstraint(
            "share_numerator >= 0 AND share_numerator <= share_denominator AND share_denominator BETWEEN 1 AND 1000000",
            name="share_within_one",
        ),
        _given("citation"),
        sqlite_strict=True,
    )
    op.create_index("ix_fund_restriction_fund_id", "fund_restriction", ["fund_id"])
    op.create_table(
        "overhead_ceiling",
        _text("fund_id", primary_key=True),
        _day("valid_from", primary_key=True),
        _whole("numerator"),
        _whole("denominator"),
        _text("citation"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.CheckConstraint(_SHARE, name="share_within_one"),
        _given("citation"),
        sqlite_strict=True,
    )


def _create_allocations() -> None:
    op.create_table(
        "funding_order",
        _text("programme_id", primary_key=True),
        _number("version"),
        _number("position"),
        _text("fund_id"),
        _text("reference"),
        _text("citation"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.UniqueConstraint("programme_id", "version", "fund_id", name="uq_funding_order_fund"),
        sa.UniqueConstraint("reference", "position", name="uq_funding_order_reference"),
        sa.CheckConstraint("version >= 1", name="version_positive"),
        sa.CheckConstraint("position >= 1", name="position_positive"),
        _given("reference"),
        _given("citation"),
        sqlite_strict=True,
    )
    op.create_table(
        "allocation_record",
        _text("award_id", primary_key=True),
        _text("fund_id", primary_key=True),
        sa.Column("round_number", sa.BigInteger(), primary_key=True, autoincrement=False),
        _text("rule"),
        _text("citation", nullable=True),
        sa.Column("inputs_sha256", sa.LargeBinary(), nullable=False),
        _text("reason"),
        _recorded_at(),
        sa.ForeignKeyConstraint(
            ["award_id", "fund_id", "round_number"],
            ["award_funding.award_id", "award_funding.fund_id", "award_funding.round_number"],
        ),
        sa.CheckConstraint("rule IN ('most_restricted_first', 'declared_order', 'named')", name="rule_known"),
        sa.CheckConstraint("(rule = 'most_restricted_first') = (citation IS NULL)", name="citation_of_order"),
        _given("citation"),
        sa.CheckConstraint("length(inputs_sha256) = 32", name="inputs_sha256_length"),
        _given("reason"),
        sqlite_strict=True,
    )


def _create_spending() -> None:
    op.create_table(
        "interest",
        _text("id", primary_key=True),
        _text("reference"),
        _text("fund_id"),
        _whole("amount_minor"),
        _text("currency"),
        _day("received_on"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.UniqueConstraint("reference", name="uq_interest_reference"),
        _given("reference"),
        _amount(),
        _currency(),
        sqlite_strict=True,
    )
    op.create_index("ix_interest_fund_id", "interest", ["fund_id"])
    op.create_table(
        "programme_cost",
        _text("id", primary_key=True),
        _text("reference"),
        _text("fund_id"),
        _text("cost_class"),
        _whole("amount_minor"),
        _text("currency"),
        _day("incurred_on"),
        _text("citation"),
        _text("recorded_by"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.UniqueConstraint("reference", name="uq_programme_cost_reference"),
        _given("reference"),
        sa.CheckConstraint(
            "cost_class IN ('identification', 'verification', 'payment', 'administration', 'audit', 'fee')",
            name="cost_class_known",
        ),
        _amount(),
        _currency(),
        _given("citation"),
        sqlite_strict=True,
    )
    op.create_index("ix_programme_cost_fund_id", "programme_cost", ["fund_id"])


def _create_moves() -> None:
    op.create_table(
        "refund",
        _text("id", primary_key=True),
        _text("reference"),
        _text("contribution_id"),
        _whole("amount_minor"),
        _text("citation"),
        _text("prepared_by"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"]),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        sa.UniqueConstraint("reference", name="uq_refund_reference"),
        sa.UniqueConstraint("id", "prepared_by", name="uq_refund_id_prepared_by"),
        _given("reference"),
        _amount(),
        _given("citation"),
        sqlite_strict=True,
    )
    op.create_index("ix_refund_contribution_id", "refund", ["contribution_id"])
    op.create_table(
        "refund_approval",
        _text("refund_id", primary_key=True),
        _text("prepared_by"),
        _text("approved_by"),
        _day("refunded_on"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["refund_id", "prepared_by"], ["refund.id", "refund.prepared_by"]),
        sa.ForeignKeyConstraint(["approved_by"], ["staff_person.id"]),
        sa.CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        sqlite_strict=True,
    )
    op.create_table(
        "interfund_move",
        _text("id", primary_key=True),
        _text("reference"),
        _text("from_fund_id"),
        _text("to_fund_id"),
        _whole("amount_minor"),
        _text("currency"),
        _text("citation"),
        _text("prepared_by"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["from_fund_id"], ["fund.id"]),
        sa.ForeignKeyConstraint(["to_fund_id"], ["fund.id"]),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        sa.UniqueConstraint("reference", name="uq_interfund_move_reference"),
        sa.UniqueConstraint("id", "prepared_by", name="uq_interfund_move_id_prepared_by"),
        _given("reference"),
        sa.CheckConstraint("from_fund_id <> to_fund_id", name="funds_differ"),
        _amount(),
        _currency(),
        _given("citation"),
        sqlite_strict=True,
    )
    op.create_index("ix_interfund_move_from_fund_id", "interfund_move", ["from_fund_id"])
    op.create_index("ix_interfund_move_to_fund_id", "interfund_move", ["to_fund_id"])
    op.create_table(
        "interfund_approval",
        _text("move_id", primary_key=True),
        _text("prepared_by"),
        _text("approved_by"),
        _day("moved_on"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["move_id", "prepared_by"], ["interfund_move.id", "interfund_move.prepared_by"]),
        sa.ForeignKeyConstraint(["approved_by"], ["staff_person.id"]),
        sa.CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        sqlite_strict=True,
    )
