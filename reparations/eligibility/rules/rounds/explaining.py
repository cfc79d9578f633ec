"""What a round says for itself: to one claimant, and to everybody about the money that was not spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reparations.eligibility.rules.rounds.entries import Entries, Quota, Reason, Round, Unspent
from reparations.money import Money

_WHY: dict[Reason, str] = {
    Reason.IN_FULL: "This is all that was open of the award.",
    Reason.QUOTA: "It is the share of the pool at the same quota for everybody, {quota} of the award with what was paid"
    " before.",
    Reason.QUOTA_CEILING: "The award is met up to the highest quota the terms allow, {quota}.",
    Reason.AHEAD_OF_QUOTA: "What was paid before is more than this round lets anybody reach.",
    Reason.PHASE: "It is the equal amount that everybody gets in the phases of this round.",
    Reason.LEVEL: "The pool ended at this amount; everybody who was owed more got the same, {level}, and the last units"
    " went by lot.",
    Reason.RATE: "The award is met up to the rate of this instalment.",
    Reason.RATE_IN_PART: "The pool does not cover the instalment; everybody gets the same part of it.",
    Reason.PER_HEAD: "Everybody gets {level}: the pot divided by the largest number of claimants there can still be.",
    Reason.CEILING: "It is the most that one claim gets in this round.",
    Reason.LAST_IN_PART: "The pool ended at this place of the queue; this is what was left.",
    Reason.WAITS: "The pool ended before this claim was reached; it stays open for the next round.",
    Reason.BELOW_PRIORITY: "This round is for claims with a higher score; the award stays open.",
    Reason.NOT_YET: "A condition for paying is not met yet; the award stays open.",
    Reason.NOT_IN_ROUND: "This round has no money for claims of this stream; the award stays open.",
    Reason.NOTHING_OPEN: "Nothing of the award is open.",
}

_UNSPENT: dict[Unspent, str] = {
    Unspent.ABOVE_CASH: "the pool is larger than the cash on hand",
    Unspent.RESERVED: "kept back for claims that are not decided",
    Unspent.ALL_PAID: "everybody gets all that is open",
    Unspent.QUOTA_CEILING: "the terms allow no higher quota",
    Unspent.STREAM_SURPLUS: "a stream has more than its claims may get",
    Unspent.NOT_ASSIGNED: "given to no stream",
    Unspent.PHASES_DONE: "everybody has the equal amounts of all phases",
    Unspent.NEXT_IN_QUEUE: "too little for the next in the queue, and nobody overtakes",
    Unspent.QUEUE_SERVED: "everybody in the queue of this round has been served",
    Unspent.RATE_MET: "everybody has this instalment",
    Unspent.RATE_NOT_COVERED: "the pool does not cover the instalment, so nobody is paid before it does",
    Unspent.UNDECIDED_CLAIMS: "the terms pay only when every claim is decided",
    Unspent.EQUAL_AMOUNT_MET: "everybody has the equal amount; the rest is for claims not decided yet, or the rounding",
}


def explain_claim(entries: Entries, done: Round, index: int, *, currency: str) -> str:
    """Say what a claim gets and why: award, paid before, payable now, still open."""
    told = ToldLine(
        entitled_minor=entries.entitlements[index],
        before_minor=entries.befores[index],
        now_minor=done.payable[index],
        reason=done.reasons[index],
        place=done.ranks[index],
        stream=entries.streams[index],
        capped=done.capped[index],
        together=done.terms.unit_paid_together,
    )
    return explain_line(told, quotas=done.quotas, level_minor=done.level_minor, currency=currency)


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line of a round, as far as it is put into words."""

    entitled_minor: int
    before_minor: int
    now_minor: int
    reason: Reason
    place: int | None
    stream: str
    capped: bool
    together: bool
    """Whether the queue serves the claims of one family or household together."""


def explain_line(told: ToldLine, *, quotas: Mapping[str, Quota], level_minor: int | None, currency: str) -> str:
    """Say what a claim gets and why, from what is stored of it.

    Args:
        told: the line.
        quotas: of its round, by stream.
        level_minor: of its round.
        currency: of its round.
    """
    left = told.entitled_minor - told.before_minor - told.now_minor
    amounts = (
        f"Award {Money(told.entitled_minor, currency)}; made payable before {Money(told.before_minor, currency)}; "
        f"payable now {Money(told.now_minor, currency)}; still open {Money(left, currency)}."
    )
    sentences = [amounts]
    if told.place is not None:
        sentences.append(f"Place {told.place} in the queue; equal places were drawn by lot.")
        if told.together:
            sentences.append("The claims of one family or household have one place, that of the first of them.")
    quota = quotas.get(told.stream) or quotas.get("") or next(iter(quotas.values()), None)
    level = Money(level_minor or 0, currency)
    sentences.append(_WHY[told.reason].format(quota=f"{quota.percent} per cent" if quota else "", level=level))
    if told.capped:
        sentences.append("The cap of the family was applied first, so not all of the rest can become payable.")
    return " ".join(sentences)


def explain_unspent(done: Round, *, currency: str) -> list[str]:
    """Say of every part of the pool that is not paid out why it is not."""
    return [
        f"{Money(amount, currency)}: {tell_unspent(why)}."
        for why, amount in sorted(done.unspent.items(), key=lambda part: (-part[1], part[0]))
    ]


def tell_unspent(why: Unspent) -> str:
    """Put into words why a part of a pool is not paid out."""
    return _UNSPENT[why]
