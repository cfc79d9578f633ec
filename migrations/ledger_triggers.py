"""The triggers of the books (migration 0004), in each engine's own words.

Balances move in one place, the trigger on `ledger_transfer`: once for a statement on PostgreSQL, where the rows of a
batch would otherwise queue up behind one hot balance; row by row on SQLite, where that costs little.  Both check the
accounts, the pair of accounts and the reversal themselves, by one look at `ledger_pair`: opening an account writes down
there with which others of its book it may move money, so that the chart is read once an account and not once a row.
SQLite has no roles to keep the application off the balances: there a balance follows the transfer inserted last, and
only once.
"""

from __future__ import annotations

from migrations.triggers import Operations, refuse_when

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
    if op.get_bind().dialect.name == "postgresql":
        for statement in _PG_TRIGGERS:
            op.get_bind().exec_driver_sql(statement)
        return
    for table, keys in _KEYS.items():
        _refuse_replace(op, table, keys)
    refuse_when(
        op,
        "contribution_within_pledge",
        "contribution",
        "INSERT",
        when=_PLEDGE_EXCEEDED,
        message="contribution.pledge_exceeded",
    )
    for statement in _SQLITE_TRIGGERS:
        op.get_bind().exec_driver_sql(statement)


def _refuse_replace(op: Operations, table: str, keys: tuple[str, ...]) -> None:
    """Refuse a row whose key is taken before REPLACE can delete the old one: no pragma is the only guard."""
    taken = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE "
        + " AND ".join(f"{column} = NEW.{column}" for column in key.split(", "))
        + ")"
        for key in keys
    )
    refuse_when(op, f"{table}_no_replace", table, "INSERT", when=taken, message=f"{table}.exists")


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_KEYS = {
    "fund": ("id", "code"),
    "fund_form": ("fund_id, form",),
    "donor": ("id", "code"),
    "pledge": ("id", "reference"),
    "contribution": ("id", "reference"),
    "ledger_account": ("id", "fund_id, currency, code"),
    "ledger_pair": ("debit_account_id, credit_account_id",),
    "ledger_transfer": ("id", "reverses_id"),
    "ledger_balance": ("account_id",),
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
    """
    CREATE TRIGGER ledger_transfer_checked BEFORE INSERT ON ledger_transfer
    WHEN NOT EXISTS (
      SELECT 1 FROM ledger_pair
       WHERE debit_account_id = NEW.debit_account_id AND credit_account_id = NEW.credit_account_id
         AND fund_id = NEW.fund_id AND currency = NEW.currency AND (posts = 1 OR NEW.reverses_id IS NOT NULL))
    BEGIN
      SELECT RAISE(ABORT, 'ledger_transfer.account_foreign') WHERE NOT EXISTS (
        SELECT 1 FROM ledger_account AS d, ledger_account AS c
         WHERE d.id = NEW.debit_account_id AND d.fund_id = NEW.fund_id AND d.currency = NEW.currency
           AND c.id = NEW.credit_account_id AND c.fund_id = NEW.fund_id AND c.currency = NEW.currency);
      SELECT RAISE(ABORT, 'ledger_transfer.movement_unknown');
    END
    """,
    """
    CREATE TRIGGER ledger_transfer_reverses BEFORE INSERT ON ledger_transfer
    WHEN NEW.reverses_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM ledger_transfer AS t
       WHERE t.id = NEW.reverses_id AND t.reverses_id IS NULL AND t.amount_minor = NEW.amount_minor
         AND t.fund_id = NEW.fund_id AND t.currency = NEW.currency
         AND t.debit_account_id = NEW.credit_account_id AND t.credit_account_id = NEW.debit_account_id)
    BEGIN SELECT RAISE(ABORT, 'ledger_transfer.reversal_differs'); END
    """,
    # The counts are for INSERT OR IGNORE: its policy reaches into the trigger, where it would skip an update that a
    # floor refuses and keep the transfer.
    """
    CREATE TRIGGER ledger_transfer_posts AFTER INSERT ON ledger_transfer BEGIN
      UPDATE ledger_balance SET amount_minor = amount_minor + NEW.amount_minor, version = version + 1, moved_by = NEW.id
       WHERE account_id = NEW.debit_account_id;
      SELECT RAISE(ABORT, 'ledger_transfer.balance_limit') WHERE changes() <> 1;
      UPDATE ledger_balance SET amount_minor = amount_minor - NEW.amount_minor, version = version + 1, moved_by = NEW.id
       WHERE account_id = NEW.credit_account_id;
      SELECT RAISE(ABORT, 'ledger_transfer.balance_limit') WHERE changes() <> 1;
    END
    """,
    """
    CREATE TRIGGER ledger_transfer_covers AFTER INSERT ON ledger_transfer
    WHEN (SELECT cover_sign FROM ledger_pair
           WHERE debit_account_id = NEW.debit_account_id AND credit_account_id = NEW.credit_account_id) <> 0
    BEGIN
      UPDATE ledger_balance SET version = version + 1, moved_by = NEW.id,
             amount_minor = amount_minor + NEW.amount_minor * p.cover_sign
        FROM ledger_pair AS p
       WHERE p.debit_account_id = NEW.debit_account_id AND p.credit_account_id = NEW.credit_account_id
         AND account_id = p.cover_account_id;
      SELECT RAISE(ABORT, 'ledger_transfer.balance_limit') WHERE changes() <> 1;
    END
    """,
    # No switch to turn: a balance may take one step, by what the transfer inserted last says of it, and not twice.
    """
    CREATE TRIGGER ledger_balance_follows BEFORE UPDATE ON ledger_balance
    WHEN NEW.account_id IS NOT OLD.account_id OR NEW.version IS NOT OLD.version + 1 OR NEW.moved_by IS OLD.moved_by
      OR NEW.floor_minor IS NOT OLD.floor_minor OR NEW.ceiling_minor IS NOT OLD.ceiling_minor
      OR NEW.amount_minor = OLD.amount_minor OR NEW.amount_minor - OLD.amount_minor IS NOT (
        SELECT CASE NEW.account_id
                 WHEN t.debit_account_id THEN t.amount_minor
                 WHEN t.credit_account_id THEN -t.amount_minor
                 ELSE (SELECT t.amount_minor * p.cover_sign FROM ledger_pair AS p
                        WHERE p.debit_account_id = t.debit_account_id AND p.credit_account_id = t.credit_account_id
                          AND p.cover_account_id = NEW.account_id)
               END
          FROM ledger_transfer AS t
         WHERE t.rowid = (SELECT max(rowid) FROM ledger_transfer) AND t.id = NEW.moved_by)
    BEGIN SELECT RAISE(ABORT, 'ledger_balance.moves_by_transfer'); END
    """,
    """
    CREATE TRIGGER ledger_balance_no_delete BEFORE DELETE ON ledger_balance
    BEGIN SELECT RAISE(ABORT, 'ledger_balance.moves_by_transfer'); END
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
    # Accounts and pairs are never changed or deleted, so a check when a transfer is inserted is all a foreign key would
    # do.  The rows are gone through once and summed by pair; all the rest is done to a handful of sums.  Balances are
    # moved in the order of account ids, as everywhere: no two statements wait for one another, and the bank's account,
    # opened last, is locked last.  Faults sort before every account.
    """
    CREATE FUNCTION ledger_transfer_posts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
      step record;
    BEGIN
      FOR step IN
        WITH pair AS MATERIALIZED (
          SELECT fund_id, currency, debit_account_id AS debit, credit_account_id AS credit,
                 reverses_id IS NOT NULL AS undoes,
                 sum(amount_minor) AS moved, count(*) AS times, max(id COLLATE "C") AS last_id
            FROM inserted GROUP BY 1, 2, 3, 4, 5),
        known AS MATERIALIZED (
          SELECT pair.*, p.cover_account_id, p.cover_sign,
                 CASE WHEN d.id IS NULL OR c.id IS NULL THEN 'account_foreign'
                      WHEN p.posts IS NULL OR p.posts = 0 AND NOT undoes THEN 'movement_unknown' END AS fault
            FROM pair
            LEFT JOIN ledger_account AS d
              ON d.id = pair.debit AND d.fund_id = pair.fund_id AND d.currency = pair.currency
            LEFT JOIN ledger_account AS c
              ON c.id = pair.credit AND c.fund_id = pair.fund_id AND c.currency = pair.currency
            LEFT JOIN ledger_pair AS p ON p.debit_account_id = d.id AND p.credit_account_id = c.id)
        SELECT -1 AS account_id, 0 AS moved, count(*) AS times, NULL AS last_id, min(fault) AS fault,
               coalesce(bool_or(undoes), false) AS undoes FROM known
        UNION ALL
        SELECT account_id, sum(moved), sum(times), max(last_id), NULL, false FROM (
          SELECT debit AS account_id, moved, times, last_id FROM known
          UNION ALL
          SELECT credit, -moved, times, last_id FROM known
          UNION ALL
          SELECT cover_account_id, moved * cover_sign, times, last_id FROM known WHERE cover_sign <> 0
          ) AS every GROUP BY account_id ORDER BY account_id
      LOOP
        IF step.fault = 'account_foreign' THEN
          RAISE EXCEPTION 'ledger_transfer.account_foreign' USING ERRCODE = '23503';
        ELSIF step.fault IS NOT NULL THEN
          RAISE EXCEPTION USING MESSAGE = 'ledger_transfer.' || step.fault, ERRCODE = '23514';
        END IF;
        IF step.account_id = -1 THEN
          IF step.undoes AND EXISTS (
            SELECT 1 FROM inserted AS n LEFT JOIN ledger_transfer AS t
                ON t.id = n.reverses_id AND t.reverses_id IS NULL AND t.amount_minor = n.amount_minor
               AND t.fund_id = n.fund_id AND t.currency = n.currency
               AND t.debit_account_id = n.credit_account_id AND t.credit_account_id = n.debit_account_id
             WHERE n.reverses_id IS NOT NULL AND t.id IS NULL
          ) THEN RAISE EXCEPTION 'ledger_transfer.reversal_differs' USING ERRCODE = '23514'; END IF;
          CONTINUE;
        END IF;
        UPDATE ledger_balance
           SET amount_minor = amount_minor + step.moved, version = version + step.times, moved_by = step.last_id
         WHERE account_id = step.account_id;
        IF NOT FOUND THEN RAISE EXCEPTION 'ledger_transfer.balance_missing' USING ERRCODE = '23503'; END IF;
      END LOOP;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER ledger_transfer_posts AFTER INSERT ON ledger_transfer REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_transfer_posts()
    """,
    "ALTER TABLE ledger_transfer ENABLE ALWAYS TRIGGER ledger_transfer_posts",
    # The application's role holds no right on balances but to read them; this is for everybody else.
    """
    CREATE TRIGGER ledger_balance_follows BEFORE INSERT OR UPDATE OR DELETE ON ledger_balance FOR EACH ROW
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION reparations_refuse('ledger_balance.moves_by_transfer')
    """,
    "ALTER TABLE ledger_balance ENABLE ALWAYS TRIGGER ledger_balance_follows",
    """
    CREATE TRIGGER ledger_balance_no_truncate BEFORE TRUNCATE ON ledger_balance FOR EACH STATEMENT
    EXECUTE FUNCTION reparations_refuse('ledger_balance.moves_by_transfer')
    """,
    "ALTER TABLE ledger_balance ENABLE ALWAYS TRIGGER ledger_balance_no_truncate",
    """
    CREATE TRIGGER ledger_pair_of_chart BEFORE INSERT ON ledger_pair FOR EACH ROW
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION reparations_refuse('ledger_pair.not_of_chart')
    """,
    "ALTER TABLE ledger_pair ENABLE ALWAYS TRIGGER ledger_pair_of_chart",
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
