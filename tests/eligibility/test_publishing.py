"""A version of the rules is published once, for ever."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session

from reparations.eligibility import queries, service
from reparations.eligibility.errors import (
    DecisionRefused,
    ExampleFailed,
    NoRuleSetInForce,
    NotReproducible,
    RuleFileRefused,
    RuleSetNotFound,
    RuleSetPublished,
)
from reparations.eligibility.models import PublishedRuleSet
from reparations.principal import Principal, Role
from reparations.registry.models import Programme
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.files import katanga, katanga_files
from tests.factories.access import make_officer
from tests.factories.eligibility import make_scene
from tests.factories.registry import make_programme

TODAY = NOON.date()


@pytest.fixture
def programme(session: Session) -> Programme:
    return make_programme(session)


@pytest.fixture
def officer(session: Session) -> Principal:
    return make_officer(session, Role.FUND_ADMINISTRATOR)


def publish(
    session: Session,
    programme: Programme,
    officer: Principal,
    *,
    rules: str | None = None,
    examples: str | None = None,
    on: date = TODAY,
) -> PublishedRuleSet:
    files = katanga_files()
    return service.publish_rule_set(
        session,
        programme=programme,
        rules=rules or files.rules,
        facts=files.facts,
        examples=examples or files.examples,
        in_force_from=on,
        officer=officer,
        at=NOON,
    )


def version_2() -> str:
    return katanga_files().rules.replace("version: 1", "version: 2").replace("value: USD 250.00", "value: USD 260.00")


def test_what_is_published_is_kept_with_its_hashes_and_logged(
    session: Session, programme: Programme, officer: Principal
) -> None:
    published = publish(session, programme, officer)

    assert published.ast_sha256 == katanga().rule_set.identity
    assert published.source == katanga_files().rules
    assert queries.get_rule_set_in_force(session, programme.id, on=TODAY) == published
    event = events(session)[-1]
    assert (event["type"], event["rows_count"]) == ("rule_set.published", 1)
    assert event["body"]["ast_sha256"] == published.ast_sha256


def test_publishing_the_same_again_changes_nothing(session: Session, programme: Programme, officer: Principal) -> None:
    first = publish(session, programme, officer)

    assert publish(session, programme, officer).id == first.id
    assert queries.list_rule_sets(session, programme.id, after=None, limit=10) == [first]


def test_a_published_version_never_changes(session: Session, programme: Programme, officer: Principal) -> None:
    publish(session, programme, officer)

    with pytest.raises(RuleSetPublished, match="never changes"):
        publish(session, programme, officer, rules="# a remark\n" + katanga_files().rules)


def test_an_amendment_is_a_new_version_in_force_from_its_day(
    session: Session, programme: Programme, officer: Principal
) -> None:
    examples = katanga_files().examples.replace("USD 250.00", "USD 260.00")
    first = publish(session, programme, officer)
    second = publish(session, programme, officer, rules=version_2(), examples=examples, on=TODAY + timedelta(days=3))

    assert queries.get_rule_set_in_force(session, programme.id, on=TODAY + timedelta(days=2)) == first
    assert queries.get_rule_set_in_force(session, programme.id, on=TODAY + timedelta(days=3)) == second


def test_an_amendment_does_not_reach_back(session: Session, programme: Programme, officer: Principal) -> None:
    examples = katanga_files().examples.replace("USD 250.00", "USD 260.00")
    publish(session, programme, officer)

    with pytest.raises(RuleSetPublished, match="Version 1 is published already"):
        publish(session, programme, officer, rules=version_2(), examples=examples, on=TODAY - timedelta(days=1))


def test_rules_whose_examples_fail_are_not_published(
    session: Session, programme: Programme, officer: Principal
) -> None:
    with pytest.raises(ExampleFailed):
        publish(session, programme, officer, rules=version_2())
    with pytest.raises(RuleFileRefused):
        publish(session, programme, officer, rules="rule_set: x")

    with pytest.raises(NoRuleSetInForce):
        queries.get_rule_set_in_force(session, programme.id, on=TODAY)


def test_rules_pay_in_the_programmes_currency(session: Session, officer: Principal) -> None:
    with pytest.raises(DecisionRefused, match="The rules pay in USD, the programme in EUR"):
        publish(session, make_programme(session, currency="EUR"), officer)


def test_there_is_no_rule_set_of_that_id(session: Session) -> None:
    with pytest.raises(RuleSetNotFound):
        queries.get_rule_set(session, "rul_none")


def test_a_source_changed_behind_our_back_is_noticed(session: Session) -> None:
    published = make_scene(session).rule_set
    session.expunge(published)
    published.source = published.source.replace("USD 250.00", "USD 950.00")

    with pytest.raises(NotReproducible, match="hash it was published under"):
        queries.get_assessor(published)


def test_the_database_refuses_to_change_a_rule_set(session: Session, refused) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 the fixture's own type
    make_scene(session)

    for statement in (
        "UPDATE rule_set SET source = 'x'",
        "UPDATE rule_set SET in_force_from = '2000-01-01'",
        "DELETE FROM rule_set",
    ):
        with refused("rule_set"):
            session.execute(text(statement))


def test_the_database_refuses_rules_that_reach_back(
    session: Session, programme: Programme, officer: Principal, refused: Callable[[str], AbstractContextManager[None]]
) -> None:
    published = publish(session, programme, officer)
    values = published.model_dump() | {"id": "rul_x"}

    for changed in (
        {"version": published.version + 1, "in_force_from": published.in_force_from - timedelta(days=1)},
        {"version": published.version},
    ):
        with refused("rule_set"):
            session.add(PublishedRuleSet(**(values | changed)))
            session.flush()
