"""Which contribution of a fund paid for what: first in, first out.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from reparations.money import Money


class UseKind(StrEnum):
    """What a fund's money was used for."""

    AWARD = "award"
    COST = "cost"
    FEE = "fee"
    MOVED = "moved"
    """Given to another fund."""
    EXCHANGED = "exchanged"
    """Sold for another currency."""


@dataclass(frozen=True, slots=True)
class Gift:
    """A contribution to the fund, less what went back to its donor."""

    contribution_id: str
    received_on: date
    amount: Money
    """Received, less refunds of it; not negative."""


@dataclass(frozen=True, slots=True)
class Use:
    """Money of the fund that is committed or gone."""

    kind: UseKind
    key: str
    """The award's id; of anything else the id of the transfer."""
    recorded_at: datetime
    amount: Money


@dataclass(frozen=True, slots=True)
class Attribution:
    """So much of a use was paid for by one contribution."""

    kind: UseKind
    key: str
    contribution_id: str | None
    """None where the contributions were used up: interest, money from other funds or an opening balance paid."""
    amount: Money


@dataclass(frozen=True, slots=True)
class AttributedFund:
    """A fund's uses with the contributions that paid for them, and what is left of each contribution."""

    attributions: tuple[Attribution, ...]
    unspent: tuple[tuple[str, Money], ...]
    """(contribution, what is left of it), in the order in which they are spent; those used up are there with zero."""


def attribute_first_in_first_out(gifts: Iterable[Gift], uses: Iterable[Use]) -> AttributedFund:
    """Say which contribution paid for what.

    Contributions are spent in the order (received_on, id), uses are served in the order (recorded_at, kind, key); what
    the contributions do not cover was paid for by the fund's other income.  The order of the arguments makes no
    difference, so the same books always give the same answer.

    Raises:
        CurrencyMismatch: two of them are in different currencies.
    """
    left = [
        (gift.contribution_id, gift.amount) for gift in sorted(gifts, key=lambda g: (g.received_on, g.contribution_id))
    ]
    attributions: list[Attribution] = []
    current = 0
    for use in sorted(uses, key=lambda use: (use.recorded_at, use.kind, use.key)):
        missing = use.amount
        while missing.amount_minor > 0 and current < len(left):
            contribution_id, available = left[current]
            taken = min(missing, available)
            if taken.amount_minor > 0:
                attributions.append(Attribution(use.kind, use.key, contribution_id, taken))
                left[current] = (contribution_id, available - taken)
                missing -= taken
            if left[current][1].amount_minor == 0:
                current += 1
        if missing.amount_minor > 0:
            attributions.append(Attribution(use.kind, use.key, None, missing))
    return AttributedFund(tuple(attributions), tuple(left))


def list_payers(fund: AttributedFund, key: str) -> Sequence[Attribution]:
    """List what paid for one use, in the order in which it was taken."""
    return [attribution for attribution in fund.attributions if attribution.key == key]
