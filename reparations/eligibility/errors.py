"""Errors of the eligibility room.

::

    RuleFileRefused      422  a rule file breaks the language; carries every problem with file, line, column, remedy
    RuleFilesMissing     422  a folder does not hold the files of a rule set
    ExampleFailed        422  a worked example beside the rules does not come out as it says
    AmountOutOfRange     422  an amount a person decided lies outside the range the rules give
    GoldenBroken         409  a version says something else of its golden vectors than when it was fixed
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
    AdjustmentNotFound   404  there is no such adjustment of awards
    RoundRefused         422  the terms of a round make no sense, or promise more than there is
    RoundNotFound        404  there is no such round
    RoundNotOpen         409  the round is not where this step begins: withdrawn, confirmed, or not confirmed yet
    RoundOpen            409  the programme has a round that is not finished; one at a time
    RoundOutdated        409  claims, decisions, funding or money have changed since the round was computed
    AppealNotFound       404  there is no such appeal
    AppealNotOpen        409  the appeal is not where this step begins: decided, withdrawn, or not admitted yet
    AppealRefused        422  what was sent about an appeal breaks a rule: nothing to appeal, a day to come
    AppealUndecided      409  the claim has an appeal that is not decided yet
    AppealsExhausted     409  the last instance has decided; there is none above it
    MassDecisionNotFound 404  there is no such mass decision
    MassDecisionNotOpen  409  the mass decision is settled, or its sample is not reviewed
    MassDecisionRefused  422  the claims are not alike, or the programme has no policy for mass decisions
    PolicyNotFound       404  there is no such deciding policy
    PolicyRefused        422  a deciding policy must hold from a day not past and after those published
    PolicyPublished      409  the policy is published already; it changes by a new one
    RecusalNotFound      404  there is no such recusal
    RecusalRefused       422  a recusal names one matter and a person; a declared one takes two others
    Recused              403  the person is recused from one of the claims
    ReviewerInvolved     403  who had an earlier part in a claim takes none in its appeal
    SampleOutOfTolerance 409  the sample does not show that the mass decision keeps within the tolerated error rate
    SimulationNotFound   404  there is no such simulation
    SimulationNotOpen    409  the simulation is finished, or is not finished yet
    SimulationUntrustworthy 409  kernel and evaluator say different things of a claim; nothing is stored
"""

from __future__ import annotations

from reparations.eligibility.language.errors import AmountOutOfRange, ExampleFailed, GoldenBroken, RuleFileRefused
from reparations.errors import Conflict, InvalidInput, NotFound, NotPermitted

