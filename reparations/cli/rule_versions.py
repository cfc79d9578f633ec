"""`reparations eligibility golden` and `diff`: fix what a version says, and show what another would change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reparations.cli.context import plain_errors
from reparations.cli.eligibility import eligibility
from reparations.eligibility.files import GOLDEN, list_versions, read_golden_file, read_version
from reparations.eligibility.language import load_examples, load_rule_set
from reparations.eligibility.language.golden import check_golden, make_golden, read_golden, write_golden

__all__ = ["eligibility"]


@eligibility.command()
def golden(
    rules_dir: Annotated[Path, typer.Argument(help="Folder of a programme's rules, or of one version.")],
    *,
    renew: Annotated[
        bool, typer.Option("--renew", help="Make the vectors of a version that is not published yet anew.")
    ] = False,
) -> None:
    """Fix what each version says of a few dozen invented claims; where that is fixed, check that it still says it."""
    with plain_errors():
        for folder in list_versions(rules_dir):
            _fix(folder, renew=renew)


def _fix(folder: Path, *, renew: bool) -> None:
    files = read_version(folder)
    rule_set = load_rule_set(files.rules, files.facts)
    stored = read_golden_file(folder)
    before = read_golden(stored) if stored is not None else None
    if before is not None and not (renew and before.identity != rule_set.identity):
        check_golden(before, rule_set)
        typer.echo(f"{folder.name}: {len(before.vectors)} claims come out as they did")
        return
    made = make_golden(rule_set, [example.facts for example in load_examples(files.examples, rule_set)])
    check_golden(made, rule_set)
    (folder / GOLDEN).write_text(write_golden(made), encoding="utf-8")
    typer.echo(f"{folder.name}: {len(made.vectors)} claims written to {GOLDEN}")
