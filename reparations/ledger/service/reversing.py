"""Taking back what was recorded in error, by two persons."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.db import add_unless_there
from reparations.ids import new_id
from reparations.ledger import postings, queries, rules
from reparations.ledger.errors import AlreadyReversed
from reparations.ledger.models import Contribution, CostClass, Interest, ProgrammeCost, Reversal, ReversalApproval
from reparations.ledger.postings import NewTransfer
from reparations.ledger.queries import Record
from reparations.ledger.service.posting import post
from reparations.ledger.service.recording import check_second, insert_approval
from reparations.money import Money
from reparations.principal import Principal


def prepare_reversal(session: Session, record_id: str, *, reason: str, officer: Principal, at: datetime) -> Reversal:
    """Prepare taking a cost, interest or receipt back that was recorded in error; it posts nothing.

    A record is taken back whole, and once: what is right is recorded anew.  Preparing the same again changes nothing.

    Args:
        session: of the deed.
        record_id: of the cost, the interest or the receipt.
        reason: what was wrong, and what shows it.
        officer: the first of the two.
        at: now.

    Raises:
        RecordNotFound: there is none of this id.
        AlreadyReversed: a reversal of it was prepared before, for another reason.
    """
    record = queries.get_record(session, record_id)
    reversal = Reversal(
        id=new_id("rvs"),
        cost_id=record_id if isinstance(record, ProgrammeCost) else None,
        interest_id=record_id if isinstance(record, Interest) else None,
        contribution_id=record_id if isinstance(record, Contribution) else None,
        reason=reason,
        prepared_by=officer.person_id,
        recorded_at=at,
    )
    earlier = add_unless_there(session, reversal, lambda: queries.find_reversal_of(session, record_id))
    if earlier is None:
        audit.record(
            session,
            at=at,
            actor=officer,
            action="reversal.prepared",
            subject=reversal.id,
            body={"record": record_id},
            rows=[reversal],
        )
        return reversal
    if earlier.reason != reason:
        raise AlreadyReversed(
            "A reversal of this was prepared before, for another reason.",
            record=earlier.id,
            remedy="Look at GET /reversals; a record is taken back once.",
        )
    return earlier


def approve_reversal(
    session: Session, reversal_id: str, *, reversed_on: date, officer: Principal, at: datetime
) -> ReversalApproval:
    """Approve a reversal as the second person: the transfers of the record are undone.  Again, it changes nothing.

    Args:
        session: of the deed.
        reversal_id: see `prepare_reversal`.
        reversed_on: the day of the correction; an open day, and not before the day of what it undoes.
        officer: the second of the two.
        at: now.

    Raises:
        ReversalNotFound: see `queries`.
        SamePerson: who prepared it does not approve it.
        AlreadyApproved: somebody else has, or for another day.
        DayTooEarly: the record is of a later day.
        DayToCome: the day has not come.
        InsufficientFunds, AwardsNotCovered: money that is taken back was spent.
        NotUnspent: something of the receipt was refunded.
        PeriodClosed: see `post`.
    """
    reversal = queries.get_reversal(session, reversal_id)
    check_second(reversal.prepared_by, officer, record=reversal_id)
    rules.check_happened(reversed_on, at=at, field="occurred_on")
    record = queries.get_record(session, reversal.record_id)
    its_day = record.incurred_on if isinstance(record, ProgrammeCost) else record.received_on
    rules.check_not_before(reversed_on, its_day, field="occurred_on", because="What is undone was", record=record.id)
    approval = ReversalApproval(
        reversal_id=reversal_id,
        prepared_by=reversal.prepared_by,
        approved_by=officer.person_id,
        reversed_on=reversed_on,
        recorded_at=at,
    )
    earlier = insert_approval(session, approval, record=reversal_id)
    if earlier is not None:
        return earlier
    fund_id = _find_fund(session, record)
    posting = post(
        session,
        entry_id=f"reversal-{reversal_id}",
        transfers=postings.reversal(_list_transfers(record, fund_id)),
        occurred_on=reversed_on,
        at=at,
    )
    audit.record(
        session,
        at=at,
        actor=officer,
        action="reversal.approved",
        subject=reversal_id,
        body={
            "record": record.id,
            "fund": fund_id,
            "amount_minor": record.amount_minor,
            "currency": record.currency,
        },
        rows=[approval, posting.digest],
    )
    return approval


def _find_fund(session: Session, record: Record) -> str:
    if isinstance(record, Contribution):
        fund_id, _ = queries.find_book_of(session, record.id)
        return fund_id
    return record.fund_id


def _list_transfers(record: Record, fund_id: str) -> list[NewTransfer]:
    """List the transfers that were posted when the record was made."""
    amount = Money(record.amount_minor, record.currency)
    if isinstance(record, Contribution):
        return postings.contribution_received(record.id, fund_id=fund_id, amount=amount)
    if isinstance(record, Interest):
        return postings.interest_received(record.id, fund_id=fund_id, amount=amount)
    make = postings.fee_charged if record.cost_class == CostClass.FEE else postings.cost_paid
    return make(record.id, fund_id=fund_id, amount=amount)
