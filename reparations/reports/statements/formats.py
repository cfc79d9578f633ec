"""A statement as JSON, CSV or a spreadsheet, row by row.

An amount is its exact decimal text; a spreadsheet has the whole minor units beside it, as a number to calculate with.
There is no float: an amount is at most 2**53 - 1 minor units, which a spreadsheet holds exactly; where a sum is
more, its minor units are written as text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import Any

import xlsxwriter

from reparations.ledger.queries.statements import Cell, CellKind, Row, Statement
from reparations.money import MAX_AMOUNT_MINOR, Money
from reparations.reports.pdf.attachments import defuse

ROWS_PER_SHEET = 1_000_000
"""A sheet ends at 1,048,576 rows; what is longer goes on on the next."""
COLUMN_WIDTH = 18


class Format(StrEnum):
    """The files a statement can be had as."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PDF: "application/pdf",
}


def stream_json(statement: Statement) -> Iterator[str]:
    """Write one JSON document; each row is an object, amounts are decimal strings."""
    scope = statement.scope
    head = {
        "statement": statement.kind.value,
        "since": _plain(scope.since),
        "as_of": _plain(scope.as_of),
        "columns": [column.name for column in statement.columns],
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": ['
    names = [column.name for column in statement.columns]
    before = "\n"
    for row in statement.rows:
        shown = {name: _plain(cell) for name, cell in zip(names, row, strict=True)}
        yield before + json.dumps(shown, ensure_ascii=False)
        before = ",\n"
    yield "\n]}\n"


def stream_csv(statement: Statement) -> Iterator[str]:
    """Write RFC 4180 CSV with a heading; a text that a spreadsheet would run as a formula is quoted with ``'``."""
    heading = [column.name for column in statement.columns]
    for row in chain([heading], ([_text(cell) for cell in row] for row in statement.rows)):
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\r\n").writerow(row)
        yield line.getvalue()


def write_xlsx(statement: Statement, target: Path | io.BytesIO) -> None:
    """Write a spreadsheet, a row at a time: what has been written is not kept in memory.

    Every text is written as text, never as a formula, a number or a link.
    """
    created = datetime.combine(statement.scope.as_of, time())
    with xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_urls": False}) as book:
        book.set_properties({"title": statement.kind.value, "created": created})
        bold = book.add_format({"bold": True})
        right = book.add_format({"align": "right"})
        whole = book.add_format({"num_format": "0"})
        styles = _Styles(bold, right, whole)
        rows = iter(statement.rows)
        number = 0
        while True:
            sheet = _new_sheet(book, statement, number, styles)
            written = 0
            for written, row in enumerate(islice(rows, ROWS_PER_SHEET), 1):
                _write_row(sheet, written, row, statement=statement, styles=styles)
            number += 1
            if written < ROWS_PER_SHEET:
                break


@dataclass(frozen=True, slots=True)
class _Styles:
    heading: Any
    figures: Any
    whole: Any


def _new_sheet(book: Any, statement: Statement, number: int, styles: _Styles) -> Any:  # noqa: ANN401 untyped library
    """Begin a sheet with its heading; an amount has two columns, as text and in minor units."""
    sheet = book.add_worksheet(f"{statement.kind.value} {number + 1}")
    position = 0
    for column in statement.columns:
        sheet.write_string(0, position, column.name, styles.heading)
        position += 1
        if column.kind is CellKind.MONEY:
            sheet.write_string(0, position, f"{column.name}_minor", styles.heading)
            position += 1
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, position - 1, COLUMN_WIDTH)
    return sheet


def _write_row(sheet: Any, line: int, row: Row, *, statement: Statement, styles: _Styles) -> None:  # noqa: ANN401 as above
    position = 0
    for column, cell in zip(statement.columns, row, strict=True):
        if isinstance(cell, Money):
            sheet.write_string(line, position, cell.decimal_string, styles.figures)
            if abs(cell.amount_minor) <= MAX_AMOUNT_MINOR:
                sheet.write_number(line, position + 1, cell.amount_minor, styles.whole)
            else:
                sheet.write_string(line, position + 1, str(cell.amount_minor), styles.figures)
        elif isinstance(cell, int):
            sheet.write_number(line, position, cell, styles.whole)
        elif cell is not None:
            sheet.write_string(line, position, _text(cell))
        position += 2 if column.kind is CellKind.MONEY else 1


def _plain(cell: Cell) -> str | int | None:
    if isinstance(cell, Money):
        return cell.decimal_string
    return cell.isoformat() if isinstance(cell, date) else cell


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return defuse(cell)
    plain = _plain(cell)
    return "" if plain is None else str(plain)
