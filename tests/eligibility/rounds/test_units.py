"""Families and households: paid together in a queue, at the place of the first, and under the cap their rules set."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import insert as core_insert
from sqlalchemy import text
from sqlmodel import Session, select

from reparations.eligibility import service
from reparations.eligibility.errors import RoundRefused
from reparations.eligibility.models import PaymentRound, RoundFund, RoundLine, RoundReason, RoundShare, TermsSource
from reparations.eligibility.rules.rounds import ByDate, ByPriority, ProRata, Reason, Unspent, explain_claim, read_terms
from reparations.eligibility.service import AskedRound, Declared, PoolPart, resolve_round
from reparations.ledger.models import Fund
from reparations.money import Money
from reparations.registry.models import Claim
from tests.conftest import NOON
from tests.eligibility.rounds.entries import make_entries, pay
from tests.factories.eligibility import TODAY, Scene
from tests.factories.ledger import make_fund
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

Refused = Callable[[str], AbstractContextManager[None]]
FAMILY = "C-FAMILY"
EACH = 75_000
"""The order's EUR 750."""


# ── the queue itself ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_colombias_household_is_paid_when_its_eldest_is() -> None:
    # E-CO-3: four of 6,049,875; one is eighty and has points; a fifth person outside the household has fewer.
    entries = make_entries([6_049_875] * 5, groups=["home"] * 4 + [""], points=[4, 0, 0, 0, 2])

    alone = pay(entries, ByPriority(), 4 * 6_049_875)
    together = pay(entries, ByPriority(), 4 * 6_049_875, together=True)

    assert (alone.payable[0], alone.payable[4]) == (6_049_875, 6_049_875)
    assert together.payable == [6_049_875] * 4 + [0]
    assert together.ranks == [1, 1, 1, 1, 5]
    told = explain_claim(entries, together, 1, currency="COP")
    assert "Place 1 in the queue" in told
    assert "have one place, that of the first of them." in told
    assert "one place" not in explain_claim(entries, alone, 1, currency="COP")


def test_a_pool_that_does_not_suffice_for_the_family_ends_there_and_nobody_overtakes() -> None:
    entries = make_entries([100, 60, 50, 10], groups=["", "f", "f", ""], points=[9, 8, 1, 5])

    done = pay(entries, ByPriority(), 200, together=True)

    assert done.payable == [100, 0, 0, 0]
    assert done.reasons[1:] == [Reason.WAITS] * 3
    assert done.unspent == {Unspent.NEXT_IN_QUEUE: 100}


def test_where_the_last_is_paid_in_part_the_family_shares_what_is_left_in_proportion() -> None:
    entries = make_entries([100, 60, 30, 10], groups=["", "f", "f", ""], points=[9, 8, 1, 5])

    done = pay(entries, ByPriority(last_in_part=True), 145, together=True)

    assert done.payable == [100, 30, 15, 0]
    assert done.reasons == [Reason.IN_FULL, Reason.LAST_IN_PART, Reason.LAST_IN_PART, Reason.WAITS]


def test_a_family_is_above_the_lowest_score_if_one_of_it_is() -> None:
    entries = make_entries([10] * 4, groups=["f", "f", "g", ""], points=[3, 0, 1, 0])

    done = pay(entries, ByPriority(at_least_points=2), 100, together=True)

    assert done.payable == [10, 10, 0, 0]
    assert done.reasons[2:] == [Reason.BELOW_PRIORITY] * 2


def test_who_is_decided_later_comes_at_the_place_of_one_of_the_family_who_was_paid() -> None:
    entries = make_entries([10, 10, 10], befores=[10, 0, 0], groups=["f", "f", ""], days=[(1,), (None,), (2,)])

    done = pay(entries, ByDate(), 10, together=True)

    assert done.payable == [0, 10, 0]
    assert done.ranks == [None, 1, 2]


# ── stored rounds ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def scene(session: Session) -> Scene:
    """Ongwen's rules, which go by priority, with the switch that these programmes leave open."""
    return make_round_scene(
        session, rules="icc-ongwen", currency="EUR", bent=("payment:\n", "payment:\n  unit_paid_together: yes\n")
    )


@pytest.fixture
def fund(session: Session) -> Fund:
    return make_fund(session, currencies=["EUR"], available_minor=10 * EACH)


@pytest.fixture
def claims(session: Session, scene: Scene) -> list[Claim]:
    """Two of one family, of whom one is urgent, and one outside who is in need."""
    family = make_decided(session, scene, ongwen(urgent_medical_need=True), ongwen(), case_key=FAMILY)
    return [*family, *make_decided(session, scene, ongwen(food_or_shelter_insecure=True))]


