"""What the database itself refuses about how decisions come about, on both engines.

- a duty or a decision of somebody recused from the claim, its party or its case;
- a policy published by who proposed it, backdated, or before another that is published; its instances changed since;
- a decision confirmed without the third person whom the policy asks, above its amount or by its lot;
- a mass decision confirmed with a sample not drawn, not reviewed, miscounted, or by who reviewed it; one of its
  decisions confirmed before it, or found in error;
- an appeal against what does not stand, admitted by somebody involved, or decided without its decision;
- a decision on an appeal where there is none;
- an award, or a payment, of what an open appeal suspends or the standing decision does not grant; a payment withdrawn
  as suspended that is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrations.triggers import Operations, append_only, only_columns_change, refuse_when

if TYPE_CHECKING:
    from collections.abc import Iterable

LOT_MODULUS = 2_147_483_647
LOT_DIGITS = 10
"""Decimal digits of each weight, one behind the other."""
LOT_LETTERS = 16
"""The last letters of a claim's id, which are random."""
LOT_FIRST = 15
"""Where they begin, counted from one."""

_CONFIRMS = "NEW.status IN ('awaits_second', 'confirmed') AND NEW.status <> OLD.status"
_STANDS = "status = 'confirmed' AND {}outcome NOT IN ('ask', 'sent_back')"


def guard_procedure(op: Operations) -> None:
    """Install every trigger of recusals, policies, mass decisions and appeals."""
    _guard_recusals(op)
    _guard_policies(op)
    _guard_mass_decisions(op)
    _guard_mass_members(op)
    _guard_appeals(op)
    _guard_money(op)


def _recused(person: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM recusal r JOIN claim c ON c.id = NEW.claim_id WHERE r.person_id = {person}"
        " AND (r.declared_by = r.person_id OR r.seconded_by IS NOT NULL)"
        " AND (r.claim_id = c.id OR r.party_id = c.party_id OR r.case_id = c.case_id))"
    )


def _guard_recusals(op: Operations) -> None:
    only_columns_change(op, "recusal", {"seconded_by", "seconded_at"})
    deciders = " OR ".join(map(_recused, ("NEW.proposed_by", "NEW.confirmed_by", "NEW.second_confirmed_by")))
    _refuse(
        op,
        (
            ("recusal", "born_unseconded", "INSERT", "NEW.seconded_by IS NOT NULL"),
            ("recusal", "seconded_once", "UPDATE", "OLD.seconded_by IS NOT NULL"),
            ("duty", "recused", "INSERT", f"NEW.duty <> 'registrar' AND {_recused('NEW.person_id')}"),
            ("decision", "proposer_recused", "INSERT", _recused("NEW.proposed_by")),
            ("decision", "confirmer_recused", "UPDATE", f"{_CONFIRMS} AND ({deciders})"),
            (
                "decision",
                "returner_recused",
                "UPDATE",
                f"NEW.status = 'returned' AND OLD.status <> 'returned' AND {_recused('NEW.returned_by')}",
            ),
        ),
    )


def _guard_policies(op: Operations) -> None:
    only_columns_change(op, "deciding_policy", {"published_by", "published_at"})
    append_only(op, "appeal_instance")
    day = _day_of(op, "NEW.published_at")
    _refuse(
        op,
        (
            ("deciding_policy", "born_unpublished", "INSERT", "NEW.published_by IS NOT NULL"),
            ("deciding_policy", "published_once", "UPDATE", "OLD.published_by IS NOT NULL"),
            ("deciding_policy", "backdated", "UPDATE", f"OLD.published_by IS NULL AND NEW.valid_from < {day}"),
            (
                "deciding_policy",
                "follows",
                "UPDATE",
                (
                    "OLD.published_by IS NULL"
                    " AND EXISTS (SELECT 1 FROM deciding_policy p WHERE p.programme_id = NEW.programme_id"
                    " AND p.published_by IS NOT NULL AND p.valid_from >= NEW.valid_from)"
                ),
            ),
            (
                "appeal_instance",
                "policy_published",
                "INSERT",
                "EXISTS (SELECT 1 FROM deciding_policy p WHERE p.id = NEW.policy_id AND p.published_by IS NOT NULL)",
            ),
            (
                "decision",
                "second_missing",
                "UPDATE",
                (
                    "NEW.status = 'confirmed' AND OLD.status <> 'confirmed' AND NEW.outcome <> 'ask'"
                    f" AND NEW.second_confirmed_by IS NULL AND (OLD.status = 'awaits_second' OR {_asks_third(op)})"
                ),
            ),
        ),
    )


