"""What was recorded in error, and what has been taken back of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Select, or_
from sqlmodel import Session, col, select

from reparations.ledger.errors import RecordNotFound, ReversalNotFound
from reparations.ledger.models import Interest, ProgrammeCost, Reversal, ReversalApproval


class Reversed(NamedTuple):
    """A reversal, what it undoes, and the second person's yes if it was given."""

    reversal: Reversal
    record: ProgrammeCost | Interest
    approval: ReversalApproval | None


def get_record(session: Session, record_id: str) -> ProgrammeCost | Interest:
    """Return the cost or the interest of this id.

    Raises:
        RecordNotFound: there is none.
    """
    record = session.get(ProgrammeCost, record_id) or session.get(Interest, record_id)
    if record is None:
        raise RecordNotFound("No cost and no interest of this id is on record.", record=record_id)
    return record


def get_reversal(session: Session, reversal_id: str) -> Reversal:
    """Return one reversal.

    Raises:
        ReversalNotFound: none of this id was prepared.
    """
    reversal = session.get(Reversal, reversal_id)
    if reversal is None:
        raise ReversalNotFound("No such reversal was prepared.", record=reversal_id)
    return reversal


def find_reversal_of(session: Session, record_id: str) -> Reversal | None:
    """Return the reversal that was prepared of a record, or None."""
    of_record = or_(col(Reversal.cost_id) == record_id, col(Reversal.interest_id) == record_id)
    return session.exec(select(Reversal).where(of_record)).one_or_none()


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


def select_costs_taken_back(*, as_of: date) -> Select[str | None]:
    """Select the ids of the costs that were taken back up to the end of a day."""
    return (
        select(col(Reversal.cost_id))
        .join(ReversalApproval, col(ReversalApproval.reversal_id) == col(Reversal.id))
        .where(col(Reversal.cost_id).is_not(None), col(ReversalApproval.reversed_on) <= as_of)
    )
