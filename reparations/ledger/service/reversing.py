"""Taking back what was recorded in error, by two persons."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.audit import RowDigest
from reparations.db import Row, add_unless_there
from reparations.ids import new_id
from reparations.ledger import postings, queries, rules
from reparations.ledger.errors import AlreadyReversed, ExchangeOvertaken, ReferenceReused
from reparations.ledger.models import ExchangeStep, Reversal, ReversalApproval, StepKind
from reparations.ledger.queries import Record
from reparations.ledger.service.currencies import insert_step
from reparations.ledger.service.posting import post
from reparations.ledger.service.recording import check_second, insert_approval
from reparations.principal import Principal


def prepare_reversal(session: Session, record_id: str, *, reason: str, officer: Principal, at: datetime) -> Reversal:
    """Prepare taking back what was recorded in error; it posts nothing.

    A record is taken back whole, and once: what is right is recorded anew.  Preparing the same again changes nothing.

    Args:
        session: of the deed.
        record_id: of the cost, the interest, the receipt, the approved clearance, or the exchange or revaluation.
        reason: what was wrong, and what shows it.
        officer: the first of the two.
        at: now.

    Raises:
        RecordNotFound: there is none of this id.
        AlreadyReversed: a reversal of it was prepared before, for another reason; or it is one itself.
    """
    record = queries.get_record(session, record_id)
    reversal = Reversal(
        id=new_id("rvs"),
        reason=reason,
        prepared_by=officer.person_id,
        recorded_at=at,
    )
    setattr(reversal, record.named_in, record.id)
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
        DayTooEarly: the record is of a later day; or what it released was cleared on that day.
        DayToCome: the day has not come.
        InsufficientFunds, AwardsNotCovered: money that is taken back was spent.
        NotUnspent: something of the receipt was refunded.
        ClearanceExceeds: what the clearance released was cleared since.
        ExchangeOvertaken: a later exchange or revaluation rests on this one.
        PeriodClosed: see `post`.
    """
    reversal = queries.get_reversal(session, reversal_id)
    check_second(reversal.prepared_by, officer, record=reversal_id)
    rules.check_happened(reversed_on, at=at, field="occurred_on")
    record = queries.get_record(session, reversal.record_id)
    rules.check_not_before(
        reversed_on, record.happened_on, field="occurred_on", because="What is undone was", record=record.id
    )
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
    rows: list[Row | RowDigest] = [approval]
    if reversal.exchange_id is not None:
        rows.append(_move_back(session, record, reversal, reversed_on=reversed_on, officer=officer, at=at))
    if record.transfers:
        undone = postings.reversal(record.transfers)
        posting = post(session, entry_id=f"reversal-{reversal_id}", transfers=undone, occurred_on=reversed_on, at=at)
        rows.append(posting.digest)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="reversal.approved",
        subject=reversal_id,
        body={
            "record": record.id,
            "fund": record.fund_id,
            "amount_minor": record.amount.amount_minor,
            "currency": record.amount.currency,
        },
        rows=rows,
    )
    return approval


def _move_back(
    session: Session, record: Record, reversal: Reversal, *, reversed_on: date, officer: Principal, at: datetime
) -> ExchangeStep:
    """Move a position back to where it was before a step, by a step that is its mirror."""
    wrong = queries.get_step(session, record.id)
    resting = queries.find_resting_on(session, wrong.id)
    if resting is not None:
        raise ExchangeOvertaken(
            "Later steps of the position rest on this one: what they cost and gained was counted with it.",
            record=resting.id,
            remedy="Take the later ones back first, the last one first, and record them anew; or exchange back.",
        )
    position = queries.get_position(session, wrong.fund_id, wrong.currency_a, wrong.currency_b)
    last = queries.find_last_step(session, position) or wrong
    step = ExchangeStep(
        fund_id=wrong.fund_id,
        currency_a=wrong.currency_a,
        currency_b=wrong.currency_b,
        number=last.number + 1,
        id=new_id("exc"),
        reference=reversal.id,
        kind=StepKind.REVERSAL,
        measured_in=wrong.measured_in,
        reverses_id=wrong.id,
        sold_currency=wrong.bought_currency,
        sold_minor=wrong.bought_minor,
        bought_currency=wrong.sold_currency,
        bought_minor=wrong.sold_minor,
        occurred_on=reversed_on,
        source=reversal.reason,
        held_before_minor=last.held_minor,
        cost_before_minor=last.cost_minor,
        held_minor=wrong.held_before_minor,
        cost_minor=wrong.cost_before_minor,
        gain_minor=-wrong.gain_minor,
        recorded_by=officer.person_id,
        recorded_at=at,
    )
    if insert_step(session, step, position) is not None:
        raise ReferenceReused("The reversal's id was given as a reference before.", record=reversal.id)
    return step
