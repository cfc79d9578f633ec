"""The deeds that move money, each as the transfers it posts.  Pure; nobody else spells an account's code.

Ids come from the deed, so that doing it twice posts it once.  A fund's money goes round like this::

    pledge recorded       debit pledges_receivable   credit pledges
    contribution received debit bank                 credit contributions     (and the pledge is met by as much)
    award recognised      debit awards               credit awards_payable
    batch approved        debit reserved             credit bank
    payment dispatched    debit in_transit           credit reserved
    payment settled       debit awards_payable       credit in_transit
    payment returned      debit returned             credit awards_payable
    reissue approved      debit reserved             credit returned
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reparations.ledger.models import AccountCode
from reparations.money import Money


class NewTransfer(NamedTuple):
    """A transfer to be posted: `amount_minor` of `currency` from the account `credit` to the account `debit`."""

    id: str
    fund_id: str
    currency: str
    debit: AccountCode
    credit: AccountCode
    amount_minor: int
    reverses_id: str | None = None


Movement = tuple[AccountCode, AccountCode]
"""(debit, credit)."""

_PLEDGED: Movement = (AccountCode.PLEDGES_RECEIVABLE, AccountCode.PLEDGES)
_PLEDGE_MET: Movement = (AccountCode.PLEDGES, AccountCode.PLEDGES_RECEIVABLE)
_RECEIVED: Movement = (AccountCode.BANK, AccountCode.CONTRIBUTIONS)
_FEE: Movement = (AccountCode.FEES, AccountCode.BANK)
_AWARDED: Movement = (AccountCode.AWARDS, AccountCode.AWARDS_PAYABLE)
_RESERVED: Movement = (AccountCode.RESERVED, AccountCode.BANK)
_FREED: Movement = (AccountCode.BANK, AccountCode.RESERVED)
_DISPATCHED: Movement = (AccountCode.IN_TRANSIT, AccountCode.RESERVED)
_REJECTED: Movement = (AccountCode.BANK, AccountCode.IN_TRANSIT)
_SETTLED: Movement = (AccountCode.AWARDS_PAYABLE, AccountCode.IN_TRANSIT)
_RETURNED: Movement = (AccountCode.RETURNED, AccountCode.AWARDS_PAYABLE)
_WRITTEN_BACK: Movement = (AccountCode.BANK, AccountCode.RETURNED)
_REISSUE_RESERVED: Movement = (AccountCode.RESERVED, AccountCode.RETURNED)
_REISSUE_FREED: Movement = (AccountCode.RETURNED, AccountCode.RESERVED)

MOVEMENTS: frozenset[Movement] = frozenset(
    {
        _PLEDGED,
        _PLEDGE_MET,
        _RECEIVED,
        _FEE,
        _AWARDED,
        _RESERVED,
        _FREED,
        _DISPATCHED,
        _REJECTED,
        _SETTLED,
        _RETURNED,
        _WRITTEN_BACK,
        _REISSUE_RESERVED,
        _REISSUE_FREED,
    }
)
"""Every movement the books know; the database refuses any other, save where a transfer reverses one of these."""


def pledge_recorded(pledge_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """A donor has promised money: it is receivable, and nothing can be paid with it."""
    return [_transfer(f"pledge-{pledge_id}-recorded", fund_id, amount, _PLEDGED)]


def contribution_received(contribution_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Pledged money has arrived at the bank; the pledge is met by as much."""
    deed = f"contribution-{contribution_id}"
    return [
        _transfer(f"{deed}-received", fund_id, amount, _RECEIVED),
        _transfer(f"{deed}-met", fund_id, amount, _PLEDGE_MET),
    ]


def fee_charged(fee_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The bank or a provider has kept a fee."""
    return [_transfer(f"fee-{fee_id}-charged", fund_id, amount, _FEE)]


def award_recognised(award_id: str, *, funding: Mapping[str, Money]) -> list[NewTransfer]:
    """An award has become an obligation of the funds that pay for it.

    Args:
        award_id: the award.
        funding: what each fund pays of it, by the fund's id.
    """
    return [
        _transfer(f"award-{award_id}-{fund_id}-recognised", fund_id, amount, _AWARDED)
        for fund_id, amount in sorted(funding.items())
    ]


def batch_reserved(batch_id: str, *, totals: Mapping[str, Money]) -> list[NewTransfer]:
    """A batch has been approved: its total is set aside in each fund, and counts against it from now on.

    Args:
        batch_id: the batch.
        totals: what its payments take out of each fund's bank account, by the fund's id; a reissue of returned money
            is not among them, see `reissue_reserved`.
    """
    return [
        _transfer(f"batch-{batch_id}-{fund_id}-reserved", fund_id, amount, _RESERVED)
        for fund_id, amount in sorted(totals.items())
    ]


def batch_cancelled(batch_id: str, *, totals: Mapping[str, Money]) -> list[NewTransfer]:
    """An approved batch will not be paid: what was set aside goes back to the bank account."""
    return [
        _transfer(f"batch-{batch_id}-{fund_id}-cancelled", fund_id, amount, _FREED)
        for fund_id, amount in sorted(totals.items())
    ]


def payment_dropped(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """One payment of an approved batch will not be sent: what was set aside for it goes back to the bank account."""
    return [_transfer(f"payment-{payment_id}-dropped", fund_id, amount, _FREED)]


def payment_dispatched(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """A payment has been handed to the bank or the provider."""
    return [_transfer(f"payment-{payment_id}-dispatched", fund_id, amount, _DISPATCHED)]


def payment_rejected(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The bank or the provider has refused a dispatched payment: its money never left and is free again."""
    return [_transfer(f"payment-{payment_id}-rejected", fund_id, amount, _REJECTED)]


def payment_settled(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The bank or the provider says that the payee has the money: the obligation is met."""
    return [_transfer(f"payment-{payment_id}-settled", fund_id, amount, _SETTLED)]


def payment_returned(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Settled money has come back: it is owed again, and kept apart until somebody decides where it goes."""
    return [_transfer(f"payment-{payment_id}-returned", fund_id, amount, _RETURNED)]


def payment_written_back(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Returned money will not be sent again for now: it goes back to the bank account; the award stays owed."""
    return [_transfer(f"payment-{payment_id}-written-back", fund_id, amount, _WRITTEN_BACK)]


def reissue_reserved(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """A batch with a reissue has been approved: the returned money is set aside for the new payment `payment_id`."""
    return [_transfer(f"payment-{payment_id}-reissue-reserved", fund_id, amount, _REISSUE_RESERVED)]


def reissue_cancelled(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The new payment `payment_id` will not be sent: its money is returned money again."""
    return [_transfer(f"payment-{payment_id}-reissue-cancelled", fund_id, amount, _REISSUE_FREED)]


def reversal(transfers: Sequence[NewTransfer]) -> list[NewTransfer]:
    """Undo posted transfers, as a correction of the books: same amounts, sides swapped, each naming what it undoes."""
    return [
        transfer._replace(
            id=f"{transfer.id}-reversed", debit=transfer.credit, credit=transfer.debit, reverses_id=transfer.id
        )
        for transfer in transfers
    ]


def _transfer(deed: str, fund_id: str, amount: Money, movement: Movement) -> NewTransfer:
    return NewTransfer(deed, fund_id, amount.currency, *movement, amount.amount_minor)
