"""Rounds: a pool shared over awards, to the last minor unit, each result with its reason.  Pure; whole numbers only.

Seven methods (`terms`), each computed after the family's cap, the cash on hand and the reserve for undecided claims
(`computing`).  `Round.payable` and `Round.unspent` sum to the pool; nobody gets more than is open of the award; ties
are decided by the hash of the round's seed and the claim's id, never by the order of filing (`shares`).
"""

from reparations.eligibility.rules.rounds.computing import compute_round
from reparations.eligibility.rules.rounds.declared import declared_cap, declared_method
from reparations.eligibility.rules.rounds.entries import Entries, Pool, Quota, Reason, Round, Unspent
from reparations.eligibility.rules.rounds.explaining import (
    ToldLine,
    explain_claim,
    explain_line,
    explain_unspent,
    tell_unspent,
)
from reparations.eligibility.rules.rounds.stored import (
    EntryInput,
    FundInput,
    LineResult,
    StoredTerms,
    compute_inputs_digest,
    compute_result_digest,
    compute_seed,
    read_level,
    read_quotas,
    read_terms,
    read_unspent,
    write_outcome,
    write_terms,
)
from reparations.eligibility.rules.rounds.terms import (
    ByDate,
    ByPriority,
    EqualOrLess,
    IfShort,
    Instalments,
    Method,
    PerHead,
    Phase,
    ProRata,
    Reserve,
    ReserveAt,
    Terms,
    Threshold,
)

__all__ = [
    "ByDate",
    "ByPriority",
    "Entries",
    "EntryInput",
    "EqualOrLess",
    "FundInput",
    "IfShort",
    "Instalments",
    "LineResult",
    "Method",
    "PerHead",
    "Phase",
    "Pool",
    "ProRata",
    "Quota",
    "Reason",
    "Reserve",
    "ReserveAt",
    "Round",
    "StoredTerms",
    "Terms",
    "Threshold",
    "ToldLine",
    "Unspent",
    "compute_inputs_digest",
    "compute_result_digest",
    "compute_round",
    "compute_seed",
    "declared_cap",
    "declared_method",
    "explain_claim",
    "explain_line",
    "explain_unspent",
    "read_level",
    "read_quotas",
    "read_terms",
    "read_unspent",
    "tell_unspent",
    "write_outcome",
    "write_terms",
]
