"""The event log: every deed writes one event in its own transaction, chained, hashed into a Merkle tree and signed.

`docs/audit-format.md` is its public format; `verifier/` checks it without sharing a line with this package.
"""

from reparations.audit.canon import JsonValue
from reparations.audit.rowhash import RowDigest, hash_row
from reparations.audit.service import record

__all__ = ["JsonValue", "RowDigest", "hash_row", "record"]
