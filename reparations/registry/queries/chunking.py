"""How many ids go into one statement."""

from __future__ import annotations

from collections.abc import Collection, Iterator

CHUNK = 500


def chunks(ids: Collection[str]) -> Iterator[list[str]]:
    """Cut ids into ascending lists of at most `CHUNK`, each id once."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
