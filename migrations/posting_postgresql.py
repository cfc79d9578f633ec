"""The triggers that put an entry together on PostgreSQL and move the balances (migration 0004).

An entry counts as a whole.  At the end of the statement that inserts its transfers they are gone through once and
summed by their accounts into `ledger_leg`; everything else is done to this handful of sums: the accounts and the pair
of accounts are checked (one look at `ledger_pair`), the balances moved, their limits checked, the totals of the day
moved.  The trigger inserts the entry itself: an entry is one statement, and its key refuses a second.
`posting_sqlite` does the same in SQLite's way.
"""

from __future__ import annotations

_LEG_ROW = "entry_id, debit_account_id, credit_account_id, fund_id, currency, occurred_on, recorded_at"
"""What a row of `ledger_leg` begins with, in its own order."""


def _only_by_trigger(table: str, events: str, message: str) -> tuple[str, ...]:
    """The application's role holds no right on these tables but to read them; this is for everybody else."""
    return (
        f"""
        CREATE TRIGGER {table}_follows BEFORE {events} ON {table} FOR EACH ROW
        WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION reparations_refuse('{message}')
        """,
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_follows",
    )


def _no_truncate(table: str) -> tuple[str, ...]:
    return (
        f"""
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT
        EXECUTE FUNCTION reparations_refuse('{table}.moves_by_transfer')
        """,
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
    )


TRIGGERS = (
    # Balances are moved in the order of account ids, as everywhere: no two statements wait for one another, and the
    # bank's account, opened last, is locked last.  Whoever has locked a balance has its totals of the day too.
    # A pair of accounts is of one book, so that it is there says that both accounts are.  Small statements over values
    # in hand, their plans kept: one that joins everything takes several times as long for an entry of one transfer.
    f"""
    CREATE FUNCTION ledger_transfer_posts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan AS $$
    DECLARE
      entry ledger_entry;
      leg ledger_leg;
      pair ledger_pair;
      step record;
      accounts integer[];
      debits bigint[];
      credits bigint[];
      counts integer[];
      undoes boolean := false;
    BEGIN
      FOR leg IN
        SELECT {_LEG_ROW}, count(*), count(reverses_id), sum(amount_minor) FROM inserted GROUP BY {_LEG_ROW}
      LOOP
        IF entry.id IS NULL THEN
          entry := (leg.entry_id, leg.occurred_on, leg.recorded_at);
          INSERT INTO ledger_entry VALUES (entry.*);
        ELSIF leg.entry_id <> entry.id THEN
          RAISE EXCEPTION 'ledger_entry.one_a_statement' USING ERRCODE = '23514';
        ELSIF (leg.occurred_on, leg.recorded_at) <> (entry.occurred_on, entry.recorded_at) THEN
          RAISE EXCEPTION 'ledger_entry.times_differ' USING ERRCODE = '23514';
        END IF;
        SELECT * INTO pair FROM ledger_pair AS p
         WHERE p.debit_account_id = leg.debit_account_id AND p.credit_account_id = leg.credit_account_id
           AND p.fund_id = leg.fund_id AND p.currency = leg.currency;
        IF NOT FOUND AND 2 <> (
          SELECT count(*) FROM ledger_account AS a
           WHERE a.id IN (leg.debit_account_id, leg.credit_account_id)
             AND a.fund_id = leg.fund_id AND a.currency = leg.currency
        ) THEN RAISE EXCEPTION 'ledger_transfer.account_foreign' USING ERRCODE = '23503'; END IF;
        IF pair.posts IS NULL OR pair.posts = 0 AND leg.reversals < leg.transfers THEN
          RAISE EXCEPTION 'ledger_transfer.movement_unknown' USING ERRCODE = '23514';
        END IF;
        INSERT INTO ledger_leg VALUES (leg.*);
        undoes := undoes OR leg.reversals > 0;
        accounts := accounts || leg.debit_account_id || leg.credit_account_id;
        debits := debits || leg.amount_minor || 0::bigint;
        credits := credits || 0::bigint || leg.amount_minor;
        counts := counts || leg.transfers || leg.transfers;
        IF pair.cover_sign <> 0 THEN
          accounts := accounts || pair.cover_account_id;
          debits := debits || CASE WHEN pair.cover_sign > 0 THEN leg.amount_minor ELSE 0 END;
          credits := credits || CASE WHEN pair.cover_sign < 0 THEN leg.amount_minor ELSE 0 END;
          counts := counts || leg.transfers;
        END IF;
      END LOOP;
      IF undoes AND EXISTS (
        SELECT 1 FROM inserted AS n LEFT JOIN ledger_transfer AS t
            ON t.id = n.reverses_id AND t.reverses_id IS NULL AND t.amount_minor = n.amount_minor
           AND t.entry_id <> n.entry_id
           AND t.fund_id = n.fund_id AND t.currency = n.currency
           AND t.debit_account_id = n.credit_account_id AND t.credit_account_id = n.debit_account_id
         WHERE n.reverses_id IS NOT NULL AND t.id IS NULL
      ) THEN RAISE EXCEPTION 'ledger_transfer.reversal_differs' USING ERRCODE = '23514'; END IF;
      FOR step IN
        SELECT m.account_id, sum(m.debit) AS debit, sum(m.credit) AS credit, sum(m.times) AS times
          FROM unnest(accounts, debits, credits, counts) AS m (account_id, debit, credit, times)
         GROUP BY m.account_id ORDER BY m.account_id
      LOOP
        UPDATE ledger_balance
           SET amount_minor = amount_minor + step.debit - step.credit, version = version + step.times,
               moved_by = entry.id
         WHERE account_id = step.account_id;
        IF NOT FOUND THEN RAISE EXCEPTION 'ledger_transfer.balance_missing' USING ERRCODE = '23503'; END IF;
        INSERT INTO ledger_day AS d (account_id, occurred_on, recorded_on, debit_minor, credit_minor, moved_by)
        VALUES (step.account_id, entry.occurred_on, (entry.recorded_at AT TIME ZONE 'UTC')::date, step.debit,
                step.credit, entry.id)
        ON CONFLICT (account_id, occurred_on, recorded_on) DO UPDATE
           SET debit_minor = d.debit_minor + excluded.debit_minor,
               credit_minor = d.credit_minor + excluded.credit_minor, moved_by = excluded.moved_by;
      END LOOP;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER ledger_transfer_posts AFTER INSERT ON ledger_transfer REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_transfer_posts()
    """,
    "ALTER TABLE ledger_transfer ENABLE ALWAYS TRIGGER ledger_transfer_posts",
    *_only_by_trigger("ledger_balance", "INSERT OR UPDATE OR DELETE", "ledger_balance.moves_by_transfer"),
    *_only_by_trigger("ledger_day", "INSERT OR UPDATE OR DELETE", "ledger_day.moves_by_transfer"),
    *_only_by_trigger("ledger_entry", "INSERT", "ledger_entry.made_by_transfers"),
    *_only_by_trigger("ledger_leg", "INSERT", "ledger_leg.not_of_entry"),
    *_only_by_trigger("ledger_pair", "INSERT", "ledger_pair.not_of_chart"),
    *_no_truncate("ledger_balance"),
    *_no_truncate("ledger_day"),
)
