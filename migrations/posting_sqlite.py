"""How SQLite keeps transfers, and the triggers that put an entry together and move the balances (migration 0004).

What the transfers of an entry between two accounts have in common is written once, in `ledger_leg`; of each transfer
`ledger_line` keeps what it says for itself: id, amount, what it reverses.  The view `ledger_transfer` shows both
together, as PostgreSQL's table has them, and takes rows like it.

An entry counts as a whole.  SQLite has no triggers of statements; the application inserts the entry after its lines,
and inserting it sums them into `ledger_leg` and does the rest to these sums, as on PostgreSQL.  Until then lines are of
no leg: they are not seen, do not count and cannot be committed.  What they have in common stands in `ledger_unsealed`
with the number that the leg will have, and its foreign key waits for the entry.  Afterwards a further line is refused,
for its number is noted no more.  SQLite has no roles to keep the application off the sums and balances either: there
each may take one step, by what the entry inserted last says of it, and not twice.

What a line goes through by itself is one look at `ledger_unsealed`.  REPLACE, which deletes without firing anything
where `recursive_triggers` is off, reaches no line but of an entry that is still open: the only key is (leg, id), there
is no rowid, and the number of a sealed leg is never noted again.  That no id is used twice is looked up once an entry,
when it is sealed.
"""

from __future__ import annotations

from migrations.triggers import Operations, append_only

