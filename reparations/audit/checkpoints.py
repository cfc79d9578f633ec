"""Signing the log.  A checkpoint is a promise to the world, so it is never made twice in contradiction.

What was signed last is remembered in the database and also beside the key, in ``log.checkpoint`` of the keys' folder: a
database restored from an old backup, or rewritten, does not get its new past signed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reparations.audit import queries
from reparations.audit.errors import EventsUncommitted, LogEmpty, LogInconsistent, LogShrunk
from reparations.audit.models import AuditCheckpoint
from reparations.audit.notes import Checkpoint, NoteUnreadable, open_checkpoint, sign_checkpoint
from reparations.audit.service import RECORDED_IN
from reparations.errors import Misconfigured
from reparations.vault import keyring_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from sqlmodel import Session

    from reparations.settings import Settings

LAST_SIGNED = "log.checkpoint"


def make_checkpoint(session: Session, *, settings: Settings, at: datetime) -> AuditCheckpoint:
    """Sign the log as it stands, or return the checkpoint of that size if there is one.

    The events must have been committed before: a checkpoint is made in a transaction of its own.

    Raises:
        EventsUncommitted: this transaction has recorded events.
        LogEmpty: there is nothing to sign.
        LogShrunk, LogInconsistent: what was signed before is no longer contained in the log.
    """
    if session.info.get(RECORDED_IN) is not None and session.info[RECORDED_IN] is session.get_transaction():
        message = "A checkpoint signs committed events only, and this transaction has just recorded some."
        raise EventsUncommitted(message, remedy="Commit first, then sign in a transaction of its own.")
    head = queries.lock_head(session)
    if head.size == 0:
        message = "The log has no event yet."
        raise LogEmpty(message)
    key = keyring_of(session).log_key
    latest = queries.find_latest_checkpoint(session)
    known = [] if latest is None else [latest.note]
    last_signed = settings.keys_dir / LAST_SIGNED
    if last_signed.exists():
        known.append(last_signed.read_text(encoding="utf-8"))
    for note in known:
        _check_extends(session, note, key.public_key(), head)
    if latest is not None and latest.size == head.size:
        return latest
    signed = sign_checkpoint(Checkpoint(settings.log_origin, head.size, queries.get_root(session, head.size)), key)
    _remember(last_signed, signed)
    checkpoint = AuditCheckpoint(size=head.size, note=signed, at=at)
    session.add(checkpoint)
    session.flush()
    return checkpoint


def _check_extends(session: Session, note: str, public_key: Ed25519PublicKey, head: queries.Head) -> None:
    """Check that the log still begins with what `note` signed."""
    try:
        before = open_checkpoint(note, public_key)
    except NoteUnreadable as error:
        message = f"The checkpoint signed last cannot be read: {error}."
        raise LogInconsistent(message, remedy="Find out who changed it before anything is signed.") from None
    if before.size > head.size:
        message = f"The log has {head.size} events, but {before.size} were signed before."
        raise LogShrunk(message, remedy="Restore the newest backup; an older one must not be signed.")
    if queries.get_root(session, before.size) != before.root:
        message = f"The first {before.size} events are no longer those that were signed."
        remedy = "Run `reparations audit verify`; keep this database as evidence."
        raise LogInconsistent(message, remedy=remedy)


def _remember(path: Path, note: str) -> None:
    """Write the note beside the key, before anybody sees it, so that a crash forgets nothing that was signed."""
    draft = path.with_suffix(".new")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError:
        message = f"What the log signs cannot be remembered in {path.name}, so nothing is signed."
        raise Misconfigured(message, field="REPARATIONS_KEYS_DIR", remedy="Make the folder writable.") from None
