"""Questions about claims: how they were decided, by which rules, and by how many different officers."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from reparations.eligibility.language.assess import Finding, decode_codes
from reparations.eligibility.language.reader import load_rule_set
from reparations.eligibility.language.rule_set import RuleSet
from reparations.eligibility.models import Assessment, Decision, PublishedRuleSet
from reparations.payments.models import Batch, BatchApproval, Payment, StatementFinding
from reparations.registry.models import Claim, DuplicateCandidate, Duty, DutyKind
from reparations.reports.evidence.auditor import (
    BatchRow,
    Claims,
    CriterionRow,
    DutyRow,
    ExceptionRow,
    MissingFactRow,
    OutcomeRow,
    RefusalRow,
)
from reparations.reports.evidence.parts import RuleSetPart
from reparations.reports.evidence.period import end_of

BY_SUCCESSION = "eligible_by_succession"
"""Outcome under which heirs are counted: they share another's award and have none of their own."""


@dataclass(frozen=True, slots=True)
class CountedDecision:
    """The decision that counts for a claim: the final one, or else the latest request for a missing fact."""

    claim_reference: str
    decision: Decision
    assessment: Assessment

    @property
    def outcome(self) -> str:
        """The decision's outcome, heirs apart."""
        if self.decision.outcome == "eligible" and self.assessment.by_succession:
            return BY_SUCCESSION
        return self.decision.outcome


def list_counted_decisions(session: Session, programme_id: str, *, as_of: date) -> list[CountedDecision]:
    """List for each claim the decision that stood at the end of the day, by claim; a later one took its place since."""
    stood_from = func.coalesce(Decision.second_confirmed_at, Decision.confirmed_at)
    statement = (
        select(Claim.reference, Decision, Assessment)
        .join(Decision, col(Decision.claim_id) == Claim.id)
        .join(Assessment, col(Assessment.id) == Decision.assessment_id)
        .where(
            Claim.programme_id == programme_id,
            col(Decision.status).in_(["confirmed", "replaced"]),
            stood_from < end_of(as_of),
        )
        # Of two of the same moment the one that was replaced was there first.
        .order_by(stood_from, col(Decision.status).desc(), col(Decision.id))
    )
    latest: dict[str, CountedDecision] = {}
    for reference, decision, assessment in session.exec(statement):
        before = latest.get(reference)
        if decision.outcome == "sent_back":
            latest.pop(reference, None)
        elif decision.outcome != "ask" or before is None or before.decision.outcome == "ask":
            latest[reference] = CountedDecision(reference, decision, assessment)
    return [latest[reference] for reference in sorted(latest)]


def list_rule_sets(session: Session, programme_id: str, *, as_of: date) -> list[RuleSetPart]:
    """List the rule sets published for the programme and in force by the end of the day."""
    statement = (
        select(PublishedRuleSet)
        .where(PublishedRuleSet.programme_id == programme_id, col(PublishedRuleSet.in_force_from) <= as_of)
        .order_by(col(PublishedRuleSet.version))
    )
    parts = []
    for row in session.exec(statement):
        rules = read_rules(row.source, row.facts_schema)
        parts.append(
            RuleSetPart(
                scheme=row.scheme,
                version=row.version,
                title=rules.title,
                status=rules.status,
                citation=rules.authority,
                in_force_from=row.in_force_from,
                ast_sha256=row.ast_sha256,
                file_sha256=row.file_sha256,
            )
        )
    return parts


@lru_cache(maxsize=16)
def read_rules(source: str, facts_schema: str) -> RuleSet:
    """Read a published rule set; the text was checked when it was published."""
    return load_rule_set(source, facts_schema)


