"""`reparations payments`: sending what is released, asking what became of it, reading what the bank says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from reparations import calendar
from reparations.cli import context
from reparations.payments import service, worker
from reparations.payments.models import Payment
from reparations.principal import SYSTEM

payments = typer.Typer(help="Send released payments, look them up, read bank statements.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
Batch = Annotated[str | None, typer.Option("--batch", help="Only this batch: its id or reference.")]


@payments.command()
def dispatch(*, batch: Batch = None, as_json: Json = False) -> None:
    """Make bank files and send online payments that are released, until nothing is left; safe to run twice."""
    with context.plain_errors(as_json=as_json), context.open_database() as database, _progress(quiet=as_json) as tell:
        rails = worker.open_rails(context.settings())
        result = worker.dispatch(database, rails, clock=calendar.utc_now, batch_id=batch, progress=tell)
    _report(result, as_json=as_json)


@payments.command(name="look-up")
def look_up(*, batch: Batch = None, as_json: Json = False) -> None:
    """Ask the providers about every payment that is unknown, parked or on its way; sends nothing."""
    with context.plain_errors(as_json=as_json), context.open_database() as database, _progress(quiet=as_json) as tell:
        rails = worker.open_rails(context.settings())
        result = worker.look_up(database, rails, clock=calendar.utc_now, batch_id=batch, progress=tell)
    _report(result, as_json=as_json)


@payments.command(name="import-statement")
def import_statement(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A camt.053.001.08 document.")],
    *,
    as_json: Json = False,
) -> None:
    """Read a bank's statement: settle and return the payments it names; the same one again changes nothing."""
    with (
        context.plain_errors(as_json=as_json),
        context.open_database() as database,
        database.transaction() as session,
    ):
        results = service.import_statements(session, file.read_bytes(), officer=SYSTEM, at=calendar.utc_now())
    counted = [
        {
            "already_imported": result.already_imported,
            "findings": result.findings,
            "returned": result.returned,
            "settled": result.settled,
            "statement_id": result.statement_id,
        }
        for result in results
    ]
    if as_json:
        context.print_json({"statements": counted})
        return
    for result in results:
        known = " (imported before)" if result.already_imported else ""
        typer.echo(
            f"statement {result.statement_id}{known}: {result.settled} settled, {result.returned} returned, "
            f"{result.findings} put aside"
        )


@contextmanager
def _progress(*, quiet: bool) -> Iterator[worker.Progress]:
    """Show how many payments were answered, on standard error, where somebody is looking."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed} payments answered"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("payments", total=None)

        def tell(_payment: Payment) -> None:
            bar.advance(task)

        yield tell


def _report(result: worker.RunResult, *, as_json: bool) -> None:
    if as_json:
        context.print_json(
            {
                "asked": result.asked,
                "files": result.files,
                "held": result.held,
                "sent": result.sent,
                "waiting": result.waiting,
            }
        )
        return
    typer.echo(f"{len(result.files)} bank files made, {result.sent} payments sent, {result.asked} asked about")
    for status, count in result.waiting.items():
        typer.echo(f"  {status}: {count}")
    for reference in result.held:
        typer.echo(f"  held back: {reference}: GET /payments/{reference} says why; withdraw it if it stays so")
