"""The same programme in OpenFisca-Core, every fact doubled into a value and whether it is known.

Run by the benchmark in an environment of its own::

    python -m benchmarks.eligibility.openfisca CLAIMS.npz RUNS OUT.npz

OpenFisca has no unknown; two variables, met and not met, stand for every condition.  Loading is not timed, calculating
every criterion, the outcome and the amount is; each run begins with a simulation that has calculated nothing.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np
from openfisca_core.entities import Entity, GroupEntity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.eligibility.oracle import CAP_MINOR, ELIGIBLE, MORE_INFORMATION, NOT_ELIGIBLE, PENDING
from benchmarks.eligibility.population import LISTS, TRUTHS, Arrays, make_population
from benchmarks.eligibility.programme import AMOUNTS_MINOR, CATEGORIES, CRITERIA

RECORD = Entity("record", "records", "A record of a list", "")
CLAIM = GroupEntity("claim", "claims", "A claim", "", [{"key": "entry", "plural": "entries", "label": "", "doc": ""}])
MONTH = "2031-05"
"""OpenFisca asks for a period; everything here holds in one month."""
_TABLE = np.array(AMOUNTS_MINOR)
_EPOCH = 719_163
ROUTES = {
    "direct": ("SITE", "TIME", "PRESENCE", "HARM"),
    "indirect": ("TIME", "REGION", "KIN", "HARM"),
    "child": ("MINOR", "TIME", "GRAVE", "CAMP"),
}
COMMON = ("IDENTITY", "CAPACITY", "REGISTER")
Formula = Callable[..., np.ndarray]


class Programme:
    """Collects the variables of the tax and benefit system."""

    def __init__(self) -> None:
        """Declare the facts; harms and kin are records of one entity, told apart by a mark."""
        self.system = TaxBenefitSystem([RECORD, CLAIM])
        names = make_population(1)
        for name in names:
            if name.endswith(("?", "#")):
                continue
            entity = RECORD if "." in name else CLAIM
            kind = bool if name in TRUTHS else int
            self.declare(_plain(name), kind, entity)
            self.declare(_plain(name) + "_known", bool, entity)
        for listed in LISTS:
            self.declare(f"is_{listed}", bool, RECORD)

    def declare(self, name: str, kind: type, entity: Entity, formula: Formula | None = None) -> None:
        """Add a variable, with what computes it."""
        parts: dict[str, object] = {
            "value_type": kind,
            "entity": entity,
            "definition_period": DateUnit.MONTH,
            "label": name,
        }
        if formula is not None:
            parts["formula"] = lambda population, period: formula(population)  # noqa: ARG005 the interface of OpenFisca
        self.system.add_variable(type(name, (Variable,), parts))

    def condition(self, name: str, met: Formula, not_met: Formula, entity: Entity = CLAIM) -> None:
        """Add the two variables of a condition."""
        self.declare(f"{name}_met", bool, entity, met)
        self.declare(f"{name}_not_met", bool, entity, not_met)


def _plain(name: str) -> str:
    return name.replace(".", "_")


def _get(population: Callable[..., np.ndarray], name: str) -> np.ndarray:
    return population(name, MONTH)


def _is(name: str) -> tuple[Formula, Formula]:
    return (
        lambda p: _get(p, name) & _get(p, f"{name}_known"),
        lambda p: ~_get(p, name) & _get(p, f"{name}_known"),
    )


def _one_of(name: str, *values: str) -> tuple[Formula, Formula]:
    places = [CATEGORIES[name].index(value) for value in values]
    plain = _plain(name)
    return (
        lambda p: np.isin(_get(p, plain), places) & _get(p, f"{plain}_known"),
        lambda p: ~np.isin(_get(p, plain), places) & _get(p, f"{plain}_known"),
    )


def _within(name: str, first: str, last: str) -> tuple[Formula, Formula]:
    low, high = (int(np.datetime64(day).astype(int)) + _EPOCH for day in (first, last))

    def inside(p: Callable[..., np.ndarray]) -> np.ndarray:
        return (_get(p, name) >= low) & (_get(p, name) <= high)

    return lambda p: inside(p) & _get(p, f"{name}_known"), lambda p: ~inside(p) & _get(p, f"{name}_known")


def _some(listed: str, name: str) -> tuple[Formula, Formula]:
    def mine(p: Callable[..., np.ndarray]) -> np.ndarray:
        return _of_members(p, f"is_{listed}")

    return (
        lambda p: p.any(_of_members(p, f"{name}_met") & mine(p)),
        lambda p: _get(p, f"{listed}_told") & ~p.any(~_of_members(p, f"{name}_not_met") & mine(p)),
    )


def _of_members(claim: object, name: str) -> np.ndarray:
    return claim.members(name, MONTH)  # type: ignore[attr-defined]


def build() -> Programme:
    """Write the programme down."""
    p = Programme()
    p.condition("established", *_is("harms_established"), RECORD)
    p.condition("kind_counts", *_one_of("harms.kind", "death", "torture", "wound", "loss"), RECORD)
    p.condition(
        "grave_grade",
        lambda r: (_get(r, "harms_grade") >= 2) & _get(r, "harms_grade_known"),  # noqa: PLR2004 the grade the rules name
        lambda r: (_get(r, "harms_grade") < 2) & _get(r, "harms_grade_known"),  # noqa: PLR2004 as above
        RECORD,
    )
    p.condition("close", *_one_of("kin.relation", "spouse", "child_of", "parent"), RECORD)
    p.condition("alive", *_is("kin_alive"), RECORD)
    for name, left, right in (
        ("harm_record", "established", "kind_counts"),
        ("grave_record", "established", "grave_grade"),
        ("kin_record", "close", "alive"),
    ):
        p.condition(name, *_and(left, right), RECORD)
    p.condition("IDENTITY", *_is("identity"))
    p.condition("CAPACITY", *_one_of("capacity", "direct", "indirect", "child"))
    p.condition("displaced_is", *_is("displaced"))
    p.condition("compensated_is", *_is("compensated"))
    p.condition("near", *_one_of("region", "r1", "r2", "r3"))
    p.condition("registered", *_one_of("register", "own", "church"))
    p.condition(
        "REGISTER",
        lambda c: (
            _get(c, "registered_met")
            | (_get(c, "displaced_is_met") & (_get(c, "near_met") | _get(c, "compensated_is_not_met")))
        ),
        lambda c: (
            _get(c, "registered_not_met")
            & (_get(c, "displaced_is_not_met") | (_get(c, "near_not_met") & _get(c, "compensated_is_met")))
        ),
    )
    p.condition("SITE", *_one_of("site", "north", "south", "river", "camp"))
    p.condition("TIME", *_within("attacked_on", "2001-01-01", "2005-12-31"))
    p.condition("presumed", *_one_of("site", "north", "camp"))
    p.condition("present_is", *_is("present"))
    p.condition(
        "PRESENCE",
        lambda c: _get(c, "present_is_met") | (_get(c, "presumed_met") & ~_get(c, "present_is_not_met")),
        lambda c: _get(c, "present_is_not_met"),
    )
    p.condition("HARM", *_some("harms", "harm_record"))
    p.condition("GRAVE", *_some("harms", "grave_record"))
    p.condition("REGION", *_one_of("region", "r1", "r2", "r5", "r7"))
    p.condition("KIN", *_some("kin", "kin_record"))
    p.declare("age", int, CLAIM, _age)
    p.declare("age_known", bool, CLAIM, lambda c: _get(c, "born_known") & _get(c, "attacked_on_known"))
    p.condition(
        "MINOR",
        lambda c: (_get(c, "age") < 18) & _get(c, "age_known"),  # noqa: PLR2004 of age
        lambda c: (_get(c, "age") >= 18) & _get(c, "age_known"),  # noqa: PLR2004 of age
    )
    p.condition("in_camps", *_within("held_from", "2000-06-01", "2004-06-30"))
    p.condition("CAMP", *_or("in_camps", "displaced_is"))
    _declare_outcome(p)
    return p


def _and(left: str, right: str) -> tuple[Formula, Formula]:
    return (
        lambda r: _get(r, f"{left}_met") & _get(r, f"{right}_met"),
        lambda r: _get(r, f"{left}_not_met") | _get(r, f"{right}_not_met"),
    )


def _or(left: str, right: str) -> tuple[Formula, Formula]:
    return (
        lambda c: _get(c, f"{left}_met") | _get(c, f"{right}_met"),
        lambda c: _get(c, f"{left}_not_met") & _get(c, f"{right}_not_met"),
    )


def _age(claim: Callable[..., np.ndarray]) -> np.ndarray:
    def written(name: str) -> np.ndarray:
        date = (_get(claim, name) - _EPOCH).astype("datetime64[D]")
        month = date.astype("datetime64[M]")
        return month.astype(np.int64) * 100 + (date - month).astype(np.int64)

    return (written("attacked_on") - written("born")) // 1_200


def _declare_outcome(p: Programme) -> None:
    for capacity, codes in ROUTES.items():
        p.condition(f"{capacity}_open", *_one_of("capacity", capacity))
        p.condition(
            capacity,
            lambda c, capacity=capacity, codes=codes: np.logical_and.reduce(
                [_get(c, f"{capacity}_open_met"), *(_get(c, f"{code}_met") for code in codes)]
            ),
            lambda c, capacity=capacity, codes=codes: np.logical_or.reduce(
                [_get(c, f"{capacity}_open_not_met"), *(_get(c, f"{code}_not_met") for code in codes)]
            ),
        )
        p.declare(
            f"{capacity}_ground",
            bool,
            CLAIM,
            lambda c, capacity=capacity, codes=codes: (
                ~_get(c, f"{capacity}_open_not_met")
                & np.logical_or.reduce([_get(c, f"{code}_not_met") for code in codes])
            ),
        )
    p.condition(
        "eligible",
        lambda c: (
            np.logical_or.reduce([_get(c, f"{route}_met") for route in ROUTES])
            & np.logical_and.reduce([_get(c, f"{code}_met") for code in COMMON])
        ),
        lambda c: (
            np.logical_and.reduce([_get(c, f"{route}_not_met") for route in ROUTES])
            | np.logical_or.reduce([_get(c, f"{code}_not_met") for code in COMMON])
        ),
    )
    p.declare(
        "refused",
        bool,
        CLAIM,
        lambda c: (
            _get(c, "eligible_not_met")
            & np.logical_or.reduce(
                [*(_get(c, f"{route}_ground") for route in ROUTES), *(_get(c, f"{code}_not_met") for code in COMMON)]
            )
        ),
    )
    p.declare("record_counts", bool, RECORD, lambda r: _get(r, "established_met") & _get(r, "is_harms") & _readable(r))
    p.declare("record_amount", int, RECORD, _record_amount)
    p.declare("worst", int, CLAIM, lambda c: np.maximum(c.max(_of_members(c, "record_amount")), 0))
    p.declare("award_known", bool, CLAIM, _award_known)
    p.declare("award", int, CLAIM, _award)
    p.declare("outcome", int, CLAIM, _outcome)
    p.declare("amount", int, CLAIM, _amount)


def _readable(record: Callable[..., np.ndarray]) -> np.ndarray:
    return _get(record, "harms_kind_known") & _get(record, "harms_grade_known")


def _record_amount(record: Callable[..., np.ndarray]) -> np.ndarray:
    amount = _TABLE[_get(record, "harms_kind"), _get(record, "harms_grade") - 1]
    return np.where(_get(record, "record_counts"), amount, 0)


def _award_known(claim: Callable[..., np.ndarray]) -> np.ndarray:
    undecided = (
        _of_members(claim, "is_harms")
        & ~_of_members(claim, "established_not_met")
        & ~_of_members(claim, "record_counts")
    )
    known = _get(claim, "harms_told") & ~claim.any(undecided)  # type: ignore[attr-defined]
    return known & _get(claim, "years_held_known") & _get(claim, "paid_before_known")


def _award(claim: Callable[..., np.ndarray]) -> np.ndarray:
    years = _get(claim, "years_held")
    gross = np.minimum(_get(claim, "worst") + np.where(years >= 1, 30_000 + 12_010 * (years - 1), 0), CAP_MINOR)
    return np.maximum(gross - (_get(claim, "paid_before") + 1) // 2, 0)


def _outcome(claim: Callable[..., np.ndarray]) -> np.ndarray:
    paid = np.where(_get(claim, "award_known"), ELIGIBLE, PENDING)
    open_ = np.where(_get(claim, "eligible_met"), paid, MORE_INFORMATION)
    return np.where(_get(claim, "refused"), NOT_ELIGIBLE, open_)


def _amount(claim: Callable[..., np.ndarray]) -> np.ndarray:
    payable = _get(claim, "eligible_met") & _get(claim, "award_known")
    return np.where(_get(claim, "refused"), 0, np.where(payable, _get(claim, "award"), -1))


def simulate(system: TaxBenefitSystem, claims: Arrays) -> object:
    """Load claims into a new simulation."""
    count = len(claims["identity"])
    owners = {name: np.repeat(np.arange(count), np.diff(claims[f"{name}#"])) for name in LISTS}
    # OpenFisca's sums end with the last claim that has a record, so the last claim has one that is on no list.
    owners["nothing"] = np.array([count - 1])
    joined = np.concatenate(list(owners.values()))
    order = np.argsort(joined, kind="stable")
    marks = np.repeat(list(owners), [len(one) for one in owners.values()])[order]
    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("record", range(len(joined)))
    population = builder.declare_entity("claim", range(count))
    builder.join_with_persons(population, joined[order], np.repeat("entry", len(joined)))
    population.members_entity_id = joined[order]  # joining closes the gaps that claims without records leave
    population.members_position = np.arange(len(joined)) - np.searchsorted(joined[order], joined[order])
    simulation = builder.build(system)
    for listed in LISTS:
        simulation.set_input(f"is_{listed}", MONTH, marks == listed)
    for name in claims:
        if name.endswith(("?", "#")):
            continue
        listed = name.partition(".")[0] if "." in name else ""
        for variable, array in ((_plain(name), claims[name]), (f"{_plain(name)}_known", claims[f"{name}?"])):
            filled = _over_all(array, listed, marks) if listed else array
            simulation.set_input(variable, MONTH, filled if filled.dtype == bool else filled.astype(np.int32))
    return simulation


def _over_all(array: np.ndarray, listed: str, marks: np.ndarray) -> np.ndarray:
    filled = np.full(len(marks), array[0] if len(array) else 0, array.dtype)
    filled[marks == listed] = array
    return filled


def main() -> int:
    """Calculate the programme so many times; write what it said, and print the seconds of each run as JSON."""
    source, runs, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    with np.load(source) as stored:
        claims = dict(stored)
    system, times, said = build().system, [], {}
    for _ in range(runs):
        simulation = simulate(system, claims)
        started = time.perf_counter()
        met = {code: simulation.calculate(f"{code}_met", MONTH) for code in CRITERIA}  # type: ignore[attr-defined]
        not_met = {code: simulation.calculate(f"{code}_not_met", MONTH) for code in CRITERIA}  # type: ignore[attr-defined]
        outcome, amount = (simulation.calculate(name, MONTH) for name in ("outcome", "amount"))  # type: ignore[attr-defined]
        times.append(time.perf_counter() - started)
        said = {code: (met[code] + 2 * ~(met[code] | not_met[code])).astype(np.uint8) for code in CRITERIA}
        said |= {"outcome": outcome.astype(np.uint8), "amount": amount.astype(np.int64)}
    np.savez(target, **said)
    sys.stdout.write(json.dumps(times) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
