"""What the database itself refuses about paying, on both engines.

- a batch or payment that is born in any state but draft, or leaves the allowed edges;
- anything about a payment or batch edited but its state; a frozen hash changed;
- an approval by who made the batch, of another content, or of a batch not submitted;
- a batch approved with fewer than two approvals of exactly its content, or released by who made or approved it;
- a payment released unless five different people did the five duties before it on its claim, and its batch is released;
- a payment said to be paid or returned that no bank or provider said was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrations.triggers import append_only, only_columns_change, refuse_when

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alembic.operations import Operations

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
_DUTIES = (
    "(SELECT count(DISTINCT d.person_id) FROM duty d WHERE d.claim_id = NEW.claim_id"
    " AND d.duty IN ('registrar', 'decider', 'confirmer', 'approver1', 'approver2'))"
)
_BATCH_OF_PAYMENT = "(SELECT b.status FROM batch b WHERE b.id = NEW.batch_id)"


def guard_payments(op: Operations) -> None:
    """Install every trigger of this room."""
    _guard_batches(op)
    _guard_approval_and_release(op)
    _guard_approvals(op)
    _guard_payments(op)
    for table in ("payment_attempt", "payment_answer", "bank_file", "bank_statement", "statement_finding"):
        append_only(op, table)


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
        when="NEW.status = 'submitted' AND OLD.status = 'draft' AND ("
        "NEW.payment_count <> (SELECT count(*) FROM payment p WHERE p.batch_id = NEW.id AND p.status = 'draft')"
        " OR NEW.total_minor <> (SELECT coalesce(sum(p.amount_minor), 0) FROM payment p WHERE p.batch_id = NEW.id))",
        message="batch.counted",
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
    refuse_when(
        op,
        "payment_born_draft",
        "payment",
        "INSERT",
        when=f"NEW.status <> 'draft' OR NEW.provider_ref IS NOT NULL OR {_BATCH_OF_PAYMENT} <> 'draft'",
        message="payment.born_draft",
    )
    _refuse_edges(op, "payment", PAYMENT_EDGES)
    refuse_when(
        op,
        "payment_with_its_batch",
        "payment",
        "UPDATE",
        when="NEW.status IN ('approved', 'released', 'cancelled') AND NEW.status <> OLD.status"
        f" AND {_BATCH_OF_PAYMENT} <> NEW.status",
        message="payment.with_its_batch",
    )
    refuse_when(
        op,
        "payment_five_people",
        "payment",
        "UPDATE",
        when=f"NEW.status = 'released' AND OLD.status <> 'released' AND {_DUTIES} < 5",
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
        " WHERE s.payment_id = NEW.id AND s.outcome IN ('returned', 'rejected'))))",
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
