"""What is true of the books and how awards find their funds.  Pure: values in, a value or an error out."""

from reparations.ledger.rules.allocation import (
    Allocation,
    FundAvailability,
    FundShare,
    Need,
    Period,
    allocate_in_order,
    allocate_most_restricted_first,
    compute_inputs_sha256,
    compute_share_minor,
)
from reparations.ledger.rules.attribution import (
    AttributedFund,
    Attribution,
    Gift,
    Use,
    UseKind,
    attribute_first_in_first_out,
    list_payers,
)
from reparations.ledger.rules.entries import (
    MAX_ID_CHARACTERS,
    MAX_TRANSFERS_PER_ENTRY,
    check_entry,
    compute_content_sha256,
    compute_entry_digest,
)
from reparations.ledger.rules.gifts import (
    AgeBand,
    DuePart,
    check_gift,
    check_receivable,
    check_schedule,
    compute_open_parts,
    find_age_band,
)
from reparations.ledger.rules.identity import Flows, Identity, check_identity, normal_balance
from reparations.ledger.rules.restrictions import Restriction, check_restriction, check_share

__all__ = [
    "MAX_ID_CHARACTERS",
    "MAX_TRANSFERS_PER_ENTRY",
    "AgeBand",
    "Allocation",
    "AttributedFund",
    "Attribution",
    "DuePart",
    "Flows",
    "FundAvailability",
    "FundShare",
    "Gift",
    "Identity",
    "Need",
    "Period",
    "Restriction",
    "Use",
    "UseKind",
    "allocate_in_order",
    "allocate_most_restricted_first",
    "attribute_first_in_first_out",
    "check_entry",
    "check_gift",
    "check_identity",
    "check_receivable",
    "check_restriction",
    "check_schedule",
    "check_share",
    "compute_content_sha256",
    "compute_entry_digest",
    "compute_inputs_sha256",
    "compute_open_parts",
    "compute_share_minor",
    "find_age_band",
    "list_payers",
    "normal_balance",
]
