"""The deeds of this room.  Each takes an open transaction and locks, decides, records and logs, in that order.

Rows are locked in this order: claims by id, decisions by id, then the books (see `ledger.service.post`); last the head
of the log.
"""

from reparations.eligibility.service.assessing import (
    MAX_CLAIMS,
    Assessing,
    assess_claims,
    assess_programme,
    explain_assessment,
)
from reparations.eligibility.service.awarding import MAX_AWARDS, Awarding, arrange_instalments, award_individuals
from reparations.eligibility.service.collective import award_collectively
from reparations.eligibility.service.deciding import (
    MAX_DECISIONS,
    confirm_decisions,
    propose_decisions,
    return_decisions,
)
from reparations.eligibility.service.publishing import publish_rule_set

__all__ = [
    "MAX_AWARDS",
    "MAX_CLAIMS",
    "MAX_DECISIONS",
    "Assessing",
    "Awarding",
    "arrange_instalments",
    "assess_claims",
    "assess_programme",
    "award_collectively",
    "award_individuals",
    "confirm_decisions",
    "explain_assessment",
    "propose_decisions",
    "publish_rule_set",
    "return_decisions",
]
