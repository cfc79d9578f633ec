"""Funds, donors, pledges, contributions, and the double-entry books; `migrations.ledger_triggers` guards them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import posting_sqlite
from migrations.ledger_triggers import guard_books
from migrations.posting_function import create_posting_function, drop_posting_function
from migrations.triggers import append_only, drop_triggers

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    "ledger_day",
    "ledger_balance",
    "ledger_leg",
    "ledger_pair",
    "ledger_transfer",
    "ledger_entry",
    "ledger_account",
    "contribution",
    "pledge",
    "donor",
    "fund_form",
    "fund",
)

_KINDS = {
    "uncommitted": "clearing",
    "pledges": "liability",
    "pledges_receivable": "asset",
    "contributions": "income",
    "interest": "income",
    "refunds": "expense",
    "awards": "expense",
    "fees": "expense",
    "costs": "expense",
    "opening": "position",
    "interfund": "position",
    "exchange": "position",
    "exchange_gains": "income",
    "exchange_losses": "expense",
    "waivers": "expense",
    "overpayments": "asset",
    "returned": "asset",
    "in_transit": "asset",
    "held_in_trust": "liability",
    "awards_payable": "liability",
    "reserved": "asset",
    "bank": "asset",
}


def upgrade() -> None:
    _create_funds()
    _create_gifts()
    _create_books()
    for table in _tables():
        if table not in {"ledger_balance", "ledger_day"}:
            append_only(op, table)
    guard_books(op)
    create_posting_function(op)


def downgrade() -> None:
    drop_posting_function(op)
    if _sqlite():
        posting_sqlite.drop_transfers(op)
    for table in _tables():
        drop_triggers(op, table)
        op.drop_table(table)


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _tables() -> tuple[str, ...]:
    """Those of TABLES that are tables: on SQLite transfers are a view (`migrations.posting_sqlite`)."""
    return tuple(table for table in TABLES if not (_sqlite() and table == "ledger_transfer"))


def _create_funds() -> None:
    op.create_table(
        "fund",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("programme_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.UniqueConstraint("code", name="uq_fund_code"),
        sa.CheckConstraint("code <> ''", name="code_given"),
        sqlite_strict=True,
    )
    op.create_index("ix_fund_programme_id", "fund", ["programme_id"])
    op.create_table(
        "fund_form",
        sa.Column("fund_id", sa.Text(), primary_key=True),
        sa.Column("form", sa.Text(), primary_key=True),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.CheckConstraint("form IN ('individual', 'collective')", name="form_known"),
        sa.CheckConstraint("citation <> ''", name="citation_given"),
        sqlite_strict=True,
    )


def _create_gifts() -> None:
    op.create_table(
        "donor",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("code", name="uq_donor_code"),
        sa.CheckConstraint("code <> ''", name="code_given"),
        sa.CheckConstraint("kind IN ('state', 'institution', 'private', 'levy', 'court')", name="kind_known"),
        sqlite_strict=True,
    )
    op.create_table(
        "pledge",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("donor_id", sa.Text(), nullable=False),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("pledged_on", sa.Date(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["donor_id"], ["donor.id"]),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.UniqueConstraint("reference", name="uq_pledge_reference"),
        sa.UniqueConstraint("id", "currency", name="uq_pledge_id_currency"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sa.CheckConstraint("reference <> ''", name="reference_given"),
        sa.CheckConstraint("citation <> ''", name="citation_given"),
        sqlite_strict=True,
    )
    op.create_index("ix_pledge_donor_id", "pledge", ["donor_id"])
    op.create_index("ix_pledge_fund_id", "pledge", ["fund_id"])
    op.create_table(
        "contribution",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("pledge_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pledge_id", "currency"], ["pledge.id", "pledge.currency"]),
        sa.UniqueConstraint("reference", name="uq_contribution_reference"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("reference <> ''", name="reference_given"),
        sa.CheckConstraint(
            "source IN ('voluntary', 'assessed', 'levy', 'court_order', 'forfeiture', 'earmarked_assistance')",
            name="source_known",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_contribution_pledge_id", "contribution", ["pledge_id"])


def _create_books() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.UniqueConstraint("fund_id", "currency", "code", name="uq_ledger_account_code"),
        sa.UniqueConstraint("id", "fund_id", "currency", name="uq_ledger_account_book"),
        sa.CheckConstraint(
            " OR ".join(f"(code = '{code}' AND kind = '{kind}')" for code, kind in _KINDS.items()), name="in_chart"
        ),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_ledger_entry_journal", "ledger_entry", ["recorded_at", "id"])
    op.create_table(
        "ledger_pair",
        sa.Column("debit_account_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("credit_account_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("cover_account_id", sa.Integer(), nullable=False),
        sa.Column("cover_sign", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{side}_account_id", "fund_id", "currency"],
                ["ledger_account.id", "ledger_account.fund_id", "ledger_account.currency"],
            )
            for side in ("debit", "credit", "cover")
        ),
        sa.CheckConstraint("posts IN (0, 1)", name="posts_known"),
        sa.CheckConstraint("cover_sign IN (-1, 0, 1)", name="cover_sign_known"),
        sqlite_strict=True,
    )
    _create_transfers()
    op.create_table(
        "ledger_day",
        sa.Column("account_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("occurred_on", sa.Date(), primary_key=True),
        sa.Column("recorded_on", sa.Date(), primary_key=True),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"]),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_balance",
        sa.Column("account_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=True),
        sa.Column("ceiling_minor", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"]),
        sa.CheckConstraint("floor_minor IS NULL OR amount_minor >= floor_minor", name="floor"),
        sa.CheckConstraint("ceiling_minor IS NULL OR amount_minor <= ceiling_minor", name="ceiling"),
        sa.CheckConstraint("amount_minor BETWEEN -9007199254740991 AND 9007199254740991", name="exact"),
        sqlite_strict=True,
        postgresql_with={"fillfactor": "20"},
    )


def _create_transfers() -> None:
    """PostgreSQL keeps each transfer whole; SQLite what is its own, and the rest once with the sums (decision 15)."""
    key = ("entry_id", "debit_account_id", "credit_account_id")
    op.create_table(
        "ledger_leg",
        *([sa.Column("number", sa.Integer(), nullable=False)] if _sqlite() else []),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("debit_account_id", sa.Integer(), nullable=False),
        sa.Column("credit_account_id", sa.Integer(), nullable=False),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transfers", sa.Integer(), nullable=False),
        sa.Column("reversals", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        *(
            [sa.PrimaryKeyConstraint("number"), sa.UniqueConstraint(*key, name="uq_ledger_leg_sides")]
            if _sqlite()
            else [sa.PrimaryKeyConstraint(*key)]
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"]),
        sa.CheckConstraint("amount_minor BETWEEN 1 AND 9007199254740991", name="amount_exact"),
        sa.CheckConstraint("reversals BETWEEN 0 AND transfers", name="reversals_within"),
        sqlite_strict=True,
    )
    op.create_index("ix_ledger_leg_recorded_at", "ledger_leg", ["recorded_at"])
    if _sqlite():
        posting_sqlite.create_transfers(op)
        return
    op.create_table(
        "ledger_transfer",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("debit_account_id", sa.Integer(), nullable=False),
        sa.Column("credit_account_id", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reverses_id", sa.Text(), nullable=True),
        # Ids are plain text; to count the characters of each twice takes as long as all that is else checked of a row.
        sa.CheckConstraint("octet_length(id) BETWEEN 1 AND 200", name="id_length"),
        sa.CheckConstraint("amount_minor BETWEEN 1 AND 9007199254740991", name="amount_positive"),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name="accounts_differ"),
    )
    op.create_index(
        "uq_ledger_transfer_reverses_id",
        "ledger_transfer",
        ["reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_index("ix_ledger_transfer_entry_id", "ledger_transfer", ["entry_id"])
