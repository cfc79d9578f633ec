"""Counting years, months and days between columns of days; the same as `language.spans`, array by array."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from reparations.eligibility.language.kernel.arrays import both_known
from reparations.eligibility.language.kernel.columns import Values
from reparations.eligibility.language.nodes import Node, Op
from reparations.eligibility.language.spans import BIRTHDAY_RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from reparations.eligibility.language.kernel.columns import Numbers

_EPOCH = 719_163
"""Ordinal of 1 January 1970, where numpy counts days from."""
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Of every day from `low` on: the month since the year 0, the day of the month, and the length of the month."""

    low: int
    month: NDArray[np.int32]
    day: NDArray[np.int32]
    length: NDArray[np.int32]


@cache
def _calendar(low: int, high: int) -> _Calendar:
    days = np.arange(low - _EPOCH, high - _EPOCH + 1).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    first, following = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]")
    return _Calendar(
        low,
        month=(months.astype(np.int64) + 1970 * _MONTHS).astype(np.int32),
        day=((days - first).astype(np.int64) + 1).astype(np.int32),
        length=(following - first).astype(np.int32),
    )


def span_counter(node: Node, days: tuple[int, int]) -> Callable[[Values, Values], Values]:
    """Return what counts over two columns of days, all within `days`."""
    calendar, ends_in_month = _calendar(*days), node.name == BIRTHDAY_RULES[0]
    month = node.constant if isinstance(node.constant, int) else 1

    def count(first: Values, last: Values) -> Values:
        from_, to = first.value, last.value
        if node.op is Op.AGE:
            value = _months(calendar, from_, to, ends_in_month=ends_in_month) // _MONTHS
        elif node.op is Op.DAYS_BETWEEN:
            value = np.maximum(to - from_, 0)
        else:
            value = np.where(to < from_, 0, _COUNTS[node.op](calendar, from_, to, ends_in_month, month))
        return Values(value.astype(np.int64), both_known(first.known, last.known))

    return count


def _months(calendar: _Calendar, first: Numbers, last: Numbers, *, ends_in_month: bool) -> NDArray[Any]:
    """Count completed months, also backwards."""
    from_, to = first - calendar.low, last - calendar.low
    due = calendar.day.take(from_)
    if ends_in_month:
        due = np.minimum(due, calendar.length.take(to))
    months: NDArray[Any] = calendar.month.take(to) - calendar.month.take(from_) - (calendar.day.take(to) < due)
    return months


def _touched(calendar: _Calendar, first: Numbers, last: Numbers, _: bool, month: int) -> NDArray[Any]:  # noqa: FBT001 one shape for all counts
    begin, end = ((calendar.month.take(day - calendar.low) - (month - 1)) // _MONTHS for day in (first, last))
    touched: NDArray[Any] = end - begin + 1
    return touched


_COUNTS: dict[Op, Callable[[_Calendar, Numbers, Numbers, bool, int], NDArray[Any]]] = {
    Op.MONTHS_BETWEEN: lambda c, first, last, ends, _: _months(c, first, last, ends_in_month=ends),
    Op.YEARS_BETWEEN: lambda c, first, last, ends, _: _months(c, first, last, ends_in_month=ends) // _MONTHS,
    Op.MONTHS_STARTED: lambda c, first, last, ends, _: _months(c, first, last, ends_in_month=ends) + 1,
    Op.YEARS_STARTED: lambda c, first, last, ends, _: _months(c, first, last, ends_in_month=ends) // _MONTHS + 1,
    Op.YEARS_TOUCHED: _touched,
}
"""Counts from one day to a later one."""
