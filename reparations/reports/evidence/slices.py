"""How the money of an award is handed down to its instalments.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slice:
    """So much of something came from one contribution; from other income of the fund where it is None."""

    contribution_id: str | None
    amount_minor: int


def split_slices(slices: Sequence[Slice], parts_minor: Sequence[int]) -> tuple[list[list[Slice]], list[Slice]]:
    """Hand slices down to parts, first to first: the earliest money pays the earliest part.

    A part that the slices do not cover is made whole by one from no contribution, so every part is its slices' sum.

    Args:
        slices: what paid for the whole, in the order in which it was taken; minor units.
        parts_minor: the parts, in the order in which they fall due; minor units.

    Returns:
        The slices of each part, and what no part has taken yet.
    """
    left = [one for one in slices if one.amount_minor > 0]
    parts: list[list[Slice]] = []
    for part in parts_minor:
        own: list[Slice] = []
        missing = part
        while missing > 0 and left:
            first = left.pop(0)
            taken = min(first.amount_minor, missing)
            own.append(Slice(first.contribution_id, taken))
            missing -= taken
            if taken < first.amount_minor:
                left.insert(0, Slice(first.contribution_id, first.amount_minor - taken))
        if missing > 0:
            own.append(Slice(None, missing))
        parts.append(own)
    return parts, left
