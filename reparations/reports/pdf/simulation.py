"""What a simulation found, as one page or on paper: charts with their words, and the tables they are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from reparations.money import Money
from reparations.reports.pdf import style
from reparations.reports.pdf.charts import Segment, stacked_bar
from reparations.reports.pdf.markup import Markup, join, tag
from reparations.reports.pdf.pages import render_page
from reparations.reports.pdf.sections import Column, paragraph, table
from reparations.reports.texts import Texts
from reparations.reports.texts.language import Language

Shown = Mapping[str, Any]
"""What `simulation_result.shown` holds: schema ``reparations/simulation/1``."""

_FEW = "–"
_COLOURS = {
    "eligible": "met",
    "eligible_amount_pending": "in_flight",
    "more_information_needed": "reserved",
    "not_eligible": "not_met",
}
_MOVES = ("better", "same", "worse")
_NAMES = {"capacity": "capacity", "award": "award", "sex": "sex", "age": "age", "place": "place of residence"}
_SCREEN = """
body { font: 1rem/1.5 sans-serif; max-width: 55rem; margin: 2rem auto; padding: 0 1rem; color: #1f262d }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 } caption { text-align: left; font-weight: 600 }
th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #cfd6d4 }
.figures { text-align: right } .chart { display: block; width: 100%; height: 1.6rem } code { overflow-wrap: anywhere }
"""


def write_simulation(shown: Shown, *, simulation_id: str, input_sha256: str) -> str:
    """Write the answer of a simulation as one HTML page that refers to no other file."""
    return _page(shown, _SCREEN, simulation_id=simulation_id, input_sha256=input_sha256)


def render_simulation(shown: Shown, *, simulation_id: str, input_sha256: str) -> bytes:
    """Render the answer as a tagged PDF/A-3a and PDF/UA-1."""
    sheet = style.stylesheet(f"{_title(shown)} – {simulation_id}", Texts(Language.ENGLISH))
    return render_page(_page(shown, sheet, simulation_id=simulation_id, input_sha256=input_sha256))


def _title(shown: Shown) -> str:
    return f"What if: {shown['title']}, {shown['on']}"


def _page(shown: Shown, sheet: str, *, simulation_id: str, input_sha256: str) -> str:
    stamp = f"{shown['on']}T00:00:00Z"
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        tag("title", _title(shown)),
        Markup(f'<meta name="dcterms.created" content="{stamp}"><meta name="dcterms.modified" content="{stamp}">'),
        tag("style", Markup(sheet)),
    )
    body = tag(
        "body",
        tag("header", tag("h1", _title(shown)), *_question(shown)),
        _whole(shown),
        *(_groups(name, rows, shown["currency"]) for name, rows in shown["groups"].items()),
        _reading(shown, simulation_id=simulation_id, input_sha256=input_sha256),
    )
    return f"<!doctype html>{tag('html', head, body, lang='en')}"


def _question(shown: Shown) -> list[Markup]:
    base, draft = (f"{shown[side]['scheme']} version {shown[side]['version']}" for side in ("base", "draft"))
    return [
        paragraph(
            f"What {draft} would do to the claims of {shown['programme']}, held against {base}. "
            "It is a computation over what is known today. Nobody has decided anything."
        ),
        paragraph(
            f"Every count is moved by up to {shown['rules']['moved']}, so counts do not add up exactly. "
            f"{_FEW} stands for fewer than {shown['rules']['smallest']}, or for what would give so few away. "
            "Costs are rounded to three figures."
        ),
    ]


def _whole(shown: Shown) -> Markup:
    whole, currency = shown["whole"], shown["currency"]
    columns = [Column("Outcome"), Column("Now", figures=True), Column("Under the draft", figures=True)]
    outcomes = [[_words(one), _count(whole["before"][one]), _count(whole["after"][one])] for one in _COLOURS]
    costs = [_money(whole[f"cost_{side}_minor"], currency) for side in ("before", "after")]
    return tag(
        "section",
        tag("h2", "All claims"),
        *_bars(whole),
        table("Claims by outcome", columns, outcomes),
        table("What they cost", [Column("What"), *columns[1:]], [["Cost of eligible claims", *costs]]),
        paragraph(_budget(shown)),
        _moves("How claims fare under the draft", [("All claims", whole)]),
    )


def _budget(shown: Shown) -> str:
    """Hold the money against the cost of what has no award yet."""
    currency = shown["currency"]
    free = str(Money(shown["uncommitted_minor"], currency))
    open_ = next((row for row in shown["groups"].get("award", ()) if row["group"] == "not_made"), None)
    needed = open_["cost_after_minor"] if open_ else None
    if needed is None:
        return f"Money not awarded yet: {free}."
    missing = needed - shown["uncommitted_minor"]
    verdict = f"about {Money(missing, currency)} is missing" if missing > 0 else "that is enough"
    return f"Money not awarded yet: {free}. Claims without an award would cost {Money(needed, currency)}: {verdict}."


def _bars(part: Shown) -> list[Markup]:
    bars = []
    for side, words in (("before", "Now"), ("after", "Under the draft")):
        segments = [Segment(_words(outcome), part[side][outcome] or 0, colour) for outcome, colour in _COLOURS.items()]
        told = ", ".join(f"{_words(outcome)} {_count(part[side][outcome])}" for outcome in _COLOURS)
        bars += [tag("h3", words), stacked_bar(segments, label=f"{words}: {told}")]
    legend = join(
        tag("li", tag("span", class_=f"swatch {colour}"), _words(outcome)) for outcome, colour in _COLOURS.items()
    )
    return [*bars, tag("ul", legend, class_="legend")]


def _moves(caption: str, rows: Sequence[tuple[str, Shown]]) -> Markup:
    columns = [Column("Claims"), *(Column(move.capitalize(), figures=True) for move in _MOVES)]
    return table(caption, columns, [[name, *(_count(part["move"][move]) for move in _MOVES)] for name, part in rows])


def _groups(dimension: str, rows: Sequence[Shown], currency: str) -> Markup:
    name = _NAMES.get(dimension, dimension)
    columns = [
        Column(name.capitalize()),
        *(
            Column(one, figures=True)
            for one in ("Claims", "Eligible now", "Under the draft", "Cost now", "Under the draft")
        ),
    ]
    cells = [
        [
            _words(row["group"]),
            _count(row["claims"]),
            _count(row["before"]["eligible"]),
            _count(row["after"]["eligible"]),
            _money(row["cost_before_minor"], currency),
            _money(row["cost_after_minor"], currency),
        ]
        for row in rows
    ]
    named = [(_words(row["group"]), row) for row in rows]
    return tag(
        "section",
        tag("h2", f"By {name}"),
        table(f"Claims and cost by {name}", columns, cells),
        _moves(f"How claims fare, by {name}", named),
    )


def _reading(shown: Shown, *, simulation_id: str, input_sha256: str) -> Markup:
    named = (
        ("Simulation", simulation_id),
        ("Claims and facts looked at", input_sha256),
        ("Rules now", shown["base"]["ast_sha256"]),
        ("Draft", shown["draft"]["ast_sha256"]),
    )
    terms = join(join((tag("dt", term), tag("dd", Markup(f"<code>{escape(value)}</code>")))) for term, value in named)
    return tag("section", tag("h2", "What was looked at"), tag("dl", terms))


def _count(count: int | None) -> str:
    return _FEW if count is None else str(count)


def _money(amount_minor: int | None, currency: str) -> str:
    return _FEW if amount_minor is None else str(Money(amount_minor, currency))


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
