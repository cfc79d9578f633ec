"""Writing the signed part of the log into a folder that anybody can check without this service.

The files are specified in `docs/audit-format.md`, section 5; `reparations-verify log` reads them.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from reparations.audit import queries
from reparations.audit.errors import ExportFolderInUse

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmodel import Session

EVENTS_FILE = "events.jsonl"
SIGNATURES_FILE = "signatures.txt"
CHECKPOINTS_FOLDER = "checkpoints"
LATEST_FILE = "checkpoint.txt"

_CHUNK = 500


def export_log(session: Session, folder: Path) -> int:
    """Write every event under the latest checkpoint, its signature, and every checkpoint, into an empty `folder`.

    Returns:
        how many events were written.

    Raises:
        NoCheckpoint: the log has not been signed yet.
        ExportFolderInUse: there are files in the folder already.
    """
    latest = queries.get_latest_checkpoint(session)
    if folder.exists() and any(folder.iterdir()):
        message = "There are files in that folder already."
        raise ExportFolderInUse(message, remedy="Name a new or an empty folder.")
    (folder / CHECKPOINTS_FOLDER).mkdir(parents=True)
    for checkpoint in queries.list_checkpoints(session):
        (folder / CHECKPOINTS_FOLDER / f"{checkpoint.size}.txt").write_text(checkpoint.note, encoding="utf-8")
    with (folder / EVENTS_FILE).open("wb") as events, (folder / SIGNATURES_FILE).open("wb") as signatures:
        for first in range(0, latest.size, _CHUNK):
            for event in queries.list_events(session, first=first, limit=min(_CHUNK, latest.size - first)):
                events.write(event.body + b"\n")
                signatures.write(b64encode(event.app_sig) + b"\n")
            session.expunge_all()
    (folder / LATEST_FILE).write_text(latest.note, encoding="utf-8")
    return latest.size
