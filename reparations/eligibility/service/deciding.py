"""Proposing decisions: one outcome on like claims, each in a row of its own.  Others confirm, see `confirming`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.audit import JsonValue
from reparations.db import Row
from reparations.eligibility import queries, rules
from reparations.eligibility.errors import AssessmentNotFound, ClaimsAlreadyDecided, DecisionRefused
from reparations.eligibility.language import RuleSet
from reparations.eligibility.models import DecidedOutcome, Decision, DecisionStatus, Departure
from reparations.eligibility.queries import DecisionView
from reparations.eligibility.rules import DeterminedAward, NewAmount
from reparations.eligibility.service.determining import determine_award, make_determination
from reparations.eligibility.service.duties import check_not_recused, listed, lock_claims, take_duty
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.errors import ClaimNotFound
from reparations.registry.models import Claim, Duty, DutyKind

MAX_DECISIONS = 500
"""Decisions made in one transaction."""


def propose_decisions(
    session: Session,
    *,
    claim_ids: Sequence[str],
    outcome: DecidedOutcome,
    reasons: Sequence[str] | None = None,
    departure: Departure | None = None,
    decided: Sequence[NewAmount] = (),
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
        decided: on one claim: what he decides of the steps of its award for which the rules give a range.
        officer: a decider; he takes that duty on each claim, save where he only asks.
        at: now.

    Raises:
        ClaimNotFound, AssessmentNotFound, ClaimsAlreadyDecided: on one of the claims.
        AssessmentOutdated, DecisionRefused: see `rules.propose`.
        AmountOutOfRange, MalformedAmount, DecisionRefused: see `determining.determine_award`.
        Recused: the person is, from one of the claims.
        DutyConflict, DutyBarred: see `registry.service.assign_duties`.
    """
    if decided:
        rules.check_amounts_wanted(len(set(claim_ids)), outcome)
    claims = _lock_claims(session, claim_ids)
    check_not_recused(session, claim_ids, [officer.person_id])
    taken = queries.find_decided(session, claim_ids)
    if taken:
        names = sorted(claim.reference for claim in claims if claim.id in taken)
        raise ClaimsAlreadyDecided(
            f"{listed(names)} are decided, or wait for confirmation.", record=names[0], remedy="Leave them out."
        )
    assessed = queries.read_assessed(session, claims, on=at.date(), with_departure=departure is not None)
    appeal = rules_in_force(session, claims[0].programme_id, at=at).appeal
    rows, determined = [], []
    for claim in claims:
        found = assessed.get(claim.id)
        if found is None:
            raise AssessmentNotFound(
                f"{claim.reference} has not been assessed.",
                record=claim.reference,
                remedy="Assess it with POST /assessments.",
            )
        award = determine_award(session, found, decided) if decided else None
        found = replace(found, amount_minor=award.amount_minor) if award else found
        proposal = rules.propose(found, outcome, reasons=reasons, departure=departure)
        row = _decision(found, proposal, appeal_body=appeal.body, officer=officer, at=at)
        rows.append(row)
        if proposal.amount_minor is not None and (award or proposal.departure):
            award = award or DeterminedAward(proposal.amount_minor, ())
            determined.append(make_determination(session, claim, found, award, officer=officer, at=at))
            row.determination_id = determined[-1].determination.id
    duties = (
        take_duty(session, [claim.id for claim in claims], DutyKind.DECIDER, officer=officer, at=at)
        if outcome != DecidedOutcome.ASK
        else []
    )
    numbers = [row for one in determined for row in one.rows]
    _insert(session, numbers, rows)
    views = queries.view_decisions(session, rows)
    log_decisions(
        session,
        "decisions.proposed",
        views,
        officer=officer,
        at=at,
        duties=duties,
        duty=DutyKind.DECIDER,
        rows=numbers,
    )
    return views


def _insert(session: Session, determined: Sequence[Row], decisions: Sequence[Decision]) -> None:
    try:
        with session.begin_nested():
            session.add_all(determined)
            session.flush()  # the database takes a decision only with the amounts it rests on
            session.add_all(decisions)
            session.flush()
    except IntegrityError:
        raise ClaimsAlreadyDecided(
            "Somebody decided one of the claims a moment ago.", remedy="Read them again."
        ) from None


def _lock_claims(session: Session, claim_ids: Sequence[str]) -> list[Claim]:
    if not 1 <= len(set(claim_ids)) <= MAX_DECISIONS:
        raise DecisionRefused(
            f"Between 1 and {MAX_DECISIONS} claims are decided at once.", field="claim_ids", remedy="Split the list."
        )
    claims = lock_claims(session, claim_ids)
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
        appeal_body=None if proposal.outcome is DecidedOutcome.ASK else appeal_body,
        proposed_by=officer.person_id,
        proposed_at=at,
        status=DecisionStatus.PROPOSED.value,
    )


def rules_in_force(session: Session, programme_id: str, *, at: datetime) -> RuleSet:
    """Return the rules in force now."""
    return queries.get_assessor(queries.get_rule_set_in_force(session, programme_id, on=at.date())).rule_set


def log_decisions(  # noqa: PLR0913 what an event says of decisions
    session: Session,
    action: str,
    views: Sequence[DecisionView],
    *,
    officer: Principal,
    at: datetime,
    duties: Sequence[Duty],
    duty: DutyKind | None,
    reason: str | None = None,
    rows: Sequence[Row] = (),
) -> None:
    """Write one event for decisions that one deed touched, with the rows it touched beside them."""
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
        rows=[*(view.decision for view in views), *duties, *rows],
        duty=duty.value if duty else None,
    )
