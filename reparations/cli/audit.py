"""`reparations audit`: check the log, sign it, hand it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from reparations.audit import queries
from reparations.audit.checkpoints import LAST_SIGNED, make_checkpoint
from reparations.audit.export import export_log
from reparations.audit.notes import verifier_key
from reparations.audit.verification import Check, Finding, RowSource, run_checks, verify_log, verify_rows
from reparations.calendar import utc_now
from reparations.cli.context import open_database, plain_errors, print_json, settings
from reparations.ledger.queries import list_entry_digests, list_findings
from reparations.tables import list_models
from reparations.vault import keyring_of

MAX_FINDINGS = 1_000

audit = typer.Typer(help="The event log.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@audit.command()
def verify(
    *,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, dir_okay=False, help="A signed checkpoint kept elsewhere; may be given several times."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every event, audited row and balance; name whatever was changed.  Exits with 1 if anything was."""
    with plain_errors(as_json=as_json), open_database() as database, database.reading() as session:
        outside = [path.read_text(encoding="utf-8") for path in [*(checkpoint or []), *_last_signed()]]
        public_key = keyring_of(session).log_key.public_key()
        events = queries.get_head(session).size
        checks: list[Check] = [
            partial(verify_log, public_key=public_key, outside_checkpoints=outside),
            *(partial(verify_rows, models=[model], digests=_row_sources()) for model in list_models()),
            list_findings,
        ]
        found = run_checks(session, list_models(), [_first(check) for check in checks])
    if as_json:
        print_json({"events": events, "findings": [asdict(finding) for finding in found], "ok": not found})
    else:
        _show(found, events)
    if found:
        raise typer.Exit(1)


@audit.command("checkpoint")
def sign(*, as_json: AsJson = False) -> None:
    """Sign the log as it stands, and print the signed checkpoint: keep it somewhere else."""
    with plain_errors(as_json=as_json), open_database() as database, database.transaction() as session:
        signed = make_checkpoint(session, settings=settings(), at=utc_now())
        size, note = signed.size, signed.note
        key = verifier_key(settings().log_origin, keyring_of(session).log_key.public_key())
    if as_json:
        print_json({"size": size, "note": note, "verifier_key": key})
    else:
        typer.echo(note, nl=False)


@audit.command()
def policy(*, as_json: AsJson = False) -> None:
    """Print the policy that `reparations-verify` needs to know this log by; publish it where people trust you."""
    with plain_errors(as_json=as_json), open_database() as database, database.reading() as session:
        key = verifier_key(settings().log_origin, keyring_of(session).log_key.public_key())
    if as_json:
        print_json({"verifier_key": key})
    else:
        typer.echo(f"log {key}\nquorum none")


@audit.command("export-log")
def export(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.", file_okay=False)], *, as_json: AsJson = False
) -> None:
    """Write the signed part of the log into a folder, for `reparations-verify log`."""
    with plain_errors(as_json=as_json), open_database() as database, database.reading() as session:
        count = export_log(session, folder)
    if as_json:
        print_json({"events": count, "folder": str(folder)})
    else:
        typer.echo(f"Wrote {count} events. Check them with: reparations-verify log {folder} --policy policy.txt")


def _show(found: list[Finding], events: int) -> None:
    for finding in found:
        typer.echo(f"{finding.record}: {finding.message} [{finding.code}]", err=True)
    if found:
        typer.echo(f"{len(found)} findings in {events} events. Keep a copy of this database as evidence.", err=True)
    else:
        typer.echo(f"All is well: {events} events, and every audited row is as its last event left it.")


def _first(check: Check) -> Check:
    """Have a check say no more than anybody would read."""
    return lambda session: islice(check(session), MAX_FINDINGS)


def _row_sources() -> Mapping[str, RowSource]:
    """Name the tables whose service commits to records of several rows."""
    return {"ledger_transfer": list_entry_digests}


def _last_signed() -> list[Path]:
    path = settings().keys_dir / LAST_SIGNED
    return [path] if path.exists() else []
