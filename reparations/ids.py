"""Opaque record ids: a short prefix that says what it is, and a ULID that says nothing else about it.

The first 48 bits are the time of creation, so that new rows lie together and lists can be paged by id; the other 80
are random, so that nobody finds a record by guessing.
"""

from __future__ import annotations

import secrets
import time

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26


def new_id(prefix: str) -> str:
    """Make an id such as ``clm_01J9ZD3J6Q0V8T5C4W7X2Y1RBN``."""
    number = (time.time_ns() // 1_000_000 & (2**48 - 1)) << 80 | secrets.randbits(80)
    letters = []
    for _ in range(_LENGTH):
        number, index = divmod(number, 32)
        letters.append(_CROCKFORD[index])
    return f"{prefix}_{''.join(reversed(letters))}"
