"""Lines of a confirmed round whose funds may not pay for them any more: left out, their money free, paid later."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, select

from reparations.eligibility.models import AwardFunding, OmissionReason, PaymentRound
from reparations.eligibility.queries.rounds import get_progress, list_round_lines
from reparations.eligibility.rules.rounds import ProRata
from reparations.ledger.models import AccountCode, Fund, RestrictionKind
from reparations.ledger.queries import get_balance
from reparations.ledger.rules import Restriction
from reparations.ledger.service import restrict_fund
from reparations.registry.models import Claim
from tests.conftest import NOON
from tests.factories.eligibility import TODAY, Scene
from tests.factories.ledger import make_fund
from tests.factories.rounds import carry_out, confirm, gambian, make_decided, make_round, make_round_scene

EACH = 4_000_000
PLENTY = 20_000_000


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_round_scene(session)


@pytest.fixture
def fund(session: Session) -> Fund:
    return make_fund(session, currencies=["GMD"], available_minor=PLENTY)


@pytest.fixture
def claims(session: Session, scene: Scene) -> list[Claim]:
    """Three claims of D 40,000, each of a case of its own."""
    return make_decided(session, scene, *(gambian() for _ in range(3)))


@pytest.fixture
def row(session: Session, scene: Scene, fund: Fund, claims: list[Claim]) -> PaymentRound:
    """A confirmed round that pays all of them."""
    proposed = make_round(session, scene, ProRata(), {fund.code: EACH * len(claims)})
    return confirm(session, scene, proposed)


def restrict(session: Session, scene: Scene, fund: Fund, **values: object) -> None:
    restrict_fund(
        session,
        fund.id,
        restriction=Restriction(**values),  # type: ignore[arg-type]  # as the test says
        citation="Invented amendment, article 2",
        officer=scene.administrator,
        at=NOON,
    )


def omitted(session: Session, row: PaymentRound) -> dict[str, str]:
    views = list_round_lines(session, row.id, after=0, limit=10)
    return {view.line.claim_id: view.omission.reason for view in views if view.omission}


def uncommitted(session: Session, fund: Fund) -> int:
    return get_balance(session, fund.id, "GMD", AccountCode.UNCOMMITTED).amount_minor


def test_money_tied_to_a_case_meanwhile_pays_that_case_and_the_others_wait_for_another_fund(  # noqa: PLR0917 fixtures, by name
    session: Session, scene: Scene, fund: Fund, claims: list[Claim], row: PaymentRound
) -> None:
    first, *others = claims
    restrict(session, scene, fund, kind=RestrictionKind.CASE, value=first.case_id)

    (done,) = carry_out(session, scene, row)

    assert omitted(session, row) == {claim.id: OmissionReason.RESTRICTION_FORBIDS for claim in others}
    assert (done.round.status, done.awards, done.funded_minor) == ("completed", 1, EACH)
    assert get_progress(session, row).omitted_minor == 2 * EACH
    assert uncommitted(session, fund) == PLENTY - EACH

    free = make_fund(session, code="FREE", currencies=["GMD"], available_minor=PLENTY)
    second = make_round(session, scene, ProRata(), {free.code: PLENTY})
    confirm(session, scene, second)
    (after,) = carry_out(session, scene, second)
    assert (after.awards, after.funded_minor, after.omissions) == (2, 2 * EACH, ())


@pytest.mark.parametrize(
    "restriction",
    [
        {"kind": RestrictionKind.PURPOSE, "value": "HOUSING"},
        {"kind": RestrictionKind.PERIOD, "usable_until": TODAY},
        {"kind": RestrictionKind.PERIOD, "usable_from": date(2031, 5, 2)},
        {"kind": RestrictionKind.PLACE, "value": "off_elsewhere"},
    ],
    ids=["purpose", "until", "from", "place"],
)
def test_a_restriction_that_forbids_every_line_ends_the_round_and_frees_its_money(  # noqa: PLR0917 fixtures, by name
    session: Session, scene: Scene, fund: Fund, row: PaymentRound, restriction: dict[str, Any]
) -> None:
    restrict(session, scene, fund, **restriction)

    parts = carry_out(session, scene, row, limit=1)

    assert [(part.lines, part.awards, len(part.omissions)) for part in parts] == [(1, 0, 1)] * 3
    assert set(omitted(session, row).values()) == {OmissionReason.RESTRICTION_FORBIDS}
    assert row.status == "completed"
    assert uncommitted(session, fund) == PLENTY
    assert session.exec(select(AwardFunding)).all() == []


def test_a_period_that_holds_the_day_of_the_confirmation_lets_every_line_be_paid(
    session: Session, scene: Scene, fund: Fund, row: PaymentRound
) -> None:
    restrict(session, scene, fund, kind=RestrictionKind.PERIOD, usable_from=TODAY, usable_until=date(2031, 5, 2))

    (done,) = carry_out(session, scene, row)

    assert (done.funded_minor, done.omissions) == (3 * EACH, ())


def test_a_share_of_the_fund_is_used_up_in_the_order_of_the_lines(
    session: Session, scene: Scene, fund: Fund, row: PaymentRound
) -> None:
    # A half of D 200,000 received may go to individual awards: two of D 40,000 do, the third is left out.
    restrict(session, scene, fund, kind=RestrictionKind.SHARE, value="individual", share=(1, 2))

    parts = carry_out(session, scene, row, limit=2)

    assert [part.funded_minor for part in parts] == [2 * EACH, 0]
    assert list(omitted(session, row).values()) == [OmissionReason.RESTRICTION_FORBIDS]
    assert uncommitted(session, fund) == PLENTY - 2 * EACH
