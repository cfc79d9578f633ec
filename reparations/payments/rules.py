"""What may be done to a batch or a payment, and what follows from an answer.  Pure: values in, value or error out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from reparations.money import Money
from reparations.payments.errors import NotHeldBack, SameOfficer, WrongState
from reparations.payments.models import (
    REFERENCE_LENGTH,
    Batch,
    BatchApproval,
    BatchStatus,
    HeldBackReason,
    Payment,
    PaymentStatus,
)
from reparations.payments.rails import bank_file, stripe
from reparations.payments.rails.protocol import Outcome
from reparations.principal import Principal
from reparations.registry.models import Rail

APPROVALS_NEEDED = 2

EDGES: Mapping[PaymentStatus, frozenset[PaymentStatus]] = MappingProxyType(
    {
        PaymentStatus.DRAFT: frozenset({PaymentStatus.APPROVED, PaymentStatus.CANCELLED}),
        PaymentStatus.APPROVED: frozenset({PaymentStatus.RELEASED, PaymentStatus.CANCELLED}),
        PaymentStatus.RELEASED: frozenset({PaymentStatus.DISPATCHING, PaymentStatus.CANCELLED}),
        PaymentStatus.DISPATCHING: frozenset({PaymentStatus.SUBMITTED, PaymentStatus.UNKNOWN, PaymentStatus.REJECTED}),
        PaymentStatus.UNKNOWN: frozenset({PaymentStatus.SUBMITTED, PaymentStatus.REJECTED, PaymentStatus.PARKED}),
        PaymentStatus.PARKED: frozenset({PaymentStatus.SUBMITTED, PaymentStatus.REJECTED}),
        PaymentStatus.SUBMITTED: frozenset({PaymentStatus.IN_TRANSIT, PaymentStatus.PAID, PaymentStatus.REJECTED}),
        PaymentStatus.IN_TRANSIT: frozenset({PaymentStatus.PAID, PaymentStatus.REJECTED}),
        PaymentStatus.PAID: frozenset({PaymentStatus.RETURNED}),
        PaymentStatus.RETURNED: frozenset({PaymentStatus.REISSUED}),
        PaymentStatus.REISSUED: frozenset({PaymentStatus.RETURNED}),
        PaymentStatus.REJECTED: frozenset(),
        PaymentStatus.CANCELLED: frozenset(),
    }
)
"""Where a payment may go from where it stands.  The database holds the same list."""

DOUBTFUL = frozenset({PaymentStatus.DISPATCHING, PaymentStatus.UNKNOWN, PaymentStatus.PARKED})
"""States in which we do not know whether the provider has the payment."""
CLOSED = frozenset(
    {
        PaymentStatus.PAID,
        PaymentStatus.RETURNED,
        PaymentStatus.REJECTED,
        PaymentStatus.CANCELLED,
        PaymentStatus.REISSUED,
    }
)
"""States in which nothing more is awaited; a batch is complete when all its payments are in one of them."""


# ── what is paid ─────────────────────────────────────────────────────────────────────────────────────────────────────


class LeftOutReason(StrEnum):
    """Why an instalment that is due is not in a batch."""

    COLLECTIVE = "collective_award"
    """It belongs to no one person's claim."""
    NO_CLAIM = "payee_without_claim"
    CLAIM_CLOSED = "claim_not_open"
    PAYEE_DIED = "payee_died"
    UNDER_AGE = "payee_under_age"
    """By the facts as they are now the payee is a minor whose money is held: it is put in trust."""
    AGE_UNKNOWN = "age_unknown"
    """The rules hold minors' money, and the facts say no more when the payee was born."""
    SUSPENDED = "appeal_or_correction"
    """An open appeal suspends it, or the decision that stands now grants less."""
    OVERPAID = "overpaid_before"
    """It was paid above what stands granted, and came back: what is outstanding is set off first."""
    DUPLICATE = "duplicate_open"
    RETURNED = "returned_before"
    """Its last payment came back: it is reissued, with a new destination, not simply paid again."""
    NO_DESTINATION = "no_destination"
    DESTINATION_UNCHANGED = "destination_unchanged"
    OTHER_CURRENCY = "other_currency"
    UNPAYABLE = "destination_unpayable"


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One payment as the approvers approve it."""

    reference: str
    currency: str
    amount_minor: int
    destination_commitment: bytes
    rail: str
    fund_code: str


def compute_content_sha256(batch_reference: str, items: Sequence[BatchItem]) -> bytes:
    """Hash what a batch would pay, to whom and how, in the order of the payments' references.

    The destination is in it as a commitment: nobody learns it from the hash, and nobody can change it under the hash.
    """
    content = {
        "batch": batch_reference,
        "items": [
            [
                item.reference,
                item.currency,
                item.amount_minor,
                item.destination_commitment.hex(),
                item.rail,
                item.fund_code,
            ]
            for item in sorted(items, key=lambda item: item.reference)
        ],
        "v": 1,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).digest()


def compute_reference(key: bytes, *, claim_reference: str, instalment_number: int, ordinal: int) -> str:
    """Derive a payment's reference: opaque without the key, and the same whenever it is derived."""
    text = f"payment|{claim_reference}|{instalment_number}|{ordinal}"
    return _opaque(key, text)


