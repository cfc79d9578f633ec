"""Writing down who does which part on which claim.  The primary key does the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from reparations.db import violated_constraint
from reparations.principal import Principal
from reparations.registry.errors import ClaimNotFound, DutyBarred, DutyConflict
from reparations.registry.models import Claim, Duty, DutyKind, FactsRevision, PaymentDestination
from reparations.registry.queries.chunking import chunks
from reparations.registry.rules.registration import check_can_hold_duty

RECUSED = "duty.recused"
"""What the database says to who is recused from the claim; recusals themselves are the next room's."""
PAYING = frozenset({DutyKind.APPROVER1, DutyKind.APPROVER2, DutyKind.PAYER})
"""Duties of a batch: another batch that pays the same claim may have other people."""
SHOWN = 5
"""How many references an error names before it only counts."""


def assign_duties(
    session: Session,
    *,
    claim_ids: Sequence[str],
    officer: Principal,
    duty: DutyKind | str,
    at: datetime,
    batch_id: str | None = None,
) -> list[Duty]:
    """Give one duty on many claims to the person behind `officer`: on all of them or on none.

    Whether it may be is decided by the keys of the table, also between two transactions at once; what is read
    beforehand only makes the refusal speak.

    Returns:
        the new rows, for the caller to pass to `audit.record` with the deed they belong to.

    Raises:
        DutyBarred: the person administers accounts.
        DutyConflict: on one of the claims the person holds a duty already, has recorded facts or an account, is
            recused, or the duty is another person's of whom there is one.
        ClaimNotFound: one of the claims does not exist.
    """
    check_can_hold_duty(officer)
    kind = DutyKind(duty)
    ids = sorted(set(claim_ids))
    _check_free(session, ids, officer=officer, duty=kind, batch_id=batch_id)
    rows = [
        Duty(claim_id=claim_id, person_id=officer.person_id, duty=kind, at=at, batch_id=batch_id) for claim_id in ids
    ]
    try:
        with session.begin_nested():
            session.add_all(rows)
            session.flush()
    except IntegrityError as error:
        raise _refusal_of(session, error, ids, officer=officer, duty=kind, batch_id=batch_id) from None
    return rows


def _refusal_of(
    session: Session,
    error: IntegrityError,
    ids: Sequence[str],
    *,
    officer: Principal,
    duty: DutyKind,
    batch_id: str | None,
) -> Exception:
    """Say in our words why the database refused."""
    constraint = violated_constraint(error)
    if constraint == "duty.not_for_administrators":
        return DutyBarred(
            "A security administrator takes no part in claims or payments, under any account.",
            remedy="Ask an officer with the role the deed needs.",
        )
    if constraint == RECUSED:
        return DutyConflict(
            "From one of the claims you are recused, by your own word or that of two others.",
            remedy="Leave out the claims you are recused from; GET /recusals lists them.",
        )
    if constraint in {"foreign_key", "fk_duty_claim_id"}:
        return ClaimNotFound("One of the claims does not exist.")
    try:
        _check_free(session, ids, officer=officer, duty=duty, batch_id=batch_id)
    except DutyConflict as conflict:
        return conflict
    return DutyConflict("Somebody took this duty on one of the claims a moment ago.", remedy="Read the claims again.")


def _check_free(
    session: Session, ids: Sequence[str], *, officer: Principal, duty: DutyKind, batch_id: str | None
) -> None:
    mine = col(Duty.person_id) == officer.person_id
    another = col(Duty.duty) == duty
    if duty in PAYING:
        another &= col(Duty.batch_id) == batch_id
    is_single = duty in PAYING or duty == DutyKind.REGISTRAR
    for reason, found in (
        ("you hold another duty", _held(session, ids, mine)),
        ("the duty is another person's", _held(session, ids, another) if is_single else ()),
        ("you recorded the facts or the account", _recorded(session, ids, officer=officer, duty=duty)),
    ):
        references = sorted(found)
        if references:
            more = f" and {len(references) - SHOWN} more" if len(references) > SHOWN else ""
            raise DutyConflict(
                f"On {', '.join(references[:SHOWN])}{more} {reason}; different people must do each part.",
                record=references[0],
                remedy="Ask somebody who has had no part in these claims, or leave them out.",
            )


def _held(session: Session, ids: Sequence[str], which: ColumnElement[bool]) -> Iterator[str]:
    for chunk in chunks(ids):
        yield from session.exec(select(Claim.reference).join(Duty).where(col(Duty.claim_id).in_(chunk), which))


def _recorded(session: Session, ids: Sequence[str], *, officer: Principal, duty: DutyKind) -> Iterator[str]:
    """Yield the claims whose facts or account the person recorded: a registrar may, nobody else."""
    if duty == DutyKind.REGISTRAR:
        return
    facts = select(FactsRevision.claim_id).where(FactsRevision.recorded_by == officer.person_id)
    payees = select(PaymentDestination.party_id).where(PaymentDestination.recorded_by == officer.person_id)
    for chunk in chunks(ids):
        yield from session.exec(
            select(Claim.reference).where(
                col(Claim.id).in_(chunk), or_(col(Claim.id).in_(facts), col(Claim.party_id).in_(payees))
            )
        )
