"""Mass decisions: like claims decided in one deed, after others reviewed a drawn sample claim by claim."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from reparations import audit
from reparations.audit import JsonValue
from reparations.db import Row
from reparations.eligibility import queries, rules
from reparations.eligibility.errors import ClaimsAlreadyDecided, MassDecisionNotOpen, MassDecisionRefused
from reparations.eligibility.models import (
    AssessedOutcome,
    Assessment,
    DecidedOutcome,
    DecidingPolicy,
    Decision,
    DecisionStatus,
    MassDecision,
    MassMember,
    MassStatus,
    PublishedRuleSet,
    ReturnReason,
    SampleFinding,
)
from reparations.eligibility.queries import MassGroup
from reparations.eligibility.service.deciding import rules_in_force
from reparations.eligibility.service.duties import check_not_recused, lock_claims, take_duty
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.models import DutyKind, Programme
from reparations.registry.queries.chunking import chunks

SEED_BYTES = 32


def propose_mass_decision(
    session: Session,
    programme: Programme,
    *,
    outcome: AssessedOutcome,
    reasons: Sequence[str] | None = None,
    limit: int = rules.MAX_MASS,
    officer: Principal,
    at: datetime,
) -> MassDecision:
    """Propose what the rules found on like claims, in one deed, and draw the sample that others review.

    Claims are alike that one rule set found eligible, or not, for the same reasons.  Each gets a decision of its own.
    Left out are those on which the officer has no business.

    Args:
        session: of the deed.
        programme: whose claims.
        outcome: eligible or not eligible, as the rules found; nobody departs from them in a mass.
        reasons: the group's criterion codes; None takes the largest group.
        limit: at most so many claims, and never more than 10,000.
        officer: a decider; he takes that duty on each claim.
        at: now.

    Raises:
        NoRuleSetInForce: the programme has none.
        MassDecisionRefused: no published policy says how the sample is drawn, or no claim is alike so.
        ClaimsAlreadyDecided: somebody decided one of them a moment ago.
    """
    policy = queries.find_policy(session, programme.id, on=at.date())
    if policy is None:
        raise MassDecisionRefused(
            f"{programme.code} has no deciding policy that says how many are reviewed, and how many may be wrong.",
            record=programme.code,
            remedy="Have one published: POST /programmes/{code}/deciding-policies.",
        )
    published = queries.get_rule_set_in_force(session, programme.id, on=at.date())
    group = _choose_group(
        queries.list_groups(
            session, published, outcome=outcome, person_id=officer.person_id, limit=min(limit, rules.MAX_MASS)
        ),
        reasons,
    )
    claim_ids = [assessment.claim_id for assessment in group.assessments]
    lock_claims(session, claim_ids)
    mass = _mass_decision(policy, published, group, outcome=_DECIDES[outcome], officer=officer, at=at)
    appeal_body = rules_in_force(session, programme.id, at=at).appeal.body
    decisions = [
        _decision(assessment, mass, appeal_body=appeal_body, officer=officer, at=at) for assessment in group.assessments
    ]
    duties = take_duty(session, claim_ids, DutyKind.DECIDER, officer=officer, at=at)
    sampled = rules.draw_sample(claim_ids, seed=mass.sample_seed, size=mass.sample_size)
    members = _insert(session, mass, decisions, sampled=sampled)
    _record(session, "mass.proposed", mass, officer=officer, at=at, rows=[*decisions, *members, *duties])
    return mass


def _mass_decision(
    policy: DecidingPolicy,
    published: PublishedRuleSet,
    group: MassGroup,
    *,
    outcome: DecidedOutcome,
    officer: Principal,
    at: datetime,
) -> MassDecision:
    claims = len(group.assessments)
    return MassDecision(
        id=new_id("mas"),
        programme_id=policy.programme_id,
        rule_set_id=published.id,
        policy_id=policy.id,
        outcome=outcome.value,
        reasons=json.dumps(group.reasons),
        claims=claims,
        sample_size=rules.compute_sample_size(
            claims,
            tolerance_bp=policy.tolerance_bp,
            confidence_bp=policy.confidence_bp,
            floor=policy.sample_floor,
        ),
        sample_seed=secrets.token_hex(SEED_BYTES),
        tolerance_bp=policy.tolerance_bp,
        confidence_bp=policy.confidence_bp,
        proposed_by=officer.person_id,
        proposed_at=at,
        status=MassStatus.PROPOSED.value,
    )


_DECIDES: Mapping[AssessedOutcome, DecidedOutcome] = {
    AssessedOutcome.ELIGIBLE: DecidedOutcome.ELIGIBLE,
    AssessedOutcome.NOT_ELIGIBLE: DecidedOutcome.NOT_ELIGIBLE,
}


def _choose_group(groups: Sequence[MassGroup], reasons: Sequence[str] | None) -> MassGroup:
    for group in groups:
        if reasons is None or group.reasons == tuple(reasons):
            return group
    raise MassDecisionRefused(
        "No claims you may decide on are alike so.",
        field="reasons",
        remedy="Assess the programme; GET /assessments lists what waits for a decision.",
    )


def _decision(
    assessment: Assessment, mass: MassDecision, *, appeal_body: str, officer: Principal, at: datetime
) -> Decision:
    return Decision(
        id=new_id("dec"),
        claim_id=assessment.claim_id,
        assessment_id=assessment.id,
        outcome=mass.outcome,
        departs=False,
        reasons=mass.reasons,
        amount_minor=assessment.computed_amount_minor if mass.outcome == DecidedOutcome.ELIGIBLE else None,
        appeal_body=appeal_body,
        proposed_by=officer.person_id,
        proposed_at=at,
        status=DecisionStatus.PROPOSED.value,
    )


def _insert(
    session: Session, mass: MassDecision, decisions: Sequence[Decision], *, sampled: set[str]
) -> list[MassMember]:
    members = [MassMember(decision_id=one.id, mass_id=mass.id, is_sampled=one.claim_id in sampled) for one in decisions]
    try:
        with session.begin_nested():
            session.add(mass)
            session.add_all(decisions)
            session.flush()
            session.add_all(members)
            session.flush()
    except IntegrityError:
        raise ClaimsAlreadyDecided(
            "Somebody decided one of the claims a moment ago.", remedy="Propose the mass decision again."
        ) from None
    return members


def review_sample(
    session: Session, mass_id: str, *, findings: Mapping[str, SampleFinding], officer: Principal, at: datetime
) -> MassDecision:
    """Write down what a review of sampled claims found, each once.

    The reviewer takes the sampler's duty on each, so he neither confirms them nor ever decides or pays them.

    Args:
        session: of the deed.
        mass_id: a proposed mass decision.
        findings: by decision.
        officer: neither who proposed it nor who will confirm it.
        at: now.

    Raises:
        MassDecisionNotFound, MassDecisionNotOpen, SamePersonConfirms: see `rules.mass.check_reviewable`.
        MassDecisionRefused: one of the decisions is not in the sample, or was reviewed.
        Recused, DutyConflict, DutyBarred: the officer has no business in one of the claims.
    """
    mass = queries.get_mass_decision(session, mass_id)
    wanted = [
        row for row in queries.list_members(session, mass.id, sampled_only=True) if row[0].decision_id in findings
    ]
    lock_claims(session, [decision.claim_id for _, decision, _ in wanted])
    mass = queries.lock_mass_decision(session, mass_id)
    rules.check_reviewable(mass, officer=officer)
    if len(wanted) != len(findings) or any(member.finding is not None for member, _, _ in wanted):
        raise MassDecisionRefused(
            "One of the decisions is not in the sample, or has been reviewed.",
            field="findings",
            record=mass.id,
            remedy="GET /mass-decisions/{id}/sample lists what is to be reviewed.",
        )
    claim_ids = [decision.claim_id for _, decision, _ in wanted]
    check_not_recused(session, claim_ids, [officer.person_id])
    duties = take_duty(session, claim_ids, DutyKind.SAMPLER, officer=officer, at=at)
    for member, _decision_row, _reference in wanted:
        member.finding = findings[member.decision_id].value
        member.reviewed_by, member.reviewed_at = officer.person_id, at
    rows = [*(member for member, _, _ in wanted), *duties]
    _record(session, "mass.reviewed", mass, officer=officer, at=at, rows=rows, duty=DutyKind.SAMPLER)
    return mass


def confirm_mass_decision(session: Session, mass_id: str, *, officer: Principal, at: datetime) -> MassDecision:
    """Confirm a mass decision whose reviewed sample keeps within the tolerance; publish the error rate.

    What was found in error is returned.  What the programme's policy asks a third person for, by amount or by lot,
    awaits him; the others stand.

    Raises:
        MassDecisionNotFound, SamePersonConfirms: see `rules.mass.check_reviewable`.
        MassDecisionNotOpen: it is settled, or the sample is not reviewed.
        SampleOutOfTolerance: the upper bound of the error rate lies above the tolerance.
        AssessmentOutdated: facts or rules of one of the claims have changed; return that decision first.
        Recused, DutyConflict, DutyBarred: the officer has no business in one of the claims.
    """
    mass, members = _lock(session, mass_id, officer=officer)
    errors, bound = _compute_rate(session, mass)
    rules.check_within_tolerance(mass, errors=errors, upper_bound_ppm=bound)
    open_rows = [(member, decision) for member, decision, _ in members if decision.status == DecisionStatus.PROPOSED]
    claims = lock_claims(session, [decision.claim_id for _, decision in open_rows])
    for found in queries.read_assessed(session, claims, on=at.date(), with_departure=False).values():
        rules.check_decidable(found)
    check_not_recused(session, [claim.id for claim in claims], [officer.person_id, mass.proposed_by])
    duties = take_duty(session, [claim.id for claim in claims], DutyKind.CONFIRMER, officer=officer, at=at)
    mass.errors, mass.upper_bound_ppm = errors, bound
    mass.status, mass.settled_by, mass.settled_at = MassStatus.CONFIRMED.value, officer.person_id, at
    session.flush()
    _settle(session, mass, open_rows, officer=officer, at=at)
    rows = [*_reload(session, [decision.id for _, decision in open_rows]), *duties]
    _record(session, "mass.confirmed", mass, officer=officer, at=at, rows=rows, duty=DutyKind.CONFIRMER)
    return mass


def _settle(
    session: Session,
    mass: MassDecision,
    open_rows: Sequence[tuple[MassMember, Decision]],
    *,
    officer: Principal,
    at: datetime,
) -> None:
    """Let each decision stand, await a third person, or go back, in one statement a kind and chunk."""
    policy = queries.find_policy(session, mass.programme_id, on=at.date())
    returned = [decision.id for member, decision in open_rows if member.finding == SampleFinding.ERROR]
    third = [
        decision.id
        for member, decision in open_rows
        if member.finding != SampleFinding.ERROR
        and rules.asks_third(
            policy, claim_id=decision.claim_id, outcome=decision.outcome, amount_minor=decision.amount_minor
        )
    ]
    settled = {*returned, *third}
    stands = [decision.id for _, decision in open_rows if decision.id not in settled]
    days = rules_in_force(session, mass.programme_id, at=at).appeal.days
    confirmed: dict[str, object] = {"confirmed_by": officer.person_id, "confirmed_at": at}
    until = rules.compute_appeal_until(at.date(), days)
    _update(session, stands, {**confirmed, "status": DecisionStatus.CONFIRMED.value, "appeal_until": until})
    _update(session, third, {**confirmed, "status": DecisionStatus.AWAITS_SECOND.value})
    _update(session, returned, _returned(officer, ReturnReason.REASONS_DO_NOT_HOLD, at=at))


def return_mass_decision(
    session: Session, mass_id: str, *, reason: ReturnReason, officer: Principal, at: datetime
) -> MassDecision:
    """Send a mass decision back, with every decision of it that is open; the claims can be decided anew.

    Raises:
        MassDecisionNotFound, MassDecisionNotOpen, SamePersonConfirms: see `rules.mass.check_reviewable`.
        Recused, DutyConflict, DutyBarred: the officer has no business in one of the claims.
    """
    mass, members = _lock(session, mass_id, officer=officer)
    open_ids = {decision.id: decision.claim_id for _, decision, _ in members if decision.status == "proposed"}
    check_not_recused(session, list(open_ids.values()), [officer.person_id])
    duties = take_duty(session, sorted(open_ids.values()), DutyKind.CONFIRMER, officer=officer, at=at)
    findings = queries.count_findings(session, mass.id)
    if not findings.get(None):
        mass.errors, mass.upper_bound_ppm = _compute_rate(session, mass)
    mass.status, mass.settled_by, mass.settled_at = MassStatus.RETURNED.value, officer.person_id, at
    session.flush()
    _update(session, list(open_ids), _returned(officer, reason, at=at))
    rows = [*_reload(session, list(open_ids)), *duties]
    _record(session, "mass.returned", mass, officer=officer, at=at, rows=rows, duty=DutyKind.CONFIRMER)
    return mass


def _lock(
    session: Session, mass_id: str, *, officer: Principal
) -> tuple[MassDecision, list[tuple[MassMember, Decision, str]]]:
    """Hold the claims, then the mass decision; read its decisions anew."""
    queries.get_mass_decision(session, mass_id)
    claim_ids = [decision.claim_id for _, decision, _ in queries.list_members(session, mass_id, sampled_only=False)]
    lock_claims(session, claim_ids)
    mass = queries.lock_mass_decision(session, mass_id)
    rules.check_reviewable(mass, officer=officer)
    return mass, queries.list_members(session, mass_id, sampled_only=False)


def _compute_rate(session: Session, mass: MassDecision) -> tuple[int, int]:
    findings = queries.count_findings(session, mass.id)
    if findings.get(None):
        raise MassDecisionNotOpen(
            f"{findings[None]} of the sample are not reviewed yet.",
            record=mass.id,
            remedy="GET /mass-decisions/{id}/sample lists them.",
        )
    errors = findings.get(SampleFinding.ERROR.value, 0)
    bound = rules.compute_upper_bound_ppm(
        errors, sample_size=mass.sample_size, claims=mass.claims, confidence_bp=mass.confidence_bp
    )
    return errors, bound


def _returned(officer: Principal, reason: ReturnReason, *, at: datetime) -> dict[str, object]:
    return {
        "status": DecisionStatus.RETURNED.value,
        "returned_by": officer.person_id,
        "returned_at": at,
        "return_reason": reason.value,
    }


def _update(session: Session, decision_ids: Sequence[str], values: Mapping[str, object]) -> None:
    for chunk in chunks(decision_ids):
        statement = update(Decision).where(col(Decision.id).in_(chunk)).values(**values)
        session.connection().execute(statement)


def _reload(session: Session, decision_ids: Sequence[str]) -> list[Decision]:
    found: list[Decision] = []
    for chunk in chunks(decision_ids):
        wanted = select(Decision).where(col(Decision.id).in_(chunk)).execution_options(populate_existing=True)
        found += session.exec(wanted).all()
    return found


def _record(
    session: Session,
    action: str,
    mass: MassDecision,
    *,
    officer: Principal,
    at: datetime,
    rows: Sequence[Row],
    duty: DutyKind = DutyKind.DECIDER,
) -> None:
    body: dict[str, JsonValue] = {
        "outcome": mass.outcome,
        "claims": mass.claims,
        "sample_size": mass.sample_size,
        "errors": mass.errors,
        "upper_bound_ppm": mass.upper_bound_ppm,
        "tolerance_bp": mass.tolerance_bp,
    }
    audit.record(
        session, at=at, actor=officer, action=action, subject=mass.id, body=body, rows=[mass, *rows], duty=duty.value
    )
