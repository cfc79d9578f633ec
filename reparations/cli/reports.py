"""`reparations reports`: issue and list reports, from the machine the service runs on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from reparations.calendar import utc_now
from reparations.cli import context
from reparations.cli.context import open_database, plain_errors, print_json
from reparations.principal import SYSTEM
from reparations.reports import archive, queries, service
from reparations.reports.models import ReportKind
from reparations.reports.schemas import ReportView
from reparations.reports.service import ReportOrder
from reparations.reports.texts.language import Language

PAGE = 200

reports = typer.Typer(name="reports", help="Reports for donors and auditors, as PDF.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@reports.command("issue")
def issue(
    kind: Annotated[ReportKind, typer.Argument(help="For whom.")],
    *,
    programme: Annotated[str, typer.Option(help="Code of the programme.")],
    donor: Annotated[str | None, typer.Option(help="Code of the donor, for a donor's report.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day at whose end things stand; today if absent.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Language of the report.")] = Language.ENGLISH,
    out: Annotated[Path | None, typer.Option(help="Also write the file here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Issue a report and store it in the data folder; the same facts give the same report."""
    with plain_errors(as_json=as_json), open_database() as database:
        settings, at = context.settings(), utc_now()
        order = ReportOrder(
            kind=kind,
            programme_code=programme,
            as_of=(as_of or at).date(),
            donor_code=donor,
            language=language,
        )
        report = service.issue_report(database, order, settings=settings, officer=SYSTEM, at=at)
        path = settings.data_dir / archive.FOLDER / report.file_name
        if out is not None:
            out.write_bytes(service.get_report_bytes(database, report.id, settings=settings, at=at))
        shown = ReportView.of(report).model_dump(mode="json") | {"path": str(out or path)}
        if as_json:
            print_json(shown)
        else:
            typer.echo(f"{report.id}  {shown['path']}")


@reports.command("list")
def list_issued(*, as_json: AsJson = False) -> None:
    """List the issued reports, oldest first."""
    with plain_errors(as_json=as_json), open_database() as database, database.reading() as session:
        rows: list[dict[str, Any]] = []
        after = None
        while page := queries.list_reports(session, after=after, limit=PAGE):
            rows += [ReportView.of(report).model_dump(mode="json") for report in page]
            after = page[-1].id
    if as_json:
        print_json({"reports": rows})
        return
    for row in rows:
        typer.echo(f"{row['id']}  {row['kind']:<8} {row['as_of']}  {row['language']}  {row['file_name']}")
