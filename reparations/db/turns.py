"""Turns: one thread after the other, in the order they came; beside one that takes long, the others go on."""

from __future__ import annotations

import threading
import time
from collections import deque


class Turns:
    """Lets threads pass one after the other, and another beside them only when nobody has come or gone for a while.

    A plain semaphore keeps no order: the thread that gives its turn back is the first to take it again, and one that
    waits may wait for seconds.

    Args:
        most: how many may pass at once at the most.
        patience_s: how long nobody has to come or go before one more may pass.
    """

    def __init__(self, most: int, *, patience_s: float = 0.005) -> None:
        """Let nobody pass yet."""
        self._most = most
        self._patience_s = patience_s
        self._passing = 0
        self._moved_at = 0.0
        self._waiting: deque[threading.Lock] = deque()
        self._own = threading.Lock()

    def take(self, timeout_s: float) -> float:
        """Wait for a turn, and return the moment it began, for `give`.

        Raises:
            TimeoutError: none was to be had in `timeout_s` seconds.
        """
        with self._own:
            if not self._waiting and self._may_pass():
                return self._pass()
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        try:
            return self._wait(called, timeout_s)
        except BaseException:  # interrupted, or too late: nobody is to be handed a turn that he does not wait for
            self._leave(called)
            raise

    def _wait(self, called: threading.Lock, timeout_s: float) -> float:
        """Wait to be called; look from time to time whether the first in the queue may pass beside one that takes long.

        The more wait, the less often each looks: to wake threads for nothing costs the one that works.
        """
        until = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, until - time.monotonic())
            if called.acquire(timeout=min(left_s, self._patience_s * max(1, len(self._waiting)))):
                return time.monotonic()
            with self._own:
                if called in self._waiting and self._may_pass():
                    self._pass()
                    self._waiting.popleft().release()
                if called not in self._waiting:  # called since the waiting ended, by another or just now
                    return time.monotonic()
            if not left_s:
                message = f"no turn in {timeout_s} s"
                raise TimeoutError(message)

    def _leave(self, called: threading.Lock) -> None:
        """Leave the queue, or pass on the turn that came at the last moment."""
        with self._own:
            if called in self._waiting:
                self._waiting.remove(called)
                return
        self.give(time.monotonic())

    def give(self, began_at: float) -> None:
        """Give a turn back: who has waited longest takes it, unless it was one beside another."""
        with self._own:
            now = time.monotonic()
            was_long = now - began_at > self._patience_s
            self._moved_at = now
            if self._waiting and not (was_long and self._passing > 1):
                self._waiting.popleft().release()
            else:
                self._passing -= 1

    def _may_pass(self) -> bool:
        if not self._passing:
            return True
        return self._passing < self._most and time.monotonic() - self._moved_at > self._patience_s

    def _pass(self) -> float:
        self._passing += 1
        self._moved_at = time.monotonic()
        return self._moved_at