def propose_by_rules(session: Session, scene: Scene, fund: Fund, amount_minor: int) -> PaymentRound:
    asked = AskedRound(Declared(), [PoolPart(fund.code, Money(amount_minor, scene.programme.currency))], TODAY)
    new = resolve_round(session, scene.programme, asked, on=TODAY)
    return service.propose_round(session, scene.programme, new, officer=scene.administrator, at=NOON)


def lines_of(session: Session, row: PaymentRound) -> dict[str, RoundLine]:
    return {line.claim_id: line for line in session.exec(select(RoundLine).where(RoundLine.round_id == row.id))}


def test_the_rules_pay_a_family_together_and_the_round_keeps_who_belongs_to_it(
    session: Session, scene: Scene, fund: Fund, claims: list[Claim]
) -> None:
    urgent, other, outside = claims
    row = propose_by_rules(session, scene, fund, 2 * EACH)

    lines = lines_of(session, row)
    assert read_terms(row.terms).terms.unit_paid_together
    assert {line.case_id for line in (lines[urgent.id], lines[other.id])} == {urgent.case_id}
    assert lines[outside.id].case_id == outside.case_id != urgent.case_id
    assert [(lines[one.id].place, lines[one.id].allotted_minor) for one in claims] == [(1, EACH), (1, EACH), (3, 0)]
    confirm(session, scene, row)
    (done,) = carry_out(session, scene, row)
    assert done.funded_minor == 2 * EACH


def test_a_method_that_somebody_states_pays_a_family_together_too(
    session: Session, scene: Scene, fund: Fund, claims: list[Claim]
) -> None:
    row = make_round(session, scene, ByPriority(at_least_points=8), {fund.code: 10 * EACH})

    lines = lines_of(session, row)
    assert [lines[one.id].allotted_minor for one in claims] == [EACH, EACH, 0]
    assert lines[claims[2].id].reason == RoundReason.BELOW_PRIORITY


def test_too_little_for_the_family_pays_nobody_behind_it(
    session: Session, scene: Scene, fund: Fund, claims: list[Claim]
) -> None:
    row = propose_by_rules(session, scene, fund, 2 * EACH - 1)

    assert {line.reason for line in lines_of(session, row).values()} == {RoundReason.WAITS}
    assert (row.allotted_minor, len(claims)) == (0, 3)


