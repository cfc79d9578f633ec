"""The triggers of exchange positions, closed periods and opened books (migration 0009), in each engine's own words.

Posting and closing at the same time: every posting moves balances, so closing locks all the balances of the fund, in
the order of their ids as postings do, and a posting asks whether the period is closed when it has moved its own.
Whoever is second sees the first.  A transaction that looks at an old snapshot would not, and is refused.  SQLite has
one writer.
"""

from __future__ import annotations

from migrations.triggers import Operations, refuse_day_to_come, refuse_replace, refuse_when

KEYS = {
    "exchange_rate": ("id", "corrects_id"),
    "exchange_position": ("fund_id, currency_a, currency_b",),
    "exchange_step": ("id", "reference", "reverses_id", "fund_id, currency_a, currency_b, number"),
    "period_draft": (
        "id",
        "fund_id, number, length, starts_on, next_starts_on, trial_balance_sha256, prepared_by",
    ),
    "ledger_period": ("fund_id, number", "draft_id", "fund_id, next_starts_on"),
    "period_line": ("fund_id, number, currency, code",),
    "period_adjustment": ("entry_id, fund_id",),
    "opening_sheet": ("id", "file_sha256, as_of, source_system"),
    "opening_line": ("sheet_id, fund_id, currency, code",),
    "opened_book": ("fund_id, currency",),
    "opening_clearance": ("id", "reference"),
    "opening_clearance_approval": ("clearance_id",),
}
"""What REPLACE would take for a reason to delete a row."""

_CORRECTS_ANOTHER = (
    "NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM exchange_rate AS r WHERE r.id = NEW.corrects_id"
    " AND r.base = NEW.base AND r.quote = NEW.quote AND r.quoted_on = NEW.quoted_on)"
)

_STEP_BROKEN = (
    "(NEW.number = 1 AND (NEW.held_before_minor <> 0 OR NEW.cost_before_minor <> 0))"
    " OR (NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM exchange_step AS s WHERE s.fund_id = NEW.fund_id"
    " AND s.currency_a = NEW.currency_a AND s.currency_b = NEW.currency_b AND s.number = NEW.number - 1"
    " AND s.held_minor = NEW.held_before_minor AND s.cost_minor = NEW.cost_before_minor"
    " AND s.occurred_on <= NEW.occurred_on))"
)
_REVERSES_ANOTHER = (
    "NEW.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM exchange_step AS s"
    " JOIN reversal AS r ON r.exchange_id = s.id JOIN reversal_approval AS a ON a.reversal_id = r.id"
    " WHERE s.id = NEW.reverses_id AND s.kind <> 'reversal' AND a.reversed_on = NEW.occurred_on"
    " AND s.fund_id = NEW.fund_id AND s.currency_a = NEW.currency_a AND s.currency_b = NEW.currency_b"
    " AND s.held_before_minor = NEW.held_minor AND s.cost_before_minor = NEW.cost_minor"
    " AND s.gain_minor = -NEW.gain_minor"
    " AND COALESCE(s.sold_currency, '') = COALESCE(NEW.bought_currency, '')"
    " AND COALESCE(s.bought_currency, '') = COALESCE(NEW.sold_currency, '')"
    " AND COALESCE(s.sold_minor, 0) = COALESCE(NEW.bought_minor, 0)"
    " AND COALESCE(s.bought_minor, 0) = COALESCE(NEW.sold_minor, 0))"
)
_NOT_THE_LAST = (  # what stands after it counted with it
    "EXISTS (SELECT 1 FROM exchange_step AS s JOIN exchange_step AS l ON l.fund_id = s.fund_id"
    " AND l.currency_a = s.currency_a AND l.currency_b = s.currency_b AND l.number > s.number"
    " WHERE s.id = NEW.reverses_id AND l.kind <> 'reversal'"
    " AND NOT EXISTS (SELECT 1 FROM exchange_step AS u WHERE u.reverses_id = l.id))"
)
_RATE_CORRECTED = "EXISTS (SELECT 1 FROM exchange_rate AS r WHERE r.corrects_id = NEW.rate_id)"

