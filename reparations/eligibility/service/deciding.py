"""Decisions by people: one proposes, another confirms or returns.  Like claims are decided together, each in a row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from reparations import audit
from reparations.audit import JsonValue
from reparations.db import for_update
from reparations.eligibility import queries, rules
from reparations.eligibility.errors import AssessmentNotFound, ClaimsAlreadyDecided, DecisionRefused
from reparations.eligibility.language import RuleSet
from reparations.eligibility.models import DecidedOutcome, Decision, DecisionStatus, Departure, ReturnReason
from reparations.eligibility.queries import DecisionView
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.errors import ClaimNotFound
from reparations.registry.models import Claim, Duty, DutyKind
from reparations.registry.queries.chunking import chunks
from reparations.registry.service import assign_duties

MAX_DECISIONS = 500
"""Decisions made in one transaction."""
_SHOWN = 5


def propose_decisions(
    session: Session,
    *,
    claim_ids: Sequence[str],
    outcome: DecidedOutcome,
    reasons: Sequence[str] | None = None,
    departure: Departure | None = None,
    officer: Principal,
    at: datetime,
) -> list[DecisionView]:
    """Propose one outcome on many claims of one programme: on all of them or on none.

    Args:
        session: of the deed.
        claim_ids: at most `MAX_DECISIONS`.
        outcome: what is proposed on each.
        reasons: criterion codes that hold on each of them; None takes each claim's own.
        departure: why, where the rules found something else.
        officer: a decider; he takes that duty on each claim, save where he only asks.
        at: now.

    Raises:
        ClaimNotFound, AssessmentNotFound, ClaimsAlreadyDecided: on one of the claims.
        AssessmentOutdated, DecisionRefused: see `rules.propose`.
        DutyConflict, DutyBarred: see `registry.service.assign_duties`.
    """
    claims = _lock_claims(session, claim_ids)
    taken = queries.find_decided(session, claim_ids)
    if taken:
        names = sorted(claim.reference for claim in claims if claim.id in taken)
        raise ClaimsAlreadyDecided(
            f"{_listed(names)} are decided, or wait for confirmation.", record=names[0], remedy="Leave them out."
        )
    assessed = queries.read_assessed(session, claims, on=at.date(), with_departure=departure is not None)
    appeal = _rules_in_force(session, claims[0].programme_id, at=at).appeal
    rows = []
    for claim in claims:
        found = assessed.get(claim.id)
        if found is None:
            raise AssessmentNotFound(
                f"{claim.reference} has not been assessed.",
                record=claim.reference,
                remedy="Assess it with POST /assessments.",
            )
        proposal = rules.propose(found, outcome, reasons=reasons, departure=departure)
        rows.append(_decision(found, proposal, appeal_body=appeal.body, officer=officer, at=at))
    duties = (
        _take_duty(session, claims, DutyKind.DECIDER, officer=officer, at=at) if outcome != DecidedOutcome.ASK else []
    )
    try:
        with session.begin_nested():
            session.add_all(rows)
            session.flush()
    except IntegrityError:
        raise ClaimsAlreadyDecided(
            "Somebody decided one of the claims a moment ago.", remedy="Read them again."
        ) from None
    views = queries.view_decisions(session, rows)
    _log(session, "decisions.proposed", views, officer=officer, at=at, duties=duties, duty=DutyKind.DECIDER)
    return views


def _lock_claims(session: Session, claim_ids: Sequence[str]) -> list[Claim]:
    if not 1 <= len(set(claim_ids)) <= MAX_DECISIONS:
        raise DecisionRefused(
            f"Between 1 and {MAX_DECISIONS} claims are decided at once.", field="claim_ids", remedy="Split the list."
        )
    claims: list[Claim] = []
    for chunk in chunks(claim_ids):
        wanted = for_update(select(Claim).where(col(Claim.id).in_(chunk)).order_by(col(Claim.id)))
        claims += session.exec(wanted.execution_options(populate_existing=True)).all()
    if len(claims) != len(set(claim_ids)):
        raise ClaimNotFound("One of the claims does not exist.", remedy="List them with GET /claims.")
    if len({claim.programme_id for claim in claims}) != 1:
        raise DecisionRefused("The claims are of several programmes.", field="claim_ids", remedy="Decide each apart.")
    return claims


def _decision(
    assessed: rules.Assessed, proposal: rules.Proposal, *, appeal_body: str, officer: Principal, at: datetime
) -> Decision:
    return Decision(
        id=new_id("dec"),
        claim_id=assessed.claim_id,
        assessment_id=assessed.assessment_id,
        outcome=proposal.outcome.value,
        departs=proposal.departure is not None,
        departure=proposal.departure.value if proposal.departure else None,
        reasons=json.dumps(proposal.reasons),
        amount_minor=proposal.amount_minor,
        appeal_body=appeal_body if proposal.outcome is DecidedOutcome.NOT_ELIGIBLE else None,
        proposed_by=officer.person_id,
        proposed_at=at,
        status=DecisionStatus.PROPOSED.value,
    )


def _rules_in_force(session: Session, programme_id: str, *, at: datetime) -> RuleSet:
    return queries.get_assessor(queries.get_rule_set_in_force(session, programme_id, on=at.date())).rule_set


def _take_duty(
    session: Session, claims: Sequence[Claim], duty: DutyKind, *, officer: Principal, at: datetime
) -> list[Duty]:
    """Take a duty on claims; a claim on which the person holds this very duty already comes back to him."""
    held: set[str] = set()
    for chunk in chunks([claim.id for claim in claims]):
        wanted = select(Duty.claim_id).where(
            col(Duty.claim_id).in_(chunk), Duty.person_id == officer.person_id, Duty.duty == duty
        )
        held.update(session.exec(wanted))
    new = [claim.id for claim in claims if claim.id not in held]
    return assign_duties(session, claim_ids=new, officer=officer, duty=duty, at=at) if new else []


def confirm_decisions(
    session: Session, *, decision_ids: Sequence[str], officer: Principal, at: datetime
) -> list[DecisionView]:
    """Confirm proposed decisions, all of them or none; from then on they stand, and a refusal's time to appeal runs.

    Raises:
        DecisionNotFound, DecisionNotOpen, SamePersonConfirms: on one of the decisions.
        AssessmentOutdated: facts or rules have changed since it was proposed; return it instead.
        DutyConflict, DutyBarred: the person had another part in one of the claims.
    """
    views, claims = _lock_for_settling(session, decision_ids, officer=officer)
    days: dict[str, int] = {}
    for programme_id in sorted({claim.programme_id for claim in claims}):
        own = [claim for claim in claims if claim.programme_id == programme_id]
        for found in queries.read_assessed(session, own, on=at.date(), with_departure=False).values():
            rules.check_decidable(found)
        appeal = _rules_in_force(session, programme_id, at=at).appeal
        days.update({claim.id: appeal.days for claim in own})
    rules.check_not_own_opinion(queries.list_returned_on_merits(session, claims, by=officer.person_id))
    duties = _take_duty(session, _of_finals(views, claims), DutyKind.CONFIRMER, officer=officer, at=at)
    for view in views:
        decision = view.decision
        decision.status = DecisionStatus.CONFIRMED.value
        decision.confirmed_by = officer.person_id
        decision.confirmed_at = at
        if decision.outcome == DecidedOutcome.NOT_ELIGIBLE:
            decision.appeal_until = rules.compute_appeal_until(at.date(), days[decision.claim_id])
    _log(session, "decisions.confirmed", views, officer=officer, at=at, duties=duties, duty=DutyKind.CONFIRMER)
    return views


def _of_finals(views: Sequence[DecisionView], claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims on which more is decided than a question: only those take duties."""
    final = {view.decision.claim_id for view in views if view.decision.outcome != DecidedOutcome.ASK}
    return [claim for claim in claims if claim.id in final]


