"""Which fund pays for which award.  Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from reparations.money import Money


@dataclass(frozen=True, slots=True)
class Need:
    """An award that wants money, with all that a restriction may ask about."""

    key: str
    """The award's id or reference."""
    form: str
    amount: Money
    purpose: str | None = None
    """Code of the line of a collective award."""
    case_id: str | None = None
    place: str | None = None
    """The office whose claim it is."""
    on: date | None = None
    """The day it is awarded."""


@dataclass(frozen=True, slots=True)
class Period:
    """When a fund's money may be awarded; None leaves that end open."""

    usable_from: date | None
    usable_until: date | None
    """The first day on which it may no longer be."""

    def holds(self, day: date | None) -> bool:
        """Say whether a day is in it; no day is in none."""
        if day is None:
            return False
        return (self.usable_from is None or self.usable_from <= day) and (
            self.usable_until is None or day < self.usable_until
        )


@dataclass(frozen=True, slots=True)
class FundAvailability:
    """What a fund may still award, and on what."""

    fund_id: str
    code: str
    forms: frozenset[str]
    programme_only: bool
    """Whether the fund may pay for this one programme only."""
    available: Money
    purposes: frozenset[str] = frozenset()
    """The only purposes it may pay for; empty for any.  So with cases and places."""
    cases: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    periods: tuple[Period, ...] = ()
    """All of them hold together."""
    form_limits: Mapping[str, Money] = field(default_factory=dict)
    """What may still go to a form of award, where the fund gives only a share of its money for it."""

    def may_pay(self, need: Need) -> bool:
        """Say whether the money may go to an award at all, however much of it is left."""
        return (
            need.form in self.forms
            and (not self.purposes or need.purpose in self.purposes)
            and (not self.cases or need.case_id in self.cases)
            and (not self.places or need.place in self.places)
            and all(period.holds(need.on) for period in self.periods)
        )

    def available_for(self, form: str) -> Money:
        """Return what may still be awarded in a form, before anything more is taken."""
        return min(self.available, self.form_limits.get(form, self.available))

    def spend(self, form: str, amount: Money) -> FundAvailability:
        """Return the fund with so much less for an award of a form."""
        limits = {name: limit - amount if name == form else limit for name, limit in sorted(self.form_limits.items())}
        return FundAvailability(
            fund_id=self.fund_id,
            code=self.code,
            forms=self.forms,
            programme_only=self.programme_only,
            available=self.available - amount,
            purposes=self.purposes,
            cases=self.cases,
            places=self.places,
            periods=self.periods,
            form_limits=limits,
        )

    @property
    def rank(self) -> tuple[object, ...]:
        """The most restricted first: fewest forms, tied to the programme, most restrictions, first to expire, code."""
        tied = sum(map(bool, (self.purposes, self.cases, self.places, self.periods, self.form_limits)))
        ends = [period.usable_until for period in self.periods if period.usable_until is not None]
        return (len(self.forms), not self.programme_only, -tied, min(ends, default=date.max), self.code)


@dataclass(frozen=True, slots=True)
class FundShare:
    """What one fund pays of one award."""

    key: str
    form: str
    fund_id: str
    fund_code: str
    amount: Money
    passed_over: tuple[str, ...]
    """Codes of the funds before this one that may pay for the award and had nothing left; why it is this fund."""
    declared: bool = False
    """Whether the programme declared the order, or it is the most restricted first."""

    @property
    def reason(self) -> str:
        """Why it is this fund, in words."""
        if self.passed_over:
            return f"because {', '.join(self.passed_over)} had nothing left"
        if self.declared:
            return "the first fund in the programme's order that may pay for it"
        return f"the most restricted fund for {self.form} awards"


@dataclass(frozen=True, slots=True)
class Allocation:
    """Which fund pays for which award, and what no fund can pay for."""

    shares: tuple[FundShare, ...]
    unfunded: Mapping[str, Money]
    """What is missing of an award, by its key; empty if everything is funded."""

    def explain(self) -> list[str]:
        """Say it in sentences, one for each share and one for each award with something missing."""
        return [f"{share.key}: {share.amount} from {share.fund_code}, {share.reason}" for share in self.shares] + [
            f"{key}: {missing} is not funded" for key, missing in self.unfunded.items()
        ]


