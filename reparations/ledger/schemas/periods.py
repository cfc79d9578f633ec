"""Bodies of requests and answers about periods and opening balances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Self

from fastapi import Path
from pydantic import Field, StringConstraints

from reparations.http import Body
from reparations.ledger.models import (
    ClearanceKind,
    LedgerPeriod,
    OpenedBook,
    OpeningSheet,
    PeriodAdjustment,
    PeriodDraft,
    PeriodLength,
)
from reparations.ledger.queries import Cleared, Reconciled
from reparations.ledger.rules import TrialLine, YearEnd
from reparations.ledger.schemas.values import ULID, Amount, Citation, Currency, Reference, Title
from reparations.money import Money, Total

DraftId = Annotated[str, Path(pattern=f"^pcl_{ULID}$", description="Id of a prepared closing.")]
SheetId = Annotated[str, Path(pattern=f"^ops_{ULID}$", description="Id of a sheet of opening balances.")]
ClearanceId = Annotated[str, Path(pattern=f"^clr_{ULID}$", description="Id of a clearance of an opening balance.")]
PeriodNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of a closed period.")]
_ONE_DAY = timedelta(days=1)


class NewClosing(Body):
    """The next period of a fund, to be closed."""

    length: PeriodLength
    starts_on: date | None = Field(default=None, description="Of the first period; others start where the last ended.")


class FrozenLineView(Body):
    """One account's debits and credits up to the last day."""

    currency: str
    account: str
    debits: str
    credits: str

    @classmethod
    def of(cls, line: TrialLine) -> Self:
        """Show a line."""
        return cls(
            currency=line.currency,
            account=line.code,
            debits=Total(line.debits_minor, line.currency).decimal_string,
            credits=Total(line.credits_minor, line.currency).decimal_string,
        )


class ClosingView(Body):
    """A prepared closing with the trial balance that is asked to be signed."""

    id: str
    fund_id: str
    number: int
    length: PeriodLength
    starts_on: date
    ends_on: date = Field(description="Its last day.")
    trial_balance_sha256: str
    prepared_by: str
    prepared_at: datetime

    @classmethod
    def of(cls, draft: PeriodDraft) -> Self:
        """Show a prepared closing."""
        return cls(
            ends_on=draft.next_starts_on - _ONE_DAY,
            trial_balance_sha256=draft.trial_balance_sha256.hex(),
            **draft.model_dump(exclude={"next_starts_on", "trial_balance_sha256"}),
        )


class PeriodView(Body):
    """A closed period."""

    fund_id: str
    number: int
    length: PeriodLength
    starts_on: date
    ends_on: date = Field(description="Its last day; the fund's books are open from the day after.")
    trial_balance_sha256: str
    prepared_by: str
    countersigned_by: str
    closed_at: datetime
    signature: str = Field(description="Ed25519 by the log's key, hexadecimal; docs/ledger.md says over what.")

    @classmethod
    def of(cls, period: LedgerPeriod) -> Self:
        """Show a closed period."""
        return cls(
            ends_on=period.next_starts_on - _ONE_DAY,
            trial_balance_sha256=period.trial_balance_sha256.hex(),
            signature=period.signature.hex(),
            **period.model_dump(exclude={"next_starts_on", "trial_balance_sha256", "signature", "draft_id"}),
        )


class NewAdjustment(Body):
    """An entry that belongs to a closed period."""

    entry_id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern="^[ -~]+$")]
    happened_on: date = Field(description="The day it should have been posted on.")
    reason: Title
    authority: Citation


class AdjustmentView(Body):
    """An adjustment of a closed period."""

    entry_id: str
    fund_id: str
    number: int
    happened_on: date
    reason: str
    authority: str
    recorded_by: str
    recorded_at: datetime

    @classmethod
    def of(cls, adjustment: PeriodAdjustment) -> Self:
        """Show an adjustment."""
        return cls(**adjustment.model_dump())


