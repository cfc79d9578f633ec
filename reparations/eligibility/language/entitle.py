"""What follows from the rules beside the outcome and the amount: unit, shares, benefits, place in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from reparations.eligibility.language.evaluate import Compiled, Compiler, Frame, kleene_and
from reparations.eligibility.language.sharing import (
    Sharing,
    compute_highest_fee,
    divide,
    find_release,
    hold_in_trust,
    part_in_instalments,
)

if TYPE_CHECKING:
    from datetime import date

    from reparations.eligibility.language.asking import Asker
    from reparations.eligibility.language.entitlement import Benefit, ShareScheme, UnitKind
    from reparations.eligibility.language.nodes import Node
    from reparations.eligibility.language.rule_set import RuleSet, ShortageTerms


class ElectionState(StrEnum):
    """What has become of a claimant's choice."""

    IN_FORCE = "in_force"
    NOT_CHOSEN = "not_chosen"
    LAPSED = "lapsed"
    """Chosen, and its condition has failed since: what was paid above is owed back as the rules say."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BenefitFound:
    """Whether somebody has a benefit (None: not known yet) and what it may cost, minor units."""

    has: bool | None
    value_minor: int | None


@dataclass(frozen=True, slots=True)
class PriorityFound:
    """Points in the queue."""

    points: int
    possible: int
    """Points if everything not known yet were met."""


@dataclass(frozen=True, slots=True)
class PaymentHolding:
    """Until when what somebody is paid is held in trust."""

    cite: str
    until: date | None
    """The day he reaches the age of the rules, ahead or past; None while that is not known, and nothing is paid."""
    asks: tuple[str, ...] = ()
    """Facts to ask for while it is not known."""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """All of it, for one claim."""

    unit: UnitKind | None = None
    elections: Mapping[str, ElectionState] = field(default_factory=dict)
    offsets: Mapping[str, int | None] = field(default_factory=dict)
    """What was paid before, minor units, by offset."""
    caps: Mapping[str, int | None] = field(default_factory=dict)
    """Ceilings over several claims, minor units; a round applies them."""
    shares: Sharing | None = None
    """None where nothing is divided, and while the award is not known."""
    benefits: Mapping[str, BenefitFound] = field(default_factory=dict)
    priority: PriorityFound | None = None
    stream: str | None = None
    instalments: tuple[int, ...] = ()
    """What falls due in each instalment, minor units; empty while the award or the stream is not known."""
    fee_at_most_minor: int | None = None
    """What an intermediary may keep of the award, minor units."""
    queue_days: Mapping[str, int | None] = field(default_factory=dict)
    """Days that order the queue this claim stands in, as proleptic ordinals."""
    in_trust: PaymentHolding | None = None
    """None where the rules hold no payment to a minor, and of who is not found eligible."""
    asks: tuple[str, ...] = ()
    """Facts that are missing for any of this; asked for only once the claim is found eligible."""


class Entitler:
    """A rule set's parts beside criteria and award, made ready."""

    def __init__(self, rule_set: RuleSet, compiler: Compiler, asker: Asker) -> None:
        """Compile every condition and amount once."""
        self.rule_set = rule_set
        self.asker = asker
        nodes: list[Node] = [offset.amount for offset in rule_set.offsets]
        nodes += [cap.amount for cap in rule_set.caps]
        nodes += [election.holds_while for election in rule_set.elections]
        nodes += [line.when for line in rule_set.priority]
        for scheme in rule_set.shares:
            nodes += [scheme.when] if scheme.when else []
            nodes += [one.when for one in scheme.classes]
        for benefit in rule_set.benefits:
            nodes += [node for node in (benefit.when, benefit.value) if node is not None]
        nodes += [case.when for case in rule_set.unit.cases] if rule_set.unit else []
        nodes += [stream.when for stream in rule_set.payment.streams] if rule_set.payment else []
        trust = rule_set.payment.in_trust if rule_set.payment else None
        nodes += [trust.when] if trust and trust.when else []
        self.compiled = {id(node): compiler.compile(node) for node in nodes}
        self.has_parts = bool(nodes or rule_set.unit or rule_set.shares or rule_set.benefits or rule_set.payment)

    def find(
        self, frame: Frame, *, eligible: bool | None, amount_minor: int | None, by_succession: bool = False
    ) -> Entitlement:
        """Find everything that follows.

        Args:
            frame: the facts, with the steps of the award that were computed.
            eligible: whether the claim has an award of its own; None while that is not known.
            amount_minor: the award, None while it is not known.
            by_succession: whether the claim is paid a share of another's award.
        """
        work = _Work(self, frame, asks={})
        rules = self.rule_set
        stream, is_placed = self._stream(work)
        payment = rules.payment
        own = next((one for one in payment.streams if one.name == stream), None) if payment else None
        due: tuple[int, ...] = ()
        fee: int | None = None
        shortage = payment.when_funds_short if payment else None
        if own and own.when_funds_short:
            shortage = own.when_funds_short
        if payment and is_placed and eligible and amount_minor is not None:
            terms = own.instalments if own and own.instalments else payment.instalments
            due = part_in_instalments(amount_minor, terms)
            keeper = own.intermediary if own and own.intermediary else payment.intermediary
            fee = compute_highest_fee(amount_minor, keeper.fee_at_most) if keeper else None
        found = Entitlement(
            unit=self._unit(work),
            elections={
                one.name: self._election(one.chosen, work.truth(one.holds_while), frame) for one in rules.elections
            },
            offsets={offset.name: work.number(offset.amount) for offset in rules.offsets},
            caps={cap.name: work.number(cap.amount) for cap in rules.caps},
            shares=self._shares(work, amount_minor) if eligible and amount_minor else None,
            benefits={one.name: self._benefit(one, work, eligible=eligible) for one in rules.benefits},
            priority=self._priority(work),
            stream=stream,
            instalments=due,
            fee_at_most_minor=fee,
            queue_days={name: work.day(name) for name in _queue_days(shortage)},
            in_trust=self._hold_payment(work) if eligible or by_succession else None,
        )
        return replace(found, asks=tuple(work.asks)) if eligible and work.asks else found

    def share(self, frame: Frame, amount_minor: int) -> tuple[Sharing | None, tuple[str, ...]]:
        """Divide an award of so much by the first division that applies; say what to ask while it is not known."""
        work = _Work(self, frame, asks={})
        sharing = self._shares(work, amount_minor)
        return sharing, tuple(work.asks)

    def hold_payment(self, frame: Frame) -> PaymentHolding | None:
        """Say until when what the claimant is paid is held in trust; None where the rules hold nothing."""
        return self._hold_payment(_Work(self, frame, asks={}))

    def _hold_payment(self, work: _Work) -> PaymentHolding | None:
        trust = self.rule_set.payment.in_trust if self.rule_set.payment else None
        if trust is None:
            return None
        own = _Work(self, work.frame, asks={})
        applies = True if trust.when is None else own.truth(trust.when)
        if applies is False:
            return None
        until = find_release(own.day(trust.born), trust)
        if until is None:
            own.asks[trust.born] = None
        work.asks.update(own.asks)
        return PaymentHolding(trust.cite, until if applies else None, tuple(own.asks))

    def _unit(self, work: _Work) -> UnitKind | None:
        unit = self.rule_set.unit
        if unit is None:
            return None
        for case in unit.cases:
            met = work.truth(case.when)
            if met is not False:
                return case.unit if met else None
        return unit.unit

    @staticmethod
    def _election(chosen: str, holds: bool | None, frame: Frame) -> ElectionState:  # noqa: FBT001 a truth value
        choice = frame.facts.get(chosen)
        if choice is False:
            return ElectionState.NOT_CHOSEN
        if choice is None or holds is None:
            return ElectionState.UNKNOWN
        return ElectionState.IN_FORCE if holds else ElectionState.LAPSED

    def _shares(self, work: _Work, amount_minor: int) -> Sharing | None:
        for scheme in self.rule_set.shares:
            applies = True if scheme.when is None else work.truth(scheme.when)
            if applies is None:
                return Sharing(scheme.name, None)
            if applies:
                return self._divide(scheme, work, amount_minor)
        return None

    def _divide(self, scheme: ShareScheme, work: _Work, amount_minor: int) -> Sharing:
        frame, closing = work.frame, self.rule_set.schema.lists[scheme.among].complete_when
        is_known = frame.facts.get(closing) is True
        if not is_known:
            work.asks[closing] = None
        classes: list[str | None] = []
        outer = frame.record
        for record in frame.lists.get(scheme.among, ()):
            frame.record = record
            name: str | None = None
            for one in scheme.classes:
                fits = work.truth(one.when)
                is_known = is_known and fits is not None
                if fits is not False:
                    name = one.name
                    break
            classes.append(name)
        frame.record = outer
        if not is_known:
            return Sharing(scheme.name, None)
        sharing = divide(scheme, amount_minor, classes)
        trust = scheme.in_trust
        if trust is None or sharing.parts is None:
            return sharing
        as_of = work.day(trust.as_of)
        parts = []
        for part, record in zip(sharing.parts, frame.lists.get(scheme.among, ()), strict=True):
            born = record.get(trust.born)
            held = hold_in_trust(part, trust, born=born if isinstance(born, int) else None, as_of=as_of)
            if held.age_unknown and born is None:
                work.asks[f"{scheme.among}.{trust.born}"] = None
            parts.append(held)
        return Sharing(sharing.scheme, tuple(parts), sharing.nobody, sharing.left_over_minor)

    @staticmethod
    def _benefit(benefit: Benefit, work: _Work, *, eligible: bool | None) -> BenefitFound:
        met = True if benefit.when is None else work.truth(benefit.when)
        has = met if benefit.to_anyone else kleene_and([eligible, met])
        return BenefitFound(has, work.number(benefit.value) if has and benefit.value else None)

    def _priority(self, work: _Work) -> PriorityFound | None:
        if not self.rule_set.priority:
            return None
        found = [(line.points, work.truth(line.when)) for line in self.rule_set.priority]
        sure = sum(points for points, met in found if met)
        return PriorityFound(sure, sure + sum(points for points, met in found if met is None))

    def _stream(self, work: _Work) -> tuple[str | None, bool]:
        """Return the stream, None for none, and whether that is known."""
        for stream in self.rule_set.payment.streams if self.rule_set.payment else ():
            met = work.truth(stream.when)
            if met is not False:
                return (stream.name, True) if met else (None, False)
        return None, True


@dataclass(slots=True)
class _Work:
    """One claim at work: evaluates, and remembers what was missing."""

    entitler: Entitler
    frame: Frame
    asks: dict[str, None]

    def _compiled(self, node: Node) -> Compiled:
        return self.entitler.compiled[id(node)]

    def truth(self, node: Node) -> bool | None:
        compiled = self._compiled(node)
        value = compiled.run(self.frame)
        if value is None:
            self.asks.update(dict.fromkeys(self.entitler.asker.unknown(compiled, self.frame)))
        return None if value is None else value is True

    def number(self, node: Node) -> int | None:
        compiled = self._compiled(node)
        value = compiled.run(self.frame)
        if value is None:
            self.asks.update(dict.fromkeys(self.entitler.asker.unknown(compiled, self.frame)))
        return None if value is None else int(value)

    def day(self, name: str) -> int | None:
        value = self.frame.facts.get(name)
        if value is None:
            self.asks[name] = None
        return value if isinstance(value, int) else None


def _queue_days(shortage: ShortageTerms | None) -> tuple[str, ...]:
    if shortage is None:
        return ()
    return (*((shortage.chronology,) if shortage.chronology else ()), *shortage.ties)
