"""The deed that opens books with the balances of another system."""

from __future__ import annotations

from collections.abc import Iterable

from reparations.ledger.models import OPENABLE, AccountCode
from reparations.ledger.postings.movements import Movement, NewTransfer, new_transfer
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
