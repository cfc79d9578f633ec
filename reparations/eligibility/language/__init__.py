"""A small language for the law of reparations: typed, cited, three-valued, exact; it cannot refuse for want of a fact.

Pure: text in, a checked rule set out; facts in, findings out.  No database, no clock, no file is touched here.
`docs/writing-rules.md` teaches it to those who write rules.
"""

from reparations.eligibility.language.assess import (
    Assessor,
    FactUse,
    Finding,
    Findings,
    Outcome,
    decode_codes,
    encode_codes,
)
from reparations.eligibility.language.errors import ExampleFailed, Position, Problem, RuleFileRefused
from reparations.eligibility.language.examples import Example, check_examples, load_examples
from reparations.eligibility.language.explain import Explanation, explain, label_of, question_of
from reparations.eligibility.language.reader import load_rule_set
from reparations.eligibility.language.rule_set import Criterion, Pays, ProofLevel, Route, RuleSet
from reparations.eligibility.language.schema import FactSchema, load_schema

__all__ = [
    "Assessor",
    "Criterion",
    "Example",
    "ExampleFailed",
    "Explanation",
    "FactSchema",
    "FactUse",
    "Finding",
    "Findings",
    "Outcome",
    "Pays",
    "Position",
    "Problem",
    "ProofLevel",
    "Route",
    "RuleFileRefused",
    "RuleSet",
    "check_examples",
    "decode_codes",
    "encode_codes",
    "explain",
    "label_of",
    "load_examples",
    "load_rule_set",
    "load_schema",
    "question_of",
]
