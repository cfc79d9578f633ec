"""Where the money of one payment is, told from the deeds of the ledger.  Pure.

The transfers of a payment are named after it (``payment-<id>-settled``), and each moves its whole amount from one
place to the next; only the reservation is one transfer for a whole batch.  A reissue takes its money from the payment
that came back, so that leg is counted there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from reparations.ledger.models import AccountCode

_REISSUE = "reissue-"


@dataclass(frozen=True, slots=True)
class Movement:
    """One transfer of a payment; `deed` is what its name says after the payment's id."""

    deed: str
    debit: AccountCode
    credit: AccountCode
    amount_minor: int
    occurred_on: date


@dataclass(slots=True)
class Place:
    """Where a payment's money is; at most one of the amounts is not zero once all its deeds are done."""

    reserved_minor: int = 0
    in_flight_minor: int = 0
    returned_minor: int = 0
    paid_minor: int = 0
    last_on: date | None = None
    deeds: list[str] = field(default_factory=list)

    def move(self, code: AccountCode, amount_minor: int) -> None:
        """Add to the place an account stands for; accounts that are no place of a payment are left alone."""
        if code == AccountCode.RESERVED:
            self.reserved_minor += amount_minor
        elif code == AccountCode.IN_TRANSIT:
            self.in_flight_minor += amount_minor
        elif code == AccountCode.RETURNED:
            self.returned_minor += amount_minor
        elif code == AccountCode.AWARDS_PAYABLE:  # debited when the debt is met, credited when it revives
            self.paid_minor += amount_minor

    def holds(self, amount_minor: int) -> bool:
        """Say whether the whole amount is in one place, or in none."""
        amounts = [self.reserved_minor, self.in_flight_minor, self.returned_minor, self.paid_minor]
        return sorted(amounts) in ([0, 0, 0, 0], [0, 0, 0, amount_minor])

    @property
    def state(self) -> str:
        """The payment's state as far as the books know it."""
        if self.paid_minor:
            return "paid"
        if self.returned_minor:
            return "returned"
        if self.in_flight_minor:
            return "in_transit"
        if self.reserved_minor:
            return "approved"
        if "returned" in self.deeds:
            return "returned" if "written-back" in self.deeds else "reissued"
        return "draft"


@dataclass(frozen=True, slots=True)
class PaymentDeeds:
    """A payment with everything that decides where its money is."""

    payment_id: str
    amount_minor: int
    reissue_of_id: str | None
    reserved_on: date | None
    """When its batch was reserved, as far as this fund is concerned."""
    freed_on: date | None
    """When its batch was cancelled."""
    movements: Sequence[Movement]


def place_payments(payments: Iterable[PaymentDeeds]) -> dict[str, Place]:
    """Say for every payment where its money is."""
    rows = list(payments)
    places = {row.payment_id: Place() for row in rows}
    for row in rows:
        place = places[row.payment_id]
        own_reservation = any(movement.deed.startswith(_REISSUE) for movement in row.movements)
        dropped = any(movement.deed == "dropped" for movement in row.movements)
        if row.reserved_on is not None and not own_reservation:
            place.move(AccountCode.RESERVED, row.amount_minor)
            place.last_on = row.reserved_on
            if row.freed_on is not None and not dropped:
                place.move(AccountCode.RESERVED, -row.amount_minor)
                place.last_on = row.freed_on
        for movement in sorted(row.movements, key=lambda movement: movement.occurred_on):
            for code, amount_minor in (
                (movement.debit, movement.amount_minor),
                (movement.credit, -movement.amount_minor),
            ):
                source = _bearer(row, movement, code)
                if source in places:
                    places[source].move(code, amount_minor)
            place.deeds.append(movement.deed)
            place.last_on = movement.occurred_on
    return places


def _bearer(row: PaymentDeeds, movement: Movement, code: AccountCode) -> str:
    """Whose place a leg counts at: the returned money of a reissue lies with the payment that came back."""
    if code == AccountCode.RETURNED and movement.deed.startswith(_REISSUE) and row.reissue_of_id is not None:
        return row.reissue_of_id
    return row.payment_id
