"""Two writers at the same moment, each in a transaction of his own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from sqlmodel import Session

from reparations.db import Database


def race(database: Database, deeds: Sequence[Callable[[Session], object]]) -> list[str]:
    """Do all deeds at once; return for each ``done``, or the name of the error, in the order they ended."""
    results: list[str] = []
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[Session], object]) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                deed(session)
            results.append("done")
        except Exception as error:  # noqa: BLE001 whatever it is is compared by the caller
            results.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
