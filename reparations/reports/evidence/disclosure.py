"""What a donor's report may say about people: counts that single nobody out, money that gives no count away.

Four rules, each pure.  They follow the habit of statistical offices (publish no count under ten, round the rest to
five) and go on to money: where everybody receives the same sum, an amount *is* a count.

1. A count under ten is not printed, nor is zero: both read the same, so that neither can be told from the other.
   Every other count is rounded to the nearest five.
2. Money is exact for a whole fund, because a donor must be able to reconcile.  Below the fund, a form of award that
   reached fewer than ten people is not shown by itself but together with the other forms of that fund.
3. Below the fund, the split between *paid* and *still owed* is left out for every form as soon as one side of it
   stands for one to nine people.
4. What one receipt paid in awards is left out, with what is unspent of it, where it stands for one to nine people, and
   so is what of it has arrived; for every receipt of a fund that nobody else gave to, where subtracting would tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SMALLEST_COUNT = 10
ROUNDING_BASE = 5


@dataclass(frozen=True, slots=True)
class FormFigures:
    """The exact figures of one form of award in one fund.  They stay inside the server.

    `people` counts those with an award, `people_paid` those who hold all of it; for a form that is not given to
    single persons (collective measures) both are None.
    """

    forms: tuple[str, ...]
    awarded_minor: int
    paid_minor: int
    people: int | None = None
    people_paid: int | None = None


@dataclass(frozen=True, slots=True)
class ShownFigures:
    """What may be printed of a form; None stands for "not shown"."""

    forms: tuple[str, ...]
    awarded_minor: int
    people: int | None
    paid_minor: int | None
    owed_minor: int | None


@dataclass(frozen=True, slots=True)
class GiftFigures:
    """What one receipt paid in awards, exactly.  It stays inside the server.

    `people` counts those whose individual awards it paid for, `people_paid` those of them who hold all of it.
    """

    awards_minor: int
    paid_minor: int
    unspent_minor: int
    people: int
    people_paid: int


@dataclass(frozen=True, slots=True)
class ShownGift:
    """What may be printed of a receipt; None stands for "not shown"."""

    awards_minor: int | None
    paid_minor: int | None
    unspent_minor: int | None
    people: int | None


def disclose_count(count: int) -> int | None:
    """Round a count of people to the nearest five; None when it is too small to print."""
    if count < SMALLEST_COUNT:
        return None
    return (count + ROUNDING_BASE // 2) // ROUNDING_BASE * ROUNDING_BASE


def is_identifying(count: int | None) -> bool:
    """Say whether a sum that stands for this many people would give a small count away."""
    return count is not None and 0 < count < SMALLEST_COUNT


def disclose_forms(figures: Iterable[FormFigures]) -> list[ShownFigures]:
    """Apply rules 2 and 3 to the forms of one fund; the awarded amounts still sum to the fund's."""
    rows = _merge_small([row for row in figures if row.awarded_minor or row.people])
    hide_split = len(rows) > 1 and any(
        is_identifying(row.people_paid) or is_identifying(_people_owed(row)) for row in rows
    )
    return [
        ShownFigures(
            forms=row.forms,
            awarded_minor=row.awarded_minor,
            people=None if row.people is None else disclose_count(row.people),
            paid_minor=None if hide_split else row.paid_minor,
            owed_minor=None if hide_split else row.awarded_minor - row.paid_minor,
        )
        for row in rows
    ]


def disclose_gifts(figures: Sequence[GiftFigures], *, sole_giver: bool) -> list[ShownGift]:
    """Apply rule 4 to one donor's receipts in one fund.

    Args:
        figures: his receipts.
        sole_giver: nobody else gave to the fund, whose totals are exact; a single receipt then is the whole fund.
    """
    if sole_giver and len(figures) == 1:
        hide_awards = hide_paid = [False]
    else:
        hide_awards = [is_identifying(row.people) for row in figures]
        hide_paid = [
            hidden or is_identifying(row.people_paid) or is_identifying(row.people - row.people_paid)
            for hidden, row in zip(hide_awards, figures, strict=True)
        ]
    if sole_giver:
        hide_awards, hide_paid = ([any(hidden)] * len(figures) for hidden in (hide_awards, hide_paid))
    return [
        ShownGift(
            awards_minor=None if no_awards else row.awards_minor,
            paid_minor=None if no_split else row.paid_minor,
            unspent_minor=None if no_awards else row.unspent_minor,
            people=disclose_count(row.people),
        )
        for row, no_awards, no_split in zip(figures, hide_awards, hide_paid, strict=True)
    ]


def _people_owed(row: FormFigures) -> int | None:
    if row.people is None or row.people_paid is None:
        return None
    return row.people - row.people_paid


def _merge_small(rows: list[FormFigures]) -> list[FormFigures]:
    if len(rows) < 2 or not any(is_identifying(row.people) for row in rows):  # noqa: PLR2004 - one row has no other
        return rows
    return [
        FormFigures(
            forms=tuple(sorted(form for row in rows for form in row.forms)),
            awarded_minor=sum(row.awarded_minor for row in rows),
            paid_minor=sum(row.paid_minor for row in rows),
        )
    ]
