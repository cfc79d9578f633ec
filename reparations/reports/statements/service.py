"""Make a statement in the format that is asked for."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from sqlmodel import Session

from reparations.ledger.queries.statements import Row, Scope, Statement, get_statement
from reparations.ledger.rules.statements import StatementKind
from reparations.reports.errors import PeriodReversed, StatementTooLong
from reparations.reports.pdf.statements import render_statement
from reparations.reports.statements.formats import Format, stream_csv, stream_json, write_xlsx
from reparations.reports.texts import Texts
from reparations.reports.texts.language import Language

MAX_ROWS = 50_000
"""Most rows of one answer over the network; the command line has no such limit."""
MAX_PRINTED_ROWS = 2_000
"""Most rows on paper: some sixty pages, and about a minute's work."""


def open_statement(session: Session, kind: StatementKind, scope: Scope, *, donor_id: str | None = None) -> Statement:
    """Make a statement; see `ledger.queries.get_statement`.

    Raises:
        PeriodReversed: it would end before it begins.
    """
    if scope.since is not None and scope.since > scope.as_of:
        raise PeriodReversed(
            "The period ends before it begins.",
            field="since",
            remedy="`since` is not after `as_of`; both are included.",
        )
    return get_statement(session, kind, scope, donor_id=donor_id)


def limit_rows(statement: Statement, limit: int) -> Statement:
    """Refuse to read a statement beyond so many rows.

    Raises:
        StatementTooLong: while its rows are read.
    """

    def read() -> Iterator[Row]:
        yield from islice(statement.rows, limit)
        if next(statement.rows, None) is not None:
            if isinstance(statement.rows, Generator):
                statement.rows.close()  # and with it the database's cursor
            raise StatementTooLong(
                f"The statement has more than {limit:,} rows.",
                remedy="Ask for one fund, one currency and a shorter period, or write a file on the machine the service"
                " runs on: `reparations ledger statement`.",
            )

    return replace(statement, rows=read())


def render(statement: Statement, wanted: Format, *, language: Language) -> bytes:
    """Write a statement into memory; limit its rows first.

    Raises:
        StatementTooLong: more rows than fit on paper, of a PDF.
    """
    match wanted:
        case Format.JSON:
            return "".join(stream_json(statement)).encode()
        case Format.CSV:
            return "".join(stream_csv(statement)).encode()
        case Format.XLSX:
            buffer = io.BytesIO()
            write_xlsx(statement, buffer)
            return buffer.getvalue()
        case Format.PDF:
            return render_statement(statement, list(limit_rows(statement, MAX_PRINTED_ROWS).rows), Texts(language))


def write(statement: Statement, wanted: Format, target: Path, *, language: Language) -> None:
    """Write a statement to a file, however long it is; only of a PDF the rows are limited.

    Raises:
        StatementTooLong: more rows than fit on paper, of a PDF.
    """
    match wanted:
        case Format.JSON | Format.CSV:
            with target.open("w", encoding="utf-8", newline="") as file:
                file.writelines(stream_json(statement) if wanted is Format.JSON else stream_csv(statement))
        case Format.XLSX:
            write_xlsx(statement, target)
        case Format.PDF:
            target.write_bytes(render(statement, wanted, language=language))
