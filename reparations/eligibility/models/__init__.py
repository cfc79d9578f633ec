"""Tables of rule sets, assessments, decisions and awards.

What an assessment, a decision or an award rests on is frozen with it: the rule set by its hash, the facts by their
revision, the findings as two bits a criterion.  Nothing here is overwritten; a decision alone moves:
from proposed to confirmed or returned, and when another takes its place to replaced.
"""

from reparations.eligibility.models.awards import Award, AwardForm, AwardFunding, Instalment
from reparations.eligibility.models.decisions import (
    CorrectionReason,
    DecidedOutcome,
    Decision,
    DecisionKind,
    DecisionStatus,
    Departure,
    ReturnReason,
)
from reparations.eligibility.models.rule_sets import AssessedOutcome, Assessment, PublishedRuleSet

__all__ = [
    "AssessedOutcome",
    "Assessment",
    "Award",
    "AwardForm",
    "AwardFunding",
    "CorrectionReason",
    "DecidedOutcome",
    "Decision",
    "DecisionKind",
    "DecisionStatus",
    "Departure",
    "Instalment",
    "PublishedRuleSet",
    "ReturnReason",
]