def _lock_for_settling(
    session: Session, decision_ids: Sequence[str], *, officer: Principal
) -> tuple[list[DecisionView], list[Claim]]:
    if not 1 <= len(set(decision_ids)) <= MAX_DECISIONS:
        raise DecisionRefused(
            f"Between 1 and {MAX_DECISIONS} decisions are settled at once.",
            field="decision_ids",
            remedy="Split the list.",
        )
    claim_ids = [
        claim_id
        for chunk in chunks(decision_ids)
        for claim_id in session.exec(select(Decision.claim_id).where(col(Decision.id).in_(chunk)))
    ]
    claims = [
        claim
        for chunk in chunks(claim_ids)
        for claim in session.exec(for_update(select(Claim).where(col(Claim.id).in_(chunk)).order_by(col(Claim.id))))
    ]
    views = queries.lock_decisions(session, decision_ids)
    for view in views:
        rules.check_confirmable(
            view.decision.status, proposed_by=view.decision.proposed_by, officer=officer, reference=view.reference
        )
    return views, claims


def return_decisions(
    session: Session, *, decision_ids: Sequence[str], reason: ReturnReason, officer: Principal, at: datetime
) -> list[DecisionView]:
    """Send proposed decisions back, all of them or none; that decider or another proposes anew.

    Who returns takes the confirmer's duty, so he will never propose on the claim.  If he returns because the reasons
    do not hold, he has said what he thinks of it, and somebody else confirms the next one.

    Raises:
        DecisionNotFound, DecisionNotOpen, SamePersonConfirms: on one of the decisions.
        DutyConflict, DutyBarred: the person had another part in one of the claims.
    """
    views, claims = _lock_for_settling(session, decision_ids, officer=officer)
    duties = _take_duty(session, _of_finals(views, claims), DutyKind.CONFIRMER, officer=officer, at=at)
    for view in views:
        view.decision.status = DecisionStatus.RETURNED.value
        view.decision.returned_by = officer.person_id
        view.decision.returned_at = at
        view.decision.return_reason = reason.value
    duty = DutyKind.CONFIRMER if duties else None
    _log(session, "decisions.returned", views, officer=officer, at=at, duties=duties, duty=duty, reason=reason.value)
    return views


def _log(
    session: Session,
    action: str,
    views: Sequence[DecisionView],
    *,
    officer: Principal,
    at: datetime,
    duties: Sequence[Duty],
    duty: DutyKind | None,
    reason: str | None = None,
) -> None:
    outcomes: dict[str, int] = {}
    for view in views:
        outcomes[view.decision.outcome] = outcomes.get(view.decision.outcome, 0) + 1
    body: dict[str, JsonValue] = {"count": len(views), "outcomes": dict(outcomes)}
    if reason is not None:
        body["reason"] = reason
    audit.record(
        session,
        at=at,
        actor=officer,
        action=action,
        subject=views[0].decision.id,
        body=body,
        rows=[*(view.decision for view in views), *duties],
        duty=duty.value if duty else None,
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
