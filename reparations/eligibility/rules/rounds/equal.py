"""Rounds that give everybody the same: in phases, or by the number of heads."""

from __future__ import annotations

from reparations.eligibility.rules.rounds.entries import Reason, Unspent
from reparations.eligibility.rules.rounds.shares import fill_to_level, share_by_largest_remainder
from reparations.eligibility.rules.rounds.terms import EqualOrLess, PerHead
from reparations.eligibility.rules.rounds.working import Working


def pay_equal_or_less(work: Working, method: EqualOrLess, money: int) -> None:
    """Give equal amounts phase by phase; where the pool ends, fill that phase to one level."""
    streams = work.entries.streams
    everybody = work.with_something_open()
    work.refuse(everybody, Reason.NOT_IN_ROUND)
    given = [0] * work.entries.count
    left = money
    for phase in method.phases:
        members = [index for index in everybody if not phase.streams or streams[index] in phase.streams]
        caps = [min(phase.at_most_minor, work.opens[index] - given[index]) for index in members]
        shares, level = fill_to_level(left, caps, work.lots.among(members))
        for index, share, cap in zip(members, shares, caps, strict=True):
            given[index] += share
            if share or cap:
                reason = Reason.PHASE if level is None or share == cap else Reason.LEVEL
                work.give(index, given[index], reason if given[index] else Reason.WAITS)
        left -= sum(shares)
        if level is not None:
            work.level_minor = level
    if method.then_pro_rata and left:
        left = _share_the_rest(work, everybody, left)
    is_met = all(work.payable[index] == work.opens[index] for index in everybody)
    work.leave(left, Unspent.ALL_PAID if is_met else Unspent.PHASES_DONE)


def _share_the_rest(work: Working, indices: list[int], money: int) -> int:
    """Share what the phases left in proportion to what is still open, and return what nobody needs."""
    missing = [work.opens[index] - work.payable[index] for index in indices]
    spent = min(money, sum(missing))
    shares = share_by_largest_remainder(spent, missing, work.lots.among(indices))
    for index, share in zip(indices, shares, strict=True):
        if share:
            work.give(index, work.payable[index] + share, Reason.QUOTA)
    return money - spent


def pay_per_head(work: Working, method: PerHead, money: int) -> None:
    """Give everybody the pot divided by the largest number of eligible claimants there can still be."""
    heads = work.entries.count + work.undecided
    amount = method.pot_minor // heads if heads else 0
    if method.at_most_minor is not None:
        amount = min(amount, method.at_most_minor)
    amount -= amount % method.multiple_of_minor
    work.level_minor = amount
    members = work.with_something_open()
    befores = work.entries.befores
    wanted = [max(0, min(work.opens[index], amount - befores[index])) for index in members]
    shares, level = fill_to_level(money, wanted, work.lots.among(members))
    for index, share, want in zip(members, shares, wanted, strict=True):
        if want:
            work.give(index, share, Reason.PER_HEAD if share == want else Reason.LEVEL if share else Reason.WAITS)
        else:
            work.refuse([index], Reason.AHEAD_OF_QUOTA if befores[index] else Reason.PER_HEAD)
    if level is not None:
        work.level_minor = level
    work.leave(money - sum(shares), Unspent.EQUAL_AMOUNT_MET)
