"""Many clients at once, each doing one deed after another: how long each took, and how many were done a second.

Nothing here knows what is measured: ours and django-hordak's program both use it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

Times = dict[str, list[float]]
"""`seconds`: what each deed took; `elapsed`: one number, from the first to the last."""


def run(deed: Callable[[int], object], *, clients: int, deeds: int) -> Times:
    """Let `clients` threads do `deeds` deeds between them, as fast as they can; `deed` is called with its number."""
    found: list[list[float]] = [[] for _ in range(clients)]
    ready = threading.Barrier(clients + 1)
    faults: list[BaseException] = []

    def work(client: int) -> None:
        deed(-1 - client)  # connects, and is not counted
        ready.wait()
        try:
            for number in range(client, deeds, clients):
                started = time.perf_counter()
                deed(number)
                found[client].append(time.perf_counter() - started)
        except BaseException as error:  # noqa: BLE001 raised again below, in the thread that measures
            faults.append(error)

    threads = [threading.Thread(target=work, args=(client,), daemon=True) for client in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    if faults:
        raise faults[0]
    return {"seconds": [one for each in found for one in each], "elapsed": [elapsed]}
