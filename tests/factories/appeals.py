"""Appeals as tests need them."""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session

from reparations.eligibility import service
from reparations.eligibility.models import Appeal, DecidedOutcome, Decision, LodgedBy
from reparations.principal import Principal, Role
from reparations.registry.models import Claim
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.eligibility import OUTSIDE_FACTS, TODAY, Scene, decide, make_claims


def refuse_claim(session: Session, scene: Scene) -> Claim:
    """A claim whose refusal is confirmed."""
    (claim,) = make_claims(session, scene, facts=OUTSIDE_FACTS)
    decide(session, scene, [claim], outcome=DecidedOutcome.NOT_ELIGIBLE)
    return claim


def accept_claim(session: Session, scene: Scene) -> Claim:
    """A claim whose acceptance is confirmed."""
    (claim,) = make_claims(session, scene)
    decide(session, scene, [claim])
    return claim


def reviewer(session: Session) -> Principal:
    return make_officer(session, Role.DECIDER)


def lodge(session: Session, scene: Scene, claim: Claim, *, on: date = TODAY, days_later: int = 0) -> Appeal:
    at = NOON + timedelta(days=days_later)
    return service.lodge_appeal(
        session, claim, lodged_by=LodgedBy.CLAIMANT, lodged_on=on, officer=scene.caseworker, at=at
    )


def rule(
    session: Session,
    appeal: Appeal,
    *,
    outcome: DecidedOutcome | None = None,
    amount_minor: int | None = None,
) -> Decision:
    """Decide an appeal by two reviewers."""
    view = service.decide_appeal(
        session, appeal.id, outcome=outcome, amount_minor=amount_minor, officer=reviewer(session), at=NOON
    )
    service.confirm_decisions(session, decision_ids=[view.decision.id], officer=reviewer(session), at=NOON)
    return view.decision
