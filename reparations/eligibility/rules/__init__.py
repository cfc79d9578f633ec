"""What may be decided and how an award is parted.  Pure: values in, a value or an error out."""

from reparations.eligibility.rules.awards import (
    CollectiveLine,
    Heir,
    Part,
    Waiting,
    check_lines,
    check_pays_for,
    plan_instalments,
    share_by_succession,
    spend,
)
from reparations.eligibility.rules.decisions import (
    Assessed,
    Proposal,
    check_confirmable,
    check_decidable,
    check_not_own_opinion,
    compute_appeal_until,
    propose,
)
from reparations.eligibility.rules.letters import Letter, Reason, WayToAppeal, tell_decision

__all__ = [
    "Assessed",
    "CollectiveLine",
    "Heir",
    "Letter",
    "Part",
    "Proposal",
    "Reason",
    "Waiting",
    "WayToAppeal",
    "check_confirmable",
    "check_decidable",
    "check_lines",
    "check_not_own_opinion",
    "check_pays_for",
    "compute_appeal_until",
    "plan_instalments",
    "propose",
    "share_by_succession",
    "spend",
    "tell_decision",
]
