"""Assessments as they are asked for and shown.  No value of a fact is in any."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from reparations.eligibility.language import ExplainedStep, Explanation, Finding, RuleSet
from reparations.eligibility.models import AssessedOutcome, Assessment
from reparations.eligibility.schemas.fields import After, ClaimId, MoneyView, ProgrammeCode
from reparations.eligibility.service import MAX_CLAIMS, Assessing
from reparations.http import Body


class AssessIn(Body):
    """Which claims to assess: those named, or the programme's open claims in chunks."""

    programme: ProgrammeCode
    claim_ids: Annotated[list[ClaimId], Field(min_length=1, max_length=MAX_CLAIMS)] | None = None
    after: After | None = Field(default=None, description="`next` of the chunk before.")
    limit: int = Field(default=MAX_CLAIMS, ge=1, le=MAX_CLAIMS)


class AssessOut(Body):
    """What one chunk did."""

    assessed: int
    unchanged: int = Field(description="Claims already assessed by the same rules on the same facts.")
    outcomes: dict[str, int]
    without_facts: list[str] = Field(description="References of claims of which nothing is recorded.")
    next: str | None

    @classmethod
    def of(cls, done: Assessing) -> Self:
        """Show what was done."""
        return cls(
            assessed=len(done.assessed),
            unchanged=done.unchanged,
            outcomes=done.counts,
            without_facts=list(done.without_facts),
            next=done.next,
        )


class AssessmentListed(Body):
    """A current assessment as lists show it."""

    id: str
    claim_id: str
    reference: str
    outcome: AssessedOutcome
    grounds: list[str]
    asks: list[str]
    computed_amount: MoneyView | None
    assessed_at: datetime

    @classmethod
    def of(cls, row: tuple[Assessment, str]) -> Self:
        """Show an assessment."""
        assessment, reference = row
        return cls(
            id=assessment.id,
            claim_id=assessment.claim_id,
            reference=reference,
            outcome=AssessedOutcome(assessment.outcome),
            grounds=json.loads(assessment.grounds),
            asks=json.loads(assessment.asks),
            computed_amount=MoneyView.maybe(assessment.computed_amount_minor, assessment.currency),
            assessed_at=assessment.assessed_at,
        )


class FactView(Body):
    """A fact a criterion rests on, by its label; never its value."""

    name: str
    label: str
    state: str = Field(description="`known`, `unknown` (missing or not yet proven) or `presumed`.")


class ExplainedCriterionView(Body):
    """One criterion and what was found."""

    code: str
    title: str
    cite: str
    finding: Finding
    applies: bool = Field(description="False if it only belongs to routes that are not open to this claimant.")
    text: str
    facts: list[FactView]


class ExplainedRouteView(Body):
    """One way to be eligible and what was found."""

    code: str
    title: str
    cite: str
    finding: Finding
    open_to_claimant: bool
    criteria: list[str]


class QuestionView(Body):
    """Something to ask the claimant or to look up."""

    fact: str
    label: str
    question: str


class StepView(Body):
    """One step of the computation of the award."""

    step: str
    title: str
    cite: str
    amount: str | None
    lowest: str | None = Field(description="Where a person decides: the least the rules allow.")
    highest: str | None = Field(description="Where a person decides: the most the rules allow.")
    guidance: str | None = Field(description="What the law says shall be looked at.")

    @classmethod
    def of(cls, one: ExplainedStep) -> Self:
        """Show a step."""
        lowest, highest = one.decided_between or (None, None)
        return cls(
            step=one.step,
            title=one.title,
            cite=one.cite,
            amount=one.amount,
            lowest=lowest,
            highest=highest,
            guidance=one.guidance,
        )


class TermView(Body):
    """Something that follows beside the award, in words: whose it is, how it is shared, held, paid, what is given."""

    part: str = Field(
        description="election, offset, unit, cap, shares, benefit, stream, instalment, fee or priority.",
        examples=["shares"],
    )
    name: str
    title: str
    cite: str
    text: str


class ExplanationView(Body):
    """An assessment in plain words, rebuilt from the rules and the facts it rests on."""

    assessment_id: str
    claim_id: str
    rule_set_id: str
    rule_set_sha256: str
    facts_revision_id: str
    outcome: AssessedOutcome
    text: str
    authority: str
    status: str
    proof_standard: str
    grounds: list[str]
    criteria: list[ExplainedCriterionView]
    routes: list[ExplainedRouteView]
    questions: list[QuestionView]
    award: list[StepView]
    computed_amount: MoneyView | None
    decided_amount: MoneyView | None = Field(description="With a decision: what it grants.")
    terms: list[TermView] = Field(description="What follows beside the award; what is not known yet says so.")
    notes: list[str]
    assessed_at: datetime

    @classmethod
    def of(
        cls, assessment: Assessment, rule_set: RuleSet, explanation: Explanation, *, decided: int | None = None
    ) -> Self:
        """Show an explanation; `decided` is what a decision grants, minor units."""
        return cls(
            assessment_id=assessment.id,
            claim_id=assessment.claim_id,
            rule_set_id=assessment.rule_set_id,
            rule_set_sha256=rule_set.identity,
            facts_revision_id=assessment.facts_revision_id,
            outcome=AssessedOutcome(explanation.outcome),
            text=explanation.text,
            authority=explanation.authority,
            status=explanation.status,
            proof_standard=explanation.proof_standard,
            grounds=list(explanation.grounds),
            criteria=[
                ExplainedCriterionView(
                    code=one.code,
                    title=one.title,
                    cite=one.cite,
                    finding=one.finding,
                    applies=one.applies,
                    text=one.text,
                    facts=[FactView(name=fact.name, label=fact.label, state=fact.state) for fact in one.facts],
                )
                for one in explanation.criteria
            ],
            routes=[
                ExplainedRouteView(
                    code=one.code,
                    title=one.title,
                    cite=one.cite,
                    finding=one.finding,
                    open_to_claimant=one.open_to_claimant,
                    criteria=list(one.criteria),
                )
                for one in explanation.routes
            ],
            questions=[
                QuestionView(fact=one.fact, label=one.label, question=one.question) for one in explanation.questions
            ],
            award=[StepView.of(one) for one in explanation.award],
            computed_amount=MoneyView.maybe(assessment.computed_amount_minor, assessment.currency),
            decided_amount=MoneyView.maybe(decided, assessment.currency),
            terms=[
                TermView(part=one.part, name=one.name, title=one.title, cite=one.cite, text=one.text)
                for one in explanation.terms
            ],
            notes=list(explanation.notes),
            assessed_at=assessment.assessed_at,
        )
