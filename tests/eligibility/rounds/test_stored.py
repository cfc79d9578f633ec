"""Rounds that are kept: proposed by one, confirmed by another, carried out part by part, in the books to the cent."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlmodel import Session, col, select

from reparations.eligibility import queries, service
from reparations.eligibility.errors import (
    RoundNotFound,
    RoundNotOpen,
    RoundOpen,
    RoundOutdated,
    RoundRefused,
    SamePersonConfirms,
)
from reparations.eligibility.models import (
    Award,
    Instalment,
    OmissionReason,
    RoundLine,
    RoundReason,
    RoundStatus,
)
from reparations.eligibility.queries.rounds import get_progress, list_round_lines, sum_obligations
from reparations.eligibility.rules import Waiting
from reparations.eligibility.rules.rounds import ByDate, Instalments, ProRata, Reserve, ReserveAt
from reparations.ledger.models import AccountCode, AwardForm
from reparations.ledger.queries import get_balance
from reparations.money import Money
from reparations.registry.models import Claim, ClaimStatus
from tests.access.events import events
from tests.conftest import NOON
from tests.factories.eligibility import award, make_claims, make_scene
from tests.factories.eligibility import decide as decide_katanga
from tests.factories.ledger import give, make_fund
from tests.factories.registry import make_claim, make_duplicate
from tests.factories.rounds import (
    QUOTA_OF_2021,
    carry_out,
    confirm,
    gambian,
    make_decided,
    make_round,
    make_round_scene,
)

PLENTY = 100_000_000_000


def allotted(session: Session, round_id: str) -> dict[str, int]:
    rows = session.exec(select(RoundLine).where(RoundLine.round_id == round_id))
    return {line.claim_id: line.allotted_minor for line in rows}


def paid_parts(session: Session, claim: Claim) -> list[tuple[int, int, int]]:
    """(number, round, minor units) of the instalments of a claim's award."""
    wanted = select(Instalment).join(Award, col(Award.id) == Instalment.award_id).where(Award.claim_id == claim.id)
    return [
        (one.number, one.round_number, one.amount_minor)
        for one in session.exec(wanted.order_by(col(Instalment.number)))
    ]


def balance(session: Session, fund_id: str, code: AccountCode, currency: str = "GMD") -> int:
    return get_balance(session, fund_id, currency, code).amount_minor


