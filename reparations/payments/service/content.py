"""What a batch would pay, read afresh: the frozen hash is compared with this before every step towards paying."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlmodel import Session

from reparations.eligibility.queries import find_suspended
from reparations.payments import queries, rules
from reparations.payments.errors import ContentChanged
from reparations.payments.models import Batch, Payment
from reparations.registry import queries as registry
from reparations.registry.models import ClaimStatus, DestinationStatus, PaymentDestination
from reparations.vault import commitment


def commit_to_details(session: Session, destination: PaymentDestination, details: Mapping[str, str]) -> bytes:
    """Commit to a destination's details under the payee's own blind; erased with the payee."""
    spelled = json.dumps([destination.rail, dict(details)], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return commitment(session, destination.party_id, spelled.encode())


def open_details(session: Session, payment: Payment, destination: PaymentDestination) -> dict[str, str]:
    """Open where a payment goes.

    Raises:
        ContentChanged: the details are not those that were approved.
    """
    details = registry.open_destination(session, destination)
    if commit_to_details(session, destination, details) != payment.destination_commitment:
        raise _changed(payment.reference, "its destination is not the one that was frozen")
    return details


def compute_batch_content(session: Session, batch: Batch, payments: Sequence[Payment]) -> bytes:
    """Hash what the batch would pay now, from the destinations as they now are.

    Raises:
        ContentChanged: a destination was changed or superseded, a payee has died, an appeal suspends a payment, a
            claim was closed, or a pair of possible duplicates is open: what the approvers see is not what would happen.
    """
    destinations = queries.find_destinations_by_id(session, [payment.destination_id for payment in payments])
    deceased = registry.find_deceased(session, [payment.payee_party_id for payment in payments])
    suspended = find_suspended(session, [payment.instalment_id for payment in payments])
    claims = queries.find_claims(session, [payment.claim_id for payment in payments])
    through = {claim.through_claim_id for claim in claims.values() if claim.through_claim_id is not None}
    duplicates = registry.find_open_duplicates(session, claims.keys() | through)
    funds = queries.find_fund_codes(session, [payment.fund_id for payment in payments])
    items = []
    for payment in payments:
        destination, claim = destinations[payment.destination_id], claims[payment.claim_id]
        for reason, holds in (
            ("its payee has died", payment.payee_party_id in deceased),
            ("an appeal suspends it, or its decision grants it no more", payment.instalment_id in suspended),
            ("its claim is closed", claim.status != ClaimStatus.OPEN),
            ("its payee may be registered twice", bool({claim.id, claim.through_claim_id} & duplicates)),
            ("its payee has another destination now", destination.status != DestinationStatus.ACTIVE),
            ("its rail is not its destination's", destination.rail != payment.rail),
        ):
            if holds:
                raise _changed(payment.reference, reason)
        open_details(session, payment, destination)
        items.append(
            rules.BatchItem(
                reference=payment.reference,
                currency=payment.currency,
                amount_minor=payment.amount_minor,
                destination_commitment=payment.destination_commitment,
                rail=payment.rail,
                fund_code=funds[payment.fund_id],
            )
        )
    return rules.compute_content_sha256(batch.reference, items)


def check_content(session: Session, batch: Batch, payments: Sequence[Payment]) -> None:
    """Refuse to go on with a batch whose content is no longer what was frozen.

    Raises:
        ContentChanged: every approval given to it is void.
    """
    if compute_batch_content(session, batch, payments) != batch.content_sha256:
        raise ContentChanged(
            "What the batch would pay is no longer what was frozen; the approvals given to it are void.",
            record=batch.reference,
            remedy="Cancel the batch and assemble it anew.",
        )


def _changed(reference: str, reason: str) -> ContentChanged:
    return ContentChanged(
        f"A payment of the batch has changed since it was frozen: {reason}; the approvals given to the batch are void.",
        record=reference,
        remedy="Cancel the batch and assemble it anew.",
    )
