"""Checking exchange positions, closed periods and opened books against the transfers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from cryptography.exceptions import InvalidSignature
from sqlalchemy import and_, literal
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from reparations.audit.verification import Finding
from reparations.ledger.models import (
    AccountCode,
    ClearanceKind,
    ExchangeStep,
    Fund,
    LedgerAccount,
    LedgerPeriod,
    LedgerTransfer,
    OpenedBook,
    OpeningClearance,
    OpeningClearanceApproval,
    OpeningLine,
    StepKind,
)
from reparations.ledger.postings import NewTransfer, opening_cleared
from reparations.ledger.queries.opening import compute_still_open, list_reconciled
from reparations.ledger.queries.periods import compute_trial_lines, describe_closing, list_period_lines
from reparations.ledger.queries.reversal_findings import list_reversal_findings
from reparations.ledger.rules import compose_closing, compute_trial_balance_digest
from reparations.money import Money
from reparations.vault import keyring_of

_CLEARED = "opening-%-cleared-%"
"""What the entries of clearances are called."""


def list_period_findings(session: Session) -> list[Finding]:
    """Recompute closed trial balances, their signatures, positions, openings and what was taken back, and compare.

    Args:
        session: a consistent view (`Database.reading`).
    """
    return [
        *_check_periods(session),
        *_check_exchanges(session),
        *_check_positions(session),
        *_check_openings(session),
        *_check_clearances(session),
        *list_reversal_findings(session),
    ]


def _check_periods(session: Session) -> Iterator[Finding]:
    """Each closed period follows the one before, is signed, and its trial balance is still that of the transfers."""
    public_key = keyring_of(session).log_key.public_key()
    codes = dict(session.exec(select(Fund.id, Fund.code)).all())
    statement = select(LedgerPeriod).order_by(col(LedgerPeriod.fund_id), col(LedgerPeriod.number))
    for fund_id, periods in groupby(session.exec(statement).all(), key=lambda period: period.fund_id):
        expected, starts_on = 1, None
        for period in periods:
            record = f"ledger_period {fund_id}|{period.number}"
            if period.number != expected or starts_on not in (None, period.starts_on):
                yield Finding("ledger.period_gap", record, "It does not follow the period before it.")
            expected, starts_on = period.number + 1, period.next_starts_on
            try:
                said = describe_closing(period, fund_code=codes[fund_id])
                public_key.verify(period.signature, compose_closing(said))
            except InvalidSignature:
                yield Finding("ledger.period_unsigned", record, "The service did not sign this closing.")
            frozen = list_period_lines(session, fund_id, period.number)
            if compute_trial_balance_digest(frozen) != period.trial_balance_sha256:
                yield Finding("ledger.period_changed", record, "Its lines are not the trial balance that was signed.")
            elif frozen != compute_trial_lines(session, fund_id, before=period.next_starts_on):
                message = "The transfers up to its last day are not those it was closed with."
                yield Finding("ledger.period_reopened", record, message)


def _check_exchanges(session: Session) -> Iterator[Finding]:
    """Each exchange is in the books with the bank's amounts and its gain, and nothing is there without its record."""
    connection = session.connection()
    for side, amount, currency in (
        ("sold", ExchangeStep.sold_minor, ExchangeStep.sold_currency),
        ("bought", ExchangeStep.bought_minor, ExchangeStep.bought_currency),
    ):
        posted = and_(
            col(LedgerTransfer.id) == literal("exchange-") + col(ExchangeStep.id) + literal(f"-{side}"),
            col(LedgerTransfer.amount_minor) == col(amount),
            col(LedgerTransfer.currency) == col(currency),
            col(LedgerTransfer.fund_id) == col(ExchangeStep.fund_id),
        )
        missing = select(col(ExchangeStep.id)).where(
            col(ExchangeStep.kind) == StepKind.EXCHANGE, ~select(col(LedgerTransfer.id)).where(posted).exists()
        )
        for step_id in connection.execute(missing).scalars():
            message = f"The books do not show what was {side}, with its amount."
            yield Finding("ledger.exchange_unposted", f"exchange_step {step_id}", message)
    moved = (
        select(col(LedgerTransfer.id))
        .join(
            LedgerAccount,
            (col(LedgerAccount.id) == LedgerTransfer.debit_account_id)
            | (col(LedgerAccount.id) == LedgerTransfer.credit_account_id),
        )
        .outerjoin(ExchangeStep, col(LedgerTransfer.entry_id) == literal("exchange-") + col(ExchangeStep.id))
        .where(
            col(LedgerAccount.code) == AccountCode.EXCHANGE,
            col(LedgerTransfer.reverses_id).is_(None),
            col(ExchangeStep.id).is_(None),
        )
        .distinct()
    )
    for transfer_id in connection.execute(moved).scalars():
        record = f"ledger_transfer {transfer_id}"
        yield Finding("ledger.exchange_unrecorded", record, "No exchange or revaluation is recorded for it.")