def compute_message_id(key: bytes, *, batch_reference: str, fund_code: str) -> str:
    """Derive the name a bank knows a file by; it must not say which programme it is."""
    return _opaque(key, f"bank-file|{batch_reference}|{fund_code}")


def _opaque(key: bytes, text: str) -> str:
    digest = hmac.digest(key, text.encode(), hashlib.sha256)
    return base64.b32encode(digest).decode()[:REFERENCE_LENGTH]


def check_carriable(rail: str, details: Mapping[str, str], amount: Money) -> None:
    """Refuse a payment that its rail could not carry, long before anybody approves it.

    Raises:
        UnpayableDetails: see the rails.
    """
    if rail == Rail.STRIPE:
        stripe.check_details(details, amount)
    else:
        bank_file.check_details(details)


# ── who may do what, and when ────────────────────────────────────────────────────────────────────────────────────────


def check_submittable(batch: Batch) -> None:
    """Raise `WrongState` unless the batch is a draft."""
    _check_status(batch, {BatchStatus.DRAFT}, "submitted")


def check_approvable(batch: Batch, approvals: Sequence[BatchApproval], *, officer: Principal) -> None:
    """Refuse an approval by who made the batch or has approved it, and of anything but a submitted batch.

    Raises:
        WrongState, SameOfficer: the database refuses the same.
    """
    _check_status(batch, {BatchStatus.SUBMITTED}, "approved")
    if officer.person_id == batch.created_by:
        raise SameOfficer(
            "Who made a batch does not approve it.", record=batch.reference, remedy="Ask two other officers."
        )
    if any(approval.person_id == officer.person_id for approval in approvals):
        raise SameOfficer(
            "You have approved this batch; the second approval is another person's.", record=batch.reference
        )


def check_releasable(batch: Batch, approvals: Sequence[BatchApproval], *, officer: Principal) -> None:
    """Refuse a release before two approvals, or by who made or approved the batch.

    Raises:
        WrongState, SameOfficer: the database refuses the same.
    """
    _check_status(batch, {BatchStatus.APPROVED}, "released")
    if officer.person_id in {batch.created_by, *(approval.person_id for approval in approvals)}:
        raise SameOfficer("Who made or approved a batch does not release it.", record=batch.reference)


def check_cancellable(batch: Batch) -> None:
    """Raise `WrongState` once a batch is released: from then on its money may be on its way."""
    _check_status(batch, {BatchStatus.DRAFT, BatchStatus.SUBMITTED, BatchStatus.APPROVED}, "cancelled")


def check_withdrawable(payment: Payment, held_back: Collection[HeldBackReason], *, reason: HeldBackReason) -> None:
    """Refuse to withdraw a payment that was or may have been sent, or that nothing, or another reason, holds back.

    Raises:
        WrongState, NotHeldBack: the database refuses the same.
    """
    if payment.status != PaymentStatus.RELEASED:
        raise WrongState(
            f"The payment is {payment.status}; only a released one that was never sent is withdrawn.",
            record=payment.reference,
            remedy="Before its release, cancel the batch; once it was sent, wait for what the bank or provider says.",
        )
    if reason not in held_back:
        what = ", ".join(sorted(held_back)) or "nothing"
        raise NotHeldBack(
            f"{reason} does not hold this payment back; {what} does.", field="reason", record=payment.reference
        )


def check_withdrawer(batch: Batch, approvals: Sequence[BatchApproval], *, officer: Principal) -> None:
    """Refuse a withdrawal by who made, approved or released the payment's batch.

    Raises:
        SameOfficer: the database refuses the same.
    """
    if officer.person_id in {batch.created_by, batch.released_by, *(approval.person_id for approval in approvals)}:
        raise SameOfficer(
            "Who made, approved or released a batch withdraws nothing of it.",
            record=batch.reference,
            remedy="Ask another fund administrator.",
        )


