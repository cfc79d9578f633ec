"""Terms and claims that make no sense are refused before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from reparations.eligibility.errors import RoundRefused
from reparations.eligibility.rules.rounds.entries import Entries, Pool
from reparations.eligibility.rules.rounds.terms import (
    ONE,
    ByDate,
    ByPriority,
    EqualOrLess,
    Instalments,
    PerHead,
    ProRata,
    ReserveAt,
    Terms,
    Threshold,
)


def check_terms(terms: Terms) -> None:
    """Refuse terms that no round can be computed by.

    Raises:
        RoundRefused: an amount that is not positive, a rate outside (0, 1], no phase, or a reserve that the method
            cannot keep.
    """
    amounts = dict(_amounts(terms))
    for name, amount in amounts.items():
        if amount is not None and amount <= 0:
            raise RoundRefused(f"The {name} must be more than nothing.", field="terms", remedy="Correct the amount.")
    for name, rate in _rates(terms):
        if not 0 < rate <= ONE:
            raise RoundRefused(f"The {name} must lie above 0 and not above 1.", field="terms", remedy="Correct it.")
    method = terms.method
    if isinstance(method, EqualOrLess) and not method.phases:
        raise RoundRefused("No phase is given.", field="terms", remedy="Give at least one equal amount.")
    if isinstance(method, Instalments) and not method.up_to:
        raise RoundRefused("No rate is given.", field="terms", remedy="Say up to which rate awards are met.")
    is_single_quota = isinstance(method, ProRata) and not method.stream_pools_minor
    if terms.reserve is not None and terms.reserve.at is ReserveAt.QUOTA and not is_single_quota:
        raise RoundRefused(
            "Only a round with one quota for all can keep undecided claims that quota.",
            field="terms",
            remedy="Keep back the full amount, or pay pro rata from one pool.",
        )


def check_entries(entries: Entries, pool: Pool) -> None:
    """Refuse claims and pools that contradict themselves.

    Raises:
        RoundRefused: a claim twice, an amount below nothing, more paid than awarded, or a pool below nothing.
    """
    if len(set(entries.claim_ids)) != entries.count:
        raise RoundRefused("A claim stands in the round twice.", field="claims", remedy="Name each claim once.")
    if min(pool.pool_minor, pool.cash_minor, pool.undecided) < 0:
        raise RoundRefused("The pool, the cash and the number of undecided claims are not negative.", field="pool")
    for claim_id, entitled, before in zip(entries.claim_ids, entries.entitlements, entries.befores, strict=True):
        if not 0 <= before <= entitled:
            raise RoundRefused(
                "What was paid before lies between nothing and the award.", field="claims", record=claim_id
            )


def _amounts(terms: Terms) -> Iterator[tuple[str, int | None]]:
    method = terms.method
    yield "cap of a family", terms.group_cap_minor
    yield "reserve for a claim", terms.reserve.per_claim_minor if terms.reserve else None
    match method:
        case ProRata():
            yield from ((f"pool of the stream {name}", amount) for name, amount in method.stream_pools_minor.items())
        case Threshold():
            yield "threshold", method.threshold_minor
        case EqualOrLess():
            yield from ((f"amount of phase {n}", phase.at_most_minor) for n, phase in enumerate(method.phases, start=1))
        case ByPriority() | ByDate():
            yield "amount for one claim", method.at_most_minor
        case PerHead():
            yield "pot", method.pot_minor
            yield "amount for one claim", method.at_most_minor
            yield "multiple", method.multiple_of_minor
        case Instalments():
            pass


def _rates(terms: Terms) -> Iterator[tuple[str, Fraction]]:
    match terms.method:
        case ProRata(at_most=rate) | Threshold(at_most=rate):
            yield "highest quota", rate
        case Instalments(up_to=rates):
            yield from ((f"rate of the stream {name}" if name else "rate", rate) for name, rate in rates.items())
        case _:
            return
