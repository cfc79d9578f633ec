"""What a simulation counts, and what of it may be shown.  Pure.

Sex, age and place are known of each claimant under seal.  Shown are tables from which nobody's can be read:

1. every count is moved by at most `MOVED` either way, by a number that depends on who exactly is counted (the *cell
   key*, a sum of secret numbers of the claimants).  The same people give the same count in every table and in every
   simulation, so repeating a question teaches nothing; one person more or less gives an unrelated one, so comparing two
   simulations does not show the one person between them;
2. a count that is then below `SMALLEST` is not shown, zero neither, and in each row and column that has a count left
   out others are left out too, until those left out stand for `SMALLEST` people at least; so where all of one sex, age
   or place fare alike, that is not shown either;
3. a cost is moved with its count, is left out where that is or where one claimant has more than half of it, and is
   rounded to three figures.

Source: the cell-key method, Fraser and Wooton, *A proposed method for confidentialising tabular output to protect
against differencing*, Joint UNECE/Eurostat work session on statistical data confidentiality (2005).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from reparations.eligibility.language.assess import Outcome

SMALLEST = 10
MOVED = 4
KEY_SPACE = 2**32
OTHER = "other"
UNKNOWN = "unknown"
_AGE_BANDS = ((18, "0-17"), (35, "18-34"), (50, "35-49"), (65, "50-64"), (80, "65-79"))
_OLDEST = "80+"
_FIGURES = 1_000
WHOLE = ("", "")


class Move(StrEnum):
    """How a claim fares under the draft."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


_RANK = (Outcome.NOT_ELIGIBLE, Outcome.MORE_INFORMATION_NEEDED, Outcome.ELIGIBLE_AMOUNT_PENDING, Outcome.ELIGIBLE)


@dataclass(frozen=True, slots=True)
class Counted:
    """One claim as a simulation counts it."""

    key: int
    """Secret number of the claim, below `KEY_SPACE`."""
    before: Outcome
    after: Outcome
    before_minor: int
    """What it costs, minor units; 0 where nothing is due or the amount is not known."""
    after_minor: int
    groups: Mapping[str, str]
    """Dimension → group, such as sex → female."""


@dataclass(slots=True)
class Cell:
    """Claims counted together."""

    count: int = 0
    key: int = 0
    before_minor: int = 0
    after_minor: int = 0
    before_most: int = 0
    after_most: int = 0

    def add(self, other: Cell) -> None:
        """Count others too."""
        self.count += other.count
        self.key = (self.key + other.key) % KEY_SPACE
        self.before_minor += other.before_minor
        self.after_minor += other.after_minor
        self.before_most = max(self.before_most, other.before_most)
        self.after_most = max(self.after_most, other.after_most)


Place = tuple[str, str, str, str, str]
"""(dimension, group, outcome before, outcome after, move); the whole is the dimension without a name."""


@dataclass(slots=True)
class Tally:
    """Exact counts and sums, by group and by what became of the claims.  Never shown."""

    cells: dict[Place, Cell] = field(default_factory=dict)

    def count(self, claim: Counted) -> None:
        """Count a claim, in the whole and in each of its groups."""
        own = Cell(1, claim.key, claim.before_minor, claim.after_minor, claim.before_minor, claim.after_minor)
        move = find_move(claim)
        for dimension, group in [WHOLE, *claim.groups.items()]:
            self.cells.setdefault((dimension, group, claim.before, claim.after, move), Cell()).add(own)

    def add(self, other: Tally) -> None:
        """Add what another part counted."""
        for place, cell in other.cells.items():
            self.cells.setdefault(place, Cell()).add(cell)

    def as_list(self) -> list[list[str | int]]:
        """Write the cells as JSON holds them, in order."""
        return [
            [*place, one.count, one.key, one.before_minor, one.after_minor, one.before_most, one.after_most]
            for place, one in sorted(self.cells.items())
        ]

    @classmethod
    def from_list(cls, rows: Iterable[Sequence[str | int]]) -> Tally:
        """Read what `as_list` wrote."""
        width = len(("dimension", "group", "before", "after", "move"))
        cells: dict[Place, Cell] = {}
        for row in rows:
            dimension, group, before, after, move = map(str, row[:width])
            cells[dimension, group, before, after, move] = Cell(*map(int, row[width:]))
        return cls(cells)


def find_move(claim: Counted) -> Move:
    """Say how a claim fares: by its outcome first, then by its amount."""
    was = (_RANK.index(claim.before), claim.before_minor)
    is_ = (_RANK.index(claim.after), claim.after_minor)
    return Move.SAME if was == is_ else Move.BETTER if is_ > was else Move.WORSE


def find_age_band(birth_date: str | None, *, on: date) -> str:
    """Return the band of an age in completed years; of a year alone, as if born on 1 January."""
    if not birth_date or not birth_date[:4].isdecimal():
        return UNKNOWN
    year, month, day = (*map(int, birth_date.split("-")), 1, 1)[:3]
    age = on.year - year - ((on.month, on.day) < (month, day))
    return next((band for below, band in _AGE_BANDS if age < below), _OLDEST)


