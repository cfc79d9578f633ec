"""Declaring that somebody keeps away from a matter: by his own word, or by that of two others."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.audit import JsonValue
from reparations.eligibility import queries
from reparations.eligibility.errors import RecusalRefused, SamePersonConfirms
from reparations.eligibility.models import Recusal, RecusalReason
from reparations.ids import new_id
from reparations.principal import Principal


def declare_recusal(
    session: Session,
    *,
    person_id: str,
    claim_id: str | None = None,
    party_id: str | None = None,
    case_id: str | None = None,
    reason: RecusalReason,
    officer: Principal,
    at: datetime,
) -> Recusal:
    """Declare that a person keeps away from a claim, or from every claim of a party or case, those to come included.

    By his own word it holds at once; another's waits for a second person (see `second_recusal`).

    Raises:
        RecusalRefused: it names no matter, or several; or one that does not exist.
    """
    if sum(one is not None for one in (claim_id, party_id, case_id)) != 1:
        raise RecusalRefused(
            "A recusal is about one claim, one party or one case.", field="claim_id", remedy="Send exactly one of them."
        )
    recusal = Recusal(
        id=new_id("rec"),
        person_id=person_id,
        claim_id=claim_id,
        party_id=party_id,
        case_id=case_id,
        reason=reason.value,
        declared_by=officer.person_id,
        declared_at=at,
    )
    claims = queries.lock_concerned(session, recusal)
    if not claims:
        raise RecusalRefused("There is no claim, or none of that party or case.", remedy="Read the id again.")
    session.add(recusal)
    _record(session, "recusal.declared", recusal, officer=officer, at=at, claims=len(claims))
    return recusal


def second_recusal(session: Session, recusal_id: str, *, officer: Principal, at: datetime) -> Recusal:
    """Second what another declared of a third: from now on that person is recused.

    Raises:
        RecusalNotFound: there is none.
        RecusalRefused: it holds already.
        SamePersonConfirms: the officer declared it, or it is about him.
    """
    recusal = queries.lock_recusal(session, recusal_id)
    if recusal.is_effective:
        raise RecusalRefused("The recusal holds already.", record=recusal.id)
    if officer.person_id in {recusal.declared_by, recusal.person_id}:
        raise SamePersonConfirms(
            "A recusal that others declare takes two of them.", record=recusal.id, remedy="Ask somebody else."
        )
    claims = queries.lock_concerned(session, recusal)
    recusal.seconded_by, recusal.seconded_at = officer.person_id, at
    _record(session, "recusal.seconded", recusal, officer=officer, at=at, claims=len(claims))
    return recusal


def _record(session: Session, action: str, recusal: Recusal, *, officer: Principal, at: datetime, claims: int) -> None:
    body: dict[str, JsonValue] = {"reason": recusal.reason, "holds": recusal.is_effective, "claims": claims}
    audit.record(session, at=at, actor=officer, action=action, subject=recusal.id, body=body, rows=[recusal])
