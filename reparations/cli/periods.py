"""`reparations ledger open`, `clear-opening` and `close-period`, and the second person's word on each.

Each command signs in as a fund administrator, because two human beings must stand behind each deed.  A password comes
from a file or a prompt, never from the command line.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from reparations.calendar import utc_now
from reparations.cli.acting import PasswordFile, Username, deed
from reparations.cli.context import open_database, plain_errors, print_json, settings
from reparations.cli.ledger import AsJson
from reparations.cli.statements import Out, ledger
from reparations.db import Session
from reparations.errors import InvalidInput
from reparations.ledger import queries, service
from reparations.ledger.errors import FundNotFound
from reparations.ledger.models import ClearanceKind, OpeningClearance, PeriodLength
from reparations.ledger.schemas.periods import (
    ClearanceView,
    ClosedPeriodView,
    ClosingView,
    NewClearance,
    OpeningView,
    PeriodView,
)
from reparations.money import Money

__all__ = ["ledger"]

_DAY = ["%Y-%m-%d"]


@ledger.command("open")
def open_books(
    file: Annotated[Path, typer.Argument(help="CSV or JSON sheet of balances, as docs/ledger.md describes.")],
    *,
    source: Annotated[str, typer.Option(help="Name and version of the books it comes from.")],
    as_of: Annotated[datetime, typer.Option(formats=_DAY, help="Day at whose end the balances stood there.")],
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Bring balances of another system; another administrator confirms them with `confirm-opening`."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        try:
            content = file.read_bytes()
        except OSError:
            raise InvalidInput("The file cannot be read.", field="FILE", remedy="Check its name.") from None
        sheet = service.prepare_opening(
            session, content, source_system=source, as_of=as_of.date(), officer=officer, at=utc_now()
        )
        _show_opening(session, sheet.id, as_json=as_json)


@ledger.command("confirm-opening")
def confirm_opening(
    sheet: Annotated[str, typer.Argument(help="Id of the sheet, as `open` printed it.")],
    *,
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Take a sheet of balances over into the books, and print the reconciliation."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        service.confirm_opening(session, sheet, officer=officer, at=utc_now())
        _show_opening(session, sheet, as_json=as_json)


@ledger.command("clear-opening")
def clear_opening(  # noqa: PLR0913 each is something its user says
    fund: Annotated[str, typer.Argument(help="Code of the fund.")],
    kind: Annotated[ClearanceKind, typer.Argument(help="What became of it, as docs/ledger.md describes.")],
    amount: Annotated[str, typer.Argument(help="How much of it, as in 250.00.")],
    *,
    currency: Annotated[str, typer.Option(help="Of the books.")],
    reference: Annotated[str, typer.Option(help="Your own; sending it again is the same deed again.")],
    citation: Annotated[str, typer.Option(help="The bank's statement, or the authority with its reason.")],
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Clear what a fund's books were opened with; another administrator says yes with `approve-clearance`."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        found = queries.find_fund_by_code(session, fund)
        if found is None:
            raise FundNotFound("There is no fund of this code.", record=fund)
        try:
            said = NewClearance(reference=reference, kind=kind, amount=amount, currency=currency, citation=citation)
        except ValidationError as error:
            field = str(error.errors(include_input=False)[0]["loc"][0])
            raise InvalidInput(f"This cannot be the {field} of a clearance.", field=field) from None
        clearance = service.prepare_clearance(
            session,
            reference=said.reference,
            fund_id=found.id,
            kind=said.kind,
            amount=Money.parse(said.amount, said.currency),
            citation=said.citation,
            officer=officer,
            at=utc_now(),
        )
        _show_clearance(session, clearance, as_json=as_json)


@ledger.command("approve-clearance")
def approve_clearance(
    clearance: Annotated[str, typer.Argument(help="Id of the clearance, as `clear-opening` printed it.")],
    *,
    on: Annotated[datetime, typer.Option(formats=_DAY, help="Day by the bank or by the authority.")],
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Approve a clearance as the second person, and print what of the sheet is still open."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        done = service.approve_clearance(session, clearance, cleared_on=on.date(), officer=officer, at=utc_now())
        _show_opening(session, done.sheet_id, as_json=as_json)


@ledger.command("close-period")
def close_period(
    fund: Annotated[str, typer.Argument(help="Code of the fund.")],
    *,
    length: Annotated[PeriodLength, typer.Option(help="How long the period is.")] = PeriodLength.MONTH,
    starts_on: Annotated[datetime | None, typer.Option(formats=_DAY, help="Of the fund's first period.")] = None,
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Prepare the closing of a fund's next period; another administrator closes it with `countersign-period`."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        found = queries.find_fund_by_code(session, fund)
        if found is None:
            raise FundNotFound("There is no fund of this code.", record=fund)
        starts = starts_on.date() if starts_on else None
        at = utc_now()
        draft = service.prepare_closing(
            session, fund_id=found.id, length=length, starts_on=starts, officer=officer, at=at
        )
        view = ClosingView.of(draft)
        if as_json:
            print_json(view.model_dump(mode="json"))
        else:
            typer.echo(f"{view.id}  {fund} period {view.number}, {view.starts_on} to {view.ends_on}")
            typer.echo(f"trial balance {view.trial_balance_sha256}")


@ledger.command("countersign-period")
def countersign_period(
    draft: Annotated[str, typer.Argument(help="Id of the prepared closing, as `close-period` printed it.")],
    *,
    username: Username,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Close a prepared period: nothing more is posted into it, by anybody."""
    with deed(username, password_file, as_json=as_json) as (session, officer):
        view = PeriodView.of(service.countersign_closing(session, draft, officer=officer, at=utc_now()))
        if as_json:
            print_json(view.model_dump(mode="json"))
        else:
            typer.echo(f"Period {view.number} is closed up to {view.ends_on}; signed {view.signature[:16]}…")


