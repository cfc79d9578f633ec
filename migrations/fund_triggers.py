"""The triggers of fund accounting (migration 0008): what a table's own columns cannot say.

Where a sum has a limit, PostgreSQL first locks the row that carries the limit, in a statement of its own, so that the
sum that follows sees what another transaction added meanwhile.  SQLite has one writer at a time.
"""

from __future__ import annotations

from typing import NamedTuple

from migrations.ledger_triggers import guard_receipts, unguard_receipts
from migrations.triggers import Operations, refuse_day_to_come, refuse_locked, refuse_replace, refuse_when


class _Rule(NamedTuple):
    name: str
    table: str
    when: str
    """SQL over NEW, the same on both engines."""
    message: str
    lock: str | None = None
    """What PostgreSQL locks first: the rest of a SELECT of one row."""


def _capped(total: str, numerator: str, denominator: str) -> str:
    """Return the largest whole amount that is at most so much of `total`; no step leaves 64 bits."""
    return f"(({total}) / {denominator} * {numerator} + (({total}) % {denominator}) * {numerator} / {denominator})"


def _sum(amounts: str) -> str:
    return f"(SELECT CAST(COALESCE(SUM({amounts.split(' ', 1)[0]}), 0) AS BIGINT) {amounts.split(' ', 1)[1]})"


def _standing(receipt: str) -> str:
    """Say that a receipt was not taken back as recorded in error."""
    return (
        "NOT EXISTS (SELECT 1 FROM reversal rv JOIN reversal_approval ra ON ra.reversal_id = rv.id"
        f" WHERE rv.contribution_id = {receipt}.id)"
    )


# ── pledges ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_PLEDGED = "(SELECT amount_minor FROM pledge WHERE id = NEW.pledge_id)"
_PARTED = _sum("amount_minor FROM pledge_part WHERE pledge_id = NEW.pledge_id")
_RECEIVED = _sum(f"amount_minor FROM contribution x WHERE x.pledge_id = NEW.pledge_id AND {_standing('x')}")
_REDUCED = _sum("amount_minor FROM pledge_reduction WHERE pledge_id = NEW.pledge_id")
_LOCK_PLEDGE = "FROM pledge WHERE id = NEW.pledge_id FOR NO KEY UPDATE"

_PLEDGES = (
    _Rule(
        "pledge_part_within",
        "pledge_part",
        f"NEW.amount_minor + {_PARTED} > {_PLEDGED}",
        "pledge_part.exceeds_pledge",
        _LOCK_PLEDGE,
    ),
    _Rule(
        "pledge_part_in_order",
        "pledge_part",
        "NEW.number <> 1 + (SELECT count(*) FROM pledge_part WHERE pledge_id = NEW.pledge_id)"
        " OR EXISTS (SELECT 1 FROM pledge_part WHERE pledge_id = NEW.pledge_id AND due_on > NEW.due_on)",
        "pledge_part.out_of_order",
    ),
    _Rule(
        "pledge_condition_in_time",
        "pledge_condition",
        f"{_RECEIVED} > 0",
        "pledge_condition.too_late",
        _LOCK_PLEDGE,
    ),
    _Rule(
        "contribution_receivable",
        "contribution",
        f"NEW.amount_minor + {_RECEIVED} + {_REDUCED} > {_PLEDGED}",
        "contribution.pledge_exceeded",
        _LOCK_PLEDGE,
    ),
    _Rule(
        "contribution_after_pledge",
        "contribution",
        "NEW.received_on < (SELECT pledged_on FROM pledge WHERE id = NEW.pledge_id)",
        "contribution.before_pledge",
    ),
    _Rule(
        "contribution_scheduled",
        "contribution",
        f"{_PARTED} <> {_PLEDGED}",
        "contribution.schedule_incomplete",
    ),
    _Rule(
        "contribution_unconditional",
        "contribution",
        "EXISTS (SELECT 1 FROM pledge_condition c WHERE c.pledge_id = NEW.pledge_id"
        " AND NOT EXISTS (SELECT 1 FROM condition_resolution r WHERE r.condition_id = c.id))",
        "contribution.condition_open",
    ),
    _Rule(
        "pledge_reduction_within",
        "pledge_reduction",
        f"NEW.amount_minor + {_RECEIVED} + {_REDUCED} > {_PLEDGED}",
        "pledge_reduction.exceeds_open",
        _LOCK_PLEDGE,
    ),
    _Rule(
        "pledge_reduction_after_pledge",
        "pledge_reduction",
        "NEW.decided_on < (SELECT pledged_on FROM pledge WHERE id = NEW.pledge_id)",
        "pledge_reduction.before_pledge",
    ),
    _Rule(
        "pledge_reduction_whole",
        "pledge_reduction",
        f"NEW.kind <> 'reduced' AND NEW.amount_minor + {_RECEIVED} + {_REDUCED} < {_PLEDGED}",
        "pledge_reduction.not_all",
    ),
    _Rule(
        "pledge_refused_in_time",
        "pledge_reduction",
        f"NEW.kind = 'refused' AND {_RECEIVED} > 0",
        "pledge_reduction.received",
    ),
)