def move_count(cell: Cell) -> int:
    """Return the count as it may be shown, if it is not too small: the same for the same people, always."""
    if cell.count == 0:
        return 0
    digest = hashlib.sha256(f"{cell.key}:{cell.count}".encode()).digest()
    return max(0, cell.count + int.from_bytes(digest[:4], "big") % (2 * MOVED + 1) - MOVED)


View = tuple[str, str]
"""(what is counted, which of it): ("before", outcome), ("after", outcome), ("move", move), ("all", "")."""
Key = tuple[str, str, View]
"""(dimension, group, view)."""
ALL: View = ("all", "")
VIEWS: Mapping[str, tuple[str, ...]] = {"before": tuple(Outcome), "after": tuple(Outcome), "move": tuple(Move)}


def show(tally: Tally) -> dict[str, object]:
    """Return what may be shown of a tally: counts, and costs of the groups; None for what is left out."""
    cells = _views(_merge_small(tally))
    counts = {key: move_count(cell) for key, cell in cells.items()}
    hidden = _hide(counts)
    groups = sorted({key[:2] for key in counts})

    def told(dimension: str, group: str) -> dict[str, object]:
        shown: dict[str, object] = {"claims": _shown((dimension, group, ALL), counts, hidden)}
        for view, values in VIEWS.items():
            shown[view] = {value: _shown((dimension, group, (view, value)), counts, hidden) for value in values}
        whole = (dimension, group, ALL)
        for side in ("before", "after"):
            paid = (dimension, group, (side, Outcome.ELIGIBLE.value))
            shown[f"cost_{side}_minor"] = (
                None if whole in hidden or paid in hidden else _cost(cells[paid], counts[paid], side)
            )
        return shown

    dimensions: dict[str, list[dict[str, object]]] = {}
    for dimension, group in groups:
        if dimension:
            dimensions.setdefault(dimension, []).append({"group": group, **told(dimension, group)})
    return {"whole": told(*WHOLE), "groups": dimensions}


def _shown(key: Key, counts: Mapping[Key, int], hidden: set[Key]) -> int | None:
    return None if key in hidden else counts[key]


def _cost(cell: Cell, shown: int, side: str) -> int | None:
    cost, most = (cell.before_minor, cell.before_most) if side == "before" else (cell.after_minor, cell.after_most)
    if cell.count == 0 or 2 * most > cost:
        return None
    moved = cost * shown // cell.count
    unit = 1
    while moved // unit >= _FIGURES:
        unit *= 10
    return (moved + unit // 2) // unit * unit


def _merge_small(tally: Tally) -> Tally:
    """Put groups too small to be shown, and too many to be listed, together as "other"."""
    sizes: dict[tuple[str, str], Cell] = {}
    for (dimension, group, *_), cell in tally.cells.items():
        sizes.setdefault((dimension, group), Cell()).add(cell)
    small = {key for key, cell in sizes.items() if key != WHOLE and move_count(cell) < SMALLEST}
    merged = Tally()
    for (dimension, group, before, after, move), cell in tally.cells.items():
        name = OTHER if (dimension, group) in small else group
        merged.cells.setdefault((dimension, name, before, after, move), Cell()).add(cell)
    return merged


def _views(tally: Tally) -> dict[Key, Cell]:
    groups = {WHOLE, *((place[0], place[1]) for place in tally.cells)}
    cells: dict[Key, Cell] = {
        (*group, view): Cell()
        for group in groups
        for view in [ALL, *((kind, value) for kind, values in VIEWS.items() for value in values)]
    }
    for (dimension, group, before, after, move), cell in tally.cells.items():
        for view in (ALL, ("before", before), ("after", after), ("move", move)):
            cells[dimension, group, view].add(cell)
    return cells


def _hide(counts: Mapping[Key, int]) -> set[Key]:
    """Choose what is left out: what is small, and what would let it be computed from the rest."""
    hidden = {key for key, count in counts.items() if count < SMALLEST}
    lines = list(_lines(counts))
    changed = True
    while changed:
        changed = False
        for line in lines:
            more = _hide_in_line(line, counts, hidden)
            if more is not None:
                hidden.add(more)
                changed = True
    return hidden


def _lines(counts: Mapping[Key, int]) -> Iterator[tuple[list[Key], Key]]:
    """Yield each row and column of the tables: its parts, and what they sum to."""
    groups = sorted({key[:2] for key in counts})
    views = sorted({key[2] for key in counts})
    for group in groups:
        for kind, values in VIEWS.items():
            yield [(*group, (kind, value)) for value in values], (*group, ALL)
    for dimension in sorted({group[0] for group in groups if group != WHOLE}):
        for view in views:
            yield [(*group, view) for group in groups if group[0] == dimension], (*WHOLE, view)


def _hide_in_line(line: tuple[list[Key], Key], counts: Mapping[Key, int], hidden: set[Key]) -> Key | None:
    """Return one more to leave out of a row or column, None if what is left out cannot be computed from it."""
    parts, total = line
    out = [key for key in parts if key in hidden]
    left_out = sum(counts[key] for key in out)
    if not out or total in hidden or (len(out) > 1 and left_out >= SMALLEST):
        return None
    if left_out == 0 and parts[0][:2] == WHOLE:
        return None  # that all fare alike may be said of all, not of those of one sex, age or place
    rest = [key for key in parts if key not in hidden]
    return min(rest, key=lambda key: (counts[key], key)) if rest else None
