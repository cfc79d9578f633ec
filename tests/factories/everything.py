"""A little of everything, so that no table a person can ask about is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reparations.money import Money
from reparations.principal import Role
from tests.factories import ledger, registry
from tests.factories.access import make_office, make_officer

if TYPE_CHECKING:
    from sqlmodel import Session

    from reparations.access.models import Office


def make_everything(session: Session) -> Office:
    """Make a programme with claims, evidence and a possible duplicate, and a fund with a gift.

    Returns:
        the office whose claims they are.
    """
    office = make_office(session)
    programme = registry.make_programme(session)
    caseworker = make_officer(session, Role.CASEWORKER, office=office)
    one, other = (registry.make_claim(session, programme=programme, officer=caseworker) for _ in range(2))
    registry.make_evidence(session, one, officer=caseworker)
    registry.make_duplicate(session, one, other)
    fund = ledger.make_fund(session, programme_id=programme.id)
    ledger.give(session, fund, Money(100_000, "USD"))
    return office
