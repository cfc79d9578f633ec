"""`reparations ledger`: check the books, print the trial balance."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from reparations.cli.context import plain_errors, print_json, reading_books
from reparations.ledger import queries
from reparations.ledger.errors import FundNotFound
from reparations.ledger.schemas import BalancesAsOfView, TrialBalanceView
from reparations.recovery.findings import list_findings as list_recovery_findings

ledger = typer.Typer(help="The double-entry books.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@ledger.command()
def verify(*, as_json: AsJson = False) -> None:
    """Recompute the books from the transfers, and compare every record of theirs with the event log.  Exits with 1 if
    anything does not agree, and names it.
    """
    with plain_errors(as_json=as_json), reading_books() as session:
        checks = (queries.list_findings, queries.list_row_findings, list_recovery_findings)
        findings = list(dict.fromkeys(finding for check in checks for finding in check(session)))
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings], "ok": not findings})
    elif not findings:
        typer.echo("The books agree with their transfers, and every record of theirs with the event log.")
    for finding in [] if as_json else findings:
        typer.echo(f"{finding.record}: {finding.message} [{finding.code}]")
    if findings:
        raise typer.Exit(1)


@ledger.command()
def balance(
    fund: Annotated[str, typer.Argument(help="Code of the fund.")],
    *,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only what occurred on or before this day; by default everything."),
    ] = None,
    known_at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"],
            help="Only what was recorded at or before this moment (UTC; of a day, its first); by default everything.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print what stands on the accounts of a fund, or stood: as of a day, as the books knew it at a moment."""
    day, moment = as_of.date() if as_of else None, known_at.replace(tzinfo=UTC) if known_at else None
    with plain_errors(as_json=as_json), reading_books() as session:
        found = queries.find_fund_by_code(session, fund)
        if found is None:
            raise FundNotFound("There is no fund of this code.", field="fund")
        accounts = queries.list_balances_as_of(session, found.id, as_of=day, known_at=moment)
        view = BalancesAsOfView.of(found, accounts, as_of=day, known_at=moment)
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    for line in view.accounts:
        typer.echo(f"{line.currency:<3} {line.account:<20} {line.balance:>18}")


@ledger.command("trial-balance")
def trial_balance(
    *,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only what occurred on or before this day; by default everything."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print debits and credits of every account, by fund and currency."""
    day = as_of.date() if as_of else None
    with plain_errors(as_json=as_json), reading_books() as session:
        view = TrialBalanceView.of(queries.list_trial_balance(session, as_of=day), as_of=day)
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    row = "{:<20} {:<3} {:<20} {:>18} {:>18}"
    typer.echo(row.format("fund", "", "account", "debits", "credits"))
    for line in view.lines:
        typer.echo(row.format(line.fund, line.currency, line.account, line.debits, line.credits))
    for total in view.totals:
        typer.echo(row.format("total", total.currency, "", total.debits, total.credits))
