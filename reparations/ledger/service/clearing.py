"""Bringing the balances that books were opened with to zero, by two persons, as the world catches up with them."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.ids import new_id
from reparations.ledger import postings, queries, rules
from reparations.ledger.errors import ClearanceExceeds
from reparations.ledger.models import ClearanceKind, OpenedBook, OpeningClearance, OpeningClearanceApproval
from reparations.ledger.service.posting import post
from reparations.ledger.service.recording import check_second, insert_approval, insert_deed
from reparations.money import Money
from reparations.principal import Principal


def prepare_clearance(
    session: Session,
    *,
    reference: str,
    fund_id: str,
    kind: ClearanceKind,
    amount: Money,
    citation: str,
    officer: Principal,
    at: datetime,
) -> OpeningClearance:
    """Prepare clearing so much of what a fund's books were opened with; somebody else approves it, then it is posted.

    Args:
        session: of the deed.
        reference: the bank's or the authority's, with what makes it one of ours.
        fund_id: whose books.
        kind: what became of the money.
        amount: how much of it, in the currency of the books.
        citation: the statement, or the authority with its reason.
        officer: the first of the two.
        at: now.

    Raises:
        FundNotFound: see `queries`.
        EntryMalformed: nothing is cleared.
        ClearanceExceeds: so much is not open, or the books were not opened with another system's balances.
        ReferenceReused: the reference was given before, for something else.
    """
    rules.check_gift(amount)
    book = session.get(OpenedBook, (queries.get_fund(session, fund_id).id, amount.currency))
    if book is None:
        raise ClearanceExceeds(
            f"The fund's books in {amount.currency} were not opened with balances of another system.",
            field="currency",
            record=fund_id,
        )
    row = OpeningClearance(
        id=new_id("clr"),
        reference=reference,
        sheet_id=book.sheet_id,
        fund_id=fund_id,
        currency=amount.currency,
        kind=kind,
        amount_minor=amount.amount_minor,
        citation=citation,
        prepared_by=officer.person_id,
        recorded_at=at,
    )
    if queries.find_deed(session, row) is None:
        still_open = queries.compute_still_open(session, fund_id, amount.currency)
        rules.check_clearable(kind, amount, still_open, record=book.sheet_id)
    earlier = insert_deed(session, row)
    if earlier is not None:
        return earlier
    audit.record(session, at=at, actor=officer, action="clearance.prepared", subject=row.id, rows=[row])
    return row


def approve_clearance(
    session: Session, clearance_id: str, *, cleared_on: date, officer: Principal, at: datetime
) -> OpeningClearance:
    """Approve a clearance as the second person; the books say so from then on.

    Args:
        session: of the deed.
        clearance_id: what somebody else prepared.
        cleared_on: the day by the bank or by the authority; where its period is closed, the first day that is open.
        officer: the second of the two.
        at: now.

    Raises:
        ClearanceNotFound: see `queries`.
        SamePerson: who prepared it does not approve it.
        AlreadyApproved: somebody else has, or for another day.
        DayToCome: the day has not come.
        DayTooEarly: so much was not open on that day.
        ClearanceExceeds: something else of the same balance was cleared meanwhile.
        OpeningMalformed: the books were opened on a later day.
        InsufficientFunds, PeriodClosed: see `post`.
    """
    clearance = queries.get_clearance(session, clearance_id)
    check_second(clearance.prepared_by, officer, record=clearance_id)
    rules.check_happened(cleared_on, at=at, field="occurred_on")
    approval = OpeningClearanceApproval(
        clearance_id=clearance_id,
        fund_id=clearance.fund_id,
        currency=clearance.currency,
        prepared_by=clearance.prepared_by,
        approved_by=officer.person_id,
        cleared_on=cleared_on,
        recorded_at=at,
    )
    # Locks the whole book, in the order in which `post` does.
    if insert_approval(session, approval, record=clearance_id) is not None:
        return clearance
    transfers = postings.opening_cleared(
        clearance.sheet_id,
        clearance_id,
        kind=ClearanceKind(clearance.kind),
        fund_id=clearance.fund_id,
        amount=Money(clearance.amount_minor, clearance.currency),
    )
    entry_id = postings.name_clearance(clearance.sheet_id, clearance_id)
    posting = post(session, entry_id=entry_id, transfers=transfers, occurred_on=cleared_on, at=at)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="clearance.approved",
        subject=clearance_id,
        body={"fund": clearance.fund_id, "kind": clearance.kind, "amount_minor": clearance.amount_minor},
        rows=[approval, posting.digest],
    )
    return clearance
