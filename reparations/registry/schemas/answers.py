"""What the registry's API gives.  Nothing but a reveal names or describes a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints
from sqlmodel import Session

from reparations.http import Body
from reparations.registry import queries
from reparations.registry.models import (
    Capacity,
    Claim,
    ClaimStatus,
    DuplicateStatus,
    DutyKind,
    Evidence,
    EvidenceKind,
    FactsRevision,
    Party,
    PartyKind,
    PaymentDestination,
    Programme,
    Rail,
)
from reparations.registry.rules.values import ResolutionReason
from reparations.registry.schemas.fields import MAX_BASE64
from reparations.registry.service.reveal import Revealed


class ProgrammeOut(Body):
    """A programme."""

    id: str
    code: str
    title: str
    authority: str
    currency: str
    created_at: datetime

    @classmethod
    def of(cls, programme: Programme) -> ProgrammeOut:
        """Show a programme."""
        return cls(
            id=programme.id,
            code=programme.code,
            title=programme.title,
            authority=programme.authority,
            currency=programme.currency,
            created_at=programme.created_at,
        )


class ClaimListed(Body):
    """A claim as lists show it: by its number only."""

    id: str
    reference: str
    programme_id: str
    capacity: Capacity
    status: ClaimStatus
    office_id: str
    source_row: str | None
    registered_at: datetime

    @classmethod
    def of(cls, claim: Claim) -> ClaimListed:
        """Show a claim in a list."""
        return cls.model_validate(_listed(claim))


class PairOut(Body):
    """Two claims that may be one person's: their numbers and what they have in common."""

    id: str
    references: tuple[str, str]
    reasons: list[str]
    status: DuplicateStatus
    reason_code: ResolutionReason | None
    found_at: datetime
    resolved_at: datetime | None

    @classmethod
    def of(cls, view: queries.PairView) -> PairOut:
        """Show a pair."""
        pair = view.candidate
        return cls(
            id=pair.id,
            references=(view.reference_a, view.reference_b),
            reasons=pair.reasons.split(),
            status=DuplicateStatus(pair.status),
            reason_code=ResolutionReason(pair.note_code) if pair.note_code else None,
            found_at=pair.found_at,
            resolved_at=pair.resolved_at,
        )


class EvidenceOut(Body):
    """That a piece of evidence is kept; neither its title nor its content."""

    id: str
    kind: EvidenceKind
    media_type: str
    size_bytes: int
    commitment: str
    recorded_at: datetime

    @classmethod
    def of(cls, evidence: Evidence) -> EvidenceOut:
        """Show that evidence is kept."""
        return cls(
            id=evidence.id,
            kind=EvidenceKind(evidence.kind),
            media_type=evidence.media_type,
            size_bytes=evidence.size_bytes,
            commitment=evidence.content_commitment.hex(),
            recorded_at=evidence.recorded_at,
        )


class DestinationOut(Body):
    """That a claimant can be paid, and how; not where."""

    id: str
    rail: Rail
    status: str
    recorded_at: datetime

    @classmethod
    def of(cls, destination: PaymentDestination) -> DestinationOut:
        """Show that there is an account."""
        return cls(
            id=destination.id,
            rail=Rail(destination.rail),
            status=destination.status,
            recorded_at=destination.recorded_at,
        )


class FactsOut(Body):
    """That a revision of the facts was recorded; not what they say."""

    id: str
    claim_id: str
    revision: int
    commitment: str
    recorded_at: datetime

    @classmethod
    def of(cls, revision: FactsRevision) -> FactsOut:
        """Show that a revision was recorded."""
        return cls(
            id=revision.id,
            claim_id=revision.claim_id,
            revision=revision.revision,
            commitment=revision.facts_commitment.hex(),
            recorded_at=revision.recorded_at,
        )


class DutyOut(Body):
    """That a part was played by somebody."""

    duty: DutyKind
    person_id: str
    at: datetime


class ClaimantOut(Body):
    """A claimant, masked."""

    id: str
    kind: PartyKind
    deceased: bool
    name: Literal["•••"] = "•••"

    @classmethod
    def of(cls, party: Party) -> ClaimantOut:
        """Show that there is somebody."""
        return cls(id=party.id, kind=PartyKind(party.kind), deceased=party.deceased)


class ClaimOut(ClaimListed):
    """A claim, masked: what is sealed is opened with `POST /claims/{id}/reveal`."""

    case_reference: str
    through_claim_id: str | None
    claimant: ClaimantOut
    facts: FactsOut
    evidence: list[EvidenceOut]
    destination: DestinationOut | None
    duplicates: list[PairOut]
    duties: list[DutyOut]

    @classmethod
    def read(cls, session: Session, claim: Claim) -> ClaimOut:
        """Gather what may be shown of a claim without opening anything."""
        party = queries.get_party(session, claim.party_id)
        facts = queries.find_facts_revision(session, claim.id)
        destination = queries.find_destination(session, claim.party_id)
        return cls.model_validate(
            _listed(claim)
            | {
                "case_reference": queries.get_case(session, claim.case_id).reference,
                "through_claim_id": claim.through_claim_id,
                "claimant": ClaimantOut.of(party),
                "facts": FactsOut.of(facts) if facts else None,
                "evidence": [EvidenceOut.of(one) for one in queries.list_evidence(session, claim.id)],
                "destination": DestinationOut.of(destination) if destination else None,
                "duplicates": [
                    PairOut.of(view) for view in queries.view_pairs(session, queries.list_pairs_of(session, claim.id))
                ],
                "duties": [
                    DutyOut(duty=DutyKind(duty.duty), person_id=duty.person_id, at=duty.at)
                    for duty in queries.list_duties(session, claim.id)
                ],
            }
        )


class DeathOut(Body):
    """That a death is recorded."""

    claim_id: str
    claimant: ClaimantOut


class RevealOut(Body):
    """What was opened, and the number of the event that says so."""

    event_seq: int
    values: dict[str, Revealed]


class EvidenceRevealOut(Body):
    """A piece of evidence, opened, and the number of the event that says so."""

    event_seq: int
    title: str
    media_type: str
    content_base64: Annotated[str, StringConstraints(max_length=MAX_BASE64)]


def _listed(claim: Claim) -> dict[str, object]:
    return {
        "id": claim.id,
        "reference": claim.reference,
        "programme_id": claim.programme_id,
        "capacity": claim.capacity,
        "status": claim.status,
        "office_id": claim.office_id,
        "source_row": claim.source_row,
        "registered_at": claim.registered_at,
    }
