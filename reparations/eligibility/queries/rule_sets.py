"""Published rule sets, and the assessors they make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from sqlmodel import Session, col, select

from reparations.eligibility.errors import NoRuleSetInForce, NotReproducible, RuleSetNotFound
from reparations.eligibility.language import Assessor, load_rule_set
from reparations.eligibility.models import PublishedRuleSet


def find_rule_set(session: Session, programme_id: str, version: int) -> PublishedRuleSet | None:
    """Return a programme's rule set of this version, if it is published."""
    wanted = select(PublishedRuleSet).where(
        PublishedRuleSet.programme_id == programme_id, PublishedRuleSet.version == version
    )
    return session.exec(wanted).one_or_none()


def get_rule_set(session: Session, rule_set_id: str) -> PublishedRuleSet:
    """Return a published rule set.

    Raises:
        RuleSetNotFound: there is none.
    """
    found = session.get(PublishedRuleSet, rule_set_id)
    if found is None:
        raise RuleSetNotFound("There is no such rule set.", remedy="GET /programmes/{code}/rule-sets lists them.")
    return found


def find_rule_set_in_force(session: Session, programme_id: str, *, on: date) -> PublishedRuleSet | None:
    """Return the rule set by which a programme's claims are assessed on a day: the one in force last, or None."""
    wanted = (
        select(PublishedRuleSet)
        .where(PublishedRuleSet.programme_id == programme_id, col(PublishedRuleSet.in_force_from) <= on)
        .order_by(col(PublishedRuleSet.in_force_from).desc(), col(PublishedRuleSet.version).desc())
        .limit(1)
    )
    return session.exec(wanted).one_or_none()


def get_rule_set_in_force(session: Session, programme_id: str, *, on: date) -> PublishedRuleSet:
    """Return the rule set by which a programme's claims are assessed on a day: the one in force last.

    Raises:
        NoRuleSetInForce: none is in force on that day.
    """
    found = find_rule_set_in_force(session, programme_id, on=on)
    if found is None:
        raise NoRuleSetInForce(
            "The programme has no rules in force on this day.",
            record=programme_id,
            remedy="A fund administrator publishes them with POST /programmes/{code}/rule-sets.",
        )
    return found


def find_newest_rule_set(session: Session, programme_id: str) -> PublishedRuleSet | None:
    """Return the rule set of a programme with the highest version, in force or not, if there is one."""
    wanted = select(PublishedRuleSet).where(PublishedRuleSet.programme_id == programme_id)
    return session.exec(wanted.order_by(col(PublishedRuleSet.version).desc()).limit(1)).one_or_none()


def list_rule_sets(session: Session, programme_id: str, *, after: str | None, limit: int) -> Sequence[PublishedRuleSet]:
    """List the published rule sets of a programme by id, `limit` of them and one more if there is one."""
    wanted = select(PublishedRuleSet).where(PublishedRuleSet.programme_id == programme_id)
    wanted = wanted.order_by(col(PublishedRuleSet.id)).limit(limit + 1)
    return session.exec(wanted.where(PublishedRuleSet.id > after) if after else wanted).all()


def get_assessor(published: PublishedRuleSet) -> Assessor:
    """Make a published rule set ready to assess claims.

    Raises:
        NotReproducible: its source no longer means what was published; somebody changed the row.
    """
    assessor = _assessor(published.source, published.facts_schema)
    if assessor.rule_set.identity != published.ast_sha256:
        raise NotReproducible(
            "The stored source of the rule set does not have the hash it was published under.",
            record=published.id,
            remedy="Run `reparations audit verify`: it names the row that was changed.",
        )
    return assessor


@lru_cache(maxsize=32)
def _assessor(source: str, facts_schema: str) -> Assessor:
    return Assessor(load_rule_set(source, facts_schema))
