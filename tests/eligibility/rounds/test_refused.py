"""What the databases themselves refuse of rounds, and what happens to two deeds at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert as core_insert
from sqlalchemy import text
from sqlmodel import Session, SQLModel, select

from reparations.db import Database
from reparations.eligibility import service
from reparations.eligibility.errors import NotReproducible
from reparations.eligibility.models import Award, AwardFunding, Decision, PaymentRound, RoundLine, RoundShare
from reparations.eligibility.rules import CollectiveLine
from reparations.eligibility.rules.rounds import ProRata
from reparations.eligibility.service.awarding import new_award
from reparations.ids import new_id
from reparations.ledger.models import AccountCode, Fund
from reparations.ledger.queries import find_fund_by_code, get_balance
from reparations.money import Money
from reparations.registry.models import Claim
from reparations.registry.queries import get_programme
from tests.conftest import NOON
from tests.eligibility.races import race
from tests.factories.audit import behind_our_back
from tests.factories.eligibility import Scene
from tests.factories.ledger import make_fund
from tests.factories.rounds import (
    confirm,
    gambian,
    make_decided,
    make_round,
    make_round_scene,
    second_administrator,
)

Refused = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_round_scene(session)


@pytest.fixture
def fund(session: Session) -> Fund:
    return make_fund(session, currencies=["GMD"], available_minor=10_000_000)


@pytest.fixture
def claims(session: Session, scene: Scene) -> list[Claim]:
    return make_decided(session, scene, gambian(), gambian())


@pytest.fixture
def row(session: Session, scene: Scene, fund: Fund, claims: list[Claim]) -> PaymentRound:
    assert len(claims) == 2
    return make_round(session, scene, ProRata(), {fund.code: 4_000_000})


def copy(row: PaymentRound, **changed: object) -> PaymentRound:
    return PaymentRound(**(row.model_dump() | {"id": new_id("rnd"), "number": 9} | changed))


def insert(session: Session, row: SQLModel) -> None:
    """Insert past the session, which knows rows of the same key."""
    session.execute(core_insert(type(row)).values(**row.model_dump()))


def update(session: Session, assignment: str, table: str = "payment_round") -> None:
    session.execute(text(f"UPDATE {table} SET {assignment}"))


@pytest.mark.parametrize("table", ["round_fund", "round_line", "round_share"])
def test_lines_shares_and_funds_are_never_edited(
    session: Session, row: PaymentRound, refused: Refused, table: str
) -> None:
    assert row.allotted_minor == 4_000_000
    with refused(table):
        update(session, "round_id = round_id", table)
    with refused(table):
        session.execute(text(f"DELETE FROM {table}"))


def test_a_round_is_born_proposed_one_at_a_time_and_its_numbers_do_not_move(
    session: Session, row: PaymentRound, refused: Refused
) -> None:
    proposer = row.proposed_by
    with refused("payment_round"):
        insert(session, copy(row))
    with refused("payment_round"):
        update(session, "allotted_minor = 1")
    with refused("payment_round"):
        update(session, "terms = '{}'")
    with refused("payment_round"):
        session.execute(text("DELETE FROM payment_round"))
    with refused("confirmed_by_another"):
        update(session, f"status = 'confirmed', confirmed_at = proposed_at, confirmed_by = '{proposer}'")
    with refused("payment_round.settled"):
        update(session, "parted_through = 1")
    with refused("confirmation_whole"):
        update(session, "status = 'confirmed'")
    other = second_administrator(session).person_id
    with refused("payment_round.born_proposed"):
        confirmed = {"status": "confirmed", "confirmed_by": other, "confirmed_at": NOON}
        insert(session, copy(row, **confirmed))
    with refused("allotted_within_cash"):
        insert(session, copy(row, allotted_minor=row.cash_minor + 1))


def test_a_confirmed_round_takes_no_more_lines_and_is_not_unmade(  # noqa: PLR0917 fixtures, by name
    session: Session, scene: Scene, row: PaymentRound, claims: list[Claim], refused: Refused
) -> None:
    line = session.get_one(RoundLine, (row.id, claims[0].id))
    share = session.exec(select(RoundShare).where(RoundShare.claim_id == claims[0].id)).one()
    confirm(session, scene, row)
    other = second_administrator(session).person_id

    with refused("round_line.round_settled"):
        insert(session, RoundLine(**(line.model_dump() | {"position": 9})))
    with refused("round_share.round_settled"):
        insert(session, RoundShare(**(share.model_dump() | {"fund_id": "fnd_other"})))
    with refused("payment_round.settled"):
        update(session, f"status = 'withdrawn', withdrawn_by = '{other}', withdrawn_at = proposed_at")
    with refused("payment_round.settled"):
        update(session, f"confirmed_by = '{other}'")
    with refused("payment_round.unfinished"):
        update(session, "status = 'completed', completed_at = proposed_at")


def test_a_line_smuggled_in_is_found_when_the_round_is_confirmed(
    session: Session, scene: Scene, fund: Fund, refused: Refused
) -> None:
    one, other = make_decided(session, scene, gambian(), gambian())
    row = make_round(session, scene, ProRata(), {fund.code: 8_000_000}, cut_off_on=NOON.date())
    assert row.allotted_minor == 8_000_000
    (late,) = make_decided(session, scene, gambian())
    line = session.get_one(RoundLine, (row.id, one.id)).model_dump()
    decision_id = session.execute(text("SELECT id FROM decision WHERE claim_id = :id"), {"id": late.id}).scalar_one()
    line |= {"claim_id": late.id, "case_id": late.case_id, "position": 3, "decision_id": decision_id}
    with refused("round_line.above_entitlement"):
        insert(session, RoundLine(**(line | {"entitled_minor": 4_000_001})))
    with refused("allotted_within_open"):
        insert(session, RoundLine(**(line | {"before_minor": 1})))
    with refused("round_share"):
        share: dict[str, Any] = {"round_id": row.id, "claim_id": other.id, "fund_id": fund.id, "amount_minor": 5}
        insert(session, RoundShare(**share))
    insert(session, RoundLine(**line))

    confirmer = second_administrator(session).person_id
    with refused("payment_round.sums_differ"):
        update(session, f"status = 'confirmed', confirmed_at = proposed_at, confirmed_by = '{confirmer}'")


def test_lines_that_are_not_those_computed_are_not_confirmed(database: Database, owner: Database) -> None:
    code, _ = _prepare(database)
    with database.transaction() as session:
        officer = second_administrator(session)
    with behind_our_back(owner, ["round_line"]) as session:
        update(session, "reason = 'in_full'", "round_line")

    with pytest.raises(NotReproducible), database.transaction() as session:
        service.confirm_round(session, get_programme(session, code), 1, officer=officer, at=NOON)


def test_only_the_share_of_a_confirmed_round_funds_an_award(  # noqa: PLR0917 fixtures, by name
    session: Session, scene: Scene, fund: Fund, row: PaymentRound, claims: list[Claim], refused: Refused
) -> None:
    decision = session.execute(text("SELECT id FROM decision WHERE claim_id = :id"), {"id": claims[0].id}).scalar_one()
    made = new_award(
        scene.programme, claims[0], session.get_one(Decision, decision), officer=scene.administrator, at=NOON
    )
    insert(session, made)
    amount = session.exec(select(RoundShare.amount_minor).where(RoundShare.claim_id == claims[0].id)).one()

    def funding(**changed: object) -> AwardFunding:
        values: dict[str, Any] = {"award_id": made.id, "fund_id": fund.id, "round_number": 1, "form": "individual"}
        return AwardFunding(**(values | {"amount_minor": amount} | changed))

    with refused("award_funding.not_of_round"):
        insert(session, funding())
    confirm(session, scene, row)
    with refused("award_funding.not_of_round"):
        insert(session, funding(amount_minor=amount + 1))
    with refused("award_funding.not_of_round"):
        insert(session, funding(round_number=2))
    insert(session, funding())
    with refused("round_omission.carried_out"):
        session.execute(
            text("INSERT INTO round_omission VALUES (:round, :claim, 'claim_closed', :amount, :at)"),
            {"round": row.id, "claim": claims[0].id, "amount": amount, "at": "2031-05-01 12:00:00"},
        )


def test_an_omission_is_of_a_confirmed_round_and_ends_the_line(
    session: Session, row: PaymentRound, claims: list[Claim], refused: Refused
) -> None:
    with refused("round_omission.round_not_confirmed"):
        session.execute(
            text("INSERT INTO round_omission VALUES (:round, :claim, 'claim_closed', 2000000, :at)"),
            {"round": row.id, "claim": claims[0].id, "at": "2031-05-01 12:00:00"},
        )


def _prepare(database: Database, *, available_minor: int = 8_000_000) -> tuple[str, str]:
    with database.transaction() as session:
        scene = make_round_scene(session)
        fund = make_fund(session, currencies=["GMD"], available_minor=available_minor)
        make_decided(session, scene, gambian(), gambian())
        make_round(session, scene, ProRata(), {fund.code: 6_000_000})
        return scene.programme.code, fund.code


def _confirm(session: Session, *, code: str, officers: list[object]) -> None:
    service.confirm_round(
        session,
        get_programme(session, code),
        1,
        officer=officers.pop(),  # type: ignore[arg-type]  # one for each thread
        at=NOON,
    )


def test_two_confirmations_at_once_hold_the_money_once(database: Database) -> None:
    code, fund_code = _prepare(database)
    with database.transaction() as session:
        officers: list[object] = [second_administrator(session), second_administrator(session)]
    deed = partial(_confirm, code=code, officers=officers)

    assert sorted(race(database, [deed, deed])) == ["RoundNotOpen", "done"]

    with database.reading() as session:
        fund = find_fund_by_code(session, fund_code)
        assert fund is not None
        assert get_balance(session, fund.id, "GMD", AccountCode.AWARDS_PAYABLE) == Money(-6_000_000, "GMD")


def test_a_round_and_an_award_do_not_spend_the_same_money(database: Database) -> None:
    code, fund_code = _prepare(database)
    with database.transaction() as session:
        officer = second_administrator(session)
        officers: list[object] = [officer]

    def award(session: Session) -> None:
        line = CollectiveLine("SCHOOL", "School", Money(5_000_000, "GMD"), "Order, paragraph 9", fund_code)
        service.award_collectively(
            session, programme=get_programme(session, code), lines=[line], officer=officer, at=NOON
        )

    results = race(database, [partial(_confirm, code=code, officers=officers), award])

    assert results.count("done") == 1
    assert set(results) <= {"done", "AwardsNotCovered", "FundsShort", "RoundOutdated"}
    with database.reading() as session:
        fund = find_fund_by_code(session, fund_code)
        assert fund is not None
        assert get_balance(session, fund.id, "GMD", AccountCode.UNCOMMITTED).amount_minor in {2_000_000, 3_000_000}


def test_two_who_carry_out_at_once_do_each_line_once(database: Database) -> None:
    code, _ = _prepare(database)
    with database.transaction() as session:
        officer = second_administrator(session)
        service.confirm_round(session, get_programme(session, code), 1, officer=officer, at=NOON)

    def part(session: Session) -> None:
        service.carry_out_round(session, get_programme(session, code), 1, officer=officer, at=NOON, limit=1)

    assert race(database, [part, part, part]) == ["done"] * 3

    with database.reading() as session:
        assert sorted(session.exec(select(AwardFunding.amount_minor))) == [3_000_000, 3_000_000]
        assert len(session.exec(select(Award)).all()) == 2
        assert session.exec(select(PaymentRound.status)).one() == "completed"


def test_a_part_that_fails_leaves_nothing_and_is_done_again(database: Database) -> None:
    code, _ = _prepare(database)
    with database.transaction() as session:
        officer = second_administrator(session)
        service.confirm_round(session, get_programme(session, code), 1, officer=officer, at=NOON)

    def fall(session: Session) -> None:
        service.carry_out_round(session, get_programme(session, code), 1, officer=officer, at=NOON, limit=1)
        raise ConnectionError

    assert race(database, [fall]) == ["ConnectionError"]
    with database.reading() as session:
        assert session.exec(select(AwardFunding)).all() == []
    with database.transaction() as session:
        done = service.carry_out_round(session, get_programme(session, code), 1, officer=officer, at=NOON)

    assert (done.lines, done.funded_minor, done.round.status) == (2, 6_000_000, "completed")
