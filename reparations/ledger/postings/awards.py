"""Deeds of awards."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reparations.ledger.postings.movements import Movement, NewTransfer, new_transfer
from reparations.money import Money

_OF_AWARD = re.compile(r"award-(?P<award>.+?)-fnd_[0-9A-Z]{26}-")


def award_recognised(award_id: str, *, funding: Mapping[str, Money]) -> list[NewTransfer]:
    """An award has become an obligation of the funds that pay for it.

    Args:
        award_id: the award.
        funding: what each fund pays of it, by the fund's id.
    """
    return [
        new_transfer(f"award-{award_id}-{fund_id}-recognised", fund_id, amount, Movement.AWARDED)
        for fund_id, amount in sorted(funding.items())
    ]


def award_of(transfer_id: str) -> str | None:
    """Return the award that a transfer of `award_recognised`, or of what follows it, is about; None of any other."""
    match = _OF_AWARD.match(transfer_id)
    return match["award"] if match else None
