"""Opening what is sealed.  The event that says so is committed first; the plaintext is read in another transaction.

Were both one transaction, an answer could leave while its record was undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from sqlmodel import Session

from reparations import audit
from reparations.principal import Principal
from reparations.registry import queries
from reparations.registry.models import Claim, Evidence
from reparations.registry.rules.registration import check_can_hold_duty, office_scope
from reparations.registry.rules.values import Facts, Purpose, RevealField
from reparations.vault import open_subject

Revealed: TypeAlias = str | dict[str, str] | list[dict[str, str]] | Facts | None


def log_reveal(
    session: Session,
    claim_id: str,
    *,
    fields: Sequence[RevealField],
    purpose: Purpose,
    officer: Principal,
    at: datetime,
) -> int:
    """Record that an officer opens these fields of a claim, and why; returns the event's number.

    Raises:
        ClaimNotFound: there is none, or it is another office's.
        DutyBarred: the officer administers accounts.
    """
    claim = _claim(session, claim_id, officer=officer)
    return audit.record(
        session,
        at=at,
        actor=officer,
        action="pii.revealed",
        subject=claim.id,
        body={
            "reference": claim.reference,
            "fields": sorted({str(field) for field in fields}),
            "purpose": str(purpose),
        },
    )


def open_fields(
    session: Session, claim_id: str, *, fields: Sequence[RevealField], officer: Principal
) -> dict[str, Revealed]:
    """Open fields of a claim, after `log_reveal` has been committed."""
    claim = _claim(session, claim_id, officer=officer)
    return {str(field): _open(session, claim, field) for field in sorted(set(fields))}


def _open(session: Session, claim: Claim, field: RevealField) -> Revealed:
    party = queries.get_party(session, claim.party_id)
    match field:
        case RevealField.NAME:
            return queries.open_name(session, party)
        case RevealField.PROFILE:
            return queries.open_profile(session, party)
        case RevealField.TIES:
            return queries.list_ties(session, claim)
        case RevealField.HARMS:
            return queries.list_harms(session, claim)
        case RevealField.FACTS:
            return queries.get_facts(session, claim.id)[1]
        case RevealField.DESTINATION:
            destination = queries.find_destination(session, party.id)
            return queries.open_destination(session, destination) if destination else None


def log_evidence_opening(
    session: Session, claim_id: str, evidence_id: str, *, purpose: Purpose, officer: Principal, at: datetime
) -> int:
    """Record that an officer opens a piece of evidence, and why; returns the event's number.

    Raises:
        ClaimNotFound, EvidenceNotFound, DutyBarred: see `registry.errors`.
    """
    claim = _claim(session, claim_id, officer=officer)
    evidence = queries.get_evidence(session, claim_id, evidence_id)
    return audit.record(
        session,
        at=at,
        actor=officer,
        action="evidence.opened",
        subject=claim.id,
        body={"reference": claim.reference, "evidence": evidence.id, "purpose": str(purpose)},
    )


def open_evidence(
    session: Session, claim_id: str, evidence_id: str, *, officer: Principal
) -> tuple[Evidence, str, bytes]:
    """Open a piece of evidence, its title and content, after `log_evidence_opening` has been committed."""
    claim = _claim(session, claim_id, officer=officer)
    evidence = queries.get_evidence(session, claim_id, evidence_id)
    sealed = open_subject(session, claim.party_id)
    title = sealed.open(place=f"evidence|title|{evidence.id}", sealed=evidence.title_sealed)
    content = sealed.open_bytes(place=f"evidence|content|{evidence.id}", sealed=evidence.content_sealed)
    return evidence, title, content


def _claim(session: Session, claim_id: str, *, officer: Principal) -> Claim:
    check_can_hold_duty(officer)
    return queries.get_claim(session, claim_id, office_id=office_scope(officer))
