"""The triggers of what is taken back as recorded in error (migration 0009): what a table's own columns cannot say."""

from __future__ import annotations

from migrations.period_triggers import not_open_on, still_open
from migrations.triggers import Operations, refuse_day_to_come, refuse_locked, refuse_replace

_KEYS = {
    "reversal": ("id", "cost_id", "interest_id", "contribution_id", "clearance_id", "exchange_id"),
    "reversal_approval": ("reversal_id",),
}
"""What REPLACE would take for a reason to delete a row."""

_OF_A_REVERSAL = "EXISTS (SELECT 1 FROM exchange_step AS s WHERE s.id = NEW.exchange_id AND s.kind = 'reversal')"

_TOO_EARLY = (
    "NEW.reversed_on < (SELECT COALESCE(c.incurred_on, i.received_on, g.received_on, o.cleared_on, s.occurred_on)"
    " FROM reversal AS r LEFT JOIN programme_cost AS c ON c.id = r.cost_id LEFT JOIN interest AS i"
    " ON i.id = r.interest_id LEFT JOIN contribution AS g ON g.id = r.contribution_id"
    " LEFT JOIN opening_clearance_approval AS o ON o.clearance_id = r.clearance_id"
    " LEFT JOIN exchange_step AS s ON s.id = r.exchange_id WHERE r.id = NEW.reversal_id)"
)

_REFUNDED = (
    "EXISTS (SELECT 1 FROM reversal AS r JOIN refund AS g ON g.contribution_id = r.contribution_id"
    " JOIN refund_approval AS ga ON ga.refund_id = g.id WHERE r.id = NEW.reversal_id)"
)
_LOCK_FUND = (  # as a refund does: of the two at once, the second sees the first
    "FROM fund WHERE id = (SELECT p.fund_id FROM reversal AS r JOIN contribution AS c ON c.id = r.contribution_id"
    " JOIN pledge AS p ON p.id = c.pledge_id WHERE r.id = NEW.reversal_id) FOR NO KEY UPDATE"
)

_OF_A_RELEASE = (  # from trust: the one clearance that adds to what is open
    "SELECT 1 FROM reversal AS r JOIN opening_clearance AS n ON n.id = r.clearance_id"
    " WHERE r.id = NEW.reversal_id AND n.kind = 'released'"
)
_CLEARED_SINCE = f"EXISTS ({_OF_A_RELEASE} AND n.amount_minor > {still_open('awards_payable')})"
_CLEARED_THEN = f"EXISTS ({_OF_A_RELEASE} AND {not_open_on('awards_payable', 'NEW.reversed_on')})"
_LOCK_BOOK = (  # as a clearance does, in the order in which postings do
    "FROM ledger_balance AS b WHERE b.account_id IN (SELECT a.id FROM reversal AS r JOIN opening_clearance AS n"
    " ON n.id = r.clearance_id JOIN ledger_account AS a ON a.fund_id = n.fund_id AND a.currency = n.currency"
    " WHERE r.id = NEW.reversal_id) ORDER BY b.account_id FOR NO KEY UPDATE"
)


def guard_reversals(op: Operations) -> None:
    """Hold reversals to what they undo: not before it, never of a reversal, and only while nothing rests on it."""
    for name, table, lock, when, message in (
        ("reversal_of_a_record", "reversal", None, _OF_A_REVERSAL, "of_a_reversal"),
        ("reversal_approval_in_time", "reversal_approval", None, _TOO_EARLY, "too_early"),
        ("reversal_approval_unrefunded", "reversal_approval", _LOCK_FUND, _REFUNDED, "refunded"),
        ("reversal_approval_open", "reversal_approval", _LOCK_BOOK, _CLEARED_SINCE, "cleared_since"),
        # On PostgreSQL its name comes after the one that locks.
        ("reversal_approval_uncrossed", "reversal_approval", None, _CLEARED_THEN, "crossed"),
    ):
        refuse_locked(op, name, table, lock=lock, when=when, message=f"{table}.{message}")
    refuse_day_to_come(op, "reversal_approval", "reversed_on")
    if op.get_bind().dialect.name == "sqlite":
        for table, keys in _KEYS.items():
            refuse_replace(op, table, keys)
