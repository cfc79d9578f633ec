"""What is true of pledges and receipts.  Pure."""

from __future__ import annotations

from reparations.ledger.errors import EntryMalformed, PledgeExceeded
from reparations.money import Money


def check_gift(amount: Money) -> None:
    """Refuse a pledge or a receipt of nothing.

    Raises:
        EntryMalformed: `amount` is not positive.
    """
    if amount.amount_minor <= 0:
        raise EntryMalformed("A pledge or a receipt is of more than nothing.", field="amount")


def check_receivable(reference: str, *, pledged: Money, received: Money, amount: Money) -> None:
    """Refuse a receipt that would take a pledge above what was pledged.

    Raises:
        PledgeExceeded: `received` and `amount` together are more than `pledged`.
        CurrencyMismatch: the money came in another currency than was pledged.
    """
    open_amount = pledged - received
    if open_amount < amount:
        raise PledgeExceeded(
            f"{open_amount} of the pledge is still open; {amount} cannot be received against it.",
            field="amount",
            record=reference,
            remedy="Record a further pledge for the rest, with the donor's letter as its citation.",
        )
