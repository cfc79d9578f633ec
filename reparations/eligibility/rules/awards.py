"""How an award becomes parts that fall due: to the claimant, or by succession to the heirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from reparations.eligibility.errors import DecisionRefused, FundsShort, RestrictionBreached
from reparations.eligibility.language import SharePart, Sharing
from reparations.eligibility.language.entitlement import WhenNobody
from reparations.ledger.rules import FundAvailability, Need
from reparations.money import Money, share_equally

MAX_LINES = 100


class Waiting(StrEnum):
    """Why an award that is owed has no instalment yet, or a decided claim no award."""

    HEIRS_UNDECIDED = "heirs_undecided"
    NO_HEIR_REGISTERED = "no_heir_registered"
    NO_ELIGIBLE_HEIR = "no_eligible_heir"
    HEIR_DECEASED = "heir_deceased"
    POSSIBLE_DUPLICATE = "possible_duplicate"
    FUNDS_SHORT = "funds_short"
    SHARES_UNKNOWN = "shares_unknown"
    """A fact of the division is missing: whether everybody is told of, who is of which class, when a minor was born."""
    AGE_UNKNOWN = "age_unknown"
    """The rules hold minors' money, and when somebody who is to be paid was born is not known."""
    PERSONS_UNNAMED = "persons_unnamed"
    """Of somebody who has a share, or of an heir, it is not said yet which person of the list he is."""
    PERSON_NOT_ELIGIBLE = "person_not_eligible"
    """Somebody who has a share by the list is refused, or claims no more: the list is wrong, or the decision is."""
    SHARES_EXCEED = "shares_exceed_award"
    """The rules give more than the award; nothing pays for that."""
    HELD_FOR_ESTATE = "held_for_estate"
    HELD_FOR_STATE = "held_for_state"
    BACK_TO_FUND = "back_to_fund"
    """Nobody is there to share it, and the rules give it back: two persons do that."""
    AWAITS_ROUND = "awaits_round"
    """The programme pays in rounds, so no award is funded whole in the order of filing."""


