"""`reparations trusts`: minors' money held in trust: who has some, its release at age, and earlier by two persons.

Who releases signs in as a fund administrator.  Until which day something is held tells a birthday: it is never printed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from pydantic import ValidationError

from reparations.calendar import utc_now
from reparations.cli.acting import PasswordFile, Username, deed, signed_in
from reparations.cli.context import open_database, plain_errors, print_json
from reparations.eligibility import service
from reparations.eligibility.schemas.trusts import EarlyReleaseIn, HeldOut, TrustReleaseOut, TrustRequestOut
from reparations.errors import InvalidInput
from reparations.money import Money
from reparations.principal import SYSTEM
from reparations.registry.queries import get_programme

trusts = typer.Typer(name="trusts", help="Minors' money held in trust.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Programme = Annotated[str, typer.Option(help="Code of the programme.")]


@trusts.command("list")
def list_trusts(
    *,
    programme: Programme,
    due: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only of those who are of age on this day; logged.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what is held in trust."""
    of_age_on = due.date() if due else None
    with (
        plain_errors(as_json=as_json),
        open_database() as database,
        database.reading() if of_age_on is None else database.transaction() as session,
    ):
        found = get_programme(session, programme)
        rows = service.list_trusts(session, programme=found, of_age_on=of_age_on, officer=SYSTEM, at=utc_now())
        views = [HeldOut.of(row) for row in rows]
        total = Money(sum(row.left.amount_minor for row in rows), found.currency)
    if as_json:
        print_json({"items": [view.model_dump(mode="json") for view in views], "total": str(total)})
        return
    for view in views:
        amount = f"{view.amount.amount} {view.amount.currency}"
        typer.echo(f"{view.instalment_id}  {view.reference}  {amount:>20}  {view.citation}")
    typer.echo(f"{len(views)} held, {total}")


@trusts.command()
def release(
    *, programme: Programme, username: Username, password_file: PasswordFile = None, as_json: AsJson = False
) -> None:
    """Release what is held of everybody who is of age today. Run it daily; again, it releases nothing twice."""
    with signed_in(username, password_file, as_json=as_json) as (database, officer):
        ids: list[str] = []
        after: str | None = None
        while True:
            with database.transaction() as session:
                found = get_programme(session, programme)
                done = service.release_of_age(session, programme=found, officer=officer, at=utc_now(), after=after)
                ids += [one.id for one in done.instalments]
            if (after := done.next) is None:
                break
    if as_json:
        print_json({"instalment_ids": ids})
        return
    for one in ids:
        typer.echo(one)
    typer.echo(f"{len(ids)} released")


@trusts.command("prepare-release")
def prepare_release(
    instalment: Annotated[str, typer.Argument(help="Id of the instalment, as `list` prints it.")],
    *,
    authority: Annotated[str, typer.Option(help="Reference of the order of a court or guardian; no name.")],
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Prepare releasing an instalment before its payee is of age; somebody else approves it."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        row = service.request_release(
            session, instalment, authority=_read_authority(authority), officer=officer, at=utc_now()
        )
        view = TrustRequestOut.of(row)
        if as_json:
            print_json(view.model_dump(mode="json"))
        else:
            typer.echo(f"{view.id}  {view.instalment_id}, by {view.authority}")


@trusts.command("approve-release")
def approve_release(
    request: Annotated[str, typer.Argument(help="Id of the request, as `prepare-release` printed it.")],
    *,
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Approve an early release as the second person; from here on the instalment may be paid."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        view = TrustReleaseOut.of(service.approve_release(session, request, officer=officer, at=utc_now()))
        if as_json:
            print_json(view.model_dump(mode="json"))
        else:
            typer.echo(f"{view.instalment_id} released")


def _read_authority(words: str) -> str:
    try:
        return EarlyReleaseIn(authority=words).authority
    except ValidationError:
        raise InvalidInput(
            "The authority is not written as one line of at most 500 characters.",
            field="authority",
            remedy="Give the reference of the order or consent.",
        ) from None
