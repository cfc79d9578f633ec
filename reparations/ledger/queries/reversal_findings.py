"""Checking what was taken back against the transfers."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from reparations.audit.verification import Finding
from reparations.errors import ReparationsError
from reparations.ledger.models import (
    AccountCode,
    ExchangeStep,
    LedgerAccount,
    LedgerTransfer,
    Reversal,
    ReversalApproval,
)
from reparations.ledger.postings import NewTransfer, reversal
from reparations.ledger.queries.records import get_record

_UNDONE = "reversal-%"
"""What the entries of reversals are called."""


def list_reversal_findings(session: Session) -> list[Finding]:
    """Compare approved reversals with what they undo, with the transfers and with the steps of positions.

    Args:
        session: a consistent view (`Database.reading`).
    """
    return [*_check_reversals(session), *_check_steps(session)]


def _check_reversals(session: Session) -> Iterator[Finding]:
    """Each approved reversal undoes all that its record posted, and nothing is undone without one."""
    approved = select(Reversal).join(ReversalApproval, col(ReversalApproval.reversal_id) == Reversal.id)
    expected: dict[NewTransfer, str] = {}
    for one in session.exec(approved.order_by(col(Reversal.id))).all():
        try:
            record = get_record(session, one.record_id)
        except ReparationsError:
            yield Finding("ledger.reversal_of_nothing", f"reversal {one.id}", "What it undoes is not there.")
            continue
        expected |= dict.fromkeys(reversal(record.transfers), one.id)
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    posted = {
        NewTransfer(
            row.id,
            row.fund_id,
            row.currency,
            AccountCode(debited),
            AccountCode(credited),
            row.amount_minor,
            row.reverses_id,
        )
        for row, debited, credited in session.exec(
            select(LedgerTransfer, debit.code, credit.code)
            .join(debit, col(debit.id) == LedgerTransfer.debit_account_id)
            .join(credit, col(credit.id) == LedgerTransfer.credit_account_id)
            .where(col(LedgerTransfer.entry_id).like(_UNDONE))
        )
    }
    for reversal_id in sorted({expected[transfer] for transfer in expected.keys() - posted}):
        message = "The books do not show it with all that was posted."
        yield Finding("ledger.reversal_unposted", f"reversal {reversal_id}", message)
    for transfer in sorted(posted - expected.keys()):
        yield Finding("ledger.reversal_unrecorded", f"ledger_transfer {transfer.id}", "No approved reversal has it.")


def _check_steps(session: Session) -> Iterator[Finding]:
    """The steps that were taken back are those of approved reversals."""
    approved = (
        select(Reversal.exchange_id)
        .join(ReversalApproval, col(ReversalApproval.reversal_id) == Reversal.id)
        .where(col(Reversal.exchange_id).is_not(None))
    )
    wanted = set(session.exec(approved))
    found = set(session.exec(select(ExchangeStep.reverses_id).where(col(ExchangeStep.reverses_id).is_not(None))))
    for step_id in sorted(str(one) for one in wanted ^ found):
        message = "Its position and its reversal do not agree on whether it was taken back."
        yield Finding("ledger.exchange_half_reversed", f"exchange_step {step_id}", message)
