"""Time: instants are aware and in UTC; days are plain dates.  Whoever needs the time is given a clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def iso_instant(at: datetime) -> str:
    """Write an instant with microseconds and a ``Z``: ``2031-05-01T10:11:12.123456Z``.

    Raises:
        ValueError: `at` is naive.
    """
    if at.tzinfo is None:
        message = "a naive instant has no place in the record"
        raise ValueError(message)
    # `strftime` takes longer, and writes the year 999 with three digits.
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
