"""What is owed, to whom and in which form: the declarations beside the award's own steps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from reparations.eligibility.language.nodes import Node


class UnitKind(StrEnum):
    """Whose an award is."""

    PERSON = "person"
    FAMILY = "family"
    HOUSEHOLD = "household"
    ESTATE = "estate"
    COMMUNITY = "community"
    OBJECT = "object"


class AfterDeath(StrEnum):
    """Whose the award becomes if the claimant dies after being found eligible."""

    SHARES = "shares"
    ESTATE = "estate"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class UnitCase:
    """Another unit under a condition."""

    unit: UnitKind
    cite: str
    when: Node


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of entitlement: that of the first case met, else the plain one."""

    cite: str
    unit: UnitKind
    cases: tuple[UnitCase, ...]
    after_death: AfterDeath | None


class Recovery(StrEnum):
    """What becomes of money paid under an election that no longer holds."""

    RECEIVABLE = "receivable"
    SET_OFF = "set_off"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Election:
    """A choice of the claimant's, and the condition while it holds."""

    name: str
    title: str
    cite: str
    chosen: str
    """The yes/no fact that says what was chosen."""
    holds_while: Node
    recovery: Recovery


@dataclass(frozen=True, slots=True)
class Offset:
    """Something paid before that is deducted."""

    name: str
    title: str
    cite: str
    amount: Node
    of_this_fund: bool
    """An advance or interim payment of the fund itself."""
    counts: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class CapOver(StrEnum):
    """Whose claims count together under a cap."""

    FAMILY = "family"
    HOUSEHOLD = "household"
    PERSON = "person"
    VICTIM = "victim"


class Reduce(StrEnum):
    """How claims above a cap are brought down to it."""

    PRO_RATA = "pro_rata"
    EQUALLY = "equally"


@dataclass(frozen=True, slots=True)
class GroupCap:
    """A ceiling over several claims; applied when a round is made, which alone sees them together."""

    name: str
    title: str
    cite: str
    over: CapOver
    amount: Node
    reduce: Reduce


class RowKind(StrEnum):
    """How a row of a cascade divides."""

    PERCENT = "percent"
    EQUAL = "equal"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class ShareClass:
    """A class of persons; a person stands in the first class whose condition is met."""

    name: str
    title: str
    when: Node


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One row of the cascade."""

    kind: RowKind
    cite: str
    parts: Mapping[str, Fraction]
    """By class: its part (`percent`), each member's part (`each`), or 1 (`equal`)."""


class Remainder(StrEnum):
    """Who gets the minor units left over by rounding down."""

    EARLIER = "earlier"
    LATER = "later"
    FUND = "fund"


class WhenNobody(StrEnum):
    """Whose an award is that nobody is there to share."""

    BACK_TO_FUND = "back_to_fund"
    ESTATE = "estate"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Trust:
    """Money of those under an age is held in trust until they reach it."""

    cite: str
    born: str
    """Field of the list of persons."""
    until_age: int
    as_of: str
    """Date fact: who is under age on that day."""
    birthday_rule: str


@dataclass(frozen=True, slots=True)
class PaymentTrust:
    """What is paid to somebody under an age is held in trust until it is reached, whoever the payee is."""

    cite: str
    born: str
    """Date fact of the payee's own claim."""
    until_age: int
    birthday_rule: str
    when: Node | None = None
    """Whose money; None: everybody's."""


@dataclass(frozen=True, slots=True)
class ShareScheme:
    """One way an award is divided among persons of a list."""

    name: str
    title: str
    cite: str
    when: Node | None
    among: str
    classes: tuple[ShareClass, ...]
    cascade: tuple[ShareRow, ...]
    when_nobody: WhenNobody
    remainder: Remainder | None
    """None where shares may exceed the award; then each is rounded as `rounding` says."""
    rounding: str | None
    in_trust: Trust | None


class BenefitForm(StrEnum):
    """Forms of reparation other than the award."""

    SERVICE = "service"
    IN_KIND = "in_kind"
    SYMBOLIC = "symbolic"
    RESTITUTION = "restitution"
    CASH_SUBSTITUTE = "cash_substitute"


@dataclass(frozen=True, slots=True)
class Benefit:
    """Something given beside the award."""

    name: str
    title: str
    cite: str
    form: BenefitForm
    when: Node | None
    to_anyone: bool
    """Whether it is open to those who are not found eligible too."""
    value: Node | None
    """What it may cost; paid out only for a cash substitute."""
    instead_of: str | None
    line: str | None
    """``envelope.line`` of the collective envelope that bears it."""


@dataclass(frozen=True, slots=True)
class EnvelopeLine:
    """One line of an envelope, minor units."""

    name: str
    title: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """A collective award, minor units; its lines sum to it."""

    name: str
    title: str
    cite: str
    beneficiaries: str
    amount_minor: int
    lines: tuple[EnvelopeLine, ...]
