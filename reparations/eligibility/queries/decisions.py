"""Decisions: what is proposed, what is confirmed, what was sent back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.eligibility.errors import DecisionNotFound
from reparations.eligibility.models import DecidedOutcome, Decision, DecisionStatus
from reparations.registry.models import Claim
from reparations.registry.queries.chunking import chunks


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision with the reference of its claim."""

    decision: Decision
    reference: str


def get_decision(session: Session, decision_id: str) -> Decision:
    """Return a decision.

    Raises:
        DecisionNotFound: there is none.
    """
    found = session.get(Decision, decision_id)
    if found is None:
        raise DecisionNotFound("There is no such decision.", remedy="GET /decisions lists them.")
    return found


def lock_decisions(session: Session, decision_ids: Collection[str]) -> list[DecisionView]:
    """Hold decisions until the transaction ends, in ascending order of their ids.

    Raises:
        DecisionNotFound: one of them does not exist.
    """
    found: list[DecisionView] = []
    for chunk in chunks(decision_ids):
        wanted = for_update(select(Decision).where(col(Decision.id).in_(chunk)).order_by(col(Decision.id)))
        rows = session.exec(wanted.execution_options(populate_existing=True)).all()
        if len(rows) != len(chunk):
            raise DecisionNotFound("One of the decisions does not exist.", remedy="GET /decisions lists them.")
        named = select(Claim.id, Claim.reference).where(col(Claim.id).in_([row.claim_id for row in rows]))
        references: dict[str, str] = dict(session.exec(named).all())
        found += [DecisionView(row, references[row.claim_id]) for row in rows]
    return found


def list_proposed(session: Session, *, programme_id: str, outcome: str | None, limit: int) -> Sequence[str]:
    """List the ids of a programme's decisions that wait for confirmation, in order."""
    wanted = (
        select(Decision.id)
        .join(Claim, col(Claim.id) == Decision.claim_id)
        .where(Claim.programme_id == programme_id, Decision.status == DecisionStatus.PROPOSED)
        .order_by(col(Decision.id))
        .limit(limit)
    )
    return session.exec(wanted.where(Decision.outcome == outcome) if outcome else wanted).all()


def list_decisions(
    session: Session,
    *,
    programme_id: str,
    office_id: str | None,
    status: str | None,
    outcome: str | None,
    after: str | None,
    limit: int,
) -> list[DecisionView]:
    """List decisions by id, `limit` of them and one more if there is one."""
    wanted = (
        select(Decision, Claim.reference)
        .join(Claim, col(Claim.id) == Decision.claim_id)
        .where(Claim.programme_id == programme_id)
        .order_by(col(Decision.id))
        .limit(limit + 1)
    )
    for column, value in ((Claim.office_id, office_id), (Decision.status, status), (Decision.outcome, outcome)):
        if value is not None:
            wanted = wanted.where(column == value)
    rows = session.exec(wanted.where(Decision.id > after) if after else wanted)
    return [DecisionView(decision, reference) for decision, reference in rows]


def list_decisions_of(session: Session, claim: Claim) -> list[DecisionView]:
    """List every decision on a claim, the first proposed first."""
    rows = session.exec(select(Decision).where(Decision.claim_id == claim.id).order_by(col(Decision.id)))
    return [DecisionView(row, claim.reference) for row in rows]


def find_decided(session: Session, claim_ids: Collection[str]) -> set[str]:
    """Return those of `claim_ids` that have a decision waiting for confirmation, or a final one."""
    return {
        found
        for chunk in chunks(claim_ids)
        for found in session.exec(
            select(Decision.claim_id).where(
                col(Decision.claim_id).in_(chunk),
                (col(Decision.status) == DecisionStatus.PROPOSED)
                | ((col(Decision.status) == DecisionStatus.CONFIRMED) & (col(Decision.outcome) != DecidedOutcome.ASK)),
            )
        )
    }
