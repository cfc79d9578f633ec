"""`reparations rounds`: propose, confirm and withdraw rounds, carry them out, and look at them.

Who proposes and who confirms sign in as fund administrators; carrying out what they have confirmed needs nobody's word.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reparations.calendar import utc_now
from reparations.cli.acting import PasswordFile, Username, deed
from reparations.cli.context import open_database, plain_errors, print_json
from reparations.db import Database, Session
from reparations.eligibility import service
from reparations.eligibility.models import PaymentRound, RoundStatus
from reparations.eligibility.queries.rounds import get_progress, get_round, list_round_funds
from reparations.eligibility.schemas.rounds import RoundIn, RoundOut
from reparations.errors import InvalidInput
from reparations.principal import SYSTEM
from reparations.registry.queries import get_programme

rounds = typer.Typer(name="rounds", help="Sharing a pool over awards, in rounds.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Programme = Annotated[str, typer.Option(help="Code of the programme.")]
Number = Annotated[int, typer.Argument(min=1, help="Number of the round.")]


@rounds.command()
def propose(
    file: Annotated[Path, typer.Argument(help="JSON file of the body of POST /programmes/{programme}/rounds.")],
    *,
    programme: Programme,
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Compute a round over every claim that something is owed on, and propose it; somebody else confirms it."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        body, at = _read_body(file), utc_now()
        found = get_programme(session, programme)
        new = service.resolve_round(session, found, body.read(found.currency, today=at.date()), on=at.date())
        _print(session, service.propose_round(session, found, new, officer=officer, at=at), as_json=as_json)


@rounds.command()
def confirm(
    number: Number,
    *,
    programme: Programme,
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Confirm a round that somebody else proposed; from here on its money is held. Then carry it out."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        found = get_programme(session, programme)
        confirmed = service.confirm_round(session, found, number, officer=officer, at=utc_now())
        _print(session, confirmed, as_json=as_json)


@rounds.command()
def withdraw(
    number: Number,
    *,
    programme: Programme,
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw a round that nobody has confirmed."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        found = get_programme(session, programme)
        withdrawn = service.withdraw_round(session, found, number, officer=officer, at=utc_now())
        _print(session, withdrawn, as_json=as_json)


@rounds.command("carry-out")
def carry_out(
    number: Number,
    *,
    programme: Programme,
    part: Annotated[int, typer.Option(min=1, max=service.MAX_PART, help="Lines in one transaction.")] = 500,
    as_json: AsJson = False,
) -> None:
    """Carry a confirmed round out to its end: awards, funding, books and instalments.

    Each part is a transaction of its own: stopped in the middle, start it again.
    """
    with plain_errors(as_json=as_json), open_database() as database:
        _carry_out(database, code=programme, number=number, part=part, quiet=as_json)
        with database.reading() as session:
            _print(session, get_round(session, get_programme(session, programme).id, number), as_json=as_json)


@rounds.command()
def show(number: Number, *, programme: Programme, as_json: AsJson = False) -> None:
    """Show a round and how far it has come."""
    with plain_errors(as_json=as_json), open_database() as database, database.reading() as session:
        _print(session, get_round(session, get_programme(session, programme).id, number), as_json=as_json)


def _carry_out(database: Database, *, code: str, number: int, part: int, quiet: bool) -> None:
    columns = (TextColumn("Carrying out"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=quiet)) as progress:
        with database.reading() as session:
            so_far = get_progress(session, get_round(session, get_programme(session, code).id, number))
        task = progress.add_task("carrying out", total=so_far.to_part, completed=so_far.parted)
        while True:
            with database.transaction() as session:
                found = get_programme(session, code)
                done = service.carry_out_round(session, found, number, officer=SYSTEM, at=utc_now(), limit=part)
                is_completed = done.round.status == RoundStatus.COMPLETED
            progress.advance(task, done.lines)
            if is_completed:
                return


def _read_body(file: Path) -> RoundIn:
    try:
        return RoundIn.model_validate_json(file.read_bytes())
    except OSError:
        raise InvalidInput("The file cannot be read.", field="FILE", remedy="Check its name.") from None
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in one["loc"]) for one in error.errors(include_input=False))
        message = f"The file does not say what a round is asked by: {places}."
        raise InvalidInput(message, field="FILE", remedy="docs/rounds.md shows one.") from None


def _print(session: Session, row: PaymentRound, *, as_json: bool) -> None:
    view = RoundOut.of(row, list_round_funds(session, [row.id])[row.id], get_progress(session, row))
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    typer.echo(
        f"Round {view.number}, {view.status}: {view.allotted.amount} {view.allotted.currency} of "
        f"{view.pool.amount} over {view.lines} claims"
    )
    for fund in view.funds:
        typer.echo(f"  {fund.fund}: {fund.allotted.amount} of {fund.asked.amount} asked, {fund.cash.amount} to spare")
    for quota in view.quotas:
        typer.echo(f"  quota{f' of {quota.stream}' if quota.stream else ''}: {quota.percent} per cent")
    for part in view.unspent:
        typer.echo(f"  not spent: {part.amount.amount}, {part.text}")
    if view.progress is not None:
        done = view.progress
        typer.echo(
            f"  carried out: {done.parted} of {done.to_part} lines, {done.omitted} left out, "
            f"{done.unarranged} wait for heirs or a birthday"
        )
    typer.echo(f"  result {view.result_sha256}")