def count_claims(session: Session, programme_id: str, decided: int, *, as_of: date) -> Claims:
    """Count the programme's claims and pairs; `decided` is how many have a decision that counts."""
    by_status = Counter(
        session.exec(
            select(Claim.status).where(Claim.programme_id == programme_id, col(Claim.registered_at) < end_of(as_of))
        ).all()
    )
    claim_a = aliased(Claim)
    pairs = Counter(
        session.exec(
            select(DuplicateCandidate.status)
            .join(claim_a, col(claim_a.id) == DuplicateCandidate.claim_a_id)
            .where(claim_a.programme_id == programme_id, col(DuplicateCandidate.found_at) < end_of(as_of))
        ).all()
    )
    registered = sum(by_status.values())
    return Claims(
        registered=registered,
        open=by_status["open"],
        closed_duplicate=by_status["closed_duplicate"],
        withdrawn=by_status["withdrawn"],
        undecided=registered - decided,
        pairs_open=pairs["open"],
        pairs_same=pairs["same"],
        pairs_different=pairs["different"],
    )


def count_outcomes(decisions: Sequence[CountedDecision]) -> list[OutcomeRow]:
    """Count decisions by outcome."""
    counts = Counter(decision.outcome for decision in decisions)
    return [OutcomeRow(outcome=outcome, count=counts[outcome]) for outcome in sorted(counts)]


def count_criteria(session: Session, decisions: Sequence[CountedDecision]) -> list[CriterionRow]:
    """Count the findings of every criterion over the assessments behind `decisions`, rule set by rule set."""
    counts: defaultdict[str, defaultdict[str, Counter[Finding]]] = defaultdict(lambda: defaultdict(Counter))
    rule_sets = _rule_sets_of(session, decisions)
    for decision in decisions:
        assessment = decision.assessment
        rules = rule_sets[assessment.rule_set_id]
        findings = decode_codes(assessment.codes, len(rules.criteria))
        for criterion, finding in zip(rules.criteria, findings, strict=True):
            counts[assessment.rule_set_id][criterion.code][finding] += 1
    rows = []
    for rule_set_id, rules in sorted(rule_sets.items(), key=lambda item: (item[1].name, item[1].version)):
        for criterion in rules.criteria:
            found = counts[rule_set_id][criterion.code]
            rows.append(
                CriterionRow(
                    rules=f"{rules.name} {rules.version}",
                    code=criterion.code,
                    title=criterion.title,
                    citation=criterion.cite,
                    met=found[Finding.MET],
                    not_met=found[Finding.NOT_MET],
                    unknown=found[Finding.UNKNOWN],
                )
            )
    return rows


def _rule_sets_of(session: Session, decisions: Sequence[CountedDecision]) -> dict[str, RuleSet]:
    ids = {decision.assessment.rule_set_id for decision in decisions}
    rows = session.exec(select(PublishedRuleSet).where(col(PublishedRuleSet.id).in_(ids)))
    return {row.id: read_rules(row.source, row.facts_schema) for row in rows}


def list_refusals(decisions: Sequence[CountedDecision]) -> list[RefusalRow]:
    """List the refusals with their grounds, by claim."""
    return [
        RefusalRow(
            claim=row.claim_reference,
            criteria=tuple(json.loads(row.decision.reasons)),
            departs=row.decision.departs,
            appeal_body=row.decision.appeal_body,
            appeal_until=row.decision.appeal_until,
        )
        for row in decisions
        if row.decision.outcome == "not_eligible"
    ]


def count_missing_facts(decisions: Sequence[CountedDecision]) -> list[MissingFactRow]:
    """Count the facts that claimants were asked for, the most frequent first."""
    counts = Counter(
        fact for row in decisions if row.decision.outcome == "ask" for fact in set(json.loads(row.assessment.asks))
    )
    return [MissingFactRow(fact=fact, count=counts[fact]) for fact in sorted(counts, key=lambda f: (-counts[f], f))]


def count_duties(session: Session, programme_id: str, *, as_of: date) -> list[DutyRow]:
    """Count the different officers of each duty, and the claims they held it on, in the order of a claim's life."""
    statement = (
        select(Duty.duty, func.count(func.distinct(Duty.person_id)), func.count())
        .join(Claim, col(Claim.id) == Duty.claim_id)
        .where(Claim.programme_id == programme_id, col(Duty.at) < end_of(as_of))
        .group_by(col(Duty.duty))
    )
    found = {duty: (officers, claims) for duty, officers, claims in session.exec(statement)}
    return [
        DutyRow(duty=kind.value, officers=found[kind][0], claims=found[kind][1]) for kind in DutyKind if kind in found
    ]


