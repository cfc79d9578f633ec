"""Books in which everything has happened: two funds, three currencies, three months, a correction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from reparations.ledger import service
from reparations.ledger.models import AwardForm, Fund
from reparations.ledger.postings import Movement, NewTransfer, new_transfer, reversal
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import make_donor, make_fund, make_pledge, receive

JANUARY, FEBRUARY, MARCH = date(2031, 1, 31), date(2031, 2, 28), date(2031, 3, 31)

OPENED = (
    (Movement.OPENED_BANK, 40_000),
    (Movement.OPENED_IN_TRANSIT, 600),
    (Movement.OPENED_RETURNED, 250),
    (Movement.OPENED_OVERPAYMENTS, 80),
    (Movement.OPENED_AWARDS_PAYABLE, 3_000),
    (Movement.OPENED_HELD_IN_TRUST, 900),
)
USED = (
    (Movement.INTEREST, 701),
    (Movement.TAKEN_IN, 5_000),
    (Movement.LENT_OUT, 1_000),
    (Movement.BOUGHT, 4_000),
    (Movement.EXCHANGE_GAIN, 60),
    (Movement.SOLD, 500),
    (Movement.EXCHANGE_LOSS, 7),
    (Movement.FEE, 11),
    (Movement.COST, 222),
    (Movement.REFUNDED, 3_333),
    (Movement.AWARDED, 9_000),
    (Movement.AWARD_WRITTEN_BACK, 1_500),
    (Movement.RESERVED, 6_000),
    (Movement.FREED, 100),
    (Movement.DISPATCHED, 5_500),
)
PAID = (
    (Movement.SETTLED, 5_000),
    (Movement.REJECTED, 200),
    (Movement.RETURNED, 700),
    (Movement.WRITTEN_BACK, 300),
    (Movement.REISSUE_RESERVED, 400),
    (Movement.REISSUE_FREED, 50),
    (Movement.OVERPAID, 400),
    (Movement.PAID_BACK, 100),
    (Movement.SET_OFF, 150),
    (Movement.WAIVED, 50),
    (Movement.PUT_IN_TRUST, 300),
    (Movement.TRUST_RELEASED, 40),
)


def post(session: Session, transfers: list[NewTransfer], *, on: date) -> None:
    """Post each transfer as an entry of its own."""
    for transfer in transfers:
        service.post(session, entry_id=f"entry-{transfer.id}", transfers=[transfer], occurred_on=on, at=NOON)


def make_busy_books(session: Session) -> Mapping[str, Fund]:
    """Make funds KAT (restricted) and OPEN (for anything): KAT in USD and JPY, OPEN in USD and KWD."""
    funds = {
        "KAT": make_fund(session, code="KAT", forms=[AwardForm.INDIVIDUAL], currencies=("USD", "JPY")),
        "OPEN": make_fund(session, code="OPEN", currencies=("USD", "KWD")),
    }
    donor = make_donor(session, code="DONOR-BUSY")
    for fund, currency in (("KAT", "USD"), ("KAT", "JPY"), ("OPEN", "USD"), ("OPEN", "KWD")):
        book = f"{fund}-{currency}"
        pledge = make_pledge(
            session, funds[fund], Money(90_000, currency), donor=donor, reference=f"=LETTER-{book}", pledged_on=JANUARY
        )
        receive(session, pledge, Money(20_000, currency), reference=f"+RECEIPT-1-{book}", received_on=JANUARY)
        receive(session, pledge, Money(30_000, currency), reference=f"RECEIPT-2-{book}", received_on=FEBRUARY)
        for day, deeds in ((JANUARY, OPENED), (FEBRUARY, USED), (MARCH, PAID)):
            transfers = [
                new_transfer(f"deed-{book}-{movement.name}", funds[fund].id, Money(minor, currency), movement)
                for movement, minor in deeds
            ]
            post(session, transfers, on=day)
        fees = new_transfer(f'deed-{book}-wrong, fee; "x"', funds[fund].id, Money(9, currency), Movement.FEE)
        post(session, [fees], on=FEBRUARY)
        post(session, reversal([fees]), on=MARCH)
    sent = new_transfer("payment-R1-dispatched", funds["KAT"].id, Money(77, "USD"), Movement.DISPATCHED)
    post(session, [sent], on=FEBRUARY)
    return funds
