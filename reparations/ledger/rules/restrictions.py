"""What a restriction must say.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reparations.ledger.errors import RestrictionMalformed
from reparations.ledger.models import AwardForm, RestrictionKind

MAX_DENOMINATOR = 1_000_000


@dataclass(frozen=True, slots=True)
class Restriction:
    """A limit on what a fund may pay for; see `RestrictionKind` for what each kind needs."""

    kind: RestrictionKind
    value: str | None = None
    usable_from: date | None = None
    usable_until: date | None = None
    share: tuple[int, int] | None = None
    """Numerator and denominator."""


def check_restriction(restriction: Restriction) -> None:
    """Refuse a restriction that does not say what its kind needs, or says more.

    Raises:
        RestrictionMalformed: it does not.
    """
    dated = restriction.usable_from is not None or restriction.usable_until is not None
    is_period, is_share = (restriction.kind == kind for kind in (RestrictionKind.PERIOD, RestrictionKind.SHARE))
    if is_period != dated:
        raise RestrictionMalformed("A period has its first day, or the day it ends; nothing else has.", field="kind")
    if is_share != (restriction.share is not None):
        raise RestrictionMalformed("A share has numerator and denominator; nothing else has.", field="kind")
    if is_period == bool(restriction.value):
        raise RestrictionMalformed("All but a period name what they are about.", field="value")
    if is_share and restriction.value not in set(AwardForm):
        raise RestrictionMalformed("A share is for a form of award: individual or collective.", field="value")
    if restriction.share is not None:
        check_share(*restriction.share)
    if (
        restriction.usable_from is not None
        and restriction.usable_until is not None
        and restriction.usable_until <= restriction.usable_from
    ):
        raise RestrictionMalformed("The period ends after it begins.", field="usable_until")


def check_share(numerator: int, denominator: int) -> None:
    """Refuse a share that is not between nothing and the whole.

    Raises:
        RestrictionMalformed: it is not, or its denominator is above `MAX_DENOMINATOR`.
    """
    if not (1 <= denominator <= MAX_DENOMINATOR and 0 <= numerator <= denominator):
        raise RestrictionMalformed(
            f"A share is between 0 and 1, its denominator at most {MAX_DENOMINATOR}.", field="numerator"
        )
