"""The day a report stands at the end of.

Money is bounded by the day it happened (`occurred_on`), everything else by the instant it was recorded, in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta


def end_of(day: date) -> datetime:
    """The first instant that is no longer `day`."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
