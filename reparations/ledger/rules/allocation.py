"""Which fund pays for which award.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reparations.money import Money


@dataclass(frozen=True, slots=True)
class Need:
    """An award that wants money."""

    key: str
    """The award's id or reference."""
    form: str
    amount: Money


@dataclass(frozen=True, slots=True)
class FundAvailability:
    """What a fund may still award, and on what."""

    fund_id: str
    code: str
    forms: frozenset[str]
    programme_only: bool
    """Whether the fund may pay for this one programme only."""
    available: Money


@dataclass(frozen=True, slots=True)
class FundShare:
    """What one fund pays of one award."""

    key: str
    form: str
    fund_id: str
    fund_code: str
    amount: Money
    passed_over: tuple[str, ...]
    """Codes of the more restricted funds of this form that had nothing left; why it is this fund."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Which fund pays for which award, and what no fund can pay for."""

    shares: tuple[FundShare, ...]
    unfunded: Mapping[str, Money]
    """What is missing of an award, by its key; empty if everything is funded."""

    def explain(self) -> list[str]:
        """Say it in sentences, one for each share and one for each award with something missing."""
        return [
            f"{share.key}: {share.amount} from {share.fund_code}, "
            + (
                f"because {', '.join(share.passed_over)} had nothing left"
                if share.passed_over
                else f"the most restricted fund for {share.form} awards"
            )
            for share in self.shares
        ] + [f"{key}: {missing} is not funded" for key, missing in self.unfunded.items()]


def allocate_most_restricted_first(needs: Sequence[Need], availability: Sequence[FundAvailability]) -> Allocation:
    """Find the money for awards, spending what is most tied first, so that free money stays free longest.

    Of the funds that may pay for an award's form, the one with the fewest forms goes first, a fund of this programme
    before a general one, then by code.  An award is taken whole from the first that has money; only where a fund runs
    out in the middle of an award does the next one pay the rest.  The same input gives the same result, in any order of
    `availability`; the order of `needs` is the order in which awards are served.

    Raises:
        CurrencyMismatch: a need and a fund are in different currencies.
    """
    ranked = sorted(availability, key=lambda fund: (len(fund.forms), not fund.programme_only, fund.code))
    left = {fund.fund_id: fund.available for fund in ranked}
    shares: list[FundShare] = []
    unfunded: dict[str, Money] = {}
    for need in needs:
        missing = need.amount
        passed_over: list[str] = []
        for fund in ranked:
            if need.form not in fund.forms:
                continue
            taken = min(missing, left[fund.fund_id])
            if taken.amount_minor > 0:
                shares.append(
                    FundShare(need.key, need.form, fund.fund_id, fund.code, taken, passed_over=tuple(passed_over))
                )
                left[fund.fund_id] -= taken
                missing -= taken
            if missing.amount_minor == 0:
                break
            passed_over.append(fund.code)
        if missing.amount_minor:
            unfunded[need.key] = missing
    return Allocation(tuple(shares), unfunded)
