"""Tables of rule sets, assessments, decisions and awards.

What an assessment, a decision or an award rests on is frozen with it: the rule set by its hash, the facts by their
revision, the findings as two bits a criterion.  Nothing here is overwritten; a decision alone moves:
from proposed to confirmed or returned, and when another takes its place to replaced.
"""

from reparations.eligibility.models.appeals import (
    AdmissionReason,
    Appeal,
    AppealGround,
    AppealResult,
    AppealStatus,
    LodgedBy,
)
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
from reparations.eligibility.models.determinations import Determination, DeterminedStep
from reparations.eligibility.models.lives import (
    UNGRANTED_KINDS,
    UNPAID_KINDS,
    AdjustmentApproval,
    AdjustmentCause,
    AwardAdjustment,
    AwardReduction,
    ReductionKind,
)
from reparations.eligibility.models.mass import MassDecision, MassMember, MassStatus, SampleFinding
from reparations.eligibility.models.overpayments import (
    Overpayment,
    OverpaymentNotice,
    OverpaymentRecovery,
    OverpaymentWaiver,
    RecoveryKind,
    WaiverApproval,
    WaiverReason,
)
from reparations.eligibility.models.policies import BASIS_POINTS, AppealEffect, AppealInstance, DecidingPolicy
from reparations.eligibility.models.recusals import Recusal, RecusalReason
from reparations.eligibility.models.rounds import (
    OmissionReason,
    PaymentRound,
    RoundFund,
    RoundLine,
    RoundOmission,
    RoundReason,
    RoundShare,
    RoundStatus,
    TermsSource,
)
from reparations.eligibility.models.rule_sets import AssessedOutcome, Assessment, PublishedRuleSet
from reparations.eligibility.models.sharing import NamedPerson
from reparations.eligibility.models.simulations import Simulation, SimulationPart, SimulationResult
from reparations.eligibility.models.trusts import ReleaseGround, TrustHolding, TrustRelease, TrustRequest

__all__ = [
    "BASIS_POINTS",
    "UNGRANTED_KINDS",
    "UNPAID_KINDS",
    "AdjustmentApproval",
    "AdjustmentCause",
    "AdmissionReason",
    "Appeal",
    "AppealEffect",
    "AppealGround",
    "AppealInstance",
    "AppealResult",
    "AppealStatus",
    "AssessedOutcome",
    "Assessment",
    "Award",
    "AwardAdjustment",
    "AwardForm",
    "AwardFunding",
    "AwardReduction",
    "CorrectionReason",
    "DecidedOutcome",
    "DecidingPolicy",
    "Decision",
    "DecisionKind",
    "DecisionStatus",
    "Departure",
    "Determination",
    "DeterminedStep",
    "Instalment",
    "LodgedBy",
    "MassDecision",
    "MassMember",
    "MassStatus",
    "NamedPerson",
    "OmissionReason",
    "Overpayment",
    "OverpaymentNotice",
    "OverpaymentRecovery",
    "OverpaymentWaiver",
    "PaymentRound",
    "PublishedRuleSet",
    "RecoveryKind",
    "Recusal",
    "RecusalReason",
    "ReductionKind",
    "ReleaseGround",
    "ReturnReason",
    "RoundFund",
    "RoundLine",
    "RoundOmission",
    "RoundReason",
    "RoundShare",
    "RoundStatus",
    "SampleFinding",
    "Simulation",
    "SimulationPart",
    "SimulationResult",
    "TermsSource",
    "TrustHolding",
    "TrustRelease",
    "TrustRequest",
    "WaiverApproval",
    "WaiverReason",
]
