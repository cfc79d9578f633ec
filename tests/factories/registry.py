"""Programmes, claims and all that hangs on them, registered as the service registers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count

from sqlmodel import Session

from reparations.ids import new_id
from reparations.principal import Principal, Role
from reparations.registry import service
from reparations.registry.models import (
    Capacity,
    Claim,
    DuplicateCandidate,
    DuplicateStatus,
    Evidence,
    EvidenceKind,
    PartyKind,
    Programme,
    Rail,
)
from reparations.registry.rules.values import NewDestination, NewHarm, NewParty, NewTie, Registration
from tests.conftest import NOON
from tests.factories.access import make_officer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
"""The smallest file that passes for a picture by its first bytes."""
ELIGIBLE_FACTS: Mapping[str, object] = {
    "capacity": {"value": "direct", "proof": "established"},
    "identity_established": {"value": True, "proof": "established"},
    "attack_site": {"value": "bogoro", "proof": "established"},
    "attack_date": {"value": "2003-02-24", "proof": "established"},
    "present_at_attack": {"value": True, "proof": "established"},
    "harms_complete": {"value": True, "proof": "established"},
    "harms": [
        {
            "kind": {"value": "moral", "proof": "established"},
            "established": {"value": True, "proof": "established"},
        }
    ],
}
_numbers = count(1)


def make_programme(session: Session, *, code: str | None = None, currency: str = "USD") -> Programme:
    return service.create_programme(
        session,
        code=code or f"PROG{next(_numbers)}",
        title="A programme",
        authority="An order of a court, paragraph 1",
        currency=currency,
        officer=make_officer(session, Role.FUND_ADMINISTRATOR),
        at=NOON,
    )


def make_registration(
    *,
    programme_code: str,
    capacity: Capacity = Capacity.DIRECT,
    party: NewParty | None = None,
    party_id: str | None = None,
    facts: Mapping[str, object] = ELIGIBLE_FACTS,
    case_key: str | None = None,
    through_claim_id: str | None = None,
    source_row: str | None = None,
    ties: Sequence[NewTie] = (),
    harms: Sequence[NewHarm] = (),
    destination: NewDestination | None = None,
    has_destination: bool = True,
) -> Registration:
    """A registration of somebody who resembles nobody else."""
    number = next(_numbers)
    if party is None and party_id is None:
        party = make_party_value(capacity)
    if destination is None and has_destination and party_id is None:
        destination = NewDestination(rail=Rail.BANK_FILE, account_holder="A Holder", account=f"TEST{number:010d}")
    return Registration(
        programme_code=programme_code,
        case_key=case_key or f"T-{number:06d}",
        capacity=capacity,
        party=party,
        party_id=party_id,
        facts=facts,  # type: ignore[arg-type]  # the service checks them
        source_row=source_row,
        through_claim_id=through_claim_id,
        ties=ties,
        harms=harms,
        destination=destination,
    )


def make_party_value(capacity: Capacity = Capacity.DIRECT) -> NewParty:
    """A claimant that fits the capacity, with a name of its own."""
    word = _word(next(_numbers))
    if capacity in {Capacity.ORGANISATION, Capacity.COMMUNITY}:
        return NewParty(kind=PartyKind(str(capacity)), family_name=f"House {word}")
    return NewParty(kind=PartyKind.PERSON, family_name=word, given_names=word[::-1])


def make_claim(
    session: Session,
    *,
    programme: Programme | None = None,
    officer: Principal | None = None,
    at: datetime = NOON,
    **registration: object,
) -> Claim:
    """A registered claim with facts and an account; `registration` as in `make_registration`."""
    programme = programme or make_programme(session)
    officer = officer or make_officer(session, Role.CASEWORKER)
    wanted = make_registration(programme_code=programme.code, **registration)  # type: ignore[arg-type]
    return service.register_claim(session, wanted, officer=officer, at=at).claim


def make_evidence(session: Session, claim: Claim, *, officer: Principal, content: bytes = PNG) -> Evidence:
    return service.add_evidence(
        session,
        claim.id,
        kind=EvidenceKind.CIVIL_STATUS,
        title="A certificate",
        content=content,
        officer=officer,
        at=NOON,
    )


def make_duplicate(session: Session, one: Claim, other: Claim) -> DuplicateCandidate:
    """An open pair."""
    first, second = sorted((one.id, other.id))
    pair = DuplicateCandidate(
        id=new_id("dup"),
        claim_a_id=first,
        claim_b_id=second,
        reasons="same_phone",
        status=DuplicateStatus.OPEN,
        found_at=NOON,
    )
    session.add(pair)
    session.flush()
    return pair


def _word(number: int) -> str:
    """A word of consonants that no other number sounds like."""
    letters = []
    while number:
        number, digit = divmod(number, 7)
        letters.append("bdklmnr"[digit])
    return "z" + "a".join(letters) + "a"
