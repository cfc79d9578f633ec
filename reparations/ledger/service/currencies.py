"""Recording rates, exchanging money, revaluing what was bought."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit, money
from reparations.db import add_unless_there, violated_constraint
from reparations.ids import new_id
from reparations.ledger import postings, queries, rules
from reparations.ledger.errors import (
    ExchangeMalformed,
    ExchangeOvertaken,
    RateCorrected,
    RateMalformed,
    ReferenceReused,
)
from reparations.ledger.models import ExchangePosition, ExchangeRate, ExchangeStep, StepKind
from reparations.ledger.postings import NewTransfer
from reparations.ledger.service.deeds import Posting
from reparations.ledger.service.posting import post
from reparations.money import Money
from reparations.principal import Principal

_OVERTAKEN = frozenset(
    {
        "exchange_step.position_moved",
        "exchange_step.not_the_last",
        "exchange_step.exists",
        "exchange_position.exists",
        "pk_exchange_step",
        "pk_exchange_position",
    }
)
"""How the engines say that the step before is no longer the last."""

_NOT_COMPARED = frozenset(
    {
        "id",
        "number",
        "held_before_minor",
        "cost_before_minor",
        "held_minor",
        "cost_minor",
        "gain_minor",
        "recorded_by",
        "recorded_at",
    }
)
"""What a second request of the same reference could not have known."""


def record_rate(  # noqa: PLR0913 a rate has that many parts, all named
    session: Session,
    *,
    base: str,
    quote: str,
    rate: str,
    quoted_on: date,
    source: str,
    corrects_id: str | None = None,
    officer: Principal,
    at: datetime,
) -> ExchangeRate:
    """Record what a source published for a day.  Recording the same again gives the rate recorded first.

    Args:
        session: of the deed.
        base: the currency of which one unit …
        quote: … is worth `rate` units of this one.
        rate: see `rules.parse_rate`.
        quoted_on: the day it was published for.
        source: where anybody can look it up; it stands in place of a second person.
        corrects_id: a rate of the same currencies and day that was wrong.
        officer: who records it.
        at: now.

    Raises:
        RateMalformed: not a rate; one currency; a correction of other currencies or of another day.
        UnknownCurrency: not an active ISO 4217 code.
        RateNotFound, RateCorrected: about `corrects_id`.
        DayToCome: the day has not come.
        ReferenceReused: the source was recorded with another rate for that day.
    """
    for currency in (base, quote):
        money.exponent(currency)
    if base == quote:
        raise RateMalformed("A rate is between two currencies.", field="quote")
    ratio = rules.parse_rate(rate)
    rules.check_happened(quoted_on, at=at, field="quoted_on")
    corrected = None if corrects_id is None else queries.get_rate(session, corrects_id)
    if corrected and (corrected.base, corrected.quote, corrected.quoted_on) != (base, quote, quoted_on):
        raise RateMalformed("A correction is of the same currencies and the same day.", field="corrects_id")
    wanted = ExchangeRate(
        id=new_id("rte"),
        base=base,
        quote=quote,
        numerator=ratio.numerator,
        denominator=ratio.denominator,
        quoted_on=quoted_on,
        source=source,
        corrects_id=corrects_id,
        recorded_by=officer.person_id,
        recorded_at=at,
    )
    earlier = add_unless_there(session, wanted, lambda: _find_same_rate(session, wanted))
    if earlier is not None:
        return _check_same_rate(earlier, wanted)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="exchange_rate.recorded",
        subject=wanted.id,
        body={"base": base, "quote": quote, "rate": f"{ratio.numerator}/{ratio.denominator}"},
        rows=[wanted],
    )
    return wanted


def _find_same_rate(session: Session, wanted: ExchangeRate) -> ExchangeRate | None:
    if wanted.corrects_id is not None:
        return queries.find_correction(session, wanted.corrects_id)
    return queries.find_published_rate(
        session, base=wanted.base, quote=wanted.quote, quoted_on=wanted.quoted_on, source=wanted.source
    )


def _check_same_rate(earlier: ExchangeRate, wanted: ExchangeRate) -> ExchangeRate:
    same = (earlier.numerator, earlier.denominator, earlier.source)
    if same == (wanted.numerator, wanted.denominator, wanted.source):
        return earlier
    if wanted.corrects_id is not None:
        raise RateCorrected("The rate has been corrected already.", field="corrects_id", record=earlier.id)
    raise ReferenceReused(
        "This source was recorded for the day with another rate.",
        field="rate",
        record=earlier.id,
        remedy="If that one was wrong, send this one as its correction.",
    )


def exchange_money(  # noqa: PLR0913 an exchange has that many parts, all named
    session: Session,
    *,
    reference: str,
    fund_id: str,
    sold: Money,
    bought: Money,
    occurred_on: date,
    source: str,
    rate_id: str | None = None,
    measured_in: str | None = None,
    officer: Principal,
    at: datetime,
) -> ExchangeStep:
    """Record that the bank took one amount of a fund's money and gave another, and what was gained or lost by it.

    The same reference again gives the exchange recorded first.

    Args:
        session: of the deed.
        reference: the bank's.
        fund_id: whose money.
        sold: what the bank took.
        bought: what it gave; the rate is what these two imply.
        occurred_on: the bank's day.
        source: the bank's advice.
        rate_id: a published rate to keep beside it, for whoever asks whether the bank's was fair.
        measured_in: the currency gains are measured in, said at the first exchange between the two; what is sold then,
            if left out.
        officer: who records it.
        at: now.

    Raises:
        ExchangeMalformed: see `rules.check_exchange`; or `measured_in` is neither of the two, or not what was said
            first.
        FundNotFound, RateNotFound, RateCorrected, ReferenceReused, ExchangeOvertaken, DayToCome: see `ledger.errors`.
        AccountNotFound, InsufficientFunds, AwardsNotCovered, PeriodClosed: see `post`.
    """
    queries.get_fund(session, fund_id)
    rules.check_exchange(sold, bought)
    rules.check_happened(occurred_on, at=at, field="occurred_on")
    position = _open_position(session, fund_id, sold, bought, measured_in=measured_in, at=at)
    last = queries.find_last_step(session, position)
    before = queries.get_carried(position, last)
    moved = rules.exchange(before, sold=sold, bought=bought)
    step = _new_step(
        position,
        last,
        moved,
        kind=StepKind.EXCHANGE,
        reference=reference,
        occurred_on=occurred_on,
        source=source,
        rate=_get_usable_rate(session, rate_id, occurred_on, position, reference=reference),
        officer=officer,
        at=at,
    )
    step.sold_currency, step.sold_minor = sold.currency, sold.amount_minor
    step.bought_currency, step.bought_minor = bought.currency, bought.amount_minor
    transfers = postings.money_exchanged(step.id, fund_id=fund_id, sold=sold, bought=bought, gain=moved.gain)
    return _take_step(session, step, position, transfers, action="money.exchanged", officer=officer, at=at)


def revalue_position(  # noqa: PLR0913 a revaluation has that many parts, all named
    session: Session,
    *,
    reference: str,
    fund_id: str,
    currency: str,
    measured_in: str,
    rate_id: str,
    valued_on: date,
    source: str,
    officer: Principal,
    at: datetime,
) -> ExchangeStep:
    """Carry what a fund bought of `currency` at a published rate, and post what that gains or loses.

    Raises:
        PositionNotFound: nothing was ever exchanged between the two.
        ExchangeMalformed: nothing is held by exchange, or gains are measured in the other currency.
        FundNotFound, RateNotFound, RateCorrected, ReferenceReused, ExchangeOvertaken, DayToCome: see `ledger.errors`.
        PeriodClosed: see `post`.
    """
    queries.get_fund(session, fund_id)
    rules.check_happened(valued_on, at=at, field="valued_on")
    position = queries.get_position(session, fund_id, currency, measured_in)
    if position.measured_in != measured_in:
        raise ExchangeMalformed(f"Gains between the two are measured in {position.measured_in}.", field="measured_in")
    last = queries.find_last_step(session, position)
    before = queries.get_carried(position, last)
    if before.held.amount_minor == 0 and queries.find_step_by_reference(session, reference) is None:
        raise ExchangeMalformed(f"The fund holds no {currency} by exchange.", field="currency", record=fund_id)
    rate = _get_usable_rate(session, rate_id, valued_on, position, reference=reference)
    if rate is None:  # `rate_id` is text here, so the query raises first
        raise ExchangeMalformed("A position is revalued at a published rate.", field="rate_id")
    moved = rules.revalue(before, base=rate.base, rate=queries.get_ratio(rate))
    step = _new_step(
        position,
        last,
        moved,
        kind=StepKind.REVALUATION,
        reference=reference,
        occurred_on=valued_on,
        source=source,
        rate=rate,
        officer=officer,
        at=at,
    )
    transfers = postings.position_gained(step.id, fund_id=fund_id, gain=moved.gain)
    return _take_step(session, step, position, transfers, action="position.revalued", officer=officer, at=at)


def _open_position(
    session: Session, fund_id: str, sold: Money, bought: Money, *, measured_in: str | None, at: datetime
) -> ExchangePosition:
    """Return the fund's position between the two currencies; a new one is inserted with its first step."""
    currency_a, currency_b = sorted((sold.currency, bought.currency))
    position = queries.find_position(session, fund_id, currency_a, currency_b)
    measure = measured_in or (sold.currency if position is None else position.measured_in)
    if measure not in (currency_a, currency_b):
        raise ExchangeMalformed("Gains are measured in one of the two currencies.", field="measured_in")
    if position is None:
        return ExchangePosition(
            fund_id=fund_id, currency_a=currency_a, currency_b=currency_b, measured_in=measure, opened_at=at
        )
    if position.measured_in != measure:
        raise ExchangeMalformed(
            f"Gains between the two are measured in {position.measured_in}, as was said first.", field="measured_in"
        )
    return position


