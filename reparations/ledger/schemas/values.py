"""What bodies about money are made of.  Amounts are decimal strings, ``"70000.00"``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Self

from fastapi import Path, Query
from pydantic import AwareDatetime, Field, StringConstraints

from reparations.http import Body
from reparations.money import Money

PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
ULID = "[0-9A-HJKMNP-TV-Z]{26}"

FundId = Annotated[str, Path(pattern=f"^fnd_{ULID}$", description="Id of a fund.")]
Since = Annotated[date | None, Query(description="First day; by default the first ever.")]
KnownAt = Annotated[
    AwareDatetime | None,
    Query(
        ge=datetime(1900, 1, 1, tzinfo=UTC),
        le=datetime(9998, 12, 31, tzinfo=UTC),
        description="Only what had been recorded by this instant; by default everything.",
    ),
]
AsOf = Annotated[date | None, Query(description="Only what occurred on or before this day; by default everything.")]

Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$"),
    Field(description="Capitals, digits and hyphens.", examples=["KAT-INDIVIDUAL"]),
]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]
Citation = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE),
    Field(description="The agreement, resolution or order that says so."),
]
Reference = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=PRINTABLE),
    Field(description="Your own; sending it again is the same deed again. Never a person's name."),
]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), Field(examples=["USD"])]
Amount = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,16}(\.[0-9]{1,4})?$"),
    Field(description="Decimal string, with no more decimals than the currency has.", examples=["70000.00"]),
]


class MoneyView(Body):
    """An amount of one currency."""

    amount: str = Field(description="Decimal string.", examples=["250.00"])
    currency: str

    @classmethod
    def of(cls, money: Money) -> Self:
        """Write an amount."""
        return cls(amount=money.decimal_string, currency=money.currency)
