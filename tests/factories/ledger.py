"""Valid funds, donors and gifts; a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from reparations.ids import new_id
from reparations.ledger import service
from reparations.ledger.models import AwardForm, Contribution, ContributionSource, Donor, DonorKind, Fund, Pledge
from reparations.money import Money
from reparations.principal import Principal
from tests.conftest import NOON

ADMINISTRATOR = Principal(officer_id="usr_fund", person_id="psn_fund", office_id="off_hague")
TODAY: date = NOON.date()


def noon_of(day: date) -> datetime:
    """Return noon of a day to come, or of today: nothing is recorded before it happened."""
    return datetime.combine(max(day, TODAY), NOON.timetz())


def make_fund(
    session: Session,
    *,
    code: str | None = None,
    forms: Sequence[AwardForm] = (AwardForm.INDIVIDUAL, AwardForm.COLLECTIVE),
    currencies: Sequence[str] = ("USD",),
    programme_id: str | None = None,
    available_minor: int = 0,
) -> Fund:
    """Open a fund; with `available_minor` a donor has given it that much, in the first of its currencies."""
    fund = service.open_fund(
        session,
        code=code or new_id("FUND"),
        title="Invented fund",
        forms=[service.FormGrant(form, "Invented agreement, art. 1") for form in forms],
        currencies=currencies,
        programme_id=programme_id,
        officer=ADMINISTRATOR,
        at=NOON,
    )
    if available_minor:
        give(session, fund, Money(available_minor, currencies[0]))
    return fund


def make_donor(session: Session, *, code: str | None = None, kind: DonorKind = DonorKind.STATE) -> Donor:
    """Record a donor."""
    return service.record_donor(
        session, code=code or new_id("DONOR"), title="Invented donor", kind=kind, officer=ADMINISTRATOR, at=NOON
    )


def make_pledge(
    session: Session,
    fund: Fund,
    amount: Money,
    *,
    donor: Donor | None = None,
    reference: str | None = None,
    pledged_on: date = TODAY,
) -> Pledge:
    """Record a pledge, of a new donor unless one is named."""
    return service.record_pledge(
        session,
        reference=reference or new_id("letter"),
        donor_id=(donor or make_donor(session)).id,
        fund_id=fund.id,
        amount=amount,
        pledged_on=pledged_on,
        citation="Invented letter of intent",
        officer=ADMINISTRATOR,
        at=noon_of(pledged_on),
    )


def receive(
    session: Session, pledge: Pledge, amount: Money, *, reference: str | None = None, received_on: date = TODAY
) -> Contribution:
    """Receive money against a pledge."""
    return service.receive_contribution(
        session,
        reference=reference or new_id("receipt"),
        pledge_id=pledge.id,
        amount=amount,
        received_on=received_on,
        source=ContributionSource.VOLUNTARY,
        officer=ADMINISTRATOR,
        at=noon_of(received_on),
    )


def give(session: Session, fund: Fund, amount: Money, *, donor: Donor | None = None) -> Contribution:
    """Pledge an amount to a fund and receive it."""
    return receive(session, make_pledge(session, fund, amount, donor=donor), amount)
