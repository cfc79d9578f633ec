"""`reparations users`: the officers, from the machine the service runs on.

Whoever reaches this command reads the database anyway, and still opens or closes no account in nobody's name: the first
administrator is made once, and after that every command signs in as a security administrator.  A password comes from a
prompt or a file, never from the command line, which other users of the machine can read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from reparations.access import queries, service
from reparations.access.errors import OfficeNotFound, OfficerNotFound
from reparations.access.models import Officer
from reparations.access.rules import normalise_username
from reparations.calendar import utc_now
from reparations.cli.acting import acting_as, read_password
from reparations.cli.context import open_database, plain_errors, print_json
from reparations.db import Session
from reparations.principal import Role

PAGE = 200

users = typer.Typer(name="users", help="Officers: who may sign in, and in which roles.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Username = Annotated[str, typer.Argument(help="User name of the account.")]
PasswordFile = Annotated[
    Path | None, typer.Option(help="File whose first line is the new account's password; asked for if absent.")
]
Administrator = Annotated[str, typer.Option("--as", help="User name of the security administrator who does this.")]
AdministratorPasswordFile = Annotated[
    Path | None, typer.Option("--as-password-file", help="File with the administrator's password; asked for if absent.")
]


@users.command("add-first-administrator")
def add_first_administrator(
    username: Username,
    *,
    office_code: Annotated[str, typer.Option(help="Short name of the first office, in capitals.")] = "HQ",
    office_name: Annotated[str, typer.Option(help="Name of the first office.")] = "Head office",
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Make the first security administrator, and his office.  Refused when there is any officer."""
    with plain_errors(as_json=as_json), open_database() as database:
        password = read_password(password_file, prompt=f"Password for {username}", confirm=True)
        with database.transaction() as session:
            officer = service.create_first_administrator(
                session,
                username=username,
                password=password,
                office_code=office_code,
                office_name=office_name,
                at=utc_now(),
            )
            _show([_row(session, officer)], as_json=as_json)


@users.command("add")
def add(
    username: Username,
    *,
    administrator: Administrator,
    office: Annotated[str, typer.Option(help="Code of the office.")],
    role: Annotated[list[Role] | None, typer.Option(help="Role to grant; may be given several times.")] = None,
    person: Annotated[str | None, typer.Option(help="Id of the person, if he has or had another account.")] = None,
    password_file: PasswordFile = None,
    as_password_file: AdministratorPasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Open an account."""
    with (
        plain_errors(as_json=as_json),
        open_database() as database,
        acting_as(database, administrator, as_password_file) as by,
    ):
        password = read_password(password_file, prompt=f"Password for {username}", confirm=True)
        with database.transaction() as session:
            found = queries.find_office(session, code=office)
            if found is None:
                raise OfficeNotFound("There is no office of this code.", field="office")
            officer = service.add_officer(
                session,
                username=username,
                password=password,
                office_id=found.id,
                person_id=person,
                roles=role or [],
                by=by,
                at=utc_now(),
            )
            _show([_row(session, officer)], as_json=as_json)


@users.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List every account, open or closed, oldest first."""
    with plain_errors(as_json=as_json), open_database() as database, database.reading() as session:
        rows: list[dict[str, Any]] = []
        after: str | None = None
        while page := queries.list_officers(session, after=after, limit=PAGE):
            rows.extend(_row(session, officer) for officer in page)
            after = page[-1].id
        _show(rows, as_json=as_json)


@users.command("disable")
def disable(
    username: Username,
    *,
    administrator: Administrator,
    as_password_file: AdministratorPasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Close an account for good.  Its next request is refused."""
    with (
        plain_errors(as_json=as_json),
        open_database() as database,
        acting_as(database, administrator, as_password_file) as by,
        database.transaction() as session,
    ):
        found = queries.find_officer(session, username=normalise_username(username))
        if found is None:
            raise OfficerNotFound("There is no account of this user name.", field="username")
        officer = service.disable_officer(session, found.id, by=by, at=utc_now())
        _show([_row(session, officer)], as_json=as_json)


def _row(session: Session, officer: Officer) -> dict[str, Any]:
    return {
        "id": officer.id,
        "person_id": officer.person_id,
        "username": officer.username,
        "office": queries.get_office(session, officer.office_id).code,
        "status": officer.status,
        "roles": sorted(queries.list_roles(session, [officer.id])[officer.id]),
    }


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json({"officers": rows})
        return
    for row in rows:
        roles = ", ".join(row["roles"]) or "no role"
        typer.echo(f"{row['username']:<24} {row['status']:<9} {row['office']:<12} {roles}  ({row['id']})")
