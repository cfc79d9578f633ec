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


MOVEMENTS: frozenset[tuple[AccountCode, AccountCode]] = frozenset(
    {
        (AccountCode.PLEDGES_RECEIVABLE, AccountCode.PLEDGES),
        (AccountCode.PLEDGES, AccountCode.PLEDGES_RECEIVABLE),
        (AccountCode.BANK, AccountCode.CONTRIBUTIONS),
        (AccountCode.FEES, AccountCode.BANK),
        (AccountCode.AWARDS, AccountCode.AWARDS_PAYABLE),
        (AccountCode.RESERVED, AccountCode.BANK),
        (AccountCode.BANK, AccountCode.RESERVED),
        (AccountCode.IN_TRANSIT, AccountCode.RESERVED),
        (AccountCode.BANK, AccountCode.IN_TRANSIT),
        (AccountCode.AWARDS_PAYABLE, AccountCode.IN_TRANSIT),
        (AccountCode.RETURNED, AccountCode.AWARDS_PAYABLE),
        (AccountCode.RESERVED, AccountCode.RETURNED),
        (AccountCode.RETURNED, AccountCode.RESERVED),
        (AccountCode.BANK, AccountCode.RETURNED),
    }
)
"""Every (debit, credit) the books know; the database refuses any other, save where a transfer reverses one of these."""


def pledge_recorded(pledge_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """A donor has promised money: it is receivable, and nothing can be paid with it."""
    return [
        _transfer(
            f"pledge-{pledge_id}-recorded", fund_id, amount, AccountCode.PLEDGES_RECEIVABLE, AccountCode.PLEDGES
        )
    ]


def contribution_received(contribution_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Pledged money has arrived at the bank; the pledge is met by as much."""
    deed = f"contribution-{contribution_id}"
    return [
        _transfer(f"{deed}-received", fund_id, amount, AccountCode.BANK, AccountCode.CONTRIBUTIONS),
        _transfer(f"{deed}-met", fund_id, amount, AccountCode.PLEDGES, AccountCode.PLEDGES_RECEIVABLE),
    ]


def fee_charged(fee_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The bank or a provider has kept a fee."""
    return [_transfer(f"fee-{fee_id}-charged", fund_id, amount, AccountCode.FEES, AccountCode.BANK)]


def award_recognised(award_id: str, *, funding: Mapping[str, Money]) -> list[NewTransfer]:
    """An award has become an obligation of the funds that pay for it.

    Args:
        award_id: the award.
        funding: what each fund pays of it, by the fund's id.
    """
    return [
        _transfer(f"award-{award_id}-{fund_id}-recognised", fund_id, amount, AccountCode.AWARDS, AccountCode.AWARDS_PAYABLE)
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
        _transfer(f"batch-{batch_id}-{fund_id}-reserved", fund_id, amount, AccountCode.RESERVED, AccountCode.BANK)
        for fund_id, amount in sorted(totals.items())
    ]


def batch_cancelled(batch_id: str, *, totals: Mapping[str, Money]) -> list[NewTransfer]:
    """An approved batch will not be paid: what was set aside goes back to the bank account."""
    return [
        _transfer(f"batch-{batch_id}-{fund_id}-cancelled", fund_id, amount, AccountCode.BANK, AccountCode.RESERVED)
        for fund_id, amount in sorted(totals.items())
    ]


def payment_dropped(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """One payment of an approved batch will not be sent: what was set aside for it goes back to the bank account."""
    return [_transfer(f"payment-{payment_id}-dropped", fund_id, amount, AccountCode.BANK, AccountCode.RESERVED)]


def payment_dispatched(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """A payment has been handed to the bank or the provider."""
    return [_transfer(f"payment-{payment_id}-dispatched", fund_id, amount, AccountCode.IN_TRANSIT, AccountCode.RESERVED)]


def payment_rejected(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The bank or the provider has refused a dispatched payment: its money never left and is free again."""
    return [_transfer(f"payment-{payment_id}-rejected", fund_id, amount, AccountCode.BANK, AccountCode.IN_TRANSIT)]


def payment_settled(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The bank or the provider says that the payee has the money: the obligation is met."""
    return [
        _transfer(f"payment-{payment_id}-settled", fund_id, amount, AccountCode.AWARDS_PAYABLE, AccountCode.IN_TRANSIT)
    ]


def payment_returned(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Settled money has come back: it is owed again, and kept apart until somebody decides where it goes."""
    return [
        _transfer(f"payment-{payment_id}-returned", fund_id, amount, AccountCode.RETURNED, AccountCode.AWARDS_PAYABLE)
    ]


def payment_written_back(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """Returned money will not be sent again for now: it goes back to the bank account; the award stays owed."""
    return [_transfer(f"payment-{payment_id}-written-back", fund_id, amount, AccountCode.BANK, AccountCode.RETURNED)]


def reissue_reserved(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """A batch with a reissue has been approved: the returned money is set aside for the new payment `payment_id`."""
    return [
        _transfer(f"payment-{payment_id}-reissue-reserved", fund_id, amount, AccountCode.RESERVED, AccountCode.RETURNED)
    ]


def reissue_cancelled(payment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The new payment `payment_id` will not be sent: its money is returned money again."""
    return [
        _transfer(f"payment-{payment_id}-reissue-cancelled", fund_id, amount, AccountCode.RETURNED, AccountCode.RESERVED)
    ]


def reversal(transfers: Sequence[NewTransfer]) -> list[NewTransfer]:
    """Undo posted transfers, as a correction of the books: same amounts, sides swapped, each naming what it undoes."""
    return [
        transfer._replace(
            id=f"{transfer.id}-reversed", debit=transfer.credit, credit=transfer.debit, reverses_id=transfer.id
        )
        for transfer in transfers
    ]


def _transfer(deed: str, fund_id: str, amount: Money, debit: AccountCode, credit: AccountCode) -> NewTransfer:
    return NewTransfer(deed, fund_id, amount.currency, debit, credit, amount.amount_minor)
