"""Assessing claims in chunks, and rebuilding the explanation of an assessment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.eligibility import queries
from reparations.eligibility.errors import NotReproducible
from reparations.eligibility.language import Explanation, Findings, RuleSet, explain
from reparations.eligibility.models import Assessment
from reparations.eligibility.service.storing import NewAssessment, store_assessments
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.errors import ClaimNotFound
from reparations.registry.models import FactsRevision, Programme
from reparations.registry.queries import SealedFacts, list_claim_ids_to_assess, open_facts, open_sealed_facts

MAX_CLAIMS = 500
"""Claims assessed by one request."""
MAX_CHUNK = 10_000
"""Claims assessed in one transaction, and in one event of the log."""


@dataclass(frozen=True, slots=True)
class Assessing:
    """What one chunk of assessing did."""

    assessed: tuple[str, ...]
    """Ids of the assessments it stored, by claim."""
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
    claim_ids = list_claim_ids_to_assess(session, programme.id, after=after, limit=min(limit, MAX_CHUNK))
    done = assess_claims(session, programme=programme, claim_ids=claim_ids, officer=officer, at=at)
    is_full = len(claim_ids) == min(limit, MAX_CHUNK)
    following = (
        claim_ids[-1]
        if is_full and list_claim_ids_to_assess(session, programme.id, after=claim_ids[-1], limit=1)
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
    wanted = set(claim_ids)
    found = queries.lock_due_claims(session, programme_id=programme.id, claim_ids=wanted, rule_set_id=published.id)
    if found.locked != len(wanted):
        raise ClaimNotFound(
            "One of the claims is not an open claim of this programme.",
            record=programme.code,
            remedy="List them with GET /claims?programme=…&status=open.",
        )
    made: list[NewAssessment] = []
    counts: dict[str, int] = {}
    for sealed, facts in open_sealed_facts(session, found.due):
        findings = assessor.assess(facts)
        made.append(_assessment(sealed, findings, number=found.numbers.get(sealed.claim_id, 0) + 1))
        counts[findings.outcome.value] = counts.get(findings.outcome.value, 0) + 1
    digests = store_assessments(session, made, rule_set_id=published.id, currency=assessor.rule_set.currency, at=at)
    if made:
        audit.record(
            session,
            at=at,
            actor=officer,
            action="claims.assessed",
            subject=published.id,
            body={"programme": programme.code, "ast_sha256": published.ast_sha256, "counts": counts},
            rows=digests,
        )
    assessed = tuple(str(row["id"]) for row in made)
    return Assessing(assessed, found.unchanged, found.without_facts, counts=counts)


def _assessment(sealed: SealedFacts, findings: Findings, *, number: int) -> NewAssessment:
    return {
        "id": new_id("ass"),
        "claim_id": sealed.claim_id,
        "number": number,
        "facts_revision_id": sealed.revision_id,
        "outcome": findings.outcome.value,
        "codes": findings.codes,
        "grounds": json.dumps(findings.grounds),
        "asks": json.dumps(findings.asks),
        "by_succession": findings.by_succession,
        "computed_amount_minor": findings.amount_minor,
    }


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
