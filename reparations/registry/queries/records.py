"""What is known of a claim: facts, harms, ties, evidence."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from reparations.registry.errors import ClaimNotFound, EvidenceNotFound
from reparations.registry.models import Claim, Evidence, FactsRevision, Harm, Relationship
from reparations.registry.queries.chunking import chunks
from reparations.registry.queries.claims import get_claim
from reparations.registry.rules.values import Facts
from reparations.vault import open_subject, open_subjects


def find_facts_revision(session: Session, claim_id: str, revision: int | None = None) -> FactsRevision | None:
    """Return a revision of a claim's facts, sealed: the latest unless one is named."""
    wanted = select(FactsRevision).where(FactsRevision.claim_id == claim_id)
    if revision is not None:
        wanted = wanted.where(FactsRevision.revision == revision)
    return session.exec(wanted.order_by(col(FactsRevision.revision).desc()).limit(1)).one_or_none()


def get_facts(session: Session, claim_id: str, revision: int | None = None) -> tuple[FactsRevision, Facts]:
    """Open a claim's facts: the latest revision unless one is named.

    Raises:
        ClaimNotFound: there is no such claim, or no such revision of it.
    """
    found = find_facts_revision(session, claim_id, revision)
    if found is None:
        raise ClaimNotFound("There is no such claim, or no such revision of its facts.", record=claim_id)
    return found, open_facts(session, found)


def open_facts(session: Session, revision: FactsRevision) -> Facts:
    """Open the facts of a revision."""
    sealed = open_subject(session, get_claim(session, revision.claim_id).party_id)
    facts: Facts = json.loads(sealed.open(place=f"facts_revision|facts|{revision.id}", sealed=revision.facts_sealed))
    return facts


@dataclass(frozen=True, slots=True)
class SealedFacts:
    """A revision of a claim's facts as it is stored, and whose key opens it."""

    claim_id: str
    party_id: str
    revision_id: str
    facts_sealed: bytes


def open_many_facts(session: Session, revisions: Collection[FactsRevision]) -> dict[str, Facts]:
    """Open the facts of many revisions, by revision: a few statements for all of them, not one or two for each."""
    parties: dict[str, str] = {}
    for chunk in chunks([revision.claim_id for revision in revisions]):
        parties.update(session.exec(select(Claim.id, Claim.party_id).where(col(Claim.id).in_(chunk))).all())
    sealed = [SealedFacts(one.claim_id, parties[one.claim_id], one.id, one.facts_sealed) for one in revisions]
    return {one.revision_id: facts for one, facts in open_sealed_facts(session, sealed)}


def open_sealed_facts(session: Session, sealed: Collection[SealedFacts]) -> Iterator[tuple[SealedFacts, Facts]]:
    """Open facts one after the other, so that no more than one is open at a time; their keys are read together."""
    vaults = open_subjects(session, {one.party_id for one in sealed})
    for one in sealed:
        place = f"facts_revision|facts|{one.revision_id}"
        yield one, json.loads(vaults[one.party_id].open(place=place, sealed=one.facts_sealed))


def list_harms(session: Session, claim: Claim) -> list[dict[str, str]]:
    """Open the harms of a claim, in the order they were recorded."""
    sealed = open_subject(session, claim.party_id)
    rows = session.exec(select(Harm).where(Harm.claim_id == claim.id).order_by(col(Harm.id))).all()
    return [json.loads(sealed.open(place=f"harm|harm|{row.id}", sealed=row.harm_sealed)) for row in rows]


def list_ties(session: Session, claim: Claim) -> list[dict[str, str]]:
    """Open the ties of a claim's party, in the order they were recorded."""
    sealed = open_subject(session, claim.party_id)
    rows = session.exec(
        select(Relationship).where(Relationship.claim_id == claim.id).order_by(col(Relationship.id))
    ).all()
    return [json.loads(sealed.open(place=f"relationship|kind|{row.id}", sealed=row.kind_sealed)) for row in rows]


def list_evidence(session: Session, claim_id: str) -> Sequence[Evidence]:
    """List the evidence of a claim by id; its content stays sealed."""
    return session.exec(select(Evidence).where(Evidence.claim_id == claim_id).order_by(col(Evidence.id))).all()


def get_evidence(session: Session, claim_id: str, evidence_id: str) -> Evidence:
    """Return a piece of evidence of this claim.

    Raises:
        EvidenceNotFound: this claim has none such.
    """
    found = session.get(Evidence, evidence_id)
    if found is None or found.claim_id != claim_id:
        raise EvidenceNotFound(
            "The claim has no such piece of evidence.",
            record=claim_id,
            remedy="Send the document with POST /claims/{id}/evidence first.",
        )
    return found