def find_least_officers(session: Session, claim_ids: Collection[str], *, as_of: date) -> int | None:
    """The smallest number of different officers who held a duty on any of these claims; None where there are none."""
    if not claim_ids:
        return None
    counts = dict.fromkeys(claim_ids, 0)
    statement = select(Duty.claim_id, func.count()).where(col(Duty.at) < end_of(as_of)).group_by(col(Duty.claim_id))
    counts |= {claim_id: count for claim_id, count in session.exec(statement) if claim_id in counts}
    return min(counts.values())


def list_batches(session: Session, fund_ids: Collection[str], *, as_of: date) -> list[BatchRow]:
    """List the batches that pay out of these funds, each with the number of people who approved its content."""
    approvals = dict(
        session.exec(
            select(Batch.id, func.count(func.distinct(BatchApproval.person_id)))
            .join(BatchApproval, col(BatchApproval.batch_id) == Batch.id)
            .where(BatchApproval.content_sha256 == Batch.content_sha256, col(BatchApproval.at) < end_of(as_of))
            .group_by(col(Batch.id))
        ).all()
    )
    of_funds = select(Payment.batch_id).where(col(Payment.fund_id).in_(fund_ids))
    statement = (
        select(Batch)
        .where(col(Batch.created_at) < end_of(as_of), col(Batch.id).in_(of_funds))
        .order_by(col(Batch.reference))
    )
    return [
        BatchRow(
            reference=batch.reference,
            status=batch.status,
            currency=batch.currency,
            count=batch.payment_count,
            total_minor=batch.total_minor,
            approvers=approvals.get(batch.id, 0),
        )
        for batch in session.exec(statement)
    ]


def list_case_exceptions(
    session: Session, programme_id: str, decisions: Sequence[CountedDecision], *, as_of: date
) -> list[ExceptionRow]:
    """List open pairs of possible duplicates and decisions that depart from what the rules found."""
    claim_a, claim_b = aliased(Claim), aliased(Claim)
    open_pairs = session.exec(
        select(claim_a.reference, claim_b.reference, DuplicateCandidate.reasons)
        .join(claim_a, col(claim_a.id) == DuplicateCandidate.claim_a_id)
        .join(claim_b, col(claim_b.id) == DuplicateCandidate.claim_b_id)
        .where(
            claim_a.programme_id == programme_id,
            DuplicateCandidate.status == "open",
            col(DuplicateCandidate.found_at) < end_of(as_of),
        )
    )
    rows = [
        ExceptionRow(kind="duplicate_open", reference=" / ".join(sorted(pair)), fund=None, on=None, note=reasons)
        for *pair, reasons in open_pairs
    ]
    rows += [
        ExceptionRow(kind="departure", reference=row.claim_reference, fund=None, on=None, note=row.decision.departure)
        for row in decisions
        if row.decision.departs
    ]
    return sorted(rows, key=lambda row: (row.kind, row.reference, row.note or ""))


def list_bank_exceptions(session: Session, fund_ids: Collection[str], *, as_of: date) -> list[ExceptionRow]:
    """List the entries of bank statements that were put aside: of a payment of these funds, or of none we know."""
    statement = (
        select(StatementFinding, Payment.reference)
        .join(Payment, col(Payment.id) == StatementFinding.payment_id, isouter=True)
        .where(
            col(StatementFinding.booked_on) <= as_of,
            col(Payment.fund_id).in_(fund_ids) | col(StatementFinding.payment_id).is_(None),
        )
    )
    rows = [
        ExceptionRow(
            kind="statement_entry", reference=reference or "", fund=None, on=finding.booked_on, note=finding.code
        )
        for finding, reference in session.exec(statement)
    ]
    return sorted(rows, key=lambda row: (row.on or as_of, row.reference, row.note or ""))
