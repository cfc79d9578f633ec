"""Amounts a person determines within the range the rules give: computed anew with them, stored with the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.db import Row
from reparations.eligibility import queries, rules
from reparations.eligibility.errors import NotReproducible
from reparations.eligibility.language import Explanation, RuleSet, explain
from reparations.eligibility.models import AssessedOutcome, Assessment, Decision, Determination, DeterminedStep
from reparations.eligibility.queries import DecisionView
from reparations.eligibility.rules import Assessed, DeterminedAward, NewAmount
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.models import Claim, FactsRevision
from reparations.registry.queries import get_claim, open_facts
from reparations.registry.rules.registration import check_can_hold_duty, office_scope
from reparations.registry.rules.values import Purpose
from reparations.vault import open_subject


def determine_award(session: Session, assessed: Assessed, amounts: Sequence[NewAmount]) -> DeterminedAward:
    """Compute what a claim would be owed with the amounts a person decided, on the facts of its assessment.

    Raises:
        DecisionRefused, MalformedAmount: see `rules.read_amounts` and `rules.determine`.
        AmountOutOfRange: one lies outside its range.
    """
    assessment = session.get_one(Assessment, assessed.assessment_id)
    assessor = queries.get_assessor(queries.get_rule_set(session, assessment.rule_set_id))
    facts = open_facts(session, session.get_one(FactsRevision, assessment.facts_revision_id))
    decided = rules.read_amounts(assessor.rule_set, amounts, reference=assessed.reference)
    computed = assessor.compute_steps(facts, decided=decided)
    return rules.determine(assessor.rule_set, computed, amounts, decided, reference=assessed.reference)


@dataclass(frozen=True, slots=True)
class Determined:
    """Rows to store, before the decision that rests on them."""

    determination: Determination
    steps: tuple[DeterminedStep, ...]

    @property
    def rows(self) -> list[Row]:
        """All of them."""
        return [self.determination, *self.steps]


def make_determination(
    session: Session, claim: Claim, assessed: Assessed, award: DeterminedAward, *, officer: Principal, at: datetime
) -> Determined:
    """Make the rows of a determination, the reasons sealed with the claimant's key; the caller stores and logs them."""
    determination = Determination(
        id=new_id("det"),
        claim_id=claim.id,
        assessment_id=assessed.assessment_id,
        amount_minor=award.amount_minor,
        determined_by=officer.person_id,
        determined_at=at,
    )
    steps = _seal_steps(session, claim, determination, award) if award.steps else ()
    return Determined(determination, steps)


def _seal_steps(
    session: Session, claim: Claim, determination: Determination, award: DeterminedAward
) -> tuple[DeterminedStep, ...]:
    vault = open_subject(session, claim.party_id)
    return tuple(
        DeterminedStep(
            determination_id=determination.id,
            step=one.step,
            is_money=one.is_money,
            lowest=one.lowest,
            highest=one.highest,
            decided=one.decided,
            reason_sealed=vault.seal(
                place=queries.place_of_reason(determination.id, one.step), plaintext=one.reason or ""
            ),
        )
        for one in award.steps
    )


def check_reproducible(session: Session, views: Sequence[DecisionView]) -> None:
    """Compute again what was determined, before somebody confirms it.

    Raises:
        NotReproducible: rules, facts or amounts are not those it was proposed on.
    """
    for view in views:
        if view.decision.determination_id is not None:
            assessor = queries.get_assessor(queries.get_rule_set(session, view.assessment.rule_set_id))
            facts = open_facts(session, session.get_one(FactsRevision, view.assessment.facts_revision_id))
            amount = assessor.compute_award(facts, decided=queries.as_decided(view.determined))
            _check_same(view.decision, amount, reference=view.reference)


def explain_decision(session: Session, view: DecisionView) -> tuple[RuleSet, Explanation]:
    """Say in words what the rules find with the amounts a decision determined.

    Raises:
        NotReproducible: they do not give the amount decided.
    """
    assessor = queries.get_assessor(queries.get_rule_set(session, view.assessment.rule_set_id))
    facts = open_facts(session, session.get_one(FactsRevision, view.assessment.facts_revision_id))
    findings = assessor.assess(facts, trace=True, decided=queries.as_decided(view.determined))
    if view.determined and view.assessment.outcome == AssessedOutcome.ELIGIBLE_AMOUNT_PENDING:
        _check_same(view.decision, findings.amount_minor, reference=view.reference)
    return assessor.rule_set, explain(assessor.rule_set, findings)


def _check_same(decision: Decision, amount_minor: int | None, *, reference: str) -> None:
    if amount_minor != decision.amount_minor:
        raise NotReproducible(
            f"The stored rules, facts and decided amounts do not give what was decided on {reference}.",
            record=decision.id,
            remedy="Run `reparations audit verify`: it names the row that was changed.",
        )


def log_letter_opening(
    session: Session, decision_id: str, *, purpose: Purpose, officer: Principal, at: datetime
) -> int:
    """Record that an officer reads the reasons of a decision, which are sealed, and why; returns the event's number.

    Raises:
        DecisionNotFound: there is none.
        ClaimNotFound: it is another office's.
        DutyBarred: the officer administers accounts.
    """
    decision = _decision(session, decision_id, officer=officer)
    return audit.record(
        session,
        at=at,
        actor=officer,
        action="decision.reasons_opened",
        subject=decision.id,
        body={"purpose": str(purpose)},
    )


def open_letter(session: Session, decision_id: str, *, officer: Principal) -> tuple[DecisionView, RuleSet]:
    """Return a decision with its reasons opened, after `log_letter_opening` has been committed."""
    decision = _decision(session, decision_id, officer=officer)
    (view,) = queries.view_decisions(session, [decision])
    opened = queries.with_reasons(view, queries.open_determined(session, decision))
    return opened, queries.get_assessor(queries.get_rule_set(session, view.assessment.rule_set_id)).rule_set


def _decision(session: Session, decision_id: str, *, officer: Principal) -> Decision:
    check_can_hold_duty(officer)
    decision = queries.get_decision(session, decision_id)
    get_claim(session, decision.claim_id, office_id=office_scope(officer))
    return decision
