"""Invented claims as plain arrays: a value and, beside it, whether it is known.  The same seed makes the same claims.

numpy only: the environment of OpenFisca-Core imports this too.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from benchmarks.eligibility.programme import CATEGORIES

MISSING = 0.05
TRUTHS = {
    "identity": 0.97,
    "present": 0.7,
    "displaced": 0.4,
    "compensated": 0.2,
    "harms_told": 1.0,
    "kin_told": 1.0,
    "harms.established": 0.75,
    "kin.alive": 0.8,
}
DAYS = {
    "attacked_on": (dt.date(2000, 1, 1), dt.date(2006, 12, 31)),
    "born": (dt.date(1930, 1, 1), dt.date(2000, 12, 31)),
    "held_from": (dt.date(1999, 1, 1), dt.date(2006, 12, 31)),
}
NUMBERS = {"years_held": (0, 12), "paid_before": (0, 400_000), "harms.grade": (1, 3)}
LISTS = {"harms": 1.8, "kin": 2.2}
"""Mean length of each list."""

Arrays = dict[str, np.ndarray]


def make_population(count: int, seed: int = 1) -> Arrays:
    """Make claims: ``name`` holds the values, ``name?`` where they are known, ``list#`` the offsets of a list."""
    random = np.random.default_rng(seed)
    found: Arrays = {}
    lengths = {"": count}
    for listed, mean in LISTS.items():
        offsets = np.zeros(count + 1, np.int64)
        np.cumsum(random.poisson(mean, count), out=offsets[1:])
        found[f"{listed}#"], lengths[listed] = offsets, int(offsets[-1])
    for name in (*TRUTHS, *CATEGORIES, *DAYS, *NUMBERS):
        size = lengths[name.partition(".")[0] if "." in name else ""]
        known = random.random(size) >= MISSING
        found[name], found[f"{name}?"] = _values(name, size, known, random), known
    return found


def _values(name: str, size: int, known: np.ndarray, random: np.random.Generator) -> np.ndarray:
    if name in TRUTHS:
        drawn: np.ndarray = (random.random(size) < TRUTHS[name]) & known
        return drawn
    if name in CATEGORIES:
        return np.where(known, random.integers(0, len(CATEGORIES[name]), size), 0).astype(np.int8)
    if name in DAYS:
        low, high = (day.toordinal() for day in DAYS[name])
        return np.where(known, random.integers(low, high + 1, size), low).astype(np.int32)
    low, high = NUMBERS[name]
    return np.where(known, random.integers(low, high + 1, size), low).astype(np.int64)
