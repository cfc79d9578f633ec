"""What may be taken back as recorded in error: what it says, and what it posted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlmodel import Session, col, select

from reparations.ledger import postings
from reparations.ledger.errors import AlreadyReversed, RecordNotFound
from reparations.ledger.models import (
    ClearanceKind,
    Contribution,
    CostClass,
    ExchangeStep,
    Interest,
    OpeningClearance,
    OpeningClearanceApproval,
    ProgrammeCost,
    Reversal,
    ReversalApproval,
    StepKind,
)
from reparations.ledger.postings import NewTransfer
from reparations.ledger.queries.spending import find_book_of
from reparations.money import Money


@dataclass(frozen=True, slots=True)
class Record:
    """Something that was recorded once, as a reversal needs to know it."""

    id: str
    named_in: str
    """The column of `Reversal` that names it."""
    reference: str
    happened_on: date
    fund_id: str
    amount: Money
    """Of an exchange what was sold; of a revaluation what it gained or lost."""
    transfers: list[NewTransfer] = field(repr=False)
    """What was posted when it was recorded."""


class Reversed(NamedTuple):
    """A reversal, what it undoes, and the second person's yes if it was given."""

    reversal: Reversal
    record: Record
    approval: ReversalApproval | None


def get_record(session: Session, record_id: str) -> Record:
    """Return the cost, the interest, the receipt, the approved clearance, the exchange or the revaluation of this id.

    Raises:
        RecordNotFound: there is none.
        AlreadyReversed: it is a reversal itself.
    """
    for find in _FINDERS:
        record = find(session, record_id)
        if record is not None:
            return record
    raise RecordNotFound(
        "No cost, interest, receipt, approved clearance or exchange of this id is on record.", record=record_id
    )


def list_reversals(session: Session, *, after: str | None, limit: int) -> Sequence[Reversed]:
    """List up to `limit` reversals by id, prepared or approved."""
    rows = session.exec(
        select(Reversal, ReversalApproval)
        .outerjoin(ReversalApproval, col(ReversalApproval.reversal_id) == col(Reversal.id))
        .where(col(Reversal.id) > (after or ""))
        .order_by(col(Reversal.id))
        .limit(limit)
    )
    return [Reversed(reversal, get_record(session, reversal.record_id), approval) for reversal, approval in rows]


def _find_cost(session: Session, record_id: str) -> Record | None:
    cost = session.get(ProgrammeCost, record_id)
    if cost is None:
        return None
    amount = Money(cost.amount_minor, cost.currency)
    make = postings.fee_charged if cost.cost_class == CostClass.FEE else postings.cost_paid
    posted = make(cost.id, fund_id=cost.fund_id, amount=amount)
    return Record(cost.id, "cost_id", cost.reference, cost.incurred_on, cost.fund_id, amount, posted)


def _find_interest(session: Session, record_id: str) -> Record | None:
    interest = session.get(Interest, record_id)
    if interest is None:
        return None
    amount = Money(interest.amount_minor, interest.currency)
    posted = postings.interest_received(interest.id, fund_id=interest.fund_id, amount=amount)
    return Record(
        interest.id, "interest_id", interest.reference, interest.received_on, interest.fund_id, amount, posted
    )


def _find_receipt(session: Session, record_id: str) -> Record | None:
    receipt = session.get(Contribution, record_id)
    if receipt is None:
        return None
    amount = Money(receipt.amount_minor, receipt.currency)
    fund_id, _ = find_book_of(session, receipt.id)
    posted = postings.contribution_received(receipt.id, fund_id=fund_id, amount=amount)
    return Record(receipt.id, "contribution_id", receipt.reference, receipt.received_on, fund_id, amount, posted)


def _find_clearance(session: Session, record_id: str) -> Record | None:
    clearance = session.get(OpeningClearance, record_id)
    approval = session.get(OpeningClearanceApproval, record_id)
    if clearance is None or approval is None:
        return None
    amount = Money(clearance.amount_minor, clearance.currency)
    posted = postings.opening_cleared(
        clearance.sheet_id,
        clearance.id,
        kind=ClearanceKind(clearance.kind),
        fund_id=clearance.fund_id,
        amount=amount,
    )
    return Record(
        clearance.id, "clearance_id", clearance.reference, approval.cleared_on, clearance.fund_id, amount, posted
    )


def _find_step(session: Session, record_id: str) -> Record | None:
    step = session.exec(select(ExchangeStep).where(ExchangeStep.id == record_id)).one_or_none()
    if step is None:
        return None
    if step.kind == StepKind.REVERSAL:
        raise AlreadyReversed(
            "This is a reversal, and a reversal is not reversed.",
            record=record_id,
            remedy="Record the exchange anew, under a reference of its own.",
        )
    gain = Money(step.gain_minor, step.measured_in)
    sold = _read(step.sold_minor, step.sold_currency)
    bought = _read(step.bought_minor, step.bought_currency)
    if sold is None or bought is None:
        amount = Money(abs(step.gain_minor), step.measured_in)
        posted = postings.position_gained(step.id, fund_id=step.fund_id, gain=gain)
    else:
        posted = postings.money_exchanged(step.id, fund_id=step.fund_id, sold=sold, bought=bought, gain=gain)
        amount = sold
    return Record(step.id, "exchange_id", step.reference, step.occurred_on, step.fund_id, amount, posted)


def _read(amount_minor: int | None, currency: str | None) -> Money | None:
    return None if amount_minor is None or currency is None else Money(amount_minor, currency)


_FINDERS: tuple[Callable[[Session, str], Record | None], ...] = (
    _find_cost,
    _find_interest,
    _find_receipt,
    _find_clearance,
    _find_step,
)