def _asks_third(op: Operations) -> str:
    """Return the condition that the policy of the day of confirmation asks a third person."""
    day = _day_of(op, "NEW.confirmed_at")
    return (
        "EXISTS (SELECT 1 FROM deciding_policy p JOIN claim c ON c.programme_id = p.programme_id"
        f" WHERE c.id = NEW.claim_id AND p.published_by IS NOT NULL AND p.valid_from <= {day}"
        " AND NOT EXISTS (SELECT 1 FROM deciding_policy l WHERE l.programme_id = p.programme_id"
        f" AND l.published_by IS NOT NULL AND l.valid_from <= {day} AND l.valid_from > p.valid_from)"
        " AND ((NEW.outcome = 'eligible' AND NEW.amount_minor > p.threshold_minor)"
        f" OR {_lot(op)} < p.second_rate_bp))"
    )


def _lot(op: Operations) -> str:
    """Return a claim's lot under the policy `p`, the same number that `rules.policies.compute_lot` computes."""
    letter = (
        "ascii(substr(NEW.claim_id, {place}, 1))"
        if _is_postgresql(op)
        else "coalesce(unicode(substr(NEW.claim_id, {place}, 1)), 0)"
    )
    # Plain substrings: SQLite, told not to trust its schema, runs no JSON function in a trigger.
    weights = [
        f"CAST(substr(p.weights, {LOT_DIGITS * index + 1}, {LOT_DIGITS}) AS BIGINT)" for index in range(LOT_LETTERS + 1)
    ]
    terms = [f"{weight} * {letter.format(place=LOT_FIRST + index)}" for index, weight in enumerate(weights[1:])]
    return f"(({' + '.join([weights[0], *terms])}) % {LOT_MODULUS} % 10000)"


def _guard_mass_decisions(op: Operations) -> None:
    moving = {"status", "errors", "upper_bound_ppm", "settled_by", "settled_at"}
    only_columns_change(op, "mass_decision", moving)
    confirms = "NEW.status = 'confirmed' AND OLD.status = 'proposed'"
    of_mass = "FROM mass_member m WHERE m.mass_id = NEW.id"
    _refuse(
        op,
        (
            ("mass_decision", "born_proposed", "INSERT", "NEW.status <> 'proposed' OR NEW.errors IS NOT NULL"),
            (
                "mass_decision",
                "own_policy",
                "INSERT",
                (
                    "NOT EXISTS (SELECT 1 FROM deciding_policy p JOIN rule_set r ON r.programme_id = p.programme_id"
                    " WHERE p.id = NEW.policy_id AND p.published_by IS NOT NULL AND p.programme_id = NEW.programme_id"
                    " AND r.id = NEW.rule_set_id AND p.tolerance_bp = NEW.tolerance_bp"
                    " AND p.confidence_bp = NEW.confidence_bp"
                    " AND (NEW.sample_size >= p.sample_floor OR NEW.sample_size = NEW.claims))"
                ),
            ),
            ("mass_decision", "settled", "UPDATE", "OLD.status <> 'proposed'"),
            (
                "mass_decision",
                "sample_reviewed",
                "UPDATE",
                (
                    f"{confirms} AND (EXISTS (SELECT 1 {of_mass} AND m.is_sampled AND m.finding IS NULL)"
                    f" OR NEW.sample_size <> (SELECT count(*) {of_mass} AND m.is_sampled)"
                    f" OR NEW.claims <> (SELECT count(*) {of_mass})"
                    f" OR NEW.errors <> (SELECT count(*) {of_mass} AND m.finding = 'error'))"
                ),
            ),
            (
                "mass_decision",
                "confirmed_by_reviewer",
                "UPDATE",
                f"{confirms} AND EXISTS (SELECT 1 {of_mass} AND m.reviewed_by = NEW.settled_by)",
            ),
        ),
    )


