"""The programme written out by hand in numpy, as somebody who needs nothing else would write it: met and not met.

Shares no code with the kernel.  What it says is what every other engine is compared with, claim by claim.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from benchmarks.eligibility.population import Arrays
from benchmarks.eligibility.programme import AMOUNTS_MINOR, CATEGORIES, CRITERIA

ELIGIBLE, NOT_ELIGIBLE, MORE_INFORMATION, PENDING = range(4)
ADULT = 18
CAP_MINOR = 1_200_000
Pair = tuple[np.ndarray, np.ndarray]


def screen(claims: Arrays) -> Arrays:
    """Return outcome, findings (0 not met, 1 met, 2 unknown) and amount (-1 unknown) of every claim."""
    criteria = _criteria(claims)
    met = {code: pair[0] for code, pair in criteria.items()}
    not_met = {code: pair[1] for code, pair in criteria.items()}
    routes_met, routes_not_met, open_ground = [], [], []
    for capacity, codes in (
        ("direct", ("SITE", "TIME", "PRESENCE", "HARM")),
        ("indirect", ("TIME", "REGION", "KIN", "HARM")),
        ("child", ("MINOR", "TIME", "GRAVE", "CAMP")),
    ):
        open_, closed = _one_of(claims, "capacity", capacity)
        route_met, any_not_met = open_, np.zeros_like(open_)
        for code in codes:
            route_met = route_met & met[code]
            any_not_met = any_not_met | not_met[code]
        routes_met.append(route_met)
        routes_not_met.append(closed | any_not_met)
        open_ground.append(~closed & any_not_met)
    common = ("IDENTITY", "CAPACITY", "REGISTER")
    eligible = routes_met[0] | routes_met[1] | routes_met[2]
    refused = routes_not_met[0] & routes_not_met[1] & routes_not_met[2]
    ground = open_ground[0] | open_ground[1] | open_ground[2]
    for code in common:
        eligible = eligible & met[code]
        refused = refused | not_met[code]
        ground = ground | not_met[code]
    refused = refused & ground
    award, award_known = _award(claims)
    outcome = np.where(eligible, np.where(award_known, ELIGIBLE, PENDING), MORE_INFORMATION)
    outcome = np.where(refused, NOT_ELIGIBLE, outcome).astype(np.uint8)
    amount = np.where(refused, 0, np.where(eligible & award_known, award, -1))
    found = {code: (met[code] + 2 * ~(met[code] | not_met[code])).astype(np.uint8) for code in CRITERIA}
    return {"outcome": outcome, "amount": amount, **found}


def _criteria(c: Arrays) -> dict[str, Pair]:
    displaced = c["displaced"], c["displaced?"] & ~c["displaced"]
    compensated = c["compensated"], c["compensated?"] & ~c["compensated"]
    near = _one_of(c, "region", "r1", "r2", "r3")
    registered = _one_of(c, "register", "own", "church")
    inner_met, inner_not = near[0] | compensated[1], near[1] & compensated[0]
    listed = _one_of(c, "site", "north", "south", "river", "camp")
    presumed = _one_of(c, "site", "north", "camp")
    absent = c["present?"] & ~c["present"]
    age, age_known = _age(c["born"], c["attacked_on"]), c["born?"] & c["attacked_on?"]
    in_camps = _within(c, "held_from", dt.date(2000, 6, 1), dt.date(2004, 6, 30))
    established = c["harms.established"], c["harms.established?"] & ~c["harms.established"]
    kind = _one_of(c, "harms.kind", "death", "torture", "wound", "loss")
    grave = (c["harms.grade"] >= 2) & c["harms.grade?"]  # noqa: PLR2004 the grade the rules name
    not_grave = c["harms.grade?"] & ~grave
    relation = _one_of(c, "kin.relation", "spouse", "child_of", "parent")
    dead = c["kin.alive?"] & ~c["kin.alive"]
    return {
        "IDENTITY": (c["identity"], c["identity?"] & ~c["identity"]),
        "CAPACITY": _one_of(c, "capacity", "direct", "indirect", "child"),
        "REGISTER": (
            registered[0] | (displaced[0] & inner_met),
            registered[1] & (displaced[1] | inner_not),
        ),
        "SITE": listed,
        "TIME": _within(c, "attacked_on", dt.date(2001, 1, 1), dt.date(2005, 12, 31)),
        "PRESENCE": (c["present"] | (presumed[0] & ~absent), absent),
        "HARM": _some(c, "harms", established[0] & kind[0], established[1] | kind[1]),
        "GRAVE": _some(c, "harms", established[0] & grave, established[1] | not_grave),
        "REGION": _one_of(c, "region", "r1", "r2", "r5", "r7"),
        "KIN": _some(c, "kin", relation[0] & c["kin.alive"], relation[1] | dead),
        "MINOR": ((age < ADULT) & age_known, (age >= ADULT) & age_known),
        "CAMP": (in_camps[0] | displaced[0], in_camps[1] & displaced[1]),
    }


def _one_of(c: Arrays, name: str, *values: str) -> Pair:
    found = np.isin(c[name], [CATEGORIES[name].index(value) for value in values])
    return found & c[f"{name}?"], ~found & c[f"{name}?"]


def _within(c: Arrays, name: str, first: dt.date, last: dt.date) -> Pair:
    found = (c[name] >= first.toordinal()) & (c[name] <= last.toordinal())
    return found & c[f"{name}?"], ~found & c[f"{name}?"]


def _age(born: np.ndarray, on: np.ndarray) -> np.ndarray:
    epoch = dt.date(1970, 1, 1).toordinal()

    def written(days: np.ndarray) -> np.ndarray:
        date = (days - epoch).astype("datetime64[D]")
        month = date.astype("datetime64[M]")
        number: np.ndarray = month.astype(np.int64) * 100 + (date - month).astype(np.int64)
        return number

    years: np.ndarray = (written(on) - written(born)) // 1_200
    return years


def _sums(array: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    running = np.concatenate(([0], np.cumsum(array, dtype=np.int64)))
    sums: np.ndarray = running[offsets[1:]] - running[offsets[:-1]]
    return sums


def _some(c: Arrays, listed: str, met: np.ndarray, not_met: np.ndarray) -> Pair:
    offsets, told = c[f"{listed}#"], c[f"{listed}_told"]
    return _sums(met, offsets) > 0, told & (_sums(~not_met, offsets) == 0)


def _award(c: Arrays) -> Pair:
    offsets = c["harms#"]
    counts, skipped = c["harms.established"], c["harms.established?"] & ~c["harms.established"]
    readable = c["harms.kind?"] & c["harms.grade?"]
    value = np.array(AMOUNTS_MINOR)[c["harms.kind"], c["harms.grade"] - 1]
    value = np.where(counts & readable, value, 0)
    worst = np.zeros(len(offsets) - 1, np.int64)
    filled = offsets[1:] > offsets[:-1]
    worst[filled] = np.maximum.reduceat(value, offsets[:-1][filled])
    known = c["harms_told"] & (_sums(~skipped & ~(counts & readable), offsets) == 0)
    held = np.where(c["years_held"] >= 1, 30_000 + 12_010 * (c["years_held"] - 1), 0)
    gross = np.minimum(worst + held, CAP_MINOR)
    due = np.maximum(gross - (c["paid_before"] + 1) // 2, 0)
    return due, known & c["years_held?"] & c["paid_before?"]
