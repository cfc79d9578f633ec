"""Instants in writing: one form in the event log and the hashes, another in SQLite's columns, both always as long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from reparations.calendar import iso_instant
from reparations.db import Instant, sqlite_instant

KOLKATA = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2031, 5, 1, 10, 11, 12, 123456, tzinfo=UTC), "2031-05-01 10:11:12.123456"),
        (datetime(2031, 5, 1, 10, 11, 12, tzinfo=UTC), "2031-05-01 10:11:12.000000"),
        (datetime(2031, 5, 1, 3, tzinfo=KOLKATA), "2031-04-30 21:30:00.000000"),
        (datetime(2031, 12, 31, 23, tzinfo=timezone(timedelta(hours=-3))), "2032-01-01 02:00:00.000000"),
        (datetime(999, 1, 2, tzinfo=UTC), "0999-01-02 00:00:00.000000"),
    ],
)
def test_an_instant_is_written_in_utc_with_microseconds_and_a_year_of_four_digits(at: datetime, written: str) -> None:
    column = Instant().dialect_impl(sqlite.dialect()).bind_processor(sqlite.dialect())

    assert iso_instant(at) == written.replace(" ", "T") + "Z"
    assert datetime.fromisoformat(iso_instant(at)) == at
    assert sqlite_instant(at) == written
    assert column is not None
    assert column(at) == written


def test_an_instant_of_no_place_is_not_written() -> None:
    for write in (iso_instant, sqlite_instant):
        with pytest.raises(ValueError, match="naive"):
            write(datetime(2031, 5, 1))  # noqa: DTZ001 naive is what it is about