def _guard_mass_members(op: Operations) -> None:
    only_columns_change(op, "mass_member", {"finding", "reviewed_by", "reviewed_at"})
    _refuse(
        op,
        (
            (
                "mass_member",
                "alike",
                "INSERT",
                (
                    "NEW.finding IS NOT NULL OR NOT EXISTS (SELECT 1 FROM mass_decision m"
                    " JOIN decision d ON d.outcome = m.outcome AND d.reasons = m.reasons"
                    " AND d.proposed_by = m.proposed_by"
                    " JOIN assessment a ON a.id = d.assessment_id AND a.rule_set_id = m.rule_set_id"
                    " WHERE m.id = NEW.mass_id AND d.id = NEW.decision_id AND m.status = 'proposed'"
                    " AND d.status = 'proposed' AND d.kind = 'original' AND d.determination_id IS NULL)"
                ),
            ),
            ("mass_member", "reviewed_once", "UPDATE", "OLD.finding IS NOT NULL"),
            (
                "mass_member",
                "reviewed_by_sampler",
                "UPDATE",
                (
                    "NOT EXISTS (SELECT 1 FROM decision d"
                    " JOIN duty y ON y.claim_id = d.claim_id AND y.duty = 'sampler'"
                    " JOIN mass_decision m ON m.id = NEW.mass_id AND m.status = 'proposed'"
                    " WHERE d.id = NEW.decision_id AND y.person_id = NEW.reviewed_by)"
                ),
            ),
            (
                "decision",
                "mass_first",
                "UPDATE",
                (
                    f"{_CONFIRMS} AND EXISTS (SELECT 1 FROM mass_member b JOIN mass_decision m ON m.id = b.mass_id"
                    " WHERE b.decision_id = NEW.id AND (m.status <> 'confirmed' OR b.finding = 'error'))"
                ),
            ),
        ),
    )


def _guard_appeals(op: Operations) -> None:
    moving = {
        "status",
        "admission_reason",
        "admission_by",
        "admission_seconded_by",
        "admission_seconded_at",
        "result",
        "result_decision_id",
        "closed_at",
    }
    only_columns_change(op, "appeal", moving)
    edges = "'late>open', 'late>not_admitted', 'late>withdrawn', 'open>withdrawn', 'open>decided'"
    people = "(NEW.admission_by, NEW.admission_seconded_by)"
    _refuse(
        op,
        (
            (
                "appeal",
                "of_standing",
                "INSERT",
                (
                    f"NOT EXISTS (SELECT 1 FROM decision d WHERE d.id = NEW.decision_id AND d.{_STANDS.format('d.')}"
                    " AND NEW.instance = d.instance + 1 AND NEW.body = d.appeal_body AND NEW.due_on = d.appeal_until"
                    " AND NEW.ground = CASE d.outcome WHEN 'not_eligible' THEN 'refusal' ELSE 'amount' END"
                    " AND NEW.payable_minor = CASE NEW.effect WHEN 'suspends' THEN 0"
                    " ELSE coalesce(d.amount_minor, 0) END)"
                ),
            ),
            (
                "appeal",
                "born_as_it_came",
                "INSERT",
                (
                    "NEW.status <> CASE WHEN NEW.lodged_on > NEW.due_on THEN 'late' ELSE 'open' END"
                    " OR NEW.admission_by IS NOT NULL OR NEW.result_decision_id IS NOT NULL"
                ),
            ),
            (
                "appeal",
                "edges",
                "UPDATE",
                (
                    f"(NEW.status <> OLD.status AND OLD.status || '>' || NEW.status NOT IN ({edges}))"
                    " OR (NEW.status = OLD.status AND OLD.status NOT IN ('late', 'open'))"
                ),
            ),
            (
                "appeal",
                "admitted_by_new_eyes",
                "UPDATE",
                (
                    "OLD.status = 'late' AND (EXISTS (SELECT 1 FROM duty d WHERE d.claim_id = NEW.claim_id"
                    f" AND d.person_id IN {people}) OR {_recused('NEW.admission_by')}"
                    f" OR {_recused('NEW.admission_seconded_by')})"
                ),
            ),
            (
                "appeal",
                "decided_by_decision",
                "UPDATE",
                (
                    "NEW.status = 'decided' AND OLD.status <> 'decided' AND NOT EXISTS (SELECT 1 FROM decision d"
                    " WHERE d.id = NEW.result_decision_id AND d.kind = 'appeal' AND d.status = 'confirmed'"
                    " AND d.replaces_id = NEW.decision_id)"
                ),
            ),
            (
                "decision",
                "appeal_open",
                "INSERT",
                (
                    "NEW.kind = 'appeal' AND NOT EXISTS (SELECT 1 FROM appeal x WHERE x.decision_id = NEW.replaces_id"
                    " AND x.status = 'open' AND x.instance = NEW.instance)"
                ),
            ),
            (
                "decision",
                "appeal_decided",
                "UPDATE",
                (
                    f"{_CONFIRMS} AND NEW.kind = 'appeal' AND NOT EXISTS (SELECT 1 FROM appeal x"
                    " WHERE x.decision_id = NEW.replaces_id AND x.status = 'open' AND x.result_decision_id = NEW.id)"
                ),
            ),
        ),
    )


