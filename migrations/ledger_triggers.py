"""The triggers of accounts and gifts (migration 0004), in each engine's own words.

`posting_sqlite` and `posting_postgresql` have those of entries.

Opening an account makes its balance, and writes down in `ledger_pair` with which others of its book it may move money,
and what that does to `uncommitted`: the chart is read once an account and not once a transfer.
"""

from __future__ import annotations

from migrations import posting_postgresql, posting_sqlite
from migrations.triggers import Operations, refuse_replace, refuse_when

_MOVEMENTS = (  # (debit, credit)
    ("pledges_receivable", "pledges"),
    ("pledges", "pledges_receivable"),
    ("bank", "contributions"),
    ("bank", "interest"),
    ("refunds", "bank"),
    ("fees", "bank"),
    ("costs", "bank"),
    ("awards", "awards_payable"),
    ("awards_payable", "awards"),
    ("awards_payable", "held_in_trust"),
    ("held_in_trust", "awards_payable"),
    ("reserved", "bank"),
    ("bank", "reserved"),
    ("in_transit", "reserved"),
    ("bank", "in_transit"),
    ("awards_payable", "in_transit"),
    ("returned", "awards_payable"),
    ("bank", "returned"),
    ("reserved", "returned"),
    ("returned", "reserved"),
    ("overpayments", "awards"),
    ("bank", "overpayments"),
    ("awards_payable", "overpayments"),
    ("waivers", "overpayments"),
    ("interfund", "bank"),
    ("bank", "interfund"),
    ("exchange", "bank"),
    ("bank", "exchange"),
    ("exchange", "exchange_gains"),
    ("exchange_losses", "exchange"),
    ("bank", "opening"),
    ("in_transit", "opening"),
    ("returned", "opening"),
    ("overpayments", "opening"),
    ("opening", "awards_payable"),
    ("awards_payable", "opening"),
    ("opening", "held_in_trust"),
)
_COVERED = (
    "('contributions', 'interest', 'refunds', 'awards', 'fees', 'costs', 'opening', 'interfund', 'exchange',"
    " 'exchange_gains', 'exchange_losses', 'waivers', 'overpayments')"
)
"""The accounts that `uncommitted` follows, with the sign turned: receipts raise it, awards and costs lower it.  Where a
transfer has one of them on either side, it stays where it is."""

_FLOOR = "CASE WHEN NEW.kind IN ('asset', 'expense', 'clearing') THEN 0 END"
_CEILING = "CASE WHEN NEW.kind IN ('liability', 'income') THEN 0 END"


_PAIR_COLUMNS = "debit_account_id, credit_account_id, fund_id, currency, posts, cover_account_id, cover_sign"
_POSTED, _REVERSED = (
    "(" + ", ".join(f"'{debit}<{credit}'" for debit, credit in pairs) + ")"
    for pairs in (_MOVEMENTS, [(credit, debit) for debit, credit in _MOVEMENTS])
)
_PAIRS = (
    "SELECT d.id AS debit_account_id, c.id AS credit_account_id, d.fund_id, d.currency,"
    f" CASE WHEN d.code || '<' || c.code IN {_POSTED} THEN 1 ELSE 0 END AS posts, u.id AS cover_account_id,"
    f" (CASE WHEN c.code IN {_COVERED} THEN 1 ELSE 0 END) - (CASE WHEN d.code IN {_COVERED} THEN 1 ELSE 0 END)"
    " AS cover_sign"
    " FROM ledger_account AS d JOIN ledger_account AS c ON c.fund_id = d.fund_id AND c.currency = d.currency"
    " JOIN ledger_account AS u ON u.fund_id = d.fund_id AND u.currency = d.currency AND u.code = 'uncommitted'"
    f" WHERE (d.code || '<' || c.code IN {_POSTED} OR d.code || '<' || c.code IN {_REVERSED})"
    " AND d.fund_id = NEW.fund_id AND d.currency = NEW.currency"
)
"""Every two accounts of the book of NEW that a deed, or only a reversal, moves money between."""


def guard_books(op: Operations) -> None:
    """Make balances move by transfers only, and receipts stay within their pledge."""
    guard_receipts(op)
    if op.get_bind().dialect.name == "postgresql":
        for statement in _PG_TRIGGERS:
            op.get_bind().exec_driver_sql(statement)
        return
    for table, keys in (_KEYS | posting_sqlite.KEYS).items():
        refuse_replace(op, table, keys)
    for statement in _SQLITE_TRIGGERS:
        op.get_bind().exec_driver_sql(statement)
    posting_sqlite.guard_entries(op)


