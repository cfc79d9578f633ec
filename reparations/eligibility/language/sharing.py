"""Dividing an award among persons, and into instalments, to the last minor unit.  Pure; no facts are read here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, date
from fractions import Fraction
from typing import TYPE_CHECKING

from reparations.eligibility.language.entitlement import Remainder, RowKind, WhenNobody
from reparations.eligibility.language.entitlement_reader import row_fits
from reparations.eligibility.language.evaluate import round_ratio
from reparations.eligibility.language.spans import birthday

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reparations.eligibility.language.entitlement import PaymentTrust, ShareRow, ShareScheme, Trust
    from reparations.eligibility.language.rule_set import InstalmentTerm


@dataclass(frozen=True, slots=True)
class SharePart:
    """What one person of the list gets."""

    amount_minor: int
    class_name: str | None
    """None for who stands in no class and gets nothing."""
    held_until: date | None = None
    """The share is held in trust until that day."""
    age_unknown: bool = False
    """Whether it is held in trust cannot be said: ask for the day of birth."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """How an award is divided."""

    scheme: str
    parts: tuple[SharePart, ...] | None
    """In the order of the list; None while something about the persons is not known."""
    nobody: WhenNobody | None = None
    """Whose the award is when nobody is there to share it."""
    left_over_minor: int = 0
    """What the fund keeps because it cannot be divided, minor units."""


def divide(scheme: ShareScheme, amount_minor: int, classes: Sequence[str | None]) -> Sharing:
    """Divide an award among persons of whom the class is known; None stands in no class.

    Unless shares may exceed the award, they and what is left over sum to it exactly.  Minor units left over by rounding
    down go one each to the largest fractions; equal ones in the order of the list, or against it, as the rules say.
    """
    present = frozenset(name for name in classes if name is not None)
    row = next((row for row in scheme.cascade if row_fits(row, present)), None)
    if row is None:
        return Sharing(scheme.name, tuple(SharePart(0, name) for name in classes), scheme.when_nobody)
    quotas = [_quota(row, amount_minor, name, classes) for name in classes]
    if scheme.rounding is not None:
        shares = [round_ratio(scheme.rounding, quota) for quota in quotas]
        return Sharing(scheme.name, _parts(shares, classes))
    shares = [quota.numerator // quota.denominator for quota in quotas]
    left_over = amount_minor - sum(shares)
    if scheme.remainder is Remainder.FUND:
        return Sharing(scheme.name, _parts(shares, classes), left_over_minor=left_over)
    turn = -1 if scheme.remainder is Remainder.LATER else 1
    order = sorted(range(len(shares)), key=lambda index: (shares[index] - quotas[index], turn * index))
    for index in order[:left_over]:
        shares[index] += 1
    return Sharing(scheme.name, _parts(shares, classes))


def _parts(shares: Sequence[int], classes: Sequence[str | None]) -> tuple[SharePart, ...]:
    return tuple(SharePart(share, name) for share, name in zip(shares, classes, strict=True))


def _quota(row: ShareRow, amount_minor: int, name: str | None, classes: Sequence[str | None]) -> Fraction:
    if name is None or name not in row.parts:
        return Fraction(0)
    if row.kind is RowKind.EACH:
        return amount_minor * row.parts[name]
    if row.kind is RowKind.EQUAL:
        return Fraction(amount_minor, sum(one in row.parts for one in classes))
    return amount_minor * row.parts[name] / classes.count(name)


def hold_in_trust(part: SharePart, trust: Trust, *, born: int | None, as_of: int | None) -> SharePart:
    """Say until when a share is held in trust: to the birthday the rules name, if that is still ahead on the day.

    Args:
        part: the share.
        trust: the terms of the rules.
        born: day of birth as a proleptic ordinal; None if not known.
        as_of: the day on which age is looked at; None if not known.
    """
    if part.amount_minor == 0:
        return part
    released = find_release(born, trust)
    if released is None or as_of is None:
        return SharePart(part.amount_minor, part.class_name, age_unknown=True)
    return SharePart(part.amount_minor, part.class_name, released if released.toordinal() > as_of else None)


def find_release(born: int | None, trust: Trust | PaymentTrust) -> date | None:
    """Return the day on which somebody reaches the age of the rules; None of whom no day of birth is known that can be.

    Args:
        born: day of birth as a proleptic ordinal; None if not known.
        trust: the terms of the rules.
    """
    if born is None or date.fromordinal(born).year + trust.until_age > MAXYEAR:
        return None
    return birthday(born, trust.until_age, trust.birthday_rule)


def part_in_instalments(amount_minor: int, terms: Sequence[InstalmentTerm]) -> tuple[int, ...]:
    """Part an award into instalments that sum to it: what has fallen due is rounded down each time."""
    due, parts, ratio = 0, [], Fraction(0)
    for term in terms:
        ratio += term.ratio
        total = round_ratio("round_down", amount_minor * ratio)
        parts.append(total - due)
        due = total
    return tuple(parts) or (amount_minor,)


def compute_highest_fee(amount_minor: int, fee_at_most: Fraction) -> int:
    """Return the most an intermediary may keep of a payment, minor units, rounded down."""
    return round_ratio("round_down", amount_minor * fee_at_most)
