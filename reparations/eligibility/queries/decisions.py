"""Decisions: what is proposed, what is confirmed, what was sent back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.eligibility.errors import DecisionNotFound
from reparations.eligibility.models import Assessment, DecidedOutcome, Decision, DecisionStatus, ReturnReason
from reparations.registry.models import Claim
from reparations.registry.queries.chunking import chunks


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision with the reference of its claim and the assessment it rests on."""

    decision: Decision
    reference: str
    assessment: Assessment


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
        found += view_decisions(session, rows)
    return found


def view_decisions(session: Session, decisions: Sequence[Decision]) -> list[DecisionView]:
    """Put decisions together with what they are about, in the order given."""
    known: dict[str, tuple[str, Assessment]] = {}
    for chunk in chunks([decision.assessment_id for decision in decisions]):
        wanted = select(Claim.reference, Assessment).join(Claim, col(Claim.id) == Assessment.claim_id)
        for reference, assessment in session.exec(wanted.where(col(Assessment.id).in_(chunk))):
            known[assessment.id] = (reference, assessment)
    return [DecisionView(decision, *known[decision.assessment_id]) for decision in decisions]


def list_proposed(
    session: Session, *, programme_id: str, outcome: str | None, not_by: str, limit: int
) -> Sequence[str]:
    """List the ids of a programme's decisions that wait for somebody else than the person `not_by`, in order."""
    wanted = (
        select(Decision.id)
        .join(Claim, col(Claim.id) == Decision.claim_id)
        .where(Claim.programme_id == programme_id, Decision.status == DecisionStatus.PROPOSED)
        .where(Decision.proposed_by != not_by)
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
        select(Decision)
        .join(Claim, col(Claim.id) == Decision.claim_id)
        .where(Claim.programme_id == programme_id)
        .order_by(col(Decision.id))
        .limit(limit + 1)
    )
    for column, value in ((Claim.office_id, office_id), (Decision.status, status), (Decision.outcome, outcome)):
        if value is not None:
            wanted = wanted.where(column == value)
    return view_decisions(session, session.exec(wanted.where(Decision.id > after) if after else wanted).all())


def list_decisions_of(session: Session, claim: Claim) -> list[DecisionView]:
    """List every decision on a claim, the first proposed first."""
    wanted = select(Decision).where(Decision.claim_id == claim.id).order_by(col(Decision.id))
    return view_decisions(session, session.exec(wanted).all())


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


def list_returned_on_merits(session: Session, claims: Sequence[Claim], *, by: str) -> list[str]:
    """List the references of those of `claims` of which a person returned a decision as wrong in its reasons."""
    references = {claim.id: claim.reference for claim in claims}
    found = {
        claim_id
        for chunk in chunks(references)
        for claim_id in session.exec(
            select(Decision.claim_id).where(
                col(Decision.claim_id).in_(chunk),
                Decision.returned_by == by,
                Decision.return_reason == ReturnReason.REASONS_DO_NOT_HOLD,
            )
        )
    }
    return sorted(references[claim_id] for claim_id in found)
