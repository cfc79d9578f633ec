"""What the database itself refuses about the life of an award (migration 0010), on both engines.

- an adjustment of another difference than there is, or by one person;
- a supplement that no two persons approved; an award that takes a claim above what its decision grants;
- a reduction below what the decision that stands grants, or beyond its adjustment; of what is paid, on its way, or not
  there; an overpayment of what nobody paid; giving back what somebody is there to receive;
- funding above the award, instalments above what the fund pays of it; a payment that is not its instalment's: another
  fund, payee, claim or programme, more or less than is left of it, or of one that was overpaid;
- an overpayment without its reduction; recovered beyond what is outstanding, from another person's money or another
  fund's, or set off before the payee was told and could object; a waiver that two persons did not approve;
- a person of a division who is said to be somebody else's heir, or nobody's;
- a payment of what is held in trust, or a reduction that does not say it takes from there; holding what is in a batch,
  paid, came back, or was reduced; a trust that ends as empty with something left, or otherwise with nothing.

Where a sum has a limit, PostgreSQL first locks the row that carries the limit, in a statement of its own, so that the
sum that follows sees what another transaction added meanwhile.  SQLite has one writer at a time.
"""

from __future__ import annotations

from typing import NamedTuple

from migrations.triggers import Operations, append_only, refuse_when

TABLES = (
    "award_adjustment",
    "adjustment_approval",
    "award_reduction",
    "overpayment",
    "overpayment_notice",
    "overpayment_waiver",
    "waiver_approval",
    "overpayment_recovery",
    "named_person",
    "trust_holding",
    "trust_request",
    "trust_release",
)


class _Rule(NamedTuple):
    table: str
    reason: str
    when: str
    """SQL over NEW, the same on both engines."""
    lock: str | None = None
    """What PostgreSQL locks first: the rest of a SELECT."""

    @property
    def name(self) -> str:
        return f"{self.table}_{self.reason}"


def _sum(amounts: str) -> str:
    column, rest = amounts.split(" ", 1)
    return f"(SELECT CAST(COALESCE(SUM({column}), 0) AS BIGINT) {rest})"


_STANDS = "status = 'confirmed' AND {0}outcome NOT IN ('ask', 'sent_back')"
_NOT_LIVE = "('rejected', 'returned', 'cancelled', 'reissued')"
_UNPAID = "('written_back', 'set_off', 'given_back')"
_UNGRANTED = "('written_back', 'overpaid')"

# ── what a claim's awards grant, and what they should ────────────────────────────────────────────────────────────────


def _granted(claim: str) -> str:
    stands = _STANDS.format("d.")
    return f"COALESCE((SELECT d.amount_minor FROM decision d WHERE d.claim_id = {claim} AND d.{stands}), 0)"


def _net(claim: str) -> str:
    """What was given back for want of an heir counts no more once an heir is found eligible after all."""
    awarded = _sum(f"w.amount_minor FROM award w WHERE w.claim_id = {claim}")
    heir = (
        f"EXISTS (SELECT 1 FROM claim h JOIN decision e ON e.claim_id = h.id WHERE h.through_claim_id = {claim}"
        " AND h.status = 'open' AND e.status = 'confirmed' AND e.outcome = 'eligible')"
    )
    reduced = _sum(
        f"r.amount_minor FROM award_reduction r JOIN award w ON w.id = r.award_id WHERE w.claim_id = {claim}"
        f" AND (r.kind IN {_UNGRANTED} OR (r.kind = 'given_back' AND {heir}))"
    )
    return f"({awarded} - {reduced})"


_ADJUSTED = "(SELECT a.claim_id FROM award_adjustment a WHERE a.id = NEW.adjustment_id)"
_LOCK_ADJUSTED = f"FROM claim WHERE id = {_ADJUSTED} FOR NO KEY UPDATE"
_CLAIM_OF_AWARD = "(SELECT w.claim_id FROM award w WHERE w.id = NEW.award_id)"

