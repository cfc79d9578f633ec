"""Recording what is known: always a new revision, never a change to an old one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, select

from reparations import audit
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry import queries
from reparations.registry.errors import ClaimNotOpen, DutyConflict
from reparations.registry.models import Claim, ClaimStatus, Duty, DutyKind, FactsRevision
from reparations.registry.rules.facts import check_facts
from reparations.registry.rules.registration import check_can_hold_duty
from reparations.registry.rules.values import Facts, canonical_json
from reparations.vault import commitment, open_subject


def record_facts(
    session: Session, claim_id: str, *, facts: Mapping[str, object], officer: Principal, at: datetime
) -> FactsRevision:
    """Record all facts of a claim as known now, as its next revision.

    Raises:
        ClaimNotFound, ClaimNotOpen, InvalidFacts, DutyConflict, DutyBarred: see `registry.errors`.
    """
    claim = queries.lock_claim(session, claim_id, office_id=officer.office_id)
    check_open(claim)
    check_other_eyes(session, claim, officer=officer)
    checked = check_facts(facts)
    latest = queries.find_facts_revision(session, claim_id)

    revision = add_revision(
        session, claim, number=latest.revision + 1 if latest else 1, facts=checked, officer=officer, at=at
    )
    audit.record(
        session,
        at=at,
        actor=officer,
        action="facts.recorded",
        subject=claim.id,
        body={"reference": claim.reference, "revision": revision.revision},
        rows=[revision],
    )
    return revision


def add_revision(
    session: Session, claim: Claim, *, number: int, facts: Facts, officer: Principal, at: datetime
) -> FactsRevision:
    """Seal checked facts and store them; the caller logs the deed they are part of."""
    content = canonical_json(facts)
    revision_id = new_id("fac")
    revision = FactsRevision(
        id=revision_id,
        claim_id=claim.id,
        revision=number,
        facts_sealed=open_subject(session, claim.party_id).seal(
            place=f"facts_revision|facts|{revision_id}", plaintext=content
        ),
        facts_commitment=commitment(session, claim.party_id, content),
        recorded_by=officer.person_id,
        recorded_at=at,
    )
    session.add(revision)
    return revision


def check_open(claim: Claim) -> None:
    """Refuse to add to a closed claim.

    Raises:
        ClaimNotOpen: it was closed.
    """
    if claim.status != ClaimStatus.OPEN:
        raise ClaimNotOpen(
            "The claim was closed; nothing is added to it any more.",
            record=claim.reference,
            remedy="Add it to the claim that stays open.",
        )


def check_other_eyes(session: Session, claim: Claim, *, officer: Principal) -> None:
    """Refuse facts or accounts from whoever decides, approves or pays a claim of the same party.

    Raises:
        DutyConflict: the person holds such a duty.
        DutyBarred: the officer administers accounts.
    """
    check_can_hold_duty(officer)
    held = session.exec(
        select(Duty.duty)
        .join(Claim)
        .where(
            Claim.party_id == claim.party_id,
            Duty.person_id == officer.person_id,
            Duty.duty != DutyKind.REGISTRAR,
        )
    ).first()
    if held is not None:
        raise DutyConflict(
            "You hold another duty on this claim; who decides or pays it does not supply what it rests on.",
            record=claim.reference,
            remedy="Ask another caseworker.",
        )
