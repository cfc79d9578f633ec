"""`reparations keys`: make an installation's keys, and show the public one."""

from __future__ import annotations

from typing import Annotated

import typer

from reparations.cli.context import plain_errors, print_json, settings
from reparations.vault import Keyring

keys = typer.Typer(help="The installation's keys.", no_args_is_help=True)


@keys.command()
def create(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Make a new set of key files in REPARATIONS_KEYS_DIR; never replaces one."""
    with plain_errors(as_json=as_json):
        folder = settings().keys_dir
        Keyring.create(folder)
    if as_json:
        print_json({"keys_dir": str(folder)})
    else:
        typer.echo(f"Made five key files in {folder}. Back them up now, apart from the database's backup.")


@keys.command()
def check(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check that every key is there, strong enough and readable by this user only."""
    with plain_errors(as_json=as_json):
        keyring = Keyring.load(settings().keys_dir)
    if as_json:
        print_json({"kek_id": keyring.kek_id, "status": "ok"})
    else:
        typer.echo(f"The keys are in order (root key {keyring.kek_id}).")
