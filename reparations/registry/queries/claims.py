"""Programmes, cases and claims."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, or_, select

from reparations.db import for_update
from reparations.registry.errors import ClaimNotFound, ProgrammeNotFound
from reparations.registry.models import Claim, ClaimStatus, Duty, Programme, ProgrammeCounter, VictimCase


def find_programme(session: Session, code: str) -> Programme | None:
    """Return the programme with this code, if there is one."""
    return session.exec(select(Programme).where(Programme.code == code)).one_or_none()


def get_programme(session: Session, code_or_id: str) -> Programme:
    """Return a programme by its code or id.

    Raises:
        ProgrammeNotFound: there is none.
    """
    found = session.exec(
        select(Programme).where(or_(Programme.code == code_or_id, Programme.id == code_or_id))
    ).one_or_none()
    if found is None:
        raise ProgrammeNotFound("There is no such programme.", remedy="List them with GET /programmes.")
    return found


def list_programmes(session: Session, *, after: str | None, limit: int) -> Sequence[Programme]:
    """List programmes by id, `limit` of them and one more if there is one."""
    wanted = select(Programme).order_by(col(Programme.id)).limit(limit + 1)
    return session.exec(wanted.where(Programme.id > after) if after else wanted).all()


def lock_counter(session: Session, programme_id: str) -> ProgrammeCounter:
    """Hold the counter of a programme, and with it every registration into it, until the transaction ends."""
    return session.exec(for_update(select(ProgrammeCounter).where(ProgrammeCounter.programme_id == programme_id))).one()


def get_claim(session: Session, claim_id: str, *, office_id: str | None = None) -> Claim:
    """Return a claim.

    Raises:
        ClaimNotFound: there is none, or it is another office's.
    """
    return _one_claim(session.get(Claim, claim_id), office_id)


def lock_claim(session: Session, claim_id: str, *, office_id: str | None = None) -> Claim:
    """Return a claim and hold it until the transaction ends; see `get_claim`."""
    wanted = for_update(select(Claim).where(Claim.id == claim_id)).execution_options(populate_existing=True)
    return _one_claim(session.exec(wanted).one_or_none(), office_id)


def _one_claim(claim: Claim | None, office_id: str | None) -> Claim:
    if claim is None or office_id not in {None, claim.office_id}:
        raise ClaimNotFound("There is no such claim.", remedy="List the claims of your office with GET /claims.")
    return claim


def find_claim_by_row(session: Session, programme_id: str, source_row: str) -> Claim | None:
    """Return the claim that a row of an imported file became."""
    wanted = select(Claim).where(Claim.programme_id == programme_id, Claim.source_row == source_row)
    return session.exec(wanted).one_or_none()


def list_claims(
    session: Session,
    *,
    office_id: str | None,
    programme_id: str | None = None,
    status: str | None = None,
    capacity: str | None = None,
    reference: str | None = None,
    after: str | None,
    limit: int,
) -> Sequence[Claim]:
    """List claims by id, `limit` of them and one more if there is one."""
    wanted = select(Claim).order_by(col(Claim.id)).limit(limit + 1)
    for column, value in (
        (Claim.office_id, office_id),
        (Claim.programme_id, programme_id),
        (Claim.status, status),
        (Claim.capacity, capacity),
        (Claim.reference, reference),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return session.exec(wanted.where(Claim.id > after) if after else wanted).all()


def list_claims_to_assess(session: Session, programme_id: str, *, after: str | None, limit: int) -> Sequence[Claim]:
    """List the open claims of a programme by id, from the one after `after` on, at most `limit`."""
    wanted = select(Claim).where(Claim.programme_id == programme_id, Claim.status == ClaimStatus.OPEN)
    wanted = wanted.order_by(col(Claim.id)).limit(limit)
    return session.exec(wanted.where(Claim.id > after) if after else wanted).all()


def list_claim_ids_to_assess(session: Session, programme_id: str, *, after: str | None, limit: int) -> Sequence[str]:
    """List the same by their ids alone."""
    wanted = select(Claim.id).where(Claim.programme_id == programme_id, Claim.status == ClaimStatus.OPEN)
    wanted = wanted.order_by(col(Claim.id)).limit(limit)
    return session.exec(wanted.where(Claim.id > after) if after else wanted).all()


def find_case(session: Session, programme_id: str, reference: str) -> VictimCase | None:
    """Return the case with this key in a programme, if there is one."""
    wanted = select(VictimCase).where(VictimCase.programme_id == programme_id, VictimCase.reference == reference)
    return session.exec(wanted).one_or_none()


def get_case(session: Session, case_id: str) -> VictimCase:
    """Return a case that a claim names."""
    return session.exec(select(VictimCase).where(VictimCase.id == case_id)).one()


def list_duties(session: Session, claim_id: str) -> Sequence[Duty]:
    """List who did what on a claim, in the order it was done."""
    return session.exec(select(Duty).where(Duty.claim_id == claim_id).order_by(col(Duty.at), col(Duty.duty))).all()


def find_claim_of_party(session: Session, case_id: str, party_id: str) -> Claim | None:
    """Return the claim a party has in a case, if there is one."""
    return session.exec(select(Claim).where(Claim.case_id == case_id, Claim.party_id == party_id)).one_or_none()
