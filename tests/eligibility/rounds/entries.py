"""Claims of a round, written short."""

from __future__ import annotations

from collections.abc import Sequence

from reparations.eligibility.rules.rounds import Entries, Method, Pool, Reserve, Round, Terms, compute_round


def make_entries(
    entitlements: Sequence[int],
    *,
    befores: Sequence[int] = (),
    streams: Sequence[str] = (),
    groups: Sequence[str] = (),
    points: Sequence[int] = (),
    days: Sequence[tuple[int | None, ...]] = (),
) -> Entries:
    """Claims ``clm_0``, ``clm_1``, … with what the test says of them."""
    count = len(entitlements)
    return Entries(
        claim_ids=[f"clm_{number}" for number in range(count)],
        entitlements=entitlements,
        befores=befores or [0] * count,
        streams=streams or [""] * count,
        groups=groups or [""] * count,
        points=points or [0] * count,
        days=days or [()] * count,
    )


def pay(
    entries: Entries,
    method: Method,
    pool_minor: int,
    *,
    undecided: int = 0,
    reserve: Reserve | None = None,
    group_cap_minor: int | None = None,
    together: bool = False,
) -> Round:
    """A round of a pool that is all in cash."""
    terms = Terms(method, reserve=reserve, group_cap_minor=group_cap_minor, unit_paid_together=together)
    return compute_round(entries, terms, Pool(pool_minor, pool_minor, undecided, seed="a seed"))
