"""`reparations eligibility`: check rule files, evaluate a programme's claims, explain an assessment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reparations.calendar import utc_now
from reparations.cli.context import open_database, plain_errors, print_json
from reparations.db import Database, Session
from reparations.eligibility import queries, service
from reparations.eligibility.errors import ExampleFailed, RuleFileRefused
from reparations.eligibility.files import list_versions, read_version
from reparations.eligibility.language import Explanation, Problem, check_examples, load_examples, load_rule_set
from reparations.eligibility.reading_copy import write_reading_copy
from reparations.eligibility.service.assessing import MAX_CHUNK
from reparations.principal import SYSTEM
from reparations.registry.errors import ClaimNotFound
from reparations.registry.models import Claim
from reparations.registry.queries import get_programme, list_claims
from reparations.reports.pdf.reading_copy import render_reading_copy

eligibility = typer.Typer(name="eligibility", help="Rules, and what they say of claims.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@eligibility.command()
def check(
    rules_dir: Annotated[Path, typer.Argument(help="Folder of a programme's rules, or of one version.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Check rule files and run their worked examples, without a database."""
    with plain_errors(as_json=as_json):
        reports = [_check_version(folder) for folder in list_versions(rules_dir)]
    if as_json:
        print_json(reports)
    else:
        for report in reports:
            _print_check(report)
    if any(report["problems"] for report in reports):
        raise typer.Exit(1)


def _check_version(folder: Path) -> dict[str, Any]:
    files = read_version(folder)
    report: dict[str, Any] = {"folder": folder.name, "problems": [], "warnings": [], "coverage": {}}
    try:
        rule_set = load_rule_set(files.rules, files.facts)
        examples = load_examples(files.examples, rule_set)
        seen = check_examples(rule_set, examples)
    except RuleFileRefused as refused:
        return report | {"problems": [_problem(problem) for problem in refused.problems]}
    except ExampleFailed as failed:
        return report | {
            "problems": [{"code": failed.code, "at": None, "message": failed.message, "remedy": failed.remedy}]
        }
    return report | {
        "rule_set": rule_set.name,
        "version": rule_set.version,
        "status": rule_set.status,
        "ast_sha256": rule_set.identity,
        "file_sha256": rule_set.file_sha256,
        "examples": len(examples),
        "warnings": list(rule_set.warnings),
        "coverage": {code: sorted(found) for code, found in seen.items()},
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "at": str(problem.at), "message": problem.message, "remedy": problem.remedy}


def _print_check(report: dict[str, Any]) -> None:
    if report["problems"]:
        typer.echo(f"{report['folder']}: refused")
        for problem in report["problems"]:
            place = f"{problem['at']}: " if problem["at"] else ""
            typer.echo(f"  {place}{problem['message']} {problem['remedy']} [{problem['code']}]")
        return
    typer.echo(
        f"{report['folder']}: {report['rule_set']} version {report['version']}, {report['status']}, "
        f"{report['examples']} examples come out as they say"
    )
    typer.echo(f"  identity {report['ast_sha256']}")
    for code, found in report["coverage"].items():
        missing = [finding for finding in ("met", "not_met", "unknown") if finding not in found]
        if missing:
            typer.echo(f"  no example shows {code} {' or '.join(missing)}")
    for warning in report["warnings"]:
        typer.echo(f"  note: {warning}")


@eligibility.command()
def read(
    rules_dir: Annotated[Path, typer.Argument(help="Folder of one version, or of a programme's rules: then the last.")],
    *,
    output: Annotated[Path, typer.Option(help="File to write.")],
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a tagged PDF and not HTML.")] = False,
) -> None:
    """Write the reading copy of a rule file: a page in which every condition is a sentence with its source."""
    with plain_errors(as_json=False):
        files = read_version(list_versions(rules_dir)[-1])
        rule_set = load_rule_set(files.rules, files.facts)
        content = render_reading_copy(rule_set) if pdf else write_reading_copy(rule_set).encode()
    output.write_bytes(content)
    typer.echo(f"{output} written")


