"""Donors, what they promise and what arrives."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.ids import new_id
from reparations.ledger import postings, queries, rules
from reparations.ledger.errors import DonorCodeTaken, ReferenceReused
from reparations.ledger.models import Contribution, ContributionSource, Donor, DonorKind, Pledge
from reparations.ledger.service.posting import post
from reparations.money import Money
from reparations.principal import Principal


def record_donor(
    session: Session, *, code: str, title: str, kind: DonorKind, officer: Principal, at: datetime
) -> Donor:
    """Record who gives.

    Raises:
        DonorCodeTaken: another donor has the code.
    """
    if queries.find_donor_by_code(session, code) is not None:
        raise DonorCodeTaken("Another donor has this code.", field="code", record=code)
    donor = Donor(id=new_id("don"), code=code, title=title, kind=kind, created_at=at)
    try:
        with session.begin_nested():
            session.add(donor)
    except IntegrityError:
        raise DonorCodeTaken("Another donor has this code.", field="code", record=code) from None
    audit.record(session, at=at, actor=officer, action="donor.recorded", subject=donor.id, rows=[donor])
    return donor


def record_pledge(  # noqa: PLR0913 a pledge has that many parts, all named
    session: Session,
    *,
    reference: str,
    donor_id: str,
    fund_id: str,
    amount: Money,
    pledged_on: date,
    citation: str,
    officer: Principal,
    at: datetime,
) -> Pledge:
    """Record a donor's promise to a fund, in the books too.  The same reference again gives the pledge recorded first.

    Raises:
        DonorNotFound, FundNotFound: see `queries`.
        AccountNotFound: the fund keeps no books in this currency.
        EntryMalformed: nothing is no gift.
        ReferenceReused: the reference was given before, for another pledge.
    """
    rules.check_gift(amount)
    pledge = Pledge(
        id=new_id("plg"),
        reference=reference,
        donor_id=queries.get_donor(session, donor_id).id,
        fund_id=queries.get_fund(session, fund_id).id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        pledged_on=pledged_on,
        citation=citation,
        recorded_at=at,
    )
    earlier = queries.find_pledge_by_reference(session, reference)
    if earlier is None:
        try:
            with session.begin_nested():
                session.add(pledge)
        except IntegrityError:
            earlier = queries.find_pledge_by_reference(session, reference)
            if earlier is None:
                raise
    if earlier is not None:
        _check_same(earlier, pledge, reference)
        return earlier
    posting = post(
        session,
        entry_id=f"pledge-{pledge.id}",
        transfers=postings.pledge_recorded(pledge.id, fund_id=fund_id, amount=amount),
        occurred_on=pledged_on,
        at=at,
    )
    audit.record(
        session,
        at=at,
        actor=officer,
        action="pledge.recorded",
        subject=pledge.id,
        body={"fund": fund_id, "amount_minor": amount.amount_minor, "currency": amount.currency},
        rows=[pledge, posting.digest],
    )
    return pledge


def receive_contribution(
    session: Session,
    *,
    reference: str,
    pledge_id: str,
    amount: Money,
    received_on: date,
    source: ContributionSource,
    officer: Principal,
    at: datetime,
) -> Contribution:
    """Record money that arrived against a pledge.  The same reference again gives the receipt recorded first.

    Raises:
        PledgeNotFound: see `queries`.
        PledgeExceeded: more would be received than was pledged.
        CurrencyMismatch: the money came in another currency than was pledged.
        EntryMalformed: nothing is no gift.
        ReferenceReused: the reference was given before, for another receipt.
    """
    rules.check_gift(amount)
    pledge = queries.get_pledge(session, pledge_id)
    contribution = Contribution(
        id=new_id("ctb"),
        reference=reference,
        pledge_id=pledge_id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        received_on=received_on,
        source=source,
        recorded_at=at,
    )
    earlier = queries.find_contribution_by_reference(session, reference)
    if earlier is None:
        earlier = _insert_contribution(session, contribution, pledge=pledge, amount=amount)
    if earlier is not None:
        _check_same(earlier, contribution, reference)
        return earlier
    posting = post(
        session,
        entry_id=f"contribution-{contribution.id}",
        transfers=postings.contribution_received(contribution.id, fund_id=pledge.fund_id, amount=amount),
        occurred_on=received_on,
        at=at,
    )
    audit.record(
        session,
        at=at,
        actor=officer,
        action="contribution.received",
        subject=contribution.id,
        body={"pledge": pledge_id, "amount_minor": amount.amount_minor, "currency": amount.currency},
        rows=[contribution, posting.digest],
    )
    return contribution


def _insert_contribution(
    session: Session, contribution: Contribution, *, pledge: Pledge, amount: Money
) -> Contribution | None:
    """Insert a receipt; return the one of the same reference if somebody was first.

    The database decides, with the pledge locked, so that two receipts at once cannot take it above what was pledged;
    the rule then says why.
    """
    try:
        with session.begin_nested():
            session.add(contribution)
    except IntegrityError:
        earlier = queries.find_contribution_by_reference(session, contribution.reference)
        if earlier is None:
            pledged, received = Money(pledge.amount_minor, pledge.currency), queries.get_received(session, pledge)
            rules.check_receivable(pledge.reference, pledged=pledged, received=received, amount=amount)
            raise
        return earlier
    return None


def _check_same(earlier: Pledge | Contribution, wanted: Pledge | Contribution, reference: str) -> None:
    """Refuse a reference that stands for something else already; its id and the moment of recording do not count."""
    said, again = (row.model_dump(exclude={"id", "recorded_at"}) for row in (earlier, wanted))
    if said != again:
        differing = ", ".join(sorted(name for name in said if said[name] != again[name]))
        raise ReferenceReused(
            f"This reference was given before, with another {differing}.",
            field="reference",
            record=reference,
            remedy="Give each pledge and each receipt a reference of its own.",
        )
