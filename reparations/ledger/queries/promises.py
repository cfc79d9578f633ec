"""What belongs to pledges: parts, conditions, reductions, what is due and since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, and_, col, select

from reparations.ledger.errors import ConditionNotFound, ContributionNotFound
from reparations.ledger.models import (
    ConditionResolution,
    Contribution,
    Donor,
    Fund,
    Pledge,
    PledgeCondition,
    PledgePart,
    PledgeReduction,
)
from reparations.ledger.queries.reversals import is_standing
from reparations.ledger.rules import AgeBand, DuePart, compute_open_parts, find_age_band
from reparations.money import Money


@dataclass(frozen=True, slots=True)
class PledgeStanding:
    """A pledge with its parts, its conditions, and what has become of it."""

    pledge: Pledge
    parts: tuple[DuePart, ...]
    conditions: tuple[tuple[PledgeCondition, ConditionResolution | None], ...]
    reductions: tuple[PledgeReduction, ...]
    received: Money

    @property
    def reduced(self) -> Money:
        """What was taken off it."""
        return Money(sum(row.amount_minor for row in self.reductions), self.pledge.currency)

    @property
    def still_open(self) -> Money:
        """What is still expected."""
        return Money(self.pledge.amount_minor, self.pledge.currency) - self.received - self.reduced

    @property
    def open_conditions(self) -> tuple[PledgeCondition, ...]:
        """The conditions nobody has decided on."""
        return tuple(condition for condition, resolution in self.conditions if resolution is None)


@dataclass(frozen=True, slots=True)
class DuePledge:
    """What is still expected of a part of a pledge, and how long it has been due."""

    reference: str
    donor_code: str
    fund_code: str
    number: int
    due_on: date
    amount: Money
    band: AgeBand
    conditional: bool
    """A condition is open: it cannot be received yet."""


def get_standing(session: Session, pledge: Pledge) -> PledgeStanding:
    """Return a pledge with all that belongs to it."""
    return _list_standings(session, [pledge])[0]


def find_condition(session: Session, condition_id: str) -> tuple[PledgeCondition, ConditionResolution | None]:
    """Return a condition, and how it ended.

    Raises:
        ConditionNotFound: there is none of this id.
    """
    condition = session.get(PledgeCondition, condition_id)
    if condition is None:
        raise ConditionNotFound("There is no such condition.", record=condition_id)
    return condition, session.get(ConditionResolution, condition_id)


def find_reduction_by_reference(session: Session, reference: str) -> PledgeReduction | None:
    """Return the reduction recorded under this reference, or None."""
    return session.exec(select(PledgeReduction).where(PledgeReduction.reference == reference)).one_or_none()


def get_contribution(session: Session, contribution_id: str) -> Contribution:
    """Return one receipt.

    Raises:
        ContributionNotFound: there is none of this id.
    """
    contribution = session.get(Contribution, contribution_id)
    if contribution is None:
        raise ContributionNotFound("There is no such receipt.", record=contribution_id)
    return contribution


def list_pledges(
    session: Session, *, fund_id: str | None = None, after: str | None = None, limit: int = 200
) -> list[PledgeStanding]:
    """List pledges by reference, from the one after the reference `after` on."""
    statement = select(Pledge).order_by(col(Pledge.reference)).limit(limit)
    if fund_id is not None:
        statement = statement.where(Pledge.fund_id == fund_id)
    if after is not None:
        statement = statement.where(col(Pledge.reference) > after)
    return _list_standings(session, session.exec(statement).all())


def list_ageing(session: Session, *, as_of: date, fund_id: str | None = None) -> list[DuePledge]:
    """List what was still expected of pledges at the end of a day, part by part, with how long it had been due.

    Pledges, receipts, reductions and the meeting of conditions count if they were on that day or before, as in the
    statement of ageing.
    """
    statement = (
        select(Pledge, Donor.code, Fund.code)
        .join(Donor, col(Donor.id) == Pledge.donor_id)
        .join(Fund, col(Fund.id) == Pledge.fund_id)
        .where(Pledge.pledged_on <= as_of)
        .order_by(col(Pledge.reference))
    )
    if fund_id is not None:
        statement = statement.where(Pledge.fund_id == fund_id)
    rows = session.exec(statement).all()
    due: list[DuePledge] = []
    standings = _list_standings(session, [pledge for pledge, _, _ in rows], as_of=as_of)
    for (pledge, donor_code, fund_code), standing in zip(rows, standings, strict=True):
        parts = compute_open_parts(standing.parts, received=standing.received, reduced=standing.reduced)
        due += [
            DuePledge(
                reference=pledge.reference,
                donor_code=donor_code,
                fund_code=fund_code,
                number=number,
                due_on=part.due_on,
                amount=part.amount,
                band=find_age_band(part.due_on, as_of=as_of),
                conditional=bool(standing.open_conditions),
            )
            for number, part in enumerate(parts, start=1)
            if part.amount.amount_minor > 0
        ]
    return sorted(due, key=lambda part: (part.due_on, part.reference, part.number))


def _list_standings(session: Session, pledges: Sequence[Pledge], *, as_of: date = date.max) -> list[PledgeStanding]:
    ids = [pledge.id for pledge in pledges]
    parts: defaultdict[str, list[PledgePart]] = defaultdict(list)
    wanted = select(PledgePart).where(col(PledgePart.pledge_id).in_(ids)).order_by(col(PledgePart.number))
    for part in session.exec(wanted):
        parts[part.pledge_id].append(part)
    conditions: defaultdict[str, list[tuple[PledgeCondition, ConditionResolution | None]]] = defaultdict(list)
    for condition, resolution in session.exec(
        select(PledgeCondition, ConditionResolution)
        .outerjoin(
            ConditionResolution,
            and_(
                col(ConditionResolution.condition_id) == PledgeCondition.id,
                col(ConditionResolution.resolved_on) <= as_of,
            ),
        )
        .where(col(PledgeCondition.pledge_id).in_(ids))
        .order_by(col(PledgeCondition.id))
    ):
        conditions[condition.pledge_id].append((condition, resolution))
    reductions: defaultdict[str, list[PledgeReduction]] = defaultdict(list)
    for row in session.exec(
        select(PledgeReduction)
        .where(col(PledgeReduction.pledge_id).in_(ids), col(PledgeReduction.decided_on) <= as_of)
        .order_by(col(PledgeReduction.id))
    ):
        reductions[row.pledge_id].append(row)
    received: dict[str, int] = {
        pledge_id: int(total)
        for pledge_id, total in session.exec(
            select(Contribution.pledge_id, func.sum(Contribution.amount_minor))
            .where(
                col(Contribution.pledge_id).in_(ids), col(Contribution.received_on) <= as_of, is_standing(as_of=as_of)
            )
            .group_by(col(Contribution.pledge_id))
        )
    }
    return [
        PledgeStanding(
            pledge=pledge,
            parts=tuple(DuePart(part.due_on, Money(part.amount_minor, pledge.currency)) for part in parts[pledge.id]),
            conditions=tuple(conditions[pledge.id]),
            reductions=tuple(reductions[pledge.id]),
            received=Money(received.get(pledge.id, 0), pledge.currency),
        )
        for pledge in pledges
    ]
