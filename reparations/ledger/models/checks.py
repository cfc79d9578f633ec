"""Conditions that several tables share."""

from __future__ import annotations

from enum import StrEnum


def known(column: str, values: type[StrEnum]) -> str:
    """Return the condition that `column` holds one of `values`."""
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"
