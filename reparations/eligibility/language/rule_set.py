"""A rule set, read and checked: what `load_rule_set` gives and everything else works on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reparations.eligibility.language.expressions import Table
    from reparations.eligibility.language.nodes import Node
    from reparations.eligibility.language.schema import FactSchema

LANGUAGE_VERSION = 1
"""The meaning of the language is frozen under this number; a change of meaning is a new number beside the old."""

MAX_CRITERIA = 64


class ProofLevel(StrEnum):
    """How far a fact is proven."""

    ESTABLISHED = "established"
    ASSERTED = "asserted"
    NOT_ESTABLISHED = "not_established"


class Pays(StrEnum):
    """What a route gives its claimant."""

    AWARD = "award"
    BY_SUCCESSION = "by_succession"
    """No award of the claimant's own: a share of the award of the person whose heir he is."""


@dataclass(frozen=True, slots=True)
class ProofStandard:
    """From which proof on a fact counts."""

    cite: str
    title: str
    level: ProofLevel


@dataclass(frozen=True, slots=True)
class Criterion:
    """One numbered condition with its source."""

    code: str
    title: str
    cite: str
    condition: Node
    ask: str | None = None
    deadline_authority: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One way to be eligible: all its criteria, for those it is open to."""

    code: str
    title: str
    cite: str
    criteria: tuple[str, ...]
    pays: Pays
    open_to: Node | None = None


@dataclass(frozen=True, slots=True)
class Presumption:
    """Supplies a yes where a fact is unknown and the condition is met.  It never supplies a no."""

    name: str
    cite: str
    fact: str
    when: Node


@dataclass(frozen=True, slots=True)
class AwardStep:
    """One step of the computation; the last one is the award."""

    name: str
    title: str
    cite: str
    amount: Node


@dataclass(frozen=True, slots=True)
class Appeal:
    """Where and until when a refusal can be appealed."""

    cite: str
    body: str
    days: int
    how: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One version of a programme's rules."""

    name: str
    version: int
    title: str
    status: str
    """``illustrative`` until somebody compared the file with its primary text, then ``in_force``."""
    authority: str
    currency: str
    source: str
    schema: FactSchema
    proof: ProofStandard
    tables: Mapping[str, Table]
    presumptions: tuple[Presumption, ...]
    criteria: tuple[Criterion, ...]
    routes: tuple[Route, ...]
    award: tuple[AwardStep, ...]
    appeal: Appeal
    identity: str
    """SHA-256 of the canonical typed tree, in hexadecimal: comments and layout do not change it, one cent does."""
    file_sha256: str
    """SHA-256 of the file as published: what the lawyer signed."""
    warnings: tuple[str, ...] = ()

    @property
    def common(self) -> tuple[Criterion, ...]:
        """The criteria that no route names: they apply to everybody."""
        routed = {code for route in self.routes for code in route.criteria}
        return tuple(criterion for criterion in self.criteria if criterion.code not in routed)

    def criterion(self, code: str) -> Criterion:
        """Return the criterion with this code.

        Raises:
            KeyError: there is none.
        """
        for criterion in self.criteria:
            if criterion.code == code:
                return criterion
        raise KeyError(code)
