"""Deciding policies, their appeal instances, and recusals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.eligibility.errors import PolicyNotFound, RecusalNotFound
from reparations.eligibility.language import RuleSet
from reparations.eligibility.models import AppealInstance, DecidingPolicy, Recusal
from reparations.registry.models import Claim, Programme
from reparations.registry.queries.chunking import chunks


@dataclass(frozen=True, slots=True)
class Instance:
    """One step of the ladder of appeals."""

    body: str
    days: int
    how: str
    cite: str


def find_policy(session: Session, programme_id: str, *, on: date) -> DecidingPolicy | None:
    """Return the policy that holds on a day, if the programme has published one."""
    wanted = (
        select(DecidingPolicy)
        .where(
            DecidingPolicy.programme_id == programme_id,
            col(DecidingPolicy.published_by).is_not(None),
            col(DecidingPolicy.valid_from) <= on,
        )
        .order_by(col(DecidingPolicy.valid_from).desc())
        .limit(1)
    )
    return session.exec(wanted).one_or_none()


def find_last_day(session: Session, programme_id: str) -> date | None:
    """Return the first day of the policy published last, if there is one."""
    wanted = select(func.max(DecidingPolicy.valid_from)).where(
        DecidingPolicy.programme_id == programme_id, col(DecidingPolicy.published_by).is_not(None)
    )
    return session.exec(wanted).one()


def lock_policy(session: Session, policy_id: str) -> tuple[DecidingPolicy, Programme]:
    """Hold a policy and return it with its programme.

    Raises:
        PolicyNotFound: there is none.
    """
    wanted = for_update(select(DecidingPolicy).where(DecidingPolicy.id == policy_id))
    found = session.exec(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise PolicyNotFound("There is no such policy.", remedy="GET /programmes/{code}/deciding-policies lists them.")
    return found, session.get_one(Programme, found.programme_id)


def list_policies(session: Session, programme_id: str, *, after: str | None, limit: int) -> Sequence[DecidingPolicy]:
    """List the policies of a programme by id, `limit` of them and one more."""
    wanted = select(DecidingPolicy).where(DecidingPolicy.programme_id == programme_id)
    wanted = wanted.order_by(col(DecidingPolicy.id)).limit(limit + 1)
    return session.exec(wanted.where(DecidingPolicy.id > after) if after else wanted).all()


def list_instances(session: Session, policy_ids: Collection[str]) -> list[AppealInstance]:
    """List the further instances of appeal of policies, in their order."""
    wanted = select(AppealInstance).where(col(AppealInstance.policy_id).in_(policy_ids))
    return list(session.exec(wanted.order_by(col(AppealInstance.policy_id), col(AppealInstance.instance))))


def find_instance(
    session: Session, rule_set: RuleSet, *, programme_id: str, instance: int, on: date
) -> Instance | None:
    """Return an instance of appeal as it is on a day: the first is the rule set's own, the others the policy's.

    Returns:
        None above the last.
    """
    if instance == 1:
        first = rule_set.appeal
        return Instance(first.body, first.days, first.how, first.cite)
    policy = find_policy(session, programme_id, on=on)
    further = session.get(AppealInstance, (policy.id, instance)) if policy else None
    return Instance(further.body, further.days, further.how, further.citation) if further else None


def _is_effective() -> ColumnElement[bool]:
    return or_(col(Recusal.declared_by) == col(Recusal.person_id), col(Recusal.seconded_by).is_not(None))


def _concerns_claim() -> ColumnElement[bool]:
    return or_(
        col(Recusal.claim_id) == Claim.id,
        col(Recusal.party_id) == Claim.party_id,
        col(Recusal.case_id) == Claim.case_id,
    )


def is_recused(person_id: str) -> ColumnElement[bool]:
    """Return the condition that a person is recused from the claim of a query over `Claim`."""
    wanted = select(Recusal.id).where(Recusal.person_id == person_id, _is_effective(), _concerns_claim())
    return wanted.exists()


def find_recused(session: Session, claim_ids: Collection[str], person_ids: Iterable[str]) -> list[str]:
    """List the references of the claims from which one of the persons is recused."""
    people = sorted(set(person_ids))
    found: set[str] = set()
    for chunk in chunks(claim_ids):
        wanted = (
            select(Claim.reference)
            .join(Recusal, and_(col(Recusal.person_id).in_(people), _is_effective(), _concerns_claim()))
            .where(col(Claim.id).in_(chunk))
        )
        found.update(session.exec(wanted))
    return sorted(found)


def lock_recusal(session: Session, recusal_id: str) -> Recusal:
    """Hold a recusal and return it.

    Raises:
        RecusalNotFound: there is none.
    """
    wanted = for_update(select(Recusal).where(Recusal.id == recusal_id))
    found = session.exec(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise RecusalNotFound("There is no such recusal.", remedy="GET /recusals lists them.")
    return found


def lock_concerned(session: Session, recusal: Recusal) -> list[str]:
    """Hold the claims a recusal is about, by id, so that no duty is taken on them meanwhile; return their ids."""
    wanted = select(Claim.id).order_by(col(Claim.id))
    for column, value in (
        (Claim.id, recusal.claim_id),
        (Claim.party_id, recusal.party_id),
        (Claim.case_id, recusal.case_id),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return list(session.exec(for_update(wanted)))


def list_recusals(session: Session, *, person_id: str | None, after: str | None, limit: int) -> Sequence[Recusal]:
    """List recusals by id, `limit` of them and one more."""
    wanted = select(Recusal).order_by(col(Recusal.id)).limit(limit + 1)
    if person_id is not None:
        wanted = wanted.where(Recusal.person_id == person_id)
    return session.exec(wanted.where(Recusal.id > after) if after else wanted).all()
