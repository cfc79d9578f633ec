"""Comparing what the evaluator and the kernel say of the same claims, output by output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import reparations.eligibility.language
from reparations.eligibility.language import Assessor, Finding
from reparations.eligibility.language.kernel import OUTCOMES, Kernel

if TYPE_CHECKING:
    from reparations.eligibility.language import RuleSet

_FINDINGS = {Finding.NOT_MET.value: 0, Finding.MET.value: 1, Finding.UNKNOWN.value: 2}
CLAIMS = 40


@dataclass(frozen=True)
class Said:
    """All that both say of one claim."""

    outcome: str
    codes: bytes
    criteria: dict[str, int]
    routes: dict[str, int]
    grounds: tuple[str, ...]
    closed_routes: tuple[str, ...]
    by_succession: bool
    amount_minor: int | None
    award_minor: int | None


def said_by_assessor(assessor: Any, claims: Sequence[dict[str, Any]]) -> list[Said]:  # noqa: ANN401 also of a faulty copy, whose class is another
    """Assess claims one by one, every other one with a trace."""
    said = []
    for number, claim in enumerate(claims):
        findings = assessor.assess(claim, trace=number % 2 == 0)
        said.append(
            Said(
                outcome=findings.outcome.value,
                codes=findings.codes,
                criteria={code: _FINDINGS[found.value] for code, found in findings.criteria.items()},
                routes={code: _FINDINGS[found.value] for code, found in findings.routes.items()},
                grounds=findings.grounds,
                closed_routes=findings.closed_routes,
                by_succession=findings.by_succession,
                amount_minor=findings.amount_minor,
                award_minor=assessor.compute_award(claim),
            )
        )
    return said


def said_by_kernel(
    kernel: Any,  # noqa: ANN401 as above
    claims: Sequence[dict[str, Any]],
    *,
    block: int = 16,
    language: ModuleType = reparations.eligibility.language,
) -> list[Said]:
    """Screen claims all at once; `language` is the package the kernel is of, or a faulty copy."""
    rule_set, levels = kernel.rule_set, language.ProofLevel
    strict, lenient = (
        language.kernel.columns_of(
            [language.facts.read_facts(claim, rule_set.schema, level) for claim in claims], rule_set.schema
        )
        for level in (levels.ESTABLISHED, levels.ASSERTED)
    )
    own, other = (strict, lenient) if rule_set.proof.level == levels.ESTABLISHED else (lenient, strict)
    return list_screened(kernel.run(own, other=other, block=block))


def list_screened(screened: Any) -> list[Said]:  # noqa: ANN401 as above
    """Turn columns into one answer a claim."""
    return [
        Said(
            outcome=OUTCOMES[int(screened.outcomes[place])].value,
            codes=screened.codes[place].tobytes(),
            criteria={code: int(found[place]) for code, found in screened.criteria.items()},
            routes={code: int(found[place]) for code, found in screened.routes.items()},
            grounds=tuple(code for code, bits in screened.grounds.items() if bits[place]),
            closed_routes=tuple(code for code, bits in screened.closed_routes.items() if bits[place]),
            by_succession=bool(screened.by_succession[place]),
            amount_minor=int(screened.amount_minor[place]) if screened.amount_known[place] else None,
            award_minor=int(screened.award_minor[place]) if screened.award_known[place] else None,
        )
        for place in range(len(screened.outcomes))
    ]


def find_difference(one: Sequence[Said], other: Sequence[Said]) -> str | None:
    """Describe the first claim of which two say different things."""
    assert len(one) == len(other)
    for number, (left, right) in enumerate(zip(one, other, strict=True)):
        if left != right:
            return f"claim {number}:\n  {left}\n  {right}"
    return None


def compare(rule_set: RuleSet, claims: Sequence[dict[str, Any]]) -> str | None:
    """Describe the first difference between evaluator and kernel, if there is one."""
    return find_difference(said_by_assessor(Assessor(rule_set), claims), said_by_kernel(Kernel(rule_set), claims))
