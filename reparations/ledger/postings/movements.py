"""What a transfer is made of, and every pair of accounts that a deed moves money between."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from reparations.ledger.models import AccountCode
from reparations.money import Money

REVERSED = "-reversed"
"""How the id of a transfer ends that undoes another."""


class NewTransfer(NamedTuple):
    """A transfer to be posted: `amount_minor` of `currency` from the account `credit` to the account `debit`."""

    id: str
    fund_id: str
    currency: str
    debit: AccountCode
    credit: AccountCode
    amount_minor: int
    reverses_id: str | None = None


class Movement(Enum):
    """(debit, credit), by what it means.  The database refuses any other pair, save where a transfer reverses one."""

    PLEDGED = (AccountCode.PLEDGES_RECEIVABLE, AccountCode.PLEDGES)
    PLEDGE_MET = (AccountCode.PLEDGES, AccountCode.PLEDGES_RECEIVABLE)
    RECEIVED = (AccountCode.BANK, AccountCode.CONTRIBUTIONS)
    INTEREST = (AccountCode.BANK, AccountCode.INTEREST)
    REFUNDED = (AccountCode.REFUNDS, AccountCode.BANK)
    FEE = (AccountCode.FEES, AccountCode.BANK)
    COST = (AccountCode.COSTS, AccountCode.BANK)
    AWARDED = (AccountCode.AWARDS, AccountCode.AWARDS_PAYABLE)
    AWARD_WRITTEN_BACK = (AccountCode.AWARDS_PAYABLE, AccountCode.AWARDS)
    PUT_IN_TRUST = (AccountCode.AWARDS_PAYABLE, AccountCode.HELD_IN_TRUST)
    TRUST_RELEASED = (AccountCode.HELD_IN_TRUST, AccountCode.AWARDS_PAYABLE)
    RESERVED = (AccountCode.RESERVED, AccountCode.BANK)
    FREED = (AccountCode.BANK, AccountCode.RESERVED)
    DISPATCHED = (AccountCode.IN_TRANSIT, AccountCode.RESERVED)
    REJECTED = (AccountCode.BANK, AccountCode.IN_TRANSIT)
    SETTLED = (AccountCode.AWARDS_PAYABLE, AccountCode.IN_TRANSIT)
    RETURNED = (AccountCode.RETURNED, AccountCode.AWARDS_PAYABLE)
    WRITTEN_BACK = (AccountCode.BANK, AccountCode.RETURNED)
    REISSUE_RESERVED = (AccountCode.RESERVED, AccountCode.RETURNED)
    REISSUE_FREED = (AccountCode.RETURNED, AccountCode.RESERVED)
    OVERPAID = (AccountCode.OVERPAYMENTS, AccountCode.AWARDS)
    PAID_BACK = (AccountCode.BANK, AccountCode.OVERPAYMENTS)
    SET_OFF = (AccountCode.AWARDS_PAYABLE, AccountCode.OVERPAYMENTS)
    WAIVED = (AccountCode.WAIVERS, AccountCode.OVERPAYMENTS)
    LENT_OUT = (AccountCode.INTERFUND, AccountCode.BANK)
    TAKEN_IN = (AccountCode.BANK, AccountCode.INTERFUND)
    SOLD = (AccountCode.EXCHANGE, AccountCode.BANK)
    BOUGHT = (AccountCode.BANK, AccountCode.EXCHANGE)
    EXCHANGE_GAIN = (AccountCode.EXCHANGE, AccountCode.EXCHANGE_GAINS)
    EXCHANGE_LOSS = (AccountCode.EXCHANGE_LOSSES, AccountCode.EXCHANGE)
    OPENED_BANK = (AccountCode.BANK, AccountCode.OPENING)
    OPENED_IN_TRANSIT = (AccountCode.IN_TRANSIT, AccountCode.OPENING)
    OPENED_RETURNED = (AccountCode.RETURNED, AccountCode.OPENING)
    OPENED_OVERPAYMENTS = (AccountCode.OVERPAYMENTS, AccountCode.OPENING)
    OPENED_AWARDS_PAYABLE = (AccountCode.OPENING, AccountCode.AWARDS_PAYABLE)
    OPENED_HELD_IN_TRUST = (AccountCode.OPENING, AccountCode.HELD_IN_TRUST)
    NOT_OWED = (AccountCode.AWARDS_PAYABLE, AccountCode.OPENING)


MOVEMENTS: frozenset[tuple[AccountCode, AccountCode]] = frozenset(movement.value for movement in Movement)
"""Every (debit, credit) the books know."""


def new_transfer(deed: str, fund_id: str, amount: Money, movement: Movement) -> NewTransfer:
    """Make the transfer of a deed: `amount`, from the account `movement` credits to the one it debits."""
    return NewTransfer(deed, fund_id, amount.currency, *movement.value, amount.amount_minor)


def reversal(transfers: Sequence[NewTransfer]) -> list[NewTransfer]:
    """Undo posted transfers, as a correction of the books: same amounts, sides swapped, each naming what it undoes."""
    return [
        transfer._replace(
            id=f"{transfer.id}{REVERSED}", debit=transfer.credit, credit=transfer.debit, reverses_id=transfer.id
        )
        for transfer in transfers
    ]