def test_gambia_small_awards_in_full_a_quota_of_the_rest_and_the_balance_later(session: Session) -> None:
    # E-GM-1 to 4: 40,000 whole; 600,000 gets 114,000 and later 486,000; 195,000 gets 37,050, 157,950 stay open.
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=PLENTY)
    small, killed, tortured, inclusive, cliff = make_decided(
        session,
        scene,
        gambian("40000.00"),
        gambian(violation="killing"),
        gambian(violation="torture"),
        gambian("50000.00"),
        gambian("50001.00"),
    )

    first = make_round(session, scene, QUOTA_OF_2021, {fund.code: 30_000_000})
    assert allotted(session, first.id) == {
        small.id: 4_000_000,
        killed.id: 11_400_000,
        tortured.id: 3_705_000,
        inclusive.id: 5_000_000,
        cliff.id: 950_019,
    }
    assert first.allotted_minor == 25_055_019
    confirm(session, scene, first)
    carry_out(session, scene, first)

    assert paid_parts(session, killed) == [(1, 1, 11_400_000)]
    assert balance(session, fund.id, AccountCode.AWARDS_PAYABLE) == -25_055_019
    owed = sum_obligations(session, scene.programme.id)
    assert (owed.decided_minor, owed.funded_minor, owed.unfunded_minor) == (93_500_100, 25_055_019, 68_445_081)

    later = NOON + timedelta(days=1)
    second = make_round(session, scene, ByDate(), {fund.code: 48_600_000}, queue_days=["violated_on"], at=later)
    third_in_queue = [line.place for line in session.exec(select(RoundLine).where(RoundLine.round_id == second.id))]
    assert sorted(place for place in third_in_queue if place) == [1, 2, 3]
    service.withdraw_round(session, scene.programme, second.number, officer=scene.administrator, at=later)
    last = make_round(session, scene, ProRata(), {fund.code: PLENTY // 2}, at=later)
    confirm(session, scene, last, at=later)
    carry_out(session, scene, last, at=later)

    assert paid_parts(session, killed) == [(1, 1, 11_400_000), (2, 3, 48_600_000)]
    assert paid_parts(session, tortured) == [(1, 1, 3_705_000), (2, 3, 15_795_000)]
    assert paid_parts(session, small) == [(1, 1, 4_000_000)]
    assert sum_obligations(session, scene.programme.id).unfunded_minor == 0
    made = session.exec(select(Award).where(Award.claim_id == killed.id)).one()
    assert made.amount_minor == 60_000_000
    assert queries.get_award(session, made.id).funding == ((fund.code, 60_000_000),)


def test_gambia_2026_pays_by_the_year_of_the_violation(session: Session) -> None:
    # E-GM-6: killed in 2005 waits behind all of 1994 to 2004.
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=PLENTY)
    of_2005, of_1994, of_2004 = make_decided(
        session, scene, *(gambian(violation="killing", on=f"{year}-08-01") for year in (2005, 1994, 2004))
    )

    row = make_round(session, scene, ByDate(), {fund.code: 130_000_000}, queue_days=["violated_on"])
    confirm(session, scene, row)
    carry_out(session, scene, row)

    lines = {view.line.claim_id: view.line for view in list_round_lines(session, row.id, after=0, limit=10)}
    assert [lines[claim.id].place for claim in (of_1994, of_2004, of_2005)] == [1, 2, 3]
    assert lines[of_2005.id].reason == RoundReason.WAITS
    assert paid_parts(session, of_2005) == []
    assert paid_parts(session, of_1994) == [(1, 1, 60_000_000)]
    assert '"next_in_queue":10000000' in row.outcome


def test_a_round_becomes_instalments_that_an_ordinary_award_run_leaves_alone(session: Session) -> None:
    scene = make_round_scene(session)
    make_fund(session, currencies=["GMD"], available_minor=PLENTY)
    make_decided(session, scene, gambian())

    waiting = service.award_individuals(session, programme=scene.programme, officer=scene.administrator, at=NOON)

    assert [why for _, why in waiting.waiting] == [Waiting.AWAITS_ROUND]
    assert session.exec(select(Award)).all() == []


def test_the_proposer_does_not_confirm_and_a_stranger_number_is_not_found(session: Session) -> None:
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=PLENTY)
    make_decided(session, scene, gambian())
    row = make_round(session, scene, ProRata(), {fund.code: 1_000_000})

    with pytest.raises(SamePersonConfirms):
        service.confirm_round(session, scene.programme, 1, officer=scene.administrator, at=NOON)
    with pytest.raises(RoundNotFound):
        service.confirm_round(session, scene.programme, 2, officer=scene.administrator, at=NOON)
    with pytest.raises(RoundNotOpen):
        service.carry_out_round(session, scene.programme, 1, officer=scene.administrator, at=NOON)
    with pytest.raises(RoundOpen):
        make_round(session, scene, ProRata(), {fund.code: 1_000_000})
    confirm(session, scene, row)
    with pytest.raises(RoundNotOpen):
        confirm(session, scene, row)
    with pytest.raises(RoundNotOpen):
        service.withdraw_round(session, scene.programme, 1, officer=scene.administrator, at=NOON)


def test_a_round_is_confirmed_only_while_its_inputs_hold(session: Session) -> None:
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=2_000_000)
    make_decided(session, scene, gambian())
    row = make_round(session, scene, ProRata(), {fund.code: 1_000_000})

    give(session, fund, Money(5_000_000, "GMD"))  # more money than was asked of the fund changes nothing
    seed = row.seed
    make_decided(session, scene, gambian())
    with pytest.raises(RoundOutdated):
        confirm(session, scene, row)
    service.withdraw_round(session, scene.programme, 1, officer=scene.administrator, at=NOON)
    again = make_round(session, scene, ProRata(), {fund.code: 1_000_000})

    assert (again.number, again.seed) == (2, seed)
    assert confirm(session, scene, again).status == RoundStatus.CONFIRMED