@eligibility.command()
def evaluate(
    *,
    programme: Annotated[str, typer.Option(help="Code of the programme.")],
    after: Annotated[
        str | None, typer.Option(help="Id of the last claim of the chunk before, to resume there.")
    ] = None,
    chunk: Annotated[int, typer.Option(min=1, max=MAX_CHUNK, help="Claims in one transaction.")] = 2_000,
    as_json: AsJson = False,
) -> None:
    """Assess every open claim of a programme by the rules in force.

    Each chunk is a transaction of its own, and a claim assessed already is left alone: stopped in the middle, start it
    again.
    """
    with plain_errors(as_json=as_json), open_database() as database:
        totals = _evaluate(database, code=programme, after=after, chunk=chunk, quiet=as_json)
        with database.reading() as session:
            outcomes = queries.count_outcomes(session, get_programme(session, programme).id)
    if as_json:
        print_json(totals | {"outcomes": outcomes})
        return
    typer.echo(f"{totals['assessed']} assessed, {totals['unchanged']} unchanged")
    for outcome, count in outcomes.items():
        typer.echo(f"  {outcome.replace('_', ' ')}: {count}")
    for reference in totals["without_facts"]:
        typer.echo(f"  {reference}: nothing is recorded")


def _evaluate(database: Database, *, code: str, after: str | None, chunk: int, quiet: bool) -> dict[str, Any]:
    totals: dict[str, Any] = {"assessed": 0, "unchanged": 0, "without_facts": []}
    columns = (TextColumn("Evaluating"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=quiet)) as progress:
        with database.reading() as session:
            wanted = queries.count_open_claims(session, get_programme(session, code).id, after=after)
        task = progress.add_task("evaluating", total=wanted)
        while True:
            with database.transaction() as session:
                done = service.assess_programme(
                    session,
                    programme=get_programme(session, code),
                    after=after,
                    limit=chunk,
                    officer=SYSTEM,
                    at=utc_now(),
                )
            totals["assessed"] += len(done.assessed)
            totals["unchanged"] += done.unchanged
            totals["without_facts"] += done.without_facts
            progress.advance(task, len(done.assessed) + done.unchanged + len(done.without_facts))
            after = done.next
            if after is None:
                return totals


@eligibility.command()
def explain(
    reference: Annotated[str, typer.Argument(help="Reference of a claim, such as KATANGA-0001.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say why a claim was assessed as it was, criterion by criterion, rebuilt from its rules and its facts."""
    with plain_errors(as_json=as_json), open_database() as database, database.reading() as session:
        assessment = queries.get_current_assessment(session, _claim(session, reference))
        _rule_set, explanation = service.explain_assessment(session, assessment)
    if as_json:
        print_json(_as_document(reference, explanation))
        return
    typer.echo(f"{reference}: {explanation.outcome.replace('_', ' ')}")
    typer.echo(f"  {explanation.text}")
    for criterion in explanation.criteria:
        if criterion.applies:
            typer.echo(f"  {criterion.code}: {criterion.title} ({criterion.cite})")
            typer.echo(f"    {criterion.text}")
    for question in explanation.questions:
        typer.echo(f"  to ask: {question.question}")
    for step in explanation.award:
        typer.echo(f"  {step.title}: {step.amount or 'not known yet'} ({step.cite})")
    for note in explanation.notes:
        typer.echo(f"  note: {note}")


def _claim(session: Session, reference: str) -> Claim:
    found = list_claims(session, office_id=None, reference=reference, after=None, limit=1)
    if not found:
        raise ClaimNotFound("No claim has this reference.", remedy="List them with GET /claims.")
    return found[0]


def _as_document(reference: str, explanation: Explanation) -> dict[str, Any]:
    return {
        "reference": reference,
        "outcome": explanation.outcome,
        "text": explanation.text,
        "grounds": list(explanation.grounds),
        "criteria": [
            {"code": one.code, "finding": one.finding, "title": one.title, "cite": one.cite, "text": one.text}
            for one in explanation.criteria
            if one.applies
        ],
        "questions": [{"fact": one.fact, "question": one.question} for one in explanation.questions],
        "award": [{"step": one.step, "amount": one.amount} for one in explanation.award],
        "notes": list(explanation.notes),
    }
