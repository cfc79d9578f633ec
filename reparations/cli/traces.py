"""`reparations trace`: follow money from a gift to payments, and from a payment back."""

from __future__ import annotations

from typing import Annotated

import typer

from reparations.cli.context import plain_errors, print_json, reading_books
from reparations.reports.tracing.payments import trace_payment
from reparations.reports.tracing.queries import GiftTrace, trace_contribution, trace_pledge
from reparations.reports.tracing.schemas import GiftTraceView, PaymentTraceView

trace = typer.Typer(help="Follow money, both ways; nobody is named.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
After = Annotated[str | None, typer.Option(help="`next` of the page before.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many uses at most.")]


@trace.command("pledge")
def pledge(
    pledge_id: Annotated[str, typer.Argument(help="Id of the pledge.")],
    *,
    after: After = None,
    limit: Limit = 200,
    as_json: AsJson = False,
) -> None:
    """Show what a pledge paid for."""
    with plain_errors(as_json=as_json), reading_books() as session:
        found = trace_pledge(session, pledge_id, after=after, limit=limit + 1)
    _print_gifts(found, limit=limit, as_json=as_json)


@trace.command("contribution")
def contribution(
    contribution_id: Annotated[str, typer.Argument(help="Id of the receipt.")],
    *,
    after: After = None,
    limit: Limit = 200,
    as_json: AsJson = False,
) -> None:
    """Show what a receipt paid for."""
    with plain_errors(as_json=as_json), reading_books() as session:
        found = trace_contribution(session, contribution_id, after=after, limit=limit + 1)
    _print_gifts(found, limit=limit, as_json=as_json)


@trace.command("payment")
def payment(
    payment_id: Annotated[str, typer.Argument(help="Id or reference of the payment.")], *, as_json: AsJson = False
) -> None:
    """Show the gifts a payment came from, and the decision, rules and evidence behind it."""
    with plain_errors(as_json=as_json), reading_books() as session:
        view = PaymentTraceView.of(trace_payment(session, payment_id))
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    typer.echo(f"{view.reference}  {view.currency} {view.amount}  {view.status}  fund {view.fund}  {view.batch}")
    typer.echo(f"award {view.subject}, instalment {view.instalment}, paid to {view.paid_to}: {view.authority}")
    if view.grounds is not None:
        rules = f"{view.grounds.rule_set} {view.grounds.rule_set_version}"
        typer.echo(f"decision {view.grounds.decision_id}: {view.grounds.outcome}, by {rules} {view.grounds.ast_sha256}")
        for criterion in view.grounds.criteria_met:
            typer.echo(f"  met {criterion.code}: {criterion.citation}")
        typer.echo(f"  facts {view.grounds.facts_commitment}")
        for commitment in view.grounds.evidence_commitments:
            typer.echo(f"  evidence {commitment}")
    for source in view.sources:
        origin = "other income of the fund" if source.donor is None else f"{source.donor} {source.reference}"
        typer.echo(f"from {origin}: {view.currency} {source.amount}")


def _print_gifts(found: GiftTrace, *, limit: int, as_json: bool) -> None:
    view = GiftTraceView.of(found, limit=limit)
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    for gift in view.gifts:
        typer.echo(
            f"{gift.donor} {gift.reference} to {gift.fund}: {gift.currency} {gift.amount}"
            f" = {gift.used} used + {gift.unspent} unspent + {gift.given_back} given back"
        )
    for use in view.uses:
        typer.echo(f"  {use.kind} {use.subject or use.key}: {use.amount}, of it {use.paid} paid")
        for one in use.payments:
            typer.echo(f"    {one.reference}  {one.amount}  {one.status}")
    if view.next is not None:
        typer.echo(f"more: --after '{view.next}'")