def allocate_most_restricted_first(needs: Sequence[Need], availability: Sequence[FundAvailability]) -> Allocation:
    """Find the money for awards, spending what is most tied first, so that free money stays free longest.

    Of the funds that may pay for an award, the one with the fewest forms goes first, a fund of this programme before a
    general one, then the one with more restrictions, then the one that expires first, then by code.  An award is taken
    whole from the first that has money; only where a fund runs out in the middle of an award does the next one pay the
    rest.  The same input gives the same result, in any order of `availability`; the order of `needs` is the order in
    which awards are served.

    Raises:
        CurrencyMismatch: a need and a fund are in different currencies.
    """
    return _allocate(needs, sorted(availability, key=lambda fund: fund.rank), declared=False)


def allocate_in_order(
    needs: Sequence[Need], availability: Sequence[FundAvailability], *, order: Sequence[str]
) -> Allocation:
    """Find the money for awards in the order of funds that a programme declares; funds it does not name pay nothing.

    Raises:
        CurrencyMismatch: a need and a fund are in different currencies.
    """
    position = {fund_id: number for number, fund_id in enumerate(order)}
    named = [fund for fund in availability if fund.fund_id in position]
    return _allocate(needs, sorted(named, key=lambda fund: position[fund.fund_id]), declared=True)


def _allocate(needs: Sequence[Need], ranked: Sequence[FundAvailability], *, declared: bool) -> Allocation:
    left = {fund.fund_id: fund for fund in ranked}
    shares: list[FundShare] = []
    unfunded: dict[str, Money] = {}
    for need in needs:
        missing = need.amount
        passed_over: list[str] = []
        for fund_id in [fund.fund_id for fund in ranked if fund.may_pay(need)]:
            fund = left[fund_id]
            taken = min(missing, fund.available_for(need.form))
            if taken.amount_minor > 0:
                shares.append(
                    FundShare(
                        need.key,
                        need.form,
                        fund_id,
                        fund.code,
                        taken,
                        passed_over=tuple(passed_over),
                        declared=declared,
                    )
                )
                left[fund_id] = fund.spend(need.form, taken)
                missing -= taken
            if missing.amount_minor == 0:
                break
            passed_over.append(fund.code)
        if missing.amount_minor:
            unfunded[need.key] = missing
    return Allocation(tuple(shares), unfunded)


def find_forbidden(
    planned: Sequence[tuple[Need, Mapping[str, Money]]], availability: Sequence[FundAvailability]
) -> frozenset[str]:
    """Return the keys of planned awards that a restriction recorded since forbids; the money itself is held for them.

    Args:
        planned: each need with what each fund was to pay of it, by the fund's id, in the order in which they are
            served: where a form may have only a share of a fund, it is those that come after it is used up.
        availability: the funds as they may be used now; one that is missing pays for nothing.
    """
    left = {fund.fund_id: fund for fund in availability}
    forbidden: set[str] = set()
    for need, by_fund in planned:
        funds = {fund_id: left.get(fund_id) for fund_id in by_fund}
        paying = {
            fund_id: fund.spend(need.form, by_fund[fund_id])
            for fund_id, fund in funds.items()
            if fund is not None
            and fund.may_pay(need)
            and by_fund[fund_id] <= fund.form_limits.get(need.form, by_fund[fund_id])
        }
        if len(paying) == len(by_fund):
            left |= paying
        else:
            forbidden.add(need.key)
    return frozenset(forbidden)


def compute_inputs_sha256(
    needs: Sequence[Need], availability: Sequence[FundAvailability], *, order: Sequence[str] = ()
) -> bytes:
    """Hash what an allocation was given, so that whoever has the same inputs can show that it gives the same result.

    SHA-256 of canonical JSON: the needs in their order, the funds by id, the declared order if there is one.
    """
    written = {
        "needs": [
            [need.key, need.form, *_money(need.amount), need.purpose, need.case_id, need.place, _day(need.on)]
            for need in needs
        ],
        "funds": [
            [
                fund.fund_id,
                fund.code,
                sorted(fund.forms),
                fund.programme_only,
                *_money(fund.available),
                sorted(fund.purposes),
                sorted(fund.cases),
                sorted(fund.places),
                sorted([_day(period.usable_from) or "", _day(period.usable_until) or ""] for period in fund.periods),
                sorted([form, limit.amount_minor] for form, limit in fund.form_limits.items()),
            ]
            for fund in sorted(availability, key=lambda fund: fund.fund_id)
        ],
        "order": list(order),
    }
    return sha256(json.dumps(written, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).digest()


def compute_share_minor(total_minor: int, *, numerator: int, denominator: int) -> int:
    """Return the largest whole amount that is at most `numerator` / `denominator` of a total, in minor units."""
    return total_minor * numerator // denominator


def _money(amount: Money) -> tuple[int, str]:
    return amount.amount_minor, amount.currency


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