def guard_receipts(op: Operations) -> None:
    """Let no more be received than was pledged; migration 0008, which knows more of pledges, puts its own in place."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in _PG_RECEIPTS:
            op.get_bind().exec_driver_sql(statement)
        return
    refuse_when(
        op,
        "contribution_within_pledge",
        "contribution",
        "INSERT",
        when=_PLEDGE_EXCEEDED,
        message="contribution.pledge_exceeded",
    )


def unguard_receipts(op: Operations) -> None:
    """Take it away again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER contribution_within_pledge ON contribution")
        op.execute("DROP FUNCTION contribution_within_pledge()")
        return
    op.execute("DROP TRIGGER contribution_within_pledge")


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_KEYS = {
    "fund": ("id", "code"),
    "fund_form": ("fund_id, form",),
    "donor": ("id", "code"),
    "pledge": ("id", "reference"),
    "contribution": ("id", "reference"),
    "ledger_account": ("id", "fund_id, currency, code"),
}


_PLEDGE_EXCEEDED = (
    "NEW.amount_minor + (SELECT coalesce(sum(amount_minor), 0) FROM contribution WHERE pledge_id = NEW.pledge_id)"
    " > (SELECT amount_minor FROM pledge WHERE id = NEW.pledge_id)"
)

_SQLITE_TRIGGERS = (
    f"""
    CREATE TRIGGER ledger_account_opens_balance AFTER INSERT ON ledger_account BEGIN
      INSERT INTO ledger_balance (account_id, amount_minor, floor_minor, ceiling_minor, version, moved_by)
      VALUES (NEW.id, 0, {_FLOOR}, {_CEILING}, 0, NULL);
      SELECT RAISE(ABORT, 'ledger_account.uncommitted_first') WHERE NEW.code <> 'uncommitted' AND NOT EXISTS (
        SELECT 1 FROM ledger_account
         WHERE fund_id = NEW.fund_id AND currency = NEW.currency AND code = 'uncommitted');
      INSERT INTO ledger_pair ({_PAIR_COLUMNS}) {_PAIRS} AND NEW.id IN (d.id, c.id);
    END
    """,
    # Whoever writes a pair by hand can only write what the chart says, and that is there already.
    f"""
    CREATE TRIGGER ledger_pair_of_chart BEFORE INSERT ON ledger_pair
    WHEN NOT EXISTS (SELECT 1 FROM ({_PAIRS}) AS p
      WHERE p.debit_account_id = NEW.debit_account_id AND p.credit_account_id = NEW.credit_account_id
        AND p.fund_id = NEW.fund_id AND p.currency = NEW.currency AND p.posts = NEW.posts
        AND p.cover_account_id = NEW.cover_account_id AND p.cover_sign = NEW.cover_sign)
    BEGIN SELECT RAISE(ABORT, 'ledger_pair.not_of_chart'); END
    """,
)

# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────

_PG_TRIGGERS = (
    f"""
    CREATE FUNCTION ledger_account_opens_balance() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    BEGIN
      INSERT INTO ledger_balance (account_id, amount_minor, floor_minor, ceiling_minor, version, moved_by)
      VALUES (NEW.id, 0, {_FLOOR}, {_CEILING}, 0, NULL);
      IF NEW.code <> 'uncommitted' AND NOT EXISTS (
        SELECT 1 FROM ledger_account
         WHERE fund_id = NEW.fund_id AND currency = NEW.currency AND code = 'uncommitted'
      ) THEN RAISE EXCEPTION 'ledger_account.uncommitted_first' USING ERRCODE = '23514'; END IF;
      INSERT INTO ledger_pair ({_PAIR_COLUMNS}) {_PAIRS} AND NEW.id IN (d.id, c.id) ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER ledger_account_opens_balance AFTER INSERT ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_opens_balance()
    """,
    "ALTER TABLE ledger_account ENABLE ALWAYS TRIGGER ledger_account_opens_balance",
    *posting_postgresql.TRIGGERS,
)

_PG_RECEIPTS = (
    # The pledge is locked first, so that of two receipts at once the second sees the first; a transaction that looks at
    # an old snapshot would not.
    f"""
    CREATE FUNCTION contribution_within_pledge() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    BEGIN
      IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'contribution.isolation' USING ERRCODE = '25001';
      END IF;
      PERFORM 1 FROM pledge WHERE id = NEW.pledge_id FOR NO KEY UPDATE;
      IF {_PLEDGE_EXCEEDED} THEN
        RAISE EXCEPTION 'contribution.pledge_exceeded' USING ERRCODE = '23514';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER contribution_within_pledge BEFORE INSERT ON contribution
    FOR EACH ROW EXECUTE FUNCTION contribution_within_pledge()
    """,
    "ALTER TABLE contribution ENABLE ALWAYS TRIGGER contribution_within_pledge",
)
