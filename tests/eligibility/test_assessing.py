"""Assessing claims: once for the same rules and facts, and anybody can compute it again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from reparations.eligibility import queries, service
from reparations.eligibility.errors import AssessmentNotFound, NoRuleSetInForce, NotReproducible
from reparations.eligibility.language import Assessor, load_rule_set
from reparations.eligibility.models import Assessment
from reparations.registry import service as registry
from reparations.registry.errors import ClaimNotFound
from reparations.registry.queries import get_facts
from tests.access.events import events
from tests.conftest import NOON
from tests.factories.eligibility import (
    HEIR_FACTS,
    MISSING_FACTS,
    OUTSIDE_FACTS,
    assess,
    make_claims,
    make_heir,
    make_scene,
)
from tests.factories.registry import ELIGIBLE_FACTS, make_claim


def test_each_claim_gets_what_the_rules_say(session: Session) -> None:
    scene = make_scene(session)
    eligible, outside, missing = (
        make_claims(session, scene, facts=facts)[0] for facts in (ELIGIBLE_FACTS, OUTSIDE_FACTS, MISSING_FACTS)
    )
    heir = make_heir(session, scene, eligible, facts=HEIR_FACTS)

    assess(session, scene, [eligible, outside, missing, heir])

    current = queries.list_current(session, [eligible.id, outside.id, missing.id, heir.id])
    assert [
        (one.outcome, one.grounds, one.asks, one.computed_amount_minor, one.by_succession)
        for one in (current[claim.id] for claim in (eligible, outside, missing, heir))
    ] == [
        ("eligible", "[]", "[]", 25_000, False),
        ("not_eligible", '["DATE"]', "[]", 0, False),
        ("more_information_needed", "[]", '["present_at_attack"]', None, False),
        ("eligible", "[]", "[]", 0, True),
    ]
    assert queries.count_outcomes(session, scene.programme.id) == {
        "eligible": 2,
        "not_eligible": 1,
        "more_information_needed": 1,
        "eligible_amount_pending": 0,
    }


def test_assessing_again_stores_nothing_and_new_facts_make_a_new_assessment(session: Session) -> None:
    scene = make_scene(session)
    (claim,) = make_claims(session, scene, facts=MISSING_FACTS)
    (first,) = assess(session, scene, [claim])

    assert assess(session, scene, [claim]) == []

    registry.record_facts(session, claim.id, facts=ELIGIBLE_FACTS, officer=scene.caseworker, at=NOON)
    (second,) = assess(session, scene, [claim])
    assert (first.number, second.number) == (1, 2)
    assert queries.get_current_assessment(session, claim) == second
    rows = queries.list_worklist(session, programme_id=scene.programme.id, office_id=None, after=None, limit=10)
    assert [(row.id, reference) for row, reference in rows] == [(second.id, claim.reference)]


def test_a_stored_assessment_is_the_rules_over_the_facts_it_names(session: Session) -> None:
    scene = make_scene(session)
    claims = [
        *make_claims(session, scene, count=2),
        *make_claims(session, scene, facts=OUTSIDE_FACTS),
        *make_claims(session, scene, facts=MISSING_FACTS),
    ]
    assess(session, scene, claims)

    for stored in session.exec(select(Assessment)).all():
        published = queries.get_rule_set(session, stored.rule_set_id)
        rule_set = load_rule_set(published.source, published.facts_schema)
        assert rule_set.identity == published.ast_sha256
        revision, facts = get_facts(session, stored.claim_id, revision=1)
        assert revision.id == stored.facts_revision_id
        again = Assessor(rule_set).assess(facts)
        assert (again.codes, again.outcome, again.amount_minor) == (
            stored.codes,
            stored.outcome,
            stored.computed_amount_minor,
        )


def test_an_explanation_is_rebuilt_and_compared(session: Session) -> None:
    scene = make_scene(session)
    (claim,) = make_claims(session, scene, facts=OUTSIDE_FACTS)
    (assessment,) = assess(session, scene, [claim])

    rule_set, explanation = service.explain_assessment(session, assessment)

    assert rule_set.identity == scene.rule_set.ast_sha256
    assert explanation.grounds == ("DATE",)
    session.expunge(assessment)
    assessment.codes = bytes(len(assessment.codes))
    with pytest.raises(NotReproducible, match="do not give the stored findings"):
        service.explain_assessment(session, assessment)


def test_a_programme_is_assessed_in_chunks(session: Session) -> None:
    scene = make_scene(session)
    make_claims(session, scene, count=5)
    after, sizes = None, []

    while True:
        done = service.assess_programme(
            session, programme=scene.programme, after=after, limit=2, officer=scene.caseworker, at=NOON
        )
        sizes.append(len(done.assessed))
        after = done.next
        if after is None:
            break

    assert sizes == [2, 2, 1]
    assert queries.count_open_claims(session, scene.programme.id, after=None) == 5


def test_assessing_is_one_event_a_chunk_that_commits_to_its_rows(session: Session) -> None:
    scene = make_scene(session)
    assess(session, scene, make_claims(session, scene, count=3))

    event = events(session)[-1]
    assert (event["type"], event["rows_count"], event["body"]["counts"]) == ("claims.assessed", 3, {"eligible": 3})


def test_without_rules_in_force_nothing_is_assessed(session: Session) -> None:
    scene = make_scene(session, in_force_from=NOON.date() + timedelta(days=1))

    with pytest.raises(NoRuleSetInForce):
        assess(session, scene, make_claims(session, scene))


def test_only_open_claims_of_the_programme_are_assessed(session: Session) -> None:
    scene = make_scene(session)

    with pytest.raises(ClaimNotFound):
        assess(session, scene, [make_claim(session)])


def test_a_claim_nobody_assessed_has_no_assessment(session: Session) -> None:
    scene = make_scene(session)
    (claim,) = make_claims(session, scene)

    with pytest.raises(AssessmentNotFound, match=f"{claim.reference} has not been assessed"):
        queries.get_current_assessment(session, claim)
