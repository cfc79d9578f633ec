"""Deeds of money that comes in, and what keeping it costs."""

from __future__ import annotations

from reparations.ledger.postings.movements import Movement, NewTransfer, new_transfer
from reparations.money import Money


def pledge_recorded(pledge_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """A donor has promised money: it is receivable, and nothing can be paid with it."""
    return [new_transfer(f"pledge-{pledge_id}-recorded", fund_id, amount, Movement.PLEDGED)]


def contribution_received(contribution_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Pledged money has arrived at the bank; the pledge is met by as much."""
    deed = f"contribution-{contribution_id}"
    return [
        new_transfer(f"{deed}-received", fund_id, amount, Movement.RECEIVED),
        new_transfer(f"{deed}-met", fund_id, amount, Movement.PLEDGE_MET),
    ]


def fee_charged(fee_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The bank or a provider has kept a fee."""
    return [new_transfer(f"fee-{fee_id}-charged", fund_id, amount, Movement.FEE)]
