"""The registry's tables.  Whatever a person could be known by is sealed; `docs/registry.md` lists what is legible."""

from reparations.registry.models.claims import (
    Capacity,
    Claim,
    ClaimStatus,
    Evidence,
    EvidenceKind,
    FactsRevision,
    Harm,
    Relationship,
    VictimCase,
)
from reparations.registry.models.control import DuplicateCandidate, DuplicateStatus, Duty, DutyKind
from reparations.registry.models.people import (
    DestinationStatus,
    MatchKeyKind,
    Party,
    PartyKind,
    PartyMatchKey,
    PaymentDestination,
    Rail,
)
from reparations.registry.models.programmes import Programme, ProgrammeCounter

__all__ = [
    "Capacity",
    "Claim",
    "ClaimStatus",
    "DestinationStatus",
    "DuplicateCandidate",
    "DuplicateStatus",
    "Duty",
    "DutyKind",
    "Evidence",
    "EvidenceKind",
    "FactsRevision",
    "Harm",
    "MatchKeyKind",
    "Party",
    "PartyKind",
    "PartyMatchKey",
    "PaymentDestination",
    "Programme",
    "ProgrammeCounter",
    "Rail",
    "Relationship",
    "VictimCase",
]
