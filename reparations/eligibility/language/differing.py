"""Claims on which two versions differ: searched by the kernel, confirmed by the evaluator, cut down to what matters.

That none was found among the claims tried proves nothing; the result says how many there were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reparations.eligibility.language.assess import Assessor, Outcome
from reparations.eligibility.language.facts import read_facts
from reparations.eligibility.language.golden import as_plain
from reparations.eligibility.language.inventing import Inventor
from reparations.eligibility.language.kernel import OUTCOMES, Kernel, NotInKernel, columns_of
from reparations.eligibility.language.rule_set import ProofLevel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reparations.eligibility.language.facts import RecordedFacts
    from reparations.eligibility.language.rule_set import RuleSet

TRIES = 20_000
SEED = 1_948
FOLLOWS_TRIED = 1_000
"""Claims compared in what follows beside the amount, one by one, if outcomes and amounts are all the same."""
SHOWN = 6
"""At most this many counter-examples, each of another kind."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a version says of one claim."""

    outcome: Outcome
    amount_minor: int | None
    """The award in minor units; None while it is not known."""
    by_succession: bool = False


@dataclass(frozen=True, slots=True)
class CounterExample:
    """An invented claim of which two versions say different things; no fact can be left out without losing that."""

    facts: RecordedFacts
    before: Said
    after: Said
    follows: tuple[str, ...] = ()
    """Beside outcome and amount: what follows differently (shares, benefits, instalments, …)."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found."""

    tried: int
    differing: int
    """Claims among those tried with another outcome or amount."""
    examples: tuple[CounterExample, ...]


class Screener:
    """One version, made ready to say outcome and amount of many recorded claims.

    By the kernel where it can; by the evaluator where the rules use what the kernel cannot do.
    """

    def __init__(self, rule_set: RuleSet) -> None:
        """Prepare both."""
        self.rule_set = rule_set
        self.assessor = Assessor(rule_set)
        try:
            self.kernel: Kernel | None = Kernel(rule_set)
        except NotInKernel:
            self.kernel = None

    def say(self, claims: Sequence[RecordedFacts]) -> list[Said]:
        """Say what comes of each."""
        if self.kernel is None:
            return [self.say_one(claim) for claim in claims]
        schema, standard = self.rule_set.schema, self.rule_set.proof.level
        own = columns_of([read_facts(claim, schema, standard) for claim in claims], schema)
        other = None
        if self.kernel.own_standard:
            is_strict = standard is ProofLevel.ESTABLISHED
            level = ProofLevel.ASSERTED if is_strict else ProofLevel.ESTABLISHED
            other = columns_of([read_facts(claim, schema, level) for claim in claims], schema)
        found = self.kernel.run(own, other=other)
        return [
            Said(
                OUTCOMES[int(found.outcomes[place])],
                int(found.amount_minor[place]) if found.amount_known[place] else None,
                bool(found.by_succession[place]),
            )
            for place in range(len(claims))
        ]

    def say_one(self, claim: RecordedFacts) -> Said:
        """Say what the evaluator, which decides, says of one."""
        findings = self.assessor.assess(claim)
        return Said(findings.outcome, findings.amount_minor, findings.by_succession)

    def follows(self, claim: RecordedFacts) -> Mapping[str, Any]:
        """Return what follows beside the amount, as plain values."""
        return as_plain(self.assessor.assess(claim).entitlement) or {}


def search_counter_examples(
    old: RuleSet, new: RuleSet, examples: Sequence[RecordedFacts], *, tries: int = TRIES, seed: int = SEED
) -> Search:
    """Search claims of which two versions say different things; the same seed tries the same claims.

    Args:
        old: one version.
        new: another, perhaps over another fact schema.
        examples: facts of worked examples of either; half of the claims tried are bent from them.
        tries: how many claims to try besides the examples.
        seed: of the inventor.
    """
    one, other = Screener(old), Screener(new)
    claims = [*examples, *Inventor([old, new], examples).invent(tries, seed=seed)]
    found: dict[tuple[object, ...], CounterExample] = {}
    differing = 0
    for claim, before, after in zip(claims, one.say(claims), other.say(claims), strict=True):
        if before == after:
            continue
        differing += 1
        kind = _kind(before, after)
        if kind not in found and len(found) < SHOWN:
            found[kind] = _confirmed(one, other, claim)
    if not found:
        for claim in claims[:FOLLOWS_TRIED]:
            if one.follows(claim) != other.follows(claim):
                found["follows",] = _cut(one, other, claim, ("follows",))
                break
    return Search(len(claims), differing, tuple(found.values()))


def _kind(before: Said, after: Said) -> tuple[object, ...]:
    """Tell kinds of difference apart: the two outcomes, and which amount is the larger."""
    order = 0
    if before.amount_minor is not None and after.amount_minor is not None:
        order = (after.amount_minor > before.amount_minor) - (after.amount_minor < before.amount_minor)
    return before.outcome, after.outcome, order, before.by_succession, after.by_succession


def _confirmed(one: Screener, other: Screener, claim: RecordedFacts) -> CounterExample:
    return _cut(one, other, claim, _kind(one.say_one(claim), other.say_one(claim)))


def _cut(one: Screener, other: Screener, claim: RecordedFacts, kind: tuple[object, ...]) -> CounterExample:
    """Leave out every fact, record and field without which the difference is still of the same kind."""

    def differs(facts: RecordedFacts) -> bool:
        if kind == ("follows",):
            return one.follows(facts) != other.follows(facts)
        return _kind(one.say_one(facts), other.say_one(facts)) == kind

    facts: dict[str, Any] = dict(claim)
    for name in list(facts):
        rest = {key: value for key, value in facts.items() if key != name}
        if differs(rest):
            facts = rest
        elif isinstance(facts[name], list):
            facts[name] = _cut_records(facts, name, differs)
    before, after = one.follows(facts), other.follows(facts)
    follows = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return CounterExample(facts, one.say_one(facts), other.say_one(facts), tuple(follows))


def _cut_records(facts: Mapping[str, Any], name: str, differs: Any) -> list[Any]:  # noqa: ANN401 a function of facts
    records = list(facts[name])
    for place in reversed(range(len(records))):
        rest = records[:place] + records[place + 1 :]
        if differs({**facts, name: rest}):
            records = rest
    for place, record in enumerate(records):
        kept = dict(record)
        for key in list(kept):
            without = {field: value for field, value in kept.items() if field != key}
            if differs({**facts, name: [*records[:place], without, *records[place + 1 :]]}):
                kept = without
        records[place] = kept
    return records
