"""The reading copy of a rule set: one HTML page in which every condition is a sentence with its source.

The page is made from the typed tree that decides, not from the file, so what a lawyer reads here is what is applied.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from reparations.eligibility.language.nodes import MONEY, Node, Op
from reparations.eligibility.language.sentences import Speaker
from reparations.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reparations.eligibility.language.expressions import Table
    from reparations.eligibility.language.rule_set import RuleSet

_STYLE = """
body { font: 1rem/1.5 serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem; }
cite { display: block; font-size: .85rem; color: #444; }
table { border-collapse: collapse; } th, td { border: 1px solid #777; padding: .2rem .6rem; text-align: left; }
.warning { border: 2px solid #a00; padding: .5rem 1rem; } code { overflow-wrap: anywhere; }
"""
_LISTED = {Op.AND: "All of these", Op.OR: "One of these is enough"}


def write_reading_copy(rule_set: RuleSet) -> str:
    """Return the page, complete and without any reference to another file."""
    speaker = Speaker(rule_set)
    parts = [
        *_head(rule_set),
        *_criteria(rule_set, speaker),
        *_routes(rule_set, speaker),
        *_presumptions(rule_set, speaker),
        *_award(rule_set, speaker),
        *_shares(rule_set, speaker),
        *_benefits(rule_set, speaker),
        *_priority(rule_set, speaker),
        *_minors(rule_set, speaker),
        *_tables(rule_set),
        *_appeal(rule_set),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _head(rule_set: RuleSet) -> Iterator[str]:
    title = escape(f"{rule_set.title} – version {rule_set.version}")
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body><main>"
    yield f"<h1>{title}</h1>"
    if rule_set.status == "illustrative":
        yield (
            '<p class="warning" role="note">Illustrative: nobody has compared these rules with their primary text yet. '
            "No claim may be decided by them.</p>"
        )
    yield f"<p>Authority: {escape(rule_set.authority)}. Amounts are in {escape(rule_set.currency)}.</p>"
    yield (
        f"<p>Proof: {escape(rule_set.proof.title)}. A fact below it is not known yet and is asked for; it never "
        f"refuses anybody.{_cite(rule_set.proof.cite)}</p>"
    )
    yield f"<p>Identity of these rules: <code>{rule_set.identity}</code></p>"


def _criteria(rule_set: RuleSet, speaker: Speaker) -> Iterator[str]:
    common = {criterion.code for criterion in rule_set.common}
    yield "<h2>Conditions</h2>"
    for criterion in rule_set.criteria:
        reach = "applies to everybody" if criterion.code in common else "belongs to the ways below that name it"
        yield f"<h3>{escape(criterion.code)}: {escape(criterion.title)}</h3><p>It {reach}. It is met if:</p>"
        yield _listed(criterion.condition, speaker) + _cite(criterion.cite)


def _routes(rule_set: RuleSet, speaker: Speaker) -> Iterator[str]:
    if not rule_set.routes:
        return
    yield "<h2>Ways to be eligible</h2><p>One is enough, with the conditions that apply to everybody.</p><ul>"
    for route in rule_set.routes:
        open_to = f" Open to whom: {escape(speaker.say(route.open_to))}." if route.open_to else ""
        needs = ", ".join(map(escape, route.criteria))
        yield f"<li><strong>{escape(route.title)}</strong>: {needs}.{open_to}{_cite(route.cite)}</li>"
    yield "</ul>"


def _presumptions(rule_set: RuleSet, speaker: Speaker) -> Iterator[str]:
    if not rule_set.presumptions:
        return
    yield "<h2>Presumptions</h2><p>They help where nothing is known; a finding overrides them.</p><ul>"
    for presumption in rule_set.presumptions:
        fact = escape(rule_set.schema.facts[presumption.fact].label)
        when = escape(speaker.say(presumption.when))
        yield f"<li>“{fact}” is taken as established if {when}.{_cite(presumption.cite)}</li>"
    yield "</ul>"


def _award(rule_set: RuleSet, speaker: Speaker) -> Iterator[str]:
    yield "<h2>The award</h2><p>Each step builds on those before it; the last is the award.</p><ol>"
    for step in rule_set.award:
        if step.highest is None:
            text = escape(speaker.say(step.amount))
        else:
            text = (
                f"decided by a person, from {escape(speaker.say(step.amount))} to {escape(speaker.say(step.highest))}"
            )
        guidance = f" To be looked at: {escape(step.guidance)}." if step.guidance else ""
        yield f"<li><strong>{escape(step.title)}</strong>: {text}.{guidance}{_cite(step.cite)}</li>"
    yield "</ol>"
    for election in rule_set.elections:
        holds = escape(speaker.say(election.holds_while))
        yield f"<p>Choice – {escape(election.title)}: it holds while {holds}.{_cite(election.cite)}</p>"
    for cap in rule_set.caps:
        amount = escape(speaker.say(cap.amount))
        yield f"<p>Ceiling – {escape(cap.title)}: {amount} over a {cap.over.value}.{_cite(cap.cite)}</p>"


def _shares(rule_set: RuleSet, speaker: Speaker) -> Iterator[str]:
    for scheme in rule_set.shares:
        when = f"<p>If {escape(speaker.say(scheme.when))}.</p>" if scheme.when else ""
        yield f"<h2>Division: {escape(scheme.title)}</h2>{_cite(scheme.cite)}{when}<ul>"
        titles = {one.name: one.title for one in scheme.classes}
        for one in scheme.classes:
            yield f"<li>{escape(one.title)}: {escape(speaker.say(one.when))}</li>"
        yield "</ul><p>The first row that fits:</p><ol>"
        for row in scheme.cascade:
            if row.kind.value == "equal":
                text = "equal parts for each person among: " + ", ".join(titles[name] for name in row.parts)
            else:
                text = "; ".join(
                    f"{titles[name]}: {part.numerator}/{part.denominator}" for name, part in row.parts.items()
                )
                text += " for each person" if row.kind.value == "each" else " for the group, equally"
            yield f"<li>{escape(text)}{_cite(row.cite)}</li>"
        yield "</ol>"
        if trust := scheme.in_trust:
            born = escape(rule_set.schema.lists[scheme.among].fields[trust.born].label)
            as_of = escape(rule_set.schema.facts[trust.as_of].label)
            yield (
                f"<p>The share of who has not completed {trust.until_age} years of life on “{as_of}”, counted from "
                f"“{born}”, is held in trust until then.{_cite(trust.cite)}</p>"
            )


def _benefits(rule_set: RuleSet, speaker: Speaker) -> Iterator[str]:
    if not rule_set.benefits and not rule_set.collective:
        return
    yield "<h2>Other forms of reparation</h2><ul>"
    for benefit in rule_set.benefits:
        when = f", if {escape(speaker.say(benefit.when))}" if benefit.when else ""
        form = escape(benefit.form.value.replace("_", " "))
        yield f"<li>{escape(benefit.title)} ({form}){when}{_cite(benefit.cite)}</li>"
    for envelope in rule_set.collective:
        yield f"<li>{escape(envelope.title)}{_cite(envelope.cite)}</li>"
    yield "</ul>"


def _priority(rule_set: RuleSet, speaker: Speaker) -> Iterator[str]:
    if not rule_set.priority:
        return
    yield "<h2>Who is paid first</h2><ul>"
    for points in rule_set.priority:
        when = escape(speaker.say(points.when))
        yield f"<li>{points.points} points – {escape(points.title)}: {when}{_cite(points.cite)}</li>"
    yield "</ul>"


def _minors(rule_set: RuleSet, speaker: Speaker) -> Iterator[str]:
    trust = rule_set.payment.in_trust if rule_set.payment else None
    if trust is None:
        return
    born = escape(rule_set.schema.facts[trust.born].label)
    when = f", if {escape(speaker.say(trust.when))}" if trust.when else ""
    besides = " A division above that says it for itself goes before." if rule_set.shares else ""
    yield (
        "<h2>Money of minors</h2><p>What falls due to somebody who has not completed "
        f"{trust.until_age} years of life, counted from “{born}”, is held in trust until then{when}. While that is not "
        f"known nothing is paid, and it is asked for.{besides}{_cite(trust.cite)}</p>"
    )


def _tables(rule_set: RuleSet) -> Iterator[str]:
    for table in rule_set.tables.values():
        yield f"<h2>Table: {escape(table.name.replace('_', ' '))}</h2>{_cite(table.cite)}<table>"
        for keys, cell in _merged(table):
            labels = [
                escape(rule_set.schema.value_labels.get((type_.category, key), key))
                for type_, key in zip(table.keys, keys, strict=True)
            ]
            shown = str(Money(cell, rule_set.currency)) if table.type == MONEY else str(cell)
            keys_shown = "".join(f'<th scope="row">{label}</th>' for label in labels)
            yield f"<tr>{keys_shown}<td>{escape(shown)}</td></tr>"
        yield "</table>"


def _merged(table: Table) -> Iterable[tuple[tuple[str, ...], int]]:
    """Give the rows of a table, neighbouring numbers with the same entry as one range."""
    rows = sorted(table.cells.items(), key=lambda item: _order(table, item[0]))
    for (others, cell), group in groupby(rows, key=lambda item: (item[0][:-1], item[1])):
        last = [keys[-1] for keys, _ in group]
        if len(last) > 1 and not table.keys[-1].category:
            yield (*others, f"{last[0]} to {last[-1]}"), cell
        else:
            yield from (((*others, one), cell) for one in last)


def _order(table: Table, keys: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(domain.index(key) for domain, key in zip(table.domains, keys, strict=True))


def _appeal(rule_set: RuleSet) -> Iterator[str]:
    appeal = rule_set.appeal
    yield (
        f"<h2>Appeal</h2><p>To: {escape(appeal.body)}, within {appeal.days} days. {escape(appeal.how)}"
        f"{_cite(appeal.cite)}</p>"
    )


def _listed(node: Node, speaker: Speaker) -> str:
    """Show a condition as nested lists, down to its sentences."""
    if node.op in _LISTED:
        items = "".join(f"<li>{_listed(item, speaker)}</li>" for item in node.items)
        return f"{_LISTED[node.op]}:<ul>{items}</ul>"
    return escape(speaker.say(node))


def _cite(source: str) -> str:
    return f"<cite>{escape(source)}</cite>"