_ADJUSTMENTS = (
    _Rule(
        "award_adjustment",
        "standing",
        "NEW.decision_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.id = NEW.decision_id"
        f" AND d.{_STANDS.format('d.')})",
    ),
    _Rule(
        "award_adjustment",
        "awarded",
        "NOT EXISTS (SELECT 1 FROM award w WHERE w.claim_id = NEW.claim_id AND w.currency = NEW.currency)",
    ),
    _Rule(
        "adjustment_approval",
        "stale",
        "NOT EXISTS (SELECT 1 FROM award_adjustment a WHERE a.id = NEW.adjustment_id AND (a.cause <> 'decision'"
        f" OR a.difference_minor = {_granted('a.claim_id')} - {_net('a.claim_id')}))",
        _LOCK_ADJUSTED,
    ),
)

_AWARDS = (
    _Rule(
        "award",
        "undecided",
        "NEW.form = 'individual' AND NOT EXISTS (SELECT 1 FROM decision d JOIN claim c ON c.id = d.claim_id"
        " WHERE d.id = NEW.decision_id AND d.claim_id = NEW.claim_id AND d.status = 'confirmed'"
        " AND d.outcome = 'eligible' AND c.status = 'open' AND c.programme_id = NEW.programme_id"
        f" AND d.amount_minor = NEW.amount_minor + {_net('NEW.claim_id')})",
        "FROM claim WHERE id = NEW.claim_id FOR NO KEY UPDATE",
    ),
    _Rule(
        "award",
        "out_of_order",
        "NEW.number <> 1 + (SELECT count(*) FROM award w WHERE w.claim_id = NEW.claim_id)",
    ),
    _Rule(
        "award",
        "unapproved",
        "NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM adjustment_approval p"
        " JOIN award_adjustment a ON a.id = p.adjustment_id WHERE a.claim_id = NEW.claim_id"
        " AND a.decision_id = NEW.decision_id AND a.difference_minor = NEW.amount_minor"
        " AND p.approved_by = NEW.made_by)",
    ),
)

# ── reductions ───────────────────────────────────────────────────────────────────────────────────────────────────────

_OF_INSTALMENT = "FROM award_reduction r WHERE r.instalment_id = NEW.instalment_id"
_INSTALMENT = "(SELECT i.amount_minor FROM instalment i WHERE i.id = NEW.instalment_id)"
_LOCK_INSTALMENT = "FROM instalment WHERE id = NEW.instalment_id FOR UPDATE"
_OF_FUNDING = "award_id = NEW.award_id AND {0}fund_id = NEW.fund_id AND {0}round_number = NEW.round_number"
_LOCK_FUNDING = f"FROM award_funding WHERE {_OF_FUNDING.format('')} FOR UPDATE"
_LOCK_AWARD = "FROM award WHERE id = NEW.award_id FOR UPDATE"
_UNPARTED = _sum(
    f"r.amount_minor FROM award_reduction r WHERE r.{_OF_FUNDING.format('r.')} AND r.instalment_id IS NULL"
)
_PARTED = _sum(f"i.amount_minor FROM instalment i WHERE i.{_OF_FUNDING.format('i.')}")
_FUNDED = f"(SELECT f.amount_minor FROM award_funding f WHERE f.{_OF_FUNDING.format('f.')})"
_UNFUNDED = _sum("r.amount_minor FROM award_reduction r WHERE r.award_id = NEW.award_id AND r.fund_id IS NULL")
_FUNDED_IN_ALL = _sum("f.amount_minor FROM award_funding f WHERE f.award_id = NEW.award_id")
_AWARDED = "(SELECT w.amount_minor FROM award w WHERE w.id = NEW.award_id)"