def _get_usable_rate(
    session: Session, rate_id: str | None, on: date, position: ExchangePosition, *, reference: str
) -> ExchangeRate | None:
    """Return the rate a step wants to use; a step that was taken with it before keeps it."""
    if rate_id is None:
        return None
    rate = queries.get_rate(session, rate_id)
    if {rate.base, rate.quote} != {position.currency_a, position.currency_b}:
        raise ExchangeMalformed("The rate is of other currencies.", field="rate_id", record=rate_id)
    if rate.quoted_on > on:
        raise ExchangeMalformed("The rate was published for a later day.", field="rate_id", record=rate_id)
    if queries.is_corrected(session, rate_id) and queries.find_step_by_reference(session, reference) is None:
        raise RateCorrected("The rate has been corrected; use the one that corrects it.", record=rate_id)
    return rate


def _new_step(  # noqa: PLR0913 a step has that many parts, all named
    position: ExchangePosition,
    last: ExchangeStep | None,
    moved: rules.Moved,
    *,
    kind: StepKind,
    reference: str,
    occurred_on: date,
    source: str,
    rate: ExchangeRate | None,
    officer: Principal,
    at: datetime,
) -> ExchangeStep:
    """Make the step that comes after the last, with the rate it used frozen in it."""
    frozen: dict[str, Any] = (
        {}
        if rate is None
        else {
            "rate_id": rate.id,
            "rate_base": rate.base,
            "rate_quote": rate.quote,
            "rate_numerator": rate.numerator,
            "rate_denominator": rate.denominator,
            "rate_quoted_on": rate.quoted_on,
        }
    )
    return ExchangeStep(
        fund_id=position.fund_id,
        currency_a=position.currency_a,
        currency_b=position.currency_b,
        number=1 if last is None else last.number + 1,
        id=new_id("exc"),
        reference=reference,
        kind=kind,
        measured_in=position.measured_in,
        occurred_on=occurred_on,
        source=source,
        held_before_minor=0 if last is None else last.held_minor,
        cost_before_minor=0 if last is None else last.cost_minor,
        held_minor=moved.after.held.amount_minor,
        cost_minor=moved.after.cost.amount_minor,
        gain_minor=moved.gain.amount_minor,
        recorded_by=officer.person_id,
        recorded_at=at,
        **frozen,
    )


