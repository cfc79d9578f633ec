"""Reading the registry.  `get_` gives one or raises, `find_` may give none, `list_` gives a page, `lock_` holds rows.

Where an `office_id` is taken, None means every office (see `rules.registration.office_scope`); a record of another
office is then as if it did not exist.
"""

from reparations.registry.queries.claims import (
    find_case,
    find_claim_by_row,
    find_claim_of_party,
    find_programme,
    get_case,
    get_claim,
    get_programme,
    list_claims,
    list_claims_to_assess,
    list_duties,
    list_programmes,
    lock_claim,
    lock_counter,
)
from reparations.registry.queries.duplicates import (
    PairView,
    find_open_duplicates,
    list_duplicates,
    list_pairs_of,
    lock_duplicate,
    view_pairs,
)
from reparations.registry.queries.people import (
    find_deceased,
    find_destination,
    find_destinations,
    get_party,
    lock_party,
    open_destination,
    open_many_profiles,
    open_name,
    open_profile,
)
from reparations.registry.queries.records import (
    find_facts_revision,
    get_evidence,
    get_facts,
    list_evidence,
    list_harms,
    list_ties,
    open_facts,
    open_many_facts,
)

__all__ = [
    "PairView",
    "find_case",
    "find_claim_by_row",
    "find_claim_of_party",
    "find_deceased",
    "find_destination",
    "find_destinations",
    "find_facts_revision",
    "find_open_duplicates",
    "find_programme",
    "get_case",
    "get_claim",
    "get_evidence",
    "get_facts",
    "get_party",
    "get_programme",
    "list_claims",
    "list_claims_to_assess",
    "list_duplicates",
    "list_duties",
    "list_evidence",
    "list_harms",
    "list_pairs_of",
    "list_programmes",
    "list_ties",
    "lock_claim",
    "lock_counter",
    "lock_duplicate",
    "lock_party",
    "open_destination",
    "open_facts",
    "open_many_facts",
    "open_many_profiles",
    "open_name",
    "open_profile",
    "view_pairs",
]
