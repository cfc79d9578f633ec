"""Claims to assess, read in a few statements a chunk and without an object a row: there may be a million."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.eligibility.models import Assessment
from reparations.eligibility.queries.assessments import is_current
from reparations.registry.models import Claim, ClaimStatus, FactsRevision
from reparations.registry.queries import SealedFacts
from reparations.registry.queries.chunking import chunks


@dataclass(frozen=True, slots=True)
class DueClaims:
    """What is to be assessed of some claims, and why the others are not."""

    due: tuple[SealedFacts, ...]
    """The latest facts of each claim that no current assessment rests on, by claim."""
    numbers: dict[str, int]
    """Of the current assessment of each claim that has one."""
    locked: int
    """Claims that were found open in the programme, and are held until the transaction ends."""
    unchanged: int
    without_facts: tuple[str, ...]
    """References of claims of which nothing is recorded."""


def lock_due_claims(session: Session, *, programme_id: str, claim_ids: Collection[str], rule_set_id: str) -> DueClaims:
    """Hold open claims of a programme in ascending order of their ids, and find which the rule set has not assessed.

    A claim whose current assessment rests on the same rules and on its latest facts is left as it is.
    """
    due: list[SealedFacts] = []
    numbers: dict[str, int] = {}
    without: list[str] = []
    locked = unchanged = 0
    for chunk in chunks(claim_ids):
        claims = _lock(session, programme_id, chunk)
        locked += len(claims)
        latest = {one.claim_id: one for one in _list_latest(session, chunk)}
        current = {row[0]: row[1:] for row in _list_current(session, chunk)}
        for claim_id, reference in claims:
            if claim_id in current:
                numbers[claim_id] = current[claim_id][0]
            facts = latest.get(claim_id)
            if facts is None:
                without.append(reference)
            elif current.get(claim_id, ())[1:] == (rule_set_id, facts.revision_id):
                unchanged += 1
            else:
                due.append(facts)
    return DueClaims(tuple(due), numbers, locked, unchanged, tuple(without))


def _lock(session: Session, programme_id: str, claim_ids: list[str]) -> list[tuple[str, str]]:
    wanted = select(Claim.id, Claim.reference).where(
        col(Claim.id).in_(claim_ids), Claim.programme_id == programme_id, Claim.status == ClaimStatus.OPEN
    )
    return [(row[0], row[1]) for row in session.execute(for_update(wanted.order_by(col(Claim.id))))]


def _list_latest(session: Session, claim_ids: list[str]) -> list[SealedFacts]:
    latest = (
        select(FactsRevision.claim_id, func.max(FactsRevision.revision).label("revision"))
        .where(col(FactsRevision.claim_id).in_(claim_ids))
        .group_by(col(FactsRevision.claim_id))
        .subquery()
    )
    wanted = (
        select(FactsRevision.claim_id, Claim.party_id, FactsRevision.id, FactsRevision.facts_sealed)
        .join(
            latest,
            (col(FactsRevision.claim_id) == latest.c.claim_id) & (col(FactsRevision.revision) == latest.c.revision),
        )
        .join(Claim, col(Claim.id) == FactsRevision.claim_id)
    )
    return [SealedFacts(*row) for row in session.execute(wanted)]


def _list_current(session: Session, claim_ids: list[str]) -> list[tuple[str, int, str, str]]:
    wanted = select(Assessment.claim_id, Assessment.number, Assessment.rule_set_id, Assessment.facts_revision_id)
    found = session.execute(wanted.where(col(Assessment.claim_id).in_(claim_ids), is_current()))
    return [(row[0], row[1], row[2], row[3]) for row in found]
