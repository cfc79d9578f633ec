"""Mass decisions: which claims are alike, and what the review of a sample found."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.eligibility.errors import MassDecisionNotFound
from reparations.eligibility.language import Finding, decode_codes
from reparations.eligibility.models import (
    AssessedOutcome,
    Assessment,
    Decision,
    MassDecision,
    MassMember,
    PublishedRuleSet,
)
from reparations.eligibility.queries.assessments import is_current, is_undecided
from reparations.eligibility.queries.policies import is_recused
from reparations.eligibility.queries.rule_sets import get_assessor
from reparations.registry.models import Claim, ClaimStatus, Duty, DutyKind, FactsRevision


@dataclass(frozen=True, slots=True)
class MassGroup:
    """Claims that are alike: assessed by one rule set, with one outcome for the same reasons."""

    reasons: tuple[str, ...]
    assessments: tuple[Assessment, ...]
    """In the order of their claims."""


def list_groups(
    session: Session, published: PublishedRuleSet, *, outcome: AssessedOutcome, person_id: str, limit: int
) -> list[MassGroup]:
    """Group a programme's undecided claims that a person may decide on together, the largest group first.

    Left out are claims with newer facts, and those on which the person has another duty, recorded facts, or is recused.
    """
    newer = aliased(FactsRevision)
    revision = aliased(FactsRevision)
    overtaken = (
        select(newer.id)
        .join(revision, col(revision.claim_id) == col(newer.claim_id))
        .where(revision.id == Assessment.facts_revision_id, col(newer.revision) > col(revision.revision))
    )
    barred = select(Duty.claim_id).where(
        Duty.claim_id == Claim.id, Duty.person_id == person_id, Duty.duty != DutyKind.DECIDER
    )
    recorded = select(FactsRevision.id).where(
        FactsRevision.claim_id == Claim.id, FactsRevision.recorded_by == person_id
    )
    wanted = (
        select(Assessment)
        .join(Claim, col(Claim.id) == Assessment.claim_id)
        .where(
            Claim.programme_id == published.programme_id,
            Claim.status == ClaimStatus.OPEN,
            Assessment.rule_set_id == published.id,
            Assessment.outcome == outcome,
            is_current(),
            is_undecided(),
        )
        .where(~overtaken.exists(), ~barred.exists(), ~recorded.exists(), ~is_recused(person_id))
        .order_by(col(Assessment.claim_id))
        .limit(limit)
    )
    groups: defaultdict[tuple[str, ...], list[Assessment]] = defaultdict(list)
    codes = [criterion.code for criterion in get_assessor(published).rule_set.criteria]
    for assessment in session.exec(wanted):
        groups[_reasons_of(assessment, codes)].append(assessment)
    found = [MassGroup(reasons, tuple(assessments)) for reasons, assessments in groups.items()]
    return sorted(found, key=lambda group: (-len(group.assessments), group.reasons))


def _reasons_of(assessment: Assessment, codes: Sequence[str]) -> tuple[str, ...]:
    if assessment.outcome == AssessedOutcome.NOT_ELIGIBLE:
        return tuple(json.loads(assessment.grounds))
    findings = zip(codes, decode_codes(assessment.codes, len(codes)), strict=True)
    return tuple(code for code, finding in findings if finding is Finding.MET)


def get_mass_decision(session: Session, mass_id: str) -> MassDecision:
    """Return a mass decision.

    Raises:
        MassDecisionNotFound: there is none.
    """
    found = session.get(MassDecision, mass_id)
    if found is None:
        raise MassDecisionNotFound("There is no such mass decision.", remedy="GET /mass-decisions lists them.")
    return found


def lock_mass_decision(session: Session, mass_id: str) -> MassDecision:
    """Hold a mass decision and return it; see `get_mass_decision`."""
    get_mass_decision(session, mass_id)
    wanted = for_update(select(MassDecision).where(MassDecision.id == mass_id))
    return session.exec(wanted.execution_options(populate_existing=True)).one()


def list_mass_decisions(
    session: Session, *, programme_id: str, after: str | None, limit: int
) -> Sequence[MassDecision]:
    """List mass decisions by id, `limit` of them and one more."""
    wanted = select(MassDecision).where(MassDecision.programme_id == programme_id)
    wanted = wanted.order_by(col(MassDecision.id)).limit(limit + 1)
    return session.exec(wanted.where(MassDecision.id > after) if after else wanted).all()


def list_members(session: Session, mass_id: str, *, sampled_only: bool) -> list[tuple[MassMember, Decision, str]]:
    """List the decisions of a mass decision with the references of their claims, in the order of the claims."""
    wanted = (
        select(MassMember, Decision, Claim.reference)
        .join(Decision, col(Decision.id) == MassMember.decision_id)
        .join(Claim, col(Claim.id) == Decision.claim_id)
        .where(MassMember.mass_id == mass_id)
        .order_by(col(Decision.claim_id))
    )
    if sampled_only:
        wanted = wanted.where(col(MassMember.is_sampled).is_(True))
    return [(member, decision, reference) for member, decision, reference in session.exec(wanted)]


def count_findings(session: Session, mass_id: str) -> dict[str | None, int]:
    """Count what was found in a sample; None counts what is not reviewed yet."""
    wanted = (
        select(MassMember.finding, func.count())
        .where(MassMember.mass_id == mass_id, col(MassMember.is_sampled).is_(True))
        .group_by(col(MassMember.finding))
    )
    return {finding: int(count) for finding, count in session.exec(wanted)}
