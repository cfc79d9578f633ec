"""Rounds that serve one after another: by score, or by date.  Nobody overtakes.

A programme can have a family or household paid as soon as one of its members is: its claims then have one turn, at the
place of the first of them.  A pool that does not suffice for all of them ends there, or is shared among them in
proportion where the last in the queue may be paid in part.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from reparations.eligibility.rules.rounds.entries import Reason, Unspent
from reparations.eligibility.rules.rounds.shares import share_by_largest_remainder
from reparations.eligibility.rules.rounds.terms import ByDate, ByPriority
from reparations.eligibility.rules.rounds.working import Working

_UNKNOWN_DAY = sys.maxsize
_LOT_WORDS = 4
"""A lot of 32 bytes compares as four numbers of 64 bits, the highest first."""


def pay_by_priority(work: Working, method: ByPriority, money: int) -> None:
    """Serve the highest score first; on equal scores the earlier day, then the lot."""
    points, floor = work.entries.points, method.at_least_points
    turns = _turns(work, by_points=True)
    if floor is not None:
        # The first of a turn has its highest score; those who are served together come along.
        for turn in turns:
            if points[turn[0]] < floor:
                work.refuse(work.with_something_open(turn), Reason.BELOW_PRIORITY)
        turns = [turn for turn in turns if points[turn[0]] >= floor]
    _serve(work, turns, method, money)


def pay_by_date(work: Working, method: ByDate, money: int) -> None:
    """Serve the earliest day first; of one day by the lot; who has no day comes last."""
    _serve(work, _turns(work, by_points=False), method, money)


def _turns(work: Working, *, by_points: bool) -> list[list[int]]:
    """Return who is served when: one after another, or a family or household at the place of the first of its claims.

    A claim of which nothing is open has no turn of its own, but a family is no later because one of it was paid before.
    """
    if not work.unit_paid_together:
        return [[index] for index in _order(work, work.with_something_open(), by_points=by_points)]
    turns: dict[str, list[int]] = {}
    for index in _order(work, range(work.entries.count), by_points=by_points):
        turns.setdefault(work.entries.groups[index] or f"\n{index}", []).append(index)
    return list(turns.values())


def _order(work: Working, indices: Sequence[int], *, by_points: bool) -> list[int]:
    """Order claims by score if asked, then day by day, then by lot."""
    entries = work.entries
    lots = np.frombuffer(b"".join(map(work.lots, indices)), dtype=">u8").reshape(-1, _LOT_WORDS)
    days = [entries.days[index] for index in indices]
    columns = [lots[:, word] for word in reversed(range(_LOT_WORDS))]
    places = reversed(range(max(map(len, days), default=0)))
    columns += [np.array([_day_at(known, place) for known in days], dtype=np.int64) for place in places]
    if by_points:
        columns.append(-np.array([entries.points[index] for index in indices], dtype=np.int64))
    ordered: list[int] = np.asarray(indices, dtype=np.int64)[np.lexsort(columns)].tolist()
    return ordered


def _day_at(days: Sequence[int | None], place: int) -> int:
    day = days[place] if place < len(days) else None
    return _UNKNOWN_DAY if day is None else day


def _serve(work: Working, turns: Sequence[Sequence[int]], method: ByPriority | ByDate, money: int) -> None:
    left, is_over, place = money, False, 1
    opens, at_most = work.opens, method.at_most_minor
    for turn in turns:
        together = [index for index in turn if opens[index]]
        wanted = [opens[index] if at_most is None else min(opens[index], at_most) for index in together]
        total = sum(wanted)
        for index in together:
            work.ranks[index] = place
        place += len(together)
        if not is_over and total <= left:
            for index, amount in zip(together, wanted, strict=True):
                work.give(index, amount, Reason.CEILING)
            left -= total
            continue
        if not is_over and method.last_in_part and left:
            parts = share_by_largest_remainder(left, wanted, work.lots.among(together))
            for index, amount in zip(together, parts, strict=True):
                work.give(index, amount, Reason.LAST_IN_PART)
            left = 0
        else:
            work.refuse(together, Reason.WAITS)
        is_over = True
    is_everybody = place > len(work.with_something_open()) and at_most is None
    served = Unspent.ALL_PAID if is_everybody else Unspent.QUEUE_SERVED
    work.leave(left, Unspent.NEXT_IN_QUEUE if is_over else served)