_TABLES = (
    """
    CREATE TABLE ledger_line (
      leg INTEGER NOT NULL CONSTRAINT ck_ledger_line_leg CHECK (leg BETWEEN 1 AND 4611686018427387904),
      id TEXT NOT NULL CONSTRAINT ck_ledger_transfer_id_length CHECK (length(CAST(id AS BLOB)) BETWEEN 1 AND 200),
      amount_minor INTEGER NOT NULL
        CONSTRAINT ck_ledger_transfer_amount_positive CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
      reverses_id TEXT,
      CONSTRAINT pk_ledger_line PRIMARY KEY (leg, id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX ix_ledger_line_id ON ledger_line (id)",
    "CREATE INDEX ix_ledger_line_reverses_id ON ledger_line (reverses_id) WHERE reverses_id IS NOT NULL",
    """
    CREATE TABLE ledger_unsealed (
      number INTEGER NOT NULL CONSTRAINT pk_ledger_unsealed PRIMARY KEY,
      entry_id TEXT NOT NULL,
      debit_account_id INTEGER NOT NULL,
      credit_account_id INTEGER NOT NULL,
      fund_id TEXT NOT NULL,
      currency TEXT NOT NULL,
      occurred_on TEXT NOT NULL,
      recorded_at TEXT NOT NULL,
      CONSTRAINT fk_ledger_unsealed_entry_id FOREIGN KEY (entry_id) REFERENCES ledger_entry (id)
        DEFERRABLE INITIALLY DEFERRED,
      CONSTRAINT ck_ledger_transfer_accounts_differ CHECK (debit_account_id <> credit_account_id)
    ) STRICT
    """,
    """
    CREATE VIEW ledger_transfer AS
    SELECT l.id, g.entry_id, g.fund_id, g.currency, g.debit_account_id, g.credit_account_id, l.amount_minor,
           g.occurred_on, g.recorded_at, l.reverses_id
      FROM ledger_line AS l JOIN ledger_leg AS g ON g.number = l.leg
    """,
    # Greater than whatever was put there past the triggers, too: nobody's lines wait under the number of a leg to come.
    """
    CREATE VIEW ledger_next_leg AS
    SELECT 1 + max(coalesce((SELECT max(number) FROM ledger_leg), 0),
                   coalesce((SELECT max(number) FROM ledger_unsealed), 0),
                   coalesce((SELECT max(leg) FROM ledger_line), 0)) AS number
    """,
)


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


KEYS = {
    "ledger_balance": ("account_id",),
    "ledger_day": ("account_id, occurred_on, recorded_on",),
    "ledger_entry": ("id",),
    "ledger_leg": ("entry_id, debit_account_id, credit_account_id",),
    "ledger_pair": ("debit_account_id, credit_account_id",),
}
"""What REPLACE would take for a reason to delete a row."""

_KIND = ("entry_id", "debit_account_id", "credit_account_id", "fund_id", "currency", "occurred_on", "recorded_at")
_KIND_COLUMNS = ", ".join(_KIND)


def _of_kind(alias: str) -> str:
    return " AND ".join(f"{alias}.{name} = NEW.{name}" for name in _KIND)


_NOTED = f"EXISTS (SELECT 1 FROM ledger_unsealed AS u WHERE {_of_kind('u')})"
_NEXT_NUMBER = "(SELECT number FROM ledger_next_leg)"
_COUNTED = "(SELECT sum(transfers) FROM ledger_leg WHERE entry_id = NEW.id)"


def _end(which: str) -> str:
    """The first or last id of an entry, found leg by leg without going through the lines."""
    return (
        f"(SELECT {which}(e) FROM (SELECT (SELECT {which}(l.id) FROM ledger_line AS l WHERE l.leg = g.number) AS e"
        " FROM ledger_leg AS g WHERE g.entry_id = NEW.id))"
    )


# The ids of a long entry mostly lie side by side: to count those between its first and last then says that none is
# taken.  Two legs of one entry could share an id and add up, so there each is looked up.
_ID_TAKEN = (
    f"((SELECT count(*) FROM ledger_leg WHERE entry_id = NEW.id) > 1 OR {_COUNTED} <> (SELECT count(*) FROM ("
    f"SELECT 1 FROM ledger_line WHERE id BETWEEN {_end('min')} AND {_end('max')} LIMIT 1 + {_COUNTED})))"
    " AND EXISTS (SELECT 1 FROM ledger_leg AS g CROSS JOIN ledger_line AS n ON n.leg = g.number"
    " CROSS JOIN ledger_line AS o ON o.id = n.id WHERE g.entry_id = NEW.id AND o.leg <> n.leg)"
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

_TRIGGERS = (
    f"""
    CREATE TRIGGER ledger_transfer_joins INSTEAD OF INSERT ON ledger_transfer BEGIN
      INSERT INTO ledger_unsealed (number, {_KIND_COLUMNS})
      SELECT {_NEXT_NUMBER}, {", ".join(f"NEW.{name}" for name in _KIND)} WHERE NOT {_NOTED};
      INSERT INTO ledger_line (leg, id, amount_minor, reverses_id)
      VALUES ((SELECT number FROM ledger_unsealed AS u WHERE {_of_kind("u")}), NEW.id, NEW.amount_minor,
              NEW.reverses_id);
    END
    """,
    """
    CREATE TRIGGER ledger_transfer_no_update INSTEAD OF UPDATE ON ledger_transfer
    BEGIN SELECT RAISE(ABORT, 'ledger_transfer.append_only'); END
    """,
    """
    CREATE TRIGGER ledger_transfer_no_delete INSTEAD OF DELETE ON ledger_transfer
    BEGIN SELECT RAISE(ABORT, 'ledger_transfer.append_only'); END
    """,
    # One trigger, one condition: what every line of a batch goes through.  A trigger before would cost twice as much.
    """
    CREATE TRIGGER ledger_line_joins AFTER INSERT ON ledger_line
    WHEN NOT EXISTS (SELECT 1 FROM ledger_unsealed WHERE number = NEW.leg) OR NEW.reverses_id IS NOT NULL
      OR NEW.amount_minor NOT BETWEEN 1 AND 9007199254740991
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: ck_ledger_transfer_amount_positive')
       WHERE NEW.amount_minor NOT BETWEEN 1 AND 9007199254740991;
      SELECT RAISE(ABORT, 'ledger_transfer.entry_sealed') WHERE NOT EXISTS (
        SELECT 1 FROM ledger_unsealed WHERE number = NEW.leg);
      SELECT RAISE(ABORT, 'ledger_transfer.exists') WHERE (
        SELECT count(*) FROM ledger_line WHERE reverses_id = NEW.reverses_id) > 1;
      SELECT RAISE(ABORT, 'ledger_transfer.reversal_differs') WHERE NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM ledger_unsealed AS u JOIN ledger_line AS l ON l.id = NEW.reverses_id
          JOIN ledger_leg AS g ON g.number = l.leg
         WHERE u.number = NEW.leg AND l.reverses_id IS NULL AND l.amount_minor = NEW.amount_minor
           AND g.fund_id = u.fund_id AND g.currency = u.currency
           AND g.debit_account_id = u.credit_account_id AND g.credit_account_id = u.debit_account_id);
    END
    """,
    f"""
    CREATE TRIGGER ledger_unsealed_open BEFORE INSERT ON ledger_unsealed BEGIN
      SELECT RAISE(ABORT, 'ledger_transfer.entry_sealed') WHERE EXISTS (
        SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id);
      SELECT RAISE(ABORT, 'ledger_unsealed.exists') WHERE {_NOTED};
      SELECT RAISE(ABORT, 'ledger_unsealed.out_of_order') WHERE NEW.number IS NOT {_NEXT_NUMBER};
    END
    """,
    """
    CREATE TRIGGER ledger_unsealed_no_update BEFORE UPDATE ON ledger_unsealed
    BEGIN SELECT RAISE(ABORT, 'ledger_unsealed.append_only'); END
    """,
    """
    CREATE TRIGGER ledger_unsealed_until_sealed BEFORE DELETE ON ledger_unsealed
    WHEN NOT EXISTS (SELECT 1 FROM ledger_leg WHERE number = OLD.number)
    BEGIN SELECT RAISE(ABORT, 'ledger_unsealed.append_only'); END
    """,
    # What is said of a conflict (INSERT OR IGNORE, OR FAIL) reaches into the trigger: what a constraint refuses there
    # would be skipped, or end it half done, and the entry kept.  So all that may be wrong is refused by RAISE(ABORT),
    # which nothing softens; the constraints say the same once more.  Entries are numbered without gaps: the last is the
    # last.
    f"""
    CREATE TRIGGER ledger_entry_seals AFTER INSERT ON ledger_entry BEGIN
      SELECT RAISE(ABORT, 'ledger_entry.out_of_order') WHERE NEW.rowid IS NOT 1 + coalesce(
        (SELECT max(rowid) FROM ledger_entry WHERE rowid < NEW.rowid), 0);
      SELECT RAISE(ABORT, 'ledger_entry.times_malformed') WHERE date(NEW.occurred_on, '+0 days') IS NOT NEW.occurred_on
        OR datetime(substr(NEW.recorded_at, 1, 19), '+0 days') IS NOT substr(NEW.recorded_at, 1, 19)
        OR substr(NEW.recorded_at, 20) NOT GLOB '.[0-9][0-9][0-9][0-9][0-9][0-9]';
      INSERT INTO ledger_leg (number, {_KIND_COLUMNS}, transfers, reversals, amount_minor)
      SELECT u.number, {", ".join(f"u.{name}" for name in _KIND)}, count(*), count(l.reverses_id), sum(l.amount_minor)
        FROM ledger_unsealed AS u CROSS JOIN ledger_line AS l ON l.leg = u.number
       WHERE u.entry_id = NEW.id GROUP BY u.number;
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
    f"""
    CREATE TRIGGER ledger_leg_of_entry BEFORE INSERT ON ledger_leg BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: ck_ledger_leg_amount_exact')
       WHERE NEW.amount_minor NOT BETWEEN 1 AND 9007199254740991;
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
        SELECT 1 FROM ledger_unsealed AS u WHERE u.number = NEW.number AND {_of_kind("u")});
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
    CREATE TRIGGER ledger_balance_within BEFORE UPDATE ON ledger_balance
    WHEN NEW.amount_minor < NEW.floor_minor OR NEW.amount_minor > NEW.ceiling_minor
      OR NEW.amount_minor NOT BETWEEN -9007199254740991 AND 9007199254740991
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: ck_ledger_balance_floor') WHERE NEW.amount_minor < NEW.floor_minor;
      SELECT RAISE(ABORT, 'CHECK constraint failed: ck_ledger_balance_ceiling')
       WHERE NEW.amount_minor > NEW.ceiling_minor;
      SELECT RAISE(ABORT, 'CHECK constraint failed: ck_ledger_balance_exact');
    END
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


def create_transfers(op: Operations) -> None:
    """Make the lines, what they have in common until their entry is there, and the view that shows transfers."""
    for statement in _TABLES:
        op.get_bind().exec_driver_sql(statement)
    append_only(op, "ledger_line")


def guard_entries(op: Operations) -> None:
    """Have an entry sum its lines and move the balances, and nothing else do so."""
    for statement in _TRIGGERS:
        op.get_bind().exec_driver_sql(statement)


def drop_transfers(op: Operations) -> None:
    """Take them away again, before the tables they refer to."""
    for view in ("ledger_transfer", "ledger_next_leg"):
        op.execute(f"DROP VIEW {view}")
    for table in ("ledger_line", "ledger_unsealed"):
        op.execute(f"DROP TABLE {table}")