_REDUCTIONS = (
    _Rule(
        "award_reduction",
        "instalment_of_another",
        "NEW.instalment_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM instalment i WHERE i.id = NEW.instalment_id"
        " AND i.award_id = NEW.award_id AND i.fund_id = NEW.fund_id AND i.round_number = NEW.round_number)",
    ),
    _Rule(
        "award_reduction",
        "adjustment_of_another",
        "NEW.adjustment_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM award_adjustment a WHERE a.id = NEW.adjustment_id"
        f" AND a.claim_id = {_CLAIM_OF_AWARD} AND (a.cause = 'nobody') = (NEW.kind = 'given_back'))",
    ),
    _Rule(
        "award_reduction",
        "exceeds_adjustment",
        "NEW.adjustment_id IS NOT NULL AND NEW.amount_minor + "
        + _sum("r.amount_minor FROM award_reduction r WHERE r.adjustment_id = NEW.adjustment_id")
        + " > (SELECT -a.difference_minor FROM award_adjustment a WHERE a.id = NEW.adjustment_id)",
        _LOCK_ADJUSTED,
    ),
    _Rule(
        "award_reduction",
        "below_granted",
        f"NEW.kind IN {_UNGRANTED} AND {_net(_CLAIM_OF_AWARD)} - NEW.amount_minor < {_granted(_CLAIM_OF_AWARD)}",
        f"FROM claim WHERE id = {_CLAIM_OF_AWARD} FOR NO KEY UPDATE",
    ),
    _Rule(
        "award_reduction",
        "somebody_is_there",
        # What was parted to the claimant himself goes back though heirs are eligible: they are owed it anew.
        "NEW.kind = 'given_back' AND NOT EXISTS (SELECT 1 FROM award w"
        " JOIN claim c ON c.id = w.claim_id JOIN party y ON y.id = c.party_id AND y.deceased"
        " WHERE w.id = NEW.award_id AND (NEW.instalment_id IS NULL OR EXISTS (SELECT 1 FROM instalment i"
        " WHERE i.id = NEW.instalment_id AND i.payee_party_id = c.party_id))"
        " AND NOT EXISTS (SELECT 1 FROM claim h WHERE h.through_claim_id = c.id"
        " AND h.status = 'open' AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.claim_id = h.id"
        " AND d.status = 'confirmed' AND (d.outcome = 'not_eligible'"
        " OR (NEW.instalment_id IS NOT NULL AND d.outcome = 'eligible')))))",
    ),
    _Rule(
        "award_reduction",
        "exceeds_unpaid",
        f"NEW.instalment_id IS NOT NULL AND NEW.kind IN {_UNPAID} AND NEW.amount_minor + "
        + _sum(f"r.amount_minor {_OF_INSTALMENT} AND r.kind IN {_UNPAID}")
        + f" > {_INSTALMENT}",
        _LOCK_INSTALMENT,
    ),
    _Rule(
        "award_reduction",
        "in_motion",
        f"NEW.instalment_id IS NOT NULL AND NEW.kind IN {_UNPAID} AND EXISTS (SELECT 1 FROM payment p"
        f" WHERE p.instalment_id = NEW.instalment_id AND p.status NOT IN {_NOT_LIVE})",
        _LOCK_INSTALMENT,
    ),
    _Rule(
        "award_reduction",
        "not_received",
        "NEW.kind = 'overpaid' AND NEW.amount_minor + "
        + _sum(f"r.amount_minor {_OF_INSTALMENT} AND r.kind = 'overpaid'")
        + " > "
        + _sum(f"r.amount_minor {_OF_INSTALMENT} AND r.kind = 'set_off'")
        + " + "
        + _sum("p.amount_minor FROM payment p WHERE p.instalment_id = NEW.instalment_id AND p.status = 'paid'"),
        _LOCK_INSTALMENT,
    ),
    _Rule(
        "award_reduction",
        "exceeds_funding",
        f"NEW.instalment_id IS NULL AND NEW.fund_id IS NOT NULL"
        f" AND NEW.amount_minor + {_UNPARTED} + {_PARTED} > {_FUNDED}",
        _LOCK_FUNDING,
    ),
    _Rule(
        "award_reduction",
        "exceeds_award",
        f"NEW.fund_id IS NULL AND NEW.amount_minor + {_UNFUNDED} + {_FUNDED_IN_ALL} > {_AWARDED}",
        _LOCK_AWARD,
    ),
    _Rule(
        "award_funding",
        "exceeds_award",
        f"NEW.amount_minor + {_UNFUNDED} + {_FUNDED_IN_ALL} > {_AWARDED}",
        _LOCK_AWARD,
    ),
    _Rule(
        "award_reduction",
        "set_off_unrecorded",
        "NEW.kind = 'set_off' AND NOT EXISTS (SELECT 1 FROM overpayment_recovery y WHERE y.id = NEW.recovery_id"
        " AND y.kind = 'set_off' AND y.instalment_id = NEW.instalment_id AND y.amount_minor = NEW.amount_minor)",
    ),
    _Rule(
        "instalment",
        "exceeds_funding",
        f"NEW.amount_minor + {_UNPARTED} + {_PARTED} > {_FUNDED}",
        _LOCK_FUNDING,
    ),
)

