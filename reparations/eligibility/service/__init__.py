"""The deeds of this room.  Each takes an open transaction and locks, decides, records and logs, in that order.

Rows are locked in this order: a programme's counter, claims by id, decisions by id, a policy,
a mass decision or an appeal, then the books (see `ledger.service.post`); last the head of the log.
"""

from reparations.eligibility.service.appealing import (
    confirm_admission,
    decide_appeal,
    lodge_appeal,
    propose_admission,
    withdraw_appeal,
)
from reparations.eligibility.service.assessing import (
    MAX_CLAIMS,
    Assessing,
    assess_claims,
    assess_programme,
    explain_assessment,
)
from reparations.eligibility.service.awarding import (
    MAX_AWARDS,
    Awarding,
    arrange_instalments,
    award_individuals,
    award_supplement,
)
from reparations.eligibility.service.collective import award_collectively
from reparations.eligibility.service.confirming import confirm_decisions, return_decisions
from reparations.eligibility.service.correcting import check_no_appeal, correct_decision
from reparations.eligibility.service.deciding import MAX_DECISIONS, propose_decisions
from reparations.eligibility.service.determining import explain_decision, log_letter_opening, open_letter
from reparations.eligibility.service.mass import (
    confirm_mass_decision,
    propose_mass_decision,
    return_mass_decision,
    review_sample,
)
from reparations.eligibility.service.policing import NewPolicy, propose_policy, publish_policy
from reparations.eligibility.service.publishing import publish_rule_set
from reparations.eligibility.service.recusing import declare_recusal, second_recusal
from reparations.eligibility.service.rounds import (
    MAX_PART,
    AskedRound,
    CarriedOut,
    Declared,
    NewRound,
    PoolPart,
    arrange_round_parts,
    carry_out_round,
    confirm_round,
    propose_round,
    resolve_round,
    withdraw_round,
)
from reparations.eligibility.service.sharing import name_persons
from reparations.eligibility.service.simulating import (
    MAX_PART as MAX_SIMULATED,
)
from reparations.eligibility.service.simulating import (
    WouldChange,
    compute_part,
    log_changes_opening,
    open_changes,
    start_simulation,
)
from reparations.eligibility.service.trusts import (
    MAX_RELEASED,
    Released,
    approve_release,
    end_empty_trusts,
    hold_minors,
    list_trusts,
    release_of_age,
    request_release,
)
from reparations.eligibility.service.whatif import (
    MAX_COMPARED,
    ChangedDecision,
    Comparing,
    compare_claims,
    log_comparison,
)

__all__ = [
    "MAX_AWARDS",
    "MAX_CLAIMS",
    "MAX_COMPARED",
    "MAX_DECISIONS",
    "MAX_PART",
    "MAX_RELEASED",
    "MAX_SIMULATED",
    "AskedRound",
    "Assessing",
    "Awarding",
    "CarriedOut",
    "ChangedDecision",
    "Comparing",
    "Declared",
    "NewPolicy",
    "NewRound",
    "PoolPart",
    "Released",
    "WouldChange",
    "approve_release",
    "arrange_instalments",
    "arrange_round_parts",
    "assess_claims",
    "assess_programme",
    "award_collectively",
    "award_individuals",
    "award_supplement",
    "carry_out_round",
    "check_no_appeal",
    "compare_claims",
    "compute_part",
    "confirm_admission",
    "confirm_decisions",
    "confirm_mass_decision",
    "confirm_round",
    "correct_decision",
    "decide_appeal",
    "declare_recusal",
    "end_empty_trusts",
    "explain_assessment",
    "explain_decision",
    "hold_minors",
    "list_trusts",
    "lodge_appeal",
    "log_changes_opening",
    "log_comparison",
    "log_letter_opening",
    "name_persons",
    "open_changes",
    "open_letter",
    "propose_admission",
    "propose_decisions",
    "propose_mass_decision",
    "propose_policy",
    "propose_round",
    "publish_policy",
    "publish_rule_set",
    "release_of_age",
    "request_release",
    "resolve_round",
    "return_decisions",
    "return_mass_decision",
    "review_sample",
    "second_recusal",
    "start_simulation",
    "withdraw_appeal",
    "withdraw_round",
]
