"""The terms of a round as the rules in force declare them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from reparations.eligibility import queries
from reparations.eligibility.errors import RoundRefused
from reparations.eligibility.language import RuleSet
from reparations.eligibility.models import TermsSource
from reparations.eligibility.rules.rounds import Method, Reserve, StoredTerms, Terms, declared_cap, declared_method
from reparations.eligibility.service.rounds.gathering import NewRound, PoolPart
from reparations.money import Money
from reparations.registry.models import Programme


def read_declared(
    session: Session,
    programme: Programme,
    *,
    stream: str | None,
    instalment: int,
    pot_minor: int | None,
    group_cap_minor: int | None,
    on: date,
) -> tuple[Terms, tuple[str, ...], str]:
    """Return the method and the family's cap that the payment block of the rules in force declares.

    Args:
        session: any.
        programme: whose rules.
        stream: whose terms; None takes the block's own.
        instalment: how many instalments awards are met up to, from 1.
        pot_minor: the whole pot, minor units, where it is divided by the number of claimants.
        group_cap_minor: the family's cap that was asked for, minor units; None takes what the rules declare.
        on: the day whose rules are in force.

    Returns:
        the terms without a reserve, the names of the date facts that order the queue, and the citation.

    Raises:
        RoundRefused: the rules say nothing of payment, or nothing a round can be computed by, or another cap.
        NoRuleSetInForce: the programme has no rules.
    """
    published = queries.get_rule_set_in_force(session, programme.id, on=on)
    rules = queries.get_assessor(published).rule_set
    payment = rules.payment
    if payment is None:
        raise RoundRefused(
            "The rules of the programme say nothing of how awards are paid.",
            field="method",
            remedy="State the method, with the citation of the decision that sets it.",
        )
    method = declared_method(payment, stream=stream, instalment=instalment, pot_minor=pot_minor)
    cap_minor, cap_cite = _choose_cap(rules, group_cap_minor)
    terms = Terms(method, group_cap_minor=cap_minor)
    own = next((one for one in payment.streams if one.name == stream), None)
    short = (own.when_funds_short if own else None) or payment.when_funds_short
    instalments = (own.instalments if own else ()) or payment.instalments
    days: tuple[str, ...] = ()
    if len(instalments) > 1:
        cite = instalments[instalment - 1].cite
    elif short is None:
        cite = own.cite if own else payment.cite
    else:
        days, cite = (*((short.chronology,) if short.chronology else ()), *short.ties), short.cite
    return terms, days, f"{cite}; {cap_cite}" if cap_cite else cite


def _choose_cap(rules: RuleSet, stated_minor: int | None) -> tuple[int | None, str | None]:
    """Return the family's cap and, where the rules set it, their citation; a stated one helps where no round can."""
    if stated_minor is None:
        return declared_cap(rules) or (None, None)
    try:
        declared = declared_cap(rules)
    except RoundRefused:
        declared = None
    if declared is not None and declared[0] != stated_minor:
        raise RoundRefused(
            f"The rules let a family get {Money(declared[0], rules.currency)} together.",
            field="group_cap",
            remedy="Leave it out, or state method and cap with the citation of the decision that sets them.",
        )
    return stated_minor, declared[1] if declared else None


@dataclass(frozen=True, slots=True)
class Declared:
    """The method is the one that the rules in force declare."""

    instalment: int = 1
    pot_minor: int | None = None


@dataclass(frozen=True, slots=True)
class AskedRound:
    """What somebody asks of a round, before the rules have been looked at."""

    method: Method | Declared
    pool: Sequence[PoolPart]
    cut_off_on: date
    citation: str | None = None
    reserve: Reserve | None = None
    group_cap_minor: int | None = None
    stream: str | None = None
    queue_days: tuple[str, ...] = ()


def resolve_round(session: Session, programme: Programme, asked: AskedRound, *, on: date) -> NewRound:
    """Put the rules' method and citation where nothing else is stated.

    Raises:
        RoundRefused: a method is stated without a citation, or the rules declare none.
        NoRuleSetInForce: the programme has no rules.
    """
    if isinstance(asked.method, Declared):
        source = TermsSource.RULES
        terms, days, citation = read_declared(
            session,
            programme,
            stream=asked.stream,
            instalment=asked.method.instalment,
            pot_minor=asked.method.pot_minor,
            group_cap_minor=asked.group_cap_minor,
            on=on,
        )
    else:
        if asked.citation is None:
            raise RoundRefused(
                "A method that the rules do not give needs a citation.",
                field="citation",
                remedy="Name the decision by which it was set.",
            )
        source, days, citation = TermsSource.STATED, asked.queue_days, asked.citation
        terms = Terms(asked.method, group_cap_minor=asked.group_cap_minor)
    return NewRound(
        terms=StoredTerms(replace(terms, reserve=asked.reserve), stream=asked.stream, queue_days=days),
        source=source,
        citation=asked.citation or citation,
        pool=asked.pool,
        cut_off_on=asked.cut_off_on,
    )
