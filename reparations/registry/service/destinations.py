"""Recording where a claimant is to be paid."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from reparations import audit
from reparations.db import Row
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry import queries
from reparations.registry.errors import AlreadyDeceased, DestinationUnchanged
from reparations.registry.models import Claim, DestinationStatus, Party, PaymentDestination
from reparations.registry.rules.destinations import Destination, check_destination
from reparations.registry.rules.values import NewDestination, canonical_json
from reparations.registry.service.duplicates import add_candidates
from reparations.registry.service.facts import check_open, check_other_eyes
from reparations.vault import blind_index, open_subject


def record_destination(
    session: Session, claim_id: str, *, new: NewDestination, officer: Principal, at: datetime
) -> PaymentDestination:
    """Record a new account for a claimant; the one before is superseded, not lost.

    An account that another claimant has too opens a pair of possible duplicates: both wait until somebody has looked.

    Raises:
        ClaimNotFound, ClaimNotOpen, AlreadyDeceased, InvalidDestination, DestinationUnchanged, DutyConflict,
        DutyBarred: see `registry.errors`.
    """
    party_id = queries.get_claim(session, claim_id, office_id=officer.office_id).party_id
    # Two claimants who name the same account at once must see one another.
    for programme_id in _programmes_of(session, party_id):
        queries.lock_counter(session, programme_id)
    claim = queries.lock_claim(session, claim_id, office_id=officer.office_id)
    party = queries.lock_party(session, party_id)
    check_open(claim)
    check_other_eyes(session, claim, officer=officer)
    if party.deceased:
        raise AlreadyDeceased(
            "The claimant has died; nothing is paid to them any more.",
            record=claim.reference,
            remedy="Register the heirs, each with an account of their own.",
        )
    checked = check_destination(new)
    before = queries.find_destination(session, party.id)
    if before is not None and queries.open_destination(session, before) == checked.details:
        raise DestinationUnchanged(
            "The account in force is this one.", record=claim.reference, remedy="Nothing is to be done."
        )

    rows: list[Row] = []
    if before is not None:
        before.status = DestinationStatus.SUPERSEDED
        session.add(before)
        session.flush()
        rows.append(before)
    destination = add_destination(session, party, checked, officer=officer, at=at)
    rows.append(destination)
    session.flush()
    candidates = add_candidates(session, party, at=at)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="destination.recorded",
        subject=party.id,
        body={
            "reference": claim.reference,
            "destination": destination.id,
            "rail": str(checked.rail),
            "duplicates": len(candidates),
        },
        rows=[*rows, *candidates],
    )
    return destination


def add_destination(
    session: Session, party: Party, checked: Destination, *, officer: Principal, at: datetime
) -> PaymentDestination:
    """Seal a checked destination and store it as the active one; the caller logs the deed it is part of."""
    destination_id = new_id("dst")
    destination = PaymentDestination(
        id=destination_id,
        party_id=party.id,
        rail=checked.rail,
        details_sealed=open_subject(session, party.id).seal(
            place=f"payment_destination|details|{destination_id}", plaintext=canonical_json(checked.details)
        ),
        account_index=blind_index(session, field="account", value=f"{checked.rail}|{checked.account}"),
        status=DestinationStatus.ACTIVE,
        recorded_by=officer.person_id,
        recorded_at=at,
    )
    session.add(destination)
    return destination


def _programmes_of(session: Session, party_id: str) -> list[str]:
    wanted = select(Claim.programme_id).where(Claim.party_id == party_id).distinct()
    return list(session.exec(wanted.order_by(col(Claim.programme_id))))
