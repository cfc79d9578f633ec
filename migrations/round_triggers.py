"""What the database itself refuses about rounds, on both engines.

- a round born in any state but proposed, leaving the allowed edges, or carried out before it is confirmed;
- a round confirmed whose lines do not sum to what it allots, whose shares do not sum to their lines, or whose funds do
  not sum to the whole: so a line smuggled in while it waited is found;
- where the rules pay a family or household together: a round confirmed in which one of its claims waits while another
  is paid, or has another place in the queue;
- a line, share or fund added once the round is settled; a line of more than the standing decision grants;
- a round completed while money of it is neither funded nor left out;
- funding of a round that is not confirmed, of another amount than the round's share, or of a line that was left out.
"""

from __future__ import annotations

from migrations.fund_triggers import PERIOD_OF_AWARD, period_condition
from migrations.triggers import Operations, append_only, only_columns_change, refuse_when

MOVING = ("confirmed_by", "confirmed_at", "withdrawn_by", "withdrawn_at", "parted_through", "completed_at")
EDGES = ("proposed>withdrawn", "proposed>confirmed", "confirmed>completed")

_OPEN = "(SELECT 1 FROM payment_round r WHERE r.id = NEW.round_id AND r.status = '{status}')"
_NOT_PROPOSED = f"NOT EXISTS {_OPEN.format(status='proposed')}"
_NOT_CONFIRMED = f"NOT EXISTS {_OPEN.format(status='confirmed')}"
_ABOVE_ENTITLEMENT = (
    "NOT EXISTS (SELECT 1 FROM decision d JOIN claim c ON c.id = d.claim_id"
    " JOIN payment_round r ON r.id = NEW.round_id AND r.programme_id = c.programme_id"
    " WHERE d.id = NEW.decision_id AND d.status = 'confirmed' AND d.outcome = 'eligible'"
    " AND d.amount_minor >= NEW.entitled_minor)"
)
_SUMS_DIFFER = (
    "NEW.status = 'confirmed' AND OLD.status = 'proposed' AND ("
    "NEW.allotted_minor <> (SELECT COALESCE(SUM(l.allotted_minor), 0) FROM round_line l WHERE l.round_id = NEW.id)"
    " OR NEW.lines <> (SELECT COUNT(*) FROM round_line l WHERE l.round_id = NEW.id)"
    " OR NEW.pool_minor <> (SELECT COALESCE(SUM(f.asked_minor), 0) FROM round_fund f WHERE f.round_id = NEW.id)"
    " OR NEW.allotted_minor <> (SELECT COALESCE(SUM(f.allotted_minor), 0) FROM round_fund f WHERE f.round_id = NEW.id)"
    " OR EXISTS (SELECT 1 FROM round_fund f WHERE f.round_id = NEW.id AND f.allotted_minor <>"
    " (SELECT COALESCE(SUM(s.amount_minor), 0) FROM round_share s WHERE s.round_id = f.round_id"
    " AND s.fund_id = f.fund_id))"
    " OR EXISTS (SELECT 1 FROM round_line l WHERE l.round_id = NEW.id AND l.allotted_minor <>"
    " (SELECT COALESCE(SUM(s.amount_minor), 0) FROM round_share s WHERE s.round_id = l.round_id"
    " AND s.claim_id = l.claim_id)))"
)
_UNIT_PARTED = (  # canonical JSON: the key is there only where it is true
    "NEW.status = 'confirmed' AND OLD.status = 'proposed' AND NEW.terms LIKE '%\"unit_paid_together\"%'"
    " AND EXISTS (SELECT 1 FROM round_line l WHERE l.round_id = NEW.id AND l.place IS NOT NULL GROUP BY l.case_id"
    " HAVING MIN(l.place) <> MAX(l.place) OR (SUM(l.allotted_minor) > 0"
    " AND MAX(CASE WHEN l.reason = 'waits' THEN 1 ELSE 0 END) = 1))"
)
_UNFINISHED = (
    "NEW.status = 'completed' AND OLD.status = 'confirmed' AND NEW.allotted_minor <>"
    " (SELECT COALESCE(SUM(f.amount_minor), 0) FROM award_funding f JOIN award a ON a.id = f.award_id"
    " WHERE a.programme_id = NEW.programme_id AND f.round_number = NEW.number)"
    " + (SELECT COALESCE(SUM(o.amount_minor), 0) FROM round_omission o WHERE o.round_id = NEW.id)"
)
_NOT_OF_ROUND = (
    "NEW.round_number > 0 AND NOT EXISTS (SELECT 1 FROM award a"
    " JOIN payment_round r ON r.programme_id = a.programme_id AND r.number = NEW.round_number"
    " JOIN round_share s ON s.round_id = r.id AND s.claim_id = a.claim_id AND s.fund_id = NEW.fund_id"
    " WHERE a.id = NEW.award_id AND r.status = 'confirmed' AND s.amount_minor = NEW.amount_minor"
    " AND NOT EXISTS (SELECT 1 FROM round_omission o WHERE o.round_id = r.id AND o.claim_id = a.claim_id))"
)
_OMITTED_PAID = (
    "EXISTS (SELECT 1 FROM payment_round r JOIN award a ON a.programme_id = r.programme_id"
    " AND a.claim_id = NEW.claim_id JOIN award_funding f ON f.award_id = a.id AND f.round_number = r.number"
    " WHERE r.id = NEW.round_id) OR NOT EXISTS (SELECT 1 FROM round_line l WHERE l.round_id = NEW.round_id"
    " AND l.claim_id = NEW.claim_id AND l.allotted_minor = NEW.amount_minor)"
)
_DAY = (
    "CASE WHEN NEW.round_number = 0 THEN {made} ELSE (SELECT {confirmed} FROM payment_round r"
    " JOIN award a ON a.programme_id = r.programme_id WHERE a.id = NEW.award_id AND r.number = NEW.round_number) END"
)


