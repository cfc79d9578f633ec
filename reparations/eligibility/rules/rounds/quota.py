"""Rounds that meet every award at one quota: pro rata, and a threshold with the rest pro rata."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from reparations.eligibility.rules.rounds.entries import Quota, Reason, Unspent
from reparations.eligibility.rules.rounds.shares import share_by_largest_remainder
from reparations.eligibility.rules.rounds.terms import ONE, ProRata, Threshold
from reparations.eligibility.rules.rounds.working import Working


def pay_pro_rata(work: Working, method: ProRata, money: int) -> None:
    """Meet awards at one quota, or at one for each stream out of the stream's own pool."""
    if not method.stream_pools_minor:
        everybody = range(work.entries.count)
        left = _pay_quota(work, "", everybody, money, at_most=method.at_most, reserve_weight=work.reserve_weight)
        work.leave(left, Unspent.ALL_PAID if method.at_most == ONE else Unspent.QUOTA_CEILING)
        return
    members: defaultdict[str, list[int]] = defaultdict(list)
    for index, stream in enumerate(work.entries.streams):
        members[stream].append(index)
    for stream, indices in members.items():
        if stream not in method.stream_pools_minor:
            work.refuse(work.with_something_open(indices), Reason.NOT_IN_ROUND)
    assigned = 0
    for stream, pool in sorted(method.stream_pools_minor.items()):
        assigned += pool
        left = _pay_quota(work, stream, members.get(stream, []), pool, at_most=method.at_most)
        work.leave(left, Unspent.STREAM_SURPLUS)
    work.leave(money - assigned, Unspent.NOT_ASSIGNED)


def pay_threshold(work: Working, method: Threshold, money: int) -> None:
    """Meet the small awards in full and the others at one quota; the small at a quota if even they are too much."""
    entitlements = work.entries.entitlements
    small = [index for index, amount in enumerate(entitlements) if amount <= method.threshold_minor]
    large = [index for index, amount in enumerate(entitlements) if amount > method.threshold_minor]
    if sum(work.opens[index] for index in small) > money:
        _pay_quota(work, "up to the threshold", small, money, at_most=ONE)
        work.refuse(work.with_something_open(large), Reason.WAITS)
        return
    money -= work.give_everything(work.with_something_open(small))
    left = _pay_quota(work, "above the threshold", large, money, at_most=method.at_most)
    work.leave(left, Unspent.ALL_PAID if method.at_most == ONE else Unspent.QUOTA_CEILING)


def _pay_quota(
    work: Working, name: str, members: Sequence[int], money: int, *, at_most: Fraction, reserve_weight: int = 0
) -> int:
    """Bring awards to one quota, the highest that `money` reaches, and return what no quota may use.

    Whoever has more than that already keeps it and gets nothing; the others reach the same quota exactly.
    """
    active = work.with_something_open(members)
    befores = work.entries.befores
    entitled = {index: befores[index] + work.opens[index] for index in active}
    ahead: list[int] = []
    while True:
        reach = money + sum(befores[index] for index in active)
        weight = sum(entitled[index] for index in active) + reserve_weight
        kept: list[int] = []
        passed: list[int] = []
        for index in active:
            (passed if befores[index] * weight > reach * entitled[index] else kept).append(index)
        if not passed:
            break
        active = kept
        ahead += passed
    work.refuse(ahead, Reason.AHEAD_OF_QUOTA)
    if not weight:
        return money
    ratio = Fraction(reach, weight)
    if ratio >= at_most:
        spent = 0
        for index in active:
            reached = entitled[index] * at_most.numerator // at_most.denominator
            work.give(index, max(0, reached - befores[index]), Reason.QUOTA_CEILING)
            spent += work.payable[index]
        reserved = reserve_weight * at_most.numerator // at_most.denominator
        work.quotas[name] = Quota(at_most, len(active))
        work.leave(reserved, Unspent.RESERVED)
        return money - spent - reserved
    weights = [entitled[index] for index in active] + [reserve_weight]
    shares = share_by_largest_remainder(reach, weights, work.lots.among(active, "undecided claims"))
    for index, share in zip(active, shares, strict=False):
        work.give(index, share - befores[index], Reason.QUOTA)
    work.quotas[name] = Quota(ratio, len(active))
    work.leave(shares[-1], Unspent.RESERVED)
    return 0
