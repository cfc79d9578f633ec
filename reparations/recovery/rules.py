"""How a reduction is spread over a claim's instalments, and what may be done to an overpayment.  Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reparations.eligibility.models import (
    Instalment,
    Overpayment,
    OverpaymentNotice,
    ReductionKind,
)
from reparations.eligibility.rules import Heir
from reparations.money import Money, share_pro_rata
from reparations.recovery.errors import (
    AmountRefused,
    AwardInMotion,
    ExceedsOutstanding,
    NotHeardYet,
    NothingToAdjust,
    NotSetOffable,
    SamePerson,
    SomebodyThere,
)


class OverpaymentState(StrEnum):
    """Where an overpayment stands."""

    IDENTIFIED = "identified"
    NOTIFIED = "notified"
    """The payee was told; something is outstanding."""
    SETTLED = "settled"
    """Set off, paid back or waived, all of it."""


@dataclass(frozen=True, slots=True)
class PartState:
    """An instalment as it stands, amounts in minor units."""

    award_id: str
    fund_id: str
    round_number: int
    instalment_id: str
    payee_party_id: str
    unpaid_minor: int
    """Left to pay, and not paid."""
    received_minor: int
    """Paid, or kept against an overpayment, and granted so far."""
    in_motion: bool
    """A payment of it is in a batch or on its way."""
    in_trust: bool = False
    """It is held for a minor."""


@dataclass(frozen=True, slots=True)
class UnpartedState:
    """What one fund pays of an award and is in no instalment, or what nobody funds of it; in minor units."""

    award_id: str
    fund_id: str | None
    round_number: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A reduction to make, in minor units."""

    award_id: str
    fund_id: str | None
    round_number: int
    instalment_id: str | None
    kind: ReductionKind
    amount_minor: int
    from_trust: bool = False


def plan_reduction(
    total: Money, unparted: Sequence[UnpartedState], parts: Sequence[PartState], *, record: str
) -> list[Cut]:
    """Say what is taken off where, so that it sums to `total`.

    What is not funded yet goes first, then what is in no instalment, the last award's before the first's.  The rest is
    borne by the payees in proportion to what each has been granted, so that nobody pays for another's share; of each,
    what is not paid goes first, the last instalment before the first and what is held in trust after the rest, and only
    what then remains was overpaid.

    Args:
        total: what is granted no more; not more than everything together.
        unparted: of the awards in the order of their numbers, what nobody funds last.
        parts: in the order in which they fall due.
        record: the claim's reference.

    Raises:
        AwardInMotion: a payment of one of the instalments may arrive or not.
    """
    if any(part.in_motion for part in parts):
        raise AwardInMotion(
            "A payment of the award is in a batch or on its way.",
            record=record,
            remedy="Cancel the batch, or wait until the bank has answered.",
        )
    cuts: list[Cut] = []
    missing = total.amount_minor
    for own in reversed(unparted):
        taken = min(missing, own.amount_minor)
        if taken:
            cuts.append(Cut(own.award_id, own.fund_id, own.round_number, None, ReductionKind.WRITTEN_BACK, taken))
        missing -= taken
    if not missing:
        return cuts
    by_payee: defaultdict[str, list[PartState]] = defaultdict(list)
    for part in parts:
        by_payee[part.payee_party_id].append(part)
    granted = [
        Money(sum(part.unpaid_minor + part.received_minor for part in own), total.currency) for own in by_payee.values()
    ]
    for theirs, share in zip(by_payee.values(), share_pro_rata(Money(missing, total.currency), granted), strict=True):
        cuts += _cut(theirs, share.amount_minor)
    return cuts


def _cut(parts: Sequence[PartState], missing: int) -> list[Cut]:
    cuts: list[Cut] = []
    held = [part for part in parts if part.in_trust]
    last_first = [part for part in parts if not part.in_trust][::-1] + held[::-1]
    for kind in (ReductionKind.WRITTEN_BACK, ReductionKind.OVERPAID):
        for part in last_first:
            there = part.unpaid_minor if kind is ReductionKind.WRITTEN_BACK else part.received_minor
            taken = min(missing, there)
            if taken:
                book = (part.award_id, part.fund_id, part.round_number)
                cuts.append(Cut(*book, part.instalment_id, kind, taken, from_trust=part.in_trust))
            missing -= taken
    return cuts


