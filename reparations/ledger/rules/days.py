"""On which days deeds can have happened.  Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from reparations.ledger.errors import DayToCome, DayTooEarly

EARLIER_THAN_UTC = timedelta(days=1)
"""In the east of the world it is tomorrow already, by at most 14 hours; the clock here is UTC."""


def has_come(day: date, *, at: datetime) -> bool:
    """Say whether a day is here somewhere on earth, at an instant given in UTC."""
    return day <= at.date() + EARLIER_THAN_UTC


def check_happened(day: date, *, at: datetime, field: str) -> None:
    """Refuse a deed that has not happened yet: money of a day to come would pay for awards of today.

    Args:
        day: when it is said to have happened.
        at: now; UTC.
        field: of the request, for the message.

    Raises:
        DayToCome: the day is not here anywhere on earth.
    """
    if not has_come(day, at=at):
        raise DayToCome(
            "The day has not come: what is recorded here has happened.",
            field=field,
            remedy="Give the bank's or the document's day; record what is expected as a pledge with its schedule.",
        )


def check_not_before(day: date, first: date, *, field: str, because: str, record: str) -> None:
    """Refuse a deed dated before the one that it follows.

    As of the days between, the books would stand on the wrong side, and no period that ends there could be closed.

    Raises:
        DayTooEarly: saying from which day on it can have happened.
    """
    if day < first:
        raise DayTooEarly(
            f"{because} on {first.isoformat()}; this cannot have happened before.",
            field=field,
            record=record,
            remedy="Correct the day; or, if the earlier deed has the wrong one, record that on its right day first.",
        )
