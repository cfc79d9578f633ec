"""A round while it is being computed: who still wants what, who has been given what, and what is left over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reparations.eligibility.rules.rounds.entries import Entries, Quota, Reason, Unspent
from reparations.eligibility.rules.rounds.shares import Lots


@dataclass(slots=True)
class Working:
    """The columns a method fills in."""

    entries: Entries
    opens: list[int]
    """What is open of each award, under the family's cap."""
    lots: Lots
    undecided: int
    unit_paid_together: bool = False
    """Whether a queue serves the claims of one family or household together."""
    reserve_weight: int = 0
    """What the undecided claims could be awarded together, where they are kept a quota."""
    payable: list[int] = field(init=False)
    reasons: list[Reason] = field(init=False)
    ranks: list[int | None] = field(init=False)
    quotas: dict[str, Quota] = field(default_factory=dict)
    unspent: dict[Unspent, int] = field(default_factory=dict)
    level_minor: int | None = None

    def __post_init__(self) -> None:
        """Begin with nothing for anybody."""
        count = self.entries.count
        self.payable = [0] * count
        self.reasons = [Reason.NOTHING_OPEN] * count
        self.ranks = [None] * count

    def with_something_open(self, indices: Iterable[int] | None = None) -> list[int]:
        """Return the claims of which something is open."""
        wanted = range(self.entries.count) if indices is None else indices
        return [index for index in wanted if self.opens[index]]

    def give(self, index: int, amount: int, reason: Reason) -> None:
        """Make an amount payable; all that is open counts as in full, whatever the method."""
        self.payable[index] = amount
        self.reasons[index] = Reason.IN_FULL if amount == self.opens[index] else reason

    def give_everything(self, indices: Iterable[int]) -> int:
        """Make all that is open payable, and return how much that is."""
        total = 0
        for index in indices:
            self.give(index, self.opens[index], Reason.IN_FULL)
            total += self.opens[index]
        return total

    def refuse(self, indices: Iterable[int], reason: Reason) -> None:
        """Say why claims get nothing."""
        for index in indices:
            self.reasons[index] = reason

    def leave(self, amount: int, why: Unspent) -> None:
        """Say why an amount is not spent."""
        if amount:
            self.unspent[why] = self.unspent.get(why, 0) + amount
