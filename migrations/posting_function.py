"""The one question by which a deed's transfers reach PostgreSQL (migration 0004).

The trigger that posts an entry guards the books, whoever inserts.  This function only spares the way to and fro: it
finds the accounts, inserts, and answers with the accounts found.  If anything was refused it leaves nothing behind and
answers with the refusal's name, as `reparations.db.violated_constraint` gives it: a constraint's, or a trigger's code,
and never a message that may quote a value.  It runs with the rights of whoever calls it.
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
  WITH line AS MATERIALIZED (
    SELECT t.*, d.id AS debit_account_id, c.id AS credit_account_id
      FROM json_to_recordset(wanted) AS t (
        id text, fund_id text, currency text, debit text, credit text, amount_minor bigint, reverses_id text)
      LEFT JOIN ledger_account AS d ON d.fund_id = t.fund_id AND d.currency = t.currency AND d.code = t.debit
      LEFT JOIN ledger_account AS c ON c.fund_id = t.fund_id AND c.currency = t.currency AND c.code = t.credit),
  posted AS (
    INSERT INTO ledger_transfer (id, entry_id, fund_id, currency, debit_account_id, credit_account_id, amount_minor,
                                 occurred_on, recorded_at, reverses_id)
    SELECT id, entry, fund_id, currency, debit_account_id, credit_account_id, amount_minor, occurred, recorded,
           reverses_id
      FROM line),
  side AS (
    SELECT fund_id, currency, debit AS code, debit_account_id AS account_id FROM line
     UNION SELECT fund_id, currency, credit, credit_account_id FROM line)
  SELECT json_agg(json_build_array(fund_id, currency, code, account_id)) INTO accounts FROM side;
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
