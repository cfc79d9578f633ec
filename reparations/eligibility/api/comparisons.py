"""Routes that hold two versions of a programme's rules side by side.  They only translate."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from sqlmodel import Session

from reparations.eligibility import queries, service
from reparations.eligibility.api.roles import Decider, Reader
from reparations.eligibility.language import RuleSet, load_examples, load_rule_set
from reparations.eligibility.language.comparing import compare_readings
from reparations.eligibility.language.differing import Screener, search_counter_examples
from reparations.eligibility.models import PublishedRuleSet
from reparations.eligibility.schemas import (
    ClaimsComparedIn,
    ClaimsComparedOut,
    ComparisonOut,
    ProgrammePath,
    VersionsIn,
)
from reparations.http import PROBLEM_RESPONSES, DatabaseItself, Now, ReadSession
from reparations.registry.models import Programme
from reparations.registry.queries import get_programme

router = APIRouter(responses=PROBLEM_RESPONSES, prefix="/programmes/{programme}/rule-set-comparisons", tags=["rules"])

TRIES = 5_000
"""Claims invented for one request; the command line may be asked for more."""


@router.post("")
def compare_versions(
    programme: ProgrammePath, *, body: VersionsIn, _officer: Reader, session: ReadSession, now: Now
) -> ComparisonOut:
    """Say what another version says differently: in its sentences, and on invented claims that come out otherwise."""
    base, other, published = read_versions(session, get_programme(session, programme), body, on=now.date())
    examples = [example.facts for row, one in published for example in load_examples(row.examples, one)]
    return ComparisonOut.of(
        base,
        other,
        changes=compare_readings(base, other),
        search=search_counter_examples(base, other, examples, tries=TRIES),
    )


@router.post("/claims")
def compare_claims(
    programme: ProgrammePath, *, body: ClaimsComparedIn, officer: Decider, database: DatabaseItself, now: Now
) -> ClaimsComparedOut:
    """List the claims of the registry that come out otherwise.  That you looked is on record before you see them."""
    with database.transaction() as session:
        found = get_programme(session, programme)
        base, other, _ = read_versions(session, found, body, on=now.date())
        event_seq = service.log_comparison(session, found, old=base, new=other, officer=officer, at=now)
    with database.reading() as session:
        done = service.compare_claims(
            session,
            get_programme(session, programme),
            old=Screener(base),
            new=Screener(other),
            after=body.after,
            limit=body.limit,
        )
    return ClaimsComparedOut.of(done, base, other, event_seq=event_seq)


def read_versions(
    session: Session, programme: Programme, body: VersionsIn, *, on: date
) -> tuple[RuleSet, RuleSet, list[tuple[PublishedRuleSet, RuleSet]]]:
    """Return the version in force (or the one named), the other, and what of them is published."""
    row = (
        queries.get_rule_set_in_force(session, programme.id, on=on)
        if body.base is None
        else queries.get_rule_set(session, body.base)
    )
    base = queries.get_assessor(row).rule_set
    published = [(row, base)]
    if body.other is None:
        assert body.draft is not None  # noqa: S101 the body holds one of the two
        return base, load_rule_set(body.draft.rules, body.draft.facts), published
    row = queries.get_rule_set(session, body.other)
    other = queries.get_assessor(row).rule_set
    return base, other, [*published, (row, other)]