__all__ = [
    "AmountOutOfRange",
    "AppealNotFound",
    "AppealNotOpen",
    "AppealRefused",
    "AppealUndecided",
    "AppealsExhausted",
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
    "GoldenBroken",
    "MassDecisionNotFound",
    "MassDecisionNotOpen",
    "MassDecisionRefused",
    "NoRuleSetInForce",
    "NotReproducible",
    "PolicyNotFound",
    "PolicyPublished",
    "PolicyRefused",
    "RecusalNotFound",
    "RecusalRefused",
    "Recused",
    "RestrictionBreached",
    "ReviewerInvolved",
    "RoundNotFound",
    "RoundNotOpen",
    "RoundOpen",
    "RoundOutdated",
    "RoundRefused",
    "RuleFileRefused",
    "RuleFilesMissing",
    "RuleSetNotFound",
    "RuleSetPublished",
    "SamePersonConfirms",
    "SampleOutOfTolerance",
    "SimulationNotFound",
    "SimulationNotOpen",
    "SimulationUntrustworthy",
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


class AdjustmentNotFound(NotFound):
    """There is no such adjustment of awards."""

    code = "eligibility.adjustment_not_found"


class AwardLineExists(Conflict):
    """A collective award with this line code is recorded already, with other content."""

    code = "eligibility.award_line_exists"


class TrustNotFound(NotFound):
    """There is no such request to release money in trust."""

    code = "eligibility.trust_request_not_found"


class NotInTrust(Conflict):
    """The instalment is not held in trust, or was released already."""

    code = "eligibility.not_in_trust"


class SamePersonReleases(Conflict):
    """Who prepared the release of money in trust does not approve it."""

    code = "eligibility.same_person_releases"


class PersonRefused(InvalidInput):
    """A person of the list an award is divided among cannot be named so."""

    code = "eligibility.person_refused"


class RoundRefused(InvalidInput):
    """The terms of a round make no sense, or promise more than there is."""

    code = "eligibility.round_refused"


class RoundNotFound(NotFound):
    """There is no such round."""

    code = "eligibility.round_not_found"


class RoundNotOpen(Conflict):
    """The round is not where this step begins: withdrawn, confirmed already, or not confirmed yet."""

    code = "eligibility.round_not_open"


class RoundOpen(Conflict):
    """The programme has a round that is not finished; the next is computed on what it leaves."""

    code = "eligibility.round_open"


class RoundOutdated(Conflict):
    """Claims, decisions, funding or money have changed since the round was computed."""

    code = "eligibility.round_outdated"


class AppealNotFound(NotFound):
    """There is no such appeal."""

    code = "eligibility.appeal_not_found"


class AppealNotOpen(Conflict):
    """The appeal is not where this step begins: decided, withdrawn, or not admitted yet."""

    code = "eligibility.appeal_not_open"


class AppealRefused(InvalidInput):
    """What was sent about an appeal breaks a rule: nothing to appeal, a day to come, a missing reason."""

    code = "eligibility.appeal_refused"


class AppealUndecided(Conflict):
    """The claim has an appeal that is not decided yet."""

    code = "eligibility.appeal_undecided"


class AppealsExhausted(Conflict):
    """The last instance has decided; there is none above it."""

    code = "eligibility.appeals_exhausted"


class MassDecisionNotFound(NotFound):
    """There is no such mass decision."""

    code = "eligibility.mass_decision_not_found"


class MassDecisionNotOpen(Conflict):
    """The mass decision is settled, or its sample is not reviewed."""

    code = "eligibility.mass_decision_not_open"


class MassDecisionRefused(InvalidInput):
    """The claims are not alike, or the programme has no policy for mass decisions."""

    code = "eligibility.mass_decision_refused"


class PolicyNotFound(NotFound):
    """There is no such deciding policy."""

    code = "eligibility.policy_not_found"


class PolicyRefused(InvalidInput):
    """A deciding policy must hold from a day not past and after those published."""

    code = "eligibility.policy_refused"


class PolicyPublished(Conflict):
    """The policy is published already; it changes by a new one."""

    code = "eligibility.policy_published"


class RecusalNotFound(NotFound):
    """There is no such recusal."""

    code = "eligibility.recusal_not_found"


class RecusalRefused(InvalidInput):
    """A recusal names one matter and a person; a declared one takes two others."""

    code = "eligibility.recusal_refused"


class Recused(NotPermitted):
    """The person is recused from one of the claims."""

    code = "eligibility.recused"


class ReviewerInvolved(NotPermitted):
    """Who had an earlier part in a claim takes none in its appeal."""

    code = "eligibility.reviewer_involved"


class SampleOutOfTolerance(Conflict):
    """The sample does not show that the mass decision keeps within the tolerated error rate."""

    code = "eligibility.sample_out_of_tolerance"


class SimulationNotFound(NotFound):
    """There is no such simulation."""

    code = "eligibility.simulation_not_found"


class SimulationNotOpen(Conflict):
    """The simulation is finished, or is not finished yet."""

    code = "eligibility.simulation_not_open"


class SimulationUntrustworthy(Conflict):
    """Kernel and evaluator say different things of a claim: the run is stopped and none of it is stored."""

    code = "eligibility.simulation_untrustworthy"
