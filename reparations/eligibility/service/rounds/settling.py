"""Confirming a round, which fixes its numbers and holds its money, or withdrawing it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.audit import RowDigest
from reparations.db import Row
from reparations.eligibility.errors import NotReproducible, RoundNotOpen, RoundOutdated, SamePersonConfirms
from reparations.eligibility.models import PaymentRound, RoundStatus, TermsSource
from reparations.eligibility.queries.rounds import list_results, list_round_funds, lock_round
from reparations.eligibility.rules.rounds import compute_result_digest, read_terms
from reparations.eligibility.service.rounds.gathering import NewRound, PoolPart, compute
from reparations.ledger import postings
from reparations.ledger.service import post
from reparations.money import Money
from reparations.principal import Principal
from reparations.registry.models import Programme


def confirm_round(
    session: Session, programme: Programme, number: int, *, officer: Principal, at: datetime
) -> PaymentRound:
    """Confirm a round that somebody else proposed: its numbers are fixed, and its money is an obligation of its funds.

    From here on nothing else can spend that money; `carry_out_round` then makes the awards, their funding and their
    instalments, part by part.

    Raises:
        RoundNotFound: there is none of this number.
        RoundNotOpen: it is not waiting for confirmation.
        SamePersonConfirms: the officer proposed it.
        RoundOutdated: claims, decisions, funding or money have changed since it was computed.
        NotReproducible: its stored lines are not those that were computed; somebody changed a row.
        AwardsNotCovered: somebody else committed the money a moment ago.
    """
    row = lock_round(session, programme.id, number)
    _check_proposed(row, programme)
    if row.proposed_by == officer.person_id:
        raise SamePersonConfirms(
            f"You proposed round {number} of {programme.code}; somebody else confirms it.",
            record=row.id,
            remedy="Ask another fund administrator.",
        )
    _check_unchanged(session, row, programme, at=at)
    _check_stored(session, row, programme)
    rows: list[Row | RowDigest] = [row]
    row.confirmed_by, row.confirmed_at, row.status = officer.person_id, at, RoundStatus.CONFIRMED.value
    session.flush()
    held = {
        part.row.fund_id: Money(part.row.allotted_minor, row.currency)
        for part in list_round_funds(session, [row.id])[row.id]
        if part.row.allotted_minor
    }
    if held:
        transfers = postings.round_recognised(row.id, funding=held)
        entry_id = f"round-{row.id}-recognised"
        rows.append(post(session, entry_id=entry_id, transfers=transfers, occurred_on=at.date(), at=at).digest)
    else:
        row.status, row.completed_at = RoundStatus.COMPLETED.value, at
    _record(session, "round.confirmed", row, programme, officer=officer, at=at, rows=rows)
    return row


def withdraw_round(
    session: Session, programme: Programme, number: int, *, officer: Principal, at: datetime
) -> PaymentRound:
    """Withdraw a round before anybody has confirmed it; its number is used up.

    Raises:
        RoundNotFound: there is none of this number.
        RoundNotOpen: it is not waiting for confirmation.
    """
    row = lock_round(session, programme.id, number)
    _check_proposed(row, programme)
    row.withdrawn_by, row.withdrawn_at, row.status = officer.person_id, at, RoundStatus.WITHDRAWN.value
    _record(session, "round.withdrawn", row, programme, officer=officer, at=at, rows=[row])
    return row


def _check_proposed(row: PaymentRound, programme: Programme) -> None:
    if row.status != RoundStatus.PROPOSED:
        raise RoundNotOpen(
            f"Round {row.number} of {programme.code} is {row.status}.",
            record=row.id,
            remedy="Only a proposed round is confirmed or withdrawn.",
        )


def _check_unchanged(session: Session, row: PaymentRound, programme: Programme, *, at: datetime) -> None:
    """Compute the round again from what is known now, by today's rules and today's money."""
    pool = [
        PoolPart(part.code, Money(part.row.asked_minor, row.currency))
        for part in list_round_funds(session, [row.id])[row.id]
    ]
    again = NewRound(read_terms(row.terms), TermsSource(row.terms_source), row.citation, pool, row.cut_off_on)
    computed = compute(session, programme, again, on=at.date())
    if (computed.inputs_sha256, computed.result_sha256) != (row.inputs_sha256, row.result_sha256):
        raise RoundOutdated(
            f"Claims, decisions, funding or money have changed since round {row.number} of {programme.code} was"
            " computed; nobody is paid by numbers that do not hold any more.",
            record=row.id,
            remedy="Withdraw it and propose it again: the lots stay the same.",
        )


def _check_stored(session: Session, row: PaymentRound, programme: Programme) -> None:
    """Hash the lines as they are stored: what is confirmed is what was computed, line by line."""
    if compute_result_digest(row.outcome, list_results(session, row.id)) != row.result_sha256:
        raise NotReproducible(
            f"The stored lines of round {row.number} of {programme.code} are not those that were computed.",
            record=row.id,
            remedy="Run `reparations audit verify`: it names the row that was changed; then withdraw the round.",
        )


def _record(
    session: Session,
    action: str,
    row: PaymentRound,
    programme: Programme,
    *,
    officer: Principal,
    at: datetime,
    rows: list[Row | RowDigest],
) -> None:
    audit.record(
        session,
        at=at,
        actor=officer,
        action=action,
        subject=row.id,
        body={"programme": programme.code, "number": row.number, "result_sha256": row.result_sha256.hex()},
        rows=rows,
    )
