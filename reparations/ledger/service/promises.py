"""What becomes of pledges: conditions met or waived, pledges reduced, cancelled, refused."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.db import add_unless_there
from reparations.ids import new_id
from reparations.ledger import postings, queries, rules
from reparations.ledger.errors import (
    AlreadyReceived,
    ConditionNotFound,
    ConditionResolved,
    EntryMalformed,
    PledgeClosed,
    ReferenceReused,
)
from reparations.ledger.models import ConditionOutcome, ConditionResolution, Pledge, PledgeReduction, ReductionKind
from reparations.ledger.service.posting import post
from reparations.money import Money
from reparations.principal import Principal


def resolve_condition(
    session: Session,
    condition_id: str,
    *,
    outcome: ConditionOutcome,
    authority: str,
    resolved_on: date,
    officer: Principal,
    at: datetime,
) -> ConditionResolution:
    """Record that a condition of a pledge is met, or who waived it; the same again changes nothing.

    Raises:
        ConditionNotFound: see `queries`.
        ConditionResolved: it was decided before, otherwise.
        DayToCome: the day has not come.
    """
    rules.check_happened(resolved_on, at=at, field="resolved_on")
    condition, _ = queries.find_condition(session, condition_id)
    resolution = ConditionResolution(
        condition_id=condition_id,
        outcome=outcome.value,
        authority=authority,
        resolved_on=resolved_on,
        resolved_by=officer.person_id,
        recorded_at=at,
    )
    earlier = add_unless_there(session, resolution, lambda: queries.find_condition(session, condition_id)[1])
    if earlier is not None:
        if (earlier.outcome, earlier.authority, earlier.resolved_on) != (outcome.value, authority, resolved_on):
            raise ConditionResolved(f"The condition was {earlier.outcome} before.", record=condition_id)
        return earlier
    audit.record(
        session,
        at=at,
        actor=officer,
        action="condition.resolved",
        subject=condition_id,
        body={"pledge": condition.pledge_id, "outcome": outcome.value},
        rows=[resolution],
    )
    return resolution


def reduce_pledge(  # noqa: PLR0913 a decision has that many parts, all named
    session: Session,
    pledge_id: str,
    *,
    reference: str,
    kind: ReductionKind,
    amount: Money | None = None,
    condition_id: str | None = None,
    reason: str,
    citation: str,
    decided_on: date,
    officer: Principal,
    at: datetime,
) -> PledgeReduction:
    """Take off a pledge what will not come, in the books too; the same reference again gives the first reduction.

    A reduction takes `amount` off; a cancellation by the donor and a refusal by the fund take all that is open.

    Raises:
        PledgeNotFound: see `queries`.
        EntryMalformed: an amount is named where all falls away, or none where it is reduced.
        ConditionNotFound: the condition is not this pledge's.
        AlreadyReceived: a pledge is refused of which money has come in.
        PledgeClosed: less is open than would be taken off.
        CurrencyMismatch: the pledge is in another currency.
        DayToCome, DayTooEarly: the day has not come, or lies before the pledge.
        ReferenceReused: the reference was given before, for another reduction.
    """
    pledge = queries.get_pledge(session, pledge_id)
    earlier = queries.find_reduction_by_reference(session, reference)
    if earlier is not None:
        return _same_reduction(earlier, amount, (pledge_id, kind.value, condition_id, reason, citation, decided_on))
    _check_day(pledge, decided_on, at=at)
    taken = _decide_amount(queries.get_standing(session, pledge), kind, amount, condition_id)
    reduction = PledgeReduction(
        id=new_id("prd"),
        reference=reference,
        pledge_id=pledge_id,
        kind=kind.value,
        amount_minor=taken.amount_minor,
        condition_id=condition_id,
        reason=reason,
        citation=citation,
        decided_on=decided_on,
        decided_by=officer.person_id,
        recorded_at=at,
    )
    try:
        with session.begin_nested():
            session.add(reduction)
    except IntegrityError:
        earlier = queries.find_reduction_by_reference(session, reference)
        if earlier is None:
            _decide_amount(queries.get_standing(session, pledge), kind, taken, condition_id)
            raise
        return _same_reduction(earlier, amount, (pledge_id, kind.value, condition_id, reason, citation, decided_on))
    posting = post(
        session,
        entry_id=f"reduction-{reduction.id}",
        transfers=postings.pledge_reduced(reduction.id, fund_id=pledge.fund_id, amount=taken),
        occurred_on=decided_on,
        at=at,
    )
    audit.record(
        session,
        at=at,
        actor=officer,
        action=f"pledge.{kind.value}",
        subject=pledge_id,
        body={"amount_minor": taken.amount_minor, "currency": taken.currency, "condition": condition_id},
        rows=[reduction, posting.digest],
    )
    return reduction


def _check_day(pledge: Pledge, decided_on: date, *, at: datetime) -> None:
    rules.check_happened(decided_on, at=at, field="decided_on")
    rules.check_not_before(
        decided_on, pledge.pledged_on, field="decided_on", because="The money was pledged", record=pledge.reference
    )


def _decide_amount(
    standing: queries.PledgeStanding, kind: ReductionKind, amount: Money | None, condition_id: str | None
) -> Money:
    """Return what is taken off, or say why nothing can be."""
    if (kind == ReductionKind.REDUCED) != (amount is not None):
        raise EntryMalformed("A reduction names its amount; a cancellation or refusal takes all.", field="amount")
    if condition_id is not None and kind != ReductionKind.REFUSED:
        raise EntryMalformed("Only a refusal names the condition it is for.", field="condition_id")
    if condition_id is not None and condition_id not in {condition.id for condition, _ in standing.conditions}:
        raise ConditionNotFound("The pledge has no such condition.", field="condition_id", record=condition_id)
    if kind == ReductionKind.REFUSED and standing.received.amount_minor:
        raise AlreadyReceived(
            "Money of this pledge has come in: it is too late to refuse it.",
            record=standing.pledge.id,
            remedy="Cancel what is still open, and refund what is unspent.",
        )
    taken = standing.still_open if amount is None else amount
    if taken.amount_minor <= 0 or standing.still_open < taken:
        raise PledgeClosed(f"{standing.still_open} of the pledge is open.", field="amount", record=standing.pledge.id)
    return taken


def _same_reduction(earlier: PledgeReduction, amount: Money | None, wanted: tuple[object, ...]) -> PledgeReduction:
    """Return the reduction on record if it says the same; where none is named, the amount is what was open then."""
    kept = (earlier.pledge_id, earlier.kind, earlier.condition_id, earlier.reason, earlier.citation, earlier.decided_on)
    if kept != wanted or (amount is not None and amount.amount_minor != earlier.amount_minor):
        raise ReferenceReused(
            "This reference was given before, for another reduction.", field="reference", record=earlier.reference
        )
    return earlier
