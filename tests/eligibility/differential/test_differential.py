"""Evaluator and kernel say the same of random claims under random rules: 300 rule sets in each run, 10,000 nightly.

    REPARATIONS_TEST_RULE_SETS=10000 .venv/bin/python -m pytest tests/eligibility/differential -n 2

`script/test --nightly` does.

A difference is reported with its seed, its rule file and the claim.
"""

from __future__ import annotations

import os

import pytest

from tests.eligibility.differential.authors import make_claims, write_rules
from tests.eligibility.differential.comparing import CLAIMS, compare

RULE_SETS = int(os.environ.get("REPARATIONS_TEST_RULE_SETS", "300"))
PARTS = 10
_STRIDE = 1_000_000


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("part", range(PARTS))
def test_evaluator_and_kernel_say_the_same(part: int) -> None:
    wanted = RULE_SETS // PARTS
    compared, seed = 0, part * _STRIDE

    while compared < wanted:
        written = write_rules(seed)
        if written is not None:
            text, rule_set = written
            difference = compare(rule_set, make_claims(seed, CLAIMS, rule_set.schema))
            assert difference is None, f"seed {seed}, {difference}\n{text}"
            compared += 1
        seed += 1

    assert compared == wanted
    assert seed - part * _STRIDE < 3 * wanted + 10, "most random rule files are refused: the author writes nonsense"