def _check_status(batch: Batch, allowed: Collection[BatchStatus], verb: str) -> None:
    if batch.status not in allowed:
        raise WrongState(
            f"The batch is {batch.status}; it can be {verb} when it is {' or '.join(sorted(allowed))}.",
            record=batch.reference,
        )


# ── what the worker does next, and what an answer means ──────────────────────────────────────────────────────────────


class Step(StrEnum):
    """What to do with a payment that is on its way."""

    SEND = "send"
    """Send, for the first time or again: the same key, the same bytes."""
    LOOK_UP = "look_up"
    """Only ask: the provider may have forgotten the key, and sending again could pay twice."""


def compute_step(*, started_at: datetime, now: datetime, resend_window: timedelta) -> Step:
    """Say whether a payment may still be sent under its key."""
    return Step.SEND if now - started_at < resend_window else Step.LOOK_UP


def compute_path(status: PaymentStatus, outcome: Outcome, *, window_over: bool) -> list[PaymentStatus]:
    """Return the states a payment passes through because of an answer; empty if the answer changes nothing.

    States only move forward.  An answer that comes late or twice changes nothing, and one that contradicts what we
    know (`is_contradiction`) changes nothing either: it is recorded and left to a human.

    Args:
        status: where the payment stands.
        outcome: what was answered.
        window_over: whether it is too late to send again.
    """
    path: list[PaymentStatus] = []
    match outcome:
        case Outcome.ACCEPTED if status in DOUBTFUL:
            path = [PaymentStatus.SUBMITTED]
        case Outcome.IN_TRANSIT | Outcome.PAID | Outcome.RETURNED:
            path = _path_along(status, outcome)
        case Outcome.REJECTED if status in DOUBTFUL | {PaymentStatus.SUBMITTED, PaymentStatus.IN_TRANSIT}:
            path = [PaymentStatus.REJECTED]
        case Outcome.REJECTED if status is PaymentStatus.PAID:
            path = [PaymentStatus.RETURNED]  # said to be paid, then said to have failed: the money came back
        case Outcome.NOT_FOUND if status in {PaymentStatus.DISPATCHING, PaymentStatus.UNKNOWN} and window_over:
            path = [PaymentStatus.UNKNOWN, PaymentStatus.PARKED]
            path = path[1:] if status is PaymentStatus.UNKNOWN else path
        case Outcome.NOT_FOUND | Outcome.UNKNOWN if status is PaymentStatus.DISPATCHING:
            path = [PaymentStatus.UNKNOWN]
        case _:
            pass
    return path


def _path_along(status: PaymentStatus, outcome: Outcome) -> list[PaymentStatus]:
    """The states between where a payment stands and where it is said to have got to, in order."""
    if status in DOUBTFUL | {PaymentStatus.SUBMITTED}:
        reached = {
            Outcome.IN_TRANSIT: [PaymentStatus.IN_TRANSIT],
            Outcome.PAID: [PaymentStatus.PAID],
            Outcome.RETURNED: [PaymentStatus.PAID, PaymentStatus.RETURNED],
        }[outcome]
        return reached if status is PaymentStatus.SUBMITTED else [PaymentStatus.SUBMITTED, *reached]
    if status is PaymentStatus.IN_TRANSIT and outcome is not Outcome.IN_TRANSIT:
        return [PaymentStatus.PAID] if outcome is Outcome.PAID else [PaymentStatus.PAID, PaymentStatus.RETURNED]
    if status is PaymentStatus.PAID and outcome is Outcome.RETURNED:
        return [PaymentStatus.RETURNED]
    return []


def is_contradiction(payment: Payment, outcome: Outcome, provider_ref: str | None) -> bool:
    """Say whether an answer cannot be true together with what we know: a human must look."""
    if provider_ref is not None and payment.provider_ref not in {None, provider_ref}:
        return True
    status = PaymentStatus(payment.status)
    if outcome is Outcome.NOT_FOUND:
        return status not in DOUBTFUL
    if outcome in {Outcome.ACCEPTED, Outcome.IN_TRANSIT, Outcome.PAID, Outcome.RETURNED}:
        return status in {PaymentStatus.REJECTED, PaymentStatus.CANCELLED}
    return False
