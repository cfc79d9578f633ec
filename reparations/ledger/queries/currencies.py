"""Exchange rates, positions and their steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from sqlalchemy import and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from reparations.ledger.errors import PositionNotFound, RateNotFound
from reparations.ledger.models import ExchangePosition, ExchangeRate, ExchangeStep, StepKind
from reparations.ledger.rules import Position
from reparations.money import Money


def get_rate(session: Session, rate_id: str) -> ExchangeRate:
    """Return one rate.

    Raises:
        RateNotFound: there is none of this id.
    """
    rate = session.get(ExchangeRate, rate_id)
    if rate is None:
        raise RateNotFound("There is no such rate.", record=rate_id, remedy="GET /exchange-rates lists them.")
    return rate


def get_ratio(rate: ExchangeRate) -> Fraction:
    """Return what a rate says, exactly."""
    return Fraction(rate.numerator, rate.denominator)


def is_corrected(session: Session, rate_id: str) -> bool:
    """Say whether another rate has taken its place."""
    return session.exec(select(ExchangeRate.id).where(ExchangeRate.corrects_id == rate_id)).first() is not None


def find_published_rate(
    session: Session, *, base: str, quote: str, quoted_on: date, source: str
) -> ExchangeRate | None:
    """Return what a source published for a day, as it was recorded first, or None."""
    return session.exec(
        select(ExchangeRate).where(
            ExchangeRate.base == base,
            ExchangeRate.quote == quote,
            ExchangeRate.quoted_on == quoted_on,
            ExchangeRate.source == source,
            col(ExchangeRate.corrects_id).is_(None),
        )
    ).one_or_none()


def find_correction(session: Session, rate_id: str) -> ExchangeRate | None:
    """Return the rate that took the place of another, or None."""
    return session.exec(select(ExchangeRate).where(ExchangeRate.corrects_id == rate_id)).one_or_none()


def list_rates(
    session: Session,
    *,
    base: str | None = None,
    quote: str | None = None,
    current: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> Sequence[ExchangeRate]:
    """List rates as they were recorded, from the one after the id `after` on.

    Args:
        session: any.
        base: only of this currency.
        quote: only in this currency.
        current: leave out those that have been corrected.
        after: id of the last one seen.
        limit: at most.
    """
    statement = select(ExchangeRate).order_by(col(ExchangeRate.id)).limit(limit)
    for column, wanted in ((ExchangeRate.base, base), (ExchangeRate.quote, quote)):
        if wanted is not None:
            statement = statement.where(col(column) == wanted)
    if current:
        later = aliased(ExchangeRate)
        statement = statement.where(~select(later.id).where(col(later.corrects_id) == ExchangeRate.id).exists())
    if after is not None:
        statement = statement.where(col(ExchangeRate.id) > after)
    return session.exec(statement).all()


def find_position(session: Session, fund_id: str, one: str, other: str) -> ExchangePosition | None:
    """Return the fund's dealings between two currencies, named in any order, or None."""
    currency_a, currency_b = sorted((one, other))
    return session.get(ExchangePosition, (fund_id, currency_a, currency_b))


def get_position(session: Session, fund_id: str, one: str, other: str) -> ExchangePosition:
    """Return the fund's dealings between two currencies, named in any order.

    Raises:
        PositionNotFound: there were none.
    """
    position = find_position(session, fund_id, one, other)
    if position is None:
        raise PositionNotFound(f"The fund has never exchanged between {one} and {other}.", record=fund_id)
    return position


def find_last_step(session: Session, position: ExchangePosition) -> ExchangeStep | None:
    """Return the step taken last, or None."""
    return session.exec(
        select(ExchangeStep)
        .where(
            ExchangeStep.fund_id == position.fund_id,
            ExchangeStep.currency_a == position.currency_a,
            ExchangeStep.currency_b == position.currency_b,
        )
        .order_by(col(ExchangeStep.number).desc())
        .limit(1)
    ).one_or_none()


def find_resting_on(session: Session, step_id: str) -> ExchangeStep | None:
    """Return the last step that was taken after another of the same position and stands, or None."""
    step, later, undone = aliased(ExchangeStep), aliased(ExchangeStep), aliased(ExchangeStep)
    return session.exec(
        select(later)
        .join(
            step,
            and_(
                col(step.fund_id) == later.fund_id,
                col(step.currency_a) == later.currency_a,
                col(step.currency_b) == later.currency_b,
                col(step.number) < later.number,
            ),
        )
        .outerjoin(undone, col(undone.reverses_id) == later.id)
        .where(step.id == step_id, later.kind != StepKind.REVERSAL, col(undone.id).is_(None))
        .order_by(col(later.number).desc())
        .limit(1)
    ).one_or_none()


def get_carried(position: ExchangePosition, last: ExchangeStep | None) -> Position:
    """Return what is held and what it cost, after the last step."""
    measure = position.measured_in
    other = position.currency_b if measure == position.currency_a else position.currency_a
    held, cost = (0, 0) if last is None else (last.held_minor, last.cost_minor)
    return Position(Money(held, other), Money(cost, measure))


def get_step(session: Session, step_id: str) -> ExchangeStep:
    """Return one step; whoever asks knows that it is there."""
    return session.exec(select(ExchangeStep).where(ExchangeStep.id == step_id)).one()


def find_step_by_reference(session: Session, reference: str) -> ExchangeStep | None:
    """Return the exchange or revaluation of this reference, or None."""
    return session.exec(select(ExchangeStep).where(ExchangeStep.reference == reference)).one_or_none()


def list_steps(session: Session, fund_id: str, *, after: str | None = None, limit: int = 50) -> Sequence[ExchangeStep]:
    """List a fund's exchanges, revaluations and reversals as they were recorded, from after the id `after` on."""
    statement = select(ExchangeStep).where(ExchangeStep.fund_id == fund_id)
    if after is not None:
        statement = statement.where(col(ExchangeStep.id) > after)
    return session.exec(statement.order_by(col(ExchangeStep.id)).limit(limit)).all()