class ClosedPeriodView(Body):
    """A closed period, its trial balance and what adjusts it."""

    period: PeriodView
    trial_balance: list[FrozenLineView]
    adjustments: list[AdjustmentView]

    @classmethod
    def of(cls, period: LedgerPeriod, lines: Sequence[TrialLine], adjustments: Sequence[PeriodAdjustment]) -> Self:
        """Show it whole."""
        return cls(
            period=PeriodView.of(period),
            trial_balance=[FrozenLineView.of(line) for line in lines],
            adjustments=[AdjustmentView.of(adjustment) for adjustment in adjustments],
        )


class YearEndView(Body):
    """Net assets carried over a year: ``opening + income - expenses + through_positions = closing``."""

    currency: str
    opening: str
    income: str
    expenses: str
    through_positions: str = Field(description="Other funds, other currencies and opening balances.")
    closing: str

    @classmethod
    def of(cls, year: YearEnd) -> Self:
        """Show one currency."""
        return cls(
            currency=year.currency,
            opening=year.opening.decimal_string,
            income=year.income.decimal_string,
            expenses=year.expenses.decimal_string,
            through_positions=year.through_positions.decimal_string,
            closing=year.closing.decimal_string,
        )


class NewOpening(Body):
    """A sheet of balances of another system, as text."""

    source_system: Annotated[Title, Field(description="Name and version of the books it comes from.")]
    as_of: date
    content: Annotated[
        str,
        StringConstraints(min_length=1, max_length=1_000_000, pattern=r"^[^\x00]+$", strip_whitespace=False),
        Field(description="CSV or JSON; docs/ledger.md describes it."),
    ]


class ReconciledView(Body):
    """One balance beside what was posted of it."""

    fund: str
    account: str
    currency: str
    imported: str
    posted: str
    difference: str
    cleared: str = Field(description="Taken off since, less what was added: what is released from trust is owed.")
    still_open: str

    @classmethod
    def of(cls, line: Reconciled) -> Self:
        """Show a line of the reconciliation sheet."""
        return cls(
            fund=line.fund_code,
            account=line.code,
            currency=line.imported.currency,
            imported=line.imported.decimal_string,
            posted=line.posted.decimal_string,
            difference=line.difference.decimal_string,
            cleared=line.cleared.decimal_string,
            still_open=line.still_open.decimal_string,
        )


class OpeningView(Body):
    """A sheet of opening balances with its reconciliation."""

    id: str
    source_system: str
    as_of: date
    file_sha256: str
    prepared_by: str
    prepared_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    reconciled: bool = Field(description="Confirmed, and every difference is zero.")
    lines: list[ReconciledView]

    @classmethod
    def of(cls, sheet: OpeningSheet, opened: Sequence[OpenedBook], lines: Sequence[Reconciled]) -> Self:
        """Show a sheet."""
        book = opened[0] if opened else None
        return cls(
            file_sha256=sheet.file_sha256.hex(),
            confirmed_by=book.confirmed_by if book else None,
            confirmed_at=book.confirmed_at if book else None,
            reconciled=book is not None and not any(line.difference.amount_minor for line in lines),
            lines=[ReconciledView.of(line) for line in lines],
            **sheet.model_dump(exclude={"file_sha256"}),
        )


class NewClearance(Body):
    """What became of a part of what a fund's books were opened with."""

    reference: Reference
    kind: ClearanceKind
    amount: Amount
    currency: Currency
    citation: Citation


class ClearanceView(Body):
    """So much of an opening balance, and what became of it."""

    id: str
    reference: str
    sheet_id: str
    fund_id: str
    kind: ClearanceKind
    amount: str
    currency: str
    citation: str
    prepared_by: str
    approved_by: str | None
    cleared_on: date | None = Field(description="None until another administrator has approved it.")
    reversed_on: date | None = Field(description="When it was taken back as approved in error; then it is open again.")

    @classmethod
    def of(cls, cleared: Cleared) -> Self:
        """Show a clearance."""
        clearance, approval, taken_back = cleared
        return cls(
            kind=ClearanceKind(clearance.kind),
            amount=Money(clearance.amount_minor, clearance.currency).decimal_string,
            approved_by=approval.approved_by if approval else None,
            cleared_on=approval.cleared_on if approval else None,
            reversed_on=taken_back.reversed_on if taken_back else None,
            **clearance.model_dump(exclude={"kind", "amount_minor", "recorded_at"}),
        )
