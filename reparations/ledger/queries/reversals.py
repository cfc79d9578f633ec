"""What has been taken back as recorded in error."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Select, or_
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from reparations.ledger.errors import ReversalNotFound
from reparations.ledger.models import Contribution, OpeningClearance, Reversal, ReversalApproval


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
    columns = (
        col(Reversal.cost_id),
        col(Reversal.interest_id),
        col(Reversal.contribution_id),
        col(Reversal.clearance_id),
        col(Reversal.exchange_id),
    )
    of_record = or_(*(column == record_id for column in columns))
    return session.exec(select(Reversal).where(of_record)).one_or_none()


def select_costs_taken_back(*, as_of: date) -> Select[str | None]:
    """Select the ids of the costs that were taken back up to the end of a day."""
    return _select_taken_back(col(Reversal.cost_id), as_of=as_of)


def is_cleared(*, as_of: date = date.max) -> ColumnElement[bool]:
    """Say of a clearance (`OpeningClearance`) that it was not taken back up to the end of a day."""
    return col(OpeningClearance.id).not_in(_select_taken_back(col(Reversal.clearance_id), as_of=as_of))


def is_standing(*, as_of: date = date.max) -> ColumnElement[bool]:
    """Say of a receipt (`Contribution`) that it was not taken back up to the end of a day."""
    return col(Contribution.id).not_in(_select_taken_back(col(Reversal.contribution_id), as_of=as_of))


def _select_taken_back(column: Mapped[str | None], *, as_of: date) -> Select[str | None]:
    return (
        select(column)
        .join(ReversalApproval, col(ReversalApproval.reversal_id) == col(Reversal.id))
        .where(column.is_not(None), col(ReversalApproval.reversed_on) <= as_of)
    )
