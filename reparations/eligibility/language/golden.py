"""Golden vectors: what a version said of a few dozen claims on the day it was fixed, to be said again for ever.

Made once for each version and kept beside it.  Whoever changes an evaluator runs them all again, by both evaluators: a
changed outcome, finding, amount or entitlement is a changed law, and fails.  The file holds invented claims only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any

from reparations.eligibility.language.assess import Assessor, Finding, Findings
from reparations.eligibility.language.boundaries import bend_to_boundary, list_boundaries, move_boundary
from reparations.eligibility.language.errors import GoldenBroken
from reparations.eligibility.language.facts import read_facts
from reparations.eligibility.language.inventing import Inventor
from reparations.eligibility.language.kernel import OUTCOMES, Kernel, columns_of
from reparations.eligibility.language.rule_set import ProofLevel

if TYPE_CHECKING:
    from reparations.eligibility.language.facts import RecordedFacts
    from reparations.eligibility.language.rule_set import RuleSet

SCHEMA = "reparations/golden/1"
SEED = 20_020_701
INVENTED = 6_000
"""Claims invented to choose the vectors from."""
VECTORS = 36
"""Kept of each version: first those that show something new, then other amounts and combinations of findings.

To them come claims beside the days of the rules, until each day is told from the day before and the day after.
"""

_FOUND = {0: Finding.NOT_MET, 1: Finding.MET, 2: Finding.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Vector:
    """One claim and all that the rules said of it."""

    facts: RecordedFacts
    says: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Golden:
    """The vectors of one version."""

    rule_set: str
    version: int
    language: int
    identity: str
    vectors: tuple[Vector, ...]


def make_golden(rule_set: RuleSet, examples: Sequence[RecordedFacts]) -> Golden:
    """Choose claims that show every criterion and route met, not met and unknown, and each day of the rules from both
    sides, and keep what the rules say of them.

    Args:
        rule_set: any version.
        examples: facts of its worked examples, which the invented claims are bent from.
    """
    assessor = Assessor(rule_set)
    chosen: list[Vector] = []
    paying: list[Vector] = []
    others: list[Vector] = []
    seen: set[object] = set()
    combinations: set[tuple[bytes, int | None]] = set()
    for facts in [*examples, *Inventor([rule_set], examples).invent(INVENTED, seed=SEED)]:
        findings = assessor.assess(facts)
        shown, combination = _shown(findings), (findings.codes, findings.amount_minor)
        if len(chosen) < VECTORS and shown - seen:
            chosen.append(Vector(facts, _says(findings)))
        elif combination not in combinations:
            (paying if findings.amount_minor else others).append(Vector(facts, _says(findings)))
        seen |= shown
        combinations.add(combination)
    room = VECTORS - len(chosen)
    spare = [*paying[: room * 2 // 3], *others]
    vectors = (*chosen, *spare[:room])
    vectors += tuple(_beside_boundaries(rule_set, assessor, vectors, examples))
    return Golden(rule_set.name, rule_set.version, 1, rule_set.identity, vectors)


def _beside_boundaries(
    rule_set: RuleSet, assessor: Assessor, vectors: Sequence[Vector], examples: Sequence[RecordedFacts]
) -> list[Vector]:
    """Find claims that would come out otherwise if a day of the rules were the day before, or the day after.

    A boundary that no claim tells from its neighbour is left alone: another condition decides there.
    """
    added: list[Vector] = []
    for boundary in list_boundaries(rule_set):
        for days in (1, -1):
            moved = Assessor(move_boundary(rule_set, boundary, days=days))
            known = [*vectors, *added]
            if any(_says(moved.assess(vector.facts)) != vector.says for vector in known):
                continue
            bases = [*examples, *(vector.facts for vector in known)]
            for facts in bend_to_boundary(rule_set, boundary, bases):
                says = _says(assessor.assess(facts))
                if _says(moved.assess(facts)) != says:
                    added.append(Vector(facts, says))
                    break
    return added


def _shown(findings: Findings) -> set[object]:
    """Return what a claim shows: findings of criteria and routes, the outcome, steps known or not, what follows."""
    shown: set[object] = {("outcome", findings.outcome, findings.by_succession)}
    shown |= {("criterion", code, found) for code, found in findings.criteria.items()}
    shown |= {("route", code, found) for code, found in findings.routes.items()}
    shown |= {("step", name, value is None) for name, value in findings.steps.items()}
    if findings.entitlement is not None:
        follows = findings.entitlement
        shown |= {("unit", follows.unit), ("stream", follows.stream), ("instalments", len(follows.instalments))}
        shown |= {("election", name, state) for name, state in follows.elections.items()}
        shown |= {("benefit", name, found.has) for name, found in follows.benefits.items()}
        if follows.shares is not None:
            shared = follows.shares
            shown.add(("shares", shared.scheme, None if shared.parts is None else len(shared.parts), shared.nobody))
    return shown


def _says(findings: Findings) -> dict[str, Any]:
    always = {
        "outcome": findings.outcome.value,
        "amount_minor": findings.amount_minor,
        "criteria": {code: found.value for code, found in findings.criteria.items()},
    }
    more = {
        "grounds": list(findings.grounds),
        "asks": list(findings.asks),
        "by_succession": findings.by_succession,
        "ranges": {step: list(ends) for step, ends in findings.ranges.items()},
        "entitlement": as_plain(findings.entitlement),
    }
    return always | {name: value for name, value in more.items() if value}


def as_plain(value: object) -> Any:  # noqa: ANN401 whatever JSON holds
    """Turn a value object into what JSON holds; what is empty or not known is left out of objects."""
    if is_dataclass(value) and not isinstance(value, type):
        shown = {one.name: as_plain(getattr(value, one.name)) for one in fields(value)}
        return {name: one for name, one in shown.items() if one not in (None, {}, [])}
    if isinstance(value, Mapping):
        return {str(key): as_plain(one) for key, one in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [as_plain(one) for one in value]
    return value


def write_golden(golden: Golden) -> str:
    """Write vectors as JSON, one claim a line, so that a change is one line of a comparison."""
    head = {
        "schema": SCHEMA,
        "rule_set": golden.rule_set,
        "version": golden.version,
        "language": golden.language,
        "ast_sha256": golden.identity,
    }
    opening = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items())
    lines = ",\n".join(
        "    " + json.dumps({"facts": _short(vector.facts), "says": vector.says}, sort_keys=True)
        for vector in golden.vectors
    )
    return f'{{\n{opening},\n  "claims": [\n{lines}\n  ]\n}}\n'


def read_golden(text: str) -> Golden:
    """Read vectors.

    Raises:
        GoldenBroken: the text is no file of golden vectors.
    """
    try:
        document = json.loads(text)
        if document["schema"] != SCHEMA or not document["claims"]:
            raise ValueError(SCHEMA)  # noqa: TRY301 one answer for whatever is wrong with the file
        return Golden(
            document["rule_set"],
            document["version"],
            document["language"],
            document["ast_sha256"],
            tuple(Vector(_long(claim["facts"]), claim["says"]) for claim in document["claims"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise GoldenBroken(
            "The file does not hold golden vectors.",
            remedy="Fetch it again from where the version was published; it is never written anew for a version.",
        ) from None


def check_golden(golden: Golden, rule_set: RuleSet) -> None:
    """Say all of it again, by the evaluator and by the kernel.

    Raises:
        GoldenBroken: the vectors are of another version, or something is said otherwise than it was.
    """
    if (golden.rule_set, golden.version, golden.identity) != (rule_set.name, rule_set.version, rule_set.identity):
        raise GoldenBroken(
            f"The golden vectors are of {golden.rule_set} version {golden.version} with the identity "
            f"{golden.identity[:16]}…, not of {rule_set.name} version {rule_set.version}, {rule_set.identity[:16]}….",
            remedy="A published version never changes: undo the change, or make it the next version with vectors of "
            "its own.",
        )
    assessor = Assessor(rule_set)
    for number, vector in enumerate(golden.vectors, 1):
        _compare(number, vector.says, _says(assessor.assess(vector.facts)), by="the evaluator")
    for number, (vector, said) in enumerate(zip(golden.vectors, _said_by_kernel(golden, rule_set), strict=True), 1):
        _compare(number, {key: vector.says[key] for key in said}, said, by="the kernel")


def _said_by_kernel(golden: Golden, rule_set: RuleSet) -> list[dict[str, Any]]:
    own, other = (
        columns_of([read_facts(vector.facts, rule_set.schema, level) for vector in golden.vectors], rule_set.schema)
        for level in _standards(rule_set)
    )
    screened = Kernel(rule_set).run(own, other=other)
    return [
        {
            "outcome": OUTCOMES[int(screened.outcomes[place])].value,
            "amount_minor": int(screened.amount_minor[place]) if screened.amount_known[place] else None,
            "criteria": {code: _FOUND[int(found[place])].value for code, found in screened.criteria.items()},
        }
        for place in range(len(golden.vectors))
    ]


def _standards(rule_set: RuleSet) -> tuple[ProofLevel, ProofLevel]:
    if rule_set.proof.level is ProofLevel.ESTABLISHED:
        return ProofLevel.ESTABLISHED, ProofLevel.ASSERTED
    return ProofLevel.ASSERTED, ProofLevel.ESTABLISHED


def _compare(number: int, before: Mapping[str, Any], now: Mapping[str, Any], *, by: str) -> None:
    changed = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    if changed:
        raise GoldenBroken(
            f"Of claim {number} {by} says another {', '.join(changed)} than when the version was fixed.",
            remedy="Somebody changed the meaning of the language. Undo it, or give it the next language number.",
        )


def _short(facts: RecordedFacts) -> dict[str, Any]:
    """Leave out the proof of what is established, which is nearly everything."""
    return {
        name: [_brief(record) for record in one] if isinstance(one, list) else _one(one) for name, one in facts.items()
    }


def _brief(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _one(content) for name, content in record.items()}


def _one(content: Any) -> Any:  # noqa: ANN401 a recorded fact, or a list of records
    if isinstance(content, Sequence) and not isinstance(content, str):
        return [_brief(record) for record in content]
    return content["value"] if content["proof"] == ProofLevel.ESTABLISHED else {content["proof"]: content.get("value")}


def _long(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [_long(record) for record in content] if isinstance(content, list) else _proven(content)
        for name, content in facts.items()
    }


def _proven(content: Any) -> dict[str, Any]:  # noqa: ANN401 a value, or {proof: value}
    if isinstance(content, dict):
        ((proof, value),) = content.items()
        return {"value": value, "proof": proof}
    return {"value": content, "proof": ProofLevel.ESTABLISHED.value}
