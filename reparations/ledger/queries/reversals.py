"""What was recorded in error, and what has been taken back of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, or_
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from reparations.ledger.errors import RecordNotFound, ReversalNotFound
from reparations.ledger.models import Contribution, Interest, ProgrammeCost, Reversal, ReversalApproval

Record = ProgrammeCost | Interest | Contribution
"""What may be taken back as recorded in error."""


class Reversed(NamedTuple):
    """A reversal, what it undoes, and the second person's yes if it was given."""

    reversal: Reversal
    record: Record
    approval: ReversalApproval | None


def get_record(session: Session, record_id: str) -> Record:
    """Return the cost, the interest or the receipt of this id.

    Raises:
        RecordNotFound: there is none.
    """
    cost_or_interest = session.get(ProgrammeCost, record_id) or session.get(Interest, record_id)
    record = cost_or_interest or session.get(Contribution, record_id)
    if record is None:
        raise RecordNotFound("No cost, interest or receipt of this id is on record.", record=record_id)
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
    columns = (col(Reversal.cost_id), col(Reversal.interest_id), col(Reversal.contribution_id))
    of_record = or_(*(column == record_id for column in columns))
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
    return _select_taken_back(col(Reversal.cost_id), as_of=as_of)


def is_standing(*, as_of: date = date.max) -> ColumnElement[bool]:
    """Say of a receipt (`Contribution`) that it was not taken back up to the end of a day."""
    return col(Contribution.id).not_in(_select_taken_back(col(Reversal.contribution_id), as_of=as_of))


def _select_taken_back(column: Mapped[str | None], *, as_of: date) -> Select[str | None]:
    return (
        select(column)
        .join(ReversalApproval, col(ReversalApproval.reversal_id) == col(Reversal.id))
        .where(column.is_not(None), col(ReversalApproval.reversed_on) <= as_of)
    )
