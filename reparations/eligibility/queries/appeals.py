"""Appeals as they are lodged, admitted and decided."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.eligibility.errors import AppealNotFound
from reparations.eligibility.models import Appeal
from reparations.registry.models import Claim


def lock_appeal(session: Session, appeal_id: str) -> tuple[Appeal, Claim]:
    """Hold an appeal's claim, then the appeal, and return both.

    Raises:
        AppealNotFound: there is none.
    """
    found = session.get(Appeal, appeal_id)
    if found is None:
        raise AppealNotFound("There is no such appeal.", remedy="GET /appeals lists them.")
    refreshed = {"populate_existing": True}
    claim = session.exec(for_update(select(Claim).where(Claim.id == found.claim_id)).execution_options(**refreshed))
    held = claim.one()
    appeal = session.exec(for_update(select(Appeal).where(Appeal.id == appeal_id)).execution_options(**refreshed))
    return appeal.one(), held


def list_appeals(
    session: Session,
    *,
    programme_id: str | None = None,
    claim_id: str | None = None,
    office_id: str | None = None,
    status: str | None = None,
    after: str | None = None,
    limit: int,
) -> Sequence[tuple[Appeal, str]]:
    """List appeals with the references of their claims, by id; `limit` of them and one more."""
    wanted = select(Appeal, Claim.reference).join(Claim, col(Claim.id) == Appeal.claim_id)
    for column, value in (
        (Claim.programme_id, programme_id),
        (Appeal.claim_id, claim_id),
        (Claim.office_id, office_id),
        (Appeal.status, status),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    wanted = wanted.order_by(col(Appeal.id)).limit(limit + 1)
    return session.exec(wanted.where(Appeal.id > after) if after else wanted).all()
