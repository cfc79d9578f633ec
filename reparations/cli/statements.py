"""`reparations ledger statement` and `export`: the books as files."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from reparations.calendar import utc_now
from reparations.cli.context import plain_errors, reading_books
from reparations.cli.ledger import ledger
from reparations.ledger import queries
from reparations.ledger.errors import DonorNotFound, FundNotFound
from reparations.ledger.queries.plain_text import stream_plain_text
from reparations.ledger.queries.statements import Scope
from reparations.ledger.rules.plain_text import TextFormat
from reparations.ledger.rules.statements import StatementKind
from reparations.reports.statements import service
from reparations.reports.statements.formats import Format, stream_csv, stream_json
from reparations.reports.texts.language import Language

__all__ = ["ledger"]

Out = Annotated[Path | None, typer.Option(help="Write the file here, and not on standard output.")]


@ledger.command("statement")
def statement(  # noqa: PLR0913 each is something its user may say
    kind: Annotated[StatementKind, typer.Argument(help="Which statement.")],
    *,
    fund: Annotated[str | None, typer.Option(help="Code of a fund; all funds if absent.")] = None,
    donor: Annotated[str | None, typer.Option(help="Code of a donor, for a donor's statement.")] = None,
    currency: Annotated[str | None, typer.Option(help="One currency; each if absent.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of the period; the first ever if absent.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the period; today if absent.")
    ] = None,
    wanted: Annotated[Format, typer.Option("--format", help="The kind of file.")] = Format.JSON,
    language: Annotated[Language, typer.Option(help="Language of a PDF.")] = Language.ENGLISH,
    out: Out = None,
) -> None:
    """Write a statement of the books, row by row, however long they are."""
    with plain_errors(), reading_books() as session:
        scope = Scope(
            as_of=_day(as_of) or utc_now().date(),
            since=_day(since),
            fund_id=_fund_id(session, fund),
            currency=currency,
        )
        made = service.open_statement(session, kind, scope, donor_id=_donor_id(session, donor))
        if out is not None:
            service.write(made, wanted, out, language=language)
            typer.echo(str(out))
        elif wanted in {Format.JSON, Format.CSV}:
            sys.stdout.writelines(stream_json(made) if wanted is Format.JSON else stream_csv(made))
        else:
            sys.stdout.buffer.write(service.render(made, wanted, language=language))


@ledger.command("export")
def export(
    *,
    text_format: Annotated[TextFormat, typer.Option("--format", help="The program that will read it.")],
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day to write; everything if absent.")
    ] = None,
    out: Out = None,
) -> None:
    """Write the whole books as plain text for an independent check by beancount or hledger."""
    with plain_errors(), reading_books() as session:
        lines = (f"{line}\n" for line in stream_plain_text(session, text_format, until=_day(until)))
        if out is None:
            sys.stdout.writelines(lines)
            return
        with out.open("w", encoding="utf-8") as file:
            file.writelines(lines)
    typer.echo(str(out))


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()


def _fund_id(session: Session, code: str | None) -> str | None:
    if code is None:
        return None
    fund = queries.find_fund_by_code(session, code)
    if fund is None:
        raise FundNotFound("There is no fund of this code.", field="fund", remedy="GET /funds lists them.")
    return fund.id


def _donor_id(session: Session, code: str | None) -> str | None:
    if code is None:
        return None
    donor = queries.find_donor_by_code(session, code)
    if donor is None:
        raise DonorNotFound("There is no donor of this code.", field="donor", remedy="GET /donors lists them.")
    return donor.id
