"""Pledges with terms, restrictions, costs, refunds and money between funds: what is kept, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlmodel import Session

from reparations.ids import new_id
from reparations.ledger import errors, postings, queries, rules, service
from reparations.ledger.models import (
    AccountCode,
    AwardForm,
    ConditionOutcome,
    ConditionResolution,
    Contribution,
    ContributionSource,
    CostClass,
    Fund,
    InterfundApproval,
    Pledge,
    PledgeCondition,
    PledgePart,
    PledgeReduction,
    ProgrammeCost,
    ReductionKind,
    RefundApproval,
    RestrictionKind,
)
from reparations.ledger.rules import AgeBand, DuePart, Restriction
from reparations.money import Money
from reparations.principal import Principal
from tests.conftest import NOON
from tests.factories.access import make_person
from tests.factories.ledger import ADMINISTRATOR, TODAY, give, make_donor, make_fund, make_pledge, receive

Refused = Callable[[str], AbstractContextManager[None]]
CITATION = "Invented agreement, art. 7"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


def officer(session: Session) -> Principal:
    return Principal(officer_id="usr_any", person_id=make_person(session).id, office_id="off_any")


def pledge_with(
    session: Session, fund: Fund, *parts: tuple[int, int], conditions: int = 0, reference: str = "LETTER"
) -> Pledge:
    """A pledge of parts (days from today, minor units)."""
    return service.record_pledge(
        session,
        reference=reference,
        donor_id=make_donor(session, code=new_id("D")).id,
        fund_id=fund.id,
        amount=usd(sum(minor for _, minor in parts)),
        pledged_on=days(-500),
        citation=CITATION,
        schedule=[DuePart(days(due), usd(minor)) for due, minor in parts],
        conditions=[service.Condition(f"Condition {number}", CITATION) for number in range(conditions)],
        officer=ADMINISTRATOR,
        at=NOON,
    )


def reduce(
    session: Session, pledge: Pledge, kind: ReductionKind, minor: int | None = None, **kwargs: str
) -> PledgeReduction:
    return service.reduce_pledge(
        session,
        pledge.id,
        kind=kind,
        amount=None if minor is None else usd(minor),
        reason="Said so",
        citation=CITATION,
        decided_on=TODAY,
        officer=ADMINISTRATOR,
        at=NOON,
        **({"reference": new_id("letter")} | kwargs),
    )


def resolve(session: Session, condition_id: str, outcome: ConditionOutcome) -> ConditionResolution:
    return service.resolve_condition(
        session,
        condition_id,
        outcome=outcome,
        authority="Letter of the board",
        resolved_on=TODAY,
        officer=ADMINISTRATOR,
        at=NOON,
    )


def balance(session: Session, fund: Fund, code: AccountCode) -> int:
    return queries.get_balance(session, fund.id, "USD", code).amount_minor


def cost(session: Session, fund: Fund, minor: int, *, on: date = TODAY, **kwargs: str) -> ProgrammeCost:
    return service.pay_cost(
        session,
        fund_id=fund.id,
        cost_class=CostClass.AUDIT,
        amount=usd(minor),
        incurred_on=on,
        citation="Invoice",
        officer=ADMINISTRATOR,
        at=NOON,
        **({"reference": new_id("invoice")} | kwargs),
    )


# ── pledges ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_due_is_aged_part_by_part_and_receipts_meet_the_oldest_first(session: Session) -> None:
    fund = make_fund(session)
    pledge = pledge_with(session, fund, (-366, 100), (-365, 100), (-91, 100), (-31, 100), (-30, 100), (0, 50), (1, 50))
    receive(session, pledge, usd(140))

    due = queries.list_ageing(session, as_of=TODAY)

    assert [(part.number, part.amount.amount_minor, part.band) for part in due] == [
        (2, 60, AgeBand.UNTIL_365),
        (3, 100, AgeBand.UNTIL_365),
        (4, 100, AgeBand.UNTIL_90),
        (5, 100, AgeBand.UNTIL_30),
        (6, 50, AgeBand.UNTIL_30),
        (7, 50, AgeBand.NOT_DUE),
    ]
    assert queries.list_ageing(session, as_of=days(1))[0].band == AgeBand.OLDER
    assert queries.list_ageing(session, as_of=TODAY, fund_id="fnd_other") == []


@pytest.mark.parametrize("parts", [((0, 60), (1, 30)), ((1, 50), (0, 50)), ((0, 100), (1, 0))])
def test_a_schedule_is_in_order_positive_and_sums_to_the_pledge(
    session: Session, parts: tuple[tuple[int, int], ...]
) -> None:
    with pytest.raises(errors.ScheduleMalformed):
        rules.check_schedule(usd(100), [DuePart(days(due), usd(minor)) for due, minor in parts])
    assert session.get(Pledge, "plg_none") is None


def test_nothing_is_received_while_a_condition_is_open(session: Session, refused: Refused) -> None:
    pledge = pledge_with(session, make_fund(session), (0, 100), conditions=2)
    first, second = (condition for condition, _ in queries.get_standing(session, pledge).conditions)

    with pytest.raises(errors.ConditionOpen):
        receive(session, pledge, usd(100))
    resolve(session, first.id, ConditionOutcome.MET)
    with refused("contribution.condition_open"):
        session.add(raw_receipt(pledge, 100))
        session.flush()
    assert queries.list_ageing(session, as_of=TODAY)[0].conditional
    resolve(session, second.id, ConditionOutcome.WAIVED)
    receive(session, pledge, usd(100))

    assert resolve(session, first.id, ConditionOutcome.MET).outcome == "met"
    with pytest.raises(errors.ConditionResolved):
        resolve(session, first.id, ConditionOutcome.WAIVED)
    with pytest.raises(errors.ConditionNotFound):
        resolve(session, "pcd_none", ConditionOutcome.MET)


def raw_receipt(pledge: Pledge, minor: int) -> Contribution:
    return Contribution(
        id=new_id("ctb"),
        reference=new_id("receipt"),
        pledge_id=pledge.id,
        amount_minor=minor,
        currency="USD",
        received_on=TODAY,
        source="voluntary",
        recorded_at=NOON,
    )


def test_a_refused_pledge_is_not_receivable(session: Session) -> None:
    """ICC TFV, regulation 30: the board refuses what is wrongly earmarked."""
    fund = make_fund(session)
    pledge = pledge_with(session, fund, (0, 100), conditions=1)
    condition = queries.get_standing(session, pledge).open_conditions[0]

    refusal = reduce(session, pledge, ReductionKind.REFUSED, condition_id=condition.id, reference="REFUSAL")

    assert (refusal.amount_minor, balance(session, fund, AccountCode.PLEDGES_RECEIVABLE)) == (100, 0)
    assert queries.list_ageing(session, as_of=TODAY) == []
    with pytest.raises(errors.PledgeExceeded):
        receive(session, pledge, usd(1))
    again = reduce(session, pledge, ReductionKind.REFUSED, condition_id=condition.id, reference="REFUSAL")
    assert again.id == refusal.id
    with pytest.raises(errors.ReferenceReused):
        reduce(session, pledge, ReductionKind.CANCELLED, reference="REFUSAL")
    assert queries.list_findings(session) == []


def test_a_reduction_takes_off_the_parts_due_last_and_a_cancellation_the_rest(session: Session) -> None:
    fund = make_fund(session)
    pledge = pledge_with(session, fund, (0, 100), (30, 100))
    receive(session, pledge, usd(40))

    reduce(session, pledge, ReductionKind.REDUCED, 120)

    assert [(part.number, part.amount.amount_minor) for part in queries.list_ageing(session, as_of=TODAY)] == [(1, 40)]
    with pytest.raises(errors.PledgeExceeded):
        receive(session, pledge, usd(41))
    with pytest.raises(errors.PledgeClosed):
        reduce(session, pledge, ReductionKind.REDUCED, 41)
    with pytest.raises(errors.AlreadyReceived):
        reduce(session, pledge, ReductionKind.REFUSED)
    with pytest.raises(errors.EntryMalformed):
        reduce(session, pledge, ReductionKind.CANCELLED, 1)
    with pytest.raises(errors.EntryMalformed):
        reduce(session, pledge, ReductionKind.CANCELLED, condition_id="pcd_none")
    assert reduce(session, pledge, ReductionKind.CANCELLED).amount_minor == 40
    assert balance(session, fund, AccountCode.PLEDGES_RECEIVABLE) == 0


def test_pledges_are_held_to_their_terms_whoever_writes(session: Session, refused: Refused) -> None:
    pledge = pledge_with(session, make_fund(session), (0, 100))
    other = pledge_with(session, make_fund(session), (0, 100), conditions=1, reference="OTHER")
    receive(session, pledge, usd(40))
    bare = Pledge(**(pledge.model_dump() | {"id": new_id("plg"), "reference": "BARE"}))
    session.add(bare)
    session.flush()
    condition = queries.get_standing(session, other).open_conditions[0]

    def reduction(kind: str, minor: int, **changes: str) -> PledgeReduction:
        values: dict[str, Any] = {"id": new_id("prd"), "reference": new_id("r"), "pledge_id": pledge.id, "reason": "r"}
        values |= {"citation": "c", "decided_by": "psn", "decided_on": TODAY, "recorded_at": NOON}
        return PledgeReduction(kind=kind, amount_minor=minor, **(values | changes))

    asked = PledgeCondition(id="pcd_late", pledge_id=pledge.id, text="t", citation="c", recorded_at=NOON)
    attacks = [
        ("pledge_part.exceeds_pledge", PledgePart(pledge_id=pledge.id, number=2, due_on=TODAY, amount_minor=1)),
        ("pledge_part.out_of_order", PledgePart(pledge_id=bare.id, number=2, due_on=TODAY, amount_minor=1)),
        ("contribution.schedule_incomplete", raw_receipt(bare, 1)),
        ("contribution.pledge_exceeded", raw_receipt(pledge, 61)),
        ("pledge_condition.too_late", asked),
        ("pledge_reduction.exceeds_open", reduction("reduced", 61)),
        ("pledge_reduction.not_all", reduction("cancelled", 59)),
        ("pledge_reduction.received", reduction("refused", 60)),
        ("condition_of_refusal", reduction("reduced", 1, pledge_id=other.id, condition_id=condition.id)),
    ]
    for reason, row in attacks:
        with refused(reason):
            session.add(row)
            session.flush()
    assert queries.get_standing(session, pledge).still_open == usd(60)


def test_a_levy_is_received_with_its_instrument_in_one_deed(session: Session) -> None:
    fund, donor = make_fund(session), make_donor(session)

    def receive_levy(**changes: object) -> Contribution:
        values: dict[str, object] = {"amount": usd(500), "source": ContributionSource.LEVY} | changes
        return service.receive_unpledged(
            session,
            reference="LEVY-1",
            donor_id=donor.id,
            fund_id=fund.id,
            received_on=TODAY,
            citation="Levy order 12",
            officer=ADMINISTRATOR,
            at=NOON,
            **values,  # type: ignore[arg-type]  # what the test changes is of the right type
        )

    received = receive_levy()

    assert session.get_one(Pledge, received.pledge_id).citation == "Levy order 12"
    assert balance(session, fund, AccountCode.BANK) == 500
    assert balance(session, fund, AccountCode.PLEDGES_RECEIVABLE) == 0
    assert receive_levy().id == received.id
    with pytest.raises(errors.ReferenceReused):
        receive_levy(amount=usd(501))
    with pytest.raises(errors.EntryMalformed):
        receive_levy(source=ContributionSource.VOLUNTARY)
    assert queries.list_findings(session) == []


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
    early = receive(session, make_pledge(session, fund, usd(100)), usd(100), received_on=days(-9))
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
    with pytest.raises(errors.AlreadyApproved):
        service.approve_refund(session, refund_id, refunded_on=TODAY, officer=approver, at=NOON)

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
    with pytest.raises(errors.AlreadyApproved):
        service.approve_move(session, move_id, moved_on=TODAY, officer=approver, at=NOON)
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
        service.approve_move(session, expired, moved_on=days(29), officer=officer(session), at=NOON)


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
            service.declare_order(session, "prg_x", fund_ids=ids, citation="c", officer=ADMINISTRATOR, at=NOON)
    assert queries.find_order(session, "prg_x") is None
