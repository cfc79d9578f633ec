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


def instrument_received(pledge_id: str, contribution_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Money nobody had pledged has arrived: its instrument binds the giver and is met at once."""
    return [
        *pledge_recorded(pledge_id, fund_id=fund_id, amount=amount),
        *contribution_received(contribution_id, fund_id=fund_id, amount=amount),
    ]


def pledge_reduced(reduction_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """So much of a pledge will not come: the reverse of pledging it."""
    return [new_transfer(f"reduction-{reduction_id}-recorded", fund_id, amount, Movement.PLEDGE_MET)]


def interest_received(interest_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The bank has paid for keeping the money."""
    return [new_transfer(f"interest-{interest_id}-received", fund_id, amount, Movement.INTEREST)]


def cost_paid(cost_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Running the programme has cost so much."""
    return [new_transfer(f"cost-{cost_id}-paid", fund_id, amount, Movement.COST)]


def contribution_refunded(refund_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Unspent money has gone back to its donor."""
    return [new_transfer(f"refund-{refund_id}-paid", fund_id, amount, Movement.REFUNDED)]


def money_moved(move_id: str, *, from_fund_id: str, to_fund_id: str, amount: Money) -> list[NewTransfer]:
    """Money has passed from one fund to another, both sides in one deed."""
    return [
        new_transfer(f"move-{move_id}-given", from_fund_id, amount, Movement.LENT_OUT),
        new_transfer(f"move-{move_id}-taken", to_fund_id, amount, Movement.TAKEN_IN),
    ]
