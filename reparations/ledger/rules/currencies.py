"""Rates, and what is gained and lost by exchange.  Pure; exact fractions, rounded in one place.

A fund that buys one currency with another has a **position**: what it holds of the one by exchange, and what that cost
in the other, in which it measures.  Carrying cost is the weighted average: what is exchanged back takes its share of
the cost with it, and the difference to what the bank gave for it is realised.  Money given in a currency has no cost in
another: selling it opens a position on the other side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from reparations.ledger.errors import ExchangeMalformed, RateMalformed
from reparations.money import MAX_AMOUNT_MINOR, Money, exponent

MAX_RATE_DECIMALS = 12
_DECIMAL = re.compile(rf"[0-9]{{1,15}}(?:\.[0-9]{{1,{MAX_RATE_DECIMALS}}})?")
_RATIO = re.compile(r"([0-9]{1,15})/([0-9]{1,15})")


def parse_rate(text: str) -> Fraction:
    """Read a rate exactly, from a decimal string (``655.957``) or a ratio (``655957/1000``).

    Raises:
        RateMalformed: neither, not positive, or longer than the books keep exactly.
    """
    if match := _RATIO.fullmatch(text):
        numerator, denominator = int(match[1]), int(match[2])
        rate = Fraction(numerator, denominator) if denominator else Fraction(0)
    else:
        rate = Fraction(text) if _DECIMAL.fullmatch(text) else Fraction(0)
    if rate <= 0 or max(rate.numerator, rate.denominator) > MAX_AMOUNT_MINOR:
        raise RateMalformed(
            f"A rate is a positive decimal number of at most {MAX_RATE_DECIMALS} decimals, or a ratio of two integers.",
            field="rate",
            remedy="Write it as the source does, like 655.957, or exactly, like 655957/1000.",
        )
    return rate


def round_half_even(value: Fraction) -> int:
    """Round to the next integer, a half to the even one: the only rounding of exchange."""
    return round(value)


def convert(amount: Money, currency: str, *, base: str, rate: Fraction) -> Money:
    """Value an amount in another currency, rounded half to even to that currency's minor unit.

    Args:
        amount: in `base` or in the currency that `rate` quotes it in.
        currency: the other of the two.
        base: the currency one unit of which is worth `rate` units of the other.
        rate: in whole units (dollars, not cents).
    """
    per_unit = rate if amount.currency == base else 1 / rate
    scale = Fraction(10) ** (exponent(currency) - exponent(amount.currency))
    return Money(round_half_even(amount.amount_minor * per_unit * scale), currency)


@dataclass(frozen=True, slots=True)
class Position:
    """What is held by exchange, and what it cost; both negative where money not bought was sold."""

    held: Money
    cost: Money


@dataclass(frozen=True, slots=True)
class Moved:
    """A position after an exchange or a revaluation."""

    after: Position
    gain: Money
    """In the currency measured in; negative is a loss."""


def check_exchange(sold: Money, bought: Money) -> None:
    """Refuse an exchange of nothing, or of a currency into itself.

    Raises:
        ExchangeMalformed: saying which.
    """
    if sold.currency == bought.currency:
        raise ExchangeMalformed("Money is exchanged for money of another currency.", field="bought.currency")
    for field, amount in (("sold.amount", sold), ("bought.amount", bought)):
        if amount.amount_minor <= 0:
            raise ExchangeMalformed("Both amounts of an exchange are more than nothing.", field=field)


def exchange(position: Position, *, sold: Money, bought: Money) -> Moved:
    """Move a position by the bank's own amounts.

    What makes it larger adds to its cost.  What makes it smaller takes the same share of the cost with it, rounded half
    to even; the rest of the cost stays, so that the parts are the whole.  The difference to what was paid or got for it
    is the realised gain.  What goes beyond nothing opens the other side with the rest of the bank's amounts.
    """
    other, measure = position.held.currency, position.cost.currency
    buys = bought.currency == other
    change, paid = (bought.amount_minor, sold.amount_minor) if buys else (-sold.amount_minor, -bought.amount_minor)
    held, cost = position.held.amount_minor, position.cost.amount_minor
    gain = 0
    if held * change < 0:
        closed = min(abs(held), abs(change))
        released = round_half_even(Fraction(cost * closed, abs(held)))
        settled = round_half_even(Fraction(paid * closed, abs(change)))
        gain = -settled - released
    after = Position(Money(held + change, other), Money(cost + paid + gain, measure))
    return Moved(after, Money(gain, measure))


def revalue(position: Position, *, base: str, rate: Fraction) -> Moved:
    """Carry a position at what it is worth by a published rate; the difference is gained or lost, and not realised."""
    worth = convert(position.held, position.cost.currency, base=base, rate=rate)
    return Moved(Position(position.held, worth), worth - position.cost)
