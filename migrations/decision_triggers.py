"""What the database itself refuses about decisions, on both engines.

- a decision that is born in any state but proposed, leaves the allowed edges, or changes anything once it is settled;
- a decision confirmed, or returned, without each person's duty on the claim, which a question does not need;
- who returned a claim's decision because its reasons do not hold, confirming the next one: it would be his own;
- a correction or a decision on an appeal that names no decision that stands, or changes what it may not;
- a decision on an appeal by somebody who had an earlier part in the claim;
- a decision replaced that no other is there to replace.

A trigger reads other tables by the row's own keys only.
"""

from __future__ import annotations

from migrations.triggers import Operations, only_columns_change, refuse_when

EDGES = (
    "proposed>awaits_second",
    "proposed>confirmed",
    "proposed>returned",
    "awaits_second>confirmed",
    "awaits_second>returned",
    "confirmed>replaced",
)
MOVING = (
    "confirmed_by",
    "confirmed_at",
    "second_confirmed_by",
    "second_confirmed_at",
    "appeal_until",
    "returned_by",
    "returned_at",
    "return_reason",
)

_NO_DUTY = (
    "NOT EXISTS (SELECT 1 FROM duty d WHERE d.claim_id = NEW.claim_id AND d.person_id = NEW.{person}"
    " AND d.duty IN (CASE NEW.kind WHEN 'appeal' THEN '{on_appeal}' ELSE '{duty}' END{other}))"
)
_PROPOSER = _NO_DUTY.format(person="proposed_by", duty="decider", on_appeal="reviewer", other="")
_CONFIRMER = _NO_DUTY.format(person="confirmed_by", duty="confirmer", on_appeal="review_confirmer", other="")
_SECOND = _NO_DUTY.format(person="second_confirmed_by", duty="second_confirmer", on_appeal="second_confirmer", other="")
_RETURNER = _NO_DUTY.format(
    person="returned_by", duty="confirmer", on_appeal="review_confirmer", other=", 'second_confirmer'"
)
_DUTIES_MISSING = (
    "NEW.outcome <> 'ask' AND NEW.status <> OLD.status AND ("
    f"(NEW.status IN ('awaits_second', 'confirmed') AND ({_PROPOSER} OR {_CONFIRMER}"
    f" OR (NEW.second_confirmed_by IS NOT NULL AND {_SECOND})))"
    f" OR (NEW.returned_by IS NOT NULL AND {_RETURNER}))"
)
_OWN_OPINION = (
    "NEW.status IN ('awaits_second', 'confirmed') AND EXISTS (SELECT 1 FROM decision r"
    " WHERE r.claim_id = NEW.claim_id AND r.return_reason = 'reasons_do_not_hold'"
    " AND (r.returned_by = NEW.confirmed_by OR r.returned_by = NEW.second_confirmed_by))"
)
_REPLACES_NOTHING = (
    "NEW.kind <> 'original' AND NOT EXISTS (SELECT 1 FROM decision o WHERE o.id = NEW.replaces_id"
    " AND o.claim_id = NEW.claim_id AND o.status = 'confirmed' AND o.outcome NOT IN ('ask', 'sent_back')"
    " AND ((NEW.kind = 'correction' AND NEW.outcome = o.outcome AND NEW.instance = o.instance)"
    " OR (NEW.kind = 'appeal' AND NEW.outcome <> 'ask' AND NEW.instance = o.instance + 1)))"
)
_STILL_STANDS = (
    "NEW.kind <> 'original' AND NEW.status = 'confirmed' AND OLD.status <> 'confirmed'"
    " AND NOT EXISTS (SELECT 1 FROM decision o WHERE o.id = NEW.replaces_id AND o.status = 'replaced')"
)
_NO_SUCCESSOR = (
    "NEW.status = 'replaced' AND OLD.status <> 'replaced' AND NOT EXISTS (SELECT 1 FROM decision s"
    " WHERE s.replaces_id = NEW.id AND s.status IN ('proposed', 'awaits_second'))"
)
_PART_IN_IT = "{} IN (d.proposed_by, d.confirmed_by, d.second_confirmed_by, d.returned_by)"
_OF_ANOTHER_DEED = "(d.kind <> 'appeal' OR d.replaces_id <> NEW.replaces_id)"


def guard_decisions(op: Operations) -> None:
    """Install every trigger of the table of decisions that needs no later table."""
    only_columns_change(op, "decision", {"status", *MOVING})
    settlers = ("NEW.confirmed_by", "NEW.second_confirmed_by", "NEW.returned_by")
    any_involved = " OR ".join(_involved(person) for person in settlers)
    for name, event, when, message in (
        ("born_proposed", "INSERT", "NEW.status <> 'proposed'", "born_proposed"),
        ("duties_done", "UPDATE", _DUTIES_MISSING, "duties_missing"),
        ("own_opinion", "UPDATE", _OWN_OPINION, "own_opinion"),
        ("replaces_standing", "INSERT", _REPLACES_NOTHING, "replaces_nothing"),
        ("replaces_first", "UPDATE", _STILL_STANDS, "replaced_still_stands"),
        ("replaced_by_one", "UPDATE", _NO_SUCCESSOR, "no_successor"),
        ("new_to_reviewer", "INSERT", _involved("NEW.proposed_by"), "reviewer_involved"),
        (
            "new_to_review_confirmer",
            "UPDATE",
            f"NEW.status <> OLD.status AND NEW.status <> 'replaced' AND ({any_involved})",
            "reviewer_involved",
        ),
    ):
        refuse_when(op, f"decision_{name}", "decision", event, when=when, message=f"decision.{message}")
    _guard_edges(op)


def _involved(person: str) -> str:
    """Return the condition that a person had a part in the claim before the appeal this decision is on."""
    return (
        f"(NEW.kind = 'appeal' AND (EXISTS (SELECT 1 FROM decision d WHERE d.claim_id = NEW.claim_id"
        f" AND {_OF_ANOTHER_DEED} AND {_PART_IN_IT.format(person)})"
        f" OR EXISTS (SELECT 1 FROM duty d WHERE d.claim_id = NEW.claim_id AND d.person_id = {person}"
        " AND d.duty NOT IN ('reviewer', 'review_confirmer', 'second_confirmer'))))"
    )


def _guard_edges(op: Operations) -> None:
    """Refuse any other step, and any change to who confirmed once it is said."""
    edges = ", ".join(f"'{edge}'" for edge in EDGES)
    differs = "IS DISTINCT FROM" if op.get_bind().dialect.name == "postgresql" else "IS NOT"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in MOVING)
    confirmer = f"NEW.confirmed_by {differs} OLD.confirmed_by OR NEW.confirmed_at {differs} OLD.confirmed_at"
    refuse_when(
        op,
        "decision_settled",
        "decision",
        "UPDATE",
        when=f"(NEW.status <> OLD.status AND OLD.status || '>' || NEW.status NOT IN ({edges}))"
        f" OR (OLD.status NOT IN ('proposed', 'awaits_second') AND (NEW.status = OLD.status OR {changed}))"
        f" OR (OLD.status = 'awaits_second' AND ({confirmer}))",
        message="decision.settled",
    )
