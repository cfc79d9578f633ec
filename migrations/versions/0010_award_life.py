"""What becomes of an award after it was made: adjustments by two persons, reductions, overpayments and their recovery,
which claims are those of the persons an award is divided among, and minors' money in trust.

`migrations.award_life_triggers` guards them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.award_life_triggers import TABLES, guard_award_life, unguard_award_life
from migrations.fund_triggers import free_shares
from migrations.triggers import drop_triggers

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_adjustments()
    _create_reductions()
    _create_overpayments()
    _create_recoveries()
    _create_named_persons()
    _create_trusts()
    guard_award_life(op)
    free_shares(op, by_reductions=True)


def downgrade() -> None:
    free_shares(op, by_reductions=False)
    unguard_award_life(op)
    for table in reversed(TABLES):
        drop_triggers(op, table)
        op.drop_table(table)


def _create_adjustments() -> None:
    op.create_table(
        "award_adjustment",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=True),
        sa.Column("difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["decision_id", "claim_id"], ["decision.id", "decision.claim_id"]),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        sa.UniqueConstraint("id", "prepared_by"),
        sa.CheckConstraint("cause IN ('decision', 'nobody')", name="cause_known"),
        sa.CheckConstraint("difference_minor <> 0", name="difference_not_zero"),
        sa.CheckConstraint("cause = 'decision' OR difference_minor < 0", name="nobody_gets_no_more"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sa.CheckConstraint("citation <> ''", name="citation_given"),
        sqlite_strict=True,
    )
    op.create_index("ix_award_adjustment_claim_id", "award_adjustment", ["claim_id"])
    op.create_table(
        "adjustment_approval",
        sa.Column("adjustment_id", sa.Text(), primary_key=True),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adjustment_id", "prepared_by"], ["award_adjustment.id", "award_adjustment.prepared_by"]
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["staff_person.id"]),
        sa.CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        sqlite_strict=True,
    )


def _create_reductions() -> None:
    op.create_table(
        "award_reduction",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("award_id", sa.Text(), nullable=False),
        sa.Column("fund_id", sa.Text(), nullable=True),
        sa.Column("round_number", sa.BigInteger(), nullable=False),
        sa.Column("instalment_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_trust", sa.Boolean(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_id", sa.Text(), nullable=True),
        sa.Column("recovery_id", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"]),
        sa.ForeignKeyConstraint(
            ["award_id", "fund_id", "round_number"],
            ["award_funding.award_id", "award_funding.fund_id", "award_funding.round_number"],
        ),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalment.id"]),
        sa.ForeignKeyConstraint(["adjustment_id"], ["adjustment_approval.adjustment_id"]),
        sa.UniqueConstraint("recovery_id"),
        sa.CheckConstraint("kind IN ('written_back', 'overpaid', 'set_off', 'given_back')", name="kind_known"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint(
            "(kind = 'set_off') = (recovery_id IS NOT NULL) AND (kind = 'set_off') = (adjustment_id IS NULL)",
            name="deed_named",
        ),
        sa.CheckConstraint("kind NOT IN ('overpaid', 'set_off') OR instalment_id IS NOT NULL", name="instalment_named"),
        sa.CheckConstraint(
            "fund_id IS NOT NULL OR (kind = 'written_back' AND instalment_id IS NULL AND round_number = 0)",
            name="unfunded_plain",
        ),
        sa.CheckConstraint(
            "NOT from_trust OR (kind IN ('written_back', 'given_back') AND instalment_id IS NOT NULL)",
            name="from_trust_unpaid",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_award_reduction_award_id_fund_id", "award_reduction", ["award_id", "fund_id"])
    op.create_index("ix_award_reduction_instalment_id", "award_reduction", ["instalment_id"])
    op.create_index("ix_award_reduction_adjustment_id", "award_reduction", ["adjustment_id"])


def _create_overpayments() -> None:
    op.create_table(
        "overpayment",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("reduction_id", sa.Text(), nullable=False),
        sa.Column("payee_party_id", sa.Text(), nullable=False),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("identified_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["reduction_id"], ["award_reduction.id"]),
        sa.ForeignKeyConstraint(["payee_party_id"], ["party.id"]),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.UniqueConstraint("reduction_id"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_overpayment_payee_party_id", "overpayment", ["payee_party_id"])
    op.create_index("ix_overpayment_programme_id_id", "overpayment", ["programme_id", "id"])
    op.create_table(
        "overpayment_notice",
        sa.Column("overpayment_id", sa.Text(), primary_key=True),
        sa.Column("notified_on", sa.Date(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("object_until", sa.Date(), nullable=False),
        sa.Column("objection_way", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["overpayment_id"], ["overpayment.id"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff_person.id"]),
        sa.CheckConstraint("object_until >= notified_on", name="time_to_object"),
        sa.CheckConstraint("letter <> ''", name="letter_named"),
        sa.CheckConstraint("objection_way <> ''", name="objection_way_said"),
        sqlite_strict=True,
    )


def _create_recoveries() -> None:
    op.create_table(
        "overpayment_waiver",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("overpayment_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["overpayment_id"], ["overpayment.id"]),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        sa.UniqueConstraint("id", "prepared_by"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("authority <> ''", name="authority_given"),
        sa.CheckConstraint(
            "reason IN ('hardship', 'our_error', 'good_faith', 'cost_exceeds', 'payee_died', 'rules')",
            name="reason_known",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_overpayment_waiver_overpayment_id", "overpayment_waiver", ["overpayment_id"])
    op.create_table(
        "waiver_approval",
        sa.Column("waiver_id", sa.Text(), primary_key=True),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["waiver_id", "prepared_by"], ["overpayment_waiver.id", "overpayment_waiver.prepared_by"]
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["staff_person.id"]),
        sa.CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        sqlite_strict=True,
    )
    op.create_table(
        "overpayment_recovery",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("overpayment_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("instalment_id", sa.Text(), nullable=True),
        sa.Column("waiver_id", sa.Text(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["overpayment_id"], ["overpayment.id"]),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalment.id"]),
        sa.ForeignKeyConstraint(["waiver_id"], ["waiver_approval.waiver_id"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff_person.id"]),
        sa.UniqueConstraint("bank_reference"),
        sa.UniqueConstraint("waiver_id"),
        sa.CheckConstraint("kind IN ('set_off', 'repaid', 'waived')", name="kind_known"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("(kind = 'repaid') = (bank_reference IS NOT NULL)", name="bank_reference_if_repaid"),
        sa.CheckConstraint("(kind = 'waived') = (waiver_id IS NOT NULL)", name="waiver_if_waived"),
        sa.CheckConstraint("(kind = 'set_off') = (instalment_id IS NOT NULL)", name="instalment_if_set_off"),
        sa.CheckConstraint("bank_reference <> ''", name="bank_reference_given"),
        sqlite_strict=True,
    )
    op.create_index("ix_overpayment_recovery_overpayment_id", "overpayment_recovery", ["overpayment_id"])
    op.create_index("ix_overpayment_recovery_instalment_id", "overpayment_recovery", ["instalment_id"])


def _create_named_persons() -> None:
    op.create_table(
        "named_person",
        sa.Column("facts_revision_id", sa.Text(), primary_key=True),
        sa.Column("position", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("named_by", sa.Text(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["facts_revision_id"], ["facts_revision.id"]),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["named_by"], ["staff_person.id"]),
        sa.UniqueConstraint("facts_revision_id", "claim_id"),
        sa.CheckConstraint("position >= 1", name="position_counts_from_one"),
        sqlite_strict=True,
    )
    op.create_index("ix_named_person_claim_id", "named_person", ["claim_id"])


def _create_trusts() -> None:
    op.create_table(
        "trust_holding",
        sa.Column("instalment_id", sa.Text(), primary_key=True),
        sa.Column("held_until_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalment.id"]),
        sa.CheckConstraint("citation <> ''", name="citation_given"),
        sqlite_strict=True,
    )
    op.create_table(
        "trust_request",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("instalment_id", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["instalment_id"], ["trust_holding.instalment_id"]),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        sa.UniqueConstraint("id", "instalment_id", "prepared_by"),
        sa.CheckConstraint("authority <> ''", name="authority_given"),
        sqlite_strict=True,
    )
    op.create_index("ix_trust_request_instalment_id", "trust_request", ["instalment_id"])
    op.create_table(
        "trust_release",
        sa.Column("instalment_id", sa.Text(), primary_key=True),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("prepared_by", sa.Text(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["instalment_id"], ["trust_holding.instalment_id"]),
        sa.ForeignKeyConstraint(["released_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(
            ["request_id", "instalment_id", "prepared_by"],
            ["trust_request.id", "trust_request.instalment_id", "trust_request.prepared_by"],
        ),
        sa.CheckConstraint("ground IN ('of_age', 'authority', 'nothing_left')", name="ground_known"),
        sa.CheckConstraint(
            "(ground = 'authority') = (request_id IS NOT NULL) AND (ground = 'authority') = (prepared_by IS NOT NULL)",
            name="authority_named",
        ),
        sa.CheckConstraint("released_by <> prepared_by", name="two_persons"),
        sqlite_strict=True,
    )
