"""Deeds of batches and payments."""

from __future__ import annotations

from collections.abc import Mapping

from reparations.ledger.postings.movements import Movement, NewTransfer, new_transfer
from reparations.money import Money


def batch_reserved(batch_id: str, *, totals: Mapping[str, Money]) -> list[NewTransfer]:
    """A batch has been approved: its total is set aside in each fund, and counts against it from now on.

    Args:
        batch_id: the batch.
        totals: what its payments take out of each fund's bank account, by the fund's id; a reissue of returned money
            is not among them, see `reissue_reserved`.
    """
    return [
        new_transfer(f"batch-{batch_id}-{fund_id}-reserved", fund_id, amount, Movement.RESERVED)
        for fund_id, amount in sorted(totals.items())
    ]


def batch_cancelled(batch_id: str, *, totals: Mapping[str, Money]) -> list[NewTransfer]:
    """An approved batch will not be paid: what was set aside goes back to the bank account."""
    return [
        new_transfer(f"batch-{batch_id}-{fund_id}-cancelled", fund_id, amount, Movement.FREED)
        for fund_id, amount in sorted(totals.items())
    ]


def payment_dropped(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """One payment of an approved batch will not be sent: what was set aside for it goes back to the bank account."""
    return [new_transfer(f"payment-{payment_id}-dropped", fund_id, amount, Movement.FREED)]


def payment_dispatched(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """A payment has been handed to the bank or the provider."""
    return [new_transfer(f"payment-{payment_id}-dispatched", fund_id, amount, Movement.DISPATCHED)]


def payments_dispatched(amounts: Mapping[str, int]) -> dict[str, int]:
    """Many payments have been handed to the bank at once: the transfers of `Movement.DISPATCHED`, for `post_batch`.

    Args:
        amounts: minor units by the payment.
    """
    return {f"payment-{payment_id}-dispatched": amount_minor for payment_id, amount_minor in amounts.items()}


def payment_rejected(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The bank or the provider has refused a dispatched payment: its money never left and is free again."""
    return [new_transfer(f"payment-{payment_id}-rejected", fund_id, amount, Movement.REJECTED)]


def payment_settled(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The bank or the provider says that the payee has the money: the obligation is met."""
    return [new_transfer(f"payment-{payment_id}-settled", fund_id, amount, Movement.SETTLED)]


def payment_returned(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Settled money has come back: it is owed again, and kept apart until somebody decides where it goes."""
    return [new_transfer(f"payment-{payment_id}-returned", fund_id, amount, Movement.RETURNED)]


def payment_written_back(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Returned money will not be sent again for now: it goes back to the bank account; the award stays owed."""
    return [new_transfer(f"payment-{payment_id}-written-back", fund_id, amount, Movement.WRITTEN_BACK)]


def reissue_reserved(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """A batch with a reissue has been approved: the returned money is set aside for the new payment `payment_id`."""
    return [new_transfer(f"payment-{payment_id}-reissue-reserved", fund_id, amount, Movement.REISSUE_RESERVED)]


def reissue_cancelled(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The new payment `payment_id` will not be sent: its money is returned money again."""
    return [new_transfer(f"payment-{payment_id}-reissue-cancelled", fund_id, amount, Movement.REISSUE_FREED)]