# ── payments of what is left ─────────────────────────────────────────────────────────────────────────────────────────

_LEFT = f"({_INSTALMENT} - " + _sum(f"r.amount_minor {_OF_INSTALMENT} AND r.kind IN {_UNPAID}") + ")"
_OUTSTANDING = "o.amount_minor > " + _sum("y.amount_minor FROM overpayment_recovery y WHERE y.overpayment_id = o.id")

_PAYMENTS = (
    _Rule(
        "payment",
        "of_instalment",
        "NOT EXISTS (SELECT 1 FROM instalment i JOIN award a ON a.id = i.award_id"
        " JOIN batch b ON b.programme_id = a.programme_id AND b.currency = i.currency"
        " JOIN claim c ON c.party_id = i.payee_party_id AND (c.id = a.claim_id OR c.through_claim_id = a.claim_id)"
        " WHERE i.id = NEW.instalment_id AND b.id = NEW.batch_id AND c.id = NEW.claim_id"
        " AND i.payee_party_id = NEW.payee_party_id AND i.fund_id = NEW.fund_id AND i.currency = NEW.currency)"
        f" OR NEW.amount_minor <> {_LEFT}"
        " OR EXISTS (SELECT 1 FROM payment p WHERE p.id = NEW.reissues_id AND p.amount_minor <> NEW.amount_minor)",
        "FROM instalment WHERE id = NEW.instalment_id FOR KEY SHARE",
    ),
    _Rule(
        "payment",
        "overpaid",
        "EXISTS (SELECT 1 FROM overpayment o JOIN award_reduction r ON r.id = o.reduction_id"
        f" WHERE r.instalment_id = NEW.instalment_id AND {_OUTSTANDING})",
    ),
)

# ── overpayments ─────────────────────────────────────────────────────────────────────────────────────────────────────

_OVERPAYMENT = "FROM overpayment o WHERE o.id = NEW.overpayment_id"
_LOCK_OVERPAYMENT = "FROM overpayment WHERE id = NEW.overpayment_id FOR UPDATE"

_OVERPAYMENTS = (
    _Rule(
        "overpayment",
        "unfounded",
        "NOT EXISTS (SELECT 1 FROM award_reduction r JOIN instalment i ON i.id = r.instalment_id"
        " JOIN award w ON w.id = r.award_id WHERE r.id = NEW.reduction_id AND r.kind = 'overpaid'"
        " AND r.amount_minor = NEW.amount_minor AND r.fund_id = NEW.fund_id AND i.payee_party_id = NEW.payee_party_id"
        " AND i.currency = NEW.currency AND w.programme_id = NEW.programme_id)",
    ),
    _Rule(
        "overpayment_notice",
        "too_early",
        f"NEW.notified_on < (SELECT o.identified_on {_OVERPAYMENT})",
    ),
    _Rule(
        "overpayment_waiver",
        "exceeds",
        f"NEW.amount_minor > (SELECT o.amount_minor {_OVERPAYMENT})",
    ),
    _Rule(
        "overpayment_recovery",
        "exceeds_outstanding",
        "NEW.amount_minor + "
        + _sum("y.amount_minor FROM overpayment_recovery y WHERE y.overpayment_id = NEW.overpayment_id")
        + f" > (SELECT o.amount_minor {_OVERPAYMENT})",
        _LOCK_OVERPAYMENT,
    ),
    _Rule(
        "overpayment_recovery",
        "unwaived",
        "NEW.kind = 'waived' AND NOT EXISTS (SELECT 1 FROM overpayment_waiver v WHERE v.id = NEW.waiver_id"
        " AND v.overpayment_id = NEW.overpayment_id AND v.amount_minor = NEW.amount_minor)",
    ),
    _Rule(
        "overpayment_recovery",
        "of_another",
        "NEW.kind = 'set_off' AND NOT EXISTS (SELECT 1 FROM overpayment o JOIN instalment i"
        " ON i.payee_party_id = o.payee_party_id AND i.fund_id = o.fund_id AND i.currency = o.currency"
        " WHERE o.id = NEW.overpayment_id AND i.id = NEW.instalment_id)",
    ),
    # What came back of the very instalment that was overpaid needs no letter: the payee has not got it.
    _Rule(
        "overpayment_recovery",
        "unheard",
        "NEW.kind = 'set_off' AND NOT EXISTS (SELECT 1 FROM overpayment_notice n"
        " WHERE n.overpayment_id = NEW.overpayment_id AND n.object_until < NEW.occurred_on)"
        " AND NOT EXISTS (SELECT 1 FROM overpayment o JOIN award_reduction r ON r.id = o.reduction_id"
        " WHERE o.id = NEW.overpayment_id AND r.instalment_id = NEW.instalment_id)",
    ),
)

