"""Reading what a round is computed from, and computing it: the same for who proposes and for who confirms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

from sqlmodel import Session

from reparations.eligibility import queries
from reparations.eligibility.errors import RoundRefused
from reparations.eligibility.language import Assessor, RuleSet
from reparations.eligibility.language.facts import RecordedFacts, read_facts
from reparations.eligibility.language.nodes import DATE
from reparations.eligibility.models import AwardForm, PublishedRuleSet, TermsSource
from reparations.eligibility.queries.rounds import Entitled, count_binding, list_standing
from reparations.eligibility.rules.rounds import (
    ByDate,
    ByPriority,
    Entries,
    EntryInput,
    FundInput,
    LineResult,
    Pool,
    Reason,
    Round,
    StoredTerms,
    compute_inputs_digest,
    compute_result_digest,
    compute_round,
    compute_seed,
    write_outcome,
)
from reparations.eligibility.service.funding import list_open_money
from reparations.ledger.queries import DeclaredOrder
from reparations.ledger.rules import (
    FundAvailability,
    Need,
    allocate_in_order,
    allocate_most_restricted_first,
)
from reparations.money import Money
from reparations.registry.models import Programme
from reparations.registry.queries import open_many_facts

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class PoolPart:
    """What one fund is asked to put into a round."""

    fund_code: str
    amount: Money


@dataclass(frozen=True, slots=True)
class NewRound:
    """What somebody asks of a round."""

    terms: StoredTerms
    source: TermsSource
    citation: str
    pool: Sequence[PoolPart]
    cut_off_on: date


@dataclass(frozen=True, slots=True)
class Standing:
    """One claim with what orders it."""

    entitled: Entitled
    stream: str = ""
    points: int = 0
    days: tuple[int | None, ...] = ()
    facts_revision_id: str | None = None

    @property
    def as_input(self) -> EntryInput:
        """What of it a round is computed from."""
        one = self.entitled
        return EntryInput(
            one.claim.id,
            one.decision_id,
            one.entitled_minor,
            one.before_minor,
            self.stream,
            one.claim.case_id,
            self.points,
            self.days,
        )


@dataclass(frozen=True, slots=True)
class Computed:
    """A round as it comes out of what is known now."""

    rule_set: PublishedRuleSet
    terms: StoredTerms
    """As asked, with what the rules say of families and households."""
    seed: str
    undecided: int
    funds: tuple[FundInput, ...]
    standing: tuple[Standing, ...]
    done: Round
    outcome: str
    lines: tuple[LineResult, ...]
    capped: tuple[bool, ...]
    inputs_sha256: bytes
    result_sha256: bytes


def compute(session: Session, programme: Programme, new: NewRound, *, on: date) -> Computed:
    """Compute a round from what the database knows now.

    Args:
        session: any.
        programme: whose.
        new: what is asked.
        on: the day it is paid for: the rules in force then, and the money that may be used then.

    Raises:
        RoundRefused: the terms make no sense, or no fund of the round may pay for one of its lines.
        NoRuleSetInForce: the programme has none on that day.
    """
    rule_set = queries.get_rule_set_in_force(session, programme.id, on=on)
    assessor = queries.get_assessor(rule_set)
    _check_queue_days(assessor.rule_set, new.terms)
    terms = _with_unit(assessor.rule_set, new.terms)
    seed = compute_seed(programme.id, count_binding(session, programme.id))
    known = list_standing(session, programme.id, cut_off_on=new.cut_off_on)
    standing = _read_standing(session, assessor, known.entitled, terms)
    available, order = list_open_money(session, programme)
    funds = _read_funds(new.pool, available)
    cash = sum(fund.cash_minor for fund in funds)
    pool = Pool(sum(fund.asked_minor for fund in funds), cash, known.undecided, seed)
    inside = [one for one in standing if terms.stream in {None, one.stream}]
    done = compute_round(_entries(inside), terms.terms, pool)
    shares = _share(inside, done, funds, available, order=order, on=on)
    own = {one.entitled.claim.id: index for index, one in enumerate(inside)}
    lines = []
    for one in standing:
        claim_id = one.entitled.claim.id
        index = own.get(claim_id)
        if index is None:
            lines.append(LineResult(claim_id, 0, Reason.NOT_IN_ROUND.value, None, ()))
        else:
            given, reason, rank = done.payable[index], done.reasons[index].value, done.ranks[index]
            lines.append(LineResult(claim_id, given, reason, rank, shares.get(claim_id, ())))
    outcome = write_outcome(done)
    return Computed(
        rule_set=rule_set,
        terms=terms,
        seed=seed,
        undecided=known.undecided,
        funds=funds,
        standing=standing,
        done=done,
        outcome=outcome,
        lines=tuple(lines),
        capped=tuple(done.capped[own[line.claim_id]] if line.claim_id in own else False for line in lines),
        inputs_sha256=compute_inputs_digest(
            terms,
            rules_sha256=rule_set.ast_sha256,
            seed=seed,
            cut_off_on=new.cut_off_on,
            undecided=known.undecided,
            funds=funds,
            entries=[one.as_input for one in standing],
        ),
        result_sha256=compute_result_digest(outcome, lines),
    )


def _entries(standing: Sequence[Standing]) -> Entries:
    return Entries(
        claim_ids=[one.entitled.claim.id for one in standing],
        entitlements=[one.entitled.entitled_minor for one in standing],
        befores=[one.entitled.before_minor for one in standing],
        streams=[one.stream for one in standing],
        groups=[one.entitled.claim.case_id for one in standing],
        points=[one.points for one in standing],
        days=[one.days for one in standing],
    )


def _with_unit(rule_set: RuleSet, asked: StoredTerms) -> StoredTerms:
    """Say whether a queue serves a family or household together: as the rules do, whoever stated the method."""
    is_queue = isinstance(asked.terms.method, ByPriority | ByDate)
    together = is_queue and rule_set.payment is not None and rule_set.payment.unit_paid_together
    return replace(asked, terms=replace(asked.terms, unit_paid_together=together))


def _check_queue_days(rule_set: RuleSet, terms: StoredTerms) -> None:
    """Refuse to order a queue by what is no date, or by the day of filing."""
    for name in terms.queue_days:
        fact = rule_set.schema.facts.get(name)
        if fact is None or fact.type != DATE or fact.filing_date:
            raise RoundRefused(
                f"«{name}» is no date fact of the rules that may order payments.",
                field="of",
                remedy="Name the day of the violation or of birth; the day of filing never orders payments.",
            )
    if isinstance(terms.terms.method, ByDate) and not terms.queue_days:
        raise RoundRefused("A queue by date needs a date.", field="of", remedy="Name a date fact of the rules.")


def _read_standing(
    session: Session, assessor: Assessor, entitled: Sequence[Entitled], terms: StoredTerms
) -> tuple[Standing, ...]:
    """Read stream, points and days off the latest facts of each claim, where the round needs any of them."""
    rules = assessor.rule_set
    method = terms.terms.method
    has_streams = rules.payment is not None and bool(rules.payment.streams)
    needs_points = isinstance(method, ByPriority) and bool(rules.priority)
    if not (has_streams or needs_points or terms.queue_days):
        days = (None,) if isinstance(method, ByDate) else ()
        return tuple(Standing(one, days=days) for one in entitled)
    found: list[Standing] = []
    for start in range(0, len(entitled), _CHUNK):
        part = entitled[start : start + _CHUNK]
        revisions = queries.find_latest_revisions(session, [one.claim.id for one in part])
        opened = open_many_facts(session, list(revisions.values()))
        for one in part:
            revision = revisions.get(one.claim.id)
            if revision is None:
                found.append(Standing(one, days=(None,) * len(terms.queue_days)))
            else:
                found.append(_place(one, assessor, opened[revision.id], terms, revision_id=revision.id))
    return tuple(found)


def _place(
    entitled: Entitled, assessor: Assessor, recorded: RecordedFacts, terms: StoredTerms, *, revision_id: str
) -> Standing:
    entitlement = assessor.assess(recorded).entitlement
    values = read_facts(recorded, assessor.rule_set.schema, assessor.rule_set.proof.level).values
    days = [values.get(name) for name in terms.queue_days]
    return Standing(
        entitled,
        stream=(entitlement.stream or "") if entitlement else "",
        points=entitlement.priority.points if entitlement and entitlement.priority else 0,
        days=tuple(day if isinstance(day, int) else None for day in days),
        facts_revision_id=revision_id,
    )


def _read_funds(pool: Sequence[PoolPart], available: Sequence[FundAvailability]) -> tuple[FundInput, ...]:
    """Say how much of what is asked of each fund it has to spare."""
    by_code = {fund.code: fund for fund in available}
    if len({part.fund_code for part in pool}) != len(pool) or not pool:
        raise RoundRefused("A round names at least one fund, each once.", field="pool", remedy="Correct the list.")
    found = []
    for part in pool:
        fund = by_code.get(part.fund_code)
        if fund is None or AwardForm.INDIVIDUAL not in fund.forms:
            raise RoundRefused(
                f"The fund {part.fund_code} may not pay for individual awards of this programme in this currency.",
                field="pool",
                record=part.fund_code,
                remedy="GET /funds lists the funds and what each may pay for.",
            )
        if part.amount.currency != fund.available.currency or part.amount.amount_minor <= 0:
            raise RoundRefused("The amount is more than nothing, in the programme's currency.", field="pool")
        spare = max(0, fund.available_for(AwardForm.INDIVIDUAL.value).amount_minor)
        found.append(FundInput(fund.fund_id, part.amount.amount_minor, min(part.amount.amount_minor, spare)))
    return tuple(sorted(found))


def _share(
    standing: Sequence[Standing],
    done: Round,
    funds: Sequence[FundInput],
    available: Sequence[FundAvailability],
    *,
    order: DeclaredOrder | None,
    on: date,
) -> dict[str, tuple[tuple[str, int], ...]]:
    """Say which fund of the round pays for which line, in the order of the lot.

    Raises:
        RoundRefused: restrictions on the funds let none of them pay for a line.
    """
    cash = {fund.fund_id: fund.cash_minor for fund in funds}
    own = [
        replace(fund, available=Money(cash[fund.fund_id], fund.available.currency))
        for fund in available
        if fund.fund_id in cash
    ]
    currency = own[0].available.currency
    needs = [
        Need(
            one.entitled.claim.id,
            AwardForm.INDIVIDUAL.value,
            Money(given, currency),
            case_id=one.entitled.claim.case_id,
            place=one.entitled.claim.office_id,
            on=on,
        )
        for one, given in zip(standing, done.payable, strict=True)
        if given
    ]
    needs.sort(key=lambda need: sha256(f"{done.pool.seed}\n{need.key}".encode()).digest())
    found = (
        allocate_in_order(needs, own, order=order.fund_ids)
        if order is not None
        else allocate_most_restricted_first(needs, own)
    )
    if found.unfunded:
        raise RoundRefused(
            f"Restrictions on the funds let none of them pay for {len(found.unfunded)} of the lines.",
            field="pool",
            remedy="Put a fund into the round whose money may pay for every claim in it.",
        )
    shares: dict[str, list[tuple[str, int]]] = {}
    for share in found.shares:
        shares.setdefault(share.key, []).append((share.fund_id, share.amount.amount_minor))
    return {key: tuple(sorted(parts)) for key, parts in shares.items()}


def write_days(days: Sequence[int | None]) -> str:
    """Write the days of a line as they are stored."""
    return json.dumps(list(days))
