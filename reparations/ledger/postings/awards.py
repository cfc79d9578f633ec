"""Deeds of awards."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reparations.ledger.postings.movements import Movement, NewTransfer, new_transfer
from reparations.money import Money

_OF_AWARD = re.compile(r"(?:award|round|set-off)-(?P<award>.+?)-fnd_[0-9A-Z]{26}-")


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


def award_met_in_round(award_id: str, *, number: int, funding: Mapping[str, Money]) -> list[NewTransfer]:
    """A round has made a part of an award an obligation of the funds that pay for the round.

    Args:
        award_id: the award.
        number: the round's, from 1.
        funding: what each fund pays of it in this round, by the fund's id.
    """
    return [
        new_transfer(f"award-{award_id}-{fund_id}-round-{number}-recognised", fund_id, amount, Movement.AWARDED)
        for fund_id, amount in sorted(funding.items())
    ]


def round_recognised(round_id: str, *, funding: Mapping[str, Money]) -> list[NewTransfer]:
    """A confirmed round has become an obligation of its funds as a whole, before it is parted award by award.

    Args:
        round_id: the round.
        funding: what each fund pays of it, by the fund's id.
    """
    return [
        new_transfer(f"round-{round_id}-{fund_id}-recognised", fund_id, amount, Movement.AWARDED)
        for fund_id, amount in sorted(funding.items())
    ]


def round_parted(round_id: str, *, part: int, funding: Mapping[str, Money]) -> list[NewTransfer]:
    """A part of a round is not owed by the round any more: the awards themselves owe it now, or nobody does.

    Posted in the same entry as `award_met_in_round` of the awards, before them.

    Args:
        round_id: the round.
        part: which part of it, so that each is posted once.
        funding: what each fund owed on this part, by the fund's id.
    """
    return [
        new_transfer(f"round-{round_id}-{fund_id}-parted-{part}", fund_id, amount, Movement.AWARD_WRITTEN_BACK)
        for fund_id, amount in sorted(funding.items())
    ]


def award_written_back(
    award_id: str, reduction_id: str, *, number: int = 0, fund_id: str, amount: Money
) -> list[NewTransfer]:
    """So much of an award is owed no more and was not paid: the fund may use it for others.

    Args:
        award_id: the award.
        reduction_id: of this part of it.
        number: the round's that funded it; 0 where the award was funded whole.
        fund_id: that pays no more.
        amount: what it pays no more.
    """
    in_round = f"round-{number}-" if number else ""
    deed = f"award-{award_id}-{fund_id}-{in_round}written-back-{reduction_id}"
    return [new_transfer(deed, fund_id, amount, Movement.AWARD_WRITTEN_BACK)]


def overpayment_identified(overpayment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """So much was paid and is owed no more: the payee owes it back."""
    return [new_transfer(f"overpayment-{overpayment_id}-identified", fund_id, amount, Movement.OVERPAID)]


def overpayment_repaid(overpayment_id: str, recovery_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """The payee has paid so much back."""
    return [new_transfer(f"overpayment-{overpayment_id}-repaid-{recovery_id}", fund_id, amount, Movement.PAID_BACK)]


def overpayment_set_off(award_id: str, recovery_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """So much is not paid of an award, because its payee owes it back.

    Args:
        award_id: the award that is not paid so far; not the one that was overpaid.
        recovery_id: the set-off.
        fund_id: that pays for both.
        amount: what is kept.
    """
    return [new_transfer(f"set-off-{award_id}-{fund_id}-{recovery_id}", fund_id, amount, Movement.SET_OFF)]


def overpayment_waived(overpayment_id: str, recovery_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """So much need not be paid back: it is an expense after all."""
    return [new_transfer(f"overpayment-{overpayment_id}-waived-{recovery_id}", fund_id, amount, Movement.WAIVED)]


def put_in_trust(instalment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """An instalment of a minor is owed, and held until the day of release."""
    return [new_transfer(f"trust-{instalment_id}-held", fund_id, amount, Movement.PUT_IN_TRUST)]


def trust_released(instalment_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """What was held in trust may be paid."""
    return [new_transfer(f"trust-{instalment_id}-released", fund_id, amount, Movement.TRUST_RELEASED)]


def trust_reduced(instalment_id: str, reduction_id: str, *, fund_id: str, amount: Money) -> list[NewTransfer]:
    """So much of what was held in trust is granted no more: it is written back in the same entry."""
    return [new_transfer(f"trust-{instalment_id}-reduced-{reduction_id}", fund_id, amount, Movement.TRUST_RELEASED)]


def award_of(transfer_id: str) -> str | None:
    """Return the award that a transfer of `award_recognised`, or of what follows it, is about; None of any other.

    What a round still owes as a whole counts as one award, named by the round's id.
    """
    match = _OF_AWARD.match(transfer_id)
    return match["award"] if match else None
