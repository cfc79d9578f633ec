"""Closed periods, their trial balances, and what the year came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import func
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from reparations.audit.notes import signature_line
from reparations.calendar import iso_instant
from reparations.ledger.errors import PeriodDraftNotFound, PeriodNotFound
from reparations.ledger.models import (
    AccountCode,
    LedgerAccount,
    LedgerPeriod,
    LedgerTransfer,
    PeriodAdjustment,
    PeriodDraft,
    PeriodLine,
)
from reparations.ledger.queries.funds import get_fund
from reparations.ledger.rules import TrialLine, YearEnd, compose_closing, compute_year_end, write_trial_balance
from reparations.vault import keyring_of


def get_draft(session: Session, draft_id: str) -> PeriodDraft:
    """Return a prepared closing.

    Raises:
        PeriodDraftNotFound: there is none of this id.
    """
    draft = session.get(PeriodDraft, draft_id)
    if draft is None:
        raise PeriodDraftNotFound("Nobody has prepared such a closing.", record=draft_id)
    return draft


def find_same_draft(session: Session, draft: PeriodDraft) -> PeriodDraft | None:
    """Return the closing that the same person prepared of the same period and trial balance, or None."""
    return session.exec(
        select(PeriodDraft).where(
            PeriodDraft.fund_id == draft.fund_id,
            PeriodDraft.number == draft.number,
            PeriodDraft.length == draft.length,
            PeriodDraft.starts_on == draft.starts_on,
            PeriodDraft.trial_balance_sha256 == draft.trial_balance_sha256,
            PeriodDraft.prepared_by == draft.prepared_by,
        )
    ).one_or_none()


def find_period(session: Session, fund_id: str, number: int) -> LedgerPeriod | None:
    """Return a closed period, or None."""
    return session.get(LedgerPeriod, (fund_id, number))


def get_period(session: Session, fund_id: str, number: int) -> LedgerPeriod:
    """Return a closed period.

    Raises:
        PeriodNotFound: no period of this number has been closed.
    """
    period = find_period(session, fund_id, number)
    if period is None:
        raise PeriodNotFound(
            "The fund has closed no period of this number.",
            record=fund_id,
            remedy="GET /funds/{id}/periods lists those that are closed.",
        )
    return period


def find_last_period(session: Session, fund_id: str) -> LedgerPeriod | None:
    """Return the period closed last, or None."""
    statement = select(LedgerPeriod).where(LedgerPeriod.fund_id == fund_id)
    return session.exec(statement.order_by(col(LedgerPeriod.number).desc()).limit(1)).one_or_none()


def find_open_days(session: Session, fund_ids: Collection[str]) -> dict[str, date]:
    """Say of each fund that has closed a period on which day its books are open again; others are always open."""
    statement = select(LedgerPeriod.fund_id, func.max(LedgerPeriod.next_starts_on))
    rows = session.exec(statement.where(col(LedgerPeriod.fund_id).in_(fund_ids)).group_by(col(LedgerPeriod.fund_id)))
    return dict(rows.all())


def get_period_of(session: Session, fund_id: str, day: date) -> LedgerPeriod:
    """Return the closed period that a day lies in; the first, of a day before all of them.

    Raises:
        PeriodNotFound: the day is open.
    """
    statement = select(LedgerPeriod).where(LedgerPeriod.fund_id == fund_id, col(LedgerPeriod.next_starts_on) > day)
    period = session.exec(statement.order_by(col(LedgerPeriod.number)).limit(1)).one_or_none()
    if period is None:
        raise PeriodNotFound("The day lies in no closed period of the fund.", record=fund_id)
    return period


def list_periods(session: Session, fund_id: str, *, after: int = 0, limit: int = 50) -> Sequence[LedgerPeriod]:
    """List a fund's closed periods in order, from the one after the number `after` on."""
    statement = select(LedgerPeriod).where(LedgerPeriod.fund_id == fund_id, col(LedgerPeriod.number) > after)
    return session.exec(statement.order_by(col(LedgerPeriod.number)).limit(limit)).all()


def list_period_lines(session: Session, fund_id: str, number: int) -> list[TrialLine]:
    """List the trial balance that was frozen when a period was closed, by currency and account."""
    statement = select(PeriodLine).where(PeriodLine.fund_id == fund_id, PeriodLine.number == number)
    return sorted(
        TrialLine(line.currency, AccountCode(line.code), line.debits_minor, line.credits_minor)
        for line in session.exec(statement)
    )


