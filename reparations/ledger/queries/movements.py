"""What moved between which two accounts: the sums that every statement is made of."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from sqlalchemy import func
from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from reparations.ledger.models import AccountCode, Fund, LedgerAccount, LedgerTransfer
from reparations.ledger.rules.statements import Moved, Pair

__all__ = ["Book", "Moved", "sum_movements"]

Book = tuple[str, str]
"""A fund's code and a currency: the unit in which money is conserved."""


def sum_movements(
    session: Session,
    *,
    since: date | None = None,
    as_of: date | None = None,
    fund_id: str | None = None,
    currency: str | None = None,
) -> dict[Book, Moved]:
    """Add up the transfers by fund, currency and the two accounts; one pass, and as many rows as there are pairs.

    Args:
        session: any.
        since: only what occurred on or after this day.
        as_of: only what occurred on or before this day.
        fund_id: only this fund.
        currency: only this currency.
    """
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    pair = (col(LedgerTransfer.debit_account_id), col(LedgerTransfer.credit_account_id))
    undoes = col(LedgerTransfer.reverses_id).is_not(None)
    summed = core_select(*pair, undoes.label("undoes"), func.sum(LedgerTransfer.amount_minor).label("total"))
    summed = summed.group_by(*pair, undoes)
    if since is not None:
        summed = summed.where(col(LedgerTransfer.occurred_on) >= since)
    if as_of is not None:
        summed = summed.where(col(LedgerTransfer.occurred_on) <= as_of)
    if fund_id is not None:
        summed = summed.where(col(LedgerTransfer.fund_id) == fund_id)
    if currency is not None:
        summed = summed.where(col(LedgerTransfer.currency) == currency)
    sums = summed.subquery()
    rows = session.execute(
        core_select(col(Fund.code), col(debit.currency), col(debit.code), col(credit.code), sums.c.undoes, sums.c.total)
        .join(debit, col(debit.id) == sums.c.debit_account_id)
        .join(credit, col(credit.id) == sums.c.credit_account_id)
        .join(Fund, col(Fund.id) == debit.fund_id)
        .order_by(col(Fund.code), col(debit.currency))
    )
    books: defaultdict[Book, tuple[dict[Pair, int], dict[Pair, int]]] = defaultdict(lambda: ({}, {}))
    for fund_code, book_currency, debited, credited, is_reversal, total in rows:
        books[fund_code, book_currency][bool(is_reversal)][AccountCode(debited), AccountCode(credited)] = int(total)
    return {book: Moved(*moved) for book, moved in books.items()}