def _take_step(
    session: Session,
    step: ExchangeStep,
    position: ExchangePosition,
    transfers: list[NewTransfer],
    *,
    action: str,
    officer: Principal,
    at: datetime,
) -> ExchangeStep:
    """Insert a step, post it and write its event; the database says whether somebody was first."""
    earlier = queries.find_step_by_reference(session, step.reference)
    if earlier is None:
        earlier = insert_step(session, step, position)
    if earlier is not None:
        said, again = (row.model_dump(exclude=set(_NOT_COMPARED)) for row in (earlier, step))
        if said != again:
            raise ReferenceReused(
                "This reference was given before, for something else.",
                field="reference",
                record=step.reference,
                remedy="Give each exchange and each revaluation a reference of its own.",
            )
        return earlier
    posting: Posting | None = None
    if transfers:
        posting = post(
            session, entry_id=f"exchange-{step.id}", transfers=transfers, occurred_on=step.occurred_on, at=at
        )
    audit.record(
        session,
        at=at,
        actor=officer,
        action=action,
        subject=step.id,
        body={"fund": step.fund_id, "gain_minor": step.gain_minor, "measured_in": step.measured_in},
        rows=[step, *([position] if step.number == 1 else []), *([posting.digest] if posting else [])],
    )
    return step


def insert_step(session: Session, step: ExchangeStep, position: ExchangePosition) -> ExchangeStep | None:
    """Insert a step, and the position with the first; return the one of the same reference if somebody was first."""
    try:
        with session.begin_nested():
            if step.number == 1:
                session.add(position)
                session.flush()
            session.add(step)
    except IntegrityError as error:
        refusal = violated_constraint(error)
        earlier = queries.find_step_by_reference(session, step.reference)
        if earlier is not None:
            return earlier
        if refusal == "exchange_step.rate_corrected":
            raise RateCorrected("The rate has just been corrected.", record=step.rate_id) from None
        if refusal not in _OVERTAKEN:
            raise
        raise ExchangeOvertaken(
            "The position was moved in the meantime, or on a later day.",
            field="occurred_on",
            record=step.fund_id,
            remedy="Record exchanges of two currencies in the order of their days; if the day is right, try again.",
        ) from None
    return None
