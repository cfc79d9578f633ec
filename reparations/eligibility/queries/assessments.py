"""Assessments: what the rules say of claims, and whether they still say it on what is known today."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from reparations.eligibility.errors import AssessmentNotFound
from reparations.eligibility.language import Finding, decode_codes
from reparations.eligibility.models import AssessedOutcome, Assessment, DecidedOutcome, Decision, DecisionStatus
from reparations.eligibility.queries.decisions import WAITING, is_standing
from reparations.eligibility.queries.rule_sets import get_assessor, get_rule_set, get_rule_set_in_force
from reparations.eligibility.rules import Assessed
from reparations.registry.models import Claim, ClaimStatus, FactsRevision
from reparations.registry.queries import open_facts
from reparations.registry.queries.chunking import chunks


def find_latest_revisions(session: Session, claim_ids: Collection[str]) -> dict[str, FactsRevision]:
    """Return the latest revision of the facts of each claim that has any, by claim."""
    found: dict[str, FactsRevision] = {}
    for chunk in chunks(claim_ids):
        latest = (
            select(FactsRevision.claim_id, func.max(FactsRevision.revision).label("revision"))
            .where(col(FactsRevision.claim_id).in_(chunk))
            .group_by(col(FactsRevision.claim_id))
            .subquery()
        )
        wanted = select(FactsRevision).join(
            latest,
            (col(FactsRevision.claim_id) == latest.c.claim_id) & (col(FactsRevision.revision) == latest.c.revision),
        )
        found.update((row.claim_id, row) for row in session.exec(wanted))
    return found


def list_current(session: Session, claim_ids: Collection[str]) -> dict[str, Assessment]:
    """Return the current assessment of each claim that has one, by claim."""
    found: dict[str, Assessment] = {}
    for chunk in chunks(claim_ids):
        wanted = select(Assessment).where(col(Assessment.claim_id).in_(chunk), is_current())
        found.update((row.claim_id, row) for row in session.exec(wanted))
    return found


def find_current_assessment(session: Session, claim_id: str) -> Assessment | None:
    """Return a claim's current assessment, if it has one."""
    return list_current(session, [claim_id]).get(claim_id)


def get_current_assessment(session: Session, claim: Claim) -> Assessment:
    """Return a claim's current assessment.

    Raises:
        AssessmentNotFound: the claim was never assessed.
    """
    found = find_current_assessment(session, claim.id)
    if found is None:
        raise AssessmentNotFound(
            f"{claim.reference} has not been assessed.",
            record=claim.reference,
            remedy="Assess the programme's claims with POST /assessments.",
        )
    return found


def list_worklist(
    session: Session,
    *,
    programme_id: str,
    office_id: str | None,
    outcome: str | None = None,
    undecided_only: bool = False,
    after: str | None,
    limit: int,
) -> Sequence[tuple[Assessment, str]]:
    """List current assessments of open claims with their references, by id; `limit` of them and one more."""
    wanted = (
        select(Assessment, Claim.reference)
        .join(Claim, col(Claim.id) == Assessment.claim_id)
        .where(Claim.programme_id == programme_id, Claim.status == ClaimStatus.OPEN, is_current())
        .order_by(col(Assessment.id))
        .limit(limit + 1)
    )
    if office_id is not None:
        wanted = wanted.where(Claim.office_id == office_id)
    if outcome is not None:
        wanted = wanted.where(Assessment.outcome == outcome)
    if undecided_only:
        wanted = wanted.where(is_undecided())
    return session.exec(wanted.where(Assessment.id > after) if after else wanted).all()


def list_assessed(session: Session, *, programme_id: str, outcome: str, limit: int) -> Sequence[str]:
    """List the open, undecided claims of a programme whose current assessment has this outcome, by claim."""
    wanted = (
        select(Assessment.claim_id)
        .join(Claim, col(Claim.id) == Assessment.claim_id)
        .where(
            Claim.programme_id == programme_id,
            Claim.status == ClaimStatus.OPEN,
            Assessment.outcome == outcome,
            is_current(),
            is_undecided(),
        )
        .order_by(col(Assessment.claim_id))
        .limit(limit)
    )
    return session.exec(wanted).all()


