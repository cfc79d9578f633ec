"""Assess a claim: criteria, routes, outcome, amount, and what to ask next.

An outcome is *not eligible* only if at least one criterion is **not met**, on facts found, in every route open to the
claimant.  Everything else that is not *eligible* needs more information, and says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reparations.eligibility.language.evaluate import Compiled, Compiler, Frame, kleene_and, kleene_or
from reparations.eligibility.language.facts import read_facts
from reparations.eligibility.language.nodes import LIST_OPS, Op
from reparations.eligibility.language.rule_set import Pays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reparations.eligibility.language.facts import CaseFacts, RecordedFacts
    from reparations.eligibility.language.rule_set import RuleSet


class Outcome(StrEnum):
    """What the rules say of a claim."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    MORE_INFORMATION_NEEDED = "more_information_needed"
    ELIGIBLE_AMOUNT_PENDING = "eligible_amount_pending"


class Finding(StrEnum):
    """What was found of one criterion."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


_CODES = {Finding.NOT_MET: 0, Finding.MET: 1, Finding.UNKNOWN: 2}
_FINDINGS = {code: finding for finding, code in _CODES.items()}


def finding_of(value: bool | None) -> Finding:  # noqa: FBT001 a truth value is exactly what is named here
    """Name a truth value."""
    return Finding.UNKNOWN if value is None else Finding.MET if value else Finding.NOT_MET


@dataclass(frozen=True, slots=True)
class FactUse:
    """A fact a criterion was read from."""

    name: str
    state: str
    """``known``, ``unknown`` or ``presumed``."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the rules say of one claim."""

    outcome: Outcome
    criteria: Mapping[str, Finding]
    routes: Mapping[str, Finding]
    grounds: tuple[str, ...]
    """Codes of the criteria not met on which a refusal rests: common ones and those of routes open to the claimant."""
    closed_routes: tuple[str, ...]
    """Routes that are not open to this claimant, by the capacity of the claim for example."""
    by_succession: bool
    """Eligible only through an heir's route: no award of the claimant's own, a share of another's."""
    amount_minor: int | None
    steps: Mapping[str, int | None]
    asks: tuple[str, ...]
    """Facts to ask for, in the order of the schema: only those that can still change the outcome or the amount."""
    uses: Mapping[str, tuple[FactUse, ...]]
    """Which facts each criterion was read from; empty unless a trace was wanted."""
    unreadable: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()

    @property
    def codes(self) -> bytes:
        """The findings, two bits a criterion in the order of the rule set, lowest bits first."""
        return encode_codes(list(self.criteria.values()))


