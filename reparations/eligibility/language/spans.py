"""Counting years, months and days between two days, given as proleptic ordinals.

A day that a month does not have (29 February in a common year, 31 April) is the last day of that month or the first of
the next, as the rule file says in ``birthdays_of_29_february``.  Counting backwards gives 0, never less.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

BIRTHDAY_RULES = ("28 February", "1 March")
_ENDS_IN_THE_MONTH = BIRTHDAY_RULES[0]


def age(born: int, on: int, rule: str) -> int:
    """Count completed years of life; less than 0 before birth."""
    birth, day = date.fromordinal(born), date.fromordinal(on)
    birthday = (birth.month, birth.day)
    if birthday == (2, 29) and monthrange(day.year, 2)[1] == 28 and rule == _ENDS_IN_THE_MONTH:  # noqa: PLR2004 days of February
        birthday = (2, 28)
    return day.year - birth.year - ((day.month, day.day) < birthday)


def months_between(first: int, last: int, rule: str) -> int:
    """Count completed months."""
    if last < first:
        return 0
    from_, to = date.fromordinal(first), date.fromordinal(last)
    length = monthrange(to.year, to.month)[1]
    due = min(from_.day, length) if rule == _ENDS_IN_THE_MONTH else from_.day
    return (to.year - from_.year) * 12 + to.month - from_.month - (to.day < due)


def years_between(first: int, last: int, rule: str) -> int:
    """Count completed years."""
    return months_between(first, last, rule) // 12


def days_between(first: int, last: int) -> int:
    """Count the days from one day to another; 0 if they are the same."""
    return max(last - first, 0)


def months_started(first: int, last: int, rule: str) -> int:
    """Count months, a part as a whole; both days belong to the time."""
    return 0 if last < first else months_between(first, last, rule) + 1


def years_started(first: int, last: int, rule: str) -> int:
    """Count years, a part as a whole; both days belong to the time."""
    return 0 if last < first else years_between(first, last, rule) + 1


def years_touched(first: int, last: int, month: int) -> int:
    """Count the years beginning on the first of `month` into which the time falls; both days belong to it."""
    return 0 if last < first else _year_of(last, month) - _year_of(first, month) + 1


def birthday(born: int, years: int, rule: str) -> date:
    """Return the day on which somebody completes that many years."""
    birth = date.fromordinal(born)
    year = birth.year + years
    if (birth.month, birth.day) == (2, 29) and monthrange(year, 2)[1] == 28:  # noqa: PLR2004 days of February
        return date(year, 2, 28) if rule == _ENDS_IN_THE_MONTH else date(year, 3, 1)
    return birth.replace(year=year)


def _year_of(day: int, month: int) -> int:
    moment = date.fromordinal(day)
    return moment.year - (moment.month < month)
