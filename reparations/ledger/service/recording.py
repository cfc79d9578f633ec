"""Keeping deeds with a reference of the sender's, and the second person's word on them."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations.db import add_unless_there, violated_constraint
from reparations.errors import ReparationsError
from reparations.ledger import queries
from reparations.ledger.errors import (
    AlreadyApproved,
    ClearanceExceeds,
    DayTooEarly,
    NotUnspent,
    OpeningMalformed,
    OutsidePeriod,
    OverheadAboveCeiling,
    ReferenceReused,
    RestrictionEscaped,
    SamePerson,
)
from reparations.ledger.models import InterfundApproval, OpeningClearanceApproval, RefundApproval, ReversalApproval
from reparations.ledger.queries import Deed
from reparations.principal import Principal

Approval = TypeVar("Approval", RefundApproval, InterfundApproval, OpeningClearanceApproval, ReversalApproval)


def insert_deed(session: Session, row: Deed) -> Deed | None:
    """Insert a deed; return the one of the same reference if it is on record, and refuse the reference for another."""
    try:
        earlier = add_unless_there(session, row, lambda: queries.find_deed(session, row))
    except IntegrityError as error:
        refusal = _explain(error, record=row.reference)
        if refusal is None:
            raise
        raise refusal from None
    if earlier is None:
        return None
    unimportant = {"id", "recorded_at", "recorded_by", "prepared_by"}
    if earlier.model_dump(exclude=unimportant) != row.model_dump(exclude=unimportant):
        raise ReferenceReused(
            "This reference was given before, for something else.", field="reference", record=row.reference
        )
    return earlier


def check_second(prepared_by: str, officer: Principal, *, record: str) -> None:
    """Refuse the word of the one who prepared it."""
    if prepared_by == officer.person_id:
        raise SamePerson("Who prepared it cannot approve it.", record=record, remedy="Ask another person.")


def insert_approval(session: Session, approval: Approval, *, record: str) -> Approval | None:
    """Insert the second person's yes, where the database agrees; return the one on record if it says the same.

    Raises:
        AlreadyApproved: somebody else has approved it, or this person for another day.
    """
    try:
        earlier = add_unless_there(session, approval, lambda: session.get(type(approval), record))
    except IntegrityError as error:
        refusal = _explain(error, record=record)
        if refusal is None:
            raise
        raise refusal from None
    if earlier is None:
        return None
    if earlier.model_dump(exclude={"recorded_at"}) != approval.model_dump(exclude={"recorded_at"}):
        raise AlreadyApproved("Somebody has approved this already.", record=record)
    return earlier


_REFUSALS: dict[str, tuple[type[ReparationsError], str]] = {
    "programme_cost.above_ceiling": (OverheadAboveCeiling, "Costs and fees would exceed the fund's ceiling."),
    "programme_cost.period": (OutsidePeriod, "The fund's money may not be used on that day."),
    "refund_approval.spent": (NotUnspent, "So much of this receipt is no longer unspent."),
    "interfund_move.escapes_restriction": (
        RestrictionEscaped,
        "The other fund may pay for what this one may not, or gives only a share for it.",
    ),
    "interfund_approval.period": (OutsidePeriod, "One of the funds may not be used on that day."),
    "opening_clearance_approval.exceeds_open": (
        ClearanceExceeds,
        "So much of what was taken over is no longer open.",
    ),
    "opening_clearance_approval.too_early": (OpeningMalformed, "On that day the books were not opened yet."),
    "reversal_approval.refunded": (NotUnspent, "Something of this receipt was refunded; what is left is refunded too."),
    "reversal_approval.cleared_since": (
        ClearanceExceeds,
        "What was released has been cleared since: take that clearance back first.",
    ),
    "opening_clearance_approval.crossed": (
        DayTooEarly,
        "So much was not open on that day: what made it open again, or owed, is of a later one.",
    ),
    "reversal_approval.crossed": (
        DayTooEarly,
        "On that day what was released was cleared: the clearance of it was taken back on a later one.",
    ),
    "reversal_approval.too_early": (DayTooEarly, "What is to be undone is of a later day."),
}


def _explain(error: IntegrityError, *, record: str) -> ReparationsError | None:
    """Say why the database refused a deed, where one of our triggers did."""
    known = _REFUSALS.get(violated_constraint(error))
    return known[0](known[1], record=record) if known is not None else None
