"""A small language for the law of reparations: typed, cited, three-valued, exact; it cannot refuse for want of a fact.

Pure: text in, a checked rule set out; facts in, findings out.  No database, no clock, no file is touched here.
`docs/writing-rules.md` teaches it to those who write rules.
"""

from reparations.eligibility.language.assess import (
    Assessor,
    Computed,
    FactUse,
    Finding,
    Findings,
    Outcome,
    decode_codes,
    encode_codes,
)
from reparations.eligibility.language.entitle import (
    BenefitFound,
    ElectionState,
    Entitlement,
    PaymentHolding,
    PriorityFound,
)
from reparations.eligibility.language.errors import (
    AmountOutOfRange,
    ExampleFailed,
    Position,
    Problem,
    RuleFileRefused,
)
from reparations.eligibility.language.examples import Example, check_examples, load_examples
from reparations.eligibility.language.explain import ExplainedStep, Explanation, explain, label_of
from reparations.eligibility.language.explain_terms import question_of
from reparations.eligibility.language.reader import load_rule_set
from reparations.eligibility.language.rule_set import Criterion, Pays, ProofLevel, Route, RuleSet
from reparations.eligibility.language.schema import FactSchema, load_schema
from reparations.eligibility.language.sharing import (
    SharePart,
    Sharing,
    compute_highest_fee,
    divide,
    hold_in_trust,
    part_in_instalments,
)

__all__ = [
    "AmountOutOfRange",
    "Assessor",
    "BenefitFound",
    "Computed",
    "Criterion",
    "ElectionState",
    "Entitlement",
    "Example",
    "ExampleFailed",
    "ExplainedStep",
    "Explanation",
    "FactSchema",
    "FactUse",
    "Finding",
    "Findings",
    "Outcome",
    "PaymentHolding",
    "Pays",
    "Position",
    "PriorityFound",
    "Problem",
    "ProofLevel",
    "Route",
    "RuleFileRefused",
    "RuleSet",
    "SharePart",
    "Sharing",
    "check_examples",
    "compute_highest_fee",
    "decode_codes",
    "divide",
    "encode_codes",
    "explain",
    "hold_in_trust",
    "label_of",
    "load_examples",
    "load_rule_set",
    "load_schema",
    "part_in_instalments",
    "question_of",
]
