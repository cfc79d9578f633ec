"""Conditions that several tables are held to."""

from __future__ import annotations

from enum import StrEnum

SHA256_HEX = 64


def known(column: str, values: type[StrEnum]) -> str:
    """Return the condition that a column holds one of the values."""
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"