def test_outside_a_queue_the_terms_do_not_speak_of_families(
    session: Session, scene: Scene, fund: Fund, claims: list[Claim]
) -> None:
    row = make_round(session, scene, ProRata(), {fund.code: EACH})

    assert "unit_paid_together" not in row.terms
    assert [line.allotted_minor for line in lines_of(session, row).values()] == [EACH // len(claims)] * len(claims)


def test_without_the_switch_everybody_has_his_own_place(session: Session) -> None:
    plain = make_round_scene(session, rules="icc-ongwen", currency="EUR")
    fund = make_fund(session, currencies=["EUR"], available_minor=10 * EACH)
    urgent, other = make_decided(session, plain, ongwen(urgent_medical_need=True), ongwen(), case_key=FAMILY)

    row = propose_by_rules(session, plain, fund, EACH)

    lines = lines_of(session, row)
    assert "unit_paid_together" not in row.terms
    assert [lines[one.id].place for one in (urgent, other)] == [1, 2]
    assert [lines[one.id].allotted_minor for one in (urgent, other)] == [EACH, 0]


def forge(session: Session, scene: Scene, row: PaymentRound, **changed: object) -> str:
    """Withdraw a round and write one like it past the application, its last line changed; return how to confirm it."""
    parts = [*session.exec(select(RoundFund)), *session.exec(select(RoundLine)), *session.exec(select(RoundShare))]
    copied = row.model_dump() | {"id": "rnd_forged", "number": 9}
    service.withdraw_round(session, scene.programme, row.number, officer=scene.administrator, at=NOON)
    session.execute(core_insert(PaymentRound).values(**copied))
    last = [part for part in parts if isinstance(part, RoundLine)][-1]
    for part in parts:
        values = part.model_dump() | {"round_id": "rnd_forged"} | (changed if part is last else {})
        session.execute(core_insert(type(part)).values(**values))
    confirmer = second_administrator(session).person_id
    return (
        f"UPDATE payment_round SET status = 'confirmed', confirmed_at = proposed_at, confirmed_by = '{confirmer}'"
        " WHERE id = 'rnd_forged'"
    )


@pytest.mark.parametrize("changed", [{"place": 2}, {"reason": "waits"}], ids=str)
def test_a_round_that_parts_a_family_is_not_confirmed(  # noqa: PLR0917 fixtures, by name
    session: Session, scene: Scene, fund: Fund, refused: Refused, changed: dict[str, object]
) -> None:
    make_decided(session, scene, ongwen(urgent_medical_need=True), ongwen(), case_key=FAMILY)
    confirm_it = forge(session, scene, propose_by_rules(session, scene, fund, 10 * EACH), **changed)

    with refused("payment_round.unit_parted"):
        session.execute(text(confirm_it))


def test_a_round_that_parts_nobody_is_confirmed(
    session: Session, scene: Scene, fund: Fund, claims: list[Claim]
) -> None:
    confirm_it = forge(session, scene, propose_by_rules(session, scene, fund, 10 * EACH))

    session.execute(text(confirm_it))

    states = session.execute(text("SELECT status, lines FROM payment_round ORDER BY number")).all()
    assert states == [("withdrawn", len(claims)), ("confirmed", len(claims))]


def test_a_line_says_the_case_of_its_own_claim(  # noqa: PLR0917 fixtures, by name
    session: Session, scene: Scene, fund: Fund, claims: list[Claim], refused: Refused
) -> None:
    row = make_round(session, scene, ProRata(), {fund.code: EACH})
    line = session.get_one(RoundLine, (row.id, claims[0].id)).model_dump()
    (late,) = make_decided(session, scene, ongwen())
    decision_id = session.execute(text("SELECT id FROM decision WHERE claim_id = :id"), {"id": late.id}).scalar_one()

    with refused("case_id" if session.get_bind().dialect.name == "postgresql" else "FOREIGN KEY"):
        session.add(
            RoundLine(**(line | {"claim_id": late.id, "position": 9, "decision_id": decision_id, "allotted_minor": 0}))
        )
        session.flush()


# ── the cap that the rules set ───────────────────────────────────────────────────────────────────────────────────────

CEILING = """caps:
  family_ceiling:
    title: At most D 60 000 for a family
    cite: Invented policy, paragraph 12
    over: {over}
    amount: {amount}
    reduce: {reduce}
payment:
"""


def capped(over: str = "family", amount: str = "GMD 60000.00", reduce: str = "pro_rata") -> tuple[str, str]:
    return ("payment:\n", CEILING.format(over=over, amount=amount, reduce=reduce))


@pytest.mark.parametrize("over", ["family", "household"])
def test_the_rules_give_the_cap_of_a_family(session: Session, over: str) -> None:
    scene = make_round_scene(session, bent=capped(over))
    fund = make_fund(session, currencies=["GMD"], available_minor=100_000_000)
    family = make_decided(session, scene, gambian("50000.00"), gambian("40000.00"), case_key=FAMILY)
    (single,) = make_decided(session, scene, gambian("50000.00"))

    row = propose_by_rules(session, scene, fund, 100_000_000)

    lines = lines_of(session, row)
    assert [lines[one.id].allotted_minor for one in family] == [3_333_333, 2_666_667]
    assert [lines[one.id].capped for one in (*family, single)] == [True, True, False]
    assert lines[single.id].allotted_minor == 5_000_000
    assert row.terms_source == TermsSource.RULES
    assert row.citation.endswith("; Invented policy, paragraph 12")
    confirm(session, scene, row)
    (done,) = carry_out(session, scene, row)
    assert done.funded_minor == 11_000_000


@pytest.mark.parametrize(
    "bent",
    [
        capped(over="person"),
        capped(over="victim"),
        capped(reduce="equally"),
        capped(amount="if violation = torture then GMD 1.00 else GMD 2.00"),
    ],
    ids=["person", "victim", "equally", "by claim"],
)
def test_a_cap_that_no_round_can_apply_is_asked_for_and_never_passed_over(
    session: Session, bent: tuple[str, str]
) -> None:
    scene = make_round_scene(session, bent=bent)
    pool = [PoolPart("NONE", Money(1, "GMD"))]

    with pytest.raises(RoundRefused, match="cannot apply by itself"):
        resolve_round(session, scene.programme, AskedRound(Declared(), pool, TODAY), on=TODAY)
    stated = AskedRound(Declared(), pool, TODAY, group_cap_minor=5)
    assert resolve_round(session, scene.programme, stated, on=TODAY).terms.terms.group_cap_minor == 5


def test_another_cap_than_the_rules_set_needs_a_stated_method(session: Session) -> None:
    scene = make_round_scene(session, bent=capped())
    pool = [PoolPart("NONE", Money(1, "GMD"))]

    with pytest.raises(RoundRefused, match="together"):
        resolve_round(session, scene.programme, AskedRound(Declared(), pool, TODAY, group_cap_minor=5), on=TODAY)
    same = AskedRound(Declared(), pool, TODAY, group_cap_minor=6_000_000)
    assert resolve_round(session, scene.programme, same, on=TODAY).terms.terms.group_cap_minor == 6_000_000
