"""Errors of the eligibility room.

::

    RuleFileRefused      422  a rule file breaks the language; carries every problem with file, line, column, remedy
    RuleFilesMissing     422  a folder does not hold the files of a rule set
    ExampleFailed        422  a worked example beside the rules does not come out as it says
    NoRuleSetInForce     409  the programme has no published rule set on that day
    RuleSetPublished     409  that version exists already, with other content
    RuleSetNotFound      404
    AssessmentNotFound   404
    NotReproducible      409  stored findings are not what the stored rules say of the stored facts
    AssessmentOutdated   409  newer facts or rules exist than the assessment rests on
    DecisionRefused      422  the proposal breaks a rule of decisions (reasons, departure, refusal without ground)
    ClaimsAlreadyDecided 409
    DecisionNotOpen      409  not proposed any more
    DecisionNotFound     404
    SamePersonConfirms   403
    RestrictionBreached  409  money given for one form of award asked to pay another
    FundsShort           409
    AwardNotFound        404
    AwardLineExists      409  a collective line of that code is recorded, with other content
"""

from __future__ import annotations

from reparations.eligibility.language.errors import ExampleFailed, RuleFileRefused
from reparations.errors import Conflict, InvalidInput, NotFound, NotPermitted

__all__ = [
    "AssessmentNotFound",
    "AssessmentOutdated",
    "AwardLineExists",
    "AwardNotFound",
    "ClaimsAlreadyDecided",
    "DecisionNotFound",
    "DecisionNotOpen",
    "DecisionRefused",
    "ExampleFailed",
    "FundsShort",
    "NoRuleSetInForce",
    "NotReproducible",
    "RestrictionBreached",
    "RuleFileRefused",
    "RuleFilesMissing",
    "RuleSetNotFound",
    "RuleSetPublished",
    "SamePersonConfirms",
]


class RuleFilesMissing(InvalidInput):
    """A folder does not hold the files of a rule set."""

    code = "eligibility.rule_files_missing"


class NoRuleSetInForce(Conflict):
    """The programme has no published rule set on that day."""

    code = "eligibility.no_rule_set_in_force"


class RuleSetPublished(Conflict):
    """This version of the rules is published already, with other content; a published version never changes."""

    code = "eligibility.rule_set_published"


class RuleSetNotFound(NotFound):
    """There is no such rule set."""

    code = "eligibility.rule_set_not_found"


class AssessmentNotFound(NotFound):
    """The claim has not been assessed, or there is no such assessment."""

    code = "eligibility.assessment_not_found"


class NotReproducible(Conflict):
    """Stored findings are not what the stored rules say of the stored facts: one of the three was changed."""

    code = "eligibility.not_reproducible"


class AssessmentOutdated(Conflict):
    """Newer facts or a newer rule set exist than the assessment rests on."""

    code = "eligibility.assessment_outdated"


class DecisionRefused(InvalidInput):
    """The proposed decision breaks a rule: no reason given, a departure unexplained, a refusal without a ground."""

    code = "eligibility.decision_refused"


class ClaimsAlreadyDecided(Conflict):
    """Some of the claims have a decision that is open or confirmed."""

    code = "eligibility.claims_already_decided"


class DecisionNotOpen(Conflict):
    """The decision is not waiting for confirmation."""

    code = "eligibility.decision_not_open"


class DecisionNotFound(NotFound):
    """There is no such decision."""

    code = "eligibility.decision_not_found"


class SamePersonConfirms(NotPermitted):
    """Whoever proposed a decision cannot confirm it."""

    code = "eligibility.same_person_confirms"


class RestrictionBreached(Conflict):
    """Money given for one form of award was asked to pay for another."""

    code = "eligibility.restriction_breached"


class FundsShort(Conflict):
    """The programme's funds do not cover the awards asked for."""

    code = "eligibility.funds_short"


class AwardNotFound(NotFound):
    """There is no such award."""

    code = "eligibility.award_not_found"


class AwardLineExists(Conflict):
    """A collective award with this line code is recorded already, with other content."""

    code = "eligibility.award_line_exists"
