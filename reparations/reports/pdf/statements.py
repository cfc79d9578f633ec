"""A statement of the ledger as pages: tagged, for screen readers too, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from itertools import groupby

import weasyprint
from weasyprint.text.fonts import FontConfiguration

from reparations.ledger.queries.statements import ALL_FUNDS, Cell, CellKind, Row, Statement
from reparations.ledger.queries.statements import Column as StatementColumn
from reparations.money import Money
from reparations.reports.pdf import style
from reparations.reports.pdf.finish import identify_as_accessible
from reparations.reports.pdf.fonts import VendoredOnly
from reparations.reports.pdf.markup import Markup, tag
from reparations.reports.pdf.sections import Column, paragraph, table
from reparations.reports.texts import Texts

_FAMILIES = {
    "account": "account",
    "against": "account",
    "kind": "kind",
    "section": "section",
    "restriction": "restriction",
    "what": "what",
    "age": "age",
}
_IN_CAPTION = ("fund", "currency", "restriction")
_LANDSCAPE = "@page { size: A4 landscape } table { font-size: 8pt; overflow-wrap: anywhere }"


def render_statement(statement: Statement, rows: Sequence[Row], texts: Texts) -> bytes:
    """Render a statement as a tagged PDF/A-3a and PDF/UA-1, a table for each fund and currency.

    Args:
        statement: which; its own rows are not read.
        rows: its rows.
        texts: the language.
    """
    scope = statement.scope
    title = texts.say(f"statement.{statement.kind}")
    days = {"since": texts.day(scope.since) if scope.since else "", "as_of": texts.day(scope.as_of)}
    said = texts.say("scope.period" if scope.since else "scope.until", **days)
    body = tag(
        "body",
        tag("header", tag("h1", title), tag("p", said, class_="as-of"), paragraph(texts.say("scope.about"))),
        *(_tables(statement, rows, texts) or [paragraph(texts.say("scope.empty"))]),
    )
    stamp = f"{scope.as_of.isoformat()}T00:00:00Z"
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        tag("title", f"{title}. {said}"),
        Markup(f'<meta name="dcterms.created" content="{stamp}"><meta name="dcterms.modified" content="{stamp}">'),
        tag("style", Markup(style.stylesheet(f"{title}. {said}", texts) + _LANDSCAPE)),
    )
    page = f"<!doctype html>{tag('html', head, body, lang=texts.language.value)}"
    document = weasyprint.HTML(string=page, url_fetcher=VendoredOnly()).render(font_config=FontConfiguration())
    identifier = f"{statement.kind} {datetime.combine(scope.as_of, time(), tzinfo=UTC)}"
    return bytes(
        document.write_pdf(
            pdf_variant="pdf/a-3a",
            pdf_identifier=identifier.encode()[:_IDENTIFIER_BYTES].ljust(_IDENTIFIER_BYTES),
            finisher=identify_as_accessible,
        )
    )


_IDENTIFIER_BYTES = 16


def _tables(statement: Statement, rows: Sequence[Row], texts: Texts) -> list[Markup]:
    names = [column.name for column in statement.columns]
    captioned = [names.index(name) for name in _IN_CAPTION if name in names]
    shown = [number for number, name in enumerate(names) if name not in _IN_CAPTION]
    columns = [_column(statement.columns[number], texts) for number in shown]
    tables = []
    for key, group in groupby(rows, key=lambda row: tuple(row[number] for number in captioned)):
        own = [[_cell(statement.columns[number], row[number], texts) for number in shown] for row in group]
        tables.append(table(_caption(key, texts), columns, own))
    return tables


def _column(column: StatementColumn, texts: Texts) -> Column:
    figures = column.kind in {CellKind.MONEY, CellKind.COUNT}
    return Column(texts.say(f"cell.{column.name}"), figures=figures)


def _caption(key: tuple[Cell, ...], texts: Texts) -> str:
    fund, currency, *rest = (str(part) for part in key)
    if fund == ALL_FUNDS:
        return texts.say("scope.group", restriction=texts.word("restriction", rest[0]), currency=currency)
    return texts.say("scope.book", fund=fund, currency=currency)


def _cell(column: StatementColumn, cell: Cell, texts: Texts) -> str:
    if isinstance(cell, Money):
        return texts.figures(cell.amount_minor, cell.currency)
    if isinstance(cell, int):
        return texts.number(cell)
    if isinstance(cell, str):
        return _word(column.name, cell, texts) if column.kind is CellKind.CODE else cell
    return "" if cell is None else cell.isoformat()


def _word(column: str, code: str, texts: Texts) -> str:
    if column == "item":
        return texts.word("item" if texts.knows(f"item.{code}") else "account", code)
    return texts.word(_FAMILIES[column], code)