def test_confirming_holds_the_money_and_each_part_replaces_it_award_by_award(session: Session) -> None:
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=10_000_000)
    claims = make_decided(session, scene, *(gambian("40000.00") for _ in range(5)))
    row = make_round(session, scene, ProRata(), {fund.code: 9_999_999})
    confirm(session, scene, row)

    assert balance(session, fund.id, AccountCode.AWARDS_PAYABLE) == -9_999_999
    assert balance(session, fund.id, AccountCode.UNCOMMITTED) == 1
    parts = [
        service.carry_out_round(session, scene.programme, 1, officer=scene.administrator, at=NOON, limit=2)
        for _ in range(3)
    ]

    assert [part.lines for part in parts] == [2, 2, 1]
    assert [part.round.status for part in parts][-1] == RoundStatus.COMPLETED
    assert balance(session, fund.id, AccountCode.AWARDS_PAYABLE) == -9_999_999
    amounts = sorted(paid_parts(session, claim)[0][2] for claim in claims)
    assert amounts == [1_999_999, *[2_000_000] * 4]
    again = service.carry_out_round(session, scene.programme, 1, officer=scene.administrator, at=NOON)
    assert (again.lines, again.instalments) == (0, ())
    progress = get_progress(session, row)
    assert (progress.to_part, progress.parted, progress.omitted) == (5, 5, 0)
    types = [event["type"] for event in events(session)]
    assert types[-4:] == ["round.confirmed", *["round.carried_out"] * 3]


def test_what_changed_after_the_confirmation_is_left_out_with_its_reason_and_its_money_is_free(
    session: Session,
) -> None:
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=20_000_000)
    paid, doubtful, closed, other = make_decided(session, scene, *(gambian() for _ in range(4)))
    row = make_round(session, scene, ProRata(), {fund.code: 16_000_000})
    confirm(session, scene, row)
    make_duplicate(session, doubtful, other)
    closed.status = ClaimStatus.WITHDRAWN.value
    session.flush()

    (done,) = carry_out(session, scene, row)

    reasons = {omission.claim_id: omission.reason for omission in done.omissions}
    assert reasons == {
        doubtful.id: OmissionReason.POSSIBLE_DUPLICATE,
        other.id: OmissionReason.POSSIBLE_DUPLICATE,
        closed.id: OmissionReason.CLAIM_CLOSED,
    }
    assert paid_parts(session, paid) == [(1, 1, 4_000_000)]
    assert balance(session, fund.id, AccountCode.AWARDS_PAYABLE) == -4_000_000
    assert balance(session, fund.id, AccountCode.UNCOMMITTED) == 16_000_000
    assert get_progress(session, row).omitted_minor == 12_000_000


def test_a_round_pays_what_the_funds_have_and_says_what_they_lack(session: Session) -> None:
    scene = make_round_scene(session)
    small = make_fund(session, currencies=["GMD"], available_minor=1_000_000)
    large = make_fund(session, currencies=["GMD"], available_minor=PLENTY)
    claims = make_decided(session, scene, gambian(), gambian())

    row = make_round(session, scene, ProRata(), {small.code: 3_000_000, large.code: 2_000_000})

    assert (row.pool_minor, row.cash_minor, row.allotted_minor) == (5_000_000, 3_000_000, 3_000_000)
    assert '"above_cash":2000000' in row.outcome
    confirm(session, scene, row)
    carry_out(session, scene, row)
    assert balance(session, small.id, AccountCode.AWARDS_PAYABLE) == -1_000_000
    assert balance(session, large.id, AccountCode.AWARDS_PAYABLE) == -2_000_000
    assert sorted(allotted(session, row.id)) == sorted(claim.id for claim in claims)


