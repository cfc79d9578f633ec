"""Assessing claims in chunks, and rebuilding the explanation of an assessment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from reparations import audit
from reparations.db import for_update
from reparations.eligibility import queries
from reparations.eligibility.errors import NotReproducible
from reparations.eligibility.language import Explanation, Findings, RuleSet, explain
from reparations.eligibility.models import Assessment, PublishedRuleSet
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.errors import ClaimNotFound
from reparations.registry.models import Claim, ClaimStatus, FactsRevision, Programme
from reparations.registry.queries import list_claims_to_assess, open_facts, open_many_facts
from reparations.registry.queries.chunking import chunks

MAX_CLAIMS = 500
"""Claims assessed by one request."""
MAX_CHUNK = 10_000
"""Claims assessed in one transaction, and in one event of the log."""


@dataclass(frozen=True, slots=True)
class Assessing:
    """What one chunk of assessing did."""

    assessed: tuple[Assessment, ...]
    unchanged: int
    """Claims whose current assessment rests on the same rules and facts already."""
    without_facts: tuple[str, ...]
    """References of claims of which nothing is recorded."""
    next: str | None = None
    """Where the next chunk begins; None after the last."""
    counts: dict[str, int] = field(default_factory=dict)


def assess_programme(
    session: Session,
    *,
    programme: Programme,
    after: str | None,
    limit: int = MAX_CLAIMS,
    officer: Principal,
    at: datetime,
) -> Assessing:
    """Assess the open claims of a programme from the one after `after` on; doing it again changes nothing.

    Raises:
        NoRuleSetInForce: the programme has no rules in force today.
    """
    claims = list_claims_to_assess(session, programme.id, after=after, limit=min(limit, MAX_CHUNK))
    done = assess_claims(session, programme=programme, claim_ids=[claim.id for claim in claims], officer=officer, at=at)
    is_full = len(claims) == min(limit, MAX_CHUNK)
    following = (
        claims[-1].id
        if is_full and list_claims_to_assess(session, programme.id, after=claims[-1].id, limit=1)
        else None
    )
    return Assessing(done.assessed, done.unchanged, done.without_facts, following, done.counts)


def assess_claims(
    session: Session, *, programme: Programme, claim_ids: Sequence[str], officer: Principal, at: datetime
) -> Assessing:
    """Assess claims of one programme by the rules in force today, on the facts known now.

    A claim whose current assessment rests on the same rules and the same facts is left as it is.

    Raises:
        NoRuleSetInForce: the programme has no rules in force today.
        ClaimNotFound: one of the claims is not an open claim of this programme.
    """
    published = queries.get_rule_set_in_force(session, programme.id, on=at.date())
    assessor = queries.get_assessor(published)
    claims = _lock_claims(session, programme, claim_ids)
    latest = queries.find_latest_revisions(session, claim_ids)
    current = queries.list_current(session, claim_ids)
    with_facts = [claim for claim in claims if claim.id in latest]
    rests_on = {claim_id: (one.rule_set_id, one.facts_revision_id) for claim_id, one in current.items()}
    due = [claim for claim in with_facts if rests_on.get(claim.id) != (published.id, latest[claim.id].id)]
    opened = open_many_facts(session, [latest[claim.id] for claim in due])
    made: list[Assessment] = []
    for claim in due:
        revision, before = latest[claim.id], current.get(claim.id)
        findings = assessor.assess(opened[revision.id])
        made.append(_assessment(claim, published, revision, findings, number=before.number + 1 if before else 1, at=at))
    session.add_all(made)
    counts: dict[str, int] = {}
    for assessment in made:
        counts[assessment.outcome] = counts.get(assessment.outcome, 0) + 1
    if made:
        audit.record(
            session,
            at=at,
            actor=officer,
            action="claims.assessed",
            subject=published.id,
            body={"programme": programme.code, "ast_sha256": published.ast_sha256, "counts": counts},
            rows=made,
        )
    without = tuple(claim.reference for claim in claims if claim.id not in latest)
    return Assessing(tuple(made), len(with_facts) - len(due), without, counts=counts)


def _lock_claims(session: Session, programme: Programme, claim_ids: Sequence[str]) -> list[Claim]:
    claims: list[Claim] = []
    for chunk in chunks(claim_ids):
        wanted = select(Claim).where(
            col(Claim.id).in_(chunk), Claim.programme_id == programme.id, Claim.status == ClaimStatus.OPEN
        )
        claims += session.exec(for_update(wanted.order_by(col(Claim.id)))).all()
    if len(claims) != len(set(claim_ids)):
        raise ClaimNotFound(
            "One of the claims is not an open claim of this programme.",
            record=programme.code,
            remedy="List them with GET /claims?programme=…&status=open.",
        )
    return claims


def _assessment(
    claim: Claim, published: PublishedRuleSet, revision: FactsRevision, findings: Findings, *, number: int, at: datetime
) -> Assessment:
    return Assessment(
        id=new_id("ass"),
        claim_id=claim.id,
        number=number,
        rule_set_id=published.id,
        facts_revision_id=revision.id,
        outcome=findings.outcome.value,
        codes=findings.codes,
        grounds=json.dumps(findings.grounds),
        asks=json.dumps(findings.asks),
        by_succession=findings.by_succession,
        computed_amount_minor=findings.amount_minor,
        currency=queries.get_assessor(published).rule_set.currency,
        assessed_at=at,
    )


def explain_assessment(session: Session, assessment: Assessment) -> tuple[RuleSet, Explanation]:
    """Re-run the stored rules over the stored facts and say in words what they found.

    Raises:
        NotReproducible: they say something else than the assessment.
    """
    published = queries.get_rule_set(session, assessment.rule_set_id)
    assessor = queries.get_assessor(published)
    revision = session.get_one(FactsRevision, assessment.facts_revision_id)
    findings = assessor.assess(open_facts(session, revision), trace=True)
    again = (findings.codes, findings.outcome.value, findings.amount_minor)
    if again != (assessment.codes, assessment.outcome, assessment.computed_amount_minor):
        raise NotReproducible(
            "The stored rules over the stored facts do not give the stored findings.",
            record=assessment.id,
            remedy="Run `reparations audit verify`: it names the row that was changed.",
        )
    return assessor.rule_set, explain(assessor.rule_set, findings)
