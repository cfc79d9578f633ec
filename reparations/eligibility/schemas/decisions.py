"""Decisions as they are proposed, settled and told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from reparations.eligibility import rules
from reparations.eligibility.language import RuleSet
from reparations.eligibility.models import (
    AppealResult,
    AssessedOutcome,
    CorrectionReason,
    DecidedOutcome,
    DecisionKind,
    DecisionStatus,
    Departure,
    ReturnReason,
)
from reparations.eligibility.queries import DecisionView
from reparations.eligibility.schemas.fields import (
    FREE_TEXT,
    ClaimId,
    CriterionCode,
    DecisionId,
    MoneyView,
    ProgrammeCode,
)
from reparations.eligibility.service import MAX_DECISIONS
from reparations.http import Body
from reparations.money import Money
from reparations.registry.rules.values import Purpose


class DecidedIn(Body):
    """What a person decides of one step of an award, within the range the rules give."""

    step: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(examples=["injury"])
    amount: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")] = Field(
        description="Decimal string of the rules' currency; a whole number where the step is points.",
        examples=["110000.00"],
    )
    reason: Annotated[str, StringConstraints(min_length=10, max_length=2_000, pattern=FREE_TEXT)] = Field(
        description="Why, in words for the claimant; sealed, and opened with the letter."
    )

    def to_value(self) -> rules.NewAmount:
        """Return it as the rules take it."""
        return rules.NewAmount(self.step, self.amount, self.reason)


class ProposeIn(Body):
    """One outcome for many claims: those named, or all of a programme that the rules found alike."""

    claim_ids: Annotated[list[ClaimId], Field(min_length=1, max_length=MAX_DECISIONS)] | None = None
    programme: ProgrammeCode | None = None
    assessed_as: AssessedOutcome | None = Field(
        default=None, description="With `programme`: its undecided claims with this assessment, 500 at a time."
    )
    outcome: DecidedOutcome
    reasons: Annotated[list[CriterionCode], Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="Criterion codes that hold on every claim; by default each claim's own."
    )
    departure: Departure | None = Field(default=None, description="Why, where the rules found something else.")
    decided: Annotated[list[DecidedIn], Field(max_length=16)] = Field(
        default=[], description="With one claim: the amounts that the rules leave to a person."
    )

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        by_outcome = self.programme is not None and self.assessed_as is not None
        if (self.claim_ids is None) != by_outcome or (self.claim_ids is not None and self.programme is not None):
            message = "send claim_ids, or programme with assessed_as"
            raise ValueError(message)
        return self


class ConfirmIn(Body):
    """Decisions to confirm: those named, or all of a programme that somebody else proposed, 500 at a time."""

    decision_ids: Annotated[list[DecisionId], Field(min_length=1, max_length=MAX_DECISIONS)] | None = None
    programme: ProgrammeCode | None = None
    outcome: DecidedOutcome | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if (self.decision_ids is None) == (self.programme is None):
            message = "send decision_ids, or programme"
            raise ValueError(message)
        return self


class ReturnIn(Body):
    """Decisions to send back."""

    decision_ids: Annotated[list[DecisionId], Field(min_length=1, max_length=MAX_DECISIONS)]
    reason: ReturnReason


class ReasonView(Body):
    """A criterion a decision rests on."""

    code: str
    title: str
    cite: str


class AppealView(Body):
    """Where, until when and how a decision can be appealed."""

    cite: str
    body: str
    days: int
    until: date | None = Field(description="Absent while the decision is not confirmed: the time runs from then.")
    how: str

    @classmethod
    def of(cls, way: rules.WayToAppeal) -> Self:
        """Show the way to appeal."""
        return cls(cite=way.cite, body=way.body, days=way.days, until=way.until, how=way.how)


class DeterminedView(Body):
    """A part of the award that a person decided, and the range the rules gave him."""

    step: str
    title: str
    cite: str
    amount: str = Field(description="With its currency; a plain number where the step is points.")
    lowest: str
    highest: str
    guidance: str | None = Field(description="What the law says shall be looked at.")
    reason: str | None = Field(description="Why; only in a letter, whose opening is on record.")

    @classmethod
    def of(cls, one: rules.DeterminedAmount, rule_set: RuleSet) -> Self:
        """Show what was decided."""
        step = next(step for step in rule_set.award if step.name == one.step)
        amount, lowest, highest = (
            rules.write_amount(value, rule_set.currency, is_money=one.is_money)
            for value in (one.decided, one.lowest, one.highest)
        )
        return cls(
            step=one.step,
            title=step.title,
            cite=step.cite,
            amount=amount,
            lowest=lowest,
            highest=highest,
            guidance=step.guidance,
            reason=one.reason,
        )


class LetterIn(Body):
    """Why a letter is opened."""

    purpose: Purpose


class DecisionOut(Body):
    """A decision, with what the claimant is told."""

    id: str
    claim_id: str
    reference: str
    assessment_id: str
    kind: DecisionKind
    replaces_id: str | None = Field(description="The decision whose place it takes.")
    correction_reason: CorrectionReason | None
    result: AppealResult | None = Field(description="What the decision on an appeal changed.")
    outcome: DecidedOutcome
    status: DecisionStatus
    departure: Departure | None
    amount: MoneyView | None
    determined: list[DeterminedView] = Field(description="Parts of the amount that a person decided.")
    text: str
    reasons: list[ReasonView]
    questions: list[str]
    appeal: AppealView | None
    proposed_at: datetime
    confirmed_at: datetime | None
    second_confirmed_at: datetime | None = Field(description="When a third person confirmed, if one was asked.")
    return_reason: ReturnReason | None

    @classmethod
    def of(cls, view: DecisionView, rule_set: RuleSet) -> Self:
        """Show a decision."""
        decision, currency = view.decision, view.assessment.currency
        result = _result_of(view)
        told = rules.Told(
            outcome=DecidedOutcome(decision.outcome),
            reasons=json.loads(decision.reasons),
            asks=json.loads(view.assessment.asks),
            amount=None if decision.amount_minor is None else Money(decision.amount_minor, currency),
            way=_way_of(view, rule_set),
            is_correction=decision.kind == DecisionKind.CORRECTION,
            result=result,
            determined=view.determined,
        )
        letter = rules.tell_decision(rule_set, told)
        return cls(
            id=decision.id,
            claim_id=decision.claim_id,
            reference=view.reference,
            assessment_id=decision.assessment_id,
            kind=DecisionKind(decision.kind),
            replaces_id=decision.replaces_id,
            correction_reason=CorrectionReason(decision.correction_reason) if decision.correction_reason else None,
            result=result,
            outcome=DecidedOutcome(decision.outcome),
            status=DecisionStatus(decision.status),
            departure=Departure(decision.departure) if decision.departure else None,
            amount=MoneyView.maybe(decision.amount_minor, currency),
            determined=[DeterminedView.of(one, rule_set) for one in view.determined],
            text=letter.text,
            reasons=[ReasonView(code=one.code, title=one.title, cite=one.cite) for one in letter.reasons],
            questions=list(letter.questions),
            appeal=AppealView.of(letter.appeal) if letter.appeal else None,
            proposed_at=decision.proposed_at,
            confirmed_at=decision.confirmed_at,
            second_confirmed_at=decision.second_confirmed_at,
            return_reason=ReturnReason(decision.return_reason) if decision.return_reason else None,
        )


def _result_of(view: DecisionView) -> AppealResult | None:
    if view.decision.kind != DecisionKind.APPEAL or view.replaces is None:
        return None
    before, after = view.replaces, view.decision
    return rules.compute_result(
        rules.Ruling(before.outcome, before.amount_minor), rules.Ruling(after.outcome, after.amount_minor)
    )


def _way_of(view: DecisionView, rule_set: RuleSet) -> rules.WayToAppeal | None:
    decision = view.decision
    if decision.appeal_body is None:
        return None
    way = view.further if decision.instance else None
    if way is not None:
        return rules.WayToAppeal(way.citation, way.body, way.days, decision.appeal_until, way.how)
    first = rule_set.appeal
    return rules.WayToAppeal(first.cite, decision.appeal_body, first.days, decision.appeal_until, first.how)


class LetterOut(Body):
    """A decision with all the claimant is told, reasons too, and the number of the event that says you read it."""

    event_seq: int
    decision: DecisionOut


class DecisionsOut(Body):
    """What was decided together; repeat until `count` is 0 to go through a whole programme."""

    count: int
    items: list[DecisionOut]


def show_decisions(views: Sequence[DecisionView], rule_sets: dict[str, RuleSet]) -> DecisionsOut:
    """Show decisions made together, each by the rules it rests on."""
    items = [DecisionOut.of(view, rule_sets[view.assessment.rule_set_id]) for view in views]
    return DecisionsOut(count=len(items), items=items)
