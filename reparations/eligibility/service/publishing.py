"""Publishing a version of a programme's rules: checked, its examples run, then fixed for ever."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.eligibility import queries
from reparations.eligibility.errors import DecisionRefused, RuleSetPublished
from reparations.eligibility.language import check_examples, load_examples, load_rule_set
from reparations.eligibility.models import PublishedRuleSet
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.models import Programme
from reparations.registry.queries import lock_counter


def publish_rule_set(
    session: Session,
    *,
    programme: Programme,
    rules: str,
    facts: str,
    examples: str,
    in_force_from: date,
    officer: Principal,
    at: datetime,
) -> PublishedRuleSet:
    """Publish rules with their fact schema and worked examples; the same again is the version published before.

    Raises:
        RuleFileRefused: a file breaks the language; carries every problem with its place.
        ExampleFailed: a worked example does not come out as it says.
        RuleSetPublished: the version exists with other content, or a later one does.
        DecisionRefused: the rules pay in another currency than the programme.
    """
    rule_set = load_rule_set(rules, facts)
    check_examples(rule_set, load_examples(examples, rule_set))
    if rule_set.currency != programme.currency:
        raise DecisionRefused(
            f"The rules pay in {rule_set.currency}, the programme in {programme.currency}.",
            field="rules",
            record=programme.code,
            remedy="Correct the currency of the rule file.",
        )
    lock_counter(session, programme.id)  # one publication at a time
    published = PublishedRuleSet(
        id=new_id("rul"),
        programme_id=programme.id,
        scheme=rule_set.name,
        version=rule_set.version,
        ast_sha256=rule_set.identity,
        file_sha256=rule_set.file_sha256,
        source=rules,
        facts_schema=facts,
        examples=examples,
        in_force_from=in_force_from,
        published_by=officer.person_id,
        published_at=at,
    )
    earlier = queries.find_rule_set(session, programme.id, rule_set.version)
    if earlier is not None:
        return _same(earlier, published)
    _check_follows(queries.find_newest_rule_set(session, programme.id), published, programme)
    session.add(published)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="rule_set.published",
        subject=published.id,
        body={
            "programme": programme.code,
            "version": rule_set.version,
            "ast_sha256": rule_set.identity,
            "file_sha256": rule_set.file_sha256,
            "in_force_from": in_force_from.isoformat(),
        },
        rows=[published],
    )
    return published


def _check_follows(newest: PublishedRuleSet | None, wanted: PublishedRuleSet, programme: Programme) -> None:
    """Refuse an amendment that would reach back behind the newest version."""
    if newest is not None and (newest.version > wanted.version or newest.in_force_from > wanted.in_force_from):
        raise RuleSetPublished(
            f"Version {newest.version} is published already and in force from {newest.in_force_from}.",
            field="rules",
            record=programme.code,
            remedy="Give the amendment the next version and a day not before that.",
        )


def _same(earlier: PublishedRuleSet, wanted: PublishedRuleSet) -> PublishedRuleSet:
    own = {"id", "published_by", "published_at"}
    if earlier.model_dump(exclude=own) != wanted.model_dump(exclude=own):
        raise RuleSetPublished(
            f"Version {earlier.version} is published with other content; a published version never changes.",
            field="rules",
            record=earlier.id,
            remedy="Publish the change as the next version.",
        )
    return earlier