def _check_positions(session: Session) -> Iterator[Finding]:
    """What stands on the exchange accounts is what the positions say: held of the one, paid in the other."""
    expected: Counter[tuple[str, str]] = Counter()
    statement = select(ExchangeStep).order_by(
        col(ExchangeStep.fund_id), col(ExchangeStep.currency_a), col(ExchangeStep.currency_b), col(ExchangeStep.number)
    )
    for _, steps in groupby(
        session.exec(statement).all(), key=lambda step: (step.fund_id, step.currency_a, step.currency_b)
    ):
        before = (0, 0)
        for number, step in enumerate(steps, start=1):
            if step.number != number or (step.held_before_minor, step.cost_before_minor) != before:
                message = "It does not go on where the step before it ended."
                yield Finding("ledger.position_broken", f"exchange_step {step.id}", message)
            before = (step.held_minor, step.cost_minor)
        other = step.currency_b if step.measured_in == step.currency_a else step.currency_a
        expected[step.fund_id, other] -= step.held_minor
        expected[step.fund_id, step.measured_in] += step.cost_minor
    standing: Counter[tuple[str, str]] = Counter()
    rows = session.exec(
        select(LedgerAccount, LedgerTransfer)
        .join(
            LedgerTransfer,
            (col(LedgerAccount.id) == LedgerTransfer.debit_account_id)
            | (col(LedgerAccount.id) == LedgerTransfer.credit_account_id),
        )
        .where(col(LedgerAccount.code) == AccountCode.EXCHANGE)
    )
    for account, transfer in rows:
        sign = 1 if account.id == transfer.debit_account_id else -1
        standing[account.fund_id, account.currency] += sign * transfer.amount_minor
    for fund_id, currency in sorted(expected.keys() | standing.keys()):
        if expected[fund_id, currency] != standing[fund_id, currency]:
            message = (
                f"The positions come to {expected[fund_id, currency]} minor units,"
                f" the account to {standing[fund_id, currency]}."
            )
            yield Finding("ledger.position_differs", f"exchange account {fund_id} {currency}", message)


def _check_openings(session: Session) -> Iterator[Finding]:
    """Each opened book took over what its sheet says, and no opening balance is there without a sheet."""
    sheets = session.exec(select(OpenedBook.sheet_id).distinct().order_by(col(OpenedBook.sheet_id))).all()
    for sheet_id in sheets:
        for line in list_reconciled(session, sheet_id):
            if line.difference.amount_minor:
                record = f"opening_sheet {sheet_id}"
                message = f"{line.fund_code} {line.code} differs from what was posted by {line.difference}."
                yield Finding("ledger.opening_differs", record, message)
    transfer_id = (
        literal("opening-")
        + col(OpenedBook.sheet_id)
        + literal("-")
        + col(OpeningLine.fund_id)
        + literal("-")
        + col(OpeningLine.currency)
        + literal("-")
        + col(OpeningLine.code)
    )
    recorded = (
        select(transfer_id)
        .select_from(OpenedBook)
        .join(
            OpeningLine,
            and_(
                col(OpeningLine.sheet_id) == OpenedBook.sheet_id,
                col(OpeningLine.fund_id) == OpenedBook.fund_id,
                col(OpeningLine.currency) == OpenedBook.currency,
            ),
        )
    )
    unrecorded = (
        select(col(LedgerTransfer.id))
        .join(
            LedgerAccount,
            (col(LedgerAccount.id) == LedgerTransfer.debit_account_id)
            | (col(LedgerAccount.id) == LedgerTransfer.credit_account_id),
        )
        .where(
            col(LedgerAccount.code) == AccountCode.OPENING,
            col(LedgerTransfer.reverses_id).is_(None),
            col(LedgerTransfer.id).not_in(recorded),
            col(LedgerTransfer.entry_id).not_like(_CLEARED),
        )
        .distinct()
    )
    for found in session.connection().execute(unrecorded).scalars():
        yield Finding("ledger.opening_unrecorded", f"ledger_transfer {found}", "No confirmed sheet of balances has it.")


def _check_clearances(session: Session) -> Iterator[Finding]:
    """Each approved clearance is in the books as it says, nothing is there without one, and none takes too much."""
    approved = select(OpeningClearance).join(
        OpeningClearanceApproval, col(OpeningClearanceApproval.clearance_id) == OpeningClearance.id
    )
    expected: dict[NewTransfer, str] = {}
    for one in session.exec(approved.order_by(col(OpeningClearance.id))):
        amount = Money(one.amount_minor, one.currency)
        kind = ClearanceKind(one.kind)
        for transfer in opening_cleared(one.sheet_id, one.id, kind=kind, fund_id=one.fund_id, amount=amount):
            expected[transfer] = one.id
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    posted = {
        NewTransfer(row.id, row.fund_id, row.currency, AccountCode(debited), AccountCode(credited), row.amount_minor)
        for row, debited, credited in session.exec(
            select(LedgerTransfer, debit.code, credit.code)
            .join(debit, col(debit.id) == LedgerTransfer.debit_account_id)
            .join(credit, col(credit.id) == LedgerTransfer.credit_account_id)
            .where(col(LedgerTransfer.entry_id).like(_CLEARED))
        )
    }
    for clearance_id in sorted({expected[transfer] for transfer in expected.keys() - posted}):
        message = "The books do not show it with its kind and amount."
        yield Finding("ledger.clearance_unposted", f"opening_clearance {clearance_id}", message)
    for transfer in sorted(posted - expected.keys()):
        yield Finding("ledger.clearance_unrecorded", f"ledger_transfer {transfer.id}", "No approved clearance has it.")
    for fund_id, currency in session.exec(select(OpenedBook.fund_id, OpenedBook.currency)):
        for code, minor in compute_still_open(session, fund_id, currency).items():
            if minor < 0:
                record = f"opened_book {fund_id}|{currency}"
                yield Finding("ledger.clearance_exceeds", record, f"More of {code} was cleared than taken over.")