def _guard_money(op: Operations) -> None:
    # Up to this instalment, over all awards of the claim, less what was granted no more, or given back and owed anew.
    cumulative = (
        "(SELECT sum(j.amount_minor - coalesce((SELECT sum(r.amount_minor) FROM award_reduction r"
        " WHERE r.instalment_id = j.id AND r.kind IN ('written_back', 'overpaid', 'given_back')), 0))"
        " FROM instalment j JOIN award w ON w.id = j.award_id WHERE w.claim_id = a.claim_id"
        " AND (w.number < a.number OR (w.id = a.id AND j.number <= i.number)))"
    )
    held = (
        "EXISTS (SELECT 1 FROM instalment i JOIN award a ON a.id = i.award_id AND a.form = 'individual'"
        " WHERE i.id = {0} AND ("
        f"{cumulative} > coalesce((SELECT d.amount_minor FROM decision d WHERE d.claim_id = a.claim_id"
        f" AND d.{_STANDS.format('d.')}), 0)"
        " OR EXISTS (SELECT 1 FROM appeal x WHERE x.claim_id = a.claim_id AND x.status = 'open'"
        f" AND x.payable_minor < {cumulative})))"
    )
    withdrawn = "(SELECT p.instalment_id FROM payment p WHERE p.id = NEW.payment_id)"
    moves = "NEW.status IN ('approved', 'released', 'dispatching') AND NEW.status <> OLD.status"
    _refuse(
        op,
        (
            (
                "award",
                "appealed",
                "INSERT",
                (
                    "EXISTS (SELECT 1 FROM appeal x WHERE x.claim_id = NEW.claim_id AND x.status = 'open'"
                    " AND x.payable_minor < NEW.amount_minor)"
                ),
            ),
            ("payment", "suspended", "INSERT", held.format("NEW.instalment_id")),
            ("payment", "suspended_since", "UPDATE", f"{moves} AND {held.format('NEW.instalment_id')}"),
            (
                "payment_withdrawal",
                "of_suspended",
                "INSERT",
                f"NEW.reason = 'appeal_or_correction' AND NOT {held.format(withdrawn)}",
            ),
        ),
    )


def _refuse(op: Operations, refusals: Iterable[tuple[str, str, str, str]]) -> None:
    for table, reason, event, when in refusals:
        refuse_when(op, f"{table}_{reason}", table, event, when=when, message=f"{table}.{reason}")


def _is_postgresql(op: Operations) -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _day_of(op: Operations, instant: str) -> str:
    """Return the UTC day of an instant."""
    return f"({instant} AT TIME ZONE 'UTC')::date" if _is_postgresql(op) else f"substr({instant}, 1, 10)"
