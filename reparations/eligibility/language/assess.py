"""Assess a claim: criteria, routes, outcome, amount, and what to ask next.

An outcome is *not eligible* only if at least one criterion is **not met**, on facts found, in every route open to the
claimant.  Everything else that is not *eligible* needs more information, and says which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from reparations.eligibility.language.asking import Asker
from reparations.eligibility.language.entitle import Entitlement, Entitler, PaymentHolding
from reparations.eligibility.language.errors import AmountOutOfRange
from reparations.eligibility.language.evaluate import Compiled, Compiler, Frame, kleene_and, kleene_or
from reparations.eligibility.language.facts import read_facts
from reparations.eligibility.language.nodes import Kind, Op, Value
from reparations.eligibility.language.rule_set import Pays, ProofLevel
from reparations.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reparations.eligibility.language.facts import CaseFacts, RecordedFacts
    from reparations.eligibility.language.rule_set import RuleSet
    from reparations.eligibility.language.sharing import Sharing


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


class FactUse(NamedTuple):
    """A fact a criterion was read from; a tuple, for a traced claim makes dozens of them."""

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
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """For each step a person decides, between what (minor units, or points); decided or not."""
    entitlement: Entitlement | None = None
    """What follows beside the amount; None for rules that say no more than the amount."""

    @property
    def awaits_decision(self) -> bool:
        """Whether nothing is missing but an amount a person decides within `ranges`."""
        return self.outcome is Outcome.ELIGIBLE_AMOUNT_PENDING and not self.asks and bool(self.ranges)

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


@dataclass(frozen=True, slots=True)
class Computed:
    """An award computed as if the claim were eligible; minor units, or points for a step that is no money."""

    amount_minor: int | None
    steps: Mapping[str, int | None]
    ranges: Mapping[str, tuple[int, int]]
    """For each step a person decides whose ends are known, between what; decided or not."""


@dataclass(slots=True)
class _Case:
    """One claim while it is assessed."""

    frame: Frame
    other: Frame
    """The same facts by the other proof standard, for the criteria that have it."""
    decided: Mapping[str, int]
    criteria: dict[str, bool | None] = field(default_factory=dict)
    open_to: dict[str, bool | None] = field(default_factory=dict)
    routes: dict[str, bool | None] = field(default_factory=dict)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)


class Assessor:
    """A rule set made ready to assess many claims.  Holds no state between claims."""

    def __init__(self, rule_set: RuleSet) -> None:
        """Compile every condition and amount once."""
        self.rule_set = rule_set
        compiler = Compiler(rule_set.schema, rule_set.tables)
        self.criteria = {c.code: compiler.compile(c.condition) for c in rule_set.criteria}
        self.open_to = {r.code: compiler.compile(r.open_to) for r in rule_set.routes if r.open_to is not None}
        self.steps = {
            step.name: tuple(compiler.compile(node) for node in (step.amount, step.highest) if node is not None)
            for step in rule_set.award
        }
        self.asker = Asker(rule_set.schema, self.steps)
        entitler = Entitler(rule_set, compiler, self.asker)
        self.entitler = entitler if entitler.has_parts else None
        standard = rule_set.proof.level
        self.otherwise = frozenset(c.code for c in rule_set.criteria if c.proof not in (None, standard))
        self.common = [criterion.code for criterion in rule_set.common]
        order = [*rule_set.schema.facts]
        for listed in rule_set.schema.lists.values():
            order += [f"{listed.name}.{field}" for field in listed.fields]
        self.order = {name: index for index, name in enumerate(order)}

    def assess(
        self, recorded: RecordedFacts, *, trace: bool = False, decided: Mapping[str, int] | None = None
    ) -> Findings:
        """Assess a claim from its recorded facts; the same facts always give the same findings.

        Args:
            recorded: the facts with their proof, as the registry keeps them.
            trace: whether to note which facts each criterion was read from.
            decided: what a person decided, by step: minor units of an amount, or points.

        Raises:
            AmountOutOfRange: what was decided lies outside its range, or no step of the rules waits for it.
        """
        facts = read_facts(recorded, self.rule_set.schema, self.rule_set.proof.level)
        return self.assess_facts(facts, other=self._read_otherwise(recorded), trace=trace, decided=decided)

    def _read_otherwise(self, recorded: RecordedFacts) -> CaseFacts | None:
        if not self.otherwise:
            return None
        is_strict = self.rule_set.proof.level is ProofLevel.ESTABLISHED
        level = ProofLevel.ASSERTED if is_strict else ProofLevel.ESTABLISHED
        return read_facts(recorded, self.rule_set.schema, level)

    def assess_facts(
        self,
        facts: CaseFacts,
        *,
        other: CaseFacts | None = None,
        trace: bool = False,
        decided: Mapping[str, int] | None = None,
    ) -> Findings:
        """Assess a claim from facts to which the proof standard has been applied.

        Args:
            facts: the facts by the rules' proof standard.
            other: the facts by the other standard, for criteria with one of their own; None takes `facts`.
            trace: see `assess`.
            decided: see `assess`.

        Raises:
            AmountOutOfRange: see `assess`.
        """
        frame = Frame(facts.values, facts.lists)
        case = _Case(frame, frame if other is None else Frame(other.values, other.lists), decided or {})
        self._check_decided(case.decided)
        uses = self._find_criteria(case, trace=trace)
        common = [case.criteria[code] for code in self.common]
        eligible = kleene_and([*common, kleene_or(list(case.routes.values()))]) if case.routes else kleene_and(common)
        grounds = self._grounds(case)
        asks: set[str] = set()
        succession = False
        amount: int | None = None
        if eligible is True:
            succession, amount, asks = self._amount(case)
            outcome = Outcome.ELIGIBLE if amount is not None else Outcome.ELIGIBLE_AMOUNT_PENDING
        elif eligible is False and grounds:
            outcome, amount = Outcome.NOT_ELIGIBLE, 0
        else:
            outcome = Outcome.MORE_INFORMATION_NEEDED
            asks = self._asks(case)
        return Findings(
            outcome=outcome,
            criteria={code: finding_of(value) for code, value in case.criteria.items()},
            routes={code: finding_of(value) for code, value in case.routes.items()},
            grounds=grounds if outcome is Outcome.NOT_ELIGIBLE else (),
            closed_routes=tuple(code for code, value in case.open_to.items() if value is False),
            by_succession=succession,
            amount_minor=amount,
            steps=dict(frame.steps),
            asks=tuple(sorted(asks, key=lambda name: self.order[name])),
            uses=uses if trace else {},
            unreadable=facts.unreadable,
            undeclared=facts.undeclared,
            ranges=case.ranges,
            entitlement=self._entitlement(case, outcome, amount, succession=succession),
        )

    def _find_criteria(self, case: _Case, *, trace: bool) -> dict[str, tuple[FactUse, ...]]:
        uses: dict[str, tuple[FactUse, ...]] = {}
        for code, compiled in self.criteria.items():
            frame = case.other if code in self.otherwise else case.frame
            if not trace:
                case.criteria[code] = _truth(compiled, frame)
                continue
            frame.trace = []
            case.criteria[code] = _truth(compiled, frame)
            uses[code] = tuple(map(FactUse._make, frame.trace))
            frame.trace = None
        for code, compiled in self.open_to.items():
            case.open_to[code] = _truth(compiled, case.frame)
        for route in self.rule_set.routes:
            needed = [case.open_to.get(route.code, True), *(case.criteria[code] for code in route.criteria)]
            case.routes[route.code] = kleene_and(needed)
        return uses

    def _entitlement(
        self, case: _Case, outcome: Outcome, amount: int | None, *, succession: bool
    ) -> Entitlement | None:
        if self.entitler is None:
            return None
        eligible = None if outcome is Outcome.MORE_INFORMATION_NEEDED else outcome is not Outcome.NOT_ELIGIBLE
        own = eligible if not succession else False
        return self.entitler.find(case.frame, eligible=own, amount_minor=amount, by_succession=succession)

    def _grounds(self, case: _Case) -> tuple[str, ...]:
        grounds = {code for code in self.common if case.criteria[code] is False}
        for route in self.rule_set.routes:
            if case.open_to.get(route.code, True) is not False:
                grounds.update(code for code in route.criteria if case.criteria[code] is False)
        return tuple(code for code in case.criteria if code in grounds)

    def _amount(self, case: _Case) -> tuple[bool, int | None, set[str]]:
        """Return whether the claim is one by succession only, the amount if it is known, and what to ask for it."""
        paying = [route for route in self.rule_set.routes if route.pays is Pays.AWARD]
        pays = kleene_or([case.routes[route.code] for route in paying]) if self.rule_set.routes else True
        if pays is False:
            return True, 0, set()
        if pays is None:
            return False, None, self._asks(case, {route.code: case.routes[route.code] for route in paying})
        amount = self._run_steps(case)
        last = self.rule_set.award[-1].name
        return False, amount, set() if amount is not None else set(self.asker.unknown_in_step(last, case.frame))

    def _run_steps(self, case: _Case) -> int | None:
        amount: int | None = None
        for name, (lowest, *highest) in self.steps.items():
            result = lowest.run(case.frame)
            amount = None if result is None else int(result)
            if highest:
                amount = self._decide(name, amount, highest[0].run(case.frame), case)
            case.frame.steps[name] = amount
        return amount

    def _decide(self, name: str, lowest: int | None, upper: Value, case: _Case) -> int | None:
        """Return what a person decided between two ends; the one value there is if they are the same."""
        if lowest is None or upper is None:
            return None
        highest = max(lowest, int(upper))
        case.ranges[name] = (lowest, highest)
        decided = case.decided.get(name, lowest if lowest == highest else None)
        if decided is not None and not lowest <= decided <= highest:
            ends = " .. ".join(self._write(name, end) for end in (lowest, highest))
            message = f"What was decided for «{name}» lies outside its range, {ends}."
            raise AmountOutOfRange(message, field="decided", remedy="Decide within the range; the rules give its ends.")
        return decided

    def _write(self, name: str, value: int) -> str:
        step = next(one for one in self.rule_set.award if one.name == name)
        return str(Money(value, self.rule_set.currency)) if step.amount.type.kind is Kind.MONEY else str(value)

    def _check_decided(self, decided: Mapping[str, int]) -> None:
        for name in decided:
            if len(self.steps.get(name, ())) < len(("lowest", "highest")):
                message = f"No step of the rules called «{name}» waits for a person's decision."
                raise AmountOutOfRange(message, field="decided", remedy="Leave it out.")

    def compute_award(self, recorded: RecordedFacts, *, decided: Mapping[str, int] | None = None) -> int | None:
        """Compute the award as if the claim were eligible, for who departs from the findings; None if unknown.

        Raises:
            AmountOutOfRange: see `assess`.
        """
        return self.compute_steps(recorded, decided=decided).amount_minor

    def compute_steps(self, recorded: RecordedFacts, *, decided: Mapping[str, int] | None = None) -> Computed:
        """Compute the award as if the claim were eligible, with each step and the ranges a person decides within.

        Raises:
            AmountOutOfRange: see `assess`.
        """
        facts = read_facts(recorded, self.rule_set.schema, self.rule_set.proof.level)
        frame = Frame(facts.values, facts.lists)
        case = _Case(frame, frame, decided or {})
        self._check_decided(case.decided)
        amount = self._run_steps(case)
        return Computed(amount, dict(frame.steps), case.ranges)

    def share_award(self, recorded: RecordedFacts, amount_minor: int) -> tuple[Sharing | None, tuple[str, ...]]:
        """Divide an award as it was made, of so many minor units, by the first division of the rules that applies.

        Returns:
            the division, None where the rules divide nothing; and the facts to ask for while it cannot be made.
        """
        if self.entitler is None:
            return None, ()
        return self.entitler.share(self._compute_frame(recorded), amount_minor)

    def hold_payment(self, recorded: RecordedFacts) -> PaymentHolding | None:
        """Say until when what a claimant is paid is held in trust, by the facts of his claim; None if it never is."""
        if self.entitler is None:
            return None
        return self.entitler.hold_payment(self._compute_frame(recorded))

    def _compute_frame(self, recorded: RecordedFacts) -> Frame:
        facts = read_facts(recorded, self.rule_set.schema, self.rule_set.proof.level)
        frame = Frame(facts.values, facts.lists)
        self._run_steps(_Case(frame, frame, {}))
        return frame

    def _asks(self, case: _Case, routes: Mapping[str, bool | None] | None = None) -> set[str]:
        routes = case.routes if routes is None else routes
        asks: set[str] = set()
        for code in self.common:
            asks.update(self._unknown(code, case))
        for route in self.rule_set.routes:
            if routes.get(route.code, False) is not None:
                continue
            if case.open_to.get(route.code, True) is None:
                asks.update(self.asker.unknown(self.open_to[route.code], case.frame))
            for code in route.criteria:
                asks.update(self._unknown(code, case))
        if not asks:  # every route is closed to this claimant: ask again for what closed them
            for compiled in self.open_to.values():
                asks.update(node.name for node in compiled.node.walk() if node.op is Op.FACT)
        return asks

    def _unknown(self, code: str, case: _Case) -> Iterable[str]:
        frame = case.other if code in self.otherwise else case.frame
        return self.asker.unknown(self.criteria[code], frame) if case.criteria[code] is None else ()


def _truth(compiled: Compiled, frame: Frame) -> bool | None:
    value = compiled.run(frame)
    return None if value is None else value is True