# ── what a fund may pay for ──────────────────────────────────────────────────────────────────────────────────────────

_RECEIVED_BY_FUND = _sum(
    "c.amount_minor FROM contribution c JOIN pledge p ON p.id = c.pledge_id"
    " WHERE p.fund_id = NEW.fund_id AND c.currency = {currency} AND " + _standing("c")
)
_AWARD_CURRENCY = "(SELECT currency FROM award WHERE id = NEW.award_id)"
_LOCK_FUND = "FROM fund WHERE id = NEW.fund_id FOR NO KEY UPDATE"


def _tied(kind: str, match: str) -> str:
    """Say that the fund is tied to values of a kind, and the award has none of them."""
    return (
        f"EXISTS (SELECT 1 FROM fund_restriction WHERE fund_id = NEW.fund_id AND kind = '{kind}')"
        f" AND NOT EXISTS (SELECT 1 FROM fund_restriction r JOIN award a ON a.id = NEW.award_id {match}"
        f" WHERE r.fund_id = NEW.fund_id AND r.kind = '{kind}')"
    )


def period_condition(day: str, fund: str = "NEW.fund_id") -> str:
    """Return the condition that the period a fund's money is tied to does not hold a day."""
    return (
        f"EXISTS (SELECT 1 FROM fund_restriction r WHERE r.fund_id = {fund} AND r.kind = 'period'"
        f" AND (r.usable_from > {day} OR r.usable_until <= {day}))"
    )


_SAID_BEFORE = " AND ".join(
    f"(r.{column} = NEW.{column} OR (r.{column} IS NULL AND NEW.{column} IS NULL))"
    for column in ("value", "usable_from", "usable_until", "share_numerator", "share_denominator")
)

_LIMITS = (
    _Rule(
        "fund_restriction_once",
        "fund_restriction",
        "EXISTS (SELECT 1 FROM fund_restriction r WHERE r.fund_id = NEW.fund_id AND r.kind = NEW.kind"
        f" AND {_SAID_BEFORE})",
        "fund_restriction.repeated",
        _LOCK_FUND,
    ),
    _Rule(
        "funding_order_one",
        "funding_order",
        "EXISTS (SELECT 1 FROM funding_order o WHERE (o.reference = NEW.reference)"
        " <> (o.programme_id = NEW.programme_id AND o.version = NEW.version))",
        "funding_order.reference_reused",
    ),
)

_AWARDED_IN_FORM = _sum(
    "f.amount_minor FROM award_funding f JOIN award a ON a.id = f.award_id"
    f" WHERE f.fund_id = NEW.fund_id AND f.form = NEW.form AND a.currency = {_AWARD_CURRENCY}"
)
_FREED_IN_FORM = _sum(
    "w.amount_minor FROM award_reduction w JOIN award a ON a.id = w.award_id"
    " WHERE w.fund_id = NEW.fund_id AND w.kind IN ('written_back', 'given_back') AND a.form = NEW.form"
    f" AND a.currency = {_AWARD_CURRENCY}"
)


