"""People and where they are to be paid."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.registry.errors import PartyNotFound
from reparations.registry.models import Claim, DestinationStatus, Party, PaymentDestination
from reparations.registry.queries.chunking import chunks
from reparations.vault import open_subject, open_subjects


def get_party(session: Session, party_id: str, *, office_id: str | None = None) -> Party:
    """Return a party.

    Raises:
        PartyNotFound: there is none, or none with a claim in this office.
    """
    party = session.get(Party, party_id)
    if party is not None and office_id is not None:
        wanted = select(Claim.id).where(Claim.party_id == party_id, Claim.office_id == office_id).limit(1)
        party = party if session.exec(wanted).first() else None
    if party is None:
        raise PartyNotFound(
            "There is no such person or organisation.",
            field="party_id",
            remedy="Register the claimant anew under `party`; duplicates are found afterwards.",
        )
    return party


def lock_party(session: Session, party_id: str) -> Party:
    """Hold a party that a claim names until the transaction ends."""
    wanted = for_update(select(Party).where(Party.id == party_id)).execution_options(populate_existing=True)
    return session.exec(wanted).one()


def find_deceased(session: Session, party_ids: Collection[str]) -> set[str]:
    """Return those of `party_ids` whose death is recorded: nothing may be paid to them."""
    return {
        found
        for chunk in chunks(party_ids)
        for found in session.exec(select(Party.id).where(col(Party.id).in_(chunk), col(Party.deceased).is_(True)))
    }


def open_name(session: Session, party: Party) -> str:
    """Open a party's full name."""
    sealed = open_subject(session, party.id)
    name: dict[str, str] = json.loads(sealed.open(place=f"party|name|{party.id}", sealed=party.name_sealed))
    return " ".join(name[part] for part in ("given_names", "family_name") if part in name)


def open_profile(session: Session, party: Party) -> dict[str, str]:
    """Open what is known of a party besides the name, and the day of death if there is one."""
    sealed = open_subject(session, party.id)
    profile: dict[str, str] = json.loads(sealed.open(place=f"party|profile|{party.id}", sealed=party.profile_sealed))
    if party.died_on_sealed is not None:
        profile["died_on"] = sealed.open(place=f"party|died_on|{party.id}", sealed=party.died_on_sealed)
    return profile


def open_many_profiles(session: Session, party_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Open what is known of many parties besides their names, by party: for counting them, never to show one."""
    vaults = open_subjects(session, party_ids)
    return {
        party.id: json.loads(vaults[party.id].open(place=f"party|profile|{party.id}", sealed=party.profile_sealed))
        for chunk in chunks(party_ids)
        for party in session.exec(select(Party).where(col(Party.id).in_(chunk)))
    }


def find_destination(session: Session, party_id: str) -> PaymentDestination | None:
    """Return where a party is to be paid now, if that is known."""
    wanted = select(PaymentDestination).where(
        PaymentDestination.party_id == party_id, PaymentDestination.status == DestinationStatus.ACTIVE
    )
    return session.exec(wanted).one_or_none()


def find_destinations(session: Session, party_ids: Collection[str]) -> dict[str, PaymentDestination]:
    """Return the active destinations of those of `party_ids` who have one, by party."""
    return {
        found.party_id: found
        for chunk in chunks(party_ids)
        for found in session.exec(
            select(PaymentDestination).where(
                col(PaymentDestination.party_id).in_(chunk), PaymentDestination.status == DestinationStatus.ACTIVE
            )
        )
    }


def open_destination(session: Session, destination: PaymentDestination) -> dict[str, str]:
    """Open the details of a destination.

    Returns:
        for ``bank_file``: account_holder, account (no spaces), account_kind (``iban`` or ``other``) and bic if known;
        for ``stripe``: stripe_account.
    """
    sealed = open_subject(session, destination.party_id)
    details: dict[str, str] = json.loads(
        sealed.open(place=f"payment_destination|details|{destination.id}", sealed=destination.details_sealed)
    )
    return details
