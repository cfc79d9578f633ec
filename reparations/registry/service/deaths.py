"""Recording a claimant's death: from then on nothing is paid to them, and their heirs claim."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.principal import Principal
from reparations.registry import queries
from reparations.registry.errors import AlreadyDeceased, InvalidDeath
from reparations.registry.models import Party, PartyKind
from reparations.registry.rules.registration import check_can_hold_duty, check_death
from reparations.vault import open_subject


def record_death(
    session: Session, claim_id: str, *, died_on: date, evidence_id: str, officer: Principal, at: datetime
) -> Party:
    """Record that a claimant has died, on the evidence kept with the claim.

    Raises:
        ClaimNotFound, EvidenceNotFound, InvalidDeath, AlreadyDeceased, DutyBarred: see `registry.errors`.
    """
    claim = queries.lock_claim(session, claim_id, office_id=officer.office_id)
    party = queries.lock_party(session, claim.party_id)
    check_can_hold_duty(officer)
    if party.kind != PartyKind.PERSON:
        raise InvalidDeath("Only a person dies.", record=claim.reference)
    if party.deceased:
        raise AlreadyDeceased(
            "The death of this claimant was recorded before.", record=claim.reference, remedy="Nothing is to be done."
        )
    evidence = queries.get_evidence(session, claim_id, evidence_id)
    profile = queries.open_profile(session, party)
    check_death(died_on, birth_date=profile.get("birth_date"), today=at.date())

    party.died_on_sealed = open_subject(session, party.id).seal(
        place=f"party|died_on|{party.id}", plaintext=died_on.isoformat()
    )
    party.deceased = True
    party.death_evidence_id = evidence.id
    party.death_recorded_by = officer.person_id
    party.death_recorded_at = at
    session.add(party)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="death.recorded",
        subject=party.id,
        body={"reference": claim.reference, "evidence": evidence.id},
        rows=[party],
    )
    return party
