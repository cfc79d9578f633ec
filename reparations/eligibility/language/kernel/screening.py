"""The kernel: what a rule set says of very many claims at once, for simulation and screening.

It never makes a decision that is stored; `language.assess` does, claim by claim and with a trace.  Random differential
tests hold the two equal (`tests/eligibility/differential`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reparations.eligibility.language.assess import Outcome
from reparations.eligibility.language.kernel.arrays import conjoin, disjoin
from reparations.eligibility.language.kernel.blocks import Block
from reparations.eligibility.language.kernel.columns import ClaimColumns, ListColumns, Truths, Values
from reparations.eligibility.language.kernel.errors import NotInKernel
from reparations.eligibility.language.kernel.program import Program
from reparations.eligibility.language.nodes import Kind
from reparations.eligibility.language.rule_set import Pays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from reparations.eligibility.language.kernel.columns import Bits, Column
    from reparations.eligibility.language.rule_set import Route, RuleSet

OUTCOMES = tuple(Outcome)
"""What the numbers in `Screening.outcomes` stand for."""

_PENDING = OUTCOMES.index(Outcome.ELIGIBLE_AMOUNT_PENDING)
_ELIGIBLE = OUTCOMES.index(Outcome.ELIGIBLE)
_REFUSED = OUTCOMES.index(Outcome.NOT_ELIGIBLE)
_OPEN = OUTCOMES.index(Outcome.MORE_INFORMATION_NEEDED)

BLOCK = 1 << 15
"""Claims worked on at a time: few enough that their columns stay in the processor's cache."""

_YES = Truths(np.ones(1, np.bool_), np.zeros(1, np.bool_))
_NO = Truths(np.zeros(1, np.bool_), np.ones(1, np.bool_))


