"""Computing a round: cap, cash, reserve, then the method; and the check that not a unit was made or lost."""

from __future__ import annotations

from typing import assert_never

from reparations.eligibility.errors import RoundRefused
from reparations.eligibility.rules.rounds.caps import cap_groups
from reparations.eligibility.rules.rounds.checks import check_entries, check_terms
from reparations.eligibility.rules.rounds.entries import Entries, Pool, Round, Unspent
from reparations.eligibility.rules.rounds.equal import pay_equal_or_less, pay_per_head
from reparations.eligibility.rules.rounds.instalments import pay_instalment
from reparations.eligibility.rules.rounds.queues import pay_by_date, pay_by_priority
from reparations.eligibility.rules.rounds.quota import pay_pro_rata, pay_threshold
from reparations.eligibility.rules.rounds.shares import Lots
from reparations.eligibility.rules.rounds.terms import (
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
from reparations.eligibility.rules.rounds.working import Working


def compute_round(entries: Entries, terms: Terms, pool: Pool) -> Round:
    """Compute what each claim gets of a pool.

    The order is fixed: the family's cap, then the cash on hand, then the reserve for undecided claims, then the method.
    The same claims in another order give the same amounts.

    Raises:
        RoundRefused: the terms make no sense, or promise the streams more than there is.
    """
    check_terms(terms)
    check_entries(entries, pool)
    lots = Lots(pool.seed, entries.claim_ids)
    if terms.group_cap_minor is None:
        opens = [entitled - before for entitled, before in zip(entries.entitlements, entries.befores, strict=True)]
        capped = [False] * entries.count
    else:
        opens, capped = cap_groups(entries, terms.group_cap_minor, lots)
    work = Working(entries, opens, lots, undecided=pool.undecided, unit_paid_together=terms.unit_paid_together)
    money = min(pool.pool_minor, pool.cash_minor)
    work.leave(pool.pool_minor - money, Unspent.ABOVE_CASH)
    money -= _keep_back(work, terms, money)
    _pay(work, terms, money)
    done = Round(
        terms=terms,
        pool=pool,
        payable=work.payable,
        reasons=work.reasons,
        ranks=work.ranks,
        capped=capped,
        quotas=work.quotas,
        unspent=work.unspent,
        level_minor=work.level_minor,
    )
    _check_sum(done, opens)
    return done


def _keep_back(work: Working, terms: Terms, money: int) -> int:
    """Keep the reserve back, or weigh it in where it is a quota; return what is kept back now."""
    if terms.reserve is None:
        return 0
    most = terms.reserve.per_claim_minor * work.undecided
    if terms.reserve.at is ReserveAt.QUOTA:
        work.reserve_weight = most
        return 0
    kept = min(money, most)
    work.leave(kept, Unspent.RESERVED)
    return kept


def _pay(work: Working, terms: Terms, money: int) -> None:
    match terms.method:
        case ProRata() as method:
            if sum(method.stream_pools_minor.values()) > money:
                raise RoundRefused(
                    "The pools of the streams are more than the cash on hand less the reserve.",
                    field="terms",
                    remedy="Give the streams less, or the round more.",
                )
            pay_pro_rata(work, method, money)
        case Threshold() as method:
            pay_threshold(work, method, money)
        case EqualOrLess() as method:
            pay_equal_or_less(work, method, money)
        case ByPriority() as method:
            pay_by_priority(work, method, money)
        case ByDate() as method:
            pay_by_date(work, method, money)
        case Instalments() as method:
            pay_instalment(work, method, money)
        case PerHead() as method:
            pay_per_head(work, method, money)
        case _:
            assert_never(terms.method)


def _check_sum(done: Round, opens: list[int]) -> None:
    """Refuse a result that loses or makes money: a fault of ours, found before anybody signs it."""
    if done.total_minor + sum(done.unspent.values()) != done.pool.pool_minor:
        message = "what a round pays and what it does not spend are not its pool"
        raise RuntimeError(message)
    if any(not 0 <= amount <= opened for amount, opened in zip(done.payable, opens, strict=True)):
        message = "a round gives a claim more than is open of its award"
        raise RuntimeError(message)
