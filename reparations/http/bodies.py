"""Shapes that bodies and pages have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_PAGE = 200
ItemT = TypeVar("ItemT")
RowT = TypeVar("RowT")


class Body(BaseModel):
    """Base of request and answer bodies: unknown fields are refused, text is stripped, nothing is unbounded.

    Text with a NUL is refused here, because PostgreSQL cannot hold it and SQLite can.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_max_length=2_000)

    @field_validator("*", mode="after")
    @classmethod
    def _refuse_nul(cls, value: object) -> object:
        if _holds_nul(value):
            raise ValueError("text must not hold a NUL character")
        return value


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(part) for item in value.items() for part in item)
    return isinstance(value, (list, tuple)) and any(_holds_nul(part) for part in value)


class Page(BaseModel, Generic[ItemT]):
    """One page of a list.  To get the one after it, send `next` as `after`."""

    items: list[ItemT]
    next: str | None = Field(default=None, description="Where the next page begins; absent on the last page.")


class PageQuery(BaseModel):
    """Which page is wanted."""

    after: str | None
    limit: int


def _page_params(
    after: Annotated[
        str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many items at most.")] = 50,
) -> PageQuery:
    return PageQuery(after=after, limit=limit)


PageParams = Annotated[PageQuery, Depends(_page_params)]


def page_of(
    rows: Sequence[RowT], *, limit: int, key: Callable[[RowT], str], show: Callable[[RowT], ItemT]
) -> Page[ItemT]:
    """Make a page out of rows read with ``limit + 1``: the extra row only says that there is a next page."""
    shown = rows[:limit]
    return Page(items=[show(row) for row in shown], next=key(shown[-1]) if len(rows) > limit else None)
