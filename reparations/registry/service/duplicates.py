"""Finding claims that may be one person's, and recording what a human says of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, col, select

from reparations import audit
from reparations.db import Row
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry import queries
from reparations.registry.errors import DuplicateAlreadyResolved, RegistrarMayNotResolve
from reparations.registry.models import (
    Claim,
    ClaimStatus,
    DuplicateCandidate,
    DuplicateStatus,
    Party,
    PartyMatchKey,
    PaymentDestination,
)
from reparations.registry.rules.registration import check_can_hold_duty, office_scope
from reparations.registry.rules.values import Judgement, ResolutionReason


def add_candidates(session: Session, party: Party, *, at: datetime) -> list[DuplicateCandidate]:
    """Pair every claim of a party with the claims of others who have something telling in common with it.

    Call it after the party, its claims, keys and accounts were flushed, holding the counters of its programmes.  A pair
    that stands already is opened again only by a reason that was not known before.  The caller logs the deed.
    """
    reasons_of = defaultdict[str, set[str]](set)
    for other_party_id, reason in _matches(session, party):
        reasons_of[other_party_id].add(reason)
    own = list(session.exec(select(Claim).where(Claim.party_id == party.id)))
    found: list[DuplicateCandidate] = []
    for other_party_id in sorted(reasons_of):
        others = session.exec(
            select(Claim).where(Claim.party_id == other_party_id, Claim.status != ClaimStatus.WITHDRAWN)
        ).all()
        for mine in own:
            for other in others:
                if mine.programme_id == other.programme_id:
                    found += _open_pair(session, mine, other, reasons_of[other_party_id], at=at)
    session.flush()
    return found


def _open_pair(
    session: Session, mine: Claim, other: Claim, reasons: set[str], *, at: datetime
) -> list[DuplicateCandidate]:
    first, second = sorted((mine.id, other.id))
    known = session.exec(
        select(DuplicateCandidate.reasons).where(
            DuplicateCandidate.claim_a_id == first, DuplicateCandidate.claim_b_id == second
        )
    ).all()
    fresh = reasons - {reason for listed in known for reason in listed.split()}
    if not fresh:
        return []
    pair = DuplicateCandidate(
        id=new_id("dup"),
        claim_a_id=first,
        claim_b_id=second,
        reasons=" ".join(sorted(fresh)),
        status=DuplicateStatus.OPEN,
        found_at=at,
    )
    session.add(pair)
    return [pair]


def _matches(session: Session, party: Party) -> Iterator[tuple[str, str]]:
    """Yield who else has the same index, and which."""
    for reason, column, value in (
        ("same_national_id", Party.national_id_index, party.national_id_index),
        ("same_phone", Party.phone_index, party.phone_index),
        ("same_name_and_birth_year", Party.name_index, party.name_index),
    ):
        if value is not None:
            for found in session.exec(select(Party.id).where(column == value, Party.id != party.id)):
                yield found, reason
    accounts = select(PaymentDestination.account_index).where(PaymentDestination.party_id == party.id)
    for found in session.exec(
        select(PaymentDestination.party_id).where(
            col(PaymentDestination.account_index).in_(accounts), PaymentDestination.party_id != party.id
        )
    ):
        yield found, "same_account"
    keys = select(PartyMatchKey.key).where(PartyMatchKey.party_id == party.id)
    for found, kind in session.exec(
        select(PartyMatchKey.party_id, PartyMatchKey.kind).where(
            col(PartyMatchKey.key).in_(keys), PartyMatchKey.party_id != party.id
        )
    ):
        yield found, kind


def resolve_duplicate(
    session: Session,
    duplicate_id: str,
    *,
    judgement: Judgement,
    reason: ResolutionReason,
    officer: Principal,
    at: datetime,
) -> DuplicateCandidate:
    """Record whether two claims are the same person's.  If they are, the later one is closed; nothing is merged.

    Raises:
        DuplicateNotFound, DuplicateAlreadyResolved, RegistrarMayNotResolve, DutyBarred: see `registry.errors`.
    """
    pair, claims = queries.lock_duplicate(session, duplicate_id, office_id=office_scope(officer))
    check_can_hold_duty(officer)
    if officer.person_id in {claim.registered_by for claim in claims}:
        raise RegistrarMayNotResolve(
            "You registered one of these claims; somebody else judges whether they are the same.",
            record=pair.id,
            remedy="Ask a decider or a caseworker who registered neither.",
        )
    if pair.status != DuplicateStatus.OPEN:
        raise DuplicateAlreadyResolved(
            "Somebody has judged this pair already.", record=pair.id, remedy="Read the judgement in GET /duplicates."
        )

    pair.status = DuplicateStatus(judgement.value)
    pair.resolved_by = officer.person_id
    pair.resolved_at = at
    pair.note_code = reason
    session.add(pair)
    rows: list[Row] = [pair]
    closed: str | None = None
    later = max(claims, key=_number)
    if judgement == Judgement.SAME and later.status == ClaimStatus.OPEN:
        later.status = ClaimStatus.CLOSED_DUPLICATE
        session.add(later)
        rows.append(later)
        closed = later.reference
    audit.record(
        session,
        at=at,
        actor=officer,
        action="duplicate.resolved",
        subject=pair.id,
        body={
            "claims": [claim.reference for claim in claims],
            "judgement": str(judgement),
            "reason": str(reason),
            "closed": closed,
        },
        rows=rows,
    )
    return pair


def _number(claim: Claim) -> int:
    """The claim's number within its programme: the order of registration."""
    return int(claim.reference.rpartition("-")[2])
