"""How a column of codes is held to its codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint

if TYPE_CHECKING:
    from enum import StrEnum


def one_of(column: str, codes: type[StrEnum]) -> CheckConstraint:
    """Let a column hold one of `codes` and nothing else."""
    listed = ", ".join(f"'{code.value}'" for code in codes)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
