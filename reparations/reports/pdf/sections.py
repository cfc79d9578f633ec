"""The sections both reports share: the books of a fund, the rules, and how to check the file in hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reparations.reports.evidence.parts import (
    IDENTITY_IN,
    IDENTITY_OUT,
    FundPart,
    Identity,
    RuleSetPart,
    list_lines,
)
from reparations.reports.pdf.charts import Segment, stacked_bar
from reparations.reports.pdf.markup import Markup, join, strong_in, tag
from reparations.reports.texts import Texts

UNBROKEN_ROWS = 14
"""A table of so few rows is kept on one page."""


@dataclass(frozen=True, slots=True)
class LogPosition:
    """How far the event log had come: its name, its size, and the root hash over all of it (hexadecimal)."""

    origin: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and whether it holds figures."""

    heading: str
    figures: bool = False
    width: str | None = None


def section(number: int, heading: str, *children: str | None) -> Markup:
    """A numbered section."""
    title = tag("h2", tag("span", f"{number}", class_="number"), f" {heading}", id=f"section-{number}")
    return tag("section", title, *children)


def contents(headings: Sequence[str], texts: Texts) -> Markup:
    """The table of contents, with links."""
    items = (tag("li", tag("a", heading, href=f"#section-{n}")) for n, heading in enumerate(headings, 1))
    return tag("nav", tag("h2", texts.say("contents.heading")), tag("ol", *items), class_="contents")


def paragraph(text: str, *, class_: str | None = None) -> Markup:
    """A paragraph of plain text."""
    return tag("p", text, class_=class_)


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    foot: Sequence[str] = (),
    class_: str = "",
) -> Markup:
    """A table with a caption, a heading for every column, and the first cell of every row as that row's heading."""
    head = tag("tr", *(_cell("th", column, column.heading, scope="col") for column in columns))
    body = join(_row(columns, row) for row in rows)
    whole = tag(
        "table",
        tag("caption", caption),
        tag("thead", head),
        tag("tbody", body),
        tag("tfoot", _row(columns, foot)) if foot else None,
        class_=class_ or None,
    )
    return tag("div", whole, class_="whole") if len(rows) <= UNBROKEN_ROWS else whole


def _row(columns: Sequence[Column], cells: Sequence[str]) -> Markup:
    first, *others = zip(columns, cells, strict=True)
    return tag("tr", _cell("th", *first, scope="row"), *(_cell("td", column, content) for column, content in others))


def _cell(name: str, column: Column, content: str, *, scope: str | None = None) -> Markup:
    style = f"width: {column.width}" if column.width and scope == "col" else None
    return tag(name, content, scope=scope, class_="figures" if column.figures else None, style=style)


def fund_heading(fund: FundPart, *, name: str = "h3") -> Markup:
    """A fund's title with its code; on the cover no heading but a line of its own, for headings never skip a level."""
    return tag(name, fund.title, " ", tag("span", fund.code, class_="code"), class_="fund-title")


def money_bar(identity: Identity, texts: Texts) -> Markup:
    """Where a fund's money is, as one bar and its legend."""
    segments = [
        Segment(texts.say(f"place.{name}"), amount, name)
        for name, amount in (
            ("paid", identity.paid_minor),
            ("in_flight", identity.in_flight_minor),
            ("returned", identity.returned_minor),
            ("costs", identity.fees_minor + identity.costs_minor),
            ("refunds", identity.refunds_minor),
            ("reserved", identity.reserved_minor),
            ("bank", identity.bank_minor),
        )
        if amount > 0
    ]
    parts = "; ".join(f"{part.label}: {texts.amount(part.amount, identity.currency)}" for part in segments)
    bar = stacked_bar(
        segments, label=texts.say("chart.fund", fund=identity.fund, parts=parts or texts.say("chart.empty"))
    )
    legend = [
        tag(
            "li",
            tag("span", "", class_=f"swatch {part.colour}"),
            f"{part.label} ",
            tag("strong", texts.amount(part.amount, identity.currency)),
        )
        for part in segments
    ]
    return tag("div", bar, tag("ul", *legend, class_="legend"), class_="money-bar")


def identity_table(identity: Identity, texts: Texts) -> Markup:
    """The conservation identity of a fund, set as a sum a reader can add up by hand."""

    def line(name: str, amount: int, *, class_: str | None = None) -> Markup:
        return tag(
            "tr",
            tag(
                "th",
                texts.say(f"line.{name}"),
                tag("span", texts.say(f"meaning.{name}"), class_="meaning"),
                scope="row",
            ),
            tag("td", texts.figures(amount, identity.currency), class_="figures"),
            class_=class_,
        )

    heading = tag(
        "tr",
        tag("th", texts.say("column.books"), scope="col"),
        tag("th", identity.currency, scope="col", class_="figures"),
    )
    return tag(
        "table",
        tag("caption", texts.say("caption.identity", fund=identity.fund)),
        tag("thead", heading),
        tag(
            "tbody",
            *(line(name, amount) for name, amount in list_lines(identity, IDENTITY_IN)),
            line("accounted_in", identity.accounted_minor, class_="sum"),
            *(line(name, amount) for name, amount in list_lines(identity, IDENTITY_OUT)),
            line("accounted_out", identity.accounted_minor, class_="sum"),
            line("bank", identity.bank_minor, class_="detail"),
            line("reserved", identity.reserved_minor, class_="detail"),
        ),
        class_="identity",
    )


def rules_section(rule_sets: Sequence[RuleSetPart], texts: Texts) -> Markup:
    """Each set of rules with what makes it unmistakable."""
    return join(
        tag(
            "div",
            tag("h3", rule.title),
            paragraph(rule.citation),
            tag(
                "dl",
                *_term(
                    texts.say("rules.version"),
                    f"{rule.scheme} {rule.version} ({texts.word('rules.status', rule.status)})",
                ),
                *_term(texts.say("rules.in_force"), texts.day(rule.in_force_from)),
                *_term(texts.say("rules.hash"), tag("code", _grouped(rule.ast_sha256))),
            ),
            class_="box",
        )
        for rule in rule_sets
    )


def checking_section(log: LogPosition, files: Sequence[tuple[str, str]], texts: Texts) -> Markup:
    """How to check the file: the command, what is attached, and the log's state to compare with."""
    steps = tag("ol", *(tag("li", texts.say(f"check.step_{step}")) for step in range(1, 5)), class_="steps")
    listed = tag("ul", *(tag("li", tag("code", name), f": {description}") for name, description in files))
    return join(
        (
            paragraph(texts.say("check.why")),
            tag("pre", texts.say("check.command")),
            steps,
            tag("h3", texts.say("check.files_heading")),
            listed,
            tag("h3", texts.say("check.log_heading")),
            strong_paragraph(texts.raw("check.log"), size=texts.number(log.size), origin=log.origin),
            tag("p", tag("code", _grouped(log.root)), class_="hash"),
        )
    )


def strong_paragraph(template: str, *, class_: str | None = None, **values: str) -> Markup:
    """A paragraph whose values stand in bold."""
    return tag("p", strong_in(template, **values), class_=class_)


def _term(term: str, definition: str) -> tuple[Markup, Markup]:
    return tag("dt", term), tag("dd", definition)


def _grouped(digest: str) -> str:
    """A hash in groups of eight, for reading aloud."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))