@ledger.command("closed-period")
def closed_period(
    fund: Annotated[str, typer.Argument(help="Code of the fund.")],
    number: Annotated[int, typer.Argument(help="Number of the closed period.", min=1)],
    *,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Write a closed period with its signed trial balance, for `reparations-verify period`."""
    with plain_errors(as_json=as_json), open_database() as database, database.reading() as session:
        found = queries.find_fund_by_code(session, fund)
        if found is None:
            raise FundNotFound("There is no fund of this code.", record=fund)
        period = queries.get_period(session, found.id, number)
        signed = queries.write_closing(session, period, origin=settings().log_origin)
        view = ClosedPeriodView.of(
            period,
            queries.list_period_lines(session, found.id, number),
            queries.list_adjustments(session, found.id, number),
        )
    if out is not None:
        out.write_text(signed, encoding="utf-8")
    if as_json:
        print_json(view.model_dump(mode="json") | {"signed": signed})
    else:
        typer.echo(signed if out is None else str(out), nl=out is not None)


def _show_clearance(session: Session, clearance: OpeningClearance, *, as_json: bool) -> None:
    view = ClearanceView.of(queries.get_cleared(session, clearance.id))
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        typer.echo(f"{view.id}  {view.kind} {view.amount} {view.currency}, {view.citation}")


def _show_opening(session: Session, sheet_id: str, *, as_json: bool) -> None:
    view = OpeningView.of(
        queries.get_sheet(session, sheet_id),
        queries.list_opened_books(session, sheet_id),
        queries.list_reconciled(session, sheet_id),
    )
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    row = "{:<20} {:<3} {:<16}" + " {:>18}" * 5
    typer.echo(f"{view.id}  {view.source_system} as of {view.as_of}, file {view.file_sha256}")
    typer.echo(row.format("fund", "", "account", "imported", "posted", "difference", "cleared", "still open"))
    for line in view.lines:
        amounts = (line.imported, line.posted, line.difference, line.cleared, line.still_open)
        typer.echo(row.format(line.fund, line.currency, line.account, *amounts))
