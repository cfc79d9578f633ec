"""`reparations example walk`: the shipped programme, end to end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from reparations.calendar import utc_now
from reparations.cli.context import plain_errors, print_json, settings
from reparations.example.client import ExampleFailed
from reparations.example.walk import prepared
from reparations.example.walk import walk as take_the_walk
from reparations.http.logs import configure_logs
from reparations.settings import Mode

example = typer.Typer(help="The shipped example; its people are invented.", no_args_is_help=True)

EXAMPLE_IBAN = "DE29000000000000000999"
EXAMPLE_BIC = "EXAMDEFF"


@example.callback()
def _example() -> None:
    """Keep `walk` a command of its own."""


@example.command()
def walk(
    *,
    serve: Annotated[bool, typer.Option(help="Go on serving the API when the walk is done.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the API; 0 takes a free one.")] = 8000,
    data_dir: Annotated[Path, typer.Option(help="Where to keep everything.")] = Path("data/example"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Walk the Katanga programme from its order to verified reports, then serve.  Running it again is safe."""
    configure_logs(to=data_dir / "service.log")
    with plain_errors(as_json=as_json):
        configured = settings(
            mode=Mode.DEMO,
            data_dir=data_dir,
            keys_dir=data_dir / "keys",
            database_url=os.environ.get("REPARATIONS_DATABASE_URL", ""),
            debtor_iban=EXAMPLE_IBAN,
            debtor_bic=EXAMPLE_BIC,
        )
        with prepared(configured, clock=utc_now, port=port, tell=_tell_nothing if as_json else _tell) as scene:
            try:
                summary = take_the_walk(scene, announce=_announce_nothing if as_json else _announce)
            except ExampleFailed as failure:
                typer.echo(f"The example stopped: {failure}", err=True)
                raise typer.Exit(1) from None
            _show(summary, as_json=as_json)
            if not summary["reconciled"]:
                raise typer.Exit(1)
            if serve:
                typer.echo("\n  Serving until you press Ctrl-C.")
                scene.wait()


def _announce(number: int, count: int, title: str) -> None:
    typer.echo(f"[{number:2}/{count}] {title}")


def _announce_nothing(_number: int, _count: int, _title: str) -> None:
    return


def _tell(text: str) -> None:
    typer.echo(f"        {text}")


def _tell_nothing(_text: str) -> None:
    return


def _show(summary: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(summary)
        return
    currency = summary["currency"]
    typer.echo("\nDEMONSTRATION. The rules and sums are as published, the people are invented.\n")
    lines = [
        ("Received from donors", f"{currency} {summary['received']:>14}"),
        ("Awarded to persons", f"{currency} {summary['awarded']['individual']:>14}"),
        ("Awarded collectively", f"{currency} {summary['awarded']['collective']:>14}"),
        ("Not allocated", f"{currency} {summary['unallocated']:>14}"),
        ("Paid to persons", f"{currency} {summary['paid']:>14}"),
    ]
    for label, amount in lines:
        typer.echo(f"  {label:<24}{amount}")
    typer.echo(f"\n  {summary['individual_awards']} victims found eligible; payments: {_counts(summary['payments'])}")
    typer.echo("\n  received = paid + on its way + returned + fees + set aside + at the bank, fund by fund:")
    for code, fund in summary["funds"].items():
        parts = " + ".join(fund[part] for part in ("paid", "in_transit", "returned", "fees", "reserved", "bank"))
        typer.echo(f"    {code:<16}{fund['contributions']} = {parts}   {'✓' if fund['holds'] else '✗'}")
    typer.echo("")
    for check, holds in summary["checks"].items():
        typer.echo(f"  {'✓' if holds else '✗'} {check}")
    typer.echo(
        f"\n  {'Reconciled to the cent' if summary['reconciled'] else 'NOT reconciled'}, in {summary['seconds']} s."
    )
    typer.echo(f"  Reports, policy and summary: {summary['files']}")
    typer.echo(f"  API: {summary['url']}, described at {summary['url']}/docs")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
