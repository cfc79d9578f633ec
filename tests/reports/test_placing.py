"""Where a payment's money is, told from the ledger's deeds."""

from __future__ import annotations

from datetime import date, timedelta

from reparations.ledger import postings
from reparations.money import Money
from reparations.reports.evidence.placing import Movement, PaymentDeeds, Place, place_payments

DAY = date(2031, 4, 1)
AMOUNT = Money(25_000, "USD")


def deeds(
    name: str, *done: str, reissue_of: str | None = None, reserved: bool = True, freed: bool = False
) -> PaymentDeeds:
    """A payment with the deeds `done`, one a day, spelled by the ledger itself."""
    movements = []
    for number, deed in enumerate(done, 1):
        post = getattr(postings, deed)
        (transfer,) = post(name, fund_id="fnd_1", amount=AMOUNT)
        short = transfer.id.removeprefix(f"payment-{name}-")
        day = DAY + timedelta(days=number)
        movements.append(Movement(short, transfer.debit, transfer.credit, transfer.amount_minor, day))
    return PaymentDeeds(name, 25_000, reissue_of, DAY if reserved else None, DAY if freed else None, movements)


def amounts(place: Place) -> tuple[int, int, int, int]:
    return place.reserved_minor, place.in_flight_minor, place.returned_minor, place.paid_minor


def placed(row: PaymentDeeds) -> tuple[tuple[int, int, int, int], str, date | None]:
    place = place_payments([row])[row.payment_id]
    return amounts(place), place.state, place.last_on


def test_a_payment_whose_batch_is_not_approved_is_nowhere() -> None:
    assert placed(deeds("P", reserved=False)) == ((0, 0, 0, 0), "draft", None)


def test_each_deed_moves_the_whole_amount_one_place_on() -> None:
    life = ["payment_dispatched", "payment_settled", "payment_returned", "payment_written_back"]

    found = [placed(deeds("P", *life[:count])) for count in range(5)]

    assert found == [
        ((25_000, 0, 0, 0), "approved", DAY),
        ((0, 25_000, 0, 0), "in_transit", DAY + timedelta(days=1)),
        ((0, 0, 0, 25_000), "paid", DAY + timedelta(days=2)),
        ((0, 0, 25_000, 0), "returned", DAY + timedelta(days=3)),
        ((0, 0, 0, 0), "returned", DAY + timedelta(days=4)),
    ]


def test_a_dropped_a_rejected_and_a_cancelled_payment_are_nowhere() -> None:
    assert placed(deeds("P", "payment_dropped"))[0] == (0, 0, 0, 0)
    assert placed(deeds("P", "payment_dispatched", "payment_rejected"))[0] == (0, 0, 0, 0)
    assert placed(deeds("P", freed=True))[0] == (0, 0, 0, 0)
    assert placed(deeds("P", "payment_dropped", freed=True))[0] == (0, 0, 0, 0)


def test_a_reissue_takes_its_money_from_the_payment_that_came_back() -> None:
    first = deeds("P", "payment_dispatched", "payment_settled", "payment_returned")
    second = deeds("Q", "reissue_reserved", reissue_of="P")

    places = place_payments([first, second])

    assert amounts(places["P"]) == (0, 0, 0, 0)
    assert places["P"].state == "reissued"
    assert amounts(places["Q"]) == (25_000, 0, 0, 0)


def test_a_cancelled_reissue_gives_the_money_back_to_the_returned_payment() -> None:
    first = deeds("P", "payment_dispatched", "payment_settled", "payment_returned")
    second = deeds("Q", "reissue_reserved", "reissue_cancelled", reissue_of="P", freed=True)

    places = place_payments([second, first])

    assert amounts(places["P"]) == (0, 0, 25_000, 0)
    assert amounts(places["Q"]) == (0, 0, 0, 0)
