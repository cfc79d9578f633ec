"""Exchange rates and exchanges, closed periods, opening balances, and what is taken back as recorded in error.

`migrations.period_triggers` and `migrations.reversal_triggers` guard them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.period_triggers import guard_periods, release_periods
from migrations.reversal_triggers import guard_reversals
from migrations.triggers import append_only, drop_triggers

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "reversal_approval",
    "reversal",
    "opening_clearance_approval",
    "opening_clearance",
    "opened_book",
    "opening_line",
    "opening_sheet",
    "period_adjustment",
    "period_line",
    "ledger_period",
    "period_draft",
    "exchange_step",
    "exchange_position",
    "exchange_rate",
)


def upgrade() -> None:
    _create_currencies()
    _create_periods()
    _create_openings()
    _create_clearances()
    _create_reversals()
    for table in TABLES:
        append_only(op, table)
    guard_periods(op)
    guard_reversals(op)


def downgrade() -> None:
    release_periods(op)
    for table in TABLES:
        drop_triggers(op, table)
        op.drop_table(table)


def _create_currencies() -> None:
    op.create_table(
        "exchange_rate",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("quoted_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("corrects_id", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["corrects_id"], ["exchange_rate.id"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff_person.id"]),
        sa.UniqueConstraint(
            "id", "base", "quote", "numerator", "denominator", "quoted_on", name="uq_exchange_rate_frozen"
        ),
        sa.CheckConstraint("length(base) = 3 AND length(quote) = 3", name="currency_length"),
        sa.CheckConstraint("base <> quote", name="currencies_differ"),
        sa.CheckConstraint("numerator > 0 AND denominator > 0", name="ratio_positive"),
        sa.CheckConstraint("source <> ''", name="source_given"),
        sa.CheckConstraint("corrects_id <> id", name="not_its_own_correction"),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_exchange_rate_corrects_id",
        "exchange_rate",
        ["corrects_id"],
        unique=True,
        sqlite_where=sa.text("corrects_id IS NOT NULL"),
        postgresql_where=sa.text("corrects_id IS NOT NULL"),
    )
    op.create_index(
        "uq_exchange_rate_published",
        "exchange_rate",
        ["base", "quote", "quoted_on", "source"],
        unique=True,
        sqlite_where=sa.text("corrects_id IS NULL"),
        postgresql_where=sa.text("corrects_id IS NULL"),
    )
    op.create_table(
        "exchange_position",
        sa.Column("fund_id", sa.Text(), primary_key=True),
        sa.Column("currency_a", sa.Text(), primary_key=True),
        sa.Column("currency_b", sa.Text(), primary_key=True),
        sa.Column("measured_in", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.UniqueConstraint(
            "fund_id", "currency_a", "currency_b", "measured_in", name="uq_exchange_position_measured_in"
        ),
        sa.CheckConstraint("currency_a < currency_b", name="currencies_ordered"),
        sa.CheckConstraint("length(currency_a) = 3 AND length(currency_b) = 3", name="currency_length"),
        sa.CheckConstraint("measured_in IN (currency_a, currency_b)", name="measured_in_one_of_them"),
        sqlite_strict=True,
    )
    op.create_table(
        "exchange_step",
        sa.Column("fund_id", sa.Text(), primary_key=True),
        sa.Column("currency_a", sa.Text(), primary_key=True),
        sa.Column("currency_b", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("measured_in", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.Text(), nullable=True),
        sa.Column("sold_currency", sa.Text(), nullable=True),
        sa.Column("sold_minor", sa.BigInteger(), nullable=True),
        sa.Column("bought_currency", sa.Text(), nullable=True),
        sa.Column("bought_minor", sa.BigInteger(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rate_id", sa.Text(), nullable=True),
        sa.Column("rate_base", sa.Text(), nullable=True),
        sa.Column("rate_quote", sa.Text(), nullable=True),
        sa.Column("rate_numerator", sa.BigInteger(), nullable=True),
        sa.Column("rate_denominator", sa.BigInteger(), nullable=True),
        sa.Column("rate_quoted_on", sa.Date(), nullable=True),
        sa.Column("held_before_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_before_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("gain_minor", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["fund_id", "currency_a", "currency_b", "measured_in"],
            [
                "exchange_position.fund_id",
                "exchange_position.currency_a",
                "exchange_position.currency_b",
                "exchange_position.measured_in",
            ],
        ),
        sa.ForeignKeyConstraint(
            ["rate_id", "rate_base", "rate_quote", "rate_numerator", "rate_denominator", "rate_quoted_on"],
            [
                "exchange_rate.id",
                "exchange_rate.base",
                "exchange_rate.quote",
                "exchange_rate.numerator",
                "exchange_rate.denominator",
                "exchange_rate.quoted_on",
            ],
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff_person.id"]),
        sa.UniqueConstraint("id", name="uq_exchange_step_id"),
        sa.UniqueConstraint("reference", name="uq_exchange_step_reference"),
        sa.ForeignKeyConstraint(["reverses_id"], ["exchange_step.id"]),
        sa.UniqueConstraint("reverses_id", name="uq_exchange_step_reverses_id"),
        sa.CheckConstraint("number >= 1", name="number_positive"),
        sa.CheckConstraint("kind IN ('exchange', 'revaluation', 'reversal')", name="kind_known"),
        sa.CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal_of_a_step"),
        sa.CheckConstraint("kind <> 'reversal' OR rate_id IS NULL", name="reversal_at_no_rate"),
        sa.CheckConstraint("reference <> ''", name="reference_given"),
        sa.CheckConstraint("source <> ''", name="source_given"),
        sa.CheckConstraint("sold_minor > 0 AND bought_minor > 0", name="amounts_positive"),
        sa.CheckConstraint(
            "kind = 'reversal' OR (kind = 'exchange') = (sold_minor IS NOT NULL AND bought_minor IS NOT NULL"
            " AND sold_currency IS NOT NULL AND bought_currency IS NOT NULL)",
            name="exchange_whole",
        ),
        sa.CheckConstraint(
            "kind = 'reversal' OR (kind = 'revaluation') = (sold_minor IS NULL AND bought_minor IS NULL"
            " AND sold_currency IS NULL AND bought_currency IS NULL AND rate_id IS NOT NULL)",
            name="revaluation_whole",
        ),
        sa.CheckConstraint(
            "(sold_currency = currency_a AND bought_currency = currency_b)"
            " OR (sold_currency = currency_b AND bought_currency = currency_a)",
            name="of_the_position",
        ),
        sa.CheckConstraint(
            "(rate_base = currency_a AND rate_quote = currency_b) OR (rate_base = currency_b"
            " AND rate_quote = currency_a)",
            name="rate_of_the_position",
        ),
        sa.CheckConstraint("rate_quoted_on <= occurred_on", name="rate_quoted_before"),
        sa.CheckConstraint(
            "(rate_id IS NULL) = (rate_base IS NULL) AND (rate_id IS NULL) = (rate_quote IS NULL)"
            " AND (rate_id IS NULL) = (rate_numerator IS NULL)"
            " AND (rate_id IS NULL) = (rate_denominator IS NULL)"
            " AND (rate_id IS NULL) = (rate_quoted_on IS NULL)",
            name="rate_whole",
        ),
        sa.CheckConstraint(
            "held_minor = held_before_minor + CASE WHEN sold_minor IS NULL THEN 0"
            " WHEN bought_currency <> measured_in THEN bought_minor ELSE -sold_minor END",
            name="held_follows",
        ),
        sa.CheckConstraint(
            "cost_minor = cost_before_minor + gain_minor + CASE WHEN sold_minor IS NULL THEN 0"
            " WHEN bought_currency <> measured_in THEN sold_minor ELSE -bought_minor END",
            name="cost_follows",
        ),
        sa.CheckConstraint("held_minor <> 0 OR cost_minor = 0", name="nothing_costs_nothing"),
        sa.CheckConstraint(
            "(held_minor >= 0 AND cost_minor >= 0) OR (held_minor <= 0 AND cost_minor <= 0)", name="cost_on_one_side"
        ),
        sqlite_strict=True,
    )


def _create_periods() -> None:
    op.create_table(
        "period_draft",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("next_starts_on", sa.Date(), nullable=False),
        sa.Column("trial_balance_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        sa.UniqueConstraint(
            "id",
            "fund_id",
            "number",
            "length",
            "starts_on",
            "next_starts_on",
            "trial_balance_sha256",
            "prepared_by",
            name="uq_period_draft_frozen",
        ),
        sa.UniqueConstraint(
            "fund_id",
            "number",
            "length",
            "starts_on",
            "next_starts_on",
            "trial_balance_sha256",
            "prepared_by",
            name="uq_period_draft_said",
        ),
        sa.CheckConstraint("number >= 1", name="number_positive"),
        sa.CheckConstraint("length IN ('month', 'quarter', 'year')", name="length_known"),
        sa.CheckConstraint("starts_on < next_starts_on", name="not_empty"),
        sa.CheckConstraint("length(trial_balance_sha256) = 32", name="trial_balance_sha256_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_period_draft_fund_id", "period_draft", ["fund_id"])
    op.create_table(
        "ledger_period",
        sa.Column("fund_id", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True),
        sa.Column("draft_id", sa.Text(), nullable=False),
        sa.Column("length", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("next_starts_on", sa.Date(), nullable=False),
        sa.Column("trial_balance_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("countersigned_by", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            [
                "draft_id",
                "fund_id",
                "number",
                "length",
                "starts_on",
                "next_starts_on",
                "trial_balance_sha256",
                "prepared_by",
            ],
            [
                "period_draft.id",
                "period_draft.fund_id",
                "period_draft.number",
                "period_draft.length",
                "period_draft.starts_on",
                "period_draft.next_starts_on",
                "period_draft.trial_balance_sha256",
                "period_draft.prepared_by",
            ],
        ),
        sa.ForeignKeyConstraint(["countersigned_by"], ["staff_person.id"]),
        sa.UniqueConstraint("draft_id", name="uq_ledger_period_draft_id"),
        sa.UniqueConstraint("fund_id", "next_starts_on", name="uq_ledger_period_next_starts_on"),
        sa.CheckConstraint("prepared_by <> countersigned_by", name="two_persons"),
        sa.CheckConstraint("closed_at >= next_starts_on", name="over_when_closed"),
        sa.CheckConstraint("length(signature) = 64", name="signature_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_ledger_period_next_starts_on", "ledger_period", ["next_starts_on"])
    op.create_table(
        "period_line",
        sa.Column("fund_id", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True),
        sa.Column("currency", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("debits_minor", sa.BigInteger(), nullable=False),
        sa.Column("credits_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["fund_id", "number"], ["ledger_period.fund_id", "ledger_period.number"]),
        sa.CheckConstraint("debits_minor >= 0 AND credits_minor >= 0", name="sums_not_negative"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sqlite_strict=True,
    )
    op.create_table(
        "period_adjustment",
        sa.Column("entry_id", sa.Text(), primary_key=True),
        sa.Column("fund_id", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["fund_id", "number"], ["ledger_period.fund_id", "ledger_period.number"]),
        sa.CheckConstraint("authority <> ''", name="authority_given"),
        sa.CheckConstraint("reason <> ''", name="reason_given"),
        sqlite_strict=True,
    )


def _create_openings() -> None:
    op.create_table(
        "opening_sheet",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("source_system", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("file_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        sa.UniqueConstraint("id", "prepared_by", name="uq_opening_sheet_id_prepared_by"),
        sa.UniqueConstraint("file_sha256", "as_of", "source_system", name="uq_opening_sheet_said"),
        sa.CheckConstraint("source_system <> ''", name="source_system_given"),
        sa.CheckConstraint("length(file_sha256) = 32", name="file_sha256_length"),
        sqlite_strict=True,
    )
    op.create_table(
        "opening_line",
        sa.Column("sheet_id", sa.Text(), primary_key=True),
        sa.Column("fund_id", sa.Text(), primary_key=True),
        sa.Column("currency", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sheet_id"], ["opening_sheet.id"]),
        sa.ForeignKeyConstraint(
            ["fund_id", "currency", "code"],
            ["ledger_account.fund_id", "ledger_account.currency", "ledger_account.code"],
        ),
        sa.CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        sa.CheckConstraint(
            "code IN ('bank', 'in_transit', 'returned', 'overpayments', 'awards_payable', 'held_in_trust')",
            name="code_openable",
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "opened_book",
        sa.Column("fund_id", sa.Text(), primary_key=True),
        sa.Column("currency", sa.Text(), primary_key=True),
        sa.Column("sheet_id", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.ForeignKeyConstraint(["sheet_id", "prepared_by"], ["opening_sheet.id", "opening_sheet.prepared_by"]),
        sa.ForeignKeyConstraint(["confirmed_by"], ["staff_person.id"]),
        sa.UniqueConstraint("fund_id", "currency", "sheet_id", name="uq_opened_book_sheet"),
        sa.CheckConstraint("prepared_by <> confirmed_by", name="two_persons"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_opened_book_sheet_id", "opened_book", ["sheet_id"])


def _create_clearances() -> None:
    op.create_table(
        "opening_clearance",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("sheet_id", sa.Text(), nullable=False),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["fund_id", "currency", "sheet_id"],
            ["opened_book.fund_id", "opened_book.currency", "opened_book.sheet_id"],
        ),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        sa.UniqueConstraint("reference", name="uq_opening_clearance_reference"),
        sa.UniqueConstraint("id", "fund_id", "currency", "prepared_by", name="uq_opening_clearance_frozen"),
        sa.CheckConstraint("reference <> ''", name="reference_given"),
        sa.CheckConstraint(
            "kind IN ('settled', 'rejected', 'written_back', 'paid', 'not_owed', 'repaid', 'waived', 'released')",
            name="kind_known",
        ),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("citation <> ''", name="citation_given"),
        sqlite_strict=True,
    )
    op.create_index("ix_opening_clearance_sheet_id", "opening_clearance", ["sheet_id"])
    op.create_table(
        "opening_clearance_approval",
        sa.Column("clearance_id", sa.Text(), primary_key=True),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clearance_id", "fund_id", "currency", "prepared_by"],
            [
                "opening_clearance.id",
                "opening_clearance.fund_id",
                "opening_clearance.currency",
                "opening_clearance.prepared_by",
            ],
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["staff_person.id"]),
        sa.CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        sqlite_strict=True,
    )


def _create_reversals() -> None:
    op.create_table(
        "reversal",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("cost_id", sa.Text(), nullable=True),
        sa.Column("interest_id", sa.Text(), nullable=True),
        sa.Column("contribution_id", sa.Text(), nullable=True),
        sa.Column("clearance_id", sa.Text(), nullable=True),
        sa.Column("exchange_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cost_id"], ["programme_cost.id"]),
        sa.ForeignKeyConstraint(["interest_id"], ["interest.id"]),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"]),
        sa.ForeignKeyConstraint(["clearance_id"], ["opening_clearance_approval.clearance_id"]),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchange_step.id"]),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        sa.UniqueConstraint("cost_id", name="uq_reversal_cost_id"),
        sa.UniqueConstraint("interest_id", name="uq_reversal_interest_id"),
        sa.UniqueConstraint("contribution_id", name="uq_reversal_contribution_id"),
        sa.UniqueConstraint("clearance_id", name="uq_reversal_clearance_id"),
        sa.UniqueConstraint("exchange_id", name="uq_reversal_exchange_id"),
        sa.UniqueConstraint("id", "prepared_by", name="uq_reversal_id_prepared_by"),
        sa.CheckConstraint(
            "CASE WHEN cost_id IS NULL THEN 0 ELSE 1 END + CASE WHEN interest_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN contribution_id IS NULL THEN 0 ELSE 1 END + CASE WHEN clearance_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN exchange_id IS NULL THEN 0 ELSE 1 END = 1",
            name="one_record",
        ),
        sa.CheckConstraint("reason <> ''", name="reason_given"),
        sqlite_strict=True,
    )
    op.create_table(
        "reversal_approval",
        sa.Column("reversal_id", sa.Text(), primary_key=True),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("reversed_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reversal_id", "prepared_by"], ["reversal.id", "reversal.prepared_by"]),
        sa.ForeignKeyConstraint(["approved_by"], ["staff_person.id"]),
        sa.CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        sqlite_strict=True,
    )
