"""Opening books with the balances of another system, by two persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.db import add_unless_there, violated_constraint
from reparations.ids import new_id
from reparations.ledger import postings, queries, rules
from reparations.ledger.errors import AlreadyOpened, OpeningMalformed
from reparations.ledger.models import AccountCode, OpenedBook, OpeningLine, OpeningSheet
from reparations.ledger.service.posting import post
from reparations.money import Money
from reparations.principal import Principal

_IN_USE = frozenset({"opened_book.in_use", "opened_book.exists", "pk_opened_book"})


def prepare_opening(
    session: Session, content: bytes, *, source_system: str, as_of: date, officer: Principal, at: datetime
) -> OpeningSheet:
    """Keep a file of balances, line by line, until another person confirms it.  It posts nothing.

    The same file again, from the same books and as of the same day, gives the sheet prepared first.

    Args:
        session: of the deed.
        content: the file, see `rules.read_balances`; its hash is kept.
        source_system: the books it comes from.
        as_of: the day at whose end the balances stood there.
        officer: the first of the two.
        at: now.

    Raises:
        OpeningMalformed: see `rules.read_balances`; or books that are not there; or a day to come.
    """
    if as_of > at.date():
        raise OpeningMalformed("Balances of a day to come are not opened with.", field="as_of")
    balances = rules.read_balances(content)
    sheet = OpeningSheet(
        id=new_id("ops"),
        source_system=source_system,
        as_of=as_of,
        file_sha256=sha256(content).digest(),
        prepared_by=officer.person_id,
        prepared_at=at,
    )
    lines = _read_lines(session, sheet, balances)
    earlier = add_unless_there(session, sheet, lambda: queries.find_same_sheet(session, sheet))
    if earlier is not None:
        return earlier
    session.add_all(lines)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="opening.prepared",
        subject=sheet.id,
        body={"as_of": as_of.isoformat(), "balances": len(lines), "file_sha256": sheet.file_sha256.hex()},
        rows=[sheet, *lines],
    )
    return sheet


def _read_lines(session: Session, sheet: OpeningSheet, balances: Sequence[rules.OpeningBalance]) -> list[OpeningLine]:
    """Turn the balances of a file into lines of a sheet; each is of a fund that keeps books in its currency."""
    lines = []
    for number, balance in enumerate(balances, start=1):
        fund = queries.find_fund_by_code(session, balance.fund_code)
        if fund is None or balance.amount.currency not in queries.list_books(session, [fund.id]).get(fund.id, ()):
            raise OpeningMalformed(
                f"Balance {number} is of a fund that is not there, or keeps no books in that currency.",
                field="file",
                remedy="Open the funds first, with their currencies.",
            )
        lines.append(
            OpeningLine(
                sheet_id=sheet.id,
                fund_id=fund.id,
                currency=balance.amount.currency,
                code=balance.code,
                amount_minor=balance.amount.amount_minor,
            )
        )
    return lines


def confirm_opening(session: Session, sheet_id: str, *, officer: Principal, at: datetime) -> OpeningSheet:
    """Take the balances of a sheet over into the books, as one entry.  Confirming it again changes nothing.

    Raises:
        OpeningSheetNotFound: see `queries`.
        SamePerson: who prepared it does not confirm it.
        AlreadyOpened: one of the books was opened before, or something is posted in it.
        OpeningMalformed: nothing stands on the sheet but zeros.
        AwardsNotCovered: more is owed than held in one of the books.
        PeriodClosed: see `post`.
    """
    sheet = queries.get_sheet(session, sheet_id)
    if _is_confirmed(session, sheet_id, officer):
        return sheet
    rules.check_two_persons(sheet.prepared_by, officer.person_id)
    lines = queries.list_opening_lines(session, sheet_id)
    transfers = postings.books_opened(
        sheet.id,
        ((line.fund_id, AccountCode(line.code), Money(line.amount_minor, line.currency)) for line in lines),
    )
    if not transfers:
        raise OpeningMalformed("Every balance of the sheet is zero; there is nothing to take over.", record=sheet_id)
    # Locked one book after the other, in the order of fund and currency.
    books = [
        OpenedBook(
            fund_id=fund_id,
            currency=currency,
            sheet_id=sheet.id,
            prepared_by=sheet.prepared_by,
            confirmed_by=officer.person_id,
            confirmed_at=at,
        )
        for fund_id, currency in sorted({(line.fund_id, line.currency) for line in lines})
    ]
    for book in books:
        try:
            with session.begin_nested():
                session.add(book)
        except IntegrityError as error:
            if violated_constraint(error) not in _IN_USE:
                raise
            # Not of a later book: of this sheet, those before it are our own.
            if book is books[0] and _is_confirmed(session, sheet_id, officer):
                return sheet
            raise AlreadyOpened(
                f"The fund's books in {book.currency} are in use: they are opened before anything is posted in them.",
                record=book.fund_id,
                remedy="Bring balances over into a fund of their own, or leave these out of the sheet.",
            ) from None
    posting = post(session, entry_id=f"opening-{sheet.id}", transfers=transfers, occurred_on=sheet.as_of, at=at)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="opening.confirmed",
        subject=sheet.id,
        body={"prepared_by": sheet.prepared_by, "transfers": len(transfers)},
        rows=[*books, posting.digest],
    )
    return sheet


def _is_confirmed(session: Session, sheet_id: str, officer: Principal) -> bool:
    """Say whether this person has confirmed this sheet."""
    opened = queries.list_opened_books(session, sheet_id)
    return bool(opened) and all(book.confirmed_by == officer.person_id for book in opened)
