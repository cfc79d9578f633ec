"""Donors, what they promise and what arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.db import add_unless_there
from reparations.ids import new_id
from reparations.ledger import postings, queries, rules
from reparations.ledger.errors import ConditionOpen, DonorCodeTaken, EntryMalformed, ReferenceReused
from reparations.ledger.models import (
    Contribution,
    ContributionSource,
    Donor,
    DonorKind,
    Pledge,
    PledgeCondition,
    PledgePart,
)
from reparations.ledger.rules import DuePart
from reparations.ledger.service.posting import post
from reparations.money import Money
from reparations.principal import Principal


@dataclass(frozen=True, slots=True)
class Condition:
    """Something a donor makes his pledge depend on, and where he says so."""

    text: str
    citation: str


UNPLEDGED = frozenset({ContributionSource.LEVY, ContributionSource.COURT_ORDER, ContributionSource.FORFEITURE})
"""Sources of money that comes without a promise, by an instrument that is recorded with it."""


def record_donor(
    session: Session, *, code: str, title: str, kind: DonorKind, officer: Principal, at: datetime
) -> Donor:
    """Record who gives.  The same donor again, by his code, gives the one recorded first.

    Raises:
        DonorCodeTaken: another donor has the code.
    """
    donor = Donor(id=new_id("don"), code=code, title=title, kind=kind, created_at=at)
    earlier = add_unless_there(session, donor, lambda: queries.find_donor_by_code(session, code))
    if earlier is not None:
        if (earlier.title, earlier.kind) != (title, kind):
            raise DonorCodeTaken("Another donor has this code.", field="code", record=code)
        return earlier
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
    schedule: Sequence[DuePart] = (),
    conditions: Sequence[Condition] = (),
    officer: Principal,
    at: datetime,
) -> Pledge:
    """Record a donor's promise to a fund, in the books too.  The same reference again gives the pledge recorded first.

    Without a schedule the whole falls due on the day it is pledged.  Until each condition is met or waived, nothing is
    received.

    Raises:
        ScheduleMalformed: the parts do not sum to the pledge; see `rules.check_schedule`.
        DonorNotFound, FundNotFound: see `queries`.
        AccountNotFound: the fund keeps no books in this currency.
        EntryMalformed: nothing is no gift.
        DayToCome: it is dated on a day that has not come.
        ReferenceReused: the reference was given before, for another pledge.
    """
    rules.check_gift(amount)
    rules.check_happened(pledged_on, at=at, field="pledged_on")
    schedule = schedule or [DuePart(pledged_on, amount)]
    rules.check_schedule(amount, schedule)
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
    earlier = add_unless_there(session, pledge, lambda: queries.find_pledge_by_reference(session, reference))
    if earlier is not None:
        _check_same(earlier, pledge, reference)
        _check_same_terms(session, earlier, schedule=schedule, conditions=conditions)
        return earlier
    terms = _add_terms(session, pledge, schedule=schedule, conditions=conditions)
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
        rows=[pledge, *terms, posting.digest],
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
        PledgeExceeded: more would be received than was pledged, less what was taken off it.
        ConditionOpen: a condition of the pledge is neither met nor waived.
        CurrencyMismatch: the money came in another currency than was pledged.
        EntryMalformed: nothing is no gift.
        DayToCome, DayTooEarly: the day has not come, or lies before the pledge.
        ReferenceReused: the reference was given before, for another receipt.
    """
    rules.check_gift(amount)
    rules.check_happened(received_on, at=at, field="received_on")
    pledge = queries.get_pledge(session, pledge_id)
    rules.check_not_before(
        received_on, pledge.pledged_on, field="received_on", because="The money was pledged", record=pledge.reference
    )
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


def receive_unpledged(  # noqa: PLR0913 the instrument and the receipt have that many parts, all named
    session: Session,
    *,
    reference: str,
    donor_id: str,
    fund_id: str,
    amount: Money,
    received_on: date,
    source: ContributionSource,
    citation: str,
    officer: Principal,
    at: datetime,
) -> Contribution:
    """Record money that nobody pledged: a levy, a court's order, a forfeiture.

    Its instrument is recorded in the same deed, as a pledge of the same reference that is met at once.  The same
    reference again gives the receipt recorded first.

    Raises:
        EntryMalformed: nothing is no gift; or the source is one that is pledged first.
        DayToCome: the day has not come.
        DonorNotFound, FundNotFound: see `queries`.
        AccountNotFound: the fund keeps no books in this currency.
        ReferenceReused: the reference was given before, for something else.
    """
    rules.check_gift(amount)
    rules.check_happened(received_on, at=at, field="received_on")
    if source not in UNPLEDGED:
        raise EntryMalformed(
            "Money of this source is pledged before it is received.",
            field="source",
            remedy="POST /pledges first, then /contributions.",
        )
    pledge = Pledge(
        id=new_id("plg"),
        reference=reference,
        donor_id=queries.get_donor(session, donor_id).id,
        fund_id=queries.get_fund(session, fund_id).id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        pledged_on=received_on,
        citation=citation,
        recorded_at=at,
    )
    contribution = _meet_whole(pledge, source)
    earlier, part = _insert_unpledged(session, pledge, contribution)
    if earlier is not None:
        return earlier
    posting = post(
        session,
        entry_id=f"contribution-{contribution.id}",
        transfers=postings.instrument_received(pledge.id, contribution.id, fund_id=fund_id, amount=amount),
        occurred_on=received_on,
        at=at,
    )
    audit.record(
        session,
        at=at,
        actor=officer,
        action="contribution.received_unpledged",
        subject=contribution.id,
        body={"fund": fund_id, "amount_minor": amount.amount_minor, "currency": amount.currency},
        rows=[pledge, *part, contribution, posting.digest],
    )
    return contribution