def compute_trial_lines(session: Session, fund_id: str, *, before: date) -> list[TrialLine]:
    """Add up debits and credits of a fund's accounts, of all that occurred before a day, by currency and account.

    Reads every transfer of the fund: seconds where there are millions.
    """
    sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    sides: tuple[Mapped[int], Mapped[int]] = (
        col(LedgerTransfer.debit_account_id),
        col(LedgerTransfer.credit_account_id),
    )
    for side, account_id in enumerate(sides):
        rows = session.exec(
            select(account_id, func.sum(col(LedgerTransfer.amount_minor)))
            .where(LedgerTransfer.fund_id == fund_id, col(LedgerTransfer.occurred_on) < before)
            .group_by(account_id)
        )
        for number, total in rows:
            sums[number][side] = int(total)
    accounts = session.exec(select(LedgerAccount).where(LedgerAccount.fund_id == fund_id))
    return sorted(
        TrialLine(account.currency, AccountCode(account.code), *sums[account.id])
        for account in accounts
        if account.id is not None and account.id in sums
    )


def describe_closing(period: LedgerPeriod, *, fund_code: str) -> dict[str, object]:
    """Say what is signed of a closed period, in the order in which it is written."""
    return {
        "fund": fund_code,
        "fund_id": period.fund_id,
        "period": period.number,
        "length": period.length,
        "starts_on": period.starts_on.isoformat(),
        "next_starts_on": period.next_starts_on.isoformat(),
        "trial_balance_sha256": period.trial_balance_sha256.hex(),
        "prepared_by": period.prepared_by,
        "countersigned_by": period.countersigned_by,
        "closed_at": iso_instant(period.closed_at),
    }


def write_closing(session: Session, period: LedgerPeriod, *, origin: str) -> str:
    """Write a closed period so that anybody can check it without us: its trial balance, then the signed note.

    `reparations-verify period` reads it; docs/audit-format.md describes it.

    Args:
        session: any.
        period: it was signed when it was closed.
        origin: name of the log, which is the name of the key that signed.
    """
    lines = list_period_lines(session, period.fund_id, period.number)
    closing = compose_closing(describe_closing(period, fund_code=get_fund(session, period.fund_id).code)).decode()
    public_key = keyring_of(session).log_key.public_key()
    return f"{write_trial_balance(lines)}\n{closing}\n{signature_line(origin, public_key, period.signature)}\n"


def list_adjustments(session: Session, fund_id: str, number: int) -> Sequence[PeriodAdjustment]:
    """List what was posted later and belongs to a closed period, by the day it belongs to."""
    statement = select(PeriodAdjustment).where(PeriodAdjustment.fund_id == fund_id, PeriodAdjustment.number == number)
    return session.exec(statement.order_by(col(PeriodAdjustment.happened_on), col(PeriodAdjustment.entry_id))).all()


def list_year_end(session: Session, fund_id: str, *, ends_on: date) -> tuple[LedgerPeriod, list[YearEnd]]:
    """Carry a fund's net assets forward over the year that ends on a day, from the two closed trial balances.

    Args:
        session: any.
        fund_id: whose.
        ends_on: last day of the year; a period must have been closed that ends on it, and one a year before unless the
            first period of the fund starts within the year.

    Raises:
        PeriodNotFound: the books are not closed up to that day, or not as of the year before.
    """
    next_start = date.fromordinal(ends_on.toordinal() + 1)
    try:
        year_start = next_start.replace(year=next_start.year - 1)
    except ValueError:  # the 29th of February begins no year of ours
        raise PeriodNotFound("No period ends on this day.", record=fund_id, field="ends_on") from None
    closed = {period.next_starts_on: period for period in _list_around(session, fund_id, year_start, next_start)}
    if next_start not in closed:
        raise PeriodNotFound(
            "The fund's books are not closed as of this day.",
            record=fund_id,
            field="ends_on",
            remedy="Close the periods of the year first.",
        )
    first = find_period(session, fund_id, 1)
    before: list[TrialLine] = []
    if year_start in closed:
        before = list_period_lines(session, fund_id, closed[year_start].number)
    elif first is None or first.starts_on < year_start:
        raise PeriodNotFound("The fund closed no period a year before this day.", record=fund_id, field="ends_on")
    after = list_period_lines(session, fund_id, closed[next_start].number)
    return closed[next_start], [
        compute_year_end(currency, before, after) for currency in sorted({line.currency for line in after})
    ]


def _list_around(session: Session, fund_id: str, year_start: date, next_start: date) -> Sequence[LedgerPeriod]:
    return session.exec(
        select(LedgerPeriod).where(
            LedgerPeriod.fund_id == fund_id, col(LedgerPeriod.next_starts_on).in_([year_start, next_start])
        )
    ).all()
