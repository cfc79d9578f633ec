"""What the registry's API takes and gives.  Nothing that is given names or describes a person, but a reveal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Base64Bytes, Field, JsonValue, StringConstraints
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
from reparations.registry.rules.values import (
    HarmKind,
    Judgement,
    NewDestination,
    NewHarm,
    NewParty,
    NewTie,
    Proof,
    Purpose,
    Registration,
    ResolutionReason,
    RevealField,
    Sex,
    Tie,
)
from reparations.registry.service.reveal import Revealed

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
ULID = "[0-9A-HJKMNP-TV-Z]{26}"
MAX_BASE64 = 4 * (2 * 2**20 // 3 + 2)

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PRINTABLE)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_PRINTABLE)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=_PRINTABLE)]
ProgrammeCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,19}$"), Field(description="Capitals and digits: `KATANGA`.")
]
RowKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{1,4}-[0-9]{1,8}$"),
    Field(description="Letters and a number, `K-0042`: no room for a name."),
]
ClaimId = Annotated[str, StringConstraints(pattern=rf"^clm_{ULID}$")]
PartyId = Annotated[str, StringConstraints(pattern=rf"^pty_{ULID}$")]
EvidenceId = Annotated[str, StringConstraints(pattern=rf"^evi_{ULID}$")]
ClaimPath = Annotated[str, Path(pattern=rf"^clm_{ULID}$", description="Id of a claim.")]
EvidencePath = Annotated[str, Path(pattern=rf"^evi_{ULID}$", description="Id of a piece of evidence.")]
DuplicatePath = Annotated[str, Path(pattern=rf"^dup_{ULID}$", description="Id of a pair.")]
ProgrammePath = Annotated[
    str, Path(pattern=rf"^([A-Z][A-Z0-9]{{1,19}}|prg_{ULID})$", description="Code or id of a programme.")
]


class ProgrammeIn(Body):
    """A programme to open."""

    code: ProgrammeCode
    title: Line
    authority: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_PRINTABLE)] = Field(
        description="Citation of the order or law."
    )
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(description="ISO 4217 code.")


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


class PartyIn(Body):
    """A new claimant.  An organisation or community has its whole name in `family_name`."""

    kind: PartyKind
    family_name: Name
    given_names: Name | None = None
    birth_date: Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}-\d{2})?$")] | None = Field(
        default=None, description="`YYYY-MM-DD`, or `YYYY` where only the year is known."
    )
    sex: Sex | None = None
    national_id: Short | None = None
    phone: Short | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = Field(
        default=None, description="ISO 639 code."
    )
    place_of_residence: Name | None = None

    def to_value(self) -> NewParty:
        """Translate for the service."""
        return NewParty(**self.model_dump())


class TieIn(Body):
    """A tie to the victim of the case."""

    kind: Tie
    proof: Proof


class HarmIn(Body):
    """A harm suffered."""

    kind: HarmKind
    proof: Proof


class DestinationIn(Body):
    """An account to be paid to: a bank account (holder, number, perhaps BIC) or a Stripe account."""

    rail: Rail
    account_holder: Name | None = None
    account: Short | None = Field(default=None, description="IBAN or another account number.")
    bic: Annotated[str, StringConstraints(max_length=11)] | None = None
    stripe_account: Annotated[str, StringConstraints(max_length=65)] | None = None

    def to_value(self) -> NewDestination:
        """Translate for the service."""
        return NewDestination(**self.model_dump())


Facts = Annotated[
    dict[str, JsonValue],
    Field(
        max_length=80,
        description="Facts by name: `{value, proof}`, or a list of records of such. Leave out what is not known.",
        examples=[
            {
                "attack_site": {"value": "bogoro", "proof": "established"},
                "harms": [
                    {
                        "kind": {"value": "moral", "proof": "established"},
                        "established": {"value": True, "proof": "established"},
                    }
                ],
            }
        ],
    ),
]


class ClaimIn(Body):
    """A claim to register, with all that is known of it."""

    programme: ProgrammeCode
    case_key: RowKey
    capacity: Capacity
    party: PartyIn | None = None
    party_id: PartyId | None = Field(default=None, description="In place of `party`: somebody registered before.")
    source_row: RowKey | None = Field(
        default=None, description="Row of the file it comes from; the same row again is the same claim."
    )
    through_claim_id: ClaimId | None = Field(default=None, description="For an heir: the claim he succeeds to.")
    ties: list[TieIn] = Field(default=[], max_length=10)
    harms: list[HarmIn] = Field(default=[], max_length=20)
    facts: Facts = Field(default_factory=dict)
    destination: DestinationIn | None = None

    def to_value(self) -> Registration:
        """Translate for the service, which checks the facts."""
        return Registration(
            programme_code=self.programme,
            case_key=self.case_key,
            capacity=self.capacity,
            party=self.party.to_value() if self.party else None,
            party_id=self.party_id,
            source_row=self.source_row,
            through_claim_id=self.through_claim_id,
            ties=[NewTie(tie.kind, tie.proof) for tie in self.ties],
            harms=[NewHarm(harm.kind, harm.proof) for harm in self.harms],
            facts=self.facts,  # type: ignore[arg-type]  # `check_facts` is what makes it Facts
            destination=self.destination.to_value() if self.destination else None,
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


class FactsIn(Body):
    """All facts of a claim as they are known now; they replace the revision before without erasing it."""

    facts: Facts


class EvidenceIn(Body):
    """A document or picture, PDF, PNG or JPEG, at most 2 MiB.

    It comes as base64 in the body, not as a form: a form's files are spooled to the disk in clear.
    """

    kind: EvidenceKind
    title: Name
    content_base64: Annotated[Base64Bytes, Field(max_length=MAX_BASE64)]


class DeathIn(Body):
    """A claimant's death and what proves it."""

    died_on: date
    evidence_id: EvidenceId


class DeathOut(Body):
    """That a death is recorded."""

    claim_id: str
    claimant: ClaimantOut


class RevealIn(Body):
    """What is to be opened, and why."""

    fields: list[RevealField] = Field(min_length=1, max_length=len(RevealField))
    purpose: Purpose


class RevealOut(Body):
    """What was opened, and the number of the event that says so."""

    event_seq: int
    values: dict[str, Revealed]


class EvidenceRevealIn(Body):
    """Why a piece of evidence is opened."""

    purpose: Purpose


class EvidenceRevealOut(Body):
    """A piece of evidence, opened, and the number of the event that says so."""

    event_seq: int
    title: str
    media_type: str
    content_base64: Annotated[str, StringConstraints(max_length=MAX_BASE64)]


class ResolveIn(Body):
    """What a human says of two claims."""

    judgement: Judgement
    reason_code: ResolutionReason


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
