"""Which contribution paid for what, read from the books."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import and_, case, func, or_
from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from reparations.ledger.models import (
    AccountCode,
    Contribution,
    LedgerAccount,
    LedgerTransfer,
    Pledge,
    Refund,
    RefundApproval,
)
from reparations.ledger.postings import award_of
from reparations.ledger.queries.reversals import is_standing
from reparations.ledger.rules import AttributedFund, Gift, Use, UseKind, attribute_first_in_first_out
from reparations.money import Money

_KINDS: Mapping[str, UseKind] = {
    AccountCode.AWARDS: UseKind.AWARD,
    AccountCode.COSTS: UseKind.COST,
    AccountCode.FEES: UseKind.FEE,
    AccountCode.INTERFUND: UseKind.MOVED,
    AccountCode.EXCHANGE: UseKind.EXCHANGED,
    AccountCode.OVERPAYMENTS: UseKind.AWARD,
}
"""Of what each account tells; of `OVERPAYMENTS` a set-off only: so much of an award is not paid with new money."""
_ONE_WAY = (AccountCode.INTERFUND, AccountCode.EXCHANGE)
"""Accounts that money also comes in through; only a reversal takes a use of theirs back."""


class _Step(NamedTuple):
    kind: UseKind
    key: str
    recorded_at: datetime
    amount_minor: int
    """Negative where a use is taken back."""


def list_attribution(session: Session, fund_id: str, currency: str, *, as_of: date | None = None) -> AttributedFund:
    """Say which contributions of a fund paid for each award, cost and fee, and what is left of each contribution.

    Nothing is stored: it follows from the receipts, the refunds and the transfers, first in, first out.

    Args:
        session: any.
        fund_id: whose money.
        currency: of which of its books.
        as_of: only what was received, given back and used on or before this day; by default everything.
    """
    last = as_of or date.max
    return attribute_first_in_first_out(
        _list_gifts(session, fund_id, currency, last), _list_uses(session, fund_id, currency, last)
    )


def _list_gifts(session: Session, fund_id: str, currency: str, last: date) -> list[Gift]:
    refunded = (
        core_select(col(Refund.contribution_id), func.sum(col(Refund.amount_minor)).label("amount_minor"))
        .join(RefundApproval, col(RefundApproval.refund_id) == col(Refund.id))
        .where(col(RefundApproval.refunded_on) <= last)
        .group_by(col(Refund.contribution_id))
        .subquery()
    )
    # What was taken back as recorded in error is a gift of nothing.
    standing = case((is_standing(as_of=last), col(Contribution.amount_minor)), else_=0)
    rows = session.connection().execute(
        core_select(
            col(Contribution.id),
            col(Contribution.received_on),
            standing,
            func.coalesce(refunded.c.amount_minor, 0),
        )
        .join(Pledge, col(Pledge.id) == col(Contribution.pledge_id))
        .outerjoin(refunded, refunded.c.contribution_id == col(Contribution.id))
        .where(
            col(Pledge.fund_id) == fund_id,
            col(Contribution.currency) == currency,
            col(Contribution.received_on) <= last,
        )
    )
    return [
        Gift(contribution_id, received_on, Money(amount_minor - int(returned), currency))
        for contribution_id, received_on, amount_minor, returned in rows
    ]


def _list_uses(session: Session, fund_id: str, currency: str, last: date) -> list[Use]:
    steps = sorted(_list_steps(session, fund_id, currency, last), key=lambda step: (step.kind, step.key))
    uses: list[Use] = []
    for (kind, key), group in groupby(steps, key=lambda step: (step.kind, step.key)):
        own = list(group)
        amount_minor = sum(step.amount_minor for step in own)
        if amount_minor > 0:
            uses.append(Use(kind, key, min(step.recorded_at for step in own), Money(amount_minor, currency)))
    return uses


def _list_steps(session: Session, fund_id: str, currency: str, last: date) -> list[_Step]:
    """List the transfers that commit money or spend it, and those that take such a one back."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    payer = (AccountCode.BANK, AccountCode.AWARDS_PAYABLE)
    rows = session.connection().execute(
        core_select(
            col(LedgerTransfer.id),
            col(LedgerTransfer.reverses_id),
            col(LedgerTransfer.recorded_at),
            col(LedgerTransfer.amount_minor),
            col(debit.code),
            col(credit.code),
        )
        .join(debit, col(debit.id) == col(LedgerTransfer.debit_account_id))
        .join(credit, col(credit.id) == col(LedgerTransfer.credit_account_id))
        .where(
            col(LedgerTransfer.fund_id) == fund_id,
            col(LedgerTransfer.currency) == currency,
            col(LedgerTransfer.occurred_on) <= last,
            or_(
                and_(col(debit.code).in_(list(_KINDS)), col(credit.code).in_(payer)),
                and_(col(credit.code).in_(list(_KINDS)), col(debit.code).in_(payer)),
            ),
        )
    )
    steps: list[_Step] = []
    for transfer_id, reverses_id, recorded_at, amount_minor, debited, credited in rows:
        spends = debited in _KINDS
        code = debited if spends else credited
        if code == AccountCode.OVERPAYMENTS and AccountCode.AWARDS_PAYABLE not in (debited, credited):
            continue  # money paid back: the fund's other income, as interest is
        if code in _ONE_WAY and spends != (reverses_id is None):
            continue  # money that came in, or the reversal of such
        key = reverses_id or transfer_id
        key = award_of(key) or key if _KINDS[code] == UseKind.AWARD else key
        steps.append(_Step(_KINDS[code], key, recorded_at, amount_minor if spends else -amount_minor))
    return steps
