"""Confirming and returning decisions: another person always, a third where the programme's policy asks one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session, col, select

from reparations.db import Row
from reparations.eligibility import queries, rules
from reparations.eligibility.errors import AssessmentOutdated, DecisionRefused, MassDecisionNotOpen
from reparations.eligibility.models import (
    Appeal,
    AppealStatus,
    DecidedOutcome,
    DecidingPolicy,
    Decision,
    DecisionKind,
    DecisionStatus,
    ReturnReason,
)
from reparations.eligibility.queries import DecisionView, Instance
from reparations.eligibility.rules import Ruling
from reparations.eligibility.service.deciding import MAX_DECISIONS, log_decisions, rules_in_force
from reparations.eligibility.service.determining import check_reproducible
from reparations.eligibility.service.duties import check_not_recused, lock_claims, take_duty
from reparations.principal import Principal
from reparations.registry.models import Claim, Duty, DutyKind
from reparations.registry.queries.chunking import chunks


@dataclass(slots=True)
class _Procedure:
    """What the programmes of the claims ask, looked up once each."""

    session: Session
    on: date
    _policies: dict[str, DecidingPolicy | None] = field(default_factory=dict)
    _instances: dict[tuple[str, int], Instance | None] = field(default_factory=dict)

    def policy(self, programme_id: str) -> DecidingPolicy | None:
        if programme_id not in self._policies:
            self._policies[programme_id] = queries.find_policy(self.session, programme_id, on=self.on)
        return self._policies[programme_id]

    def appeal_until(self, decision: Decision, programme_id: str, *, at: datetime) -> date | None:
        if decision.appeal_body is None:
            return None
        key = (programme_id, decision.instance + 1)
        if key not in self._instances:
            rule_set = rules_in_force(self.session, programme_id, at=at)
            self._instances[key] = queries.find_instance(
                self.session, rule_set, programme_id=programme_id, instance=key[1], on=self.on
            )
        way = self._instances[key]
        # A ladder shortened since the proposal leaves the term of its first instance.
        days = way.days if way else rules_in_force(self.session, programme_id, at=at).appeal.days
        return rules.compute_appeal_until(self.on, days)


def confirm_decisions(
    session: Session, *, decision_ids: Sequence[str], officer: Principal, at: datetime
) -> list[DecisionView]:
    """Confirm decisions, all of them or none.

    A decision stands from then on, and its time to appeal runs; or it awaits a third person, who confirms it by this
    same deed, if the programme's policy asks one: above its amount, or by lot.

    Raises:
        DecisionNotFound, DecisionNotOpen, SamePersonConfirms: on one of the decisions.
        MassDecisionNotOpen: one is part of a mass decision that is not confirmed.
        AssessmentOutdated: facts or rules have changed since it was proposed; return it instead.
        NotReproducible: rules, facts and the amounts a person decided do not give the amount proposed.
        Recused, ReviewerInvolved: the person has no business with one of the claims.
        DutyConflict, DutyBarred: the person had another part in one of the claims.
    """
    views, claims = _lock_for_settling(session, decision_ids, officer=officer)
    _check_current(session, views, claims, at=at)
    check_reproducible(session, views)
    rules.check_not_own_opinion(queries.list_returned_on_merits(session, claims, by=officer.person_id))
    proposers = {view.decision.proposed_by for view in views}
    check_not_recused(session, [claim.id for claim in claims], [officer.person_id, *proposers])
    duties = _take_duties(session, views, officer=officer, at=at)
    procedure = _Procedure(session, at.date())
    programmes = {claim.id: claim.programme_id for claim in claims}
    standing = [
        view.decision
        for view in views
        if _will_stand(view.decision, procedure.policy(programmes[view.decision.claim_id]))
    ]
    until = {one.id: procedure.appeal_until(one, programmes[one.claim_id], at=at) for one in standing}
    rows = replace_decisions(session, standing)
    for view in views:
        _confirm(view.decision, stands=view.decision.id in until, officer=officer, at=at)
        view.decision.appeal_until = until.get(view.decision.id)
    session.flush()
    rows += _close_appeals(session, standing, at=at)
    kind = DutyKind(duties[0].duty) if duties else DutyKind.CONFIRMER
    log_decisions(session, "decisions.confirmed", views, officer=officer, at=at, duties=duties, duty=kind, rows=rows)
    return views


def _will_stand(decision: Decision, policy: DecidingPolicy | None) -> bool:
    """Say whether the decision stands once this officer confirms it."""
    return decision.status == DecisionStatus.AWAITS_SECOND or not rules.asks_third(
        policy, claim_id=decision.claim_id, outcome=decision.outcome, amount_minor=decision.amount_minor
    )


def _confirm(decision: Decision, *, stands: bool, officer: Principal, at: datetime) -> None:
    if decision.status == DecisionStatus.AWAITS_SECOND:
        decision.second_confirmed_by, decision.second_confirmed_at = officer.person_id, at
    else:
        decision.confirmed_by, decision.confirmed_at = officer.person_id, at
    decision.status = (DecisionStatus.CONFIRMED if stands else DecisionStatus.AWAITS_SECOND).value


def replace_decisions(session: Session, standing: Sequence[Decision]) -> list[Row]:
    """Set aside what corrections and decisions on appeals take the place of, before these stand."""
    replaced: list[Row] = []
    wanted = sorted(decision.replaces_id for decision in standing if decision.replaces_id is not None)
    for view in queries.lock_decisions(session, wanted):
        view.decision.status = DecisionStatus.REPLACED.value
        replaced.append(view.decision)
    session.flush()
    return replaced


def _close_appeals(session: Session, standing: Sequence[Decision], *, at: datetime) -> list[Row]:
    """Say what the decisions on appeals changed."""
    closed: list[Row] = []
    for decision in standing:
        if decision.kind != DecisionKind.APPEAL:
            continue
        wanted = select(Appeal).where(Appeal.result_decision_id == decision.id, Appeal.status == AppealStatus.OPEN)
        appeal = session.exec(wanted.execution_options(populate_existing=True)).one()
        before = session.get_one(Decision, appeal.decision_id)
        appeal.result = rules.compute_result(
            Ruling(before.outcome, before.amount_minor), Ruling(decision.outcome, decision.amount_minor)
        ).value
        appeal.status, appeal.closed_at = AppealStatus.DECIDED.value, at
        closed.append(appeal)
    session.flush()
    return closed


def _check_current(session: Session, views: Sequence[DecisionView], claims: Sequence[Claim], *, at: datetime) -> None:
    """Refuse what newer facts or rules have overtaken.  A correction or an appeal's decision rests on the assessment
    it names, whatever rules came into force since.
    """
    original = {view.decision.claim_id for view in views if view.decision.kind == DecisionKind.ORIGINAL}
    for programme_id in sorted({claim.programme_id for claim in claims}):
        own = [claim for claim in claims if claim.programme_id == programme_id and claim.id in original]
        for found in queries.read_assessed(session, own, on=at.date(), with_departure=False).values():
            rules.check_decidable(found)
    others = [view for view in views if view.decision.claim_id not in original]
    current = queries.list_current(session, [view.decision.claim_id for view in others])
    for view in others:
        if current[view.decision.claim_id].id != view.decision.assessment_id:
            raise AssessmentOutdated(
                f"{view.reference} has been assessed anew since the decision was proposed.",
                record=view.reference,
                remedy="Return it, and propose it on the newer assessment.",
            )


def _take_duties(session: Session, views: Sequence[DecisionView], *, officer: Principal, at: datetime) -> list[Duty]:
    """Take the duty that each decision needs of who settles it now; a question needs none."""
    wanted: dict[DutyKind, list[str]] = {}
    for view in views:
        decision = view.decision
        if decision.outcome == DecidedOutcome.ASK:
            continue
        if decision.kind == DecisionKind.APPEAL:
            queries.check_new_to_reviewer(
                session,
                claim_id=decision.claim_id,
                appealed_id=decision.replaces_id,
                reference=view.reference,
                person_id=officer.person_id,
            )
        wanted.setdefault(_settling_duty(decision), []).append(decision.claim_id)
    return [duty for kind in sorted(wanted) for duty in take_duty(session, wanted[kind], kind, officer=officer, at=at)]


def _settling_duty(decision: Decision) -> DutyKind:
    if decision.status == DecisionStatus.AWAITS_SECOND:
        return DutyKind.SECOND_CONFIRMER
    return DutyKind.REVIEW_CONFIRMER if decision.kind == DecisionKind.APPEAL else DutyKind.CONFIRMER


def _lock_for_settling(
    session: Session, decision_ids: Sequence[str], *, officer: Principal, within_mass: bool = False
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
    claims = lock_claims(session, claim_ids)
    views = queries.lock_decisions(session, decision_ids)
    for view in views:
        rules.check_confirmable(view.decision, officer=officer, reference=view.reference)
    if not within_mass and (blocked := queries.find_in_open_mass(session, decision_ids)):
        raise MassDecisionNotOpen(
            "One of the decisions is part of a mass decision that is not confirmed, or was found in error there.",
            record=min(blocked),
            remedy="Confirm the mass decision as a whole, or return this one.",
        )
    return views, claims


def return_decisions(
    session: Session, *, decision_ids: Sequence[str], reason: ReturnReason, officer: Principal, at: datetime
) -> list[DecisionView]:
    """Send decisions back, all of them or none; that decider or another proposes anew.

    Who returns takes the duty of who would have confirmed, so he will never propose on the claim.  If he returns
    because the reasons do not hold, he has said what he thinks of it, and somebody else confirms the next one.

    Raises:
        DecisionNotFound, DecisionNotOpen, SamePersonConfirms: on one of the decisions.
        Recused, ReviewerInvolved: the person has no business with one of the claims.
        DutyConflict, DutyBarred: the person had another part in one of the claims.
    """
    views, claims = _lock_for_settling(session, decision_ids, officer=officer, within_mass=True)
    check_not_recused(session, [claim.id for claim in claims], [officer.person_id])
    duties = _take_duties(session, views, officer=officer, at=at)
    for view in views:
        view.decision.status = DecisionStatus.RETURNED.value
        view.decision.returned_by = officer.person_id
        view.decision.returned_at = at
        view.decision.return_reason = reason.value
    kind = DutyKind(duties[0].duty) if duties else None
    log_decisions(
        session, "decisions.returned", views, officer=officer, at=at, duties=duties, duty=kind, reason=reason.value
    )
    return views
