"""The same programme by this project: the kernel, and the evaluator claim by claim in several processes."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.eligibility.oracle import ELIGIBLE, MORE_INFORMATION, NOT_ELIGIBLE, PENDING
from benchmarks.eligibility.population import LISTS, Arrays
from benchmarks.eligibility.programme import CATEGORIES, CRITERIA, FACTS, RULES
from reparations.eligibility.language import Assessor, Finding, Outcome, RuleSet, load_rule_set
from reparations.eligibility.language.facts import CaseFacts
from reparations.eligibility.language.kernel import (
    OUTCOMES,
    ClaimColumns,
    Kernel,
    ListColumns,
    Screening,
    Truths,
    Values,
    make_columns,
)
from reparations.eligibility.language.nodes import Kind, Value

_NUMBER = {
    Outcome.ELIGIBLE: ELIGIBLE,
    Outcome.NOT_ELIGIBLE: NOT_ELIGIBLE,
    Outcome.MORE_INFORMATION_NEEDED: MORE_INFORMATION,
    Outcome.ELIGIBLE_AMOUNT_PENDING: PENDING,
}
_FINDING = {Finding.NOT_MET: 0, Finding.MET: 1, Finding.UNKNOWN: 2}


@cache
def rule_set() -> RuleSet:
    """Load the programme."""
    return load_rule_set(RULES, FACTS)


@cache
def _assessor() -> Assessor:
    return Assessor(rule_set())


def columns(claims: Arrays) -> ClaimColumns:
    """Lay the claims out for the kernel, and have them checked."""
    schema = rule_set().schema

    def column(name: str, kind: Kind) -> Truths | Values:
        value, known = claims[name], claims[f"{name}?"]
        return Truths(value, known & ~value) if kind is Kind.TRUTH else Values(value, known)

    facts = {name: column(name, fact.type.kind) for name, fact in schema.facts.items()}
    lists = {
        name: ListColumns(
            claims[f"{name}#"],
            {key: column(f"{name}.{key}", fact.type.kind) for key, fact in listed.fields.items()},
        )
        for name, listed in schema.lists.items()
    }
    return make_columns(schema, count=len(claims["identity"]), facts=facts, lists=lists)


def kernel() -> Kernel:
    """Compile the programme."""
    return Kernel(rule_set())


def as_arrays(screened: Screening) -> Arrays:
    """Write what the kernel said as the oracle writes it."""
    numbers = np.array([_NUMBER[outcome] for outcome in OUTCOMES], np.uint8)
    amount = np.where(screened.amount_known, screened.amount_minor, -1)
    return {"outcome": numbers[screened.outcomes], "amount": amount, **screened.criteria}


def case_facts(claims: Arrays, first: int, last: int) -> list[CaseFacts]:
    """Write claims out one by one."""
    schema = rule_set().schema
    values = {name: _listed(claims, name, slice(first, last)) for name in schema.facts}
    cases = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    lists: list[dict[str, list[dict[str, Value]]]] = [{} for _ in cases]
    for name in LISTS:
        offsets = claims[f"{name}#"][first : last + 1]
        part = slice(int(offsets[0]), int(offsets[-1]))
        fields = {key: _listed(claims, f"{name}.{key}", part) for key in schema.lists[name].fields}
        records = [dict(zip(fields, row, strict=True)) for row in zip(*fields.values(), strict=True)]
        ends = (offsets - offsets[0]).tolist()
        for place, case in enumerate(lists):
            case[name] = records[ends[place] : ends[place + 1]]
    return [CaseFacts(case, records) for case, records in zip(cases, lists, strict=True)]


def _listed(claims: Arrays, name: str, part: slice) -> list[Value]:
    names = CATEGORIES.get(name)
    pairs = zip(claims[name][part].tolist(), claims[f"{name}?"][part].tolist(), strict=True)
    return [(names[value] if names else value) if known else None for value, known in pairs]


_CLAIMS: dict[str, Arrays] = {}


def _begin(file: Path) -> None:
    with np.load(file) as stored:
        _CLAIMS["all"] = dict(stored)


def _assess(cut: tuple[int, int]) -> tuple[Arrays, float]:
    first, last = cut
    assessor, cases = _assessor(), case_facts(_CLAIMS["all"], first, last)
    started = time.perf_counter()
    found = [assessor.assess_facts(case) for case in cases]
    elapsed = time.perf_counter() - started
    arrays: Arrays = {
        "outcome": np.array([_NUMBER[one.outcome] for one in found], np.uint8),
        "amount": np.array([-1 if one.amount_minor is None else one.amount_minor for one in found], np.int64),
    }
    for code in CRITERIA:
        arrays[code] = np.array([_FINDING[one.criteria[code]] for one in found], np.uint8)
    return arrays, elapsed


def assess_all(file: Path, count: int, processes: int, chunk: int = 20_000) -> tuple[Arrays, float, float]:
    """Assess every claim by the evaluator.  Returns what it said, the wall time and the time of evaluation alone, s."""
    cuts = [(first, min(first + chunk, count)) for first in range(0, count, chunk)]
    started = time.perf_counter()
    with ProcessPoolExecutor(processes, initializer=_begin, initargs=(file,)) as pool:
        parts = list(pool.map(_assess, cuts))
    elapsed = time.perf_counter() - started
    said = {name: np.concatenate([part[0][name] for part in parts]) for name in parts[0][0]}
    return said, elapsed, sum(part[1] for part in parts)


def time_traced(claims: Arrays, count: int) -> list[float]:
    """Time single traced decisions, µs each; the first few warm up and do not count."""
    cases, assessor, times = case_facts(claims, 0, count), _assessor(), []
    for case in [*cases[:100], *cases]:
        started = time.perf_counter_ns()
        assessor.assess_facts(case, trace=True)
        times.append((time.perf_counter_ns() - started) / 1_000)
    return times[100:]