def count_open_claims(session: Session, programme_id: str, *, after: str | None) -> int:
    """Count the open claims of a programme, from the one after `after` on."""
    wanted = select(func.count()).where(Claim.programme_id == programme_id, Claim.status == ClaimStatus.OPEN)
    return session.exec(wanted.where(Claim.id > after) if after else wanted).one()


def count_outcomes(session: Session, programme_id: str) -> dict[str, int]:
    """Count the current assessments of a programme's open claims by outcome."""
    wanted = (
        select(Assessment.outcome, func.count())
        .join(Claim, col(Claim.id) == Assessment.claim_id)
        .where(Claim.programme_id == programme_id, Claim.status == ClaimStatus.OPEN, is_current())
        .group_by(col(Assessment.outcome))
    )
    counts = dict.fromkeys((outcome.value for outcome in AssessedOutcome), 0)
    counts.update({outcome: int(number) for outcome, number in session.exec(wanted)})
    return counts


def is_current() -> ColumnElement[bool]:
    """Return the condition that an assessment is its claim's latest."""
    later = aliased(Assessment)
    newer = select(later.id).where(later.claim_id == Assessment.claim_id, col(later.number) > col(Assessment.number))
    return ~newer.exists()


def is_undecided() -> ColumnElement[bool]:
    """Nothing is proposed, nothing final was confirmed, and this assessment was not answered by a question yet."""
    asked = (
        (col(Decision.status) == DecisionStatus.CONFIRMED)
        & (col(Decision.outcome) == DecidedOutcome.ASK)
        & (col(Decision.assessment_id) == Assessment.id)
    )
    settled = select(Decision.id).where(
        Decision.claim_id == Assessment.claim_id, col(Decision.status).in_(WAITING) | is_standing() | asked
    )
    return ~settled.exists()


def read_assessed(session: Session, claims: Sequence[Claim], *, on: date, with_departure: bool) -> dict[str, Assessed]:
    """Put together what a decision on each of `claims` looks at, by claim; claims never assessed are left out.

    Args:
        session: any.
        claims: of one programme.
        on: the day whose rules are in force.
        with_departure: whether to compute, for claims the rules do not find eligible, what they would pay if they did.
    """
    if not claims:
        return {}
    ids = [claim.id for claim in claims]
    in_force = get_rule_set_in_force(session, claims[0].programme_id, on=on)
    latest = find_latest_revisions(session, ids)
    current = list_current(session, ids)
    found: dict[str, Assessed] = {}
    for claim in claims:
        assessment = current.get(claim.id)
        if assessment is None:
            continue
        assessor = get_assessor(get_rule_set(session, assessment.rule_set_id))
        codes = [criterion.code for criterion in assessor.rule_set.criteria]
        findings = dict(zip(codes, decode_codes(assessment.codes, len(codes)), strict=True))
        outcome = AssessedOutcome(assessment.outcome)
        amount = assessment.computed_amount_minor
        if outcome is not AssessedOutcome.ELIGIBLE:
            amount = assessor.compute_award(open_facts(session, latest[claim.id])) if with_departure else None
        found[claim.id] = Assessed(
            claim_id=claim.id,
            reference=claim.reference,
            is_open=claim.status == ClaimStatus.OPEN,
            assessment_id=assessment.id,
            is_current=assessment.rule_set_id == in_force.id and latest[claim.id].id == assessment.facts_revision_id,
            outcome=outcome,
            grounds=tuple(json.loads(assessment.grounds)),
            met=tuple(code for code, finding in findings.items() if finding is Finding.MET),
            asks=tuple(json.loads(assessment.asks)),
            amount_minor=amount,
        )
    return found
