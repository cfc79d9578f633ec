"""Proving to somebody outside that an event is in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reparations.audit import merkle, queries
from reparations.audit.notes import write_proof
from reparations.audit.pdf_tail import EVIDENCE_NAME, PLACEHOLDER, PROOF_NAME, NotAppendable, append_proof

if TYPE_CHECKING:
    from sqlmodel import Session

    from reparations.audit.models import AuditCheckpoint

__all__ = [
    "EVIDENCE_NAME",
    "PLACEHOLDER",
    "PROOF_NAME",
    "NotAppendable",
    "append_proof",
    "inclusion_path",
    "issue_proof",
]


def issue_proof(session: Session, seq: int, checkpoint: AuditCheckpoint | None = None) -> str:
    """Write the proof that event `seq` is in the log, under `checkpoint` or the earliest one that covers it.

    Returns:
        a C2SP ``tlog-proof``, with the event's own bytes as `extra`.

    Raises:
        EventNotFound: there is no such event.
        NoCheckpoint: none has been signed since.
    """
    event = queries.get_event(session, seq)
    if checkpoint is None or checkpoint.size <= seq:
        checkpoint = queries.get_covering_checkpoint(session, seq)
    path = inclusion_path(session, seq=seq, size=checkpoint.size)
    return write_proof(seq=seq, leaf=event.body, path=path, note=checkpoint.note)


def inclusion_path(session: Session, *, seq: int, size: int) -> list[bytes]:
    """Return the inclusion path of event `seq` in the tree of the first `size` events, nearest sibling first."""
    return [_range_root(session, low, high) for low, high in merkle.inclusion_ranges(seq, size)]


def _range_root(session: Session, low: int, high: int) -> bytes:
    """Return the root of the events from `low` to before `high`, a range of an inclusion proof."""
    subtrees = [_complete_subtree(session, end, level) for end, level in merkle.range_peaks(low, high)]
    return merkle.root_of_peaks(subtrees)


def _complete_subtree(session: Session, end: int, level: int) -> bytes:
    """Return the root of the ``2**level`` events that end with `end`."""
    leaf = queries.get_event(session, end).leaf_hash
    return merkle.fold(leaf, queries.get_subtrees(session, merkle.left_siblings(end)[:level]))