_NOT_NEXT = (
    "(NEW.number = 1 AND EXISTS (SELECT 1 FROM ledger_period AS p WHERE p.fund_id = NEW.fund_id))"
    " OR (NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM ledger_period AS p WHERE p.fund_id = NEW.fund_id"
    " AND p.number = NEW.number - 1 AND p.next_starts_on = NEW.starts_on))"
)
_MONTHS = "CASE NEW.length WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 ELSE 12 END"
_NOT_WHOLE_SQLITE = (
    "strftime('%d', NEW.starts_on) IS NOT '01' OR date(NEW.starts_on) IS NOT NEW.starts_on"
    f" OR NEW.next_starts_on IS NOT date(NEW.starts_on, '+' || {_MONTHS} || ' months')"
)
_NOT_WHOLE_PG = (
    "extract(day FROM NEW.starts_on) <> 1"
    f" OR NEW.next_starts_on <> (NEW.starts_on + make_interval(months => {_MONTHS}))::date"
)

_ADJUSTS_NOTHING = (
    "NOT EXISTS (SELECT 1 FROM ledger_period AS p WHERE p.fund_id = NEW.fund_id AND p.number = NEW.number"
    " AND NEW.happened_on < p.next_starts_on AND (NEW.happened_on >= p.starts_on OR p.number = 1)"
    " AND EXISTS (SELECT 1 FROM ledger_transfer AS t WHERE t.entry_id = NEW.entry_id AND t.fund_id = NEW.fund_id"
    " AND t.occurred_on >= p.next_starts_on))"
)
_CLOSED_AFTERWARDS = "EXISTS (SELECT 1 FROM opened_book AS b WHERE b.sheet_id = NEW.sheet_id)"
_LINE_OF_ANOTHER_TIME = (
    "EXISTS (SELECT 1 FROM ledger_period AS p WHERE p.fund_id = NEW.fund_id AND p.number > NEW.number)"
)
_BOOK_IN_USE = (
    "EXISTS (SELECT 1 FROM ledger_balance AS b JOIN ledger_account AS a ON a.id = b.account_id"
    " WHERE a.fund_id = NEW.fund_id AND a.currency = NEW.currency AND b.version > 0)"
)
_BOOK_NOT_ON_SHEET = (
    "NOT EXISTS (SELECT 1 FROM opening_line AS l WHERE l.sheet_id = NEW.sheet_id AND l.fund_id = NEW.fund_id"
    " AND l.currency = NEW.currency)"
)
_TAKEN_FROM = {  # by account, the kinds of clearance that take from what is open of it
    "in_transit": "'settled', 'rejected'",
    "returned": "'written_back'",
    "overpayments": "'repaid', 'waived'",
    "awards_payable": "'settled', 'paid', 'not_owed'",
    "held_in_trust": "'released'",
}
_ADDED = {"awards_payable": " WHEN o.kind = 'released' THEN o.amount_minor"}
_OF_CLEARANCE = "FROM opening_clearance AS n WHERE n.id = NEW.clearance_id"


def still_open(code: str, *, day: str | None = None) -> str:
    """Compute what of an account is open that was brought over with the book of a clearance `n`.

    What was cleared counts, unless it was taken back.

    Args:
        code: of the account.
        day: at whose end; by default after everything that is recorded.
    """
    cleared_until = "" if day is None else f" AND a.cleared_on <= {day}"
    reversed_until = "" if day is None else f" AND oa.reversed_on <= {day}"
    opened = (
        "(SELECT l.amount_minor FROM opening_line AS l WHERE l.sheet_id = n.sheet_id AND l.fund_id = n.fund_id"
        f" AND l.currency = n.currency AND l.code = '{code}')"
    )
    cleared = (
        f"(SELECT sum(CASE WHEN o.kind IN ({_TAKEN_FROM[code]}) THEN -o.amount_minor{_ADDED.get(code, '')} ELSE 0 END)"
        " FROM opening_clearance AS o JOIN opening_clearance_approval AS a ON a.clearance_id = o.id"
        f" WHERE o.fund_id = n.fund_id AND o.currency = n.currency{cleared_until}"
        " AND NOT EXISTS (SELECT 1 FROM reversal AS ov JOIN reversal_approval AS oa ON oa.reversal_id = ov.id"
        f" WHERE ov.clearance_id = o.id{reversed_until}))"
    )
    return f"COALESCE({opened}, 0) + COALESCE({cleared}, 0)"


