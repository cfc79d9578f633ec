"""The triggers that put an entry together and move the balances (migration 0004), in each engine's own words.

An entry counts as a whole.  The rows of its transfers are gone through once and summed by their accounts into
`ledger_leg`; everything else is done to this handful of sums: the accounts and the pair of accounts are checked (one
look at `ledger_pair`), the balances moved, their limits checked, the totals of the day moved.

PostgreSQL does so at the end of the statement that inserts the transfers, and inserts the entry itself: an entry is one
statement, and its key refuses a second.  SQLite has no such triggers; there the application inserts the entry after its
transfers, and inserting it does the rest.  Until then the transfers do not count and cannot be committed: the first of
each kind is noted in `ledger_unsealed`, whose foreign key waits for the entry.  Afterwards a further transfer is
refused, for it could not be noted.  SQLite has no roles to keep the application off the sums and balances either: there
each may take one step, by what the entry inserted last says of it, and not twice.

What a row goes through by itself on SQLite is one look at `ledger_unsealed`.  REPLACE, which deletes without firing
anything where `recursive_triggers` is off, reaches no row but of an entry that is still open: the only key is (entry,
id), there is no rowid, and a row for a sealed entry cannot be noted.  That no id is used twice is looked up once an
entry, when it is sealed.
"""

from __future__ import annotations


def _moves(entry_id: str) -> str:
    """Every account that the legs of an entry move, `uncommitted` included, in SQL; an account may come up twice."""
    pair = "p.debit_account_id = l.debit_account_id AND p.credit_account_id = l.credit_account_id"
    return (
        "(SELECT l.entry_id, l.debit_account_id AS account_id, l.amount_minor AS debit, 0 AS credit,"
        " l.transfers AS times"
        f" FROM ledger_leg AS l WHERE l.entry_id {entry_id}"
        " UNION ALL SELECT l.entry_id, l.credit_account_id, 0, l.amount_minor, l.transfers"
        f" FROM ledger_leg AS l WHERE l.entry_id {entry_id}"
        " UNION ALL SELECT l.entry_id, p.cover_account_id, CASE WHEN p.cover_sign > 0 THEN l.amount_minor ELSE 0 END,"
        " CASE WHEN p.cover_sign < 0 THEN l.amount_minor ELSE 0 END, l.transfers"
        f" FROM ledger_leg AS l JOIN ledger_pair AS p ON {pair} WHERE p.cover_sign <> 0 AND l.entry_id {entry_id})"
    )


_LEG_COLUMNS = (
    "entry_id, fund_id, currency, debit_account_id, credit_account_id, occurred_on, recorded_at, transfers, reversals,"
    " amount_minor"
)
_LEGS = (
    "SELECT entry_id, fund_id, currency, debit_account_id, credit_account_id, occurred_on, recorded_at, count(*),"
    " count(reverses_id), sum(amount_minor)"
)

_LEG_ROW = "entry_id, debit_account_id, credit_account_id, fund_id, currency, occurred_on, recorded_at"
"""What a row of `ledger_leg` begins with, in its own order."""

# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────────────

KEYS = {
    "ledger_balance": ("account_id",),
    "ledger_day": ("account_id, occurred_on, recorded_on",),
    "ledger_entry": ("id",),
    "ledger_leg": ("entry_id, debit_account_id, credit_account_id",),
    "ledger_pair": ("debit_account_id, credit_account_id",),
}
"""What REPLACE would take for a reason to delete a row."""

_KIND = ("entry_id", "debit_account_id", "credit_account_id", "fund_id", "currency", "occurred_on", "recorded_at")
_NOTED = "EXISTS (SELECT 1 FROM ledger_unsealed WHERE " + " AND ".join(f"{name} = NEW.{name}" for name in _KIND) + ")"
_GROUPED = "debit_account_id, credit_account_id, fund_id, currency, occurred_on, recorded_at"
# The ids of an entry mostly lie side by side: to count those between its first and last then says that none is taken.
_ID_TAKEN = (
    "(SELECT count(*) FROM (SELECT 1 FROM ledger_transfer WHERE id BETWEEN"
    " (SELECT min(id) FROM ledger_transfer WHERE entry_id = NEW.id)"
    " AND (SELECT max(id) FROM ledger_transfer WHERE entry_id = NEW.id)"
    " LIMIT 1 + (SELECT sum(transfers) FROM ledger_leg WHERE entry_id = NEW.id)))"
    " <> (SELECT sum(transfers) FROM ledger_leg WHERE entry_id = NEW.id)"
    " AND EXISTS (SELECT 1 FROM ledger_transfer AS n CROSS JOIN ledger_transfer AS o ON o.id = n.id"
    " WHERE n.entry_id = NEW.id AND o.entry_id <> NEW.id)"
)
_LAST = "(SELECT id FROM ledger_entry WHERE rowid = (SELECT max(rowid) FROM ledger_entry))"
_SUMMED = (
    "(SELECT account_id, sum(debit) AS debit, sum(credit) AS credit, sum(times) AS times"
    f" FROM {_moves('= NEW.id')} AS m GROUP BY account_id) AS s"
)
_OF_THE_DAY = (
    "account_id = s.account_id AND occurred_on = NEW.occurred_on AND recorded_on = substr(NEW.recorded_at, 1, 10)"
)


