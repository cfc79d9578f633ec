"""Officers, rates, exchanges, closed periods and opened books; a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from sqlmodel import Session

from reparations.ids import new_id
from reparations.ledger import service
from reparations.ledger.models import (
    ClearanceKind,
    ExchangeRate,
    ExchangeStep,
    Fund,
    LedgerPeriod,
    OpeningClearance,
    PeriodLength,
    ReversalApproval,
)
from reparations.money import Money
from reparations.principal import Principal, Role
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.ledger import noon_of

MAY = date(2031, 5, 1)
JUNE = date(2031, 6, 1)
IN_JUNE = datetime(2031, 6, 15, 12, 0, tzinfo=UTC)


class Pair(NamedTuple):
    """Two fund administrators, two human beings."""

    first: Principal
    second: Principal


def make_pair(session: Session) -> Pair:
    """Two fund administrators."""
    return Pair(*(make_officer(session, Role.FUND_ADMINISTRATOR) for _ in range(2)))


def make_rate(
    session: Session,
    officer: Principal,
    *,
    base: str = "EUR",
    quote: str = "USD",
    rate: str = "1.1",
    quoted_on: date = MAY,
    source: str = "Invented bulletin 12",
    corrects_id: str | None = None,
) -> ExchangeRate:
    """Record a rate."""
    return service.record_rate(
        session,
        base=base,
        quote=quote,
        rate=rate,
        quoted_on=quoted_on,
        source=source,
        corrects_id=corrects_id,
        officer=officer,
        at=noon_of(quoted_on),
    )


def exchange(  # noqa: PLR0917 whose, what for what
    session: Session,
    officer: Principal,
    fund: Fund,
    sold: Money,
    bought: Money,
    *,
    reference: str | None = None,
    occurred_on: date = MAY,
    measured_in: str | None = None,
    rate_id: str | None = None,
) -> ExchangeStep:
    """Exchange money of a fund."""
    return service.exchange_money(
        session,
        reference=reference or new_id("advice"),
        fund_id=fund.id,
        sold=sold,
        bought=bought,
        occurred_on=occurred_on,
        source="Invented bank's advice",
        rate_id=rate_id,
        measured_in=measured_in,
        officer=officer,
        at=NOON,
    )


def close_period(
    session: Session,
    pair: Pair,
    fund_id: str,
    *,
    length: PeriodLength = PeriodLength.MONTH,
    starts_on: date | None = None,
    at: datetime = IN_JUNE,
) -> LedgerPeriod:
    """Close a fund's next period."""
    draft = service.prepare_closing(
        session, fund_id=fund_id, length=length, starts_on=starts_on, officer=pair.first, at=at
    )
    return service.countersign_closing(session, draft.id, officer=pair.second, at=at)


def prepare_clearance(  # noqa: PLR0917 of whose books, what and how much
    session: Session, pair: Pair, fund_id: str, kind: ClearanceKind, amount: Money, *, reference: str | None = None
) -> OpeningClearance:
    """Prepare clearing so much of what a fund's books were opened with."""
    return service.prepare_clearance(
        session,
        reference=reference or new_id("clearance"),
        fund_id=fund_id,
        kind=kind,
        amount=amount,
        citation="Invented statement 2031/05",
        officer=pair.first,
        at=NOON,
    )


def clear(  # noqa: PLR0917 of whose books, what and how much
    session: Session, pair: Pair, fund_id: str, kind: ClearanceKind, amount: Money, *, cleared_on: date = MAY
) -> OpeningClearance:
    """Clear so much of what a fund's books were opened with."""
    clearance = prepare_clearance(session, pair, fund_id, kind, amount)
    at = IN_JUNE if cleared_on > MAY else NOON
    return service.approve_clearance(session, clearance.id, cleared_on=cleared_on, officer=pair.second, at=at)


def take_back(session: Session, pair: Pair, record_id: str, *, reversed_on: date = MAY) -> ReversalApproval:
    """Take back what was recorded in error, by two persons."""
    at = IN_JUNE if reversed_on > MAY else NOON
    prepared = service.prepare_reversal(session, record_id, reason="Recorded in error", officer=pair.first, at=at)
    return service.approve_reversal(session, prepared.id, reversed_on=reversed_on, officer=pair.second, at=at)
