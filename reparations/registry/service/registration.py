"""Registering a claim: who claims, in which case, what they say and how well it is proven, in one deed."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.db import Row
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry import queries
from reparations.registry.errors import AlreadyInCase, InvalidParty, SourceRowTaken
from reparations.registry.models import (
    Claim,
    ClaimStatus,
    DuplicateCandidate,
    DutyKind,
    Harm,
    Party,
    PartyKind,
    PartyMatchKey,
    Programme,
    Relationship,
    VictimCase,
)
from reparations.registry.rules import names
from reparations.registry.rules.destinations import check_destination
from reparations.registry.rules.facts import check_facts
from reparations.registry.rules.registration import (
    check_can_hold_duty,
    check_capacity,
    check_party,
    check_through,
    office_scope,
)
from reparations.registry.rules.values import NewParty, Registration, canonical_json
from reparations.registry.service.destinations import add_destination
from reparations.registry.service.duplicates import add_candidates
from reparations.registry.service.duties import assign_duties
from reparations.registry.service.facts import add_revision
from reparations.vault import blind_index, commitment, create_subject, normalise_digits, open_subject


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registration led to."""

    claim: Claim
    is_new: bool
    """False if the same row with the same content had been registered before: nothing was changed."""
    candidates: Sequence[DuplicateCandidate]
    """The pairs the claim stands in."""


def register_claim(session: Session, registration: Registration, *, officer: Principal, at: datetime) -> Registered:
    """Register a claim with all that is known of it, give it the next number and look for duplicates.

    The same row of a file with the same content again changes nothing and gives the same claim.

    Raises:
        ProgrammeNotFound, PartyNotFound, SourceRowTaken, AlreadyInCase, CapacityMismatch, ThroughClaimInvalid,
        InvalidParty, InvalidFacts, InvalidDestination, DutyBarred: see `registry.errors`.
    """
    check_can_hold_duty(officer)
    registration = replace(registration, facts=check_facts(registration.facts))
    destination = check_destination(registration.destination) if registration.destination else None
    programme = queries.get_programme(session, registration.programme_code)
    counter = queries.lock_counter(session, programme.id)
    if before := _find_before(session, programme, registration, officer=officer):
        return Registered(before, is_new=False, candidates=queries.list_pairs_of(session, before.id))
    case = queries.find_case(session, programme.id, registration.case_key)
    _check_through(session, registration, case=case, officer=officer)

    party, rows = _party(session, registration, case=case, officer=officer, at=at)
    if case is None:
        case = VictimCase(id=new_id("cas"), programme_id=programme.id, reference=registration.case_key, created_at=at)
        session.add(case)
        session.flush()
        rows.append(case)
    claim = Claim(
        id=new_id("clm"),
        programme_id=programme.id,
        case_id=case.id,
        party_id=party.id,
        reference=f"{programme.code}-{counter.next_claim_number:04d}",
        capacity=registration.capacity,
        through_claim_id=registration.through_claim_id,
        office_id=officer.office_id,
        status=ClaimStatus.OPEN,
        registered_by=officer.person_id,
        registered_at=at,
        source_row=registration.source_row,
        registration_commitment=commitment(session, party.id, registration.canonical_bytes()),
    )
    counter.next_claim_number += 1
    session.add_all([claim, counter])
    session.flush()
    rows.append(claim)
    rows += _records(session, registration, claim, officer=officer, at=at)
    if destination is not None:
        rows.append(add_destination(session, party, destination, officer=officer, at=at))
    rows += assign_duties(session, claim_ids=[claim.id], officer=officer, duty=DutyKind.REGISTRAR, at=at)
    session.flush()
    candidates = add_candidates(session, party, at=at)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="claim.registered",
        subject=claim.id,
        body={
            "reference": claim.reference,
            "case": case.reference,
            "capacity": str(registration.capacity),
            "commitment": claim.registration_commitment.hex(),
            "duplicates": len(candidates),
        },
        rows=[*rows, *candidates],
        duty=DutyKind.REGISTRAR,
    )
    return Registered(claim, is_new=True, candidates=candidates)


def _find_before(
    session: Session, programme: Programme, registration: Registration, *, officer: Principal
) -> Claim | None:
    """Return the claim this very registration made before.

    Raises:
        SourceRowTaken: the row was registered with other content, or by another office.
    """
    if registration.source_row is None:
        return None
    claim = queries.find_claim_by_row(session, programme.id, registration.source_row)
    if claim is None:
        return None
    again = commitment(session, claim.party_id, registration.canonical_bytes())
    if claim.office_id != officer.office_id or not hmac.compare_digest(again, claim.registration_commitment):
        raise SourceRowTaken(
            "This row was registered before, with other content.",
            field="source_row",
            record=registration.source_row,
            remedy="Give the row a number of its own, or add what is new as facts of the claim it became.",
        )
    return claim


