"""Charts as plain rectangles.  Their words stand beside them in HTML, where they can be read, copied and heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reparations.reports.pdf.markup import Markup, join, tag

WIDTH = 1000
"""Of every chart, in its own units; the page scales it."""
GAP = 3
"""White between two segments."""
THINNEST = 4
"""A sum that is not zero is never too thin to see."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a whole, with the colour class it is drawn in."""

    label: str
    amount: int
    colour: str


def stacked_bar(segments: Sequence[Segment], *, label: str, height: int = 58) -> Markup:
    """One bar for the whole, a segment for each part; `label` is what a screen reader says."""
    shown = [segment for segment in segments if segment.amount > 0]
    widths = share_width([segment.amount for segment in shown], WIDTH - GAP * max(len(shown) - 1, 0))
    left, rectangles = 0, []
    for segment, width in zip(shown, widths, strict=True):
        rectangles.append(_rectangle(left, width, height, COLOURS[segment.colour]))
        left += width + GAP
    if not shown:
        rectangles.append(_rectangle(0, WIDTH, height, COLOURS["empty"]))
    return _chart(rectangles, height=height, label=label)


def small_bar(parts: Sequence[tuple[int, str]], whole: int, *, label: str) -> Markup:
    """A thin bar inside a table's row: coloured parts of `whole` on a pale ground."""
    height, left = 90, 0
    rectangles = [_rectangle(0, WIDTH, height, COLOURS["empty"])]
    for amount, colour in parts:
        width = 0 if whole == 0 else amount * WIDTH // whole
        if width:
            rectangles.append(_rectangle(left, width, height, COLOURS[colour]))
        left += width
    return _chart(rectangles, height=height, label=label)


def share_width(amounts: Sequence[int], width: int) -> list[int]:
    """Share `width` over positive `amounts` in proportion, each at least `THINNEST`, the rest to the largest."""
    total = sum(amounts)
    if not total:
        return []
    widths = [max(THINNEST, amount * width // total) for amount in amounts]
    largest = widths.index(max(widths))
    widths[largest] += width - sum(widths)
    return widths


COLOURS = {
    "paid": "#1d6b5f",
    "in_flight": "#d9a441",
    "returned": "#b4552d",
    "costs": "#7a7f87",
    "refunds": "#4d4a6b",
    "reserved": "#5f8fb0",
    "bank": "#b9d0df",
    "empty": "#ecefee",
    "met": "#1d6b5f",
    "not_met": "#b4552d",
}
"""Chosen to differ in lightness too, so that they survive a black-and-white print."""


def _rectangle(left: int, width: int, height: int, colour: str) -> Markup:
    return tag(
        "rect", x=str(left), y="0", width=str(width), height=str(height), fill=colour, rx=str(min(6, width // 2))
    )


def _chart(rectangles: Sequence[Markup], *, height: int, label: str) -> Markup:
    return tag(
        "svg",
        tag("title", label),  # what WeasyPrint makes the figure's alternative text
        join(rectangles),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}",
        class_="chart",
        role="img",
        preserveAspectRatio="none",
    )
