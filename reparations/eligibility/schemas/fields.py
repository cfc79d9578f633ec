"""Forms that several bodies share."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from reparations.http import Body
from reparations.money import Money

ULID = "[0-9A-HJKMNP-TV-Z]{26}"
PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
FREE_TEXT = r"^[^\x00-\x09\x0b-\x1f\x7f]+$"
"""Printable, on one or more lines."""
MAX_FILE = 512 * 1024

ClaimPath = Annotated[str, Path(pattern=rf"^clm_{ULID}$", description="Id of a claim.")]
RuleSetPath = Annotated[str, Path(pattern=rf"^rul_{ULID}$", description="Id of a published rule set.")]
DecisionPath = Annotated[str, Path(pattern=rf"^dec_{ULID}$", description="Id of a decision.")]
AwardPath = Annotated[str, Path(pattern=rf"^awd_{ULID}$", description="Id of an award.")]
ProgrammePath = Annotated[
    str, Path(pattern=rf"^([A-Z][A-Z0-9]{{1,19}}|prg_{ULID})$", description="Code or id of a programme.")
]
ProgrammeQuery = Annotated[str, Query(pattern=r"^[A-Z][A-Z0-9]{1,19}$", description="Code of a programme.")]

ClaimId = Annotated[str, StringConstraints(pattern=rf"^clm_{ULID}$")]
DecisionId = Annotated[str, StringConstraints(pattern=rf"^dec_{ULID}$")]
ProgrammeCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,19}$"), Field(examples=["KATANGA"])]
CriterionCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,39}$"), Field(examples=["PLACE"])]
After = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z]{3}_[0-9A-Z]{26}$")]


class MoneyView(Body):
    """An amount of one currency."""

    amount: str = Field(description="Decimal string.", examples=["250.00"])
    currency: str = Field(examples=["USD"])

    @classmethod
    def of(cls, money: Money) -> Self:
        """Show an amount."""
        return cls(amount=money.decimal_string, currency=money.currency)

    @classmethod
    def maybe(cls, amount_minor: int | None, currency: str) -> Self | None:
        """Show an amount that may not be known yet."""
        return None if amount_minor is None else cls.of(Money(amount_minor, currency))