def _check_through(
    session: Session, registration: Registration, *, case: VictimCase | None, officer: Principal
) -> None:
    through_id = registration.through_claim_id
    through = None
    if through_id is not None:
        through = queries.get_claim(session, through_id, office_id=office_scope(officer))
    check_through(
        registration.capacity,
        through_case_id=through.case_id if through else None,
        case_id=case.id if case else None,
        is_given=through_id is not None,
    )


def _party(
    session: Session, registration: Registration, *, case: VictimCase | None, officer: Principal, at: datetime
) -> tuple[Party, list[Row]]:
    """Return who claims, made anew or known already, and the rows that took."""
    new = registration.party
    if (new is None) == (registration.party_id is None):
        raise InvalidParty(
            "A claim needs either a new claimant or a known one.",
            field="party",
            remedy="Send party for somebody new, party_id for somebody registered before.",
        )
    if new is not None:
        check_capacity(registration.capacity, kind=new.kind)
        check_party(new, today=at.date())
        return _add_party(session, new, officer=officer, at=at)
    party = queries.get_party(session, registration.party_id or "", office_id=officer.office_id)
    check_capacity(registration.capacity, kind=PartyKind(party.kind))
    if registration.destination is not None:
        raise InvalidParty(
            "A known claimant's account is changed by a deed of its own.",
            field="destination",
            remedy="Leave it out here and send it with POST /claims/{id}/destination.",
        )
    if case is not None and queries.find_claim_of_party(session, case.id, party.id) is not None:
        raise AlreadyInCase("This claimant has a claim in the case already.", field="case_key", record=case.reference)
    return party, []


def _add_party(session: Session, new: NewParty, *, officer: Principal, at: datetime) -> tuple[Party, list[Row]]:
    """Seal and index somebody new."""
    party_id = new_id("pty")
    sealed = create_subject(session, party_id, at=at)
    name = {"family_name": new.family_name} | ({"given_names": new.given_names} if new.given_names else {})
    party = Party(
        id=party_id,
        kind=new.kind,
        name_sealed=sealed.seal(place=f"party|name|{party_id}", plaintext=canonical_json(name)),
        profile_sealed=sealed.seal(place=f"party|profile|{party_id}", plaintext=canonical_json(new.profile)),
        name_index=blind_index(session, field="name", value=names.index_name(new)),
        national_id_index=_index_number(session, "national_id", new.national_id),
        phone_index=_index_number(session, "phone", new.phone),
        created_by=officer.person_id,
        created_at=at,
    )
    session.add(party)
    session.flush()
    keys = [
        PartyMatchKey(party_id=party_id, kind=kind, key=blind_index(session, field=kind, value=value))
        for kind, value in names.match_keys(new)
    ]
    session.add_all(keys)
    return party, [party, *keys]


def _index_number(session: Session, field: str, number: str | None) -> bytes | None:
    kept = normalise_digits(number) if number else ""
    return blind_index(session, field=field, value=kept) if kept else None


def _records(
    session: Session, registration: Registration, claim: Claim, *, officer: Principal, at: datetime
) -> list[Row]:
    """Store ties, harms and the first revision of the facts."""
    sealed = open_subject(session, claim.party_id)
    rows: list[Row] = []
    for tie in registration.ties:
        tie_id = new_id("rel")
        rows.append(
            Relationship(
                id=tie_id,
                claim_id=claim.id,
                from_party_id=claim.party_id,
                to_party_id=_succeeded(session, registration),
                kind_sealed=sealed.seal(
                    place=f"relationship|kind|{tie_id}",
                    plaintext=canonical_json({"kind": tie.kind, "proof": tie.proof}),
                ),
                recorded_by=officer.person_id,
                recorded_at=at,
            )
        )
    for harm in registration.harms:
        harm_id = new_id("hrm")
        rows.append(
            Harm(
                id=harm_id,
                claim_id=claim.id,
                harm_sealed=sealed.seal(
                    place=f"harm|harm|{harm_id}",
                    plaintext=canonical_json({"kind": harm.kind, "proof": harm.proof}),
                ),
                recorded_by=officer.person_id,
                recorded_at=at,
            )
        )
    session.add_all(rows)
    rows.append(add_revision(session, claim, number=1, facts=registration.facts, officer=officer, at=at))
    return rows


def _succeeded(session: Session, registration: Registration) -> str | None:
    """Return the party an heir succeeds; the tie of anybody else runs to the victim of the case."""
    through_id = registration.through_claim_id
    return queries.get_claim(session, through_id).party_id if through_id else None
