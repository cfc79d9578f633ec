"""HTML by construction: every text is escaped unless it already is markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *children: str | None, **attributes: str | None) -> Markup:
    """An element.  Plain text is escaped, None left out; ``class_`` and ``for_`` lose their underscore."""
    opening = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{opening}>{join(children)}</{name}>")


def join(children: Iterable[str | None]) -> Markup:
    """Children one after the other, plain text escaped."""
    return Markup(
        "".join(child if isinstance(child, Markup) else escape(child) for child in children if child is not None)
    )


def strong_in(template: str, **values: str) -> Markup:
    """A sentence from the catalogue whose values stand in bold; the sentence itself is escaped."""
    return Markup(escape(template).format(**{key: tag("strong", value) for key, value in values.items()}))
