"""Sheets of balances from another system, and how the books agree with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from reparations.ledger.errors import OpeningSheetNotFound
from reparations.ledger.models import (
    Fund,
    LedgerTransfer,
    OpenedBook,
    OpeningLine,
    OpeningSheet,
)
from reparations.money import Money


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One balance of a sheet beside what the books took over."""

    fund_code: str
    code: str
    imported: Money
    posted: Money

    @property
    def difference(self) -> Money:
        """Imported less posted: nothing, where the sheet was taken over."""
        return self.imported - self.posted


def get_sheet(session: Session, sheet_id: str) -> OpeningSheet:
    """Return one sheet.

    Raises:
        OpeningSheetNotFound: there is none of this id.
    """
    sheet = session.get(OpeningSheet, sheet_id)
    if sheet is None:
        raise OpeningSheetNotFound("There is no such sheet of balances.", record=sheet_id)
    return sheet


def list_opening_lines(session: Session, sheet_id: str) -> Sequence[OpeningLine]:
    """List the balances of a sheet, by fund, currency and account."""
    statement = select(OpeningLine).where(OpeningLine.sheet_id == sheet_id)
    return session.exec(
        statement.order_by(col(OpeningLine.fund_id), col(OpeningLine.currency), col(OpeningLine.code))
    ).all()


def list_opened_books(session: Session, sheet_id: str) -> Sequence[OpenedBook]:
    """List the books that were opened from a sheet."""
    statement = select(OpenedBook).where(OpenedBook.sheet_id == sheet_id)
    return session.exec(statement.order_by(col(OpenedBook.fund_id), col(OpenedBook.currency))).all()


def list_reconciled(session: Session, sheet_id: str) -> list[Reconciled]:
    """Compare every balance of a sheet with what was posted of it; nothing was, before it is confirmed."""
    lines = list_opening_lines(session, sheet_id)
    codes = dict(
        session.exec(select(Fund.id, Fund.code).where(col(Fund.id).in_({line.fund_id for line in lines}))).all()
    )
    posted = {
        transfer_id: int(amount_minor)
        for transfer_id, amount_minor in session.exec(
            select(LedgerTransfer.id, LedgerTransfer.amount_minor).where(
                LedgerTransfer.entry_id == f"opening-{sheet_id}"
            )
        )
    }
    return [
        Reconciled(
            fund_code=codes[line.fund_id],
            code=line.code,
            imported=Money(line.amount_minor, line.currency),
            posted=Money(
                posted.get(f"opening-{sheet_id}-{line.fund_id}-{line.currency}-{line.code}", 0), line.currency
            ),
        )
        for line in lines
    ]
