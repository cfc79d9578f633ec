"""`reparations eligibility simulate` and `simulated`: what other rules would do, over the whole registry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reparations.calendar import utc_now
from reparations.cli.context import open_database, plain_errors, print_json
from reparations.cli.eligibility import AsJson
from reparations.cli.rule_versions import eligibility
from reparations.db import Database
from reparations.eligibility import queries, service
from reparations.eligibility.files import list_versions, read_version
from reparations.eligibility.schemas import ResultOut, SimulationsOut
from reparations.money import Money
from reparations.principal import SYSTEM
from reparations.registry.queries import get_programme
from reparations.reports.pdf.simulation import render_simulation, write_simulation

__all__ = ["eligibility"]

_FEW = "–"


@eligibility.command()
def simulate(
    *,
    programme: Annotated[str, typer.Option(help="Code of the programme.")],
    rules: Annotated[Path | None, typer.Option(help="Folder of the draft; of several versions the last.")] = None,
    resume: Annotated[str | None, typer.Option(help="Id of a simulation that was broken off.")] = None,
    chunk: Annotated[int, typer.Option(min=1, max=service.MAX_SIMULATED, help="Claims in one transaction.")] = 2_000,
    as_json: AsJson = False,
) -> None:
    """Hold a draft against the rules in force over every open claim, and save what may be shown of it."""
    if (rules is None) == (resume is None):
        raise typer.BadParameter("Give either --rules or --resume.")
    with plain_errors(as_json=as_json), open_database() as database:
        simulation_id = resume or _start(database, programme, read_rules(rules))
        _run(database, programme, simulation_id, chunk=chunk, quiet=as_json)
        with database.reading() as session:
            result = ResultOut.of(queries.get_result(session, simulation_id))
    _print(result, as_json=as_json)


def read_rules(folder: Path | None) -> tuple[str, str]:
    """Read the draft: its rules and its facts; it needs no examples."""
    version = list_versions(folder or Path())[-1]
    files = read_version(version)
    return files.rules, files.facts


def _start(database: Database, programme: str, draft: tuple[str, str]) -> str:
    with database.transaction() as session:
        simulation = service.start_simulation(
            session,
            programme=get_programme(session, programme),
            base_rule_set_id=None,
            draft_rules=draft[0],
            draft_facts=draft[1],
            officer=SYSTEM,
            at=utc_now(),
        )
        return simulation.id


def _run(database: Database, programme: str, simulation_id: str, *, chunk: int, quiet: bool) -> None:
    columns = (TextColumn(f"Simulating {simulation_id}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=quiet)) as progress:
        with database.reading() as session:
            last = queries.find_last_part(session, simulation_id)
            after = last.last_claim_id if last else None
            wanted = queries.count_open_claims(session, get_programme(session, programme).id, after=after)
            if queries.find_result(session, simulation_id) is not None:
                return
        task = progress.add_task("simulating", total=wanted)
        while True:
            with database.transaction() as session:
                part = service.compute_part(session, simulation_id, limit=chunk, officer=SYSTEM, at=utc_now())
                progress.advance(task, part.claims)
                if part.last_claim_id is None:
                    return


@eligibility.command()
def simulated(
    simulation: Annotated[str, typer.Argument(help="Id of a finished simulation.")],
    *,
    beside: Annotated[str | None, typer.Option(help="Id of another one to show beside it.")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write the report as a page here.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Also write the report as a tagged PDF here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a simulation found, alone or beside another."""
    with plain_errors(as_json=as_json), open_database() as database, database.reading() as session:
        first = queries.get_result(session, simulation)
        both = SimulationsOut.of(first, queries.get_result(session, beside)) if beside else None
        result = ResultOut.of(first)
    named = {"simulation_id": result.id, "input_sha256": result.input_sha256}
    if html is not None:
        html.write_text(write_simulation(result.shown, **named), encoding="utf-8")
    if pdf is not None:
        pdf.write_bytes(render_simulation(result.shown, **named))
    if both is None:
        _print(result, as_json=as_json)
    elif as_json:
        print_json(both.model_dump(mode="json"))
    else:
        typer.echo(
            "Both looked at the same claims." if both.same_input else "They looked at different claims or facts."
        )
        for one in (both.first, both.second):
            _print(one, as_json=False)


def _print(result: ResultOut, *, as_json: bool) -> None:
    if as_json:
        print_json(json.loads(result.model_dump_json()))
        return
    for line in _lines(result):
        typer.echo(line)


def _lines(result: ResultOut) -> Iterator[str]:
    shown = result.shown
    currency = shown["currency"]
    yield f"{result.id}: {shown['programme']}, {shown['on']}"
    for side in ("base", "draft"):
        yield f"  {side}: {shown[side]['scheme']} version {shown[side]['version']}, {shown[side]['ast_sha256'][:16]}…"
    moved, smallest = shown["rules"]["moved"], shown["rules"]["smallest"]
    yield f"  counts are moved by up to {moved}; {_FEW} stands for fewer than {smallest}"
    yield from _part("all claims", shown["whole"], currency)
    for dimension, rows in shown["groups"].items():
        for row in rows:
            yield from _part(f"{dimension} {row['group']}".replace("_", " "), row, currency)
    yield f"  uncommitted money: {Money(shown['uncommitted_minor'], currency)}"


def _part(name: str, part: dict[str, Any], currency: str) -> Iterator[str]:
    moves = ", ".join(f"{count_of(part['move'][move])} {move}" for move in ("better", "same", "worse"))
    yield f"  {name}: {count_of(part['claims'])} claims; {moves}"
    was, is_ = (money_of(part[f"cost_{side}_minor"], currency) for side in ("before", "after"))
    yield f"    cost: {was} → {is_}"
    for outcome in part["before"]:
        counts = (part["before"][outcome], part["after"][outcome])
        if counts != (None, None):
            yield f"    {outcome.replace('_', ' ')}: {' → '.join(map(count_of, counts))}"


def count_of(count: int | None) -> str:
    """Write a count, or that it is too small to be shown."""
    return _FEW if count is None else str(count)


def money_of(amount_minor: int | None, currency: str) -> str:
    """Write an amount, or that it is not shown."""
    return _FEW if amount_minor is None else str(Money(amount_minor, currency))
