"""What of the balances that books were opened with is still open.  Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reparations.ledger.errors import ClearanceExceeds
from reparations.ledger.models import OPENABLE, AccountCode, ClearanceKind
from reparations.ledger.postings import CLEARING
from reparations.ledger.rules.identity import normal_balance
from reparations.money import Money

CLEARABLE = tuple(code for code in OPENABLE if code != AccountCode.BANK)
"""The accounts whose opening balance somebody has to clear; free money on the bank account needs nobody."""


def _compute_effect(kind: ClearanceKind) -> dict[AccountCode, int]:
    """Say by how many times its amount a clearance changes what is open of each account."""
    effect = dict.fromkeys(CLEARABLE, 0)
    for movement in CLEARING[kind].values():
        for code, sign in zip(movement.value, (1, -1), strict=True):
            if code in effect:
                effect[code] += normal_balance(code, sign)
    return {code: times for code, times in effect.items() if times}


EFFECTS = {kind: _compute_effect(kind) for kind in ClearanceKind}
"""An arrival takes from what is on its way and from what is owed; a release from trust adds to what is owed."""


def compute_open(opened: Mapping[AccountCode, int], cleared: Mapping[ClearanceKind, int]) -> dict[AccountCode, int]:
    """Say what of each balance is still open, in minor units.

    Args:
        opened: what one book took over, positive on each account's normal side.
        cleared: what approved clearances of it come to, by kind.
    """
    still: dict[AccountCode, int] = {code: opened.get(code, 0) for code in CLEARABLE}
    for kind, amount_minor in cleared.items():
        for code, times in EFFECTS[kind].items():
            still[code] += times * amount_minor
    return still


def check_clearable(kind: ClearanceKind, amount: Money, still_open: Mapping[AccountCode, int], *, record: str) -> None:
    """Refuse a clearance above what is still open: the rest on these accounts is our own payments'.

    Raises:
        ClearanceExceeds: naming the account, and what of it is open.
    """
    for code, times in EFFECTS[kind].items():
        there = Money(still_open[code], amount.currency)
        if times < 0 and there < amount:
            raise ClearanceExceeds(
                f"{there} of what was taken over in {code} is still open; {amount} was to be cleared.",
                field="amount",
                record=record,
                remedy="GET /ledger/opening-sheets/{id} shows what is open.",
            )
