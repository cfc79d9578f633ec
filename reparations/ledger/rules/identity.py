"""Where a fund's money is, and that it is all there.  Pure."""

from __future__ import annotations

from dataclasses import dataclass

from reparations.ledger.errors import IdentityBroken
from reparations.ledger.models import AccountCode
from reparations.money import Money, Total

_CREDIT_SIDE = frozenset(
    {
        AccountCode.PLEDGES,
        AccountCode.CONTRIBUTIONS,
        AccountCode.INTEREST,
        AccountCode.EXCHANGE_GAINS,
        AccountCode.OPENING,
        AccountCode.INTERFUND,
        AccountCode.EXCHANGE,
        AccountCode.AWARDS_PAYABLE,
        AccountCode.HELD_IN_TRUST,
    }
)


def normal_balance(code: AccountCode, amount_minor: int) -> int:
    """Turn debits less credits into the figure an accountant reads: positive on the account's normal side.

    Of a position (`opening`, `interfund`, `exchange`) that is what came in through it, less what went out.
    """
    return -amount_minor if code in _CREDIT_SIDE else amount_minor


@dataclass(frozen=True, slots=True)
class Flows:
    """What is counted from the transfers, and not read from the balances."""

    paid: Money
    """Settled and not returned."""
    paid_back: Money
    """Overpayments that came back as money."""
    opening_cash: Money
    """Money held on the day the books were opened."""
    opening_owed: Money
    """What was owed to victims on that day, less what they had been overpaid."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a fund's money of one currency is.  Every figure is positive where the world is in order.

    What came in is either with the payees or still accounted for::

        contributions + interest + opening_cash + exchanged_in + from_other_funds + paid_back
            = paid + in_transit + returned + fees + costs + refunds + reserved + bank

    The flows are counted from the transfers, everything else read from the balances, so that the two sides are not the
    same sum twice.
    """

    fund_id: str
    currency: str
    flows: Flows
    balances: dict[AccountCode, Money]
    """Every account of the chart, positive on its normal side."""

    def __getitem__(self, code: AccountCode) -> Total:
        """Return what stands on an account; a total, so that it can be added to others."""
        return Total(self.balances[code].amount_minor, self.currency)

    @property
    def exchanged_in(self) -> Money:
        """Money bought with other currencies less money sold for them; a gain or a loss is neither."""
        return self[AccountCode.EXCHANGE] + self[AccountCode.EXCHANGE_GAINS] - self[AccountCode.EXCHANGE_LOSSES]

    @property
    def came_in(self) -> Money:
        """The left side of the identity."""
        return (
            self[AccountCode.CONTRIBUTIONS]
            + self[AccountCode.INTEREST]
            + self.flows.opening_cash
            + self.exchanged_in
            + self[AccountCode.INTERFUND]
            + self.flows.paid_back
        )

    @property
    def held(self) -> Money:
        """Money that is still ours: free, set aside, on its way, or come back."""
        return (
            self[AccountCode.BANK]
            + self[AccountCode.RESERVED]
            + self[AccountCode.IN_TRANSIT]
            + self[AccountCode.RETURNED]
        )

    @property
    def owed(self) -> Money:
        """Awarded and not yet paid, money held in trust included."""
        return self[AccountCode.AWARDS_PAYABLE] + self[AccountCode.HELD_IN_TRUST]

    @property
    def accounted_for(self) -> Money:
        """The right side of the identity."""
        spent = self[AccountCode.FEES] + self[AccountCode.COSTS] + self[AccountCode.REFUNDS]
        return spent + self.flows.paid + self.held

    @property
    def faults(self) -> dict[str, Money]:
        """By how much each statement fails, by its name; empty where the books are right."""
        awarded = (
            self[AccountCode.AWARDS]
            + self[AccountCode.OVERPAYMENTS]
            + self[AccountCode.WAIVERS]
            + self.flows.paid_back
            + self.flows.opening_owed
        )
        statements = {
            "what came in = paid + fees + costs + refunds + held": (self.came_in, self.accounted_for),
            "awarded = paid + owed": (awarded, self.owed + self.flows.paid),
            "uncommitted = held - owed": (self[AccountCode.UNCOMMITTED], self.held - self.owed),
            "pledges = pledges_receivable": (self[AccountCode.PLEDGES], self[AccountCode.PLEDGES_RECEIVABLE]),
        }
        return {statement: left - right for statement, (left, right) in statements.items() if left != right}


def check_identity(identity: Identity) -> None:
    """Refuse books that do not add up.

    Raises:
        IdentityBroken: naming each statement that fails, and by how much.
    """
    if faults := identity.faults:
        raise IdentityBroken(
            "The books do not add up: "
            + "; ".join(f"{statement} fails by {difference}" for statement, difference in faults.items())
            + ".",
            record=identity.fund_id,
            remedy="Run `reparations ledger verify`: it names the record that was changed.",
        )
