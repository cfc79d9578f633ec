"""What the database itself refuses about paying, on both engines.

- a batch or payment that is born in any state but draft, or leaves the allowed edges;
- a payment to another's destination; that it is its instalment's, see `migrations.award_life_triggers`;
- anything about a payment or batch edited but its state; a frozen hash changed;
- an approval by who made the batch or holds no approver's duty on each of its claims, of another content, or of a
  batch not submitted;
- a batch approved with fewer than two approvals of exactly its content, or released by who made or approved it
  or is not the payer of each of its claims;
- a payment released unless five different people did the five duties before it on its claim, and its batch is released;
- a payment approved or released whose payee has died or whose claim or destination is closed;
- a released payment withdrawn that nothing holds back, that was or may have been sent, or by who made, approved or
  released its batch; sent once it is withdrawn; that an appeal holds it back, see `migrations.procedure_triggers`;
- a payment said to be paid, returned or rejected that no bank or provider said was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrations.triggers import Operations, append_only, only_columns_change, refuse_when

if TYPE_CHECKING:
    from collections.abc import Iterable


BATCH_EDGES = (
    "draft>submitted",
    "draft>cancelled",
    "submitted>approved",
    "submitted>cancelled",
    "approved>released",
    "approved>cancelled",
    "released>completed",
)
PAYMENT_EDGES = (
    "draft>approved",
    "draft>cancelled",
    "approved>released",
    "approved>cancelled",
    "released>dispatching",
    "released>cancelled",
    "dispatching>submitted",
    "dispatching>unknown",
    "dispatching>rejected",
    "unknown>submitted",
    "unknown>rejected",
    "unknown>parked",
    "parked>submitted",
    "parked>rejected",
    "submitted>in_transit",
    "submitted>paid",
    "submitted>rejected",
    "in_transit>paid",
    "in_transit>rejected",
    "paid>returned",
    "returned>reissued",
    "reissued>returned",
)

# The subqueries read other tables by the row's own keys only.
_APPROVALS = (
    "(SELECT count(*) FROM batch_approval a WHERE a.batch_id = NEW.id AND a.content_sha256 = NEW.content_sha256)"
)
# The claim's registrar, decider and confirmer, and the two who approved this batch, each with a duty of his own on it.
# Three who decided, and the two who approved this very batch; other batches may have had other approvers.
_DECIDED = (
    "(SELECT count(DISTINCT d.duty) FROM duty d WHERE d.claim_id = NEW.claim_id"
    " AND d.duty IN ('registrar', 'decider', 'confirmer'))"
)
_APPROVED = (
    "(SELECT count(*) FROM duty d JOIN batch_approval a ON a.person_id = d.person_id AND a.batch_id = NEW.batch_id"
    " WHERE d.claim_id = NEW.claim_id AND d.duty IN ('approver1', 'approver2'))"
)
_BATCH_OF_PAYMENT = "(SELECT b.status FROM batch b WHERE b.id = NEW.batch_id)"
_DUTY_MISSING = (
    "EXISTS (SELECT 1 FROM payment p WHERE p.batch_id = {batch} AND NOT EXISTS (SELECT 1 FROM duty d"
    " WHERE d.claim_id = p.claim_id AND d.person_id = {person} AND d.duty IN ({duties})))"
)
_NOT_PAYEES_DESTINATION = (
    "NOT EXISTS (SELECT 1 FROM payment_destination t WHERE t.id = NEW.destination_id"
    " AND t.party_id = NEW.payee_party_id AND t.rail = NEW.rail AND t.status = 'active')"
)
_REISSUES_ANOTHER = (
    "NEW.reissues_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = NEW.reissues_id"
    " AND p.instalment_id = NEW.instalment_id AND p.status = 'reissued')"
)
_DIED = "EXISTS (SELECT 1 FROM party y WHERE y.id = {0}.payee_party_id AND y.deceased)"
_CLOSED = "EXISTS (SELECT 1 FROM claim c WHERE c.id = {0}.claim_id AND c.status <> 'open')"
_HELD = f"{_DIED.format('NEW')} OR {_CLOSED.format('NEW')}"
_WITHDRAWN = "EXISTS (SELECT 1 FROM payment_withdrawal w WHERE w.payment_id = {0})"
_NOT_PAYABLE = f"{_NOT_PAYEES_DESTINATION} OR {_HELD}"


def guard_payments(op: Operations) -> None:
    """Install every trigger of this room."""
    _guard_batches(op)
    _guard_approval_and_release(op)
    _guard_approvals(op)
    _guard_payments(op)
    _guard_withdrawals(op)
    for table in ("payment_attempt", "payment_answer", "bank_file", "bank_statement", "statement_finding"):
        append_only(op, table)
    refuse_when(
        op,
        "payment_attempt_of_released",
        "payment_attempt",
        "INSERT",
        when="NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = NEW.payment_id AND p.status = 'released')"
        f" OR {_WITHDRAWN.format('NEW.payment_id')}",
        message="payment_attempt.of_released",
    )
    refuse_when(
        op,
        "payment_answer_of_its_rail",
        "payment_answer",
        "INSERT",
        when="EXISTS (SELECT 1 FROM payment p WHERE p.id = NEW.payment_id"
        " AND (p.rail = 'bank_file') <> (NEW.source = 'statement'))",
        message="payment_answer.of_its_rail",
    )


def _guard_batches(op: Operations) -> None:
    only_columns_change(op, "batch", {"status", "content_sha256", "submitted_at", "released_by", "released_at"})
    refuse_when(
        op,
        "batch_born_draft",
        "batch",
        "INSERT",
        when="NEW.status <> 'draft' OR NEW.content_sha256 IS NOT NULL OR NEW.released_by IS NOT NULL",
        message="batch.born_draft",
    )
    _refuse_edges(op, "batch", BATCH_EDGES)
    refuse_when(
        op,
        "batch_hash_frozen",
        "batch",
        "UPDATE",
        when="OLD.status <> 'draft' AND (NEW.content_sha256 IS NOT OLD.content_sha256"
        " OR NEW.submitted_at IS NOT OLD.submitted_at)",
        when_pg="OLD.status <> 'draft' AND (NEW.content_sha256 IS DISTINCT FROM OLD.content_sha256"
        " OR NEW.submitted_at IS DISTINCT FROM OLD.submitted_at)",
        message="batch.hash_frozen",
    )
    refuse_when(
        op,
        "batch_counted",
        "batch",
        "UPDATE",
        when="NEW.status IN ('submitted', 'approved', 'released') AND NEW.status <> OLD.status AND ("
        "NEW.payment_count <> (SELECT count(*) FROM payment p WHERE p.batch_id = NEW.id"
        " AND p.status = CASE NEW.status WHEN 'released' THEN 'approved' ELSE 'draft' END)"
        " OR NEW.total_minor <> (SELECT coalesce(sum(p.amount_minor), 0) FROM payment p WHERE p.batch_id = NEW.id))",
        message="batch.counted",
    )
    refuse_when(
        op,
        "batch_awaits_nothing",
        "batch",
        "UPDATE",
        when="NEW.status = 'completed' AND OLD.status <> 'completed' AND EXISTS (SELECT 1 FROM payment p"
        " WHERE p.batch_id = NEW.id"
        " AND p.status NOT IN ('paid', 'returned', 'rejected', 'cancelled', 'reissued'))",
        message="batch.awaits_nothing",
    )


def _guard_approval_and_release(op: Operations) -> None:
    refuse_when(
        op,
        "batch_two_approvals",
        "batch",
        "UPDATE",
        when=f"NEW.status = 'approved' AND OLD.status <> 'approved' AND {_APPROVALS} < 2",
        message="batch.two_approvals",
    )
    # SQLite asks the trigger made last first, PostgreSQL the first by name: both now give the plainest reason.
    payers = _DUTY_MISSING.format(batch="NEW.id", person="NEW.released_by", duties="'payer'")
    refuse_when(
        op,
        "batch_released_by_payer",
        "batch",
        "UPDATE",
        when=f"NEW.status = 'released' AND OLD.status <> 'released' AND {payers}",
        message="batch.released_by_payer",
    )
    refuse_when(
        op,
        "batch_released_by_another",
        "batch",
        "UPDATE",
        when="NEW.status = 'released' AND OLD.status <> 'released' AND (NEW.released_by = NEW.created_by"
        f" OR {_APPROVALS} < 2 OR EXISTS (SELECT 1 FROM batch_approval a WHERE a.batch_id = NEW.id"
        " AND a.person_id = NEW.released_by))",
        message="batch.released_by_another",
    )
    refuse_when(
        op,
        "batch_releaser_fixed",
        "batch",
        "UPDATE",
        when="OLD.released_by IS NOT NULL AND (NEW.released_by IS NOT OLD.released_by"
        " OR NEW.released_at IS NOT OLD.released_at)",
        when_pg="OLD.released_by IS NOT NULL AND (NEW.released_by IS DISTINCT FROM OLD.released_by"
        " OR NEW.released_at IS DISTINCT FROM OLD.released_at)",
        message="batch.releaser_fixed",
    )


def _guard_approvals(op: Operations) -> None:
    append_only(op, "batch_approval")
    # Who registered, decided or confirmed a claim cannot hold this duty on it: the duty's own key says so.
    refuse_when(
        op,
        "batch_approval_with_duties",
        "batch_approval",
        "INSERT",
        when=_DUTY_MISSING.format(batch="NEW.batch_id", person="NEW.person_id", duties="'approver1', 'approver2'"),
        message="batch_approval.with_duties",
    )
    refuse_when(
        op,
        "batch_approval_by_another",
        "batch_approval",
        "INSERT",
        when="EXISTS (SELECT 1 FROM batch b WHERE b.id = NEW.batch_id AND b.created_by = NEW.person_id)",
        message="batch_approval.by_another",
    )
    refuse_when(
        op,
        "batch_approval_of_content",
        "batch_approval",
        "INSERT",
        when="NOT EXISTS (SELECT 1 FROM batch b WHERE b.id = NEW.batch_id AND b.status = 'submitted'"
        " AND b.content_sha256 = NEW.content_sha256)",
        message="batch_approval.of_content",
    )


def _guard_payments(op: Operations) -> None:
    only_columns_change(op, "payment", {"status", "status_at", "provider_ref"})
    # On PostgreSQL the batch is held, so that no payment slips in while it is being submitted.
    born = "NEW.status <> 'draft' OR NEW.provider_ref IS NOT NULL OR {} <> 'draft'"
    refuse_when(
        op,
        "payment_born_draft",
        "payment",
        "INSERT",
        when=born.format(_BATCH_OF_PAYMENT),
        when_pg=born.format(f"{_BATCH_OF_PAYMENT[:-1]} FOR SHARE)"),
        message="payment.born_draft",
    )
    for name, when in (
        ("to_payees_destination", _NOT_PAYEES_DESTINATION),
        ("reissues_its_own", _REISSUES_ANOTHER),
    ):
        refuse_when(op, f"payment_{name}", "payment", "INSERT", when=when, message=f"payment.{name}")
    refuse_when(
        op,
        "payment_payable",
        "payment",
        "UPDATE",
        when=f"NEW.status IN ('approved', 'released') AND NEW.status <> OLD.status AND ({_NOT_PAYABLE})",
        message="payment.payable",
    )
    refuse_when(
        op,
        "payment_not_held",
        "payment",
        "UPDATE",
        when="OLD.status = 'released' AND NEW.status NOT IN ('released', 'cancelled')"
        f" AND ({_HELD} OR {_WITHDRAWN.format('NEW.id')})",
        message="payment.held",
    )
    _refuse_edges(op, "payment", PAYMENT_EDGES)
    refuse_when(
        op,
        "payment_with_its_batch",
        "payment",
        "UPDATE",
        when="NEW.status IN ('approved', 'released', 'cancelled') AND NEW.status <> OLD.status"
        f" AND OLD.status <> 'released' AND {_BATCH_OF_PAYMENT} <> NEW.status",
        message="payment.with_its_batch",
    )
    refuse_when(
        op,
        "payment_withdrawn_first",
        "payment",
        "UPDATE",
        when=f"NEW.status = 'cancelled' AND OLD.status = 'released' AND NOT {_WITHDRAWN.format('NEW.id')}",
        message="payment.withdrawn_first",
    )
    refuse_when(
        op,
        "payment_five_people",
        "payment",
        "UPDATE",
        when=f"NEW.status = 'released' AND OLD.status <> 'released' AND ({_DECIDED} < 3 OR {_APPROVED} < 2)",
        message="payment.five_people",
    )
    refuse_when(
        op,
        "payment_intended_first",
        "payment",
        "UPDATE",
        when="NEW.status = 'dispatching' AND OLD.status <> 'dispatching'"
        " AND NOT EXISTS (SELECT 1 FROM payment_attempt a WHERE a.payment_id = NEW.id)",
        message="payment.intended_first",
    )
    refuse_when(
        op,
        "payment_said_by_provider",
        "payment",
        "UPDATE",
        # What is said to have come back, or to have failed after it was paid, had been paid.
        when="NEW.status <> OLD.status AND ((NEW.status = 'paid' AND NOT EXISTS (SELECT 1 FROM payment_answer s"
        " WHERE s.payment_id = NEW.id AND s.outcome IN ('paid', 'returned')))"
        " OR (NEW.status = 'returned' AND OLD.status = 'paid' AND NOT EXISTS (SELECT 1 FROM payment_answer s"
        " WHERE s.payment_id = NEW.id AND s.outcome IN ('returned', 'rejected')))"
        # What is rejected may be paid again, and what is parked was looked for: neither without a word.
        " OR (NEW.status IN ('rejected', 'parked') AND NOT EXISTS (SELECT 1 FROM payment_answer s"
        " WHERE s.payment_id = NEW.id"
        " AND s.outcome = CASE NEW.status WHEN 'rejected' THEN 'rejected' ELSE 'not_found' END)))",
        message="payment.said_by_provider",
    )
    refuse_when(
        op,
        "payment_provider_ref_fixed",
        "payment",
        "UPDATE",
        when="OLD.provider_ref IS NOT NULL AND NEW.provider_ref IS NOT OLD.provider_ref",
        when_pg="OLD.provider_ref IS NOT NULL AND NEW.provider_ref IS DISTINCT FROM OLD.provider_ref",
        message="payment.provider_ref_fixed",
    )


def _guard_withdrawals(op: Operations) -> None:
    append_only(op, "payment_withdrawal")
    refuse_when(
        op,
        "payment_withdrawal_by_another",
        "payment_withdrawal",
        "INSERT",
        when="EXISTS (SELECT 1 FROM payment p JOIN batch b ON b.id = p.batch_id WHERE p.id = NEW.payment_id"
        " AND (NEW.withdrawn_by IN (b.created_by, b.released_by) OR EXISTS (SELECT 1 FROM batch_approval a"
        " WHERE a.batch_id = b.id AND a.person_id = NEW.withdrawn_by)))",
        message="payment_withdrawal.by_another",
    )
    # On PostgreSQL the payment is held, so that no worker sends it while it is being withdrawn.
    unsent = (
        "NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = NEW.payment_id AND p.status = 'released'"
        " AND NOT EXISTS (SELECT 1 FROM payment_attempt a WHERE a.payment_id = p.id){0})"
    )
    refuse_when(
        op,
        "payment_withdrawal_of_unsent",
        "payment_withdrawal",
        "INSERT",
        when=unsent.format(""),
        when_pg=unsent.format(" FOR UPDATE"),
        message="payment_withdrawal.of_unsent",
    )
    refuse_when(
        op,
        "payment_withdrawal_of_held",
        "payment_withdrawal",
        "INSERT",
        when="NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = NEW.payment_id AND CASE NEW.reason"
        f" WHEN 'payee_died' THEN {_DIED.format('p')} WHEN 'claim_not_open' THEN {_CLOSED.format('p')} ELSE true END)",
        message="payment_withdrawal.of_held",
    )


def _refuse_edges(op: Operations, table: str, edges: Iterable[str]) -> None:
    listed = ", ".join(f"'{edge}'" for edge in edges)
    refuse_when(
        op,
        f"{table}_edges",
        table,
        "UPDATE",
        when=f"NEW.status <> OLD.status AND OLD.status || '>' || NEW.status NOT IN ({listed})",
        message=f"{table}.edges",
    )
