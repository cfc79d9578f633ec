"""Some claims while a program runs over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reparations.eligibility.language.kernel.arrays import Segments

if TYPE_CHECKING:
    from reparations.eligibility.language.kernel.columns import ClaimColumns, Truths, Values


@dataclass(slots=True)
class Block:
    """Some claims while a program runs over them."""

    columns: ClaimColumns
    truths: dict[int, Truths] = field(default_factory=dict)
    values: dict[int, Values] = field(default_factory=dict)
    segments: dict[str, Segments] = field(default_factory=dict)

    def segments_of(self, name: str) -> Segments:
        """Cut the records of a list up by claim, once."""
        if name not in self.segments:
            self.segments[name] = Segments.of(self.columns.lists[name].offsets)
        return self.segments[name]
