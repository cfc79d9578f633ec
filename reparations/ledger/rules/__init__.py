"""What is true of the books and how awards find their funds.  Pure: values in, a value or an error out."""

from reparations.ledger.rules.allocation import (
    Allocation,
    FundAvailability,
    FundShare,
    Need,
    allocate_most_restricted_first,
)
from reparations.ledger.rules.entries import (
    MAX_ID_CHARACTERS,
    MAX_TRANSFERS_PER_ENTRY,
    check_entry,
    compute_content_sha256,
    compute_entry_digest,
)
from reparations.ledger.rules.gifts import check_gift, check_receivable
from reparations.ledger.rules.identity import Flows, Identity, check_identity, normal_balance

__all__ = [
    "MAX_ID_CHARACTERS",
    "MAX_TRANSFERS_PER_ENTRY",
    "Allocation",
    "Flows",
    "FundAvailability",
    "FundShare",
    "Identity",
    "Need",
    "allocate_most_restricted_first",
    "check_entry",
    "check_gift",
    "check_identity",
    "check_receivable",
    "compute_content_sha256",
    "compute_entry_digest",
    "normal_balance",
]
