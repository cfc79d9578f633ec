"""A programme's claims are read in few statements, however many they are."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlmodel import Session

from reparations.eligibility import queries
from reparations.errors import NotFound
from reparations.registry.models import Claim
from reparations.registry.queries import open_facts, open_many_facts
from reparations.vault import open_subjects
from tests.factories.eligibility import MISSING_FACTS, OUTSIDE_FACTS, assess, make_claims, make_scene


def test_facts_opened_together_are_those_opened_one_by_one(session: Session) -> None:
    scene = make_scene(session)
    claims = [*make_claims(session, scene, count=2), *make_claims(session, scene, facts=OUTSIDE_FACTS)]
    revisions = list(queries.find_latest_revisions(session, [claim.id for claim in claims]).values())

    opened = open_many_facts(session, revisions)

    assert opened == {revision.id: open_facts(session, revision) for revision in revisions}
    assert open_many_facts(session, []) == {}


def test_more_claims_take_no_more_statements(session: Session) -> None:
    scene = make_scene(session)
    few, many = make_claims(session, scene, count=2), make_claims(session, scene, count=9, facts=MISSING_FACTS)

    def statements_for(claims: list[Claim]) -> int:
        seen: list[str] = []
        engine = session.get_bind()
        listener = lambda _c, _cursor, statement, *_: seen.append(statement)  # noqa: E731 one listener
        event.listen(engine, "before_cursor_execute", listener)
        assess(session, scene, claims)
        event.remove(engine, "before_cursor_execute", listener)
        return len(seen)

    assess(session, scene, few[:1])  # what is read once and kept is read here

    # The log reads one or two hashes more or less, as its size is.
    assert statements_for(many) <= statements_for(few[1:]) + 2


def test_a_subject_whose_key_is_gone_is_not_opened_with_others(session: Session) -> None:
    (claim,) = make_claims(session, make_scene(session))

    assert set(open_subjects(session, [claim.party_id])) == {claim.party_id}
    with pytest.raises(NotFound, match="has been erased"):
        open_subjects(session, [claim.party_id, "pty_00000000000000000000000000"])
