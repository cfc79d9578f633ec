"""Rounds that meet awards up to a rate, and later rounds up to a higher one."""

from __future__ import annotations

from reparations.eligibility.rules.rounds.entries import Reason, Unspent
from reparations.eligibility.rules.rounds.shares import share_by_largest_remainder
from reparations.eligibility.rules.rounds.terms import IfShort, Instalments
from reparations.eligibility.rules.rounds.working import Working


def pay_instalment(work: Working, method: Instalments, money: int) -> None:
    """Meet each award up to the rate of its stream, rounded down; rate 1 is the award itself, to the last unit.

    The rate applies to the whole award and earlier payments are taken off, so that the parts of an award sum to it
    however many there are, and a rate that was cut is restored by a later round.
    """
    everybody = work.with_something_open()
    if method.only_when_all_decided and work.undecided:
        work.refuse(everybody, Reason.NOT_YET)
        work.leave(money, Unspent.UNDECIDED_CLAIMS)
        return
    befores, streams = work.entries.befores, work.entries.streams
    members: list[int] = []
    wanted: list[int] = []
    for index in everybody:
        rate = method.up_to.get(streams[index], method.up_to.get(""))
        if rate is None:
            work.refuse([index], Reason.NOT_IN_ROUND)
            continue
        reached = (befores[index] + work.opens[index]) * rate.numerator // rate.denominator
        members.append(index)
        wanted.append(max(0, reached - befores[index]))
    needed = sum(wanted)
    if needed > money and method.if_short is IfShort.WAIT:
        work.refuse(members, Reason.NOT_YET)
        work.leave(money, Unspent.RATE_NOT_COVERED)
        return
    is_short = needed > money
    shares = share_by_largest_remainder(money, wanted, work.lots.among(members)) if is_short else wanted
    for index, share in zip(members, shares, strict=True):
        work.give(index, share, Reason.RATE_IN_PART if is_short else Reason.RATE)
    work.leave(0 if is_short else money - needed, Unspent.RATE_MET)
