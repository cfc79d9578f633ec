"""Say in plain words what the rules found, criterion by criterion.

An explanation names criteria, sources and the labels of facts; it never quotes the value of a fact.  It can be shown to
the claimant, read out, or put beside a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reparations.eligibility.language.assess import Finding, Outcome
from reparations.eligibility.language.explain_terms import ExplainedTerm, explain_terms, question_of
from reparations.money import Money

if TYPE_CHECKING:
    from reparations.eligibility.language.assess import FactUse, Findings
    from reparations.eligibility.language.rule_set import AwardStep, RuleSet

_OUTCOMES = {
    Outcome.ELIGIBLE: "The rules find the claim eligible.",
    Outcome.NOT_ELIGIBLE: "The rules find the claim not eligible, on the criteria named below as not met.",
    Outcome.MORE_INFORMATION_NEEDED: "More information is needed before the rules can say. Nothing is refused.",
    Outcome.ELIGIBLE_AMOUNT_PENDING: "The rules find the claim eligible; the amount needs more information.",
}
_FINDING_WORDS = {Finding.MET: "met", Finding.NOT_MET: "not met", Finding.UNKNOWN: "not known yet"}
_STATE_WORDS = {"known": "found", "unknown": "not known or not yet proven", "presumed": "presumed"}


@dataclass(frozen=True, slots=True)
class ExplainedFact:
    """A fact a criterion rests on, by its label."""

    name: str
    label: str
    state: str


@dataclass(frozen=True, slots=True)
class ExplainedCriterion:
    """One criterion and what was found."""

    code: str
    title: str
    cite: str
    finding: Finding
    applies: bool
    """False if it only belongs to routes that are not open to this claimant."""
    text: str
    facts: tuple[ExplainedFact, ...]


@dataclass(frozen=True, slots=True)
class ExplainedRoute:
    """One way to be eligible and what was found."""

    code: str
    title: str
    cite: str
    finding: Finding
    open_to_claimant: bool
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask the claimant or to look up."""

    fact: str
    label: str
    question: str


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One step of the computation of the award."""

    step: str
    title: str
    cite: str
    amount: str | None
    """``USD 250.00``, or a plain number for a step that is no money; null while it is not known."""
    decided_between: tuple[str, str] | None = None
    """For a step a person decides: the lowest and the highest."""
    guidance: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything a claimant, a decider or a court needs to follow an assessment."""

    outcome: Outcome
    text: str
    authority: str
    status: str
    proof_standard: str
    grounds: tuple[str, ...]
    criteria: tuple[ExplainedCriterion, ...]
    routes: tuple[ExplainedRoute, ...]
    questions: tuple[Question, ...]
    award: tuple[ExplainedStep, ...]
    notes: tuple[str, ...]
    terms: tuple[ExplainedTerm, ...] = ()


def explain(rule_set: RuleSet, findings: Findings) -> Explanation:
    """Put findings that were made with a trace into words."""
    closed = set(findings.closed_routes)
    applying = {criterion.code for criterion in rule_set.common}
    applying.update(code for route in rule_set.routes if route.code not in closed for code in route.criteria)
    return Explanation(
        outcome=findings.outcome,
        text=_OUTCOMES[findings.outcome],
        authority=rule_set.authority,
        status=rule_set.status,
        proof_standard=f"{rule_set.proof.title} ({rule_set.proof.cite})",
        grounds=findings.grounds,
        criteria=tuple(
            ExplainedCriterion(
                criterion.code,
                criterion.title,
                criterion.cite,
                findings.criteria[criterion.code],
                criterion.code in applying,
                _sentence(rule_set, findings.criteria[criterion.code], findings.uses.get(criterion.code, ())),
                tuple(
                    ExplainedFact(use.name, label_of(rule_set, use.name), use.state)
                    for use in findings.uses.get(criterion.code, ())
                ),
            )
            for criterion in rule_set.criteria
        ),
        routes=tuple(
            ExplainedRoute(
                route.code,
                route.title,
                route.cite,
                findings.routes[route.code],
                route.code not in closed,
                route.criteria,
            )
            for route in rule_set.routes
        ),
        questions=tuple(
            Question(name, label_of(rule_set, name), question_of(rule_set, name)) for name in findings.asks
        ),
        award=tuple(_explain_step(rule_set, step, findings) for step in rule_set.award if step.name in findings.steps),
        notes=tuple(_notes(rule_set, findings)),
        terms=tuple(explain_terms(rule_set, findings.entitlement)) if findings.entitlement else (),
    )


def _explain_step(rule_set: RuleSet, step: AwardStep, findings: Findings) -> ExplainedStep:
    kind = step.amount.type.kind
    between = None
    if step.name in findings.ranges:
        lowest, highest = (_amount(rule_set, kind, end) or "" for end in findings.ranges[step.name])
        between = (lowest, highest)
    amount = _amount(rule_set, kind, findings.steps[step.name])
    return ExplainedStep(step.name, step.title, step.cite, amount, between, step.guidance)


def label_of(rule_set: RuleSet, name: str) -> str:
    """Return the label of a fact or of a field of a list."""
    listed, _, field = name.partition(".")
    schema = rule_set.schema
    return (
        f"{schema.lists[listed].label}: {schema.lists[listed].fields[field].label}"
        if field
        else schema.facts[name].label
    )


def _sentence(rule_set: RuleSet, finding: Finding, uses: tuple[FactUse, ...]) -> str:
    if not uses:
        return f"This is {_FINDING_WORDS[finding]}."
    parts = "; ".join(f"{label_of(rule_set, use.name)} – {_STATE_WORDS[use.state]}" for use in uses)
    return f"This is {_FINDING_WORDS[finding]}. It rests on: {parts}."


def _amount(rule_set: RuleSet, kind: str, minor: int | None) -> str | None:
    if minor is None:
        return None
    return str(Money(minor, rule_set.currency)) if kind == "money" else str(minor)


def _notes(rule_set: RuleSet, findings: Findings) -> list[str]:
    notes = []
    if rule_set.status == "illustrative":
        notes.append("These rules are illustrative: nobody has compared them with their primary text yet.")
    if findings.by_succession:
        notes.append(
            "Eligible by succession: no award of the claimant's own, a share of the award of the person who died."
        )
    if findings.awaits_decision:
        notes.append("Only an amount that a person decides, within the range the rules give, is missing.")
    notes += [
        f"What is recorded of «{name}» cannot be read under the schema; ask again." for name in findings.unreadable
    ]
    return notes
