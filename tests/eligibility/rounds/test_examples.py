"""Rounds of other programmes end to end: the priority group, rates by stream, the number of heads, heirs, appeals."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from reparations.eligibility import service
from reparations.eligibility.errors import RoundRefused
from reparations.eligibility.models import (
    AppealEffect,
    Award,
    DecidedOutcome,
    Instalment,
    OmissionReason,
    RoundLine,
    RoundReason,
    TermsSource,
)
from reparations.eligibility.rules import Waiting
from reparations.eligibility.rules.rounds import ByPriority, PerHead, ProRata, read_terms
from reparations.eligibility.schemas.rounds import RoundIn
from reparations.eligibility.service import AskedRound, Declared, PoolPart, resolve_round
from reparations.money import Money
from reparations.payments.service import assemble_batch
from reparations.principal import Role
from reparations.registry.models import Claim
from tests.conftest import NOON
from tests.eligibility.files import found
from tests.factories.access import make_officer
from tests.factories.appeals import lodge
from tests.factories.eligibility import (
    TODAY,
    Scene,
    award,
    decide,
    let_die,
    make_claims,
    make_heir,
    make_policy,
    make_scene,
)
from tests.factories.ledger import make_fund
from tests.factories.registry import make_claim
from tests.factories.rounds import (
    carry_out,
    confirm,
    gambian,
    make_decided,
    make_round,
    make_round_scene,
    ongwen,
    second_administrator,
)


def instalments_of(session: Session, claim: Claim) -> list[Instalment]:
    wanted = select(Instalment).join(Award, col(Award.id) == Instalment.award_id).where(Award.claim_id == claim.id)
    return list(session.exec(wanted.order_by(col(Instalment.number))))


def test_ongwen_pays_the_priority_group_in_full_and_says_what_is_left(session: Session) -> None:
    # E-ICC-4 at a thousandth: EUR 5,000, six of the group at EUR 750: 4,500; 500 left; the others wait.
    scene = make_round_scene(session, rules="icc-ongwen", currency="EUR")
    fund = make_fund(session, currencies=["EUR"], available_minor=500_000)
    urgent = make_decided(session, scene, *(ongwen(urgent_medical_need=True) for _ in range(6)))
    (other,) = make_decided(session, scene, ongwen())

    row = make_round(session, scene, ByPriority(at_least_points=2), {fund.code: 500_000})
    confirm(session, scene, row)
    carry_out(session, scene, row)

    assert row.allotted_minor == 450_000
    assert '"queue_served":50000' in row.outcome
    lines = {line.claim_id: line for line in session.exec(select(RoundLine).where(RoundLine.round_id == row.id))}
    assert (lines[other.id].reason, lines[other.id].points) == (RoundReason.BELOW_PRIORITY, 0)
    assert {lines[claim.id].points for claim in urgent} == {8}
    assert instalments_of(session, other) == []
    payer = make_officer(session, Role.PAYER)
    batch = assemble_batch(session, programme=scene.programme.code, due_until=TODAY, officer=payer, at=NOON).batch
    assert (batch.payment_count, batch.total_minor) == (6, 450_000)


def test_the_rules_give_the_method_and_the_citation(session: Session) -> None:
    scene = make_round_scene(session, rules="icc-ongwen", currency="EUR")
    fund = make_fund(session, currencies=["EUR"], available_minor=100_000)
    low, high = make_decided(session, scene, ongwen(disabled=True), ongwen(food_or_shelter_insecure=True))
    pool = [PoolPart(fund.code, Money(100_000, "EUR"))]
    asked = AskedRound(method=Declared(), pool=pool, cut_off_on=TODAY)

    new = resolve_round(session, scene.programme, asked, on=TODAY)
    row = service.propose_round(session, scene.programme, new, officer=scene.administrator, at=NOON)

    assert (row.terms_source, row.citation) == (TermsSource.RULES, "Implementation plan, ¶ tbc")
    assert read_terms(row.terms) == new.terms
    lines = {line.claim_id: line for line in session.exec(select(RoundLine))}
    assert (lines[high.id].allotted_minor, lines[high.id].place) == (75_000, 1)
    assert (lines[low.id].allotted_minor, lines[low.id].reason) == (0, RoundReason.WAITS)
    with pytest.raises(RoundRefused, match="citation"):
        resolve_round(session, scene.programme, AskedRound(ProRata(), pool, TODAY), on=TODAY)


def test_rules_without_payment_give_no_method(session: Session) -> None:
    scene = make_scene(session)
    asked = AskedRound(Declared(), [PoolPart("NONE", Money(1, "USD"))], TODAY)

    with pytest.raises(RoundRefused, match="nothing of how awards are paid"):
        resolve_round(session, scene.programme, asked, on=TODAY)


def test_payout_by_number_keeps_a_safe_floor_while_claims_are_open(session: Session) -> None:
    # Sixties Scoop: the amount can only rise as open claims are refused, so nobody is paid too much.
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=100_000_000)
    one, other = make_decided(session, scene, gambian("50000.00"), gambian("50000.00"))
    perpetrator = gambian() | {"perpetrator": found(value=True)}
    refused = make_claim(session, programme=scene.programme, officer=scene.caseworker, facts=perpetrator)
    per_head = PerHead(pot_minor=9_000_000, at_most_minor=5_000_000)

    first = make_round(session, scene, per_head, {fund.code: 9_000_000})
    confirm(session, scene, first)
    carry_out(session, scene, first)
    assert [part.amount_minor for part in instalments_of(session, one)] == [3_000_000]
    decide(session, scene, [refused], outcome=DecidedOutcome.NOT_ELIGIBLE)
    second = make_round(session, scene, per_head, {fund.code: 3_000_000})
    confirm(session, scene, second)
    carry_out(session, scene, second)

    for claim in (one, other):
        assert [part.amount_minor for part in instalments_of(session, claim)] == [3_000_000, 1_500_000]


def test_the_heirs_of_who_died_between_rounds_share_the_later_one(session: Session) -> None:
    scene = make_scene(session)
    fund = make_fund(session, available_minor=100_000)
    (claim,) = make_claims(session, scene)
    decide(session, scene, [claim])
    first = make_round(session, scene, ProRata(at_most=Fraction(1, 5)), {fund.code: 100_000})
    confirm(session, scene, first)
    carry_out(session, scene, first)
    let_die(session, scene, claim)
    son, daughter = make_heir(session, scene, claim), make_heir(session, scene, claim)
    second = make_round(session, scene, ProRata(), {fund.code: 20_001})
    confirm(session, scene, second)

    (done,) = carry_out(session, scene, second)

    assert done.waiting == ((claim.reference, Waiting.HEIRS_UNDECIDED),)
    decide(session, scene, [son, daughter])
    arranged = service.arrange_round_parts(session, programme=scene.programme, officer=scene.administrator, at=NOON)
    parts = instalments_of(session, claim)
    assert [(part.number, part.round_number, part.payee_party_id, part.amount_minor) for part in parts] == [
        (1, 1, claim.party_id, 5_000),
        (2, 2, son.party_id, 10_000),
        (3, 2, daughter.party_id, 10_000),
    ]
    assert len(arranged.instalments) == 2
    again = service.arrange_round_parts(session, programme=scene.programme, officer=scene.administrator, at=NOON)
    assert (again.instalments, again.next) == ((), None)


def test_an_appeal_keeps_a_claim_out_and_one_lodged_after_the_confirmation_leaves_its_line_out(
    session: Session,
) -> None:
    scene = make_scene(session)
    make_policy(session, scene, appeal_effect=AppealEffect.SUSPENDS)
    fund = make_fund(session, available_minor=100_000)
    before, after, paid = make_claims(session, scene, count=3)
    decide(session, scene, [before, after, paid])
    lodge(session, scene, before)

    row = make_round(session, scene, ProRata(), {fund.code: 50_000})
    assert (row.undecided, row.lines) == (1, 2)
    confirm(session, scene, row)
    lodge(session, scene, after)
    (done,) = carry_out(session, scene, row)

    assert [(one.claim_id, one.reason) for one in done.omissions] == [(after.id, OmissionReason.APPEAL_SUSPENDS)]
    assert [part.amount_minor for part in instalments_of(session, paid)] == [25_000]


def test_the_lots_of_a_round_cannot_be_drawn_again_by_proposing_again(session: Session) -> None:
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=100_000_000)
    make_decided(session, scene, *(gambian("0.03") for _ in range(3)))

    def winners() -> tuple[set[str], int]:
        row = make_round(session, scene, ProRata(), {fund.code: 5})
        lines = session.exec(select(RoundLine).where(RoundLine.round_id == row.id, RoundLine.allotted_minor == 2))
        return {line.claim_id for line in lines}, row.number

    first, number = winners()
    service.withdraw_round(session, scene.programme, number, officer=second_administrator(session), at=NOON)
    again, _ = winners()

    assert first == again
    assert len(first) == 2


def test_money_that_is_not_for_rounds_goes_on_paying_awards_whole(session: Session) -> None:
    scene: Scene = make_scene(session)
    make_fund(session, available_minor=25_000)
    decide(session, scene, make_claims(session, scene))

    (made,) = award(session, scene)

    parts = session.exec(select(Instalment).where(Instalment.award_id == made.id)).all()
    assert [(part.number, part.round_number) for part in parts] == [(1, 0)]


def evz(**changed: object) -> dict[str, object]:
    """Facts of somebody held in a camp and made to work."""
    facts: dict[str, object] = {
        "detained_in": "concentration_camp",
        "made_to_work": True,
        "prisoner_of_war": False,
        "deceased": False,
        "earlier_payments_complete": True,
    }
    facts |= changed
    return {name: found(value) for name, value in facts.items()} | {"earlier_payments": []}


def test_evz_pays_each_stream_its_first_rate_and_the_rest_when_means_suffice(session: Session) -> None:
    # E-EVZ-1: DM 15,000 are EUR 7,669.38: half at once, half if means suffice; E-EVZ-2: 35% of EUR 2,556.46.
    scene = make_round_scene(session, rules="germany-evz", currency="EUR")
    fund = make_fund(session, currencies=["EUR"], available_minor=10_000_000)
    in_camp, deported = make_decided(
        session, scene, evz(), evz(detained_in="none", deported_to_work=True, harsh_conditions=True)
    )

    def pay(stream: str, instalment: int, amount_minor: int) -> None:
        pool = [PoolPart(fund.code, Money(amount_minor, "EUR"))]
        asked = AskedRound(Declared(instalment), pool, TODAY, stream=stream)
        new = resolve_round(session, scene.programme, asked, on=TODAY)
        row = service.propose_round(session, scene.programme, new, officer=scene.administrator, at=NOON)
        confirm(session, scene, row)
        carry_out(session, scene, row)

    pay("slave_labour", 1, 1_000_000)
    assert [part.amount_minor for part in instalments_of(session, in_camp)] == [383_469]
    assert instalments_of(session, deported) == []
    pay("forced_labour", 1, 1_000_000)
    pay("slave_labour", 2, 200_000)
    pay("slave_labour", 2, 1_000_000)

    assert [part.amount_minor for part in instalments_of(session, in_camp)] == [383_469, 200_000, 183_469]
    assert [part.amount_minor for part in instalments_of(session, deported)] == [89_476]
    reasons = session.exec(select(RoundLine.reason).where(RoundLine.claim_id == deported.id, RoundLine.position > 0))
    assert sorted(reasons) == sorted([RoundReason.NOT_IN_ROUND] * 3 + [RoundReason.RATE])


def test_the_page_on_rounds_shows_a_body_that_is_taken_and_names_every_omission() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "rounds.md").read_text("utf-8")
    (body,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)

    asked = RoundIn.model_validate_json(body).read("GMD", today=TODAY)

    assert asked.pool == [PoolPart("VICTIMS", Money(20_000_000, "GMD"))]
    assert [reason for reason in OmissionReason if f"`{reason}`" not in page] == []
