"""Rounds that serve one after another: by score, or by date.  Nobody overtakes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from reparations.eligibility.rules.rounds.entries import Reason, Unspent
from reparations.eligibility.rules.rounds.terms import ByDate, ByPriority
from reparations.eligibility.rules.rounds.working import Working

_UNKNOWN_DAY = sys.maxsize
_LOT_WORDS = 4
"""A lot of 32 bytes compares as four numbers of 64 bits, the highest first."""


def pay_by_priority(work: Working, method: ByPriority, money: int) -> None:
    """Serve the highest score first; on equal scores the earlier day, then the lot."""
    points = work.entries.points
    everybody = work.with_something_open()
    floor = method.at_least_points
    queue = [index for index in everybody if floor is None or points[index] >= floor]
    if floor is not None:
        work.refuse([index for index in everybody if points[index] < floor], Reason.BELOW_PRIORITY)
    _serve(work, _order(work, queue, by_points=True), method, money)


def pay_by_date(work: Working, method: ByDate, money: int) -> None:
    """Serve the earliest day first; of one day by the lot; who has no day comes last."""
    _serve(work, _order(work, work.with_something_open(), by_points=False), method, money)


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


def _serve(work: Working, ordered: Sequence[int], method: ByPriority | ByDate, money: int) -> None:
    left, is_over = money, False
    for rank, index in enumerate(ordered, start=1):
        work.ranks[index] = rank
        wanted = work.opens[index]
        if method.at_most_minor is not None:
            wanted = min(wanted, method.at_most_minor)
        if not is_over and wanted <= left:
            work.give(index, wanted, Reason.CEILING)
            left -= wanted
            continue
        if not is_over and method.last_in_part and left:
            work.give(index, left, Reason.LAST_IN_PART)
            left = 0
        else:
            work.refuse([index], Reason.WAITS)
        is_over = True
    is_everybody = len(ordered) == len(work.with_something_open()) and method.at_most_minor is None
    served = Unspent.ALL_PAID if is_everybody else Unspent.QUEUE_SERVED
    work.leave(left, Unspent.NEXT_IN_QUEUE if is_over else served)
