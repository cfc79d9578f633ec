"""The command line: `reparations <noun> <verb>`, one module a noun."""

from __future__ import annotations

import importlib

import typer

from reparations import __version__
from reparations.cli.database import database
from reparations.cli.keys import keys
from reparations.cli.serve import serve

_NOUNS = ("users", "claims", "eligibility", "ledger", "payments", "reports", "audit", "example")


def build() -> typer.Typer:
    """Put the commands together."""
    root = typer.Typer(
        help="Registry of victims, eligibility under published rules, and a disbursement ledger.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    root.command()(serve)
    root.command(name="version")(_version)
    for app, name in ((database, "database"), (keys, "keys")):
        root.add_typer(app, name=name)
    for noun in _NOUNS:
        try:
            module = importlib.import_module(f"reparations.cli.{noun}")
        except ModuleNotFoundError:
            continue
        root.add_typer(getattr(module, noun), name=noun)
    return root


def _version() -> None:
    """Print the version."""
    typer.echo(__version__)
