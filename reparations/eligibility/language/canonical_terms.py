"""The canonical form of everything beside criteria and award.  Part of language 1: it never changes.

A part that a rule set does not have is left out, so that older rule sets keep their identity.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reparations.eligibility.language.entitlement import Benefit, PaymentTrust, ShareScheme, Unit
    from reparations.eligibility.language.nodes import Node
    from reparations.eligibility.language.rule_set import (
        InstalmentTerm,
        Intermediary,
        PaymentTerms,
        RuleSet,
        ShortageTerms,
    )

Json = str | int | bool | list["Json"] | dict[str, "Json"] | None


def node_form(node: Node) -> Json:
    """Write a tree: operation, type, name, constant, items."""
    constant: Json
    if isinstance(node.constant, Fraction):
        constant = ratio_form(node.constant)
    elif isinstance(node.constant, tuple):
        constant = list(node.constant)
    else:
        constant = node.constant
    return [
        node.op.value,
        node.type.kind.value,
        node.type.category,
        node.name,
        constant,
        [node_form(i) for i in node.items],
    ]


def ratio_form(ratio: Fraction) -> Json:
    """Write a fraction as two decimal strings."""
    return [str(ratio.numerator), str(ratio.denominator)]


def _sorted(names: Sequence[str]) -> Json:
    return [*sorted(names)]


def _maybe(node: Node | None) -> Json:
    return None if node is None else node_form(node)


def canonical_terms(rule_set: RuleSet) -> dict[str, Json]:
    """Write the parts there are."""
    parts: dict[str, Json] = {
        "elections": [[e.name, e.cite, e.chosen, node_form(e.holds_while), e.recovery] for e in rule_set.elections],
        "offsets": [
            [o.name, o.cite, node_form(o.amount), o.of_this_fund, _sorted(o.counts), _sorted(o.never)]
            for o in rule_set.offsets
        ],
        "caps": [[c.name, c.cite, c.over, node_form(c.amount), c.reduce] for c in rule_set.caps],
        "shares": [_scheme(scheme) for scheme in rule_set.shares],
        "benefits": [_benefit(benefit) for benefit in rule_set.benefits],
        "collective": [
            [e.name, e.cite, e.amount_minor, [[line.name, line.amount_minor] for line in e.lines]]
            for e in rule_set.collective
        ],
        "priority": [[line.points, line.cite, node_form(line.when)] for line in rule_set.priority],
        "unit": _unit(rule_set.unit) if rule_set.unit else None,
        "payment": _payment(rule_set.payment) if rule_set.payment else None,
    }
    return {name: part for name, part in parts.items() if part}


def _unit(unit: Unit) -> Json:
    return [unit.cite, unit.unit, unit.after_death, [[c.unit, c.cite, node_form(c.when)] for c in unit.cases]]


def _scheme(scheme: ShareScheme) -> Json:
    trust = scheme.in_trust
    return [
        scheme.name,
        scheme.cite,
        _maybe(scheme.when),
        scheme.among,
        [[one.name, node_form(one.when)] for one in scheme.classes],
        [
            [row.kind, row.cite, [[name, ratio_form(part)] for name, part in row.parts.items()]]
            for row in scheme.cascade
        ],
        scheme.when_nobody,
        scheme.remainder,
        scheme.rounding,
        [trust.cite, trust.born, trust.until_age, trust.as_of, trust.birthday_rule] if trust else None,
    ]


def _benefit(benefit: Benefit) -> Json:
    return [
        benefit.name,
        benefit.cite,
        benefit.form,
        _maybe(benefit.when),
        benefit.to_anyone,
        _maybe(benefit.value),
        benefit.instead_of,
        benefit.line,
    ]


def _payment(payment: PaymentTerms) -> Json:
    trust = payment.in_trust
    return [
        payment.cite,
        _instalments(payment.instalments),
        _shortage(payment.when_funds_short),
        _intermediary(payment.intermediary),
        [
            [
                stream.name,
                stream.cite,
                node_form(stream.when),
                _instalments(stream.instalments),
                _shortage(stream.when_funds_short),
                _intermediary(stream.intermediary),
            ]
            for stream in payment.streams
        ],
        payment.unit_paid_together,
        *([_trust(trust)] if trust else ()),
    ]


def _trust(trust: PaymentTrust) -> Json:
    return [trust.cite, trust.born, trust.until_age, trust.birthday_rule, _maybe(trust.when)]


def _instalments(terms: Sequence[InstalmentTerm]) -> Json:
    return [[term.cite, ratio_form(term.ratio), term.paid] for term in terms]


def _shortage(shortage: ShortageTerms | None) -> Json:
    if shortage is None:
        return None
    return [
        shortage.rule,
        shortage.cite,
        shortage.threshold_minor,
        [[phase.cite, phase.up_to_minor] for phase in shortage.phases],
        shortage.chronology,
        shortage.each_at_most_minor,
        shortage.partial,
        list(shortage.ties),
    ]


def _intermediary(intermediary: Intermediary | None) -> Json:
    if intermediary is None:
        return None
    return [
        intermediary.cite,
        ratio_form(intermediary.fee_at_most),
        intermediary.distribute_within_days,
        intermediary.report_within_days,
    ]