def plan_giving_back(
    heirs: Sequence[Heir],
    unparted: Sequence[UnpartedState],
    own_parts: Sequence[PartState],
    *,
    is_deceased: bool,
    gives_back: bool,
    record: str,
) -> list[Cut]:
    """Say what of a dead claimant's awards goes back to the funds, for want of who could receive it.

    What fell due to the claimant and was not paid, and what is in no instalment.  Where an heir is eligible, the first
    only: it is owed to the heirs anew, and the second is theirs as it is.

    Args:
        heirs: who claims through the claim.
        unparted: what of its awards is funded and in no instalment.
        own_parts: the instalments made to the claimant.
        is_deceased: whether the claimant has died.
        gives_back: whether the rules give back what nobody is there to share; True where they say nothing of shares.
        record: the claim's reference.

    Raises:
        SomebodyThere: the claimant lives, an heir is undecided or takes all there is, or the rules leave it to others.
        AwardInMotion: a payment to the claimant is in a batch or on its way.
        NothingToAdjust: nothing is left of it.
    """
    if not is_deceased:
        raise SomebodyThere("The claimant lives.", record=record)
    unpaid = [part for part in own_parts if part.unpaid_minor]
    if any(heir.eligible is None for heir in heirs) or (any(heir.eligible for heir in heirs) and not unpaid):
        raise SomebodyThere(
            "An heir is eligible, or not decided on yet.", record=record, remedy="Decide on every heir first."
        )
    if any(part.in_motion for part in unpaid):
        raise AwardInMotion(
            "A payment to the claimant is in a batch or on its way.",
            record=record,
            remedy="Cancel the batch, withdraw the payment that is held back, or wait until the bank has answered.",
        )
    cuts = [
        Cut(
            part.award_id,
            part.fund_id,
            part.round_number,
            part.instalment_id,
            ReductionKind.GIVEN_BACK,
            part.unpaid_minor,
            from_trust=part.in_trust,
        )
        for part in unpaid
    ]
    if any(heir.eligible for heir in heirs):
        return cuts
    if not gives_back:
        raise SomebodyThere(
            "The rules leave an award that nobody shares to the estate or the state, not to the fund.", record=record
        )
    cuts += [
        Cut(own.award_id, own.fund_id, own.round_number, None, ReductionKind.GIVEN_BACK, own.amount_minor)
        for own in unparted
        if own.fund_id is not None
    ]
    if not cuts:
        raise NothingToAdjust("Nothing of the award is left to give back.", record=record)
    return cuts


def compute_state(*, outstanding_minor: int, notice: OverpaymentNotice | None) -> OverpaymentState:
    """Say where an overpayment stands."""
    if outstanding_minor == 0:
        return OverpaymentState.SETTLED
    return OverpaymentState.IDENTIFIED if notice is None else OverpaymentState.NOTIFIED


def check_amount(amount: Money, overpayment: Overpayment, *, outstanding_minor: int) -> None:
    """Refuse to recover nothing, another currency, or more than is outstanding.

    Raises:
        AmountRefused, ExceedsOutstanding: one of these.
    """
    if amount.amount_minor <= 0 or amount.currency != overpayment.currency:
        raise AmountRefused(
            f"The amount must be something, in {overpayment.currency}.", field="amount", record=overpayment.id
        )
    if amount.amount_minor > outstanding_minor:
        raise ExceedsOutstanding(
            f"{Money(outstanding_minor, overpayment.currency)} is outstanding of this overpayment.",
            field="amount",
            record=overpayment.id,
        )


def check_set_off(
    amount: Money,
    overpayment: Overpayment,
    instalment: Instalment,
    *,
    left_minor: int,
    is_own: bool,
    notice: OverpaymentNotice | None,
    on: date,
) -> None:
    """Refuse a set-off against what is not the payee's, is paid or kept otherwise, or before he could object.

    Args:
        amount: to keep.
        overpayment: to recover.
        instalment: to keep it from.
        left_minor: what is left of the instalment and not paid, minor units.
        is_own: whether the instalment is the one that was overpaid; its payment came back then, and nobody has it.
        notice: that the payee was told, if he was.
        on: today.

    Raises:
        NotSetOffable: another person's instalment, or another fund's.
        NotHeardYet: the payee was not told, or may still object.
        ExceedsOutstanding: not so much is left of the instalment.
    """
    if instalment.payee_party_id != overpayment.payee_party_id:
        raise NotSetOffable("The instalment is another person's.", field="instalment_id", record=overpayment.id)
    if (instalment.fund_id, instalment.currency) != (overpayment.fund_id, overpayment.currency):
        raise NotSetOffable(
            "The instalment is paid by another fund; money does not pass between funds by a set-off.",
            field="instalment_id",
            record=overpayment.id,
            remedy="Choose an instalment of the same fund, or have it paid back.",
        )
    if not is_own and (notice is None or notice.object_until >= on):
        raise NotHeardYet(
            "The payee was not told, or may still object.",
            record=overpayment.id,
            remedy="Record the letter, and wait until its last day to object has passed.",
        )
    if amount.amount_minor > left_minor:
        raise ExceedsOutstanding(
            f"{Money(left_minor, instalment.currency)} is left of this instalment.",
            field="amount",
            record=overpayment.id,
        )


def check_second(prepared_by: str, approver: str, *, record: str) -> None:
    """Refuse an approval by who prepared it.

    Raises:
        SamePerson: it is.
    """
    if prepared_by == approver:
        raise SamePerson("Who prepared it cannot approve it.", record=record, remedy="Ask another person.")
