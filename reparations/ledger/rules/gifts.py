"""What is true of pledges and receipts.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from reparations.ledger.errors import EntryMalformed, PledgeExceeded, ScheduleMalformed
from reparations.money import Money


@dataclass(frozen=True, slots=True)
class DuePart:
    """A part of a pledge and the day it falls due."""

    due_on: date
    amount: Money


class AgeBand(StrEnum):
    """How long something has been due, in days: the day it falls due is day 0."""

    NOT_DUE = "not_due"
    UNTIL_30 = "0-30"
    UNTIL_90 = "31-90"
    UNTIL_365 = "91-365"
    OLDER = "over_365"


_BANDS = ((30, AgeBand.UNTIL_30), (90, AgeBand.UNTIL_90), (365, AgeBand.UNTIL_365))


def check_gift(amount: Money) -> None:
    """Refuse a pledge or a receipt of nothing.

    Raises:
        EntryMalformed: `amount` is not positive.
    """
    if amount.amount_minor <= 0:
        raise EntryMalformed("A pledge or a receipt is of more than nothing.", field="amount")


def check_receivable(reference: str, *, pledged: Money, received: Money, amount: Money) -> None:
    """Refuse a receipt that would take a pledge above what was pledged.

    Raises:
        PledgeExceeded: `received` and `amount` together are more than `pledged`.
        CurrencyMismatch: the money came in another currency than was pledged.
    """
    open_amount = pledged - received
    if open_amount < amount:
        raise PledgeExceeded(
            f"{open_amount} of the pledge is still open; {amount} cannot be received against it.",
            field="amount",
            record=reference,
            remedy="Record a further pledge for the rest, with the donor's letter as its citation.",
        )


def check_schedule(amount: Money, parts: Sequence[DuePart]) -> None:
    """Refuse parts that are not positive, not in the order of their days, or do not sum to the pledge.

    Raises:
        ScheduleMalformed: one of these.
        CurrencyMismatch: a part is in another currency than the pledge.
    """
    total = sum((part.amount for part in parts), Money(0, amount.currency))
    if any(part.amount.amount_minor <= 0 for part in parts):
        raise ScheduleMalformed("Every part is of more than nothing.", field="schedule")
    if any(later.due_on < earlier.due_on for earlier, later in pairwise(parts)):
        raise ScheduleMalformed("The parts stand in the order in which they fall due.", field="schedule")
    if total != amount:
        raise ScheduleMalformed(f"The parts sum to {total}, the pledge is of {amount}.", field="schedule")


def compute_open_parts(parts: Sequence[DuePart], *, received: Money, reduced: Money) -> list[DuePart]:
    """Return what is still expected of each part, in their order; those with nothing left are there with zero.

    What was received meets the parts that fell due first; a reduction takes away those that fall due last.

    Raises:
        ValueError: more was received and taken off than the parts sum to.
        CurrencyMismatch: the amounts are in different currencies.
    """
    taken_off, met = reduced, received
    shortened: list[DuePart] = []
    for part in reversed(parts):
        less = min(taken_off, part.amount)
        taken_off -= less
        shortened.append(DuePart(part.due_on, part.amount - less))
    still_open: list[DuePart] = []
    for part in reversed(shortened):
        paid = min(met, part.amount)
        met -= paid
        still_open.append(DuePart(part.due_on, part.amount - paid))
    if taken_off.amount_minor or met.amount_minor:
        message = "more was received and taken off than was pledged"
        raise ValueError(message)
    return still_open


def find_age_band(due_on: date, *, as_of: date) -> AgeBand:
    """Say how long something has been due on a day."""
    if due_on > as_of:
        return AgeBand.NOT_DUE
    return next((band for days, band in _BANDS if as_of - due_on <= timedelta(days=days)), AgeBand.OLDER)
