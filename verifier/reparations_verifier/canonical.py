"""JSON in its one spelling: sorted keys, no spaces, whole numbers only, no key twice."""

from __future__ import annotations

import json
from typing import Any

MAX_EXACT = 2**53 - 1


def read_canonical(raw: bytes, *, ascii_only: bool = False) -> dict[str, Any]:
    """Parse a JSON object and check that writing it again gives the same bytes; a ValueError if not."""
    value = json.loads(raw.decode(), object_pairs_hook=_no_key_twice, parse_float=_no_floats, parse_constant=_no_floats)
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 a fault of the file, not of the caller
    again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only, allow_nan=False)
    if again.encode() != raw:
        raise ValueError("not in the canonical spelling")
    return value


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    if any(isinstance(value, int) and abs(value) > MAX_EXACT for value in found.values()):
        raise ValueError("a number too large to be exact")
    return found


def _no_floats(text: str) -> Any:  # noqa: ANN401 it never returns
    raise ValueError(f"{text} is not a whole number")