def _guard_share(awarded: str) -> _Rule:
    """Hold what a fund has awarded in a form to the share of its money that it may award so."""
    return _Rule(
        "award_funding_share",
        "award_funding",
        "EXISTS (SELECT 1 FROM fund_restriction r WHERE r.fund_id = NEW.fund_id AND r.kind = 'share'"
        f" AND r.value = NEW.form AND NEW.amount_minor + {awarded} > "
        + _capped(_RECEIVED_BY_FUND.format(currency=_AWARD_CURRENCY), "r.share_numerator", "r.share_denominator")
        + ")",
        "award_funding.share_exhausted",
        # Only where there is a share to exhaust: other funds are not held up.
        "FROM fund WHERE id = NEW.fund_id AND EXISTS (SELECT 1 FROM fund_restriction r"
        " WHERE r.fund_id = NEW.fund_id AND r.kind = 'share') FOR NO KEY UPDATE",
    )


_AWARDS = (
    _Rule(
        "award_funding_purpose",
        "award_funding",
        _tied("purpose", "AND a.line_code = r.value"),
        "award_funding.purpose",
    ),
    _Rule(
        "award_funding_case",
        "award_funding",
        _tied("case", "JOIN claim c ON c.id = a.claim_id AND c.case_id = r.value"),
        "award_funding.case",
    ),
    _Rule(
        "award_funding_place",
        "award_funding",
        _tied("place", "JOIN claim c ON c.id = a.claim_id AND c.office_id = r.value"),
        "award_funding.place",
    ),
    _guard_share(_AWARDED_IN_FORM),
)

# ── costs, refunds, money between funds ──────────────────────────────────────────────────────────────────────────────

_RECORDED_COSTS = _sum(
    "amount_minor FROM programme_cost c WHERE fund_id = NEW.fund_id AND currency = NEW.currency AND NOT EXISTS"
    " (SELECT 1 FROM reversal r JOIN reversal_approval a ON a.reversal_id = r.id WHERE r.cost_id = c.id)"
)
_POSTED_COSTS = _sum(
    "b.amount_minor FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id"
    " WHERE a.fund_id = NEW.fund_id AND a.currency = NEW.currency AND a.code IN ('costs', 'fees')"
)
_CEILING = _capped(_RECEIVED_BY_FUND.format(currency="NEW.currency"), "o.numerator", "o.denominator")

_OF_REFUND = (
    "refund n JOIN contribution c ON c.id = n.contribution_id JOIN pledge p ON p.id = c.pledge_id"
    " WHERE n.id = NEW.refund_id"
)
_GIVEN_BACK = _sum(
    "g.amount_minor FROM refund g JOIN refund_approval ga ON ga.refund_id = g.id"
    " JOIN contribution gc ON gc.id = g.contribution_id JOIN pledge gp ON gp.id = gc.pledge_id"
    " WHERE gp.fund_id = p.fund_id AND gc.currency = c.currency"
    " AND (gc.received_on < c.received_on OR (gc.received_on = c.received_on AND gc.id <= c.id))"
)
_COME_IN = _sum(
    "ec.amount_minor FROM contribution ec JOIN pledge ep ON ep.id = ec.pledge_id"
    f" WHERE ep.fund_id = p.fund_id AND ec.currency = c.currency AND {_standing('ec')}"
    " AND (ec.received_on < c.received_on OR (ec.received_on = c.received_on AND ec.id <= c.id))"
)
_SPENT = (
    "(SELECT CAST(COALESCE(SUM(CASE"
    " WHEN d.code IN ('awards', 'fees', 'costs') AND k.code IN ('awards_payable', 'bank') THEN t.amount_minor"
    " WHEN k.code IN ('awards', 'fees', 'costs') AND d.code IN ('awards_payable', 'bank') THEN -t.amount_minor"
    " WHEN k.code = 'overpayments' AND d.code = 'awards_payable' THEN -t.amount_minor"
    " WHEN d.code = 'overpayments' AND k.code = 'awards_payable' THEN t.amount_minor"
    " WHEN d.code IN ('interfund', 'exchange') AND k.code = 'bank' AND t.reverses_id IS NULL THEN t.amount_minor"
    " WHEN k.code IN ('interfund', 'exchange') AND d.code = 'bank' AND t.reverses_id IS NOT NULL THEN -t.amount_minor"
    " ELSE 0 END), 0) AS BIGINT) FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_account_id"
    " JOIN ledger_account k ON k.id = t.credit_account_id"
    " WHERE t.fund_id = p.fund_id AND t.currency = c.currency)"
)
_GIVEN_BACK_OF_IT = _sum(
    "g.amount_minor FROM refund g JOIN refund_approval ga ON ga.refund_id = g.id"
    " WHERE g.contribution_id = n.contribution_id"
)