def encode_codes(findings: Sequence[Finding]) -> bytes:
    """Pack findings, two bits each: not met 0, met 1, unknown 2."""
    packed = bytearray((len(findings) + 3) // 4)
    for index, finding in enumerate(findings):
        packed[index // 4] |= _CODES[finding] << 2 * (index % 4)
    return bytes(packed)


def decode_codes(codes: bytes, count: int) -> list[Finding]:
    """Unpack `count` findings.

    Raises:
        ValueError: the bytes are no findings of that many criteria.
    """
    if len(codes) != (count + 3) // 4:
        message = f"{len(codes)} bytes do not hold the findings of {count} criteria"
        raise ValueError(message)
    unpacked = [_FINDINGS.get(codes[index // 4] >> 2 * (index % 4) & 3) for index in range(count)]
    if any(finding is None for finding in unpacked):
        message = "the code 3 is no finding"
        raise ValueError(message)
    return [finding for finding in unpacked if finding is not None]


class Assessor:
    """A rule set made ready to assess many claims.  Holds no state between claims."""

    def __init__(self, rule_set: RuleSet) -> None:
        """Compile every condition and amount once."""
        self.rule_set = rule_set
        compiler = Compiler(rule_set.schema, rule_set.tables)
        self.criteria = {c.code: compiler.compile(c.condition) for c in rule_set.criteria}
        self.open_to = {r.code: compiler.compile(r.open_to) for r in rule_set.routes if r.open_to is not None}
        self.steps = {step.name: compiler.compile(step.amount) for step in rule_set.award}
        self.common = [criterion.code for criterion in rule_set.common]
        order = [*rule_set.schema.facts]
        for listed in rule_set.schema.lists.values():
            order += [f"{listed.name}.{field}" for field in listed.fields]
        self.order = {name: index for index, name in enumerate(order)}

    def assess(self, recorded: RecordedFacts, *, trace: bool = False) -> Findings:
        """Assess a claim from its recorded facts; the same facts always give the same findings."""
        facts = read_facts(recorded, self.rule_set.schema, self.rule_set.proof.level)
        return self.assess_facts(facts, trace=trace)

    def assess_facts(self, facts: CaseFacts, *, trace: bool = False) -> Findings:
        """Assess a claim from facts to which the proof standard has been applied."""
        frame = Frame(facts.values, facts.lists)
        criteria: dict[str, bool | None] = {}
        uses: dict[str, tuple[FactUse, ...]] = {}
        for code, compiled in self.criteria.items():
            frame.trace = [] if trace else None
            criteria[code] = _truth(compiled, frame)
            uses[code] = tuple(FactUse(*use) for use in frame.trace or ())
        frame.trace = None
        open_to = {code: _truth(compiled, frame) for code, compiled in self.open_to.items()}
        routes = {
            route.code: kleene_and([open_to.get(route.code, True), *(criteria[code] for code in route.criteria)])
            for route in self.rule_set.routes
        }
        common = [criteria[code] for code in self.common]
        eligible = kleene_and([*common, kleene_or(list(routes.values()))]) if routes else kleene_and(common)
        grounds = self._grounds(criteria, open_to)
        asks: set[str] = set()
        succession = False
        amount: int | None = None
        if eligible is True:
            succession, amount, asks = self._amount(frame, criteria, routes, open_to)
            outcome = Outcome.ELIGIBLE if amount is not None else Outcome.ELIGIBLE_AMOUNT_PENDING
        elif eligible is False and grounds:
            outcome, amount = Outcome.NOT_ELIGIBLE, 0
        else:
            outcome = Outcome.MORE_INFORMATION_NEEDED
            asks = self._asks(frame, criteria, routes, open_to)
        return Findings(
            outcome=outcome,
            criteria={code: finding_of(value) for code, value in criteria.items()},
            routes={code: finding_of(value) for code, value in routes.items()},
            grounds=grounds if outcome is Outcome.NOT_ELIGIBLE else (),
            closed_routes=tuple(code for code, value in open_to.items() if value is False),
            by_succession=succession,
            amount_minor=amount,
            steps=dict(frame.steps),
            asks=tuple(sorted(asks, key=lambda name: self.order[name])),
            uses=uses if trace else {},
            unreadable=facts.unreadable,
            undeclared=facts.undeclared,
        )

    def _grounds(self, criteria: Mapping[str, bool | None], open_to: Mapping[str, bool | None]) -> tuple[str, ...]:
        grounds = {code for code in self.common if criteria[code] is False}
        for route in self.rule_set.routes:
            if open_to.get(route.code, True) is not False:
                grounds.update(code for code in route.criteria if criteria[code] is False)
        return tuple(code for code in criteria if code in grounds)

    def _amount(
        self,
        frame: Frame,
        criteria: Mapping[str, bool | None],
        routes: Mapping[str, bool | None],
        open_to: Mapping[str, bool | None],
    ) -> tuple[bool, int | None, set[str]]:
        """Return whether the claim is one by succession only, the amount if it is known, and what to ask for it."""
        paying = [route for route in self.rule_set.routes if route.pays is Pays.AWARD]
        pays = kleene_or([routes[route.code] for route in paying]) if self.rule_set.routes else True
        if pays is False:
            return True, 0, set()
        if pays is None:
            undecided = {route.code: routes[route.code] for route in paying}
            return False, None, self._asks(frame, criteria, undecided, open_to)
        amount = self._run_steps(frame)
        last = list(self.steps.values())[-1]
        return False, amount, set() if amount is not None else set(self._unknown(last, frame))

    def _run_steps(self, frame: Frame) -> int | None:
        amount: int | None = None
        for name, compiled in self.steps.items():
            result = compiled.run(frame)
            amount = None if result is None else int(result)
            frame.steps[name] = amount
        return amount

    def compute_award(self, recorded: RecordedFacts) -> int | None:
        """Compute the award as if the claim were eligible, for who departs from the findings; None if unknown."""
        facts = read_facts(recorded, self.rule_set.schema, self.rule_set.proof.level)
        return self._run_steps(Frame(facts.values, facts.lists))

    def _asks(
        self,
        frame: Frame,
        criteria: Mapping[str, bool | None],
        routes: Mapping[str, bool | None],
        open_to: Mapping[str, bool | None],
    ) -> set[str]:
        asks: set[str] = set()
        for code in self.common:
            asks.update(self._unknown(self.criteria[code], frame))
        for route in self.rule_set.routes:
            if routes.get(route.code, False) is not None:
                continue
            if open_to.get(route.code, True) is None:
                asks.update(self._unknown(self.open_to[route.code], frame))
            for code in route.criteria:
                if criteria[code] is None:
                    asks.update(self._unknown(self.criteria[code], frame))
        if not asks:  # every route is closed to this claimant: ask again for what closed them
            for compiled in self.open_to.values():
                asks.update(node.name for node in compiled.node.walk() if node.op is Op.FACT)
        return asks

    def _unknown(self, compiled: Compiled, frame: Frame) -> Iterable[str]:
        """Yield the facts whose absence leaves a part unknown."""
        if compiled.run(frame) is not None:
            return
        node = compiled.node
        if node.op is Op.FACT or node.op is Op.FIELD:
            yield node.name
        elif node.op is Op.PRESUMED:
            yield from self._unknown(compiled.items[0], frame)
        elif node.op is Op.STEP:
            yield from self._unknown(self.steps[node.name], frame)
        elif node.op in LIST_OPS:
            yield from self._unknown_in_list(compiled, frame)
        elif node.op is Op.IF and (met := compiled.items[0].run(frame)) is not None:
            yield from self._unknown(compiled.items[1 if met else 2], frame)
        elif node.op is Op.IF:
            yield from self._unknown(compiled.items[0], frame)
        else:
            for item in compiled.items:
                yield from self._unknown(item, frame)

    def _unknown_in_list(self, compiled: Compiled, frame: Frame) -> Iterable[str]:
        listed = self.rule_set.schema.lists[compiled.node.name]
        if frame.facts.get(listed.complete_when) is not True:
            yield listed.complete_when
        outer = frame.record
        for record in frame.lists.get(listed.name, ()):
            frame.record = record
            counts, *amounts = compiled.items
            yield from self._unknown(counts, frame)
            if counts.run(frame) is True:
                for amount in amounts:
                    yield from self._unknown(amount, frame)
        frame.record = outer


def _truth(compiled: Compiled, frame: Frame) -> bool | None:
    value = compiled.run(frame)
    return None if value is None else value is True
