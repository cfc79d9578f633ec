"""Opening a programme."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry import queries
from reparations.registry.errors import ProgrammeCodeTaken
from reparations.registry.models import Programme, ProgrammeCounter


def create_programme(
    session: Session, *, code: str, title: str, authority: str, currency: str, officer: Principal, at: datetime
) -> Programme:
    """Open a programme and start its numbering.

    Args:
        session: an open transaction.
        code: short name in capitals that begins every reference.
        title: what it is called.
        authority: citation of the order or law it rests on.
        currency: ISO 4217 code in which its awards are made.
        officer: a fund administrator.
        at: now.

    Raises:
        ProgrammeCodeTaken: another programme bears the code.
    """
    if queries.find_programme(session, code) is not None:
        raise ProgrammeCodeTaken(
            "Another programme bears this code.", field="code", record=code, remedy="Choose another code."
        )

    programme = Programme(
        id=new_id("prg"),
        code=code,
        title=title,
        authority=authority,
        currency=currency,
        created_by=officer.person_id,
        created_at=at,
    )
    session.add(programme)
    session.flush()
    session.add(ProgrammeCounter(programme_id=programme.id, next_claim_number=1))
    audit.record(
        session,
        at=at,
        actor=officer,
        action="programme.created",
        subject=programme.id,
        body={"code": code, "currency": currency},
        rows=[programme],
    )
    return programme
