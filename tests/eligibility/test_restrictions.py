"""What a fund may pay for and when: found by the rule, and held by the database whoever writes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from reparations.eligibility import service
from reparations.eligibility.errors import FundsShort, RestrictionBreached
from reparations.eligibility.models import Award, AwardFunding
from reparations.eligibility.rules import CollectiveLine
from reparations.ids import new_id
from reparations.ledger.models import AllocationRecord, Fund, FundingOrder, FundRestriction
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.eligibility import Scene, award, decide, make_claims, make_scene
from tests.factories.ledger import TODAY, make_fund

Refused = Callable[[str], AbstractContextManager[None]]
TOMORROW = TODAY + timedelta(days=1)


def restrict(session: Session, fund: Fund, kind: str, **values: object) -> FundRestriction:
    given: dict[str, Any] = {
        "id": new_id("rst"),
        "fund_id": fund.id,
        "citation": "Invented agreement, art. 4",
        "recorded_at": NOON,
    }
    row = FundRestriction(kind=kind, **(given | values))
    session.add(row)
    session.flush()
    return row


def award_line(session: Session, scene: Scene, code: str, *, fund: Fund | None = None) -> Award:
    line = CollectiveLine(code, "A line", Money(60_000, "USD"), "Order, para. 3", fund_code=fund.code if fund else None)
    (made,) = service.award_collectively(
        session, programme=scene.programme, lines=[line], officer=scene.administrator, at=NOON
    )
    return made


def paid_from(session: Session, made: Award) -> list[str]:
    found = (
        select(Fund.code)
        .join(AwardFunding, col(AwardFunding.fund_id) == Fund.id)
        .where(AwardFunding.award_id == made.id)
    )
    return sorted(session.exec(found))


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


def refuse_funding(session: Session, refused: Refused, fund: Fund, made: Award, *, reason: str) -> None:
    """Write past the application: the award's funding is taken from this fund."""
    with refused(f"award_funding.{reason}"):
        session.add(AwardFunding(award_id=made.id, fund_id=fund.id, form=made.form, amount_minor=60_000))
        session.flush()


def bare_award(session: Session, scene: Scene, code: str = "BARE") -> Award:
    made = Award(
        id=new_id("awd"),
        programme_id=scene.programme.id,
        line_code=code,
        form="collective",
        title="A line",
        amount_minor=60_000,
        currency="USD",
        authority="An order",
        made_by=scene.administrator.person_id,
        made_at=NOON,
    )
    session.add(made)
    session.flush()
    return made


def test_money_for_a_purpose_pays_for_its_line_only(session: Session, scene: Scene, refused: Refused) -> None:
    housing = make_fund(session, code="HOUSES", available_minor=100_000)
    restrict(session, housing, "purpose", value="HOUSING")

    with pytest.raises(FundsShort):
        award_line(session, scene, "SCHOOLS")
    with pytest.raises(RestrictionBreached, match="restriction on the purpose"):
        award_line(session, scene, "SCHOOLS", fund=housing)
    made = award_line(session, scene, "HOUSING", fund=housing)
    assert paid_from(session, made) == ["HOUSES"]
    record = session.get_one(AllocationRecord, (made.id, housing.id, 0))
    assert (record.rule, record.citation) == ("named", "Order, para. 3")
    refuse_funding(session, refused, housing, bare_award(session, scene), reason="purpose")


@pytest.mark.parametrize(
    ("usable_from", "usable_until", "usable"),
    [
        (None, TODAY, False),
        (None, TOMORROW, True),
        (TODAY, None, True),
        (TOMORROW, None, False),
        (date(2031, 1, 1), date(2031, 12, 31), True),
    ],
)
def test_money_is_awarded_within_its_period_only(
    session: Session,
    scene: Scene,
    refused: Refused,
    *,
    usable_from: date | None,
    usable_until: date | None,
    usable: bool,
) -> None:
    fund = make_fund(session, code="YEARLY", available_minor=100_000)
    restrict(session, fund, "period", usable_from=usable_from, usable_until=usable_until)

    if usable:
        assert paid_from(session, award_line(session, scene, "HOUSING")) == ["YEARLY"]
        return
    with pytest.raises(FundsShort):
        award_line(session, scene, "HOUSING")
    refuse_funding(session, refused, fund, bare_award(session, scene), reason="period")


def test_a_third_of_the_fund_and_no_more_goes_to_collective_awards(
    session: Session, scene: Scene, refused: Refused
) -> None:
    """ICC TFV, regulation 27: at most one third."""
    third = make_fund(session, code="THIRD", available_minor=180_000)
    restrict(session, third, "share", value="collective", share_numerator=1, share_denominator=3)
    general = make_fund(session, code="GENERAL", available_minor=100_000)

    assert paid_from(session, award_line(session, scene, "HOUSING")) == ["THIRD"]
    assert paid_from(session, award_line(session, scene, "SCHOOLS")) == [general.code]
    refuse_funding(session, refused, third, bare_award(session, scene), reason="share_exhausted")


def test_money_for_a_case_or_a_place_pays_for_claims_of_it(session: Session, scene: Scene, refused: Refused) -> None:
    claims = make_claims(session, scene, count=2)
    of_case = make_fund(session, code="CASE", available_minor=100_000)
    restrict(session, of_case, "case", value=claims[0].case_id)
    of_place = make_fund(session, code="PLACE", available_minor=100_000)
    restrict(session, of_place, "place", value=claims[1].office_id)
    elsewhere = make_fund(session, code="ELSEWHERE", available_minor=100_000)
    restrict(session, elsewhere, "place", value=new_id("off"))
    decide(session, scene, claims)

    made = {one.claim_id: one for one in award(session, scene)}

    assert paid_from(session, made[claims[0].id]) == ["CASE"]
    assert paid_from(session, made[claims[1].id]) == ["PLACE"]
    bare = bare_award(session, scene)
    refuse_funding(session, refused, of_case, bare, reason="case")
    refuse_funding(session, refused, of_place, bare, reason="place")


def test_the_order_a_programme_declares_goes_before_the_rule_and_both_are_on_record(
    session: Session, scene: Scene
) -> None:
    wide = make_fund(session, code="WIDE", available_minor=100_000)
    tied = make_fund(session, code="TIED", programme_id=scene.programme.id, available_minor=100_000)
    by_rule = award_line(session, scene, "HOUSING")
    for position, fund in enumerate([wide, tied], start=1):
        session.add(
            FundingOrder(
                programme_id=scene.programme.id,
                version=1,
                position=position,
                fund_id=fund.id,
                reference="ORDER-9",
                citation="Plan, para. 9",
                recorded_at=NOON,
            )
        )
    session.flush()
    by_order = award_line(session, scene, "SCHOOLS")
    both = award_line(session, scene, "CLINIC")

    records = {row.award_id: row for row in session.exec(select(AllocationRecord)) if row.fund_id}

    assert (paid_from(session, by_rule), paid_from(session, by_order)) == (["TIED"], ["WIDE"])
    assert (records[by_rule.id].rule, records[by_rule.id].citation) == ("most_restricted_first", None)
    assert records[by_rule.id].reason == "the most restricted fund for collective awards"
    assert (records[by_order.id].rule, records[by_order.id].citation) == ("declared_order", "Plan, para. 9")
    assert records[by_order.id].inputs_sha256 != records[by_rule.id].inputs_sha256
    assert paid_from(session, both) == ["TIED", "WIDE"]
