"""What can go wrong in the registry.

::

    NotFound       ProgrammeNotFound · ClaimNotFound · PartyNotFound · DuplicateNotFound · EvidenceNotFound
    Conflict       ProgrammeCodeTaken · SourceRowTaken · AlreadyInCase · ClaimNotOpen · AlreadyDeceased
                   DuplicateAlreadyResolved · DestinationUnchanged · DutyConflict
    NotPermitted   DutyBarred · RegistrarMayNotResolve
    InvalidInput   InvalidParty · CapacityMismatch · ThroughClaimInvalid · InvalidFacts · InvalidDestination
                   InvalidDeath · EvidenceRefused · InvalidClaimsFile
    TooLarge       EvidenceTooLarge

A claim that does not exist and a claim of another office give the same `ClaimNotFound`: who may not see a record learns
nothing about it, not even that it is there.
"""

from __future__ import annotations

from reparations.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooLarge


class ProgrammeNotFound(NotFound):
    """There is no programme with this code or id."""

    code = "registry.programme_not_found"


class ClaimNotFound(NotFound):
    """There is no such claim, or it belongs to another office."""

    code = "registry.claim_not_found"


class PartyNotFound(NotFound):
    """There is no such person or organisation, or none with a claim in the officer's office."""

    code = "registry.party_not_found"


class DuplicateNotFound(NotFound):
    """There is no such pair of claims, or neither of them belongs to the officer's office."""

    code = "registry.duplicate_not_found"


class EvidenceNotFound(NotFound):
    """The claim has no such piece of evidence."""

    code = "registry.evidence_not_found"


class ProgrammeCodeTaken(Conflict):
    """Another programme bears this code."""

    code = "registry.programme_code_taken"


class SourceRowTaken(Conflict):
    """The row was registered before, with other content."""

    code = "registry.source_row_taken"


class AlreadyInCase(Conflict):
    """This person or organisation has a claim in the case already."""

    code = "registry.already_in_case"


class ClaimNotOpen(Conflict):
    """The claim was closed; nothing is added to it any more."""

    code = "registry.claim_not_open"


class AlreadyDeceased(Conflict):
    """The death was recorded before."""

    code = "registry.already_deceased"


class DuplicateAlreadyResolved(Conflict):
    """Somebody has judged this pair already; a judgement is not overwritten."""

    code = "registry.duplicate_already_resolved"


class DestinationUnchanged(Conflict):
    """The payment destination in force says the same."""

    code = "registry.destination_unchanged"


class DutyConflict(Conflict):
    """The officer holds another duty on a claim, or the duty is another person's; four eyes need two people."""

    code = "registry.duty_conflict"


class DutyBarred(NotPermitted):
    """A security administrator holds no duty on any claim, ever."""

    code = "registry.duty_barred"


class RegistrarMayNotResolve(NotPermitted):
    """Who registered one of the two claims does not judge whether they are the same."""

    code = "registry.registrar_may_not_resolve"


class InvalidParty(InvalidInput):
    """What was said about the person or organisation cannot be."""

    code = "registry.invalid_party"


class CapacityMismatch(InvalidInput):
    """The capacity does not fit the kind of claimant."""

    code = "registry.capacity_mismatch"


class ThroughClaimInvalid(InvalidInput):
    """An heir claims through another claim of the same case, and only an heir does."""

    code = "registry.through_claim_invalid"


class InvalidFacts(InvalidInput):
    """The facts do not have the shape of facts."""

    code = "registry.invalid_facts"


class InvalidDestination(InvalidInput):
    """Money cannot be sent to what was given."""

    code = "registry.invalid_destination"


class InvalidDeath(InvalidInput):
    """The date of death cannot be, or no evidence of this claim proves it."""

    code = "registry.invalid_death"


class EvidenceRefused(InvalidInput):
    """The file is not of a kind that is kept."""

    code = "registry.evidence_refused"


class InvalidClaimsFile(InvalidInput):
    """A file of claimants has faults; nothing of it was registered."""

    code = "registry.invalid_claims_file"


class EvidenceTooLarge(TooLarge):
    """The file is larger than a piece of evidence may be."""

    code = "registry.evidence_too_large"
