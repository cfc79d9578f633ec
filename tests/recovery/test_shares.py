"""A share of a fund that an award had used is free again when the award is written back or given back, and else not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlmodel import Session

from reparations.eligibility.models import Award, AwardFunding
from reparations.eligibility.queries import find_standing
from reparations.eligibility.queries.funding import sum_funded_by_form
from reparations.ids import new_id
from reparations.ledger import service as ledger
from reparations.ledger.models import RestrictionKind
from reparations.ledger.rules import Restriction
from reparations.recovery import service
from reparations.registry.models import Claim
from tests.conftest import NOON
from tests.factories.eligibility import award, decide, let_die, make_claims
from tests.factories.recovery import GRANTED, Scene, adjust, awards_of, correct, make_awarded, make_scene, pay

Refused = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def scene(session: Session) -> Scene:
    """A fund of 10,000.00 of which 400.00 may go to individual awards: to one of 250.00, not to two."""
    scene = make_scene(session)
    ledger.restrict_fund(
        session,
        scene.fund.id,
        restriction=Restriction(RestrictionKind.SHARE, value="individual", share=(4, 100)),
        citation="Invented agreement, art. 4",
        officer=scene.administrator,
        at=NOON,
    )
    return scene


def counted(session: Session, scene: Scene) -> int:
    return sum_funded_by_form(session, [scene.fund.id], currency="USD")[scene.fund.id, "individual"]


def decide_another(session: Session, scene: Scene) -> Claim:
    (claim,) = make_claims(session, scene.deciding)
    decide(session, scene.deciding, [claim])
    return claim


def test_what_is_written_back_may_be_awarded_again(session: Session, scene: Scene, refused: Refused) -> None:
    claim = make_awarded(session, scene)
    another = decide_another(session, scene)
    assert award(session, scene.deciding) == []
    correct(session, scene, claim, 10_000)
    adjust(session, scene, claim)

    award(session, scene.deciding)

    (made,) = awards_of(session, another)
    assert (made.amount_minor, counted(session, scene)) == (GRANTED, 10_000 + GRANTED)
    further = bare_award(session, made, decide_another(session, scene))
    with refused("award_funding.share_exhausted"):
        session.add(funding_of(further, scene, 5_001))
        session.flush()
    session.add(funding_of(further, scene, 5_000))
    session.flush()


def bare_award(session: Session, like: Award, claim: Claim) -> Award:
    """Write past the application: an award that nobody funds yet."""
    standing = find_standing(session, claim.id)
    assert standing is not None
    made = Award(**like.model_dump() | {"id": new_id("awd"), "claim_id": claim.id, "decision_id": standing.id})
    session.add(made)
    session.flush()
    return made


def funding_of(made: Award, scene: Scene, amount_minor: int) -> AwardFunding:
    return AwardFunding(award_id=made.id, fund_id=scene.fund.id, form=made.form, amount_minor=amount_minor)


def test_what_nobody_succeeds_to_may_be_awarded_again(session: Session, scene: Scene) -> None:
    (alone,) = make_claims(session, scene.deciding)
    decide(session, scene.deciding, [alone])
    let_die(session, scene.deciding, alone)
    award(session, scene.deciding)
    row = service.prepare_giving_back(session, alone.id, citation="Rule 9", officer=scene.administrator, at=NOON)
    service.approve_adjustment(session, row.id, officer=scene.second, at=NOON)
    another = decide_another(session, scene)

    award(session, scene.deciding)

    assert len(awards_of(session, another)) == 1
    assert counted(session, scene) == GRANTED


def test_what_was_paid_is_not_free_though_it_was_too_much(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    pay(session, scene)
    correct(session, scene, claim, 10_000)
    adjust(session, scene, claim)
    decide_another(session, scene)

    assert award(session, scene.deciding) == []
    assert counted(session, scene) == GRANTED
