"""The one spelling of an event: canonical JSON, restricted so far that no two implementations can differ.

Within the subset below the output equals RFC 8785 (JCS); whatever lies outside is refused when it is written, so that
nobody ever has to guess what was hashed.

- keys: ``[a-z][a-z0-9_]{0,39}``
- strings: NFC, at most 512 characters, none of them a control, a bidirectional mark or half a surrogate pair
- numbers: integers within ±(2⁵³-1), no floats; also true, false and null
- containers at most 4 deep, the event itself being the first
- at most 8 KiB in all
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from reparations.audit.errors import NotRecordable

JsonValue: TypeAlias = "str | int | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

MAX_BYTES = 8 * 1024
MAX_DEPTH = 4
MAX_INTEGER = 2**53 - 1
MAX_STRING = 512

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs"})


def canonical(event: Mapping[str, JsonValue]) -> bytes:
    """Write `event` in its one spelling.

    Raises:
        NotRecordable: it lies outside the subset; `field` says where.  The message never quotes a value.
    """
    _check(event, path="", depth=1)
    text = json.dumps(_plain(event), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    encoded = text.encode()
    if len(encoded) > MAX_BYTES:
        message = f"An event may hold {MAX_BYTES} bytes; this one has {len(encoded)}."
        raise NotRecordable(message, remedy="Put large content in a row and commit to its hash.")
    return encoded


def _check(value: object, *, path: str, depth: int) -> None:
    if isinstance(value, str):
        _check_string(value, path)
    elif value is None or isinstance(value, bool):
        return
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise _refusal(path, "an integer beyond 2^53-1, which other readers would round")
    elif isinstance(value, Mapping):
        _check_depth(depth, path)
        for key, inner in value.items():
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                raise _refusal(path, "a key that is not [a-z][a-z0-9_]{0,39}")
            _check(inner, path=f"{path}.{key}" if path else key, depth=depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        _check_depth(depth, path)
        for position, inner in enumerate(value):
            _check(inner, path=f"{path}.{position}", depth=depth + 1)
    else:
        raise _refusal(path, f"a {type(value).__name__}, which has no canonical form")


def _check_string(value: str, path: str) -> None:
    if len(value) > MAX_STRING:
        raise _refusal(path, f"a string longer than {MAX_STRING} characters")
    if value.isascii() and value.isprintable():
        return
    if not unicodedata.is_normalized("NFC", value):
        raise _refusal(path, "a string that is not in Unicode normal form C")
    if any(c in _BIDI or unicodedata.category(c) in _FORBIDDEN_CATEGORIES for c in value):
        raise _refusal(path, "a control or bidirectional character")


def _check_depth(depth: int, path: str) -> None:
    if depth > MAX_DEPTH:
        raise _refusal(path, f"containers more than {MAX_DEPTH} deep")


def _plain(value: JsonValue) -> JsonValue:
    """Turn any mapping or sequence into the dict or list that the JSON encoder knows."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


def _refusal(path: str, what: str) -> NotRecordable:
    return NotRecordable(f"The event holds {what}.", field=path or None)
