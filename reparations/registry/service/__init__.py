"""The deeds of the registry.  Each takes an open transaction and locks, decides, records and logs, in that order.

Rows are locked in this order: the programme's counter, the pair, claims by id, the party; last the head of the log.
"""

from reparations.registry.service.deaths import record_death
from reparations.registry.service.destinations import record_destination
from reparations.registry.service.duplicates import resolve_duplicate
from reparations.registry.service.duties import assign_duties
from reparations.registry.service.evidence import add_evidence
from reparations.registry.service.facts import record_facts
from reparations.registry.service.programmes import create_programme
from reparations.registry.service.registration import Registered, register_claim
from reparations.registry.service.reveal import log_evidence_opening, log_reveal, open_evidence, open_fields

__all__ = [
    "Registered",
    "add_evidence",
    "assign_duties",
    "create_programme",
    "log_evidence_opening",
    "log_reveal",
    "open_evidence",
    "open_fields",
    "record_death",
    "record_destination",
    "record_facts",
    "register_claim",
    "resolve_duplicate",
]
