"""What was recorded in error: taken back by two persons, whole and once, and the books as if it had not been."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from reparations.db import Database
from reparations.ids import new_id
from reparations.ledger import errors, queries, service
from reparations.ledger.models import AccountCode, CostClass, Fund, Interest, ProgrammeCost, Reversal
from reparations.money import Money
from reparations.principal import Principal
from tests.conftest import NOON
from tests.factories.access import make_person
from tests.factories.ledger import ADMINISTRATOR, TODAY, give, make_fund, make_pledge, receive

WHY = "Invoice 17 says 70.00 and not 700.00"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def officer(session: Session) -> Principal:
    return Principal(officer_id="usr_any", person_id=make_person(session).id, office_id="off_any")


def cost(session: Session, fund: Fund, minor: int, cost_class: CostClass = CostClass.AUDIT) -> ProgrammeCost:
    return service.pay_cost(
        session,
        reference=new_id("invoice"),
        fund_id=fund.id,
        cost_class=cost_class,
        amount=usd(minor),
        incurred_on=TODAY,
        citation="Invoice 17",
        officer=ADMINISTRATOR,
        at=NOON,
    )


def interest(session: Session, fund: Fund, minor: int) -> Interest:
    return service.receive_interest(
        session,
        reference=new_id("interest"),
        fund_id=fund.id,
        amount=usd(minor),
        received_on=TODAY,
        officer=ADMINISTRATOR,
        at=NOON,
    )


def prepare(session: Session, record_id: str, by: Principal, *, reason: str = WHY) -> Reversal:
    return service.prepare_reversal(session, record_id, reason=reason, officer=by, at=NOON)


def take_back(session: Session, record_id: str, *, on: date = TODAY) -> str:
    reversal = prepare(session, record_id, officer(session))
    at = datetime.combine(on, NOON.timetz())
    service.approve_reversal(session, reversal.id, reversed_on=on, officer=officer(session), at=at)
    return reversal.id


def balances(session: Session, fund: Fund) -> dict[str, int]:
    codes = (AccountCode.BANK, AccountCode.COSTS, AccountCode.FEES, AccountCode.INTEREST, AccountCode.UNCOMMITTED)
    return {code.value: queries.get_balance(session, fund.id, "USD", code).amount_minor for code in codes}


@pytest.mark.parametrize("cost_class", [CostClass.AUDIT, CostClass.FEE])
def test_a_cost_that_was_entered_wrong_is_taken_back_and_entered_again(session: Session, cost_class: CostClass) -> None:
    fund = make_fund(session)
    gift = give(session, fund, usd(100_000))
    before = balances(session, fund)
    wrong = cost(session, fund, 70_000, cost_class)

    reversal_id = take_back(session, wrong.id)

    assert balances(session, fund) == before
    assert queries.get_unspent(session, gift.id) == usd(100_000)
    cost(session, fund, 7_000, cost_class)
    overhead = queries.get_overhead(session, fund.id, "USD", as_of=TODAY)
    assert (overhead.total, dict(overhead.by_class)[cost_class], overhead.unclassified) == (
        usd(7_000),
        usd(7_000),
        usd(0),
    )
    assert queries.compute_identity(session, fund.id, "USD").faults == {}
    ((found, record, approval),) = queries.list_reversals(session, after=None, limit=9)
    assert (found.id, record.id, found.reason) == (reversal_id, wrong.id, WHY)
    assert approval is not None
    assert approval.approved_by != found.prepared_by


def test_as_of_an_earlier_day_the_cost_still_stands_by_its_class(session: Session) -> None:
    fund = make_fund(session)
    give(session, fund, usd(1_000))
    wrong = cost(session, fund, 300)

    take_back(session, wrong.id, on=TODAY + timedelta(days=3))

    by_day = {
        number: dict(queries.get_overhead(session, fund.id, "USD", as_of=TODAY + timedelta(days=number)).by_class)[
            CostClass.AUDIT
        ]
        for number in (2, 3)
    }
    assert by_day == {2: usd(300), 3: usd(0)}


def test_what_was_taken_back_makes_room_below_the_ceiling(session: Session) -> None:
    fund = make_fund(session)
    give(session, fund, usd(1_000))
    service.set_overhead_ceiling(
        session,
        fund.id,
        valid_from=TODAY,
        numerator=1,
        denominator=10,
        citation="Budget, line 3",
        officer=ADMINISTRATOR,
        at=NOON,
    )
    wrong = cost(session, fund, 100)
    with pytest.raises(errors.OverheadAboveCeiling):
        cost(session, fund, 1)

    take_back(session, wrong.id)

    cost(session, fund, 100)
    with pytest.raises(errors.OverheadAboveCeiling):
        cost(session, fund, 1)


def test_interest_is_taken_back_while_it_is_there_and_not_once_it_is_spent(session: Session) -> None:
    fund = make_fund(session)
    first, second = interest(session, fund, 500), interest(session, fund, 300)

    take_back(session, first.id)
    assert balances(session, fund) == {"bank": 300, "costs": 0, "fees": 0, "interest": -300, "uncommitted": 300}

    cost(session, fund, 200)
    reversal = prepare(session, second.id, officer(session))
    with pytest.raises((errors.InsufficientFunds, errors.AwardsNotCovered)):
        service.approve_reversal(session, reversal.id, reversed_on=TODAY, officer=officer(session), at=NOON)


def test_a_receipt_that_was_entered_wrong_is_taken_back_and_its_pledge_is_open_again(session: Session) -> None:
    fund = make_fund(session)
    right = give(session, fund, usd(400))
    pledge = make_pledge(session, fund, usd(1_000))
    wrong = receive(session, pledge, usd(1_000))
    before = queries.get_standing(session, pledge)
    assert before.received == usd(1_000)

    take_back(session, wrong.id, on=TODAY + timedelta(days=2))

    assert queries.get_standing(session, pledge).received == usd(0)
    assert queries.get_received(session, pledge) == usd(0)
    received = {
        number: queries.sum_received(session, [fund.id], currency="USD", as_of=TODAY + timedelta(days=number))[fund.id]
        for number in (1, 2)
    }
    assert received == {1: usd(1_400), 2: usd(400)}
    identity = queries.compute_identity(session, fund.id, "USD")
    assert (identity.faults, identity[AccountCode.CONTRIBUTIONS]) == ({}, usd(400))
    assert queries.get_unspent(session, wrong.id) == usd(0)
    assert queries.get_unspent(session, right.id) == usd(400)
    again = receive(session, pledge, usd(1_000))
    assert queries.get_unspent(session, again.id) == usd(1_000)
    with pytest.raises(errors.PledgeExceeded):
        receive(session, pledge, usd(1))


def test_a_receipt_that_was_spent_is_not_taken_back(session: Session) -> None:
    fund = make_fund(session)
    gift = give(session, fund, usd(1_000))
    cost(session, fund, 1)
    reversal = prepare(session, gift.id, officer(session))

    with pytest.raises((errors.InsufficientFunds, errors.AwardsNotCovered)):
        service.approve_reversal(session, reversal.id, reversed_on=TODAY, officer=officer(session), at=NOON)


def test_of_a_refund_and_a_reversal_only_the_first_is_done(session: Session) -> None:
    fund = make_fund(session)
    refunded_first, reversed_first = give(session, fund, usd(500)), give(session, fund, usd(500))
    first, second = officer(session), officer(session)
    refunds = {
        gift.id: service.prepare_refund(
            session,
            reference=new_id("refund"),
            contribution_id=gift.id,
            amount=usd(1),
            citation="Return order",
            officer=first,
            at=NOON,
        ).id
        for gift in (refunded_first, reversed_first)
    }
    reversals = {gift.id: prepare(session, gift.id, first).id for gift in (refunded_first, reversed_first)}

    service.approve_refund(session, refunds[refunded_first.id], refunded_on=TODAY, officer=second, at=NOON)
    service.approve_reversal(session, reversals[reversed_first.id], reversed_on=TODAY, officer=second, at=NOON)

    with pytest.raises(errors.NotUnspent):
        service.approve_reversal(session, reversals[refunded_first.id], reversed_on=TODAY, officer=second, at=NOON)
    with pytest.raises(errors.NotUnspent):
        service.approve_refund(session, refunds[reversed_first.id], refunded_on=TODAY, officer=second, at=NOON)
    assert queries.compute_identity(session, fund.id, "USD").faults == {}


def test_nobody_takes_anything_back_alone_or_twice_or_before_it_was(session: Session) -> None:
    fund = make_fund(session)
    give(session, fund, usd(1_000))
    wrong, first, second, third = cost(session, fund, 300), officer(session), officer(session), officer(session)
    reversal = prepare(session, wrong.id, first)

    def approve(by: Principal, on: date = TODAY) -> None:
        service.approve_reversal(session, reversal.id, reversed_on=on, officer=by, at=NOON)

    with pytest.raises(errors.SamePerson):
        approve(first)
    with pytest.raises(errors.DayTooEarly):
        approve(second, TODAY - timedelta(days=1))
    approve(second)
    after = balances(session, fund)

    approve(second)  # the same again, as if the answer had been lost
    assert prepare(session, wrong.id, third).id == reversal.id
    with pytest.raises(errors.AlreadyApproved):
        approve(third)
    with pytest.raises(errors.AlreadyReversed):
        prepare(session, wrong.id, third, reason="Something else")
    assert balances(session, fund) == after


def test_what_is_not_there_is_not_taken_back(session: Session) -> None:
    with pytest.raises(errors.RecordNotFound):
        prepare(session, "cst_01J00000000000000000000000", officer(session))
    with pytest.raises(errors.ReversalNotFound):
        service.approve_reversal(session, "rvs_none", reversed_on=TODAY, officer=officer(session), at=NOON)


def test_the_books_agree_with_the_log_afterwards(database: Database) -> None:
    with database.transaction() as session:
        fund = make_fund(session)
        give(session, fund, usd(1_000))
        wrong, gift = cost(session, fund, 300), give(session, fund, usd(500))
    with database.transaction() as session:
        take_back(session, wrong.id)
        take_back(session, gift.id)

    with database.reading() as session:
        assert list(queries.list_findings(session)) == []
