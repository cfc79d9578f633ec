"""`reparations eligibility golden` and `diff`: fix what a version says, and show what another would change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from reparations.calendar import utc_now
from reparations.cli.context import open_database, plain_errors, print_json
from reparations.cli.eligibility import AsJson, eligibility
from reparations.eligibility import queries, service
from reparations.eligibility.errors import RuleSetNotFound
from reparations.eligibility.files import GOLDEN, list_versions, read_golden_file, read_version
from reparations.eligibility.language import RuleSet, load_examples, load_rule_set
from reparations.eligibility.language.comparing import Change, compare_readings
from reparations.eligibility.language.differing import TRIES, Said, Screener, Search, search_counter_examples
from reparations.eligibility.language.facts import RecordedFacts
from reparations.eligibility.language.golden import as_plain, check_golden, make_golden, read_golden, write_golden
from reparations.eligibility.service import ChangedDecision
from reparations.money import Money
from reparations.principal import SYSTEM
from reparations.registry.queries import get_programme

__all__ = ["eligibility"]

_PUBLISHED = re.compile(r"([A-Z][A-Z0-9]{1,19})@(\d{1,6})")


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


@eligibility.command()
def diff(
    old: Annotated[str, typer.Argument(help="Folder of one version, or a published one: KATANGA@1.")],
    new: Annotated[str, typer.Argument(help="Folder of another version, or a published one.")],
    *,
    registry: Annotated[
        str | None, typer.Option(help="Code of a programme: also list which of its claims come out otherwise.")
    ] = None,
    tries: Annotated[int, typer.Option(min=1, max=1_000_000, help="Claims invented to find a difference.")] = TRIES,
    as_json: AsJson = False,
) -> None:
    """Show what another version says differently: in its sentences, and on a claim that comes out otherwise."""
    with plain_errors(as_json=as_json):
        before, after = _load(old), _load(new)
        examples = [*before.examples, *after.examples]
        changes = compare_readings(before.rule_set, after.rule_set)
        search = search_counter_examples(before.rule_set, after.rule_set, examples, tries=tries)
        found = _compare_registry(registry, before.rule_set, after.rule_set) if registry else None
    if as_json:
        print_json(_as_document(before.rule_set, after.rule_set, changes, search=search, found=found))
        return
    for line in (
        *_say_changes(before.rule_set, after.rule_set, changes),
        *_say_search(after.rule_set, search),
        *_say_registry(after.rule_set, found),
    ):
        typer.echo(line)


@dataclass(frozen=True, slots=True)
class _Loaded:
    rule_set: RuleSet
    examples: list[RecordedFacts]


def _load(named: str) -> _Loaded:
    """Load a version from a folder, or where there is none of that name from the database."""
    published = _PUBLISHED.fullmatch(named)
    if published and not Path(named).exists():
        with open_database() as database, database.reading() as session:
            programme = get_programme(session, published[1])
            row = queries.find_rule_set(session, programme.id, int(published[2]))
        if row is None:
            raise RuleSetNotFound("There is no such rule set.", remedy="GET /programmes/{code}/rule-sets lists them.")
        rules, facts, examples = row.source, row.facts_schema, row.examples
    else:
        files = read_version(list_versions(Path(named))[-1])
        rules, facts, examples = files.rules, files.facts, files.examples
    rule_set = load_rule_set(rules, facts)
    return _Loaded(rule_set, [example.facts for example in load_examples(examples, rule_set)])


def _compare_registry(code: str, old: RuleSet, new: RuleSet) -> list[ChangedDecision]:
    changed: list[ChangedDecision] = []
    before, after = Screener(old), Screener(new)
    at, place = utc_now(), None
    with open_database() as database:
        with database.transaction() as session:
            service.log_comparison(session, get_programme(session, code), old=old, new=new, officer=SYSTEM, at=at)
        while True:
            with database.reading() as session:
                done = service.compare_claims(
                    session,
                    get_programme(session, code),
                    old=before,
                    new=after,
                    after=place,
                    limit=service.MAX_COMPARED,
                )
            changed += done.changed
            place = done.next
            if place is None:
                return changed


def _say_changes(old: RuleSet, new: RuleSet, changes: Sequence[Change]) -> Iterator[str]:
    was, is_ = (f"{one.name} version {one.version} ({one.identity[:16]}…)" for one in (old, new))
    yield f"{was} → {is_}"
    if not changes:
        yield "Both read the same."
    for change in changes:
        yield f"{change.part} {change.name}: {change.kind}".replace(" :", ":")
        for line in change.lines:
            yield f"  {line.about}"
            yield from (f"    {word} {said}" for word, said in (("was:", line.before), ("is: ", line.after)) if said)


def _say_search(rule_set: RuleSet, search: Search) -> Iterator[str]:
    if not search.examples:
        yield f"None of the {search.tried} invented claims tried comes out otherwise. That is no proof that none does."
        return
    yield f"{search.differing} of {search.tried} invented claims come out otherwise. With these facts and no more:"
    for example in search.examples:
        yield from (f"    {name}: {told}" for name, told in _tell(example.facts))
        yield f"  was: {_say_said(example.before, rule_set)}; is: {_say_said(example.after, rule_set)}"
        if example.follows:
            yield f"  and differently: {', '.join(example.follows)}"


def _tell(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Tell the facts of an invented claim: nobody's."""
    for name, content in facts.items():
        if isinstance(content, list):
            for number, record in enumerate(content, 1):
                yield f"{name} {number}", "; ".join(f"{key}: {told}" for key, told in _tell(record)) or "nothing known"
            if not content:
                yield name, "none"
        else:
            value = {True: "yes", False: "no"}.get(content["value"], content["value"])
            yield name, str(value) if content["proof"] == "established" else f"{value} ({content['proof']})"


def _say_registry(rule_set: RuleSet, found: Sequence[ChangedDecision] | None) -> Iterator[str]:
    if found is None:
        return
    yield f"{len(found)} claims of the registry come out otherwise."
    for one in found:
        decided = f"; decided: {one.decision.outcome}" if one.decision else "; not decided"
        yield f"  {one.reference}: {_say_said(one.before, rule_set)} → {_say_said(one.after, rule_set)}{decided}"


def _say_said(said: Said, rule_set: RuleSet) -> str:
    words = said.outcome.value.replace("_", " ")
    return words if said.amount_minor is None else f"{words}, {Money(said.amount_minor, rule_set.currency)}"


def _as_document(
    old: RuleSet,
    new: RuleSet,
    changes: Sequence[Change],
    *,
    search: Search,
    found: Sequence[ChangedDecision] | None,
) -> dict[str, Any]:
    document: dict[str, Any] = {
        side: {"rule_set": one.name, "version": one.version, "ast_sha256": one.identity}
        for side, one in (("old", old), ("new", new))
    }
    document["changes"] = [as_plain(change) for change in changes]
    document["search"] = as_plain(search)
    if found is not None:
        document["registry"] = [
            {
                "reference": one.reference,
                "before": as_plain(one.before),
                "after": as_plain(one.after),
                "decided": one.decision.outcome if one.decision else None,
            }
            for one in found
        ]
    return document
