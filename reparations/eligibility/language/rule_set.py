"""A rule set, read and checked: what `load_rule_set` gives and everything else works on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from reparations.eligibility.language.entitlement import (
        Benefit,
        Election,
        Envelope,
        GroupCap,
        Offset,
        PaymentTrust,
        ShareScheme,
        Unit,
    )
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
    proof: ProofLevel | None = None
    """A standard of its own; None takes the rule set's."""


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
    """What the rules compute; for a step a person decides, the lowest that may be decided."""
    highest: Node | None = None
    """The highest that may be decided; None for a step the rules compute."""
    guidance: str | None = None
    """What the law says shall be looked at."""


@dataclass(frozen=True, slots=True)
class Appeal:
    """Where and until when a refusal can be appealed."""

    cite: str
    body: str
    days: int
    how: str


@dataclass(frozen=True, slots=True)
class PriorityPoints:
    """Points a claim has in the queue if a condition is met."""

    points: int
    title: str
    cite: str
    when: Node


class PaidWhen(StrEnum):
    """When an instalment falls due."""

    AT_ONCE = "at_once"
    WHEN_ALL_DECIDED = "when_all_decided"
    IF_MEANS_SUFFICE = "if_means_suffice"
    """After all claims are decided, and only as far as there is money."""


@dataclass(frozen=True, slots=True)
class InstalmentTerm:
    """One instalment of every award; the ratios of a stream's instalments sum to 1."""

    title: str
    cite: str
    ratio: Fraction
    paid: PaidWhen


class ShortageRule(StrEnum):
    """What happens when the money is not enough for every award."""

    PRO_RATA = "pro_rata"
    THRESHOLD_THEN_PRO_RATA = "threshold_then_pro_rata"
    EQUAL_OR_LESS = "equal_or_less"
    BY_PRIORITY = "by_priority"
    BY_CHRONOLOGY = "by_chronology"
    DIVIDED_BY_NUMBER = "divided_by_number"


@dataclass(frozen=True, slots=True)
class Phase:
    """In this phase everybody gets the same sum, or what is still owed if that is less."""

    title: str
    cite: str
    up_to_minor: int | None
    """Minor units a claim can get in this phase; None pays the rest of every award."""


@dataclass(frozen=True, slots=True)
class ShortageTerms:
    """The rule for a fund that is short, with what that rule takes; the other fields are None or empty."""

    rule: ShortageRule
    cite: str
    threshold_minor: int | None = None
    """`threshold_then_pro_rata`: awards up to and including it are paid in full."""
    phases: tuple[Phase, ...] = ()
    """`equal_or_less`."""
    chronology: str | None = None
    """`by_chronology`: the date fact, the earliest day first."""
    each_at_most_minor: int | None = None
    """`divided_by_number`: nobody gets more, however few they are."""
    partial: bool = False
    """`by_priority` and `by_chronology`: whether the last in the queue may be paid in part."""
    ties: tuple[str, ...] = ()
    """Date facts that order equals, the earlier day first; what they leave equal, the lot decides."""


@dataclass(frozen=True, slots=True)
class Intermediary:
    """Who passes money on: what it may keep, and by when it distributes and reports."""

    cite: str
    fee_at_most: Fraction
    """Part of each payment, rounded down to the minor unit."""
    distribute_within_days: int | None
    report_within_days: int | None


@dataclass(frozen=True, slots=True)
class Stream:
    """Claims that are paid alike.  What a stream does not say for itself it has from the payment block."""

    name: str
    title: str
    cite: str
    when: Node
    instalments: tuple[InstalmentTerm, ...]
    when_funds_short: ShortageTerms | None
    intermediary: Intermediary | None


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """How awards are paid.  A claim belongs to the first stream whose condition is met, or to none."""

    cite: str
    instalments: tuple[InstalmentTerm, ...]
    """Empty: the whole award at once."""
    when_funds_short: ShortageTerms | None
    intermediary: Intermediary | None
    streams: tuple[Stream, ...]
    unit_paid_together: bool
    """Whether a household or family is paid as soon as one of its members is."""
    in_trust: PaymentTrust | None = None
    """How minors' money is held; a division with terms of its own goes before."""


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
    unit: Unit | None = None
    elections: tuple[Election, ...] = ()
    offsets: tuple[Offset, ...] = ()
    caps: tuple[GroupCap, ...] = ()
    shares: tuple[ShareScheme, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    collective: tuple[Envelope, ...] = ()
    priority: tuple[PriorityPoints, ...] = ()
    payment: PaymentTerms | None = None

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