def test_the_undecided_are_kept_their_quota(session: Session) -> None:
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=PLENTY)
    (decided,) = make_decided(session, scene, gambian("40000.00"))
    make_decided(session, scene, gambian("40000.00"), at=NOON + timedelta(days=1))

    row = make_round(
        session,
        scene,
        ProRata(),
        {fund.code: 4_000_000},
        reserve=Reserve(4_000_000, ReserveAt.QUOTA),
        at=NOON + timedelta(days=1),
    )

    assert row.undecided == 1
    assert allotted(session, row.id) == {decided.id: 2_000_000}
    assert '"reserved":2000000' in row.outcome


def test_a_first_rate_for_all_and_the_rest_when_everybody_is_decided(session: Session) -> None:
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=PLENTY)
    one, other = make_decided(session, scene, gambian("40000.01"), gambian("100.00"))
    half = Instalments(up_to={"": Fraction(1, 2)})
    first = make_round(session, scene, half, {fund.code: 3_000_000})
    confirm(session, scene, first)
    carry_out(session, scene, first)
    make_claim(session, programme=scene.programme, officer=scene.caseworker, facts=gambian())
    rest = Instalments(up_to={"": Fraction(1)}, only_when_all_decided=True)

    waits = make_round(session, scene, rest, {fund.code: 3_000_000})
    confirm(session, scene, waits)

    assert (waits.status, waits.allotted_minor, waits.undecided) == (RoundStatus.COMPLETED, 0, 1)
    assert paid_parts(session, one) == [(1, 1, 2_000_000)]
    now = make_round(session, scene, Instalments(up_to={"": Fraction(1)}), {fund.code: 3_000_000})
    confirm(session, scene, now)
    carry_out(session, scene, now)
    assert paid_parts(session, one) == [(1, 1, 2_000_000), (2, 3, 2_000_001)]
    assert paid_parts(session, other) == [(1, 1, 5_000), (2, 3, 5_000)]


def test_a_programme_without_round_rules_goes_on_as_before_until_a_round_is_confirmed(session: Session) -> None:
    scene = make_scene(session)
    fund = make_fund(session, available_minor=60_000)
    decide_katanga(session, scene, make_claims(session, scene, count=3))

    awarded = award(session, scene)
    row = make_round(session, scene, ProRata(), {fund.code: 10_000})
    confirm(session, scene, row)
    carry_out(session, scene, row)

    assert len(awarded) == 2
    assert sorted(allotted(session, row.id).values()) == [0, 0, 10_000]
    decide_katanga(session, scene, make_claims(session, scene))
    give(session, fund, Money(1_000_000, "USD"))
    assert award(session, scene) == []


def test_a_fund_that_may_not_pay_is_refused(session: Session) -> None:
    scene = make_round_scene(session)
    collective = make_fund(session, currencies=["GMD"], forms=[AwardForm.COLLECTIVE], available_minor=PLENTY)
    fund = make_fund(session, currencies=["GMD"], available_minor=PLENTY)
    make_decided(session, scene, gambian())

    with pytest.raises(RoundRefused, match="may not pay"):
        make_round(session, scene, ProRata(), {collective.code: 1_000})
    with pytest.raises(RoundRefused, match="at least one fund"):
        make_round(session, scene, ProRata(), {})
    with pytest.raises(RoundRefused, match="more than nothing"):
        make_round(session, scene, ProRata(), {fund.code: 0})
    with pytest.raises(RoundRefused, match="cut-off"):
        make_round(session, scene, ProRata(), {fund.code: 1_000}, cut_off_on=(NOON + timedelta(days=1)).date())
    with pytest.raises(RoundRefused, match="needs a date"):
        make_round(session, scene, ByDate(), {fund.code: 1_000})
    with pytest.raises(RoundRefused, match="no date fact"):
        make_round(session, scene, ByDate(), {fund.code: 1_000}, queue_days=["violation"])
