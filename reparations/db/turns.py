"""Turns: at most so many at once, and who came first goes first."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """Lets `number` threads pass and keeps the others in the order they came.

    A plain semaphore keeps no order: the thread that gives its turn back is the first to take it again, and one that
    waits may wait for seconds.

    Args:
        number: how many may pass at once.
    """

    def __init__(self, number: int) -> None:
        """Let nobody pass yet."""
        self._free = number
        self._waiting: deque[threading.Lock] = deque()
        self._own = threading.Lock()

    def take(self, timeout_s: float) -> None:
        """Wait for a turn.

        Raises:
            TimeoutError: none was to be had in `timeout_s` seconds.
        """
        with self._own:
            if self._free:
                self._free -= 1
                return
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        if called.acquire(timeout=timeout_s):
            return
        with self._own:
            if called in self._waiting:
                self._waiting.remove(called)
                message = f"no turn in {timeout_s} s"
                raise TimeoutError(message)
        # Called between the end of the waiting and the look at the queue: the turn is ours.

    def give(self) -> None:
        """Give a turn back: who has waited longest takes it."""
        with self._own:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1
