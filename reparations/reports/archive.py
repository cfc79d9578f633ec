"""The folder of issued files: a file is there whole or not at all, also after a power cut."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from reparations.settings import Settings

FOLDER = "reports"


def find_file(settings: Settings, name: str) -> bytes | None:
    """Read an issued file, or None where it is missing."""
    try:
        return (settings.data_dir / FOLDER / name).read_bytes()
    except FileNotFoundError:
        return None


def store_file(settings: Settings, name: str, content: bytes) -> Path:
    """Write an issued file durably under its name: beside it first, then renamed over it."""
    folder = settings.data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as draft:
        try:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return path