def guard_rounds(op: Operations) -> None:
    """Install every trigger of rounds, and what they ask of funding."""
    only_columns_change(op, "payment_round", {"status", *MOVING})
    for table in ("round_fund", "round_line", "round_share", "round_omission"):
        append_only(op, table)
    for table in ("round_fund", "round_line", "round_share"):
        refuse_when(op, f"{table}_settled", table, "INSERT", when=_NOT_PROPOSED, message=f"{table}.round_settled")
    for name, table, event, when in (
        ("born_proposed", "payment_round", "INSERT", "NEW.status <> 'proposed' OR NEW.parted_through <> 0"),
        ("sums_differ", "payment_round", "UPDATE", _SUMS_DIFFER),
        ("unit_parted", "payment_round", "UPDATE", _UNIT_PARTED),
        ("unfinished", "payment_round", "UPDATE", _UNFINISHED),
        ("above_entitlement", "round_line", "INSERT", _ABOVE_ENTITLEMENT),
        ("round_not_confirmed", "round_omission", "INSERT", _NOT_CONFIRMED),
        ("carried_out", "round_omission", "INSERT", _OMITTED_PAID),
        ("not_of_round", "award_funding", "INSERT", _NOT_OF_ROUND),
    ):
        refuse_when(op, f"{table}_{name}", table, event, when=when, message=f"{table}.{name}")
    _guard_edges(op)
    _drop(op, PERIOD_OF_AWARD)
    _guard_period(op, in_rounds=True)


def unguard_rounds(op: Operations) -> None:
    """Take off the triggers on tables of earlier migrations, and put back the one that was replaced."""
    _drop(op, "award_funding_not_of_round")
    _drop(op, PERIOD_OF_AWARD)
    _guard_period(op, in_rounds=False)


def _guard_edges(op: Operations) -> None:
    """Refuse any other step, and any change to a settled round but how far it has come."""
    edges = ", ".join(f"'{edge}'" for edge in EDGES)
    differs = "IS DISTINCT FROM" if _is_postgresql(op) else "IS NOT"
    settled = " OR ".join(
        f"(OLD.{column} IS NOT NULL AND NEW.{column} {differs} OLD.{column})"
        for column in ("confirmed_by", "confirmed_at", "withdrawn_by", "withdrawn_at", "completed_at")
    )
    refuse_when(
        op,
        "payment_round_settled",
        "payment_round",
        "UPDATE",
        when=f"(NEW.status <> OLD.status AND OLD.status || '>' || NEW.status NOT IN ({edges})) OR {settled}"
        " OR (NEW.parted_through <> OLD.parted_through"
        " AND (OLD.status <> 'confirmed' OR NEW.parted_through < OLD.parted_through))",
        message="payment_round.settled",
    )


def _guard_period(op: Operations, *, in_rounds: bool) -> None:
    """A fund tied to a period may pay a part of an older award in a round confirmed in that period."""
    made, confirmed = "(SELECT date(made_at) FROM award WHERE id = NEW.award_id)", "date(r.confirmed_at)"
    made_pg = "(SELECT CAST(made_at AT TIME ZONE 'UTC' AS date) FROM award WHERE id = NEW.award_id)"
    confirmed_pg = "CAST(r.confirmed_at AT TIME ZONE 'UTC' AS date)"
    day = f"({_DAY.format(made=made, confirmed=confirmed)})" if in_rounds else made
    day_pg = f"({_DAY.format(made=made_pg, confirmed=confirmed_pg)})" if in_rounds else made_pg
    refuse_when(
        op,
        PERIOD_OF_AWARD,
        "award_funding",
        "INSERT",
        when=period_condition(day),
        when_pg=period_condition(day_pg),
        message="award_funding.period",
    )


def _drop(op: Operations, name: str) -> None:
    is_postgresql = _is_postgresql(op)
    op.execute(f"DROP TRIGGER {name} ON award_funding" if is_postgresql else f"DROP TRIGGER {name}")
    if is_postgresql:
        op.execute(f"DROP FUNCTION {name}()")


def _is_postgresql(op: Operations) -> bool:
    return op.get_bind().dialect.name == "postgresql"
