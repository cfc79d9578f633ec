"""What claims would come to under other rules.  Read only: nothing here changes a claim, an assessment or a decision.

The facts of claims are opened, so an event that says so is committed before (`log_comparison`, or the start of a
simulation).  The kernel does the work; the evaluator, which decides, says again every claim that changes and a fixed
sample of the others, and one difference between the two stops the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.eligibility import queries
from reparations.eligibility.errors import SimulationUntrustworthy
from reparations.eligibility.language import RuleSet
from reparations.eligibility.language.differing import Said, Screener
from reparations.eligibility.models import Decision
from reparations.principal import Principal
from reparations.registry.models import Claim, Programme
from reparations.registry.queries import list_claims_to_assess, open_many_facts

MAX_COMPARED = 2_000
"""Claims compared by one request or in one chunk."""
SAMPLED_IN = 50
"""One claim in so many is decided again by the evaluator, whatever the kernel says of it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim under two rule sets."""

    claim: Claim
    revision_id: str
    """Of the facts both looked at."""
    before: Said
    after: Said


@dataclass(frozen=True, slots=True)
class ChangedDecision:
    """A claim that would come out otherwise, with the decision that stands on it, if one does."""

    reference: str
    before: Said
    after: Said
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Comparing:
    """What one chunk of comparing found."""

    compared: int
    changed: tuple[ChangedDecision, ...]
    next: str | None
    """Where the next chunk begins; None after the last."""


def log_comparison(
    session: Session, programme: Programme, *, old: RuleSet, new: RuleSet, officer: Principal, at: datetime
) -> int:
    """Record that an officer has the claims of a programme compared under two rule sets; returns the event's number."""
    return audit.record(
        session,
        at=at,
        actor=officer,
        action="rule_sets.compared",
        subject=programme.id,
        body={"programme": programme.code, "base": old.identity, "draft": new.identity},
    )


def compare_claims(
    session: Session, programme: Programme, *, old: Screener, new: Screener, after: str | None, limit: int
) -> Comparing:
    """Compare open claims from the one after `after` on, after `log_comparison` has been committed.

    Raises:
        SimulationUntrustworthy: kernel and evaluator differ.
    """
    size = min(limit, MAX_COMPARED)
    claims = list_claims_to_assess(session, programme.id, after=after, limit=size)
    judged = judge(session, claims, old=old, new=new)
    changed = [one for one in judged if one.before != one.after]
    standing = queries.list_standing(session, [one.claim.id for one in changed])
    return Comparing(
        compared=len(judged),
        changed=tuple(
            ChangedDecision(one.claim.reference, one.before, one.after, standing.get(one.claim.id)) for one in changed
        ),
        next=claims[-1].id if len(claims) == size else None,
    )


def judge(session: Session, claims: Sequence[Claim], *, old: Screener, new: Screener) -> list[Judged]:
    """Say what two rule sets say of claims on the facts known now; claims without facts are left out.

    Raises:
        SimulationUntrustworthy: kernel and evaluator differ.
    """
    latest = queries.find_latest_revisions(session, [claim.id for claim in claims])
    with_facts = [claim for claim in claims if claim.id in latest]
    opened = open_many_facts(session, [latest[claim.id] for claim in with_facts])
    facts = [opened[latest[claim.id].id] for claim in with_facts]
    judged = [
        Judged(claim, latest[claim.id].id, before, after)
        for claim, before, after in zip(with_facts, old.say(facts), new.say(facts), strict=True)
    ]
    for place, (one, recorded) in enumerate(zip(judged, facts, strict=True)):
        if (one.before != one.after or place % SAMPLED_IN == 0) and (one.before, one.after) != (
            old.say_one(recorded),
            new.say_one(recorded),
        ):
            raise SimulationUntrustworthy(
                "Kernel and evaluator say different things of this claim.",
                record=one.claim.reference,
                remedy="Report it as a fault; `reparations eligibility evaluate` does not need the kernel.",
            )
    return judged
