"""What individual awards were decided on: the decision, the rules by their hash, commitments to facts and evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from sqlmodel import Session, col, select

from reparations.eligibility.language.assess import Finding, decode_codes
from reparations.eligibility.models import Assessment, Award, Decision, PublishedRuleSet
from reparations.registry.models import Evidence, FactsRevision
from reparations.reports.evidence.auditor import GroundsRow
from reparations.reports.evidence.casework import read_rules
from reparations.reports.evidence.payouts import FundAward

_CHUNK = 5_000
"""Ids in one statement; both engines take more."""


def list_grounds(session: Session, awards: Collection[FundAward]) -> list[GroundsRow]:
    """List the grounds of each award that a decision made, by subject; one award of several funds is there once."""
    subjects = {award.award_id: award.row.subject for award in awards}
    rows: list[GroundsRow] = []
    for ids in _chunks(sorted(subjects)):
        rows += _read_grounds(session, ids, subjects)
    return sorted(rows, key=lambda row: row.subject)


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    left = iter(ids)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def _read_grounds(session: Session, award_ids: Sequence[str], subjects: dict[str, str]) -> Iterator[GroundsRow]:
    decided = session.exec(
        select(Award.id, Decision, Assessment, PublishedRuleSet)
        .join(Decision, col(Decision.id) == Award.decision_id)
        .join(Assessment, col(Assessment.id) == Decision.assessment_id)
        .join(PublishedRuleSet, col(PublishedRuleSet.id) == Assessment.rule_set_id)
        .where(col(Award.id).in_(award_ids))
    ).all()
    revisions = {
        row.id: row
        for row in session.exec(
            select(FactsRevision).where(
                col(FactsRevision.id).in_([assessment.facts_revision_id for _, _, assessment, _ in decided])
            )
        )
    }
    evidence: defaultdict[str, list[Evidence]] = defaultdict(list)
    for row in session.exec(
        select(Evidence)
        .where(col(Evidence.claim_id).in_([assessment.claim_id for _, _, assessment, _ in decided]))
        .order_by(col(Evidence.id))
    ):
        evidence[row.claim_id].append(row)
    for award_id, decision, assessment, published in decided:
        rules = read_rules(published.source, published.facts_schema)
        findings = decode_codes(assessment.codes, len(rules.criteria))
        revision = revisions[assessment.facts_revision_id]
        yield GroundsRow(
            subject=subjects[award_id],
            outcome=decision.outcome,
            departs=decision.departs,
            rules=f"{published.scheme} {published.version}",
            ast_sha256=published.ast_sha256,
            criteria_met=tuple(
                criterion.code
                for criterion, finding in zip(rules.criteria, findings, strict=True)
                if finding is Finding.MET
            ),
            facts_revision=revision.revision,
            facts_commitment=revision.facts_commitment.hex(),
            # What was recorded after the assessment is no ground of it.
            evidence_commitments=tuple(
                row.content_commitment.hex()
                for row in evidence[assessment.claim_id]
                if row.recorded_at <= assessment.assessed_at
            ),
        )