_FREER = (  # the receiving fund may pay for something the giving fund may not
    "EXISTS (SELECT 1 FROM fund_form t WHERE t.fund_id = NEW.to_fund_id AND NOT EXISTS"
    " (SELECT 1 FROM fund_form f WHERE f.fund_id = NEW.from_fund_id AND f.form = t.form))"
    " OR EXISTS (SELECT 1 FROM fund f, fund t WHERE f.id = NEW.from_fund_id AND t.id = NEW.to_fund_id"
    " AND f.programme_id IS NOT NULL AND (t.programme_id IS NULL OR t.programme_id <> f.programme_id))"
    " OR EXISTS (SELECT 1 FROM fund_restriction f WHERE f.fund_id = NEW.from_fund_id"
    " AND f.kind IN ('purpose', 'case', 'place') AND (NOT EXISTS"
    " (SELECT 1 FROM fund_restriction t WHERE t.fund_id = NEW.to_fund_id AND t.kind = f.kind)"
    " OR EXISTS (SELECT 1 FROM fund_restriction t WHERE t.fund_id = NEW.to_fund_id AND t.kind = f.kind AND NOT EXISTS"
    " (SELECT 1 FROM fund_restriction s WHERE s.fund_id = NEW.from_fund_id AND s.kind = t.kind"
    " AND s.value = t.value))))"
    " OR EXISTS (SELECT 1 FROM fund_restriction f WHERE f.fund_id = NEW.from_fund_id AND f.kind = 'share')"
    " OR EXISTS (SELECT 1 FROM fund_restriction f WHERE f.fund_id = NEW.from_fund_id AND f.kind = 'period'"
    " AND ((f.usable_until IS NOT NULL AND NOT EXISTS (SELECT 1 FROM fund_restriction t"
    " WHERE t.fund_id = NEW.to_fund_id AND t.kind = 'period' AND t.usable_until <= f.usable_until))"
    " OR (f.usable_from IS NOT NULL AND NOT EXISTS (SELECT 1 FROM fund_restriction t"
    " WHERE t.fund_id = NEW.to_fund_id AND t.kind = 'period' AND t.usable_from >= f.usable_from))))"
)

_MONEY = (
    _Rule(
        "overhead_ceiling_follows",
        "overhead_ceiling",
        "EXISTS (SELECT 1 FROM overhead_ceiling WHERE fund_id = NEW.fund_id AND valid_from > NEW.valid_from)",
        "overhead_ceiling.follows",
    ),
    _Rule(
        "programme_cost_within",
        "programme_cost",
        "EXISTS (SELECT 1 FROM overhead_ceiling o WHERE o.fund_id = NEW.fund_id AND o.valid_from ="
        " (SELECT max(valid_from) FROM overhead_ceiling WHERE fund_id = NEW.fund_id AND valid_from <= NEW.incurred_on)"
        f" AND (NEW.amount_minor + {_RECORDED_COSTS} > {_CEILING} OR NEW.amount_minor + {_POSTED_COSTS} > {_CEILING}))",
        "programme_cost.above_ceiling",
        _LOCK_FUND,
    ),
    _Rule(
        "programme_cost_in_period",
        "programme_cost",
        period_condition("NEW.incurred_on"),
        "programme_cost.period",
    ),
    _Rule(
        "refund_within_contribution",
        "refund",
        "NEW.amount_minor > (SELECT amount_minor FROM contribution WHERE id = NEW.contribution_id)",
        "refund.exceeds_contribution",
    ),
    _Rule(
        "refund_approval_unspent",
        "refund_approval",
        f"EXISTS (SELECT 1 FROM {_OF_REFUND} AND (n.amount_minor + {_GIVEN_BACK_OF_IT} > c.amount_minor"
        f" OR n.amount_minor > {_COME_IN} - {_GIVEN_BACK} - {_SPENT} OR NOT {_standing('c')}))",
        "refund_approval.spent",
        "FROM fund WHERE id = (SELECT p.fund_id FROM " + _OF_REFUND + ") FOR NO KEY UPDATE",
    ),
    _Rule(
        "refund_approval_after_receipt",
        "refund_approval",
        f"NEW.refunded_on < (SELECT c.received_on FROM {_OF_REFUND})",
        "refund_approval.before_receipt",
    ),
    _Rule("interfund_move_within", "interfund_move", _FREER, "interfund_move.escapes_restriction"),
    _Rule(
        "interfund_approval_in_period",
        "interfund_approval",
        period_condition("NEW.moved_on", "(SELECT from_fund_id FROM interfund_move WHERE id = NEW.move_id)")
        + " OR "
        + period_condition("NEW.moved_on", "(SELECT to_fund_id FROM interfund_move WHERE id = NEW.move_id)"),
        "interfund_approval.period",
    ),
)

