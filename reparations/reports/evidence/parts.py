"""What the donor's and the auditor's evidence have in common, and how evidence becomes bytes.

Amounts are whole minor units; a row with amounts names its currency once.  Days are ISO 8601.  No database id, no
instant and no personal datum has a place here, so the same facts give the same bytes on either database.
"""

from __future__ import annotations

import json
from datetime import date

from pydantic import BaseModel, ConfigDict

from reparations.reports.texts import Texts


class Part(BaseModel):
    """A piece of evidence: frozen, strict, and closed to keys that nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def canonical_bytes(self) -> bytes:
        """The one byte string for this evidence: RFC 8785, and in ASCII (other characters are escaped)."""
        plain = self.model_dump(mode="json", by_alias=True)
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
        return text.encode("ascii")


class Sum(Part):
    """A statement anyone can recompute: the number at `total` is the sum of the numbers at `parts`.

    Both are JSON pointers (RFC 6901); in a part, ``*`` stands for every index of a list.
    """

    total: str
    parts: tuple[str, ...]


class ProgrammePart(Part):
    """The programme, and the authority it acts under."""

    code: str
    title: str
    authority: str
    currency: str


class RuleSetPart(Part):
    """A published set of rules; `ast_sha256` identifies it whatever its layout."""

    scheme: str
    version: int
    title: str
    status: str
    """``illustrative`` until somebody has compared the file with its primary text, then ``in_force``."""
    citation: str
    in_force_from: date
    ast_sha256: str
    file_sha256: str


class Receipt(Part):
    """Money that arrived for a pledge."""

    received_on: date
    source: str
    amount_minor: int


class Gift(Part):
    """A pledge and what has arrived of it."""

    donor: str
    pledged_on: date
    citation: str
    pledged_minor: int
    received_minor: int
    receipts: tuple[Receipt, ...]


class FundPart(Part):
    """A fund in one currency: what it may pay for, and who gave."""

    code: str
    title: str
    currency: str
    forms: tuple[str, ...]
    gifts: tuple[Gift, ...]


class Identity(Part):
    """The conservation identity of one fund and currency, at the end of the report's day.

    received + interest + opening + exchange + interfund + paid back = accounted = paid + in flight + returned + fees
    + costs + refunds + balance,  and  balance = bank + reserved;  awarded + opening owed = due = paid + set off + owed.
    """

    fund: str
    currency: str
    pledged_open_minor: int
    """Promised and not yet received; outside the identity."""
    received_minor: int
    interest_minor: int
    opening_minor: int
    """Money held on the day the books were opened."""
    opening_in_flight_minor: int
    """Of it, what was on its way already and still is: no payment of these books carries it."""
    opening_returned_minor: int
    """Of it, what had come back and still waits."""
    opening_paid_minor: int
    """Of `paid`, what was on its way or owed when the books were opened: no payment of these books carries it."""
    exchange_minor: int
    """Money bought with other currencies less money sold for them; below zero where more was sold."""
    interfund_minor: int
    """Taken in from other funds less lent out to them; below zero where more was lent."""
    paid_back_minor: int
    """Overpayments that came back as money."""
    accounted_minor: int
    paid_minor: int
    in_flight_minor: int
    """Handed to the bank or the provider, not yet confirmed by it."""
    returned_minor: int
    """Come back from the bank, waiting for a new destination."""
    fees_minor: int
    costs_minor: int
    refunds_minor: int
    """Given back to donors."""
    balance_minor: int
    bank_minor: int
    """Free to be reserved."""
    reserved_minor: int
    """Set aside for approved payments that are not yet sent."""
    awarded_minor: int
    """Awarded, less what was written back."""
    opening_owed_minor: int
    """Owed to victims on the day the books were opened, less what of it is owed no more."""
    due_minor: int
    """Everything that had to be paid to victims: awarded, and owed at the opening."""
    set_off_minor: int
    """Owed, and met by an earlier overpayment instead of money."""
    owed_minor: int
    """Awarded and not yet in the recipient's hands, wherever that money is now; money held in trust included."""


IDENTITY_IN = ("received", "interest", "opening", "exchange", "interfund", "paid_back")
"""The left side of the identity, in the order in which it is printed."""

IDENTITY_OUT = ("paid", "in_flight", "returned", "fees", "costs", "refunds", "balance")
"""The right side of the identity, in the order in which it is printed."""

_SELDOM = frozenset({"opening", "exchange", "interfund", "paid_back", "refunds"})


def list_lines(identity: Identity, names: tuple[str, ...]) -> list[tuple[str, int]]:
    """List the lines of one side with their amounts; what few funds ever have is left out where it is nothing."""
    amounts = [(name, int(getattr(identity, f"{name}_minor"))) for name in names]
    return [(name, amount) for name, amount in amounts if amount or name not in _SELDOM]


def identity_sums(identities: tuple[Identity, ...]) -> list[Sum]:
    """State the identity of every fund so that a stranger's program can recompute it."""
    sums = []
    for index in range(len(identities)):
        row = f"/identity/{index}/"
        sums += [
            Sum(total=row + "accounted_minor", parts=tuple(f"{row}{name}_minor" for name in IDENTITY_IN)),
            Sum(total=row + "accounted_minor", parts=tuple(f"{row}{name}_minor" for name in IDENTITY_OUT)),
            Sum(total=row + "balance_minor", parts=(row + "bank_minor", row + "reserved_minor")),
            Sum(total=row + "due_minor", parts=(row + "awarded_minor", row + "opening_owed_minor")),
            Sum(total=row + "due_minor", parts=(row + "paid_minor", row + "set_off_minor", row + "owed_minor")),
        ]
    return sums


def gift_sums(funds: tuple[FundPart, ...]) -> list[Sum]:
    """State that each gift is the sum of its receipts."""
    return [
        Sum(
            total=f"/funds/{fund_index}/gifts/{gift_index}/received_minor",
            parts=(f"/funds/{fund_index}/gifts/{gift_index}/receipts/*/amount_minor",),
        )
        for fund_index, fund in enumerate(funds)
        for gift_index in range(len(fund.gifts))
    ]


def list_identity_figures(identity: tuple[Identity, ...], texts: Texts) -> list[str]:
    """Every amount of the identity, as it is printed."""
    return [
        texts.figures(amount, books.currency)
        for books in identity
        for _, amount in list_lines(books, (*IDENTITY_IN, "accounted", *IDENTITY_OUT, "bank", "reserved"))
    ]
