"""The one question by which a deed's transfers reach PostgreSQL (migration 0004).

The trigger that posts an entry guards the books, whoever inserts.  This function only spares the way to and fro: it
finds the accounts, inserts, and answers with the two accounts of each transfer.  If anything was refused it leaves
nothing behind and answers with the refusal's name, as `reparations.db.violated_constraint` gives it: a constraint's, or
a trigger's code, and never a message that may quote a value.  It runs with the rights of whoever calls it.
"""

from __future__ import annotations

from migrations.triggers import Operations

_POST = r"""
CREATE FUNCTION ledger_post(entry text, occurred date, recorded timestamptz, wanted json) RETURNS json
LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  accounts json;
  refusal text;
  said text;
BEGIN
  WITH posted AS (
    INSERT INTO ledger_transfer (id, entry_id, fund_id, currency, debit_account_id, credit_account_id, amount_minor,
                                 occurred_on, recorded_at, reverses_id)
    SELECT t.id, entry, t.fund_id, t.currency,
           (SELECT a.id FROM ledger_account AS a
             WHERE a.fund_id = t.fund_id AND a.currency = t.currency AND a.code = t.debit),
           (SELECT a.id FROM ledger_account AS a
             WHERE a.fund_id = t.fund_id AND a.currency = t.currency AND a.code = t.credit),
           t.amount_minor, occurred, recorded, t.reverses_id
      FROM json_to_recordset(wanted) AS t (
        id text, fund_id text, currency text, debit text, credit text, amount_minor bigint, reverses_id text)
    RETURNING id, debit_account_id, credit_account_id)
  SELECT json_object_agg(id, ARRAY[debit_account_id, credit_account_id]) INTO accounts FROM posted;
  RETURN accounts;
EXCEPTION WHEN integrity_constraint_violation THEN
  GET STACKED DIAGNOSTICS refusal = CONSTRAINT_NAME, said = MESSAGE_TEXT;
  IF refusal = '' THEN refusal := CASE WHEN said ~ '^[a-z_]+\.[a-z_]+$' THEN said ELSE 'unknown' END; END IF;
  RETURN to_json(refusal);
END $$
"""


def create_posting_function(op: Operations) -> None:
    """Make the function; SQLite is in the same process and needs none."""
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(_POST)


def drop_posting_function(op: Operations) -> None:
    """Drop it again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_post(text, date, timestamptz, json)")
