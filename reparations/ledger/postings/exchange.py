"""Deeds of money exchanged between the currencies of one fund.

Each currency has its own `exchange` account, and no transfer has two currencies: what is sold goes into the one, what
is bought comes out of the other, and a gain or loss stands in the currency it is measured in.
"""

from __future__ import annotations

from reparations.ledger.postings.movements import Movement, NewTransfer, new_transfer
from reparations.money import Money


def money_exchanged(step_id: str, *, fund_id: str, sold: Money, bought: Money, gain: Money) -> list[NewTransfer]:
    """The bank has taken one amount and given another; the difference to what it had cost is realised."""
    deed = f"exchange-{step_id}"
    return [
        new_transfer(f"{deed}-sold", fund_id, sold, Movement.SOLD),
        new_transfer(f"{deed}-bought", fund_id, bought, Movement.BOUGHT),
        *position_gained(step_id, fund_id=fund_id, gain=gain),
    ]


def position_gained(step_id: str, *, fund_id: str, gain: Money) -> list[NewTransfer]:
    """A position is worth more, or less, than it was carried at; nothing is posted where it is worth the same."""
    deed = f"exchange-{step_id}"
    if gain.amount_minor > 0:
        return [new_transfer(f"{deed}-gained", fund_id, gain, Movement.EXCHANGE_GAIN)]
    if gain.amount_minor < 0:
        loss = Money(-gain.amount_minor, gain.currency)
        return [new_transfer(f"{deed}-lost", fund_id, loss, Movement.EXCHANGE_LOSS)]
    return []
