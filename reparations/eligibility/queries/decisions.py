"""Decisions: what is proposed, what is confirmed, what was sent back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.eligibility.errors import DecisionNotFound, ReviewerInvolved
from reparations.eligibility.models import (
    AppealInstance,
    Assessment,
    DecidedOutcome,
    Decision,
    DecisionKind,
    DecisionStatus,
    MassDecision,
    MassMember,
    MassStatus,
    ReturnReason,
    SampleFinding,
)
from reparations.eligibility.queries.determinations import list_determined
from reparations.eligibility.queries.policies import find_policy
from reparations.eligibility.rules import DeterminedAmount
from reparations.registry.models import Claim, Duty, DutyKind
from reparations.registry.queries.chunking import chunks

WAITING = (DecisionStatus.PROPOSED, DecisionStatus.AWAITS_SECOND)
NOT_FINAL = (DecidedOutcome.ASK, DecidedOutcome.SENT_BACK)


def is_standing() -> ColumnElement[bool]:
    """Return the condition that a decision is the one that stands: there is at most one a claim."""
    return (col(Decision.status) == DecisionStatus.CONFIRMED) & col(Decision.outcome).not_in(NOT_FINAL)


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision with the reference of its claim, the assessment it rests on, and where to appeal to next."""

    decision: Decision
    reference: str
    assessment: Assessment
    further: AppealInstance | None = None
    """The next instance, above the first; the first itself is in the rule set."""
    replaces: Decision | None = None
    """The decision it takes the place of."""
    determined: tuple[DeterminedAmount, ...] = ()
    """What a person decided within the ranges of the rules; its reasons are sealed until they are opened."""


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
    further = _list_further(session, [decision for decision in decisions if decision.instance > 0])
    named = [decision.replaces_id for decision in decisions if decision.replaces_id is not None]
    replaced = {
        row.id: row
        for chunk in chunks(named)
        for row in session.exec(select(Decision).where(col(Decision.id).in_(chunk)))
    }
    determined = list_determined(session, [one.determination_id for one in decisions if one.determination_id])
    return [
        DecisionView(
            decision,
            *known[decision.assessment_id],
            further.get(decision.id),
            replaced.get(decision.replaces_id or ""),
            determined.get(decision.determination_id or "", ()),
        )
        for decision in decisions
    ]


def with_reasons(view: DecisionView, determined: tuple[DeterminedAmount, ...]) -> DecisionView:
    """Return the same with what was determined as it was opened."""
    return replace(view, determined=determined)


def _list_further(session: Session, decisions: Sequence[Decision]) -> dict[str, AppealInstance]:
    """Return the next instance of decisions that an instance made, as the policy named it on their day."""
    found: dict[str, AppealInstance] = {}
    for decision in decisions:
        programme_id = session.get_one(Claim, decision.claim_id).programme_id
        policy = find_policy(session, programme_id, on=(decision.confirmed_at or decision.proposed_at).date())
        further = session.get(AppealInstance, (policy.id, decision.instance + 1)) if policy else None
        if further is not None:
            found[decision.id] = further
    return found


def list_proposed(
    session: Session, *, programme_id: str, outcome: str | None, not_by: str, limit: int
) -> Sequence[str]:
    """List the ids of a programme's decisions that wait for somebody else than the person `not_by`, in order."""
    wanted = (
        select(Decision.id)
        .join(Claim, col(Claim.id) == Decision.claim_id)
        .where(Claim.programme_id == programme_id, col(Decision.status).in_(WAITING))
        .where(Decision.kind != DecisionKind.APPEAL, Decision.proposed_by != not_by)
        .where((col(Decision.confirmed_by) != not_by) | col(Decision.confirmed_by).is_(None), ~_is_in_open_mass())
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
                col(Decision.status).in_(WAITING) | is_standing(),
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


def find_standing(session: Session, claim_id: str) -> Decision | None:
    """Return the decision on a claim that stands, if there is one."""
    return session.exec(select(Decision).where(Decision.claim_id == claim_id, is_standing())).one_or_none()


def list_standing(session: Session, claim_ids: Collection[str]) -> dict[str, Decision]:
    """Return the decisions that stand on these claims, by claim."""
    return {
        found.claim_id: found
        for chunk in chunks(claim_ids)
        for found in session.exec(select(Decision).where(col(Decision.claim_id).in_(chunk), is_standing()))
    }


def find_in_open_mass(session: Session, decision_ids: Collection[str]) -> set[str]:
    """Return those of `decision_ids` that wait for a mass decision, or were found in error in its sample."""
    return {
        found
        for chunk in chunks(decision_ids)
        for found in session.exec(select(Decision.id).where(col(Decision.id).in_(chunk), _is_in_open_mass()))
    }


def _is_in_open_mass() -> ColumnElement[bool]:
    waits = (col(MassDecision.status) != MassStatus.CONFIRMED) | (col(MassMember.finding) == SampleFinding.ERROR)
    wanted = select(MassMember.decision_id).join(MassDecision, col(MassDecision.id) == MassMember.mass_id)
    return wanted.where(MassMember.decision_id == Decision.id, waits).exists()


_REVIEWING = (DutyKind.REVIEWER, DutyKind.REVIEW_CONFIRMER, DutyKind.SECOND_CONFIRMER)


def check_new_to_reviewer(
    session: Session, *, claim_id: str, appealed_id: str | None, reference: str, person_id: str
) -> None:
    """Refuse a person who had a part in the claim before the appeal against the decision `appealed_id`.

    Raises:
        ReviewerInvolved: a duty, or a decision that is not of this appeal, names him.
    """
    people = (Decision.proposed_by, Decision.confirmed_by, Decision.second_confirmed_by, Decision.returned_by)
    named = or_(*(col(column) == person_id for column in people))
    another = (col(Decision.kind) != DecisionKind.APPEAL) | (col(Decision.replaces_id) != appealed_id)
    part = select(Decision.id).where(Decision.claim_id == claim_id, named, another)
    duty = select(Duty.claim_id).where(
        Duty.claim_id == claim_id, Duty.person_id == person_id, col(Duty.duty).not_in(_REVIEWING)
    )
    if session.exec(part.limit(1)).first() or session.exec(duty).first():
        raise ReviewerInvolved(
            f"You had an earlier part in {reference}; its appeal is for others.",
            record=reference,
            remedy="Ask somebody who has had none.",
        )
