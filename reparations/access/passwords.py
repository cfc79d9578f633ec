"""Hashing passwords: slow on purpose, and never slower than this machine can bear.

Argon2id with 19 MiB, two passes and one lane (OWASP's first choice).  One check keeps one core busy for some 60 ms, so
they pass through a gate as wide as the machine, with a short queue before it: whoever comes later is told at once to
come back, and a flood of attempts cannot starve everybody else.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

import argon2

from reparations.access.errors import PasswordsBusy

QUEUE = 20
"""How many may wait at the gate."""
LONGEST_WAIT_S = 10

_ARGON2 = argon2.PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=argon2.Type.ID
)

_NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$wQzGDTmw5UaZ3E2Cz1fMFA$eQKrj6DQKF9e5M1n/2zA6AY5J5I8vq4K7bySeJuXtfQ"
"""Hash of a random password that was thrown away: an unknown user costs as much time as a known one."""


class Gate:
    """Lets `width` in at a time, `queue` wait, and turns the rest away.

    Args:
        width: how many may work at once.
        queue: how many may wait.
        longest_wait_s: how long one waits at most, in seconds.
    """

    def __init__(self, *, width: int, queue: int, longest_wait_s: float) -> None:
        """Open the gate."""
        self._working = BoundedSemaphore(width)
        self._inside = BoundedSemaphore(width + queue)
        self._longest_wait_s = longest_wait_s

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Wait for one's turn, and keep it while the block runs.

        Raises:
            PasswordsBusy: the queue is full, or the wait was too long.
        """
        if not self._inside.acquire(blocking=False):
            raise _busy()
        try:
            if not self._working.acquire(timeout=self._longest_wait_s):
                raise _busy()
            try:
                yield
            finally:
                self._working.release()
        finally:
            self._inside.release()


_GATE = Gate(width=os.cpu_count() or 1, queue=QUEUE, longest_wait_s=LONGEST_WAIT_S)
"""One for the process, because the cores it protects are the process's."""


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password in its text format.

    Raises:
        PasswordsBusy: too many are waiting.
    """
    with _GATE.passed():
        return _ARGON2.hash(_raw(password))


def is_password(password: str, *, password_hash: str | None) -> bool:
    """Say whether the hash is of this password; without a hash, take as long and say no.

    Raises:
        PasswordsBusy: too many are waiting.
    """
    with _GATE.passed():
        try:
            _ARGON2.verify(password_hash or _NOBODYS_HASH, _raw(password))
        except argon2.exceptions.VerifyMismatchError:
            return False
    return password_hash is not None


def _raw(password: str) -> bytes:
    """The same characters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")


def _busy() -> PasswordsBusy:
    return PasswordsBusy("Too many people are signing in at this moment.", remedy="Try again in a few seconds.")
