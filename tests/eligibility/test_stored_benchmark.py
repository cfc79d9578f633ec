"""What the benchmark stores is what its oracle says, on a few hundred claims; the log holds every row."""

from __future__ import annotations

import pytest

from benchmarks.eligibility import oracle, stored
from benchmarks.eligibility.population import make_population


def test_every_stored_row_is_what_the_oracle_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(stored, "CHUNK", 120)
    claims = make_population(300)

    found = stored.measure(claims, oracle.screen(claims), 300)

    assert {name: one["claims"] for name, one in found.items()} == {"sqlite": 300}


def test_a_row_that_differs_from_the_oracle_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    claims = make_population(50)
    expected = oracle.screen(claims)
    expected["amount"][7] += 1

    with pytest.raises(AssertionError, match="differs from the oracle in amount"):
        stored.measure(claims, expected, 50)
