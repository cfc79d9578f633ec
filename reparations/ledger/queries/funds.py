"""Funds, donors, pledges and receipts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from reparations.ledger.errors import DonorNotFound, FundNotFound, PledgeNotFound
from reparations.ledger.models import (
    Contribution,
    Donor,
    Fund,
    FundForm,
    LedgerAccount,
    Pledge,
)
from reparations.ledger.queries.reversals import is_standing
from reparations.money import Money


def get_fund(session: Session, fund_id: str) -> Fund:
    """Return one fund.

    Raises:
        FundNotFound: there is none of this id.
    """
    fund = session.get(Fund, fund_id)
    if fund is None:
        raise FundNotFound("There is no such fund.", record=fund_id, remedy="GET /funds lists them.")
    return fund


def find_fund_by_code(session: Session, code: str) -> Fund | None:
    """Return the fund of this code, or None."""
    return session.exec(select(Fund).where(Fund.code == code)).one_or_none()


def list_funds(session: Session, *, after: str | None = None, limit: int = 200) -> Sequence[Fund]:
    """List funds in the order of their codes, from the one after the code `after` on."""
    statement = select(Fund).order_by(col(Fund.code)).limit(limit)
    if after is not None:
        statement = statement.where(col(Fund.code) > after)
    return session.exec(statement).all()


def list_forms(session: Session, fund_ids: Sequence[str]) -> dict[str, list[FundForm]]:
    """List what each fund may pay for, by the fund's id, forms in alphabetical order."""
    forms: defaultdict[str, list[FundForm]] = defaultdict(list)
    statement = select(FundForm).where(col(FundForm.fund_id).in_(fund_ids))
    for form in session.exec(statement.order_by(col(FundForm.fund_id), col(FundForm.form))):
        forms[form.fund_id].append(form)
    return forms


def list_books(session: Session, fund_ids: Sequence[str]) -> dict[str, list[str]]:
    """List the currencies each fund keeps books in, by the fund's id."""
    books: defaultdict[str, list[str]] = defaultdict(list)
    statement = select(LedgerAccount.fund_id, LedgerAccount.currency).distinct()
    statement = statement.where(col(LedgerAccount.fund_id).in_(fund_ids))
    for fund_id, currency in session.exec(statement.order_by(col(LedgerAccount.fund_id), col(LedgerAccount.currency))):
        books[fund_id].append(currency)
    return books


def get_donor(session: Session, donor_id: str) -> Donor:
    """Return one donor.

    Raises:
        DonorNotFound: there is none of this id.
    """
    donor = session.get(Donor, donor_id)
    if donor is None:
        raise DonorNotFound("There is no such donor.", record=donor_id, remedy="GET /donors lists them.")
    return donor


def find_donor_by_code(session: Session, code: str) -> Donor | None:
    """Return the donor of this code, or None."""
    return session.exec(select(Donor).where(Donor.code == code)).one_or_none()


def list_donors(session: Session, *, after: str | None = None, limit: int = 200) -> Sequence[Donor]:
    """List donors in the order of their codes, from the one after the code `after` on."""
    statement = select(Donor).order_by(col(Donor.code)).limit(limit)
    if after is not None:
        statement = statement.where(col(Donor.code) > after)
    return session.exec(statement).all()


def get_pledge(session: Session, pledge_id: str) -> Pledge:
    """Return one pledge.

    Raises:
        PledgeNotFound: there is none of this id.
    """
    pledge = session.get(Pledge, pledge_id)
    if pledge is None:
        raise PledgeNotFound("There is no such pledge.", record=pledge_id)
    return pledge


def find_pledge_by_reference(session: Session, reference: str) -> Pledge | None:
    """Return the pledge recorded under this reference, or None."""
    return session.exec(select(Pledge).where(Pledge.reference == reference)).one_or_none()


def find_contribution_by_reference(session: Session, reference: str) -> Contribution | None:
    """Return the receipt recorded under this reference, or None."""
    return session.exec(select(Contribution).where(Contribution.reference == reference)).one_or_none()


def get_received(session: Session, pledge: Pledge) -> Money:
    """Return what has been received against a pledge."""
    total = session.exec(
        select(func.coalesce(func.sum(Contribution.amount_minor), 0)).where(
            Contribution.pledge_id == pledge.id, is_standing()
        )
    ).one()
    return Money(int(total), pledge.currency)
