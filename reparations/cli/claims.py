"""`reparations claims`: bring a file of claimants into the registry, through the API like any other client.

The whole file is checked first.  Then each row is registered by a request of its own; a row that went in before is the
same claim again, so an interrupted import is simply started anew.
"""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from reparations.cli.context import plain_errors, print_json
from reparations.client import Importer, Rejection
from reparations.errors import InvalidInput
from reparations.registry.errors import InvalidClaimsFile
from reparations.registry.intake import Fault, IntakeRow, read_claims

SHOWN_FAULTS = 50

claims = typer.Typer(name="claims", help="Claimants: bring them in from a file.", no_args_is_help=True)


@claims.callback()
def _claims() -> None:
    """Keep `import` a verb of its own while it is the only one."""


@claims.command("import")
def import_claims(
    file: Annotated[Path, typer.Argument(help="CSV file, as docs/claimants-csv.md describes.")],
    *,
    programme: Annotated[str, typer.Option(help="Code of the programme.")],
    url: Annotated[str, typer.Option(help="Address of the service.")],
    username: Annotated[str, typer.Option(help="User name of a caseworker.")],
    password_file: Annotated[Path, typer.Option(help="File whose first line is the password.")],
    rejected_file: Annotated[
        Path | None, typer.Option(help="Where to list rejected rows; FILE with .rejected.csv if absent.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Register every row of a file.  Starting it again is safe."""
    with plain_errors(as_json=as_json):
        rows = _read(file)
        with Importer(url, username=username, password=_password(password_file)) as importer:
            outcome = importer.run(_with_progress(rows, quiet=as_json), programme=programme, count=len(rows))
        listed = _list_rejected(rejected_file or file.with_suffix(".rejected.csv"), outcome.rejected)
    if as_json:
        print_json(outcome.summary() | ({"rejected_file": str(listed)} if listed else {}))
    else:
        typer.echo(
            f"{outcome.rows} rows: {outcome.registered} registered, {outcome.registered_before} registered before, "
            f"{len(outcome.rejected)} rejected; {outcome.with_open_duplicates} wait for somebody to look at a "
            "possible duplicate."
        )
        if listed:
            typer.echo(f"Rejected rows and their reasons are listed in {listed}.", err=True)
    if outcome.rejected:
        raise typer.Exit(1)


def _read(file: Path) -> list[IntakeRow]:
    """Read a file that has no faults.

    Raises:
        InvalidClaimsFile: it has some; they are listed on standard error.
    """
    try:
        content = file.read_bytes()
    except OSError:
        raise InvalidInput("The file cannot be read.", field="FILE", remedy="Check its name.") from None
    read = read_claims(content)
    if read.faults:
        for fault in read.faults[:SHOWN_FAULTS]:
            typer.echo(_sentence(fault), err=True)
        raise InvalidClaimsFile(
            f"The file has {len(read.faults)} faults; nothing was registered.",
            field="FILE",
            remedy="Put them right and start again.",
        )
    return list(read.rows)


def _sentence(fault: Fault) -> str:
    return f"{fault.row}, column {fault.column or '-'}: {fault.code}; {fault.remedy}"


def _password(file: Path) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InvalidInput("The password file cannot be read.", field="--password-file") from None
    if not lines or not lines[0]:
        raise InvalidInput("The password file is empty.", field="--password-file")
    return lines[0]


def _with_progress(rows: list[IntakeRow], *, quiet: bool) -> Iterator[IntakeRow]:
    """Give the rows one by one, and show on a terminal how far it has come."""
    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("Registering claims"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        yield from progress.track(rows)


def _list_rejected(file: Path, rejected: list[Rejection]) -> Path | None:
    """Write which rows were rejected and why, readable by its owner only; no name stands in it."""
    if not rejected:
        return None
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("row_id", "code", "field", "remedy"))
        writer.writerows((one.row, one.code, one.field, one.remedy) for one in rejected)
    return file
