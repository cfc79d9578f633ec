"""The differential test is worth something: it catches each of twelve seeded faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from reparations.eligibility.language import Assessor
from reparations.eligibility.language.kernel import Kernel
from tests.eligibility.differential.authors import FACTS, make_claims, write_rules
from tests.eligibility.differential.comparing import CLAIMS, find_difference, said_by_assessor, said_by_kernel
from tests.eligibility.differential.faults import FAULTS, Fault, faulty_copy

MOST = 500
"""A fault that so many rule sets do not show is not caught: a run of the differential test has no more."""


def test_there_are_twelve() -> None:
    assert len({fault.name for fault in FAULTS}) == 12


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_seeded_fault_is_caught(fault: Fault, tmp_path: Path) -> None:
    with faulty_copy(fault, tmp_path) as faulty:
        caught_after = None
        for seed in range(MOST):
            written = write_rules(seed)
            if written is None:
                continue
            text, rule_set = written
            claims = make_claims(seed, CLAIMS, rule_set.schema)
            wrong = faulty.load_rule_set(text, FACTS)
            if fault.in_kernel:
                screened = said_by_kernel(faulty.kernel.Kernel(wrong), claims, language=faulty)
                said = said_by_assessor(Assessor(rule_set), claims), screened
            else:
                said = said_by_assessor(faulty.Assessor(wrong), claims), said_by_kernel(Kernel(rule_set), claims)
            if find_difference(*said):
                caught_after = seed + 1
                break

    assert caught_after is not None, "the differential test lets this fault pass"
