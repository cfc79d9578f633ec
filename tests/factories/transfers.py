"""What a hostile administrator can do to SQLite's transfers, which are a view: the same statements as on PostgreSQL."""

from __future__ import annotations

_KEY = ("entry_id", "debit_account_id", "credit_account_id")
_SHARED = (*_KEY, "fund_id", "currency", "occurred_on", "recorded_at")


def _leg(row: str) -> str:
    key = " AND ".join(f"{name} = {row}.{name}" for name in _KEY)
    return f"(SELECT number FROM ledger_leg WHERE {key})"


TABLES = ("ledger_transfer", "ledger_line", "ledger_leg", "ledger_unsealed")
"""Whose triggers stand in the way."""

CHANGEABLE = {
    "hostile_insert": f"""
    CREATE TRIGGER hostile_insert INSTEAD OF INSERT ON ledger_transfer BEGIN
      INSERT INTO ledger_leg (number, {", ".join(_SHARED)}, transfers, reversals, amount_minor)
      SELECT number, {", ".join(f"NEW.{name}" for name in _SHARED)}, 1, 0, NEW.amount_minor FROM ledger_next_leg
       WHERE {_leg("NEW")} IS NULL;
      INSERT INTO ledger_line VALUES ({_leg("NEW")}, NEW.id, NEW.amount_minor, NEW.reverses_id);
    END
    """,
    "hostile_update": f"""
    CREATE TRIGGER hostile_update INSTEAD OF UPDATE ON ledger_transfer BEGIN
      UPDATE ledger_line SET id = NEW.id, amount_minor = NEW.amount_minor, reverses_id = NEW.reverses_id
       WHERE leg = {_leg("OLD")} AND id = OLD.id;
      UPDATE ledger_leg SET {", ".join(f"{name} = NEW.{name}" for name in _SHARED)} WHERE number = {_leg("OLD")};
    END
    """,
    "hostile_delete": f"""
    CREATE TRIGGER hostile_delete INSTEAD OF DELETE ON ledger_transfer BEGIN
      DELETE FROM ledger_line WHERE leg = {_leg("OLD")} AND id = OLD.id;
    END
    """,
}
"""By name: triggers that do what the statement says, to the line and to what its leg keeps for it."""