def _step(amounts: str) -> str:
    """Say that a row's step is what the entry inserted last moves on its account."""
    return (
        f"NEW.moved_by = {_LAST} AND EXISTS (SELECT 1 FROM (SELECT sum(debit) AS debit, sum(credit) AS credit,"
        f" sum(times) AS times FROM {_moves('= NEW.moved_by')} AS m WHERE m.account_id = NEW.account_id) AS s"
        f" WHERE {amounts})"
    )


_OF_ITS_DAY = (
    "EXISTS (SELECT 1 FROM ledger_entry AS e WHERE e.id = NEW.moved_by AND e.occurred_on = NEW.occurred_on"
    " AND substr(e.recorded_at, 1, 10) = NEW.recorded_on)"
)

SQLITE_TRIGGERS = (
    # One trigger and one condition: what every row of a batch goes through.  A trigger before would cost twice as much.
    f"""
    CREATE TRIGGER ledger_transfer_joins AFTER INSERT ON ledger_transfer
    WHEN NOT {_NOTED} OR NEW.reverses_id IS NOT NULL
    BEGIN
      INSERT INTO ledger_unsealed ({", ".join(_KIND)})
      SELECT {", ".join(f"NEW.{name}" for name in _KIND)} WHERE NOT {_NOTED};
      SELECT RAISE(ABORT, 'ledger_transfer.entry_sealed') WHERE NOT {_NOTED};
      SELECT RAISE(ABORT, 'ledger_transfer.exists') WHERE (
        SELECT count(*) FROM ledger_transfer WHERE reverses_id = NEW.reverses_id) > 1;
      SELECT RAISE(ABORT, 'ledger_transfer.reversal_differs') WHERE NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM ledger_transfer AS t JOIN ledger_entry AS e ON e.id = t.entry_id
         WHERE t.id = NEW.reverses_id AND t.reverses_id IS NULL AND t.amount_minor = NEW.amount_minor
           AND t.fund_id = NEW.fund_id AND t.currency = NEW.currency
           AND t.debit_account_id = NEW.credit_account_id AND t.credit_account_id = NEW.debit_account_id);
    END
    """,
    """
    CREATE TRIGGER ledger_unsealed_open BEFORE INSERT ON ledger_unsealed
    WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id)
    BEGIN SELECT RAISE(ABORT, 'ledger_transfer.entry_sealed'); END
    """,
    """
    CREATE TRIGGER ledger_unsealed_no_update BEFORE UPDATE ON ledger_unsealed
    BEGIN SELECT RAISE(ABORT, 'ledger_unsealed.append_only'); END
    """,
    """
    CREATE TRIGGER ledger_unsealed_until_sealed BEFORE DELETE ON ledger_unsealed
    WHEN NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = OLD.entry_id)
    BEGIN SELECT RAISE(ABORT, 'ledger_unsealed.append_only'); END
    """,
    # Transfers that are all alike are summed without being sorted.  The counts are for INSERT OR IGNORE: its policy
    # reaches into the trigger, where it would skip an update that a floor refuses and keep the entry.  Entries are
    # numbered without gaps, so that the last is the last.
    f"""
    CREATE TRIGGER ledger_entry_seals AFTER INSERT ON ledger_entry BEGIN
      SELECT RAISE(ABORT, 'ledger_entry.out_of_order') WHERE NEW.rowid IS NOT 1 + coalesce(
        (SELECT max(rowid) FROM ledger_entry WHERE rowid < NEW.rowid), 0);
      INSERT INTO ledger_leg (entry_id, {_GROUPED}, transfers, reversals, amount_minor)
      SELECT u.entry_id, {_GROUPED}, s.transfers, s.reversals, s.amount_minor FROM ledger_unsealed AS u CROSS JOIN (
        SELECT count(*) AS transfers, count(reverses_id) AS reversals, sum(amount_minor) AS amount_minor
          FROM ledger_transfer WHERE entry_id = NEW.id) AS s
       WHERE u.entry_id = NEW.id AND 1 = (SELECT count(*) FROM ledger_unsealed WHERE entry_id = NEW.id);
      INSERT INTO ledger_leg ({_LEG_COLUMNS}) {_LEGS} FROM ledger_transfer
       WHERE entry_id = NEW.id AND NOT EXISTS (SELECT 1 FROM ledger_leg WHERE entry_id = NEW.id) GROUP BY {_GROUPED};
      SELECT RAISE(ABORT, 'ledger_entry.empty') WHERE NOT EXISTS (SELECT 1 FROM ledger_leg WHERE entry_id = NEW.id);
      SELECT RAISE(ABORT, 'ledger_transfer.exists') WHERE {_ID_TAKEN};
      UPDATE ledger_balance
         SET amount_minor = amount_minor + s.debit - s.credit, version = version + s.times, moved_by = NEW.id
        FROM {_SUMMED} WHERE ledger_balance.account_id = s.account_id;
      SELECT RAISE(ABORT, 'ledger_transfer.balance_limit') WHERE (SELECT count(*) FROM {_SUMMED}) <> (
        SELECT count(*) FROM {_SUMMED} JOIN ledger_balance AS b ON b.account_id = s.account_id
         WHERE b.moved_by = NEW.id);
      UPDATE ledger_day
         SET debit_minor = debit_minor + s.debit, credit_minor = credit_minor + s.credit, moved_by = NEW.id
        FROM {_SUMMED} WHERE ledger_day.{_OF_THE_DAY};
      INSERT INTO ledger_day (account_id, occurred_on, recorded_on, debit_minor, credit_minor, moved_by)
      SELECT s.account_id, NEW.occurred_on, substr(NEW.recorded_at, 1, 10), s.debit, s.credit, NEW.id FROM {_SUMMED}
       WHERE NOT EXISTS (SELECT 1 FROM ledger_day AS d WHERE d.{_OF_THE_DAY});
      DELETE FROM ledger_unsealed WHERE entry_id = NEW.id;
    END
    """,
    # The legs of an entry are made with it; by hand there is none left to make.
    """
    CREATE TRIGGER ledger_leg_of_entry BEFORE INSERT ON ledger_leg BEGIN
      SELECT RAISE(ABORT, 'ledger_transfer.account_foreign') WHERE NOT EXISTS (
        SELECT 1 FROM ledger_account AS d, ledger_account AS c
         WHERE d.id = NEW.debit_account_id AND d.fund_id = NEW.fund_id AND d.currency = NEW.currency
           AND c.id = NEW.credit_account_id AND c.fund_id = NEW.fund_id AND c.currency = NEW.currency);
      SELECT RAISE(ABORT, 'ledger_transfer.movement_unknown') WHERE NOT EXISTS (
        SELECT 1 FROM ledger_pair AS p
         WHERE p.debit_account_id = NEW.debit_account_id AND p.credit_account_id = NEW.credit_account_id
           AND (p.posts = 1 OR NEW.reversals = NEW.transfers));
      SELECT RAISE(ABORT, 'ledger_entry.times_differ') WHERE NOT EXISTS (
        SELECT 1 FROM ledger_entry AS e
         WHERE e.id = NEW.entry_id AND e.occurred_on = NEW.occurred_on AND e.recorded_at = NEW.recorded_at);
      SELECT RAISE(ABORT, 'ledger_leg.not_of_entry') WHERE NOT EXISTS (
        SELECT 1 FROM ledger_transfer AS t
         WHERE t.entry_id = NEW.entry_id AND t.debit_account_id = NEW.debit_account_id
           AND t.credit_account_id = NEW.credit_account_id);
    END
    """,
    f"""
    CREATE TRIGGER ledger_balance_follows BEFORE UPDATE ON ledger_balance
    WHEN NEW.account_id IS NOT OLD.account_id OR NEW.moved_by IS OLD.moved_by
      OR NEW.floor_minor IS NOT OLD.floor_minor OR NEW.ceiling_minor IS NOT OLD.ceiling_minor
      OR NOT ({
        _step(
            "s.times = NEW.version - OLD.version AND s.debit - s.credit = NEW.amount_minor - OLD.amount_minor",
        )
    })
    BEGIN SELECT RAISE(ABORT, 'ledger_balance.moves_by_transfer'); END
    """,
    """
    CREATE TRIGGER ledger_balance_no_delete BEFORE DELETE ON ledger_balance
    BEGIN SELECT RAISE(ABORT, 'ledger_balance.moves_by_transfer'); END
    """,
    f"""
    CREATE TRIGGER ledger_day_begins BEFORE INSERT ON ledger_day
    WHEN NOT ({_OF_ITS_DAY} AND {_step("s.debit = NEW.debit_minor AND s.credit = NEW.credit_minor")})
    BEGIN SELECT RAISE(ABORT, 'ledger_day.moves_by_transfer'); END
    """,
    f"""
    CREATE TRIGGER ledger_day_follows BEFORE UPDATE ON ledger_day
    WHEN NEW.account_id IS NOT OLD.account_id OR NEW.moved_by IS OLD.moved_by
      OR NEW.occurred_on IS NOT OLD.occurred_on OR NEW.recorded_on IS NOT OLD.recorded_on OR NOT ({_OF_ITS_DAY})
      OR NOT ({_step("s.debit = NEW.debit_minor - OLD.debit_minor AND s.credit = NEW.credit_minor - OLD.credit_minor")})
    BEGIN SELECT RAISE(ABORT, 'ledger_day.moves_by_transfer'); END
    """,
    """
    CREATE TRIGGER ledger_day_no_delete BEFORE DELETE ON ledger_day
    BEGIN SELECT RAISE(ABORT, 'ledger_day.moves_by_transfer'); END
    """,
)

# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────


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


PG_TRIGGERS = (
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
    *_only_by_trigger("ledger_unsealed", "INSERT OR UPDATE OR DELETE", "ledger_unsealed.append_only"),
    *_no_truncate("ledger_balance"),
    *_no_truncate("ledger_day"),
)
