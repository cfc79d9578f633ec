"""Say in plain words what follows beside the award.  Amounts are said; the values of facts never are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reparations.eligibility.language.entitle import ElectionState
from reparations.eligibility.language.entitlement import AfterDeath, Recovery, UnitKind, WhenNobody
from reparations.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reparations.eligibility.language.entitle import BenefitFound, Entitlement
    from reparations.eligibility.language.rule_set import RuleSet
    from reparations.eligibility.language.sharing import SharePart, Sharing

_ELECTIONS = {
    ElectionState.IN_FORCE: "Chosen, and in force.",
    ElectionState.NOT_CHOSEN: "Not chosen.",
    ElectionState.LAPSED: "Chosen, but its condition no longer holds. Money paid above what is due then: ",
    ElectionState.UNKNOWN: "Not known yet.",
}
_RECOVERIES = {
    Recovery.RECEIVABLE: "it is owed back.",
    Recovery.SET_OFF: "it is deducted from what is paid later.",
    Recovery.WAIVED: "it may be kept.",
}
_UNITS = {
    UnitKind.PERSON: "one person",
    UnitKind.FAMILY: "the family, together",
    UnitKind.HOUSEHOLD: "the household, together",
    UnitKind.ESTATE: "the estate of the person who died",
    UnitKind.COMMUNITY: "the community",
    UnitKind.OBJECT: "the owner of the object that was lost",
}
_AFTER_DEATH = {
    AfterDeath.SHARES: "the persons named by the rules share the award",
    AfterDeath.ESTATE: "the award goes to the estate",
    AfterDeath.NOTHING: "the award ends",
}
_NOBODY = {
    WhenNobody.BACK_TO_FUND: "it goes back to the fund",
    WhenNobody.ESTATE: "it goes to the estate",
    WhenNobody.STATE: "it goes to the State",
}
_BENEFITS = {True: "This is given", False: "This is not given", None: "Whether this is given is not known yet"}


@dataclass(frozen=True, slots=True)
class ExplainedTerm:
    """Something that follows beside the award: the part of the rules it stands in, its source, and what it comes to."""

    part: str
    """Election, offset, unit, cap, shares, benefit, stream, instalment, trust, fee or priority, in lower case."""
    name: str
    title: str
    cite: str
    text: str


def explain_terms(rule_set: RuleSet, found: Entitlement) -> Iterator[ExplainedTerm]:
    """Yield one line for each thing that follows, in the order of the rule file."""
    for election in rule_set.elections:
        state = found.elections[election.name]
        text = _ELECTIONS[state]
        if state is ElectionState.LAPSED:
            text += _RECOVERIES[election.recovery]
        yield ExplainedTerm("election", election.name, election.title, election.cite, text)
    for offset in rule_set.offsets:
        text = f"{_money(rule_set, found.offsets[offset.name])} was paid before."
        yield ExplainedTerm("offset", offset.name, offset.title, offset.cite, text)
    if rule_set.unit:
        text = f"The award is that of: {_UNITS[found.unit] if found.unit else 'not known yet'}.{_after(rule_set)}"
        yield ExplainedTerm("unit", "unit", "Whose the award is", rule_set.unit.cite, text)
    for cap in rule_set.caps:
        text = f"All claims of one {cap.over} together: {_money(rule_set, found.caps[cap.name])} at most."
        yield ExplainedTerm("cap", cap.name, cap.title, cap.cite, text)
    yield from _explain_shares(rule_set, found.shares)
    for benefit in rule_set.benefits:
        text = _benefit_text(rule_set, found.benefits[benefit.name])
        yield ExplainedTerm("benefit", benefit.name, benefit.title, benefit.cite, text)
    yield from _explain_paying(rule_set, found)


def question_of(rule_set: RuleSet, name: str) -> str:
    """Return the question by which a fact, or a field of a list, is asked for."""
    listed, _, field = name.partition(".")
    return rule_set.schema.lists[listed].fields[field].question if field else rule_set.schema.facts[name].question


def _after(rule_set: RuleSet) -> str:
    after = rule_set.unit.after_death if rule_set.unit else None
    return f" If the claimant dies, {_AFTER_DEATH[after]}." if after else ""


def _benefit_text(rule_set: RuleSet, found: BenefitFound) -> str:
    worth = f", at most {_money(rule_set, found.value_minor)}" if found.value_minor is not None else ""
    return f"{_BENEFITS[found.has]}{worth}."


def _explain_shares(rule_set: RuleSet, sharing: Sharing | None) -> Iterator[ExplainedTerm]:
    for scheme in rule_set.shares:
        if sharing is None or sharing.scheme != scheme.name:
            continue
        if sharing.parts is None:
            text = "Nothing is divided while not everything about the persons is known."
        elif sharing.nobody:
            text = f"Nobody is there to share it: {_NOBODY[sharing.nobody]}."
        else:
            text = "; ".join(_share_text(rule_set, number, part) for number, part in enumerate(sharing.parts, start=1))
            text += (
                "."
                if not sharing.left_over_minor
                else f"; left in the fund: {_money(rule_set, sharing.left_over_minor)}."
            )
        yield ExplainedTerm("shares", scheme.name, scheme.title, scheme.cite, text)


def _share_text(rule_set: RuleSet, number: int, part: SharePart) -> str:
    held = f", held in trust until {part.held_until.isoformat()}" if part.held_until else ""
    held = ", age not known: held until it is" if part.age_unknown else held
    return f"person {number}: {_money(rule_set, part.amount_minor)}{held}"


def _explain_paying(rule_set: RuleSet, found: Entitlement) -> Iterator[ExplainedTerm]:
    payment = rule_set.payment
    own = next((stream for stream in payment.streams if stream.name == found.stream), None) if payment else None
    if own:
        yield ExplainedTerm("stream", own.name, own.title, own.cite, "The claim is paid in this stream.")
    terms = (own.instalments if own and own.instalments else payment.instalments) if payment else ()
    for number, term in enumerate(terms if found.instalments else ()):
        text = f"{_money(rule_set, found.instalments[number])}, {term.paid.replace('_', ' ')}."
        yield ExplainedTerm("instalment", str(number + 1), term.title, term.cite, text)
    if payment and payment.in_trust and found.in_trust:
        text = (
            f"What falls due before completing {payment.in_trust.until_age} years of life is held in trust until then."
        )
        if found.in_trust.until is None:
            questions = " ".join(question_of(rule_set, name) for name in found.in_trust.asks)
            text = f"Nothing is paid while it is not known whether it is held in trust. To be asked: {questions}"
        yield ExplainedTerm("trust", "in_trust", "Money of minors", found.in_trust.cite, text)
    keeper = (own.intermediary if own and own.intermediary else payment.intermediary) if payment else None
    if keeper and found.fee_at_most_minor is not None:
        text = f"Who passes the money on may keep {_money(rule_set, found.fee_at_most_minor)} at most."
        yield ExplainedTerm("fee", "intermediary", "Cost of passing the money on", keeper.cite, text)
    if found.priority:
        cites = "; ".join(dict.fromkeys(line.cite for line in rule_set.priority))
        text = f"{found.priority.points} points; {found.priority.possible} if all that is not known were met."
        yield ExplainedTerm("priority", "priority", "Place in the queue", cites, text)


def _money(rule_set: RuleSet, minor: int | None) -> str:
    return "An amount not known yet" if minor is None else str(Money(minor, rule_set.currency))