@dataclass(frozen=True, slots=True)
class Heir:
    """Somebody who claims through a person who died."""

    party_id: str
    eligible: bool | None
    """None while nobody has confirmed a decision."""
    deceased: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What one payee is to get of an award out of one fund."""

    payee_party_id: str
    fund_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Share:
    """What one payee is to get."""

    payee_party_id: str
    amount: Money
    held_until: date | None = None
    """The day before which it is held in trust."""


_NOBODY = {
    WhenNobody.BACK_TO_FUND: Waiting.BACK_TO_FUND,
    WhenNobody.ESTATE: Waiting.HELD_FOR_ESTATE,
    WhenNobody.STATE: Waiting.HELD_FOR_STATE,
}


def share_by_rules(
    award: Money, sharing: Sharing, *, named: Mapping[int, str], heirs: Sequence[Heir], on: date
) -> Waiting | list[Share]:
    """Give the award of a person who died to whom the rules divide it among, once everybody is known and decided on.

    Args:
        award: what is divided.
        sharing: the division, in the order of the list of persons.
        named: the party of each person of the list that was named, by position from 1.
        heirs: everybody who claims as an heir of that person.
        on: the day on which somebody is a minor or not.

    Returns:
        the shares, which sum to the award less what the rules leave to the fund, or why there are none yet.
    """
    if any(heir.eligible is None for heir in heirs):
        return Waiting.HEIRS_UNDECIDED
    if sharing.nobody is not None:
        return _NOBODY[sharing.nobody]
    if sharing.parts is None or any(part.age_unknown for part in sharing.parts):
        return Waiting.SHARES_UNKNOWN
    if sum(part.amount_minor for part in sharing.parts) > award.amount_minor:
        return Waiting.SHARES_EXCEED
    sharers = {position: part for position, part in enumerate(sharing.parts, start=1) if part.amount_minor}
    return _find_obstacle(sharers, named, heirs) or [
        Share(
            named[position],
            Money(part.amount_minor, award.currency),
            part.held_until if part.held_until is not None and part.held_until > on else None,
        )
        for position, part in sharers.items()
    ]


def _find_obstacle(sharers: Mapping[int, SharePart], named: Mapping[int, str], heirs: Sequence[Heir]) -> Waiting | None:
    """Say why those who have a share cannot get it yet, if they cannot."""
    entitled = {heir.party_id: heir for heir in heirs if heir.eligible}
    if sharers.keys() - named.keys() or entitled.keys() - set(named.values()):
        return Waiting.PERSONS_UNNAMED
    if any(named[position] not in entitled for position in sharers):
        return Waiting.PERSON_NOT_ELIGIBLE
    return Waiting.HEIR_DECEASED if any(entitled[named[position]].deceased for position in sharers) else None


def share_by_succession(award: Money, heirs: Sequence[Heir]) -> Waiting | list[tuple[str, Money]]:
    """Split the award of a person who died equally among the eligible heirs, to the last minor unit.

    The cents left over go one each to the first heirs in the order given, which is that of their claims.  While
    anything is undecided there are no shares: a late heir must not come too late.

    Returns:
        (payee, share) for each eligible heir, or why there is none yet.
    """
    if not heirs:
        return Waiting.NO_HEIR_REGISTERED
    if any(heir.eligible is None for heir in heirs):
        return Waiting.HEIRS_UNDECIDED
    entitled = [heir for heir in heirs if heir.eligible]
    if not entitled:
        return Waiting.NO_ELIGIBLE_HEIR
    if any(heir.deceased for heir in entitled):
        return Waiting.HEIR_DECEASED
    shares = share_equally(award, len(entitled))
    pairs = [(heir.party_id, share) for heir, share in zip(entitled, shares, strict=True)]
    return [(party_id, share) for party_id, share in pairs if share.amount_minor > 0]


def hold_shares(shares: Sequence[Share], until: Mapping[str, date | None], *, on: date) -> Waiting | list[Share]:
    """Hold in trust what falls due to those who have not reached the age of the rules.

    Args:
        shares: who gets how much.
        until: the day on which each payee reaches it; None of whom the day of birth is not known, which is no adult.
        on: the day it falls due.
    """
    held = []
    for share in shares:
        day = until[share.payee_party_id]
        if day is None:
            return Waiting.AGE_UNKNOWN
        held.append(replace(share, held_until=day if day > on else None))
    return held


def plan_instalments(shares: Sequence[tuple[str, Money]], funding: Mapping[str, Money]) -> list[Part]:
    """Pay shares out of funds, each fund spent to its end before the next, in the order of the funds' ids.

    The parts of a payee sum to his share, and those of a fund to no more than its funding.

    Raises:
        ValueError: more is shared than is funded.
    """
    left = dict(sorted(funding.items()))
    if sum(share.amount_minor for _, share in shares) > sum(amount.amount_minor for amount in left.values()):
        message = "more is shared than is funded"
        raise ValueError(message)
    parts: list[Part] = []
    for payee, share in shares:
        missing = share
        for fund_id, available in left.items():
            taken = min(missing, available)
            if taken.amount_minor > 0:
                parts.append(Part(payee, fund_id, taken))
                left[fund_id] = available - taken
                missing -= taken
    return parts


@dataclass(frozen=True, slots=True)
class CollectiveLine:
    """A line of a collective award."""

    code: str
    title: str
    amount: Money
    authority: str
    fund_code: str | None = None
    """The one fund it is asked to be paid from; None lets the most restricted funds go first."""


def check_lines(lines: Sequence[CollectiveLine], *, currency: str) -> None:
    """Refuse collective lines that repeat a code, are in another currency or award nothing.

    Raises:
        DecisionRefused: one of these.
    """
    codes = [line.code for line in lines]
    if len(set(codes)) != len(codes):
        raise DecisionRefused("Two lines have the same code.", field="lines", remedy="Give each line its own code.")
    for index, line in enumerate(lines):
        if line.amount.currency != currency or line.amount.amount_minor <= 0:
            raise DecisionRefused(
                f"The line {line.code} must award something, in {currency}.",
                field=f"lines.{index}.amount",
                record=line.code,
                remedy="Correct the amount or the currency.",
            )


def check_pays_for(fund_code: str, need: Need, availability: Sequence[FundAvailability]) -> list[FundAvailability]:
    """Return the named fund alone, if its money may pay for this award.

    Raises:
        RestrictionBreached: it was given for something else, or for other days.
        FundsShort: there is no such fund for this programme and currency.
    """
    for fund in availability:
        if fund.code == fund_code:
            if need.form not in fund.forms:
                given_for = " and ".join(sorted(fund.forms)) or "no"
                raise RestrictionBreached(
                    f"The money of {fund_code} was given for {given_for} awards; it cannot pay for a {need.form} one.",
                    field="fund_code",
                    record=fund_code,
                    remedy="Leave the fund out: the most restricted fund that may pay is chosen for you.",
                )
            if not fund.may_pay(need):
                raise RestrictionBreached(
                    f"A restriction on the purpose, case, place or period of {fund_code} does not allow this award.",
                    field="fund_code",
                    record=fund_code,
                    remedy="GET /funds/{fund_id}/restrictions lists them, each with its source.",
                )
            return [fund]
    raise FundsShort(
        f"The programme has no fund {fund_code} in this currency.",
        field="fund_code",
        record=fund_code,
        remedy="GET /funds lists the funds.",
    )


def spend(fund: FundAvailability, form: str, amount: Money | None) -> FundAvailability:
    """Return what a fund has left after `amount` was taken from it for an award of a form; None takes nothing."""
    return fund if amount is None else fund.spend(form, amount)
