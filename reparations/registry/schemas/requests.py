"""What the registry's API takes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Base64Bytes, Field, StringConstraints

from reparations.http import Body
from reparations.registry.models import Capacity, EvidenceKind, PartyKind, Rail
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
from reparations.registry.schemas.fields import (
    MAX_BASE64,
    PRINTABLE,
    ClaimId,
    EvidenceId,
    Facts,
    Line,
    Name,
    PartyId,
    ProgrammeCode,
    RowKey,
    Short,
)


class ProgrammeIn(Body):
    """A programme to open."""

    code: ProgrammeCode
    title: Line
    authority: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)] = Field(
        description="Citation of the order or law."
    )
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(description="ISO 4217 code.")


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


class RevealIn(Body):
    """What is to be opened, and why."""

    fields: list[RevealField] = Field(min_length=1, max_length=len(RevealField))
    purpose: Purpose


class EvidenceRevealIn(Body):
    """Why a piece of evidence is opened."""

    purpose: Purpose


class ResolveIn(Body):
    """What a human says of two claims."""

    judgement: Judgement
    reason_code: ResolutionReason
