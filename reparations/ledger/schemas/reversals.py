"""Bodies of requests and answers about what was recorded in error."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from fastapi import Path
from pydantic import Field

from reparations.http import Body
from reparations.ledger.queries import Reversed
from reparations.ledger.schemas.values import ULID, Citation, MoneyView

ReversalId = Annotated[str, Path(pattern=f"^rvs_{ULID}$", description="Id of a reversal.")]


class NewReversal(Body):
    """What was recorded in error, and what was wrong with it."""

    record_id: Annotated[
        str,
        Field(
            pattern=f"^(cst|int|ctb|clr|exc)_{ULID}$",
            description="Id of a cost, interest, a receipt, an approved clearance, or an exchange or revaluation.",
        ),
    ]
    reason: Citation


class ReversalView(Body):
    """A reversal: prepared, and approved or not yet."""

    id: str
    record_id: str
    reference: str
    """Of what is taken back."""
    amount: MoneyView = Field(description="Of an exchange what was sold; of a revaluation what it gained or lost.")
    reason: str
    prepared_by: str
    approved_by: str | None
    reversed_on: date | None

    @classmethod
    def of(cls, found: Reversed) -> Self:
        """Show it."""
        reversal, record, approval = found
        return cls(
            id=reversal.id,
            record_id=record.id,
            reference=record.reference,
            amount=MoneyView.of(record.amount),
            reason=reversal.reason,
            prepared_by=reversal.prepared_by,
            approved_by=None if approval is None else approval.approved_by,
            reversed_on=None if approval is None else approval.reversed_on,
        )
