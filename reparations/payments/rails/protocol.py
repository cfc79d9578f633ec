"""What a rail is.

There are two kinds.  An *online* rail is called once per payment and answers at once or not at all; a *file* rail is
given all payments of one fund and currency, makes a document of them, and learns what became of them from the bank's
statement.  Either way the executing party alone can say that a payment was made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from reparations.money import Money


class Outcome(StrEnum):
    """What the executing party said, or that it said nothing that counts."""

    ACCEPTED = "accepted"
    """It has the payment and will carry it out."""
    IN_TRANSIT = "in_transit"
    """Asked again later: it is carrying it out."""
    PAID = "paid"
    """The money left for the payee."""
    RETURNED = "returned"
    """The money left and came back."""
    REJECTED = "rejected"
    """It will not carry it out: a definite answer of the layer that executes."""
    NOT_FOUND = "not_found"
    """Asked, it does not know the payment."""
    UNKNOWN = "unknown"
    """No answer, or one that does not say whether the payment was taken."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a provider or a bank, reduced to what we act on.

    `code` is a word of ours or the provider's, never text about a person.
    """

    outcome: Outcome
    provider_ref: str | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One payment as a rail needs it.  `details` are somebody's: they are not shown in a `repr`."""

    reference: str
    amount: Money
    details: Mapping[str, str] = field(repr=False)


class OnlineRail(Protocol):
    """A provider that is called once per payment."""

    @property
    def resend_window(self) -> timedelta:
        """How long the provider surely remembers an idempotency key."""
        ...

    def request(self, instruction: Instruction) -> bytes:
        """Return the exact bytes of the request: the same for the same instruction, always.

        Raises:
            UnpayableDetails: the provider cannot carry this.
        """
        ...

    def send(self, request: bytes, *, idempotency_key: str) -> Answer:
        """Ask the provider to pay; any doubt is the outcome `unknown`.

        Raises:
            ProviderRefusesUs: our key is not accepted.
        """
        ...

    def look_up(self, instruction: Instruction, *, provider_ref: str | None, since: datetime) -> Answer:
        """Ask what became of a payment, by the provider's reference or by ours; never sends anything."""
        ...


_WORD = re.compile(r"[^a-z0-9_]+")


def word(text: str | None) -> str:
    """Reduce a provider's error code to a short machine word, so that no free text of theirs is stored."""
    return _WORD.sub("_", (text or "").lower())[:60].strip("_")
