"""Costs, interest, refunds, money between funds, money that expires: what is kept, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlmodel import Session

from reparations.ids import new_id
from reparations.ledger import errors, postings, queries, rules, service
from reparations.ledger.models import (
    AccountCode,
    AwardForm,
    Contribution,
    CostClass,
    Fund,
    InterfundApproval,
    ProgrammeCost,
    RefundApproval,
    RestrictionKind,
)
from reparations.ledger.rules import Restriction
from reparations.money import Money
from reparations.principal import Principal
from tests.conftest import NOON
from tests.factories.access import make_person
from tests.factories.ledger import ADMINISTRATOR, TODAY, give, make_fund, make_pledge, receive

Refused = Callable[[str], AbstractContextManager[None]]
CITATION = "Invented agreement, art. 7"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


def officer(session: Session) -> Principal:
    return Principal(officer_id="usr_any", person_id=make_person(session).id, office_id="off_any")


def balance(session: Session, fund: Fund, code: AccountCode) -> int:
    return queries.get_balance(session, fund.id, "USD", code).amount_minor


def noon_of(day: date) -> datetime:
    return datetime.combine(day, NOON.timetz())


def cost(session: Session, fund: Fund, minor: int, *, on: date = TODAY, **kwargs: str) -> ProgrammeCost:
    return service.pay_cost(
        session,
        fund_id=fund.id,
        cost_class=CostClass.AUDIT,
        amount=usd(minor),
        incurred_on=on,
        citation="Invoice",
        officer=ADMINISTRATOR,
        at=noon_of(on),
        **({"reference": new_id("invoice")} | kwargs),
    )


# ── costs, interest ──────────────────────────────────────────────────────────────────────────────────────────────────


def ceiling(session: Session, fund: Fund, numerator: int, denominator: int, *, valid_from: date = TODAY) -> None:
    service.set_overhead_ceiling(
        session,
        fund.id,
        numerator=numerator,
        denominator=denominator,
        valid_from=valid_from,
        citation="Decision 18",
        officer=ADMINISTRATOR,
        at=NOON,
    )


def test_costs_and_fees_stay_below_the_ceiling_of_their_day(session: Session, refused: Refused) -> None:
    """UNCC decision 18: a fee of at most 1.5 %, for other categories 3 %."""
    fund = make_fund(session, available_minor=10_000)
    ceiling(session, fund, 15, 1_000)
    ceiling(session, fund, 3, 100, valid_from=days(10))

    first = cost(session, fund, 150, reference="INVOICE-1")

    assert cost(session, fund, 150, reference="INVOICE-1").id == first.id
    with pytest.raises(errors.ReferenceReused):
        cost(session, fund, 149, reference="INVOICE-1")
    with pytest.raises(errors.OverheadAboveCeiling):
        cost(session, fund, 1)
    with refused("programme_cost.above_ceiling"):
        session.add(ProgrammeCost(**(first.model_dump() | {"id": "cst_x", "reference": "x", "amount_minor": 1})))
        session.flush()
    cost(session, fund, 150, on=days(10))
    with pytest.raises(errors.OverheadAboveCeiling):
        cost(session, fund, 1, on=days(10))
    with pytest.raises(errors.CeilingSuperseded):
        ceiling(session, fund, 1, 2, valid_from=days(9))
    with pytest.raises(errors.RestrictionMalformed):
        ceiling(session, fund, 3, 2, valid_from=days(99))


def test_fees_posted_without_a_record_count_against_the_ceiling(session: Session) -> None:
    fund = make_fund(session, available_minor=10_000)
    ceiling(session, fund, 1, 100)
    fee = postings.fee_charged("raw", fund_id=fund.id, amount=usd(60))
    service.post(session, entry_id="fee", transfers=fee, occurred_on=TODAY, at=NOON)

    with pytest.raises(errors.OverheadAboveCeiling):
        cost(session, fund, 41)
    cost(session, fund, 40)

    overhead = queries.get_overhead(session, fund.id, "USD", as_of=TODAY)
    assert (overhead.total, overhead.unclassified, overhead.allowed) == (usd(100), usd(60), usd(100))
    assert dict(overhead.by_class)[CostClass.AUDIT] == usd(40)
    assert (overhead.ratio, overhead.per_mille) == (None, None)


@pytest.mark.parametrize(("costs", "paid", "per_mille"), [(1, 2_000, 1), (1, 2_001, 0), (15, 1_000, 15), (1, 3, 333)])
def test_the_ratio_of_overhead_is_exact_and_a_half_per_mille_is_rounded_up(
    costs: int, paid: int, per_mille: int
) -> None:
    overhead = queries.Overhead(
        received=usd(0),
        by_class=(),
        unclassified=usd(0),
        total=usd(costs),
        paid=usd(paid),
        ceiling=None,
        allowed=None,
    )

    assert (overhead.ratio, overhead.per_mille) == (Fraction(costs, paid), per_mille)


def test_interest_is_income_of_the_fund(session: Session) -> None:
    fund = make_fund(session)

    def receive_interest(minor: int) -> str:
        return service.receive_interest(
            session,
            reference="Q1",
            fund_id=fund.id,
            amount=usd(minor),
            received_on=TODAY,
            officer=ADMINISTRATOR,
            at=NOON,
        ).id

    assert receive_interest(7) == receive_interest(7)
    assert balance(session, fund, AccountCode.UNCOMMITTED) == 7
    with pytest.raises(errors.ReferenceReused):
        receive_interest(8)


# ── refunds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_more_goes_back_than_is_unspent_of_that_donor_s_money(session: Session, refused: Refused) -> None:
    fund = make_fund(session)
    pledge = make_pledge(session, fund, usd(100), pledged_on=days(-9))
    early = receive(session, pledge, usd(100), received_on=days(-9))
    late = give(session, fund, usd(100))
    preparer, approver = officer(session), officer(session)
    spend = postings.award_recognised("a", funding={fund.id: usd(70)})
    service.post(session, entry_id="a", transfers=spend, occurred_on=TODAY, at=NOON)

    def prepare(contribution: Contribution, minor: int, reference: str) -> str:
        return service.prepare_refund(
            session,
            reference=reference,
            contribution_id=contribution.id,
            amount=usd(minor),
            citation="Return agreement",
            officer=preparer,
            at=NOON,
        ).id

    with pytest.raises(errors.NotUnspent):
        prepare(early, 31, "R0")
    refund_id, second_id = prepare(early, 30, "R1"), prepare(late, 100, "R2")
    assert prepare(early, 30, "R1") == refund_id
    with pytest.raises(errors.SamePerson):
        service.approve_refund(session, refund_id, refunded_on=TODAY, officer=preparer, at=NOON)
    with refused("two_persons"):
        session.add(approval_of(refund_id, preparer.person_id, preparer.person_id))
        session.flush()
    with refused("fk_refund_approval" if session.get_bind().dialect.name == "postgresql" else "FOREIGN KEY"):
        session.add(approval_of(refund_id, approver.person_id, preparer.person_id))
        session.flush()
    service.approve_refund(session, refund_id, refunded_on=TODAY, officer=approver, at=NOON)
    service.approve_refund(session, refund_id, refunded_on=TODAY, officer=approver, at=NOON)
    with pytest.raises(errors.AlreadyApproved):
        service.approve_refund(session, refund_id, refunded_on=TODAY, officer=officer(session), at=NOON)

    assert balance(session, fund, AccountCode.REFUNDS) == 30
    assert queries.get_unspent(session, early.id) == usd(0)
    more = postings.award_recognised("b", funding={fund.id: usd(1)})
    service.post(session, entry_id="b", transfers=more, occurred_on=TODAY, at=NOON)
    with pytest.raises(errors.NotUnspent):
        service.approve_refund(session, second_id, refunded_on=TODAY, officer=approver, at=NOON)
    with pytest.raises(errors.RefundNotFound):
        service.approve_refund(session, "rfd_none", refunded_on=TODAY, officer=approver, at=NOON)
    with pytest.raises(errors.ContributionNotFound):
        queries.get_unspent(session, "ctb_none")
    assert [
        (gift.contribution_id, gift.amount) for gift in queries.list_unspent(session, fund.id, "USD", as_of=TODAY)
    ] == [(late.id, usd(99))]


def approval_of(refund_id: str, prepared_by: str, approved_by: str) -> RefundApproval:
    return RefundApproval(
        refund_id=refund_id, prepared_by=prepared_by, approved_by=approved_by, refunded_on=TODAY, recorded_at=NOON
    )


# ── money between funds, money that expires ──────────────────────────────────────────────────────────────────────────


def restrict(session: Session, fund: Fund, kind: RestrictionKind, **values: object) -> None:
    restriction = Restriction(kind, **values)  # type: ignore[arg-type]  # the test says what the kind needs
    service.restrict_fund(session, fund.id, restriction=restriction, citation=CITATION, officer=ADMINISTRATOR, at=NOON)


def move(session: Session, giving: Fund, taking: Fund, by: Principal) -> str:
    return service.prepare_move(
        session,
        reference=new_id("move"),
        from_fund_id=giving.id,
        to_fund_id=taking.id,
        amount=usd(10),
        citation=CITATION,
        officer=by,
        at=NOON,
    ).id


def test_money_passes_to_another_fund_by_two_persons_in_one_deed(session: Session, refused: Refused) -> None:
    giving, taking = make_fund(session, available_minor=100), make_fund(session)
    preparer, approver = officer(session), officer(session)
    move_id = move(session, giving, taking, preparer)

    with pytest.raises(errors.SamePerson):
        service.approve_move(session, move_id, moved_on=TODAY, officer=preparer, at=NOON)
    with refused("two_persons"):
        person = preparer.person_id
        session.add(
            InterfundApproval(move_id=move_id, prepared_by=person, approved_by=person, moved_on=TODAY, recorded_at=NOON)
        )
        session.flush()
    service.approve_move(session, move_id, moved_on=TODAY, officer=approver, at=NOON)

    assert (balance(session, giving, AccountCode.BANK), balance(session, taking, AccountCode.BANK)) == (90, 10)
    service.approve_move(session, move_id, moved_on=TODAY, officer=approver, at=NOON)
    with pytest.raises(errors.AlreadyApproved):
        service.approve_move(session, move_id, moved_on=TODAY, officer=officer(session), at=NOON)
    with pytest.raises(errors.MoveNotFound):
        service.approve_move(session, "mov_none", moved_on=TODAY, officer=approver, at=NOON)


def test_money_does_not_leave_its_restrictions_through_another_fund(session: Session) -> None:
    by = officer(session)
    wide = make_fund(session, available_minor=100)
    narrow = make_fund(session, forms=[AwardForm.INDIVIDUAL], available_minor=100)
    tied = [make_fund(session, available_minor=100) for _ in range(4)]
    restrict(session, tied[0], RestrictionKind.PURPOSE, value="HOUSING")
    restrict(session, tied[1], RestrictionKind.PERIOD, usable_until=days(30))
    restrict(session, tied[2], RestrictionKind.SHARE, value="collective", share=(1, 3))
    restrict(session, tied[3], RestrictionKind.PERIOD, usable_from=days(-30))

    for fund in (narrow, *tied):
        with pytest.raises(errors.RestrictionEscaped):
            move(session, fund, wide, by)
    assert move(session, wide, narrow, by)
    restrict(session, wide, RestrictionKind.PERIOD, usable_until=days(29))
    restrict(session, wide, RestrictionKind.PURPOSE, value="HOUSING")
    assert move(session, tied[0], wide, by)
    expired = move(session, tied[1], wide, by)
    with pytest.raises(errors.OutsidePeriod):
        service.approve_move(session, expired, moved_on=days(29), officer=officer(session), at=noon_of(days(29)))


@pytest.mark.parametrize(
    "restriction",
    [
        Restriction(RestrictionKind.PURPOSE),
        Restriction(RestrictionKind.PERIOD),
        Restriction(RestrictionKind.PERIOD, value="x", usable_from=TODAY),
        Restriction(RestrictionKind.PERIOD, usable_from=TODAY, usable_until=TODAY),
        Restriction(RestrictionKind.SHARE, value="individual"),
        Restriction(RestrictionKind.SHARE, value="salaries", share=(1, 2)),
        Restriction(RestrictionKind.SHARE, value="individual", share=(3, 2)),
        Restriction(RestrictionKind.PLACE, value="x", share=(1, 2)),
        Restriction(RestrictionKind.CASE, value="x", usable_from=TODAY),
    ],
)
def test_a_restriction_says_what_its_kind_needs_and_nothing_else(restriction: Restriction) -> None:
    with pytest.raises(errors.RestrictionMalformed):
        rules.check_restriction(restriction)


def test_money_about_to_expire_is_listed_with_its_source(session: Session) -> None:
    soon, later = (make_fund(session, available_minor=100) for _ in range(2))
    restrict(session, soon, RestrictionKind.PERIOD, usable_until=days(30))
    restrict(session, later, RestrictionKind.PERIOD, usable_until=days(31))
    restrict(session, make_fund(session), RestrictionKind.PERIOD, usable_until=days(1))

    found = queries.list_expiring(session, as_of=TODAY, within_days=30)

    assert [(row.fund_id, row.usable_until, row.amount, row.citation) for row in found] == [
        (soon.id, days(30), usd(100), CITATION)
    ]
    with pytest.raises(errors.OutsidePeriod):
        cost(session, soon, 1, on=days(30))


def test_an_order_names_each_fund_once_for_a_programme_that_exists(session: Session) -> None:
    fund_ids = [make_fund(session).id]

    for ids, refusal in ((fund_ids * 2, errors.EntryMalformed), (fund_ids, errors.RestrictionMalformed)):
        with pytest.raises(refusal):
            service.declare_order(
                session, "prg_x", reference="x", fund_ids=ids, citation="c", officer=ADMINISTRATOR, at=NOON
            )
    assert queries.find_order(session, "prg_x") is None
