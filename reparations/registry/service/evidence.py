"""Keeping documents and pictures."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry import queries
from reparations.registry.models import Evidence, EvidenceKind
from reparations.registry.rules.registration import check_can_hold_duty, media_type_of
from reparations.registry.service.facts import check_open
from reparations.vault import commitment, open_subject


def add_evidence(
    session: Session,
    claim_id: str,
    *,
    kind: EvidenceKind,
    title: str,
    content: bytes,
    officer: Principal,
    at: datetime,
) -> Evidence:
    """Seal a document under the claimant's key and commit to its content.

    Raises:
        ClaimNotFound, ClaimNotOpen, EvidenceRefused, EvidenceTooLarge, DutyBarred: see `registry.errors`.
    """
    claim = queries.lock_claim(session, claim_id, office_id=officer.office_id)
    check_open(claim)
    check_can_hold_duty(officer)
    media_type = media_type_of(content)

    sealed = open_subject(session, claim.party_id)
    evidence_id = new_id("evi")
    evidence = Evidence(
        id=evidence_id,
        claim_id=claim.id,
        kind=kind,
        media_type=media_type,
        size_bytes=len(content),
        title_sealed=sealed.seal(place=f"evidence|title|{evidence_id}", plaintext=title),
        content_sealed=sealed.seal(place=f"evidence|content|{evidence_id}", plaintext=content),
        content_commitment=commitment(session, claim.party_id, content),
        recorded_by=officer.person_id,
        recorded_at=at,
    )
    session.add(evidence)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="evidence.received",
        subject=claim.id,
        body={
            "reference": claim.reference,
            "evidence": evidence.id,
            "kind": str(kind),
            "commitment": evidence.content_commitment.hex(),
        },
        rows=[evidence],
    )
    return evidence
