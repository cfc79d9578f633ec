"""Sheets of balances from another system, how the books agree with them, and what of them is still open."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from reparations.ledger.errors import ClearanceNotFound, OpeningSheetNotFound
from reparations.ledger.models import (
    AccountCode,
    ClearanceKind,
    Fund,
    LedgerTransfer,
    OpenedBook,
    OpeningClearance,
    OpeningClearanceApproval,
    OpeningLine,
    OpeningSheet,
    Reversal,
    ReversalApproval,
)
from reparations.ledger.queries.reversals import is_cleared
from reparations.ledger.rules import compute_open
from reparations.money import Money

_Book = tuple[str, str]
"""A fund's id and a currency."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One balance of a sheet beside what the books took over."""

    fund_code: str
    code: str
    imported: Money
    posted: Money
    still_open: Money
    """Not cleared since; of `awards_payable` with what was released from trust.  Of `bank`, which is free, nothing."""

    @property
    def difference(self) -> Money:
        """Imported less posted: nothing, where the sheet was taken over."""
        return self.imported - self.posted

    @property
    def cleared(self) -> Money:
        """What deeds have taken off since, less what they added; of `bank` all, because it needs none."""
        return self.posted - self.still_open


class Cleared(NamedTuple):
    """A clearance, the second person's yes if it was given, and the yes to taking it back if it was."""

    clearance: OpeningClearance
    approval: OpeningClearanceApproval | None
    taken_back: ReversalApproval | None


def get_sheet(session: Session, sheet_id: str) -> OpeningSheet:
    """Return one sheet.

    Raises:
        OpeningSheetNotFound: there is none of this id.
    """
    sheet = session.get(OpeningSheet, sheet_id)
    if sheet is None:
        raise OpeningSheetNotFound("There is no such sheet of balances.", record=sheet_id)
    return sheet


def find_same_sheet(session: Session, sheet: OpeningSheet) -> OpeningSheet | None:
    """Return the sheet of the same file, from the same books as of the same day, or None."""
    return session.exec(
        select(OpeningSheet).where(
            OpeningSheet.file_sha256 == sheet.file_sha256,
            OpeningSheet.as_of == sheet.as_of,
            OpeningSheet.source_system == sheet.source_system,
        )
    ).one_or_none()


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
    """Compare every balance of a sheet with what was posted of it; nothing was, before it is confirmed.

    What was released from trust is owed, also where the sheet has no balance of `awards_payable`: that gets a line too.
    """
    lines = list_opening_lines(session, sheet_id)
    imported = {(line.fund_id, line.currency, AccountCode(line.code)): line.amount_minor for line in lines}
    posted = {
        transfer_id: int(amount_minor)
        for transfer_id, amount_minor in session.exec(
            select(LedgerTransfer.id, LedgerTransfer.amount_minor).where(
                LedgerTransfer.entry_id == f"opening-{sheet_id}"
            )
        )
    }
    books: defaultdict[_Book, dict[AccountCode, int]] = defaultdict(dict)
    for fund_id, currency, code in imported:
        deed = f"opening-{sheet_id}-{fund_id}-{currency}-{code}"
        books[fund_id, currency][code] = posted.get(deed, 0)
    codes = dict(session.exec(select(Fund.id, Fund.code).where(col(Fund.id).in_({book[0] for book in books}))).all())
    cleared = sum_cleared(session, sheet_id=sheet_id)
    found = []
    for (fund_id, currency), opened in books.items():
        still = compute_open(opened, cleared[fund_id, currency])
        shown = opened.keys() | {code for code, minor in still.items() if minor}
        found += [
            Reconciled(
                fund_code=codes[fund_id],
                code=code,
                imported=Money(imported.get((fund_id, currency, code), 0), currency),
                posted=Money(opened.get(code, 0), currency),
                still_open=Money(still.get(code, 0), currency),
            )
            for code in sorted(shown)
        ]
    return found


def sum_cleared(
    session: Session, *, sheet_id: str | None = None, as_of: date | None = None
) -> defaultdict[_Book, Counter[ClearanceKind]]:
    """Add up the approved clearances of every opened book that were not taken back, by kind, in minor units.

    Args:
        session: any.
        sheet_id: only of the books opened from this sheet.
        as_of: only what was cleared, and not taken back, on or before this day.
    """
    wanted = (
        select(
            OpeningClearance.fund_id,
            OpeningClearance.currency,
            OpeningClearance.kind,
            func.sum(OpeningClearance.amount_minor),
        )
        .join(OpeningClearanceApproval, col(OpeningClearanceApproval.clearance_id) == OpeningClearance.id)
        .where(is_cleared(as_of=as_of or date.max))
        .group_by(OpeningClearance.fund_id, OpeningClearance.currency, OpeningClearance.kind)
    )
    if sheet_id is not None:
        wanted = wanted.where(OpeningClearance.sheet_id == sheet_id)
    if as_of is not None:
        wanted = wanted.where(col(OpeningClearanceApproval.cleared_on) <= as_of)
    cleared: defaultdict[_Book, Counter[ClearanceKind]] = defaultdict(Counter)
    for fund_id, currency, kind, amount_minor in session.exec(wanted):
        cleared[fund_id, currency][ClearanceKind(kind)] = int(amount_minor)
    return cleared


def compute_still_open(session: Session, fund_id: str, currency: str) -> dict[AccountCode, int]:
    """Say what of a book's opening balances is still open, in minor units; nothing where it was not opened so."""
    book = session.get(OpenedBook, (fund_id, currency))
    if book is None:
        return compute_open({}, {})
    opened = {
        AccountCode(line.code): line.amount_minor
        for line in list_opening_lines(session, book.sheet_id)
        if (line.fund_id, line.currency) == (fund_id, currency)
    }
    return compute_open(opened, sum_cleared(session, sheet_id=book.sheet_id)[fund_id, currency])


def get_clearance(session: Session, clearance_id: str) -> OpeningClearance:
    """Return one clearance.

    Raises:
        ClearanceNotFound: none of this id was prepared.
    """
    clearance = session.get(OpeningClearance, clearance_id)
    if clearance is None:
        raise ClearanceNotFound("No such clearance was prepared.", record=clearance_id)
    return clearance


def get_cleared(session: Session, clearance_id: str) -> Cleared:
    """Return one clearance with what was said to it.

    Raises:
        ClearanceNotFound: none of this id was prepared.
    """
    found = session.exec(_select_cleared().where(OpeningClearance.id == clearance_id)).one_or_none()
    if found is None:
        raise ClearanceNotFound("No such clearance was prepared.", record=clearance_id)
    return Cleared(*found)


def list_clearances(session: Session, sheet_id: str, *, after: str = "", limit: int) -> list[Cleared]:
    """List the clearances of a sheet's balances with what was said to them, by id."""
    wanted = (
        _select_cleared()
        .where(OpeningClearance.sheet_id == sheet_id, col(OpeningClearance.id) > after)
        .order_by(col(OpeningClearance.id))
        .limit(limit)
    )
    return [Cleared(*found) for found in session.exec(wanted)]


def _select_cleared() -> Select[OpeningClearance, OpeningClearanceApproval, ReversalApproval]:
    return (
        select(OpeningClearance, OpeningClearanceApproval, ReversalApproval)
        .outerjoin(OpeningClearanceApproval, col(OpeningClearanceApproval.clearance_id) == OpeningClearance.id)
        .outerjoin(Reversal, col(Reversal.clearance_id) == OpeningClearance.id)
        .outerjoin(ReversalApproval, col(ReversalApproval.reversal_id) == Reversal.id)
    )
