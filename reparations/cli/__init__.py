"""The command line: `reparations <noun> <verb>`, one module a noun."""

from __future__ import annotations

import typer

from reparations import __version__
from reparations.cli.audit import audit
from reparations.cli.claims import claims
from reparations.cli.database import database
from reparations.cli.example import example
from reparations.cli.keys import keys
from reparations.cli.payments import payments
from reparations.cli.periods import ledger
from reparations.cli.reports import reports
from reparations.cli.rounds import rounds
from reparations.cli.serve import serve
from reparations.cli.simulations import eligibility
from reparations.cli.traces import trace
from reparations.cli.trusts import trusts
from reparations.cli.users import users

NOUNS = {
    "database": database,
    "keys": keys,
    "users": users,
    "claims": claims,
    "eligibility": eligibility,
    "rounds": rounds,
    "trusts": trusts,
    "ledger": ledger,
    "payments": payments,
    "reports": reports,
    "trace": trace,
    "audit": audit,
    "example": example,
}


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
    for noun, commands in NOUNS.items():
        root.add_typer(commands, name=noun)
    return root


def _version() -> None:
    """Print the version."""
    typer.echo(__version__)