def not_open_on(code: str, day: str) -> str:
    """Say that the amount of a clearance `n` is open now, and was not on some day from `day` on.

    As of that day the account would stand on its wrong side, and no period that ends there could be closed.
    """
    of_book = "e.fund_id = n.fund_id AND e.currency = n.currency"
    days = (
        f"SELECT {day} AS day UNION SELECT e.cleared_on FROM opening_clearance_approval AS e WHERE {of_book}"
        " UNION SELECT ea.reversed_on FROM opening_clearance_approval AS e"
        " JOIN reversal AS ev ON ev.clearance_id = e.clearance_id"
        f" JOIN reversal_approval AS ea ON ea.reversal_id = ev.id WHERE {of_book}"
    )
    return (
        f"n.amount_minor <= {still_open(code)} AND EXISTS (SELECT 1 FROM ({days}) AS d WHERE d.day >= {day}"
        f" AND n.amount_minor > {still_open(code, day='d.day')})"
    )


def _of_kinds(kinds: str, when: str) -> str:
    return f"EXISTS (SELECT 1 {_OF_CLEARANCE} AND n.kind IN ({kinds}) AND {when})"


_NOT_OPEN = " OR ".join(_of_kinds(kinds, f"n.amount_minor > {still_open(code)}") for code, kinds in _TAKEN_FROM.items())
_NOT_OPEN_THEN = " OR ".join(
    _of_kinds(kinds, not_open_on(code, "NEW.cleared_on")) for code, kinds in _TAKEN_FROM.items()
)
_CLEARED_BEFORE = (
    "NEW.cleared_on < (SELECT s.as_of FROM opening_sheet AS s"
    " WHERE s.id = (SELECT n.sheet_id FROM opening_clearance AS n WHERE n.id = NEW.clearance_id))"
)


_OF_STATEMENT = "substr(NEW.id, 1, 10) = 'statement-'"
"""An entry that posts what a bank's statement says; its day is the bank's."""


def guard_periods(op: Operations) -> None:
    """Make positions chains, periods gapless and closed, openings first, on the engine at hand."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, table, when, message in (
        ("exchange_rate_corrects", "exchange_rate", _CORRECTS_ANOTHER, "corrects_another"),
        ("exchange_step_follows", "exchange_step", _STEP_BROKEN, "position_moved"),
        ("exchange_step_rate", "exchange_step", _RATE_CORRECTED, "rate_corrected"),
        ("exchange_step_reverses", "exchange_step", _REVERSES_ANOTHER, "reverses_another"),
        ("exchange_step_last", "exchange_step", _NOT_THE_LAST, "not_the_last"),
        ("period_line_in_time", "period_line", _LINE_OF_ANOTHER_TIME, "of_another_time"),
        ("period_adjustment_adjusts", "period_adjustment", _ADJUSTS_NOTHING, "adjusts_nothing"),
        ("opening_line_in_time", "opening_line", _CLOSED_AFTERWARDS, "sheet_confirmed"),
        ("opened_book_on_sheet", "opened_book", _BOOK_NOT_ON_SHEET, "not_on_sheet"),
        ("opening_clearance_approval_in_time", "opening_clearance_approval", _CLEARED_BEFORE, "too_early"),
    ):
        refuse_when(op, name, table, "INSERT", when=when, message=f"{table}.{message}")
    refuse_day_to_come(op, "exchange_rate", "quoted_on")
    # On PostgreSQL its name comes after `opening_clearance_approval_open`, so it fires when the book is locked.
    refuse_when(
        op,
        "opening_clearance_approval_uncrossed",
        "opening_clearance_approval",
        "INSERT",
        when=_NOT_OPEN_THEN,
        message="opening_clearance_approval.crossed",
    )
    refuse_day_to_come(op, "exchange_step", "occurred_on")
    refuse_day_to_come(op, "opening_sheet", "as_of", recorded="prepared_at")
    refuse_when(
        op,
        "ledger_entry_happened",
        "ledger_entry",
        "INSERT",
        when=f"{_OF_STATEMENT} AND NEW.occurred_on > date(NEW.recorded_at, '+1 day')",
        when_pg=f"{_OF_STATEMENT} AND NEW.occurred_on > CAST(NEW.recorded_at AT TIME ZONE 'UTC' AS date) + 1",
        message="ledger_entry.day_to_come",
    )
    refuse_day_to_come(op, "opening_clearance_approval", "cleared_on")
    for table in ("period_draft", "ledger_period"):
        refuse_when(
            op,
            f"{table}_whole",
            table,
            "INSERT",
            when=_NOT_WHOLE_SQLITE,
            when_pg=_NOT_WHOLE_PG,
            message=f"{table}.not_whole",
        )
    if postgresql:
        for statement in _PG_TRIGGERS:
            op.get_bind().exec_driver_sql(statement)
        return
    refuse_when(op, "ledger_period_next", "ledger_period", "INSERT", when=_NOT_NEXT, message="ledger_period.not_next")
    refuse_when(op, "opened_book_first", "opened_book", "INSERT", when=_BOOK_IN_USE, message="opened_book.in_use")
    refuse_when(
        op,
        "opening_clearance_approval_open",
        "opening_clearance_approval",
        "INSERT",
        when=_NOT_OPEN,
        message="opening_clearance_approval.exceeds_open",
    )
    # As text a day with anything behind it is still less than the next day.
    refuse_when(
        op,
        "ledger_leg_in_open_period",
        "ledger_leg",
        "INSERT",
        when="NEW.occurred_on < (SELECT max(next_starts_on) FROM ledger_period WHERE fund_id = NEW.fund_id)",
        message="ledger_transfer.period_closed",
    )
    for table, keys in KEYS.items():
        refuse_replace(op, table, keys)


def release_periods(op: Operations) -> None:
    """Take the triggers away again that guard tables of an earlier migration."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER ledger_entry_happened ON ledger_entry")
        op.execute("DROP FUNCTION ledger_entry_happened()")
        op.execute("DROP TRIGGER ledger_transfer_within_open_period ON ledger_transfer")
        op.execute("DROP FUNCTION ledger_transfer_within_open_period()")
        return
    op.execute("DROP TRIGGER ledger_entry_happened")
    op.execute("DROP TRIGGER ledger_leg_in_open_period")


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _pg_locking(name: str, table: str, *, book: str, when: str, message: str) -> tuple[str, ...]:
    """Refuse a row of `table` where `when` holds, with all balances of the fund's `book` locked first."""
    return (
        f"""
        CREATE FUNCTION {name}() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
        BEGIN
          IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION '{table}.isolation' USING ERRCODE = '25001';
          END IF;
          PERFORM 1 FROM ledger_balance AS b
            WHERE b.account_id IN (SELECT a.id FROM ledger_account AS a WHERE a.fund_id = NEW.fund_id{book})
            ORDER BY b.account_id FOR NO KEY UPDATE;
          IF {when} THEN RAISE EXCEPTION '{table}.{message}' USING ERRCODE = '23514'; END IF;
          RETURN NEW;
        END $$
        """,
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    )


