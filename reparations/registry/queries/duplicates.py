"""Pairs of claims that may be one person's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from reparations.db import for_update
from reparations.registry.errors import DuplicateNotFound
from reparations.registry.models import Claim, DuplicateCandidate, DuplicateStatus
from reparations.registry.queries.chunking import chunks


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair of claims as it may be shown: references and reasons, never a person."""

    candidate: DuplicateCandidate
    reference_a: str
    reference_b: str


def find_open_duplicates(session: Session, claim_ids: Collection[str]) -> set[str]:
    """Return those of `claim_ids` that nobody has cleared of being a duplicate yet: none of them may be paid."""
    found: set[str] = set()
    for chunk in chunks(claim_ids):
        for column in (DuplicateCandidate.claim_a_id, DuplicateCandidate.claim_b_id):
            wanted = select(column).where(DuplicateCandidate.status == DuplicateStatus.OPEN, col(column).in_(chunk))
            found.update(session.exec(wanted))
    return found


def list_pairs_of(session: Session, claim_id: str) -> Sequence[DuplicateCandidate]:
    """List every pair a claim stands in, whatever was said of it, by id."""
    wanted = select(DuplicateCandidate).where(
        or_(DuplicateCandidate.claim_a_id == claim_id, DuplicateCandidate.claim_b_id == claim_id)
    )
    return session.exec(wanted.order_by(col(DuplicateCandidate.id))).all()


def list_duplicates(
    session: Session, *, office_id: str | None, status: str | None, after: str | None, limit: int
) -> Sequence[DuplicateCandidate]:
    """List pairs of which at least one claim is the office's, `limit` of them and one more if there is one."""
    wanted = select(DuplicateCandidate).order_by(col(DuplicateCandidate.id)).limit(limit + 1)
    if office_id is not None:
        own = select(Claim.id).where(Claim.office_id == office_id)
        wanted = wanted.where(
            or_(col(DuplicateCandidate.claim_a_id).in_(own), col(DuplicateCandidate.claim_b_id).in_(own))
        )
    if status is not None:
        wanted = wanted.where(DuplicateCandidate.status == status)
    return session.exec(wanted.where(DuplicateCandidate.id > after) if after else wanted).all()


def view_pairs(session: Session, candidates: Sequence[DuplicateCandidate]) -> list[PairView]:
    """Give pairs the references of their claims."""
    ids = {claim_id for one in candidates for claim_id in (one.claim_a_id, one.claim_b_id)}
    references: dict[str, str] = {}
    for chunk in chunks(ids):
        references.update(
            (claim_id, reference)
            for claim_id, reference in session.exec(select(Claim.id, Claim.reference).where(col(Claim.id).in_(chunk)))
        )
    return [PairView(one, references[one.claim_a_id], references[one.claim_b_id]) for one in candidates]


def lock_duplicate(
    session: Session, duplicate_id: str, *, office_id: str | None
) -> tuple[DuplicateCandidate, list[Claim]]:
    """Hold a pair and its two claims, in ascending order of their ids.

    Raises:
        DuplicateNotFound: there is none, or neither claim is the office's.
    """
    pair = session.exec(
        for_update(select(DuplicateCandidate).where(DuplicateCandidate.id == duplicate_id)).execution_options(
            populate_existing=True
        )
    ).one_or_none()
    claims: list[Claim] = []
    if pair is not None:
        both = select(Claim).where(col(Claim.id).in_([pair.claim_a_id, pair.claim_b_id])).order_by(col(Claim.id))
        claims = list(session.exec(for_update(both).execution_options(populate_existing=True)).all())
    if pair is None or (office_id is not None and office_id not in {claim.office_id for claim in claims}):
        raise DuplicateNotFound("There is no such pair.", remedy="List the pairs of your office with GET /duplicates.")
    return pair, claims
