"""Deeds that a test does itself or lets a process do that will be killed: named, their arguments plain enough for JSON.

Each is one transaction with its event.  What was done before is not done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select

from reparations import audit
from reparations.ledger import postings, service
from reparations.ledger.models import AccountCode, Donor, Fund, PeriodLength, Pledge
from reparations.money import Money
from reparations.principal import SYSTEM, Principal
from tests.conftest import NOON
from tests.factories.ledger import make_pledge, receive
from tests.factories.periods import Pair, close_period

Deed = tuple[str, Mapping[str, object]]
"""Its name and its arguments."""

CHUNK_SIZE = 5
AMOUNT = Money(25_000, "USD")


def post_entry(session: Session, *, entry_id: str, transfers: Sequence[Sequence[Any]], month: int = 5) -> None:
    """Post an entry on the first of a month, its transfers as tuples or lists."""
    rows = [
        postings.NewTransfer(name, fund, currency, AccountCode(debit), AccountCode(credit), amount, reverses)
        for name, fund, currency, debit, credit, amount, reverses in transfers
    ]
    _post(session, entry_id, rows, on=date(2031, month, 1))


def dispatch_chunk(session: Session, *, number: int, fund_id: str) -> None:
    """Hand a few payments of a reserved batch to the bank."""
    transfers = [
        transfer
        for payee in range(CHUNK_SIZE)
        for transfer in postings.payment_dispatched(f"{number}-{payee}", fund_id=fund_id, amount=AMOUNT)
    ]
    _post(session, f"chunk-{number}", transfers, on=NOON.date())


def pledge(session: Session, *, reference: str, donor_id: str, fund_id: str, amount_minor: int, month: int) -> None:
    """Record a donor's letter."""
    fund, donor = session.get_one(Fund, fund_id), session.get_one(Donor, donor_id)
    amount = Money(amount_minor, "USD")
    make_pledge(session, fund, amount, donor=donor, reference=reference, pledged_on=date(2031, month, 1))


def take_in(session: Session, *, reference: str, letter: str, amount_minor: int, month: int) -> None:
    """Receive money a letter promised."""
    promised = session.exec(select(Pledge).where(col(Pledge.reference) == letter)).one()
    amount = Money(amount_minor, "USD")
    receive(session, promised, amount, reference=reference, received_on=date(2031, month, 1))


def close_month(session: Session, *, fund_id: str, first: bool, officers: Sequence[str], month: int) -> None:
    """Close the fund's next month, in the name of two persons, on the fifteenth of `month`."""
    pair = Pair(*(Principal(officer_id=person, person_id=person, office_id="off_hague") for person in officers))
    starts_on = NOON.date().replace(day=1) if first else None
    at = datetime(2031, month, 15, 12, tzinfo=UTC)
    close_period(session, pair, fund_id, length=PeriodLength.MONTH, starts_on=starts_on, at=at)


DEEDS: Mapping[str, Callable[..., None]] = MappingProxyType(
    {each.__name__: each for each in (post_entry, dispatch_chunk, pledge, take_in, close_month)}
)


def _post(session: Session, entry_id: str, transfers: Sequence[postings.NewTransfer], *, on: date) -> None:
    posting = service.post(session, entry_id=entry_id, transfers=transfers, occurred_on=on, at=NOON)
    if posting.posted:
        audit.record(session, at=NOON, actor=SYSTEM, action="test.posted", subject=entry_id, rows=[posting.digest])