_RULES = (*_PLEDGES, *_LIMITS, *_AWARDS, *_MONEY)

_HAPPENED = {
    "pledge": "pledged_on",
    "contribution": "received_on",
    "condition_resolution": "resolved_on",
    "pledge_reduction": "decided_on",
    "interest": "received_on",
    "programme_cost": "incurred_on",
    "refund_approval": "refunded_on",
    "interfund_approval": "moved_on",
}
"""Where each of these says when it happened: money of a day to come would pay for awards of today."""

PERIOD_OF_AWARD = "award_funding_period"
_OTHERS = ("pledge", "contribution", "award_funding")
"""Tables of earlier migrations that this one guards further."""

_KEYS = {
    "pledge_part": ("pledge_id, number",),
    "pledge_condition": ("id",),
    "condition_resolution": ("condition_id",),
    "pledge_reduction": ("id", "reference"),
    "fund_restriction": ("id",),
    "overhead_ceiling": ("fund_id, valid_from",),
    "funding_order": ("programme_id, version, position", "programme_id, version, fund_id", "reference, position"),
    "allocation_record": ("award_id, fund_id, round_number",),
    "interest": ("id", "reference"),
    "programme_cost": ("id", "reference"),
    "refund": ("id", "reference"),
    "refund_approval": ("refund_id",),
    "interfund_move": ("id", "reference"),
    "interfund_approval": ("move_id",),
}


def guard_funds(op: Operations) -> None:
    """Hold pledges to their schedules and conditions, awards to restrictions, costs to ceilings, refunds to gifts."""
    unguard_receipts(op)  # `contribution_receivable` takes its place, and knows what was reduced and taken back
    for rule in _RULES:
        refuse_locked(op, rule.name, rule.table, lock=rule.lock, when=rule.when, message=rule.message)
    for table, column in _HAPPENED.items():
        refuse_day_to_come(op, table, column)
    refuse_when(
        op,
        PERIOD_OF_AWARD,
        "award_funding",
        "INSERT",
        when=period_condition("(SELECT date(made_at) FROM award WHERE id = NEW.award_id)"),
        when_pg=period_condition(
            "(SELECT CAST(made_at AT TIME ZONE 'UTC' AS date) FROM award WHERE id = NEW.award_id)"
        ),
        message="award_funding.period",
    )
    if op.get_bind().dialect.name == "sqlite":
        for table, keys in _KEYS.items():
            refuse_replace(op, table, keys)


def free_shares(op: Operations, *, by_reductions: bool) -> None:
    """Say whether what is written back of awards, and given back, may be awarded again within a share.

    Args:
        op: Alembic's operations.
        by_reductions: whether there are such rows to be counted: from migration 0010 on.
    """
    rule = _guard_share(f"{_AWARDED_IN_FORM} - {_FREED_IN_FORM}" if by_reductions else _AWARDED_IN_FORM)
    _drop(op, rule.name, rule.table)
    refuse_locked(op, rule.name, rule.table, lock=rule.lock, when=rule.when, message=rule.message)


def unguard_funds(op: Operations) -> None:
    """Take the triggers off the tables of earlier migrations."""
    names = [(rule.name, rule.table) for rule in _RULES if rule.table in _OTHERS]
    names += [(f"{table}_happened", table) for table in _HAPPENED if table in _OTHERS]
    for name, table in (*names, (PERIOD_OF_AWARD, "award_funding")):
        _drop(op, name, table)
    guard_receipts(op)


def _drop(op: Operations, name: str, table: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}()")
