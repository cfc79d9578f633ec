"""Taking the duties of deciding, and keeping away who is recused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.eligibility import queries
from reparations.eligibility.errors import Recused
from reparations.principal import Principal
from reparations.registry.models import Claim, Duty, DutyKind
from reparations.registry.queries.chunking import chunks
from reparations.registry.service import assign_duties

SHOWN = 5


def lock_claims(session: Session, claim_ids: Sequence[str]) -> list[Claim]:
    """Hold claims until the transaction ends, in ascending order of their ids."""
    claims: list[Claim] = []
    for chunk in chunks(claim_ids):
        wanted = for_update(select(Claim).where(col(Claim.id).in_(chunk)).order_by(col(Claim.id)))
        claims += session.exec(wanted.execution_options(populate_existing=True)).all()
    return claims


def take_duty(
    session: Session, claim_ids: Sequence[str], duty: DutyKind, *, officer: Principal, at: datetime
) -> list[Duty]:
    """Take a duty on claims; a claim on which the person holds this very duty already comes back to him.

    Returns:
        the new rows.

    Raises:
        DutyConflict, DutyBarred: see `registry.service.assign_duties`.
    """
    held: set[str] = set()
    for chunk in chunks(claim_ids):
        wanted = select(Duty.claim_id).where(
            col(Duty.claim_id).in_(chunk), Duty.person_id == officer.person_id, Duty.duty == duty
        )
        held.update(session.exec(wanted))
    new = [claim_id for claim_id in claim_ids if claim_id not in held]
    return assign_duties(session, claim_ids=new, officer=officer, duty=duty, at=at) if new else []


def check_not_recused(session: Session, claim_ids: Sequence[str], person_ids: Iterable[str]) -> None:
    """Refuse a deed on claims from which one of the persons is recused.

    Raises:
        Recused: he is, by his own word or that of two others.
    """
    references = queries.find_recused(session, claim_ids, person_ids)
    if references:
        raise Recused(
            f"From {listed(references)} you, or who proposed the decision, are recused.",
            record=references[0],
            remedy="Leave it out; somebody without an interest in it decides. What is proposed can be returned.",
        )


def listed(names: Sequence[str]) -> str:
    """Name the first few and count the rest."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