_PG_TRIGGERS = (
    *_pg_locking("ledger_period_next", "ledger_period", book="", when=_NOT_NEXT, message="not_next"),
    *_pg_locking(
        "opened_book_first", "opened_book", book=" AND a.currency = NEW.currency", when=_BOOK_IN_USE, message="in_use"
    ),
    *_pg_locking(
        "opening_clearance_approval_open",
        "opening_clearance_approval",
        book=" AND a.currency = NEW.currency",
        when=_NOT_OPEN,
        message="exceeds_open",
    ),
    # Its name comes after `ledger_transfer_posts`, so it fires when the balances are locked.  Nearly always one look at
    # the index is all: no row of the statement is older than the last day closed in any fund.
    """
    CREATE FUNCTION ledger_transfer_within_open_period() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
      open_everywhere date;
    BEGIN
      IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger_transfer.isolation' USING ERRCODE = '25001';
      END IF;
      SELECT max(next_starts_on) INTO open_everywhere FROM ledger_period;
      IF open_everywhere IS NULL OR NOT EXISTS (SELECT 1 FROM inserted WHERE occurred_on < open_everywhere) THEN
        RETURN NULL;
      END IF;
      IF EXISTS (
        SELECT 1 FROM (SELECT fund_id, min(occurred_on) AS first_on FROM inserted GROUP BY fund_id) AS n
          JOIN ledger_period AS p ON p.fund_id = n.fund_id AND p.next_starts_on > n.first_on
      ) THEN RAISE EXCEPTION 'ledger_transfer.period_closed' USING ERRCODE = '23514'; END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER ledger_transfer_within_open_period AFTER INSERT ON ledger_transfer REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_transfer_within_open_period()
    """,
    "ALTER TABLE ledger_transfer ENABLE ALWAYS TRIGGER ledger_transfer_within_open_period",
)