@dataclass(frozen=True, slots=True)
class Screening:
    """What the rules say of many claims, in their order.  Findings are 0 not met, 1 met, 2 unknown."""

    outcomes: NDArray[np.uint8]
    criteria: Mapping[str, NDArray[np.uint8]]
    routes: Mapping[str, NDArray[np.uint8]]
    grounds: Mapping[str, Bits]
    """By criterion: whether a refusal rests on it."""
    closed_routes: Mapping[str, Bits]
    by_succession: Bits
    amount_minor: NDArray[np.int64]
    """The computed award in minor units; 0 where `amount_known` is not set."""
    amount_known: Bits
    award_minor: NDArray[np.int64]
    """The award as if every claim were eligible; 0 where `award_known` is not set."""
    award_known: Bits

    @property
    def codes(self) -> NDArray[np.uint8]:
        """The findings packed as `Findings.codes` packs them: one row of bytes a claim."""
        packed = np.zeros(((len(self.criteria) + 3) // 4, len(self.outcomes)), np.uint8)
        for place, found in enumerate(self.criteria.values()):
            packed[place // 4] |= found << 2 * (place % 4)
        return np.ascontiguousarray(packed.T)


class Kernel:
    """A rule set made ready to screen very many claims.  Holds no state between runs."""

    def __init__(self, rule_set: RuleSet) -> None:
        """Turn every condition and amount into array operations.

        Raises:
            NotInKernel: the rule set uses what arrays of 64 bits cannot do.
        """
        self.rule_set = rule_set
        self.program = Program(rule_set.schema, rule_set.tables)
        self.otherwise = Program(rule_set.schema, rule_set.tables)
        standards = (None, rule_set.proof.level)
        self.own_standard = frozenset(one.code for one in rule_set.criteria if one.proof not in standards)
        self.criteria = {
            one.code: (self.otherwise if one.code in self.own_standard else self.program).add(one.condition)
            for one in rule_set.criteria
        }
        self.open_to = {r.code: self.program.add(r.open_to) for r in rule_set.routes if r.open_to is not None}
        for step in rule_set.award:
            if step.amount.type.kind not in (Kind.NUMBER, Kind.MONEY):
                message = f"The step «{step.name}» is neither a number nor an amount."
                raise NotInKernel(message, remedy="Assess the claims one by one.")
            slot = self.program.add(step.amount)
            if step.highest is not None:
                slot = self.program.add_decided(slot, self.program.add(step.highest))
            self.program.steps[step.name] = slot
        self.award = self.program.steps[rule_set.award[-1].name]
        self.common = [criterion.code for criterion in rule_set.common]

    def run(self, columns: ClaimColumns, *, other: ClaimColumns | None = None, block: int = BLOCK) -> Screening:
        """Screen claims; the same columns always give the same result, whatever the block.

        A step that a person decides has no value unless both its ends are the same: nothing is decided here.

        Args:
            columns: the facts by the rules' proof standard.
            other: the same facts by the other standard, for criteria with one of their own; None takes `columns`.
            block: claims worked on at a time.
        """
        result = self._empty(columns.count)
        for first, last in _cuts(columns.count, block):
            part = Block(_part(columns, first, last))
            self.program.run(part)
            criteria = {
                code: part.truths[slot] for code, slot in self.criteria.items() if code not in self.own_standard
            }
            if self.own_standard:
                proven = part if other is None else Block(_part(other, first, last))
                criteria |= self._by_own_standard(proven)
            self._conclude(part, {code: criteria[code] for code in self.criteria}, result, slice(first, last))
        return result

    def _by_own_standard(self, block: Block) -> dict[str, Truths]:
        apart = Block(block.columns)
        self.otherwise.run(apart)
        return {code: apart.truths[self.criteria[code]] for code in self.own_standard}

    def _empty(self, count: int) -> Screening:
        def bits() -> Bits:
            return np.zeros(count, np.bool_)

        def findings() -> NDArray[np.uint8]:
            return np.zeros(count, np.uint8)

        return Screening(
            outcomes=findings(),
            criteria={code: findings() for code in self.criteria},
            routes={route.code: findings() for route in self.rule_set.routes},
            grounds={code: bits() for code in self.criteria},
            closed_routes={code: bits() for code in self.open_to},
            by_succession=bits(),
            amount_minor=np.zeros(count, np.int64),
            amount_known=bits(),
            award_minor=np.zeros(count, np.int64),
            award_known=bits(),
        )

    def _conclude(self, block: Block, criteria: Mapping[str, Truths], result: Screening, part: slice) -> None:
        """Put criteria together to routes, outcome and amount, as `Assessor` does for one claim."""
        count = block.columns.count
        open_to = {code: block.truths[slot] for code, slot in self.open_to.items()}
        routes = {
            route.code: conjoin([open_to.get(route.code, _YES), *(criteria[code] for code in route.criteria)])
            for route in self.rule_set.routes
        }
        for code, found in criteria.items():
            result.criteria[code][part] = _findings(found)
        for code, found in routes.items():
            result.routes[code][part] = _findings(found)
        for code, found in open_to.items():
            result.closed_routes[code][part] = found.not_met
        parts = [criteria[code] for code in self.common]
        eligible = conjoin([*parts, disjoin(list(routes.values()))] if routes else [*parts, _YES])
        grounds = dict(self._grounds(criteria, open_to))
        refused = eligible.not_met & _any(grounds.values())
        for code, ground in grounds.items():
            result.grounds[code][part] = ground & refused
        award = block.values[self.award]
        pays = self._pays(routes)
        succession = eligible.met & pays.not_met
        computed = eligible.met & pays.met & award.known
        outcomes = np.full(count, _OPEN, np.uint8)
        outcomes[np.broadcast_to(refused, count)] = _REFUSED
        outcomes[np.broadcast_to(eligible.met, count)] = _PENDING
        outcomes[np.broadcast_to(succession | computed, count)] = _ELIGIBLE
        result.outcomes[part] = outcomes
        result.by_succession[part] = succession
        result.amount_minor[part] = np.where(computed, award.value, 0)
        result.amount_known[part] = computed | succession | refused
        result.award_minor[part] = np.where(award.known, award.value, 0)
        result.award_known[part] = award.known

    def _pays(self, routes: Mapping[str, Truths]) -> Truths:
        """Say whether a route that pays an award of the claimant's own is met."""
        if not self.rule_set.routes:
            return _YES
        paying = [routes[route.code] for route in self.rule_set.routes if route.pays is Pays.AWARD]
        return disjoin(paying) if paying else _NO

    def _grounds(self, criteria: Mapping[str, Truths], open_to: Mapping[str, Truths]) -> Iterator[tuple[str, Bits]]:
        """Yield where a criterion not met can carry a refusal: a common one, or one of a route open to the claimant."""
        for code, found in criteria.items():
            if code in self.common:
                yield code, found.not_met
                continue
            reached = [~open_to.get(route.code, _YES).not_met for route in self._routes_with(code)]
            yield code, found.not_met & _any(reached)

    def _routes_with(self, code: str) -> list[Route]:
        return [route for route in self.rule_set.routes if code in route.criteria]


def _any(bits: Iterable[Bits]) -> Bits:
    found = np.zeros(1, np.bool_)
    for one in bits:
        found = found | one
    return found


def _findings(found: Truths) -> NDArray[np.uint8]:
    unknown: NDArray[np.uint8] = (~(found.met | found.not_met)).view(np.uint8)
    met: NDArray[np.uint8] = found.met.view(np.uint8)
    return met | (unknown << np.uint8(1))


def _cuts(count: int, block: int) -> Iterator[tuple[int, int]]:
    for first in range(0, count, block):
        yield first, min(first + block, count)


def _part(columns: ClaimColumns, first: int, last: int) -> ClaimColumns:
    facts = {name: _slice(column, first, last) for name, column in columns.facts.items()}
    lists: dict[str, ListColumns] = {}
    for name, listed in columns.lists.items():
        offsets = listed.offsets[first : last + 1]
        begin, end = int(offsets[0]), int(offsets[-1])
        lists[name] = ListColumns(
            offsets - begin, {key: _slice(column, begin, end) for key, column in listed.fields.items()}
        )
    return ClaimColumns(last - first, facts, lists)


def _slice(column: Column, first: int, last: int) -> Column:
    if isinstance(column, Truths):
        return Truths(column.met[first:last], column.not_met[first:last])
    return Values(column.value[first:last], column.known[first:last])
