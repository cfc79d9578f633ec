"""Money: whole minor units of one currency.  No float comes near it.

The number of decimals of a currency is ISO 4217's (yen 0, dollar 2, dinar 3); amounts travel as decimal strings or
as integer minor units, never as JSON numbers with a point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Self

from reparations.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

# ISO 4217 list one (2026): every active currency whose exponent is not 2, and the active ones whose exponent is 2.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO_DECIMALS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
    "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD "
    "NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"

_EXPONENTS: dict[str, int] = {
    code: exponent
    for exponent, codes in ((0, _NO_DECIMALS), (2, _TWO_DECIMALS), (3, _THREE_DECIMALS), (4, _FOUR_DECIMALS))
    for code in codes.split()
}

MAX_AMOUNT_MINOR = 2**53 - 1
"""Largest amount, in minor units: exact in every JSON reader, far below a 64-bit column."""

MAX_TOTAL_MINOR = 2**63 - 1
"""Largest sum of amounts, in minor units: what the databases add up exactly."""

_DECIMAL = re.compile(r"(-?)([0-9]{1,16})(?:\.([0-9]{1,4}))?")


class UnknownCurrency(InvalidInput):
    """The code is not an active ISO 4217 currency."""

    code = "money.unknown_currency"


class MalformedAmount(InvalidInput):
    """The text is not an amount in this currency."""

    code = "money.malformed_amount"


class CurrencyMismatch(InvalidInput):
    """Two amounts of different currencies met where only one currency makes sense."""

    code = "money.currency_mismatch"


def exponent(currency: str) -> int:
    """Return how many decimals `currency` has (ISO 4217).

    Raises:
        UnknownCurrency: the code is not in the table.
    """
    try:
        return _EXPONENTS[currency]
    except KeyError:
        message = "The currency is not an active ISO 4217 code."
        raise UnknownCurrency(message, field="currency", remedy="Use a code such as USD, EUR or XOF.") from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, in whole minor units (cents, centavos; whole yen)."""

    MOST_MINOR: ClassVar[int] = MAX_AMOUNT_MINOR

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse a float, an unknown currency and an amount no JSON reader holds exactly."""
        if type(self.amount_minor) is not int:
            message = "An amount is a whole number of minor units."
            raise MalformedAmount(message, field="amount_minor")
        exponent(self.currency)
        if abs(self.amount_minor) > self.MOST_MINOR:
            message = "The amount is larger than this system holds exactly."
            raise MalformedAmount(message, field="amount_minor")

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read a decimal string such as ``250.00``; more decimals than the currency has are refused, not rounded.

        Raises:
            MalformedAmount: not a plain decimal number, or too many decimals.
            UnknownCurrency: see `exponent`.
        """
        digits = exponent(currency)
        match = _DECIMAL.fullmatch(text)
        if match is None or len(match[3] or "") > digits:
            message = f"An amount in {currency} is a plain number with at most {digits} decimals."
            raise MalformedAmount(message, field="amount", remedy="Write it like 1250 or 1250.50, without spaces.")
        minor = int(match[2]) * 10**digits + int((match[3] or "").ljust(digits, "0") or "0")
        return cls(-minor if match[1] else minor, currency)

    @property
    def decimal_string(self) -> str:
        """The amount as a decimal string with exactly the currency's decimals, for example ``250.00``."""
        digits = exponent(self.currency)
        sign, minor = ("-" if self.amount_minor < 0 else ""), abs(self.amount_minor)
        if digits == 0:
            return f"{sign}{minor}"
        whole, part = divmod(minor, 10**digits)
        return f"{sign}{whole}.{part:0{digits}d}"

    def __str__(self) -> str:
        """The amount for people: ``USD 250.00``."""
        return f"{self.currency} {self.decimal_string}"

    def __eq__(self, other: object) -> bool:
        """Whether it is the same amount of the same currency, be it an amount or a sum of amounts."""
        if not isinstance(other, Money):
            return NotImplemented
        return (self.amount_minor, self.currency) == (other.amount_minor, other.currency)

    def __hash__(self) -> int:
        """Hash an amount and a sum that says the same alike."""
        return hash((self.amount_minor, self.currency))

    def __add__(self, other: Money) -> Self:
        """Add an amount of the same currency."""
        return type(self)(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Self:
        """Subtract an amount of the same currency."""
        return type(self)(self.amount_minor - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        """Compare with an amount of the same currency."""
        return self.amount_minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        """Compare with an amount of the same currency."""
        return self.amount_minor <= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            message = f"An amount in {other.currency} cannot be combined with one in {self.currency}."
            raise CurrencyMismatch(message, field="currency")
        return other.amount_minor


@dataclass(frozen=True, slots=True, eq=False)
class Total(Money):
    """A sum of amounts, as books show it: what moved in years, or all funds together, may be more than one amount may.

    It is equal to an amount that says the same.  Nothing of this size is taken in or posted.
    """

    MOST_MINOR: ClassVar[int] = MAX_TOTAL_MINOR


def share_pro_rata(pool: Money, claims: Sequence[Money]) -> list[Money]:
    """Split `pool` over `claims` in proportion, to the last minor unit.

    Each share is first rounded down; the units left over go one each to the largest remainders, ties to the earlier
    claim.  The shares sum to `pool` exactly, and none differs from its quota by a whole unit.

    Args:
        pool: what there is to hand out, minor units; not negative, not more than the claims together.
        claims: what each is owed, in the currency of `pool`, in a stable order; not negative.

    Raises:
        MalformedAmount: `pool` is negative or exceeds the sum of `claims`, or a claim is negative.
        CurrencyMismatch: a claim is in another currency than `pool`.

    Source:
        Largest remainder (Hamilton): Balinski and Young, *Fair Representation*, 2nd ed. (2001), ch. 2.
    """
    zero = Money(0, pool.currency)
    total = sum(claims, zero)
    if pool < zero or total < pool or any(claim < zero for claim in claims):
        message = "The pool and the claims must not be negative, and the pool not more than the claims together."
        raise MalformedAmount(message, field="pool")
    if total == zero:
        return [zero for _ in claims]
    quotas = [Fraction(pool.amount_minor * claim.amount_minor, total.amount_minor) for claim in claims]
    shares = [quota.numerator // quota.denominator for quota in quotas]
    by_remainder = sorted(range(len(claims)), key=lambda index: (shares[index] - quotas[index], index))
    for index in by_remainder[: pool.amount_minor - sum(shares)]:
        shares[index] += 1
    return [Money(share, pool.currency) for share in shares]


def share_equally(total: Money, parts: int) -> list[Money]:
    """Split `total` into `parts` shares that differ by at most one minor unit; the larger shares come first.

    Raises:
        MalformedAmount: `total` is negative or `parts` is not positive.
    """
    if parts < 1 or total.amount_minor < 0:
        message = "Only an amount that is not negative can be split, and into one part at least."
        raise MalformedAmount(message, field="parts")
    share, left_over = divmod(total.amount_minor, parts)
    return [Money(share + (index < left_over), total.currency) for index in range(parts)]
