"""Reading the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlmodel import col, select

from reparations.audit import merkle
from reparations.audit.errors import EventNotFound, NoCheckpoint
from reparations.audit.models import AuditCheckpoint, AuditEvent
from reparations.db import dialect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session


# Texts for the driver itself: every deed asks for these, and to have them compiled takes longer than to run them.
_HEAD = "SELECT size, last_leaf FROM audit_head"
_LOCKED_HEAD = {"sqlite": _HEAD, "postgresql": f"{_HEAD} FOR UPDATE"}
_SUBTREES = "SELECT seq, subtree FROM audit_event WHERE seq IN ({})"
_MARK = {"sqlite": "?", "postgresql": "%s"}


class Head(NamedTuple):
    """Where the log ends."""

    size: int
    last_leaf: bytes


def get_head(session: Session) -> Head:
    """Return the size of the log and the leaf hash of its last event."""
    return Head(*session.connection().exec_driver_sql(_HEAD).one())


def lock_head(session: Session) -> Head:
    """Return the head and keep it from moving until this transaction ends; lock it last of all."""
    return Head(*session.connection().exec_driver_sql(_LOCKED_HEAD[dialect(session)]).one())


def get_event(session: Session, seq: int) -> AuditEvent:
    """Return one event.

    Raises:
        EventNotFound: the log is shorter than that.
    """
    event = session.get(AuditEvent, seq)
    if event is None:
        message = f"The log has no event {seq}."
        raise EventNotFound(message, record=str(seq))
    return event


def list_events(session: Session, *, first: int, limit: int) -> Sequence[AuditEvent]:
    """List up to `limit` events from number `first` on."""
    return session.exec(
        select(AuditEvent).where(col(AuditEvent.seq) >= first).order_by(col(AuditEvent.seq)).limit(limit)
    ).all()


def find_latest_checkpoint(session: Session) -> AuditCheckpoint | None:
    """Return the checkpoint of the largest size, or None before the first."""
    return session.exec(select(AuditCheckpoint).order_by(col(AuditCheckpoint.size).desc()).limit(1)).one_or_none()


def get_covering_checkpoint(session: Session, seq: int) -> AuditCheckpoint:
    """Return the smallest checkpoint that covers event `seq`.

    Raises:
        NoCheckpoint: none has been signed since.
    """
    checkpoint = session.exec(
        select(AuditCheckpoint).where(col(AuditCheckpoint.size) > seq).order_by(col(AuditCheckpoint.size)).limit(1)
    ).one_or_none()
    if checkpoint is None:
        message = f"No checkpoint covers event {seq} yet."
        raise NoCheckpoint(message, record=str(seq), remedy="Sign one: `reparations audit checkpoint`.")
    return checkpoint


def get_root(session: Session, size: int) -> bytes:
    """Return the root of the first `size` events, from the stored subtrees."""
    return merkle.root_of_peaks(get_subtrees(session, merkle.peaks(size)))


def get_subtrees(session: Session, ends: Sequence[int]) -> list[bytes]:
    """Return the stored subtrees that end with the events `ends`, in that order.

    Raises:
        EventNotFound: the log is shorter than that.
    """
    if not ends:  # as for every second event
        return []
    statement = _SUBTREES.format(", ".join([_MARK[dialect(session)]] * len(ends)))
    rows = session.connection().exec_driver_sql(statement, tuple(ends))
    found: dict[int, bytes] = {row.seq: row.subtree for row in rows}
    for end in ends:
        if end not in found:
            message = f"The log has no event {end}."
            raise EventNotFound(message, record=str(end))
    return [found[end] for end in ends]


def get_latest_checkpoint(session: Session) -> AuditCheckpoint:
    """Return the checkpoint of the largest size.

    Raises:
        NoCheckpoint: none has been signed yet.
    """
    checkpoint = find_latest_checkpoint(session)
    if checkpoint is None:
        message = "The log has not been signed yet."
        raise NoCheckpoint(message, remedy="Sign it: `reparations audit checkpoint`.")
    return checkpoint


def list_checkpoints(session: Session) -> Sequence[AuditCheckpoint]:
    """List every checkpoint, smallest first."""
    return session.exec(select(AuditCheckpoint).order_by(col(AuditCheckpoint.size))).all()