# ── who shares ───────────────────────────────────────────────────────────────────────────────────────────────────────

_PERSONS = (
    _Rule(
        "named_person",
        "no_heir",
        "NOT EXISTS (SELECT 1 FROM facts_revision f JOIN claim n ON n.through_claim_id = f.claim_id"
        " WHERE f.id = NEW.facts_revision_id AND n.id = NEW.claim_id)",
    ),
)

# ── money in trust ───────────────────────────────────────────────────────────────────────────────────────────────────

_HELD = (
    "EXISTS (SELECT 1 FROM trust_holding h WHERE h.instalment_id = NEW.instalment_id"
    " AND NOT EXISTS (SELECT 1 FROM trust_release e WHERE e.instalment_id = h.instalment_id))"
)
_TRUSTS = (
    _Rule(
        "trust_holding",
        "in_motion",
        "EXISTS (SELECT 1 FROM payment p WHERE p.instalment_id = NEW.instalment_id"
        " AND p.status NOT IN ('cancelled', 'rejected', 'reissued'))"
        f" OR EXISTS (SELECT 1 {_OF_INSTALMENT})",
        _LOCK_INSTALMENT,
    ),
    _Rule("award_reduction", "held_in_trust", f"NEW.from_trust <> ({_HELD})", _LOCK_INSTALMENT),
    _Rule("trust_release", "nothing_left", f"(NEW.ground = 'nothing_left') <> ({_LEFT} = 0)", _LOCK_INSTALMENT),
    _Rule("payment", "held_in_trust", _HELD),
)

_RULES = (*_ADJUSTMENTS, *_AWARDS, *_REDUCTIONS, *_PAYMENTS, *_OVERPAYMENTS, *_PERSONS, *_TRUSTS)


def guard_award_life(op: Operations) -> None:
    """Install every trigger of this migration."""
    for table in TABLES:
        append_only(op, table)
    for rule in _RULES:
        _install(op, rule)


def unguard_award_life(op: Operations) -> None:
    """Take the triggers off the tables of earlier migrations."""
    for rule in _RULES:
        if rule.table not in TABLES:
            drop_one(op, rule.name, rule.table)


def drop_one(op: Operations, name: str, table: str) -> None:
    """Drop one trigger, and on PostgreSQL its function."""
    if op.get_bind().dialect.name != "postgresql":
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}()")


def _install(op: Operations, rule: _Rule) -> None:
    message = f"{rule.table}.{rule.reason}"
    if op.get_bind().dialect.name != "postgresql" or rule.lock is None:
        refuse_when(op, rule.name, rule.table, "INSERT", when=rule.when, message=message)
        return
    op.execute(
        f"CREATE FUNCTION {rule.name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT "
        f"AS $$ BEGIN PERFORM 1 {rule.lock}; IF ({rule.when}) THEN RAISE EXCEPTION '{message}' "
        f"USING ERRCODE = '23514'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {rule.name} BEFORE INSERT ON {rule.table} FOR EACH ROW EXECUTE FUNCTION {rule.name}()")
    op.execute(f"ALTER TABLE {rule.table} ENABLE ALWAYS TRIGGER {rule.name}")
