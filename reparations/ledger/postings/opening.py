"""The deeds that open books with the balances of another system, and clear these balances afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from reparations.ledger.models import OPENABLE, AccountCode, ClearanceKind
from reparations.ledger.postings.movements import REVERSED, Movement, NewTransfer, new_transfer
from reparations.money import Money

_MOVEMENTS = {
    AccountCode.BANK: Movement.OPENED_BANK,
    AccountCode.IN_TRANSIT: Movement.OPENED_IN_TRANSIT,
    AccountCode.RETURNED: Movement.OPENED_RETURNED,
    AccountCode.OVERPAYMENTS: Movement.OPENED_OVERPAYMENTS,
    AccountCode.AWARDS_PAYABLE: Movement.OPENED_AWARDS_PAYABLE,
    AccountCode.HELD_IN_TRUST: Movement.OPENED_HELD_IN_TRUST,
}


def books_opened(sheet_id: str, balances: Iterable[tuple[str, AccountCode, Money]]) -> list[NewTransfer]:
    """Take over balances, by fund and account: what is held first, so that what is owed is covered when it comes."""
    ordered = sorted(balances, key=lambda balance: (OPENABLE.index(balance[1]), balance[0], balance[2].currency))
    return [
        new_transfer(f"opening-{sheet_id}-{fund_id}-{amount.currency}-{code}", fund_id, amount, _MOVEMENTS[code])
        for fund_id, code, amount in ordered
        if amount.amount_minor
    ]


CLEARING: dict[ClearanceKind, dict[str, Movement]] = {
    ClearanceKind.SETTLED: {"settled": Movement.SETTLED},
    ClearanceKind.REJECTED: {"rejected": Movement.REJECTED},
    ClearanceKind.WRITTEN_BACK: {"written-back": Movement.WRITTEN_BACK},
    # The way of every payment, in one entry: what is paid is counted where payments are settled, and nowhere else.
    ClearanceKind.PAID: {"reserved": Movement.RESERVED, "sent": Movement.DISPATCHED, "paid": Movement.SETTLED},
    # Never an expense of these books, so nothing is taken off their awards.
    ClearanceKind.NOT_OWED: {"not-owed": Movement.NOT_OWED},
    ClearanceKind.REPAID: {"repaid": Movement.PAID_BACK},
    ClearanceKind.WAIVED: {"waived": Movement.WAIVED},
    ClearanceKind.RELEASED: {"released": Movement.TRUST_RELEASED},
}
"""What each kind of clearance posts, by the end of the transfer's name."""


def name_clearance(sheet_id: str, clearance_id: str) -> str:
    """Name the entry of a clearance; its transfers begin with the same."""
    return f"opening-{sheet_id}-cleared-{clearance_id}"


def opening_cleared(
    sheet_id: str, clearance_id: str, *, kind: ClearanceKind, fund_id: str, amount: Money
) -> list[NewTransfer]:
    """So much of what a book was opened with is on its way, come back, owed, overpaid or held in trust no more."""
    entry = name_clearance(sheet_id, clearance_id)
    return [new_transfer(f"{entry}-{deed}", fund_id, amount, movement) for deed, movement in CLEARING[kind].items()]


def opening_in_transit_of(transfer_id: str, fund_id: str, currency: str) -> str:
    """Name what a transfer through `in_transit` is about: of an arrival or a rejection, the balance brought over.

    What is taken back is about the same as what it undoes.
    """
    entry, _, deed = transfer_id.removesuffix(REVERSED).rpartition("-")
    sheet, cleared, _ = transfer_id.partition("-cleared-")
    if not cleared or not sheet.startswith("opening-"):
        return transfer_id
    if deed in CLEARING[ClearanceKind.PAID]:
        return entry
    return f"{sheet}-{fund_id}-{currency}-{AccountCode.IN_TRANSIT}"