def _meet_whole(pledge: Pledge, source: ContributionSource) -> Contribution:
    return Contribution(
        id=new_id("ctb"),
        reference=pledge.reference,
        pledge_id=pledge.id,
        amount_minor=pledge.amount_minor,
        currency=pledge.currency,
        received_on=pledge.pledged_on,
        source=source,
        recorded_at=pledge.recorded_at,
    )


def _insert_unpledged(
    session: Session, pledge: Pledge, contribution: Contribution
) -> tuple[Contribution | None, list[PledgePart | PledgeCondition]]:
    """Insert an instrument and its receipt; return the receipt of the same reference if there is one, and its part."""
    earlier = _find_unpledged(session, pledge, contribution)
    if earlier is not None:
        return earlier, []
    due = DuePart(pledge.pledged_on, Money(pledge.amount_minor, pledge.currency))
    try:
        with session.begin_nested():
            session.add(pledge)
            part = _add_terms(session, pledge, schedule=[due], conditions=())
            session.add(contribution)
            session.flush()
    except IntegrityError:
        earlier = _find_unpledged(session, pledge, contribution)
        if earlier is None:
            raise
        return earlier, []
    return None, part


def _find_unpledged(session: Session, pledge: Pledge, contribution: Contribution) -> Contribution | None:
    """Return the receipt recorded under this reference, if it says the same; None if the reference is free."""
    said = queries.find_pledge_by_reference(session, pledge.reference)
    received = queries.find_contribution_by_reference(session, contribution.reference)
    if said is None and received is None:
        return None
    if said is None or received is None or received.pledge_id != said.id:
        raise ReferenceReused(
            "This reference was given before, for a pledge or a receipt by itself.",
            field="reference",
            record=pledge.reference,
            remedy="Give each pledge and each receipt a reference of its own.",
        )
    _check_same(said, pledge, pledge.reference)
    _check_same(received, contribution, contribution.reference, but="pledge_id")
    return received


def _add_terms(
    session: Session, pledge: Pledge, *, schedule: Sequence[DuePart], conditions: Sequence[Condition]
) -> list[PledgePart | PledgeCondition]:
    """Insert the parts and conditions of a new pledge."""
    session.flush()
    parts = [
        PledgePart(pledge_id=pledge.id, number=number, due_on=part.due_on, amount_minor=part.amount.amount_minor)
        for number, part in enumerate(schedule, start=1)
    ]
    asked = [
        PledgeCondition(
            id=new_id("pcd"),
            pledge_id=pledge.id,
            text=condition.text,
            citation=condition.citation,
            recorded_at=pledge.recorded_at,
        )
        for condition in conditions
    ]
    session.add_all([*parts, *asked])
    session.flush()
    return [*parts, *asked]


def _check_same_terms(
    session: Session, pledge: Pledge, *, schedule: Sequence[DuePart], conditions: Sequence[Condition]
) -> None:
    standing = queries.get_standing(session, pledge)
    asked = sorted((condition.text, condition.citation) for condition, _ in standing.conditions)
    if tuple(schedule) != standing.parts or asked != sorted((each.text, each.citation) for each in conditions):
        raise ReferenceReused(
            "This reference was given before, with another schedule or other conditions.",
            field="reference",
            record=pledge.reference,
            remedy="Give each pledge and each receipt a reference of its own.",
        )


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
            standing = queries.get_standing(session, pledge)
            pledged = Money(pledge.amount_minor, pledge.currency) - standing.reduced
            rules.check_receivable(pledge.reference, pledged=pledged, received=standing.received, amount=amount)
            if standing.open_conditions:
                raise ConditionOpen(
                    "A condition of the pledge is open: nothing is received against it yet.",
                    record=standing.open_conditions[0].id,
                    remedy="Record that it is met or waived, or refuse the pledge.",
                ) from None
            raise
        return earlier
    return None


def _check_same(
    earlier: Pledge | Contribution, wanted: Pledge | Contribution, reference: str, *, but: str = "id"
) -> None:
    """Refuse a reference that stands for something else already; its id and the moment of recording do not count."""
    said, again = (row.model_dump(exclude={"id", "recorded_at", but}) for row in (earlier, wanted))
    if said != again:
        differing = ", ".join(sorted(name for name in said if said[name] != again[name]))
        raise ReferenceReused(
            f"This reference was given before, with another {differing}.",
            field="reference",
            record=reference,
            remedy="Give each pledge and each receipt a reference of its own.",
        )
